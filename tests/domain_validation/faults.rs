//! Whatever goes wrong at whatever call of a validation: the next run ends up where it should.

use super::bind::Bind;
use super::*;
use crate::common::Ran;
use crate::matrix::{Stage, matrix, of_scm};

/// A validation with a lab of its own. What one cell leaves on the name server the next has to cope
/// with.
struct Validation {
    bind: Bind,
    lab: Lab,
    options: Value,
    method: &'static str,
}

impl Validation {
    fn new(method: &'static str) -> Self {
        let bind = Bind::start(&["example.edu"], "", true);
        let (lab, options) = prepare(&bind, method);
        Self {
            bind,
            lab,
            options,
            method,
        }
    }
}

impl Stage for Validation {
    const MODULE: &'static str = MODULE;

    fn set(&mut self) {
        (self.lab, self.options) = prepare(&self.bind, self.method);
    }

    fn lab(&self) -> &Lab {
        &self.lab
    }

    fn options(&self) -> Value {
        self.options.clone()
    }

    fn verdict(&self, last: &Ran, _: &str, _: &str) -> Result<(), String> {
        let status = &entry(&last.result, "example.edu")["validation_status"];
        if status == "VALIDATED" {
            Ok(())
        } else {
            Err(format!("{:#}", last.result))
        }
    }
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

fn go(method: &'static str) {
    matrix(
        &format!("validation by {method}"),
        || Validation::new(method),
        |call| of_scm(call, "-1603"),
    );
}

#[test]
fn every_fault_at_every_call_by_cname() {
    go("cname");
}

#[test]
fn every_fault_at_every_call_by_txt() {
    go("txt");
}
