//! Waits for the CA's look at what has been submitted: for all domains together, since each look
//! takes its time and all run at once.

use std::time::Duration;

use time::Date;
use tokio::time::{Instant, sleep};

use super::converge::{Converged, Look, Task, is_validated};
use super::decide::margin;
use super::observe::{FEW, Observed, submitted};
use crate::clients::scm::ScmError;
use crate::clients::scm::dcv::{DcvMethod, DcvState, OrderStatus};

impl Task<'_> {
    /// As long as the user wants and the task may.
    pub(super) async fn look(&self, domains: &mut [(Observed, Converged)]) {
        let started = Instant::now();
        let mut pauses = [1, 2, 4, 8].into_iter().chain(std::iter::repeat(15));
        let mut asked = false;
        let mut ended = false;
        loop {
            let open: Vec<usize> = (0..domains.len())
                .filter(|at| {
                    let done = &domains[*at].1;
                    done.look.is_some() && !is_over(&done.after, self.wish.days, self.today)
                })
                .collect();
            if open.is_empty() {
                break;
            }
            let pause = pauses.next().map(Duration::from_secs).unwrap_or_default();
            let fits = started.elapsed() + pause <= self.wait
                && self.context.deadline.admits(pause).is_some();
            if !asked {
                asked = true;
                for at in &open {
                    let (observed, done) = &domains[*at];
                    // Without it the CA looks at its own time.
                    if fits || done.look == Some(Look::TooEarly) {
                        let _ = self.scm.dcv_sync(&observed.domain).await;
                    }
                }
            }
            if !fits || ended {
                for at in open {
                    let (observed, done) = &mut domains[at];
                    done.waiting = Some(self.waits_for(&observed.domain, &done.after));
                }
                break;
            }
            sleep(pause).await;
            ended = self.read_again(&open, domains).await;
        }
        for (observed, done) in domains {
            if done.look.is_some() && done.after.order_status == Some(OrderStatus::Rejected) {
                done.error = Some(format!(
                    "the CA did not find the proof for {0} and rejected the validation. Is it published where everybody \
                     sees it, and do CAA records allow sectigo.com? The next run starts anew",
                    observed.domain
                ));
            }
        }
    }

    /// True if it is no use to ask on.
    async fn read_again(&self, open: &[usize], domains: &mut [(Observed, Converged)]) -> bool {
        // One call tells which of many are worth one of their own.
        let waiting = if open.len() > FEW {
            submitted(self.scm).await.unwrap_or_default()
        } else {
            Vec::new()
        };
        for at in open {
            let (observed, done) = &mut domains[*at];
            if waiting.contains(&observed.domain) {
                continue;
            }
            match self.scm.dcv_status(&observed.domain).await {
                Ok(state) => done.after = state,
                Err(error) => {
                    done.look = None;
                    self.note(done, &observed.domain, &error);
                    if error.ends_all() && !matches!(error, ScmError::Options(_)) {
                        return true;
                    }
                }
            }
        }
        false
    }

    fn waits_for(&self, domain: &str, state: &DcvState) -> String {
        match (self.wish.method, &state.next_check) {
            (DcvMethod::Email, _) => format!(
                "the letter to {} has to be answered",
                Some(state.validation_email.as_str())
                    .filter(|it| !it.is_empty())
                    .unwrap_or("the address given")
            ),
            (_, Some(next)) => format!("the CA looks at {domain} next at {next}"),
            (_, None) => format!("the CA has yet to look at {domain}"),
        }
    }
}

/// Has the CA decided?
fn is_over(state: &DcvState, days: i64, today: Date) -> bool {
    let fresh = state
        .expiration_date
        .as_ref()
        .and_then(|it| it.days_from(today))
        .is_none_or(|it| it > margin(state, days));
    state.order_status == Some(OrderStatus::Rejected)
        || (is_validated(state) && fresh && state.order_status != Some(OrderStatus::Submitted))
}
