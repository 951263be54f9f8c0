//! The whole road with a real ACME server: the binary, Pebble, files.
//!
//! Pebble is strict, wants EAB and refuses every second good nonce unless a test says otherwise.

#![allow(clippy::unwrap_used)]

mod fixture;
#[path = "../common/port.rs"]
mod port;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use assert_cmd::assert::OutputAssertExt;
use fixture::{Behaviour, HMAC_KEY, Pebble, run};
use serde_json::{Value, json};

/// Runs a module of the real binary and returns its result.
fn module(name: &str, options: &Value) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certwright"));
    let output = assert_cmd::Command::from_std({
        command.args(["run", name]);
        command
    })
    .write_stdin(options.to_string())
    .output()
    .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "",
        "a module writes nothing to stderr"
    );
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let result: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"));
    assert_eq!(
        output.assert().get_output().status.success(),
        result["failed"] == false
    );
    result
}

fn deploy(pebble: &Pebble, extra: &Value) -> Value {
    let mut options = json!({
        "names": ["www.example.org", "example.org"],
        "issuer": pebble.issuer(),
        "dir": pebble.path("sites"),
        "deadline": 40,
        "_ansible_diff": true,
    });
    for (key, value) in extra.as_object().unwrap() {
        options[key] = value.clone();
    }
    module("file_cert_deploy", &options)
}

fn ok(result: Value, pebble: &Pebble) -> Value {
    assert_eq!(result["failed"], false, "{result:#}\n{}", pebble.log());
    result
}

fn modulus_or_point(kind: &str, path: &Path) -> String {
    let mut command = Command::new("openssl");
    match kind {
        "key" => command.args(["pkey", "-pubout", "-in"]),
        _ => command.args(["x509", "-pubkey", "-noout", "-in"]),
    };
    run(command.arg(path))
}

#[test]
fn a_site_gets_both_kinds_of_certificates_and_the_second_run_only_looks() {
    let pebble = Pebble::start(&Behaviour::default());
    let both = json!({"key": ["rsa-2048", "ecdsa-p256"]});
    let mut check = both.clone();
    check["_ansible_check_mode"] = json!(true);

    let predicted = ok(deploy(&pebble, &check), &pebble);
    assert_eq!(predicted["changed"], true);
    assert!(!pebble.path("sites").exists(), "check mode wrote");

    let first = ok(deploy(&pebble, &both), &pebble);
    assert_eq!(first["changed"], true);
    assert_eq!(
        first["diff"], predicted["diff"],
        "check mode predicts the run"
    );
    assert!(pebble.challenges_answered() > 0);
    for (at, algorithm) in [(0, "rsa"), (1, "ecdsa")] {
        let facts = &first["certificates"][at];
        assert_eq!(facts["action"], "issue");
        assert_eq!(facts["reasons"], json!(["missing"]));
        assert_eq!(facts["names"], json!(["example.org", "www.example.org"]));
        let folder = pebble.path("sites").join("www.example.org").join(algorithm);
        let key = folder.join("privkey.pem");
        assert_eq!(
            modulus_or_point("key", &key),
            modulus_or_point("certificate", &folder.join("cert.pem"))
        );
        let mode = fs::metadata(&key).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let full = fs::read_to_string(folder.join("fullchain.pem")).unwrap();
        assert_eq!(full.matches("BEGIN CERTIFICATE").count(), 2);
    }

    let before = snapshot(&pebble.path("sites"));
    let second = ok(deploy(&pebble, &both), &pebble);
    assert_eq!(second["changed"], false, "{second:#}");
    assert_eq!(second["certificates"][0]["action"], "keep");
    assert_eq!(second["diff"]["before"], second["diff"]["after"]);
    assert_eq!(before, snapshot(&pebble.path("sites")));
}

#[test]
fn names_that_the_ca_knows_need_no_challenge() {
    let pebble = Pebble::start(&Behaviour {
        authz_reuse: 100,
        ..Behaviour::default()
    });
    ok(deploy(&pebble, &json!({})), &pebble);
    let answered = pebble.challenges_answered();
    let mut issuer = pebble.issuer();
    issuer.as_object_mut().unwrap().remove("webroot");
    let again = json!({"issuer": issuer, "force": true});
    let result = ok(deploy(&pebble, &again), &pebble);
    assert_eq!(result["certificates"][0]["reasons"], json!(["forced"]));
    assert_eq!(pebble.challenges_answered(), answered);
}

#[test]
fn changes_are_noticed_and_named() {
    let pebble = Pebble::start(&Behaviour {
        nonce_reject: 0,
        ..Behaviour::default()
    });
    let first = ok(deploy(&pebble, &json!({})), &pebble);
    let serial = |result: &Value| result["certificates"][0]["serial"].clone();
    let mut last = serial(&first);
    let cases = [
        (
            json!({"names": ["www.example.org", "new.example.org"]}),
            "names_changed",
        ),
        (
            json!({"names": ["www.example.org", "new.example.org"], "key": "ecdsa-p384"}),
            "key_changed",
        ),
        (
            json!({"names": ["www.example.org", "new.example.org"], "key": "ecdsa-p384", "renew": {"days": 9999}}),
            "expiring",
        ),
    ];
    for (extra, reason) in cases {
        let result = ok(deploy(&pebble, &extra), &pebble);
        assert_eq!(
            result["certificates"][0]["reasons"],
            json!([reason]),
            "{result:#}"
        );
        assert_ne!(serial(&result), last);
        last = serial(&result);
    }
    // Without a proof by handshake the version before stays for a person to go back to, and no other.
    let versions = fs::read_dir(pebble.path("sites/www.example.org")).unwrap();
    let versions: Vec<String> = versions
        .map(|it| it.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|it| it.starts_with("ecdsa_"))
        .collect();
    assert_eq!(versions.len(), 2, "{versions:?}");
}

