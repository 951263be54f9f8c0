//! What a module hands back: exactly one JSON object.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Redactor;
use crate::context::Context;

/// A module's success.
pub(crate) struct Outcome<R> {
    pub(crate) changed: bool,
    pub(crate) msg: Option<String>,
    pub(crate) diff: Option<Diff>,
    /// What the credentials may not do and a person must.
    pub(crate) manual_actions: Vec<ManualAction>,
    /// The module's own keys.
    pub(crate) returned: R,
}

/// What `--diff` shows: the state before, and the state after (predicted, in check mode).
#[derive(Debug, PartialEq)]
pub(crate) struct Diff {
    pub(crate) before: Value,
    pub(crate) after: Value,
}

/// Something that a person has to do, because the credentials in use may not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct ManualAction {
    /// Where.
    pub(crate) system: String,
    /// The object concerned.
    pub(crate) object: String,
    /// The right that is missing, in the words of that system; empty when no right would help.
    pub(crate) right: String,
    /// What to do.
    pub(crate) action: String,
}

/// A module's failure. `changed` tells whether something was done before it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) msg: String,
    pub(crate) changed: bool,
    pub(crate) manual_actions: Vec<ManualAction>,
    /// The module's own keys, as far as they are known.
    pub(crate) returned: Map<String, Value>,
}

/// The object that is printed.
pub(crate) struct Response {
    pub(crate) failed: bool,
    body: Map<String, Value>,
}

impl Failure {
    pub(crate) fn new(msg: impl Into<String>) -> Self {
        Self {
            msg: msg.into(),
            changed: false,
            manual_actions: Vec::new(),
            returned: Map::new(),
        }
    }

    /// States that something was done before the failure.
    pub(crate) fn changed(mut self, changed: bool) -> Self {
        self.changed = changed;
        self
    }

    /// Adds what is known all the same: the keys of a result that could not be completed.
    pub(crate) fn returned(mut self, returned: &impl Serialize) -> Self {
        self.returned = to_object(returned);
        self
    }

    pub(crate) fn manual_actions(mut self, actions: Vec<ManualAction>) -> Self {
        self.manual_actions = actions;
        self
    }
}

impl Response {
    /// A failure before there is anything to redact.
    pub(crate) fn failure(msg: &str) -> Self {
        Self {
            failed: true,
            body: failed_body(Failure::new(msg), &[]),
        }
    }

    pub(crate) fn from_failure(failure: Failure, context: &Context) -> Self {
        let body = failed_body(failure, &context.warnings());
        Self {
            failed: true,
            body: context.redactor.object(body),
        }
    }

    pub(crate) fn from_outcome<R: Serialize>(
        outcome: Outcome<R>,
        show_diff: bool,
        context: &Context,
    ) -> Self {
        let mut body = Map::new();
        body.insert("failed".to_owned(), json!(false));
        body.insert("changed".to_owned(), json!(outcome.changed));
        if let Some(msg) = outcome.msg {
            body.insert("msg".to_owned(), json!(msg));
        }
        if let Some(Diff { before, after }) = outcome.diff.filter(|_| show_diff) {
            body.insert("diff".to_owned(), json!({"before": before, "after": after}));
        }
        add_common(&mut body, &outcome.manual_actions, &context.warnings());
        body.extend(to_object(&outcome.returned));
        Self {
            failed: false,
            body: context.redactor.object(body),
        }
    }

    /// Adds what went over the wire, if there is anything to show.
    pub(crate) fn traced(mut self, trace: &[String], redactor: &Redactor) -> Self {
        if !trace.is_empty() {
            self.body
                .insert("trace".to_owned(), redactor.value(json!(trace)));
        }
        self
    }

    pub(crate) fn print(&self) {
        println!("{}", Value::Object(self.body.clone()));
    }
}

fn failed_body(failure: Failure, warnings: &[String]) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("failed".to_owned(), json!(true));
    body.insert("changed".to_owned(), json!(failure.changed));
    body.insert("msg".to_owned(), json!(failure.msg));
    add_common(&mut body, &failure.manual_actions, warnings);
    body.extend(failure.returned);
    body
}

/// `manual_actions` stands in every result, so that playbooks may collect it without asking.
fn add_common(body: &mut Map<String, Value>, actions: &[ManualAction], warnings: &[String]) {
    body.insert("manual_actions".to_owned(), json!(actions));
    if !warnings.is_empty() {
        body.insert("warnings".to_owned(), json!(warnings));
    }
}

/// Results are structs, so they are objects; anything else has no keys to add.
fn to_object(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}
