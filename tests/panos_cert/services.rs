//! What presents a certificate, besides the portal of the other tests.

use serde_json::{Value, json};

use crate::firewall::{Firewall, SITE, certificate, check, deploy};

const VSYS: &str = "/config/devices/entry[@name='localhost.localdomain']/vsys";

fn rule(vsys: &str) -> String {
    format!(
        "{VSYS}/entry[@name='{vsys}']/rulebase/decryption/rules/entry[@name='inbound']/type/ssl-inbound-inspection"
    )
}

/// A site for a decryption rule, which names the certificate itself.
fn inspected(firewall: &Firewall) -> Value {
    let mut options = firewall.sites(&[SITE]);
    options["certificates"][0]["profile"] = Value::Null;
    options["certificates"][0]["services"] = json!({"inbound_inspection": ["inbound"]});
    options
}

#[test]
fn a_decryption_rule_names_one_certificate_after_the_other() {
    let firewall = Firewall::start(json!({}));
    firewall.set("alice", &rule("vsys1"), "<certificates/>");
    firewall.commit("alice");
    let mut options = inspected(&firewall);
    let foretold = check(&options).ok();
    let first = deploy(&options).ok();
    assert_eq!(first.result["diff"], foretold.result["diff"]);
    assert!(!deploy(&options).ok().changed());
    options["certificates"][0]["force"] = json!(true);
    let second = deploy(&options).ok();
    assert_ne!(
        certificate(&first)["serial"],
        certificate(&second)["serial"]
    );
    options["certificates"][0]["force"] = json!(false);
    let idle = deploy(&options).ok();
    assert!(!idle.changed(), "{:#}", idle.result);
    assert!(firewall.is_clean());
    // What somebody else adds stays.
    firewall.set(
        "alice",
        &format!("{}/certificates", rule("vsys1")),
        "<member>theirs</member>",
    );
    options["certificates"][0]["state"] = json!("absent");
    deploy(&options).fails("'alice' has a pending change");
    firewall.op("alice", "<revert><config/></revert>");
    deploy(&options).ok();
    assert_eq!(firewall.running(), Vec::<String>::new());
}

#[test]
fn what_is_not_there_is_not_made_by_its_mention() {
    let firewall = Firewall::start(json!({}));
    let before = firewall.state()["firewall"]["candidate"].clone();
    for (services, text) in [
        (
            json!({"portals": ["portla"]}),
            "GlobalProtect portal portla",
        ),
        (
            json!({"gateways": ["portal"]}),
            "GlobalProtect gateway portal",
        ),
        (
            json!({"inbound_inspection": ["inbound"]}),
            "decryption rule inbound",
        ),
        (json!({"portals": ["portal"], "vsys": "vsys9"}), "vsys9"),
    ] {
        let mut options = firewall.options();
        options["certificates"][0]["services"] = services;
        for failed in [check(&options).fails(text), deploy(&options).fails(text)] {
            assert!(!failed.changed(), "{:#}", failed.result);
        }
        assert_eq!(firewall.state()["firewall"]["candidate"], before);
    }
}

#[test]
fn services_are_looked_for_in_the_virtual_system_of_the_certificate() {
    let firewall = Firewall::start(json!({}));
    firewall.set(
        "alice",
        &format!(
            "{VSYS}/entry[@name='vsys2']/global-protect/global-protect-portal/entry[@name='second']"
        ),
        "<portal-config/>",
    );
    firewall.commit("alice");
    let mut options = firewall.options();
    options["vsys"] = json!("vsys2");
    options["certificates"][0]["services"] = json!({"portals": ["second"]});
    options["certificates"][0]["verify"] = json!(false);
    deploy(&options).ok();
    let state = firewall.state();
    let running = state["firewall"]["running"].as_str().unwrap();
    let (_, second) = running.split_once("<entry name=\"vsys2\">").expect("vsys2");
    assert!(
        second.contains("<ssl-tls-service-profile>web</ssl-tls-service-profile>"),
        "{second}"
    );
    assert!(!deploy(&options).ok().changed());
}

#[test]
fn the_management_interface_presents_it_too() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.options();
    options["certificates"][0]["services"] = json!({"management": true, "portals": ["portal"]});
    let address = options["certificates"][0]["verify"].clone();
    options["certificates"][0]["verify"] = json!({"ca_path": address["ca_path"], "timeout": 20});
    options["provider"]["validate_certs"] = json!(false);
    let first = deploy(&options).ok();
    assert_eq!(certificate(&first)["proven"], true);
    assert!(!deploy(&options).ok().changed());
    options["certificates"][0]["force"] = json!(true);
    let second = deploy(&options).ok();
    assert_eq!(certificate(&second)["proven"], true);
    assert!(firewall.is_clean());
}
