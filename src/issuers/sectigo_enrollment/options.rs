//! What an order at SCM is made of, as far as users choose it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// How certificates are ordered by SCM's enrollment API.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub(crate) struct EnrollmentOptions {
    /// SCM's enrollment API: the certificate profile, by name or id. Names need not be unique there.
    /// Another profile counts for new keys; a certificate of another one is told of by a warning.
    #[serde(default)]
    pub(crate) profile: Option<String>,
    /// SCM's enrollment API: days of validity, one of the profile's terms. Unset, it is the longest.
    #[serde(default)]
    pub(crate) term: Option<i64>,
    /// SCM's enrollment API: e-mail addresses of those who asked for the certificate. SCM notifies
    /// them.
    #[serde(default)]
    pub(crate) requester: Vec<String>,
    /// SCM's enrollment API: text for people. A mark by which later runs find the order again is
    /// added to it.
    #[serde(default)]
    pub(crate) comments: Option<String>,
    /// SCM's enrollment API: values of custom fields, a dictionary from their names.
    #[serde(default, deserialize_with = "texts")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub(crate) custom_fields: BTreeMap<String, String>,
    /// SCM's enrollment API: approve the order if it waits for approval and the credentials may. If
    /// they may not, RV(manual_actions) says so, and a later run collects the certificate.
    #[serde(default)]
    pub(crate) approve: bool,
    /// SCM's enrollment API: order anew although the last order for this key was declined, rejected
    /// or revoked.
    #[serde(default)]
    pub(crate) reorder: bool,
}

/// A number in YAML is a text in SCM.
fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    let fields = BTreeMap::<String, Value>::deserialize(from)?;
    fields
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| match value {
            Value::String(text) => Ok((name, text)),
            Value::Number(_) | Value::Bool(_) => Ok((name, value.to_string())),
            _ => Err(D::Error::custom(format!(
                "the value of '{name}' in custom_fields is no text"
            ))),
        })
        .collect()
}
