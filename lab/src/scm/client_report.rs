//! The report of client certificates, and of persons without one.

use super::auth::Caller;
use super::body::Fields;
use super::errors::Refusal;
use super::person::Person;
use super::reports::moment;
use super::smime::{self, ClientCertificate};
use super::{smime_details, smime_orders};
use crate::clock::milliseconds;
use crate::state::World;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// The rows that a request asks for. Callers without a role for S/MIME get none.
pub(crate) fn rows(
    world: &mut World,
    caller: &Caller,
    fields: &Fields,
) -> Result<Vec<Value>, Refusal> {
    let organizations = fields.ids("organizationIds")?;
    let wanted = fields.number("certificateStatus")?.unwrap_or(0);
    if ![0, 2, 3, 4, 5, 6].contains(&wanted) {
        return Err(Refusal::invalid("certificateStatus"));
    }
    let attribute = fields.number("certificateDateAttribute")?;
    let (from, to) = (moment(fields, "from")?, moment(fields, "to")?);
    let Ok(caller) = caller.only("SMIME", "view reports") else {
        return Ok(Vec::new());
    };
    smime_orders::issue_due(world);
    let now = world.now();
    let in_scope = |organization: u64| {
        caller.manages(&world.scm, organization)
            && (organizations.is_empty() || organizations.contains(&organization))
    };
    let mut rows: Vec<Value> = world
        .scm
        .client_certificates
        .values()
        .filter(|c| in_scope(c.organization))
        .filter(|c| match (wanted, smime::state(c, now)) {
            (0, _) | (2, "issued") | (3, "revoked") | (4, "expired") => true,
            (5, "issued") => c.downloaded.is_none(),
            _ => false,
        })
        .filter(|c| match (from, to) {
            (None, None) => true,
            _ => date_of(c, attribute).is_some_and(|date| {
                from.is_none_or(|from| from <= date) && to.is_none_or(|to| date <= to)
            }),
        })
        .map(|certificate| row(world, certificate))
        .collect();
    if wanted == 0 || wanted == 6 {
        let without = world
            .scm
            .persons
            .values()
            .filter(|person| in_scope(person.organization))
            .filter(|person| {
                let mut all = world.scm.client_certificates.values();
                !all.any(|certificate| certificate.person == person.id)
            });
        rows.extend(without.map(|person| {
            json!({
                "person": of(person),
                "organization": organization(world, person.organization),
                "email": person.email,
            })
        }));
    }
    Ok(rows)
}

fn row(world: &World, certificate: &ClientCertificate) -> Value {
    let mut row = json!({
        "id": certificate.id,
        "subject": format!("CN={}", certificate.common_name),
        "email": certificate.emails.first(),
        "orderNumber": certificate.backend_id,
        "backendCertId": certificate.backend_id.to_string(),
        "enrollType": smime_details::VIA,
        "organization": organization(world, certificate.organization),
        "person": world.scm.persons.get(&certificate.person).map(of),
        "customFields": smime_details::custom_fields(certificate),
        "comments": certificate.comments,
    });
    if let Some(issued) = &certificate.issued {
        row["enrolled"] = json!(milliseconds(issued.not_before));
        row["expire"] = json!(milliseconds(issued.not_after));
    }
    if let Some(moment) = certificate.downloaded {
        row["downloaded"] = json!(milliseconds(moment));
    }
    row
}

fn of(person: &Person) -> Value {
    json!({"name": person.full_name(), "email": person.email, "guid": person.guid})
}

fn organization(world: &World, id: u64) -> Value {
    let found = world.scm.organizations.get(&id);
    json!({"id": id.to_string(), "name": found.map(|organization| &organization.name)})
}

/// The date that `certificateDateAttribute` means.
fn date_of(certificate: &ClientCertificate, attribute: Option<i64>) -> Option<OffsetDateTime> {
    let issued = certificate.issued.as_ref();
    match attribute {
        Some(1) => certificate.downloaded,
        Some(2) => certificate.revoked,
        Some(3) => issued.map(|issued| issued.not_after),
        _ => issued.map(|issued| issued.not_before),
    }
}
