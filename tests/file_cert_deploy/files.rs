//! Folders, disks, modes, and what killed runs leave.

use super::*;

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
