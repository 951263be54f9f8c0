//! The vendor's Ansible collection, unmodified, against the lab.

mod common;

use common::{Lab, public_client, run, self_signed_pairs};
use serde_json::json;
use std::path::Path;
use std::process::Command;

/// Runs a playbook of `conformance/f5_modules` against a lab.
fn play(lab: &Lab, material: &Path, playbook: &str) {
    let python = public_client::python_with("ansible, objectpath");
    let bin = python.parent().expect("a directory");
    let collections = bin.join("../collections");
    assert!(
        collections.join("ansible_collections/f5networks").is_dir(),
        "{} is missing: run `make setup`",
        collections.display()
    );
    let url = lab.text("/bigip/url");
    let port = url.rsplit(':').next().expect("a port");
    let provider = json!({
        "server": "localhost",
        "server_port": port.parse::<u16>().expect("a port"),
        "user": lab.text("/bigip/user"),
        "password": lab.text("/bigip/password"),
        "validate_certs": true,
        "no_f5_teem": true,
    });
    let variables = json!({
        "provider": provider,
        "material": material,
        "server": lab.ready["bigip"]["virtual_servers"][0],
        "ansible_python_interpreter": python,
    });
    let file = material.join("variables.json");
    std::fs::write(&file, variables.to_string()).expect("written");
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/f5_modules");
    run(Command::new(bin.join("ansible-playbook"))
        .args(["-i", "localhost,", "-e"])
        .arg(format!("@{}", file.display()))
        .arg(Path::new(directory).join(playbook))
        .env("ANSIBLE_COLLECTIONS_PATH", collections)
        .env("ANSIBLE_HOME", material.join("ansible"))
        .env("ANSIBLE_LOCALHOST_WARNING", "false")
        .env("LC_ALL", "C.UTF-8")
        .env("SSL_CERT_FILE", lab.text("/ca_file")));
}

#[tokio::test]
async fn keys_certificates_requests_and_profiles() {
    let lab = Lab::start();
    let material = self_signed_pairs(["one", "two"]);
    play(&lab, material.path(), "ssl.yml");
    let state = &lab.state().await["bigip"];
    assert_eq!(
        state["keys"],
        json!(["/Common/default.key", "/Web/one.key"])
    );
    assert_eq!(
        state["certificates"],
        json!(["/Common/default.crt", "/Common/issuer.crt"])
    );
    assert_eq!(state["tokens"], 0);
}

#[tokio::test]
async fn virtual_servers_rules_data_groups_and_partitions() {
    let lab = Lab::start();
    let before = lab.state().await["bigip"].clone();
    play(&lab, self_signed_pairs([]).path(), "ltm.yml");
    let mut after = lab.state().await["bigip"].clone();
    after["saved"] = before["saved"].clone();
    assert_eq!(after, before, "whatever came has gone");
}

#[tokio::test]
async fn facts_commands_and_synchronization() {
    let lab = Lab::start();
    lab.control("PUT", "/bigip/ha", &json!({"mode": "pair"}))
        .await;
    play(&lab, self_signed_pairs([]).path(), "system.yml");
    let state = lab.state().await;
    let folders = json!(["/Common", "/New", "/Web"]);
    assert_eq!(state["bigip_peer"]["folders"], folders);
    assert_eq!(state["bigip_ha"]["status"], "In Sync");
}
