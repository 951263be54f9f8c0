//! Records on a real name server.

use std::time::Instant;

use hickory_proto::rr::RecordType::{CNAME, TXT};

use super::bind::{Bind, SECRET};
use super::*;

/// Proofs of earlier years.
const STALE: &str = "_0123456789abcdef0123456789abcdef CNAME a.b.sectigo.com.\n\
                     _fedcba9876543210fedcba9876543210 CNAME a.comodoca.com.\n\
                     _pki-validation TXT \"old\"";
const OLD: [(&str, hickory_proto::rr::RecordType); 3] = [
    ("_0123456789abcdef0123456789abcdef", CNAME),
    ("_fedcba9876543210fedcba9876543210", CNAME),
    ("_pki-validation", TXT),
];

fn record(result: &Value, name: &str) -> (String, String) {
    let record = &entry(result, name)["record"];
    let text = |key: &str| record[key].as_str().unwrap().to_owned();
    (text("name"), text("value"))
}

#[test]
fn a_domain_is_validated_by_a_record_that_bind_serves() {
    let bind = Bind::start(&["example.edu"], STALE, true);
    let lab = Lab::with(json!({"dns.server": bind.address()}));
    let options = options(&lab, &json!({"dns": bind.dns()}));
    let foretold = check(MODULE, options.clone()).ok();
    assert!(lab.writes().is_empty());
    let first = run(MODULE, options.clone()).ok();
    for ran in [&foretold, &first] {
        assert!(ran.changed());
        let entry = entry(&ran.result, "example.edu");
        assert_eq!(entry["actions"], json!(["start", "publish", "submit"]));
        assert_eq!(entry["reasons"], json!(["not_validated"]));
        assert_eq!(
            ran.result["diff"]["after"]["example.edu"]["order_status"],
            "SUBMITTED"
        );
    }
    assert_eq!(
        first.result["records"],
        json!([]),
        "nothing is left to publish"
    );
    let (name, value) = record(&first.result, "example.edu");
    assert_eq!(bind.values(&name, CNAME), [value]);
    for (label, kind) in OLD {
        assert!(
            bind.values(&format!("{label}.example.edu"), kind)
                .is_empty(),
            "{label}"
        );
    }

    lab.forget();
    let waiting = run(MODULE, options.clone()).ok();
    assert!(!waiting.changed());
    assert!(entry(&waiting.result, "example.edu")["waiting"].is_string());
    assert!(lab.writes().is_empty());
    // A name server that has lost the record gets it again.
    let empty = Bind::start(&["example.edu"], "", true);
    let elsewhere = with(options.clone(), &json!({"dns": empty.dns()}));
    for ran in [check(MODULE, elsewhere.clone()), run(MODULE, elsewhere)] {
        assert_eq!(
            entry(&ran.ok().result, "example.edu")["actions"],
            json!(["publish"])
        );
    }
    lab.advance(61);
    let done = run(MODULE, options.clone()).ok();
    assert!(!done.changed());
    assert_eq!(
        entry(&done.result, "example.edu")["validation_status"],
        "VALIDATED"
    );
    assert!(!check(MODULE, options).ok().changed());
}

#[test]
fn the_same_run_sees_the_validation_if_it_may_wait() {
    for spelling in ["constant", "label"] {
        for method in ["cname", "txt"] {
            let bind = Bind::start(&["example.edu"], STALE, true);
            let lab =
                Lab::with(json!({"dns.server": bind.address(), "scm.enum_spelling": spelling}));
            let options = options(
                &lab,
                &json!({"dns": bind.dns(), "method": method, "wait": 20}),
            );
            let ran = run(MODULE, options.clone()).ok();
            let entry = entry(&ran.result, "example.edu");
            assert_eq!(entry["validation_status"], "VALIDATED", "{entry:#}");
            assert!(entry["waiting"].is_null());
            assert!(!run(MODULE, options).ok().changed());
        }
    }
}

