//! Revocation of client certificates.

use super::auth::Caller;
use super::body::Fields;
use super::emails;
use super::errors::Refusal;
use super::revoke::reason_code;
use super::smime;
use crate::http::{Call, Reply};
use crate::state::World;
use crate::switches::RevokeTwice;

/// `POST /api/smime/v1/revoke/order/…` and `/revoke/serial/…`.
pub(crate) fn one(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    id: u64,
) -> Result<Reply, Refusal> {
    require(caller)?;
    let fields = Fields::read(call)?;
    fields.text_up_to("reason", 512)?;
    let code = reason_code(world, &fields)?;
    let certificate = &world.scm.client_certificates[&id];
    match smime::state(certificate, world.now()) {
        "issued" => {}
        "revoked" if world.switches.scm_revoke_twice == RevokeTwice::AlreadyRevoked => {
            return Err(Refusal::new(-159, "Your certificate already revoked"));
        }
        _ => {
            let text = "Only issued certificates could be revoked.";
            return Err(Refusal::new(-102, text));
        }
    }
    mark(world, id, code);
    Ok(Reply::empty(204))
}

/// `POST /api/smime/v1/revoke`: all that a person has.
pub(crate) fn by_email(world: &mut World, caller: &Caller, call: &Call) -> Result<Reply, Refusal> {
    require(caller)?;
    let fields = Fields::read(call)?;
    fields.text_up_to("reason", 512)?;
    let code = reason_code(world, &fields)?;
    let email = fields
        .text("email")?
        .ok_or_else(|| Refusal::null("email"))?;
    let now = world.now();
    let found: Vec<u64> = world
        .scm
        .client_certificates
        .values()
        .filter(|certificate| caller.manages(&world.scm, certificate.organization))
        .filter(|certificate| smime::state(certificate, now) == "issued")
        .filter(|certificate| {
            certificate
                .emails
                .iter()
                .any(|own| emails::same(own, &email))
        })
        .map(|certificate| certificate.id)
        .collect();
    if found.is_empty() {
        let text = format!("No valid client certificates found for {email}.");
        return Err(Refusal::new(-1108, text));
    }
    for id in found {
        mark(world, id, code);
    }
    Ok(Reply::empty(204))
}

/// Revokes what a person still has, because the person goes.
pub(crate) fn revoke_all_of(world: &mut World, person: u64, code: u64) {
    let now = world.now();
    let found: Vec<u64> = world
        .scm
        .client_certificates
        .values()
        .filter(|certificate| certificate.person == person)
        .filter(|certificate| smime::state(certificate, now) == "issued")
        .map(|certificate| certificate.id)
        .collect();
    for id in found {
        mark(world, id, code);
    }
}

pub(crate) fn mark(world: &mut World, id: u64, code: u64) {
    let now = world.now();
    if let Some(certificate) = world.scm.client_certificates.get_mut(&id) {
        certificate.state = "revoked";
        certificate.revoked = Some(now);
        certificate.reason = Some(code);
    }
}

pub(crate) fn require(caller: &Caller) -> Result<(), Refusal> {
    caller.require("clientCertRevoke", "perform client certificate revocation")
}
