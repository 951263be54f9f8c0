//! Many certificates, odd names, other profiles, reasons to renew, and removal.

use super::*;

fn quiet(more: Value) -> Value {
    with(json!({"renew": {"ari": false}}), &more)
}

#[test]
fn a_no_op_costs_the_same_for_many() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let entries = |count: usize| -> Vec<Value> {
        (0..count)
            .map(|it| {
                let name = format!("site{it}.example.org");
                lab.domain(json!({"name": name, "validated": true, "orgs": [101]}));
                bigip.certificate(quiet(json!({
                    "names": [name], "virtual_servers": [], "key_security": "normal", "verify": false
                })))
            })
            .collect()
    };
    lab.switch(json!({"acme.account_covers": "base", "acme.processing_seconds": 0.0}));
    let all = entries(12);
    let built = with(bigip.with_all(all.clone()), &json!({"deadline": 300}));
    run(MODULE, built.clone()).ok();
    for (count, of_scm) in [(1, 1), (10, 4), (12, 4)] {
        lab.forget();
        let idle = run(MODULE, bigip.with_all(all[..count].to_vec())).ok();
        assert!(!idle.changed(), "{:#}", idle.result);
        let (asked, device): (Vec<_>, Vec<_>) = lab
            .calls()
            .into_iter()
            .partition(|it| it.contains("/report/"));
        assert_eq!(device.len(), 6, "{count}: {device:?}");
        // Has SCM withdrawn one of them?
        assert_eq!(asked.len(), of_scm, "{count}");
    }
}

#[test]
fn international_names_leave_nothing_behind() {
    let name = "xn--bcher-kva.example.org";
    for (partition, server) in [("Common", "/Common/www_https"), ("Web", "/Web/shop_https")] {
        let lab = Lab::start();
        let bigip = Bigip(&lab);
        lab.domain(json!({"name": name, "validated": true, "orgs": [101]}));
        let options = bigip.options(quiet(
            json!({"names": ["bücher.example.org"], "partition": partition, "virtual_servers": [server]}),
        ));
        // The request outlives the run that made it.
        lab.fault(
            json!({"service": "bigip", "method": "DELETE", "path": "/crypto/csr/", "times": 0,
                         "action": {"kind": "refuse"}}),
        );
        run(MODULE, options.clone()).ok();
        assert_ne!(bigip.state()["requests"], json!([]));
        lab.control("DELETE", "/faults", &Value::Null);
        run(MODULE, options.clone()).ok();
        assert!(!run(MODULE, options).ok().changed());
        tidy(&bigip, 1);
    }
}

#[test]
fn an_existing_profile_presents_the_certificate() {
    for security in ["normal", "password"] {
        let lab = Lab::start();
        let bigip = Bigip(&lab);
        bigip.meddle(
            "POST",
            "/mgmt/tm/ltm/profile/client-ssl",
            json!({"name": "/Common/theirs", "defaultsFrom": "/Common/clientssl-secure"}),
        );
        let servers = "/mgmt/tm/ltm/virtual/~Common~www_https/profiles";
        bigip.meddle(
            "DELETE",
            &format!("{servers}/~Common~clientssl"),
            Value::Null,
        );
        bigip.meddle(
            "POST",
            servers,
            json!({"name": "/Common/theirs", "context": "clientside"}),
        );
        let entry = quiet(
            json!({"key_security": security, "profile": {"name": "theirs"}, "virtual_servers": []}),
        );
        run(MODULE, bigip.options(entry.clone())).fails("was not made here");
        let existing = with(
            entry,
            &json!({"profile": {"name": "theirs", "existing": true}}),
        );
        let done = run(MODULE, bigip.options(existing.clone())).ok();
        assert_eq!(
            bigip.serial("/Common/www_https", SITE, &[]),
            serial(&done.result),
            "{security}"
        );
        assert!(!run(MODULE, bigip.options(existing.clone())).ok().changed());
        let renewed = run(
            MODULE,
            bigip.options(with(existing.clone(), &json!({"force": true}))),
        )
        .ok();
        assert_eq!(
            bigip.serial("/Common/www_https", SITE, &[]),
            serial(&renewed.result)
        );
        tidy(&bigip, 1);
        assert!(
            bigip.state()["client_ssl"]
                .to_string()
                .contains("/Common/theirs\"")
        );
    }
}

#[test]
fn what_is_not_as_wanted_any_more_is_renewed_for_that_reason() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let entry = quiet(json!({"key_security": "normal"}));
    run(MODULE, bigip.options(entry.clone())).ok();
    let because = |entry: Value, reason: &str| {
        for ran in [
            check(MODULE, bigip.options(entry.clone())),
            run(MODULE, bigip.options(entry)),
        ] {
            let reasons = &ran.ok().result["certificates"][0]["reasons"];
            assert_eq!(*reasons, json!([reason]));
        }
    };
    let profile = "/mgmt/tm/ltm/profile/client-ssl/~Common~www.example.org";
    let state = bigip.state();
    let certs = objects(&state, "certificates");
    let cert = certs.iter().find(|it| !it.contains("chain")).unwrap();
    let bare =
        json!({"name": "ecdsa", "cert": cert, "key": objects(&state, "keys")[0], "chain": "none"});
    bigip.meddle("PATCH", profile, json!({"certKeyChain": [bare]}));
    because(entry.clone(), "chain_incomplete");
    because(
        with(entry.clone(), &json!({"renew": {"days": 250}})),
        "expiring",
    );
    because(
        with(entry.clone(), &json!({"renew": {"share": 1e-9}})),
        "expiring",
    );
    let issuer = with(
        bigip.certificate(json!({}))["issuer"].clone(),
        &json!({"issuer_name": "Some other CA"}),
    );
    let other = json!({"issuer": issuer});
    let foretold = check(MODULE, bigip.options(with(entry.clone(), &other))).ok();
    let reasons = &foretold.result["certificates"][0]["reasons"];
    assert_eq!(*reasons, json!(["issuer_changed"]));
    // The CA does not answer by that name, and so nothing is switched.
    let before = bigip.serial("/Common/www_https", SITE, &[]);
    run(MODULE, bigip.options(with(entry, &other))).fails("as issuer.issuer_name asks");
    assert_eq!(bigip.serial("/Common/www_https", SITE, &[]), before);
}

