//! Organizations and departments, which share one id space.

use super::auth::Caller;
use super::errors::Refusal;
use crate::clock;
use crate::http::{Call, Reply};
use crate::state::{Organization, World};
use crate::switches::UnknownId;
use hyper::Method;
use serde_json::{Value, json};

/// Routes below `/api/organization/v1`.
pub(crate) fn route(
    world: &World,
    caller: &Caller,
    call: &Call,
    path: &[&str],
) -> Result<Reply, Refusal> {
    if call.method != Method::GET {
        // Creating organizations is a matter of the portal for this customer.
        return Err(super::errors::unauthorized_to("manage organizations"));
    }
    match path {
        [] | ["report-type", "SSL"] => Ok(Reply::json(200, &list(world, caller))),
        ["managedBy" | "managed-by", role] => Ok(Reply::json(200, &managed(world, caller, role))),
        [id] => details(world, caller, id),
        _ => Err(Refusal::not_found("Not found")),
    }
}

/// `GET /api/organization/v2/{id}/validations`.
pub(crate) fn validations(world: &World, caller: &Caller, id: &str) -> Result<Reply, Refusal> {
    let organization = find(world, caller, id)?;
    let list: Vec<Value> = organization
        .validation
        .iter()
        .map(|validation| {
            json!({
                "id": organization.id * 10,
                "validationLevel": format!("{}_SSL", validation.level.label()),
                "status": if validation.expires > world.now() { "VALIDATED" } else { "EXPIRED" },
                "expires": clock::date(validation.expires),
                "alternative": false,
                "backendType": "SASP",
            })
        })
        .collect();
    Ok(Reply::json(200, &json!(list)))
}

fn list(world: &World, caller: &Caller) -> Value {
    let all = || world.scm.organizations.values();
    let list: Vec<Value> = all()
        .filter(|organization| organization.parent.is_none())
        .filter_map(|organization| {
            let departments: Vec<Value> = all()
                .filter(|department| department.parent == Some(organization.id))
                .filter(|department| caller.manages(&world.scm, department.id))
                .map(|department| {
                    json!({
                        "id": department.id,
                        "parentName": organization.name,
                        "name": department.name,
                    })
                })
                .collect();
            let own = caller.manages(&world.scm, organization.id);
            // A department's administrator sees it below its parent.
            (own || !departments.is_empty()).then(|| {
                json!({
                    "id": organization.id,
                    "name": organization.name,
                    "departments": departments,
                })
            })
        })
        .collect();
    json!(list)
}

fn managed(world: &World, caller: &Caller, role: &str) -> Value {
    let list: Vec<Value> = world
        .scm
        .organizations
        .values()
        .filter(|_| caller.has_role(role))
        .filter(|organization| caller.manages(&world.scm, organization.id))
        .map(|organization| {
            let parent = organization
                .parent
                .and_then(|id| world.scm.organizations.get(&id));
            let mut item = json!({"id": organization.id, "name": organization.name});
            if let Some(parent) = parent {
                item["parentName"] = json!(parent.name);
            }
            item
        })
        .collect();
    json!(list)
}

fn details(world: &World, caller: &Caller, id: &str) -> Result<Reply, Refusal> {
    let organization = find(world, caller, id)?;
    let departments: Vec<Value> = world
        .scm
        .organizations
        .values()
        .filter(|department| department.parent == Some(organization.id))
        .map(|department| {
            json!({
                "id": department.id,
                "parentName": organization.name,
                "name": department.name,
            })
        })
        .collect();
    let body = json!({
        "id": organization.id,
        "name": organization.name,
        "certTypes": ["SSL", "SMIME"],
        "departments": departments,
        "address1": "1 Example Street",
        "city": organization.city,
        "stateOrProvince": organization.state,
        "postalCode": "EX1 1AA",
        "country": organization.country,
        "clientCertificate": {
            "allowKeyRecoveryByMasterAdmins": false,
            "allowKeyRecoveryByOrgAdmins": false,
            "allowKeyRecoveryByDepartmentAdmins": false,
        },
        "sslCertsApiEnabled": organization.ssl_api_enabled,
        "clientCertsApiEnabled": organization.client_api_enabled,
    });
    Ok(Reply::json(200, &body))
}

fn find<'a>(world: &'a World, caller: &Caller, id: &str) -> Result<&'a Organization, Refusal> {
    id.parse()
        .ok()
        .and_then(|id| world.scm.organizations.get(&id))
        .filter(|organization| caller.manages(&world.scm, organization.id))
        .ok_or_else(|| unknown(world, -1023, "Organization not found."))
}

/// "Not there", in the form the switch `scm.unknown_id` says.
pub(crate) fn unknown(world: &World, code: i64, description: &str) -> Refusal {
    let mut refusal = Refusal::new(code, description);
    if world.switches.scm_unknown_id == UnknownId::NotFound {
        refusal.status = 404;
    }
    refusal
}
