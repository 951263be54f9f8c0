//! Whatever goes wrong at whatever call: the next run ends up where it should, and nothing is ever
//! ordered twice.

use super::*;
use crate::common::Ran;
use crate::matrix::{Stage, matrix, of_scm};

/// A way through the API: what prepares it, which faults a call meets, how many orders there are
/// afterwards, and what shows that it has come to its end.
struct Way {
    prepare: fn() -> (Lab, Value),
    faults: fn(&str) -> Vec<&'static str>,
    orders: usize,
    finished: fn(&Value) -> bool,
}

/// A [`Way`] with a lab of its own.
struct Walk<'a> {
    way: &'a Way,
    lab: Lab,
    options: Value,
}

impl<'a> Walk<'a> {
    fn new(way: &'a Way) -> Self {
        let (lab, options) = (way.prepare)();
        lab.forget();
        Self { way, lab, options }
    }
}

impl Stage for Walk<'_> {
    const MODULE: &'static str = MODULE;

    fn set(&mut self) {
        // As new; the first time it is.
        if !self.lab.calls().is_empty() {
            *self = Self::new(self.way);
        }
    }

    fn lab(&self) -> &Lab {
        &self.lab
    }

    fn options(&self) -> Value {
        self.options.clone()
    }

    fn verdict(&self, last: &Ran, _: &str, _: &str) -> Result<(), String> {
        if !(self.way.finished)(&last.result) {
            return Err(format!("not there: {:#}", last.result));
        }
        match orders(&self.lab).len() {
            count if count == self.way.orders => Ok(()),
            count => Err(format!("{count} orders")),
        }
    }
}

fn go(name: &str, way: &Way) {
    matrix(name, || Walk::new(way), way.faults);
}

fn every_fault(call: &str) -> Vec<&'static str> {
    of_scm(call, "-129")
}

/// Where lists lag, nobody can know of an order whose run was killed at that very call.
fn every_fault_that_can_be_known(call: &str) -> Vec<&'static str> {
    let mut faults = every_fault(call);
    faults.retain(|it| *it != "kill" || !call.ends_with("/enroll"));
    faults
}

fn has_certificate(result: &Value) -> bool {
    result["certificate"].is_string()
}

#[test]
fn every_fault_at_every_call_of_an_order_that_is_approved() {
    let prepare = || {
        let lab = Lab::with(json!({"scm.order_approval": "always"}));
        let options = options(&lab, &json!({"approve": true}));
        (lab, options)
    };
    go(
        "enroll, approve, collect",
        &Way {
            prepare,
            faults: every_fault,
            orders: 1,
            finished: has_certificate,
        },
    );
}

#[test]
fn every_fault_at_every_call_where_reports_are_denied_and_lists_are_late() {
    let prepare = || {
        let lab = Lab::with(json!({"scm.report_by": "mrao", "scm.invisible_orders": 1}));
        let options = options(&lab, &json!({}));
        (lab, options)
    };
    go(
        "enroll and collect without reports",
        &Way {
            prepare,
            faults: every_fault_that_can_be_known,
            orders: 1,
            finished: has_certificate,
        },
    );
}

#[test]
fn every_fault_at_every_call_of_a_renewal() {
    let prepare = || {
        let lab = Lab::with(json!({"scm.renew_comments": "dropped"}));
        let options = options(&lab, &json!({}));
        // A day that the successor is younger decides: it is not due.
        go_back(&lab, 10 * DAY);
        run(MODULE, options.clone()).ok();
        lab.control("PUT", "/clock", &json!({"reset": true}));
        (lab, with(options, &json!({"renew": {"days": 194}})))
    };
    go(
        "renew",
        &Way {
            prepare,
            faults: every_fault,
            orders: 2,
            finished: has_certificate,
        },
    );
}

#[test]
fn every_fault_at_every_call_of_a_revocation() {
    let prepare = || {
        let lab = Lab::start();
        let issued = run(MODULE, options(&lab, &json!({}))).ok();
        let options =
            json!({"scm": lab.scm(), "state": "revoked", "id": id(&issued.result), "deadline": 30});
        (lab, options)
    };
    go(
        "revoke",
        &Way {
            prepare,
            faults: every_fault,
            orders: 1,
            finished: |result| result["order"]["status"] == "REVOKED",
        },
    );
}

#[test]
fn every_fault_at_every_call_of_a_replacement() {
    let prepare = || {
        let lab = Lab::start();
        let issued = run(MODULE, options(&lab, &json!({}))).ok();
        let options = json!({
            "scm": lab.scm(), "state": "replaced", "id": id(&issued.result), "csr": csr(&[NAME]),
            "deadline": 30,
        });
        (lab, options)
    };
    go(
        "replace",
        &Way {
            prepare,
            faults: every_fault,
            orders: 1,
            finished: has_certificate,
        },
    );
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

/// The run that lost the reply cannot find the order either, and the next one is faster than SCM's
/// reports.
#[test]
fn a_later_run_finds_a_lost_order_that_no_report_shows_yet() {
    // Who has a key from elsewhere reads the list once before it orders.
    let lost = |lab: &Lab, path: &str, reads: u32| {
        lab.fault(json!({"path": path, "action": {"kind": "reset_after"}}));
        lab.fault(json!({
            "method": "GET", "path": "/ssl/v1$", "after": reads, "times": 0, "action": {"kind": "refuse"},
        }));
    };
    let lab = Lab::start();
    let dir = tempfile::tempdir().unwrap();
    let issuer = json!({"type": "sectigo_enrollment", "organization": "101", "profile": "300"});
    let ways = [
        ("sectigo_certificate", 1, options(&lab, &json!({}))),
        (
            "certificate",
            1,
            json!({"scm": lab.scm(), "csr": csr(&[NAME]), "issuer": issuer}),
        ),
        (
            "file_cert_deploy",
            0,
            json!({"scm": lab.scm(), "names": [NAME], "dir": dir.path(), "issuer": issuer}),
        ),
    ];
    lab.switch(json!({"scm.report_lag_seconds": 3600}));
    for (count, (module, reads, options)) in ways.into_iter().enumerate() {
        lost(&lab, "/enroll$", reads);
        run(module, options.clone()).fails("not ordered again blindly");
        lab.control("DELETE", "/faults", &Value::Null);
        assert_eq!(orders(&lab).len(), count + 1, "{module}");
        run(module, options.clone()).ok();
        assert_eq!(orders(&lab).len(), count + 1, "{module}");
    }

    // So it is with a renewal.
    let options = options(&lab, &json!({}));
    go_back(&lab, 10 * DAY);
    run(MODULE, options.clone()).ok();
    lab.control("PUT", "/clock", &json!({"reset": true}));
    let before = orders(&lab).len();
    let due = with(options, &json!({"renew": {"days": 194}}));
    lost(&lab, "/renewById/", 1);
    run(MODULE, due.clone()).fails("not ordered again blindly");
    lab.control("DELETE", "/faults", &Value::Null);
    run(MODULE, due).ok();
    assert_eq!(orders(&lab).len(), before + 1);
}
