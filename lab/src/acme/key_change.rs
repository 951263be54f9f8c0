//! Account key roll-over (RFC 8555 §7.3.5).

use super::Server;
use super::accounts;
use super::jws::{Jwk, Parts, Signed};
use super::problem::Problem;
use crate::http::{Call, Reply};
use crate::state::World;
use serde_json::{Value, json};

/// `keyChange`: the outer JWS is signed by the old key, the inner by the new.
pub(crate) fn change(
    world: &mut World,
    call: &Call,
    server: &Server,
    account: &str,
    signed: &Signed,
) -> Result<Reply, Problem> {
    let inner = Parts::read(&Value::Object(signed.object()?))?;
    let key = match inner.header.get("jwk") {
        Some(jwk) => Jwk::parse(jwk)?,
        None => return Err(Problem::malformed("The inner JWS has no 'jwk'")),
    };
    inner.verify(&key)?;
    if inner.text("url") != Some(&format!("{}{}", call.origin, call.path)) {
        return Err(Problem::malformed(
            "The inner 'url' differs from the outer one",
        ));
    }
    let wish: Value = serde_json::from_slice(&inner.payload)
        .map_err(|_| Problem::malformed("The inner payload is no JSON"))?;
    let url = server.url(&format!("account/{account}"));
    if wish.get("account") != Some(&json!(url)) {
        return Err(Problem::malformed(
            "The inner payload names another account",
        ));
    }
    let old = wish
        .get("oldKey")
        .map(Jwk::parse)
        .transpose()?
        .ok_or_else(|| Problem::malformed("The inner payload has no 'oldKey'"))?;
    if world.acme.accounts.get(account).map(|account| &account.key) != Some(&old) {
        return Err(Problem::malformed("'oldKey' is not the account's key"));
    }
    if let Some(taken) = accounts::by_key(world, server.level, &key) {
        let problem = Problem::new(409, "malformed", "The new key already has an account");
        return Ok(Reply::from(problem).with("Location", server.url(&format!("account/{taken}"))));
    }
    if let Some(account) = world.acme.accounts.get_mut(account) {
        account.thumbprint = key.thumbprint();
        account.key = key;
    }
    Ok(Reply::empty(200).with("Location", url))
}
