//! The lab's BIG-IP as tests see it.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::needless_pass_by_value
)]

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::common::{Lab, with};

pub const DEPLOY: &str = "f5_cert_deploy";
pub const SITE: &str = "www.example.org";

/// Options for the lab's devices, and looks at them.
pub struct Bigip<'a>(pub &'a Lab);

impl Bigip<'_> {
    pub fn provider(&self) -> Value {
        self.provider_of("bigip")
    }

    pub fn peer(&self) -> Value {
        self.provider_of("bigip_peer")
    }

    fn provider_of(&self, unit: &str) -> Value {
        let unit = &self.0.ready[unit];
        let url = unit["url"].as_str().unwrap();
        let (host, port) = url
            .strip_prefix("https://")
            .unwrap()
            .trim_end_matches('/')
            .rsplit_once(':')
            .unwrap();
        json!({
            "server": host,
            "server_port": port.parse::<u16>().unwrap(),
            "user": unit["user"],
            "password": unit["password"],
            "ca_path": self.0.ready["ca_file"],
        })
    }

    pub fn as_user(&self, name: &str) -> Value {
        let users = self.0.ready["bigip"]["users"].as_array().unwrap();
        let user = users.iter().find(|it| it["user"] == name).unwrap();
        with(
            self.provider(),
            &json!({"user": name, "password": user["password"]}),
        )
    }

    /// An entry of `certificates`.
    pub fn certificate(&self, more: Value) -> Value {
        let entry = json!({
            "names": [SITE],
            "issuer": {
                "type": "sectigo_acme", "account": "web-team", "organization": "Example University",
                "ca_path": self.0.ready["ca_file"],
            },
            "key": ["ecdsa-p256"],
            "virtual_servers": ["/Common/www_https"],
            "verify": {"ca_path": self.0.ready["issuing_root_file"], "timeout": 2},
        });
        with(entry, &more)
    }

    /// Options with one entry.
    pub fn options(&self, more: Value) -> Value {
        self.with_all(vec![self.certificate(more)])
    }

    pub fn with_all(&self, certificates: Vec<Value>) -> Value {
        json!({
            "scm": self.0.scm(),
            "provider": self.provider(),
            "certificates": certificates,
            "deadline": 60,
        })
    }

    pub fn state(&self) -> Value {
        self.0.state()["bigip"].clone()
    }

    /// Address and port of a virtual server of the first unit.
    pub fn address(&self, name: &str) -> String {
        self.address_of("bigip", name)
    }

    pub fn address_of(&self, unit: &str, name: &str) -> String {
        let servers = self.0.ready[unit]["virtual_servers"].as_array().unwrap();
        let server = servers.iter().find(|it| it["name"] == name).unwrap();
        format!("{}:{}", server["address"].as_str().unwrap(), server["port"])
    }

    /// Serial number of what a virtual server presents for a name, as the module shows it.
    pub fn serial(&self, server: &str, name: &str, more: &[&str]) -> String {
        serial_at(&self.address(server), name, more)
    }

    /// A change by another administrator, which no journal shows.
    pub fn meddle(&self, method: &str, path: &str, body: Value) {
        self.meddle_at("a", method, path, body);
    }

    pub fn meddle_at(&self, unit: &str, method: &str, path: &str, body: Value) {
        self.0.control(
            "PUT",
            "/bigip/object",
            &json!({"unit": unit, "method": method, "path": path, "body": body}),
        );
    }
}

pub fn serial_at(address: &str, name: &str, more: &[&str]) -> String {
    let output = Command::new("openssl")
        .args(["s_client", "-connect", address, "-servername", name])
        .args(more)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let Some(start) = text.find("-----BEGIN CERTIFICATE-----") else {
        return String::new();
    };
    let mut child = Command::new("openssl")
        .args(["x509", "-noout", "-serial"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), &text.as_bytes()[start..]).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .trim_start_matches("serial=")
        .to_lowercase()
}
