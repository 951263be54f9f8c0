//! `sectigo_user_domains` against the lab.

#![allow(clippy::unwrap_used)]

mod common;

use common::three_runs::ThreeRuns;
use common::{Lab, check, run, with};
use serde_json::{Value, json};

const MODULE: &str = "sectigo_user_domains";

/// The seed's account `web-team` has example.org and example.net with their wildcards.
fn options(lab: &Lab, more: &Value) -> Value {
    with(
        json!({"scm": lab.scm(), "account": "web-team", "organization": "Example University",
               "domains": ["example.edu", "Example.org."]}),
        more,
    )
}

fn three_runs(lab: &Lab, options: &Value) -> Value {
    let same = ["added", "removed", "refused", "domains"];
    let done = ThreeRuns::of(lab, MODULE, options, &same).done;
    assert!(done.changed());
    done.result
}

#[test]
fn domains_come_and_go_wherever_sources_disagree() {
    let switches = [
        json!({}),
        json!({"scm.already_mapped": "reported"}),
        json!({"scm.total_count": false}),
        json!({"scm.page_duplicates": true}),
        json!({"scm.extra_fields": true}),
        json!({"scm.enum_spelling": "label"}),
        json!({"scm.acme_name_filter": "exact"}),
        json!({"scm.acme_server_form": "url"}),
    ];
    for switch in switches {
        println!("{switch}");
        let lab = Lab::with(switch);
        let result = three_runs(&lab, &options(&lab, &json!({})));
        assert_eq!(result["added"], json!(["example.edu"]));
        assert_eq!(result["removed"], json!([]));
        assert_eq!(result["domains"].as_array().unwrap().len(), 5);
        let exact = json!({"state": "exact", "domains": ["example.net", "*.example.edu"]});
        let result = three_runs(&lab, &options(&lab, &exact));
        assert_eq!(result["domains"], json!(["*.example.edu", "example.net"]));
        assert_eq!(result["removed"].as_array().unwrap().len(), 4);
        let absent = json!({"state": "absent", "domains": ["example.net", "example.com"]});
        let result = three_runs(&lab, &options(&lab, &absent));
        assert_eq!(result["domains"], json!(["*.example.edu"]));
    }
}

#[test]
fn refusals_have_their_likely_cause() {
    let lab = Lab::start();
    lab.domain(json!({"name": "waits.example", "orgs": [101], "requested": true}));
    lab.domain(json!({"name": "asleep.example", "orgs": [101], "active": false}));
    lab.domain(json!({"name": "department.example", "orgs": [102]}));
    lab.domain(json!({"name": "plain.example", "orgs": [101]}));
    let names = json!({"domains": ["example.edu", "waits.example", "asleep.example", "example.com",
                                   "department.example", "nowhere.example", "www.plain.example"]});
    let ran = run(MODULE, options(&lab, &names)).fails("SCM did not add 5 of the domains");
    assert!(ran.changed());
    assert_eq!(ran.result["added"], json!(["example.edu"]));
    let cause = |name: &str| {
        let refused = ran.result["refused"].as_array().unwrap();
        let entry = refused.iter().find(|it| it["name"] == name).unwrap();
        entry["cause"].as_str().unwrap().to_owned()
    };
    assert_eq!(cause("waits.example"), "awaiting_approval");
    assert_eq!(cause("asleep.example"), "suspended");
    assert_eq!(cause("department.example"), "not_delegated");
    assert_eq!(cause("nowhere.example"), "not_registered");
    // These credentials do not see the other organization's domain.
    assert_eq!(cause("example.com"), "not_registered");
    assert_eq!(cause("www.plain.example"), "not_covered");
    assert!(
        ran.msg().contains("nowhere.example is no domain in SCM"),
        "{}",
        ran.msg()
    );
    assert_eq!(ran.result["manual_actions"][0]["object"], "waits.example");
    let waiting = run(
        MODULE,
        options(&lab, &json!({"domains": ["waits.example"]})),
    )
    .ok();
    assert!(!waiting.changed());
    assert_eq!(waiting.result["refused"][0]["cause"], "awaiting_approval");
}

