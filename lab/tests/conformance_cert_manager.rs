//! The public SCM client `cert_manager` 4.0.0, unmodified, against the lab.

mod common;

use common::acme::csr_for;
use common::{Lab, public_client};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn request(directory: &Path, name: &str) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, csr_for("www.example.net")).expect("written");
    path
}

#[tokio::test]
async fn every_call_of_cert_manager_works() {
    let lab = Lab::start();
    let directory = tempfile::tempdir().expect("a directory");
    let mut script = public_client::script("cert_manager_calls.py", "cert_manager");
    script
        .arg(request(directory.path(), "one.csr"))
        .arg(request(directory.path(), "two.csr"))
        // Its OAuth2 log-in makes a session of its own and cannot be told a CA.
        .env("REQUESTS_CA_BUNDLE", lab.text("/ca_file"));
    let facts = public_client::facts(&lab, &mut script);

    let expected: Value =
        serde_json::from_str(include_str!("conformance/cert_manager_expected.json")).expect("JSON");
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&facts[name], value, "{name}");
    }
    let known = facts.as_object().map(serde_json::Map::len);
    assert_eq!(known, expected.as_object().map(serde_json::Map::len));
}
