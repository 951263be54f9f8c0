//! `sectigo_domain` against the lab.

#![allow(clippy::unwrap_used)]

mod common;

use std::thread;
use std::time::Duration;

use common::three_runs::ThreeRuns;
use common::{Lab, run, with};
use serde_json::{Value, json};

const MODULE: &str = "sectigo_domain";

fn options(lab: &Lab, more: &Value) -> Value {
    with(
        json!({"scm": lab.scm(), "organization": "Example University"}),
        more,
    )
}

fn actions(result: &Value) -> Vec<(String, Vec<String>, Vec<String>)> {
    let words = |value: &Value| {
        value
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap().to_owned())
            .collect()
    };
    result["domains"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["name"].as_str().unwrap().to_owned(),
                words(&it["actions"]),
                words(&it["reasons"]),
            )
        })
        .collect()
}

fn three_runs(lab: &Lab, options: &Value) -> Value {
    let ThreeRuns { predicted, done } = ThreeRuns::of(lab, MODULE, options, &[]);
    assert_eq!(actions(&predicted.result), actions(&done.result));
    done.result
}

/// A suspended domain, one of another organization, one that waits, one that is missing.
fn estate(lab: &Lab) -> Value {
    lab.domain(json!({"name": "asleep.example", "orgs": [101], "active": false}));
    lab.domain(json!({"name": "shared.example", "orgs": [101, 102]}));
    lab.domain(json!({"name": "waits.example", "orgs": [101], "requested": true}));
    options(
        lab,
        &json!({
            "name": ["example.org", "EXAMPLE.edu.", "asleep.example", "shared.example",
                     "waits.example", "new.example"],
            "wildcard": false,
        }),
    )
}

/// What the estate needs: MRAO activates.
fn as_mrao(lab: &Lab, options: Value) -> Value {
    with(options, &json!({"scm": lab.scm_as("mrao-admin")}))
}

#[test]
fn an_estate_converges_and_stays() {
    let lab = Lab::start();
    let options = as_mrao(&lab, estate(&lab));
    let result = three_runs(&lab, &options);
    let of = |name: &str| {
        actions(&result)
            .into_iter()
            .find(|it| it.0 == name)
            .map(|it| (it.1.join(" "), it.2.join(" ")))
            .unwrap()
    };
    let expected = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(of("example.org"), expected("", ""));
    assert_eq!(of("example.edu"), expected("", ""));
    assert_eq!(of("asleep.example"), expected("activate", "suspended"));
    assert_eq!(
        of("waits.example"),
        expected("approve", "awaiting_approval")
    );
    assert_eq!(of("new.example"), expected("create", "missing"));
    let entries = result["domains"].as_array().unwrap();
    assert_eq!(entries[0]["validation_status"], "VALIDATED");
    assert_eq!(entries[0]["state"], "ACTIVE");
    let days = entries[0]["days_left"].as_i64().unwrap();
    assert!((196..=198).contains(&days), "{days}");
    assert_eq!(entries[5]["validation_status"], "NOT_VALIDATED");
    assert_eq!(result["manual_actions"], json!([]));
}

#[test]
fn the_estate_converges_wherever_sources_disagree() {
    let switches = [
        json!({"scm.enum_spelling": "label"}),
        json!({"scm.domain_name_filter": "exact"}),
        json!({"scm.domain_name_filter": "star"}),
        json!({"scm.total_count": false}),
        json!({"scm.page_max_size": 200, "scm.page_duplicates": true}),
        json!({"scm.extra_fields": true}),
        json!({"scm.invisible_reads": 2}),
        json!({"scm.unknown_id": "400"}),
        json!({"scm.delegation_approval": "always"}),
        json!({"scm.delegation_approval": "never"}),
        json!({"scm.dcv_enabled": false}),
        json!({"scm.suspend_by": "manager"}),
        json!({"scm.default_privileges": "all"}),
    ];
    for switch in switches {
        println!("{switch}");
        let lab = Lab::with(switch);
        let options = as_mrao(&lab, estate(&lab));
        three_runs(&lab, &options);
        let few = with(options, &json!({"name": "few.example", "wildcard": true}));
        let result = three_runs(&lab, &few);
        assert_eq!(actions(&result).len(), 2);
        assert!(lab.has_domain("few.example").is_some());
        assert!(lab.has_domain("*.few.example").is_some());
    }
}

