//! Reports: one call instead of a list and its details.

use super::activity;
use super::auth::Caller;
use super::body::Fields;
use super::client_report;
use super::coverage;
use super::domains;
use super::errors::{Refusal, unauthorized_to};
use super::issuing;
use super::ssl_details;
use crate::clock::milliseconds;
use crate::http::{Call, Reply};
use crate::state::{Certificate, World};
use crate::switches::Who;
use hyper::Method;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Duration, OffsetDateTime};

/// `POST /api/report/v1/{name}`.
pub(crate) fn route(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    name: &str,
) -> Result<Reply, Refusal> {
    if call.method != Method::POST {
        return Err(Refusal::not_found("Not found"));
    }
    if world.switches.scm_report_by == Who::Mrao && !caller.is_mrao() {
        return Err(unauthorized_to("view reports"));
    }
    let fields = Fields::read_optional(call)?;
    issuing::issue_due(world);
    let rows = match name {
        "ssl-certificates" => certificates(world, caller, &fields)?,
        "domains" => domains(world, caller),
        "client-certificates" => client_report::rows(world, caller, &fields)?,
        "activity" => activity::rows(world, caller, &fields)?,
        // The customer has no certificates of this kind.
        "device-certificates" => Vec::new(),
        _ => return Err(Refusal::not_found("Not found")),
    };
    let body = json!({"statusCode": 0, "reports": rows}).to_string();
    let disposition = format!("attachment; filename=\"rest_api_{name}.json\"");
    Ok(Reply::text(200, "application/json;charset=UTF-8", body)
        .with("Content-Disposition", disposition))
}

fn certificates(world: &World, caller: &Caller, fields: &Fields) -> Result<Vec<Value>, Refusal> {
    if fields.is_empty() {
        return Err(Refusal::null("certificateStatus"));
    }
    let organizations = fields.ids("organizationIds")?;
    let text = |name: &str| -> Result<String, Refusal> {
        Ok(fields.text(name)?.unwrap_or_default().to_lowercase())
    };
    let (common_name, external) = (text("commonName")?, text("externalRequester")?);
    let wanted = match fields.number("certificateStatus")? {
        None | Some(0) => None,
        Some(1) => Some("Requested"),
        Some(2) => Some("Issued"),
        Some(3) => Some("Revoked"),
        Some(4) => Some("Expired"),
        Some(_) => return Err(Refusal::invalid("certificateStatus")),
    };
    let source = fields.number("certificateRequestSource")?;
    let attribute = fields.number("certificateDateAttribute")?;
    let from = moment(fields, "from")?;
    let to = moment(fields, "to")?;
    let now = world.now();
    let newest = now - Duration::seconds(world.switches.scm_report_lag_seconds);
    let rows = world
        .scm
        .certificates
        .values()
        .filter(|c| caller.manages(&world.scm, c.organization))
        .filter(|c| c.hidden_reads == 0 && c.requested <= newest)
        .filter(|c| organizations.is_empty() || organizations.contains(&c.organization))
        .filter(|c| c.common_name.contains(&common_name))
        .filter(|c| c.external_requester.to_lowercase().contains(&external))
        .filter(|c| wanted.is_none_or(|wanted| ssl_details::status(c, now) == wanted))
        .filter(|c| source.is_none_or(|source| source == source_of(c)))
        .filter(|c| match (attribute, from, to) {
            (_, None, None) => true,
            _ => date_of(c, attribute).is_some_and(|date| {
                from.is_none_or(|from| from <= date) && to.is_none_or(|to| date <= to)
            }),
        })
        .map(|certificate| row(world, certificate))
        .collect();
    Ok(rows)
}

fn row(world: &World, certificate: &Certificate) -> Value {
    let organization = world.scm.organizations.get(&certificate.organization);
    let profile = world
        .scm
        .profiles
        .iter()
        .find(|profile| profile.id == certificate.profile);
    let mut row = json!({
        "id": certificate.id,
        "commonName": certificate.common_name,
        "subjAltNames": certificate.alt_names.join("; "),
        "orgId": certificate.organization,
        "organizationName": organization.map(|organization| &organization.name),
        "status": ssl_details::status(certificate, world.now()),
        "typeId": certificate.profile,
        "type": profile.map(|profile| &profile.name),
        "term": certificate.term,
        "requester": certificate.requester,
        "externalRequester": certificate.external_requester,
        "comments": certificate.comments,
        "requested": milliseconds(certificate.requested),
        "requestedVia": ssl_details::requested_via(certificate),
        "backendCertId": (certificate.id + 700_000).to_string(),
        "publicKeyType": certificate.key,
        "customFields": certificate
            .custom_fields
            .iter()
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect::<Vec<_>>(),
    });
    if let Some(moment) = certificate.approved {
        row["approved"] = json!(milliseconds(moment));
    }
    if let Some(moment) = certificate.revoked {
        row["revoked"] = json!(milliseconds(moment));
    }
    if let Some(moment) = certificate.replaced {
        row["replaced"] = json!(milliseconds(moment));
    }
    if let Some(issued) = &certificate.issued {
        row["issuer"] = json!(issued.issuer);
        row["issued"] = json!(milliseconds(issued.not_before));
        row["expires"] = json!(milliseconds(issued.not_after));
        row["serialNumber"] = json!(ssl_details::serial(&issued.serial));
        row["signatureAlg"] = json!(ssl_details::signature_algorithm(certificate));
        row["sha1"] = json!(ssl_details::sha1(issued));
    }
    row
}

fn domains(world: &World, caller: &Caller) -> Vec<Value> {
    world
        .scm
        .domains
        .values()
        .filter(|domain| domains::is_visible(world, caller, domain))
        .map(|domain| {
            let validation = coverage::validation(world, &domain.name);
            let mut row = json!({
                "id": domain.id,
                "name": domain.name,
                "status": if domain.active { "Active" } else { "Suspended" },
                "requested": milliseconds(domain.created),
                "dcvStatus": match validation.status {
                    "VALIDATED" => "Validated",
                    "EXPIRED" => "Expired",
                    _ => "Not Initiated",
                },
            });
            if let Some(moment) = validation.expires {
                row["stickyUntil"] = json!(milliseconds(moment));
            }
            row
        })
        .collect()
}

/// The number of `certificateRequestSource`.
fn source_of(certificate: &Certificate) -> i64 {
    match certificate.requested_via {
        "ACME" => 10,
        _ => 12,
    }
}

/// The date that `certificateDateAttribute` means.
fn date_of(certificate: &Certificate, attribute: Option<i64>) -> Option<OffsetDateTime> {
    let issued = certificate.issued.as_ref();
    match attribute {
        Some(2) => certificate.revoked,
        Some(3) => issued.map(|issued| issued.not_after),
        Some(5) => issued.map(|issued| issued.not_before),
        _ => Some(certificate.requested),
    }
}

/// A date (its first moment) or a time stamp.
pub(crate) fn moment(fields: &Fields, name: &str) -> Result<Option<OffsetDateTime>, Refusal> {
    let Some(text) = fields.text(name)? else {
        return Ok(None);
    };
    let day = format_description!("[year]-[month]-[day]");
    let parsed = OffsetDateTime::parse(&text, &Rfc3339).ok().or_else(|| {
        let date = time::Date::parse(&text, &day).ok()?;
        Some(date.midnight().assume_utc())
    });
    parsed.map(Some).ok_or_else(|| Refusal::invalid(name))
}
