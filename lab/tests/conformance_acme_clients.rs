//! Public ACME clients, unmodified, against the lab: certbot and lego.

mod common;

use common::port::Port;
use common::{Lab, program, run};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// certbot with directories of its own.
fn certbot(lab: &Lab, directory: &Path, server: &str, kid: &str, key: &str) -> Command {
    let mut command = program("certbot");
    command
        .arg("certonly")
        .env("REQUESTS_CA_BUNDLE", lab.text("/ca_file"))
        .args(["--non-interactive", "--agree-tos", "--standalone"])
        .args(["--email", "ops@example.org", "--no-eff-email"])
        .args(["--issuance-timeout", "30"])
        .arg("--server")
        .arg(lab.text(&format!("/acme/{server}")))
        .arg("--eab-kid")
        .arg(kid)
        // A key may begin with a dash.
        .arg(format!("--eab-hmac-key={key}"));
    for name in ["config", "work", "logs"] {
        command
            .arg(format!("--{name}-dir"))
            .arg(directory.join(name));
    }
    command
}

/// lego with a directory of its own.
fn lego(lab: &Lab, directory: &Path, server: &str, kid: &str, key: &str) -> Command {
    let mut command = program("lego");
    command
        .env("LEGO_CA_CERTIFICATES", lab.text("/ca_file"))
        .arg("--server")
        .arg(lab.text(&format!("/acme/{server}")))
        .arg("--path")
        .arg(directory)
        .args(["--email", "ops@example.org", "--accept-tos", "--http"])
        .args(["--eab", "--kid", kid])
        .arg(format!("--hmac={key}"));
    command
}

/// A TLS client that trusts the lab's roots would accept the chain for the name.
fn verify(lab: &Lab, fullchain: &Path, name: &str) {
    let read = |path: &Path| -> Vec<CertificateDer<'static>> {
        common::acme::chain(&fs::read_to_string(path).expect("a PEM file"))
            .into_iter()
            .map(CertificateDer::from)
            .collect()
    };
    let mut roots = RootCertStore::empty();
    for root in read(Path::new(&lab.text("/issuing_root_file"))) {
        roots.add(root).expect("a root");
    }
    let verifier = WebPkiServerVerifier::builder(Arc::new(roots))
        .build()
        .expect("a verifier");
    let chain = read(fullchain);
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    verifier
        .verify_server_cert(&chain[0], &chain[1..], &name, &[], UnixTime::now())
        .expect("a chain that a client accepts");
}

fn certificates_in(path: &Path) -> usize {
    common::acme::chain(&fs::read_to_string(path).expect("a chain")).len()
}

#[tokio::test]
async fn certbot_issues_for_prevalidated_names() {
    let lab = Lab::start();
    let directory = tempfile::tempdir().expect("a directory");
    let (_, kid, key) = lab
        .eab("OV", 101, &["*.example.org", "*.example.net"])
        .await;
    let text = run(certbot(&lab, directory.path(), "OV", &kid, &key).args([
        "--key-type",
        "ecdsa",
        "-d",
        "www.example.org",
        "-d",
        "*.example.org",
    ]));
    assert!(text.contains("Successfully received certificate"), "{text}");
    let live = directory
        .path()
        .join("config/live/www.example.org/fullchain.pem");
    assert_eq!(certificates_in(&live), 2);
    verify(&lab, &live, "www.example.org");
    // The same account issues an RSA certificate, now with the other chain.
    run(certbot(&lab, directory.path(), "OV", &kid, &key)
        .args([
            "--key-type",
            "rsa",
            "-d",
            "www.example.net",
            "--cert-name",
            "rsa",
        ])
        .args(["--preferred-chain", "Certwright Lab Legacy Root"]));
    let live = directory.path().join("config/live/rsa/fullchain.pem");
    assert_eq!(certificates_in(&live), 3, "the alternate chain");
    verify(&lab, &live, "www.example.net");
}

