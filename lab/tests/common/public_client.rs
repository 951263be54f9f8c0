//! Public Python clients, unmodified.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::Lab;

/// The Python that has public clients, once it can import these modules.
pub(crate) fn python_with(modules: &str) -> PathBuf {
    let default = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../.venv-conformance/bin/python"
    );
    let python = std::env::var_os("CERTWRIGHT_CONFORMANCE_PYTHON")
        .map_or_else(|| PathBuf::from(default), PathBuf::from);
    let probe = Command::new(&python)
        .args(["-c", &format!("import {modules}")])
        .output();
    assert!(
        probe.is_ok_and(|output| output.status.success()),
        "{} has no {modules}: run `make setup`",
        python.display()
    );
    python
}

/// A script of `tests/conformance`, as a command that gets its arguments from the test.
pub(crate) fn script(name: &str, modules: &str) -> Command {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance");
    let mut command = Command::new(python_with(modules));
    command.arg(format!("{folder}/{name}"));
    command
}

/// What such a script finds out about the lab, whose ready line it reads.
#[track_caller]
pub(crate) fn facts(lab: &Lab, script: &mut Command) -> Value {
    let mut child = script
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
    serde_json::from_slice(&output.stdout).expect("JSON")
}
