//! Other answers: what nobody outside the vendor knows for certain is tried both ways.

use std::net::Ipv6Addr;

use super::*;
use crate::common::port::Port;

fn quiet(more: Value) -> Value {
    with(json!({"renew": {"ari": false}}), &more)
}

/// Goes through and is then at rest, with nothing left over.
fn settles(bigip: &Bigip<'_>, entry: Value) -> String {
    let options = bigip.options(quiet(entry));
    let done = run(MODULE, options.clone()).ok();
    assert_eq!(done.result["certificates"][0]["proven"], true);
    assert!(!run(MODULE, options).ok().changed());
    tidy(bigip, 1);
    serial(&done.result)
}

#[test]
fn objects_of_an_iapp_are_left_to_it() {
    for edits in ["refused", "accepted"] {
        let lab = Lab::with(json!({"bigip.app_service_edits": edits}));
        let bigip = Bigip(&lab);
        bigip.meddle(
            "POST",
            "/mgmt/tm/sys/application/service",
            json!({"name": "/Common/shop"}),
        );
        let service = "/Common/shop.app/shop";
        bigip.meddle(
            "POST",
            "/mgmt/tm/ltm/profile/client-ssl",
            json!({"name": "/Common/shop.app/shop_ssl", "defaultsFrom": "/Common/clientssl", "appService": service}),
        );
        bigip.meddle(
            "POST",
            "/mgmt/tm/ltm/virtual",
            json!({"name": "/Common/shop.app/shop_https", "destination": "/Common/192.0.2.30:443",
                   "profiles": ["/Common/tcp"], "appService": service}),
        );
        let before = bigip.state();
        for (entry, problem) in [
            (
                json!({"partition": "Common/shop.app", "virtual_servers": [],
                       "profile": {"name": "shop_ssl", "existing": true}}),
                "shop_ssl belongs to the iApp /Common/shop.app/shop",
            ),
            (
                json!({"virtual_servers": ["/Common/shop.app/shop_https"]}),
                "shop_https belongs to the iApp /Common/shop.app/shop",
            ),
        ] {
            for ran in [
                check(MODULE, bigip.options(entry.clone())),
                run(MODULE, bigip.options(entry)),
            ] {
                assert!(!ran.fails(problem).changed());
            }
        }
        let after = with(bigip.state(), &json!({"saved": before["saved"]}));
        assert_eq!(after, before);
    }
}

#[test]
fn ipv6_route_domains_folders_and_wildcards() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let reserved = Port::at(Ipv6Addr::LOCALHOST.into());
    let port = reserved.number;
    bigip.meddle(
        "POST",
        "/mgmt/tm/sys/folder",
        json!({"name": "/Common/sites"}),
    );
    bigip.meddle(
        "POST",
        "/mgmt/tm/ltm/virtual",
        json!({"name": "/Common/sites/wide", "destination": format!("/Common/::1%1.{port}"), "profiles": ["/Common/tcp"]}),
    );
    lab.domain(json!({"name": "*.example.org", "validated": true, "orgs": [101]}));
    let shown = settles(
        &bigip,
        json!({"names": ["*.example.org"], "partition": "Common/sites", "virtual_servers": ["/Common/sites/wide"]}),
    );
    assert_eq!(
        bigip::serial_at(&format!("[::1]:{port}"), "any.example.org", &[]),
        shown
    );
    let profiles = objects(&bigip.state(), "client_ssl");
    assert!(
        profiles[0].starts_with("/Common/sites/wildcard.example.org_"),
        "{profiles:?}"
    );
}

#[test]
fn several_profiles_have_one_default_whatever_the_device_takes() {
    for taken in ["refused", "accepted"] {
        let lab = Lab::with(json!({"bigip.no_sni_default": taken}));
        let bigip = Bigip(&lab);
        let site = |name: &str| quiet(json!({"names": [name], "profile": {"server_name": name}}));
        run(MODULE, bigip.options(site(SITE))).ok();
        run(MODULE, bigip.options(site("example.org"))).fails("no default for clients without SNI");
    }
}

#[test]
fn keys_in_hardware() {
    for security in ["fips", "nethsm"] {
        let lab = Lab::with(json!({"bigip.hsm": true}));
        let bigip = Bigip(&lab);
        let shown = settles(
            &bigip,
            json!({"key": ["rsa-2048"], "key_security": security}),
        );
        assert_eq!(bigip.serial("/Common/www_https", SITE, &[]), shown);
    }
}

#[test]
fn every_way_in_which_a_device_restarts_is_waited_for() {
    for way in ["page", "busy", "unregistered", "mcpd_lost"] {
        let lab = Lab::with(json!({"bigip.restarting": way}));
        let bigip = Bigip(&lab);
        lab.control("POST", "/bigip/reboot", &json!({"unit": "a", "seconds": 2}));
        settles(&bigip, json!({}));
    }
}

