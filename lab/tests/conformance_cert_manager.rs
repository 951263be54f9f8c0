//! The public SCM client `cert_manager` 4.0.0, unmodified, against the lab.

mod common;

use common::acme::csr_for;
use common::{Lab, conformance_python};
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn request(directory: &Path, name: &str) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, csr_for("www.example.net")).expect("written");
    path
}

#[tokio::test]
async fn every_call_of_cert_manager_works() {
    let python = conformance_python();
    let lab = Lab::start();
    let directory = tempfile::tempdir().expect("a directory");
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/conformance/cert_manager_calls.py"
    );
    let mut child = Command::new(python)
        .arg(script)
        .arg(request(directory.path(), "one.csr"))
        .arg(request(directory.path(), "two.csr"))
        // Its OAuth2 log-in makes a session of its own and cannot be told a CA.
        .env("REQUESTS_CA_BUNDLE", lab.text("/ca_file"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut stdin = child.stdin.take().expect("its stdin");
    stdin
        .write_all(lab.ready.to_string().as_bytes())
        .expect("the ready line is read");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let facts: Value = serde_json::from_slice(&output.stdout).expect("JSON");

    let expected: Value =
        serde_json::from_str(include_str!("conformance/cert_manager_expected.json")).expect("JSON");
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&facts[name], value, "{name}");
    }
    let known = facts.as_object().map(serde_json::Map::len);
    assert_eq!(known, expected.as_object().map(serde_json::Map::len));
}
