//! Administrators, as far as clients probe their own credentials.

use super::auth::Caller;
use super::body::Fields;
use super::errors::{Refusal, unauthorized_to};
use super::paging::{self, Total};
use crate::clock;
use crate::http::{Call, Reply};
use crate::state::{Administrator, World};
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
        // The customer lets nobody log in by another identity provider.
        (&Method::GET, ["idp"]) => Ok(Reply::json(200, &json!([]))),
        (&Method::GET, [id]) => one(world, caller, id),
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
        .map(view)
        .collect();
    paging::page(world, call, list, Total::InHeader)
}

fn one(world: &World, caller: &Caller, id: &str) -> Result<Reply, Refusal> {
    world
        .scm
        .administrators
        .iter()
        .filter(|administrator| caller.is_mrao() || administrator.login == caller.login)
        .find(|administrator| administrator.id.to_string() == id)
        .map(|administrator| {
            let mut view = view(administrator);
            view["credentials"] = json!([{"role": administrator.access.role}]);
            view["privileges"] = json!(administrator.access.privileges);
            Reply::json(200, &view)
        })
        .ok_or_else(|| Refusal::not_found("Administrator not found."))
}

fn view(administrator: &Administrator) -> Value {
    json!({
        "id": administrator.id,
        "login": administrator.login,
        "email": format!("{}@example.org", administrator.login),
        "forename": administrator.login,
        "surname": "Lab",
        "type": "API",
    })
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
