//! Administrators, their roles and their API keys.

use super::answer::{self, Answer, Refusal};
use super::request::Request;
use crate::http::Call;
use crate::random;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;
use time::{Duration, OffsetDateTime};

/// Somebody with a login.
#[derive(Clone, Debug)]
pub(crate) struct Admin {
    pub(crate) name: &'static str,
    pub(crate) password: String,
    pub(crate) role: Role,
}

/// What an administrator may do over the API.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// Everything.
    Superuser,
    /// A custom role: all that certificates need, nothing else.
    Certificates,
    /// A custom role that may look, but neither change nor commit.
    Reader,
    /// Rules one virtual system: no `request certificate`.
    VsysAdmin,
}

impl Role {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Superuser => "superuser",
            Self::Certificates => "certificates",
            Self::Reader => "reader",
            Self::VsysAdmin => "vsysadmin",
        }
    }

    fn may(self, kind: &str, action: &str) -> bool {
        match self {
            Self::Superuser | Self::Certificates | Self::VsysAdmin => true,
            Self::Reader => match kind {
                "config" => matches!(action, "get" | "show"),
                "op" | "version" | "export" => true,
                _ => false,
            },
        }
    }
}

/// API keys that were given out.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    given: HashMap<String, Key>,
}

#[derive(Debug)]
struct Key {
    admin: &'static str,
    ends: Option<OffsetDateTime>,
}

impl Keys {
    /// Without a lifetime the same administrator gets the same key again.
    fn issue(&mut self, admin: &'static str, now: OffsetDateTime, minutes: i64) -> String {
        let known = self
            .given
            .iter()
            .find(|(_, key)| key.admin == admin && key.ends.is_none());
        if let (0, Some((text, _))) = (minutes, known) {
            return text.clone();
        }
        // pan-python sends keys as they are, so they hold nothing that URLs mind.
        let text = format!("LUFRPT1{}==", random::alphanumeric(40));
        let ends = (minutes > 0).then(|| now + Duration::minutes(minutes));
        self.given.insert(text.clone(), Key { admin, ends });
        text
    }

    fn admin(&self, text: &str, now: OffsetDateTime) -> Option<&'static str> {
        let key = self.given.get(text)?;
        key.ends.is_none_or(|ends| now < ends).then_some(key.admin)
    }

    /// "Expire all API keys"
    pub(crate) fn expire(&mut self) {
        self.given.clear();
    }
}

/// The administrators of all devices.
pub(crate) fn admins() -> Vec<Admin> {
    [
        ("admin", Role::Superuser),
        ("api-cert", Role::Certificates),
        ("alice", Role::Superuser),
        ("reader", Role::Reader),
        ("vsys-admin", Role::VsysAdmin),
    ]
    .map(|(name, role)| Admin {
        name,
        password: random::alphanumeric(20),
        role,
    })
    .to_vec()
}

/// Answers `type=keygen`.
pub(crate) fn keygen(
    keys: &mut Keys,
    admins: &[Admin],
    request: &Request,
    now: OffsetDateTime,
    minutes: i64,
) -> Answer {
    let user = request.get("user").unwrap_or_default();
    let password = request.get("password").unwrap_or_default();
    let admin = admins
        .iter()
        .find(|admin| admin.name == user && admin.password == password)
        .ok_or_else(bad_credential)?;
    let mut reply = answer::key(&keys.issue(admin.name, now, minutes));
    reply.login = Some(admin.name.to_owned());
    Ok(reply)
}

/// Who asks: by key in a header or a parameter, or by user and password.
pub(crate) fn identify<'a>(
    keys: &Keys,
    admins: &'a [Admin],
    call: &Call,
    request: &Request,
    now: OffsetDateTime,
) -> Result<&'a Admin, Refusal> {
    let by_name = |name: &str| admins.iter().find(|admin| admin.name == name);
    let key = call.header("x-pan-key").or_else(|| request.get("key"));
    if let Some(key) = key {
        return keys
            .admin(key, now)
            .and_then(by_name)
            .ok_or_else(bad_credential);
    }
    let (user, password) = basic(call).ok_or_else(bad_credential)?;
    by_name(&user)
        .filter(|admin| admin.password == password)
        .ok_or_else(bad_credential)
}

/// Whether the role allows this kind of request.
pub(crate) fn authorize(admin: &Admin, request: &Request) -> Result<(), Refusal> {
    let kind = request.get("type").unwrap_or_default();
    let action = request.get("action").unwrap_or_default();
    if admin.role.may(kind, action) {
        return Ok(());
    }
    Err(not_authorized(kind, admin.role))
}

pub(crate) fn not_authorized(kind: &str, role: Role) -> Refusal {
    Refusal::forbidden(format!(
        "Type [{kind}] not authorized for user role {}.",
        role.label()
    ))
}

fn basic(call: &Call) -> Option<(String, String)> {
    let encoded = call.header("authorization")?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn bad_credential() -> Refusal {
    Refusal::forbidden("Invalid Credential")
}
