//! Users, Basic credentials and tokens.

use super::errors::{self, Refusal, answer};
use crate::http::{Call, Reply};
use crate::random;
use crate::switches::Switches;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use time::macros::format_description;
use time::{Duration, OffsetDateTime};

/// A local user.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) name: &'static str,
    pub(crate) password: String,
    pub(crate) role: Role,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    Administrator,
    /// Keys, certificates and profiles; no uploads, no shell.
    CertificateManager,
    /// The whole configuration; no users, no uploads, no shell.
    ResourceAdmin,
    Guest,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) user: User,
}

/// The tokens of a device.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    live: BTreeMap<String, Token>,
}

#[derive(Clone, Debug)]
struct Token {
    user: &'static str,
    address: String,
    started: OffsetDateTime,
    timeout: i64,
    generation: u64,
    /// Requests that it has opened the door for.
    used: u64,
}

/// The users of a new device.
pub(crate) fn users() -> Vec<User> {
    [
        ("admin", Role::Administrator),
        ("certs", Role::Administrator),
        ("certmgr", Role::CertificateManager),
        ("resources", Role::ResourceAdmin),
        ("guest", Role::Guest),
    ]
    .map(|(name, role)| User {
        name,
        password: format!("lab-{name}-{}", random::alphanumeric(20)),
        role,
    })
    .into()
}

impl Role {
    /// The role's name on the device.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Administrator => "admin",
            Self::CertificateManager => "certificate-manager",
            Self::ResourceAdmin => "resource-admin",
            Self::Guest => "guest",
        }
    }

    fn may(self, call: &Call) -> bool {
        let reads = [Method::GET, Method::HEAD].contains(&call.method);
        match self {
            Self::Administrator => true,
            Self::Guest => reads,
            Self::ResourceAdmin => {
                let closed = ["/mgmt/shared/file-transfer", "/mgmt/tm/util/bash"];
                reads || !closed.iter().any(|prefix| call.path.starts_with(prefix))
            }
            Self::CertificateManager => {
                reads
                    || [
                        "/mgmt/tm/sys/crypto",
                        "/mgmt/tm/sys/file",
                        "/mgmt/tm/ltm/profile",
                        "/mgmt/tm/transaction",
                    ]
                    .iter()
                    .any(|prefix| call.path.starts_with(prefix))
            }
        }
    }
}

impl Tokens {
    /// How many tokens there are, expired ones included until they are met.
    pub(crate) fn count(&self) -> usize {
        self.live.len()
    }

    fn find(
        &mut self,
        token: &str,
        now: OffsetDateTime,
        switches: &Switches,
    ) -> Result<&Token, Refusal> {
        let found = self
            .live
            .get_mut(token)
            .ok_or_else(|| Refusal::framework(401, "X-F5-Auth-Token does not exist."))?;
        found.used += 1;
        let limit = switches.bigip_token_requests;
        if found.expires() <= now || (limit > 0 && found.used > limit) {
            return Err(Refusal::framework(401, "X-F5-Auth-Token has expired."));
        }
        Ok(found)
    }
}

impl Token {
    fn expires(&self) -> OffsetDateTime {
        self.started + Duration::seconds(self.timeout)
    }

    fn show(&self, token: &str) -> Value {
        let started = self
            .started
            .format(format_description!(
                "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]-0000"
            ))
            .unwrap_or_default();
        json!({
            "token": token,
            "name": token,
            "userName": self.user,
            "authProviderName": "tmos",
            "user": {"link": format!("https://localhost/mgmt/shared/authz/users/{}", self.user)},
            "timeout": self.timeout,
            "startTime": started,
            "address": self.address,
            "partition": "[All]",
            "generation": self.generation,
            "lastUpdateMicros": micros(self.started),
            "expirationMicros": micros(self.expires()),
            "kind": "shared:authz:tokens:authtokenitemstate",
            "selfLink": format!("https://localhost/mgmt/shared/authz/tokens/{token}"),
        })
    }
}

