//! Takes one domain to the point where the CA may be told to look: order and proof.

use std::time::Duration;

use super::decide::{Action, Reason, Step, Wish, actions, decide, submits};
use super::observe::{Observed, complete};
use super::options::File;
use super::publish::Publisher;
use crate::ansible::ManualAction;
use crate::clients::dns_update::{DnsRecord, RecordKind};
use crate::clients::scm::dcv::{
    DcvMethod, DcvState, NOT_HIGH_LEVEL, OrderStatus, Proof, WRONG_ORDER_STATE,
};
use crate::clients::scm::domains::ValidationStatus;
use crate::clients::scm::{Scm, ScmError};
use crate::context::Context;
use time::Date;

pub(super) struct Task<'a> {
    pub(super) scm: &'a Scm,
    pub(super) context: &'a Context,
    pub(super) wish: Wish,
    pub(super) publisher: Option<&'a Publisher>,
    pub(super) email: Option<&'a str>,
    pub(super) wait: Duration,
    pub(super) today: Date,
}

/// What became of one domain.
#[derive(Default)]
pub(super) struct Converged {
    pub(super) before: DcvState,
    pub(super) after: DcvState,
    pub(super) actions: Vec<Action>,
    pub(super) reasons: Vec<Reason>,
    pub(super) record: Option<DnsRecord>,
    /// The record is not this task's to publish, or not yet there.
    pub(super) unpublished: bool,
    pub(super) file: Option<File>,
    pub(super) waiting: Option<String>,
    pub(super) submission: Option<Submission>,
    pub(super) look: Option<Look>,
    pub(super) manual: Option<ManualAction>,
    pub(super) error: Option<String>,
    /// The others would fare alike.
    pub(super) ends_all: bool,
}

/// The proof is in place as far as it is known, and the CA is to be told.
pub(super) struct Submission {
    /// Where it writes to, if it does.
    pub(super) email: Option<String>,
}

/// The CA has yet to look.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Soon,
    /// It was told to before the proof was in place, so it would look again in some hours only.
    TooEarly,
}

