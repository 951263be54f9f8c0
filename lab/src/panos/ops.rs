//! `type=op` and `type=commit`: commands.

use super::answer::{self, Answer, Refusal};
use super::auth::{self, Admin, Role};
use super::commit::{Prepared, Scope as CommitScope};
use super::device::{Device, Kind};
use super::edit;
use super::entry::Vault;
use super::generate;
use super::jobs::Work;
use super::locks;
use super::panorama::{self, Push};
use super::request::Request;
use super::scope::Scope;
use super::seed::SERIALS;
use super::system::{self, Ha};
use super::xml::Node;
use crate::bigip::keys::Opened;
use crate::switches::Switches;
use std::sync::Arc;
use time::OffsetDateTime;

/// Everything that a command can touch.
pub(crate) struct Site<'a> {
    pub(crate) device: &'a mut Device,
    pub(crate) vault: &'a mut Vault,
    pub(crate) ha: &'a Ha,
    pub(crate) is_second: bool,
    pub(crate) admin: &'a Admin,
    pub(crate) now: OffsetDateTime,
    pub(crate) switches: &'a Switches,
    /// A key that was made before anybody had to wait for it.
    pub(crate) fresh: Option<Arc<Opened>>,
}

/// Answers an operational command.
pub(crate) fn operate(site: &mut Site<'_>, request: &Request, scope: &Scope) -> Answer {
    let command = request
        .command()
        .ok_or_else(|| Refusal::coded(18, ["Malformed command"]))?;
    match command.name.as_str() {
        "show" => show(site, &command),
        "request" => ask(site, &command, request, scope),
        "check" => check(site, &command),
        "validate" => {
            let scope = CommitScope::read(&Node::new("commit").with_all(command.children));
            let prepared = Prepared::of(site.device, &scope);
            Ok(enqueue(
                site,
                Work::Validate(Box::new(prepared)),
                None,
                "Validate",
            ))
        }
        "revert" => revert(site, &command),
        "load" => load(site, &command),
        "set" => match command.descend(&["system", "setting", "target"]) {
            Some(target) if site.device.kind == Kind::Panorama => {
                panorama::set_target(site.device, target, site.admin.name)
            }
            _ => Err(unknown("set")),
        },
        other => Err(unknown(other)),
    }
}

/// Answers a commit, or a push from Panorama.
pub(crate) fn commit(site: &mut Site<'_>, request: &Request) -> Answer {
    let command = request
        .command()
        .ok_or_else(|| Refusal::coded(18, ["Malformed command"]))?;
    let admin = site.admin.name;
    if request.get("action") == Some("all") {
        let (push, description) = Push::read(site.device, &command)?;
        return Ok(enqueue(
            site,
            Work::Push(push),
            description.as_deref(),
            "Commit",
        ));
    }
    if command.name != "commit" {
        return Err(Refusal::coded(17, ["commit is invalid"]));
    }
    let scope = CommitScope::read(&command);
    if scope.description.as_ref().is_some_and(|it| it.len() > 512) {
        return Err(Refusal::coded(17, ["commit -> description is invalid"]));
    }
    site.device.locks.admit_commit(admin)?;
    let prepared = Prepared::of(site.device, &scope);
    if prepared.is_empty() && !scope.force {
        let (code, text) = match (site.admin.role, scope.partial) {
            (Role::Superuser, false) => (19, "There are no changes to commit."),
            _ => (13, SAME_RESULT),
        };
        return Ok(answer::success(Some(code), vec![Node::leaf("msg", text)]));
    }
    let work = Work::Commit(Box::new(prepared));
    Ok(enqueue(site, work, scope.description.as_deref(), "Commit"))
}

fn enqueue(
    site: &mut Site<'_>,
    work: Work,
    description: Option<&str>,
    what: &str,
) -> crate::http::Reply {
    let seconds = site.switches.panos_commit_seconds;
    let admin = site.admin.name;
    let id = site
        .device
        .jobs
        .enqueue(admin, description, work, site.now, seconds);
    let line = format!("{what} job enqueued with jobid {id}");
    let result = Node::new("result")
        .with(Node::new("msg").with(Node::leaf("line", line)))
        .with(Node::leaf("job", id.to_string()));
    answer::success(Some(19), vec![result])
}

