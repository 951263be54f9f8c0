//! Transactions: changes that take effect together or not at all.

use http::HeaderValue;
use http::header::HeaderName;
use serde::Deserialize;
use serde_json::json;

use super::{Call, Change, Icontrol, IcontrolError};
use crate::deadline::Deadline;
use crate::http::Replay;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Transaction {
    trans_id: u64,
    #[serde(default)]
    state: String,
    #[serde(default)]
    failure_reason: String,
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
        loop {
            tries -= 1;
            let id = match self.queue(changes, doing).await {
                Ok(id) => id,
                // Nothing was committed, so it may begin anew.
                Err(error) if error.fate_unknown() && tries > 0 => continue,
                Err(error) => return Err(error),
            };
            let committed = self.end(id, doing).await;
            if committed.is_err() {
                self.drop_transaction(id).await;
            }
            return committed;
        }
    }

    /// A transaction with all changes in it, which the device has found good.
    async fn queue(&self, changes: &[Change], doing: &str) -> Result<u64, IcontrolError> {
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

    async fn end(&self, id: u64, doing: &str) -> Result<(), IcontrolError> {
        let commit = Call::patch(path(id), doing)
            .body(&json!({"state": "VALIDATING", "validateOnly": false}))
            .replay(Replay::Never);
        let error = match self.read::<Transaction>(&commit).await {
            Ok(transaction) => return self.judge(&transaction, doing),
            Err(error) if !error.fate_unknown() => return Err(error),
            Err(error) => error,
        };
        // The answer was lost; the transaction knows what became of it.
        let look = Call::get(path(id), doing);
        match self.read::<Transaction>(&look).await {
            Ok(it) if it.state == "STARTED" => {
                let transaction: Transaction = self.read(&commit).await?;
                self.judge(&transaction, doing)
            }
            Ok(it) => self.judge(&it, doing),
            Err(_) => Err(error),
        }
    }

    fn judge(&self, transaction: &Transaction, doing: &str) -> Result<(), IcontrolError> {
        if transaction.state == "COMPLETED" {
            return Ok(());
        }
        Err(IcontrolError::Refused {
            system: self.system().to_owned(),
            doing: doing.to_owned(),
            answer: format!(
                "the transaction ended as {}: {}",
                transaction.state, transaction.failure_reason
            ),
            status: 400,
        })
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

fn path(id: u64) -> String {
    format!("{TRANSACTIONS}/{id}")
}

const TRANSACTIONS: &str = "tm/transaction";
const HEADER: HeaderName = HeaderName::from_static("x-f5-rest-coordination-id");
const TRIES: usize = 3;
const DROP: std::time::Duration = std::time::Duration::from_secs(10);
