//! SSL certificates: list, count, profiles, custom fields, and the routes.

use super::auth::Caller;
use super::dates::{self, DateFormat};
use super::errors::Refusal;
use super::organizations::unknown;
use super::paging::{self, Total};
use super::spelling::constant;
use super::{collect, enroll, issuing, renew, revoke, ssl_details};
use crate::http::{Call, Reply};
use crate::state::{Certificate, CustomField, Profile, World};
use crate::switches::{FilterSpelling, SerialFilter};
use hyper::Method;
use serde_json::{Value, json};

/// Routes below `/api/ssl/{v1,v2}`.
pub(crate) fn route(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    path: &[&str],
) -> Result<Reply, Refusal> {
    let caller = &caller.only("SSL", "perform SSL certificate management")?;
    issuing::issue_due(world);
    match (&call.method, path) {
        (&Method::GET, []) => {
            spelled(world, call)?;
            let matches = search(world, caller, call).map(list_item).collect();
            let page = paging::page(world, call, matches, Total::InHeader);
            for certificate in world.scm.certificates.values_mut() {
                certificate.hidden_reads = certificate.hidden_reads.saturating_sub(1);
            }
            page
        }
        (&Method::HEAD, []) => {
            let count = search(world, caller, call).count();
            Ok(paging::with_total(
                world,
                Reply::empty(200),
                count,
                Total::InHeader,
            ))
        }
        (&Method::GET, ["types"]) => types(world, caller, call, &world.scm.profiles),
        (&Method::GET, ["customFields"]) => Ok(custom_fields(&world.scm.custom_fields)),
        (&Method::POST, ["enroll"]) => enroll::enroll(world, caller, call),
        (&Method::POST, [verb @ ("approve" | "decline"), id]) => {
            let id = find(world, caller, id)?;
            enroll::decide(world, caller, call, id, *verb == "approve")
        }
        (&Method::GET, ["collect", id]) => {
            let id = find(world, caller, id)?;
            collect::collect(world, id, call.query("format").unwrap_or("base64"))
        }
        (&Method::GET, ["collect", id, format]) => {
            let id = find(world, caller, id)?;
            collect::collect(world, id, format)
        }
        (&Method::POST, ["renewById", id]) => {
            let id = find(world, caller, id)?;
            renew::by_id(world, caller, call, id)
        }
        (&Method::POST, ["renew", "manual", id]) => {
            let id = find(world, caller, id)?;
            renew::mark(world, caller, call, id)
        }
        (&Method::POST, ["renew", renew_id]) => renew::by_renew_id(world, caller, call, renew_id),
        (&Method::POST, ["replace", id]) => {
            let id = find(world, caller, id)?;
            renew::replace(world, caller, call, id)
        }
        (&Method::POST, ["revoke", "serial", serial]) => {
            revoke::by_serial(world, caller, call, serial)
        }
        (&Method::POST, ["revoke", id]) => {
            let id = find(world, caller, id)?;
            revoke::by_id(world, caller, call, id)
        }
        (&Method::GET, [id]) => {
            let id = find(world, caller, id)?;
            let format = DateFormat::of(call, dates::US)?;
            Ok(json_utf8(&ssl_details::view(world, id, format)))
        }
        _ => Err(Refusal::not_found("Not found")),
    }
}

/// A reply with the content type of the SSL endpoints.
pub(crate) fn json_utf8(body: &Value) -> Reply {
    Reply::text(200, "application/json;charset=UTF-8", body.to_string())
}

/// A profile as lists and details show it.
pub(crate) fn profile(world: &World, id: u64) -> Value {
    let mut profiles = world.scm.profiles.iter();
    profiles
        .find(|profile| profile.id == id)
        .map_or(Value::Null, |profile| profile_view(world, profile))
}

pub(crate) fn profile_view(world: &World, profile: &Profile) -> Value {
    let mut view = json!({
        "id": profile.id,
        "name": profile.name,
        "description": "",
        "terms": profile.terms,
        "useSecondaryOrgName": false,
    });
    if world.switches.scm_key_types {
        view["keyTypes"] = json!({});
        for (family, sizes) in [("RSA", profile.rsa), ("EC", profile.curves)] {
            if !sizes.is_empty() {
                view["keyTypes"][family] = json!(sizes);
            }
        }
    }
    view
}

/// Words in filters are constants in one document and labels in the other.
fn spelled(world: &World, call: &Call) -> Result<(), Refusal> {
    for name in ["installStatus", "renewalStatus", "requestedVia"] {
        let Some(value) = call.query(name) else {
            continue;
        };
        let is_constant = value == constant(value);
        let fine = match world.switches.scm_filter_spelling {
            FilterSpelling::Any => true,
            // `ACME` and the like are the same in both.
            FilterSpelling::Constant => is_constant,
            FilterSpelling::Label => !is_constant || !(value == "REST" || value.contains('_')),
        };
        if !fine {
            return Err(Refusal::invalid(name));
        }
    }
    Ok(())
}

/// The list of certificate profiles.
pub(crate) fn types(
    world: &World,
    caller: &Caller,
    call: &Call,
    profiles: &[Profile],
) -> Result<Reply, Refusal> {
    if let Some(text) = call.query("organizationId") {
        let id = text
            .parse()
            .map_err(|_| Refusal::invalid("organizationId"))?;
        caller.require_organization(&world.scm, id)?;
    }
    let types: Vec<Value> = profiles
        .iter()
        .map(|profile| profile_view(world, profile))
        .collect();
    Ok(json_utf8(&json!(types)))
}

