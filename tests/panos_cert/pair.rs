//! Two firewalls of which one is active.

use serde_json::{Value, json};

use crate::firewall::{Firewall, certificate, check, deploy};

fn pair(change: Value) -> Firewall {
    let firewall = Firewall::start(json!({}));
    firewall
        .lab
        .control("PUT", "/panos/ha", &json!({"enabled": true}));
    firewall.lab.control("PUT", "/panos/ha", &change);
    firewall
}

#[test]
fn the_active_unit_is_written_and_the_other_one_takes_it() {
    let firewall = pair(json!({"sync_seconds": 1.0}));
    let mut options = firewall.options();
    let passive = {
        let mut options = options.clone();
        options["provider"] = firewall.provider("panos_peer");
        options
    };
    let passed = deploy(&passive).ok();
    assert!(!passed.changed());
    assert!(passed.msg().contains("passive"), "{}", passed.msg());
    assert!(!check(&passive).ok().changed());

    assert_eq!(certificate(&deploy(&options).ok())["proven"], true);
    let state = firewall.state();
    assert_eq!(state["peer"]["running"], state["firewall"]["running"]);
    assert!(!deploy(&passive).ok().changed());

    // After a failover the other unit is the one to write, and has all it needs.
    firewall
        .lab
        .control("PUT", "/panos/ha", &json!({"active": "b"}));
    options["provider"] = firewall.provider("panos_peer");
    options["certificates"][0]["verify"]["port"] =
        firewall.lab.ready["panos_peer"]["services"][0]["port"].clone();
    firewall.lab.forget();
    assert!(!deploy(&options).ok().changed());
    options["certificates"][0]["names"] = json!(["www.example.org", "example.org"]);
    assert_eq!(certificate(&deploy(&options).ok())["proven"], true);
}

#[test]
fn a_partner_that_does_not_take_it_is_told() {
    let firewall = pair(json!({"failing": true}));
    let done = deploy(&firewall.options()).ok();
    assert_eq!(certificate(&done)["proven"], true);
    let warnings = done.result["warnings"].to_string();
    assert!(
        warnings.contains("did not take the configuration"),
        "{warnings}"
    );
}

#[test]
fn what_is_committed_stays_so_although_nobody_tells_of_the_pair() {
    let firewall = pair(json!({"sync_seconds": 1.0}));
    let refused = "<response status=\"error\"><msg><line>not today</line></msg></response>";
    // It is asked once before, for which of the two is active.
    firewall.lab.fault(json!({
        "path": "/api/op/show/high-availability/state", "after": 1, "times": 0,
        "action": {"kind": "status", "status": 200, "body": refused, "headers": {"Content-Type": "application/xml"}},
    }));
    let done = deploy(&firewall.options()).ok();
    assert_eq!(certificate(&done)["proven"], true);
    let warnings = done.result["warnings"].to_string();
    assert!(
        warnings.contains("not today") && warnings.contains("the commit itself is done"),
        "{warnings}"
    );
    firewall.lab.control("DELETE", "/faults", &Value::Null);
    assert!(!deploy(&firewall.options()).ok().changed());
    assert!(firewall.is_clean());
}
