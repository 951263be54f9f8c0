//! First issue and renewals on a BIG-IP.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::bigip::{Bigip, DEPLOY, SITE};
use crate::common::{Lab, Ran, run, with};
use crate::matrix::{ALL, Stage, matrix};
use crate::prober::Prober;

struct Device {
    lab: Lab,
    entry: Value,
    first_issue: bool,
    /// A renewal is brought about by a name more or less.
    wide: bool,
    /// What is none of ours.
    others: Value,
    /// Tokens and transactions that earlier cells left.
    left: [u64; 2],
}

impl Device {
    fn start(first_issue: bool, more: &Value) -> Self {
        let lab = Lab::with(json!({"acme.processing_seconds": 0.0}));
        let entry = with(json!({"renew": {"ari": false}}), more);
        let others = strip(Bigip(&lab).state());
        let device = Self {
            lab,
            entry,
            first_issue,
            wide: false,
            others,
            left: [0; 2],
        };
        if !first_issue {
            run(DEPLOY, device.options()).ok();
        }
        device
    }

    fn names(&self) -> Value {
        if self.wide {
            json!(["example.org", SITE])
        } else {
            json!([SITE])
        }
    }

    fn kinds(&self) -> usize {
        self.entry["key"].as_array().map_or(1, Vec::len)
    }
}

impl Stage for Device {
    const MODULE: &'static str = DEPLOY;

    fn set(&mut self) {
        if self.first_issue {
            self.lab.control("POST", "/reset", &Value::Null);
            self.lab.switch(json!({"acme.processing_seconds": 0.0}));
        } else {
            self.wide = !self.wide;
        }
        // Tokens and transactions of runs that were killed end by themselves, later.
        let state = Bigip(&self.lab).state();
        self.left = ["tokens", "transactions"].map(|it| state[it].as_u64().unwrap());
        self.lab.forget();
    }

    fn lab(&self) -> &Lab {
        &self.lab
    }

    fn options(&self) -> Value {
        let names = if self.wide {
            json!([SITE, "example.org"])
        } else {
            json!([SITE])
        };
        Bigip(&self.lab).options(with(self.entry.clone(), &json!({"names": names})))
    }

    fn prober(&self) -> Prober {
        let bigip = Bigip(&self.lab);
        // Before the first certificate there is only the device's own.
        let roots = self.lab.ready["issuing_root_file"].as_str();
        let roots = roots.filter(|_| !self.first_issue);
        Prober::start(bigip.address("/Common/www_https"), SITE, roots)
    }

    fn verdict(&self, last: &Ran, fault: &str, call: &str) -> Result<(), String> {
        let bigip = Bigip(&self.lab);
        let certificate = &last.result["certificates"][self.kinds() - 1];
        let served = bigip.serial("/Common/www_https", SITE, &[]);
        if certificate["serial"] != served {
            return Err(format!("{served} is served, not {}", certificate["serial"]));
        }
        if certificate["names"] != self.names() {
            return Err(format!("the names are {}", certificate["names"]));
        }
        let state = bigip.state();
        let count = |kind: &str| ours(&state[kind]);
        let found = [
            count("keys"),
            count("certificates"),
            count("client_ssl"),
            count("requests"),
        ];
        if found != [self.kinds(), 2 * self.kinds(), 1, 0] {
            return Err(format!("orphans: {state:#}"));
        }
        if state["files"] != json!([]) {
            return Err(format!("files are left: {}", state["files"]));
        }
        if state["saved"] != true {
            return Err("the configuration is not saved".to_owned());
        }
        // Of what nobody could know any more: a token for 20 minutes, a transaction for two.
        let untold = u64::from(
            fault == "kill" || call.contains("/authn/login") || call.contains("/authz/tokens"),
        );
        if state["tokens"].as_u64() > Some(self.left[0] + untold) {
            return Err(format!("{} tokens are left", state["tokens"]));
        }
        let untold = u64::from(fault == "kill" || call.contains("/tm/transaction"));
        if state["transactions"].as_u64() > Some(self.left[1] + untold) {
            return Err(format!("{} transactions are left", state["transactions"]));
        }
        let others = strip(state);
        if others != self.others {
            return Err(format!(
                "others' things were touched: {others:#} instead of {:#}",
                self.others
            ));
        }
        Ok(())
    }
}

