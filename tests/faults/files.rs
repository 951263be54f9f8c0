//! A renewal of a site that nginx serves.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{Lab, Ran, check, run, with};
use crate::matrix::{ALL, Stage, matrix};
use crate::nginx::Nginx;
use crate::prober::Prober;

const MODULE: &str = "file_cert_deploy";
const SITE: &str = "www.example.org";

struct Site {
    lab: Lab,
    nginx: Nginx,
    options: Value,
}

impl Site {
    /// In service, about to be renewed because it gets another name.
    fn prepare() -> Self {
        let lab = Lab::with(json!({"acme.processing_seconds": 0.0}));
        let mut nginx = Nginx::prepare();
        let root = lab.ready["issuing_root_file"].as_str().unwrap().to_owned();
        let mut options = json!({
            "scm": lab.scm(),
            "names": [SITE],
            "issuer": {
                "type": "sectigo_acme", "account": "web-team", "organization": "Example University",
                "ca_path": lab.ready["ca_file"],
            },
            "dir": nginx.sites(),
            "deadline": 20,
        });
        run(MODULE, options.clone()).ok();
        nginx.configure(&[&nginx.sites().join(SITE).join("ecdsa")]);
        nginx.start();
        options["reload"] = nginx.reload();
        options["verify"] = nginx.verify(&root);
        options["names"] = json!([SITE, "example.org"]);
        lab.forget();
        Self {
            lab,
            nginx,
            options,
        }
    }
}

impl Stage for Site {
    const MODULE: &'static str = MODULE;

    fn set(&mut self) {
        *self = Self::prepare();
    }

    fn lab(&self) -> &Lab {
        &self.lab
    }

    fn options(&self) -> Value {
        self.options.clone()
    }

    fn prober(&self) -> Prober {
        let roots = self.lab.ready["issuing_root_file"].as_str().unwrap();
        Prober::start(
            format!("127.0.0.1:{}", self.nginx.port.number),
            SITE,
            Some(roots),
        )
    }

    fn verdict(&self, last: &Ran, _: &str, _: &str) -> Result<(), String> {
        let serial = last.result["certificates"][0]["serial"]
            .as_str()
            .unwrap_or_default();
        let served = self.nginx.serial(SITE);
        if served != serial {
            return Err(format!("{served} is served, not {serial}"));
        }
        let names = &last.result["certificates"][0]["names"];
        if *names != json!(["example.org", SITE]) {
            return Err(format!("the names are {names}"));
        }
        let left = entries(&self.nginx.sites().join(SITE));
        if left.len() != 2 {
            return Err(format!("orphans: {left:?}"));
        }
        Ok(())
    }
}

#[test]
fn every_fault_at_every_call_of_a_renewal() {
    matrix("files, renewal", Site::prepare, |_| ALL.to_vec());
}

#[test]
fn killed_between_switch_and_reload() {
    let cell = Site::prepare();
    let prober = cell.prober();
    let mut hanging = cell.options.clone();
    hanging["reload"] = json!({"reload": ["sleep", "30"]});
    let mut child = Command::new(env!("CARGO_BIN_EXE_certwright"))
        .args(["run", MODULE])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let link = cell.nginx.sites().join(SITE).join("ecdsa");
    let before = fs::read_link(&link).unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(hanging.to_string().as_bytes())
        .unwrap();
    let started = Instant::now();
    while fs::read_link(&link).unwrap() == before {
        assert!(started.elapsed() < Duration::from_secs(20), "no switch");
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    cell.lab.forget();
    let predicted = check(MODULE, cell.options.clone()).ok();
    assert_eq!(predicted.result["certificates"][0]["action"], "bind");
    assert!(cell.lab.writes().is_empty());
    let last = run(MODULE, cell.options.clone());
    cell.verdict(&last, "kill", "").unwrap();
    prober.stop().unwrap();
}

#[test]
fn a_reply_that_is_lost_costs_no_second_certificate_where_that_can_be_known() {
    let cell = Site::prepare();
    let lab = &cell.lab;
    lab.fault(json!({"path": "/finalize$", "action": {"kind": "reset_after"}}));
    run(MODULE, with(cell.options.clone(), &json!({}))).ok();
    let finalized = lab
        .calls()
        .iter()
        .filter(|it| it.ends_with("/finalize"))
        .count();
    assert_eq!(finalized, 1, "the order says that it is finalized");
}

fn entries(folder: &Path) -> Vec<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}
