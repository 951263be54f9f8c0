//! What the batch does once everything is staged: the commit, its job, the pushes after it, and the
//! other unit of a pair.

use std::time::Duration;

use super::batch::{Batch, CommitError, Push};
use super::marks;
use crate::clients::panos_xml::{CommitScope, PanosError};
use crate::deadline::Deadline;

impl Batch {
    pub(super) async fn commit_now(&self) -> Result<(), CommitError> {
        let scope = CommitScope {
            description: marks::of_commit(&self.policy.label, &self.policy.push),
        };
        // Ours is the lock of the whole device; those of virtual systems are others.
        let commit = async || self.client.commit(&scope).await;
        let asked = self.patiently(commit).await;
        if let Some(job) = self.job_of(asked, &scope.description).await? {
            self.follow(job, "the commit").await?;
            self.state.borrow_mut().commits += 1;
            self.partner().await;
        }
        Ok(())
    }

    /// The answer may be lost, and the job be there all the same.
    async fn job_of(
        &self,
        asked: Result<Option<u64>, PanosError>,
        description: &str,
    ) -> Result<Option<u64>, CommitError> {
        match asked {
            Err(error) if error.fate_unknown() => match self.client.job_like(description).await? {
                Some(job) => Ok(Some(job)),
                None => Err(error.into()),
            },
            other => Ok(other?),
        }
    }

    /// Has Panorama push what is committed.
    pub(super) async fn push(&self, pushes: &[Push]) -> Result<(), CommitError> {
        for push in pushes {
            let Push { stack, serials } = push;
            let description = marks::of_push(&self.policy.label, push);
            let asked = self.client.push(stack, serials, &description).await;
            if let Some(job) = self.job_of(asked, &description).await? {
                self.follow(job, &format!("the push of {stack}")).await?;
            }
        }
        Ok(())
    }

    /// The pushes that an earlier run did not get to, or that did not reach all firewalls.
    pub(crate) async fn missed(&self) -> Result<Vec<Push>, PanosError> {
        let mut missed = Vec::new();
        if !self.policy.commit || self.policy.push.is_empty() {
            return Ok(missed);
        }
        let jobs = self.client.jobs().await?;
        for push in &self.policy.push {
            if marks::is_missed(&jobs, self.client.user(), push) {
                let behind = self.client.out_of_sync(&push.stack).await?;
                let concerned = |it: &String| push.serials.is_empty() || push.serials.contains(it);
                if behind.iter().any(concerned) {
                    missed.push(push.clone());
                }
            }
        }
        Ok(missed)
    }

    pub(crate) async fn make_up(&self, missed: &[Push]) -> Result<(), String> {
        self.push(missed).await.map_err(|it| it.to_string())
    }

    async fn follow(&self, id: u64, what: &str) -> Result<(), CommitError> {
        let system = self.client.system();
        let job = match self.client.follow(id).await {
            Err(error) if error.is_untrusted() => {
                return Err(CommitError::that_comes(format!(
                    "{error}. It was trusted when {what} (job {id}) began, so it presents the new certificate: \
                     provider.ca_path has to hold the CAs of both, or none for a public CA"
                )));
            }
            other => other?,
        };
        for warning in &job.warnings {
            self.client.context().warn(format!("{system}: {warning}"));
        }
        if !job.finished {
            return Err(CommitError::that_comes(format!(
                "{system}: {what} (job {id}) has not ended in time; `deadline` gives the task more"
            )));
        }
        if job.good {
            return Ok(());
        }
        let devices = job
            .failed_devices
            .iter()
            .map(|(serial, why)| format!("{serial}: {why}"));
        let words: Vec<String> = job.details.iter().cloned().chain(devices).collect();
        Err(CommitError::new(format!(
            "{system}: {what} (job {id}) failed: {}",
            words.join("; ")
        )))
    }

    /// The other unit of a pair takes the running configuration by itself; this waits for it. Whatever
    /// comes of it is no reason to take back what is committed.
    async fn partner(&self) {
        let patience = Deadline::after(PARTNER);
        loop {
            let ha = match self.client.ha_state().await {
                Ok(ha) => ha,
                Err(error) => {
                    self.client.context().warn(format!(
                        "{error}. So it is not known whether the other unit of a pair has the configuration; the commit \
                         itself is done"
                    ));
                    return;
                }
            };
            // One that tells nothing of it is not to be blamed for it.
            let in_sync = ["synchronized", ""].contains(&&*ha.running_sync);
            if !ha.enabled || !ha.sync_enabled || in_sync {
                return;
            }
            let on_its_way = ha.running_sync == "synchronization in progress";
            let may_wait = self.may_wait(patience, PARTNER_PAUSE);
            if !on_its_way || !may_wait {
                self.client.context().warn(format!(
                    "{}: the other unit of the pair did not take the configuration ({}): after a failover it would serve \
                     what it had before",
                    self.client.system(),
                    ha.running_sync
                ));
                return;
            }
            tokio::time::sleep(PARTNER_PAUSE).await;
        }
    }
}

const PARTNER: Duration = Duration::from_secs(180);
const PARTNER_PAUSE: Duration = Duration::from_secs(2);
