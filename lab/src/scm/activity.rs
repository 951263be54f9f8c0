//! The activity log: which administrator did what.

use super::admins;
use super::auth::Caller;
use super::body::Fields;
use super::errors::Refusal;
use super::reports::moment;
use crate::clock::milliseconds;
use crate::http::{Call, Reply};
use crate::state::World;
use hyper::Method;
use serde::Serialize;
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

/// A record of the log.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Activity {
    guid: String,
    action: &'static str,
    #[serde(with = "time::serde::rfc3339")]
    date: OffsetDateTime,
    login: String,
    full_name: String,
    email: String,
    address: String,
    description: String,
    /// What it was done to, under the names of the report.
    objects: Map<String, Value>,
}

/// An action that begins, with what is known before it.
pub(crate) struct Event {
    action: &'static str,
    path: Vec<String>,
    objects: Map<String, Value>,
}

/// Looks at a request before it takes effect: afterwards its object may be gone.
pub(crate) fn begin(world: &World, call: &Call, path: &[&str]) -> Option<Event> {
    let action = action(&call.method, path)?;
    let id = path.iter().rev().find_map(|part| part.parse().ok());
    Some(Event {
        action,
        path: path.iter().map(|part| (*part).to_owned()).collect(),
        objects: id.map_or_else(Map::new, |id| objects(world, path[0], id)),
    })
}

/// Notes an action that succeeded.
pub(crate) fn note(world: &mut World, caller: &Caller, call: &Call, event: Event, reply: &Reply) {
    let Event {
        action,
        path,
        mut objects,
    } = event;
    if let Some(id) = created(reply).filter(|_| objects.is_empty()) {
        objects = self::objects(world, &path[0], id);
    }
    let who = world
        .scm
        .administrators
        .iter()
        .find(|administrator| administrator.login == caller.login);
    let full_name = who.map_or_else(
        || caller.login.clone(),
        |who| format!("{} {}", who.forename, who.surname),
    );
    let activity = Activity {
        guid: crate::random::hex::<16>(),
        action,
        date: world.now(),
        login: caller.login.clone(),
        full_name,
        email: who.map_or_else(String::new, |who| who.email.clone()),
        address: call.peer.ip().to_string(),
        description: format!("{action}: /{}", path.join("/")),
        objects,
    };
    world.scm.activity.push(activity);
}

/// The rows of the report: of administrators that the caller sees.
pub(crate) fn rows(world: &World, caller: &Caller, fields: &Fields) -> Result<Vec<Value>, Refusal> {
    let from = moment(fields, "from")?;
    let mut to = moment(fields, "to")?;
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        return Err(Refusal::invalid("from"));
    }
    // A day counts to its end.
    if fields.text("to")?.is_some_and(|text| text.len() == 10) {
        to = to.map(|day| day + Duration::days(1) - Duration::MILLISECOND);
    }
    let seen = |login: &str| {
        caller.is_mrao()
            || login == caller.login
            || world
                .scm
                .administrators
                .iter()
                .any(|other| other.login == login && admins::sees(world, caller, other))
    };
    let rows = world
        .scm
        .activity
        .iter()
        .enumerate()
        .filter(|(_, activity)| from.is_none_or(|from| from <= activity.date))
        .filter(|(_, activity)| to.is_none_or(|to| activity.date <= to))
        .filter(|(_, activity)| seen(&activity.login))
        .map(|(index, activity)| row(index, activity))
        .collect();
    Ok(rows)
}

fn row(index: usize, activity: &Activity) -> Value {
    let number = ACTIONS
        .iter()
        .position(|(_, _, name)| *name == activity.action);
    let mut row = json!({
        "id": index + 1,
        "guid": activity.guid,
        "accessMethod": "Web API",
        "date": milliseconds(activity.date),
        "address": activity.address,
        "description": activity.description,
        "action": {"id": number, "actionName": activity.action},
        "admin": {
            "login": activity.login,
            "fullName": activity.full_name,
            "email": activity.email,
        },
    });
    for (name, value) in &activity.objects {
        row[name] = value.clone();
    }
    row
}

/// The id that a creation tells.
fn created(reply: &Reply) -> Option<u64> {
    let location = reply
        .headers
        .iter()
        .find(|(name, _)| name == "Location")
        .and_then(|(_, url)| url.rsplit('/').next()?.parse().ok());
    location.or_else(|| {
        let body: Value = serde_json::from_slice(&reply.body).ok()?;
        body["sslId"]
            .as_u64()
            .or_else(|| body["orderNumber"].as_u64())
    })
}