#[test]
fn a_chain_to_the_preferred_root_is_chosen() {
    let pebble = Pebble::start(&Behaviour {
        alternate_roots: 2,
        ..Behaviour::default()
    });
    let wanted = pebble.root_name(1);
    let mut issuer = pebble.issuer();
    issuer["preferred_root"] = json!(wanted);
    ok(deploy(&pebble, &json!({"issuer": issuer})), &pebble);
    let chain = pebble.path("sites/www.example.org/ecdsa/chain.pem");
    let top = run(Command::new("openssl")
        .args(["x509", "-noout", "-issuer", "-in"])
        .arg(chain));
    assert!(top.contains(&wanted), "{top} instead of {wanted}");
}

#[test]
fn other_cas_work_with_an_account_key_and_without_eab() {
    let pebble = Pebble::start(&Behaviour {
        eab: false,
        nonce_reject: 20,
        ..Behaviour::default()
    });
    let key = run(Command::new("openssl").args([
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
    ]));
    let mut issuer = pebble.issuer();
    issuer.as_object_mut().unwrap().remove("eab");
    issuer["account_key"] = json!(key);
    issuer["contact"] = json!(["certs@example.org"]);
    ok(deploy(&pebble, &json!({"issuer": issuer})), &pebble);
}

#[test]
fn a_csr_made_elsewhere_is_signed() {
    let pebble = Pebble::start(&Behaviour::default());
    let external = json!({"issuer": {"type": "external"}});
    let made = ok(deploy(&pebble, &external), &pebble);
    assert_eq!(made["certificates"][0]["action"], "request");
    let csr = &made["csrs"]["ecdsa-p256"];
    let again = ok(deploy(&pebble, &external), &pebble);
    assert_eq!(again["changed"], false);
    assert_eq!(
        &again["csrs"]["ecdsa-p256"], csr,
        "the request stays until it is signed"
    );

    let signed = ok(
        module(
            "certificate",
            &json!({"csr": csr, "issuer": pebble.issuer()}),
        ),
        &pebble,
    );
    let with = json!({"issuer": {"type": "external", "certificates": [signed["fullchain"]]}});
    let mut check = with.clone();
    check["_ansible_check_mode"] = json!(true);
    let predicted = ok(deploy(&pebble, &check), &pebble);
    let installed = ok(deploy(&pebble, &with), &pebble);
    assert_eq!(installed["changed"], true);
    assert_eq!(predicted["diff"], installed["diff"]);
    assert_eq!(
        installed["certificates"][0]["serial"],
        signed["facts"]["serial"]
    );
    assert_eq!(ok(deploy(&pebble, &external), &pebble)["changed"], false);
}

#[test]
fn refusals_explain_themselves_and_leave_everything_as_it_was() {
    let pebble = Pebble::start(&Behaviour {
        nonce_reject: 0,
        ..Behaviour::default()
    });
    ok(deploy(&pebble, &json!({})), &pebble);
    let in_service = || fs::read_link(pebble.path("sites/www.example.org/ecdsa")).unwrap();
    let before = in_service();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut issuer = pebble.issuer();
        change(&mut issuer);
        json!({"issuer": issuer, "force": true})
    };
    let cases = [
        (
            with(&|it| it["eab"]["hmac_key"] = json!("d3Jvbmcta2V5LXdyb25nLWtleQ")),
            "registering the account",
        ),
        (
            with(&|it| it["eab"]["kid"] = json!("nobody")),
            "registering the account",
        ),
        (
            with(&|it| {
                let issuer = it.as_object_mut().unwrap();
                issuer.remove("eab");
                let key = run(Command::new("openssl").args([
                    "genpkey",
                    "-algorithm",
                    "EC",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                ]));
                issuer.insert("account_key".to_owned(), json!(key));
            }),
            "wants external account binding",
        ),
        (
            with(&|it| {
                it.as_object_mut().unwrap().remove("webroot");
            }),
            "is not validated",
        ),
        (
            with(&|it| it["directory"] = json!(pebble.directory.replace("/dir", "/nowhere"))),
            "not an ACME directory",
        ),
        (
            with(&|it| {
                it.as_object_mut().unwrap().remove("ca_path");
            }),
            "certificate is refused",
        ),
        (
            with(&|it| it["fingerprint"] = json!("00".repeat(32))),
            "certificate is refused",
        ),
        (
            with(&|it| it["issuer_name"] = json!("Somebody Else")),
            "not put into service",
        ),
        (
            json!({"names": ["blocked.example"], "name": "www.example.org"}),
            "blocked",
        ),
    ];
    for (options, expected) in cases {
        let result = deploy(&pebble, &options);
        assert_eq!(result["failed"], true, "{options}");
        let message = result["msg"].as_str().unwrap();
        assert!(
            message.contains(expected),
            "{expected:?} is not in {message:?}"
        );
        assert!(!result.to_string().contains(HMAC_KEY));
        assert_eq!(in_service(), before, "{expected}");
    }
    // The half-made key of the failures is of use in the end.
    let result = ok(deploy(&pebble, &json!({"force": true})), &pebble);
    assert_ne!(in_service(), before);
    assert_eq!(result["certificates"][0]["action"], "issue");
}

/// Every path below `root` with its time of change.
fn snapshot(root: &Path) -> Vec<String> {
    let listing = run(Command::new("find")
        .arg(root)
        .args(["-printf", "%p %C@ %l\n"]));
    let mut lines: Vec<String> = listing.lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}
