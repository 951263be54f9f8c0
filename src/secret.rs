//! Option values that must never be shown.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// A secret that came in as an option or from a remote system: wiped on drop, masked in `Debug`.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(SecretString);

impl Secret {
    pub(crate) fn new(value: String) -> Self {
        Self(SecretString::from(value))
    }

    /// The value itself. Each call site is a place to look at in a review.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "x-no-log": true})
    }
}
