//! From a key on the firewall to a certificate that the portal presents.

use serde_json::json;

use crate::common::run;
use crate::firewall::{Firewall, certificate, check, deploy};

#[test]
fn a_site_comes_up_as_foretold_and_the_second_run_only_looks() {
    let firewall = Firewall::start(json!({}));
    let options = firewall.options();
    let foretold = check(&options).ok();
    assert!(foretold.changed());
    assert_eq!(firewall.lab.writes(), Vec::<String>::new());
    assert_eq!(certificate(&foretold)["reasons"], json!(["missing"]));

    let done = deploy(&options).ok();
    assert_eq!(done.result["diff"], foretold.result["diff"]);
    assert_eq!(certificate(&done)["proven"], true, "{:#}", done.result);
    assert_eq!(done.result["commits"], 1);
    assert!(firewall.is_clean(), "{:#}", firewall.state());
    let entries = firewall.running();
    assert!(
        entries.iter().any(|it| it.starts_with("www.example.org_")),
        "{entries:?}"
    );
    assert!(
        entries.iter().any(|it| it.starts_with("ca_")),
        "{entries:?}"
    );

    firewall.lab.forget();
    let idle = deploy(&options).ok();
    assert!(!idle.changed(), "{:#}", idle.result);
    let calls = firewall.lab.calls();
    let to_the_firewall: Vec<&String> = calls
        .iter()
        .filter(|it| {
            it.contains("/api/op") || it.contains("/api/config") || it.contains("/api/keygen")
        })
        .collect();
    assert_eq!(to_the_firewall.len(), 5, "{calls:?}");
    assert_eq!(firewall.lab.writes(), Vec::<String>::new());
}

#[test]
fn a_renewal_keeps_the_one_before_until_the_next() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.options();
    let first = deploy(&options).ok();
    options["certificates"][0]["names"] = json!(["www.example.org", "example.org"]);
    let second = deploy(&options).ok();
    assert_eq!(certificate(&second)["reasons"], json!(["names_changed"]));
    assert_eq!(certificate(&second)["proven"], true);
    assert_ne!(
        certificate(&first)["serial"],
        certificate(&second)["serial"]
    );
    let sites = |entries: Vec<String>| entries.iter().filter(|it| it.starts_with("www")).count();
    assert_eq!(sites(firewall.running()), 2);
    assert!(!deploy(&options).ok().changed());

    // Stamps in names are of seconds.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    options["certificates"][0]["force"] = json!(true);
    let third = deploy(&options).ok();
    assert_eq!(third.result["commits"], 1);
    assert_eq!(sites(firewall.running()), 2);
    assert!(firewall.is_clean());
}

#[test]
fn another_kind_of_key_is_another_certificate() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.options();
    deploy(&options).ok();
    options["certificates"][0]["key"] = json!("rsa-2048");
    let foretold = check(&options).ok();
    let done = deploy(&options).ok();
    assert_eq!(certificate(&foretold)["reasons"], json!(["key_changed"]));
    assert_eq!(certificate(&done)["key"], "rsa-2048");
    assert_eq!(certificate(&done)["proven"], true);
    assert!(!deploy(&options).ok().changed());
}

#[test]
fn the_chain_is_found_wherever_a_release_looks_for_it() {
    for switches in [
        json!({"panos.intermediates": "bundle"}),
        json!({"panos.intermediates": "store"}),
        json!({"panos.bundle_over_csr": "refused"}),
    ] {
        let firewall = Firewall::start(switches.clone());
        let done = deploy(&firewall.options()).ok();
        assert_eq!(certificate(&done)["proven"], true, "{switches}");
    }
}

#[test]
fn a_good_file_that_is_refused_now_and_then_is_sent_again() {
    let firewall = Firewall::start(json!({}));
    let text = "Failed to find begining of certificate. Make sure certificate starts with BEGIN CERTIFICATE tag";
    let body = format!("<response status=\"error\"><msg><line>{text}</line></msg></response>");
    let action = json!({"kind": "status", "status": 200, "body": body, "headers": {"Content-Type": "application/xml"}});
    for after in [0, 1] {
        firewall
            .lab
            .fault(json!({"path": "/api/import", "after": after, "action": action.clone()}));
    }
    let done = deploy(&firewall.options()).ok();
    assert_eq!(certificate(&done)["proven"], true);
}

#[test]
fn a_signature_from_elsewhere_is_waited_for() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.options();
    options["certificates"][0]["issuer"] = json!({"type": "external"});
    let asked = deploy(&options).ok();
    assert_eq!(certificate(&asked)["action"], "request");
    let csr = certificate(&asked)["csr"].as_str().unwrap().to_owned();
    let waiting = deploy(&options).ok();
    assert!(!waiting.changed());
    assert_eq!(certificate(&waiting)["csr"], csr);

    let signed = run(
        "certificate",
        json!({"scm": firewall.lab.scm(), "issuer": firewall.issuer(), "csr": csr}),
    )
    .ok();
    let chain = signed.result["fullchain"].clone();
    options["certificates"][0]["issuer"] =
        json!({"type": "external", "certificates": {"ecdsa-p256": chain}});
    let done = deploy(&options).ok();
    assert_eq!(certificate(&done)["proven"], true);
    assert!(!deploy(&options).ok().changed());
}

