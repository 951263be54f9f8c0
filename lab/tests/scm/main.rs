//! The admin API: what it grants and what it must refuse.

#[path = "../common/mod.rs"]
mod common;

mod access;
mod acme_accounts;
mod administrators;
mod domains;
mod persons;
mod smime;
mod ssl;
mod validation;

use serde_json::{Value, json};

/// A domain with one delegation for SSL.
fn delegated(name: &str, organization: u64) -> Value {
    json!({"name": name, "delegations": [{"orgId": organization, "certTypes": ["SSL"]}]})
}

/// One member of every item of a list.
fn names(list: &Value, member: &str) -> Vec<String> {
    list.as_array()
        .expect("a list")
        .iter()
        .map(|item| item[member].as_str().expect("a name").to_owned())
        .collect()
}
