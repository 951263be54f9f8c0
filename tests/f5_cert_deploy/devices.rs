//! Several devices: independent ones, and pairs.

use super::*;

fn pair(lab: &Lab, settings: Value) {
    lab.control(
        "PUT",
        "/bigip/ha",
        &with(
            json!({"mode": "pair", "auto_sync": false, "active": "a", "sync_seconds": 0.2}),
            &settings,
        ),
    );
}

fn both(bigip: &Bigip<'_>, more: Value) -> Value {
    let more = with(json!({"renew": {"ari": false}}), &more);
    let options = bigip.options(more);
    with(
        options,
        &json!({"provider": null, "providers": [bigip.provider(), bigip.peer()]}),
    )
}

fn status(lab: &Lab, service: &str, path: &str) -> usize {
    lab.journal()
        .iter()
        .filter(|it| {
            it["service"] == service
                && it["write"] == true
                && it["path"].as_str().unwrap().contains(path)
        })
        .count()
}

#[test]
fn independent_devices_have_keys_of_their_own() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let done = run(MODULE, both(&bigip, json!({}))).ok();
    let certificates = done.result["certificates"].as_array().unwrap();
    assert_eq!(certificates.len(), 2);
    assert_ne!(certificates[0]["serial"], certificates[1]["serial"]);
    let there = bigip::serial_at(
        &bigip.address_of("bigip_peer", "/Common/www_https"),
        SITE,
        &[],
    );
    assert_eq!(certificates[1]["serial"], there);
    assert!(!run(MODULE, both(&bigip, json!({}))).ok().changed());
}

#[test]
fn the_first_device_that_fails_stops_the_others_unless_told_otherwise() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let wrong = with(bigip.provider(), &json!({"password": "wrong"}));
    let options = with(
        both(&bigip, json!({})),
        &json!({"providers": [wrong, bigip.peer()]}),
    );
    let stopped = run(MODULE, options.clone()).fails("does not accept user");
    assert!(!stopped.changed());
    assert_eq!(status(&lab, "bigip_peer", "/tm/"), 0);
    let on = run(
        MODULE,
        with(options, &json!({"appliance_failure": "continue"})),
    )
    .fails("does not accept user");
    assert!(on.changed());
    let certificates = &on.result["certificates"];
    assert_eq!(certificates[0]["failed"], true);
    assert_eq!(certificates[1]["proven"], true);
}

#[test]
fn of_a_pair_only_the_active_unit_is_written() {
    for active in ["a", "b"] {
        let lab = Lab::start();
        let bigip = Bigip(&lab);
        pair(&lab, json!({"active": active}));
        let predicted = check(MODULE, both(&bigip, json!({}))).ok();
        let done = run(MODULE, both(&bigip, json!({}))).ok();
        assert_eq!(predicted.result["diff"], done.result["diff"]);
        let (written, other) = if active == "a" {
            ("bigip", "bigip_peer")
        } else {
            ("bigip_peer", "bigip")
        };
        assert_eq!(status(&lab, other, "/tm/"), 0, "{:?}", lab.calls());
        assert!(status(&lab, written, "/tm/cm") == 1);
        assert_eq!(done.result["certificates"].as_array().unwrap().len(), 1);
        assert_eq!(
            bigip.serial("/Common/www_https", SITE, &[]),
            serial(&done.result)
        );
        // After a failover the other unit presents the same.
        let next = if active == "a" { "b" } else { "a" };
        lab.control("PUT", "/bigip/ha", &json!({"active": next}));
        assert_eq!(
            bigip.serial("/Common/www_https", SITE, &[]),
            serial(&done.result)
        );
        lab.forget();
        assert!(!run(MODULE, both(&bigip, json!({}))).ok().changed());
        assert_eq!(lab.writes(), [""; 0]);
    }
}

#[test]
fn pending_changes_of_others_stop_the_run() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    pair(&lab, json!({}));
    run(MODULE, both(&bigip, json!({}))).ok();
    let theirs = json!({"name": "/Common/theirs", "defaultsFrom": "/Common/clientssl"});
    bigip.meddle("POST", "/mgmt/tm/ltm/profile/client-ssl", theirs);
    // Nothing to do: nobody is disturbed.
    assert!(!run(MODULE, both(&bigip, json!({}))).ok().changed());
    lab.forget();
    check(MODULE, both(&bigip, json!({"force": true}))).fails("somebody else's changes");
    run(MODULE, both(&bigip, json!({"force": true}))).fails("somebody else's changes");
    assert_eq!(lab.writes(), [""; 0]);
}

