//! Bad input and bad days: a clear error, and nothing is changed.

use super::*;

/// Fails with `message` and leaves the device as it was.
fn refused(bigip: &Bigip<'_>, options: Value, message: &str) {
    let before = bigip.state();
    let ran = run(MODULE, options);
    assert!(
        ran.failed() && ran.msg().contains(message),
        "{message}: {:#}",
        ran.result
    );
    assert!(!ran.changed(), "{message}");
    // What another administrator had not saved may be saved.
    let after = with(bigip.state(), &json!({"saved": before["saved"]}));
    assert_eq!(after, before, "{message}");
}

/// The same, and check mode foretells it.
fn foreseen(bigip: &Bigip<'_>, options: Value, message: &str) {
    let predicted = check(MODULE, options.clone()).fails(message);
    assert!(!predicted.changed(), "{message}");
    refused(bigip, options, message);
}

#[test]
fn bad_options_are_told_before_anything_is_sent() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    lab.forget();
    let both = with(
        bigip.options(json!({})),
        &json!({"providers": [bigip.provider()]}),
    );
    let twice = bigip.with_all(vec![
        bigip.certificate(json!({})),
        bigip.certificate(json!({})),
    ]);
    let elsewhere = bigip.with_all(vec![
        bigip.certificate(json!({})),
        bigip.certificate(json!({"partition": "Web"})),
    ]);
    let alike = bigip.with_all(vec![
        bigip.certificate(json!({"name": "*.example.org"})),
        bigip.certificate(json!({"name": "wildcard.example.org", "profile": {"name": "other"}})),
    ]);
    let cases = [
        (elsewhere, "of another entry"),
        (alike, "of another entry"),
        (both, "mutually exclusive"),
        (
            with(bigip.options(json!({})), &json!({"provider": null})),
            "one of the following is required",
        ),
        (twice, "of another entry"),
        (bigip.with_all(vec![]), "'certificates' is empty"),
        (
            bigip.options(json!({"key": ["rsa-2048", "rsa-3072"]})),
            "one of RSA and one of ECDSA",
        ),
        (
            bigip.options(json!({"partition": "We b"})),
            "names of objects",
        ),
        (bigip.options(json!({"name": "x".repeat(110)})), "too long"),
        (
            bigip.options(json!({"name": "$(id)"})),
            "'name' is not valid",
        ),
        (bigip.options(json!({"issuer": null})), "issuer"),
        (
            bigip.options(json!({"subject": {"country": "Germany"}})),
            "two letters",
        ),
        (
            with(
                bigip.options(json!({})),
                &json!({"provider": with(bigip.provider(), &json!({"server": "https://x/"}))}),
            ),
            "without https://",
        ),
    ];
    for (options, message) in cases {
        run(MODULE, options).fails(message);
    }
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn what_the_device_would_refuse_is_told_in_plain_words() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    bigip.meddle(
        "POST",
        "/mgmt/tm/ltm/profile/client-ssl",
        json!({"name": "/Common/theirs", "defaultsFrom": "/Common/clientssl"}),
    );
    for (entry, message) in [
        (
            json!({"partition": "Nowhere", "virtual_servers": []}),
            "no partition or folder /Nowhere",
        ),
        (
            json!({"virtual_servers": ["/Common/nothing"]}),
            "no virtual server /Common/nothing",
        ),
        (
            json!({"virtual_servers": ["/Common/passthrough"]}),
            "FastL4",
        ),
        (
            json!({"virtual_servers": ["/Web/shop_https"], "partition": "Common", "profile": {"parent": "/Web/none"}}),
            "profile.parent /Web/none",
        ),
        (json!({"partition": "Web"}), "cannot use a profile of /Web"),
        (json!({"profile": {"name": "theirs"}}), "was not made here"),
        (
            json!({"profile": {"name": "gone", "existing": true}}),
            "no client SSL profile /Common/gone",
        ),
    ] {
        foreseen(&bigip, bigip.options(entry), message);
    }
    let hardware = bigip.options(json!({"key_security": "fips"}));
    refused(&bigip, hardware, "no hardware security module");
}

