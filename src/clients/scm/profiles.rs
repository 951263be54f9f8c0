//! Certificate profiles ("types") and custom fields: what an order may ask for.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Id, Scm, ScmError, wire};
use crate::http::Call;

/// A certificate profile of an organization.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Profile {
    #[serde(deserialize_with = "wire::integer")]
    pub(crate) id: Id,
    /// Need not be unique.
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) name: String,
    /// Days.
    #[serde(default, deserialize_with = "wire::list")]
    pub(crate) terms: Vec<i64>,
    /// `RSA` → sizes, `EC` → curves. Empty: SCM does not tell.
    #[serde(default, deserialize_with = "key_types")]
    pub(crate) key_types: BTreeMap<String, Vec<String>>,
}

/// A field that the customer has added to requests.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CustomField {
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) mandatory: bool,
}

/// Members that are no lists of words are none of today's.
fn key_types<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<String, Vec<String>>, D::Error> {
    let members = Option::<BTreeMap<String, Value>>::deserialize(from)?.unwrap_or_default();
    Ok(members
        .into_iter()
        .filter_map(|(family, sizes)| Some((family, serde_json::from_value(sizes).ok()?)))
        .collect())
}

impl Scm {
    /// `GET /ssl/v1/types`
    pub(crate) async fn profiles(&self, organization: Id) -> Result<Vec<Profile>, ScmError> {
        let doing = format!("list the certificate profiles of organization {organization}");
        let call =
            Call::get("ssl/v1/types", doing).query("organizationId", organization.to_string());
        self.read(&call).await
    }

    /// `GET /ssl/v1/customFields`
    pub(crate) async fn custom_fields(&self) -> Result<Vec<CustomField>, ScmError> {
        self.read(&Call::get(
            "ssl/v1/customFields",
            "list the custom fields of SSL requests",
        ))
        .await
    }
}
