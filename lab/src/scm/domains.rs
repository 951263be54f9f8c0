//! Domain objects: list, details, create, delete, suspend.

use super::auth::Caller;
use super::body::Fields;
use super::coverage;
use super::dates::{self, DateFormat};
use super::delegations;
use super::errors::{Refusal, unauthorized_to};
use super::organizations::unknown;
use super::paging::{self, Total};
use super::spelling::{self, spell};
use crate::http::{Call, Reply};
use crate::names;
use crate::state::{Domain, World, next};
use crate::switches::{NameFilter, Who};
use hyper::Method;
use serde_json::{Value, json};

/// Routes below `/api/domain/v1`.
pub(crate) fn route(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    path: &[&str],
) -> Result<Reply, Refusal> {
    match (&call.method, path) {
        (&Method::GET, []) => {
            let matches = search(world, caller, call)?
                .iter()
                .map(|domain| json!({"id": domain.id, "name": domain.name}))
                .collect();
            paging::page(world, call, matches, Total::InHeader)
        }
        (&Method::GET, ["count"]) => {
            let count = search(world, caller, call)?.len();
            Ok(Reply::json(200, &json!({"count": count})))
        }
        (&Method::POST, []) => create(world, caller, call),
        (&Method::POST, ["delegation"]) => delegations::delegate_many(world, caller, call),
        (&Method::GET, [id]) => details(world, caller, call, id),
        (&Method::DELETE, [id]) => delete(world, caller, id),
        (&Method::PUT, [id, "activate"]) => set_active(world, caller, id, true),
        (&Method::PUT, [id, "suspend"]) => set_active(world, caller, id, false),
        (&Method::PUT, [id, "monitoring"]) => monitor(world, caller, call, id),
        (_, [id, "delegation", rest @ ..]) => {
            let id = find(world, caller, id)?;
            delegations::route(world, caller, call, id, rest)
        }
        _ => Err(Refusal::not_found("Not found")),
    }
}

/// Whether the caller sees any delegation of the domain.
pub(crate) fn is_visible(world: &World, caller: &Caller, domain: &Domain) -> bool {
    caller.is_mrao()
        || domain
            .delegations
            .iter()
            .any(|delegation| caller.manages(&world.scm, delegation.organization))
}

/// Compares a name with a filter, in the way of a switch.
pub(crate) fn matches_filter(kind: NameFilter, name: &str, filter: &str) -> bool {
    let filter = filter.to_lowercase();
    let name = name.to_lowercase();
    match kind {
        NameFilter::Exact => name == filter,
        NameFilter::Substring => name.contains(&filter),
        NameFilter::Star => {
            let pattern: Vec<String> = filter.split('*').map(regex::escape).collect();
            regex::Regex::new(&format!("^{}$", pattern.join(".*")))
                .is_ok_and(|pattern| pattern.is_match(&name))
        }
    }
}

fn search(world: &mut World, caller: &Caller, call: &Call) -> Result<Vec<Domain>, Refusal> {
    let name = call.query("name");
    if name.is_some_and(|name| !(2..=256).contains(&name.chars().count())) {
        return Err(Refusal::size("name", 2, 256));
    }
    let state = one_of(call, "state", &["active", "inactive"])?;
    let status = one_of(call, "status", &["requested", "approved"])?;
    let organization: Option<u64> = match call.query("orgId") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| Refusal::invalid("orgId"))?),
    };
    let filter = world.switches.scm_domain_name_filter;
    let mut found = Vec::new();
    for id in world.scm.domains.keys().copied().collect::<Vec<_>>() {
        if let Some(domain) = read(world, caller, id) {
            let fits = name.is_none_or(|name| matches_filter(filter, &domain.name, name))
                && state
                    .as_deref()
                    .is_none_or(|state| (state == "active") == domain.active)
                && status.as_deref().is_none_or(|status| {
                    (status == "approved") == (delegation_status(&domain) == "ACTIVE")
                })
                && organization.is_none_or(|organization| {
                    domain
                        .delegations
                        .iter()
                        .any(|delegation| delegation.organization == organization)
                });
            if fits {
                found.push(domain);
            }
        }
    }
    Ok(found)
}

