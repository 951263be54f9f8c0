//! Requests for certificates, and their approval.

use super::auth::Caller;
use super::body::Fields;
use super::coverage;
use super::errors::Refusal;
use super::ssl::json_utf8;
use crate::ca::Level;
use crate::csr::{self, Csr, KeyKind};
use crate::http::{Call, Reply};
use crate::names;
use crate::state::{Certificate, CustomField, Profile, World, next};
use crate::switches::Approval;
use serde_json::{Value, json};

/// `POST /api/ssl/v1/enroll`.
pub(crate) fn enroll(world: &mut World, caller: &Caller, call: &Call) -> Result<Reply, Refusal> {
    caller.require("sslRequest", "perform SSL certificate enrollment")?;
    let fields = Fields::read(call)?;
    let organization = fields.id("orgId")?;
    require_api(world, caller, organization)?;
    let text = fields.required_text("csr", 1, 32_767)?;
    let profile_id = fields.required_number("certType")?;
    let profile = world
        .scm
        .profiles
        .iter()
        .find(|profile| i64::try_from(profile.id) == Ok(profile_id))
        .cloned()
        .ok_or_else(|| Refusal::new(-111, format!("No profile with id {profile_id}.")))?;
    let term = fields.required_number("term")?;
    if !profile.terms.contains(&term) {
        return Err(Refusal::new(-36, "Term is invalid for the profile."));
    }
    let custom_fields = custom_fields(&world.scm.custom_fields, &fields)?;
    let mode = fields.text("dcvMode")?;
    if mode.is_some_and(|mode| !DCV_MODES.contains(&mode.as_str())) {
        return Err(Refusal::unparseable());
    }
    let csr = request(&text)?;
    fits_profile(csr.key, &profile)?;
    let (common_name, alt_names) = names_of(&csr, &fields)?;
    permitted(world, organization, &alt_names)?;
    validated(world, organization, profile.level, &alt_names)?;

    let now = world.now();
    let approved = approved_at_once(world, caller, profile.level);
    let id = next(&mut world.scm.last_id.certificate);
    let renew_id = crate::random::alphanumeric(20);
    let certificate = Certificate {
        id,
        renew_id: renew_id.clone(),
        organization,
        profile: profile.id,
        level: profile.level,
        term,
        status: if approved { "Applied" } else { "Requested" },
        common_name,
        alt_names,
        key: csr.key,
        requester: caller.login.clone(),
        requested_via: "REST",
        comments: fields.text_up_to("comments", 1024)?,
        external_requester: fields.text_up_to("externalRequester", 512)?,
        custom_fields,
        spki: csr.spki,
        requested: now,
        approved: approved.then_some(now),
        revoked: None,
        reason: None,
        renewed: None,
        replaced: None,
        issued: None,
        hidden_reads: world.switches.scm_invisible_orders,
    };
    world.scm.certificates.insert(id, certificate);
    Ok(json_utf8(&json!({"sslId": id, "renewId": renew_id})))
}

/// Whether an order of this caller needs nobody's approval.
pub(crate) fn approved_at_once(world: &World, caller: &Caller, level: Level) -> bool {
    match world.switches.scm_order_approval {
        Approval::Always => false,
        Approval::Never => true,
        // EV needs a second pair of eyes (-1140 at approval).
        Approval::UnlessPrivileged => {
            caller.may("autoApproveCertificates") && level != Level::Extended
        }
    }
}

/// Refuses keys that the profile does not allow.
pub(crate) fn fits_profile(key: KeyKind, profile: &Profile) -> Result<(), Refusal> {
    let fine = match key {
        KeyKind::Ec(_) if profile.curves.is_empty() => {
            return Err(Refusal::new(-170, "ECC CSRs are not allowed."));
        }
        KeyKind::Ec(curve) => profile.curves.contains(&curve),
        KeyKind::Rsa(bits) => profile.rsa.contains(&bits.to_string().as_str()),
        KeyKind::Other => false,
    };
    if fine {
        Ok(())
    } else {
        Err(Refusal::new(
            -13,
            "The key size of the CSR is not supported.",
        ))
    }
}

/// `POST /api/ssl/v1/approve/{id}` and `/decline/{id}`.
pub(crate) fn decide(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    id: u64,
    approve: bool,
) -> Result<Reply, Refusal> {
    let action = if approve { "approval" } else { "decline" };
    caller.require("sslApprove", &format!("perform SSL certificate {action}"))?;
    Fields::read(call)?.required_text("message", 1, 512)?;
    let now = world.now();
    let certificate = world
        .scm
        .certificates
        .get_mut(&id)
        .ok_or_else(|| Refusal::new(-124, "Invalid SSL certificate ID."))?;
    if certificate.status != "Requested" {
        let text = format!(
            "Certificate cannot be approved in state {}.",
            certificate.status
        );
        return Err(Refusal::new(-1112, text));
    }
    let own = certificate.requester == caller.login;
    if approve && own && certificate.level == Level::Extended {
        let text = "EV certificate cannot be approved by its requester.";
        return Err(Refusal::new(-1140, text));
    }
    if approve {
        certificate.approved = Some(now);
        certificate.status = "Applied";
    } else {
        certificate.status = "Declined";
    }
    Ok(Reply::empty(204))
}

