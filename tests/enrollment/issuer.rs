//! The issuer `sectigo_enrollment` with a target, and certificates that SCM has withdrawn.

use super::*;

const DEPLOY: &str = "file_cert_deploy";

fn site(lab: &Lab, dir: &std::path::Path, issuer: &Value) -> Value {
    json!({
        "scm": lab.scm(), "names": [NAME], "key": ["rsa-3072", "ecdsa-p256"], "dir": dir, "deadline": 30,
        "issuer": issuer,
    })
}

fn enrollment() -> Value {
    json!({"type": "sectigo_enrollment", "organization": "Example University", "profile": "DV SSL"})
}

fn serials(result: &Value) -> Vec<String> {
    let all = result["certificates"].as_array().unwrap();
    all.iter()
        .map(|it| it["serial"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_target_gets_its_certificates_and_renews_them() {
    let lab = Lab::start();
    let dir = tempfile::tempdir().unwrap();
    let options = site(&lab, dir.path(), &enrollment());
    assert!(check(DEPLOY, options.clone()).ok().changed());
    assert!(lab.writes().is_empty());
    let first = run(DEPLOY, options.clone()).ok();
    assert!(first.changed());
    lab.forget();
    assert!(!run(DEPLOY, options.clone()).ok().changed());
    assert_eq!(
        lab.calls().len(),
        1,
        "both certificates have one common name: {:?}",
        lab.calls()
    );
    let renewed = run(DEPLOY, with(options, &json!({"force": true}))).ok();
    assert_ne!(serials(&renewed.result), serials(&first.result));
    // New keys are new orders, and nobody is reminded of the old ones.
    let marked = orders(&lab)
        .iter()
        .filter(|it| it["renewed"].is_string())
        .count();
    assert_eq!((orders(&lab).len(), marked), (4, 2));
}

#[test]
fn a_person_approves_between_two_runs() {
    let lab = Lab::with(json!({"scm.order_approval": "always"}));
    let dir = tempfile::tempdir().unwrap();
    let options = with(
        site(&lab, dir.path(), &enrollment()),
        &json!({"key": "ecdsa-p256"}),
    );
    let first = run(DEPLOY, options.clone()).ok();
    assert!(first.changed());
    assert_eq!(first.result["manual_actions"][0]["right"], "sslApprove");
    let order = orders(&lab)[0]["id"].as_i64().unwrap();
    lab.forget();
    for ran in [check(DEPLOY, options.clone()), run(DEPLOY, options.clone())] {
        let ran = ran.ok();
        assert!(!ran.changed(), "{:#}", ran.result);
        assert_eq!(ran.result["certificates"][0]["action"], "wait");
        assert_eq!(
            ran.result["manual_actions"].as_array().unwrap().len(),
            1,
            "{:#}",
            ran.result
        );
    }
    assert!(lab.writes().is_empty());
    let approval = json!({"scm": lab.scm_as("mrao-admin"), "state": "approved", "id": order});
    run(MODULE, approval).ok();
    assert!(check(DEPLOY, options.clone()).ok().changed());
    let last = run(DEPLOY, options.clone()).ok();
    assert_eq!(last.result["certificates"][0]["action"], "issue");
    assert!(!run(DEPLOY, options).ok().changed());
    assert_eq!(orders(&lab).len(), 1);
}

#[test]
fn nobody_is_reminded_of_what_a_later_run_has_replaced() {
    let lab = Lab::start();
    let dir = tempfile::tempdir().unwrap();
    let options = with(
        site(&lab, dir.path(), &enrollment()),
        &json!({"key": "ecdsa-p256"}),
    );
    run(DEPLOY, options.clone()).ok();
    lab.switch(json!({"scm.order_approval": "always"}));
    let due = with(options, &json!({"force": true}));
    run(DEPLOY, due.clone()).ok();
    let order = orders(&lab)[1]["id"].clone();
    assert!(orders(&lab)[0]["renewed"].is_null());
    run(
        MODULE,
        json!({"scm": lab.scm_as("mrao-admin"), "state": "approved", "id": order}),
    )
    .ok();
    run(DEPLOY, due).ok();
    assert!(orders(&lab)[0]["renewed"].is_string());
    assert!(orders(&lab)[1]["renewed"].is_null());
}

#[test]
fn what_scm_has_withdrawn_is_replaced_at_once_with_a_new_key() {
    let acme = |lab: &Lab| {
        json!({"type": "sectigo_acme", "account": "web-team", "organization": "Example University",
               "ca_path": lab.ready["ca_file"]})
    };
    for report in ["manager", "mrao"] {
        for by_acme in [true, false] {
            let lab = Lab::with(json!({"scm.report_by": report, "acme.processing_seconds": 0.0}));
            let dir = tempfile::tempdir().unwrap();
            let issuer = if by_acme { acme(&lab) } else { enrollment() };
            let options = with(
                site(&lab, dir.path(), &issuer),
                &json!({"key": "ecdsa-p256"}),
            );
            let first = run(DEPLOY, options.clone()).ok();
            let serial = serials(&first.result)[0].clone();
            lab.control(
                "PUT",
                &format!("/state/certificate/{serial}"),
                &json!({"revoked": true}),
            );
            let unasked = with(issuer.clone(), &json!({"revocation": false}));
            // Renewal information would tell of it, too.
            let blind = json!({"issuer": unasked, "renew": {"ari": false}});
            let blind = with(options.clone(), &blind);
            assert!(!run(DEPLOY, blind).ok().changed());
            let foretold = check(DEPLOY, options.clone()).ok();
            let reasons = &foretold.result["certificates"][0]["reasons"];
            assert_eq!(reasons[0], "revoked", "{reasons}");
            let second = run(DEPLOY, options.clone()).ok();
            assert_ne!(serials(&second.result)[0], serial, "{report} {by_acme}");
            assert!(!run(DEPLOY, options).ok().changed());
        }
    }
}

#[test]
fn a_waiting_key_whose_certificate_was_withdrawn_gives_way_to_a_new_one() {
    for status in ["Revoked", "Replaced"] {
        let lab = Lab::with(json!({"scm.order_approval": "always"}));
        let dir = tempfile::tempdir().unwrap();
        let options = with(
            site(&lab, dir.path(), &enrollment()),
            &json!({"key": "ecdsa-p256"}),
        );
        run(DEPLOY, options.clone()).ok();
        let old = orders(&lab)[0].clone();
        lab.switch(json!({"scm.order_approval": "never"}));
        lab.control(
            "PUT",
            &format!("/state/ssl/{}", old["id"]),
            &json!({"status": status}),
        );
        assert!(check(DEPLOY, options.clone()).ok().changed());
        let ran = run(DEPLOY, options.clone()).ok();
        assert_eq!(ran.result["certificates"][0]["action"], "issue", "{status}");
        let all = orders(&lab);
        assert_eq!(all.len(), 2);
        assert_ne!(all[1]["comments"], old["comments"], "another key");
        assert!(!run(DEPLOY, options).ok().changed());
        let left = std::fs::read_dir(dir.path().join(NAME)).unwrap().count();
        assert_eq!(left, 2, "a version and the link to it");
    }
}

#[test]
fn what_somebody_has_replaced_in_scm_is_renewed() {
    let lab = Lab::start();
    let dir = tempfile::tempdir().unwrap();
    let options = with(
        site(&lab, dir.path(), &enrollment()),
        &json!({"key": "ecdsa-p256"}),
    );
    run(DEPLOY, options.clone()).ok();
    let replace = json!({
        "scm": lab.scm(), "state": "replaced", "id": orders(&lab)[0]["id"], "csr": csr(&[NAME]),
    });
    run(MODULE, replace).ok();
    let renewed = run(DEPLOY, options.clone()).ok();
    assert_eq!(
        renewed.result["certificates"][0]["reasons"],
        json!(["revoked"])
    );
    assert!(!run(DEPLOY, options).ok().changed());
}

#[test]
fn a_bad_day_of_scm_does_not_touch_what_is_in_service() {
    let lab = Lab::start();
    let dir = tempfile::tempdir().unwrap();
    let options = with(
        site(&lab, dir.path(), &enrollment()),
        &json!({"key": "ecdsa-p256"}),
    );
    run(DEPLOY, options.clone()).ok();
    lab.fault(json!({"service": "scm", "times": 0, "action": {"kind": "status", "status": 500}}));
    assert!(!run(DEPLOY, options).ok().changed());
}

#[test]
fn the_module_certificate_signs_by_it_too() {
    let lab = Lab::start();
    let ran = run(
        "certificate",
        json!({"scm": lab.scm(), "issuer": enrollment(), "csr": csr(&[NAME])}),
    )
    .ok();
    assert!(ran.result["fullchain"].is_string());
}