#[test]
fn absent_and_suspended() {
    for status in [200, 204] {
        let lab = Lab::with(json!({"scm.delete_status": status}));
        let options = as_mrao(
            &lab,
            options(&lab, &json!({"name": "gone.example", "wildcard": true})),
        );
        three_runs(&lab, &options);
        three_runs(&lab, &with(options.clone(), &json!({"state": "suspended"})));
        assert_eq!(lab.has_domain("gone.example").unwrap()["active"], false);
        three_runs(&lab, &options);
        assert_eq!(lab.has_domain("gone.example").unwrap()["active"], true);
        three_runs(&lab, &with(options.clone(), &json!({"state": "absent"})));
        assert!(lab.has_domain("gone.example").is_none());
        assert!(lab.has_domain("*.gone.example").is_none());
    }
}

#[test]
fn absent_takes_only_the_own_delegation_of_a_shared_domain() {
    let lab = Lab::start();
    lab.domain(json!({"name": "shared.example", "orgs": [101, 104]}));
    let options = as_mrao(
        &lab,
        options(&lab, &json!({"name": "shared.example", "state": "absent"})),
    );
    let result = three_runs(&lab, &options);
    assert_eq!(actions(&result)[0].1, ["withdraw"]);
    let left = lab.has_domain("shared.example").unwrap();
    assert_eq!(left["delegations"].as_array().unwrap().len(), 1);
    lab.domain(json!({"name": "shared.example", "orgs": [101, 104]}));
    run(MODULE, with(options, &json!({"organization": null})))
        .fails("several organizations (101, 104)");
}

#[test]
fn a_delegation_is_widened_and_never_narrowed() {
    let lab = Lab::start();
    let wide = options(
        &lab,
        &json!({"name": "wide.example", "certificate_types": ["SSL", "SMIME"],
                "request_privileges": ["DOMAIN", "SUBDOMAIN"]}),
    );
    three_runs(&lab, &wide);
    let more = with(
        wide,
        &json!({"certificate_types": ["CodeSign"],
                                  "request_privileges": ["WILDCARD_1ST_LEVEL"]}),
    );
    let result = three_runs(&lab, &more);
    assert_eq!(actions(&result)[0].2, ["delegation_incomplete"]);
    let delegation = &lab.has_domain("wide.example").unwrap()["delegations"][0];
    assert_eq!(
        delegation["cert_types"],
        json!(["CodeSign", "SMIME", "SSL"])
    );
    assert_eq!(delegation["privileges"].as_array().unwrap().len(), 3);
}

#[test]
fn departments_and_ids() {
    let lab = Lab::start();
    for (place, id) in [
        (json!({"department": "IT"}), 102),
        (json!({"organization": "101"}), 101),
        (json!({"organization": 103}), 103),
        (json!({"organization": null}), 101),
    ] {
        let options = options(
            &lab,
            &with(
                json!({"name": format!("at{id}-{}.example", place.to_string().len())}),
                &place,
            ),
        );
        let options = with(options, &place);
        let result = three_runs(&lab, &options);
        let name = result["domains"][0]["name"].as_str().unwrap();
        let domain = lab.has_domain(name).unwrap();
        assert_eq!(domain["delegations"][0]["organization"], id, "{place}");
    }
}

#[test]
fn missing_rights_become_manual_actions() {
    let lab = Lab::start();
    // May add, but not approve.
    let limited = json!({"scm": lab.scm_as("limited"), "organization": null, "department": "IT",
                         "name": ["a.example", "example.org"]});
    let options = options(&lab, &limited);
    let options = with(options, &json!({"organization": null}));
    let first = run(MODULE, options.clone()).ok();
    assert!(first.changed());
    assert_eq!(actions(&first.result)[0].1, ["create"]);
    assert_eq!(first.result["domains"][0]["delegation_status"], "REQUESTED");
    assert_eq!(first.result["domains"][1]["delegation_status"], "ACTIVE");
    let manual = first.result["manual_actions"].as_array().unwrap();
    assert_eq!(manual.len(), 1);
    assert_eq!(manual[0]["object"], "a.example");
    assert_eq!(manual[0]["right"], "approveDomainDelegation");
    let again = run(MODULE, options.clone()).ok();
    assert!(!again.changed());
    assert_eq!(again.result["manual_actions"].as_array().unwrap().len(), 1);
    // Without `approve` it is not even tried, and still told.
    lab.forget();
    let asked = run(MODULE, with(options, &json!({"approve": false}))).ok();
    assert!(lab.writes().is_empty());
    assert_eq!(asked.result["manual_actions"].as_array().unwrap().len(), 1);

    // May not even add.
    let none = json!({"scm": lab.scm_as("no-domains"), "organization": "Example University",
                      "name": ["b.example", "example.org"]});
    let ran = run(MODULE, none).ok();
    assert!(!ran.changed());
    assert_eq!(ran.result["domains"][0]["state"], "ABSENT");
    assert_eq!(ran.result["domains"][1]["state"], "ACTIVE");
    assert_eq!(
        ran.result["manual_actions"][0]["right"],
        "allowManageDomains"
    );
}

