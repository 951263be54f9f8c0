//! What clients get to see, with a real nginx.

use super::*;

#[test]
fn first_run_second_run_and_their_calls() {
    let lab = Lab::start();
    let dir = tempfile::tempdir().unwrap();
    let options = options(&lab, dir.path(), &json!({}));

    let predicted = check(MODULE, options.clone()).ok();
    assert!(lab.writes().is_empty());
    assert_eq!(entries(dir.path()), [""; 0]);

    lab.forget();
    let first = run(MODULE, options.clone()).ok();
    assert!(first.changed());
    assert_eq!(first.result["diff"], predicted.result["diff"]);
    assert!(
        first.result["certificates"][0]["days_left"]
            .as_i64()
            .unwrap()
            > 190
    );
    let calls = lab.calls();
    println!("figure: first run, {} calls: {calls:?}", calls.len());

    lab.forget();
    let second = run(MODULE, options.clone()).ok();
    assert!(!second.changed());
    assert!(lab.writes().is_empty());
    let calls = lab.calls();
    println!("figure: no-op, {} calls: {calls:?}", calls.len());
    // What was revoked, the account, the server's address, the directory, the renewal window.
    assert!(calls.len() <= 6, "{calls:?}");

    lab.forget();
    let quiet = with(options, &json!({"renew": {"ari": false}}));
    assert!(!run(MODULE, quiet.clone()).ok().changed());
    assert_eq!(lab.calls(), ["POST /api/report/v1/ssl-certificates"]);

    lab.forget();
    let mut silent = quiet;
    silent["issuer"]["revocation"] = json!(false);
    assert!(!run(MODULE, silent).ok().changed());
    assert_eq!(lab.calls(), [""; 0], "a no-op asks nobody");
}

#[test]
fn a_served_certificate_changes_without_a_gap_and_the_old_one_goes() {
    let lab = Lab::start();
    let (nginx, options) = served(&lab);
    let second = run(MODULE, options.clone()).ok();
    assert!(!second.changed(), "{:#}", second.result);
    assert_eq!(second.result["certificates"][0]["proven"], true);

    let more = with(options, &json!({"names": [SITE, "example.org"]}));
    let predicted = check(MODULE, more.clone()).ok();
    let changed = run(MODULE, more.clone()).ok();
    assert_eq!(predicted.result["diff"], changed.result["diff"]);
    assert_eq!(
        changed.result["certificates"][0]["reasons"],
        json!(["names_changed"])
    );
    assert_eq!(changed.result["certificates"][0]["proven"], true);
    assert_eq!(nginx.serial(SITE), serial(&changed.result));
    assert_eq!(
        entries(&nginx.sites().join(SITE)).len(),
        2,
        "link and one version"
    );
    assert!(!run(MODULE, more).ok().changed());
}

#[test]
fn both_kinds_of_keys_are_proven_each() {
    let lab = Lab::start();
    let (nginx, options) = served(&lab);
    let both = with(options, &json!({"key": ["rsa-2048", "ecdsa-p256"]}));
    let first = run(MODULE, both.clone()).ok();
    let actions = |result: &Value| -> Vec<String> {
        let all = result["certificates"].as_array().unwrap();
        all.iter()
            .map(|it| it["action"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(actions(&first.result), ["issue", "keep"]);
    let folder = nginx.sites().join(SITE);
    nginx.configure(&[&folder.join("rsa"), &folder.join("ecdsa")]);
    // The server does not know of the RSA pair before it reloads.
    let second = run(MODULE, both.clone()).ok();
    assert_eq!(actions(&second.result), ["bind", "keep"]);
    assert_eq!(second.result["certificates"][0]["proven"], true);
    assert_eq!(second.result["certificates"][1]["proven"], true);
    assert!(!run(MODULE, both).ok().changed());
}

#[test]
fn a_server_that_refuses_keeps_the_old_certificate() {
    let lab = Lab::start();
    let (nginx, options) = served(&lab);
    let before = in_service(&nginx.sites());
    let served_before = nginx.serial(SITE);
    let broken = [
        (
            json!({"test": ["false"], "reload": ["true"]}),
            "does not take the new files",
        ),
        (
            json!({"reload": ["sh", "-c", "echo no way >&2; exit 3"]}),
            "no way",
        ),
        // It says that it has reloaded, and has not.
        (json!({"reload": ["true"]}), "The switch was taken back"),
        (json!({"reload": ["/nowhere/reload"]}), "cannot be run"),
    ];
    for (reload, message) in broken {
        let options = with(
            options.clone(),
            &json!({"force": true, "reload": reload, "verify": with(options["verify"].clone(), &json!({"timeout": 1}))}),
        );
        run(MODULE, options).fails(message);
        assert_eq!(in_service(&nginx.sites()), before, "{message}");
        assert_eq!(nginx.serial(SITE), served_before);
    }
    // What the failures had got is not asked for again.
    lab.forget();
    let names = with(options.clone(), &json!({"names": [SITE]}));
    let idle = run(MODULE, names).ok();
    assert_eq!(idle.result["certificates"][0]["action"], "keep");
    assert!(lab.writes().is_empty());
    assert_eq!(entries(&nginx.sites().join(SITE)).len(), 2);
}

#[test]
fn a_cas_wrong_answer_never_goes_into_service() {
    for (defect, message) in [
        ("wrong_key", "answered another request"),
        ("missing_name", "lacks the requested names"),
        ("missing_chain", "incomplete"),
    ] {
        let lab = Lab::start();
        let (nginx, options) = served(&lab);
        let before = nginx.serial(SITE);
        lab.switch(json!({"acme.certificate": defect}));
        let more = with(options, &json!({"names": [SITE, "example.org"]}));
        run(MODULE, more.clone()).fails(message);
        assert_eq!(nginx.serial(SITE), before);
        lab.switch(json!({"acme.certificate": "good"}));
        let mended = run(MODULE, more).ok();
        assert_eq!(nginx.serial(SITE), serial(&mended.result));
        assert_eq!(entries(&nginx.sites().join(SITE)).len(), 2, "{defect}");
    }
}
