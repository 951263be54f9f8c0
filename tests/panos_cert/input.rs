//! What is wrong is explained, and nothing is changed.

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
        |firewall, it| {
            it["provider"]["api_key"] = json!("LUFRPT1old");
            let _ = firewall;
        },
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
    refused(|_, it| it["vsys"] = json!("vsys9"), "vsys9");
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
}
