//! Placing an order so that it is never placed twice.

use std::time::Duration;

use tokio::time::sleep;

use super::decide::{Step, step, successor};
use super::process::{OrderAction, Progress};
use super::told::issue_error;
use super::wish::mark;
use super::{Enrollment, Looked, common_name, find};
use crate::clients::scm::certificates::SslCertificate;
use crate::clients::scm::orders::{self, Enrollment as EnrollmentBody, FIELD_MISSING, FieldValue};
use crate::clients::scm::{Id, ScmError};
use crate::lifecycle::IssueError;
use crate::x509::Csr;

impl Enrollment {
    pub(super) async fn enroll(
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
                let mark = mark(csr);
                let own = |new: &[SslCertificate]| {
                    new.iter().find(|it| it.comments.contains(&mark)).cloned()
                };
                self.find_lost(looked, csr, own, &error, OrderAction::Enroll, progress)
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
    pub(super) async fn renew(
        &self,
        old: Id,
        looked: &Looked,
        csr: &Csr,
        progress: &mut Progress,
    ) -> Result<SslCertificate, IssueError> {
        let old = self
            .scm
            .ssl_certificate(old)
            .await
            .map_err(|it| issue_error(&it))?;
        let mark = mark(csr);
        // An earlier run may have done it without getting an answer. When SCM marks the old one as
        // renewed is nowhere written.
        let heir = successor(&looked.known.orders, &old, &mark);
        match (old.renewed, heir) {
            (Some(true), Some(heir)) => return Ok(heir.clone()),
            (Some(true), None) => return self.enroll(looked, csr, progress).await,
            (_, Some(heir)) if self.may_be_ours(heir, &old, csr).await? => {
                return Ok(heir.clone());
            }
            _ => {}
        }
        match self.scm.renew(old.id, &csr.to_pem()).await {
            Ok(id) => {
                progress.actions.push(OrderAction::Renew);
                Ok(unread(id))
            }
            Err(error) if error.fate_unknown() => {
                let own = |new: &[SslCertificate]| successor(new, &old, &mark).cloned();
                self.find_lost(looked, csr, own, &error, OrderAction::Renew, progress)
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

    /// Can an unmarked order be the renewal of `old`? What is issued tells by its key; of what is
    /// not, those who asked for the old one.
    async fn may_be_ours(
        &self,
        heir: &SslCertificate,
        old: &SslCertificate,
        csr: &Csr,
    ) -> Result<bool, IssueError> {
        if heir.requester != old.requester || heir.requested_via != old.requested_via {
            return Ok(false);
        }
        match step(heir, false) {
            Step::Stop(_) => Ok(false),
            Step::Collect => self.has_key_of(heir.id, csr).await,
            Step::Approve | Step::AwaitPerson | Step::Wait => Ok(true),
        }
    }

    /// Nobody knows whether an order was placed: it is looked for among those that were not there
    /// before, and never placed again here. If it does not show up, a later run looks again before
    /// it orders.
    async fn find_lost(
        &self,
        looked: &Looked,
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
            let new = find::orders_of_the_list(
                &self.scm,
                looked.wish.organization,
                common_name(csr),
                &looked.known.orders,
            )
            .await;
            if let Some(order) = new.ok().and_then(|it| own(&it)) {
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

    /// A refusal, with what would help.
    async fn explain(&self, csr: &Csr, error: ScmError) -> IssueError {
        let mut explained = issue_error(&error);
        explained.message = format!("{}: {}", common_name(csr), explained.message);
        if csr.common_name.is_none() {
            explained.message += " The CSR has no common name, and SCM wants one: a name of at most 64 characters, the \
                                  first one where CSRs are made for a list of names";
        }
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
pub(super) fn unread(id: Id) -> SslCertificate {
    SslCertificate {
        id,
        ..SslCertificate::default()
    }
}

/// Between looks for an order whose reply was lost.
fn looks() -> impl Iterator<Item = Duration> {
    [250, 1000, 2000, 4000]
        .map(Duration::from_millis)
        .into_iter()
}