/// Says who asks, by token or Basic credentials, and whether the role allows
/// the request.
pub(crate) fn authorize(
    users: &[User],
    tokens: &mut Tokens,
    now: OffsetDateTime,
    switches: &Switches,
    call: &Call,
) -> Result<Caller, Reply> {
    let refused = |refusal: &Refusal| refusal.reply(call);
    let user = if let Some(token) = call.header("x-f5-auth-token") {
        let token = tokens
            .find(token, now, switches)
            .map_err(|error| refused(&error))?;
        users.iter().find(|user| user.name == token.user)
    } else {
        let Some(header) = call.header("authorization") else {
            let text = "Authorization failed: no user authentication header or token detected. Uri:http://localhost:8100";
            let text = format!(
                "{text}{} Referrer:{1} Sender:{1}",
                call.path,
                call.peer.ip()
            );
            return Err(refused(&Refusal::framework(401, text)));
        };
        let pair = header
            .strip_prefix("Basic ")
            .and_then(|text| STANDARD.decode(text).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let (name, password) = pair
            .as_deref()
            .and_then(|pair| pair.split_once(':'))
            .ok_or_else(errors::authorization_required)?;
        verify(users, name, password)
    };
    let user = user.ok_or_else(errors::authorization_required)?.clone();
    if user.role.may(call) {
        return Ok(Caller { user });
    }
    let text = format!(
        "Authorization failed: user=https://localhost/mgmt/shared/authz/users/{} resource={path} verb={} uri:http://localhost:8100{path} referrer:{peer} sender:{peer}",
        user.name,
        call.method,
        path = call.path,
        peer = call.peer.ip(),
    );
    Err(refused(&Refusal::framework(401, text)))
}

/// `POST /mgmt/shared/authn/login`.
pub(crate) fn login(
    users: &[User],
    tokens: &mut Tokens,
    now: OffsetDateTime,
    switches: &Switches,
    call: &Call,
) -> Result<Reply, Refusal> {
    let body: Value =
        serde_json::from_slice(&call.body).map_err(|_| Refusal::framework(400, "Bad JSON."))?;
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    if ![("tmos"), ""].contains(&text("loginProviderName")) {
        return Err(Refusal::framework(401, "loginProviderName is invalid."));
    }
    let user = verify(users, text("username"), text("password"))
        .ok_or_else(|| Refusal::framework(401, "Authentication failed."))?;
    tokens.live.retain(|_, token| token.expires() > now);
    let held = tokens
        .live
        .values()
        .filter(|token| token.user == user.name)
        .count();
    if held >= TOKEN_LIMIT && user.name != "admin" {
        let text = format!("user {} has reached maximum active login tokens", user.name);
        return Err(Refusal::framework(400, text));
    }
    let token = random::alphanumeric(26).to_ascii_uppercase();
    let state = Token {
        user: user.name,
        address: call.peer.ip().to_string(),
        started: now,
        timeout: switches.bigip_token_seconds,
        generation: 1,
        used: 0,
    };
    let body = json!({
        "username": user.name,
        "loginReference": {"link": LOGIN_LINK},
        "loginProviderName": "tmos",
        "token": state.show(&token),
        "generation": 0,
        "lastUpdateMicros": 0,
    });
    tokens.live.insert(token, state);
    Ok(answer(200, &body))
}

/// `/mgmt/shared/authz/tokens`: users see and end their own.
pub(crate) fn tokens(
    tokens: &mut Tokens,
    caller: &Caller,
    call: &Call,
    token: Option<&str>,
) -> Result<Reply, Refusal> {
    let Some(token) = token else {
        return match call.method {
            Method::GET => {
                let items: Vec<Value> = tokens
                    .live
                    .iter()
                    .filter(|(_, state)| state.user == caller.user.name)
                    .map(|(token, state)| state.show(token))
                    .collect();
                let body = json!({
                    "items": items,
                    "generation": 1,
                    "kind": "shared:authz:tokens:authtokencollectionstate",
                    "selfLink": "https://localhost/mgmt/shared/authz/tokens",
                });
                Ok(answer(200, &body))
            }
            Method::DELETE => {
                tokens
                    .live
                    .retain(|_, state| state.user != caller.user.name);
                Ok(answer(200, &json!({})))
            }
            _ => Err(Refusal::framework(405, "Method not allowed.")),
        };
    };
    let missing = || Refusal::framework(404, format!("Object not found - {}", call.path));
    let state = tokens.live.get_mut(token).ok_or_else(missing)?;
    if state.user != caller.user.name {
        return Err(Refusal::framework(400, "Token belongs to another user."));
    }
    match call.method {
        Method::GET => Ok(answer(200, &state.show(token))),
        Method::PATCH => {
            let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
            // Numbers come as text from some clients.
            let timeout = body["timeout"]
                .as_i64()
                .or_else(|| body["timeout"].as_str()?.parse().ok())
                .filter(|seconds| *seconds > 0)
                .ok_or_else(|| Refusal::framework(400, "Bad timeout."))?;
            if timeout > MAX_TOKEN_SECONDS {
                let text = "Auth-token absolute timeout (36000 seconds) exceeded";
                return Err(Refusal::framework(406, text));
            }
            state.timeout = timeout;
            state.generation += 1;
            Ok(answer(200, &state.show(token)))
        }
        Method::DELETE => {
            let shown = state.show(token);
            tokens.live.remove(token);
            Ok(answer(200, &shown))
        }
        _ => Err(Refusal::framework(405, "Method not allowed.")),
    }
}

fn verify<'a>(users: &'a [User], name: &str, password: &str) -> Option<&'a User> {
    users
        .iter()
        .find(|user| user.name == name && user.password == password)
}

fn micros(moment: OffsetDateTime) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

const LOGIN_LINK: &str = "https://localhost/mgmt/cm/system/authn/providers/tmos/1f44a60e-11a7-3c51-a49f-82983026b41b/login";
const TOKEN_LIMIT: usize = 100;
const MAX_TOKEN_SECONDS: i64 = 36_000;
