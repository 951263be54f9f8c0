//! Certificates for firewalls, through Panorama.

use serde_json::{Value, json};

use crate::firewall::{Firewall, check, deploy, killed_at};

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

fn is_pushed(firewall: &Firewall) -> bool {
    let state = firewall.state();
    ["firewall", "peer"].iter().all(|it| {
        state[it]["pushed"]
            .as_str()
            .unwrap()
            .contains("www.example.org_")
    })
}

/// What the next run makes up for, as foretold, without another commit.
fn made_up_for(firewall: &Firewall, options: &Value) {
    assert!(!is_pushed(firewall));
    assert_eq!(firewall.state()["panorama"]["changes"], json!([]));
    assert!(check(options).ok().changed());
    assert!(!is_pushed(firewall));
    let done = deploy(options).ok();
    assert!(done.changed());
    assert!(done.msg().contains("web-stack"), "{}", done.msg());
    assert_eq!(done.result["commits"], 0);
    assert!(is_pushed(firewall));
    assert!(!deploy(options).ok().changed());
}

#[test]
fn a_push_that_did_not_reach_all_is_made_up_for() {
    let firewall = Firewall::start(json!({}));
    let options = options(&firewall);
    let serial = firewall.lab.ready["panos_peer"]["serial"].clone();
    firewall.lab.switch(json!({"panos.disconnected": [serial]}));
    let failed = deploy(&options).fails("not connected");
    assert!(failed.changed());
    deploy(&options).fails("not connected");
    firewall.lab.switch(json!({"panos.disconnected": []}));
    made_up_for(&firewall, &options);
}

#[test]
fn a_run_that_is_killed_between_commit_and_push_is_made_up_for() {
    let firewall = Firewall::start(json!({}));
    let options = options(&firewall);
    killed_at(&firewall.lab, &options, "/api/op/show/jobs/id");
    made_up_for(&firewall, &options);
}

#[test]
fn the_answer_to_a_push_may_be_lost() {
    let firewall = Firewall::start(json!({}));
    let lost = json!({"path": "^/api/commit", "after": 1, "action": {"kind": "reset_after"}});
    firewall.lab.fault(lost);
    deploy(&options(&firewall)).ok();
    assert!(is_pushed(&firewall));
}

#[test]
fn what_others_left_unpushed_is_theirs() {
    let firewall = Firewall::start(json!({}));
    let options = options(&firewall);
    deploy(&options).ok();
    let meddle = |parameters: Value| {
        let body = json!({"unit": "panorama", "user": "alice", "parameters": parameters});
        firewall.lab.control("POST", "/panos/meddle", &body);
    };
    let path = "/config/devices/entry[@name='localhost.localdomain']/template/entry[@name='web-template']/config/shared";
    meddle(json!({"type": "config", "action": "set", "xpath": path, "element": "<tag>x</tag>"}));
    meddle(json!({"type": "commit", "cmd": "<commit/>"}));
    assert!(!deploy(&options).ok().changed());
    assert!(
        !firewall.state()["firewall"]["pushed"]
            .as_str()
            .unwrap()
            .contains("<tag>")
    );
}

#[test]
fn the_passive_one_of_two_panoramas_is_passed_over() {
    let firewall = Firewall::start(json!({}));
    let ha = |state: &str| {
        firewall
            .lab
            .control("PUT", "/panos/ha", &json!({"panorama": state}))
    };
    ha("secondary-passive");
    let passed = deploy(&options(&firewall)).ok();
    assert!(!passed.changed());
    assert!(
        passed.msg().contains("secondary-passive"),
        "{}",
        passed.msg()
    );
    assert_eq!(firewall.lab.writes(), Vec::<String>::new());
    ha("primary-active");
    let done = deploy(&options(&firewall)).ok();
    let warnings = done.result["warnings"].as_array();
    assert!(warnings.is_none_or(Vec::is_empty), "{warnings:?}");
}

#[test]
fn a_template_that_a_killed_run_aimed_at_is_none_of_panoramas_own() {
    let firewall = Firewall::start(json!({}));
    let command = "<set><system><setting><target><template><name>web-template</name></template></target></setting></system></set>";
    let parameters = json!({"type": "op", "cmd": command});
    let body = json!({"unit": "panorama", "user": "api-cert", "parameters": parameters});
    firewall.lab.control("POST", "/panos/meddle", &body);
    let mut own = firewall.sites(&["panorama.example.org"]);
    own["provider"] = firewall.provider("panorama");
    own["panorama"] = json!(true);
    own["certificates"][0]["name"] = json!("panorama");
    deploy(&own).ok();
    assert!(!deploy(&own).ok().changed());
}

#[test]
fn a_template_that_is_not_there_is_foretold() {
    let firewall = Firewall::start(json!({}));
    let mut options = options(&firewall);
    options["template"] = json!("nope");
    check(&options).fails("has no template nope");
    deploy(&options).fails("has no template nope");
    options["template"] = json!("it's");
    deploy(&options).fails("argument 'template' is not valid");
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
