//! One commit for all sites of a task: each hands in what it has ready and waits; when nobody is
//! left who may still come, everything is staged, committed and followed to its end.

use std::cell::RefCell;
use std::time::Duration;

use tokio::sync::Notify;

use super::naming::{Naming, is_authority_name, is_version};
use super::stage::Stage;
use crate::clients::panos_xml::locks::LockKind;
use crate::clients::panos_xml::xpath::XPath;
use crate::clients::panos_xml::{Panos, PanosError};
use crate::deadline::Deadline;

/// How a task commits.
#[derive(Clone, Debug)]
pub(crate) struct CommitPolicy {
    /// Without it, everything stays in the candidate configuration.
    pub(crate) commit: bool,
    /// What descriptions of commits begin with.
    pub(crate) label: String,
    /// How long to wait for somebody else's lock.
    pub(crate) lock_wait: Duration,
    pub(crate) own: Own,
    /// What to push afterwards.
    pub(crate) push: Vec<Push>,
}

/// A push of a template stack from Panorama to its firewalls, or to some of them.
#[derive(Clone, Debug)]
pub(crate) struct Push {
    pub(crate) stack: String,
    pub(crate) serials: Vec<String>,
}

/// The nodes that are ours to change. Whatever else the administrator has pending is not.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    /// The list of certificates, of which entries with our names are ours.
    pub(crate) certificates: XPath,
    pub(crate) sites: Vec<Naming>,
    /// Profiles and services.
    pub(crate) nodes: Vec<XPath>,
}

impl Own {
    /// Could another task of ours have left it? Of a site that waits for its signature there is an entry
    /// in the candidate configuration for days; committed, it is only safer there.
    fn is_of_a_site(path: &XPath) -> bool {
        let entry = path.certificate();
        entry.is_some_and(|it| is_authority_name(it) || is_version(it))
    }

    fn has(&self, path: &XPath) -> bool {
        let entry = path.entry_of(&self.certificates);
        entry.is_some_and(|it| {
            is_authority_name(it) || self.sites.iter().any(|site| site.time_of(it).is_some())
        }) || self.nodes.iter().any(|it| path.is_in(it))
    }

    /// A list or a node above, made together with ours.
    fn is_below(&self, path: &XPath) -> bool {
        self.certificates.is_in(path) || self.nodes.iter().any(|it| it.is_in(path))
    }
}

pub(crate) struct Batch {
    pub(super) client: Panos,
    pub(super) policy: CommitPolicy,
    pub(super) state: RefCell<State>,
    over: Notify,
}

#[derive(Default)]
pub(super) struct State {
    /// Sites that may still hand something in.
    members: usize,
    stages: Vec<Stage>,
    round: usize,
    outcomes: Vec<Result<(), String>>,
    pub(super) commits: usize,
}

impl Batch {
    pub(crate) fn new(client: Panos, policy: CommitPolicy, members: usize) -> Self {
        Self {
            client,
            policy,
            state: RefCell::new(State {
                members,
                ..State::default()
            }),
            over: Notify::new(),
        }
    }

    pub(crate) fn commits(&self) -> bool {
        self.policy.commit
    }

    /// How many commits were made.
    pub(crate) fn count(&self) -> usize {
        self.state.borrow().commits
    }

    /// Hands `stage` in and waits until it is in force. On an error nothing of it is.
    pub(crate) async fn commit(&self, stage: Stage) -> Result<(), String> {
        self.state.borrow_mut().stages.push(stage);
        let round = self.state.borrow().round;
        if self.is_complete() {
            self.carry_out().await;
        }
        loop {
            let over = self.over.notified();
            if let Some(outcome) = self.state.borrow().outcomes.get(round) {
                return outcome.clone();
            }
            over.await;
        }
    }

    /// A site has nothing more to hand in.
    pub(crate) async fn leave(&self) {
        self.state.borrow_mut().members -= 1;
        if self.is_complete() {
            self.carry_out().await;
        }
    }

    fn is_complete(&self) -> bool {
        let state = self.state.borrow();
        !state.stages.is_empty() && state.stages.len() >= state.members
    }

    async fn carry_out(&self) {
        let stages = std::mem::take(&mut self.state.borrow_mut().stages);
        let outcome = self.locked(&stages).await.map_err(|it| it.to_string());
        let mut state = self.state.borrow_mut();
        state.outcomes.push(outcome);
        state.round += 1;
        drop(state);
        self.over.notify_waiters();
    }

    async fn locked(&self, stages: &[Stage]) -> Result<(), CommitError> {
        self.take(LockKind::Commit).await?;
        let result = self.staged(stages).await;
        self.release(LockKind::Commit).await;
        result
    }

