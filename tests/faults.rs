//! Whatever goes wrong at whatever call: the next run ends up where it should, leaves nothing
//! behind, and clients never see anything but a good certificate.
//!
//! A renewal of a site that nginx serves makes N calls. For every call and every fault a run meets
//! that fault, and one more run meets none.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/nginx.rs"]
mod nginx;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use common::{Lab, run, with};
use nginx::Nginx;
use serde_json::{Value, json};

const MODULE: &str = "file_cert_deploy";
const SITE: &str = "www.example.org";
const FAULTS: [&str; 7] = [
    "refuse",
    "unavailable",
    "reset_before",
    "reset_after",
    "truncate",
    "html",
    "kill",
];

struct Cell {
    lab: Lab,
    nginx: Nginx,
    options: Value,
}

impl Cell {
    /// A site in service, about to be renewed because it gets another name.
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

    fn fault(&self, call: usize, fault: &str) {
        let action = match fault {
            "unavailable" => {
                json!({"kind": "status", "status": 503, "headers": {"Retry-After": "0"}})
            }
            "kill" => json!({"kind": "delay", "seconds": 30.0}),
            kind => json!({"kind": kind}),
        };
        self.lab.fault(json!({"call": call, "action": action}));
    }

    /// Runs, and is killed while call number `call` waits for its answer.
    fn run_and_kill(&self, call: usize) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_certwright"))
            .args(["run", MODULE])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let input = common::arguments(self.options.clone(), &json!({})).to_string();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        let started = Instant::now();
        while self.lab.journal().len() + 1 < call && started.elapsed() < Duration::from_secs(10) {
            thread::sleep(Duration::from_millis(10));
        }
        thread::sleep(Duration::from_millis(150));
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// What is wrong after all, if anything.
    fn check(self, prober: Prober) -> Result<(), String> {
        self.lab.control("DELETE", "/faults", &Value::Null);
        let last = run(MODULE, self.options.clone());
        if last.failed() {
            return Err(format!("the second run failed: {}", last.msg()));
        }
        let serial = last.result["certificates"][0]["serial"].as_str().unwrap();
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
        let idle = run(MODULE, self.options);
        if idle.failed() || idle.changed() {
            return Err(format!("not at rest: {}", idle.msg()));
        }
        prober.stop()
    }
}

/// Connects all the time and wants a good certificate each time.
struct Prober {
    stop: Arc<AtomicBool>,
    thread: thread::JoinHandle<(usize, Vec<String>)>,
}

impl Prober {
    fn start(cell: &Cell) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let roots = cell.lab.ready["issuing_root_file"]
            .as_str()
            .unwrap()
            .to_owned();
        let address = format!("127.0.0.1:{}", cell.nginx.port);
        let stopped = stop.clone();
        let thread = thread::spawn(move || {
            let mut seen = 0;
            let mut bad = Vec::new();
            while !stopped.load(Ordering::SeqCst) {
                let output = Command::new("openssl")
                    .args(["s_client", "-connect", &address, "-servername", SITE])
                    .args([
                        "-CAfile",
                        &roots,
                        "-verify_return_error",
                        "-verify_hostname",
                        SITE,
                    ])
                    .stdin(Stdio::null())
                    .output()
                    .unwrap();
                seen += 1;
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                if !text.contains("Verification: OK")
                    && !text.contains("Verify return code: 0 (ok)")
                {
                    bad.push(text + &String::from_utf8_lossy(&output.stderr));
                }
                thread::sleep(Duration::from_millis(20));
            }
            (seen, bad)
        });
        Self { stop, thread }
    }

    fn stop(self) -> Result<(), String> {
        self.stop.store(true, Ordering::SeqCst);
        let (seen, bad) = self.thread.join().unwrap();
        match bad.first() {
            Some(first) => Err(format!(
                "{} of {seen} clients saw no good certificate: {first}",
                bad.len()
            )),
            None if seen == 0 => Err("the prober never connected".to_owned()),
            None => Ok(()),
        }
    }
}

#[test]
fn every_fault_at_every_call_of_a_renewal() {
    let calls = {
        let cell = Cell::prepare();
        run(MODULE, cell.options.clone()).ok();
        cell.lab.calls().len()
    };
    assert!(calls > 5);
    let matrix: Vec<(usize, &str)> = (1..=calls)
        .flat_map(|call| FAULTS.map(|fault| (call, fault)))
        .collect();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((call, fault)) = matrix.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let cell = Cell::prepare();
                    let prober = Prober::start(&cell);
                    cell.fault(*call, fault);
                    if *fault == "kill" {
                        cell.run_and_kill(*call);
                    } else {
                        let first = run(MODULE, cell.options.clone());
                        assert!(first.failed() || first.changed());
                    }
                    if let Err(problem) = cell.check(prober) {
                        failures
                            .lock()
                            .unwrap()
                            .push(format!("call {call}, {fault}: {problem}"));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    println!(
        "matrix: {calls} calls x {} faults = {} cells ran, {} passed",
        FAULTS.len(),
        matrix.len(),
        matrix.len() - failures.len()
    );
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn killed_between_switch_and_reload() {
    let cell = Cell::prepare();
    let prober = Prober::start(&cell);
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
    let predicted = common::check(MODULE, cell.options.clone()).ok();
    assert_eq!(predicted.result["certificates"][0]["action"], "bind");
    assert!(cell.lab.writes().is_empty());
    cell.check(prober).unwrap();
}

#[test]
fn a_reply_that_is_lost_costs_no_second_certificate_where_that_can_be_known() {
    let cell = Cell::prepare();
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

/// Cells mostly wait.
const WORKERS: usize = 6;
