//! The public PAN-OS clients `pan-python` and `pan-os-python`, unmodified, against the lab.

mod common;

use common::{Lab, conformance_python_with};
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};

#[tokio::test]
async fn pan_python_and_pan_os_python_work() {
    let python = conformance_python_with("pan.xapi, panos.firewall");
    let lab = Lab::start();
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/conformance/panos_calls.py"
    );
    let mut child = Command::new(python)
        .arg(script)
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
        serde_json::from_str(include_str!("conformance/panos_expected.json")).expect("JSON");
    assert_eq!(facts, expected);
}