    /// Stages under the configuration's lock. It is given back before the commit: if this process
    /// ends in between, what is staged tells the next run that there is work to do.
    async fn staged(&self, stages: &[Stage]) -> Result<(), CommitError> {
        self.take(LockKind::Config).await?;
        let mut done = Vec::new();
        let mut result = self.no_strangers().await;
        for stage in stages {
            if result.is_err() {
                break;
            }
            done.push(stage);
            let outcome = stage.carry_out(&self.client).await;
            result = outcome.map_err(CommitError::from);
        }
        self.release(LockKind::Config).await;
        if result.is_ok() && self.policy.commit {
            result = self.commit_now().await;
        }
        if let Err(error) = result {
            let grace = self.client.with_deadline(Deadline::after(GRACE));
            for stage in done.into_iter().rev() {
                if let Err(also) = stage.take_back(&grace).await {
                    return Err(CommitError(format!(
                        "{error}. And the changes for {} could not be taken back: {also}",
                        stage.site
                    )));
                }
            }
            return Err(error);
        }
        // What is committed stays so, also if a firewall does not take it: the next run pushes again.
        if self.policy.commit {
            self.push(&self.policy.push).await?;
        }
        Ok(())
    }

    /// Also when the task's time is over: locks must not stay. One that does is no reason to take
    /// anything back; the next run finds it.
    async fn release(&self, kind: LockKind) {
        let grace = self.client.with_deadline(Deadline::after(GRACE));
        if let Err(error) = grace.unlock(kind).await {
            self.client.context().warn(error.to_string());
        }
    }

    /// What an earlier run of this site staged, but did not get to commit.
    pub(crate) async fn uncommitted(
        &self,
        is_own: impl Fn(&XPath) -> bool,
    ) -> Result<Vec<XPath>, PanosError> {
        if !self.policy.commit {
            return Ok(Vec::new());
        }
        let changes = self.client.pending_changes().await?;
        let own = changes
            .into_iter()
            .filter(|it| it.admin == self.client.user());
        Ok(own.map(|it| it.path).filter(is_own).collect())
    }

    /// Tries until nobody else's lock is in the way, or until the device's words about it are the
    /// answer.
    pub(crate) async fn patiently<T>(
        &self,
        attempt: impl AsyncFn() -> Result<T, PanosError>,
    ) -> Result<T, PanosError> {
        let patience = Deadline::after(self.policy.lock_wait);
        loop {
            match attempt().await {
                Err(PanosError::Locked { .. }) if self.may_wait(patience, LOCK_PAUSE) => {
                    tokio::time::sleep(LOCK_PAUSE).await;
                }
                other => return other,
            }
        }
    }

    pub(super) fn may_wait(&self, patience: Deadline, pause: Duration) -> bool {
        let task = self.client.context().deadline;
        patience.admits(pause).is_some() && task.admits(pause).is_some()
    }

    /// What this administrator has pending elsewhere would be carried along, and what others have
    /// pending on our nodes would become ours. Neither is for us to decide.
    async fn no_strangers(&self) -> Result<(), CommitError> {
        let (system, user) = (self.client.system(), self.client.user());
        let own = &self.policy.own;
        for change in self.client.pending_changes().await? {
            let path = &change.path;
            if change.admin == user
                && !own.has(path)
                && !own.is_below(path)
                && !Own::is_of_a_site(path)
            {
                return Err(CommitError(format!(
                    "{system}: '{user}' has a pending change that was not made here ({path}). A commit would carry it along: \
                     commit or revert it, or give certwright an administrator of its own"
                )));
            }
            if change.admin != user && own.has(path) {
                let admin = &change.admin;
                let advice = if self.client.has_given_key() {
                    format!(
                        " (if provider.api_key is a key of '{admin}', say so in provider.username)"
                    )
                } else {
                    String::new()
                };
                return Err(CommitError(format!(
                    "{system}: '{admin}' has a pending change of {path}; it has to be committed or reverted first{advice}"
                )));
            }
        }
        Ok(())
    }

    async fn take(&self, kind: LockKind) -> Result<(), CommitError> {
        let lock = async || self.client.lock(kind).await;
        Ok(self.patiently(lock).await?)
    }
}

/// Why nothing came into force, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct CommitError(pub(super) String);

impl From<PanosError> for CommitError {
    fn from(error: PanosError) -> Self {
        Self(error.to_string())
    }
}

const LOCK_PAUSE: Duration = Duration::from_secs(2);
/// For giving back what was taken, when the task's own time is over.
const GRACE: Duration = Duration::from_secs(30);
