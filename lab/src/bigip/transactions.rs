//! Transactions: changes that are queued and take effect together.

use super::errors::{Refusal, answer};
use super::model::{Config, Unit};
use super::request::{Command, Env, link};
use super::{apply, validate};
use crate::http::{Call, Reply};
use crate::switches::{EmptyCommit, FailedTransaction, Switches, ValidatedTransaction};
use hyper::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};

/// The transactions of a device.
#[derive(Debug, Default)]
pub(crate) struct Transactions {
    known: BTreeMap<u64, Transaction>,
    last: u64,
}

#[derive(Debug)]
struct Transaction {
    state: &'static str,
    reason: String,
    /// In the order of evaluation: number and command.
    queue: Vec<(u64, Command)>,
    touched: OffsetDateTime,
    validate_only: bool,
}

impl Transactions {
    /// Transactions that wait for their commit.
    pub(crate) fn open(&self) -> usize {
        self.known
            .values()
            .filter(|transaction| transaction.state == STARTED)
            .count()
    }

    fn forget(&mut self, now: OffsetDateTime) {
        self.known
            .retain(|_, transaction| transaction.touched + Duration::seconds(TIMEOUT) > now);
    }

    fn find(&mut self, id: &str) -> Result<(u64, &mut Transaction), Refusal> {
        let number: u64 = id.parse().unwrap_or_default();
        match self.known.get_mut(&number) {
            Some(transaction) => Ok((number, transaction)),
            None => Err(gone(id)),
        }
    }
}

/// Adds a command to the transaction that a header names.
pub(crate) fn queue(
    unit: &mut Unit,
    now: OffsetDateTime,
    switches: &Switches,
    id: &str,
    command: Command,
) -> Result<Reply, Refusal> {
    unit.transactions.forget(now);
    let (number, transaction) = unit.transactions.find(id)?;
    if transaction.state != STARTED {
        return Err(gone(id));
    }
    if !apply::is_config(&command) {
        return Err(not_allowed(number));
    }
    transaction.touched = now;
    let order = transaction
        .queue
        .iter()
        .map(|(order, _)| *order)
        .max()
        .unwrap_or(0)
        + 1;
    transaction.queue.push((order, command));
    let shown = show_command(number, transaction, transaction.queue.len() - 1, switches);
    Ok(answer(200, &shown))
}

/// `/mgmt/tm/transaction`.
pub(crate) fn handle(
    unit: &mut Unit,
    now: OffsetDateTime,
    switches: &Switches,
    user: &str,
    call: &Call,
    rest: &[&str],
) -> Result<Reply, Refusal> {
    unit.transactions.forget(now);
    if call.header(HEADER).is_some() && call.method != Method::GET {
        let number = rest
            .first()
            .and_then(|id| id.parse().ok())
            .unwrap_or_default();
        return Err(not_allowed(number));
    }
    match (&call.method, rest) {
        (&Method::POST, []) => {
            // Sixteen digits: the time in microseconds.
            let micros = u64::try_from(now.unix_timestamp_nanos() / 1000).unwrap_or_default();
            let number = micros.max(unit.transactions.last + 1);
            unit.transactions.last = number;
            let transaction = Transaction {
                state: STARTED,
                reason: String::new(),
                queue: Vec::new(),
                touched: now,
                validate_only: false,
            };
            let shown = show(number, &transaction, switches);
            unit.transactions.known.insert(number, transaction);
            Ok(answer(200, &shown))
        }
        (&Method::GET, []) => {
            let items: Vec<Value> = unit
                .transactions
                .known
                .iter()
                .map(|(number, transaction)| show(*number, transaction, switches))
                .collect();
            let body = super::collection(
                "tm:transactioncollectionstate",
                "/mgmt/tm/transaction",
                items,
                switches,
            );
            Ok(answer(200, &body))
        }
        (&Method::GET, [id]) => {
            let (number, transaction) = unit.transactions.find(id)?;
            Ok(answer(200, &show(number, transaction, switches)))
        }
        (&Method::DELETE, [id]) => {
            let (number, _) = unit.transactions.find(id)?;
            unit.transactions.known.remove(&number);
            Ok(Reply::empty(200))
        }
        (&Method::PATCH, [id]) => {
            let command = Command::read(call)?;
            if command.text("state") != Some("VALIDATING") {
                return Err(Refusal::syntax("invalid property value \"state\""));
            }
            let validate_only = command.body.get("validateOnly") == Some(&json!(true));
            commit(unit, now, switches, user, id, validate_only)
        }
        (method, [id, "commands", rest @ ..]) => {
            let (number, transaction) = unit.transactions.find(id)?;
            commands(number, transaction, switches, method, call, rest)
        }
        _ => Err(Refusal::unknown_uri(&call.path)),
    }
}

/// The header that names a transaction.
pub(crate) const HEADER: &str = "x-f5-rest-coordination-id";

