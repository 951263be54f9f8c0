//! Domain control validation (DCV): its state. How a validation is driven is not in here yet.

use serde::Deserialize;

use super::domains::ValidationStatus;
use super::paging::End;
use super::{Call, Day, Scm, ScmError};

/// An entry of the DCV list.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Validation {
    pub(crate) domain: String,
    pub(crate) dcv_status: Option<ValidationStatus>,
    /// In a short form (`CNAME`) or a long one (`CNAME_CSR_HASH`): sources disagree.
    pub(crate) dcv_method: Option<String>,
    /// Missing for names that were never validated.
    pub(crate) expiration_date: Option<Day>,
}

impl Scm {
    /// `GET /dcv/v2/validation`
    pub(crate) async fn validations(&self) -> Result<Vec<Validation>, ScmError> {
        let call = Call::get("dcv/v2/validation", "list the validations of domains");
        self.list(&call, End::NothingNew, |it: &Validation| it.domain.clone())
            .await
    }
}
