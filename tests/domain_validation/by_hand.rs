//! Proofs that somebody else publishes, rights that are missing, orders that got stuck.

use std::io::{Read, Write};
use std::net::TcpListener;

use super::*;

#[test]
fn records_are_handed_out_and_submitted_when_they_are_there() {
    for orders in ["both", "v1"] {
        let lab = Lab::with(json!({"scm.dcv_orders": orders}));
        let options = options(&lab, &json!({}));
        let first = run(MODULE, options.clone()).ok();
        assert_eq!(
            entry(&first.result, "example.edu")["actions"],
            json!(["start"])
        );
        let record = first.result["records"][0].clone();
        lab.forget();
        let again = run(MODULE, options.clone()).ok();
        assert!(!again.changed());
        assert_eq!(again.result["records"][0], record);
        assert!(lab.writes().is_empty());
        lab.control("PUT", "/state/dns", &json!({"records": [record]}));
        let published = with(options.clone(), &json!({"published": true, "wait": 20}));
        assert!(check(MODULE, published.clone()).ok().changed());
        let last = run(MODULE, published).ok();
        assert_eq!(
            entry(&last.result, "example.edu")["validation_status"],
            "VALIDATED"
        );
        assert!(!run(MODULE, options).ok().changed());
    }
}

/// The value comes with the submission, so SCM has looked in vain by the time it is published.
#[test]
fn scm_is_told_to_look_again_at_a_text_that_somebody_else_has_published() {
    let lab = Lab::start();
    let options = options(&lab, &json!({"method": "txt"}));
    let first = run(MODULE, options.clone()).ok();
    let records = first.result["records"].clone();
    assert_eq!(records[0]["type"], "TXT");
    let again = run(MODULE, options.clone()).ok();
    assert!(!again.changed() && again.result["records"] == records);
    lab.control("PUT", "/state/dns", &json!({"records": records}));
    lab.forget();
    run(MODULE, with(options.clone(), &json!({"published": true}))).ok();
    assert!(
        lab.calls()
            .contains(&"POST /api/dcv/v2/validation/sync".to_owned()),
        "{:?}",
        lab.calls()
    );
    lab.forget();
    run(MODULE, options).ok();
    assert_eq!(lab.calls(), ["POST /api/dcv/v2/validation/status"]);
}

#[test]
fn a_file_is_handed_out_and_fetched() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let lab = Lab::with(json!({"scm.dcv_http_port": port}));
    let options = options(&lab, &json!({"method": "http"}));
    let first = run(MODULE, options.clone()).ok();
    let file = first.result["files"][0].clone();
    let path = file["path"].as_str().unwrap().to_owned();
    assert!(path.starts_with(".well-known/pki-validation/"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 2048];
            let length = stream.read(&mut request).unwrap_or(0);
            let known = String::from_utf8_lossy(&request[..length]).contains(&path);
            let body = if known {
                file["content"].as_str().unwrap()
            } else {
                ""
            };
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    let published = with(options, &json!({"published": true, "wait": 20}));
    let last = run(MODULE, published).ok();
    assert_eq!(
        entry(&last.result, "example.edu")["validation_status"],
        "VALIDATED",
        "{:#}",
        last.result
    );
}

#[test]
fn a_letter_waits_for_its_answer() {
    let lab = Lab::start();
    run(MODULE, options(&lab, &json!({"method": "email"}))).fails("email");
    run(
        MODULE,
        options(&lab, &json!({"method": "email", "email": "nobody"})),
    )
    .fails("hostmaster@example.edu");
    let options = options(&lab, &json!({"method": "email", "email": "hostmaster"}));
    let ran = run(MODULE, options.clone()).ok();
    assert!(
        entry(&ran.result, "example.edu")["actions"]
            .as_array()
            .unwrap()
            .contains(&json!("submit"))
    );
    let waiting = run(MODULE, options).ok();
    assert!(!waiting.changed());
    for ran in [ran, waiting] {
        let text = entry(&ran.result, "example.edu")["waiting"].clone();
        assert!(
            text.as_str().unwrap().contains("hostmaster@example.edu"),
            "{text}"
        );
    }
}

