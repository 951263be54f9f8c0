//! Locks: taken for the moment of binding and committing, given back in any case.

use super::{Call, Element, Panos, PanosError};

/// What a lock keeps others from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LockKind {
    Config,
    Commit,
}

impl LockKind {
    fn command(self) -> &'static str {
        match self {
            Self::Config => "config-lock",
            Self::Commit => "commit-lock",
        }
    }

    fn list(self) -> &'static str {
        match self {
            Self::Config => "config-locks",
            Self::Commit => "commit-locks",
        }
    }
}

impl Panos {
    /// Takes a lock. One that this administrator has already is as good: it is left of a run that
    /// was killed.
    pub(crate) async fn lock(&self, kind: LockKind) -> Result<(), PanosError> {
        let add = Element::new("add", [Element::text("comment", "certwright")]);
        let taken = self.request_lock(kind, add, "take").await;
        match taken {
            Err(error) if self.is_own(&error) => Ok(()),
            other => other,
        }
    }

    /// Gives a lock back; a commit may have done so already.
    pub(crate) async fn unlock(&self, kind: LockKind) -> Result<(), PanosError> {
        match self
            .request_lock(kind, Element::empty("remove"), "give back")
            .await
        {
            Err(PanosError::Refused { answer, .. }) if answer.contains("not currently") => Ok(()),
            other => other,
        }
    }

    /// Who holds locks of this kind.
    pub(crate) async fn locks(&self, kind: LockKind) -> Result<Vec<String>, PanosError> {
        let name = kind.list();
        let command = Element::nested(&["show"], Element::empty(name));
        let call = Call::read("op", format!("list the {name}")).with("cmd", command.to_xml());
        let _turn = self.0.turn.lock().await;
        let answer = self.done(&call).await?;
        answer.with(self.system(), |response| {
            response
                .descendants()
                .filter(|it| it.has_tag_name("entry"))
                .filter_map(|it| it.attribute("name"))
                .map(str::to_owned)
                .collect()
        })
    }

    async fn request_lock(
        &self,
        kind: LockKind,
        what: Element,
        verb: &str,
    ) -> Result<(), PanosError> {
        let command = Element::nested(&["request"], Element::new(kind.command(), [what]));
        let call = Call::write("op", format!("{verb} the {}", kind.command()))
            .with("cmd", command.to_xml())
            .repeatable();
        let _turn = self.0.turn.lock().await;
        self.done(&call).await.map(drop)
    }

    fn is_own(&self, error: &PanosError) -> bool {
        let (PanosError::Refused { answer, .. } | PanosError::Locked { answer, .. }) = error else {
            return false;
        };
        answer.starts_with("You already own")
            || answer
                .strip_suffix(&self.0.provider.username)
                .is_some_and(|it| it.ends_with("held by "))
    }
}
