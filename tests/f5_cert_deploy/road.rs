//! From nothing to traffic on a new certificate, and on.

use super::*;

/// Check mode foretells the run, the run brings it about, the next one finds it done.
fn goes_through(lab: &Lab, options: &Value) -> common::Ran {
    lab.forget();
    let predicted = check(MODULE, options.clone()).ok();
    assert!(predicted.changed());
    let writes: Vec<_> = lab
        .writes()
        .into_iter()
        .filter(|it| !it.ends_with("/util/bash"))
        .collect();
    assert_eq!(writes, [""; 0], "check mode only reads");
    let done = run(MODULE, options.clone()).ok();
    assert!(done.changed());
    assert_eq!(done.result["diff"], predicted.result["diff"]);
    lab.forget();
    let again = run(MODULE, options.clone()).ok();
    assert!(!again.changed(), "{:#}", again.result);
    assert_eq!(lab.writes(), [""; 0]);
    done
}

fn plain(more: Value) -> Value {
    with(json!({"renew": {"ari": false}}), &more)
}

#[test]
fn first_run_second_run_and_their_calls() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let options = bigip.options(plain(json!({})));
    let first = goes_through(&lab, &options);
    let certificate = &first.result["certificates"][0];
    assert_eq!(certificate["proven"], true);
    assert_eq!(
        serial(&first.result),
        bigip.serial("/Common/www_https", SITE, &[])
    );
    // Login, three lists, the mark, logout; and whether SCM has withdrawn it.
    assert_eq!(lab.calls().len(), 7, "{:?}", lab.calls());
    tidy(&bigip, 1);

    lab.forget();
    let forced = run(MODULE, bigip.options(plain(json!({"force": true})))).ok();
    let calls: Vec<_> = lab
        .calls()
        .into_iter()
        .filter(|it| it.contains("/mgmt/"))
        .collect();
    println!("figure: renewal with a password key, {} calls", calls.len());
    assert_eq!(
        serial(&forced.result),
        bigip.serial("/Common/www_https", SITE, &[])
    );
    tidy(&bigip, 1);
}

#[test]
fn other_kinds_of_keys_have_a_profile_that_keeps_its_name() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let entry = plain(json!({"key_security": "normal"}));
    goes_through(&lab, &bigip.options(entry.clone()));
    let profiles = |state: &Value| state["client_ssl"].to_string();
    assert!(profiles(&bigip.state()).contains("\"/Common/www.example.org\""));
    lab.forget();
    let renewed = run(
        MODULE,
        bigip.options(with(entry.clone(), &json!({"force": true}))),
    )
    .ok();
    let calls: Vec<_> = lab
        .calls()
        .into_iter()
        .filter(|it| it.contains("/mgmt/"))
        .collect();
    println!("figure: renewal with a normal key, {} calls", calls.len());
    assert_eq!(
        serial(&renewed.result),
        bigip.serial("/Common/www_https", SITE, &[])
    );
    tidy(&bigip, 1);

    // To password keys and back, each with the next key.
    let sealed = plain(json!({"force": true}));
    run(MODULE, bigip.options(sealed)).ok();
    tidy(&bigip, 1);
    assert!(!profiles(&bigip.state()).contains("\"/Common/www.example.org\""));
    let back = with(entry, &json!({"force": true}));
    let last = run(MODULE, bigip.options(back)).ok();
    assert_eq!(
        serial(&last.result),
        bigip.serial("/Common/www_https", SITE, &[])
    );
    tidy(&bigip, 1);
}

#[test]
fn both_kinds_of_keys_in_one_profile_renew_together_if_they_have_passphrases() {
    for (security, actions) in [
        ("password", ["issue", "issue"]),
        ("normal", ["keep", "issue"]),
    ] {
        let lab = Lab::start();
        let bigip = Bigip(&lab);
        let entry = plain(json!({"key": ["rsa-2048", "ecdsa-p256"], "key_security": security}));
        goes_through(&lab, &bigip.options(entry.clone()));
        tidy(&bigip, 2);
        let changed = with(entry, &json!({"key": ["rsa-2048", "ecdsa-p384"]}));
        let done = goes_through(&lab, &bigip.options(changed));
        let certificates = &done.result["certificates"];
        assert_eq!(
            [&certificates[0]["action"], &certificates[1]["action"]],
            actions
        );
        assert_eq!(certificates[1]["reasons"], json!(["key_changed"]));
        let rsa = bigip.serial(
            "/Common/www_https",
            SITE,
            &["-sigalgs", "RSA+SHA256", "-tls1_2"],
        );
        let ecdsa = bigip.serial(
            "/Common/www_https",
            SITE,
            &["-sigalgs", "ECDSA+SHA384:ECDSA+SHA256"],
        );
        assert_eq!(certificates[0]["serial"], rsa);
        assert_eq!(certificates[1]["serial"], ecdsa);
        tidy(&bigip, 2);
    }
}

