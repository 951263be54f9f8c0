//! Administrators, as far as clients probe their own credentials.

use super::auth::Caller;
use super::body::Fields;
use super::errors::{Refusal, unauthorized_to};
use super::paging::{self, Total};
use crate::clock;
use crate::http::{Call, Reply};
use crate::state::World;
use hyper::Method;
use serde_json::{Value, json};

/// Routes below `/api/admin/v1`.
pub(crate) fn route(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    path: &[&str],
) -> Result<Reply, Refusal> {
    match (&call.method, path) {
        (&Method::GET, []) => list(world, caller, call),
        (&Method::GET, ["password"]) => password(world, caller),
        (&Method::POST, ["changepassword"]) => change_password(world, caller, call),
        _ => Err(Refusal::not_found("Not found")),
    }
}

fn list(world: &World, caller: &Caller, call: &Call) -> Result<Reply, Refusal> {
    let list: Vec<Value> = world
        .scm
        .administrators
        .iter()
        .filter(|administrator| caller.is_mrao() || administrator.login == caller.login)
        .map(|administrator| {
            json!({
                "id": administrator.id,
                "login": administrator.login,
                "email": format!("{}@example.org", administrator.login),
                "forename": administrator.login,
                "surname": "Lab",
                "type": "API",
            })
        })
        .collect();
    paging::page(world, call, list, Total::InHeader)
}

fn password(world: &World, caller: &Caller) -> Result<Reply, Refusal> {
    let administrator = world
        .scm
        .administrators
        .iter()
        .find(|administrator| administrator.login == caller.login)
        .ok_or_else(|| unauthorized_to("perform this operation"))?;
    let body = match administrator.password_expires {
        None => json!({"state": "NEVER_EXPIRE"}),
        // Seen only by callers who came with a certificate.
        Some(expires) if expires <= world.now() => {
            json!({"expirationDate": clock::date(expires), "state": "EXPIRED"})
        }
        Some(expires) => json!({"expirationDate": clock::date(expires), "state": "ALIVE"}),
    };
    Ok(Reply::json(200, &body))
}

fn change_password(world: &mut World, caller: &Caller, call: &Call) -> Result<Reply, Refusal> {
    let wanted = Fields::read(call)?.required_text("newPassword", 1, 255)?;
    if wanted.len() < 8 {
        let text = "Password policy violated: Password must be 8 or more characters in length.";
        return Err(Refusal::new(-7306, text));
    }
    let expires = world.now() + time::Duration::days(180);
    let administrator = world
        .scm
        .administrators
        .iter_mut()
        .find(|administrator| administrator.login == caller.login)
        .ok_or_else(|| unauthorized_to("perform this operation"))?;
    administrator.password = wanted;
    administrator.password_expires = Some(expires);
    Ok(Reply::empty(204))
}