#[tokio::test]
async fn certbot_solves_http_01_where_nothing_was_validated() {
    let lab = Lab::start();
    let directory = tempfile::tempdir().expect("a directory");
    let reserved = Port::reserve();
    let port = reserved.number;
    lab.switch(json!({"acme.http01_port": port, "acme.challenge_seconds": 0.5}))
        .await;
    let (_, kid, key) = lab.eab("DV", 101, &["*.example.edu"]).await;
    let text = run(certbot(&lab, directory.path(), "DV", &kid, &key)
        .arg("--http-01-port")
        .arg(port.to_string())
        .args(["-d", "www.example.edu"]));
    assert!(text.contains("Successfully received certificate"), "{text}");
    let live = directory
        .path()
        .join("config/live/www.example.edu/fullchain.pem");
    verify(&lab, &live, "www.example.edu");
    let state = lab.state().await;
    let kinds: Vec<&str> = state["acme"]["authorizations"]
        .as_object()
        .expect("authorizations")
        .values()
        .flat_map(|authorization| authorization["challenges"].as_array().expect("a list"))
        .filter(|challenge| challenge["status"] == "valid")
        .filter_map(|challenge| challenge["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["http-01"]);
}

#[tokio::test]
async fn certbot_is_refused_with_a_wrong_key_and_a_second_account() {
    let lab = Lab::start();
    let (_, kid, key) = lab.eab("OV", 101, &["example.org"]).await;
    let attempt = |key: &str| {
        let directory = tempfile::tempdir().expect("a directory");
        let output = certbot(&lab, directory.path(), "OV", &kid, key)
            .args(["-d", "example.org"])
            .output()
            .expect("certbot starts");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), text)
    };
    let wrong = "A".repeat(86);
    let (done, text) = attempt(&wrong);
    assert!(!done && text.contains("External Account Binding"), "{text}");
    assert!(attempt(&key).0);
    let (done, text) = attempt(&key);
    assert!(
        !done && text.contains("not awaiting external account binding"),
        "{text}"
    );
}

#[tokio::test]
async fn lego_issues_renews_and_revokes() {
    let lab = Lab::start();
    let directory = tempfile::tempdir().expect("a directory");
    let (_, kid, key) = lab.eab("OV", 101, &["example.org", "*.example.org"]).await;
    let names = ["-d", "example.org", "-d", "*.example.org"];
    let text = run(lego(&lab, directory.path(), "OV", &kid, &key)
        .args(names)
        .args(["--key-type", "rsa2048", "run"])
        .args(["--preferred-chain", "Certwright Lab Legacy Root"]));
    assert!(
        text.contains("authorization already valid; skipping challenge"),
        "{text}"
    );
    let fullchain = directory.path().join("certificates/example.org.crt");
    assert_eq!(certificates_in(&fullchain), 3, "the alternate chain");
    verify(&lab, &fullchain, "www.example.org");
    run(lego(&lab, directory.path(), "OV", &kid, &key)
        .args(names)
        .args(["renew", "--days", "400", "--no-random-sleep"]));
    run(lego(&lab, directory.path(), "OV", &kid, &key).args(["-d", "example.org", "revoke"]));
    let revoked = lab.scm("web-team").get("/ssl/v1?status=Revoked").await;
    assert_eq!(revoked.header("x-total-count"), Some("1"));
    let issued = lab.scm("web-team").get("/ssl/v1?status=Issued").await;
    assert_eq!(issued.header("x-total-count"), Some("1"));
}

#[tokio::test]
async fn lego_solves_http_01_where_nothing_was_validated() {
    let lab = Lab::start();
    let directory = tempfile::tempdir().expect("a directory");
    let reserved = Port::reserve();
    let port = reserved.number;
    lab.switch(json!({"acme.http01_port": port})).await;
    let (_, kid, key) = lab.eab("DV", 101, &["example.edu", "*.example.edu"]).await;
    run(lego(&lab, directory.path(), "DV", &kid, &key)
        .arg("--http.port")
        .arg(format!("127.0.0.1:{port}"))
        .args(["-d", "example.edu", "-d", "www.example.edu", "run"]));
    let fullchain = directory.path().join("certificates/example.edu.crt");
    verify(&lab, &fullchain, "www.example.edu");
}

#[tokio::test]
async fn lego_is_refused_names_that_are_not_mapped() {
    let lab = Lab::start();
    let directory = tempfile::tempdir().expect("a directory");
    let (_, kid, key) = lab.eab("OV", 101, &["example.org"]).await;
    let output = lego(&lab, directory.path(), "OV", &kid, &key)
        .args(["-d", "example.com", "run"])
        .output()
        .expect("lego starts");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(text.contains("has not been delegated"), "{text}");
}
