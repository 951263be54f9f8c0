//! Whatever goes wrong at whatever call of a validation: the next run ends up where it should.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::bind::Bind;
use super::*;

const FAULTS: [&str; 7] = [
    "unavailable",
    "reset_before",
    "reset_after",
    "truncate",
    "html",
    "empty",
    "busy",
];

fn arm(lab: &Lab, call: usize, fault: &str) {
    let action = match fault {
        "unavailable" => json!({"kind": "status", "status": 503, "headers": {"Retry-After": "0"}}),
        "busy" => {
            json!({"kind": "status", "status": 400, "body": r#"{"code":-1603,"description":"Error while validating"}"#})
        }
        kind => json!({"kind": kind}),
    };
    lab.fault(json!({"call": call, "action": action}));
}

fn cell(bind: &Bind, method: &str, call: usize, fault: &str) -> Result<(), String> {
    let (lab, options) = prepare(bind, method);
    arm(&lab, call, fault);
    let first = run(MODULE, options.clone());
    lab.control("DELETE", "/faults", &Value::Null);
    let second = run(MODULE, options.clone());
    if second.failed() {
        return Err(format!(
            "the second run failed: {} (the first: {})",
            second.msg(),
            first.msg()
        ));
    }
    let status = entry(&second.result, "example.edu")["validation_status"].clone();
    if status != "VALIDATED" {
        return Err(format!("{:#}", second.result));
    }
    if run(MODULE, options).changed() {
        return Err("not at rest".to_owned());
    }
    Ok(())
}

fn prepare(bind: &Bind, method: &str) -> (Lab, Value) {
    let lab = Lab::with(json!({"dns.server": bind.address()}));
    let options = options(
        &lab,
        &json!({"dns": bind.dns(), "wait": 20, "method": method}),
    );
    lab.forget();
    (lab, options)
}

#[test]
fn every_fault_at_every_call() {
    let bind = Bind::start(&["example.edu"], "", true);
    let mut matrix = Vec::new();
    for method in ["cname", "txt"] {
        let (lab, options) = prepare(&bind, method);
        run(MODULE, options).ok();
        let calls = lab.calls().len();
        println!("{method}: {calls} calls");
        matrix.extend((1..=calls).flat_map(|call| FAULTS.map(|fault| (method, call, fault))));
    }
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                // What one cell leaves on the name server the next has to cope with.
                let bind = Bind::start(&["example.edu"], "", true);
                while let Some((method, call, fault)) =
                    matrix.get(next.fetch_add(1, Ordering::SeqCst))
                {
                    if let Err(problem) = cell(&bind, method, *call, fault) {
                        let text = format!("{method}, call {call}, {fault}: {problem}");
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

/// Cells mostly wait.
const WORKERS: usize = 6;
