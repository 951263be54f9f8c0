//! Locks on the configuration and on commits, by scope.

use super::answer::{self, Answer, Refusal};
use super::changes::stamp;
use super::xml::Node;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// The locks of a device.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    list: Vec<Lock>,
}

#[derive(Clone, Debug)]
struct Lock {
    kind: Kind,
    /// `shared` or a virtual system.
    scope: String,
    admin: String,
    comment: Option<String>,
    created: OffsetDateTime,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Config,
    Commit,
}

impl Kind {
    /// By the name of its command: `config-lock`.
    pub(crate) fn parse(command: &str) -> Option<Self> {
        match command {
            "config-lock" => Some(Self::Config),
            "commit-lock" => Some(Self::Commit),
            _ => None,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Config => "Config",
            Self::Commit => "Commit",
        }
    }
}

impl Locks {
    /// Refuses a change while somebody else has the configuration locked.
    pub(crate) fn admit_change(&self, admin: &str) -> Result<(), Refusal> {
        match self.of_others(Kind::Config, admin) {
            None => Ok(()),
            Some(lock) => Err(Refusal::text(format!(
                "Configuration is locked by {}",
                lock.admin
            ))),
        }
    }

    /// Refuses a commit while somebody else has a commit lock.
    pub(crate) fn admit_commit(&self, admin: &str) -> Result<(), Refusal> {
        match self.of_others(Kind::Commit, admin) {
            None => Ok(()),
            Some(_) => Err(Refusal::coded(
                14,
                ["Other administrators are holding device wide commit locks."],
            )),
        }
    }

    fn of_others(&self, kind: Kind, admin: &str) -> Option<&Lock> {
        self.list
            .iter()
            .find(|lock| lock.kind == kind && lock.admin != admin)
    }

    /// A commit releases the locks of who commits.
    pub(crate) fn release_all(&mut self, admin: &str) {
        self.list.retain(|lock| lock.admin != admin);
    }

    /// `request {config,commit}-lock {add,remove}`
    pub(crate) fn request(
        &mut self,
        kind: Kind,
        command: &Node,
        scope: &str,
        admin: &str,
        now: OffsetDateTime,
    ) -> Answer {
        let held = self
            .list
            .iter()
            .position(|lock| lock.kind == kind && lock.scope == scope);
        match (command.child("add"), command.child("remove"), held) {
            (Some(_), _, Some(at)) => Err(taken(&self.list[at], admin)),
            (Some(add), ..) => {
                self.list.push(Lock {
                    kind,
                    scope: scope.to_owned(),
                    admin: admin.to_owned(),
                    comment: add.text_of("comment").map(str::to_owned),
                    created: now,
                });
                let what = match kind {
                    Kind::Config => "modify",
                    Kind::Commit => "commit",
                };
                Ok(answer::result_text(format!(
                    "Successfully acquired lock. Other administrators will not be able to {what} configuration \
                     until lock is released by {admin}."
                )))
            }
            (None, Some(remove), Some(at)) => {
                let owner = remove.text_of("admin").unwrap_or(admin);
                if self.list[at].admin != owner {
                    return Err(not_held(kind, scope, admin));
                }
                self.list.remove(at);
                Ok(answer::result_text(format!(
                    "{} lock released for {owner}",
                    kind.label()
                )))
            }
            (None, Some(_), None) => Err(not_held(kind, scope, admin)),
            (None, None, _) => Err(Refusal::coded(17, ["request lock is invalid"])),
        }
    }

    /// `show {config,commit}-locks`
    pub(crate) fn list(&self, kind: Kind) -> Node {
        let name = match kind {
            Kind::Config => "config-locks",
            Kind::Commit => "commit-locks",
        };
        let entries = self
            .list
            .iter()
            .filter(|lock| lock.kind == kind)
            .map(|lock| {
                let comment = lock.comment.as_deref().unwrap_or("(null)");
                Node::entry(&lock.admin)
                    .with(Node::leaf(
                        "type",
                        if lock.scope == "shared" {
                            "shared"
                        } else {
                            "vsys"
                        },
                    ))
                    .with(Node::leaf("name", &lock.scope))
                    .with(Node::leaf("created", stamp(lock.created)))
                    .with(Node::leaf("last-activity", stamp(lock.created)))
                    .with(Node::leaf("loggedin", "yes"))
                    .with(Node::leaf("comment", comment))
            });
        Node::new(name).with_all(entries)
    }

    pub(crate) fn state(&self) -> Value {
        self.list
            .iter()
            .map(
                |lock| json!({"kind": lock.kind.label(), "scope": lock.scope, "admin": lock.admin}),
            )
            .collect()
    }
}

fn taken(lock: &Lock, admin: &str) -> Refusal {
    Refusal::text(match (lock.kind, lock.admin == admin) {
        (Kind::Commit, _) => format!("Commit lock is already held by {}", lock.admin),
        (Kind::Config, true) => {
            format!("You already own a config lock for scope {}", lock.scope)
        }
        (Kind::Config, false) => format!(
            "Config for scope {} is currently locked by {}",
            lock.scope, lock.admin
        ),
    })
}

fn not_held(kind: Kind, scope: &str, admin: &str) -> Refusal {
    Refusal::text(match kind {
        Kind::Config => format!("Config is not currently locked for scope {scope}"),
        Kind::Commit => format!("Commit lock is not currently held by {admin}"),
    })
}