#[test]
fn a_password_key_of_others_is_not_lost() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    bigip.meddle(
        "POST",
        "/mgmt/tm/sys/crypto/key",
        json!({"name": "/Common/theirs", "securityType": "password", "passphrase": "theirs", "commonName": SITE,
               "options": [{"gen-certificate": SITE}]}),
    );
    let pair = json!({"name": "x", "cert": "/Common/theirs", "key": "/Common/theirs", "passphrase": "theirs"});
    bigip.meddle(
        "POST",
        "/mgmt/tm/ltm/profile/client-ssl",
        json!({"name": "/Common/theirs", "certKeyChain": [pair]}),
    );
    let profile = json!({"name": "theirs", "existing": true});
    let before = bigip.state();
    for key in [json!(["rsa-2048"]), json!(["ecdsa-p256"])] {
        let plain = quiet(json!({"profile": profile, "key": key, "key_security": "normal"}));
        for ran in [
            check(MODULE, bigip.options(plain.clone())),
            run(MODULE, bigip.options(plain)),
        ] {
            assert!(!ran.fails("`key_security: password`").changed());
        }
    }
    assert_eq!(bigip.state(), before);
    let done = run(MODULE, bigip.options(quiet(json!({"profile": profile})))).ok();
    assert_eq!(done.result["certificates"][0]["proven"], true);
}

#[test]
fn long_lists_are_read_to_their_end() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    for number in 0..501 {
        bigip.meddle(
            "POST",
            "/mgmt/tm/ltm/profile/client-ssl",
            json!({"name": format!("/Common/a{number}"), "defaultsFrom": "/Common/clientssl"}),
        );
    }
    // The site's own profile comes last of all.
    let entry = quiet(json!({"name": "zz"}));
    run(MODULE, bigip.options(entry.clone())).ok();
    lab.forget();
    let idle = run(MODULE, bigip.options(entry)).ok();
    assert!(!idle.changed(), "{:#}", idle.result);
    let pages = lab.calls();
    let pages = pages.iter().filter(|it| it.ends_with("/client-ssl"));
    assert_eq!(pages.count(), 2);
}

#[test]
fn absent_removes_ours_and_nothing_else() {
    for security in ["normal", "password"] {
        let lab = Lab::start();
        let bigip = Bigip(&lab);
        let before = bigip.state();
        let entry = quiet(json!({"key_security": security}));
        run(MODULE, bigip.options(entry.clone())).ok();
        let gone = bigip.options(with(entry, &json!({"state": "absent"})));
        let predicted = check(MODULE, gone.clone()).ok();
        assert!(predicted.changed());
        let done = run(MODULE, gone.clone()).ok();
        assert_eq!(predicted.result["diff"], done.result["diff"]);
        for ran in [predicted, done] {
            let told = ran.result["warnings"].to_string();
            assert!(told.contains("speaks without TLS"), "{told}");
        }
        assert!(!run(MODULE, gone).ok().changed());
        let after = bigip.state();
        for kind in ["keys", "certificates", "requests", "client_ssl"] {
            assert_eq!(after[kind], before[kind], "{kind}");
        }
    }
}

#[test]
fn absent_keeps_what_others_use() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let entry = quiet(json!({"key_security": "normal"}));
    run(MODULE, bigip.options(entry.clone())).ok();
    let cert = objects(&bigip.state(), "certificates")
        .into_iter()
        .find(|it| !it.contains("chain"))
        .unwrap();
    let key = objects(&bigip.state(), "keys").remove(0);
    bigip.meddle(
        "POST",
        "/mgmt/tm/ltm/profile/client-ssl",
        json!({"name": "/Common/theirs", "certKeyChain": [{"name": "x", "cert": cert, "key": key}]}),
    );
    let gone = run(
        MODULE,
        bigip.options(with(entry, &json!({"state": "absent"}))),
    )
    .ok();
    assert!(
        gone.result["warnings"]
            .to_string()
            .contains("was not made here"),
        "{:#}",
        gone.result
    );
    assert_eq!(objects(&bigip.state(), "keys"), [key]);
}

#[test]
fn info_joins_what_the_device_lists_apart() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    run(MODULE, bigip.options(quiet(json!({})))).ok();
    lab.forget();
    let info = run(
        "f5_cert_info",
        json!({"provider": bigip.provider(), "used": true}),
    )
    .ok();
    assert_eq!(lab.calls().len(), 5);
    let certificates = info.result["certificates"].as_array().unwrap();
    let leaf = certificates
        .iter()
        .find(|it| it["names"] == json!([SITE]))
        .unwrap();
    assert!(leaf["days_left"].as_i64().unwrap() > 190);
    assert_eq!(leaf["key"], "ecdsa-p256");
    assert_eq!(leaf["profiles"][0]["role"], "certificate");
    assert_eq!(
        leaf["profiles"][0]["virtual_servers"][0]["path"],
        "/Common/www_https"
    );
    assert!(
        certificates
            .iter()
            .any(|it| it["profiles"][0]["role"] == "chain")
    );
    let soon = run(
        "f5_cert_info",
        json!({"provider": bigip.as_user("guest"), "within_days": 30}),
    )
    .ok();
    assert_eq!(soon.result["certificates"], json!([]));
}
