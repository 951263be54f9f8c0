//! Making, changing and deleting administrators.

use super::admin_fields::change;
use super::auth::Caller;
use super::body::Fields;
use super::errors::{Refusal, unauthorized_to};
use super::roles;
use crate::http::{Call, Reply};
use crate::state::{Access, Administrator, World, next};
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};

/// `POST /api/admin/v1`.
pub(crate) fn create(world: &mut World, caller: &Caller, call: &Call) -> Result<Reply, Refusal> {
    let fields = Fields::read(call)?;
    for name in ["login", "password", "forename", "surname", "email"] {
        if fields.text(name)?.is_none() {
            return Err(Refusal::null(name));
        }
    }
    if fields.list("credentials")?.is_none() {
        return Err(Refusal::empty("credentials"));
    }
    let now = world.now();
    let creator = world
        .scm
        .administrators
        .iter()
        .find(|administrator| administrator.login == caller.login)
        .map(|administrator| administrator.id);
    let mut new = Administrator {
        id: 0,
        login: String::new(),
        password: String::new(),
        access: Access {
            credentials: Vec::new(),
            privileges: std::collections::BTreeSet::new(),
        },
        password_expires: None,
        kind: "STANDARD",
        email: String::new(),
        forename: String::new(),
        surname: String::new(),
        suspended: false,
        creator,
        created: now,
        modified: now,
        password_changed: now,
        auth_cert: String::new(),
        contact: BTreeMap::new(),
    };
    change(world, caller, &fields, &mut new)?;
    if !reaches_all(world, caller, &new, "allowCreate") {
        let text = "You have no privilege to create this admin user.";
        return Err(Refusal::new(-233, text));
    }
    roles::check_privileges(caller, &new.access.credentials, &new.access.privileges)?;
    new.id = next(&mut world.scm.last_id.administrator);
    let location = format!("{}/api/admin/v1/{}", call.origin, new.id);
    world.scm.administrators.push(new);
    Ok(Reply::empty(201).with("Location", location))
}

/// `PUT /api/admin/v1/{id}`: members that are not there stay as they are.
pub(crate) fn update(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    index: usize,
) -> Result<Reply, Refusal> {
    let old = world.scm.administrators[index].clone();
    if !reaches_all(world, caller, &old, "allowEdit") {
        return Err(unauthorized_to("edit this administrator"));
    }
    let mut new = old.clone();
    change(world, caller, &Fields::read(call)?, &mut new)?;
    if new.access.credentials != old.access.credentials {
        if !reaches_all(world, caller, &new, "allowEdit") {
            let text = "You have no privilege to modify the role of this admin.";
            return Err(Refusal::new(-253, text));
        }
        keep_a_master(world, &old, Some(&new))?;
    }
    if new.suspended {
        keep_a_master(world, &old, None)?;
    }
    let added = &new.access.privileges - &old.access.privileges;
    roles::check_privileges(caller, &new.access.credentials, &added)?;
    new.modified = world.now();
    world.scm.administrators[index] = new;
    Ok(Reply::empty(200))
}

/// `DELETE /api/admin/v1/{id}`, with a successor for what it requested.
pub(crate) fn delete(
    world: &mut World,
    caller: &Caller,
    call: &Call,
    index: usize,
) -> Result<Reply, Refusal> {
    let old = world.scm.administrators[index].clone();
    if !reaches_all(world, caller, &old, "allowDelete") || old.login == caller.login {
        return Err(unauthorized_to("delete this administrator"));
    }
    keep_a_master(world, &old, None)?;
    if let Some(wanted) = call.query("replacingRequesterId") {
        let successor = world
            .scm
            .administrators
            .iter()
            .find(|other| other.id.to_string() == wanted && other.id != old.id)
            .map(|other| other.login.clone())
            .ok_or_else(|| Refusal::invalid("replacingRequesterId"))?;
        for certificate in world.scm.certificates.values_mut() {
            if certificate.requester == old.login {
                certificate.requester.clone_from(&successor);
            }
        }
    }
    world.scm.administrators.remove(index);
    Ok(Reply::empty(204))
}

impl Administrator {
    /// A password lives for half a year.
    pub(crate) fn set_password(&mut self, password: String, now: OffsetDateTime) {
        self.password = password;
        self.password_changed = now;
        self.password_expires = Some(now + Duration::days(180));
    }
}

fn reaches_all(world: &World, caller: &Caller, other: &Administrator, peer: &str) -> bool {
    let mut credentials = other.access.credentials.iter();
    credentials.all(|credential| roles::reaches(&world.scm, caller, credential, peer))
}

/// Refuses to take the last master's role away.
fn keep_a_master(
    world: &World,
    old: &Administrator,
    new: Option<&Administrator>,
) -> Result<(), Refusal> {
    let is_master = |a: &Administrator| {
        let mut credentials = a.access.credentials.iter();
        !a.suspended && credentials.any(|credential| credential.role == "MRAO")
    };
    let others = world
        .scm
        .administrators
        .iter()
        .any(|other| other.id != old.id && is_master(other));
    if is_master(old) && !others && !new.is_some_and(is_master) {
        let text = "Cannot change the role of the only MRAO user.";
        return Err(Refusal::new(-219, text));
    }
    Ok(())
}
