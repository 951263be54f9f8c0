//! The states of a certificate or request that is in SCM already.

use std::time::Duration;

use tokio::time::sleep;

use super::options::{Options, State};
use super::{Reached, csr_of};
use crate::clients::scm::certificates::{
    Filter, SslCertificate, SslStatus, plain_serial, scm_serial,
};
use crate::clients::scm::orders::{Collected, REVOKED_ALREADY, Replacement};
use crate::clients::scm::{Id, Scm, ScmError};
use crate::context::Context;
use crate::issuers::sectigo_enrollment::{
    OrderAction, Progress, common_name, issue_error, refused_without,
};
use crate::lifecycle::IssueError;
use crate::x509::{Chain, Csr};

/// A certificate that a task is about.
struct Task<'a> {
    scm: &'a Scm,
    context: &'a Context,
    message: &'a str,
    id: Id,
}

pub(super) async fn run(
    scm: &Scm,
    options: &Options,
    context: &Context,
    progress: &mut Progress,
) -> Result<Reached, IssueError> {
    let found = find(scm, options).await?;
    let task = Task {
        scm,
        context,
        message: options
            .message
            .as_deref()
            .unwrap_or("Asked for by certwright"),
        id: found.id,
    };
    progress.order = Some(found.clone());
    match options.state {
        State::Present => Ok(Reached::Done),
        State::Revoked => task.revoke(&found, options.reason.code(), progress).await,
        State::Replaced => {
            let csr = csr_of(options, "replaced")?;
            task.replace(&found, &csr, progress).await
        }
        State::Approved => task.decide(&found, true, progress).await,
        State::Declined => task.decide(&found, false, progress).await,
    }
}

async fn find(scm: &Scm, options: &Options) -> Result<SslCertificate, IssueError> {
    let id = match (options.id, options.serial.as_deref()) {
        (Some(id), None) => id,
        (None, Some(serial)) => id_of(scm, serial).await?,
        _ => {
            return Err(IssueError::new(
                "this state needs exactly one of: id, serial",
            ));
        }
    };
    scm.ssl_certificate(id).await.map_err(|it| issue_error(&it))
}

async fn id_of(scm: &Scm, serial: &str) -> Result<Id, IssueError> {
    if plain_serial(serial).is_empty() {
        return Err(IssueError::new(
            "argument 'serial' is not valid: it is no hexadecimal number",
        ));
    }
    let listed = scm
        .ssl_certificates_with_serial(&Filter::default(), serial)
        .await;
    if let Some(found) = listed.map_err(|it| issue_error(&it))?.first() {
        return Ok(found.id);
    }
    Err(IssueError::new(format!(
        "SCM shows these credentials no certificate with serial number {}",
        scm_serial(serial)
    )))
}

