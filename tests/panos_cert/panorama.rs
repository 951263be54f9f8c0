//! Certificates for firewalls, through Panorama.

use serde_json::{Value, json};

use crate::firewall::{Firewall, deploy};

fn options(firewall: &Firewall) -> Value {
    let mut options = firewall.sites(&["www.example.org"]);
    options["provider"] = firewall.provider("panorama");
    options["template"] = json!("web-template");
    options["certificates"][0]["profile"] = json!("web");
    options["push"] = json!([{"template_stack": "web-stack"}]);
    options
}

#[test]
fn a_template_is_committed_and_pushed() {
    for vsys in ["shared", "vsys1"] {
        let firewall = Firewall::start(json!({}));
        let mut options = options(&firewall);
        options["vsys"] = json!(vsys);
        let done = deploy(&options).ok();
        assert_eq!(done.result["commits"], 1);
        let state = firewall.state();
        for unit in ["firewall", "peer"] {
            let pushed = state[unit]["pushed"].as_str().unwrap();
            assert!(
                pushed.contains("www.example.org_"),
                "{vsys} {unit} {pushed}"
            );
        }
        assert_eq!(state["panorama"]["targets"], 0);
        assert!(!deploy(&options).ok().changed());
    }
}

#[test]
fn a_firewall_that_does_not_take_the_push_is_named() {
    let firewall = Firewall::start(json!({}));
    let serial = firewall.lab.ready["panos_peer"]["serial"].clone();
    firewall.lab.switch(json!({"panos.disconnected": [serial]}));
    let failed = deploy(&options(&firewall)).fails("not connected");
    assert!(
        failed.msg().contains(serial.as_str().unwrap()),
        "{}",
        failed.msg()
    );
}

#[test]
fn panoramas_own_certificates_and_firewalls_behind_it() {
    let firewall = Firewall::start(json!({}));
    let mut own = firewall.sites(&["panorama.example.org"]);
    own["provider"] = firewall.provider("panorama");
    own["panorama"] = json!(true);
    own["certificates"][0]["name"] = json!("panorama");
    deploy(&own).ok();
    assert!(
        firewall.state()["panorama"]["running"]
            .as_str()
            .unwrap()
            .contains("\"panorama_")
    );

    let mut behind = firewall.sites(&["www.example.org"]);
    behind["provider"] = firewall.provider("panorama");
    behind["provider"]["serial_number"] = firewall.lab.ready["panos"]["serial"].clone();
    deploy(&behind).ok();
    assert!(
        firewall
            .running()
            .iter()
            .any(|it| it.starts_with("www.example.org_"))
    );
}

#[test]
fn long_names_fit_into_panorama() {
    let firewall = Firewall::start(json!({}));
    let mut options = options(&firewall);
    options["certificates"][0]["name"] = json!("a-name-that-is-rather-long.example.org");
    options["push"] = json!([]);
    deploy(&options).ok();
    assert!(!deploy(&options).ok().changed());
}
