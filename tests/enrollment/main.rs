//! Certificates by SCM's enrollment API, against the lab.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../faults/matrix.rs"]
mod matrix;
#[path = "../faults/prober.rs"]
mod prober;

mod bad_input;
mod certificate;
mod faults;
mod info;
mod issuer;
mod secrets;
mod states;

use common::{Lab, check, run, with};
use rcgen::{CertificateParams, DnType, KeyPair};
use serde_json::{Value, json};

const MODULE: &str = "sectigo_certificate";
const NAME: &str = "www.example.org";
const DAY: i64 = 86_400;

/// A request for `names`, the first of which is its common name, with a key of its own.
fn csr(names: &[&str]) -> String {
    csr_by(&KeyPair::generate().unwrap(), names)
}

fn csr_by(key: &KeyPair, names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
    let mut params = CertificateParams::new(names.clone()).unwrap();
    params
        .distinguished_name
        .push(DnType::CommonName, names[0].clone());
    params.serialize_request(key).unwrap().pem().unwrap()
}

/// A certificate for a new key.
fn options(lab: &Lab, more: &Value) -> Value {
    with(
        json!({
            "scm": lab.scm(),
            "csr": csr(&[NAME, "api.example.org"]),
            "organization": "Example University",
            "profile": "300",
            "deadline": 30,
        }),
        more,
    )
}

/// Sets the lab's clock back, so that what is issued later is not from tomorrow.
fn go_back(lab: &Lab, seconds: i64) {
    lab.advance(-seconds);
    lab.domain(json!({"name": "example.org", "validated": true, "orgs": [101]}));
}

/// The orders in the lab that came by the API.
fn orders(lab: &Lab) -> Vec<Value> {
    common::members(&lab.state()["scm"]["certificates"])
        .into_iter()
        .filter(|it| it["requested_via"] == "REST")
        .collect()
}

fn id(result: &Value) -> i64 {
    result["order"]["id"].as_i64().unwrap()
}
