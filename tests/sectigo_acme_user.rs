//! `sectigo_acme_user` against the lab.

#![allow(clippy::unwrap_used)]

mod common;

use std::thread;

use common::three_runs::ThreeRuns;
use common::{Lab, check, run, with};
use serde_json::{Value, json};

const MODULE: &str = "sectigo_acme_user";

fn options(lab: &Lab, more: &Value) -> Value {
    with(
        json!({"scm": lab.scm(), "name": "fleet", "organization": "Example University",
               "validation_type": "OV"}),
        more,
    )
}

fn three_runs(lab: &Lab, options: &Value) -> Value {
    let done = ThreeRuns::of(lab, MODULE, options, &[]).done;
    assert!(done.changed());
    done.result
}

#[test]
fn an_account_comes_and_goes_wherever_sources_disagree() {
    let switches = [
        json!({}),
        json!({"scm.acme_server_form": "url"}),
        json!({"scm.account_status_spelling": "capital"}),
        json!({"scm.acme_name_filter": "exact"}),
        json!({"scm.acme_name_filter": "star"}),
        json!({"scm.account_names": "unique"}),
        json!({"scm.total_count": false}),
        json!({"scm.page_duplicates": true}),
        json!({"scm.extra_fields": true}),
        json!({"scm.invisible_reads": 2}),
        json!({"scm.enum_spelling": "label"}),
        json!({"scm.unknown_id": "400"}),
        json!({"scm.delete_status": 200}),
    ];
    for switch in switches {
        println!("{switch}");
        let lab = Lab::with(switch);
        let result = three_runs(&lab, &options(&lab, &json!({})));
        let account = &result["account"];
        assert_eq!(account["directory_url"], lab.ready["acme"]["OV"]);
        assert_eq!(account["organization_id"], 101);
        assert_eq!(account["validation_type"], "OV");
        assert_eq!(account["status"], "pending");
        assert!(account["id"].is_i64());
        assert!(result.get("eab").is_none());
        assert_eq!(lab.accounts("fleet"), 1);
        three_runs(&lab, &options(&lab, &json!({"state": "absent"})));
        assert_eq!(lab.accounts("fleet"), 0);
    }
}

#[test]
fn servers_by_name_and_address() {
    let lab = Lab::start();
    let dv = lab.ready["acme"]["DV"].clone();
    for (name, more) in [
        ("one", json!({"acme_server": dv, "validation_type": null})),
        (
            "two",
            json!({"acme_server": "DV ACME Server", "validation_type": null}),
        ),
        (
            "three",
            json!({"acme_server": "dv acme server", "validation_type": "DV"}),
        ),
        ("four", json!({"validation_type": "DV"})),
    ] {
        let result = three_runs(&lab, &with(options(&lab, &more), &json!({"name": name})));
        assert_eq!(result["account"]["directory_url"], dv, "{name}");
    }
    // The same name on another server is another account.
    three_runs(&lab, &options(&lab, &json!({"name": "one"})));
    assert_eq!(lab.accounts("one"), 2);
    let both = json!({"name": "one", "validation_type": null, "state": "absent"});
    run(MODULE, options(&lab, &both)).fails("give acme_server");
    let one = with(both, &json!({"acme_server": dv}));
    run(MODULE, options(&lab, &one)).ok();
    assert_eq!(lab.accounts("one"), 1);
}

#[test]
fn the_eab_pair_is_told_only_when_asked() {
    let lab = Lab::start();
    let key = lab.account("web-team").unwrap()["mac_key"].clone();
    let key = key.as_str().unwrap();
    let options = options(&lab, &json!({"name": "web-team"}));
    let quiet = run(MODULE, options.clone()).ok();
    assert!(!quiet.output.contains(key));
    let asked = run(MODULE, with(options, &json!({"return_eab": true}))).ok();
    assert_eq!(asked.result["eab"]["hmac_key"], key);
    assert_eq!(asked.output.matches(key).count(), 1);
}

#[test]
fn a_lost_reply_makes_no_second_account() {
    for kind in ["reset_before", "reset_after", "html", "truncate"] {
        for invisible in [0, 2] {
            println!("{kind} {invisible}");
            let lab = Lab::with(json!({"scm.invisible_reads": invisible}));
            lab.fault(
                json!({"service": "scm", "method": "POST", "path": "/account$",
                             "action": {"kind": kind}}),
            );
            let ran = run(MODULE, options(&lab, &json!({}))).ok();
            assert!(ran.changed());
            assert_eq!(lab.accounts("fleet"), 1);
            lab.forget();
            assert!(!run(MODULE, options(&lab, &json!({}))).ok().changed());
            assert!(lab.writes().is_empty());
            lab.fault(json!({"service": "scm", "method": "DELETE", "action": {"kind": kind}}));
            assert!(
                run(MODULE, options(&lab, &json!({"state": "absent"})))
                    .ok()
                    .changed()
            );
            assert_eq!(lab.accounts("fleet"), 0);
        }
    }
}