impl Task<'_> {
    async fn revoke(
        &self,
        found: &SslCertificate,
        code: u8,
        progress: &mut Progress,
    ) -> Result<Reached, IssueError> {
        match &found.status {
            Some(SslStatus::Revoked) => return Ok(Reached::Done),
            Some(SslStatus::Requested | SslStatus::AwaitingApproval) => {
                return Err(IssueError::new(format!(
                    "SSL certificate {} is not issued yet, so it cannot be revoked: decline the request with state: \
                     declined",
                    self.id
                )));
            }
            _ => {}
        }
        progress.actions.push(OrderAction::Revoke);
        if self.context.check {
            return Ok(Reached::Done);
        }
        let revoked = self.scm.revoke(self.id, code, self.message).await;
        let Err(error) = revoked else {
            progress.order = self
                .scm
                .ssl_certificate(self.id)
                .await
                .ok()
                .or(progress.order.take());
            return Ok(Reached::Done);
        };
        progress.actions.clear();
        let twice = error.code().is_some_and(|it| REVOKED_ALREADY.contains(&it));
        if twice || error.fate_unknown() {
            // Somebody was faster, or the answer was lost: its state tells.
            let now = self.read().await?;
            if now.status == Some(SslStatus::Revoked) {
                if !twice {
                    progress.actions.push(OrderAction::Revoke);
                }
                progress.order = Some(now);
                return Ok(Reached::Done);
            }
        }
        Err(refused_without("sslRevoke", &error))
    }

    async fn replace(
        &self,
        found: &SslCertificate,
        csr: &Csr,
        progress: &mut Progress,
    ) -> Result<Reached, IssueError> {
        if found.status == Some(SslStatus::Issued)
            && let Some(chain) = self.collect(csr).await?
        {
            return Ok(Reached::Issued(chain));
        }
        // An earlier run has asked for it. Whether with this key shows when it is there.
        let mut lost = None;
        if !at_the_ca(found) {
            progress.actions.push(OrderAction::Replace);
            if self.context.check {
                return Ok(Reached::Waiting(
                    "nothing is replaced in check mode".to_owned(),
                    Vec::new(),
                ));
            }
            lost = self.ask_to_replace(csr, progress).await?;
        } else if self.context.check {
            return Ok(self.still_replacing());
        }
        self.await_replacement(csr, lost, progress).await
    }

    /// `Some`: the reply was lost.
    async fn ask_to_replace(
        &self,
        csr: &Csr,
        progress: &mut Progress,
    ) -> Result<Option<ScmError>, IssueError> {
        let by = Replacement {
            csr: &csr.to_pem(),
            reason: self.message,
            common_name: common_name(csr),
            subject_alternative_names: &csr.names,
        };
        match self.scm.replace(self.id, &by).await {
            Ok(()) => Ok(None),
            Err(error) if error.fate_unknown() => Ok(Some(error)),
            Err(error) => {
                progress.actions.clear();
                Err(refused_without("sslReplace", &error))
            }
        }
    }

    async fn await_replacement(
        &self,
        csr: &Csr,
        mut lost: Option<ScmError>,
        progress: &mut Progress,
    ) -> Result<Reached, IssueError> {
        let mut pauses = [0, 1, 2, 4, 8].into_iter().chain(std::iter::repeat(15));
        let mut looks = 0;
        while let Some(pause) = pauses
            .next()
            .and_then(|it| self.context.deadline.admits(Duration::from_secs(it)))
        {
            sleep(pause).await;
            if let Some(chain) = self.collect(csr).await? {
                progress.order = Some(self.read().await?);
                return Ok(Reached::Issued(chain));
            }
            looks += 1;
            // Whoever does not know whether it was done does not wait for it for long.
            if looks >= LOOKS_FOR_LOST
                && let Some(error) = lost.take()
                && !at_the_ca(&self.read().await?)
            {
                progress.actions.clear();
                return Err(issue_error(&error));
            }
        }
        Ok(self.still_replacing())
    }

    fn still_replacing(&self) -> Reached {
        Reached::Waiting(
            format!(
                "the CA is at work on the replacement of SSL certificate {} in SCM; a later run collects it",
                self.id
            ),
            Vec::new(),
        )
    }

    /// The certificate, if it has the key of `csr` by now.
    async fn collect(&self, csr: &Csr) -> Result<Option<Chain>, IssueError> {
        match self.scm.collect(self.id, "pemia").await {
            Ok(Collected::Pem(pem)) => Ok(Chain::build(&pem, &csr.public_key_sha256).ok()),
            Ok(Collected::NotReady(_)) => Ok(None),
            Err(error) => Err(issue_error(&error)),
        }
    }

    async fn decide(
        &self,
        found: &SslCertificate,
        approve: bool,
        progress: &mut Progress,
    ) -> Result<Reached, IssueError> {
        if !waits(found) {
            return settled(found, approve).map(|()| Reached::Done);
        }
        let action = if approve {
            OrderAction::Approve
        } else {
            OrderAction::Decline
        };
        progress.actions.push(action);
        if self.context.check {
            return Ok(Reached::Done);
        }
        let decided = self.scm.decide_on(self.id, approve, self.message).await;
        let Err(error) = decided else {
            progress.order = Some(self.read().await?);
            return Ok(Reached::Done);
        };
        if error.fate_unknown() {
            let now = self.read().await?;
            if !waits(&now) {
                settled(&now, approve)?;
                progress.order = Some(now);
                return Ok(Reached::Done);
            }
        }
        progress.actions.clear();
        Err(refused_without("sslApprove", &error))
    }

    async fn read(&self) -> Result<SslCertificate, IssueError> {
        self.scm
            .ssl_certificate(self.id)
            .await
            .map_err(|it| issue_error(&it))
    }
}

fn waits(certificate: &SslCertificate) -> bool {
    matches!(
        certificate.status,
        Some(SslStatus::Requested | SslStatus::AwaitingApproval)
    )
}

fn at_the_ca(certificate: &SslCertificate) -> bool {
    matches!(
        certificate.status,
        Some(SslStatus::Approved | SslStatus::Applied)
    )
}

/// Is the decision on a request already what it should be?
fn settled(certificate: &SslCertificate, approve: bool) -> Result<(), IssueError> {
    let status = certificate
        .status
        .as_ref()
        .map_or("unknown", SslStatus::as_str);
    let declined = certificate.status == Some(SslStatus::Declined);
    let refused = matches!(
        certificate.status,
        Some(SslStatus::Rejected | SslStatus::Invalid)
    );
    if (approve && !declined && !refused) || (!approve && declined) {
        return Ok(());
    }
    let verb = if approve { "approved" } else { "declined" };
    Err(IssueError::new(format!(
        "SSL certificate {} is {status}: only a request that waits for it can be {verb}",
        certificate.id
    )))
}

const LOOKS_FOR_LOST: usize = 4;
