//! Canaries.

use super::*;

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
