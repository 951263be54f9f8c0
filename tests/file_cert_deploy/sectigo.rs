//! The lab's Sectigo: its ways, its refusals, its clock.

use super::*;

#[test]
fn every_answer_that_sources_disagree_about_leads_to_a_certificate() {
    let all = [
        json!({"acme.eab_policy": "multi_client"}),
        json!({"acme.authz_retry_after": 86400}),
        json!({"acme.nonce_reject_percent": 50}),
        json!({"acme.finalize_hold_seconds": 2.0}),
        json!({"acme.processing_seconds": 3.0, "acme.retry_after": 1}),
        json!({"acme.html_500_polls": 3, "acme.processing_seconds": 2.0}),
        json!({"acme.account_covers": "base"}),
        json!({"acme.replaces": "malformed"}),
        json!({"acme.replaces": "ignored"}),
        json!({"acme.ari": false}),
        json!({"acme.contact_required": true}),
        json!({"scm.acme_server_form": "url"}),
        json!({"scm.account_status_spelling": "capital"}),
        json!({"scm.acme_name_filter": "exact"}),
        json!({"scm.extra_fields": true, "scm.enum_spelling": "label"}),
        json!({"scm.total_count": false, "scm.page_duplicates": true}),
    ];
    thread::scope(|scope| {
        for switches in all {
            scope.spawn(move || issue_and_renew(&switches));
        }
    });
}

fn issue_and_renew(switches: &Value) {
    let lab = Lab::with(switches.clone());
    let dir = tempfile::tempdir().unwrap();
    let issuer = json!({
        "type": "sectigo_acme", "account": "web-team", "organization": "Example University",
        "ca_path": lab.ready["ca_file"], "contact": "certs@example.org",
    });
    let options = options(&lab, dir.path(), &json!({"issuer": issuer}));
    let first = run(MODULE, options.clone());
    assert!(!first.failed(), "{switches}: {:#}", first.result);
    assert!(!run(MODULE, options.clone()).ok().changed(), "{switches}");
    // A renewal names the certificate that it replaces.
    let forced = with(options, &json!({"force": true}));
    let renewed = run(MODULE, forced);
    assert!(!renewed.failed(), "{switches}: {:#}", renewed.result);
}

#[test]
fn a_fresh_host_presents_the_same_acme_account() {
    let lab = Lab::start();
    for _ in 0..3 {
        let dir = tempfile::tempdir().unwrap();
        run(MODULE, options(&lab, dir.path(), &json!({}))).ok();
    }
}

#[test]
fn time_and_the_ca_ask_for_renewals() {
    let lab = Lab::start();
    let dir = tempfile::tempdir().unwrap();
    let options = options(&lab, dir.path(), &json!({}));
    // Issued by the lab's clock 150 days ago, and so due today.
    lab.advance(-150 * 86400);
    lab.domain(json!({"name": "example.org", "validated": true, "orgs": [101]}));
    run(MODULE, options.clone()).ok();
    lab.control("PUT", "/clock", &json!({"reset": true}));
    let renewed = run(MODULE, options.clone()).ok();
    assert_eq!(
        renewed.result["certificates"][0]["reasons"],
        json!(["expiring"])
    );
    assert!(!run(MODULE, options.clone()).ok().changed());
    lab.switch(json!({"acme.ari_window": "now"}));
    let wished = check(MODULE, options.clone()).ok();
    assert_eq!(
        wished.result["certificates"][0]["reasons"],
        json!(["ari_window"])
    );
    // A CA whose renewal information cannot be had holds nothing up.
    lab.fault(json!({"service": "ari", "times": 0, "action": {"kind": "status", "status": 500}}));
    assert!(!run(MODULE, options).ok().changed());
}

#[test]
fn refusals_of_sectigo_are_explained_and_nothing_changes() {
    let lab = Lab::start();
    let (nginx, options) = served(&lab);
    let before = nginx.serial(SITE);
    let issuer =
        |more: &Value| json!({"force": true, "issuer": with(options["issuer"].clone(), more)});
    let cases = [
        (
            json!({}),
            issuer(&json!({"account": "nobody"})),
            "no ACME account 'nobody'",
        ),
        (
            json!({}),
            json!({"names": ["www.elsewhere.example"], "name": SITE}),
            "mapped",
        ),
        (
            json!({}),
            json!({"force": true, "scm": with(lab.scm(), &json!({"password": "wrong"}))}),
            "-16",
        ),
        (
            json!({"acme.new_account": "eab_refused"}),
            json!({"force": true}),
            "registering the account",
        ),
        (
            json!({"acme.new_account": "suspended"}),
            json!({"force": true}),
            "suspended",
        ),
        (
            json!({"acme.persistent_dcv": true}),
            json!({"force": true}),
            "is not validated",
        ),
        (
            json!({"tls.certificate": "expired"}),
            json!({"force": true}),
            "xpired",
        ),
        (
            json!({"tls.certificate": "wrong_host"}),
            json!({"force": true}),
            "refused",
        ),
    ];
    for (switches, more, message) in cases {
        let normal: Value = switches
            .as_object()
            .unwrap()
            .keys()
            .map(|it| {
                (
                    it.clone(),
                    lab.control("GET", "/switches", &Value::Null)[it].clone(),
                )
            })
            .collect::<serde_json::Map<_, _>>()
            .into();
        lab.switch(switches.clone());
        let failed = run(MODULE, with(options.clone(), &more)).fails(message);
        assert!(!failed.msg().is_empty());
        lab.switch(normal);
        assert_eq!(nginx.serial(SITE), before, "{switches} {message}");
    }
    run(MODULE, with(options, &json!({"force": true}))).ok();
}

#[test]
fn a_server_that_wants_a_contact_but_blames_the_binding_is_seen_through() {
    let lab = Lab::with(json!({"acme.contact_required": true}));
    let dir = tempfile::tempdir().unwrap();
    run(MODULE, options(&lab, dir.path(), &json!({}))).fails("issuer.contact");
}
