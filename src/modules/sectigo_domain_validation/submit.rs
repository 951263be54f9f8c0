//! Tells the CA to look: of all domains after all their proofs are in place, so that the zones'
//! other name servers are waited for once.

use super::converge::{Converged, Submission, Task, Trouble, is_validated};
use super::decide::Action;
use super::observe::Observed;
use super::publish::Publisher;
use crate::clients::scm::dcv::{DcvMethod, DcvState, OrderStatus};

impl Task<'_> {
    pub(super) async fn submit(&self, domains: &mut [(Observed, Converged)]) {
        if self.context.check {
            return;
        }
        let is_text = self.wish.method == DcvMethod::Txt;
        if !is_text {
            self.propagate(domains).await;
        }
        let mut ended = false;
        for (observed, done) in &mut *domains {
            let Some(submission) = done.submission.take() else {
                continue;
            };
            if ended {
                done.error = Some(NOT_TRIED.to_owned());
            } else if let Err(trouble) = self.submit_one(&submission, &observed.domain, done).await
            {
                self.blame(done, &observed.domain, trouble);
                ended = done.ends_all;
            }
        }
        // A text is known only now.
        if is_text {
            self.propagate(domains).await;
        }
    }

    async fn submit_one(
        &self,
        submission: &Submission,
        domain: &str,
        done: &mut Converged,
    ) -> Result<(), Trouble> {
        let method = self.wish.method;
        let email = submission.email.as_deref();
        done.after = match self.scm.dcv_submit(domain, method, email).await {
            Ok(state) => {
                done.actions.push(Action::Submit);
                DcvState {
                    validation_email: email.unwrap_or_default().to_owned(),
                    status: state.status.or_else(|| done.before.status.clone()),
                    order_status: state.order_status.or(Some(OrderStatus::Submitted)),
                    validation_date: done.before.validation_date.clone(),
                    expiration_date: done.before.expiration_date.clone(),
                    ..state
                }
            }
            // Was it taken? Its state tells.
            Err(error) if error.fate_unknown() => {
                let state = self.scm.dcv_status(domain).await?;
                if state.order_status != Some(OrderStatus::Submitted) && !is_validated(&state) {
                    return Err(error.into());
                }
                self.context.warn(format!("{error} (it was submitted)"));
                done.actions.push(Action::Submit);
                state
            }
            Err(error) => return Err(error.into()),
        };
        if method == DcvMethod::Txt {
            self.show(&done.after.proof.clone(), domain, done);
            self.has_record(domain, done)?;
            self.publish(done).await?;
        }
        done.unpublished &= method == DcvMethod::Txt;
        self.await_look(done);
        Ok(())
    }

    async fn propagate(&self, domains: &[(Observed, Converged)]) {
        let published = domains
            .iter()
            .any(|(_, done)| done.actions.contains(&Action::Publish));
        if let Some(Publisher { dns, .. }) = self.publisher.filter(|_| published) {
            dns.propagate().await;
        }
    }
}

pub(super) const NOT_TRIED: &str = "not tried any more";
