//! The ACME clients that registered with an account's EAB pair.

use super::errors::Refusal;
use super::organizations::unknown;
use super::paging::{self, Total};
use crate::acme::accounts::Account;
use crate::clock;
use crate::http::{Call, Reply};
use crate::state::{AcmeAccount, World};
use serde_json::{Value, json};
use time::Duration;

/// `GET …/account/{id}/client`.
pub(crate) fn list(world: &World, call: &Call, id: u64) -> Result<Reply, Refusal> {
    let days: Option<i64> = match call.query("lastActivityWithinPrevDays") {
        None => None,
        Some(text) => Some(
            text.parse()
                .map_err(|_| Refusal::invalid("lastActivityWithinPrevDays"))?,
        ),
    };
    let contains = |filter: &str, text: &str| {
        call.query(filter)
            .is_none_or(|wanted| text.contains(wanted))
    };
    let matches: Vec<Value> = of(world, id)
        .filter(|(_, client)| {
            let statuses: Vec<&str> = call.query_all("status").collect();
            contains("userAgent", &client.user_agent)
                && contains("ipAddress", &client.address)
                && contains("contacts", &contacts_text(client))
                && (statuses.is_empty() || statuses.contains(&client.status))
                && days
                    .is_none_or(|days| client.last_activity + Duration::days(days) >= world.now())
        })
        .map(|(client_id, client)| {
            json!({
                "accountId": client_id,
                "ipAddress": client.address,
                "userAgent": client.user_agent,
                "status": client.status,
                "lastActivity": clock::milliseconds(client.last_activity),
                "contacts": contacts_text(client),
            })
        })
        .collect();
    paging::page(world, call, matches, Total::InHeader)
}

/// `PUT …/account/{id}/client/{client}`: deactivates it.
pub(crate) fn deactivate(world: &mut World, id: u64, client: &str) -> Result<Reply, Refusal> {
    if !of(world, id).any(|(client_id, _)| client_id == client) {
        return Err(unknown(world, -1, "ACME client is not found."));
    }
    if let Some(account) = world.acme.accounts.get_mut(client) {
        account.status = "deactivated";
    }
    Ok(Reply::empty(204))
}

/// The contacts of all clients, separated by commas.
pub(crate) fn contacts(world: &World, account: &AcmeAccount) -> String {
    let all: Vec<String> = of(world, account.id)
        .map(|(_, client)| contacts_text(client))
        .filter(|text| !text.is_empty())
        .collect();
    all.join(",")
}

fn of(world: &World, id: u64) -> impl Iterator<Item = (&String, &Account)> {
    world
        .acme
        .accounts
        .iter()
        .filter(move |(_, account)| account.owner == Some(id))
}

fn contacts_text(client: &Account) -> String {
    let bare: Vec<&str> = client
        .contacts
        .iter()
        .map(|contact| contact.strip_prefix("mailto:").unwrap_or(contact))
        .collect();
    bare.join(",")
}
