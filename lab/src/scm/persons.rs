//! Persons: the people that S/MIME certificates are for.

use super::auth::Caller;
use super::body::Fields;
use super::emails;
use super::errors::Refusal;
use super::organizations::unknown;
use super::paging::{self, Total};
use super::person::{Person, addresses, change, check_domains, validation_type};
use super::smime_revoke;
use crate::clock::milliseconds;
use crate::http::{Call, Reply};
use crate::state::{World, next};
use hyper::Method;
use serde_json::{Value, json};

/// Routes below `/api/person/v1`.
pub(crate) fn route(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    path: &[&str],
) -> Result<Reply, Refusal> {
    let caller = &caller.only("SMIME", "manage persons")?;
    match (&call.method, path) {
        (&Method::GET, []) => list(world, caller, call),
        (&Method::POST, []) => create(world, caller, call),
        (&Method::GET, ["id", "byEmail", email]) => {
            let person = by_email(world, caller, email).ok_or_else(|| {
                let text = format!("Person with e-mail: {email} was not found");
                unknown(world, -105, &text)
            })?;
            Ok(Reply::json(200, &json!({"personId": person.id})))
        }
        (&Method::GET, [id]) => {
            let id = find(world, caller, id)?;
            Ok(Reply::json(200, &view(&world.scm.persons[&id])))
        }
        (&Method::PUT, [id]) => {
            let id = find(world, caller, id)?;
            update(world, caller, call, id)
        }
        (&Method::DELETE, [id]) => {
            let id = find(world, caller, id)?;
            require_manage(caller)?;
            smime_revoke::revoke_all_of(world, id, 5);
            world.scm.persons.remove(&id);
            Ok(Reply::empty(200))
        }
        _ => Err(Refusal::not_found("Not found")),
    }
}

/// The person with this first or further address, if the caller sees it.
pub(crate) fn by_email<'a>(world: &'a World, caller: &Caller, email: &str) -> Option<&'a Person> {
    world
        .scm
        .persons
        .values()
        .filter(|person| caller.manages(&world.scm, person.organization))
        .find(|person| addresses(person).any(|own| emails::same(own, email)))
}

/// Puts a new person into the list and returns its id.
pub(crate) fn add(world: &mut World, mut person: Person) -> u64 {
    let id = next(&mut world.scm.last_id.person);
    person.id = id;
    world.scm.persons.insert(id, person);
    id
}

fn create(world: &mut World, caller: &Caller, call: &Call) -> Result<Reply, Refusal> {
    require_manage(caller)?;
    let fields = Fields::read(call)?;
    for name in ["firstName", "lastName", "email", "validationType"] {
        if fields.text(name)?.is_none() {
            return Err(Refusal::null(name));
        }
    }
    let organization = fields.id("organizationId")?;
    caller.require_organization(&world.scm, organization)?;
    let mut person = Person::blank(world, caller, organization);
    person.validation_type = validation_type(&fields)?;
    change(world, &fields, &mut person)?;
    check_domains(world, &person)?;
    let id = add(world, person);
    let location = format!("{}/api/person/v1/{id}", call.origin);
    Ok(Reply::empty(201).with("Location", location))
}

/// Members that are not there, or null, stay as they are.
fn update(world: &mut World, caller: &Caller, call: &Call, id: u64) -> Result<Reply, Refusal> {
    require_manage(caller)?;
    let fields = Fields::read(call)?;
    let mut person = world.scm.persons[&id].clone();
    if fields.number("organizationId")?.is_some() {
        person.organization = fields.id("organizationId")?;
        caller.require_organization(&world.scm, person.organization)?;
    }
    if fields.text("validationType")?.is_some() {
        person.validation_type = validation_type(&fields)?;
    }
    change(world, &fields, &mut person)?;
    check_domains(world, &person)?;
    person.modified = world.now();
    person.modified_by.clone_from(&caller.login);
    world.scm.persons.insert(id, person);
    Ok(Reply::empty(200))
}

fn list(world: &World, caller: &Caller, call: &Call) -> Result<Reply, Refusal> {
    let list: Vec<Value> = world
        .scm
        .persons
        .values()
        .filter(|person| caller.manages(&world.scm, person.organization))
        .filter(|person| {
            FILTERS.iter().all(|(name, fits)| {
                call.query(name)
                    .is_none_or(|wanted| fits(person, &wanted.to_lowercase()))
            })
        })
        .map(view)
        .collect();
    paging::page(world, call, list, Total::InHeader)
}

fn view(person: &Person) -> Value {
    json!({
        "id": person.id,
        "organizationId": person.organization,
        "email": person.email,
        "firstName": person.first_name,
        "middleName": person.middle_name,
        "lastName": person.last_name,
        "validationType": person.validation_type,
        "phone": person.phone,
        "commonName": person.common_name,
        "secondaryEmails": person.secondary_emails,
        "eppn": person.eppn,
        "upn": person.upn,
        "created": milliseconds(person.created),
        "createdBy": person.created_by,
        "modified": milliseconds(person.modified),
        "modifiedBy": person.modified_by,
    })
}

fn find(world: &World, caller: &Caller, id: &str) -> Result<u64, Refusal> {
    id.parse()
        .ok()
        .and_then(|id| world.scm.persons.get(&id))
        .filter(|person| caller.manages(&world.scm, person.organization))
        .map(|person| person.id)
        .ok_or_else(|| unknown(world, -105, "Person not found."))
}

fn require_manage(caller: &Caller) -> Result<(), Refusal> {
    caller.require("clientCertManage", "manage persons")
}

type Filter = fn(&Person, &str) -> bool;

/// Filters with a value in lower case; all but the organization match in part.
const FILTERS: [(&str, Filter); 6] = [
    ("name", |p, text| {
        p.full_name().to_lowercase().contains(text)
    }),
    ("organizationId", |p, text| {
        p.organization.to_string() == text
    }),
    ("email", |p, text| p.email.to_lowercase().contains(text)),
    ("commonName", |p, text| {
        p.common_name.to_lowercase().contains(text)
    }),
    ("phone", |p, text| p.phone.contains(text)),
    ("secondaryEmail", |p, text| {
        let mut others = p.secondary_emails.iter();
        others.any(|email| email.to_lowercase().contains(text))
    }),
];
