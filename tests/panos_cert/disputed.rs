//! Where sources disagree, either answer leads to the same end.

use serde_json::{Value, json};

use crate::firewall::{Firewall, SITE, certificate, check, deploy};

/// A first certificate, nothing to do, and a renewal.
fn whole_road(switches: Value, change: impl Fn(&mut Value)) {
    let told = switches.to_string();
    let firewall = Firewall::start(switches);
    let mut options = firewall.options();
    change(&mut options);
    let foretold = check(&options).ok();
    let first = deploy(&options).ok();
    assert_eq!(first.result["diff"], foretold.result["diff"], "{told}");
    assert_eq!(certificate(&first)["proven"], true, "{told}");
    firewall.lab.forget();
    assert!(!deploy(&options).ok().changed(), "{told}");
    assert_eq!(firewall.lab.writes(), Vec::<String>::new(), "{told}");
    options["certificates"][0]["force"] = json!(true);
    let second = deploy(&options).ok();
    assert_eq!(certificate(&second)["proven"], true, "{told}");
    assert_eq!(second.result["commits"], 1, "{told}");
    assert!(firewall.is_clean(), "{told}: {:#}", firewall.state());
}

#[test]
fn releases_and_their_grammars() {
    for version in ["10.2", "11.1", "12.1"] {
        whole_road(json!({"panos.version": version}), |_| {});
    }
    whole_road(json!({"panos.common_name_needed": true}), |_| {});
    whole_road(json!({"panos.rename": "stays"}), |_| {});
    whole_road(json!({"panos.locks_released_by_commit": false}), |_| {});
}

#[test]
fn keys_and_names_that_only_some_releases_take() {
    whole_road(json!({"panos.p521": "accepted"}), |it| {
        it["certificates"][0]["key"] = json!("ecdsa-p521");
    });
    whole_road(json!({"panos.max_san_per_kind": 100}), |it| {
        let names: Vec<String> = (0..6).map(|n| format!("n{n}.example.org")).collect();
        it["certificates"][0]["names"] = json!([&[SITE.to_owned()][..], &names].concat());
    });
}

#[test]
fn templates_of_virtual_systems() {
    for heeded in ["refused", "accepted"] {
        let firewall = Firewall::start(json!({"panos.template_vsys": heeded}));
        let mut options = firewall.sites(&[SITE]);
        options["provider"] = firewall.provider("panorama");
        options["template"] = json!("web-template");
        options["vsys"] = json!("vsys1");
        deploy(&options).ok();
        let state = firewall.state();
        let running = state["panorama"]["running"].as_str().unwrap();
        let (_, inside) = running
            .split_once("<entry name=\"vsys1\">")
            .expect("a vsys");
        assert!(
            inside.contains(&format!("<entry name=\"{SITE}_")),
            "{running}"
        );
        assert!(!deploy(&options).ok().changed());
    }
}
