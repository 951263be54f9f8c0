//! What users are told about an order, and what a person has to do.

use super::common_name;
use super::decide::Stop;
use super::process::{OrderAction, Progress};
use crate::ansible::ManualAction;
use crate::clients::scm::{Id, ScmError};
use crate::lifecycle::{Issuance, IssueError};
use crate::x509::Csr;

/// A refusal of something that belongs to ordering.
pub(crate) fn issue_error(error: &ScmError) -> IssueError {
    refused_without("sslRequest, sslRenew", error)
}

/// A refusal, and that `right` is missing, if that is why.
pub(crate) fn refused_without(right: &str, error: &ScmError) -> IssueError {
    let mut issue_error = IssueError::new(error.to_string());
    if let ScmError::Denied { doing, .. } = error {
        issue_error.manual_actions.push(ManualAction {
            system: "SCM".to_owned(),
            object: doing.clone(),
            right: right.to_owned(),
            action: format!("An administrator must let these credentials {doing}. ({error})"),
        });
    }
    issue_error
}

pub(super) fn awaits_approval(id: Id, csr: &Csr, why: &str) -> Issuance {
    let name = common_name(csr);
    Issuance::Pending {
        message: format!(
            "waits for approval: SSL certificate request {id} in SCM ({name}); a later run collects the certificate"
        ),
        manual_actions: vec![ManualAction {
            system: "SCM".to_owned(),
            object: format!("SSL certificate request {id} ({name})"),
            right: "sslApprove".to_owned(),
            action: format!(
                "An administrator with that right must approve SSL certificate request {id} for {name}, or decline it.{why}"
            ),
        }],
    }
}

pub(super) fn not_ready(id: Id, csr: &Csr, words: &str) -> Issuance {
    Issuance::Pending {
        message: format!(
            "the CA is at work on SSL certificate {id} in SCM ({}): {words}; a later run collects it",
            common_name(csr)
        ),
        manual_actions: Vec::new(),
    }
}

/// Check mode tells what a run would write.
pub(super) fn foretold(action: OrderAction, progress: &mut Progress) -> Issuance {
    progress.actions.push(action);
    Issuance::Pending {
        message: "nothing is ordered or approved in check mode".to_owned(),
        manual_actions: Vec::new(),
    }
}

pub(super) fn stopped(id: Id, csr: &Csr, stop: Stop) -> IssueError {
    IssueError::new(format!(
        "SSL certificate {id} in SCM ({}) {}. {}",
        common_name(csr),
        stop.what(),
        stop.advice()
    ))
}
