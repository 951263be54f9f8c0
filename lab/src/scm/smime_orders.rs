//! Orders of client certificates: enrollment, renewal, replacement.

use super::auth::Caller;
use super::body::Fields;
use super::coverage;
use super::emails;
use super::enroll;
use super::errors::Refusal;
use super::issuing;
use super::person::{self, Person};
use super::persons;
use super::smime::{self, ClientCertificate};
use super::smime_revoke;
use crate::ca::{Leaf, Level, Purpose};
use crate::http::{Call, Reply};
use crate::seed::HIGH_PERSONA;
use crate::state::{World, next};
use serde_json::json;
use time::Duration;

/// `POST /api/smime/v1/enroll`. A person who is not known yet becomes one.
pub(crate) fn enroll(world: &mut World, caller: &Caller, call: &Call) -> Result<Reply, Refusal> {
    require_request(caller)?;
    let fields = Fields::read(call)?;
    let organization = fields.id("orgId")?;
    require_api(world, caller, organization)?;
    let csr_text = fields.required_text("csr", 1, 32_767)?;
    let profile_id = fields.required_number("certType")?;
    let profile = world
        .scm
        .client_profiles
        .iter()
        .find(|profile| i64::try_from(profile.id) == Ok(profile_id))
        .cloned()
        .ok_or_else(|| Refusal::new(-172, "The Client Certificate Profile is invalid!"))?;
    let term = fields.required_number("term")?;
    if !profile.terms.contains(&term) {
        return Err(Refusal::new(-36, "Term is invalid for the profile."));
    }
    for name in ["email", "firstName", "lastName"] {
        if fields.text(name)?.is_none_or(|text| text.trim().is_empty()) {
            return Err(Refusal::empty(name));
        }
    }
    let custom_fields = enroll::custom_fields(&world.scm.client_custom_fields, &fields)?;
    let comments = fields.text_up_to("comments", 1024)?;
    let csr = enroll::request(&csr_text)?;
    enroll::fits_profile(csr.key, &profile)?;
    let person = wanted_person(world, caller, &fields, organization)?;
    if profile.id == HIGH_PERSONA && person.validation_type != "HIGH" {
        let text = "The Client Certificate Profile is invalid!";
        return Err(Refusal::new(-172, text));
    }
    may_have(world, &person)?;

    let emails = person::addresses(&person).cloned().collect();
    let common_name = person.common_name.clone();
    let person = match person.id {
        0 => persons::add(world, person),
        id => id,
    };
    let certificate = ClientCertificate {
        id: 0,
        backend_id: 0,
        person,
        organization,
        profile: profile.id,
        term,
        state: "requested",
        common_name,
        emails,
        key: csr.key,
        spki: csr.spki,
        comments,
        custom_fields,
        requested: world.now(),
        downloaded: None,
        revoked: None,
        reason: None,
        issued: None,
    };
    Ok(order(world, certificate))
}

/// `POST /api/smime/v2/renew/…`: key and names of the old certificate.
pub(crate) fn renew(world: &mut World, caller: &Caller, id: u64) -> Result<Reply, Refusal> {
    require_request(caller)?;
    let old = in_use(world, caller, id)?;
    Ok(order(world, fresh(world, old)))
}

/// `POST /api/smime/v2/replace/order/{backendCertId}`: the same names with
/// another key; the old certificate is revoked unless the body says otherwise.
pub(crate) fn replace(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    id: u64,
) -> Result<Reply, Refusal> {
    require_request(caller)?;
    let fields = Fields::read(call)?;
    let csr_text = fields.required_text("csr", 1, 32_767)?;
    fields.required_text("reason", 0, 512)?;
    let revoke = fields.boolean("revoke")?.unwrap_or(true);
    if revoke {
        smime_revoke::require(caller)?;
    }
    let csr = enroll::request(&csr_text)?;
    let old = in_use(world, caller, id)?;
    let profile = world
        .scm
        .client_profiles
        .iter()
        .find(|profile| profile.id == old.profile)
        .cloned()
        .ok_or_else(|| Refusal::new(-172, "The Client Certificate Profile is invalid!"))?;
    enroll::fits_profile(csr.key, &profile)?;
    let mut new = fresh(world, old);
    new.key = csr.key;
    new.spki = csr.spki;
    if revoke {
        smime_revoke::mark(world, id, 4);
    }
    Ok(order(world, new))
}

