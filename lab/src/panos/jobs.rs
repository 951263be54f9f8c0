//! Jobs: commits, validations and pushes that go on in the background, one at
//! a time.

use super::changes::stamp;
use super::commit::Prepared;
use super::panorama::Push;
use super::xml::Node;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

/// The jobs of a device, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    list: Vec<Job>,
    last: u64,
}

#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) id: u64,
    pub(crate) admin: String,
    pub(crate) description: Option<String>,
    pub(crate) work: Work,
    pub(crate) outcome: Option<Outcome>,
    queued: OffsetDateTime,
    starts: OffsetDateTime,
    ends: OffsetDateTime,
}

/// What a job does when its time has come.
#[derive(Clone, Debug)]
pub(crate) enum Work {
    Commit(Box<Prepared>),
    Validate(Box<Prepared>),
    Push(Push),
}

/// How a job ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) failed: bool,
    pub(crate) details: Vec<String>,
    pub(crate) warnings: Vec<String>,
    /// Serial number and success of each device that was pushed to.
    pub(crate) devices: Vec<(String, bool)>,
}

impl Outcome {
    pub(crate) fn good(detail: &str) -> Self {
        Self {
            details: vec![detail.to_owned()],
            ..Self::default()
        }
    }

    pub(crate) fn bad(details: Vec<String>) -> Self {
        Self {
            failed: true,
            details,
            ..Self::default()
        }
    }
}

impl Jobs {
    /// Puts a job behind those that still run; returns its number.
    pub(crate) fn enqueue(
        &mut self,
        admin: &str,
        description: Option<&str>,
        work: Work,
        now: OffsetDateTime,
        seconds: f64,
    ) -> u64 {
        self.last += 1;
        // Those that are done may have ended after a clock that was put back.
        let starts = self
            .list
            .iter()
            .filter(|job| job.outcome.is_none())
            .map(|job| job.ends)
            .fold(now, OffsetDateTime::max);
        self.list.push(Job {
            id: self.last,
            admin: admin.to_owned(),
            description: description.map(str::to_owned),
            work,
            outcome: None,
            queued: now,
            starts,
            ends: starts + Duration::seconds_f64(seconds),
        });
        self.last
    }

    /// The next job whose time is over and whose work is not done yet.
    pub(crate) fn due(&self, now: OffsetDateTime) -> Option<&Job> {
        self.list
            .iter()
            .find(|job| job.outcome.is_none() && job.ends <= now)
    }

    pub(crate) fn finish(&mut self, id: u64, outcome: Outcome) {
        if let Some(job) = self.list.iter_mut().find(|job| job.id == id) {
            job.outcome = Some(outcome);
        }
    }

    /// Is a commit waiting or at work?
    pub(crate) fn busy(&self) -> bool {
        self.list.iter().any(|job| job.outcome.is_none())
    }

    /// A restart ends what was not done.
    pub(crate) fn abandon(&mut self) {
        self.list.retain(|job| job.outcome.is_some());
    }

    pub(crate) fn show(&self, id: u64, now: OffsetDateTime) -> Option<Node> {
        self.list
            .iter()
            .find(|job| job.id == id)
            .map(|job| job.show(now))
    }

    /// Newest first, as `show jobs all` does.
    pub(crate) fn show_all(&self, now: OffsetDateTime, done: Option<bool>) -> Vec<Node> {
        self.list
            .iter()
            .rev()
            .filter(|job| done.is_none_or(|done| job.outcome.is_some() == done))
            .map(|job| job.show(now))
            .collect()
    }

    pub(crate) fn state(&self) -> Value {
        self.list
            .iter()
            .map(|job| {
                json!({
                    "id": job.id,
                    "type": job.kind(),
                    "admin": job.admin,
                    "description": job.description,
                    "failed": job.outcome.as_ref().map(|outcome| outcome.failed),
                })
            })
            .collect()
    }
}

impl Job {
    fn kind(&self) -> &'static str {
        match self.work {
            Work::Commit(_) => "Commit",
            Work::Validate(_) => "Validate",
            Work::Push(_) => "CommitAll",
        }
    }

    fn show(&self, now: OffsetDateTime) -> Node {
        let (status, result, progress, end) = match &self.outcome {
            Some(outcome) => {
                let result = if outcome.failed { "FAIL" } else { "OK" };
                ("FIN", result, 100, stamp(self.ends))
            }
            None if now < self.starts => ("PEND", "PEND", 0, String::new()),
            None => ("ACT", "PEND", self.progress(now), "Still Active".to_owned()),
        };
        let lines = |name: &str, texts: &[String]| {
            Node::new(name).with_all(texts.iter().map(|text| Node::leaf("line", text)))
        };
        let outcome = self.outcome.clone().unwrap_or_default();
        let mut job = Node::new("job")
            .with(Node::leaf("tenq", stamp(self.queued)))
            .with(Node::leaf("tdeq", stamp(self.starts)))
            .with(Node::leaf("id", self.id.to_string()))
            .with(Node::leaf("user", &self.admin))
            .with(Node::leaf("type", self.kind()))
            .with(Node::leaf("status", status))
            .with(Node::leaf(
                "queued",
                if status == "PEND" { "YES" } else { "NO" },
            ))
            .with(Node::leaf("stoppable", "no"))
            .with(Node::leaf("result", result))
            .with(Node::leaf("tfin", end))
            .with(Node::leaf(
                "description",
                self.description.as_deref().unwrap_or_default(),
            ))
            .with(Node::leaf("positionInQ", "0"))
            .with(Node::leaf("progress", progress.to_string()))
            .with(lines("details", &outcome.details))
            .with(lines("warnings", &outcome.warnings));
        if let Work::Push(push) = &self.work {
            job = job.with(push.show(&outcome, &stamp(self.starts), &stamp(self.ends)));
        }
        job
    }

    fn progress(&self, now: OffsetDateTime) -> u8 {
        let done = (now - self.starts) / (self.ends - self.starts);
        // Clamped to a percentage below the end.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let percent = (done * 100.0).clamp(0.0, 99.0) as u8;
        percent
    }
}
