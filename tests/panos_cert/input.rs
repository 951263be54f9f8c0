//! What is wrong is explained, and nothing is changed.

use std::process::Command;

use serde_json::{Value, json};

use crate::firewall::{Firewall, deploy};

fn refused(change: impl FnOnce(&Firewall, &mut Value), text: &str) {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.options();
    change(&firewall, &mut options);
    let before = firewall.state()["firewall"]["candidate"].clone();
    let failed = deploy(&options).fails(text);
    assert!(!failed.changed(), "{:#}", failed.result);
    assert_eq!(firewall.state()["firewall"]["candidate"], before);
}

#[test]
fn credentials_are_explained() {
    refused(
        |_, it| it["provider"]["password"] = json!("no"),
        "does not accept the credentials",
    );
    refused(
        |_, it| it["provider"]["api_key"] = json!("LUFRPT1old"),
        "a key ends with its lifetime",
    );
    refused(
        |firewall, it| {
            let users = firewall.lab.ready["panos"]["users"].as_array().unwrap();
            let user = users.iter().find(|it| it["user"] == "vsys-admin").unwrap();
            it["provider"]["username"] = user["user"].clone();
            it["provider"]["password"] = user["password"].clone();
        },
        "does not let the user make the key pair",
    );
}

#[test]
fn names_and_places_are_explained() {
    refused(
        |_, it| it["vsys"] = json!("vsys9"),
        "no GlobalProtect portal portal in vsys9",
    );
    refused(
        |_, it| {
            it["vsys"] = json!("vsys9");
            it["certificates"][0]["services"] = json!({});
        },
        "has no virtual system vsys9",
    );
    refused(
        |_, it| it["certificates"][0]["services"]["portals"] = json!(["a'b"]),
        "'a'b' is no name",
    );
    refused(|_, it| it["template"] = json!("t"), "services");
    refused(
        |_, it| it["certificates"][0]["profile"] = Value::Null,
        "profile",
    );
    refused(
        |_, it| it["certificates"][0]["profile"] = json!("x".repeat(64)),
        "at most 63",
    );
    refused(
        |_, it| it["certificates"][0]["key"] = json!("ecdsa-p521"),
        "cannot make such a key",
    );
    refused(
        |_, it| {
            let names: Vec<String> = (0..6).map(|n| format!("n{n}.example.org")).collect();
            it["certificates"][0]["names"] = json!(names);
        },
        "only few alternative names",
    );
    refused(
        |_, it| {
            let first = it["certificates"][0].clone();
            it["certificates"].as_array_mut().unwrap().push(first);
        },
        "another entry",
    );
}

#[test]
fn sites_that_would_have_the_same_names_are_told_apart() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.sites(&["*.example.org", "wildcard.example.org"]);
    options["certificates"][0]["profile"] = json!("star");
    deploy(&options).fails("another entry");
}

#[test]
fn a_description_that_no_device_takes_is_refused_before_anything_is_sent() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.options();
    options["commit_description"] = json!("x".repeat(500));
    deploy(&options).fails("a description at most 512");
    assert_eq!(firewall.lab.calls(), Vec::<String>::new());
    options["commit_description"] = json!("x".repeat(480));
    deploy(&options).ok();
}

#[test]
fn whose_key_it_is_is_known_before_anything_is_ordered() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.options();
    let key = keygen(&firewall);
    let provider = options["provider"].as_object_mut().unwrap();
    provider.remove("password");
    provider.remove("username");
    provider.insert("api_key".to_owned(), json!(key));
    let failed = deploy(&options).fails("set provider.username to 'api-cert'");
    assert!(!failed.output.contains(&key));
    assert!(
        !firewall
            .lab
            .calls()
            .iter()
            .any(|it| it.contains("newOrder"))
    );
    options["provider"]["username"] = json!("api-cert");
    assert_eq!(deploy(&options).ok().result["commits"], 1);
    assert!(firewall.is_clean());
}

#[test]
fn a_certificate_for_another_key_never_gets_there() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.options();
    options["certificates"][0]["issuer"] = json!({"type": "external"});
    deploy(&options).ok();
    let stranger = rcgen::generate_simple_self_signed(vec!["www.example.org".to_owned()]).unwrap();
    options["certificates"][0]["issuer"] =
        json!({"type": "external", "certificates": {"ecdsa-p256": stranger.cert.pem()}});
    let waiting = deploy(&options).ok();
    assert!(!waiting.changed());
    assert_eq!(waiting.result["certificates"][0]["action"], "wait");
    assert_eq!(firewall.running(), Vec::<String>::new());
}

