//! `file_cert_deploy` with the lab's Sectigo and a real nginx.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/nginx.rs"]
mod nginx;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use common::{Lab, check, run, run_with, with};
use nginx::Nginx;
use serde_json::{Value, json};

const MODULE: &str = "file_cert_deploy";
const SITE: &str = "www.example.org";

/// A site in `dir` with a certificate of the lab's Sectigo.
fn options(lab: &Lab, dir: &Path, more: &Value) -> Value {
    with(
        json!({
            "scm": lab.scm(),
            "names": [SITE],
            "issuer": {
                "type": "sectigo_acme", "account": "web-team", "organization": "Example University",
                "ca_path": lab.ready["ca_file"],
            },
            "dir": dir,
            "deadline": 60,
        }),
        more,
    )
}

/// A served site: certificate in place, nginx running, and the options that keep it so.
fn served(lab: &Lab) -> (Nginx, Value) {
    let mut nginx = Nginx::prepare();
    run(MODULE, options(lab, &nginx.sites(), &json!({}))).ok();
    nginx.configure(&[&nginx.sites().join(SITE).join("ecdsa")]);
    nginx.start();
    let root = lab.ready["issuing_root_file"].as_str().unwrap();
    let kept = options(
        lab,
        &nginx.sites(),
        &json!({"reload": nginx.reload(), "verify": nginx.verify(root)}),
    );
    (nginx, kept)
}