#[test]
fn a_virtual_server_without_tcp_profile_is_refused_by_both_devices() {
    for switch in ["refused", "accepted"] {
        let lab = Lab::with(json!({"bigip.ssl_without_tcp": switch}));
        let bigip = Bigip(&lab);
        bigip.meddle(
            "POST",
            "/mgmt/tm/ltm/virtual",
            json!({"name": "/Common/udp", "destination": "/Common/192.0.2.9:443", "profiles": ["/Common/udp"]}),
        );
        foreseen(
            &bigip,
            bigip.options(json!({"virtual_servers": ["/Common/udp"]})),
            "no TCP profile",
        );
    }
}

#[test]
fn devices_that_make_no_password_keys_name_the_way_out() {
    for switches in [
        json!({"bigip.key_passphrase": "refused"}),
        json!({"bigip.csr_password_key": "refused"}),
    ] {
        let lab = Lab::with(switches);
        let bigip = Bigip(&lab);
        refused(
            &bigip,
            bigip.options(json!({})),
            "`key_security: normal` is the way out",
        );
        run(MODULE, bigip.options(json!({"key_security": "normal"}))).ok();
    }
    let lab = Lab::with(json!({"bigip.version": "13.1"}));
    let bigip = Bigip(&lab);
    refused(&bigip, bigip.options(json!({})), "wants an RSA key");
    refused(
        &bigip,
        bigip.options(json!({"key": ["rsa-3072"]})),
        "rsa-3072",
    );
    run(
        MODULE,
        bigip.options(json!({"key": ["rsa-2048", "ecdsa-p256"]})),
    )
    .ok();
}

#[test]
fn logins_that_fail_say_why() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let as_ = |provider: Value| with(bigip.options(json!({})), &json!({"provider": provider}));
    foreseen(
        &bigip,
        as_(with(bigip.provider(), &json!({"password": "wrong-canary"}))),
        "does not accept user",
    );
    let unprivileged = run(MODULE, as_(bigip.as_user("certmgr")));
    assert!(
        unprivileged.failed() && unprivileged.msg().contains("Administrator"),
        "{:#}",
        unprivileged.result
    );
    foreseen(
        &bigip,
        as_(with(bigip.provider(), &json!({"ca_path": null}))),
        "certificate is refused",
    );
    lab.switch(json!({"tls.certificate": "expired"}));
    foreseen(&bigip, as_(bigip.provider()), "expired");
}

#[test]
fn tokens_that_expire_or_run_out() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    // In the middle of the work: one more login, and on.
    let body = r#"{"code":401,"message":"X-F5-Auth-Token has expired.","referer":"x","restOperationId":1,"kind":":resterrorresponse"}"#;
    lab.fault(
        json!({"service": "bigip", "path": "ssl-cert$", "method": "POST",
                     "action": {"kind": "status", "status": 401, "body": body}}),
    );
    lab.forget();
    run(MODULE, bigip.options(json!({}))).ok();
    let logins = lab
        .calls()
        .iter()
        .filter(|it| it.ends_with("/authn/login"))
        .count();
    assert_eq!(logins, 2);
    let full = r#"{"code":400,"message":"user certs has reached maximum active login tokens","referer":"x","restOperationId":1,"kind":":resterrorresponse"}"#;
    lab.fault(json!({"service": "bigip", "path": "login$", "times": 0,
                     "action": {"kind": "status", "status": 400, "body": full}}));
    refused(
        &bigip,
        bigip.options(json!({"force": true})),
        "as many tokens as a device gives",
    );
}

#[test]
fn the_block_of_f5_modules_is_taken_with_all_its_names() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    for name in ["pass", "pwd"] {
        let mut provider = bigip.provider();
        let members = provider.as_object_mut().unwrap();
        let password = members.remove("password").unwrap();
        members.insert(name.to_owned(), password.clone());
        members.insert("transport".to_owned(), json!("rest"));
        members.insert("no_f5_teem".to_owned(), json!(true));
        let ran = run("f5_cert_info", json!({"provider": provider})).ok();
        assert!(!ran.output.contains(password.as_str().unwrap()));
    }
}

