//! One result for all domains of a task: they are in order, or it says what is wrong with which.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::ansible::{Diff, Failure, ManualAction, Outcome};

#[derive(Default)]
pub(in crate::modules) struct Summary {
    pub(in crate::modules) changed: bool,
    pub(in crate::modules) manual_actions: Vec<ManualAction>,
    before: Map<String, Value>,
    after: Map<String, Value>,
    problems: Vec<String>,
}

impl Summary {
    /// A domain's state before and after, and what went wrong in between.
    pub(in crate::modules) fn add(
        &mut self,
        name: &str,
        [before, after]: [Value; 2],
        problem: Option<&str>,
    ) {
        self.before.insert(name.to_owned(), before);
        self.after.insert(name.to_owned(), after);
        let problem = problem.map(|it| format!("{name}: {it}"));
        self.problems.extend(problem);
    }

    pub(in crate::modules) fn finish<R: Serialize>(
        self,
        returned: R,
    ) -> Result<Outcome<R>, Failure> {
        if self.problems.is_empty() {
            return Ok(Outcome {
                changed: self.changed,
                msg: None,
                diff: Some(Diff {
                    before: self.before.into(),
                    after: self.after.into(),
                }),
                manual_actions: self.manual_actions,
                returned,
            });
        }
        let mut msg = match self.before.len() {
            1 => String::new(),
            count => format!("{} of {count} domains failed. ", self.problems.len()),
        };
        msg.push_str(&self.problems.join("; "));
        Err(Failure::new(msg)
            .changed(self.changed)
            .manual_actions(self.manual_actions)
            .returned(&returned))
    }
}
