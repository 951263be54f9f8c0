//! What an entry of `certificates` is to become, and what came of it: the same for every device.

use std::rc::Rc;

use super::issuer_entry::IssuerEntry;
use crate::ansible::Failure;
use crate::context::Context;
use crate::lifecycle::{Issuer, Report, SiteSpec, Stopped, Target, TargetError, converge};
use crate::x509::KeyType;

pub(super) enum Wanted {
    Present(Box<SiteSpec>, Rc<dyn Issuer>),
    Absent,
}

/// What came of an entry. `R` is what a target tells of a removal.
pub(super) enum Done<R> {
    Converged(Report),
    Removed(R),
}

/// What was done before it failed.
pub(super) struct Failed {
    pub(super) message: String,
    pub(super) report: Report,
}

impl Wanted {
    /// A site that shall be there.
    pub(super) fn present(
        spec: SiteSpec,
        issuer: Option<IssuerEntry>,
        connect: impl FnOnce(IssuerEntry, bool) -> Result<Rc<dyn Issuer>, String>,
    ) -> Result<Self, Failure> {
        let issuer = issuer.ok_or_else(|| Failure::new("missing required arguments: issuer"))?;
        let issuer = connect(issuer, spec.renew.ari).map_err(Failure::new)?;
        Ok(Self::Present(Box::new(spec), issuer))
    }

    pub(super) fn names(&self) -> &[String] {
        match self {
            Self::Present(spec, _) => &spec.names,
            Self::Absent => &[],
        }
    }

    pub(super) fn keys(&self) -> &[KeyType] {
        match self {
            Self::Present(spec, _) => &spec.keys,
            Self::Absent => &[],
        }
    }

    /// Brings the site about, or has it removed by `removal`.
    pub(super) async fn carry_out<R>(
        &self,
        target: &impl Target,
        removal: impl AsyncFnOnce() -> Result<R, TargetError>,
        context: &Context,
    ) -> Result<Done<R>, Failed> {
        match self {
            Self::Present(spec, issuer) => converge(spec, target, issuer.as_ref(), context)
                .await
                .map(Done::Converged)
                .map_err(|Stopped { message, report }| Failed { message, report }),
            Self::Absent => removal().await.map(Done::Removed).map_err(|error| Failed {
                message: error.to_string(),
                report: Report::default(),
            }),
        }
    }
}