fn serial(result: &Value) -> String {
    result["certificates"][0]["serial"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort_unstable();
    names
}

fn in_service(dir: &Path) -> PathBuf {
    fs::read_link(dir.join(SITE).join("ecdsa")).unwrap()
}

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
    // The account, the server's address, the directory, the renewal window.
    assert!(calls.len() <= 5, "{calls:?}");

    lab.forget();
    let quiet = with(options, &json!({"renew": {"ari": false}}));
    assert!(!run(MODULE, quiet).ok().changed());
    assert_eq!(lab.calls(), [""; 0], "without ARI a no-op asks nobody");
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

#[test]
fn bad_options_are_refused_before_anything_is_sent() {
    let lab = Lab::start();
    let dir = tempfile::tempdir().unwrap();
    let cases = [
        (json!({"nmaes": ["a.example"]}), "Did you mean 'names'?"),
        (json!({"names": ["not a name"]}), "not a name"),
        (json!({"names": ["www.*.example.org"]}), "*"),
        (json!({"names": null}), "name"),
        (
            json!({"key": ["rsa-2048", "rsa-4096"]}),
            "one of RSA and one of ECDSA",
        ),
        (json!({"key": "rsa-1024"}), "value of key"),
        (
            json!({"issuer": {"type": "sectigo_acme"}}),
            "account found in issuer",
        ),
        (
            json!({"issuer": {"type": "acme", "directory": "https://localhost/x"}}),
            "account_key",
        ),
        (
            json!({"issuer": {"type": "acme", "directory": "https://localhost/x", "account_key": "canary-key"}}),
            "P-256",
        ),
        (json!({"issuer": null}), "issuer"),
        (json!({"scm": null}), "scm"),
        (json!({"key_mode": "0644"}), "key_mode"),
        (json!({"mode": "rw-r--r--"}), "octal"),
        (json!({"owner": "no-such-user"}), "no user 'no-such-user'"),
        (json!({"reload": "iis"}), "nginx, apache"),
        (json!({"verify": {"adress": "x"}}), "verify"),
        (json!({"renew": {"share": 2}}), "share"),
        (json!({"name": "../../etc"}), "name"),
        (json!({"deadline": 0}), "deadline"),
        (
            json!({"issuer": {"type": "sectigo_acme", "account": "x", "ca_path": "/nowhere.pem"}}),
            "/nowhere.pem",
        ),
    ];
    for (more, message) in cases {
        lab.forget();
        let failed = run(MODULE, options(&lab, dir.path(), &more));
        assert!(failed.failed(), "{more}");
        assert!(failed.msg().contains(message), "{more}: {}", failed.msg());
        assert!(!failed.output.contains("canary"), "{}", failed.output);
        assert!(lab.writes().is_empty(), "{more}");
        assert_eq!(entries(dir.path()), [""; 0], "{more}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let lab = Lab::start();
    let impossible = Path::new("/proc/certwright");
    run(MODULE, options(&lab, impossible, &json!({}))).fails("/proc/certwright");
    assert!(lab.writes().is_empty(), "no order for what cannot be kept");
}

#[test]
fn a_full_disk_leaves_what_is_in_service() {
    let lab = Lab::start();
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("input");
    let sites = dir.path().join("sites");
    fs::create_dir(&sites).unwrap();
    let arguments =
        |more: &Value| common::arguments(options(&lab, &sites, more), &json!({})).to_string();
    fs::write(&input, arguments(&json!({}))).unwrap();
    fs::write(dir.path().join("again"), arguments(&json!({"force": true}))).unwrap();
    // A file system of its own, in a mount namespace of its own, filled up between two runs.
    let script = format!(
        "set -e; cd {dir}; mount -t tmpfs -o size=64k tmpfs sites\n\
         {certwright} run {MODULE} < input > first\n\
         dd if=/dev/zero of=sites/filler bs=1k count=64 2>/dev/null || true\n\
         readlink sites/{SITE}/ecdsa > link\n\
         {certwright} run {MODULE} < again > second || true\n\
         readlink sites/{SITE}/ecdsa >> link; cat sites/{SITE}/ecdsa/fullchain.pem > kept\n\
         ls -A sites/{SITE} > left",
        dir = dir.path().display(),
        certwright = env!("CARGO_BIN_EXE_certwright"),
    );
    let status = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", &script])
        .status()
        .unwrap();
    assert!(status.success());
    let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
    let first: Value = serde_json::from_str(&read("first")).unwrap();
    assert_eq!(first["changed"], true, "{first:#}");
    let second: Value = serde_json::from_str(&read("second")).unwrap();
    assert_eq!(second["failed"], true, "{second:#}");
    assert!(
        second["msg"].as_str().unwrap().contains("Make room"),
        "{second:#}"
    );
    let links = read("link");
    let mut links = links.lines();
    assert_eq!(links.next(), links.next());
    assert!(read("kept").contains("BEGIN CERTIFICATE"));
    assert!(!read("left").contains(".certwright-"), "{}", read("left"));
}

#[test]
fn two_runs_at_once_get_one_certificate() {
    let lab = Lab::start();
    let dir = tempfile::tempdir().unwrap();
    let options = options(&lab, dir.path(), &json!({}));
    let runs: Vec<_> = (0..4)
        .map(|_| {
            let options = options.clone();
            thread::spawn(move || run(MODULE, options).ok().changed())
        })
        .collect();
    let changed = runs.into_iter().map(|it| it.join().unwrap());
    assert_eq!(changed.filter(|it| *it).count(), 1);
    assert_eq!(entries(&dir.path().join(SITE)).len(), 2);
}

#[test]
fn modes_and_keystore_are_set_right_without_a_new_certificate() {
    let lab = Lab::start();
    let dir = tempfile::tempdir().unwrap();
    let keystore = json!({"pkcs12": {"passphrase": "canary-passphrase"}});
    let options = options(&lab, dir.path(), &keystore);
    let first = run(MODULE, options.clone()).ok();
    assert!(!first.output.contains("canary"));
    let folder = dir.path().join(SITE).join("ecdsa");
    let opens = |passphrase: &str| {
        Command::new("openssl")
            .args([
                "pkcs12",
                "-noout",
                "-passin",
                &format!("pass:{passphrase}"),
                "-in",
            ])
            .arg(folder.join("keystore.p12"))
            .output()
            .unwrap()
            .status
            .success()
    };
    assert!(opens("canary-passphrase"));
    let key = folder.join("privkey.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let predicted = check(MODULE, options.clone()).ok();
    lab.forget();
    let repaired = run(MODULE, options.clone()).ok();
    assert_eq!(predicted.result["diff"], repaired.result["diff"]);
    assert!(repaired.changed());
    assert_eq!(repaired.result["certificates"][0]["action"], "keep");
    assert!(lab.writes().is_empty());
    assert_eq!(
        fs::metadata(&key).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let other = with(
        options,
        &json!({"pkcs12": {"passphrase": "another-passphrase"}}),
    );
    assert!(run(MODULE, other.clone()).ok().changed());
    assert!(opens("another-passphrase"));
    assert!(!run(MODULE, other).ok().changed());
}

#[test]
fn remains_of_killed_runs_are_continued_or_removed() {
    let lab = Lab::start();
    let dir = tempfile::tempdir().unwrap();
    let options = options(&lab, dir.path(), &json!({}));
    let site = dir.path().join(SITE);
    let version = |id: &str, files: &[&str]| {
        fs::create_dir_all(site.join(id)).unwrap();
        for file in files {
            fs::copy(site.join("ecdsa").join(file), site.join(id).join(file)).unwrap();
        }
    };
    // Killed before there was a CSR, and while a file was written.
    fs::create_dir_all(site.join("ecdsa_20260101T000000Z")).unwrap();
    fs::write(
        site.join("ecdsa_20260101T000000Z/.certwright-privkey.pem"),
        "",
    )
    .unwrap();
    run(MODULE, options.clone()).ok();
    assert_eq!(entries(&site).len(), 2);

    // Killed after the certificate and before its chain: the request is still good, but nobody
    // needs it.
    version(
        "ecdsa_29990101T000000Z",
        &["privkey.pem", "csr.pem", "cert.pem"],
    );
    fs::write(site.join(".certwright-ecdsa"), "").unwrap();
    fs::write(site.join("notes.txt"), "not ours").unwrap();
    let predicted = check(MODULE, options.clone()).ok();
    assert!(predicted.changed());
    lab.forget();
    let cleared = run(MODULE, options.clone()).ok();
    assert_eq!(predicted.result["diff"], cleared.result["diff"]);
    assert_eq!(cleared.result["certificates"][0]["action"], "keep");
    assert!(lab.writes().is_empty());
    assert_eq!(
        entries(&site).len(),
        3,
        "ours are gone, a stranger's file stays"
    );

    // The link is gone: everything is there but the switch.
    fs::remove_file(site.join("ecdsa")).unwrap();
    lab.forget();
    let activated = run(MODULE, options.clone()).ok();
    assert_eq!(activated.result["certificates"][0]["action"], "activate");
    assert!(lab.writes().is_empty(), "no second certificate");

    // The files of the version in service are damaged.
    fs::write(site.join("ecdsa/privkey.pem"), "damaged").unwrap();
    let mended = run(MODULE, options.clone()).ok();
    assert_eq!(
        mended.result["certificates"][0]["reasons"],
        json!(["key_mismatch"])
    );
    fs::write(site.join("ecdsa/fullchain.pem"), "damaged").unwrap();
    let mended = run(MODULE, options.clone()).ok();
    assert_eq!(
        mended.result["certificates"][0]["reasons"],
        json!(["missing"])
    );
    assert!(!run(MODULE, options).ok().changed());
}

#[test]
fn absent_takes_everything_away() {
    let lab = Lab::start();
    let dir = tempfile::tempdir().unwrap();
    let present = options(&lab, dir.path(), &json!({}));
    run(MODULE, present).ok();
    fs::create_dir(dir.path().join("another-site")).unwrap();
    let absent = json!({"name": SITE, "dir": dir.path(), "state": "absent"});
    assert!(check(MODULE, absent.clone()).ok().changed());
    assert_eq!(entries(dir.path()).len(), 2);
    assert!(run(MODULE, absent.clone()).ok().changed());
    assert_eq!(entries(dir.path()), ["another-site"]);
    assert!(!run(MODULE, absent).ok().changed());
}

#[test]
fn what_is_there_can_be_listed() {
    let lab = Lab::start();
    let dir = tempfile::tempdir().unwrap();
    run(
        MODULE,
        options(
            &lab,
            dir.path(),
            &json!({"key": ["rsa-2048", "ecdsa-p384"]}),
        ),
    )
    .ok();
    let found = run("file_cert_info", json!({"dir": dir.path()})).ok();
    let certificates = found.result["certificates"].as_array().unwrap();
    let algorithms: Vec<&str> = certificates
        .iter()
        .map(|it| it["algorithm"].as_str().unwrap())
        .collect();
    assert_eq!(algorithms, ["ecdsa", "rsa"]);
    assert!(
        certificates
            .iter()
            .all(|it| it["name"] == SITE && it["key_matches"] == true)
    );
}

#[test]
fn secrets_are_nowhere() {
    let lab = Lab::start();
    let dir = tempfile::tempdir().unwrap();
    let eab = &lab.account("web-team").unwrap();
    let mac_key = ["macKey", "mac_key"]
        .iter()
        .find_map(|it| eab[*it].as_str())
        .unwrap()
        .to_owned();
    let password = lab.ready["scm"]["password"].as_str().unwrap().to_owned();
    let more = json!({"pkcs12": {"passphrase": "canary-passphrase"}});
    let options = options(&lab, dir.path(), &more);
    let secrets = [mac_key.as_str(), &password, "canary-passphrase"];
    let outputs = [
        run(MODULE, options.clone()).ok().output,
        check(MODULE, with(options.clone(), &json!({"force": true}))).ok().output,
        run(MODULE, with(options.clone(), &json!({"issuer": {"type": "sectigo_acme", "account": "x", "ca_path": lab.ready["ca_file"]}, "force": true}))).fails("x").output,
        run_with(MODULE, with(options.clone(), &json!({"names": [&password]})), &json!({})).output,
        panicking(&options, &secrets.join(" ")),
    ];
    for output in outputs {
        for secret in secrets {
            assert!(!output.contains(secret), "{output}");
        }
    }
    let files = Command::new("grep")
        .args(["-rlF", "-e", secrets[0], "-e", secrets[1], "-e", secrets[2]])
        .arg(dir.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&files.stdout), "");
}

/// A run that meets a bug whose text holds secrets.
fn panicking(options: &Value, text: &str) -> String {
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_certwright"))
        .args(["run", MODULE])
        .env("CERTWRIGHT_TEST_PANIC", text)
        .write_stdin(options.to_string())
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let result: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(result["failed"], true);
    stdout + &String::from_utf8(output.stderr).unwrap()
}
