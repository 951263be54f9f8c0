//! `sectigo_domain_validation` and `sectigo_domain_info`, against the lab and a real BIND 9.

#![allow(clippy::unwrap_used)]

#[path = "../common/bigip.rs"]
mod bigip;
#[path = "../common/mod.rs"]
mod common;
#[path = "../faults/matrix.rs"]
mod matrix;
#[path = "../faults/prober.rs"]
mod prober;

mod bind;
mod by_hand;
mod dns01;
mod faults;
mod fleet;
mod published;

use common::{Lab, check, run, with};
use serde_json::{Value, json};

const MODULE: &str = "sectigo_domain_validation";

fn options(lab: &Lab, more: &Value) -> Value {
    with(
        json!({"scm": lab.scm(), "name": "example.edu", "deadline": 30}),
        more,
    )
}

/// The entry of a domain.
fn entry(result: &Value, name: &str) -> Value {
    let all = result["domains"].as_array().unwrap();
    let found = all.iter().find(|it| it["name"] == name);
    found.unwrap_or_else(|| panic!("{result:#}")).clone()
}