#[test]
fn a_commit_whose_answer_is_lost_is_looked_after() {
    for (state, kind) in [
        ("failed", "reset_after"),
        ("gone", "reset_after"),
        ("failed", "reset_before"),
        ("gone", "reset_before"),
    ] {
        let lab = Lab::with(json!({"bigip.failed_transaction": state}));
        let bigip = Bigip(&lab);
        // The first of the two validates.
        lab.fault(json!({"service": "bigip", "method": "PATCH", "path": "^/mgmt/tm/transaction/", "after": 1,
                         "action": {"kind": kind}}));
        let shown = settles(&bigip, json!({}));
        assert_eq!(bigip.serial("/Common/www_https", SITE, &[]), shown);
    }
}

#[test]
fn a_transaction_may_end_with_its_validation() {
    for state in ["gone", "completed"] {
        let lab = Lab::with(json!({"bigip.validated_transaction": state}));
        let bigip = Bigip(&lab);
        let shown = settles(&bigip, json!({}));
        assert_eq!(bigip.serial("/Common/www_https", SITE, &[]), shown);
        assert_eq!(bigip.state()["transactions"], 0, "{state}");
        // A refusal is still told in the device's own words, and nothing is in service.
        let refusal = r#"{"code":400,"message":"transaction failed:01070734:3: Configuration error: no.","errorStack":[],"apiError":2}"#;
        lab.fault(json!({"service": "bigip", "method": "PATCH", "path": "^/mgmt/tm/transaction/", "after": 1,
                         "action": {"kind": "status", "status": 400, "body": refusal}}));
        run(MODULE, bigip.options(quiet(json!({"force": true})))).fails("01070734:3");
        assert_eq!(bigip.serial("/Common/www_https", SITE, &[]), shown);
    }
}

#[test]
fn a_commit_that_takes_its_time_is_waited_for() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    lab.fault(
        json!({"service": "bigip", "method": "PATCH", "path": "^/mgmt/tm/transaction/", "after": 1,
                     "action": {"kind": "reset_after"}}),
    );
    lab.fault(json!({"service": "bigip", "method": "GET", "path": "^/mgmt/tm/transaction/",
                     "action": {"kind": "status", "status": 200, "body": r#"{"transId":1,"state":"VALIDATING"}"#}}));
    let shown = settles(&bigip, json!({}));
    assert_eq!(bigip.serial("/Common/www_https", SITE, &[]), shown);
}

#[test]
fn a_file_that_is_not_there_is_no_error_whatever_the_device_says() {
    for (answer, bash) in [("400", true), ("500", true), ("400", false)] {
        let lab = Lab::with(json!({"bigip.missing_file": answer, "bigip.bash": bash}));
        let bigip = Bigip(&lab);
        settles(&bigip, json!({}));
    }
}

#[test]
fn a_device_that_restarts_in_the_middle_is_waited_for() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let starting = r#"{"code":404,"message":"URI path /mgmt/tm not registered.  Please verify URI is supported and wait for /available suffix to be responsive."}"#;
    for (method, path) in [("GET", "/ssl-key$"), ("POST", "/ssl-cert$")] {
        lab.fault(json!({"service": "bigip", "method": method, "path": path,
                         "action": {"kind": "status", "status": 404, "body": starting}}));
    }
    settles(&bigip, json!({}));
}

#[test]
fn groups_sync_in_many_ways() {
    for (switches, settings) in [
        (
            json!({"bigip.sync_underway": "not_all_devices_synced"}),
            json!({}),
        ),
        (json!({"bigip.sync_underway": "syncing"}), json!({})),
        (json!({"bigip.sync_underway": "changes_pending"}), json!({})),
        (
            json!({"bigip.sync_underway": "changes_pending"}),
            json!({"auto_sync": true}),
        ),
        (json!({"bigip.sync_saves": false}), json!({})),
        (json!({"bigip.sync_conflict": "kept"}), json!({})),
    ] {
        let lab = Lab::with(switches.clone());
        let bigip = Bigip(&lab);
        let pair = json!({"mode": "pair", "auto_sync": false, "active": "a", "sync_seconds": 1.0});
        lab.control("PUT", "/bigip/ha", &with(pair, &settings));
        let shown = settles(&bigip, json!({}));
        lab.control("PUT", "/bigip/ha", &json!({"active": "b"}));
        let after = bigip.serial("/Common/www_https", SITE, &[]);
        assert_eq!(after, shown, "{switches}");
    }
}

#[test]
fn a_sync_that_fails_is_told_and_made_up_for() {
    let lab = Lab::with(json!({"bigip.sync_outcome": "failure"}));
    let bigip = Bigip(&lab);
    let pair = json!({"mode": "pair", "auto_sync": false, "active": "a", "sync_seconds": 0.2});
    lab.control("PUT", "/bigip/ha", &pair);
    let options = bigip.options(quiet(json!({})));
    let ran = run(MODULE, options.clone()).fails("Sync Failure");
    assert!(
        ran.changed(),
        "the active unit serves the new certificate already"
    );
    lab.switch(json!({"bigip.sync_outcome": "ok"}));
    assert!(run(MODULE, options.clone()).ok().changed());
    assert!(!run(MODULE, options).ok().changed());
    lab.control("PUT", "/bigip/ha", &json!({"active": "b"}));
    assert_eq!(
        bigip.serial("/Common/www_https", SITE, &[]),
        serial(&ran.result)
    );
}