impl Task<'_> {
    pub(super) async fn converge(&self, observed: &mut Observed) -> Converged {
        let mut done = Converged::default();
        if let Ok(state) = &observed.state
            && decide(state, self.wish, self.today).0 != Step::Keep
        {
            complete(self.scm, observed).await;
        }
        let state = match &observed.state {
            Ok(state) => state.clone(),
            Err(error) => {
                self.note(&mut done, &observed.domain, error);
                return done;
            }
        };
        done.before = state.clone();
        done.after = state;
        let (step, reasons) = decide(&done.before, self.wish, self.today);
        done.reasons = reasons;
        if self.context.check {
            self.predict(step, &observed.domain, &mut done).await;
        } else if let Err(trouble) = self.act(step, &observed.domain, &mut done).await {
            self.blame(&mut done, &observed.domain, trouble);
        }
        done
    }

    pub(super) fn blame(&self, done: &mut Converged, domain: &str, trouble: Trouble) {
        match trouble {
            Trouble::Scm(error) => self.note(done, domain, &error),
            Trouble::Other(text) => done.error = Some(text),
        }
    }

    async fn predict(&self, step: Step, domain: &str, done: &mut Converged) {
        done.actions = actions(step, self.wish, self.publisher.is_some());
        self.show(&done.before.proof.clone(), domain, done);
        if let (Step::Wait, Some(publisher), Some(record)) = (step, self.publisher, &done.record)
            && publisher.lacks(record).await.unwrap_or(true)
        {
            done.actions.push(Action::Publish);
        }
        if done.actions.contains(&Action::Submit) {
            done.after.order_status = Some(OrderStatus::Submitted);
        } else if done.actions.contains(&Action::Start) {
            done.after.order_status = Some(OrderStatus::AwaitingSubmission);
        }
    }

    async fn act(&self, step: Step, domain: &str, done: &mut Converged) -> Result<(), Trouble> {
        let method = self.wish.method;
        match step {
            Step::Keep => return Ok(()),
            Step::WaitForOther => {
                done.waiting = Some(format!(
                    "a validation by {} is under way; clearing it would end the one that still holds",
                    done.before.order_mode
                ));
                return Ok(());
            }
            Step::Wait => {
                self.show(&done.before.proof.clone(), domain, done);
                self.publish(done).await?;
                self.await_look(done);
                return Ok(());
            }
            Step::Prove => self.show(&done.before.proof.clone(), domain, done),
            Step::Start | Step::Restart => {
                if step == Step::Restart {
                    self.scm.dcv_clear(domain).await?;
                    done.actions.push(Action::Clear);
                }
            }
        }
        let mut proof = done.before.proof.clone();
        if method != DcvMethod::Txt && (step != Step::Prove || proof.is_empty()) {
            proof = self.start(domain, done).await?;
            done.after.order_status = Some(OrderStatus::AwaitingSubmission);
            self.show(&proof, domain, done);
        }
        if method != DcvMethod::Txt {
            self.has_record(domain, done)?;
            self.publish(done).await?;
        }
        if !submits(self.wish, self.publisher.is_some()) {
            done.waiting =
                Some("publish the proof, then run again with published: true (domains_published in the role)".to_owned());
            return Ok(());
        }
        done.submission = Some(Submission {
            email: self.address(domain, &proof)?,
        });
        Ok(())
    }

    pub(super) fn await_look(&self, done: &mut Converged) {
        let too_early = done.actions.last() == Some(&Action::Publish)
            || (self.wish.published && self.wish.method == DcvMethod::Txt);
        done.look = Some(if too_early {
            Look::TooEarly
        } else {
            Look::Soon
        });
    }

    /// Starting tells what to publish, and the same again when it is repeated.
    async fn start(&self, domain: &str, done: &mut Converged) -> Result<Proof, Trouble> {
        let method = self.wish.method;
        let proof = match self.scm.dcv_start(domain, method).await {
            Err(error) if error.fate_unknown() => self.scm.dcv_start(domain, method).await?,
            result => result?,
        };
        done.actions.push(Action::Start);
        Ok(proof)
    }

    /// Fills in what has to be published.
    pub(super) fn show(&self, proof: &Proof, domain: &str, done: &mut Converged) {
        let kind = match self.wish.method {
            DcvMethod::Cname => RecordKind::Cname,
            DcvMethod::Txt => RecordKind::Txt,
            DcvMethod::Http | DcvMethod::Https => {
                done.file = file(proof);
                return;
            }
            DcvMethod::Email => return,
        };
        // Dots at the end are for zone files; a text is a text.
        let plain = |text: &str| text.trim_end_matches('.').to_lowercase();
        // Nothing is written outside of the domain.
        if !plain(&proof.host).ends_with(&format!(".{domain}")) {
            return;
        }
        done.record = Some(DnsRecord {
            name: plain(&proof.host),
            kind,
            value: match kind {
                RecordKind::Cname => plain(&proof.point),
                RecordKind::Txt => proof.point.clone(),
            },
        });
        done.unpublished = self.publisher.is_none();
    }

    /// SCM is not told to look at what could not be published.
    pub(super) fn has_record(&self, domain: &str, done: &Converged) -> Result<(), Trouble> {
        if self.publisher.is_none() || done.record.is_some() {
            return Ok(());
        }
        Err(Trouble::Other(format!(
            "SCM told no record below {domain} that could be published; see the domain's validation in its web interface"
        )))
    }

    pub(super) async fn publish(&self, done: &mut Converged) -> Result<(), Trouble> {
        let (Some(publisher), Some(record)) = (self.publisher, &done.record) else {
            return Ok(());
        };
        done.unpublished = true;
        let written = publisher
            .publish(record, self.context)
            .await
            .map_err(|error| Trouble::Other(error.to_string()))?;
        done.unpublished = false;
        done.actions.extend(written.then_some(Action::Publish));
        Ok(())
    }

    /// The address that SCM is told to write to.
    fn address(&self, domain: &str, proof: &Proof) -> Result<Option<String>, Trouble> {
        if self.wish.method != DcvMethod::Email {
            return Ok(None);
        }
        let wanted = self.email.unwrap_or_default();
        let address = if wanted.contains('@') {
            wanted.to_owned()
        } else {
            format!("{wanted}@{domain}")
        };
        let offered = &proof.emails;
        if offered.is_empty() || offered.iter().any(|it| it.eq_ignore_ascii_case(&address)) {
            return Ok(Some(address));
        }
        Err(Trouble::Other(format!(
            "SCM does not write to {address} about {domain}, but to: {}",
            offered.join(", ")
        )))
    }

    /// What is missing is a right, or somebody with a wider view: that is for a person to do.
    pub(super) fn note(&self, done: &mut Converged, domain: &str, error: &ScmError) {
        let right = match error {
            ScmError::Denied { .. } => "allowDCV",
            error if error.code() == Some(NOT_HIGH_LEVEL) => {
                "a role that sees the registered domain"
            }
            error => {
                done.error = Some(match error.code() {
                    Some(WRONG_ORDER_STATE) => format!(
                        "{error} An order of an earlier validation is in the way; an administrator can clear it in SCM"
                    ),
                    _ => error.to_string(),
                });
                done.ends_all = error.ends_all() && !matches!(error, ScmError::Options(_));
                return;
            }
        };
        done.manual = Some(missing_right(domain, right, self.wish.method, error));
    }
}

/// Why a domain got no further.
pub(super) enum Trouble {
    Scm(ScmError),
    Other(String),
}

impl From<ScmError> for Trouble {
    fn from(error: ScmError) -> Self {
        Self::Scm(error)
    }
}

pub(super) fn missing_right(
    domain: &str,
    right: &str,
    method: DcvMethod,
    error: &ScmError,
) -> ManualAction {
    ManualAction {
        system: "SCM".to_owned(),
        object: domain.to_owned(),
        right: right.to_owned(),
        action: format!(
            "An administrator with that right must validate domain {domain} by {}. ({error})",
            method.as_str().to_uppercase()
        ),
    }
}

pub(super) fn is_validated(state: &DcvState) -> bool {
    state.status == Some(ValidationStatus::Validated)
}

fn file(proof: &Proof) -> Option<File> {
    let (_, path) = proof.url.split_once("://")?.1.split_once('/')?;
    Some(File {
        url: proof.url.clone(),
        path: path.to_owned(),
        content: format!("{}\n{}\n", proof.first_line, proof.second_line),
    })
}