/// Refuses unless the organization is the caller's and may use the API.
pub(crate) fn require_api(world: &World, caller: &Caller, id: u64) -> Result<(), Refusal> {
    caller.require_organization(&world.scm, id)?;
    let enabled = world
        .scm
        .organizations
        .get(&id)
        .is_some_and(|organization| organization.ssl_api_enabled);
    if enabled {
        Ok(())
    } else {
        Err(Refusal::new(
            -37,
            "Access denied: API enrollment is not enabled.",
        ))
    }
}

/// Reads a CSR and checks its key against the profiles' key types.
pub(crate) fn request(text: &str) -> Result<Csr, Refusal> {
    let csr = Csr::from_text(text).map_err(|refusal| match refusal {
        csr::Refusal::Base64 => Refusal::new(-9, "The CSR is not valid Base64 data."),
        csr::Refusal::Undecodable => Refusal::new(-10, "The CSR cannot be decoded."),
        csr::Refusal::Signature => Refusal::new(-138, "The CSR is invalid."),
    })?;
    match csr.key {
        KeyKind::Rsa(bits) if RSA_SIZES.contains(&bits.to_string().as_str()) => Ok(csr),
        KeyKind::Ec(curve) if CURVES.contains(&curve) => Ok(csr),
        KeyKind::Rsa(_) | KeyKind::Ec(_) => Err(Refusal::new(
            -13,
            "The key size of the CSR is not supported.",
        )),
        KeyKind::Other => Err(Refusal::new(-11, "The CSR uses an unsupported algorithm.")),
    }
}

/// Refuses names that are not delegated to the organization for SSL.
pub(crate) fn permitted(world: &World, organization: u64, names: &[String]) -> Result<(), Refusal> {
    permitted_for(world, organization, names, "SSL")
}

/// Refuses names that are not delegated to the organization for a kind.
pub(crate) fn permitted_for(
    world: &World,
    organization: u64,
    names: &[String],
    kind: &str,
) -> Result<(), Refusal> {
    let (scm, switches) = (&world.scm, &world.switches);
    let strange = names
        .iter()
        .find(|name| !coverage::is_delegated(scm, switches, name, organization, kind));
    match strange {
        Some(name) => Err(Refusal::new(
            -1010,
            format!("Domain {name} is not allowed."),
        )),
        None => Ok(()),
    }
}

/// Refuses names without a valid DCV, and organizations without the
/// validation that the level needs.
pub(crate) fn validated(
    world: &World,
    organization: u64,
    level: Level,
    names: &[String],
) -> Result<(), Refusal> {
    if world.switches.scm_dcv_enabled {
        for name in names {
            if coverage::validation(world, name).status != "VALIDATED" {
                let text = format!("DCV is incomplete or expired for {name}.");
                return Err(Refusal::new(-107, text));
            }
        }
    }
    let fine = level == Level::Domain
        || world
            .scm
            .organizations
            .get(&organization)
            .and_then(|organization| organization.validation.as_ref())
            .is_some_and(|validation| {
                validation.expires > world.now()
                    && (validation.level == level || validation.level == Level::Extended)
            });
    if fine {
        Ok(())
    } else {
        let text = "The validation status of the organization forbids this certificate type.";
        Err(Refusal::new(-843, text))
    }
}

/// The common name, and all names of the certificate. SANs inside the CSR do
/// not count (python-cert_manager #89); a bare name alone gets its `www.` twin.
fn names_of(csr: &Csr, fields: &Fields) -> Result<(String, Vec<String>), Refusal> {
    let common_name = csr
        .common_name
        .as_deref()
        .and_then(names::parse)
        .ok_or_else(|| Refusal::new(-7, "commonName is required but missing."))?;
    let mut all = vec![common_name.clone()];
    let wanted = fields.text("subjAltNames")?.unwrap_or_default();
    for text in wanted
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
    {
        let name = names::parse(text)
            .ok_or_else(|| Refusal::new(-732, format!("Domain name {text} is invalid.")))?;
        all.push(name);
    }
    if all.len() == 1 && names::is_registrable(&common_name) {
        all.push(format!("www.{common_name}"));
    }
    let first = all.remove(0);
    all.sort();
    all.dedup();
    all.retain(|name| *name != first);
    all.insert(0, first);
    Ok((common_name, all))
}

/// The values of custom fields, all of them known and every mandatory one there.
pub(crate) fn custom_fields(
    known: &[CustomField],
    fields: &Fields,
) -> Result<Vec<(String, String)>, Refusal> {
    let given: Vec<Value> = fields.list("customFields")?.unwrap_or_default().to_vec();
    let mut values = Vec::new();
    for item in &given {
        let item = Fields::of(item)?;
        let name = item.required_text("name", 1, 256)?;
        let value = item.text_up_to("value", 256)?;
        if !known.iter().any(|field| field.name == name) {
            let text = format!("Optional field name {name} is invalid.");
            return Err(Refusal::new(-64, text));
        }
        values.push((name, value));
    }
    let missing = known.iter().find(|field| {
        field.mandatory
            && !values
                .iter()
                .any(|(name, value)| *name == field.name && !value.is_empty())
    });
    match missing {
        Some(field) => {
            let text = format!("Mandatory custom field {} is missing.", field.name);
            Err(Refusal::new(-62, text))
        }
        None => Ok(values),
    }
}

/// Key sizes and curves of every profile, as strings like the vendor's.
pub(crate) const RSA_SIZES: [&str; 3] = ["2048", "3072", "4096"];
pub(crate) const CURVES: [&str; 2] = ["P-256", "P-384"];
const DCV_MODES: [&str; 6] = ["AUTO", "CNAME", "EMAIL", "HTTP", "HTTPS", "TXT"];
