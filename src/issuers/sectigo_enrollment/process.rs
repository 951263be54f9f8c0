//! The way of an order from where it was found or placed: approved, waited for, collected.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::sleep;

use super::decide::{Start, Step, differences, step};
use super::find::orders_of_the_list;
use super::place::unread;
use super::told::{awaits_approval, foretold, issue_error, not_ready, stopped};
use super::{Enrollment, KeyAge, Looked, common_name};
use crate::clients::scm::certificates::SslCertificate;
use crate::clients::scm::orders::{self, Collected};
use crate::clients::scm::{Id, ScmError};
use crate::lifecycle::{Held, Issuance, IssueError};
use crate::x509::{Chain, Csr};

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
    /// `looked`: what was learnt of its orders already.
    pub(crate) async fn obtain(
        &self,
        csr: &Csr,
        age: KeyAge,
        looked: Option<Looked>,
        replaces: Option<&Held>,
        progress: &mut Progress,
    ) -> Result<Issuance, IssueError> {
        let mut looked = match looked {
            Some(looked) => looked,
            None => self.look(csr).await.map_err(|it| issue_error(&it))?,
        };
        let mut start = self.start(&looked, csr, replaces);
        if age == KeyAge::Older && !matches!(start, Start::Follow(_)) {
            self.catch_up(&mut looked, csr).await?;
            start = self.start(&looked, csr, replaces);
        }
        let followed = matches!(start, Start::Follow(_));
        if let Start::Follow(order) = &start
            && !matches!(step(order, false), Step::Stop(_))
        {
            let names: Vec<String> = csr.names.iter().chain(&csr.common_name).cloned().collect();
            for difference in differences(order, &looked.wish, &names) {
                self.context.warn(difference);
            }
        }
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
            let ordered = progress.actions.contains(&OrderAction::Enroll);
            if ordered || followed {
                self.mark_renewed(&looked, replaces, ordered, progress)
                    .await;
            }
        }
        Ok(issuance)
    }

    /// Before something is ordered: adds what a report does not show yet. An order whose reply was
    /// lost in an earlier run may be among it.
    async fn catch_up(&self, looked: &mut Looked, csr: &Csr) -> Result<(), IssueError> {
        let found = &mut looked.known;
        if std::mem::take(&mut found.reported) {
            let organization = looked.wish.organization;
            let newer =
                orders_of_the_list(&self.scm, organization, common_name(csr), &found.orders).await;
            found.orders.extend(newer.map_err(|it| issue_error(&it))?);
        }
        Ok(())
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

    /// Is certificate `id` for the key of `csr`? What cannot be collected yet may be.
    pub(super) async fn has_key_of(&self, id: Id, csr: &Csr) -> Result<bool, IssueError> {
        let collected = self.scm.collect(id, "x509CO").await;
        Ok(match collected.map_err(|it| issue_error(&it))? {
            Collected::Pem(pem) => Chain::build(&pem, &csr.public_key_sha256).is_ok(),
            Collected::NotReady(_) => true,
        })
    }

    /// So that nobody is reminded of the end of what has a successor. It is a courtesy: that it
    /// failed is no reason for anything. `first`: no earlier run can have done it.
    async fn mark_renewed(
        &self,
        looked: &Looked,
        replaces: &Held,
        first: bool,
        progress: &Progress,
    ) {
        let serial = replaces.serial.trim_start_matches('0');
        let old = looked
            .known
            .orders
            .iter()
            .find(|it| it.serial.as_deref() == Some(serial));
        let (Some(old), Some(new)) = (old, &progress.order) else {
            return;
        };
        if old.id == new.id || step(old, false) != Step::Collect {
            return;
        }
        let marked = !first
            && (self.scm.ssl_certificate(old.id).await).is_ok_and(|it| it.renewed == Some(true));
        if !marked && let Err(error) = self.scm.mark_renewed(old.id, new.id).await {
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
}

/// Between looks at an order: most are ready within a minute, EV may take days.
fn pauses() -> impl Iterator<Item = Duration> {
    [1, 2, 4, 8]
        .into_iter()
        .chain(std::iter::repeat(15))
        .map(Duration::from_secs)
}

/// An approval that SCM does not show is not repeated for ever.
const MOST_APPROVALS: u32 = 3;
/// So many bad answers while an order is waited for.
const PASSING_FAILURES: u32 = 3;
/// SCM wants a word with every approval.
const APPROVAL: &str = "Approved by certwright, as its user asked";
