//! The way of an order: placed or found, approved, waited for, collected.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::sleep;

use super::decide::{Start, Step, Stop, step, successor};
use super::wish::mark;
use super::{Enrollment, Looked, common_name, find};
use crate::ansible::ManualAction;
use crate::clients::scm::certificates::SslCertificate;
use crate::clients::scm::orders::{
    self, Collected, Enrollment as EnrollmentBody, FIELD_MISSING, FieldValue,
};
use crate::clients::scm::{Id, ScmError};
use crate::lifecycle::{Issuance, IssueError};
use crate::x509::{Certificate, Chain, Csr};

/// How far a request has come, also when it ends in an error.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) order: Option<SslCertificate>,
    /// What was written, or in check mode would be.
    pub(crate) actions: Vec<OrderAction>,
}

/// One call that changes something in SCM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OrderAction {
    /// Orders a certificate.
    Enroll,
    /// Orders a successor of a certificate with the same key and names.
    Renew,
    Approve,
    Decline,
    /// Gives a certificate another key; its number and its last day stay.
    Replace,
    Revoke,
}

impl Enrollment {
    /// Gets the certificate for `csr`, or as far as can be got now. In check mode only tells.
    pub(crate) async fn obtain(
        &self,
        csr: &Csr,
        replaces: Option<&Certificate>,
        progress: &mut Progress,
    ) -> Result<Issuance, IssueError> {
        let looked = match self.remembered(csr) {
            Some(looked) => looked,
            None => self.look(csr).await.map_err(|it| issue_error(&it))?,
        };
        let start = self.start(&looked, csr, replaces);
        let order = match start {
            Start::Follow(order) => *order,
            Start::Enroll if self.context.check => {
                return Ok(foretold(OrderAction::Enroll, progress));
            }
            Start::Renew(_) if self.context.check => {
                return Ok(foretold(OrderAction::Renew, progress));
            }
            Start::Enroll => self.enroll(&looked, csr, progress).await?,
            Start::Renew(old) => self.renew(old, &looked, csr, progress).await?,
        };
        let issuance = self.follow(order, csr, progress).await?;
        if let (Issuance::Issued(_), Some(replaces)) = (&issuance, replaces) {
            self.mark_renewed(&looked, replaces, progress).await;
        }
        Ok(issuance)
    }

    async fn follow(
        &self,
        mut order: SslCertificate,
        csr: &Csr,
        progress: &mut Progress,
    ) -> Result<Issuance, IssueError> {
        let id = order.id;
        let mut pauses = pauses();
        let mut fresh = false;
        let mut failures = 0;
        let mut approvals = 0;
        loop {
            progress.order = Some(order.clone());
            match step(&order, self.options.approve) {
                // The report that it was found in may be older than its state is now.
                Step::Wait if !fresh => {}
                Step::Approve if self.context.check => {
                    return Ok(foretold(OrderAction::Approve, progress));
                }
                Step::Wait if self.context.check => {
                    return Ok(not_ready(id, csr, "check mode does not wait for it"));
                }
                Step::Approve if approvals == MOST_APPROVALS => {
                    return Ok(awaits_approval(
                        id,
                        csr,
                        " SCM does not show the approval that it was sent.",
                    ));
                }
                Step::AwaitPerson => return Ok(awaits_approval(id, csr, "")),
                Step::Stop(stop) => return Err(stopped(id, csr, stop)),
                Step::Approve => {
                    approvals += 1;
                    if let Some(pending) = self.approve(id, csr, progress).await? {
                        return Ok(pending);
                    }
                }
                Step::Collect => match self.collect(id, csr).await? {
                    Ok(chain) => return Ok(Issuance::Issued(chain)),
                    Err(words) => {
                        if !self.pause(&mut pauses).await {
                            return Ok(not_ready(id, csr, &words));
                        }
                    }
                },
                Step::Wait => {
                    if !self.pause(&mut pauses).await {
                        let status = order.status.as_ref().map_or("unknown", |it| it.as_str());
                        return Ok(not_ready(id, csr, &format!("its state is {status}")));
                    }
                }
            }
            order = match self.scm.ssl_certificate(id).await {
                Ok(order) => order,
                // What was just written need not be seen at once.
                Err(ScmError::NotFound { .. }) if !progress.actions.is_empty() => {
                    if !self.pause(&mut pauses).await {
                        return Ok(not_ready(id, csr, "SCM does not show it yet"));
                    }
                    unread(id)
                }
                // An order is there: one bad answer in the middle of waiting says nothing about it.
                Err(error)
                    if failures < PASSING_FAILURES
                        && !matches!(error, ScmError::BadCredentials { .. }) =>
                {
                    failures += 1;
                    if !self.pause(&mut pauses).await {
                        return Err(issue_error(&error));
                    }
                    unread(id)
                }
                Err(error) => return Err(issue_error(&error)),
            };
            fresh = order.status.is_some();
        }
    }

