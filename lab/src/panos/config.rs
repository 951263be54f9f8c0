//! `type=config`: reading and changing configurations.

use super::answer::{self, Answer, Refusal};
use super::device::Device;
use super::edit::{self, Changed};
use super::references;
use super::request::Request;
use super::schema;
use super::xml::Node;
use super::xpath::Path;
use crate::switches::{RenameFollows, Switches};
use time::OffsetDateTime;

/// Answers a configuration request on one device.
pub(crate) fn handle(
    device: &mut Device,
    request: &Request,
    admin: &str,
    now: OffsetDateTime,
    switches: &Switches,
) -> Answer {
    let action = request.get("action").unwrap_or_default();
    if action == "multi-config" {
        return multi(device, request, admin, now, switches);
    }
    let path = request.get("xpath").and_then(Path::parse);
    let path = path
        .filter(|path| path.names().first() == Some(&"config"))
        .ok_or_else(|| Refusal::coded(6, ["Invalid xpath"]))?;
    match action {
        "get" => Ok(get(device, &path)),
        "show" => show(device, &path),
        _ => {
            let command =
                Command::read(action, path, request.get("element"), request.get("newname"))?;
            device.locks.admit_change(admin)?;
            change(device, &command, admin, now, switches)
        }
    }
}

/// The candidate, with marks on what is not committed.
fn get(device: &Device, path: &Path) -> crate::http::Reply {
    let marked = device.changes.mark(&device.candidate);
    let found = content(path, &marked);
    if found.is_empty() {
        return answer::success(Some(7), vec![Node::new("result")]);
    }
    let count = found.len().to_string();
    let result = Node::new("result")
        .with_attribute("total-count", &count)
        .with_attribute("count", &count)
        .with_all(found);
    answer::success(Some(19), vec![result])
}

/// What is in force.
fn show(device: &Device, path: &Path) -> Answer {
    match content(path, &device.running) {
        found if found.is_empty() => Err(Refusal::text("No such node")),
        found => Ok(answer::result(found)),
    }
}

fn content(path: &Path, root: &Node) -> Vec<Node> {
    let nodes = path.find(root).into_iter();
    if path.names_only {
        nodes.map(|node| Node::entry(node.key())).collect()
    } else {
        nodes.cloned().collect()
    }
}

/// One change, understood but not made.
struct Command {
    path: Path,
    what: What,
}

enum What {
    Set(Vec<Node>),
    Edit(Node),
    Delete,
    Rename(String),
}

impl Command {
    fn read(
        action: &str,
        path: Path,
        element: Option<&str>,
        name: Option<&str>,
    ) -> Result<Self, Refusal> {
        let malformed = |error: String| Refusal::coded(18, [error]);
        let missing = |what: &str| Refusal::bad_request(format!("Missing parameter: {what}"));
        let what = match action {
            "set" => {
                let element = element.ok_or_else(|| missing("element"))?;
                What::Set(Node::parse_all(element).map_err(malformed)?)
            }
            "edit" => {
                let element = element.ok_or_else(|| missing("element"))?;
                What::Edit(Node::parse(element).map_err(malformed)?)
            }
            "delete" => What::Delete,
            "rename" => What::Rename(name.ok_or_else(|| missing("newname"))?.to_owned()),
            other => {
                return Err(Refusal::bad_request(format!(
                    "Illegal value for parameter \"action\" [{other}]."
                )));
            }
        };
        Ok(Self { path, what })
    }
}

fn change(
    device: &mut Device,
    command: &Command,
    admin: &str,
    now: OffsetDateTime,
    switches: &Switches,
) -> Answer {
    let mut next = device.candidate.clone();
    let changed: Vec<Changed> = match &command.what {
        What::Set(elements) => edit::set(&mut next, &command.path, elements),
        What::Edit(element) => vec![edit::edit(&mut next, &command.path, element.clone())?],
        What::Rename(name) => {
            let mut changed = edit::rename(&mut next, &command.path, name)?;
            if switches.panos_rename == RenameFollows::Stays {
                // Mentions keep the old name.
                for (path, _) in changed.split_off(2) {
                    edit::copy(&device.candidate, &mut next, &path);
                }
            }
            changed
        }
        What::Delete => {
            in_use(&device.candidate, &command.path)?;
            let gone = edit::delete(&mut next, &command.path);
            if gone.is_empty() {
                return Ok(answer::success(Some(7), vec![Node::new("result")]));
            }
            gone
        }
    };
    schema::check(&next, device.kind.longest_name())?;
    device.candidate = next;
    device.note(changed, admin, now);
    Ok(answer::command_succeeded())
}

/// Refuses to delete what something else mentions.
fn in_use(root: &Node, path: &Path) -> Result<(), Refusal> {
    for node in path.find(root) {
        let Some(parent) = path.parent() else {
            continue;
        };
        let entry = parent.child(super::xpath::Step::to(node));
        let uses = references::uses_of(root, &entry);
        let outside: Vec<String> = uses
            .iter()
            .filter(|it| !path.covers(&it.at))
            .map(|it| format!(" {}", it.line()))
            .collect();
        if !outside.is_empty() {
            let mut lines = vec![format!(
                " {} cannot be deleted because of references from:",
                node.key()
            )];
            lines.extend(outside);
            return Err(Refusal::coded(10, lines));
        }
    }
    Ok(())
}

/// Several changes in one request; the first that fails ends them.
fn multi(
    device: &mut Device,
    request: &Request,
    admin: &str,
    now: OffsetDateTime,
    switches: &Switches,
) -> Answer {
    device.locks.admit_change(admin)?;
    let element = request.get("element").unwrap_or_default();
    let commands = Node::parse(element).map_err(|error| Refusal::coded(18, [error]))?;
    let strict = request.get("strict-transactional") == Some("yes");
    if strict && device.jobs.busy() {
        return Err(Refusal::coded(14, ["A commit is in progress."]));
    }
    let before = (device.candidate.clone(), device.changes.clone());
    let mut responses = Vec::new();
    for node in &commands.children {
        let inner: String = node.children.iter().map(Node::to_string).collect();
        let id = node.attribute("id").unwrap_or_default().to_owned();
        let outcome = node
            .attribute("xpath")
            .and_then(Path::parse)
            .ok_or_else(|| Refusal::coded(6, ["Invalid xpath"]))
            .and_then(|path| {
                Command::read(&node.name, path, Some(&inner), node.attribute("newname"))
            })
            .and_then(|command| change(device, &command, admin, now, switches));
        let failed = outcome.is_err();
        let reply = outcome.unwrap_or_else(|refusal| refusal.reply());
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        let response = Node::parse(&text).unwrap_or_else(|_| Node::new("response"));
        responses.push(response.with_attribute("id", id));
        if failed {
            if strict {
                (device.candidate, device.changes) = before;
            }
            break;
        }
    }
    let worst = responses
        .iter()
        .find(|response| response.attribute("status") == Some("error"))
        .and_then(|response| response.attribute("code"))
        .map(str::to_owned);
    let failed = responses
        .iter()
        .any(|response| response.attribute("status") == Some("error"));
    let code = if failed {
        worst.and_then(|code| code.parse().ok())
    } else {
        Some(20)
    };
    let mut reply = answer::success(code, responses);
    if failed {
        let text = String::from_utf8_lossy(&reply.body).replacen(
            "status=\"success\"",
            "status=\"error\"",
            1,
        );
        reply.body = text.into();
    }
    Ok(reply)
}