/// Issues every order whose time has come (switch `scm.issue_seconds`).
pub(crate) fn issue_due(world: &mut World) {
    let now = world.now();
    let wait = Duration::seconds(world.switches.scm_issue_seconds);
    let due: Vec<u64> = world
        .scm
        .client_certificates
        .values()
        .filter(|certificate| certificate.state == "requested")
        .filter(|certificate| certificate.requested + wait <= now)
        .map(|certificate| certificate.id)
        .collect();
    for id in due {
        let certificate = &world.scm.client_certificates[&id];
        let issued = world.ca.issue(&Leaf {
            spki: &certificate.spki,
            key: certificate.key,
            common_name: Some(&certificate.common_name),
            names: &certificate.emails,
            purpose: Purpose::Mail,
            subject: issuing::subject(world, certificate.organization, Level::Organization),
            issued: now,
            days: certificate.term,
        });
        let rejects = world.switches.scm_ca_rejects;
        if let Some(certificate) = world.scm.client_certificates.get_mut(&id) {
            match issued {
                Ok(issued) if !rejects => {
                    certificate.issued = Some(issued.into());
                    certificate.state = "issued";
                }
                _ => certificate.state = "rejected",
            }
        }
    }
}

fn require_request(caller: &Caller) -> Result<(), Refusal> {
    caller.require("clientCertRequest", "perform client certificate enrollment")
}

/// Refuses unless the organization is the caller's and may use the API.
fn require_api(world: &World, caller: &Caller, id: u64) -> Result<(), Refusal> {
    caller.require_organization(&world.scm, id)?;
    let organization = world.scm.organizations.get(&id);
    if organization.is_some_and(|organization| organization.client_api_enabled) {
        Ok(())
    } else {
        let text = "Access denied: API enrollment is not enabled.";
        Err(Refusal::new(-37, text))
    }
}

/// The person with the e-mail of the body as it is known, or a new one.
fn wanted_person(
    world: &World,
    caller: &Caller,
    fields: &Fields,
    organization: u64,
) -> Result<Person, Refusal> {
    let email = fields.text("email")?.unwrap_or_default();
    let known = world
        .scm
        .persons
        .values()
        .find(|person| emails::same(&person.email, &email))
        .cloned();
    let is_new = known.is_none();
    let mut person = known.unwrap_or_else(|| Person::blank(world, caller, organization));
    if person.organization != organization {
        return Err(Refusal::invalid("email"));
    }
    // Of a known person, the order changes nothing, but its members must be good.
    let mut checked = person.clone();
    person::change(world, fields, &mut checked)?;
    if !(1..=64).contains(&checked.full_name().chars().count()) {
        return Err(Refusal::size(
            "firstName + ' ' + middleName + ' ' + lastName",
            1,
            64,
        ));
    }
    if is_new {
        person = checked;
    }
    Ok(person)
}

/// Refuses addresses whose domains are not delegated, or not validated.
fn may_have(world: &World, person: &Person) -> Result<(), Refusal> {
    person::check_domains(world, person)?;
    for domain in person::addresses(person).map(|address| emails::domain(address)) {
        let validated = coverage::validation(world, &domain).status == "VALIDATED";
        if world.switches.scm_dcv_enabled && !validated {
            let text = format!("DCV is incomplete or expired for {domain}.");
            return Err(Refusal::new(-107, text));
        }
    }
    Ok(())
}

/// The certificate, if it can have a successor: issued, perhaps expired, and
/// of somebody who still may have it.
fn in_use(world: &World, caller: &Caller, id: u64) -> Result<ClientCertificate, Refusal> {
    let old = &world.scm.client_certificates[&id];
    if !["issued", "expired"].contains(&smime::state(old, world.now())) {
        let text = "Certificate is not available, please contact administrator.";
        return Err(Refusal::new(-169, text));
    }
    require_api(world, caller, old.organization)?;
    let person = world.scm.persons.get(&old.person);
    may_have(
        world,
        person.ok_or_else(|| Refusal::new(-105, "Person not found."))?,
    )?;
    Ok(old.clone())
}

fn fresh(world: &World, old: ClientCertificate) -> ClientCertificate {
    ClientCertificate {
        state: "requested",
        requested: world.now(),
        downloaded: None,
        revoked: None,
        reason: None,
        issued: None,
        ..old
    }
}

fn order(world: &mut World, mut certificate: ClientCertificate) -> Reply {
    let id = next(&mut world.scm.last_id.client_certificate);
    certificate.id = id;
    certificate.backend_id = id + 1_000_000;
    let body = json!({
        "orderNumber": certificate.backend_id,
        "backendCertId": certificate.backend_id.to_string(),
    });
    world.scm.client_certificates.insert(id, certificate);
    Reply::json(200, &body)
}
