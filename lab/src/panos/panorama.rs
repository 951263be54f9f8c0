//! What Panorama adds: templates as targets of commands, and the push of
//! templates to firewalls.

use super::answer::{self, Answer, Refusal};
use super::device::Device;
use super::edit;
use super::jobs::Outcome;
use super::scope::{Template, device};
use super::system::Ha;
use super::xml::Node;
use super::xpath::{Path, Step};
use crate::switches::Switches;

/// A push that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Push {
    /// The configuration that firewalls get.
    pub(crate) config: Node,
    pub(crate) serials: Vec<String>,
}

impl Push {
    /// Reads `<commit-all>`: a template or a template stack, perhaps only for
    /// some devices. What was committed by now goes out.
    pub(crate) fn read(
        panorama: &Device,
        command: &Node,
    ) -> Result<(Self, Option<String>), Refusal> {
        let kinds = ["template-stack", "template"];
        let (kind, node) = kinds
            .iter()
            .find_map(|kind| Some((*kind, command.child(kind)?)))
            .ok_or_else(|| Refusal::coded(17, ["commit-all is invalid"]))?;
        let name = node.text_of("name").unwrap_or_default();
        let entry = entry(&panorama.running, kind, name)
            .ok_or_else(|| Refusal::text(format!("{kind} {name} doesn't exist")))?;
        let wanted: Option<Vec<&str>> = node.child("device").map(|list| list.members().collect());
        let serials = entry
            .child("devices")
            .into_iter()
            .flat_map(Node::entries)
            .map(Node::key)
            .filter(|serial| wanted.as_ref().is_none_or(|wanted| wanted.contains(serial)))
            .map(str::to_owned)
            .collect();
        let push = Self {
            config: merged(&panorama.running, kind, entry),
            serials,
        };
        Ok((push, node.text_of("description").map(str::to_owned)))
    }

    /// The devices of the job, which began and ends at these times.
    pub(crate) fn show(&self, outcome: &Outcome, start: &str, end: &str) -> Node {
        let entries = self.serials.iter().map(|serial| {
            let done = outcome.devices.iter().find(|(known, _)| known == serial);
            let result = match done {
                None => "PEND",
                Some((_, true)) => "OK",
                Some((_, false)) => "FAIL",
            };
            let details =
                match done {
                    Some((_, false)) => Node::new("details").with(Node::new("msg").with(
                        Node::new("errors").with(Node::leaf("line", "Device is not connected")),
                    )),
                    _ => Node::new("details"),
                };
            let times = Node::new("entry").with(Node::leaf("tstart", start));
            let entry = match done {
                Some(_) => times.with(Node::leaf("tfin", end)),
                None => times,
            };
            entry
                .with(Node::leaf("serial-no", serial))
                .with(Node::leaf("devicename", format!("fw-{serial}")))
                .with(Node::leaf("result", result))
                .with(details)
        });
        Node::new("devices").with_all(entries)
    }
}

/// `show template-stack`: which firewalls have what was committed.
pub(crate) fn stacks(panorama: &Device, name: Option<&str>, switches: &Switches) -> Node {
    let mut steps = device();
    steps.push(Step::plain("template-stack"));
    let list = Path::of(steps);
    let stacks = list.first(&panorama.running).into_iter();
    let stacks = stacks
        .flat_map(Node::entries)
        .filter(|it| name.is_none_or(|name| it.key() == name))
        .map(|stack| {
            let config = merged(&panorama.running, "template-stack", stack);
            let devices = stack.child("devices").into_iter().flat_map(Node::entries);
            let devices = devices.map(|it| state(panorama, it.key(), &config, switches));
            Node::entry(stack.key()).with(Node::new("devices").with_all(devices))
        });
    Node::new("template-stack").with_all(stacks)
}

fn state(panorama: &Device, serial: &str, config: &Node, switches: &Switches) -> Node {
    let has = panorama.sent.get(serial) == Some(config);
    let away = switches.panos_disconnected.iter().any(|it| it == serial);
    Node::entry(serial)
        .with(Node::leaf("serial", serial))
        .with(Node::leaf("connected", if away { "no" } else { "yes" }))
        .with(Node::leaf(
            "template-status",
            if has { "In Sync" } else { "Out of Sync" },
        ))
}

/// `show high-availability state`, which has no groups on Panorama.
pub(crate) fn ha_state(ha: &Ha) -> Vec<Node> {
    let Some(state) = &ha.panorama else {
        return vec![Node::leaf("enabled", "no")];
    };
    vec![
        Node::leaf("enabled", "yes"),
        Node::new("local-info").with(Node::leaf("state", state)),
        Node::leaf("running-sync", "synchronized"),
        Node::leaf("running-sync-enabled", "yes"),
    ]
}

/// `set system setting target …`
pub(crate) fn set_target(panorama: &mut Device, command: &Node, admin: &str) -> Answer {
    if command.child("none").is_some() {
        panorama.targets.remove(admin);
    } else {
        let template = ["template", "template-stack"]
            .iter()
            .find_map(|kind| command.child(kind))
            .ok_or_else(|| Refusal::coded(17, ["set -> system -> setting -> target is invalid"]))?;
        let name = template.text_of("name").unwrap_or_default();
        let target = Template::find(&panorama.candidate, name, template.text_of("vsys"))?;
        panorama.targets.insert(admin.to_owned(), target);
    }
    Ok(answer::command_succeeded())
}

/// `show system setting target`
pub(crate) fn show_target(panorama: &Device, admin: &str) -> Node {
    match panorama.targets.get(admin) {
        None => Node::leaf("target", "none"),
        Some(template) => Node::new("target")
            .with(Node::new(template.kind).with(Node::leaf("name", &template.name))),
    }
}

fn entry<'a>(root: &'a Node, kind: &str, name: &str) -> Option<&'a Node> {
    let mut steps = device();
    steps.extend([Step::plain(kind), Step::entry(name)]);
    Path::of(steps).first(root)
}

/// A stack's own configuration before that of its templates, first one first.
fn merged(root: &Node, kind: &str, node: &Node) -> Node {
    let mut whole = Node::new("config");
    if kind == "template-stack" {
        let templates: Vec<&str> = node
            .child("templates")
            .into_iter()
            .flat_map(Node::members)
            .collect();
        for name in templates.into_iter().rev() {
            if let Some(config) = entry(root, "template", name).and_then(|it| it.child("config")) {
                edit::overlay(&mut whole, config);
            }
        }
    }
    if let Some(config) = node.child("config") {
        edit::overlay(&mut whole, config);
    }
    whole
}
