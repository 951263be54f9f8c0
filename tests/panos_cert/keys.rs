//! Keys, requests and profiles are as they are asked for.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::firewall::{Firewall, certificate, deploy};

#[test]
fn all_kinds_of_keys_and_none_that_leaves_the_firewall_unasked() {
    let firewall = Firewall::start(json!({}));
    let kinds = [
        "rsa-2048",
        "rsa-3072",
        "rsa-4096",
        "ecdsa-p256",
        "ecdsa-p384",
    ];
    let names: Vec<String> = kinds.iter().map(|it| format!("{it}.example.org")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut options = firewall.sites(&names);
    let sites = options["certificates"].as_array_mut().unwrap();
    for (site, kind) in sites.iter_mut().zip(kinds) {
        site["key"] = json!(kind);
        site["exportable"] = json!(kind == "ecdsa-p384");
    }
    let done = deploy(&options).ok();
    for (at, kind) in kinds.iter().enumerate() {
        assert_eq!(done.result["certificates"][at]["key"], *kind);
    }
    let entries = firewall.running();
    for kind in kinds {
        let entry = entries.iter().find(|it| it.starts_with(kind)).unwrap();
        let ask = format!(
            "<request><certificate><is-blocked><certificate-name>{entry}</certificate-name></is-blocked></certificate></request>"
        );
        let blocked = firewall.op("admin", &ask).contains("yes");
        assert_eq!(blocked, kind != "ecdsa-p384", "{kind}");
    }
    assert!(!deploy(&options).ok().changed());
}

#[test]
fn requests_are_signed_with_the_hash_that_is_asked_for() {
    let firewall = Firewall::start(json!({}));
    for (digest, signed) in [(Value::Null, "SHA256"), (json!("sha384"), "SHA384")] {
        let name = format!("{}.example.org", signed.to_lowercase());
        let mut options = firewall.sites(&[&name]);
        let site = &mut options["certificates"][0];
        site["issuer"] = json!({"type": "external"});
        site["key"] = json!("rsa-2048");
        if !digest.is_null() {
            site["digest"] = digest;
        }
        let asked = deploy(&options).ok();
        let text = in_words(certificate(&asked)["csr"].as_str().unwrap());
        assert!(
            text.contains(&format!("{}WithRSAEncryption", signed.to_lowercase())),
            "{text}"
        );
        assert!(text.contains(&format!("DNS:{name}")), "{text}");
    }
}

#[test]
fn settings_of_a_profile_are_kept() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.options();
    options["certificates"][0]["services"] =
        json!({"portals": ["portal"], "gateways": ["gateway"]});
    let gateway = &firewall.lab.ready["panos"]["services"][1];
    options["certificates"][0]["verify"]["port"] = gateway["port"].clone();
    options["commit_description"] = json!("renewal of web");
    let first = deploy(&options).ok();
    assert_eq!(certificate(&first)["proven"], true);
    let profile = "/config/shared/ssl-tls-service-profile/entry[@name='web']/protocol-settings";
    firewall.set(
        "alice",
        profile,
        "<min-version>tls1-1</min-version><enc-algo-3des>no</enc-algo-3des>",
    );
    firewall.commit("alice");
    options["certificates"][0]["force"] = json!(true);
    let second = deploy(&options).ok();
    assert_ne!(
        certificate(&first)["serial"],
        certificate(&second)["serial"]
    );
    let state = firewall.state()["firewall"].clone();
    let running = state["running"].as_str().unwrap();
    assert!(running.contains("<min-version>tls1-1</min-version><max-version>max</max-version><enc-algo-3des>no</enc-algo-3des>"), "{running}");
    let jobs = state["jobs"].as_array().unwrap();
    let ours = |it: &&Value| {
        it["description"]
            .as_str()
            .is_some_and(|it| it.starts_with("renewal of web "))
    };
    assert_eq!(jobs.iter().filter(ours).count(), 2, "{jobs:?}");
}

fn in_words(request: &str) -> String {
    let mut openssl = Command::new("openssl")
        .args(["req", "-noout", "-text"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = openssl.stdin.take().unwrap();
    stdin.write_all(request.as_bytes()).unwrap();
    drop(stdin);
    let output = openssl.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
