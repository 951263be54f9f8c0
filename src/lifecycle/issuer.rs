//! Who signs requests.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::Held;
use crate::ansible::ManualAction;
use crate::x509::{Chain, Csr};

/// A certificate authority, however it is reached.
#[async_trait(?Send)]
pub(crate) trait Issuer {
    /// Reads what the issuer says about a certificate in service. Never writes, and never fails:
    /// what cannot be learnt is not known.
    async fn standing(&self, certificate: &Held) -> Standing;

    /// Looks up what became of a request that an earlier run has made, so that
    /// [`can_sign`](Issuer::can_sign) and [`is_spent`](Issuer::is_spent) know. Never writes, and
    /// never fails.
    async fn recall(&self, _csr: &Csr) {}

    /// Can it sign without anybody's help, as far as is known without asking? `csr` is `None` if
    /// the request has yet to be made.
    fn can_sign(&self, _csr: Option<&Csr>) -> bool {
        true
    }

    /// Is the request's key not to be used any more, since a certificate for it was withdrawn?
    fn is_spent(&self, _csr: &Csr) -> bool {
        false
    }

    /// Has `request` signed. The chain fits the request's key; it has not been checked otherwise.
    async fn issue(&self, request: &IssueRequest<'_>) -> Result<Issuance, IssueError>;
}

/// What is to be signed.
pub(crate) struct IssueRequest<'a> {
    pub(crate) csr: &'a Csr,
    /// The certificate that the new one takes the place of, if there is one.
    pub(crate) replaces: Option<&'a Held>,
}

/// A CA's answer.
#[derive(Debug)]
pub(crate) enum Issuance {
    Issued(Chain),
    /// Not yet, and not an error: somebody has to do something first, or time has to pass.
    Pending {
        /// What is waited for, for the user to read.
        message: String,
        manual_actions: Vec<ManualAction>,
    },
}

/// What an issuer says about one of its certificates.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Standing {
    pub(crate) revoked: bool,
    /// When the CA would like it to be renewed.
    pub(crate) window: Option<Window>,
}

/// A renewal window (RFC 9773 §4.2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    pub(crate) start: OffsetDateTime,
    pub(crate) end: OffsetDateTime,
}

/// Why there is no certificate. The text names the system, what it answered and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct IssueError {
    pub(crate) message: String,
    pub(crate) manual_actions: Vec<ManualAction>,
}

impl IssueError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            manual_actions: Vec::new(),
        }
    }
}
