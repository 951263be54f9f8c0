//! Jobs, followed to their end.

use std::time::Duration;

use roxmltree::Node;

use super::document::{child, descendant, text, text_of};
use super::{Call, Element, Panos, PanosError};

/// A job as far as it has come.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) id: u64,
    pub(crate) finished: bool,
    pub(crate) good: bool,
    /// The device's own words.
    pub(crate) details: Vec<String>,
    pub(crate) warnings: Vec<String>,
    /// Firewalls of a push that did not take it, with the reason.
    pub(crate) failed_devices: Vec<(String, String)>,
    /// `Commit`, `CommitAll`, …
    pub(crate) kind: String,
    pub(crate) user: String,
    pub(crate) description: String,
}

impl Panos {
    /// Waits for a job's end, or for the task's. The connection may break off meanwhile: a commit
    /// that changes the management interface's certificate restarts its server.
    pub(crate) async fn follow(&self, id: u64) -> Result<Job, PanosError> {
        let mut pause = FIRST_PAUSE;
        loop {
            let job = match self.job(id).await {
                Ok(job) if job.finished => return Ok(job),
                Ok(job) => Ok(job),
                Err(error) if error.fate_unknown() || error.is_unreachable() => Err(error),
                Err(error) => return Err(error),
            };
            match self.context().deadline.admits(pause) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return job,
            }
            // Asking more often than every two seconds slows the device down.
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// The last job with this description, when the answer to its request was lost.
    pub(crate) async fn job_like(&self, description: &str) -> Result<Option<u64>, PanosError> {
        let jobs = self.jobs().await?;
        let same = jobs.iter().filter(|it| it.description == description);
        Ok(same.map(|it| it.id).max())
    }

    /// All jobs that the device remembers.
    pub(crate) async fn jobs(&self) -> Result<Vec<Job>, PanosError> {
        let command = Element::nested(&["show", "jobs"], Element::empty("all"));
        let call = Call::read("op", "list the jobs").with("cmd", command.to_xml());
        let _turn = self.0.turn.lock().await;
        let answer = self.done(&call).await?;
        answer.with(self.system(), |response| {
            response
                .descendants()
                .filter(|it| it.has_tag_name("job"))
                .filter_map(read)
                .collect()
        })
    }

    /// Is any job waiting or at work?
    pub(crate) async fn is_at_work(&self) -> Result<bool, PanosError> {
        let command = Element::nested(&["show", "jobs"], Element::empty("pending"));
        let call = Call::read("op", "list the pending jobs").with("cmd", command.to_xml());
        let _turn = self.0.turn.lock().await;
        let answer = self.done(&call).await?;
        answer.with(self.system(), |response| {
            descendant(response, "job").is_some()
        })
    }

    async fn job(&self, id: u64) -> Result<Job, PanosError> {
        let command = Element::nested(&["show", "jobs"], Element::text("id", id.to_string()));
        let doing = format!("show job {id}");
        let call = Call::read("op", &doing).with("cmd", command.to_xml());
        let _turn = self.0.turn.lock().await;
        let answer = self.done(&call).await?;
        let job = answer.with(self.system(), |response| {
            descendant(response, "job").and_then(read)
        })?;
        job.ok_or_else(|| PanosError::unexpected(self.system(), &doing, "no job in the answer"))
    }
}

fn read(job: Node<'_, '_>) -> Option<Job> {
    let devices: Vec<(String, Option<String>, String)> = child(job, "devices")
        .into_iter()
        .flat_map(|it| it.children().filter(|it| it.has_tag_name("entry")))
        .map(|it| {
            (
                text_of(it, "serial-no").unwrap_or_default(),
                text_of(it, "result"),
                child(it, "details").map(text).unwrap_or_default(),
            )
        })
        .collect();
    let result = |wanted: &'static str| {
        devices
            .iter()
            .filter(move |it| it.1.as_deref() == Some(wanted))
    };
    // The parent job can be over while firewalls are still at work.
    let finished = text_of(job, "status").as_deref() == Some("FIN") && result("PEND").count() == 0;
    Some(Job {
        id: text_of(job, "id")?.parse().ok()?,
        finished,
        good: text_of(job, "result").as_deref() == Some("OK") && result("FAIL").count() == 0,
        details: lines(job, "details"),
        warnings: lines(job, "warnings"),
        failed_devices: result("FAIL")
            .map(|it| (it.0.clone(), it.2.clone()))
            .collect(),
        kind: text_of(job, "type").unwrap_or_default(),
        user: text_of(job, "user").unwrap_or_default(),
        description: text_of(job, "description").unwrap_or_default(),
    })
}

fn lines(job: Node<'_, '_>, name: &str) -> Vec<String> {
    child(job, name)
        .into_iter()
        .flat_map(|it| it.descendants().filter(|it| it.has_tag_name("line")))
        .map(text)
        .filter(|it| !it.is_empty())
        .collect()
}

/// Small configurations are committed within seconds; the first look costs nothing.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
