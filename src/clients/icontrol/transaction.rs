//! Transactions: changes that take effect together or not at all.

use std::time::Duration;

use http::HeaderValue;
use http::header::HeaderName;
use serde::Deserialize;
use serde_json::json;

use super::{Change, Icontrol, IcontrolError};
use crate::deadline::Deadline;
use crate::http::{Call, Replay};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Transaction {
    trans_id: u64,
    #[serde(default)]
    state: String,
    #[serde(default)]
    failure_reason: String,
    #[serde(default)]
    validate_only: bool,
}

/// How a transaction ended that did not fail.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Committed,
    /// The device did not take it any further than the look before.
    Validated,
}

impl Icontrol {
    /// Makes all changes at once, after the device has looked at them as a whole. On an error
    /// nothing is changed, unless it says that its fate is unknown.
    pub(crate) async fn commit(
        &self,
        changes: &[Change],
        doing: &str,
    ) -> Result<(), IcontrolError> {
        let mut tries = TRIES;
        let mut validated = false;
        loop {
            tries -= 1;
            let id = match self.queue(changes, doing, !validated).await {
                Ok(id) => id,
                // Nothing was committed, so it may begin anew.
                Err(error) if error.fate_unknown() && tries > 0 => continue,
                Err(error) => return Err(error),
            };
            let committed = self.end(id, doing).await;
            if committed.is_err() {
                self.drop_transaction(id).await;
            }
            let over = match &committed {
                Ok(it) => *it == End::Validated,
                Err(error) => is_over(error),
            };
            if over && !validated {
                // It ended with the validation, and nothing was done.
                validated = true;
                tries = TRIES;
                continue;
            }
            return match committed? {
                End::Committed => Ok(()),
                End::Validated => Err(self.refused(doing, " it was only validated")),
            };
        }
    }

    /// A transaction with all changes in it, which the device has found good if it was to `look`.
    async fn queue(
        &self,
        changes: &[Change],
        doing: &str,
        look: bool,
    ) -> Result<u64, IcontrolError> {
        // A second one does no harm: the first, empty, ends by itself after two minutes.
        let open = Call::post(TRANSACTIONS, doing)
            .body(&json!({}))
            .replay(Replay::Safe);
        let transaction: Transaction = self.read(&open).await?;
        let id = transaction.trans_id;
        for change in changes {
            // One that is queued twice fails at the commit, so it is never sent blindly.
            let call = change.call().header(HEADER, HeaderValue::from(id));
            if let Err(error) = self.send(&call).await {
                self.drop_transaction(id).await;
                return Err(error);
            }
        }
        if !look {
            return Ok(id);
        }
        let look = json!({"state": "VALIDATING", "validateOnly": true});
        let call = Call::patch(path(id), doing).body(&look);
        match self.send(&call).await {
            Ok(_) => Ok(id),
            Err(error) => {
                self.drop_transaction(id).await;
                Err(error)
            }
        }
    }

    async fn end(&self, id: u64, doing: &str) -> Result<End, IcontrolError> {
        let commit = Call::patch(path(id), doing)
            .body(&json!({"state": "VALIDATING", "validateOnly": false}))
            .replay(Replay::Never);
        let lost = match self.read::<Transaction>(&commit).await {
            Ok(transaction) => return self.judge(&transaction, doing),
            Err(error) if !error.fate_unknown() => return Err(error),
            Err(error) => error,
        };
        let transaction = match self.fate(id, doing, lost).await? {
            it if it.state == STARTED => self.read(&commit).await?,
            it => it,
        };
        self.judge(&transaction, doing)
    }

    /// What became of a commit whose answer was lost: the transaction knows. It may still be at it.
    async fn fate(
        &self,
        id: u64,
        doing: &str,
        lost: IcontrolError,
    ) -> Result<Transaction, IcontrolError> {
        let look = Call::get(path(id), doing);
        let mut waited = Duration::ZERO;
        loop {
            match self.read::<Transaction>(&look).await {
                Ok(it) if it.state != VALIDATING => return Ok(it),
                Ok(_)
                    if waited < LONGEST_COMMIT
                        && self.context().deadline.admits(PAUSE).is_some() => {}
                Ok(_) | Err(_) => return Err(lost),
            }
            tokio::time::sleep(PAUSE).await;
            waited += PAUSE;
        }
    }

    fn judge(&self, transaction: &Transaction, doing: &str) -> Result<End, IcontrolError> {
        if transaction.state != "COMPLETED" {
            let Transaction {
                state,
                failure_reason,
                ..
            } = transaction;
            let reason = failure_reason.strip_prefix(FAILED);
            return Err(match reason {
                Some(reason) => self.refused(doing, reason),
                None => self.refused(doing, &format!(" it ended as {state}: {failure_reason}")),
            });
        }
        Ok(if transaction.validate_only {
            End::Validated
        } else {
            End::Committed
        })
    }

    fn refused(&self, doing: &str, why: &str) -> IcontrolError {
        IcontrolError::Refused {
            system: self.system().to_owned(),
            doing: doing.to_owned(),
            answer: format!("{FAILED}{why}"),
            status: 400,
        }
    }

    /// None is left open: others would wait for it. What cannot be dropped ends by itself after two
    /// minutes.
    async fn drop_transaction(&self, id: u64) {
        let Ok(token) = self.token().await else {
            return;
        };
        let http = self.0.http.with_deadline(Deadline::after(DROP));
        let request = crate::http::HttpRequest::new(http::Method::DELETE, self.url(&path(id), &[]))
            .header(super::auth::TOKEN, token)
            .replay(Replay::Safe);
        // It may well be gone.
        let _ = http.send(request).await;
    }
}

/// Does a refusal of the commit mean the transaction, and not the changes in it? Nobody has written
/// down whether it outlives its validation.
fn is_over(error: &IcontrolError) -> bool {
    match error {
        IcontrolError::NotFound { answer, .. } => !answer.starts_with(FAILED),
        IcontrolError::Refused { answer, status, .. } => {
            *status == 400 && !answer.starts_with(FAILED)
        }
        _ => false,
    }
}

fn path(id: u64) -> String {
    format!("{TRANSACTIONS}/{id}")
}

const TRANSACTIONS: &str = "tm/transaction";
const HEADER: HeaderName = HeaderName::from_static("x-f5-rest-coordination-id");
const TRIES: usize = 3;
const DROP: Duration = Duration::from_secs(10);
const STARTED: &str = "STARTED";
const VALIDATING: &str = "VALIDATING";
/// In front of every refusal of what a transaction holds.
const FAILED: &str = "transaction failed:";
const PAUSE: Duration = Duration::from_secs(1);
/// The device gives up after as long.
const LONGEST_COMMIT: Duration = Duration::from_secs(300);
