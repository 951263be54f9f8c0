//! Certificates by SCM's enrollment API, and what SCM withdraws.

use serde_json::json;

use crate::common::{members, run};
use crate::firewall::{Firewall, certificate, check, deploy};

#[test]
fn an_order_is_approved_while_its_key_waits_and_what_is_revoked_gives_way() {
    let firewall = Firewall::start(json!({"scm.order_approval": "always"}));
    let lab = &firewall.lab;
    let mut options = firewall.options();
    options["certificates"][0]["issuer"] =
        json!({"type": "sectigo_enrollment", "organization": "101", "profile": "300"});
    let first = deploy(&options).ok();
    assert_eq!(certificate(&first)["action"], "request");
    assert_eq!(first.result["manual_actions"][0]["right"], "sslApprove");
    for waiting in [check(&options), deploy(&options)] {
        let waiting = waiting.ok();
        assert!(!waiting.changed(), "{:#}", waiting.result);
        assert_eq!(certificate(&waiting)["action"], "wait");
    }
    let orders = || -> Vec<i64> {
        members(&lab.state()["scm"]["certificates"])
            .iter()
            .filter(|it| it["requested_via"] == "REST")
            .filter_map(|it| it["id"].as_i64())
            .collect()
    };
    let approval = json!({"scm": lab.scm_as("mrao-admin"), "state": "approved", "id": orders()[0]});
    run("sectigo_certificate", approval).ok();
    let issued = deploy(&options).ok();
    assert_eq!(certificate(&issued)["proven"], true, "{:#}", issued.result);
    assert!(!deploy(&options).ok().changed());
    assert_eq!(orders().len(), 1);

    let serial = certificate(&issued)["serial"].as_str().unwrap();
    let path = format!("/state/certificate/{serial}");
    lab.control("PUT", &path, &json!({"revoked": true}));
    lab.switch(json!({"scm.order_approval": "never"}));
    assert_eq!(
        certificate(&check(&options).ok())["reasons"],
        json!(["revoked"])
    );
    // Stamps in names are of seconds.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let renewed = deploy(&options).ok();
    assert_eq!(certificate(&renewed)["proven"], true);
    assert_ne!(certificate(&renewed)["serial"], serial);
    assert_eq!(orders().len(), 2);
    assert!(!deploy(&options).ok().changed());
}
