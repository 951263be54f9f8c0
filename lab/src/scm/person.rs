//! A person, and what may be written into its record.

use super::auth::Caller;
use super::body::Fields;
use super::coverage;
use super::emails;
use super::errors::Refusal;
use crate::state::World;
use serde::Serialize;
use time::OffsetDateTime;

/// A person of an organization or a department.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Person {
    pub(crate) id: u64,
    pub(crate) guid: String,
    pub(crate) organization: u64,
    pub(crate) first_name: String,
    pub(crate) middle_name: String,
    pub(crate) last_name: String,
    pub(crate) common_name: String,
    pub(crate) email: String,
    pub(crate) secondary_emails: Vec<String>,
    pub(crate) phone: String,
    pub(crate) eppn: String,
    pub(crate) upn: String,
    /// `STANDARD` or `HIGH`.
    pub(crate) validation_type: &'static str,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created: OffsetDateTime,
    pub(crate) created_by: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) modified: OffsetDateTime,
    pub(crate) modified_by: String,
}

impl Person {
    /// First, middle and last name.
    pub(crate) fn full_name(&self) -> String {
        full_name([&self.first_name, &self.middle_name, &self.last_name])
    }

    /// A person whom nothing is known of yet.
    pub(crate) fn blank(world: &World, caller: &Caller, organization: u64) -> Self {
        let now = world.now();
        Self {
            id: 0,
            guid: crate::random::hex::<16>(),
            organization,
            first_name: String::new(),
            middle_name: String::new(),
            last_name: String::new(),
            common_name: String::new(),
            email: String::new(),
            secondary_emails: Vec::new(),
            phone: String::new(),
            eppn: String::new(),
            upn: String::new(),
            validation_type: "STANDARD",
            created: now,
            created_by: caller.login.clone(),
            modified: now,
            modified_by: caller.login.clone(),
        }
    }
}

/// Puts what a body says into a person; used by enrollments, too.
pub(crate) fn change(world: &World, fields: &Fields, person: &mut Person) -> Result<(), Refusal> {
    for (name, place, max, blank) in [
        ("firstName", &mut person.first_name, 64, false),
        ("middleName", &mut person.middle_name, 64, true),
        ("lastName", &mut person.last_name, 64, false),
        ("commonName", &mut person.common_name, 64, true),
        ("eppn", &mut person.eppn, 128, true),
        ("upn", &mut person.upn, 256, true),
        ("phone", &mut person.phone, 32, true),
    ] {
        let Some(text) = fields.text(name)? else {
            continue;
        };
        if !blank && text.trim().is_empty() {
            return Err(Refusal::blank(name));
        }
        *place = fields.text_up_to(name, max)?;
    }
    let good = |letter: char| letter.is_ascii_digit() || "#|()-+ x".contains(letter);
    if !person.phone.chars().all(good) {
        return Err(Refusal::invalid("phone"));
    }
    if let Some(email) = fields.text("email")? {
        person.email = address("email", &email)?;
    }
    if fields.list("secondaryEmails")?.is_some() {
        person.secondary_emails = fields
            .texts("secondaryEmails")?
            .iter()
            .map(|email| address("secondaryEmails", email))
            .collect::<Result<_, _>>()?;
    }
    let taken = world
        .scm
        .persons
        .values()
        .filter(|other| other.id != person.id)
        .any(|other| {
            addresses(other).any(|one| addresses(person).any(|own| emails::same(own, one)))
        });
    if taken {
        return Err(Refusal::invalid("email"));
    }
    if person.common_name.is_empty() {
        person.common_name = person.full_name();
    }
    Ok(())
}

/// Refuses addresses in domains that the organization may not use for S/MIME.
pub(crate) fn check_domains(world: &World, person: &Person) -> Result<(), Refusal> {
    let (scm, switches) = (&world.scm, &world.switches);
    for domain in addresses(person).map(|address| emails::domain(address)) {
        let organization = person.organization;
        if !coverage::is_delegated(scm, switches, &domain, organization, "SMIME") {
            let text = format!("Domain {domain} is not allowed.");
            return Err(Refusal::new(-1010, text));
        }
    }
    Ok(())
}

/// All addresses of a person, the first one first.
pub(crate) fn addresses(person: &Person) -> impl Iterator<Item = &String> {
    std::iter::once(&person.email).chain(&person.secondary_emails)
}

/// The member `validationType`, which must be there.
pub(crate) fn validation_type(fields: &Fields) -> Result<&'static str, Refusal> {
    match fields.text("validationType")?.as_deref() {
        Some("STANDARD") => Ok("STANDARD"),
        Some("HIGH") => Ok("HIGH"),
        _ => Err(Refusal::unparseable()),
    }
}

/// Names joined with blanks.
fn full_name(names: [&String; 3]) -> String {
    let parts: Vec<&str> = names
        .into_iter()
        .map(|name| name.trim())
        .filter(|name| !name.is_empty())
        .collect();
    parts.join(" ")
}

fn address(field: &str, text: &str) -> Result<String, Refusal> {
    if text.is_empty() {
        return Err(Refusal::empty(field));
    }
    emails::parse(text)
        .filter(|address| address.len() <= 128)
        .ok_or_else(|| {
            let text = format!("Value of '{field}' must be a well-formed email address.");
            Refusal::new(-1001, text)
        })
}
