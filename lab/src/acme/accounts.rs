//! ACME accounts: the clients' side of an SCM account.

use super::Server;
use super::binding;
use super::jws::{Jwk, Signed, Signer};
use super::problem::Problem;
use crate::ca::Level;
use crate::http::{Call, Reply};
use crate::state::World;
use crate::switches::NewAccount;
use serde::Serialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

/// A registered client.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Account {
    pub(crate) level: Level,
    #[serde(skip)]
    pub(crate) key: Jwk,
    pub(crate) thumbprint: String,
    pub(crate) contacts: Vec<String>,
    /// `valid`, `deactivated`.
    pub(crate) status: &'static str,
    /// The owner of the EAB pair it registered with.
    pub(crate) owner: Option<u64>,
    pub(crate) address: String,
    pub(crate) user_agent: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) last_activity: OffsetDateTime,
}

/// `newAccount`.
pub(crate) fn create(
    world: &mut World,
    call: &Call,
    server: &Server,
    signed: &Signed,
) -> Result<Reply, Problem> {
    let Signer::Key(key) = &signed.signer else {
        return Err(Problem::malformed("newAccount needs a 'jwk' header"));
    };
    let wish = signed.object()?;
    let flag = |name: &str| wish.get(name) == Some(&Value::Bool(true));
    by_switch(world)?;
    let existing = by_key(world, server.level, key);
    if let Some(id) = existing {
        touch(world, call, server, &id)?;
        return Ok(reply(world, server, &id, 200));
    }
    if flag("onlyReturnExisting") {
        return Err(Problem::new(
            400,
            "accountDoesNotExist",
            "No account with this key exists",
        ));
    }
    if !flag("termsOfServiceAgreed") {
        return Err(Problem::new(
            403,
            "userActionRequired",
            "The terms of service must be agreed to",
        ));
    }
    let contacts = contacts(&wish)?;
    if contacts.is_empty() && world.switches.acme_contact_required {
        // The sister host blames the binding (community.crypto #100).
        return Err(binding_missing());
    }
    let owner = match wish.get("externalAccountBinding") {
        Some(value) => Some(binding::bind(world, server, value, key)?),
        None if world.switches.acme_eab_required => return Err(binding_missing()),
        None => None,
    };
    let id = crate::random::id();
    let account = Account {
        level: server.level,
        key: key.clone(),
        thumbprint: key.thumbprint(),
        contacts,
        status: "valid",
        owner,
        address: call.peer.ip().to_string(),
        user_agent: user_agent(call),
        last_activity: world.now(),
    };
    world.acme.accounts.insert(id.clone(), account);
    if let Some(account) = owner.and_then(|id| world.scm.acme_accounts.get_mut(&id)) {
        account.status = "valid";
    }
    Ok(reply(world, server, &id, 201))
}

/// Refuses an account that may not act, and notes its activity.
pub(crate) fn touch(
    world: &mut World,
    call: &Call,
    server: &Server,
    id: &str,
) -> Result<(), Problem> {
    let now = world.now();
    let Some(account) = world.acme.accounts.get_mut(id) else {
        return Err(Problem::new(400, "accountDoesNotExist", "Unknown account"));
    };
    let dead = || Problem::new(401, "unauthorized", "The account is deactivated");
    if account.level != server.level || account.status != "valid" {
        return Err(dead());
    }
    account.last_activity = now;
    account.user_agent = user_agent(call);
    account.address = call.peer.ip().to_string();
    match account.owner {
        None => Ok(()),
        Some(owner) => match world.scm.acme_accounts.get(&owner) {
            None => Err(dead()),
            Some(owner) if owner.suspended => Err(binding::suspended()),
            Some(owner) if owner.status == "deactivated" => Err(dead()),
            Some(_) => Ok(()),
        },
    }
}

/// A POST to the account's own URL: read, change contacts, deactivate.
pub(crate) fn update(
    world: &mut World,
    server: &Server,
    id: &str,
    signed: &Signed,
) -> Result<Reply, Problem> {
    if !signed.payload.is_empty() {
        let wish = signed.object()?;
        let contacts = wish
            .contains_key("contact")
            .then(|| contacts(&wish))
            .transpose()?;
        let deactivate = match wish.get("status").and_then(Value::as_str) {
            None | Some("valid") => false,
            Some("deactivated") => true,
            Some(_) => return Err(Problem::malformed("Only 'deactivated' can be asked for")),
        };
        if let Some(account) = world.acme.accounts.get_mut(id) {
            if let Some(contacts) = contacts {
                account.contacts = contacts;
            }
            if deactivate {
                account.status = "deactivated";
            }
        }
    }
    Ok(reply(world, server, id, 200))
}

/// The id of the account with a key.
pub(crate) fn by_key(world: &World, level: Level, key: &Jwk) -> Option<String> {
    let thumbprint = key.thumbprint();
    world
        .acme
        .accounts
        .iter()
        .find(|(_, account)| account.level == level && account.thumbprint == thumbprint)
        .map(|(id, _)| id.clone())
}

fn binding_missing() -> Problem {
    let text = "The request must include a value for the \"externalAccountBinding\" field";
    Problem::new(400, "externalAccountRequired", text)
}

fn by_switch(world: &World) -> Result<(), Problem> {
    match world.switches.acme_new_account {
        NewAccount::Normal => Ok(()),
        NewAccount::EabRefused => Err(binding::refused(binding::NOT_AWAITING)),
        NewAccount::Suspended => Err(binding::suspended()),
        NewAccount::RateLimited => Err(Problem {
            retry_after: Some(world.switches.acme_retry_after),
            ..Problem::new(429, "rateLimited", "Too many requests")
        }),
        NewAccount::ServerError => {
            Err(Problem::new(500, "serverInternal", "Internal server error"))
        }
        NewAccount::TermsRequired => {
            let text = "The terms of service have changed";
            Err(Problem::new(403, "userActionRequired", text))
        }
    }
}

fn reply(world: &World, server: &Server, id: &str, status: u16) -> Reply {
    let url = server.url(&format!("account/{id}"));
    let mut body = json!({"status": "valid"});
    if let Some(account) = world.acme.accounts.get(id) {
        body["status"] = json!(account.status);
        body["contact"] = json!(account.contacts);
    }
    body["termsOfServiceAgreed"] = json!(true);
    body["orders"] = json!(format!("{url}/orders"));
    Reply::json(status, &body).with("Location", url)
}

fn contacts(wish: &Map<String, Value>) -> Result<Vec<String>, Problem> {
    let Some(contacts) = wish.get("contact") else {
        return Ok(Vec::new());
    };
    let contacts: Vec<String> = serde_json::from_value(contacts.clone())
        .map_err(|_| Problem::malformed("'contact' is no list of URLs"))?;
    for contact in &contacts {
        let Some(address) = contact.strip_prefix("mailto:") else {
            return Err(Problem::new(
                400,
                "unsupportedContact",
                "Only mailto: contacts are supported",
            ));
        };
        if !address.contains('@') || address.contains([',', '?']) {
            return Err(Problem::new(
                400,
                "invalidContact",
                "A contact address is invalid",
            ));
        }
    }
    Ok(contacts)
}

fn user_agent(call: &Call) -> String {
    let mut text = call.header("user-agent").unwrap_or_default().to_owned();
    // The admin API documents at most 255 characters.
    text.truncate(255);
    text
}