#[test]
fn a_signature_that_takes_days_loses_no_passphrase() {
    for bash in [true, false] {
        let lab = Lab::with(json!({"bigip.bash": bash}));
        let bigip = Bigip(&lab);
        let outside = plain(json!({"issuer": {"type": "external"}}));
        let first = run(MODULE, bigip.options(outside.clone())).ok();
        assert_eq!(first.result["certificates"][0]["action"], "request");
        let csr = first.result["certificates"][0]["csr"].clone();
        let waiting = run(MODULE, bigip.options(outside.clone())).ok();
        assert!(!waiting.changed(), "{:#}", waiting.result);
        assert_eq!(waiting.result["certificates"][0]["action"], "wait");
        assert_eq!(waiting.result["certificates"][0]["csr"], csr);

        let signed = run(
            "certificate",
            json!({"scm": lab.scm(), "csr": csr, "issuer": bigip.certificate(json!({}))["issuer"]}),
        )
        .ok();
        let issuer = json!({"type": "external", "certificates": [signed.result["fullchain"]]});
        let given = with(outside, &json!({"issuer": issuer}));
        let done = goes_through(&lab, &bigip.options(given));
        assert_eq!(
            serial(&done.result),
            bigip.serial("/Common/www_https", SITE, &[])
        );
        tidy(&bigip, 1);
    }
}

#[test]
fn an_appliance_without_a_shell_and_other_releases() {
    for switches in [
        json!({"bigip.bash": false}),
        json!({"bigip.bash": false, "bigip.csr_after_move": "stays"}),
        json!({"bigip.version": "13.1"}),
        json!({"bigip.version": "14.1", "bigip.csr_partition": "ignored"}),
        json!({"bigip.version": "17.1", "bigip.shows_passphrase": true}),
        json!({"bigip.omit_source_path": true, "bigip.ec_only": "refused"}),
    ] {
        let lab = Lab::with(switches);
        let bigip = Bigip(&lab);
        let entry = plain(
            json!({"key": ["rsa-2048"], "partition": "Web", "virtual_servers": ["/Web/shop_https"]}),
        );
        goes_through(&lab, &bigip.options(entry.clone()));
        goes_through_forced(&bigip, entry);
        tidy(&bigip, 1);
    }
}

fn goes_through_forced(bigip: &Bigip<'_>, entry: Value) {
    let forced = run(MODULE, bigip.options(with(entry, &json!({"force": true})))).ok();
    assert_eq!(
        serial(&forced.result),
        bigip.serial("/Web/shop_https", SITE, &[])
    );
}

#[test]
fn the_ca_s_wish_is_asked_for_without_the_certificate_in_hand() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let options = bigip.options(json!({}));
    run(MODULE, options.clone()).ok();
    lab.forget();
    assert!(!run(MODULE, options.clone()).ok().changed());
    let asked = lab
        .calls()
        .iter()
        .filter(|it| it.starts_with("GET /renewalInfo/"))
        .count();
    assert_eq!(asked, 1, "{:?}", lab.calls());
    lab.switch(json!({"acme.ari_window": "now"}));
    let renewed = run(MODULE, options).ok();
    assert_eq!(
        renewed.result["certificates"][0]["reasons"],
        json!(["ari_window"])
    );
}

#[test]
fn what_is_not_shown_is_taken_back() {
    for security in ["password", "normal"] {
        let lab = Lab::start();
        let bigip = Bigip(&lab);
        let entry = plain(json!({"key_security": security}));
        run(MODULE, bigip.options(entry.clone())).ok();
        let before = bigip.serial("/Common/www_https", SITE, &[]);
        // Clients that trust other roots only see a wrong answer.
        let other = json!({"ca_path": lab.ready["ca_file"], "timeout": 1});
        let options = bigip.options(with(
            entry.clone(),
            &json!({"force": true, "verify": other}),
        ));
        let refused = run(MODULE, options).fails("The switch was taken back");
        assert_eq!(refused.msg().matches(&format!("{SITE}: ")).count(), 1);
        assert_eq!(bigip.serial("/Common/www_https", SITE, &[]), before);
        // What was prepared for nothing goes when nothing is to be done any more.
        let next = run(
            MODULE,
            bigip.options(with(
                entry.clone(),
                &json!({"names": [SITE, "example.org"]}),
            )),
        )
        .ok();
        assert_eq!(
            bigip.serial("/Common/www_https", SITE, &[]),
            serial(&next.result)
        );
        tidy(&bigip, 1);
    }
}

#[test]
fn status_files_change_only_with_what_they_say() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let folder = tempfile::tempdir().unwrap();
    let options = with(
        bigip.options(plain(json!({}))),
        &json!({"status_dir": folder.path()}),
    );
    check(MODULE, options.clone()).ok();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    run(MODULE, options.clone()).ok();
    let path = folder.path().join("localhost_www.example.org.json");
    let status: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(status["result"], "ok");
    assert_eq!(status["certificates"]["ecdsa-p256"]["names"], json!([SITE]));
    run(MODULE, options.clone()).ok();
    let settled = std::fs::metadata(&path).unwrap().modified().unwrap();
    run(MODULE, options).ok();
    assert_eq!(
        std::fs::metadata(&path).unwrap().modified().unwrap(),
        settled
    );
}

#[test]
fn canaries_stay_in_their_cages() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let password = bigip.provider()["password"].as_str().unwrap().to_owned();
    let ran = run(MODULE, bigip.options(plain(json!({})))).ok();
    assert!(!ran.output.contains(&password));
    lab.fault(json!({"service": "bigip", "method": "POST", "path": "client-ssl$", "action": {"kind": "refuse"}}));
    let ran = run(MODULE, bigip.options(plain(json!({"force": true}))));
    assert!(
        ran.failed() && !ran.output.contains(&password),
        "{}",
        ran.output
    );
    assert!(!ran.output.contains("PRIVATE KEY"));
}
