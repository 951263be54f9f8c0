//! Administrators: list, details, and one's own password.

use super::admin_changes;
use super::admin_fields::check_password;
use super::auth::Caller;
use super::body::Fields;
use super::errors::{Refusal, unauthorized_to};
use super::paging::{self, Total};
use super::roles;
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
        (&Method::POST, []) => admin_changes::create(world, caller, call),
        (&Method::GET, ["password"]) => password(world, caller),
        (&Method::GET, ["roles"]) => Ok(roles::list(caller)),
        (&Method::GET, ["privileges"]) => roles::list_privileges(caller, call),
        // The customer lets nobody log in by another identity provider.
        (&Method::GET, ["idp"]) => Ok(Reply::json(200, &json!([]))),
        (&Method::POST, ["changepassword"]) => change_password(world, caller, call),
        (&Method::GET, [id]) => {
            let administrator = &world.scm.administrators[find(world, caller, id)?];
            Ok(Reply::json(200, &details(world, administrator)))
        }
        (&Method::PUT, [id]) => {
            let index = find(world, caller, id)?;
            admin_changes::update(world, caller, call, index)
        }
        (&Method::DELETE, [id]) => {
            let index = find(world, caller, id)?;
            admin_changes::delete(world, caller, call, index)
        }
        _ => Err(Refusal::not_found("Not found")),
    }
}

/// Whether the caller sees an administrator: itself, and whom its roles reach.
pub(crate) fn sees(world: &World, caller: &Caller, administrator: &Administrator) -> bool {
    caller.is_mrao()
        || administrator.login == caller.login
        || administrator
            .access
            .credentials
            .iter()
            .all(|credential| roles::reaches(&world.scm, caller, credential, "allowEdit"))
}

/// Where an administrator that the caller sees is in the list.
fn find(world: &World, caller: &Caller, id: &str) -> Result<usize, Refusal> {
    world
        .scm
        .administrators
        .iter()
        .position(|administrator| {
            administrator.id.to_string() == id && sees(world, caller, administrator)
        })
        .ok_or_else(|| Refusal::not_found("Administrator not found."))
}

fn list(world: &World, caller: &Caller, call: &Call) -> Result<Reply, Refusal> {
    let state = call.query("activeState");
    if state.is_some_and(|state| !["ACTIVE", "SUSPENDED"].contains(&state)) {
        return Err(Refusal::invalid("activeState"));
    }
    // Nobody belongs to an identity provider or a template here.
    let nobody = call.query("identityProviderId").is_some() || call.query("templateId").is_some();
    let list: Vec<Value> = world
        .scm
        .administrators
        .iter()
        .filter(|_| !nobody)
        .filter(|administrator| sees(world, caller, administrator))
        .filter(|a| state.is_none_or(|state| state == status(a)))
        .filter(|a| {
            FILTERS
                .iter()
                .all(|(name, fits)| call.query(name).is_none_or(|wanted| fits(a, wanted)))
        })
        .map(view)
        .collect();
    paging::page(world, call, list, Total::InHeader)
}

fn view(administrator: &Administrator) -> Value {
    json!({
        "id": administrator.id,
        "login": administrator.login,
        "email": administrator.email,
        "forename": administrator.forename,
        "surname": administrator.surname,
        "type": administrator.kind,
    })
}

fn details(world: &World, administrator: &Administrator) -> Value {
    let mut view = view(administrator);
    let credentials: Vec<Value> = administrator
        .access
        .credentials
        .iter()
        .map(|credential| match credential.organization {
            Some(id) => json!({"role": credential.role, "orgId": id}),
            None => json!({"role": credential.role}),
        })
        .collect();
    view["credentials"] = json!(credentials);
    view["privileges"] = json!(administrator.access.privileges);
    view["status"] = json!("Active");
    view["activeState"] = json!(if administrator.suspended {
        "Suspended"
    } else {
        "Active"
    });
    view["activeStatus"] = json!(status(administrator));
    view["created"] = json!(clock::date(administrator.created));
    view["modified"] = json!(clock::date(administrator.modified));
    view["lastPasswordChange"] = json!(clock::date(administrator.password_changed));
    view["failedAttempts"] = json!(0);
    for (name, value) in password_state(world, administrator) {
        view[name] = json!(value);
    }
    if let Some(creator) = administrator.creator {
        view["clientAdminCreator"] = json!(creator);
    }
    if !administrator.auth_cert.is_empty() {
        view["authCert"] = json!(administrator.auth_cert);
    }
    for (name, value) in &administrator.contact {
        view[*name] = json!(value);
    }
    view
}

fn status(administrator: &Administrator) -> &'static str {
    if administrator.suspended {
        "SUSPENDED"
    } else {
        "ACTIVE"
    }
}

fn password_state(world: &World, administrator: &Administrator) -> Vec<(&'static str, String)> {
    let state = match administrator.password_expires {
        None => return vec![("passwordState", "NEVER_EXPIRE".to_owned())],
        // Seen only by callers who came with a certificate, and by others.
        Some(expires) if expires <= world.now() => "EXPIRED",
        Some(_) => "ALIVE",
    };
    let mut members = vec![("passwordState", state.to_owned())];
    members.extend(
        administrator
            .password_expires
            .map(|expires| ("passwordExpiryDate", clock::date(expires))),
    );
    members
}

fn password(world: &World, caller: &Caller) -> Result<Reply, Refusal> {
    let administrator = world
        .scm
        .administrators
        .iter()
        .find(|administrator| administrator.login == caller.login)
        .ok_or_else(|| unauthorized_to("perform this operation"))?;
    let mut body = json!({});
    for (name, value) in password_state(world, administrator) {
        let name = match name {
            "passwordState" => "state",
            _ => "expirationDate",
        };
        body[name] = json!(value);
    }
    Ok(Reply::json(200, &body))
}

fn change_password(world: &mut World, caller: &Caller, call: &Call) -> Result<Reply, Refusal> {
    let wanted = Fields::read(call)?.required_text("newPassword", 1, 255)?;
    check_password(&wanted, &caller.login)?;
    let now = world.now();
    let administrator = world
        .scm
        .administrators
        .iter_mut()
        .find(|administrator| administrator.login == caller.login)
        .ok_or_else(|| unauthorized_to("perform this operation"))?;
    administrator.set_password(wanted, now);
    Ok(Reply::empty(204))
}

type Filter = fn(&Administrator, &str) -> bool;

/// Filters of the list; login and e-mail match in part.
const FILTERS: [(&str, Filter); 5] = [
    ("type", |a, text| a.kind == text),
    ("login", |a, text| a.login.contains(text)),
    ("email", |a, text| a.email.contains(text)),
    ("orgId", |a, text| {
        let mut organizations = a.access.organizations().into_iter();
        organizations.any(|id| id.to_string() == text)
    }),
    ("role", |a, text| {
        let mut credentials = a.access.credentials.iter();
        credentials.any(|credential| credential.role == text)
    }),
];