/// Certificate, person and organization behind an id.
fn objects(world: &World, kind: &str, id: u64) -> Map<String, Value> {
    let mut objects = Map::new();
    let mut organization = None;
    let mut person = None;
    if kind == "ssl"
        && let Some(certificate) = world.scm.certificates.get(&id)
    {
        organization = Some(certificate.organization);
        let mut profiles = world.scm.profiles.iter();
        let profile = profiles.find(|profile| profile.id == certificate.profile);
        objects.insert(
            "ssl".to_owned(),
            json!({
                "commonName": certificate.common_name,
                "backendCertId": (certificate.id + 700_000).to_string(),
                "term": certificate.term,
                "type": profile.map(|profile| &profile.name),
            }),
        );
    }
    let mut client_certificates = world.scm.client_certificates.values();
    if kind == "smime"
        && let Some(certificate) = client_certificates.find(|one| one.backend_id == id)
    {
        organization = Some(certificate.organization);
        person = Some(certificate.person);
        objects.insert(
            "smime".to_owned(),
            json!({
                "subject": format!("CN={}", certificate.common_name),
                "orderNumber": certificate.backend_id,
                "backendCertId": certificate.backend_id.to_string(),
            }),
        );
    }
    if kind == "person" {
        person = Some(id);
    }
    if let Some(person) = person.and_then(|id| world.scm.persons.get(&id)) {
        organization = Some(person.organization);
        objects.insert(
            "person".to_owned(),
            json!({
                "name": person.full_name(),
                "email": person.email,
                "guid": person.guid,
            }),
        );
    }
    if let Some(organization) = organization.and_then(|id| world.scm.organizations.get(&id)) {
        objects.insert("org".to_owned(), json!({"name": organization.name}));
    }
    objects
}

fn action(method: &Method, path: &[&str]) -> Option<&'static str> {
    let (service, rest) = match path {
        [service, _version, rest @ ..] => (*service, rest),
        _ => return None,
    };
    ACTIONS
        .iter()
        .find(|(wanted, pattern, _)| {
            let mut parts = pattern.split('/');
            *wanted == method.as_str()
                && parts.next() == Some(service)
                && matches(parts.collect(), rest)
        })
        .map(|(_, _, name)| *name)
}

/// Whether a path has the parts of a pattern; `*` stands for any one part and
/// `**` for any number of them.
fn matches(pattern: Vec<&str>, path: &[&str]) -> bool {
    let open = pattern.last() == Some(&"**");
    let fixed = pattern.len() - usize::from(open);
    let long_enough = if open {
        path.len() >= fixed
    } else {
        path.len() == fixed
    };
    long_enough
        && pattern
            .into_iter()
            .take(fixed)
            .zip(path)
            .all(|(wanted, part)| wanted == "*" || wanted == *part)
}

/// What is noted, after the example of the manual: kind of object, then action.
const ACTIONS: [(&str, &str, &str); 31] = [
    (
        "POST",
        "admin/changepassword",
        "ClientAdmin: password changed",
    ),
    ("POST", "admin", "ClientAdmin: created"),
    ("PUT", "admin/*", "ClientAdmin: updated"),
    ("DELETE", "admin/*", "ClientAdmin: deleted"),
    ("POST", "person", "Person: created"),
    ("PUT", "person/*", "Person: updated"),
    ("DELETE", "person/*", "Person: deleted"),
    ("POST", "domain", "Domain: created"),
    ("POST", "domain/delegation", "Domain: delegated"),
    ("DELETE", "domain/*", "Domain: deleted"),
    ("PUT", "domain/*/activate", "Domain: activated"),
    ("PUT", "domain/*/suspend", "Domain: suspended"),
    ("PUT", "domain/*/monitoring", "Domain: monitoring changed"),
    ("POST", "domain/*/delegation", "Domain: delegated"),
    (
        "DELETE",
        "domain/*/delegation",
        "Domain: delegation removed",
    ),
    (
        "POST",
        "domain/*/delegation/approve",
        "Domain: delegation approved",
    ),
    (
        "POST",
        "domain/*/delegation/reject",
        "Domain: delegation rejected",
    ),
    ("POST", "dcv/validation/start/**", "DCV: started"),
    ("POST", "dcv/validation/submit/**", "DCV: submitted"),
    ("POST", "dcv/validation/clear", "DCV: cleared"),
    ("POST", "ssl/enroll", "SSL: requested"),
    ("POST", "ssl/approve/*", "SSL: approved"),
    ("POST", "ssl/decline/*", "SSL: declined"),
    ("POST", "ssl/renewById/*", "SSL: renewed"),
    ("POST", "ssl/renew/**", "SSL: renewed"),
    ("POST", "ssl/replace/*", "SSL: replaced"),
    ("POST", "ssl/revoke/**", "SSL: revoked"),
    ("POST", "smime/enroll", "Client certificate: requested"),
    ("POST", "smime/renew/**", "Client certificate: renewed"),
    ("POST", "smime/replace/**", "Client certificate: replaced"),
    ("POST", "smime/revoke/**", "Client certificate: revoked"),
];