#[test]
fn pages_of_a_proxy_are_no_answers() {
    let firewall = Firewall::start(json!({}));
    firewall
        .lab
        .fault(json!({"service": "panos", "times": 0, "action": {"kind": "html", "status": 200}}));
    deploy(&firewall.options()).fails("is there a proxy before it?");
}

#[test]
fn no_secret_is_told() {
    let firewall = Firewall::start(json!({}));
    let options = firewall.options();
    let ran = deploy(&options);
    let password = options["provider"]["password"].as_str().unwrap();
    let journal = json!(firewall.lab.journal()).to_string();
    for text in [&ran.output, &journal] {
        assert!(!text.contains(password));
        assert!(!text.contains("LUFRPT1"));
    }
    assert!(!journal.contains("in-the-url"), "{journal}");
}

#[test]
fn an_answer_that_echoes_a_secret_is_masked() {
    let firewall = Firewall::start(json!({}));
    let options = firewall.options();
    let password = options["provider"]["password"].as_str().unwrap();
    let echo = format!(
        "<response status=\"error\" code=\"17\"><msg><line>passphrase '{password}' is invalid</line></msg></response>"
    );
    let body = json!({"kind": "status", "status": 200, "body": echo, "headers": {"Content-Type": "application/xml"}});
    firewall
        .lab
        .fault(json!({"service": "panos", "path": "generate", "times": 0, "action": body}));
    let ran = deploy(&options).fails("is invalid");
    assert!(!ran.output.contains(password), "{}", ran.output);
}

#[test]
fn a_key_that_has_expired_is_explained_and_a_new_one_fetched_where_there_is_a_password() {
    let firewall = Firewall::start(json!({"panos.key_minutes": 5}));
    deploy(&firewall.options()).ok();
    firewall
        .lab
        .control("PUT", "/clock", &json!({"advance_seconds": 600}));
    assert!(!deploy(&firewall.options()).ok().changed());

    let mut options = firewall.options();
    let key = keygen(&firewall);
    options["provider"]["password"].take();
    options["provider"]["api_key"] = json!(key);
    assert!(!deploy(&options).ok().changed());
    firewall
        .lab
        .control("PUT", "/clock", &json!({"advance_seconds": 1200}));
    options["certificates"][0]["force"] = json!(true);
    let before = firewall.state()["firewall"]["candidate"].clone();
    let expired = deploy(&options).fails("a key ends with its lifetime");
    assert!(!expired.changed());
    assert!(!expired.result.to_string().contains(&key));
    assert_eq!(firewall.state()["firewall"]["candidate"], before);
}

/// A key as administrators make one for their vault.
fn keygen(firewall: &Firewall) -> String {
    let unit = &firewall.lab.ready["panos"];
    let text = |name: &str| unit[name].as_str().unwrap();
    let answer = Command::new("curl")
        .args(["--silent", "--cacert"])
        .arg(firewall.lab.ready["ca_file"].as_str().unwrap())
        .args(["--data", "type=keygen", "--data-urlencode"])
        .arg(format!("user={}", text("user")))
        .arg("--data-urlencode")
        .arg(format!("password={}", text("password")))
        .arg(format!("{}/api/", text("url").trim_end_matches('/')))
        .output()
        .unwrap();
    let answer = String::from_utf8(answer.stdout).unwrap();
    let (_, key) = answer.split_once("<key>").expect(&answer);
    key.split_once("</key>").unwrap().0.to_owned()
}

#[test]
fn what_is_not_xml_of_theirs_is_refused() {
    let deep = format!("{}{}", "<a>".repeat(5000), "</a>".repeat(5000));
    let entity = "<!DOCTYPE r [<!ENTITY e \"x\">]><response status=\"success\"><result>&e;</result></response>";
    for body in [deep.as_str(), entity] {
        let firewall = Firewall::start(json!({}));
        let answer = json!({"kind": "status", "status": 200, "body": body, "headers": {"Content-Type": "application/xml"}});
        firewall.lab.fault(
            json!({"service": "panos", "path": "/api/config/get", "times": 0, "action": answer}),
        );
        let ran = deploy(&firewall.options());
        assert!(ran.failed() && !ran.changed(), "{:#}", ran.result);
        assert_eq!(firewall.candidate(), Vec::<String>::new());
    }
}
