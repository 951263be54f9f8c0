//! A firewall or a Panorama: configurations, changes, locks and jobs.

use super::auth::Keys;
use super::changes::Changes;
use super::edit::{self, Changed};
use super::jobs::Jobs;
use super::locks::Locks;
use super::scope::Template;
use super::xml::Node;
use serde_json::{Value, json};
use std::collections::HashMap;
use time::OffsetDateTime;

/// One management plane.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) kind: Kind,
    pub(crate) serial: &'static str,
    /// The working configuration that all administrators share.
    pub(crate) candidate: Node,
    /// What is in force.
    pub(crate) running: Node,
    /// What Panorama pushed; the device's own configuration goes before it.
    pub(crate) pushed: Node,
    pub(crate) changes: Changes,
    pub(crate) keys: Keys,
    pub(crate) locks: Locks,
    pub(crate) jobs: Jobs,
    /// The template that an administrator's next commands are for.
    pub(crate) targets: HashMap<String, Template>,
    /// What a Panorama has pushed to firewalls, by serial number.
    pub(crate) sent: HashMap<String, Node>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Firewall,
    Panorama,
}

impl Kind {
    /// The longest name of a certificate.
    pub(crate) fn longest_name(self) -> usize {
        match self {
            Self::Firewall => 63,
            Self::Panorama => 31,
        }
    }
}

impl Device {
    pub(crate) fn new(kind: Kind, serial: &'static str, config: Node) -> Self {
        Self {
            kind,
            serial,
            candidate: config.clone(),
            running: config,
            pushed: Node::new("config"),
            changes: Changes::default(),
            keys: Keys::default(),
            locks: Locks::default(),
            jobs: Jobs::default(),
            targets: HashMap::new(),
            sent: HashMap::new(),
        }
    }

    /// What is in force, with what Panorama pushed.
    pub(crate) fn effective(&self) -> Node {
        with_pushed(&self.pushed, &self.running)
    }

    /// Writes down who made these changes.
    pub(crate) fn note(&mut self, changed: Vec<Changed>, admin: &str, now: OffsetDateTime) {
        for (path, verb) in changed {
            self.changes.note(path, admin, verb, now);
        }
    }

    /// The virtual systems of a firewall.
    pub(crate) fn has_vsys(&self, name: &str) -> bool {
        let steps = super::scope::Scope::Vsys(name.to_owned()).path();
        steps.first(&self.running).is_some()
    }

    /// The state as tests read it.
    pub(crate) fn state(&self) -> Value {
        let changes: Vec<Value> = self
            .changes
            .all()
            .iter()
            .map(|change| json!({"xpath": change.path.to_string(), "admin": change.admin, "verb": change.verb}))
            .collect();
        json!({
            "serial": self.serial,
            "candidate": self.candidate.to_string(),
            "running": self.running.to_string(),
            "pushed": self.pushed.to_string(),
            "changes": changes,
            "locks": self.locks.state(),
            "jobs": self.jobs.state(),
            "targets": self.targets.len(),
        })
    }
}

/// A configuration laid over what Panorama pushed.
pub(crate) fn with_pushed(pushed: &Node, own: &Node) -> Node {
    let mut whole = pushed.clone();
    edit::overlay(&mut whole, own);
    whole
}
