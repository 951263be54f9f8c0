//! Revocation by id and by serial number.

use super::auth::Caller;
use super::body::Fields;
use super::errors::Refusal;
use crate::http::{Call, Reply};
use crate::state::World;
use crate::switches::RevokeTwice;

/// `POST /api/ssl/v1/revoke/{id}`.
pub(crate) fn by_id(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    id: u64,
) -> Result<Reply, Refusal> {
    caller.require("sslRevoke", "perform SSL certificate revocation")?;
    let fields = Fields::read(call)?;
    fields.required_text("reason", 1, 512)?;
    let code = reason_code(world, &fields)?;
    let now = world.now();
    let twice = world.switches.scm_revoke_twice;
    let certificate = world
        .scm
        .certificates
        .get_mut(&id)
        .ok_or_else(|| Refusal::new(-124, "Invalid SSL certificate ID."))?;
    match certificate.status {
        "Issued" => {}
        "Revoked" if twice == RevokeTwice::AlreadyRevoked => {
            return Err(Refusal::new(-159, "The certificate is already revoked."));
        }
        _ => {
            return Err(Refusal::new(
                -102,
                "Only issued certificates can be revoked.",
            ));
        }
    }
    certificate.status = "Revoked";
    certificate.revoked = Some(now);
    certificate.reason = Some(code);
    Ok(Reply::empty(204))
}

/// `POST /api/ssl/v1/revoke/serial/{serial}`, with or without colons.
pub(crate) fn by_serial(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    serial: &str,
) -> Result<Reply, Refusal> {
    let wanted = serial.replace(':', "").to_lowercase();
    let id = world
        .scm
        .certificates
        .values()
        .filter(|certificate| caller.manages(&world.scm, certificate.organization))
        .find(|certificate| {
            certificate
                .issued
                .as_ref()
                .is_some_and(|issued| issued.serial == wanted)
        })
        .map(|certificate| certificate.id)
        .ok_or_else(|| Refusal::new(-5101, "Certificate not found."))?;
    by_id(world, caller, call, id)
}

/// The reason for the CRL; 0 when the body does not tell.
pub(crate) fn reason_code(world: &World, fields: &Fields) -> Result<u64, Refusal> {
    match fields.number("reasonCode")? {
        None if world.switches.scm_reason_code_required => Err(Refusal::null("reasonCode")),
        None => Ok(0),
        Some(code) => u64::try_from(code)
            .ok()
            .filter(|code| [0, 1, 3, 4, 5].contains(code))
            .ok_or_else(|| Refusal::invalid("reasonCode")),
    }
}
