//! What the modules for SCM have in common.

use crate::ansible::{Failure, ManualAction};
use crate::clients::scm::ScmError;

/// A call without which nothing can be said failed. If a right is missing, it is named.
pub(super) fn failure(error: &ScmError) -> Failure {
    let failure = Failure::new(error.to_string());
    match error {
        ScmError::Denied { doing, .. } => failure.manual_actions(vec![ManualAction {
            system: "SCM".to_owned(),
            object: doing.clone(),
            right: "a role with access to it".to_owned(),
            action: format!("An administrator must let these credentials {doing}. ({error})"),
        }]),
        _ => failure,
    }
}
