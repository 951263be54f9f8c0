//! Client (S/MIME) certificates: list, count, and the routes.

use super::auth::Caller;
use super::dates::{self, DateFormat};
use super::errors::Refusal;
use super::organizations::unknown;
use super::paging::{self, Total};
use super::person::Person;
use super::persons;
use super::{collect, smime_details, smime_orders, smime_revoke, ssl};
use crate::csr::KeyKind;
use crate::http::{Call, Reply};
use crate::state::{IssuedCertificate, World};
use hyper::Method;
use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// A record of the list of client certificates.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ClientCertificate {
    pub(crate) id: u64,
    /// The order at the CA, which most calls go by.
    pub(crate) backend_id: u64,
    pub(crate) person: u64,
    pub(crate) organization: u64,
    pub(crate) profile: u64,
    pub(crate) term: i64,
    /// `requested`, `issued`, `revoked`, `rejected`; expiry is worked out
    /// when read.
    pub(crate) state: &'static str,
    pub(crate) common_name: String,
    /// The person's addresses when it was ordered.
    pub(crate) emails: Vec<String>,
    pub(crate) key: KeyKind,
    #[serde(skip)]
    pub(crate) spki: Vec<u8>,
    pub(crate) comments: String,
    pub(crate) custom_fields: Vec<(String, String)>,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) requested: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) downloaded: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) revoked: Option<OffsetDateTime>,
    pub(crate) reason: Option<u64>,
    pub(crate) issued: Option<IssuedCertificate>,
}

/// Routes below `/api/smime/{v1,v2}`.
pub(crate) fn route(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    path: &[&str],
) -> Result<Reply, Refusal> {
    let caller = &caller.only("SMIME", "perform client certificate management")?;
    smime_orders::issue_due(world);
    match (&call.method, path) {
        (&Method::GET, []) => {
            let list = search(world, caller, call)?;
            paging::page(world, call, list, Total::InHeader)
        }
        (&Method::HEAD, []) => {
            let count = search(world, caller, call)?.len();
            let reply = Reply::empty(200);
            Ok(paging::with_total(world, reply, count, Total::InHeader))
        }
        (&Method::GET, ["types"]) => ssl::types(world, caller, call, &world.scm.client_profiles),
        (&Method::GET, ["customFields"]) => Ok(ssl::custom_fields(&world.scm.client_custom_fields)),
        (&Method::GET, ["byPersonEmail", email]) => {
            let person = persons::by_email(world, caller, email);
            of_person(world, person)
        }
        (&Method::GET, ["byPersonId", id]) => {
            let person = id.parse().ok().and_then(|id| world.scm.persons.get(&id));
            let person = person.filter(|person| caller.manages(&world.scm, person.organization));
            of_person(world, person)
        }
        (&Method::POST, ["enroll"]) => smime_orders::enroll(world, caller, call),
        (&Method::GET, ["collect", order]) => {
            let id = by_order(world, caller, order)?;
            collect(world, id, call.query("format").unwrap_or("base64"))
        }
        (&Method::GET, ["collect", order, format]) => {
            let id = by_order(world, caller, order)?;
            collect(world, id, format)
        }
        (&Method::POST, ["renew", key @ ("order" | "serial"), value]) => {
            let id = by_key(world, caller, key, value)?;
            smime_orders::renew(world, caller, id)
        }
        (&Method::POST, ["replace", "order", order]) => {
            let id = by_order(world, caller, order)?;
            smime_orders::replace(world, caller, call, id)
        }
        (&Method::POST, ["revoke", key @ ("order" | "serial"), value]) => {
            let id = by_key(world, caller, key, value)?;
            smime_revoke::one(world, caller, call, id)
        }
        (&Method::POST, ["revoke"]) => smime_revoke::by_email(world, caller, call),
        (&Method::GET, [id]) => {
            let id = id.parse().ok().filter(|id| visible(world, caller, *id));
            let id = id.ok_or_else(|| unknown(world, -5101, "Certificate not found."))?;
            let format = DateFormat::of(call, dates::US)?;
            Ok(Reply::json(200, &smime_details::details(world, id, format)))
        }
        _ => Err(Refusal::not_found("Not found")),
    }
}

/// The state at a moment: certificates expire without anybody's doing.
pub(crate) fn state(certificate: &ClientCertificate, now: OffsetDateTime) -> &'static str {
    match &certificate.issued {
        Some(issued) if certificate.state == "issued" && issued.not_after < now => "expired",
        _ => certificate.state,
    }
}

