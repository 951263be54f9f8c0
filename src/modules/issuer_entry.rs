//! The issuer of an entry among many: entries with the same one share it, with its login and all
//! that it has learnt.

use std::collections::HashMap;
use std::rc::Rc;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::clients::scm::ScmOptions;
use crate::context::Context;
use crate::issuers::IssuerOptions;
use crate::lifecycle::Issuer;

/// Options of an issuer, and what tells them from others.
#[derive(Debug)]
pub(super) struct IssuerEntry {
    digest: [u8; 32],
    pub(super) options: IssuerOptions,
}

/// The issuers of a task.
#[derive(Default)]
pub(super) struct Issuers(HashMap<([u8; 32], bool), Rc<dyn Issuer>>);

impl Issuers {
    pub(super) fn get(
        &mut self,
        entry: IssuerEntry,
        ari: bool,
        scm: Option<&ScmOptions>,
        context: &Context,
    ) -> Result<Rc<dyn Issuer>, String> {
        let id = (entry.digest, ari);
        if let Some(known) = self.0.get(&id) {
            return Ok(known.clone());
        }
        let made: Rc<dyn Issuer> = entry.options.connect(scm, ari, context).map(Rc::from)?;
        self.0.insert(id, made.clone());
        Ok(made)
    }
}

impl<'de> Deserialize<'de> for IssuerEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let digest = Sha256::digest(value.to_string()).into();
        let options = serde_json::from_value(value).map_err(serde::de::Error::custom)?;
        Ok(Self { digest, options })
    }
}

impl JsonSchema for IssuerEntry {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        IssuerOptions::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        IssuerOptions::json_schema(generator)
    }
}