    async fn enroll(
        &self,
        looked: &Looked,
        csr: &Csr,
        progress: &mut Progress,
    ) -> Result<SslCertificate, IssueError> {
        let wish = &looked.wish;
        let pem = csr.to_pem();
        let body = EnrollmentBody {
            org_id: wish.organization,
            csr: &pem,
            subj_alt_names: csr.names.join(","),
            cert_type: wish.profile,
            term: wish.term,
            comments: wish.comments.clone(),
            external_requester: wish.requester.clone(),
            custom_fields: self
                .options
                .custom_fields
                .iter()
                .map(|(name, value)| FieldValue { name, value })
                .collect(),
        };
        match self.scm.enroll(&body).await {
            Ok(id) => {
                progress.actions.push(OrderAction::Enroll);
                Ok(unread(id))
            }
            Err(error) if error.fate_unknown() => {
                let before: Vec<Id> = looked.known.iter().map(|it| it.id).collect();
                let own = |known: &[SslCertificate]| {
                    let mark = mark(csr);
                    known
                        .iter()
                        .find(|it| !before.contains(&it.id) && it.comments.contains(&mark))
                        .cloned()
                };
                self.find_lost(
                    wish.organization,
                    csr,
                    own,
                    &error,
                    OrderAction::Enroll,
                    progress,
                )
                .await
            }
            Err(error) => Err(self.explain(csr, error).await),
        }
    }

    /// A certificate of the same key and names follows `old`.
    ///
    /// SCM's renewal takes the names, profile and term of the old order, and no comments: it would
    /// lose the mark of a new key. So it is used where the key stays; a new key is a new order,
    /// after which the old one is marked as renewed.
    async fn renew(
        &self,
        old: Id,
        looked: &Looked,
        csr: &Csr,
        progress: &mut Progress,
    ) -> Result<SslCertificate, IssueError> {
        let organization = looked.wish.organization;
        let old = self
            .scm
            .ssl_certificate(old)
            .await
            .map_err(|it| issue_error(&it))?;
        let mark = mark(csr);
        if old.renewed == Some(true) {
            // An earlier run did it, and its answer was lost.
            return match successor(&looked.known, &old, &mark) {
                Some(order) => Ok(order.clone()),
                None => self.enroll(looked, csr, progress).await,
            };
        }
        match self.scm.renew(old.id, &csr.to_pem()).await {
            Ok(id) => {
                progress.actions.push(OrderAction::Renew);
                Ok(unread(id))
            }
            Err(error) if error.fate_unknown() => {
                let own = |known: &[SslCertificate]| successor(known, &old, &mark).cloned();
                self.find_lost(organization, csr, own, &error, OrderAction::Renew, progress)
                    .await
            }
            Err(error)
                if error
                    .code()
                    .is_some_and(|it| orders::NOT_RENEWABLE.contains(&it)) =>
            {
                self.enroll(looked, csr, progress).await
            }
            Err(error) => Err(self.explain(csr, error).await),
        }
    }