fn visible(world: &World, caller: &Caller, id: u64) -> bool {
    world
        .scm
        .client_certificates
        .get(&id)
        .is_some_and(|certificate| caller.manages(&world.scm, certificate.organization))
}

fn by_key(world: &World, caller: &Caller, key: &str, value: &str) -> Result<u64, Refusal> {
    if key == "order" {
        return by_order(world, caller, value);
    }
    let wanted = value.replace(':', "").to_lowercase();
    world
        .scm
        .client_certificates
        .values()
        .filter(|certificate| caller.manages(&world.scm, certificate.organization))
        .find(|certificate| {
            let issued = certificate.issued.as_ref();
            issued.is_some_and(|issued| issued.serial == wanted)
        })
        .map(|certificate| certificate.id)
        .ok_or_else(|| unknown(world, -5101, "Certificate not found."))
}

fn by_order(world: &World, caller: &Caller, order: &str) -> Result<u64, Refusal> {
    world
        .scm
        .client_certificates
        .values()
        .filter(|certificate| caller.manages(&world.scm, certificate.organization))
        .find(|certificate| certificate.backend_id.to_string() == order)
        .map(|certificate| certificate.id)
        .ok_or_else(|| unknown(world, -1104, &format!("Invalid order number {order}")))
}

fn of_person(world: &World, person: Option<&Person>) -> Result<Reply, Refusal> {
    let person = person.ok_or_else(|| unknown(world, -105, "Person not found."))?;
    let list: Vec<Value> = world
        .scm
        .client_certificates
        .values()
        .filter(|certificate| certificate.person == person.id)
        .map(|certificate| smime_details::item(world, certificate))
        .collect();
    Ok(Reply::json(200, &json!(list)))
}

fn collect(world: &mut World, id: u64, format: &str) -> Result<Reply, Refusal> {
    let now = world.now();
    let certificate = &world.scm.client_certificates[&id];
    let refusal = match (certificate.state, &certificate.issued) {
        ("revoked", _) => Refusal::new(-192, "The Certificate has been revoked!"),
        ("issued", Some(issued)) => {
            let reply = collect::download(issued, &certificate.common_name, format)?;
            if let Some(certificate) = world.scm.client_certificates.get_mut(&id) {
                certificate.downloaded.get_or_insert(now);
            }
            return Ok(reply);
        }
        _ => Refusal::new(-183, "Certificate is not collectable."),
    };
    Err(refusal)
}

fn search(world: &World, caller: &Caller, call: &Call) -> Result<Vec<Value>, Refusal> {
    let now = world.now();
    let wanted_state = call.query("state");
    if wanted_state.is_some_and(|state| !STATES.contains(&state)) {
        return Err(Refusal::invalid("state"));
    }
    // Private keys never come here, so the vault is empty.
    let in_vault = call.query("keyVault") == Some("true");
    let list = world
        .scm
        .client_certificates
        .values()
        .filter(|_| !in_vault)
        .filter(|c| caller.manages(&world.scm, c.organization))
        .filter(|c| wanted_state.is_none_or(|wanted| wanted == state(c, now)))
        .filter(|certificate| {
            FILTERS.iter().all(|(name, fits)| {
                call.query(name)
                    .is_none_or(|wanted| fits(certificate, &wanted.to_lowercase()))
            })
        })
        .map(|certificate| smime_details::item(world, certificate))
        .collect();
    Ok(list)
}

type Filter = fn(&ClientCertificate, &str) -> bool;

/// Filters with a value in lower case.
const FILTERS: [(&str, Filter); 5] = [
    ("personId", |c, text| c.person.to_string() == text),
    ("certTypeId", |c, text| c.profile.to_string() == text),
    ("backendCertId", |c, text| c.backend_id.to_string() == text),
    ("serialNumber", |c, text| {
        let issued = c.issued.as_ref();
        issued.is_some_and(|issued| issued.serial == text.replace(':', ""))
    }),
    ("email", |c, text| {
        let mut own = c.emails.iter();
        own.any(|email| email.to_lowercase().contains(text))
    }),
];

const STATES: [&str; 9] = [
    "blank",
    "created",
    "requested",
    "issued",
    "downloaded",
    "expired",
    "revoked",
    "rejected",
    "pre_revoked",
];
