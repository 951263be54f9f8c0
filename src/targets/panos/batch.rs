//! One commit for all sites of a task: each hands in what it has ready and waits; when nobody is
//! left who may still come, everything is staged, committed and followed to its end.

use std::cell::RefCell;
use std::time::Duration;

use tokio::sync::Notify;

use super::naming::{Naming, is_authority_name};
use super::stage::Stage;
use crate::clients::panos_xml::locks::LockKind;
use crate::clients::panos_xml::xpath::XPath;
use crate::clients::panos_xml::{CommitScope, Panos, PanosError};
use crate::deadline::Deadline;

/// How a task commits.
#[derive(Clone, Debug)]
pub(crate) struct CommitPolicy {
    /// Without it, everything stays in the candidate configuration.
    pub(crate) commit: bool,
    pub(crate) description: String,
    /// How long to wait for somebody else's lock.
    pub(crate) lock_wait: Duration,
    pub(crate) own: Own,
    /// Template stacks to push afterwards, and to which firewalls (none: to all).
    pub(crate) push: Vec<(String, Vec<String>)>,
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
    client: Panos,
    policy: CommitPolicy,
    state: RefCell<State>,
    over: Notify,
}

#[derive(Default)]
struct State {
    /// Sites that may still hand something in.
    members: usize,
    stages: Vec<Stage>,
    round: usize,
    outcomes: Vec<Result<(), String>>,
    commits: usize,
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
        self.no_strangers().await?;
        self.take(LockKind::Commit).await?;
        let result = self.staged(stages).await;
        let released = self.release(LockKind::Commit).await;
        result.and(released)
    }

    /// Stages under the configuration's lock. It is given back before the commit: if this process
    /// ends in between, what is staged tells the next run that there is work to do.
    async fn staged(&self, stages: &[Stage]) -> Result<(), CommitError> {
        self.take(LockKind::Config).await?;
        let mut done = Vec::new();
        let mut result = Ok(());
        for stage in stages {
            done.push(stage);
            result = stage
                .carry_out(&self.client)
                .await
                .map_err(CommitError::from);
            if result.is_err() {
                break;
            }
        }
        let released = self.release(LockKind::Config).await;
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
        released
    }

    /// Also when the task's time is over: locks must not stay.
    async fn release(&self, kind: LockKind) -> Result<(), CommitError> {
        let grace = self.client.with_deadline(Deadline::after(GRACE));
        Ok(grace.unlock(kind).await?)
    }

    /// What this administrator has pending elsewhere would be carried along, and what others have
    /// pending on our nodes would become ours. Neither is for us to decide.
    async fn no_strangers(&self) -> Result<(), CommitError> {
        let (system, user) = (self.client.system(), self.client.user());
        let own = &self.policy.own;
        for change in self.client.pending_changes().await? {
            let path = &change.path;
            if change.admin == user && !own.has(path) && !own.is_below(path) {
                return Err(CommitError(format!(
                    "{system}: '{user}' has a pending change that was not made here ({path}). A commit would carry it along: \
                     commit or revert it, or give certwright an administrator of its own"
                )));
            }
            if change.admin != user && own.has(path) {
                return Err(CommitError(format!(
                    "{system}: '{}' has a pending change of {path}; it has to be committed or reverted first",
                    change.admin
                )));
            }
        }
        Ok(())
    }

    async fn take(&self, kind: LockKind) -> Result<(), CommitError> {
        let patience = Deadline::after(self.policy.lock_wait);
        loop {
            match self.client.lock(kind).await {
                Err(PanosError::Locked { .. })
                    if patience.admits(LOCK_PAUSE).is_some()
                        && self.client.context().deadline.admits(LOCK_PAUSE).is_some() =>
                {
                    tokio::time::sleep(LOCK_PAUSE).await;
                }
                other => return Ok(other?),
            }
        }
    }

    async fn commit_now(&self) -> Result<(), CommitError> {
        let scope = CommitScope {
            description: self.policy.description.clone(),
        };
        let job = match self.client.commit(&scope).await {
            // The answer was lost; the job may be there all the same.
            Err(error) if error.fate_unknown() => {
                match self.client.job_like(&scope.description).await? {
                    Some(job) => Some(job),
                    None => return Err(error.into()),
                }
            }
            other => other?,
        };
        if let Some(job) = job {
            self.follow(job, "the commit").await?;
            self.state.borrow_mut().commits += 1;
            self.partner().await?;
        }
        for (stack, serials) in &self.policy.push {
            let push = self.client.push(stack, serials).await?;
            if let Some(job) = push {
                self.follow(job, &format!("the push of {stack}")).await?;
            }
        }
        Ok(())
    }

    async fn follow(&self, id: u64, what: &str) -> Result<(), CommitError> {
        let job = self.client.follow(id).await?;
        let system = self.client.system();
        for warning in &job.warnings {
            self.client.context().warn(format!("{system}: {warning}"));
        }
        if job.finished && job.good {
            return Ok(());
        }
        let words = if job.finished {
            let devices = job
                .failed_devices
                .iter()
                .map(|(serial, why)| format!("{serial}: {why}"));
            let words: Vec<String> = job.details.iter().cloned().chain(devices).collect();
            format!("failed: {}", words.join("; "))
        } else {
            "has not ended in time; `deadline` gives the task more".to_owned()
        };
        Err(CommitError(format!("{system}: {what} (job {id}) {words}")))
    }

    /// The other unit of a pair takes the running configuration by itself; this waits for it.
    async fn partner(&self) -> Result<(), CommitError> {
        let patience = Deadline::after(PARTNER);
        loop {
            let ha = self.client.ha_state().await?;
            if !ha.enabled || !ha.sync_enabled || ha.running_sync == "synchronized" {
                return Ok(());
            }
            let on_its_way = ha.running_sync == "synchronization in progress";
            let may_wait = patience.admits(PARTNER_PAUSE).is_some()
                && self
                    .client
                    .context()
                    .deadline
                    .admits(PARTNER_PAUSE)
                    .is_some();
            if !on_its_way || !may_wait {
                self.client.context().warn(format!(
                    "{}: the other unit of the pair did not take the configuration ({}): after a failover it would serve \
                     what it had before",
                    self.client.system(),
                    ha.running_sync
                ));
                return Ok(());
            }
            tokio::time::sleep(PARTNER_PAUSE).await;
        }
    }
}

/// Why nothing came into force, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct CommitError(String);

impl From<PanosError> for CommitError {
    fn from(error: PanosError) -> Self {
        Self(error.to_string())
    }
}

const LOCK_PAUSE: Duration = Duration::from_secs(2);
/// For giving back what was taken, when the task's own time is over.
const GRACE: Duration = Duration::from_secs(30);
const PARTNER: Duration = Duration::from_secs(180);
const PARTNER_PAUSE: Duration = Duration::from_secs(2);