fn show(site: &Site<'_>, command: &Node) -> Answer {
    let device = &*site.device;
    let what = command
        .children
        .first()
        .ok_or_else(|| Refusal::coded(17, ["show is invalid"]))?;
    match what.name.as_str() {
        "system" if what.child("info").is_some() => {
            Ok(answer::result(vec![system::info(device, site.switches)]))
        }
        "system" if what.descend(&["setting", "target"]).is_some() => {
            Ok(answer::result(vec![panorama::show_target(
                device,
                site.admin.name,
            )]))
        }
        "high-availability" => Ok(answer::result(if device.kind == Kind::Panorama {
            panorama::ha_state(site.ha)
        } else {
            system::ha_state(site.ha, site.is_second, site.now)
        })),
        "chassis-ready" => Ok(answer::result_text("yes")),
        "jobs" => jobs(site, what),
        "config-locks" => Ok(answer::result(vec![device.locks.list(locks::Kind::Config)])),
        "commit-locks" => Ok(answer::result(vec![device.locks.list(locks::Kind::Commit)])),
        "config" => show_config(device, what),
        "devices" if device.kind == Kind::Panorama => Ok(answer::result(vec![devices()])),
        "template-stack" if device.kind == Kind::Panorama => {
            let stacks = panorama::stacks(device, what.text_of("name"), site.switches);
            Ok(answer::result(vec![stacks]))
        }
        other => Err(unknown(&format!("show -> {other}"))),
    }
}

fn jobs(site: &Site<'_>, what: &Node) -> Answer {
    let jobs = &site.device.jobs;
    if let Some(id) = what.text_of("id") {
        let number = id.parse().unwrap_or(0);
        let job = jobs.show(number, site.now);
        return match job {
            Some(job) => Ok(answer::result(vec![job])),
            None => Err(Refusal::coded(7, [format!("job {id} not found")])),
        };
    }
    let done = if what.child("pending").is_some() {
        Some(false)
    } else if what.child("processed").is_some() {
        Some(true)
    } else {
        None
    };
    Ok(answer::result(jobs.show_all(site.now, done)))
}

