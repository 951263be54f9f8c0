//! `state: present`.

use super::*;

#[test]
fn a_certificate_is_ordered_collected_and_found_again() {
    let lab = Lab::start();
    let options = options(
        &lab,
        &json!({"requester": ["a@example.org", "b@example.org"], "comments": "job 42",
                "custom_fields": {"Ticket": "T-1"}}),
    );
    let foretold = check(MODULE, options.clone()).ok();
    assert!(foretold.changed());
    assert!(lab.writes().is_empty());
    let first = run(MODULE, options.clone()).ok();
    assert!(first.changed());
    assert_eq!(first.result["actions"], foretold.result["actions"]);
    assert_eq!(first.result["actions"], json!(["enroll"]));
    assert_eq!(
        first.result["facts"]["names"],
        json!(["api.example.org", NAME])
    );
    let chain = first.result["fullchain"].as_str().unwrap();
    assert_eq!(chain.matches("BEGIN CERTIFICATE").count(), 2);
    let order = &orders(&lab)[0];
    assert_eq!(order["external_requester"], "a@example.org,b@example.org");
    assert!(order["comments"].as_str().unwrap().starts_with("job 42 ["));
    assert_eq!(order["custom_fields"], json!([["Ticket", "T-1"]]));
    assert_eq!(order["term"], 199);

    lab.forget();
    for _ in 0..2 {
        let again = run(MODULE, options.clone()).ok();
        assert!(!again.changed());
        assert_eq!(again.result["certificate"], first.result["certificate"]);
    }
    assert!(!check(MODULE, options).ok().changed());
    assert!(lab.writes().is_empty());
    assert_eq!(orders(&lab).len(), 1);
}

#[test]
fn calls_are_few() {
    let lab = Lab::start();
    let options = options(&lab, &json!({"organization": "101"}));
    run(MODULE, options.clone()).ok();
    assert_eq!(
        lab.calls(),
        [
            "GET /api/ssl/v1/types",
            "POST /api/report/v1/ssl-certificates",
            "GET /api/ssl/v1",
            "POST /api/ssl/v1/enroll",
            "GET /api/ssl/v1/8001",
            "GET /api/ssl/v1/collect/8001",
        ]
    );
    lab.forget();
    run(MODULE, options).ok();
    assert_eq!(lab.calls().len(), 3, "{:?}", lab.calls());
}

#[test]
fn approval_after_a_day_by_somebody_else_and_in_another_process() {
    let lab = Lab::with(json!({"scm.order_approval": "always"}));
    go_back(&lab, DAY);
    let options = options(&lab, &json!({}));
    let first = run(MODULE, options.clone()).ok();
    assert!(first.changed());
    assert!(first.result["certificate"].is_null());
    let action = &first.result["manual_actions"][0];
    assert_eq!(action["right"], "sslApprove");
    let number = id(&first.result).to_string();
    for text in [&action["object"], &first.result["waiting"]] {
        assert!(text.as_str().unwrap().contains(&number), "{text}");
    }
    lab.advance(DAY);
    for ran in [check(MODULE, options.clone()), run(MODULE, options.clone())] {
        let waiting = ran.ok();
        assert!(!waiting.changed(), "{:#}", waiting.result);
        assert_eq!(
            waiting.result["manual_actions"].as_array().unwrap().len(),
            1
        );
    }
    let approval = json!({
        "scm": lab.scm_as("mrao-admin"), "state": "approved", "id": id(&first.result), "message": "fine",
    });
    assert!(run(MODULE, approval.clone()).ok().changed());
    assert!(!run(MODULE, approval).ok().changed());
    let last = run(MODULE, options).ok();
    assert!(last.result["certificate"].is_string());
    assert_eq!(id(&last.result), id(&first.result));
    assert_eq!(orders(&lab).len(), 1);
}

