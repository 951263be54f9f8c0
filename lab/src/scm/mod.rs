//! The admin API of Sectigo Certificate Manager (SCM REST API 25.5 and the
//! "Admin Operations" `OpenAPI` file 25.9).

use crate::http::{Call, Reply};
use crate::state::World;
use crate::switches::{DcvOrders, PermissionFailure};
use auth::Caller;
use errors::Refusal;
use hyper::Method;
use serde_json::{Value, json};

mod acme_accounts;
mod acme_clients;
mod acme_domains;
mod acme_servers;
pub(crate) mod activity;
mod admin_changes;
mod admin_fields;
mod admins;
mod auth;
mod body;
mod client_report;
mod collect;
pub(crate) mod coverage;
mod dates;
pub(crate) mod dcv;
pub(crate) mod dcv_checks;
mod dcv_orders;
mod delegations;
mod domains;
mod emails;
mod enroll;
pub(crate) mod errors;
pub(crate) mod issuing;
mod organizations;
mod paging;
pub(crate) mod person;
mod persons;
mod renew;
mod reports;
mod revoke;
mod roles;
pub(crate) mod smime;
mod smime_details;
mod smime_orders;
mod smime_revoke;
mod spelling;
mod ssl;
mod ssl_details;

/// Answers a request to the admin API.
pub(crate) fn handle(world: &mut World, call: &Call) -> Reply {
    let segments = call.segments();
    let (private, path) = match segments.as_slice() {
        ["api", path @ ..] => (false, path),
        ["private", "api", path @ ..] => (true, path),
        _ => return Refusal::not_found("Not found").into(),
    };
    let (outcome, login) = match auth::authenticate(world, call, private) {
        Ok(caller) => {
            let event = activity::begin(world, call, path);
            let outcome = route(world, &caller, call, path);
            if let (Some(event), Ok(reply)) = (event, &outcome) {
                activity::note(world, &caller, call, event, reply);
            }
            (outcome, Some(caller.login))
        }
        Err(refusal) => (Err(refusal), None),
    };
    let mut reply = match outcome {
        Ok(reply) => reply,
        Err(refusal) => by_permission_switch(world, refusal).into(),
    };
    if world.switches.scm_extra_fields {
        add_fields(&mut reply);
    }
    reply.login = login;
    reply
}

fn route(world: &mut World, caller: &Caller, call: &Call, path: &[&str]) -> Result<Reply, Refusal> {
    match path {
        ["organization", "v1", rest @ ..] => organizations::route(world, caller, call, rest),
        ["organization", "v2", id, "validations"] if call.method == Method::GET => {
            organizations::validations(world, caller, id)
        }
        ["domain", "v1", rest @ ..] => domains::route(world, caller, call, rest),
        ["dcv", "v2", "validation", "start" | "submit" | "clear", ..]
            if world.switches.scm_dcv_orders == DcvOrders::V1 =>
        {
            Err(Refusal::not_found("Not found"))
        }
        ["dcv", "v1" | "v2", "validation", rest @ ..] => dcv::route(world, caller, call, rest),
        ["acme", "v1", "server"] if call.method == Method::GET => acme_servers::list(world, call),
        ["acme", version @ ("v1" | "v2"), "account", rest @ ..] => {
            acme_accounts::route(world, caller, call, version, rest)
        }
        ["ssl", "v1" | "v2", rest @ ..] => ssl::route(world, caller, call, rest),
        ["smime", "v1" | "v2", rest @ ..] => smime::route(world, caller, call, rest),
        ["person", "v1", rest @ ..] => persons::route(world, caller, call, rest),
        ["report", "v1", name] => reports::route(world, caller, call, name),
        ["admin", "v1", rest @ ..] => admins::route(world, caller, call, rest),
        _ => Err(Refusal::not_found("Not found")),
    }
}

/// Sources disagree on how a missing right looks (switch `scm.permission_failure`).
fn by_permission_switch(world: &World, refusal: Refusal) -> Refusal {
    if refusal.code != errors::UNAUTHORIZED {
        return refusal;
    }
    match world.switches.scm_permission_failure {
        PermissionFailure::BadRequest => refusal,
        PermissionFailure::Forbidden => Refusal {
            status: 403,
            ..refusal
        },
        PermissionFailure::Unauthorized => Refusal::unknown_user(),
    }
}

/// Members that no client knows, in every object of the reply.
fn add_fields(reply: &mut Reply) {
    fn add(value: &mut Value) {
        match value {
            Value::Object(object) => {
                object.values_mut().for_each(add);
                object.insert("futureField".to_owned(), json!({"since": "26.9"}));
            }
            Value::Array(items) => items.iter_mut().for_each(add),
            _ => {}
        }
    }
    if let Ok(mut value) = serde_json::from_slice::<Value>(&reply.body) {
        add(&mut value);
        reply.body = value.to_string().into();
    }
}
