//! `sectigo_certificate_info`.

use super::*;

const INFO: &str = "sectigo_certificate_info";

fn estate(lab: &Lab) -> Vec<i64> {
    let first = run(MODULE, options(lab, &json!({"comments": "one"}))).ok();
    let second = run(
        MODULE,
        options(lab, &json!({"csr": csr(&["example.net"]), "term": 90})),
    )
    .ok();
    vec![id(&first.result), id(&second.result)]
}

fn found(lab: &Lab, filter: &Value) -> Vec<i64> {
    let ran = run(INFO, with(json!({"scm": lab.scm()}), filter)).ok();
    assert!(!ran.changed());
    let ids = ran.result["certificates"].as_array().unwrap().clone();
    ids.iter().map(|it| it["id"].as_i64().unwrap()).collect()
}

#[test]
fn every_filter_finds_what_it_should() {
    let lab = Lab::start();
    let ids = estate(&lab);
    let (one, other) = (vec![ids[0]], vec![ids[1]]);
    let state = orders(&lab);
    let serial = state[0]["issued"]["serial"].as_str().unwrap();
    for (filter, expected) in [
        (json!({}), &ids),
        (json!({"common_name": NAME}), &one),
        (json!({"organization": "Example University"}), &ids),
        (json!({"status": "Issued"}), &ids),
        (json!({"status": "Revoked"}), &vec![]),
        (json!({"expires_within": 100}), &other),
        (json!({"subject_alternative_name": "api.example.org"}), &one),
        (json!({"serial": serial}), &one),
        (json!({"profile": 300, "details": true}), &ids),
        (json!({"requester": "web-team"}), &ids),
        (json!({"requested_via": "ACME"}), &vec![]),
        (json!({"id": ids[1]}), &other),
    ] {
        for report in ["manager", "mrao"] {
            lab.switch(json!({"scm.report_by": report}));
            assert_eq!(found(&lab, &filter), *expected, "{filter} {report}");
        }
    }
}

#[test]
fn words_are_tried_in_both_spellings() {
    let lab = Lab::start();
    let ids = estate(&lab);
    for spelling in ["constant", "label"] {
        lab.switch(json!({"scm.filter_spelling": spelling}));
        assert_eq!(
            found(&lab, &json!({"requested_via": "REST"})),
            ids,
            "{spelling}"
        );
    }
}

#[test]
fn five_hundred_certificates_are_one_call() {
    let lab = Lab::start();
    let issued = run(MODULE, options(&lab, &json!({}))).ok();
    lab.control(
        "PUT",
        "/state/copies",
        &json!({"id": id(&issued.result), "copies": 499}),
    );
    lab.forget();
    assert_eq!(found(&lab, &json!({"status": "Issued"})).len(), 500);
    assert_eq!(lab.calls(), ["POST /api/report/v1/ssl-certificates"]);
    lab.switch(json!({"scm.report_by": "mrao"}));
    lab.forget();
    assert_eq!(found(&lab, &json!({"status": "Issued"})).len(), 500);
    assert_eq!(lab.calls().len(), 4, "a refused report and three pages");
}