#[test]
fn approval_by_oneself_where_it_is_asked_for_and_allowed() {
    let lab = Lab::with(json!({"scm.order_approval": "always"}));
    let approving = options(&lab, &json!({"approve": true}));
    let ran = run(MODULE, approving).ok();
    assert_eq!(ran.result["actions"], json!(["enroll", "approve"]));
    assert!(ran.result["certificate"].is_string());

    // EV: whoever asked may not approve.
    let ev = options(&lab, &json!({"approve": true, "profile": "EV SSL"}));
    let ran = run(MODULE, ev).ok();
    assert!(
        ran.result["manual_actions"][0]["action"]
            .as_str()
            .unwrap()
            .contains("-1140")
    );

    // The right is missing, in all the ways in which SCM may say so.
    for failure in ["400", "403"] {
        lab.switch(json!({"scm.permission_failure": failure}));
        let limited = options(
            &lab,
            &json!({"approve": true, "scm": lab.scm_as("limited"), "organization": null, "department": "102"}),
        );
        let ran = run(MODULE, limited).ok();
        assert!(ran.result["certificate"].is_null());
        assert_eq!(ran.result["manual_actions"][0]["right"], "sslApprove");
    }
}

#[test]
fn slow_days_are_waited_for_and_then_left_to_the_next_run() {
    let lab = Lab::with(json!({"scm.issue_seconds": 3600}));
    go_back(&lab, DAY);
    let options = options(&lab, &json!({"deadline": 10}));
    let waiting = run(MODULE, options.clone()).ok();
    assert!(
        waiting.result["waiting"]
            .as_str()
            .unwrap()
            .contains("APPLIED")
    );
    assert_eq!(waiting.result["manual_actions"], json!([]));
    lab.advance(3600);
    assert!(run(MODULE, options.clone()).ok().result["certificate"].is_string());

    // Issued while it is waited for.
    let options = with(options, &json!({"csr": csr(&[NAME]), "deadline": 30}));
    lab.switch(json!({"scm.issue_seconds": 2}));
    assert!(run(MODULE, options).ok().result["certificate"].is_string());
}

#[test]
fn every_answer_that_sources_disagree_about_leads_to_a_certificate() {
    let all = [
        json!({"scm.collect_pending": "-1400", "scm.issue_seconds": 1}),
        json!({"scm.collect_pending": "text", "scm.issue_seconds": 1}),
        json!({"scm.collect_pending": "empty", "scm.issue_seconds": 1}),
        json!({"scm.collect_pending": "-183", "scm.issue_seconds": 1}),
        json!({"scm.collect_pending": "-23", "scm.issue_seconds": 1}),
        json!({"scm.extra_fields": true, "scm.enum_spelling": "label"}),
        json!({"scm.unknown_enum": true}),
        json!({"scm.invisible_orders": 2}),
        json!({"scm.key_types": false}),
        json!({"scm.report_by": "mrao"}),
        json!({"scm.report_by": "mrao", "scm.permission_failure": "403"}),
        json!({"scm.report_by": "mrao", "scm.total_count": false, "scm.page_duplicates": true}),
        json!({"scm.reason_code": "string"}),
        json!({"scm.unknown_id": "400", "scm.invisible_orders": 1}),
        json!({"scm.order_approval": "never"}),
    ];
    std::thread::scope(|scope| {
        for switches in all {
            scope.spawn(move || {
                let lab = Lab::with(switches.clone());
                let options = options(&lab, &json!({}));
                let first = run(MODULE, options.clone());
                assert!(!first.failed(), "{switches}: {:#}", first.result);
                assert!(first.result["certificate"].is_string(), "{switches}");
                let again = run(MODULE, options);
                assert!(
                    !again.failed() && !again.changed(),
                    "{switches}: {:#}",
                    again.result
                );
                assert_eq!(orders(&lab).len(), 1, "{switches}");
            });
        }
    });
}

#[test]
fn credentials_of_all_kinds_order() {
    let lab = Lab::start();
    for scm in [lab.scm_by_certificate(), lab.scm_by_token()] {
        let options = options(&lab, &json!({"scm": scm}));
        assert!(run(MODULE, options).ok().result["certificate"].is_string());
    }
}