/// A domain as a read shows it: with visible delegations only, and not at all
/// for the first reads after its creation when the switch says so.
fn read(world: &mut World, caller: &Caller, id: u64) -> Option<Domain> {
    let domain = world.scm.domains.get_mut(&id)?;
    if domain.hidden_reads > 0 {
        domain.hidden_reads -= 1;
        return None;
    }
    let mut domain = domain.clone();
    if !is_visible(world, caller, &domain) {
        return None;
    }
    domain
        .delegations
        .retain(|delegation| caller.manages(&world.scm, delegation.organization));
    Some(domain)
}

fn delegation_status(domain: &Domain) -> &'static str {
    if domain
        .delegations
        .iter()
        .any(|delegation| !delegation.requested)
    {
        "ACTIVE"
    } else {
        "REQUESTED"
    }
}

fn details(world: &mut World, caller: &Caller, call: &Call, id: &str) -> Result<Reply, Refusal> {
    let format = DateFormat::of(call, dates::ISO)?;
    let domain = id
        .parse()
        .ok()
        .and_then(|id| read(world, caller, id))
        .ok_or_else(|| missing(world))?;
    Ok(Reply::json(200, &view(world, &domain, format)))
}

fn view(world: &World, domain: &Domain, format: DateFormat) -> Value {
    let switches = &world.switches;
    let delegations: Vec<Value> = domain
        .delegations
        .iter()
        .map(|delegation| {
            json!({
                "orgId": delegation.organization,
                "certTypes": delegation.cert_types,
                "domainCertificateRequestPrivileges": delegation.privileges,
                "status": if delegation.requested { "REQUESTED" } else { "ACTIVE" },
            })
        })
        .collect();
    let mut view = json!({
        "id": domain.id,
        "name": domain.name,
        "delegationStatus": delegation_status(domain),
        "state": if domain.active { "ACTIVE" } else { "SUSPENDED" },
    });
    if switches.scm_dcv_enabled {
        let validation = coverage::validation(world, &domain.name);
        view["validationStatus"] = json!(spell(switches, validation.status));
        if let Some(method) = &validation.method {
            view["validationMethod"] = json!(super::dcv::long_method(method));
        }
        if let Some(moment) = validation.validated {
            view["dcvValidation"] = json!(format.write(moment));
        }
        if let Some(moment) = validation.expires {
            view["dcvExpiration"] = json!(format.write(moment));
        }
    }
    view["delegations"] = json!(delegations);
    if let Some(monitoring) = &domain.monitoring {
        view["ctLogMonitoring"] = monitoring.clone();
    }
    view
}

fn create(world: &mut World, caller: &Caller, call: &Call) -> Result<Reply, Refusal> {
    caller.require("allowManageDomains", "perform domain creation")?;
    let fields = Fields::read(call)?;
    let name = fields.text("name")?.ok_or_else(|| Refusal::null("name"))?;
    let name = checked_name(&name)?;
    let description = fields.text_up_to("description", 255)?;
    let active = fields.boolean("active")?.unwrap_or(true);
    let wanted = fields.list("delegations")?.unwrap_or_default();
    if wanted.is_empty() {
        return Err(Refusal::new(
            -709,
            "Domain must be delegated at least to one organization.",
        ));
    }
    let mut delegations = Vec::new();
    for item in wanted {
        delegations.push(delegations::read(world, caller, &Fields::of(item)?)?);
    }
    if world.scm.domains.values().any(|domain| domain.name == name) {
        return Err(Refusal::new(-700, format!("Domain {name} already exists.")));
    }
    let id = next(&mut world.scm.last_id.domain);
    let domain = Domain {
        id,
        name,
        description,
        active,
        delegations,
        created: world.now(),
        hidden_reads: world.switches.scm_invisible_reads,
        monitoring: None,
    };
    world.scm.domains.insert(id, domain);
    let location = format!("{}/api/domain/v1/{id}", call.origin);
    Ok(Reply::empty(201).with("Location", location))
}