#[test]
fn other_name_servers_are_waited_for_once_for_all_domains() {
    let zones = ["a.example", "b.example", "c.example", "d.example"];
    let bind = Bind::start(&zones, "", true);
    let mut dns = bind.dns();
    dns["propagation"] = json!(6);
    for method in ["cname", "txt"] {
        let lab = Lab::with(json!({"dns.server": bind.address()}));
        for name in zones {
            lab.domain(json!({"name": name, "orgs": [101]}));
        }
        let options = options(
            &lab,
            &json!({"name": zones, "method": method, "dns": dns, "wait": 30}),
        );
        let started = Instant::now();
        check(MODULE, options.clone()).ok();
        assert!(
            started.elapsed().as_secs() < 6,
            "foretelling waits for nobody"
        );
        lab.forget();
        let started = Instant::now();
        let ran = run(MODULE, options).ok();
        let seconds = started.elapsed().as_secs();
        assert!((6..24).contains(&seconds), "{seconds} s");
        for name in zones {
            let entry = entry(&ran.result, name);
            assert_eq!(entry["validation_status"], "VALIDATED", "{entry:#}");
        }
        let calls = lab.calls();
        let at = |what: &str| calls.iter().position(|it| it.contains(what));
        let last = |what: &str| calls.iter().rposition(|it| it.contains(what));
        // Nobody is told to look before the last record is in place.
        if method == "cname" {
            assert!(last("/start/") < at("/submit/"), "{calls:?}");
        }
    }
}

#[test]
fn validations_of_ten_days_are_renewed_after_half_of_them() {
    let bind = Bind::start(&["example.org"], "", true);
    let lab = Lab::with(json!({"dns.server": bind.address(), "scm.dcv_days": 10}));
    // Valid since some days.
    for (ago, renewed) in [(1, false), (4, false), (6, true)] {
        lab.control("PUT", "/clock", &json!({"reset": true}));
        lab.advance(-ago * 86_400);
        lab.domain(json!({"name": "example.org", "validated": true, "orgs": [101]}));
        lab.advance(ago * 86_400);
        let options = options(
            &lab,
            &json!({"name": "example.org", "dns": bind.dns(), "wait": 20}),
        );
        let ran = run(MODULE, options.clone()).ok();
        assert_eq!(ran.changed(), renewed, "{ago}: {:#}", ran.result);
        if renewed {
            assert_eq!(entry(&ran.result, "example.org")["days_left"], 10);
        }
        assert!(!run(MODULE, options).ok().changed());
    }
}

#[test]
fn other_answers_to_start_and_submit_change_nothing() {
    for switches in [
        json!({"scm.dcv_pair": "fresh"}),
        json!({"scm.dcv_submit_reply": "start"}),
        json!({"scm.dcv_levels": "any"}),
        json!({"scm.dcv_method_spelling": "long", "scm.unknown_id": "400"}),
    ] {
        let bind = Bind::start(&["example.edu"], STALE, true);
        let lab = Lab::with(switches.clone());
        lab.switch(json!({"dns.server": bind.address()}));
        let options = options(&lab, &json!({"name": "www.example.edu", "dns": bind.dns()}));
        let first = run(MODULE, options.clone()).ok();
        let submitted = entry(&first.result, "example.edu");
        assert_eq!(submitted["order_status"], "SUBMITTED", "{switches}");
        assert_eq!(
            submitted["validation_status"], "NOT_VALIDATED",
            "{switches}"
        );
        let last = run(MODULE, with(options.clone(), &json!({"wait": 20}))).ok();
        assert!(!last.changed(), "{switches}: {:#}", last.result);
        let one = entry(&last.result, "example.edu");
        assert_eq!(one["validation_status"], "VALIDATED", "{switches}");
        // Another start tells another pair, and the one before is stale.
        lab.domain(json!({"name": "example.edu", "validated": true, "days": 9, "orgs": [101]}));
        let again = run(MODULE, with(options, &json!({"wait": 20}))).ok();
        let (name, value) = record(&again.result, "example.edu");
        assert_eq!(bind.values(&name, CNAME), [value]);
        assert_eq!(
            record(&first.result, "example.edu").0 == name,
            switches["scm.dcv_pair"] != "fresh"
        );
        if switches["scm.dcv_pair"] == "fresh" {
            let old = record(&first.result, "example.edu").0;
            assert!(bind.values(&old, CNAME).is_empty(), "{old}");
        }
    }
}

#[test]
fn what_ends_soon_is_validated_again_while_it_still_holds() {
    let bind = Bind::start(&["example.org"], "", true);
    let lab = Lab::with(json!({"dns.server": bind.address()}));
    lab.domain(json!({"name": "example.org", "validated": true, "days": 20, "orgs": [101]}));
    let options = options(
        &lab,
        &json!({"name": ["www.example.org", "*.example.org"], "dns": bind.dns(), "wait": 20}),
    );
    assert!(
        !run(MODULE, with(options.clone(), &json!({"days": 10})))
            .ok()
            .changed()
    );
    let ran = run(MODULE, options.clone()).ok();
    let one = entry(&ran.result, "example.org");
    assert_eq!(one["reasons"], json!(["expiring"]));
    assert_eq!(one["covers"], json!(["www.example.org", "*.example.org"]));
    assert_eq!(one["days_left"], 198);
    let (name, value) = record(&ran.result, "example.org");
    assert_eq!(bind.values(&name, CNAME), [value]);
    assert!(!run(MODULE, options).ok().changed());
}