#[test]
fn a_right_that_is_missing_may_look_like_a_wrong_token() {
    let lab = Lab::with(json!({"scm.report_by": "mrao", "scm.permission_failure": "401"}));
    let options = options(&lab, &json!({"scm": lab.scm_by_token()}));
    let first = run(MODULE, options.clone()).ok();
    assert!(first.result["certificate"].is_string());
    assert!(!run(MODULE, options).ok().changed());
    assert_eq!(orders(&lab).len(), 1);
}

#[test]
fn a_wildcard_is_ordered_and_found_again() {
    for report in ["manager", "mrao"] {
        let lab = Lab::with(json!({"scm.report_by": report}));
        let options = options(
            &lab,
            &json!({"csr": csr(&["*.example.org", "example.org"])}),
        );
        lab.fault(json!({"path": "/enroll$", "action": {"kind": "reset_after"}}));
        assert!(run(MODULE, options.clone()).ok().result["certificate"].is_string());
        assert!(!run(MODULE, options).ok().changed());
        assert_eq!(orders(&lab).len(), 1, "{report}");
    }
}

#[test]
fn a_renewal_whose_answer_was_lost_is_found_though_scm_marks_nothing() {
    for wait in [0, 3600] {
        let lab = Lab::with(json!({"scm.renew_comments": "dropped", "scm.renewed_mark": "never"}));
        let options = options(&lab, &json!({"deadline": 12}));
        go_back(&lab, 10 * DAY);
        run(MODULE, options.clone()).ok();
        lab.control("PUT", "/clock", &json!({"reset": true}));
        lab.switch(json!({"scm.issue_seconds": wait}));
        let due = with(options, &json!({"renew": {"days": 194}}));
        lab.fault(json!({"path": "/renewById/", "action": {"kind": "reset_after"}}));
        lab.fault(json!({"method": "GET", "path": "/ssl/v1$", "after": 1, "times": 0, "action": {"kind": "refuse"}}));
        run(MODULE, due.clone()).fails("not ordered again blindly");
        assert_eq!(orders(&lab).len(), 2);
        lab.control("DELETE", "/faults", &Value::Null);
        if wait > 0 {
            let waiting = run(MODULE, due.clone()).ok();
            assert!(waiting.result["waiting"].is_string());
            lab.control("PUT", "/clock", &json!({"advance_seconds": wait}));
        }
        let ran = run(MODULE, due).ok();
        assert!(ran.result["certificate"].is_string() && !ran.changed());
        assert_eq!(orders(&lab).len(), 2, "{wait}");
    }
}

#[test]
fn the_same_key_is_renewed_and_other_names_are_ordered() {
    for comments in ["kept", "dropped"] {
        let lab = Lab::with(json!({"scm.renew_comments": comments}));
        let key = KeyPair::generate().unwrap();
        let options = options(&lab, &json!({"csr": csr_by(&key, &[NAME])}));
        let old = run(MODULE, options.clone()).ok();
        // Wanted a year ahead, the successor of a certificate of 199 days is always due.
        let due = with(options.clone(), &json!({"renew": {"days": 365}}));
        lab.forget();
        let foretold = check(MODULE, due.clone()).ok();
        assert_eq!(foretold.result["actions"], json!(["renew"]));
        assert!(lab.writes().is_empty());
        let renewed = run(MODULE, due).ok();
        assert_eq!(renewed.result["actions"], json!(["renew"]));
        assert_ne!(renewed.result["certificate"], old.result["certificate"]);
        assert_eq!(orders(&lab).len(), 2, "{comments}");
        assert!(orders(&lab)[0]["renewed"].is_string());
        assert!(!run(MODULE, options.clone()).ok().changed());

        let names = csr_by(&key, &[NAME, "more.example.org"]);
        let more = with(options.clone(), &json!({"csr": names}));
        assert_eq!(run(MODULE, more).ok().result["actions"], json!(["enroll"]));
        // Fewer names, or another profile, are no reason to order for a key twice.
        let other = run(MODULE, with(options, &json!({"profile": "DV SSL"}))).ok();
        assert!(!other.changed());
        let warnings = other.result["warnings"].to_string();
        assert!(warnings.contains("not with 301"), "{warnings}");
        assert!(warnings.contains("for more.example.org,"), "{warnings}");
    }
}
