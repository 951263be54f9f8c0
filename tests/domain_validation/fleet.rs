//! Many domains with few calls.

use super::*;

const INFO: &str = "sectigo_domain_info";

/// An estate of so many domains with their wildcards.
fn estate(lab: &Lab, count: usize) -> Vec<String> {
    (0..count)
        .map(|number| {
            let name = format!("domain{number:03}.example");
            lab.domain(json!({"name": name, "validated": true, "orgs": [101]}));
            lab.domain(json!({"name": format!("*.{name}"), "orgs": [101]}));
            name
        })
        .collect()
}

#[test]
fn a_hundred_domains_are_checked_with_two_calls() {
    let lab = Lab::start();
    let names = estate(&lab, 100);
    lab.forget();
    let options = options(&lab, &json!({"name": names}));
    assert!(!run(MODULE, options.clone()).ok().changed());
    assert_eq!(lab.calls(), ["GET /api/dcv/v2/validation"; 2]);
    lab.forget();
    assert!(!check(MODULE, options.clone()).ok().changed());
    assert_eq!(lab.calls().len(), 2);
    // Those that are due cost three calls each: state, start, and here no submission.
    lab.domain(json!({"name": "domain007.example", "validated": true, "days": 3}));
    lab.forget();
    let ran = run(MODULE, options).ok();
    assert_eq!(ran.result["records"].as_array().unwrap().len(), 1);
    assert_eq!(lab.calls().len(), 4, "{:?}", lab.calls());
}

/// Otherwise a fleet's first run would wait for each in turn, and end before the last.
#[test]
fn the_look_of_the_ca_is_waited_for_once_for_all() {
    let lab = Lab::start();
    let names: Vec<String> = (0..8).map(|it| format!("new{it}.example")).collect();
    for name in &names {
        lab.domain(json!({"name": name, "orgs": [101]}));
    }
    // Nothing is published, so the CA looks in vain.
    let in_vain = options(&lab, &json!({"name": names, "published": true, "wait": 8}));
    let started = std::time::Instant::now();
    let ran = run(MODULE, in_vain.clone()).ok();
    assert!(started.elapsed() < std::time::Duration::from_secs(40));
    let waiting = |ran: &common::Ran| {
        let all = ran.result["domains"].as_array().unwrap().clone();
        all.iter().filter(|it| it["waiting"].is_string()).count()
    };
    assert_eq!(waiting(&ran), 8);
    let polls = |path: &str| lab.calls().iter().filter(|it| it.ends_with(path)).count();
    // Every state is read before the order; afterwards lists tell that nothing has come of it.
    assert_eq!(polls("/validation/status"), 8, "{:?}", lab.calls());

    let start = with(in_vain.clone(), &json!({"published": false, "wait": 0}));
    let records = run(MODULE, start).ok().result["records"].clone();
    assert_eq!(records.as_array().unwrap().len(), 8);
    lab.control("PUT", "/state/dns", &json!({"records": records}));
    let done = run(MODULE, with(in_vain, &json!({"wait": 30}))).ok();
    assert_eq!(waiting(&done), 0, "{:#}", done.result);
    assert_eq!(
        entry(&done.result, "new7.example")["validation_status"],
        "VALIDATED"
    );
}

#[test]
fn lists_are_read_in_all_their_ways() {
    for switches in [
        json!({"scm.total_count": false, "scm.page_duplicates": true}),
        json!({"scm.page_max_size": 200, "scm.page_default_size": 3}),
        json!({"scm.dcv_method_spelling": "long", "scm.enum_spelling": "label", "scm.extra_fields": true}),
        json!({"scm.unknown_enum": true}),
        json!({"scm.wildcard_inherits_after": 86_400}),
    ] {
        let lab = Lab::with(switches.clone());
        let names = estate(&lab, 110);
        let ran = run(MODULE, options(&lab, &json!({"name": names}))).ok();
        assert_eq!(
            ran.result["domains"].as_array().unwrap().len(),
            110,
            "{switches}"
        );
        assert!(!ran.changed(), "{switches}");
        let inventory = run(INFO, json!({"scm": lab.scm(), "expires_within": 30})).ok();
        let left: Vec<_> = inventory.result["domains"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(
            left,
            ["*.example.edu", "example.edu", "expired.example"],
            "{switches}"
        );
    }
}

#[test]
fn the_inventory_has_delegations_validations_and_days() {
    let lab = Lab::start();
    lab.domain(json!({"name": "asked.example", "orgs": [102], "requested": true}));
    lab.forget();
    let ran = run(INFO, json!({"scm": lab.scm()})).ok();
    assert!(lab.calls().len() <= 7, "{:?}", lab.calls());
    assert!(lab.writes().is_empty());
    let one = entry(&ran.result, "example.org");
    assert_eq!(one["validation_status"], "VALIDATED");
    assert_eq!(one["days_left"], 198);
    assert_eq!(
        one["delegated_to"],
        json!([{"id": 101, "name": "Example University"}, {"id": 102, "name": "IT"}])
    );
    assert_eq!(one["awaiting_approval"], false);
    assert_eq!(
        entry(&ran.result, "asked.example")["awaiting_approval"],
        true
    );
    assert!(
        entry(&ran.result, "expired.example")["days_left"]
            .as_i64()
            .unwrap()
            < 0
    );

    // Also what is nobody's, and what may not be used.
    lab.domain(json!({"name": "nobodys.example", "orgs": []}));
    lab.domain(json!({"name": "example.edu", "active": false}));
    let everything = run(INFO, json!({"scm": lab.scm_as("mrao-admin")})).ok();
    let nobodys = entry(&everything.result, "nobodys.example");
    assert_eq!(nobodys["delegated_to"], json!([]));
    assert_eq!(nobodys["state"], "ACTIVE");
    assert_eq!(
        entry(&everything.result, "example.edu")["state"],
        "SUSPENDED"
    );

    let library = run(INFO, json!({"scm": lab.scm(), "department": "Library"})).ok();
    assert_eq!(library.result["domains"].as_array().unwrap().len(), 1);
    let named = run(INFO, json!({"scm": lab.scm(), "name": ["example.net"]})).ok();
    assert_eq!(named.result["domains"].as_array().unwrap().len(), 1);

    // Without the right to see validations the report has their ends.
    let denied = run(INFO, json!({"scm": lab.scm_as("no-domains")})).ok();
    assert_eq!(entry(&denied.result, "example.org")["days_left"], 198);
    lab.switch(json!({"scm.report_by": "mrao"}));
    let blind = run(INFO, json!({"scm": lab.scm_as("no-domains")})).ok();
    assert!(entry(&blind.result, "example.org")["days_left"].is_null());
}