/// The list of custom fields.
pub(crate) fn custom_fields(known: &[CustomField]) -> Reply {
    let fields: Vec<Value> = known
        .iter()
        .map(|field| json!({"id": field.id, "name": field.name, "mandatory": field.mandatory}))
        .collect();
    json_utf8(&json!(fields))
}

fn search<'a>(
    world: &'a World,
    caller: &'a Caller,
    call: &'a Call,
) -> impl Iterator<Item = &'a Certificate> {
    let now = world.now();
    world
        .scm
        .certificates
        .values()
        .filter(|certificate| caller.manages(&world.scm, certificate.organization))
        .filter(|certificate| certificate.hidden_reads == 0)
        .filter(move |certificate| {
            serial_spelled(world, call)
                && FILTERS.iter().all(|(name, fits)| {
                    call.query(name)
                        .is_none_or(|wanted| fits(certificate, &wanted.to_lowercase()))
                })
                && call.query("status").is_none_or(|wanted| {
                    constant(wanted) == constant(ssl_details::status(certificate, now))
                })
        })
}

/// Another spelling than the one that is compared matches nothing.
fn serial_spelled(world: &World, call: &Call) -> bool {
    call.query("serialNumber")
        .is_none_or(|serial| match world.switches.scm_serial_filter {
            SerialFilter::Any => true,
            SerialFilter::Colons => serial.contains(':'),
            SerialFilter::Plain => !serial.contains(':'),
        })
}

fn list_item(certificate: &Certificate) -> Value {
    let mut item = json!({
        "sslId": certificate.id,
        "commonName": certificate.common_name,
        "subjectAlternativeNames": certificate.alt_names,
    });
    if let Some(issued) = &certificate.issued {
        item["serialNumber"] = json!(ssl_details::serial(&issued.serial));
    }
    item
}

/// The id of a certificate that the caller sees.
fn find(world: &mut World, caller: &Caller, id: &str) -> Result<u64, Refusal> {
    let known = id
        .parse()
        .ok()
        .and_then(|id| world.scm.certificates.get(&id))
        .filter(|certificate| caller.manages(&world.scm, certificate.organization))
        .map(|certificate| certificate.id);
    let hidden = known
        .and_then(|id| world.scm.certificates.get_mut(&id))
        .filter(|certificate| certificate.hidden_reads > 0);
    let known = match hidden {
        Some(certificate) => {
            certificate.hidden_reads -= 1;
            None
        }
        None => known,
    };
    known.ok_or_else(|| unknown(world, -124, "Invalid SSL certificate ID."))
}

/// `EC - P-256`: algorithm and parameter.
fn key_part(certificate: &Certificate, part: usize) -> Option<String> {
    let text = certificate.key.to_string();
    text.split(" - ").nth(part).map(str::to_owned)
}

fn has(usages: &[&str], certificate: &Certificate, wanted: &str) -> bool {
    certificate.issued.is_some() && usages.iter().any(|it| it.eq_ignore_ascii_case(wanted))
}

type Filter = fn(&Certificate, &str) -> bool;

/// Filters with a value in lower case; names and texts match in part.
const FILTERS: [(&str, Filter); 20] = [
    ("commonName", |c, text| c.common_name.contains(text)),
    ("subjectAlternativeName", |c, text| {
        c.alt_names.iter().any(|name| name.contains(text))
    }),
    ("sslTypeId", |c, text| c.profile.to_string() == text),
    ("orgId", |c, text| c.organization.to_string() == text),
    ("serialNumber", |c, text| {
        c.issued
            .as_ref()
            .is_some_and(|issued| issued.serial == text.replace(':', ""))
    }),
    ("requester", |c, text| {
        c.requester.to_lowercase().contains(text)
    }),
    ("externalRequester", |c, text| {
        c.external_requester.to_lowercase().contains(text)
    }),
    ("issuer", |c, text| {
        c.issued
            .as_ref()
            .is_some_and(|issued| issued.issuer.to_lowercase().contains(text))
    }),
    ("requestedVia", |c, text| {
        constant(c.requested_via) == constant(text).trim_end_matches("_API")
    }),
    ("sha1Hash", |c, text| ssl_details::has_hash(c, text)),
    ("sha256Hash", |c, text| ssl_details::has_hash(c, text)),
    // Not worked out here, so nothing has it.
    ("md5Hash", |_, _| false),
    ("vendor", |_, text| {
        ssl_details::VENDOR.to_lowercase().contains(text)
    }),
    ("signatureAlgorithm", |c, text| {
        c.issued.is_some() && ssl_details::signature_algorithm(c).eq_ignore_ascii_case(text)
    }),
    ("keyAlgorithm", |c, text| {
        key_part(c, 0).is_some_and(|it| it.eq_ignore_ascii_case(text))
    }),
    ("keyParam", |c, text| {
        key_part(c, 1).is_some_and(|it| it.eq_ignore_ascii_case(text))
    }),
    ("keyUsage", |c, text| {
        has(ssl_details::key_usages(c), c, text)
    }),
    ("extendedKeyUsage", |c, text| {
        has(&[ssl_details::SERVER_USAGE], c, text)
    }),
    // SCM itself installs and renews nothing here.
    ("installStatus", |_, text| constant(text) == "NONE"),
    ("renewalStatus", |_, text| constant(text) == "NOT_SCHEDULED"),
];
