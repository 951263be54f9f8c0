//! Whatever goes wrong at whatever call: the next run ends up where it should, and nothing is ever
//! ordered twice.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::*;

const FAULTS: [&str; 9] = [
    "refuse",
    "unavailable",
    "reset_before",
    "reset_after",
    "truncate",
    "html",
    "empty",
    "busy",
    "kill",
];

/// A way through the API: what prepares it, what is run, and how many orders there are afterwards.
struct Way {
    name: &'static str,
    prepare: fn() -> (Lab, Value),
    orders: usize,
    finished: fn(&Value) -> bool,
}

const WAYS: [Way; 5] = [
    Way {
        name: "enroll, approve, collect",
        prepare: || {
            let lab = Lab::with(json!({"scm.order_approval": "always"}));
            let options = options(&lab, &json!({"approve": true}));
            (lab, options)
        },
        orders: 1,
        finished: |result| result["certificate"].is_string(),
    },
    Way {
        name: "enroll and collect, while reports lag and lists are late",
        prepare: || {
            let lab = Lab::with(json!({"scm.report_by": "mrao", "scm.invisible_orders": 1}));
            let options = options(&lab, &json!({}));
            (lab, options)
        },
        orders: 1,
        finished: |result| result["certificate"].is_string(),
    },
    Way {
        name: "renew",
        prepare: || {
            let lab = Lab::with(json!({"scm.renew_comments": "dropped"}));
            let options = options(&lab, &json!({}));
            // A day that the successor is younger decides: it is not due.
            go_back(&lab, 10 * DAY);
            run(MODULE, options.clone()).ok();
            lab.control("PUT", "/clock", &json!({"reset": true}));
            (lab, with(options, &json!({"renew": {"days": 194}})))
        },
        orders: 2,
        finished: |result| result["certificate"].is_string(),
    },
    Way {
        name: "revoke",
        prepare: || {
            let lab = Lab::start();
            let issued = run(MODULE, options(&lab, &json!({}))).ok();
            let options = json!({"scm": lab.scm(), "state": "revoked", "id": id(&issued.result), "deadline": 30});
            (lab, options)
        },
        orders: 1,
        finished: |result| result["order"]["status"] == "REVOKED",
    },
    Way {
        name: "replace",
        prepare: || {
            let lab = Lab::start();
            let issued = run(MODULE, options(&lab, &json!({}))).ok();
            let options = json!({
                "scm": lab.scm(), "state": "replaced", "id": id(&issued.result), "csr": csr(&[NAME]),
                "deadline": 30,
            });
            (lab, options)
        },
        orders: 1,
        finished: |result| result["certificate"].is_string(),
    },
];

fn arm(lab: &Lab, call: usize, fault: &str) {
    let action = match fault {
        "unavailable" => json!({"kind": "status", "status": 503, "headers": {"Retry-After": "0"}}),
        "busy" => {
            json!({"kind": "status", "status": 400, "body": r#"{"code":-129,"description":"CA connection error"}"#})
        }
        "kill" => json!({"kind": "delay", "seconds": 30.0}),
        kind => json!({"kind": kind}),
    };
    lab.fault(json!({"call": call, "action": action}));
}

/// Runs, and is killed while call number `call` waits for its answer.
fn run_and_kill(lab: &Lab, options: &Value, call: usize) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_certwright"))
        .args(["run", MODULE])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let input = common::arguments(options.clone(), &json!({})).to_string();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let started = Instant::now();
    while lab.journal().len() < call && started.elapsed() < Duration::from_secs(10) {
        thread::sleep(Duration::from_millis(10));
    }
    thread::sleep(Duration::from_millis(100));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// What is wrong after all, if anything.
fn cell(way: &Way, call: usize, fault: &str) -> Result<(), String> {
    let (lab, options) = (way.prepare)();
    lab.forget();
    arm(&lab, call, fault);
    let first = if fault == "kill" {
        run_and_kill(&lab, &options, call);
        "killed".to_owned()
    } else {
        run(MODULE, options.clone()).msg().to_owned()
    };
    lab.control("DELETE", "/faults", &Value::Null);
    let second = run(MODULE, options.clone());
    if second.failed() {
        return Err(format!(
            "the second run failed: {} (the first: {})",
            second.msg(),
            first
        ));
    }
    if !(way.finished)(&second.result) {
        return Err(format!("not there: {:#}", second.result));
    }
    let count = orders(&lab).len();
    if count != way.orders {
        return Err(format!("{count} orders"));
    }
    Ok(())
}

#[test]
fn every_fault_at_every_call() {
    let mut matrix: Vec<(&Way, usize, &str)> = Vec::new();
    for way in &WAYS {
        let (lab, options) = (way.prepare)();
        lab.forget();
        run(MODULE, options).ok();
        let calls = lab.calls().len();
        assert!(calls > 1);
        println!("{}: {calls} calls", way.name);
        matrix.extend((1..=calls).flat_map(|call| FAULTS.map(|fault| (way, call, fault))));
    }
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((way, call, fault)) = matrix.get(next.fetch_add(1, Ordering::SeqCst))
                {
                    if let Err(problem) = cell(way, *call, fault) {
                        let text = format!("{}, call {call}, {fault}: {problem}", way.name);
                        failures.lock().unwrap().push(text);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    println!(
        "matrix: {} cells ran, {} passed",
        matrix.len(),
        matrix.len() - failures.len()
    );
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn a_lost_reply_to_an_order_is_looked_for_and_never_answered_by_another_order() {
    for switches in [
        json!({}),
        json!({"scm.report_lag_seconds": 3600}),
        json!({"scm.invisible_orders": 2}),
        json!({"scm.report_by": "mrao"}),
    ] {
        let lab = Lab::with(switches.clone());
        let options = options(&lab, &json!({}));
        lab.fault(json!({"path": "/enroll$", "action": {"kind": "reset_after"}}));
        let ran = run(MODULE, options).ok();
        assert_eq!(ran.result["actions"], json!(["enroll"]), "{switches}");
        assert!(
            ran.result["warnings"][0]
                .as_str()
                .unwrap()
                .contains("found again")
        );
        assert_eq!(orders(&lab).len(), 1, "{switches}");
    }
}

/// Cells mostly wait.
const WORKERS: usize = 6;
