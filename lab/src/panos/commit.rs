//! Commits: which changes go along, what the result must fulfil, and how it
//! comes into force.

use super::changes::{Change, component};
use super::device::{Device, with_pushed};
use super::edit;
use super::jobs::Outcome;
use super::references::{self, Object};
use super::xml::Node;
use super::xpath::Path;
use crate::switches::Switches;

/// What a commit command asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) description: Option<String>,
    pub(crate) force: bool,
    /// Only changes of these administrators.
    admins: Option<Vec<String>>,
    /// Only changes of these nodes and what is below them.
    paths: Option<Vec<Path>>,
    /// Only these virtual systems, besides everything that belongs to none.
    vsys: Option<Vec<String>>,
    /// Components that stay behind.
    excluded: Vec<&'static str>,
    pub(crate) partial: bool,
}

impl Scope {
    /// Reads `<commit>…</commit>`, in every form that clients send.
    pub(crate) fn read(command: &Node) -> Self {
        let force = command.child("force");
        let partial = command
            .child("partial")
            .or_else(|| force.and_then(|force| force.child("partial")));
        let mut scope = Self {
            description: command
                .text_of("description")
                .or_else(|| partial.and_then(|partial| partial.text_of("description")))
                .map(str::to_owned),
            force: force.is_some(),
            partial: partial.is_some(),
            ..Self::default()
        };
        let Some(partial) = partial else {
            return scope;
        };
        let members = |name: &str| -> Option<Vec<String>> {
            partial
                .child(name)
                .map(|node| node.members().map(str::to_owned).collect())
        };
        scope.admins = members("admin");
        scope.vsys = members("vsys");
        scope.paths = members("object-xpaths")
            .map(|paths| paths.iter().filter_map(|path| Path::parse(path)).collect());
        for (name, components) in EXCLUDABLE {
            let excluded = partial
                .child(name)
                .is_some_and(|node| node.text == "excluded" || node.members().next().is_none());
            if excluded {
                scope.excluded.extend(components);
            }
        }
        scope
    }

    fn takes(&self, change: &Change) -> bool {
        let component = component(&change.path);
        let in_vsys = |names: &Vec<String>| {
            component != "vsys"
                || names.iter().any(|name| {
                    super::scope::Scope::Vsys(name.clone())
                        .path()
                        .covers(&change.path)
                })
        };
        self.admins
            .as_ref()
            .is_none_or(|admins| admins.contains(&change.admin))
            && self
                .paths
                .as_ref()
                .is_none_or(|paths| paths.iter().any(|path| path.covers(&change.path)))
            && self.vsys.as_ref().is_none_or(in_vsys)
            && !self.excluded.contains(&component)
    }
}

/// A commit as it was when it was asked for: later changes are not in it.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    candidate: Node,
    taken: Vec<Change>,
    left: Vec<Change>,
}

impl Prepared {
    /// Selects the changes that the scope takes along.
    pub(crate) fn of(device: &Device, scope: &Scope) -> Self {
        let (taken, left) = device
            .changes
            .all()
            .iter()
            .cloned()
            .partition(|change| scope.takes(change));
        Self {
            candidate: device.candidate.clone(),
            taken,
            left,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// The running configuration that this commit would lead to. What others
    /// changed below a node that is taken stays as it was.
    fn result(&self, running: &Node) -> Node {
        let mut next = running.clone();
        for change in &self.taken {
            edit::copy(&self.candidate, &mut next, &change.path);
            let others = self
                .left
                .iter()
                .filter(|other| change.path.covers(&other.path));
            for other in others {
                edit::copy(running, &mut next, &other.path);
            }
        }
        next
    }
}

/// Checks what a commit would lead to.
pub(crate) fn validate(device: &Device, prepared: &Prepared, switches: &Switches) -> Outcome {
    let next = prepared.result(&device.running);
    match problems(&with_pushed(&device.pushed, &next), switches) {
        problems if problems.is_empty() => Outcome::good("Configuration is valid"),
        problems => Outcome::bad(problems),
    }
}

/// Brings a commit into force, unless it is not valid.
pub(crate) fn apply(
    device: &mut Device,
    prepared: &Prepared,
    admin: &str,
    switches: &Switches,
) -> Outcome {
    let next = prepared.result(&device.running);
    let problems = problems(&with_pushed(&device.pushed, &next), switches);
    if !problems.is_empty() {
        return Outcome::bad(problems);
    }
    device.running = next;
    device.changes.forget(|change| {
        prepared
            .taken
            .iter()
            .any(|taken| taken.number == change.number)
    });
    if switches.panos_locks_released_by_commit {
        device.locks.release_all(admin);
    }
    Outcome::good("Configuration committed successfully")
}

/// What is wrong with a configuration, as lines of the job.
fn problems(config: &Node, switches: &Switches) -> Vec<String> {
    let mut lines = Vec::new();
    for it in references::uses(config) {
        let way = it.line();
        let target = it.target(config);
        let entry = target.as_ref().and_then(|path| path.first(config));
        let fine = match (it.what, entry) {
            (_, None) => false,
            (Object::Certificate, Some(entry)) => {
                entry.child("csr").is_none() && entry.child("private-key").is_some()
            }
            (Object::Authority, Some(entry)) => {
                entry.child("csr").is_none() && entry.text_of("ca") == Some("yes")
            }
            (Object::Profile, Some(_)) => true,
        };
        if !fine {
            lines.push(format!(" {way} '{}' is not a valid reference", it.name));
            lines.push(format!(" {way} is invalid"));
        }
    }
    profiles_without_settings(config, &mut lines);
    if switches.panos_common_name_needed {
        certificates_without_name(config, &mut lines);
    }
    if !lines.is_empty() {
        lines.insert(0, "Validation Error:".to_owned());
    }
    lines
}

fn profiles_without_settings(node: &Node, lines: &mut Vec<String>) {
    each_entry(node, "ssl-tls-service-profile", &mut |entry| {
        if entry.child("protocol-settings").is_none() {
            let name = entry.key();
            lines.push(format!(
                " ssl-tls-service-profile -> {name}  is missing 'protocol-settings'"
            ));
            lines.push(" ssl-tls-service-profile is invalid".to_owned());
        }
    });
}

/// Hardware models want this of authorities (PAN-321143).
fn certificates_without_name(node: &Node, lines: &mut Vec<String>) {
    each_entry(node, "certificate", &mut |entry| {
        if entry.child("public-key").is_some() && entry.child("common-name").is_none() {
            let name = entry.key();
            lines.push(format!("certificate -> {name}  is missing 'common-name'"));
            lines.push("certificate is invalid".to_owned());
        }
    });
}

fn each_entry(node: &Node, list: &str, visit: &mut impl FnMut(&Node)) {
    for child in &node.children {
        if child.name == list {
            child.entries().for_each(&mut *visit);
        } else {
            each_entry(child, list, visit);
        }
    }
}

/// Names by which a commit leaves components out, and which those are.
const EXCLUDABLE: [(&str, &[&str]); 8] = [
    ("device-and-network", &["device-and-network"]),
    ("shared-object", &["shared-object"]),
    ("policy-and-objects", &["vsys"]),
    ("no-vsys", &["vsys"]),
    ("no-template", &["template"]),
    ("no-template-stack", &["template-stack"]),
    ("no-device-group", &["device-group"]),
    ("no-log-collector", &[]),
];
