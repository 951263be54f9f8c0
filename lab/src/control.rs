//! The control port: what tests read and set. Plain HTTP, JSON.

use crate::bigip;
use crate::ca::Level;
use crate::clock;
use crate::faults::{FaultSpec, Latency};
use crate::http::{Call, Reply};
use crate::names;
use crate::panos;
use crate::seed;
use crate::state::{DnsRecord, Lab, OrganizationValidation, World, next};
use hyper::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Answers a request on the control port.
pub(crate) fn handle(lab: &Arc<Lab>, call: &Call) -> Reply {
    let outcome = if let ["bigip", rest @ ..] = call.segments().as_slice() {
        bigip::control::route(lab, call, rest)
    } else {
        route(&mut lab.world(), call)
    };
    // A reset, a restart or another active unit changes who listens.
    bigip::traffic::follow(lab);
    match outcome {
        Ok(reply) => reply,
        Err(error) => Reply::json(error.status, &json!({"error": error.message})),
    }
}

/// A request that cannot be carried out.
pub(crate) struct Refusal {
    status: u16,
    message: String,
}

pub(crate) fn bad(message: impl Into<String>) -> Refusal {
    Refusal {
        status: 400,
        message: message.into(),
    }
}

pub(crate) fn missing(what: &str) -> Refusal {
    Refusal {
        status: 404,
        message: format!("there is no {what}"),
    }
}

fn route(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let method = &call.method;
    let done = || Ok(Reply::json(200, &json!({})));
    match call.segments().as_slice() {
        ["journal"] if method == Method::GET => {
            let since = call.query("since").unwrap_or("0");
            let since = since.parse().map_err(|_| bad("since: a number"))?;
            let entries = world.journal.since(since);
            let body = json!({"entries": entries, "next": world.journal.next()});
            Ok(Reply::json(200, &body))
        }
        ["journal"] if method == Method::DELETE => {
            world.journal.empty();
            done()
        }
        ["faults"] if method == Method::POST => {
            let id = world.faults.arm(parse::<FaultSpec>(call)?).map_err(bad)?;
            Ok(Reply::json(200, &json!({"id": id})))
        }
        ["faults"] if method == Method::GET => {
            Ok(Reply::json(200, &json!({"faults": world.faults.list()})))
        }
        ["faults"] if method == Method::DELETE => {
            world.faults.disarm_all();
            done()
        }
        ["latency"] if method == Method::GET => Ok(Reply::json(200, &json!(world.latency))),
        ["latency"] if method == Method::PUT => {
            world.latency = parse::<Latency>(call)?;
            Ok(Reply::json(200, &json!(world.latency)))
        }
        ["clock"] if method == Method::GET => Ok(show_clock(world)),
        ["clock"] if method == Method::PUT => {
            set_clock(world, &parse(call)?)?;
            Ok(show_clock(world))
        }
        ["switches"] if method == Method::GET => Ok(Reply::json(200, &json!(world.switches))),
        ["switches"] if method == Method::PUT => {
            world
                .switches
                .overlay(&parse::<Value>(call)?)
                .map_err(bad)?;
            Ok(Reply::json(200, &json!(world.switches)))
        }
        ["panos", "ha"] if method == Method::PUT => {
            let now = world.now();
            panos::control::ha(&mut world.panos, &parse(call)?, now).map_err(bad)?;
            done()
        }
        ["panos", "reboot"] if method == Method::POST => {
            panos::control::reboot(&mut world.panos, &parse(call)?).map_err(bad)?;
            done()
        }
        ["panos", "meddle"] if method == Method::POST => {
            let answer = panos::control::meddle(world, &parse(call)?).map_err(bad)?;
            Ok(Reply::json(200, &json!({"answer": answer})))
        }
        ["panos", "keys"] if method == Method::DELETE => {
            panos::control::expire_keys(&mut world.panos);
            done()
        }
        ["reset"] if method == Method::POST => {
            world.reset();
            done()
        }
        ["state"] if method == Method::GET => Ok(Reply::json(200, &state(world))),
        ["state", rest @ ..] if method == Method::PUT => {
            put_state(world, rest, call)?;
            done()
        }
        ["ca", file] if method == Method::GET => match world.ca.issuer_certificate(file) {
            Some(der) => Ok(Reply::text(200, "application/pkix-cert", der)),
            None => Err(missing("such issuer")),
        },
        _ => Err(missing("such control")),
    }
}

