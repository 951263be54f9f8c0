//! A lab whose firewall gets a site.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{Lab, Ran, run};

pub const SITE: &str = "www.example.org";

pub struct Firewall {
    pub lab: Lab,
}

impl Firewall {
    pub fn start(switches: Value) -> Self {
        let mut all = json!({"acme.processing_seconds": 0.0, "panos.commit_seconds": 0.0});
        for (name, value) in switches.as_object().unwrap() {
            all[name] = value.clone();
        }
        Self {
            lab: Lab::with(all),
        }
    }

    pub fn provider(&self, unit: &str) -> Value {
        let unit = &self.lab.ready[unit];
        let url = unit["url"].as_str().unwrap();
        let (_, port) = url.rsplit_once(':').unwrap();
        json!({
            "ip_address": "localhost",
            "port": port.parse::<u16>().unwrap(),
            "username": unit["user"],
            "password": unit["password"],
            "ca_path": self.lab.ready["ca_file"],
        })
    }

    pub fn issuer(&self) -> Value {
        json!({
            "type": "sectigo_acme", "account": "web-team", "organization": "Example University",
            "ca_path": self.lab.ready["ca_file"],
        })
    }

    /// A site that the portal presents, proven by a handshake.
    pub fn options(&self) -> Value {
        let portal = &self.lab.ready["panos"]["services"][0];
        json!({
            "scm": self.lab.scm(),
            "provider": self.provider("panos"),
            "certificates": [{
                "names": [SITE],
                "key": "ecdsa-p256",
                "issuer": self.issuer(),
                "profile": "web",
                "services": {"portals": ["portal"]},
                "verify": {
                    "address": portal["address"], "port": portal["port"],
                    "ca_path": self.lab.ready["issuing_root_file"], "timeout": 20,
                },
            }],
            "deadline": 120,
        })
    }

    /// Several sites, each with a profile of its own.
    pub fn sites(&self, names: &[&str]) -> Value {
        let mut options = self.options();
        let sites: Vec<Value> = names
            .iter()
            .map(|name| json!({"names": [name], "key": "ecdsa-p256", "issuer": self.issuer(), "profile": name}))
            .collect();
        options["certificates"] = json!(sites);
        options
    }

    /// Another administrator does something; the answer's XML.
    pub fn meddle(&self, user: &str, parameters: Value) -> String {
        let body = json!({"user": user, "parameters": parameters});
        let answer = self.lab.control("POST", "/panos/meddle", &body);
        answer["answer"].as_str().unwrap().to_owned()
    }

    pub fn set(&self, user: &str, path: &str, element: &str) {
        let wish = json!({"type": "config", "action": "set", "xpath": path, "element": element});
        let answer = self.meddle(user, wish);
        assert!(answer.contains("success"), "{answer}");
    }

    pub fn op(&self, user: &str, command: &str) -> String {
        self.meddle(user, json!({"type": "op", "cmd": command}))
    }

    /// Another administrator commits what is theirs.
    pub fn commit(&self, user: &str) {
        let command =
            format!("<commit><partial><admin><member>{user}</member></admin></partial></commit>");
        let answer = self.meddle(user, json!({"type": "commit", "cmd": command}));
        assert!(answer.contains("success"), "{answer}");
    }

    pub fn state(&self) -> Value {
        self.lab.state()["panos"].clone()
    }

    /// Names of certificates in the running configuration.
    pub fn running(&self) -> Vec<String> {
        names(self.state()["firewall"]["running"].as_str().unwrap())
    }

    pub fn candidate(&self) -> Vec<String> {
        names(self.state()["firewall"]["candidate"].as_str().unwrap())
    }

    pub fn is_clean(&self) -> bool {
        let state = self.state();
        state["firewall"]["changes"] == json!([]) && state["firewall"]["locks"] == json!([])
    }
}

/// A run that is killed while a call to `path` waits for its answer.
pub fn killed_at(lab: &Lab, options: &Value, path: &str) {
    lab.forget();
    lab.fault(json!({"path": path, "action": {"kind": "delay", "seconds": 60.0}}));
    let mut child = Command::new(env!("CARGO_BIN_EXE_certwright"))
        .args(["run", "panos_cert_deploy"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(options.to_string().as_bytes()).unwrap();
    drop(stdin);
    let started = Instant::now();
    while !lab.calls().iter().any(|it| it.ends_with(path)) {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "{path} is not called"
        );
        thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    lab.control("DELETE", "/faults", &Value::Null);
}

/// The names of certificate entries in a configuration.
pub fn names(config: &str) -> Vec<String> {
    config
        .split("<certificate>")
        .skip(1)
        .filter_map(|it| it.split("</certificate>").next())
        .flat_map(|list| list.split("<entry name=\"").skip(1))
        .filter_map(|it| it.split('"').next())
        .map(str::to_owned)
        .collect()
}

pub fn deploy(options: &Value) -> Ran {
    run("panos_cert_deploy", options.clone())
}

pub fn check(options: &Value) -> Ran {
    crate::common::check("panos_cert_deploy", options.clone())
}

pub fn certificate(ran: &Ran) -> &Value {
    &ran.result["certificates"][0]
}
