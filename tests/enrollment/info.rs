//! `sectigo_certificate_info`.

use super::*;

const INFO: &str = "sectigo_certificate_info";

/// Their numbers, the SHA-256 fingerprint of the first, and the days that the second has left.
fn estate(lab: &Lab) -> (Vec<i64>, Value, i64) {
    let first = run(MODULE, options(lab, &json!({"comments": "one"}))).ok();
    let second = run(
        MODULE,
        options(
            lab,
            &json!({"csr": csr(&["example.net"]), "term": 90, "requester": ["ops@example.net"]}),
        ),
    )
    .ok();
    (
        vec![id(&first.result), id(&second.result)],
        first.result["facts"]["sha256_fingerprint"].clone(),
        second.result["facts"]["days_left"].as_i64().unwrap(),
    )
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
    let (ids, sha256, left) = estate(&lab);
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
        (json!({"expires_within": left}), &other),
        (json!({"expires_within": left - 1}), &vec![]),
        (json!({"subject_alternative_name": "api.example.org"}), &one),
        (json!({"serial": serial}), &one),
        (json!({"profile": 300, "details": true}), &ids),
        (json!({"requester": "web-team"}), &ids),
        (json!({"requested_via": "ACME"}), &vec![]),
        (json!({"issuer": "Lab ECC OV"}), &ids),
        (json!({"vendor": "Other CA"}), &vec![]),
        (json!({"external_requester": "ops@"}), &other),
        (
            json!({"department": "Library", "organization": "Example University"}),
            &vec![],
        ),
        (json!({"key_algorithm": "RSA"}), &vec![]),
        (json!({"key_algorithm": "EC", "key_param": "P-256"}), &ids),
        (json!({"key_param": "P-384"}), &vec![]),
        (json!({"signature_algorithm": "SHA256withECDSA"}), &ids),
        (json!({"signature_algorithm": "SHA256withRSA"}), &vec![]),
        (json!({"key_usage": "Key Encipherment"}), &vec![]),
        (json!({"extended_key_usage": "Code signing"}), &vec![]),
        (json!({"install_status": "COMPLETED"}), &vec![]),
        (json!({"renewal_status": "STARTED"}), &vec![]),
        (json!({"sha1_hash": "00"}), &vec![]),
        (json!({"sha256_hash": sha256}), &one),
        (json!({"md5_hash": "00"}), &vec![]),
        (json!({"id": ids[1]}), &other),
    ] {
        for (report, spelling) in [("manager", "colons"), ("mrao", "plain")] {
            lab.switch(json!({"scm.report_by": report, "scm.serial_filter": spelling}));
            assert_eq!(found(&lab, &filter), *expected, "{filter} {report}");
        }
    }
}

#[test]
fn words_are_tried_in_both_spellings() {
    let lab = Lab::start();
    let (ids, ..) = estate(&lab);
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