fn state(world: &mut World) -> Value {
    let (now, switches) = (world.now(), world.switches.clone());
    world.panos.settle(now, &switches);
    let [bigip, bigip_peer, bigip_ha] = bigip::state(world);
    json!({
        "now": clock::rfc3339(world.now()),
        "scm": world.scm,
        "acme": world.acme,
        "dns": world.dns,
        "bigip": bigip,
        "bigip_peer": bigip_peer,
        "bigip_ha": bigip_ha,
        "panos": world.panos.state(),
    })
}

fn show_clock(world: &World) -> Reply {
    Reply::json(200, &json!({"now": clock::rfc3339(world.now())}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetClock {
    advance_seconds: Option<i64>,
    set: Option<String>,
    #[serde(default)]
    reset: bool,
}

fn set_clock(world: &mut World, change: &SetClock) -> Result<(), Refusal> {
    if change.reset {
        world.clock = clock::Clock::default();
    }
    if let Some(moment) = &change.set {
        let moment =
            OffsetDateTime::parse(moment, &Rfc3339).map_err(|_| bad("set: an RFC 3339 moment"))?;
        world.clock.set(moment);
    }
    world.clock.advance(change.advance_seconds.unwrap_or(0));
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PutDomain {
    name: String,
    validated: Option<bool>,
    /// Method of the validation, `CNAME` when absent.
    method: Option<String>,
    /// Days until the validation ends.
    days: Option<i64>,
    orgs: Option<Vec<u64>>,
    active: Option<bool>,
    /// Whether its delegations wait for approval.
    requested: Option<bool>,
    absent: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PutCertificate {
    revoked: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PutCopies {
    id: u64,
    copies: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PutOrder {
    status: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PutAccount {
    suspended: Option<bool>,
    status: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PutOrganization {
    ssl_api_enabled: Option<bool>,
    client_api_enabled: Option<bool>,
    /// `false` takes the validation away.
    validated: Option<bool>,
    /// Level of the validation, `EV` when absent.
    level: Option<Level>,
    /// Days until the validation ends, 300 when absent.
    days: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PutDns {
    records: Vec<DnsRecord>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PutCustomField {
    mandatory: bool,
}

fn put_state(world: &mut World, what: &[&str], call: &Call) -> Result<(), Refusal> {
    match what {
        ["domain"] => put_domain(world, parse(call)?),
        ["dns"] => {
            world.dns = parse::<PutDns>(call)?.records;
            Ok(())
        }
        ["certificate", serial] => {
            let change: PutCertificate = parse(call)?;
            let serial = serial.replace(':', "").to_ascii_lowercase();
            let now = world.now();
            let certificate = world
                .scm
                .certificates
                .values_mut()
                .find(|c| {
                    c.issued
                        .as_ref()
                        .is_some_and(|issued| issued.serial == serial)
                })
                .ok_or_else(|| missing("such certificate"))?;
            if let Some(revoked) = change.revoked {
                certificate.status = if revoked { "Revoked" } else { "Issued" };
                certificate.revoked = revoked.then_some(now);
                certificate.reason = revoked.then_some(0);
            }
            Ok(())
        }
        ["copies"] => copy_certificate(world, &parse(call)?),
        ["ssl", id] => put_order(world, id, &parse(call)?),
        ["account", id] => {
            let change: PutAccount = parse(call)?;
            let account = id
                .parse()
                .ok()
                .and_then(|id: u64| world.scm.acme_accounts.get_mut(&id))
                .ok_or_else(|| missing("such account"))?;
            account.suspended = change.suspended.unwrap_or(account.suspended);
            account.status = match change.status.as_deref() {
                None => account.status,
                Some("pending") => "pending",
                Some("valid") => "valid",
                Some("deactivated") => "deactivated",
                Some(_) => return Err(bad("status: pending, valid or deactivated")),
            };
            Ok(())
        }
        ["organization", id] => {
            let change: PutOrganization = parse(call)?;
            let now = world.now();
            let organization = id
                .parse()
                .ok()
                .and_then(|id: u64| world.scm.organizations.get_mut(&id))
                .ok_or_else(|| missing("such organization"))?;
            if let Some(enabled) = change.ssl_api_enabled {
                organization.ssl_api_enabled = enabled;
            }
            if let Some(enabled) = change.client_api_enabled {
                organization.client_api_enabled = enabled;
            }
            if let Some(validated) = change.validated {
                let days = time::Duration::days(change.days.unwrap_or(300));
                organization.validation = validated.then_some(OrganizationValidation {
                    level: change.level.unwrap_or(Level::Extended),
                    expires: now + days,
                });
            }
            Ok(())
        }
        ["custom-field", id] => {
            let change: PutCustomField = parse(call)?;
            let field = world
                .scm
                .custom_fields
                .iter_mut()
                .find(|field| field.id.to_string() == *id)
                .ok_or_else(|| missing("such custom field"))?;
            field.mandatory = change.mandatory;
            Ok(())
        }
        _ => Err(missing("such state")),
    }
}

/// Many certificates at once, for tests of long lists.
fn copy_certificate(world: &mut World, wish: &PutCopies) -> Result<(), Refusal> {
    let original = world
        .scm
        .certificates
        .get(&wish.id)
        .cloned()
        .ok_or_else(|| missing("such certificate"))?;
    for _ in 0..wish.copies {
        let id = next(&mut world.scm.last_id.certificate);
        let mut copy = original.clone();
        copy.id = id;
        if let Some(issued) = &mut copy.issued {
            issued.serial = format!("{id:032x}");
        }
        world.scm.certificates.insert(id, copy);
    }
    Ok(())
}

/// What happens to an order at the CA or by hand in the web interface.
fn put_order(world: &mut World, id: &str, change: &PutOrder) -> Result<(), Refusal> {
    let status = ORDER_STATES
        .into_iter()
        .find(|status| *status == change.status)
        .ok_or_else(|| bad(format!("status: one of {}", ORDER_STATES.join(", "))))?;
    let certificate = id
        .parse()
        .ok()
        .and_then(|id: u64| world.scm.certificates.get_mut(&id))
        .ok_or_else(|| missing("such certificate"))?;
    certificate.status = status;
    Ok(())
}

const ORDER_STATES: [&str; 8] = [
    "Requested",
    "Applied",
    "Declined",
    "Rejected",
    "Invalid",
    "Replaced",
    "Revoked",
    "SA Approved",
];

fn put_domain(world: &mut World, change: PutDomain) -> Result<(), Refusal> {
    let name = names::parse(&change.name).ok_or_else(|| bad("name: a DNS name"))?;
    let now = world.now();
    let id = world
        .scm
        .domains
        .values()
        .find(|domain| domain.name == name)
        .map(|domain| domain.id);
    if change.absent == Some(true) {
        if let Some(id) = id {
            world.scm.domains.remove(&id);
        }
        world.scm.validations.remove(&name);
        return Ok(());
    }
    let id = match id {
        Some(id) => id,
        None => seed::domain(&mut world.scm, &name, &[], now),
    };
    if let Some(domain) = world.scm.domains.get_mut(&id) {
        if let Some(orgs) = &change.orgs {
            domain.delegations = orgs.iter().map(|id| seed::delegation(*id)).collect();
        }
        if let Some(requested) = change.requested {
            for delegation in &mut domain.delegations {
                delegation.requested = requested;
            }
        }
        domain.active = change.active.unwrap_or(domain.active);
    }
    match change.validated {
        Some(true) => {
            // So many days are left of a validation that holds as long as all do.
            let whole = world.switches.scm_dcv_days;
            let days = change.days.unwrap_or(whole);
            let life = whole.max(days);
            let moment = now - time::Duration::days(life - days);
            seed::validate(&mut world.scm, &name, life, moment);
            if let (Some(method), Some(validation)) =
                (change.method, world.scm.validations.get_mut(&name))
            {
                validation.method = Some(method);
            }
        }
        Some(false) => {
            world.scm.validations.remove(&name);
        }
        None => {}
    }
    Ok(())
}

pub(crate) fn parse<T: DeserializeOwned>(call: &Call) -> Result<T, Refusal> {
    serde_json::from_slice(&call.body).map_err(|error| bad(error.to_string()))
}
