//! Every fault at every call, for any flow of any target.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{Lab, Ran, arguments, members, run};
use crate::prober::Prober;

/// A flow and its surroundings.
pub(crate) trait Stage {
    const MODULE: &'static str;

    /// Brings everything to where the flow begins; the journal is empty then.
    fn set(&mut self);

    fn lab(&self) -> &Lab;

    fn options(&self) -> Value;

    /// A client, where something is served.
    fn prober(&self) -> Prober {
        Prober::of_nothing()
    }

    /// What is wrong after the second run, if anything: wrong certificate, orphans, others' things
    /// touched.
    fn verdict(&self, last: &Ran, fault: &str, call: &str) -> Result<(), String>;
}

/// Runs the cells, prints how many ran and passed, and wants all to have passed. `faults` tells for
/// a call (`GET /path`) which ones it meets.
pub(crate) fn matrix<S: Stage>(
    name: &str,
    make: impl Fn() -> S + Sync,
    faults: impl Fn(&str) -> Vec<&'static str>,
) {
    let started = Instant::now();
    let calls = {
        let mut stage = make();
        stage.set();
        run(S::MODULE, stage.options()).ok();
        stage.lab().calls()
    };
    assert!(calls.len() > 2);
    let matrix: Vec<(usize, &str, &'static str)> = calls
        .iter()
        .enumerate()
        .flat_map(|(at, call)| {
            faults(call)
                .into_iter()
                .map(move |it| (at + 1, &**call, it))
        })
        .collect();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let mut stage = None;
                while let Some((at, call, fault)) = matrix.get(next.fetch_add(1, Ordering::SeqCst))
                {
                    let it = stage.get_or_insert_with(&make);
                    it.set();
                    if let Err(problem) = cell(it, *at, call, fault) {
                        let line = format!("call {at} ({call}), {fault}: {problem}");
                        eprintln!("failed: {line}");
                        failures.lock().unwrap().push(line);
                        stage = None;
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    println!(
        "matrix of {name}: {} calls, {} cells ran, {} passed ({} s)",
        calls.len(),
        matrix.len(),
        matrix.len() - failures.len(),
        started.elapsed().as_secs()
    );
    assert!(failures.is_empty(), "{failures:#?}");
}

fn cell<S: Stage>(stage: &S, at: usize, call: &str, fault: &str) -> Result<(), String> {
    let prober = stage.prober();
    arm(stage.lab(), at, fault);
    if fault == "kill" {
        run_and_kill(stage, at);
    } else {
        let first = run(S::MODULE, stage.options());
        let told = !members(&first.result["manual_actions"]).is_empty();
        if !first.failed() && !first.changed() && !told {
            return Err("the first run neither failed nor did or told anything".to_owned());
        }
    }
    stage.lab().control("DELETE", "/faults", &Value::Null);
    let last = run(S::MODULE, stage.options());
    if last.failed() {
        return Err(format!("the second run failed: {}", last.msg()));
    }
    stage.verdict(&last, fault, call)?;
    let idle = run(S::MODULE, stage.options());
    if idle.failed() || idle.changed() {
        return Err(format!("not at rest: {:#}", idle.result));
    }
    prober.stop()
}

fn arm(lab: &Lab, call: usize, fault: &str) {
    let action = match fault {
        "unavailable" => json!({"kind": "status", "status": 503, "headers": {"Retry-After": "0"}}),
        "kill" => json!({"kind": "delay", "seconds": HELD.as_secs_f64()}),
        // SCM's way to say that its back end is busy.
        code if code.starts_with('-') => {
            let body = format!(r#"{{"code":{code},"description":"Try again later"}}"#);
            json!({"kind": "status", "status": 400, "body": body})
        }
        kind => json!({"kind": kind}),
    };
    lab.fault(json!({"call": call, "action": action}));
}

/// Runs, and is killed while call number `call` waits for its answer. The effect of the call comes all
/// the same: every state between two calls is seen.
fn run_and_kill<S: Stage>(stage: &S, call: usize) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_certwright"))
        .args(["run", S::MODULE])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let input = arguments(stage.options(), &json!({})).to_string();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let started = Instant::now();
    while stage.lab().journal().len() < call && started.elapsed() < Duration::from_secs(10) {
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    thread::sleep(HELD);
}

/// What can happen to a call.
pub(crate) const ALL: [&str; 7] = [
    "refuse",
    "unavailable",
    "reset_before",
    "reset_after",
    "truncate",
    "html",
    "kill",
];
/// What can happen to a call of SCM. Of what is read there is no effect that could be lost.
#[allow(dead_code, reason = "some test files have flows of other systems only")]
pub(crate) fn of_scm(call: &str, busy: &'static str) -> Vec<&'static str> {
    if call.starts_with("GET") || call.contains("/report/") || call.ends_with("/status") {
        vec!["unavailable", "truncate", "html", "empty", busy, "kill"]
    } else {
        [&ALL[..], &["empty", busy]].concat()
    }
}

/// How long the answer waits at which a run is killed.
const HELD: Duration = Duration::from_secs(1);
/// Cells mostly wait.
const WORKERS: usize = 4;