#[test]
fn forks_that_create_the_same_account_end_up_with_one() {
    for pending in ["accepted", "refused"] {
        let lab = Lab::with(json!({"scm.pending_account_delete": pending}));
        lab.control("PUT", "/latency", &json!({"ms": 200, "jitter_ms": 100}));
        let ids: Vec<i64> = thread::scope(|scope| {
            let forks: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| run(MODULE, options(&lab, &json!({}))).ok()))
                .collect();
            forks
                .into_iter()
                .map(|it| it.join().unwrap().result["account"]["id"].as_i64().unwrap())
                .collect()
        });
        assert!(ids.iter().all(|it| *it == ids[0]), "{ids:?}");
        let writes = lab.writes();
        let count = |method: &str| writes.iter().filter(|it| it.starts_with(method)).count();
        assert!(count("POST") > 1, "the forks did not meet: {writes:?}");
        // Whoever created a younger one removes it, and nobody else does.
        assert_eq!(count("DELETE"), count("POST") - 1);
        if pending == "accepted" {
            assert_eq!(lab.accounts("fleet"), 1);
        }
        let again = run(MODULE, options(&lab, &json!({}))).ok();
        assert!(!again.changed());
        assert_eq!(again.result["account"]["id"], ids[0]);
        let warned = again.result.get("warnings").is_some();
        assert_eq!(warned, lab.accounts("fleet") > 1);
    }
}

#[test]
fn an_account_that_cannot_be_removed_is_told() {
    let lab = Lab::with(json!({"scm.pending_account_delete": "refused"}));
    run(MODULE, options(&lab, &json!({}))).ok();
    let ran = run(MODULE, options(&lab, &json!({"state": "absent"})));
    let ran = ran.fails("Pending ACME account cannot be deleted");
    assert!(ran.msg().contains("register a client with it first"));
    assert!(!ran.changed());
}

#[test]
fn a_missing_right_becomes_a_manual_action() {
    for (method, state) in [("POST", "present"), ("DELETE", "absent")] {
        let lab = Lab::start();
        lab.fault(
            json!({"service": "scm", "method": method, "times": 0, "action": {"kind": "refuse"}}),
        );
        let name = if state == "absent" {
            "web-team"
        } else {
            "fleet"
        };
        let ran = run(
            MODULE,
            options(&lab, &json!({"state": state, "name": name})),
        )
        .ok();
        assert!(!ran.changed());
        assert_eq!(ran.result["manual_actions"][0]["object"], name);
        assert!(
            ran.result["manual_actions"][0]["right"]
                .as_str()
                .unwrap()
                .contains("RAO_SSL")
        );
    }
}

#[test]
fn the_first_version_of_the_api_will_do() {
    let lab = Lab::start();
    lab.fault(json!({"service": "scm", "path": "/api/acme/v2", "times": 0,
                     "action": {"kind": "status", "status": 404, "body": "not here"}}));
    let result = three_runs(&lab, &options(&lab, &json!({})));
    assert_eq!(result["account"]["name"], "fleet");
    three_runs(&lab, &options(&lab, &json!({"state": "absent"})));
}

#[test]
fn calls_are_few() {
    let lab = Lab::start();
    let count = |more: &Value| {
        lab.forget();
        run(MODULE, options(&lab, more)).ok();
        lab.calls().len()
    };
    // Organization, accounts, servers; created, and looked at.
    assert_eq!(count(&json!({})), 5);
    assert_eq!(count(&json!({})), 3);
    assert_eq!(count(&json!({"organization": 101})), 2);
    lab.switch(json!({"scm.acme_server_form": "url"}));
    assert_eq!(count(&json!({"organization": 101})), 1);
}

#[test]
fn nothing_is_done_for_bad_input() {
    let lab = Lab::start();
    let cases = [
        (json!({"name": ""}), "1 to 128"),
        (
            json!({"validation_type": "XV"}),
            "must be one of: DV, OV, EV",
        ),
        (
            json!({"validation_type": null}),
            "needs acme_server or validation_type. There are: DV ACME Server",
        ),
        (
            json!({"acme_server": "https://acme.example/x"}),
            "no ACME server 'https://acme.example/x'",
        ),
        (json!({"acme_server": "DV ACME Server"}), "does not issue"),
        (
            json!({"organization": "Nowhere"}),
            "no organization 'Nowhere'",
        ),
        (json!({"organization": 999}), "id 999"),
        (json!({"return_eab": []}), "unable to convert to bool"),
        (json!({"server": "x"}), "Unsupported parameters"),
    ];
    for (more, expected) in cases {
        run(MODULE, options(&lab, &more)).fails(expected);
        check(MODULE, options(&lab, &more)).fails(expected);
    }
    assert!(lab.writes().is_empty());
}