#[test]
fn a_group_that_syncs_by_itself_is_left_to_it() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    pair(&lab, json!({"auto_sync": true}));
    let done = run(MODULE, both(&bigip, json!({}))).ok();
    assert_eq!(
        lab.journal()
            .iter()
            .filter(|it| it["path"] == "/mgmt/tm/cm" && it["method"] == "POST")
            .count(),
        0
    );
    lab.control("PUT", "/bigip/ha", &json!({"active": "b"}));
    assert_eq!(
        bigip.serial("/Common/www_https", SITE, &[]),
        serial(&done.result)
    );
}

#[test]
fn the_standby_unit_alone_is_no_failure_and_is_not_written() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    pair(&lab, json!({"active": "b"}));
    let alone = bigip.options(json!({}));
    let ran = run(MODULE, alone).ok();
    assert!(!ran.changed());
    assert!(
        ran.result["appliances"][0]["messages"][0]
            .as_str()
            .unwrap()
            .contains("is not the active unit")
    );
    assert_eq!(status(&lab, "bigip", "/tm/"), 0);
}

#[test]
fn a_group_without_an_active_unit_is_a_failure() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    pair(&lab, json!({}));
    for (service, own) in [("bigip", "bigip-a"), ("bigip_peer", "bigip-b")] {
        let device = |name: &str| {
            let is_self = name.starts_with(own).to_string();
            json!({"name": name, "failoverState": "standby", "selfDevice": is_self})
        };
        let items = ["bigip-a.example.org", "bigip-b.example.org"].map(device);
        let body = json!({"items": items}).to_string();
        lab.fault(
            json!({"service": service, "path": "/cm/device$", "times": 0,
                         "action": {"kind": "status", "status": 200, "body": body}}),
        );
    }
    for options in [bigip.options(json!({})), both(&bigip, json!({}))] {
        for ran in [check(MODULE, options.clone()), run(MODULE, options)] {
            assert!(!ran.fails("no unit of the device group").changed());
        }
    }
}

#[test]
fn absent_is_foretold_as_it_comes() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    pair(&lab, json!({}));
    run(MODULE, bigip.options(json!({"key_security": "normal"}))).ok();
    let gone = bigip.options(json!({"key_security": "normal", "state": "absent"}));
    lab.control("PUT", "/bigip/ha", &json!({"active": "b"}));
    for ran in [check(MODULE, gone.clone()), run(MODULE, gone.clone())] {
        let ran = ran.ok();
        assert!(!ran.changed(), "{:#}", ran.result);
        assert!(
            ran.result["appliances"][0]["messages"]
                .to_string()
                .contains("is not the active unit")
        );
    }
    lab.control("PUT", "/bigip/ha", &json!({"active": "a"}));
    let theirs = json!({"name": "/Common/theirs", "defaultsFrom": "/Common/clientssl"});
    bigip.meddle("POST", "/mgmt/tm/ltm/profile/client-ssl", theirs);
    for ran in [check(MODULE, gone.clone()), run(MODULE, gone)] {
        ran.fails("somebody else's changes");
    }
}

#[test]
fn a_killed_runs_pending_changes_are_known_and_finished() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    pair(&lab, json!({}));
    run(MODULE, both(&bigip, json!({}))).ok();
    // The sync does not come about; the mark stays.
    lab.fault(json!({"service": "bigip", "path": "^/mgmt/tm/cm$", "times": 0, "action": {"kind": "refuse"}}));
    run(MODULE, both(&bigip, json!({"force": true}))).fails("give its configuration");
    let again = run(MODULE, both(&bigip, json!({}))).fails("give its configuration");
    assert!(
        !again.msg().contains("is saved and given"),
        "{}",
        again.msg()
    );
    lab.control("DELETE", "/faults", &Value::Null);
    let finished = run(MODULE, both(&bigip, json!({}))).ok();
    assert!(finished.changed());
    assert!(
        finished
            .msg()
            .contains("an earlier run did not get to its end"),
        "{:#}",
        finished.result
    );
    assert!(!run(MODULE, both(&bigip, json!({}))).ok().changed());
    lab.control("PUT", "/bigip/ha", &json!({"active": "b"}));
    assert_eq!(
        bigip.serial("/Common/www_https", SITE, &[]),
        serial(&finished.result)
    );
}