fn show_config(device: &Device, what: &Node) -> Answer {
    if let Some(changes) = what.descend(&["list", "changes"]) {
        let admin = changes
            .descend(&["partial", "admin"])
            .and_then(|list| list.members().next());
        return Ok(answer::result(
            device.changes.journal(admin).into_iter().collect(),
        ));
    }
    if what.descend(&["list", "admins"]).is_some() {
        let mut names: Vec<&str> = device
            .changes
            .all()
            .iter()
            .map(|it| it.admin.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        let entries = names.into_iter().map(|name| Node::leaf("entry", name));
        return Ok(answer::result(vec![Node::new("admins").with_all(entries)]));
    }
    if what.child("candidate").is_some() {
        return Ok(answer::result(vec![device.candidate.clone()]));
    }
    match what.child("running") {
        Some(running) => match running.text_of("xpath").map(super::xpath::Path::parse) {
            None => Ok(answer::result(vec![device.running.clone()])),
            Some(Some(path)) => match path.first(&device.running) {
                Some(node) => Ok(answer::result(vec![node.clone()])),
                None => Err(Refusal::text("No such node")),
            },
            Some(None) => Err(Refusal::coded(6, ["Invalid xpath"])),
        },
        None => Err(unknown("show -> config")),
    }
}

fn devices() -> Node {
    let entries = SERIALS.iter().map(|serial| {
        Node::entry(serial)
            .with(Node::leaf("serial", *serial))
            .with(Node::leaf("connected", "yes"))
            .with(Node::leaf("hostname", format!("fw-{serial}")))
    });
    Node::new("devices").with_all(entries)
}

fn ask(site: &mut Site<'_>, command: &Node, request: &Request, scope: &Scope) -> Answer {
    let what = command
        .children
        .first()
        .ok_or_else(|| Refusal::coded(17, ["request is invalid"]))?;
    if let Some(kind) = locks::Kind::parse(&what.name) {
        let scope = request.get("vsys").unwrap_or("shared");
        return site
            .device
            .locks
            .request(kind, what, scope, site.admin.name, site.now);
    }
    match what.name.as_str() {
        "certificate" => certificate(site, what, scope),
        "high-availability" if what.child("sync-to-remote").is_some() && site.ha.enabled => {
            Ok(answer::result_text(
                "HA synchronization job has been queued on peer. Please check job status on peer.",
            ))
        }
        other => Err(unknown(&format!("request -> {other}"))),
    }
}

fn certificate(site: &mut Site<'_>, what: &Node, scope: &Scope) -> Answer {
    if site.admin.role == Role::VsysAdmin {
        return Err(auth::not_authorized("op", site.admin.role));
    }
    site.device.locks.admit_change(site.admin.name)?;
    if let Some(command) = what.child("generate") {
        return generate::generate(site, scope, command);
    }
    if let Some(command) = what.child("revoke") {
        let name = command.text_of("certificate-name").unwrap_or_default();
        return generate::revoke(site, scope, name);
    }
    if let Some(command) = what.child("is-blocked") {
        let name = command.text_of("certificate-name").unwrap_or_default();
        let path = scope.certificate(name);
        let stored = path
            .first(&site.device.candidate)
            .and_then(|entry| site.vault.of(entry));
        return match stored {
            Some(stored) => Ok(answer::result_text(if stored.blocked {
                "yes"
            } else {
                "no"
            })),
            None => Err(Refusal::text(format!("{name} has no private key"))),
        };
    }
    Err(unknown("request -> certificate"))
}

fn check(site: &Site<'_>, command: &Node) -> Answer {
    let pending = !site.device.changes.is_empty();
    if command.child("pending-changes").is_some() {
        return Ok(answer::result_text(if pending { "yes" } else { "no" }));
    }
    if command.child("full-commit-required").is_some() {
        return Ok(answer::result_text("no"));
    }
    Err(unknown("check"))
}

/// Throws uncommitted changes away: everybody's, or those of some.
fn revert(site: &mut Site<'_>, command: &Node) -> Answer {
    let config = command.child("config").ok_or_else(|| unknown("revert"))?;
    let device = &mut *site.device;
    if device.jobs.busy() {
        return Err(Refusal::text(
            "Local commit jobs are queued. Revert operation is not allowed.",
        ));
    }
    device.locks.admit_change(site.admin.name)?;
    let admins: Option<Vec<String>> = config
        .descend(&["partial", "admin"])
        .map(|list| list.members().map(str::to_owned).collect());
    let gone: Vec<_> = device
        .changes
        .all()
        .iter()
        .filter(|change| {
            admins
                .as_ref()
                .is_none_or(|admins| admins.contains(&change.admin))
        })
        .cloned()
        .collect();
    for change in &gone {
        edit::copy(&device.running, &mut device.candidate, &change.path);
    }
    device
        .changes
        .forget(|change| gone.iter().any(|gone| gone.number == change.number));
    if admins.is_none() {
        device.candidate = device.running.clone();
    }
    Ok(answer::result(vec![Node::new("msg").with(Node::leaf(
        "line",
        "All changes were reverted from configuration",
    ))]))
}

/// `load config from running-config.xml`: everybody's changes are gone.
fn load(site: &mut Site<'_>, command: &Node) -> Answer {
    let file = command
        .descend(&["config", "from"])
        .map(|node| node.text.as_str());
    if file != Some("running-config.xml") {
        return Err(Refusal::text("No such file"));
    }
    site.device.locks.admit_change(site.admin.name)?;
    site.device.candidate = site.device.running.clone();
    site.device.changes.forget(|_| true);
    Ok(answer::result(vec![Node::new("msg").with(Node::leaf(
        "line",
        "Config loaded from running-config.xml",
    ))]))
}

fn unknown(command: &str) -> Refusal {
    Refusal::coded(17, [format!("{command} is invalid")])
}

const SAME_RESULT: &str = "The result of this commit would be the same as the previous commit queued/processed. \
    No edits have been made between these subsequent commits. Please check the previous commit status. If still \
    needed, use commit force instead.";
