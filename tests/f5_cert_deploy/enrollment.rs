//! Certificates by SCM's enrollment API, and what SCM withdraws.

use super::*;

const CERTIFICATE: &str = "sectigo_certificate";
const DAY: i64 = 86_400;

fn by_enrollment(more: Value) -> Value {
    let issuer = json!({"type": "sectigo_enrollment", "organization": "Example University", "profile": "300"});
    with(json!({"issuer": issuer}), &more)
}

/// The orders in the lab that came by the enrollment API.
fn orders(lab: &Lab) -> Vec<Value> {
    common::members(&lab.state()["scm"]["certificates"])
        .into_iter()
        .filter(|it| it["requested_via"] == "REST")
        .collect()
}

/// The names of keys on the device that carry a time.
fn keys(bigip: &Bigip<'_>) -> Vec<String> {
    objects(&bigip.state(), "keys")
}

fn is_served(bigip: &Bigip<'_>, result: &Value) {
    let served = bigip.serial("/Common/www_https", SITE, &[]);
    assert_eq!(serial(result), served);
}

#[test]
fn an_order_is_approved_after_a_day_while_its_key_waits_on_the_box() {
    for (security, bash) in [("password", true), ("password", false), ("normal", true)] {
        let lab = Lab::with(json!({"scm.order_approval": "always", "bigip.bash": bash}));
        let bigip = Bigip(&lab);
        lab.advance(-DAY);
        lab.domain(json!({"name": "example.org", "validated": true, "orgs": [101]}));
        let options = bigip.options(by_enrollment(json!({"key_security": security})));
        assert!(check(MODULE, options.clone()).ok().changed());
        assert!(orders(&lab).is_empty() && keys(&bigip).is_empty());

        let first = run(MODULE, options.clone()).ok();
        assert_eq!(first.result["certificates"][0]["action"], "request");
        assert_eq!(first.result["manual_actions"][0]["right"], "sslApprove");
        let number = orders(&lab)[0]["id"].clone();
        let waiting = first.result["certificates"][0]["waiting"].to_string();
        assert!(waiting.contains(&number.to_string()), "{waiting}");
        let key = keys(&bigip);
        assert_eq!(key.len(), 1);

        lab.advance(DAY);
        for ran in [check(MODULE, options.clone()), run(MODULE, options.clone())] {
            let ran = ran.ok();
            assert!(!ran.changed(), "{:#}", ran.result);
            assert_eq!(ran.result["certificates"][0]["action"], "wait");
            assert_eq!(ran.result["manual_actions"].as_array().unwrap().len(), 1);
        }
        let approval = json!({"scm": lab.scm_as("mrao-admin"), "state": "approved", "id": number});
        run(CERTIFICATE, approval).ok();
        assert!(check(MODULE, options.clone()).ok().changed());
        let last = run(MODULE, options.clone()).ok();
        assert_eq!(last.result["certificates"][0]["action"], "issue");
        is_served(&bigip, &last.result);
        assert_eq!(keys(&bigip), key, "the key that was made first");
        assert_eq!(orders(&lab).len(), 1);
        assert!(!run(MODULE, options).ok().changed());
        tidy(&bigip, 1);
    }
}

#[test]
fn two_kinds_of_keys_are_ordered_and_renewed() {
    for security in ["password", "normal"] {
        let lab = Lab::start();
        let bigip = Bigip(&lab);
        let entry =
            by_enrollment(json!({"key": ["rsa-3072", "ecdsa-p256"], "key_security": security}));
        let options = bigip.options(entry.clone());
        run(MODULE, options.clone()).ok();
        lab.forget();
        assert!(!run(MODULE, options).ok().changed());
        let asked: Vec<_> = lab
            .calls()
            .into_iter()
            .filter(|it| !it.contains("/mgmt/"))
            .collect();
        assert_eq!(asked, ["POST /api/report/v1/ssl-certificates"]);
        run(MODULE, bigip.options(with(entry, &json!({"force": true})))).ok();
        // New keys are new orders, and nobody is reminded of the old ones.
        let all = orders(&lab);
        let renewed = all.iter().filter(|it| it["renewed"].is_string()).count();
        assert_eq!((all.len(), renewed), (4, 2));
        tidy(&bigip, 2);
    }
}

#[test]
fn what_scm_has_withdrawn_is_replaced_at_once_with_a_new_key() {
    for by_acme in [true, false] {
        for report in ["manager", "mrao"] {
            let lab = Lab::with(json!({"acme.processing_seconds": 0.0, "scm.report_by": report}));
            let bigip = Bigip(&lab);
            let quiet = json!({"renew": {"ari": false}});
            let entry = if by_acme { quiet } else { by_enrollment(quiet) };
            let options = bigip.options(entry);
            let first = run(MODULE, options.clone()).ok();
            let old = keys(&bigip);
            lab.control(
                "PUT",
                &format!("/state/certificate/{}", serial(&first.result)),
                &json!({"revoked": true}),
            );
            let mut blind = options.clone();
            blind["certificates"][0]["issuer"]["revocation"] = json!(false);
            assert!(!run(MODULE, blind).ok().changed());
            let foretold = check(MODULE, options.clone()).ok();
            let second = run(MODULE, options.clone()).ok();
            for ran in [&foretold, &second] {
                let reasons = &ran.result["certificates"][0]["reasons"];
                assert_eq!(*reasons, json!(["revoked"]), "{by_acme} {report}");
            }
            assert_ne!(serial(&second.result), serial(&first.result));
            is_served(&bigip, &second.result);
            assert_ne!(keys(&bigip), old);
            assert!(!run(MODULE, options).ok().changed());
            tidy(&bigip, 1);
        }
    }
}

#[test]
fn what_somebody_has_replaced_in_scm_is_renewed() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let options = bigip.options(by_enrollment(json!({})));
    run(MODULE, options.clone()).ok();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec![SITE.to_owned()]).unwrap();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, SITE);
    let csr = params.serialize_request(&key).unwrap().pem().unwrap();
    let replace = json!({
        "scm": lab.scm(), "state": "replaced", "id": orders(&lab)[0]["id"], "csr": csr,
    });
    run(CERTIFICATE, replace).ok();
    let renewed = run(MODULE, options.clone()).ok();
    let reasons = &renewed.result["certificates"][0]["reasons"];
    assert_eq!(*reasons, json!(["revoked"]));
    is_served(&bigip, &renewed.result);
    assert!(!run(MODULE, options).ok().changed());
}
