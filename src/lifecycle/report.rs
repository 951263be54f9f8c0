//! What a run did, or in check mode would do.

use super::{Held, Reason, Step};
use crate::ansible::ManualAction;
use crate::x509::{Csr, KeyType};

/// A site's run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Was, or would be, anything written?
    pub(crate) changed: bool,
    pub(crate) variants: Vec<VariantReport>,
    /// What is set right without a new certificate.
    pub(crate) repairs: Vec<String>,
    /// Remains of earlier runs that are removed.
    pub(crate) discards: Vec<String>,
    /// What was removed, superseded versions included. Empty in check mode.
    pub(crate) retired: Vec<String>,
    pub(crate) manual_actions: Vec<ManualAction>,
}

/// One kind of key in a run.
#[derive(Debug)]
pub(crate) struct VariantReport {
    pub(crate) key: KeyType,
    pub(crate) action: Action,
    pub(crate) reasons: Vec<Reason>,
    /// In service before the run.
    pub(crate) before: Option<Held>,
    /// In service after it; in check mode, and while a signature is waited for, the same as before.
    pub(crate) after: Option<Held>,
    /// Did a handshake show it?
    pub(crate) proven: bool,
    /// What a signature waits for.
    pub(crate) waiting: Option<Waiting>,
}

/// A request that is not signed yet.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) csr: Csr,
    pub(crate) message: String,
}

/// The farthest step of a run for one kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// All is well.
    Keep,
    /// The server takes notice of what is there.
    Bind,
    /// What an earlier run had prepared goes into service.
    Activate,
    /// A new certificate is got and goes into service.
    Issue,
    /// A key and a request are made; the signature comes from elsewhere.
    Request,
    /// The request that is there still waits for its signature: nothing is done.
    Wait,
}

impl Action {
    /// The action of a step, given whether the issuer can sign at once.
    pub(super) fn of(step: &Step, signable: bool) -> Self {
        match step {
            Step::Keep => Self::Keep,
            Step::Bind => Self::Bind,
            Step::Activate { .. } => Self::Activate,
            Step::Continue { .. } if !signable => Self::Wait,
            Step::Issue if !signable => Self::Request,
            Step::Continue { .. } | Step::Issue => Self::Issue,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Bind => "bind",
            Self::Activate => "activate",
            Self::Issue => "issue",
            Self::Request => "request",
            Self::Wait => "wait",
        }
    }

    /// Does another certificate go into service?
    pub(crate) fn replaces(self) -> bool {
        matches!(self, Self::Activate | Self::Issue)
    }

    pub(crate) fn writes(self) -> bool {
        !matches!(self, Self::Keep | Self::Wait)
    }
}