    /// Nobody knows whether an order was placed: it is looked for, and never placed again here. If
    /// it does not show up, a later run looks again before it orders.
    async fn find_lost(
        &self,
        organization: Id,
        csr: &Csr,
        own: impl Fn(&[SslCertificate]) -> Option<SslCertificate>,
        lost: &ScmError,
        action: OrderAction,
        progress: &mut Progress,
    ) -> Result<SslCertificate, IssueError> {
        for pause in looks() {
            if let Some(pause) = self.context.deadline.admits(pause) {
                sleep(pause).await;
            }
            let known = find::orders_of_the_list(&self.scm, organization, common_name(csr)).await;
            if let Some(order) = known.ok().and_then(|it| own(&it)) {
                progress.actions.push(action);
                self.context
                    .warn(format!("{lost} (the order {} was found again)", order.id));
                return Ok(order);
            }
        }
        Err(IssueError::new(format!(
            "{lost}. SCM shows no order for {} that bears the mark of this key; it is not ordered again blindly. The \
             next run looks for it before it orders",
            common_name(csr)
        )))
    }

    /// `Some`: it is not for these credentials to approve.
    async fn approve(
        &self,
        id: Id,
        csr: &Csr,
        progress: &mut Progress,
    ) -> Result<Option<Issuance>, IssueError> {
        match self.scm.decide_on(id, true, APPROVAL).await {
            Ok(()) => {
                progress.actions.push(OrderAction::Approve);
                progress.actions.dedup();
                Ok(None)
            }
            Err(error @ ScmError::Denied { .. }) => {
                Ok(Some(awaits_approval(id, csr, &format!(" ({error})"))))
            }
            Err(error) if error.code() == Some(orders::OWN_REQUEST) => {
                Ok(Some(awaits_approval(id, csr, &format!(" ({error})"))))
            }
            // Somebody was faster, or the answer was lost: its state tells.
            Err(error) if error.code() == Some(orders::WRONG_STATE) => Ok(None),
            Err(error) if error.fate_unknown() => {
                progress.actions.push(OrderAction::Approve);
                progress.actions.dedup();
                self.context.warn(format!("{error} (its state is read)"));
                Ok(None)
            }
            Err(error) => Err(issue_error(&error)),
        }
    }

    /// The chain, or SCM's words for "not yet".
    async fn collect(&self, id: Id, csr: &Csr) -> Result<Result<Chain, String>, IssueError> {
        let mut chain = None;
        // The second form brings the root too, for a first one that lacked the issuers.
        for format in ["pemia", "x509"] {
            let collected = self
                .scm
                .collect(id, format)
                .await
                .map_err(|it| issue_error(&it))?;
            let pem = match collected {
                Collected::Pem(pem) => pem,
                Collected::NotReady(words) => return Ok(Err(words)),
            };
            let built = Chain::build(&pem, &csr.public_key_sha256).map_err(|error| {
                IssueError::new(format!(
                    "SSL certificate {id} in SCM cannot be used: {error}"
                ))
            })?;
            if built.is_complete() {
                return Ok(Ok(built));
            }
            chain = Some(built);
        }
        Ok(chain.ok_or_else(|| "nothing was collected".to_owned()))
    }

    /// So that nobody is reminded of the end of what has a successor. It is a courtesy: that it
    /// failed is no reason for anything.
    async fn mark_renewed(&self, looked: &Looked, replaces: &Certificate, progress: &Progress) {
        let serial = replaces.serial.trim_start_matches('0');
        let old = looked
            .known
            .iter()
            .find(|it| it.serial.as_deref() == Some(serial));
        let ordered = progress.actions.contains(&OrderAction::Enroll);
        if let (Some(old), Some(new), true) = (old, &progress.order, ordered)
            && old.id != new.id
            && let Err(error) = self.scm.mark_renewed(old.id, new.id).await
        {
            self.context.warn(format!(
                "{error}. It has a successor, {}; SCM may still remind people of its end",
                new.id
            ));
        }
    }