#[test]
fn restricted_orders_are_told() {
    let lab = Lab::with(json!({"scm.orders_restricted": true}));
    let ran = run(MODULE, options(&lab, &json!({}))).fails("(-993)");
    assert_eq!(ran.result["refused"][0]["cause"], "orders_restricted");
    assert!(!ran.changed());
}

#[test]
fn an_account_that_does_not_exist_yet() {
    let lab = Lab::start();
    let options = options(&lab, &json!({"account": "fleet"}));
    let predicted = check(MODULE, options.clone()).ok();
    assert_eq!(
        predicted.result["added"],
        json!(["example.edu", "example.org"])
    );
    assert!(
        predicted.result["warnings"][0]
            .as_str()
            .unwrap()
            .contains("'fleet'")
    );
    run(MODULE, options.clone()).fails("Create it with sectigo_acme_user");
    assert!(
        !run(MODULE, with(options, &json!({"state": "absent"})))
            .ok()
            .changed()
    );
    assert!(lab.writes().is_empty());
}

#[test]
fn a_lost_reply_does_no_harm() {
    for kind in ["reset_before", "reset_after", "html", "truncate"] {
        println!("{kind}");
        let lab = Lab::start();
        for method in ["POST", "DELETE"] {
            lab.fault(
                json!({"service": "scm", "method": method, "path": "/domain$",
                             "action": {"kind": kind}}),
            );
        }
        let exact = json!({"state": "exact", "domains": ["example.edu"]});
        let ran = run(MODULE, options(&lab, &exact)).ok();
        assert!(ran.changed());
        assert_eq!(ran.result["domains"], json!(["example.edu"]));
        assert_eq!(ran.result["removed"].as_array().unwrap().len(), 4);
        lab.forget();
        assert!(!run(MODULE, options(&lab, &exact)).ok().changed());
        assert!(lab.writes().is_empty());
    }
}

#[test]
fn a_missing_right_becomes_a_manual_action() {
    for (method, state) in [("POST", "present"), ("DELETE", "absent")] {
        let lab = Lab::start();
        lab.fault(
            json!({"service": "scm", "method": method, "times": 0, "action": {"kind": "refuse"}}),
        );
        let ran = run(MODULE, options(&lab, &json!({"state": state}))).ok();
        assert!(!ran.changed());
        assert_eq!(ran.result["manual_actions"].as_array().unwrap().len(), 1);
        assert_eq!(ran.result["manual_actions"][0]["system"], "SCM");
    }
}

#[test]
fn the_first_version_of_the_api_will_do() {
    let lab = Lab::start();
    lab.fault(json!({"service": "scm", "path": "/api/acme/v2", "times": 0,
                     "action": {"kind": "status", "status": 404, "body": "not here"}}));
    let exact = json!({"state": "exact", "domains": ["example.edu"]});
    three_runs(&lab, &options(&lab, &exact));
}

#[test]
fn calls_are_few() {
    let lab = Lab::start();
    let count = |more: &Value| {
        lab.forget();
        run(MODULE, options(&lab, more)).ok();
        lab.calls().len()
    };
    // Organization, account, its domains; changed, and looked at.
    assert_eq!(count(&json!({})), 5);
    assert_eq!(count(&json!({})), 3);
    let id = &lab.account("web-team").unwrap()["id"];
    assert_eq!(count(&json!({"account": id, "organization": null})), 1);
}

#[test]
fn nothing_is_done_for_bad_input() {
    let lab = Lab::start();
    let cases = [
        (
            json!({"domains": ["*.*.example.org"]}),
            "argument 'domains[0]' is not valid",
        ),
        (
            json!({"domains": ["a.example", "x_y.example"]}),
            "argument 'domains[1]' is not valid",
        ),
        (json!({"account": 999}), "ACME account 999"),
        (
            json!({"organization": "Nowhere"}),
            "no organization 'Nowhere'",
        ),
        (
            json!({"state": "all"}),
            "must be one of: present, exact, absent",
        ),
        (
            json!({"domains": null}),
            "missing required arguments: domains",
        ),
        (json!({"domain": "a.example"}), "Did you mean 'domains'?"),
    ];
    for (more, expected) in cases {
        run(MODULE, options(&lab, &more)).fails(expected);
    }
    assert!(lab.writes().is_empty());
}
