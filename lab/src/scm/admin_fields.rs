//! What may be written into an administrator's record.

use super::auth::Caller;
use super::body::Fields;
use super::emails;
use super::errors::Refusal;
use super::roles;
use crate::state::{Administrator, Credential, World};

/// Puts what the body says into the administrator.
pub(crate) fn change(
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