#[test]
fn missing_rights_are_told_and_fail_nothing() {
    for failure in ["400", "403"] {
        let lab = Lab::with(json!({"scm.permission_failure": failure}));
        for names in [
            json!(["example.edu"]),
            json!([
                "example.edu",
                "a.example.org",
                "example.net",
                "b.example.org"
            ]),
        ] {
            let options = options(
                &lab,
                &json!({"scm": lab.scm_as("no-domains"), "name": names}),
            );
            let ran = run(MODULE, options).ok();
            assert!(!ran.changed());
            let manual = ran.result["manual_actions"].as_array().unwrap();
            assert_eq!(manual.len(), 1, "{manual:?}");
            assert_eq!(manual[0]["right"], "allowDCV");
            assert_eq!(manual[0]["object"], "example.edu");
        }
    }
}

#[test]
fn only_the_top_is_validated_and_unknown_names_are_told() {
    let lab = Lab::start();
    let ran = run(
        MODULE,
        options(&lab, &json!({"name": ["a.b.example.org", "*.example.net"]})),
    )
    .ok();
    assert!(!ran.changed());
    assert_eq!(
        entry(&ran.result, "example.org")["validation_status"],
        "VALIDATED"
    );
    for text in ["-727", "add it with sectigo_domain"] {
        run(MODULE, options(&lab, &json!({"name": "unknown.example"}))).fails(text);
    }
    let many = json!([
        "unknown.example",
        "example.org",
        "example.net",
        "www.example.org"
    ]);
    let failed =
        run(MODULE, options(&lab, &json!({"name": many}))).fails("add it with sectigo_domain");
    assert_eq!(
        entry(&failed.result, "example.org")["validation_status"],
        "VALIDATED"
    );
    lab.domain(json!({"name": "example.edu", "active": false}));
    run(MODULE, options(&lab, &json!({}))).fails("activate it first");
    lab.switch(json!({"scm.dcv_enabled": false}));
    run(MODULE, options(&lab, &json!({"name": "example.org"}))).fails("-1608");
}

#[test]
fn rejected_and_foreign_orders_are_cleared_only_where_nothing_is_lost() {
    let lab = Lab::with(json!({"scm.dcv_rejects": true}));
    let published = options(&lab, &json!({"published": true, "wait": 20}));
    run(MODULE, published.clone()).fails("rejected the validation");
    let again = run(MODULE, published.clone());
    assert_eq!(
        entry(&again.result, "example.edu")["actions"],
        json!(["clear", "start", "submit"])
    );

    lab.switch(json!({"scm.dcv_rejects": false}));
    let mail = options(
        &lab,
        &json!({"name": "expired.example", "method": "email", "email": "admin"}),
    );
    run(MODULE, mail).ok();
    let other = options(&lab, &json!({"name": "expired.example"}));
    let ran = run(MODULE, other).ok();
    let entry_of = entry(&ran.result, "expired.example");
    assert_eq!(entry_of["actions"], json!(["clear", "start"]));
    assert_eq!(entry_of["reasons"], json!(["expired", "other_method"]));

    // A validation that still holds is not given up for another method.
    lab.domain(json!({"name": "example.net", "validated": true, "days": 9, "orgs": [101]}));
    let mail = options(
        &lab,
        &json!({"name": "example.net", "method": "email", "email": "admin"}),
    );
    run(MODULE, mail).ok();
    let ran = run(MODULE, options(&lab, &json!({"name": "example.net"}))).ok();
    assert!(!ran.changed());
    let waiting = entry(&ran.result, "example.net")["waiting"].clone();
    assert!(waiting.as_str().unwrap().contains("EMAIL"), "{waiting}");
}
