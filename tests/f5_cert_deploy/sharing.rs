//! Sites that share virtual servers, with each other and with what was there before.

use super::*;

fn quiet(more: Value) -> Value {
    with(json!({"renew": {"ari": false}}), &more)
}

#[test]
fn sites_share_a_virtual_server_with_exactly_one_default() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let site = |name: &str, profile: Value| {
        bigip.certificate(quiet(json!({"names": [name], "profile": profile})))
    };
    let first = site(SITE, json!({"server_name": SITE, "sni_default": true}));
    let second = site("example.org", json!({"server_name": "example.org"}));
    run(MODULE, bigip.with_all(vec![first.clone(), second.clone()])).ok();
    let seen = |name: &str| bigip.serial("/Common/www_https", name, &[]);
    assert_ne!(seen(SITE), seen("example.org"));
    assert_eq!(seen("unknown.example.org"), seen(SITE), "the default");

    let before = bigip.state();
    let third = site(
        "example.net",
        json!({"server_name": "example.net", "sni_default": true}),
    );
    run(MODULE, bigip.with_all(vec![third])).fails("as its default for clients without SNI");
    let twice = site("example.net", json!({"server_name": "example.org"}));
    run(MODULE, bigip.with_all(vec![twice])).fails("for the server name example.org already");
    assert_eq!(bigip.state(), before);

    // A setting that is wished otherwise is set right without a new certificate.
    let renamed = with(
        second.clone(),
        &json!({"profile": {"server_name": "example.org", "parent": "/Common/clientssl-secure"}}),
    );
    let drifted = run(MODULE, bigip.with_all(vec![first.clone(), renamed.clone()])).ok();
    assert_eq!(drifted.result["certificates"][1]["action"], "keep");
    assert!(
        drifted.result["certificates"][1]["repairs"][0]
            .as_str()
            .unwrap()
            .contains("its parent")
    );
    assert!(
        !run(MODULE, bigip.with_all(vec![first.clone(), renamed.clone()]))
            .ok()
            .changed()
    );

    // Gone from the virtual server, and back.
    let profile = objects(&bigip.state(), "client_ssl")
        .into_iter()
        .find(|it| it.contains("/example.org_"))
        .unwrap();
    let path = format!(
        "/mgmt/tm/ltm/virtual/~Common~www_https/profiles/{}",
        profile.replace('/', "~")
    );
    bigip.meddle("DELETE", &path, Value::Null);
    let bound = run(MODULE, bigip.with_all(vec![first, renamed])).ok();
    assert_eq!(bound.result["certificates"][1]["action"], "bind");
    assert_eq!(bound.result["certificates"][1]["proven"], true);
}

#[test]
fn the_default_is_there_first_and_moves_from_site_to_site() {
    for security in ["password", "normal"] {
        let lab = Lab::with(json!({"acme.account_covers": "base", "acme.processing_seconds": 0.0}));
        let bigip = Bigip(&lab);
        let names = [SITE, "shop.example.org", "mail.example.org"];
        let task = |default: &str, gone: &[&str]| {
            let entries = names.map(|name| {
                lab.domain(json!({"name": name, "validated": true, "orgs": [101]}));
                let profile = json!({"server_name": name, "sni_default": name == default});
                let state = if gone.contains(&name) {
                    "absent"
                } else {
                    "present"
                };
                bigip.certificate(quiet(json!({
                    "names": [name], "profile": profile, "key_security": security, "state": state,
                })))
            });
            bigip.with_all(entries.to_vec())
        };
        let seen = |name: &str| bigip.serial("/Common/www_https", name, &[]);
        // The last of three is the default, and then the first, and then the second with the first gone.
        for (default, gone) in [
            (names[2], &[][..]),
            (names[0], &[]),
            (names[1], &names[..1]),
        ] {
            let options = task(default, gone);
            let foretold = check(MODULE, options.clone()).ok();
            let done = run(MODULE, options.clone()).ok();
            assert_eq!(done.result["diff"], foretold.result["diff"]);
            let told = |ran: &common::Ran, what: &str| -> Vec<Value> {
                let all = ran.result["certificates"].as_array().unwrap();
                all.iter().map(|it| it[what].clone()).collect()
            };
            assert_eq!(told(&done, "name"), names.map(Value::from));
            let count = |ran| -> Vec<usize> {
                let repairs = told(ran, "repairs");
                repairs
                    .iter()
                    .map(|it| it.as_array().unwrap().len())
                    .collect()
            };
            assert_eq!(count(&done), count(&foretold), "{default}");
            assert_eq!(seen("unknown.example.org"), seen(default));
            let idle = run(MODULE, options).ok();
            assert!(!idle.changed(), "{:#}", idle.result);
        }
        assert_ne!(seen(names[1]), seen(names[2]));
        tidy(&bigip, 2);
    }
}

#[test]
fn auto_finds_and_replaces_what_serves_the_names() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let auto = quiet(json!({"virtual_servers": "auto", "name": "new"}));
    run(MODULE, bigip.options(auto.clone())).fails("name the virtual servers once");
    run(MODULE, bigip.options(quiet(json!({"name": "old"})))).ok();
    let old = bigip.serial("/Common/www_https", SITE, &[]);
    run(MODULE, bigip.options(auto.clone())).ok();
    assert_ne!(bigip.serial("/Common/www_https", SITE, &[]), old);
    assert!(!run(MODULE, bigip.options(auto)).ok().changed());
}

#[test]
fn auto_does_not_take_a_certificate_from_other_names() {
    let lab = Lab::start();
    let bigip = Bigip(&lab);
    let old = quiet(json!({"name": "old", "names": [SITE, "example.org"]}));
    run(MODULE, bigip.options(old)).ok();
    let before = bigip.state();
    let auto = bigip.options(quiet(json!({"virtual_servers": "auto"})));
    for ran in [check(MODULE, auto.clone()), run(MODULE, auto)] {
        assert!(!ran.fails("serves example.org as well").changed());
    }
    assert_eq!(bigip.state(), before);
    // Under a wildcard of its own it may.
    lab.domain(json!({"name": "*.example.org", "validated": true, "orgs": [101]}));
    let all = quiet(json!({"names": ["example.org", "*.example.org"], "virtual_servers": "auto"}));
    let done = run(MODULE, bigip.options(all)).ok();
    assert_eq!(
        bigip.serial("/Common/www_https", SITE, &[]),
        serial(&done.result)
    );
}
