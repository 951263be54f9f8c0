//! The public BIG-IP clients `bigrest` and `f5-sdk`, unmodified, against the lab.

mod common;

use common::{Lab, conformance_python_with, self_signed_pairs};
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};

#[tokio::test]
async fn bigrest_and_f5_sdk_work() {
    let python = conformance_python_with("bigrest.bigip, f5.bigip");
    let lab = Lab::start();
    let directory = self_signed_pairs(["one", "two"]);
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/conformance/bigip_calls.py"
    );
    let mut child = Command::new(python)
        .arg(script)
        .arg(directory.path())
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
        serde_json::from_str(include_str!("conformance/bigip_expected.json")).expect("JSON");
    assert_eq!(facts, expected);
}
