//! Making, changing and deleting administrators.

use super::auth::Caller;
use super::body::Fields;
use super::emails;
use super::errors::{Refusal, unauthorized_to};
use super::roles;
use crate::http::{Call, Reply};
use crate::state::{Access, Administrator, Credential, World, next};
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

/// The lab's part of the vendor's password rules.
pub(crate) fn check_password(password: &str, login: &str) -> Result<(), Refusal> {
    if password.len() < 8 {
        let text = "Password policy violated: Password must be 8 or more characters in length.";
        return Err(Refusal::new(-7306, text));
    }
    if password.contains(login) {
        return Err(Refusal::new(-982, "New password must not contain Login."));
    }
    Ok(())
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

/// Puts what the body says into the administrator.
fn change(
    world: &World,
    caller: &Caller,
    fields: &Fields,
    administrator: &mut Administrator,
) -> Result<(), Refusal> {
    match fields.text("type")?.as_deref() {
        None => {}
        Some("STANDARD") => administrator.kind = "STANDARD",
        Some("API") => administrator.kind = "API",
        // They log in elsewhere, and there is no elsewhere here.
        Some(_) => return Err(Refusal::invalid("type")),
    }
    if fields.number("identityProviderId")?.is_some() {
        return Err(Refusal::invalid("identityProviderId"));
    }
    if let Some(login) = fields.text("login")? {
        let good = |letter: char| letter.is_ascii_alphanumeric() || "!@_.-+'".contains(letter);
        if !(3..=128).contains(&login.len()) {
            return Err(Refusal::size("login", 3, 128));
        }
        let taken = world
            .scm
            .administrators
            .iter()
            .any(|other| other.login == login && other.id != administrator.id);
        if taken || !login.chars().all(good) {
            return Err(Refusal::invalid("login"));
        }
        administrator.login = login;
    }
    for (name, place) in [
        ("forename", &mut administrator.forename),
        ("surname", &mut administrator.surname),
    ] {
        if let Some(text) = fields.text(name)? {
            *place = personal_name(name, text)?;
        }
    }
    if let Some(email) = fields.text("email")? {
        administrator.email = emails::parse(&email)
            .filter(|email| email.len() <= 128)
            .ok_or_else(|| Refusal::new(-237, "Client Admin's Email is invalid"))?;
    }
    if let Some(serial) = fields.text("certificateSerialNumber")? {
        let digits = serial.strip_prefix("0x").unwrap_or(&serial);
        let good = |letter: char| letter.is_ascii_hexdigit() || letter == ':';
        if digits.is_empty() || !digits.chars().all(good) {
            return Err(Refusal::invalid("certificateSerialNumber"));
        }
        administrator.auth_cert = serial;
    }
    for (name, shown, max) in CONTACT {
        if fields.text(name)?.is_some() {
            let text = fields.text_up_to(name, max)?;
            administrator.contact.insert(shown, text);
        }
    }
    match fields.text("activeStatus")?.as_deref() {
        None => {}
        Some("ACTIVE") => administrator.suspended = false,
        Some("SUSPENDED") => administrator.suspended = true,
        Some(_) => return Err(Refusal::unparseable()),
    }
    if fields.list("privileges")?.is_some() {
        administrator.access.privileges = fields
            .texts("privileges")?
            .iter()
            .map(|name| roles::privilege(name).ok_or_else(|| Refusal::invalid("privileges")))
            .collect::<Result<_, _>>()?;
    }
    if fields.list("credentials")?.is_some() {
        administrator.access.credentials = credentials(world, caller, fields)?;
    }
    if let Some(password) = fields.text("password")? {
        if password.len() > 64 {
            return Err(Refusal::size("password", 0, 64));
        }
        check_password(&password, &administrator.login)?;
        administrator.set_password(password, world.now());
    }
    Ok(())
}

fn credentials(
    world: &World,
    caller: &Caller,
    fields: &Fields,
) -> Result<Vec<Credential>, Refusal> {
    let mut credentials = Vec::new();
    for item in fields.list("credentials")?.unwrap_or_default() {
        let item = Fields::of(item)?;
        let name = item.required_text("role", 1, 32)?;
        let role = roles::role(&name).ok_or_else(Refusal::unparseable)?;
        let organization = match (role, item.number("orgId")?) {
            ("MRAO", _) => None,
            (_, None) => {
                let text =
                    "Please select at least one Organization/Department for each selected role";
                return Err(Refusal::new(-221, text));
            }
            (_, Some(_)) => Some(item.id("orgId")?),
        };
        if let Some(id) = organization {
            let found = world.scm.organizations.get(&id);
            let found = found.ok_or_else(|| Refusal::new(-1023, "Organization not found."))?;
            if found.parent.is_some() != (roles::rank(role) == 1) {
                return Err(Refusal::invalid("credentials"));
            }
            if !caller.manages(&world.scm, id) {
                let text = format!(
                    "This Admin account does not have privileges required to manage '{}'.",
                    found.name
                );
                return Err(Refusal::new(-226, text));
            }
        }
        let credential = Credential { role, organization };
        if !credentials.contains(&credential) {
            credentials.push(credential);
        }
    }
    let Some(first) = credentials.first() else {
        return Err(Refusal::empty("credentials"));
    };
    if credentials
        .iter()
        .any(|other| roles::rank(other.role) != roles::rank(first.role))
    {
        return Err(Refusal::new(-222, "Please select roles for the same level"));
    }
    Ok(credentials)
}

fn personal_name(name: &str, text: String) -> Result<String, Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::blank(name));
    }
    if text.chars().count() > 64 {
        return Err(Refusal::size(name, 0, 64));
    }
    if text.contains(|letter| "><!@#$%|\\()~?/&_+=\":;,{}[]".contains(letter)) {
        return Err(Refusal::invalid(name));
    }
    Ok(text)
}

/// Members of requests, how replies call them, and their greatest length.
const CONTACT: [(&str, &str, usize); 8] = [
    ("title", "title", 64),
    ("telephone", "phone", 32),
    ("street", "street", 128),
    ("locality", "city", 128),
    ("state", "state", 128),
    ("postalCode", "zip", 40),
    ("country", "country", 2),
    ("relationship", "relationship", 256),
];
