//! Orders: names, their authorizations, and in the end a certificate.

use super::Server;
use super::ari;
use super::authorizations;
use super::jws::Signed;
use super::problem::Problem;
use crate::ca::Level;
use crate::clock;
use crate::http::Reply;
use crate::names;
use crate::scm::coverage;
use crate::state::World;
use crate::switches::Replaces;
use serde::Serialize;
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

/// A request for a certificate.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Order {
    pub(crate) level: Level,
    pub(crate) account: String,
    pub(crate) names: Vec<String>,
    pub(crate) authorizations: Vec<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) expires: OffsetDateTime,
    pub(crate) replaces: Option<String>,
    /// Set by a good finalize.
    pub(crate) finalized: Option<Finalized>,
    /// Polls that still meet the front end's error page.
    pub(crate) html_polls: u32,
}

/// What a good finalize left behind.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Finalized {
    /// When `processing` ends.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) ready: OffsetDateTime,
    /// Id in the SSL list.
    pub(crate) certificate: u64,
    /// Id in the certificate's URL.
    pub(crate) url_id: String,
}

/// `newOrder`.
pub(crate) fn create(
    world: &mut World,
    server: &Server,
    account: &str,
    signed: &Signed,
) -> Result<Reply, Problem> {
    let wish = signed.object()?;
    let names = identifiers(&wish)?;
    if wish.contains_key("notBefore") || wish.contains_key("notAfter") {
        return Err(Problem::malformed(
            "notBefore and notAfter are not supported",
        ));
    }
    for name in &names {
        permitted(world, server, account, name)?;
    }
    organization_is_validated(world, server, account)?;
    let replaces = replaces(world, &wish)?;
    let authorizations = names
        .iter()
        .map(|name| authorizations::create(world, account, name))
        .collect();
    let id = crate::random::id();
    let order = Order {
        level: server.level,
        account: account.to_owned(),
        names,
        authorizations,
        expires: world.now() + Duration::days(7),
        replaces,
        finalized: None,
        html_polls: world.switches.acme_html_500_polls,
    };
    world.acme.orders.insert(id.clone(), order);
    let location = server.url(&format!("order/{id}"));
    Ok(Reply::json(201, &view(world, server, &id)).with("Location", location))
}

/// POST-as-GET of an order.
pub(crate) fn show(
    world: &mut World,
    server: &Server,
    account: &str,
    id: &str,
) -> Result<Reply, Problem> {
    own(world, account, id)?;
    if let Some(order) = world.acme.orders.get_mut(id)
        && order.finalized.is_some()
        && order.html_polls > 0
    {
        order.html_polls -= 1;
        return Ok(Reply::text(500, "text/html", HTML_500));
    }
    Ok(reply(world, server, id))
}

/// An order's present state with the headers that go with it.
pub(crate) fn reply(world: &World, server: &Server, id: &str) -> Reply {
    let body = view(world, server, id);
    let reply = Reply::json(200, &body).with("Location", server.url(&format!("order/{id}")));
    if body["status"] == "processing" {
        reply.with("Retry-After", world.switches.acme_retry_after.to_string())
    } else {
        reply
    }
}

/// Refuses an order that the account does not own.
pub(crate) fn own<'a>(world: &'a World, account: &str, id: &str) -> Result<&'a Order, Problem> {
    world
        .acme
        .orders
        .get(id)
        .filter(|order| order.account == account)
        .ok_or_else(|| Problem {
            status: 404,
            ..Problem::malformed("Unknown order")
        })
}

/// The status of an order, worked out from its parts.
pub(crate) fn status(world: &World, order: &Order) -> &'static str {
    let now = world.now();
    if let Some(finalized) = &order.finalized {
        return if finalized.ready > now {
            "processing"
        } else {
            "valid"
        };
    }
    let statuses: Vec<&str> = order
        .authorizations
        .iter()
        .filter_map(|id| world.acme.authorizations.get(id))
        .map(|authorization| authorization.status(now))
        .collect();
    if order.expires <= now || statuses.iter().any(|s| !matches!(*s, "pending" | "valid")) {
        "invalid"
    } else if statuses.contains(&"pending") {
        "pending"
    } else {
        "ready"
    }
}

/// The URLs of an account's orders.
pub(crate) fn list(world: &World, server: &Server, account: &str) -> Value {
    let orders: Vec<String> = world
        .acme
        .orders
        .iter()
        .filter(|(_, order)| order.account == account)
        .map(|(id, _)| server.url(&format!("order/{id}")))
        .collect();
    json!({"orders": orders})
}

