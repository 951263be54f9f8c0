//! How the SCM modules log in, and what they say when the API is not what it should be.

#![allow(clippy::unwrap_used)]

mod common;

use std::thread;

use common::{Lab, Ran, check, run, with};
use serde_json::{Value, json};

/// Every module, with options that need a write.
fn modules(scm: &Value) -> [(&'static str, Value); 3] {
    [
        (
            "sectigo_domain",
            json!({"scm": scm, "name": "new.example", "organization": "Example University"}),
        ),
        (
            "sectigo_acme_user",
            json!({"scm": scm, "name": "fleet", "organization": "Example University",
                   "validation_type": "OV"}),
        ),
        (
            "sectigo_user_domains",
            json!({"scm": scm, "account": "web-team", "organization": "Example University",
                   "domains": ["example.edu"]}),
        ),
    ]
}

/// All modules fail with this text, in check mode too, and nothing is written.
fn all_fail(lab: &Lab, scm: &Value, expected: &str) {
    lab.forget();
    for (module, options) in modules(scm) {
        run(module, options.clone()).fails(expected);
        check(module, options).fails(expected);
    }
    assert!(lab.writes().is_empty(), "{:?}", lab.writes());
}

#[test]
fn every_kind_of_login_works_in_every_module() {
    for kind in ["password", "certificate", "token"] {
        let lab = Lab::start();
        let scm = match kind {
            "password" => lab.scm(),
            "certificate" => lab.scm_by_certificate(),
            _ => lab.scm_by_token(),
        };
        for (module, options) in modules(&scm) {
            let ran = run(module, options.clone()).ok();
            assert!(ran.changed(), "{kind} {module}");
            assert!(!run(module, options).ok().changed(), "{kind} {module}");
        }
        let private = lab
            .calls()
            .iter()
            .filter(|it| it.contains(" /private/api/"))
            .count();
        assert_eq!(private > 0, kind == "certificate");
    }
}

#[test]
fn a_token_is_fetched_once_and_renewed_when_it_ends() {
    let tokens = |lab: &Lab| {
        lab.journal()
            .iter()
            .filter(|it| it["service"] == "oauth")
            .count()
    };
    // Ten names and their wildcards are many calls, but one token.
    let names: Vec<String> = (0..10).map(|it| format!("t{it}.example")).collect();
    for expires_in in [true, false] {
        let lab = Lab::with(json!({"oauth.expires_in": expires_in}));
        let options = json!({"scm": lab.scm_by_token(), "name": names, "wildcard": true});
        run("sectigo_domain", options).ok();
        assert_eq!(tokens(&lab), 1);
    }
    // The server says when it ends.
    let lab = Lab::with(json!({"oauth.token_seconds": 1}));
    lab.control("PUT", "/latency", &json!({"ms": 60}));
    let options = json!({"scm": lab.scm_by_token(), "name": names, "wildcard": true});
    run("sectigo_domain", options).ok();
    assert!(tokens(&lab) > 1);
    assert!(
        lab.journal().iter().all(|it| it["status"] != 401),
        "it was renewed in time"
    );
    // The server ends it before its time: once for a read, once for a write.
    for method in ["GET", "POST"] {
        let lab = Lab::start();
        lab.fault(
            json!({"service": "scm", "method": method, "path": "/domain/v1",
                         "action": {"kind": "status", "status": 401,
                                    "body": "{\"code\":-16,\"description\":\"Unknown user\"}"}}),
        );
        let options = json!({"scm": lab.scm_by_token(), "name": "new.example"});
        assert!(run("sectigo_domain", options).ok().changed());
        assert_eq!(tokens(&lab), 2);
        assert!(lab.has_domain("new.example").is_some());
    }
}

#[test]
fn wrong_credentials_are_told_apart() {
    let lab = Lab::start();
    let wrong = with(lab.scm(), &json!({"password": "canary-wrong"}));
    all_fail(
        &lab,
        &wrong,
        "does not accept login 'web-team' of customer 'university': Unknown user (-16)",
    );
    all_fail(&lab, &lab.scm_as("lapsed"), "has the password expired");
    let wrong = with(lab.scm(), &json!({"customer_uri": "elsewhere"}));
    all_fail(&lab, &wrong, "customer 'elsewhere'");
    let wrong = with(
        lab.scm_by_token(),
        &json!({"client_secret": "canary-wrong"}),
    );
    all_fail(
        &lab,
        &wrong,
        "does not accept API client 'certwright-fleet': invalid_client",
    );
    let wrong = with(lab.scm_by_certificate(), &json!({"login": "institute"}));
    all_fail(
        &lab,
        &wrong,
        "'institute' of customer 'university' with a client certificate",
    );
    let wrong = with(
        lab.scm_by_certificate(),
        &json!({"client_key": lab.ready["ca_file"]}),
    );
    all_fail(&lab, &wrong, "holds no readable PEM private key");
    let wrong = with(lab.scm(), &json!({"client_id": "x"}));
    all_fail(&lab, &wrong, "three kinds of credentials");
    let wrong = with(lab.scm(), &json!({"password": null}));
    all_fail(&lab, &wrong, "missing: password");
    let wrong = with(lab.scm(), &json!({"passwort": "canary-wrong"}));
    all_fail(&lab, &wrong, "Did you mean 'password'?");
    let wrong = with(lab.scm(), &json!({"timeout": "soon"}));
    all_fail(&lab, &wrong, "unable to convert to int found in scm");
}

#[test]
fn a_server_that_cannot_be_trusted_gets_nothing() {
    let lab = Lab::with(json!({"tls.certificate": "expired"}));
    all_fail(&lab, &lab.scm(), "the server's certificate is refused");
    lab.switch(json!({"tls.certificate": "wrong_host"}));
    all_fail(&lab, &lab.scm(), "the server's certificate is refused");
    lab.switch(json!({"tls.certificate": "valid"}));
    all_fail(
        &lab,
        &with(lab.scm(), &json!({"ca_path": null})),
        "the server's certificate is refused",
    );
    let unchecked = with(
        lab.scm(),
        &json!({"ca_path": null, "validate_certs": false}),
    );
    for (module, options) in modules(&unchecked) {
        let ran = run(module, options).ok();
        assert!(
            ran.result["warnings"][0]
                .as_str()
                .unwrap()
                .contains("validate_certs is false")
        );
    }
}

#[test]
fn answers_that_the_api_does_not_give() {
    let cases = [
        (
            json!({"kind": "html", "status": 200}),
            "no JSON (status 200, content type text/html",
        ),
        (json!({"kind": "html", "status": 502}), "status 502"),
        (json!({"kind": "empty"}), "nothing where JSON is expected"),
        (
            json!({"kind": "status", "status": 503, "headers": {"Content-Type": "text/plain"},
                   "body": "upstream connect error or disconnect/reset before headers"}),
            "it begins \"upstream connect error or disconnect/reset before headers\"",
        ),
        (
            json!({"kind": "truncate"}),
            "It is not known whether the request was carried out",
        ),
        (
            json!({"kind": "status", "status": 200, "body": "[{\"id\":1,\"na"}),
            "JSON that breaks off after 12 bytes",
        ),
        (
            json!({"kind": "status", "status": 200, "body": "[{\"id\":\"canary\"}]"}),
            "JSON of another shape at '[0]",
        ),
        (
            json!({"kind": "redirect", "location": "https://canary.example/login"}),
            "the server redirects to https://canary.example/login",
        ),
        (
            json!({"kind": "status", "status": 500, "body": "{\"code\":-2,\"description\":\"Internal error\"}"}),
            "Internal error (-2)",
        ),
        (
            json!({"kind": "status", "status": 400, "body": "{\"description\":\"No code at all.\"}"}),
            "No code at all",
        ),
    ];
    thread::scope(|scope| {
        for (action, expected) in cases {
            scope.spawn(move || {
                println!("{action}");
                let lab = Lab::start();
                lab.fault(json!({"service": "scm", "times": 0, "action": action}));
                let (module, options) = modules(&lab.scm()).into_iter().next().unwrap();
                run(module, with(options, &json!({"deadline": 3}))).fails(expected);
                assert!(lab.writes().is_empty());
            });
        }
    });
}

#[test]
fn a_write_that_is_never_answered_ends() {
    thread::scope(|scope| {
        for kind in ["html", "reset_before", "reset_after"] {
            for index in 0..3 {
                scope.spawn(move || {
                    let lab = Lab::start();
                    lab.fault(json!({"service": "scm", "method": "POST", "times": 0,
                                     "action": {"kind": kind}}));
                    let (module, options) = modules(&lab.scm())[index].clone();
                    let ran = run(module, options);
                    if kind == "reset_after" {
                        assert!(ran.ok().changed());
                    } else {
                        let text = if kind == "html" {
                            "502"
                        } else {
                            "the connection was lost"
                        };
                        assert!(!ran.fails(text).changed());
                    }
                    assert!(lab.accounts("fleet") <= 1);
                });
            }
        }
    });
}

#[test]
fn short_disturbances_of_reads_pass() {
    for action in [
        json!({"kind": "reset_before"}),
        json!({"kind": "reset_after"}),
        json!({"kind": "truncate"}),
        json!({"kind": "status", "status": 503, "headers": {"Retry-After": "1"}}),
        json!({"kind": "status", "status": 429, "headers": {"Retry-After": "1"}}),
    ] {
        println!("{action}");
        let lab = Lab::start();
        lab.fault(json!({"service": "scm", "method": "GET", "times": 2, "action": action}));
        let (module, options) = modules(&lab.scm()).into_iter().next().unwrap();
        assert!(run(module, options).ok().changed());
    }
}

#[test]
fn a_read_that_is_not_allowed_names_the_right() {
    let lab = Lab::start();
    lab.fault(
        json!({"service": "scm", "path": "/domain/v1$", "times": 0, "action": {"kind": "refuse"}}),
    );
    let (module, options) = modules(&lab.scm()).into_iter().next().unwrap();
    let ran = run(module, options).fails("does not let login 'web-team'");
    assert_eq!(ran.result["manual_actions"].as_array().unwrap().len(), 1);
    assert!(lab.writes().is_empty());
}

#[test]
fn no_secret_is_ever_printed() {
    let lab = Lab::start();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut secrets = vec![
        text(&lab.ready["scm"]["password"]),
        text(&lab.ready["oauth"]["client_secret"]),
        text(&lab.account("web-team").unwrap()["mac_key"]),
        "canary".to_owned(),
    ];
    let mut ran: Vec<Ran> = Vec::new();
    for scm in [lab.scm(), lab.scm_by_token(), lab.scm_by_certificate()] {
        let page = format!("<p>no: {} {}</p>", scm["password"], scm["client_secret"]);
        for (module, options) in modules(&scm) {
            // Success.
            ran.push(check(module, options.clone()));
            ran.push(run(module, options.clone()));
            // Failure, with the secrets in what the server says.
            lab.fault(
                json!({"service": "scm", "action": {"kind": "html", "status": 400, "body": page}}),
            );
            ran.push(run(module, options.clone()));
            lab.control("DELETE", "/faults", &Value::Null);
            // Wrong values, wrong types, wrong names.
            for wrong in [
                json!({"password": "canary-1", "client_secret": "canary-2", "proxy": "canary-3"}),
                json!({"password": ["canary-1"], "client_secret": {"canary": "canary-2"}}),
                json!({"proxy": "http://canary-user:canary-password@127.0.0.1:9"}),
                json!({"password": "canary\n-1"}),
            ] {
                let scm = with(scm.clone(), &wrong);
                let options = with(options.clone(), &json!({"scm": scm, "deadline": 2}));
                ran.push(run(module, options));
            }
        }
    }
    secrets.extend(
        common::members(&lab.state()["scm"]["acme_accounts"])
            .iter()
            .map(|it| text(&it["mac_key"])),
    );
    assert!(ran.iter().any(|it| !it.failed()));
    for ran in &ran {
        for secret in &secrets {
            // Names of options that do not exist are shown, their values are not.
            let output = ran.output.replace("client_secret.canary", "");
            assert!(
                !output.contains(secret.as_str()),
                "{secret}: {}",
                ran.output
            );
        }
    }
}

#[test]
fn a_panic_tells_nothing() {
    let input = json!({"scm": {"password": "canary-1"}, "name": "example.org"}).to_string();
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_certwright"))
        .args(["run", "sectigo_domain"])
        .env("CERTWRIGHT_TEST_PANIC", "canary-2")
        .write_stdin(input)
        .output()
        .unwrap();
    let shown =
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(shown.contains("a bug of its own"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
}