fn checked_name(text: &str) -> Result<String, Refusal> {
    match text.chars().count() {
        0..4 => return Err(Refusal::new(-712, "Domain name is too short.")),
        4..=255 => {}
        _ => return Err(Refusal::new(-713, "Domain name is too long.")),
    }
    if !names::without_star(text).contains('.') {
        return Err(Refusal::new(-714, "Domain name contains too few dots."));
    }
    names::parse(text).ok_or_else(|| Refusal::new(-732, format!("Domain name {text} is invalid.")))
}

fn delete(world: &mut World, caller: &Caller, id: &str) -> Result<Reply, Refusal> {
    caller.require("allowManageDomains", "perform domain deletion")?;
    let id = find(world, caller, id)?;
    let domain = &world.scm.domains[&id];
    let manages_all = domain
        .delegations
        .iter()
        .all(|delegation| caller.manages(&world.scm, delegation.organization));
    let by_mrao_only = world.switches.scm_domain_delete_by == Who::Mrao;
    if !caller.is_mrao() && (by_mrao_only || !manages_all) {
        return Err(unauthorized_to("perform domain deletion"));
    }
    let base = names::without_star(&domain.name);
    let now = world.now();
    let in_use = world.scm.certificates.values().any(|certificate| {
        super::ssl_details::is_live(certificate, now)
            && certificate
                .alt_names
                .iter()
                .any(|name| name == &domain.name || name == base || names::is_below(name, base))
    });
    if in_use {
        let text = "Certificates exist for the domain or its subdomains.";
        return Err(Refusal::new(-740, text));
    }
    if let Some(domain) = world.scm.domains.remove(&id) {
        world.scm.validations.remove(&domain.name);
    }
    Ok(Reply::empty(world.switches.scm_delete_status))
}

fn set_active(
    world: &mut World,
    caller: &Caller,
    id: &str,
    active: bool,
) -> Result<Reply, Refusal> {
    let id = find(world, caller, id)?;
    let may = match world.switches.scm_suspend_by {
        Who::Mrao => caller.is_mrao(),
        Who::Manager => caller.may("allowManageDomains"),
    };
    if !may {
        let action = if active { "activation" } else { "suspension" };
        return Err(unauthorized_to(&format!("perform domain {action}")));
    }
    if let Some(domain) = world.scm.domains.get_mut(&id) {
        domain.active = active;
    }
    Ok(Reply::empty(200))
}

fn monitor(world: &mut World, caller: &Caller, call: &Call, id: &str) -> Result<Reply, Refusal> {
    caller.require("allowManageDomains", "perform domain monitoring")?;
    let id = find(world, caller, id)?;
    let fields = Fields::read(call)?;
    let enabled = fields
        .boolean("enabled")?
        .ok_or_else(|| Refusal::null("enabled"))?;
    let bucket = fields.text("bucketId")?;
    if enabled && bucket.is_none() {
        return Err(Refusal::null("bucketId"));
    }
    let monitoring = json!({
        "enabled": enabled,
        "includeSubdomains": fields.boolean("includeSubdomains")?.unwrap_or(false),
        "bucketId": bucket,
    });
    if let Some(domain) = world.scm.domains.get_mut(&id) {
        domain.monitoring = Some(monitoring);
    }
    Ok(Reply::empty(200))
}

/// The id of a domain that the caller sees.
fn find(world: &World, caller: &Caller, id: &str) -> Result<u64, Refusal> {
    id.parse()
        .ok()
        .and_then(|id| world.scm.domains.get(&id))
        .filter(|domain| is_visible(world, caller, domain))
        .map(|domain| domain.id)
        .ok_or_else(|| missing(world))
}

fn missing(world: &World) -> Refusal {
    unknown(world, -727, "Domain does not exist.")
}

fn one_of(call: &Call, name: &str, values: &[&str]) -> Result<Option<String>, Refusal> {
    match call.query(name) {
        None => Ok(None),
        Some(text) => {
            let text = spelling::constant(text).to_lowercase();
            if values.contains(&text.as_str()) {
                Ok(Some(text))
            } else {
                Err(Refusal::invalid(name))
            }
        }
    }
}
