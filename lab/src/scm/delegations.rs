//! Delegations: the right of an organization to use a domain.

use super::auth::Caller;
use super::body::Fields;
use super::errors::Refusal;
use crate::http::{Call, Reply};
use crate::state::{Delegation, World};
use crate::switches::Approval;
use hyper::Method;

/// Routes below `/api/domain/v1/{id}/delegation`.
pub(crate) fn route(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    id: u64,
    path: &[&str],
) -> Result<Reply, Refusal> {
    match (&call.method, path) {
        (&Method::POST, []) => {
            caller.require("allowManageDomains", "perform domain delegation")?;
            let delegation = read(world, caller, &Fields::read(call)?)?;
            delegate(world, id, delegation);
            Ok(Reply::empty(200))
        }
        (&Method::DELETE, []) => remove(world, caller, call, id),
        (&Method::POST, ["approve"]) => decide(world, caller, call, id, true),
        (&Method::POST, ["reject"]) => decide(world, caller, call, id, false),
        _ => Err(Refusal::not_found("Not found")),
    }
}

/// `POST /api/domain/v1/delegation`: one delegation for many domains.
pub(crate) fn delegate_many(
    world: &mut World,
    caller: &Caller,
    call: &Call,
) -> Result<Reply, Refusal> {
    caller.require("allowManageDomains", "perform domain delegation")?;
    let fields = Fields::read(call)?;
    let ids = fields.ids("domainIds")?;
    if !(1..=1000).contains(&ids.len()) {
        return Err(Refusal::size("domainIds", 1, 1000));
    }
    let delegation = read(world, caller, &fields)?;
    let all_visible = ids.iter().all(|id| {
        world
            .scm
            .domains
            .get(id)
            .is_some_and(|domain| super::domains::is_visible(world, caller, domain))
    });
    if !all_visible {
        return Err(Refusal::new(-727, "Domain does not exist."));
    }
    for id in ids {
        delegate(world, id, delegation.clone());
    }
    Ok(Reply::empty(200))
}

/// Reads a delegation from a body. It waits for approval unless the caller
/// may approve (or the switch `scm.delegation_approval` says otherwise).
pub(crate) fn read(world: &World, caller: &Caller, fields: &Fields) -> Result<Delegation, Refusal> {
    let organization = fields.id("orgId")?;
    caller.require_organization(&world.scm, organization)?;
    let requested = match world.switches.scm_delegation_approval {
        Approval::UnlessPrivileged => !caller.may("approveDomainDelegation"),
        Approval::Always => true,
        Approval::Never => false,
    };
    Ok(Delegation {
        organization,
        cert_types: checked(fields, "certTypes", CERT_TYPES, 1)?,
        privileges: checked(
            fields,
            "domainCertificateRequestPrivileges",
            REQUEST_PRIVILEGES,
            0,
        )?,
        requested,
    })
}

fn checked(
    fields: &Fields,
    name: &str,
    known: &[&str],
    least: usize,
) -> Result<Vec<String>, Refusal> {
    let mut values = fields.texts(name)?;
    if values.len() < least {
        return Err(Refusal::null(name));
    }
    if values.iter().any(|value| !known.contains(&value.as_str())) {
        return Err(Refusal::unparseable());
    }
    values.sort();
    values.dedup();
    Ok(values)
}

fn delegate(world: &mut World, id: u64, delegation: Delegation) {
    let Some(domain) = world.scm.domains.get_mut(&id) else {
        return;
    };
    match domain
        .delegations
        .iter_mut()
        .find(|existing| existing.organization == delegation.organization)
    {
        Some(existing) => *existing = delegation,
        None => domain.delegations.push(delegation),
    }
}

fn remove(world: &mut World, caller: &Caller, call: &Call, id: u64) -> Result<Reply, Refusal> {
    caller.require("allowManageDomains", "perform removal of domain delegation")?;
    let fields = Fields::read(call)?;
    let organization = fields.id("orgId")?;
    caller.require_organization(&world.scm, organization)?;
    let kinds = checked(&fields, "certTypes", CERT_TYPES, 1)?;
    let Some(domain) = world.scm.domains.get_mut(&id) else {
        return Err(Refusal::new(-727, "Domain does not exist."));
    };
    let Some(delegation) = domain
        .delegations
        .iter_mut()
        .find(|delegation| delegation.organization == organization)
    else {
        return Err(Refusal::new(
            -738,
            "Operation on this domain is not allowed.",
        ));
    };
    delegation.cert_types.retain(|kind| !kinds.contains(kind));
    domain
        .delegations
        .retain(|delegation| !delegation.cert_types.is_empty());
    Ok(Reply::empty(200))
}

fn decide(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    id: u64,
    approve: bool,
) -> Result<Reply, Refusal> {
    let action = if approve { "approval" } else { "rejection" };
    caller.require(
        "approveDomainDelegation",
        &format!("perform {action} of domain delegation"),
    )?;
    let organization = Fields::read(call)?.id("orgId")?;
    caller.require_organization(&world.scm, organization)?;
    let waiting =
        |delegation: &Delegation| delegation.organization == organization && delegation.requested;
    let Some(domain) = world.scm.domains.get_mut(&id) else {
        return Err(Refusal::new(-727, "Domain does not exist."));
    };
    if !domain.delegations.iter().any(waiting) {
        let text = "Domain delegation is not in state 'Requested'.";
        return Err(Refusal::new(-705, text));
    }
    if approve {
        for delegation in &mut domain.delegations {
            if waiting(delegation) {
                delegation.requested = false;
            }
        }
    } else {
        domain.delegations.retain(|delegation| !waiting(delegation));
        // A domain without delegations exists for master administrators only.
    }
    Ok(Reply::empty(200))
}

const CERT_TYPES: &[&str] = &["SSL", "SMIME", "CodeSign"];
const REQUEST_PRIVILEGES: &[&str] = &[
    "DOMAIN",
    "SUBDOMAIN",
    "WILDCARD_1ST_LEVEL",
    "WILDCARD_2ND_LEVEL",
];