#[test]
fn other_records_stay_and_a_closed_zone_is_no_obstacle() {
    let bind = Bind::start(&["example.edu"], STALE, false);
    let lab = Lab::with(json!({"dns.server": bind.address()}));
    let ran = run(
        MODULE,
        options(&lab, &json!({"dns": bind.dns(), "wait": 20})),
    )
    .ok();
    assert_eq!(
        entry(&ran.result, "example.edu")["validation_status"],
        "VALIDATED"
    );
    assert!(
        ran.result["warnings"][0]
            .as_str()
            .unwrap()
            .contains("allow-transfer")
    );
    assert_eq!(bind.values("_pki-validation.example.edu", TXT), ["old"]);
    // Unless asked to look for them, it does not try.
    let bind = Bind::start(&["example.edu"], STALE, false);
    let lab = Lab::with(json!({"dns.server": bind.address()}));
    let quiet = json!({"dns": bind.dns(), "wait": 20, "clean": false});
    assert!(run(MODULE, options(&lab, &quiet)).ok().result["warnings"].is_null());
}

#[test]
fn a_record_that_somebody_made_wrong_is_put_right() {
    let lab = Lab::start();
    let by_hand = run(MODULE, options(&lab, &json!({}))).ok();
    let (name, value) = record(&by_hand.result, "example.edu");
    let label = name.split('.').next().unwrap();
    // Its target is in a zone of the same server, too.
    let wrong = format!("{label} CNAME www.example.net.");
    let bind = Bind::start(&["example.edu", "example.net"], &wrong, true);
    lab.switch(json!({"dns.server": bind.address()}));
    let ran = run(
        MODULE,
        options(&lab, &json!({"dns": bind.dns(), "wait": 20})),
    )
    .ok();
    assert_eq!(
        entry(&ran.result, "example.edu")["validation_status"],
        "VALIDATED"
    );
    assert_eq!(bind.values(&name, CNAME), [value]);
}

#[test]
fn a_text_that_is_published_after_the_submission_is_looked_at_without_waiting() {
    let bind = Bind::start(&["example.edu"], "", true);
    let lab = Lab::with(json!({"dns.server": bind.address()}));
    let options = options(&lab, &json!({"dns": bind.dns(), "method": "txt"}));
    let first = run(MODULE, options.clone()).ok();
    assert_eq!(
        entry(&first.result, "example.edu")["actions"],
        json!(["submit", "publish"])
    );
    assert_eq!(
        lab.calls().last().unwrap(),
        "POST /api/dcv/v2/validation/sync"
    );
}

#[test]
fn what_the_name_server_refuses_is_explained_and_the_key_is_in_no_output() {
    let bind = Bind::start(&["example.edu"], "", true);
    let lab = Lab::start();
    let other = "b3RoZXItb3RoZXItb3RoZXItb3RoZXItMTIzNDU2Nzg=";
    let cases = [
        (json!({"key_secret": other}), "BADSIG"),
        (json!({"key_name": "unknown"}), "BADKEY"),
        (
            json!({"key_name": "reader", "key_algorithm": "hmac-sha512"}),
            "update-policy",
        ),
        (json!({"key_secret": "no base64!"}), "is not base64"),
        (json!({"zone": "example.net"}), "refused to publish"),
        (json!({"port": 1}), "primary"),
    ];
    for (more, text) in cases {
        let dns = with(bind.dns(), &more);
        let failed = run(MODULE, options(&lab, &json!({"dns": dns, "deadline": 12}))).fails(text);
        assert!(!failed.output.contains(SECRET), "{}", failed.output);
        assert!(!failed.output.contains(other), "{}", failed.output);
    }
    lab.domain(json!({"name": "nowhere.example", "orgs": [101]}));
    let elsewhere = json!({"name": "nowhere.example", "dns": bind.dns()});
    run(MODULE, options(&lab, &elsewhere)).fails("name server 127.0.0.1");
    // What failed goes on where it stopped.
    lab.switch(json!({"dns.server": bind.address()}));
    let ran = run(
        MODULE,
        options(&lab, &json!({"dns": bind.dns(), "wait": 20})),
    )
    .ok();
    assert!(!ran.output.contains(SECRET));
    assert_eq!(
        entry(&ran.result, "example.edu")["actions"],
        json!(["publish", "submit"])
    );
}
