//! ACME accounts: owners of EAB pairs. Versions 1 and 2 show the same ones.

use super::acme_clients;
use super::acme_domains;
use super::auth::Caller;
use super::body::Fields;
use super::domains::matches_filter;
use super::errors::Refusal;
use super::organizations::unknown;
use super::paging::{self, Total};
use crate::ca::Level;
use crate::http::{Call, Reply};
use crate::seed;
use crate::state::{AcmeAccount, AcmeServer, World, next};
use crate::switches::{AcceptOrRefuse, AccountNames, AcmeServerForm, StatusSpelling};
use hyper::Method;
use serde_json::{Value, json};

/// Routes below `/api/acme/{v1,v2}/account`.
pub(crate) fn route(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    version: &str,
    path: &[&str],
) -> Result<Reply, Refusal> {
    let caller = &caller.only("SSL", "perform ACME account management")?;
    let v1 = version == "v1";
    match (&call.method, path) {
        (&Method::GET, []) => list(world, caller, call, v1),
        (&Method::POST, []) => create(world, caller, call, version),
        (&Method::GET, [id]) => {
            let id = find(world, caller, id)?;
            if !is_readable(world, id) {
                return Err(missing(world));
            }
            let account = view(world, &world.scm.acme_accounts[&id], v1);
            Ok(Reply::json(200, &account))
        }
        (&Method::PUT, [id]) => rename(world, caller, call, id),
        (&Method::DELETE, [id]) => delete(world, caller, id),
        (&Method::GET, [id, "domain"]) if !v1 => {
            let id = find(world, caller, id)?;
            acme_domains::list(world, call, id)
        }
        (&Method::POST, [id, "domain"]) if !v1 => {
            let id = find(world, caller, id)?;
            acme_domains::add(world, call, id)
        }
        (&Method::DELETE, [id, "domain"]) if !v1 => {
            let id = find(world, caller, id)?;
            acme_domains::remove(world, call, id)
        }
        (&Method::POST, [id, "domains"]) if v1 => {
            let id = find(world, caller, id)?;
            acme_domains::add(world, call, id)
        }
        (&Method::DELETE, [id, "domains"]) if v1 => {
            let id = find(world, caller, id)?;
            acme_domains::remove(world, call, id)
        }
        (&Method::GET, [id, "client"]) if !v1 => {
            let id = find(world, caller, id)?;
            acme_clients::list(world, call, id)
        }
        (&Method::PUT, [id, "client", client]) if !v1 => {
            let id = find(world, caller, id)?;
            acme_clients::deactivate(world, id, client)
        }
        _ => Err(Refusal::not_found("Not found")),
    }
}

fn list(world: &mut World, caller: &Caller, call: &Call, v1: bool) -> Result<Reply, Refusal> {
    let Some(text) = call.query("organizationId") else {
        return Err(Refusal::null("organizationId"));
    };
    let organizations = organizations(world, text)?;
    let filter = world.switches.scm_acme_name_filter;
    let mut matches = Vec::new();
    for id in world.scm.acme_accounts.keys().copied().collect::<Vec<_>>() {
        if !is_readable(world, id) {
            continue;
        }
        let account = &world.scm.acme_accounts[&id];
        let fits = caller.manages(&world.scm, account.organization)
            && organizations.contains(&account.organization)
            && call
                .query("name")
                .is_none_or(|name| matches_filter(filter, &account.name, name))
            && call
                .query("acmeServer")
                .is_none_or(|wanted| is_server(server_of(world, account), wanted))
            && call
                .query("certValidationType")
                .is_none_or(|wanted| wanted == account.level.label())
            && call
                .query("status")
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(account.status));
        if fits {
            matches.push(view(world, account, v1));
        }
    }
    paging::page(world, call, matches, Total::InHeader)
}

/// The organizations that a filter value means: with its departments, unless
/// `-2` is among the values.
fn organizations(world: &World, text: &str) -> Result<Vec<u64>, Refusal> {
    let mut ids = Vec::new();
    let mut departments = true;
    for part in text.split(',') {
        match part.trim() {
            "-2" => departments = false,
            part => ids.push(
                part.parse::<u64>()
                    .map_err(|_| Refusal::invalid("organizationId"))?,
            ),
        }
    }
    if departments {
        let below: Vec<u64> = world
            .scm
            .organizations
            .values()
            .filter(|organization| {
                organization
                    .parent
                    .is_some_and(|parent| ids.contains(&parent))
            })
            .map(|organization| organization.id)
            .collect();
        ids.extend(below);
    }
    Ok(ids)
}