#[test]
fn missing_rights_in_every_form() {
    for failure in ["400", "403"] {
        let lab = Lab::with(json!({"scm.permission_failure": failure}));
        let ran = run(
            MODULE,
            json!({"scm": lab.scm_as("no-domains"), "organization": "Example University",
                   "name": "b.example"}),
        )
        .ok();
        assert_eq!(
            ran.result["manual_actions"][0]["right"], "allowManageDomains",
            "{failure}"
        );
    }
    // An API client is refused with the code of a wrong login.
    let lab = Lab::with(json!({"scm.permission_failure": "401", "scm.suspend_by": "mrao"}));
    lab.domain(json!({"name": "asleep.example", "orgs": [101], "active": false}));
    let ran = run(
        MODULE,
        json!({"scm": lab.scm_by_token(), "name": "asleep.example"}),
    )
    .ok();
    assert_eq!(ran.result["manual_actions"][0]["right"], "MRAO");
    assert_eq!(ran.result["domains"][0]["state"], "SUSPENDED");
}

#[test]
fn a_domain_that_belongs_to_others_is_told() {
    let lab = Lab::start();
    lab.domain(json!({"name": "theirs.example", "orgs": [104]}));
    let ran = run(MODULE, options(&lab, &json!({"name": "theirs.example"}))).ok();
    assert!(!ran.changed());
    assert_eq!(ran.result["manual_actions"][0]["right"], "MRAO");
    assert!(
        ran.result["manual_actions"][0]["action"]
            .as_str()
            .unwrap()
            .contains("cannot see it")
    );
}

#[test]
fn one_bad_name_does_not_stop_the_others() {
    let lab = Lab::start();
    lab.fault(json!({"service": "scm", "method": "POST", "path": "/domain/v1$", "after": 1, "times": 1,
                     "action": {"kind": "status", "status": 400,
                                "body": "{\"code\":-732,\"description\":\"Domain name is invalid.\"}"}}));
    let names = json!({"name": ["a.example", "b.example", "c.example"]});
    let ran = run(MODULE, options(&lab, &names)).fails("1 of 3 domains failed. b.example: ");
    assert!(ran.changed());
    assert!(ran.msg().contains("(-732)"));
    assert!(lab.has_domain("a.example").is_some());
    assert!(lab.has_domain("c.example").is_some());
    assert!(
        ran.result["domains"][1]["error"]
            .as_str()
            .unwrap()
            .contains("-732")
    );
}

#[test]
fn a_lost_reply_does_no_harm() {
    for kind in ["reset_before", "reset_after", "html", "truncate"] {
        for (path, method, setup) in [
            ("/domain/v1$", "POST", None),
            (
                "/delegation$",
                "POST",
                Some(json!({"name": "x.example", "orgs": [104]})),
            ),
            (
                "/approve$",
                "POST",
                Some(json!({"name": "x.example", "orgs": [101], "requested": true})),
            ),
            (
                "/activate$",
                "PUT",
                Some(json!({"name": "x.example", "orgs": [101], "active": false})),
            ),
        ] {
            println!("{kind} {path}");
            let lab = Lab::start();
            if let Some(domain) = setup {
                lab.domain(domain);
            }
            lab.fault(
                json!({"service": "scm", "method": method, "path": path, "times": 1,
                             "action": {"kind": kind}}),
            );
            let options = as_mrao(&lab, options(&lab, &json!({"name": "x.example"})));
            let ran = run(MODULE, options.clone()).ok();
            assert!(ran.changed(), "{:#}", ran.result);
            let domain = lab.has_domain("x.example").unwrap();
            assert_eq!(domain["active"], true);
            lab.forget();
            assert!(!run(MODULE, options).ok().changed());
            assert!(lab.writes().is_empty());
        }
        let lab = Lab::start();
        lab.domain(json!({"name": "x.example", "orgs": [101]}));
        lab.fault(
            json!({"service": "scm", "method": "DELETE", "times": 1, "action": {"kind": kind}}),
        );
        let ran = run(
            MODULE,
            options(&lab, &json!({"name": "x.example", "state": "absent"})),
        )
        .ok();
        assert!(ran.changed());
        assert!(lab.has_domain("x.example").is_none());
    }
}