#[test]
fn a_token_that_cannot_be_extended_is_given_back() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    lab.fault(
        json!({"service": "bigip", "method": "PATCH", "path": "/authz/tokens/", "times": 0,
                     "action": {"kind": "status", "status": 406, "body": r#"{"code":406,"message":"no"}"#}}),
    );
    let long = with(bigip.options(json!({})), &json!({"deadline": 3000}));
    run(MODULE, long.clone()).fails("extend the login");
    assert_eq!(bigip.state()["tokens"], 0);
    lab.control("DELETE", "/faults", &Value::Null);
    lab.fault(
        json!({"service": "bigip", "method": "PATCH", "path": "/authz/tokens/", "times": 0,
                     "action": {"kind": "reset_before"}}),
    );
    let lost = run(MODULE, long).fails("the connection was lost");
    let (_, token) = lost.msg().split_once("/authz/tokens/").unwrap();
    assert!(token.starts_with("VALUE_SPECIFIED_IN_NO_LOG"), "{token}");
}

#[test]
fn a_device_that_cannot_be_looked_at_is_told_for_each_certificate() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let folder = tempfile::tempdir().unwrap();
    let options = with(
        bigip.options(json!({})),
        &json!({"status_dir": folder.path()}),
    );
    run(MODULE, options.clone()).ok();
    let provider = with(bigip.provider(), &json!({"password": "wrong"}));
    lab.forget();
    let ran = run(MODULE, with(options, &json!({"provider": provider}))).fails("does not accept");
    assert_eq!(ran.result["certificates"][0]["failed"], true);
    // More tries would lock the user out.
    assert_eq!(lab.calls().len(), 1, "{:?}", lab.calls());
    let path = folder.path().join("localhost_www.example.org.json");
    let status: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(status["result"], "failed");
    assert!(status["message"].to_string().contains("does not accept"));
}

#[test]
fn a_device_that_restarts_is_waited_for_and_then_named() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    lab.fault(json!({"service": "bigip", "times": 0, "action": {"kind": "status", "status": 503,
                     "body": "Configuration Utility restarting...", "headers": {"Retry-After": "0"}}}));
    let short = with(bigip.options(json!({})), &json!({"deadline": 4}));
    let ran = run(MODULE, short).fails("restarting or busy");
    assert!(!ran.changed());
    lab.control("DELETE", "/faults", &Value::Null);
    run(MODULE, bigip.options(json!({}))).ok();
}

#[test]
fn a_cas_wrong_answer_never_goes_into_service() {
    for (defect, message) in [
        ("wrong_key", "answered another request"),
        ("missing_name", "lacks the requested names"),
        ("missing_chain", "incomplete"),
    ] {
        let lab = Lab::start();
        let bigip = Bigip(&lab);
        let first = run(MODULE, bigip.options(json!({}))).ok();
        lab.switch(json!({"acme.certificate": defect}));
        let more = bigip.options(json!({"names": [SITE, "example.org"]}));
        run(MODULE, more.clone()).fails(message);
        assert_eq!(
            bigip.serial("/Common/www_https", SITE, &[]),
            serial(&first.result)
        );
        lab.switch(json!({"acme.certificate": "good"}));
        let mended = run(MODULE, more).ok();
        assert_eq!(
            bigip.serial("/Common/www_https", SITE, &[]),
            serial(&mended.result)
        );
        tidy(&bigip, 1);
    }
}

#[test]
fn one_that_fails_does_not_stop_the_others_unless_asked() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let entries = vec![
        bigip
            .certificate(json!({"names": ["example.org"], "virtual_servers": ["/Common/nothing"]})),
        bigip.certificate(json!({})),
    ];
    let stop = with(
        bigip.with_all(entries.clone()),
        &json!({"certificate_failure": "stop"}),
    );
    let stopped = run(MODULE, stop).fails("no virtual server");
    assert!(!stopped.changed());
    let ran = run(MODULE, bigip.with_all(entries)).fails("no virtual server");
    assert!(ran.changed());
    assert_eq!(ran.result["certificates"][1]["proven"], true);
    assert_eq!(ran.result["certificates"][0]["failed"], true);
}
