//! Who changed what in the candidate configuration since it was last
//! committed.

use super::xml::Node;
use super::xpath::Path;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// A node that differs from the running configuration.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) number: u64,
    pub(crate) path: Path,
    pub(crate) admin: String,
    /// `CREATE`, `EDIT`, `DELETE`
    pub(crate) verb: &'static str,
    pub(crate) time: OffsetDateTime,
}

/// All uncommitted changes, in the order in which they were made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    list: Vec<Change>,
    last: u64,
}

impl Changes {
    /// Notes a change. Whatever lay below it now belongs to who made it: that
    /// is how the edit of a parent takes over the work of others.
    pub(crate) fn note(
        &mut self,
        path: Path,
        admin: &str,
        verb: &'static str,
        time: OffsetDateTime,
    ) {
        self.list.retain(|change| !path.covers(&change.path));
        self.last += 1;
        self.list.push(Change {
            number: self.last,
            path,
            admin: admin.to_owned(),
            verb,
            time,
        });
    }

    pub(crate) fn all(&self) -> &[Change] {
        &self.list
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn forget(&mut self, gone: impl Fn(&Change) -> bool) {
        self.list.retain(|change| !gone(change));
    }

    /// A candidate configuration with the marks that readers see on nodes
    /// that were changed.
    pub(crate) fn mark(&self, candidate: &Node) -> Node {
        let mut marked = candidate.clone();
        for change in self.list.iter().filter(|change| change.verb != "DELETE") {
            let node = change.path.make(&mut marked);
            node.set_attribute("admin", change.admin.clone());
            node.set_attribute("dirtyId", change.number.to_string());
            node.set_attribute("time", stamp(change.time));
        }
        marked
    }

    /// What `show config list changes` prints, for all or for one.
    pub(crate) fn journal(&self, admin: Option<&str>) -> Option<Node> {
        let entries: Vec<Node> = self
            .list
            .iter()
            .filter(|change| admin.is_none_or(|admin| change.admin == admin))
            .map(|change| {
                Node::new("entry")
                    .with(Node::leaf("xpath", change.path.to_string()))
                    .with(Node::leaf("owner", &change.admin))
                    // The device prints the verb behind a blank.
                    .with(Node::leaf("action", format!(" {}", change.verb)))
                    .with(Node::leaf("admin-history", &change.admin))
                    .with(Node::leaf("component-type", component(&change.path)))
            })
            .collect();
        (!entries.is_empty()).then(|| Node::new("journal").with_all(entries))
    }
}

/// The part of the configuration that a path belongs to, as commits name it.
pub(crate) fn component(path: &Path) -> &'static str {
    match path.names().as_slice() {
        ["config", "shared", ..] => "shared-object",
        ["config", "devices", "entry", "template", ..] => "template",
        ["config", "devices", "entry", "template-stack", ..] => "template-stack",
        ["config", "devices", "entry", "device-group", ..] => "device-group",
        ["config", "devices", "entry", "vsys", ..] => "vsys",
        _ => "device-and-network",
    }
}

/// `YYYY/MM/DD HH:MM:SS`
pub(crate) fn stamp(time: OffsetDateTime) -> String {
    time.format(STAMP).unwrap_or_default()
}

const STAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]/[month]/[day] [hour]:[minute]:[second]");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_the_parent_takes_over() {
        let mut changes = Changes::default();
        let path = |text: &str| Path::parse(text).expect("a path");
        let now = OffsetDateTime::UNIX_EPOCH;
        changes.note(path("/config/shared/a/b"), "alice", "EDIT", now);
        changes.note(path("/config/shared/c"), "alice", "CREATE", now);
        changes.note(path("/config/shared/a"), "bob", "EDIT", now);
        let owners: Vec<&str> = changes.all().iter().map(|it| it.admin.as_str()).collect();
        assert_eq!(owners, ["alice", "bob"]);
        assert!(changes.journal(Some("carol")).is_none());
    }
}
