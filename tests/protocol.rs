//! How Ansible, or anybody, calls the binary: by an arguments file, by standard input, and for
//! its lists.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};

fn certwright() -> Command {
    Command::new(env!("CARGO_BIN_EXE_certwright"))
}

/// What a command printed: exactly one JSON object, and nothing on stderr.
fn answer(command: &mut Command) -> Value {
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let text = String::from_utf8(output.stdout).unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
    assert!(answer["failed"].is_boolean() && answer["changed"].is_boolean());
    assert_eq!(
        output.status.code(),
        Some(i32::from(answer["failed"] == true))
    );
    answer
}

fn stdin(module: &str, input: &str) -> Value {
    answer(certwright().args(["run", module]).write_stdin(input))
}

#[test]
fn an_arguments_file_and_standard_input_give_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = json!({
        "dir": folder.path(),
        "_ansible_module_name": "certwright.fleet.file_cert_info",
        "_ansible_check_mode": true,
        "_ansible_something_new": {"in": ["the", "next", "release"]},
    })
    .to_string();
    let file = folder.path().join("args");
    std::fs::write(&file, &arguments).unwrap();
    let by_file = answer(certwright().arg(&file));
    assert_eq!(by_file["certificates"], json!([]));
    assert_eq!(by_file, stdin("file_cert_info", &arguments));
    assert_eq!(
        by_file,
        stdin("certwright.fleet.file_cert_info", &arguments)
    );
}

#[test]
fn what_cannot_be_understood_fails_with_one_json_object() {
    let cases = [
        (stdin("file_cert_info", "{"), "not JSON"),
        (stdin("file_cert_info", "[]"), "not a JSON object"),
        (stdin("file_cert_info", ""), "not JSON"),
        (stdin("no_such_module", "{}"), "no module 'no_such_module'"),
        (
            stdin("file_cert_info", "{}"),
            "missing required arguments: dir",
        ),
        (
            stdin("file_cert_info", r#"{"dir": "/x", "dri": "/x"}"#),
            "Unsupported parameters for (certwright.fleet.file_cert_info) module: dri.",
        ),
        (
            answer(certwright().arg("/nowhere/args")),
            "cannot read the arguments",
        ),
    ];
    for (answer, message) in cases {
        assert_eq!(answer["failed"], true);
        let said = answer["msg"].as_str().unwrap();
        assert!(said.contains(message), "{said}");
    }
}

#[test]
fn a_bug_is_told_without_its_text() {
    let answer = answer(
        certwright()
            .args(["run", "file_cert_info"])
            .env("CERTWRIGHT_TEST_PANIC", "canary")
            .write_stdin(r#"{"dir": "/x"}"#),
    );
    assert_eq!(answer["failed"], true);
    assert!(!answer.to_string().contains("canary"));
    assert!(
        answer["msg"]
            .as_str()
            .unwrap()
            .contains("src/modules/mod.rs")
    );
}

#[test]
fn the_collection_has_a_stub_and_an_action_plugin_for_every_module() {
    let plugins =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("ansible_collections/certwright/fleet/plugins");
    certwright()
        .args(["doc", "--check"])
        .arg(&plugins)
        .assert()
        .success();
    let output = certwright().arg("list").output().unwrap();
    let mut listed: Vec<String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    assert!(listed.is_sorted());
    for folder in ["modules", "action"] {
        let mut there: Vec<String> = std::fs::read_dir(plugins.join(folder))
            .unwrap()
            .map(|it| it.unwrap().file_name().to_string_lossy().into_owned())
            .filter_map(|it| it.strip_suffix(".py").map(str::to_owned))
            .collect();
        there.sort_unstable();
        listed.sort_unstable();
        assert_eq!(there, listed, "{folder}");
    }
}

#[test]
fn a_stub_that_is_not_up_to_date_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let doc = |mode: &str| certwright().args(["doc", mode]).arg(folder.path()).assert();
    doc("--write").success();
    doc("--check").success();
    std::fs::write(folder.path().join("modules/certificate.py"), "# by hand").unwrap();
    doc("--check")
        .failure()
        .stderr(predicates::str::contains("certificate.py"));
}
