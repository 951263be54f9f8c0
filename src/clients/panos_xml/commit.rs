//! Commits of one administrator's changes, pushes to firewalls, and what is pending.

use super::document::{child, descendant, text, text_of};
use super::xpath::XPath;
use super::{Call, Element, Panos, PanosError};

/// Which of one administrator's changes are committed.
#[derive(Clone, Debug)]
pub(crate) struct CommitScope {
    pub(crate) description: String,
}

/// A change that is not committed yet.
#[derive(Clone, Debug)]
pub(crate) struct PendingChange {
    pub(crate) path: XPath,
    pub(crate) admin: String,
}

impl Panos {
    /// Asks for a commit of this administrator's changes alone; the number of the job, or `None`
    /// if there is nothing to commit.
    pub(crate) async fn commit(&self, scope: &CommitScope) -> Result<Option<u64>, PanosError> {
        let user = &self.0.provider.username;
        let command =
            Element::new("commit", [Element::text("description", &scope.description)]).and(
                Element::new("partial", [Element::members("admin", [user.as_str()])]),
            );
        let call = Call::write("commit", "commit")
            .with("action", "partial")
            .with("cmd", command.to_xml());
        self.job_of(&call).await
    }

    /// Asks Panorama to push a template stack to its firewalls, or to some of them.
    pub(crate) async fn push(
        &self,
        stack: &str,
        serials: &[String],
        description: &str,
    ) -> Result<Option<u64>, PanosError> {
        let devices = (!serials.is_empty()).then(|| Element::members("device", serials.iter()));
        let target = Element::new("template-stack", [Element::text("name", stack)])
            .and(Element::text("description", description))
            .and_opt(devices);
        let command = Element::new("commit-all", [target]);
        let call = Call::write("commit", format!("push template stack {stack}"))
            .with("action", "all")
            .with("cmd", command.to_xml());
        self.job_of(&call).await
    }

    /// Firewalls of a template stack that do not have what was committed for it.
    pub(crate) async fn out_of_sync(&self, stack: &str) -> Result<Vec<String>, PanosError> {
        let command = Element::nested(
            &["show"],
            Element::new("template-stack", [Element::text("name", stack)]),
        );
        let doing = format!("tell who has template stack {stack}");
        let call = Call::read("op", doing).with("cmd", command.to_xml());
        let _turn = self.0.turn.lock().await;
        let answer = self.done(&call).await?;
        answer.with(self.system(), |response| {
            response
                .descendants()
                .filter(|it| it.has_tag_name("entry"))
                .filter(|it| text_of(*it, "template-status").as_deref() == Some("Out of Sync"))
                .filter_map(|it| text_of(it, "serial"))
                .collect()
        })
    }

    /// Everything that is not committed, whoever changed it.
    pub(crate) async fn pending_changes(&self) -> Result<Vec<PendingChange>, PanosError> {
        let command = Element::nested(&["show", "config", "list"], Element::empty("changes"));
        let call = Call::read("op", "list the pending changes").with("cmd", command.to_xml());
        let _turn = self.0.turn.lock().await;
        let answer = self.done(&call).await?;
        answer.with(self.system(), |response| {
            let journal = descendant(response, "journal");
            journal
                .into_iter()
                .flat_map(|it| it.children().filter(|it| it.has_tag_name("entry")))
                .filter_map(|entry| {
                    Some(PendingChange {
                        path: XPath::from(text_of(entry, "xpath")?),
                        admin: text_of(entry, "owner").unwrap_or_default(),
                    })
                })
                .collect()
        })
    }

    async fn job_of(&self, call: &Call) -> Result<Option<u64>, PanosError> {
        let _turn = self.0.turn.lock().await;
        let answer = self.done(call).await?;
        answer.with(self.system(), |response| {
            child(response, "result")
                .and_then(|it| child(it, "job"))
                .and_then(|it| text(it).parse().ok())
        })
    }
}
