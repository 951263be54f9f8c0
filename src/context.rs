//! What one run of a module carries along: mode, deadline, secrets to mask, things to tell.

use std::sync::{Arc, Mutex, PoisonError};

use crate::ansible::Redactor;
use crate::deadline::Deadline;

/// Clones share everything.
#[derive(Clone)]
pub(crate) struct Context {
    /// Only look: nothing may be written anywhere.
    pub(crate) check: bool,
    pub(crate) deadline: Deadline,
    pub(crate) redactor: Redactor,
    warnings: Lines,
    trace: Lines,
}

impl Context {
    pub(crate) fn new(check: bool, deadline: Deadline) -> Self {
        Self {
            check,
            deadline,
            redactor: Redactor::default(),
            warnings: Lines::default(),
            trace: Lines::default(),
        }
    }

    /// Tells the user something that is not an error. Said twice, it is printed once.
    pub(crate) fn warn(&self, warning: impl Into<String>) {
        let warning = warning.into();
        if !self.warnings().contains(&warning) {
            self.warnings.push(warning);
        }
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        self.warnings.all()
    }

    /// One line of what went over the wire: never headers, never bodies.
    pub(crate) fn trace(&self, line: String) {
        self.trace.push(line);
    }

    pub(crate) fn traced(&self) -> Vec<String> {
        self.trace.all()
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn push(&self, line: String) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
    }

    fn all(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
