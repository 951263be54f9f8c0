//! `revokeCert` (RFC 8555 §7.6).

use super::Server;
use super::jws::{Signed, Signer};
use super::problem::Problem;
use crate::http::Reply;
use crate::state::World;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Revokes a certificate for its account, for an account that is authorized
/// for all its names, or for the holder of its key.
pub(crate) fn revoke(
    world: &mut World,
    server: &Server,
    signed: &Signed,
) -> Result<Reply, Problem> {
    let wish = signed.object()?;
    let text = wish
        .get("certificate")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let der = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Problem::malformed("The certificate is not base64url"))?;
    let reason = match wish.get("reason") {
        None => 0,
        Some(reason) => reason
            .as_u64()
            .filter(|reason| [0, 1, 3, 4, 5].contains(reason))
            .ok_or_else(|| {
                Problem::new(400, "badRevocationReason", "The reason is not supported")
            })?,
    };
    let id = world
        .scm
        .certificates
        .values()
        .find(|certificate| {
            certificate
                .issued
                .as_ref()
                .is_some_and(|issued| issued.leaf == der)
        })
        .filter(|certificate| certificate.level == server.level)
        .map(|certificate| certificate.id)
        .ok_or_else(|| Problem {
            status: 404,
            ..Problem::malformed("Unknown certificate")
        })?;
    if !may_revoke(world, id, signed) {
        return Err(Problem::unauthorized(
            "Not authorized to revoke the certificate",
        ));
    }
    let now = world.now();
    if let Some(certificate) = world.scm.certificates.get_mut(&id) {
        if certificate.status == "Revoked" {
            return Err(Problem::new(
                400,
                "alreadyRevoked",
                "The certificate is revoked already",
            ));
        }
        certificate.status = "Revoked";
        certificate.revoked = Some(now);
        certificate.reason = Some(reason);
    }
    Ok(Reply::empty(200))
}

fn may_revoke(world: &World, id: u64, signed: &Signed) -> bool {
    let certificate = &world.scm.certificates[&id];
    match &signed.signer {
        Signer::Key(key) => key.is_in(&certificate.spki),
        Signer::Account(account) => {
            let bought = world.acme.orders.values().any(|order| {
                order.account == *account
                    && order
                        .finalized
                        .as_ref()
                        .is_some_and(|done| done.certificate == id)
            });
            let authorized = certificate.alt_names.iter().all(|name| {
                world.acme.authorizations.values().any(|authorization| {
                    authorization.account == *account
                        && authorization.status(world.now()) == "valid"
                        && authorization.wildcard == name.starts_with("*.")
                        && authorization.name == crate::names::without_star(name)
                })
            });
            bought || authorized
        }
    }
}