#[test]
fn long_lists_are_read_whole() {
    for total in [true, false] {
        let lab = Lab::with(json!({"scm.total_count": total, "scm.page_duplicates": true}));
        let names: Vec<String> = (0..250).map(|it| format!("d{it:03}.example")).collect();
        for name in &names {
            lab.domain(json!({"name": name, "orgs": [101]}));
        }
        lab.forget();
        let ran = run(
            MODULE,
            options(&lab, &json!({"name": names[150..].to_vec()})),
        )
        .ok();
        assert!(!ran.changed(), "{:#}", ran.result["domains"]);
        let lists = lab
            .calls()
            .iter()
            .filter(|it| it.ends_with("/domain/v1"))
            .count();
        // Without a total, a page that brings nothing new has to say that the list ends.
        assert_eq!(lists, if total { 2 } else { 3 });
    }
}

#[test]
fn a_list_that_shrinks_while_it_is_read_is_read_again() {
    let lab = Lab::start();
    for number in 0..210 {
        lab.domain(json!({"name": format!("d{number:03}.example"), "orgs": [101]}));
    }
    // Between the pages a domain of the first one goes, and all others move up by one.
    lab.fault(json!({"service": "scm", "path": "/domain/v1$", "after": 1,
                     "action": {"kind": "delay", "seconds": 2.0}}));
    lab.forget();
    let ids: Vec<String> = (150..210).map(|it| format!("d{it:03}.example")).collect();
    let ran = thread::scope(|scope| {
        let running = scope.spawn(|| run(MODULE, options(&lab, &json!({"name": ids}))));
        while lab
            .calls()
            .iter()
            .filter(|it| it.ends_with("/domain/v1"))
            .count()
            < 2
        {
            thread::sleep(Duration::from_millis(50));
        }
        lab.domain(json!({"name": "d000.example", "absent": true}));
        running.join().unwrap()
    });
    assert!(!ran.ok().changed());
    assert!(lab.writes().is_empty());
    let lists = lab
        .calls()
        .iter()
        .filter(|it| it.ends_with("/domain/v1"))
        .count();
    assert_eq!(lists, 4);
}

#[test]
fn a_filter_that_is_refused_is_done_without() {
    let lab = Lab::start();
    lab.fault(json!({"service": "scm", "path": "/domain/v1$",
                     "action": {"kind": "status", "status": 400,
                                "body": "{\"code\":-1601,\"description\":\"Field 'name' has invalid value.\"}"}}));
    let ran = run(MODULE, options(&lab, &json!({"name": "*.example.org"}))).ok();
    assert!(!ran.changed());
    assert_eq!(ran.result["domains"][0]["state"], "ACTIVE");
}

#[test]
fn each_organization_has_an_approval_of_its_own() {
    let lab = Lab::with(json!({"scm.delegation_approval": "always"}));
    let options = as_mrao(&lab, options(&lab, &json!({"name": "x.example"})));
    assert_eq!(actions(&three_runs(&lab, &options))[0].1, ["create"]);
    let department = with(options, &json!({"department": "IT"}));
    let asked = run(MODULE, with(department.clone(), &json!({"approve": false}))).ok();
    assert_eq!(actions(&asked.result)[0].1, ["delegate"]);
    assert_eq!(asked.result["domains"][0]["delegation_status"], "REQUESTED");
    assert_eq!(
        asked.result["manual_actions"][0]["right"],
        "approveDomainDelegation"
    );
    assert_eq!(actions(&three_runs(&lab, &department))[0].1, ["approve"]);
}

