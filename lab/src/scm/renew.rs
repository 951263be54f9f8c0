//! Renewing and replacing certificates.

use super::auth::Caller;
use super::body::Fields;
use super::enroll;
use super::errors::Refusal;
use super::issuing;
use super::ssl::json_utf8;
use crate::http::{Call, Reply};
use crate::names;
use crate::state::{Certificate, World, next};
use crate::switches::{AcceptOrRefuse, Kept, RenewedMark};
use serde_json::json;

/// `POST /api/ssl/v1/renewById/{id}`: a new record, the old one is marked.
pub(crate) fn by_id(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    id: u64,
) -> Result<Reply, Refusal> {
    let new = renew(world, caller, call, id)?;
    Ok(json_utf8(&json!({"sslId": new})))
}

/// `POST /api/ssl/v1/renew/{renewId}`: the new id is not told.
pub(crate) fn by_renew_id(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    renew_id: &str,
) -> Result<Reply, Refusal> {
    let id = world
        .scm
        .certificates
        .values()
        .find(|certificate| certificate.renew_id == renew_id)
        .filter(|certificate| caller.manages(&world.scm, certificate.organization))
        .map(|certificate| certificate.id)
        .ok_or_else(|| Refusal::new(-123, "The certificate to renew is invalid."))?;
    renew(world, caller, call, id)?;
    Ok(Reply::empty(204))
}

/// `POST /api/ssl/v1/renew/manual/{id}`: marks a certificate as renewed.
pub(crate) fn mark(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    id: u64,
) -> Result<Reply, Refusal> {
    caller.require("sslRenew", "perform SSL certificate renewal")?;
    let fields = Fields::read(call)?;
    if fields.number("id")?.is_none() && fields.text("orderNumber")?.is_none() {
        return Err(Refusal::new(
            -951,
            "At least one of id, orderNumber is needed.",
        ));
    }
    let now = world.now();
    if let Some(certificate) = world.scm.certificates.get_mut(&id) {
        certificate.renewed = Some(now);
    }
    Ok(Reply::empty(204))
}

/// `POST /api/ssl/v1/replace/{id}`: the same record with a new certificate
/// that ends when the old one would. Until the CA has made it, the record is
/// `Applied` again and nothing can be collected.
pub(crate) fn replace(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    id: u64,
) -> Result<Reply, Refusal> {
    caller.require("sslReplace", "perform SSL certificate replacement")?;
    let fields = Fields::read(call)?;
    fields.required_text("reason", 0, 512)?;
    let csr = enroll::request(&fields.required_text("csr", 1, 32_767)?)?;
    let old = issued(world, id)?;
    let common_name = match fields.text("commonName")? {
        None => old.common_name.clone(),
        Some(text) => names::parse(&text)
            .filter(|name| name.len() <= 64)
            .ok_or_else(|| Refusal::new(-732, format!("Domain name {text} is invalid.")))?,
    };
    let mut alt_names = vec![common_name.clone()];
    let wanted = match fields.list("subjectAlternativeNames")? {
        None => old.alt_names.clone(),
        Some(_) => fields.texts("subjectAlternativeNames")?,
    };
    for text in wanted {
        let name = names::parse(&text)
            .ok_or_else(|| Refusal::new(-732, format!("Domain name {text} is invalid.")))?;
        if !alt_names.contains(&name) {
            alt_names.push(name);
        }
    }
    enroll::permitted(world, old.organization, &alt_names)?;
    enroll::validated(world, old.organization, old.level, &alt_names)?;
    let now = world.now();
    if let Some(certificate) = world.scm.certificates.get_mut(&id) {
        certificate.common_name = common_name;
        certificate.alt_names = alt_names;
        certificate.key = csr.key;
        certificate.spki = csr.spki;
        certificate.replaced = Some(now);
        certificate.approved = Some(now);
        certificate.status = "Applied";
    }
    issuing::issue_due(world);
    Ok(Reply::empty(204))
}

fn renew(world: &mut World, caller: &Caller, call: &Call, id: u64) -> Result<u64, Refusal> {
    caller.require("sslRenew", "perform SSL certificate renewal")?;
    // Sent by python-cert_manager, refused by the vendor in 2024 (#220).
    let lenient = world.switches.scm_renew_empty_string == AcceptOrRefuse::Accepted;
    let csr = if lenient && call.body.as_ref() == b"\"\"" {
        None
    } else {
        Fields::read_optional(call)?.text("csr")?
    };
    let old = issued(world, id)?;
    let csr = csr.as_deref().map(enroll::request).transpose()?;
    enroll::permitted(world, old.organization, &old.alt_names)?;
    enroll::validated(world, old.organization, old.level, &old.alt_names)?;
    let longest = world
        .scm
        .profiles
        .iter()
        .find(|profile| profile.id == old.profile)
        .and_then(|profile| profile.terms.iter().max().copied())
        .unwrap_or(old.term);
    let now = world.now();
    let approved = enroll::approved_at_once(world, caller, old.level);
    let comments = match world.switches.scm_renew_comments {
        Kept::Kept => old.comments.clone(),
        Kept::Dropped => String::new(),
    };
    let new = next(&mut world.scm.last_id.certificate);
    let mut certificate = Certificate {
        id: new,
        renew_id: crate::random::alphanumeric(20),
        term: old.term.min(longest),
        status: if approved { "Applied" } else { "Requested" },
        requester: caller.login.clone(),
        requested_via: "REST",
        requested: now,
        approved: approved.then_some(now),
        revoked: None,
        reason: None,
        renewed: None,
        replaced: None,
        issued: None,
        comments,
        hidden_reads: world.switches.scm_invisible_orders,
        ..old
    };
    if let Some(csr) = csr {
        certificate.key = csr.key;
        certificate.spki = csr.spki;
    }
    world.scm.certificates.insert(new, certificate);
    if let Some(old) = world.scm.certificates.get_mut(&id)
        && world.switches.scm_renewed_mark == RenewedMark::AtOnce
    {
        old.renewed = Some(now);
    }
    Ok(new)
}

fn issued(world: &World, id: u64) -> Result<Certificate, Refusal> {
    world
        .scm
        .certificates
        .get(&id)
        .filter(|certificate| certificate.status == "Issued")
        .cloned()
        .ok_or_else(|| Refusal::new(-130, "SSL certificate state is not ISSUED."))
}