fn view(world: &World, account: &AcmeAccount, v1: bool) -> Value {
    let switches = &world.switches;
    let server = match switches.scm_acme_server_form {
        AcmeServerForm::Url => account.server.clone(),
        AcmeServerForm::Name => {
            server_of(world, account).map_or_else(String::new, |server| server.name.clone())
        }
    };
    let mut status = account.status.to_owned();
    if switches.scm_account_status_spelling == StatusSpelling::Capital {
        status[..1].make_ascii_uppercase();
    }
    let mut view = json!({
        "id": account.id,
        "name": account.name,
        "status": status,
        "macKey": account.mac_key,
        "macId": account.mac_id,
        "acmeServer": server,
        "organizationId": account.organization,
        "certValidationType": account.level,
        "accountId": account.mac_id,
        "ovOrderNumber": account.anchor,
        "ovAnchorID": account.anchor.to_string(),
        "validationId": account.anchor.to_string(),
        "contacts": acme_clients::contacts(world, account),
    });
    if v1 {
        let domains: Vec<Value> = account
            .domains
            .iter()
            .map(|name| json!({"name": name}))
            .collect();
        view["domains"] = json!(domains);
    }
    view
}

fn create(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    version: &str,
) -> Result<Reply, Refusal> {
    let fields = Fields::read(call)?;
    let name = fields.required_text("name", 1, 128)?;
    if name.trim().is_empty() {
        return Err(Refusal::blank("name"));
    }
    let server = fields.required_text("acmeServer", 1, 1024)?;
    let organization = fields.id("organizationId")?;
    caller.require_organization(&world.scm, organization)?;
    let server = world
        .scm
        .acme_servers
        .iter()
        .find(|candidate| is_server(Some(candidate), &server))
        .ok_or_else(|| Refusal::invalid("acmeServer"))?;
    if let Some(wanted) = fields.text("certValidationType")?
        && Level::parse(&wanted) != Some(server.level)
    {
        return Err(Refusal::invalid("certValidationType"));
    }
    let (level, url) = (server.level, server.url.clone());
    let taken = world
        .scm
        .acme_accounts
        .values()
        .any(|account| account.name == name && account.organization == organization);
    if taken && world.switches.scm_account_names == AccountNames::Unique {
        return Err(Refusal::invalid("name"));
    }
    let id = next(&mut world.scm.last_id.account);
    let mut account = seed::acme_account(id, &name, organization, level, &url);
    account.hidden_reads = world.switches.scm_invisible_reads;
    world.scm.acme_accounts.insert(id, account);
    let location = format!("{}/api/acme/{version}/account/{id}", call.origin);
    Ok(Reply::empty(201).with("Location", location))
}

fn rename(world: &mut World, caller: &Caller, call: &Call, id: &str) -> Result<Reply, Refusal> {
    let id = find(world, caller, id)?;
    let name = Fields::read(call)?.required_text("name", 1, 128)?;
    if let Some(account) = world.scm.acme_accounts.get_mut(&id) {
        account.name = name;
    }
    Ok(Reply::empty(200))
}

fn delete(world: &mut World, caller: &Caller, id: &str) -> Result<Reply, Refusal> {
    let id = find(world, caller, id)?;
    let pending = world.scm.acme_accounts[&id].status == "pending";
    if pending && world.switches.scm_pending_account_delete == AcceptOrRefuse::Refused {
        return Err(Refusal::new(-1, "Pending ACME account cannot be deleted."));
    }
    world.scm.acme_accounts.remove(&id);
    Ok(Reply::empty(world.switches.scm_delete_status))
}

/// The id of an account that the caller sees.
fn find(world: &World, caller: &Caller, id: &str) -> Result<u64, Refusal> {
    id.parse()
        .ok()
        .and_then(|id| world.scm.acme_accounts.get(&id))
        .filter(|account| caller.manages(&world.scm, account.organization))
        .map(|account| account.id)
        .ok_or_else(|| missing(world))
}

/// Counts a read against the ones that a new account stays out of sight for.
fn is_readable(world: &mut World, id: u64) -> bool {
    match world.scm.acme_accounts.get_mut(&id) {
        Some(account) if account.hidden_reads > 0 => {
            account.hidden_reads -= 1;
            false
        }
        Some(_) => true,
        None => false,
    }
}

fn server_of<'a>(world: &'a World, account: &AcmeAccount) -> Option<&'a AcmeServer> {
    world
        .scm
        .acme_servers
        .iter()
        .find(|server| server.url == account.server)
}

/// Clients name a server by its URL or by its name.
fn is_server(server: Option<&AcmeServer>, wanted: &str) -> bool {
    server.is_some_and(|server| server.url == wanted || server.name == wanted)
}

fn missing(world: &World) -> Refusal {
    unknown(world, -1, "ACME account is not found.")
}