fn view(world: &World, server: &Server, id: &str) -> Value {
    let Some(order) = world.acme.orders.get(id) else {
        return Value::Null;
    };
    let identifiers: Vec<Value> = order
        .names
        .iter()
        .map(|name| json!({"type": "dns", "value": name}))
        .collect();
    let authorizations: Vec<String> = order
        .authorizations
        .iter()
        .map(|id| server.url(&format!("authz/{id}")))
        .collect();
    let status = status(world, order);
    let mut view = json!({
        "status": status,
        "expires": clock::rfc3339(order.expires),
        "identifiers": identifiers,
        "authorizations": authorizations,
        "finalize": server.url(&format!("order/{id}/finalize")),
    });
    if let Some(finalized) = order.finalized.as_ref().filter(|_| status == "valid") {
        view["certificate"] = json!(server.url(&format!("cert/{}", finalized.url_id)));
    }
    if let Some(replaces) = &order.replaces {
        view["replaces"] = json!(replaces);
    }
    if status == "invalid" {
        let problem = Problem::unauthorized("An authorization of the order failed or expired");
        view["error"] = problem.document();
    }
    view
}

fn identifiers(wish: &Map<String, Value>) -> Result<Vec<String>, Problem> {
    let items = wish
        .get("identifiers")
        .and_then(Value::as_array)
        .filter(|items| !items.is_empty())
        .ok_or_else(|| Problem::malformed("An order needs identifiers"))?;
    let mut names = Vec::new();
    for item in items {
        if item.get("type") != Some(&json!("dns")) {
            let text = "Only identifiers of type dns are supported";
            return Err(Problem::new(400, "unsupportedIdentifier", text));
        }
        let text = item
            .get("value")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let name = names::parse(text).ok_or_else(|| {
            Problem::new(
                400,
                "rejectedIdentifier",
                format!("'{text}' is no DNS name"),
            )
        })?;
        if names.contains(&name) {
            return Err(Problem::malformed(format!("'{name}' is there twice")));
        }
        names.push(name);
    }
    Ok(names)
}

/// A name must be on the SCM account's list and still delegated to the
/// account's organization.
fn permitted(world: &World, server: &Server, account: &str, name: &str) -> Result<(), Problem> {
    if server.level == Level::Extended && name.starts_with("*.") {
        let text = format!("{name}: EV certificates hold no wildcards");
        return Err(Problem::new(400, "rejectedIdentifier", text));
    }
    let Some(owner) = owner(world, account) else {
        return Ok(());
    };
    let fine = coverage::is_mapped(&owner.domains, &world.switches, name)
        && coverage::is_delegated(&world.scm, &world.switches, name, owner.organization, "SSL");
    if fine {
        Ok(())
    } else {
        Err(Problem::unauthorized(NOT_DELEGATED))
    }
}

fn organization_is_validated(world: &World, server: &Server, account: &str) -> Result<(), Problem> {
    if server.level == Level::Domain {
        return Ok(());
    }
    let organization = owner(world, account)
        .and_then(|owner| world.scm.organizations.get(&owner.organization))
        .and_then(|organization| organization.validation.as_ref())
        .filter(|validation| validation.expires > world.now())
        .filter(|validation| {
            validation.level == Level::Extended || validation.level == server.level
        });
    match organization {
        Some(_) => Ok(()),
        None => Err(Problem::unauthorized("The organization is not validated")),
    }
}

fn replaces(world: &World, wish: &Map<String, Value>) -> Result<Option<String>, Problem> {
    let Some(value) = wish.get("replaces") else {
        return Ok(None);
    };
    match world.switches.acme_replaces {
        // win-acme #2607, June 2024.
        Replaces::Malformed => {
            return Err(Problem {
                terse: true,
                ..Problem::malformed("")
            });
        }
        Replaces::Ignored => return Ok(None),
        Replaces::Accepted => {}
    }
    let id = value.as_str().unwrap_or_default();
    if ari::find(world, id).is_none() {
        return Err(Problem::malformed(
            "'replaces' names no certificate of this server",
        ));
    }
    let taken =
        world.acme.orders.values().any(|order| {
            order.replaces.as_deref() == Some(id) && status(world, order) != "invalid"
        });
    if taken {
        return Err(Problem::new(
            409,
            "alreadyReplaced",
            "The certificate has a replacement already",
        ));
    }
    Ok(Some(id.to_owned()))
}

/// The SCM account behind an ACME account.
pub(crate) fn owner<'a>(world: &'a World, account: &str) -> Option<&'a crate::state::AcmeAccount> {
    let id = world.acme.accounts.get(account)?.owner?;
    world.scm.acme_accounts.get(&id)
}

/// OmniTrustILM/core #2204.
const NOT_DELEGATED: &str = "A requested identifier has not been delegated";
const HTML_500: &str = "<html>\r\n<head><title>500 Internal Server Error</title></head>\r\n\
    <body>\r\n<center><h1>500 Internal Server Error</h1></center>\r\n</body>\r\n</html>\r\n";
