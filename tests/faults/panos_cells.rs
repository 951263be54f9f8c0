//! A renewal on a firewall: from the key to the portal.

use serde_json::{Value, json};

use crate::common::{Lab, Ran, run};
use crate::matrix::{ALL, Stage, matrix};
use crate::prober::Prober;

struct Firewall {
    lab: Lab,
    /// A renewal is brought about by a name more or less.
    wide: bool,
    /// What is none of ours.
    others: String,
}

impl Firewall {
    fn start(switches: &Value) -> Self {
        let lab = Lab::with(json!({"acme.processing_seconds": 0.0, "panos.commit_seconds": 0.0}));
        lab.switch(switches.clone());
        // Somebody else's work, half done: it has to stay so.
        let set = json!({
            "type": "config", "action": "set", "xpath": TAG, "element": "<color>color1</color>",
        });
        let alice = json!({"user": "alice", "parameters": set});
        lab.control("POST", "/panos/meddle", &alice);
        let mut firewall = Self {
            lab,
            wide: false,
            others: String::new(),
        };
        run(Self::MODULE, firewall.options()).ok();
        firewall.wide = true;
        run(Self::MODULE, firewall.options()).ok();
        firewall.others = firewall.changes();
        firewall
    }

    fn state(&self) -> Value {
        self.lab.state()["panos"]["firewall"].clone()
    }

    fn changes(&self) -> String {
        self.state()["changes"].to_string()
    }

    fn portal(&self) -> String {
        let portal = &self.lab.ready["panos"]["services"][0];
        format!("{}:{}", portal["address"].as_str().unwrap(), portal["port"])
    }
}

impl Stage for Firewall {
    const MODULE: &'static str = "panos_cert_deploy";

    fn set(&mut self) {
        self.wide = !self.wide;
        self.lab.forget();
    }

    fn lab(&self) -> &Lab {
        &self.lab
    }

    fn options(&self) -> Value {
        let unit = &self.lab.ready["panos"];
        let (_, port) = unit["url"].as_str().unwrap().rsplit_once(':').unwrap();
        let portal = &unit["services"][0];
        let names = if self.wide {
            json!([SITE, "example.org"])
        } else {
            json!([SITE])
        };
        json!({
            "scm": self.lab.scm(),
            "provider": {
                "ip_address": "localhost", "port": port.parse::<u16>().unwrap(), "username": unit["user"],
                "password": unit["password"], "ca_path": self.lab.ready["ca_file"],
            },
            "certificates": [{
                "names": names,
                "name": SITE,
                "key": "ecdsa-p256",
                "issuer": {
                    "type": "sectigo_acme", "account": "web-team", "organization": "Example University",
                    "ca_path": self.lab.ready["ca_file"],
                },
                "renew": {"ari": false},
                "profile": "web",
                "services": {"portals": ["portal"]},
                "verify": {
                    "address": portal["address"], "port": portal["port"],
                    "ca_path": self.lab.ready["issuing_root_file"], "timeout": 15,
                },
            }],
            "deadline": 60,
        })
    }

    fn prober(&self) -> Prober {
        let roots = self.lab.ready["issuing_root_file"].as_str();
        Prober::start(self.portal(), SITE, roots)
    }

    fn verdict(&self, last: &Ran, _fault: &str, _call: &str) -> Result<(), String> {
        let certificate = &last.result["certificates"][0];
        let names = certificate["names"].as_array().unwrap();
        if names.len() != if self.wide { 2 } else { 1 } {
            return Err(format!("the names are {names:?}"));
        }
        let state = self.state();
        let candidate = state["candidate"].as_str().unwrap();
        let running = state["running"].as_str().unwrap();
        let ours = |config: &str| config.matches(&format!("<entry name=\"{SITE}_")).count();
        // The present one, and the one before it.
        if ours(candidate) != 2 || ours(running) != 2 || candidate.contains("<csr>") {
            return Err(format!("orphans: {candidate}"));
        }
        if candidate.matches("<entry name=\"ca_").count() != 1 {
            return Err(format!("intermediates: {candidate}"));
        }
        if self.changes() != self.others || running.contains("color1") {
            return Err(format!("pending changes: {}", self.changes()));
        }
        let serial = certificate["serial"].as_str().unwrap();
        let served = crate::bigip::serial_at(&self.portal(), SITE, &[]);
        if served != serial {
            return Err(format!("{served} is served, not {serial}"));
        }
        if state["locks"] != json!([]) {
            return Err(format!("locks: {}", state["locks"]));
        }
        Ok(())
    }
}

/// The CA's side has a matrix of its own (`files`); reads have no effect that could be lost.
fn faults(call: &str) -> Vec<&'static str> {
    let reads = [
        "/api/config/get",
        "/api/op/show",
        "/api/keygen",
        "/api/export",
    ];
    let writes = ["/api/config/", "/api/op/", "/api/import/", "/api/commit"];
    let is = |known: &[&str]| known.iter().any(|it| call.contains(it));
    if is(&reads) {
        vec!["truncate", "kill"]
    } else if is(&writes) {
        ALL.to_vec()
    } else {
        Vec::new()
    }
}

fn changes_only(call: &str) -> Vec<&'static str> {
    match faults(call) {
        all if all.len() > 2 => vec!["reset_after", "kill"],
        _ => Vec::new(),
    }
}

#[test]
fn every_fault_at_every_call_of_a_renewal() {
    matrix("PAN-OS, renewal", || Firewall::start(&json!({})), faults);
}

#[test]
fn lost_answers_and_ends_where_commits_leave_locks_alone() {
    let switches = json!({"panos.locks_released_by_commit": false});
    matrix(
        "PAN-OS, locks stay",
        || Firewall::start(&switches),
        changes_only,
    );
}

const SITE: &str = "www.example.org";
const TAG: &str = "/config/devices/entry[@name='localhost.localdomain']/vsys/entry[@name='vsys1']\
                   /tag/entry[@name='t']";
