//! dns-01 challenges of ACME, answered on a real name server.

use std::time::Instant;

use hickory_proto::rr::RecordType::TXT;

use super::bind::{Bind, SECRET};
use super::*;
use crate::bigip::{Bigip, DEPLOY};

#[test]
fn wildcards_are_proven_by_records_that_are_gone_afterwards() {
    let bind = Bind::start(
        &["example.org"],
        "_acme-challenge TXT \"of somebody else\"",
        true,
    );
    // The names are validated in SCM, and SCM asks for challenges all the same.
    let lab = Lab::with(json!({"dns.server": bind.address(), "acme.persistent_dcv": true}));
    let dir = tempfile::tempdir().unwrap();
    let options = json!({
        "scm": lab.scm(), "names": ["example.org", "*.example.org"], "name": "site", "dir": dir.path(),
        "issuer": {
            "type": "sectigo_acme", "account": "web-team", "organization": "Example University",
            "ca_path": lab.ready["ca_file"],
        },
        "deadline": 40,
    });
    let failed = run("file_cert_deploy", options.clone()).fails("dns-01 with issuer.dns");
    assert!(failed.msg().contains("sectigo_domain_validation"));
    let mut dns = options;
    dns["issuer"]["dns"] = with(bind.dns(), &json!({"propagation": 8}));
    let started = Instant::now();
    let ran = run("file_cert_deploy", dns.clone()).ok();
    // Once for both names.
    let seconds = started.elapsed().as_secs();
    assert!((8..16).contains(&seconds), "{seconds} s");
    assert!(ran.changed());
    assert!(!ran.output.contains(SECRET));
    assert_eq!(
        bind.values("_acme-challenge.example.org", TXT),
        ["of somebody else"]
    );

    // Also when the CA does not like them.
    lab.switch(json!({"dns.server": ""}));
    dns["issuer"]["dns"] = bind.dns();
    dns["force"] = json!(true);
    run("file_cert_deploy", dns).fails("");
    assert_eq!(
        bind.values("_acme-challenge.example.org", TXT),
        ["of somebody else"]
    );
}

#[test]
fn a_big_ip_gets_a_wildcard_by_dns_01_too() {
    let bind = Bind::start(&["example.org"], "", true);
    let lab = Lab::with(json!({"dns.server": bind.address(), "acme.persistent_dcv": true}));
    let device = Bigip(&lab);
    let names = json!({"name": "site", "names": ["example.org", "*.example.org"]});
    let mut options = device.options(names);
    let failed = run(DEPLOY, options.clone()).fails("dns-01 with issuer.dns");
    assert!(failed.msg().contains("sectigo_domain_validation"));
    options["certificates"][0]["issuer"]["dns"] = bind.dns();
    let ran = run(DEPLOY, options.clone()).ok();
    assert!(!ran.output.contains(SECRET));
    assert_eq!(
        ran.result["certificates"][0]["serial"],
        device.serial("/Common/www_https", "any.example.org", &[])
    );
    assert!(
        bind.values("_acme-challenge.example.org", TXT).is_empty(),
        "records are gone"
    );
    assert!(!run(DEPLOY, options).ok().changed());
}
