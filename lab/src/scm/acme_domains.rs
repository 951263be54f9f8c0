//! The domains that an ACME account may order.

use super::body::Fields;
use super::coverage;
use super::errors::Refusal;
use super::paging::{self, Total};
use crate::clock;
use crate::http::{Call, Reply};
use crate::names;
use crate::state::World;
use crate::switches::AlreadyMapped;
use regex::Regex;
use serde_json::{Value, json};
use time::Duration;

/// `GET …/account/{id}/domain`.
pub(crate) fn list(world: &World, call: &Call, id: u64) -> Result<Reply, Refusal> {
    let account = &world.scm.acme_accounts[&id];
    let pattern = match call.query("name").map(Regex::new) {
        None => None,
        Some(Ok(pattern)) => Some(pattern),
        Some(Err(_)) => return Err(Refusal::invalid("name")),
    };
    let valid = days(call, "expiresWithinNextDays")?;
    let sticky = days(call, "stickyExpiresWithinNextDays")?;
    let anchor = account.anchor;
    let mut matches = Vec::new();
    for name in &account.domains {
        let until = coverage::validation(world, name).expires;
        let in_time = [valid, sticky]
            .iter()
            .flatten()
            .all(|days| until.is_some_and(|until| until <= world.now() + Duration::days(*days)));
        if !in_time || pattern.as_ref().is_some_and(|p| !p.is_match(name)) {
            continue;
        }
        let mut item = json!({"name": name});
        if let Some(until) = until {
            item["validUntil"] = json!(clock::milliseconds(until));
            item["stickyUntil"] = json!(clock::milliseconds(until));
        }
        item["ovAnchorOrderNumber"] = json!(anchor);
        item["ovAnchorID"] = json!(anchor.to_string());
        item["validationId"] = json!(anchor.to_string());
        matches.push(item);
    }
    paging::page(world, call, matches, Total::InHeader)
}

/// `POST …/account/{id}/domain`: names that cannot be added are told, not refused.
pub(crate) fn add(world: &mut World, call: &Call, id: u64) -> Result<Reply, Refusal> {
    let wanted = names_of(call)?;
    if world.switches.scm_orders_restricted {
        return Err(Refusal::new(
            -993,
            "Certificate orders currently restricted",
        ));
    }
    let organization = world.scm.acme_accounts[&id].organization;
    let mut left = Vec::new();
    for text in wanted {
        let delegated = names::parse(&text).filter(|name| {
            coverage::is_delegated(&world.scm, &world.switches, name, organization, "SSL")
        });
        let account = world.scm.acme_accounts.get_mut(&id);
        match (delegated, account) {
            (Some(name), Some(account)) => {
                let added = account.domains.insert(name);
                if !added && world.switches.scm_already_mapped == AlreadyMapped::Reported {
                    left.push(text);
                }
            }
            _ => left.push(text),
        }
    }
    Ok(told("notAddedDomains", left))
}

/// `DELETE …/account/{id}/domain`.
pub(crate) fn remove(world: &mut World, call: &Call, id: u64) -> Result<Reply, Refusal> {
    let wanted = names_of(call)?;
    let mut left = Vec::new();
    if let Some(account) = world.scm.acme_accounts.get_mut(&id) {
        for text in wanted {
            if !account.domains.remove(&text.to_lowercase()) {
                left.push(text);
            }
        }
    }
    Ok(told("notRemovedDomains", left))
}

fn names_of(call: &Call) -> Result<Vec<String>, Refusal> {
    let fields = Fields::read(call)?;
    let items = fields
        .list("domains")?
        .ok_or_else(|| Refusal::null("domains"))?;
    if items.is_empty() {
        return Err(Refusal::empty("domains"));
    }
    items
        .iter()
        .map(|item| Fields::of(item)?.required_text("name", 1, 1024))
        .collect()
}

fn told(member: &str, left: Vec<String>) -> Reply {
    let mut body = json!({});
    if !left.is_empty() {
        body[member] = Value::from(left);
    }
    Reply::json(200, &body)
}

fn days(call: &Call, name: &str) -> Result<Option<i64>, Refusal> {
    call.query(name)
        .map(|text| text.parse().map_err(|_| Refusal::invalid(name)))
        .transpose()
}
