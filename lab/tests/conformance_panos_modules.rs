//! The vendor's Ansible collection, unmodified, against the lab.
//!
//! It is published on Galaxy only, which not every machine reaches; so its archive lies beside these
//! tests, and `scripts/setup conformance` installs it.

mod common;

use common::{Lab, public_client, run, self_signed_pairs};
use serde_json::json;
use std::path::Path;
use std::process::Command;

/// Runs a playbook of `conformance/panos_modules` against a unit of a lab.
fn play(lab: &Lab, unit: &str, playbook: &str) {
    let python = public_client::python_with("ansible, panos, requests_toolbelt, xmltodict");
    let bin = python.parent().expect("a directory");
    let collections = python
        .ancestors()
        .nth(2)
        .expect("its environment")
        .join("collections");
    assert!(
        collections
            .join("ansible_collections/paloaltonetworks/panos")
            .is_dir(),
        "{} lacks paloaltonetworks.panos: run `make setup`",
        collections.display()
    );
    let material = self_signed_pairs(["one", "two"]);
    let read = |file: &str| std::fs::read_to_string(material.path().join(file)).expect("it is");
    let pair = read("two.crt") + &read("two.key");
    std::fs::write(material.path().join("pair.pem"), pair).expect("written");
    let url = lab.text(&format!("/{unit}/url"));
    let port = url.rsplit(':').next().expect("a port");
    let variables = json!({
        "provider": {
            "ip_address": "localhost",
            "port": port.parse::<u16>().expect("a port"),
            "username": lab.text(&format!("/{unit}/user")),
            "password": lab.text(&format!("/{unit}/password")),
        },
        "serial": lab.text("/panos/serial"),
        "material": material.path(),
        "ansible_python_interpreter": python,
    });
    let file = material.path().join("variables.json");
    std::fs::write(&file, variables.to_string()).expect("written");
    let directory = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/conformance/panos_modules"
    );
    run(Command::new(bin.join("ansible-playbook"))
        .args(["-i", "localhost,", "-e"])
        .arg(format!("@{}", file.display()))
        .arg(Path::new(directory).join(playbook))
        .env("ANSIBLE_COLLECTIONS_PATH", collections)
        .env("ANSIBLE_HOME", material.path().join("ansible"))
        .env("ANSIBLE_LOCALHOST_WARNING", "false")
        .env("LC_ALL", "C.UTF-8")
        .env("REQUESTS_CA_BUNDLE", lab.text("/ca_file"))
        .env("SSL_CERT_FILE", lab.text("/ca_file")));
}

#[tokio::test]
async fn a_certificate_on_a_firewall() {
    play(&Lab::start(), "panos", "firewall.yml");
}

#[tokio::test]
async fn a_certificate_in_a_template() {
    play(&Lab::start(), "panorama", "panorama.yml");
}