#[test]
fn absent_takes_it_out_and_leaves_nothing() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.options();
    let before = firewall.state()["firewall"]["running"].clone();
    deploy(&options).ok();
    options["certificates"][0]["state"] = json!("absent");
    let foretold = check(&options).ok();
    let done = deploy(&options).ok();
    assert_eq!(done.result["diff"], foretold.result["diff"]);
    assert!(done.changed());
    assert_eq!(firewall.running(), Vec::<String>::new());
    assert!(
        !firewall.state()["firewall"]["running"]
            .as_str()
            .unwrap()
            .contains("\"web\""),
        "{before}"
    );
    assert!(firewall.is_clean());
    assert!(!deploy(&options).ok().changed());
}

#[test]
fn what_a_device_holds_is_told() {
    let firewall = Firewall::start(json!({}));
    deploy(&firewall.options()).ok();
    let ask = |more: serde_json::Value| {
        let mut options = more;
        options["provider"] = firewall.provider("panos");
        run("panos_cert_info", options).ok().result
    };
    let all = ask(json!({}));
    assert_eq!(all["model"], "PA-VM");
    let used = ask(json!({"used": true}));
    let entries = used["certificates"].as_array().unwrap();
    assert_eq!(entries.len(), 1, "{used:#}");
    assert_eq!(entries[0]["profiles"], json!(["web"]));
    assert_eq!(entries[0]["names"], json!(["www.example.org"]));
    assert_eq!(ask(json!({"within_days": 10}))["certificates"], json!([]));
}

#[test]
fn status_files_change_only_with_what_they_say() {
    let firewall = Firewall::start(json!({}));
    let folder = tempfile::tempdir().unwrap();
    let mut options = firewall.options();
    options["status_dir"] = json!(folder.path());
    check(&options).ok();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let done = deploy(&options).ok();
    let path = folder.path().join("localhost_www.example.org.json");
    let status: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(status["result"], "ok");
    assert_eq!(
        status["certificates"]["ecdsa-p256"]["serial"],
        certificate(&done)["serial"]
    );
    let written = || std::fs::metadata(&path).unwrap().modified().unwrap();
    let settled = written();
    deploy(&options).ok();
    assert_eq!(written(), settled);
    options["certificates"][0]["names"] = json!(["stranger.example.com"]);
    options["certificates"][0]["name"] = json!("www.example.org");
    deploy(&options).fails("");
    let status = std::fs::read_to_string(&path).unwrap();
    assert!(status.contains("\"result\": \"failed\""), "{status}");
}

#[test]
fn a_profile_that_somebody_else_uses_stays() {
    let firewall = Firewall::start(json!({}));
    let mut options = firewall.options();
    deploy(&options).ok();
    let gateway = "/config/devices/entry[@name='localhost.localdomain']/vsys/entry[@name='vsys1']\
                   /global-protect/global-protect-gateway/entry[@name='gateway']";
    firewall.set(
        "alice",
        gateway,
        "<ssl-tls-service-profile>web</ssl-tls-service-profile>",
    );
    options["certificates"][0]["state"] = json!("absent");
    let done = deploy(&options).ok();
    let warnings = done.result["warnings"].to_string();
    assert!(warnings.contains("it stays"), "{warnings}");
    let candidate = firewall.state()["firewall"]["candidate"].to_string();
    assert!(candidate.contains("<entry name=\\\"web\\\""), "{candidate}");
}

#[test]
fn files_of_sectigos_connector_are_kept_for_those_who_migrate() {
    let firewall = Firewall::start(json!({}));
    let folder = tempfile::tempdir().unwrap();
    let mut options = firewall.options();
    options["ids_dir"] = json!(folder.path());
    let path = folder.path().join("www.example.org.ids");
    let id = || {
        use base64::Engine as _;
        let text = std::fs::read_to_string(&path).unwrap();
        let bytes = base64::engine::general_purpose::STANDARD.decode(text);
        String::from_utf8(bytes.unwrap())
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    let first = deploy(&options).ok();
    assert!(
        first.result["warnings"]
            .as_array()
            .is_none_or(Vec::is_empty)
    );
    let before = id();
    firewall.lab.forget();
    assert!(!deploy(&options).ok().changed());
    assert!(!firewall.lab.calls().iter().any(|it| it.contains("/ssl/v1")));
    options["certificates"][0]["force"] = json!(true);
    deploy(&options).ok();
    let renewed = id();
    assert_ne!(renewed, before);
    // A run that was killed after its commit has left the number of the certificate before.
    options["certificates"][0]["force"] = json!(false);
    std::fs::write(&path, "MQ==").unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH)
        .unwrap();
    deploy(&options).ok();
    assert_eq!(id(), renewed);
    options.as_object_mut().unwrap().remove("scm");
    deploy(&options).fails("ids_dir");
}
