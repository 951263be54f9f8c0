//! External account binding (RFC 8555 §7.3.4).

use super::Server;
use super::jws::{Jwk, Parts};
use super::problem::Problem;
use crate::state::World;
use crate::switches::EabPolicy;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Checks the binding of a new account key and tells the SCM account that
/// owns the EAB pair.
pub(crate) fn bind(
    world: &World,
    server: &Server,
    binding: &Value,
    key: &Jwk,
) -> Result<u64, Problem> {
    let parts = Parts::read(binding).map_err(|problem| refused(&problem.detail))?;
    if parts.text("alg") != Some("HS256") {
        return Err(refused("The MAC algorithm must be HS256"));
    }
    if parts.header.contains_key("nonce") {
        return Err(refused("A nonce must not be present"));
    }
    if parts.text("url") != Some(&server.url("newAccount")) {
        return Err(refused("The 'url' header does not match"));
    }
    let kid = parts.text("kid").unwrap_or_default();
    let account = world
        .scm
        .acme_accounts
        .values()
        .find(|account| account.mac_id == kid && account.level == server.level)
        .ok_or_else(|| refused("The key identifier is not known"))?;
    let mac_key = URL_SAFE_NO_PAD.decode(&account.mac_key).unwrap_or_default();
    if !parts.verify_mac(&mac_key) {
        return Err(refused("Invalid MAC on JWS request"));
    }
    let bound = serde_json::from_slice(&parts.payload)
        .ok()
        .and_then(|value| Jwk::parse(&value).ok());
    if bound.as_ref() != Some(key) {
        return Err(refused("The payload is not the account key"));
    }
    if account.suspended {
        return Err(suspended());
    }
    if account.status == "deactivated" {
        return Err(refused("The account is deactivated"));
    }
    let used = world
        .acme
        .accounts
        .values()
        .any(|client| client.owner == Some(account.id));
    if used && world.switches.acme_eab_policy == EabPolicy::SingleKey {
        return Err(refused(NOT_AWAITING));
    }
    Ok(account.id)
}

/// What a suspended account is told.
pub(crate) fn suspended() -> Problem {
    Problem::new(401, "unauthorized", "The account is currently suspended")
}

/// A refusal in the form that the vendor's servers use.
pub(crate) fn refused(detail: &str) -> Problem {
    Problem::malformed(format!("[External Account Binding] {detail}"))
}

/// Seen in the field when a second key came with one EAB pair
/// (certbot #8944, win-acme #1904).
pub(crate) const NOT_AWAITING: &str = "The account is not awaiting external account binding";