fn commit(
    unit: &mut Unit,
    now: OffsetDateTime,
    switches: &Switches,
    user: &str,
    id: &str,
    validate_only: bool,
) -> Result<Reply, Refusal> {
    let (number, transaction) = unit.transactions.find(id)?;
    if transaction.state != STARTED {
        // What is over does not begin again.
        if transaction.validate_only
            && switches.bigip_validated_transaction == ValidatedTransaction::Completed
        {
            return Ok(answer(200, &show(number, transaction, switches)));
        }
        return Err(gone(id));
    }
    if transaction.queue.is_empty() {
        let status = match switches.bigip_empty_commit {
            EmptyCommit::NotFound => 404,
            EmptyCommit::BadRequest => 400,
        };
        let mut refusal = Refusal::syntax("there is no command to commit in the transaction");
        refusal.status = status;
        return Err(refusal);
    }
    transaction.validate_only = validate_only;
    transaction.touched = now;
    let mut queue = transaction.queue.clone();
    queue.sort_by_key(|(order, _)| *order);
    let env = Env {
        now,
        switches,
        user,
        files: &unit.files,
    };
    let outcome = attempt(&unit.config, &env, &queue);
    let (_, transaction) = unit.transactions.find(id)?;
    match outcome {
        Ok(after) => {
            if !validate_only {
                unit.config = after;
            }
            if !validate_only || switches.bigip_validated_transaction != ValidatedTransaction::Open
            {
                transaction.state = "COMPLETED";
            }
            let mut shown = show(number, transaction, switches);
            shown["state"] = json!("COMPLETED");
            if validate_only && switches.bigip_validated_transaction == ValidatedTransaction::Gone {
                unit.transactions.known.remove(&number);
            }
            Ok(answer(200, &shown))
        }
        Err(refusal) => {
            let refusal = refusal.of_commit();
            if !validate_only {
                transaction.state = "FAILED";
                transaction.reason.clone_from(&refusal.message);
                if switches.bigip_failed_transaction == FailedTransaction::Gone {
                    unit.transactions.known.remove(&number);
                }
            }
            Err(refusal)
        }
    }
}

/// The configuration after all commands, if each of them and the whole hold.
fn attempt(before: &Config, env: &Env<'_>, queue: &[(u64, Command)]) -> Result<Config, Refusal> {
    let mut after = before.clone();
    for (_, command) in queue {
        apply::change(&mut after, env, command)?;
    }
    validate::whole(before, &after, env.switches)?;
    Ok(after)
}

fn commands(
    number: u64,
    transaction: &mut Transaction,
    switches: &Switches,
    method: &Method,
    call: &Call,
    rest: &[&str],
) -> Result<Reply, Refusal> {
    let index = match rest {
        [] if method == Method::GET => {
            let items = (0..transaction.queue.len())
                .map(|index| show_command(number, transaction, index, switches))
                .collect();
            let path = format!("/mgmt/tm/transaction/{number}/commands");
            let body = super::collection(
                "tm:transaction:commandscollectionstate",
                &path,
                items,
                switches,
            );
            return Ok(answer(200, &body));
        }
        [id] => id
            .parse::<usize>()
            .ok()
            .and_then(|id| id.checked_sub(1))
            .filter(|index| *index < transaction.queue.len())
            .ok_or_else(|| Refusal::unknown_uri(&call.path))?,
        _ => return Err(Refusal::unknown_uri(&call.path)),
    };
    match *method {
        Method::GET => {}
        Method::PATCH => {
            let command = Command::read(call)?;
            let order = command
                .body
                .get("evalOrder")
                .and_then(Value::as_u64)
                .ok_or_else(|| Refusal::syntax("invalid property value \"eval-order\""))?;
            transaction.queue[index].0 = order;
        }
        Method::DELETE => {
            transaction.queue.remove(index);
            return Ok(Reply::empty(200));
        }
        _ => return Err(Refusal::unknown_uri(&call.path)),
    }
    Ok(answer(
        200,
        &show_command(number, transaction, index, switches),
    ))
}

fn show(number: u64, transaction: &Transaction, switches: &Switches) -> Value {
    json!({
        "transId": number,
        "state": transaction.state,
        "timeoutSeconds": TIMEOUT,
        "asyncExecution": false,
        "validateOnly": transaction.validate_only,
        "executionTimeout": 300,
        "executionTime": 0,
        "failureReason": transaction.reason,
        "kind": "tm:transactionstate",
        "selfLink": link(switches, &format!("/mgmt/tm/transaction/{number}")),
    })
}

fn show_command(
    number: u64,
    transaction: &Transaction,
    index: usize,
    switches: &Switches,
) -> Value {
    let Some((order, command)) = transaction.queue.get(index) else {
        return Value::Null;
    };
    let mut body = command.body.clone();
    if body.contains_key("passphrase") {
        body.insert("passphrase".to_owned(), json!("******"));
    }
    let id = index + 1;
    json!({
        "method": command.method.as_str(),
        "uri": format!("https://localhost{}", command.path),
        "body": body,
        "evalOrder": order,
        "commandId": id,
        "kind": "tm:transaction:commandsstate",
        "selfLink": link(switches, &format!("/mgmt/tm/transaction/{number}/commands/{id}")),
    })
}

fn gone(id: &str) -> Refusal {
    let mut refusal = Refusal::syntax(format!("Transaction {id} does not exist."));
    refusal.status = 404;
    refusal
}

fn not_allowed(number: u64) -> Refusal {
    Refusal::syntax(format!(
        "Transaction {number} operation .... is not allowed to be added to transaction."
    ))
}

const STARTED: &str = "STARTED";
/// Seconds without a request after which a transaction is dropped.
const TIMEOUT: i64 = 120;
