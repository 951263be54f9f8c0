//! Whatever is wrong is explained: which system, which object, what it answered, what to do.

use super::*;

#[test]
fn what_scm_does_not_offer_is_told_before_anything_is_ordered() {
    let lab = Lab::start();
    let cases = [
        (json!({"profile": "Gold"}), "no certificate profile 'Gold'"),
        (json!({"profile": "OV SSL"}), "300, 303"),
        (json!({"profile": null}), "profile, by name or id"),
        (json!({"term": 365}), "no term of 365 days"),
        (
            json!({"profile": "RSA only"}),
            "takes no key of type ecdsa-p256",
        ),
        (
            json!({"organization": "Nowhere"}),
            "no organization 'Nowhere'",
        ),
        (json!({"csr": "nonsense"}), "not a PKCS#10 request"),
        (json!({"csr": null}), "missing: csr"),
        (
            json!({"csr": csr(&[NAME, "192.0.2.1"])}),
            "no DNS names: 192.0.2.1",
        ),
        (json!({"custom_fields": {"Ticket": [1]}}), "'Ticket'"),
        (json!({"comments": "x".repeat(1000)}), "comments: at most"),
        (json!({"message": "x".repeat(513)}), "message: at most 512"),
        (json!({"state": "revoked"}), "exactly one of: id, serial"),
        (json!({"state": "revoked", "id": 4711}), "-124"),
        (json!({"state": "approved", "id": 4711}), "-124"),
        (
            json!({"state": "revoked", "serial": "0A:1B"}),
            "serial number 0A:1B",
        ),
        (
            json!({"state": "revoked", "serial": "xyz"}),
            "no hexadecimal number",
        ),
        (json!({"profil": "OV SSL"}), "profile"),
    ];
    for (more, text) in cases {
        for kind in ["404", "400"] {
            lab.switch(json!({"scm.unknown_id": kind}));
            run(MODULE, options(&lab, &more)).fails(text);
        }
    }
    assert!(lab.writes().is_empty(), "{:?}", lab.writes());
}

#[test]
fn what_scm_refuses_is_explained() {
    let lab = Lab::start();
    let cases = [
        (
            json!({"csr": csr(&["www.example.edu"])}),
            "sectigo_domain_validation",
        ),
        (json!({"csr": csr(&["www.expired.example"])}), "-1"),
        (
            json!({"csr": csr(&[NAME, "www.elsewhere.example"])}),
            "sectigo_domain does it",
        ),
        (json!({"custom_fields": {"Nonsense": "1"}}), "custom_fields"),
    ];
    for (more, text) in cases {
        let failed = run(MODULE, options(&lab, &more)).fails(text);
        assert!(!failed.changed());
    }
    let long = format!("{}.example.org", "a".repeat(60));
    let dir = tempfile::tempdir().unwrap();
    let issuer = json!({"type": "sectigo_enrollment", "organization": "101", "profile": "300"});
    run(
        "file_cert_deploy",
        json!({"scm": lab.scm(), "names": [long], "dir": dir.path(), "issuer": issuer}),
    )
    .fails("at most 64 characters");
    lab.switch(json!({"scm.key_types": false}));
    run(MODULE, options(&lab, &json!({"profile": "RSA only"}))).fails("another kind or size");
    lab.control("PUT", "/state/custom-field/2", &json!({"mandatory": true}));
    run(MODULE, options(&lab, &json!({}))).fails("Give in custom_fields: Cost centre");
    // A number, as YAML has it.
    let filled = options(&lab, &json!({"custom_fields": {"Cost centre": 9}}));
    run(MODULE, filled.clone()).ok();
    lab.control(
        "PUT",
        "/state/organization/101",
        &json!({"validated": false}),
    );
    run(MODULE, with(filled.clone(), &json!({"csr": csr(&[NAME])})))
        .fails("organization validated");
    lab.control(
        "PUT",
        "/state/organization/101",
        &json!({"ssl_api_enabled": false}),
    );
    let denied = run(
        MODULE,
        with(filled, &json!({"csr": csr(&[NAME]), "profile": "DV SSL"})),
    );
    assert_eq!(
        denied.fails("-37").result["manual_actions"][0]["system"],
        "SCM"
    );
}