fn is_ours(name: &str) -> bool {
    name.contains(SITE)
}

fn ours(list: &Value) -> usize {
    let all = list.as_array().cloned().unwrap_or_default();
    all.iter()
        .filter(|it| it.as_str().is_some_and(is_ours))
        .count()
}

/// The state without what is ours, and without the profiles of the virtual server in question.
fn strip(mut state: Value) -> Value {
    for kind in ["keys", "certificates", "client_ssl"] {
        if let Some(list) = state[kind].as_array_mut() {
            list.retain(|it| !it.as_str().is_some_and(is_ours));
        }
    }
    if let Some(servers) = state["virtual_servers"].as_array_mut() {
        for server in servers
            .iter_mut()
            .filter(|it| it["name"] == "/Common/www_https")
        {
            if let Some(profiles) = server["profiles"].as_array_mut() {
                profiles.retain(|it| {
                    !it.as_str()
                        .is_some_and(|it| is_ours(it) || it.ends_with("/clientssl"))
                });
            }
        }
    }
    json!([
        state["keys"],
        state["certificates"],
        state["client_ssl"],
        state["virtual_servers"],
        state["objects"]
    ])
}

/// The CA's side has a matrix of its own (`files`); reads have no effect that could be lost.
fn many(call: &str) -> Vec<&'static str> {
    if every_cell() {
        ALL.to_vec()
    } else if call.contains("/mgmt/") && call.starts_with("GET") {
        vec!["truncate"]
    } else if call.contains("/mgmt/") {
        vec!["refuse", "unavailable", "reset_after", "truncate", "kill"]
    } else {
        Vec::new()
    }
}

/// What differs from flow to flow: how far it got, and what is not known of that.
fn few(call: &str) -> Vec<&'static str> {
    if every_cell() {
        ALL.to_vec()
    } else if !call.contains("/mgmt/") || call.starts_with("GET") {
        Vec::new()
    } else {
        vec!["refuse", "reset_after", "kill"]
    }
}

/// `make matrix`: the selections above are what fits into every run of the tests.
fn every_cell() -> bool {
    std::env::var_os("CERTWRIGHT_EVERY_CELL").is_some()
}

fn go(name: &str, first_issue: bool, more: Value, faults: fn(&str) -> Vec<&'static str>) {
    let more = Arc::new(more);
    matrix(name, || Device::start(first_issue, &more), faults);
}

#[test]
fn every_fault_at_every_call_of_a_first_issue() {
    go("BIG-IP, first issue", true, json!({}), few);
}

#[test]
fn every_fault_at_every_call_of_a_renewal_with_a_password_key() {
    go(
        "BIG-IP, renewal with a password key",
        false,
        json!({}),
        many,
    );
}

#[test]
fn every_fault_at_every_call_of_a_renewal_with_a_normal_key() {
    go(
        "BIG-IP, renewal with a normal key",
        false,
        json!({"key_security": "normal"}),
        few,
    );
}

#[test]
fn every_fault_at_every_call_of_scm_in_a_first_issue_by_enrollment() {
    let issuer = json!({
        "type": "sectigo_enrollment", "organization": "Example University", "profile": "300",
    });
    let of_scm = |call: &str| {
        if call.contains("/mgmt/") {
            Vec::new()
        } else {
            vec!["unavailable", "reset_after", "truncate", "kill"]
        }
    };
    go(
        "BIG-IP, first issue by enrollment",
        true,
        json!({"issuer": issuer}),
        of_scm,
    );
}