#[test]
fn who_may_not_remove_a_domain_is_told_who_may() {
    let lab = Lab::with(json!({"scm.domain_delete_by": "mrao"}));
    let gone = options(
        &lab,
        &json!({"name": ["example.edu", "nowhere.example"], "state": "absent"}),
    );
    let ran = run(MODULE, gone.clone()).ok();
    assert!(!ran.changed());
    assert_eq!(ran.result["domains"][0]["state"], "ACTIVE");
    assert_eq!(ran.result["domains"][1]["state"], "ABSENT");
    assert!(
        ran.result["manual_actions"][0]["right"]
            .as_str()
            .unwrap()
            .contains("MRAO")
    );
    three_runs(&lab, &as_mrao(&lab, gone));
}

#[test]
fn international_names_are_one_name() {
    let lab = Lab::start();
    let result = three_runs(
        &lab,
        &options(
            &lab,
            &json!({"name": ["BÜCHER.example", "xn--bcher-kva.example"]}),
        ),
    );
    assert_eq!(actions(&result).len(), 1);
    assert_eq!(result["domains"][0]["name"], "xn--bcher-kva.example");
    assert!(lab.has_domain("xn--bcher-kva.example").is_some());
}

#[test]
fn calls_are_few() {
    let lab = Lab::start();
    let by_id = |more: &Value| with(options(&lab, &json!({"organization": 101})), more);
    let count = |options: &Value| {
        lab.forget();
        run(MODULE, options.clone()).ok();
        lab.calls().len()
    };
    // No-op: found and read.
    assert_eq!(count(&by_id(&json!({"name": "example.org"}))), 2);
    assert_eq!(
        count(&by_id(&json!({"name": "example.org", "wildcard": true}))),
        3
    );
    assert_eq!(count(&options(&lab, &json!({"name": "example.org"}))), 3);
    // First run: looked for, organization checked, created, read.
    assert_eq!(count(&by_id(&json!({"name": "one.example"}))), 4);
    assert_eq!(
        count(&by_id(&json!({"name": "two.example", "wildcard": true}))),
        7
    );
    let ten: Vec<String> = (0..10).map(|it| format!("ten{it}.example")).collect();
    let ten = by_id(&json!({"name": ten}));
    assert_eq!(count(&ten), 1 + 1 + 10 * 2);
    assert_eq!(count(&ten), 1 + 10);
    let hundred: Vec<String> = (0..100).map(|it| format!("hundred{it}.example")).collect();
    let hundred = by_id(&json!({"name": hundred}));
    assert_eq!(count(&hundred), 1 + 1 + 100 * 2);
    assert_eq!(count(&hundred), 1 + 100);
}

#[test]
fn nothing_is_done_for_bad_input() {
    let lab = Lab::start();
    let cases = [
        (json!({"name": "example"}), "two labels"),
        (json!({"name": "www.*.example.org"}), "at the very left"),
        (
            json!({"name": "https://www.example.org/"}),
            "without scheme",
        ),
        (
            json!({"name": "x.example", "nam": 1}),
            "Unsupported parameters",
        ),
        (json!({"name": {"a": 1}}), "unable to convert to list"),
        (
            json!({"name": "x.example", "state": "presnt"}),
            "Did you mean 'present'?",
        ),
        (
            json!({"name": "x.example", "wildcard": "perhaps"}),
            "unable to convert to bool",
        ),
        (
            json!({"name": "x.example", "certificate_types": ["TLS"]}),
            "must be one of",
        ),
        (
            json!({"name": "x.example", "organization": "Nowhere"}),
            "They see: Example University (101)",
        ),
        (
            json!({"name": "x.example", "organization": 999}),
            "no organization or department with id 999",
        ),
        (
            json!({"name": "x.example", "department": "HR"}),
            "no department 'HR'",
        ),
        (
            json!({"name": "x.example", "description": "x".repeat(256)}),
            "at most 255",
        ),
        (json!({}), "missing required arguments: name"),
        (
            json!({"name": "x.example", "scm": null}),
            "missing required arguments: scm",
        ),
    ];
    for (more, expected) in cases {
        run(MODULE, options(&lab, &more)).fails(expected);
    }
    assert!(lab.writes().is_empty());
}
