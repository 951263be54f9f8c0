//! What `panos_cells` leaves out: a renewal in a template of Panorama with its push, and a site that
//! goes.

use serde_json::{Value, json};

use crate::common::{Lab, Ran, run};
use crate::matrix::{Stage, matrix};

/// A lab with a template that gets a site.
struct Template {
    lab: Lab,
    wide: bool,
}

impl Template {
    fn start() -> Self {
        let template = Self {
            lab: quick_lab(),
            wide: false,
        };
        run(Self::MODULE, template.options()).ok();
        let wide = Self {
            wide: true,
            ..template
        };
        run(Self::MODULE, wide.options()).ok();
        wide
    }
}

impl Stage for Template {
    const MODULE: &'static str = "panos_cert_deploy";

    fn set(&mut self) {
        self.wide = !self.wide;
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
        let mut options = site(&self.lab, "panorama", names);
        options["template"] = json!("web-template");
        options["push"] = json!([{"template_stack": "web-stack"}]);
        options
    }

    fn verdict(&self, last: &Ran, _fault: &str, _call: &str) -> Result<(), String> {
        let names = last.result["certificates"][0]["names"].as_array().unwrap();
        if names.len() != if self.wide { 2 } else { 1 } {
            return Err(format!("the names are {names:?}"));
        }
        let state = self.lab.state()["panos"].clone();
        at_rest(&state["panorama"])?;
        let running = state["panorama"]["running"].as_str().unwrap();
        let entries = running.matches(&format!("<entry name=\"{SITE}_")).count();
        if entries != 2 || running.matches("<entry name=\"ca_").count() != 1 {
            return Err(format!("orphans: {running}"));
        }
        let bound = bound(running);
        for unit in ["firewall", "peer"] {
            if self::bound(state[unit]["pushed"].as_str().unwrap()) != bound {
                return Err(format!("{unit} has not got {bound:?}"));
            }
        }
        Ok(())
    }
}

/// A firewall from which a site goes.
struct Going {
    lab: Lab,
}

impl Stage for Going {
    const MODULE: &'static str = "panos_cert_deploy";

    fn set(&mut self) {
        let mut present = self.options();
        present["certificates"][0]["state"] = json!("present");
        run(Self::MODULE, present).ok();
        self.lab.forget();
    }

    fn lab(&self) -> &Lab {
        &self.lab
    }

    fn options(&self) -> Value {
        let mut options = site(&self.lab, "panos", json!([SITE]));
        options["certificates"][0]["services"] = json!({"portals": ["portal"]});
        options["certificates"][0]["state"] = json!("absent");
        options
    }

    fn verdict(&self, _last: &Ran, _fault: &str, _call: &str) -> Result<(), String> {
        let firewall = self.lab.state()["panos"]["firewall"].clone();
        at_rest(&firewall)?;
        let running = firewall["running"].as_str().unwrap();
        if running.contains(SITE) || running.contains("\"ca_") || running.contains("\"web\"") {
            return Err(format!("something is left: {running}"));
        }
        Ok(())
    }
}

fn quick_lab() -> Lab {
    Lab::with(json!({"acme.processing_seconds": 0.0, "panos.commit_seconds": 0.0}))
}

fn site(lab: &Lab, unit: &str, names: Value) -> Value {
    let unit = &lab.ready[unit];
    let (_, port) = unit["url"].as_str().unwrap().rsplit_once(':').unwrap();
    json!({
        "scm": lab.scm(),
        "provider": {
            "ip_address": "localhost", "port": port.parse::<u16>().unwrap(), "username": unit["user"],
            "password": unit["password"], "ca_path": lab.ready["ca_file"],
        },
        "certificates": [{
            "names": names,
            "name": SITE,
            "key": "ecdsa-p256",
            "issuer": {
                "type": "sectigo_acme", "account": "web-team", "organization": "Example University",
                "ca_path": lab.ready["ca_file"],
            },
            "renew": {"ari": false},
            "profile": "web",
        }],
        "deadline": 60,
    })
}

fn at_rest(device: &Value) -> Result<(), String> {
    for left in ["changes", "locks"] {
        if device[left] != json!([]) {
            return Err(format!("{left}: {}", device[left]));
        }
    }
    Ok(())
}

/// What the profile presents.
fn bound(config: &str) -> Option<&str> {
    let (_, profile) = config.split_once("<entry name=\"web\">")?;
    let (_, name) = profile.split_once("<certificate>")?;
    Some(name.split_once("</certificate>")?.0)
}

/// Every state between two writes is seen, and lost answers where a job is begun: the rest is the same
/// code as on a firewall.
fn between_writes(call: &str) -> Vec<&'static str> {
    let reads = ["/api/op/show", "/api/config/get"];
    if reads.iter().any(|it| call.contains(it)) {
        Vec::new()
    } else if call.contains("/api/commit") {
        vec!["reset_before", "reset_after", "kill"]
    } else if ["/api/op/", "/api/config/", "/api/import"]
        .iter()
        .any(|it| call.contains(it))
    {
        vec!["kill"]
    } else {
        Vec::new()
    }
}

#[test]
fn a_renewal_in_a_template_with_its_push() {
    matrix(
        "Panorama, renewal and push",
        Template::start,
        between_writes,
    );
}

#[test]
fn a_site_that_goes() {
    let start = || Going { lab: quick_lab() };
    matrix("PAN-OS, absent", start, between_writes);
}

const SITE: &str = "www.example.org";