    async fn pause(&self, pauses: &mut impl Iterator<Item = Duration>) -> bool {
        match pauses
            .next()
            .and_then(|it| self.context.deadline.admits(it))
        {
            Some(pause) => {
                sleep(pause).await;
                true
            }
            None => false,
        }
    }

    /// A refusal, with what would help.
    async fn explain(&self, csr: &Csr, error: ScmError) -> IssueError {
        let mut explained = issue_error(&error);
        explained.message = format!("{}: {}", common_name(csr), explained.message);
        if error.code() == Some(FIELD_MISSING)
            && let Ok(fields) = self.scm.custom_fields().await
        {
            let missing: Vec<String> = fields
                .into_iter()
                .filter(|it| it.mandatory)
                .map(|it| it.name)
                .filter(|it| {
                    self.options
                        .custom_fields
                        .get(it)
                        .is_none_or(String::is_empty)
                })
                .collect();
            explained.message += " Give in custom_fields: ";
            explained.message += &missing.join(", ");
        }
        explained
    }
}

/// An order of which only the number is known.
fn unread(id: Id) -> SslCertificate {
    SslCertificate {
        id,
        ..SslCertificate::default()
    }
}

/// A refusal, and the right that is missing, if that is why.
pub(crate) fn issue_error(error: &ScmError) -> IssueError {
    let mut issue_error = IssueError::new(error.to_string());
    if let ScmError::Denied { doing, .. } = error {
        issue_error.manual_actions.push(ManualAction {
            system: "SCM".to_owned(),
            object: doing.clone(),
            right: "sslRequest, sslRenew".to_owned(),
            action: format!("An administrator must let these credentials {doing}. ({error})"),
        });
    }
    issue_error
}

fn awaits_approval(id: Id, csr: &Csr, why: &str) -> Issuance {
    let name = common_name(csr);
    Issuance::Pending {
        message: format!(
            "waits for approval: SSL certificate request {id} in SCM ({name}); a later run collects the certificate"
        ),
        manual_actions: vec![ManualAction {
            system: "SCM".to_owned(),
            object: format!("SSL certificate request {id} ({name})"),
            right: "sslApprove".to_owned(),
            action: format!(
                "An administrator with that right must approve SSL certificate request {id} for {name}, or decline it.{why}"
            ),
        }],
    }
}

fn not_ready(id: Id, csr: &Csr, words: &str) -> Issuance {
    Issuance::Pending {
        message: format!(
            "the CA is at work on SSL certificate {id} in SCM ({}): {words}; a later run collects it",
            common_name(csr)
        ),
        manual_actions: Vec::new(),
    }
}

/// Check mode tells what a run would write.
fn foretold(action: OrderAction, progress: &mut Progress) -> Issuance {
    progress.actions.push(action);
    Issuance::Pending {
        message: "nothing is ordered or approved in check mode".to_owned(),
        manual_actions: Vec::new(),
    }
}

fn stopped(id: Id, csr: &Csr, stop: Stop) -> IssueError {
    IssueError::new(format!(
        "SSL certificate {id} in SCM ({}) {}. {}",
        common_name(csr),
        stop.what(),
        stop.advice()
    ))
}

/// Between looks at an order: most are ready within a minute, EV may take days.
fn pauses() -> impl Iterator<Item = Duration> {
    [1, 2, 4, 8]
        .into_iter()
        .chain(std::iter::repeat(15))
        .map(Duration::from_secs)
}

/// Between looks for an order whose reply was lost.
fn looks() -> impl Iterator<Item = Duration> {
    [250, 1000, 2000, 4000]
        .map(Duration::from_millis)
        .into_iter()
}

/// An approval that SCM does not show is not repeated for ever.
const MOST_APPROVALS: u32 = 3;
/// So many bad answers while an order is waited for.
const PASSING_FAILURES: u32 = 3;
/// SCM wants a word with every approval.
const APPROVAL: &str = "Approved by certwright, as its user asked";
