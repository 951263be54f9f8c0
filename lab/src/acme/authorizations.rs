//! Authorizations: a name, and how control over it is or was shown.

use super::Server;
use super::challenges::{self, Challenge};
use super::jws::Signed;
use super::problem::Problem;
use crate::clock;
use crate::http::Reply;
use crate::names;
use crate::scm::coverage;
use crate::state::World;
use serde::Serialize;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

/// The authorization of one account for one name.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Authorization {
    pub(crate) account: String,
    /// Without a leading `*.`.
    pub(crate) name: String,
    pub(crate) wildcard: bool,
    /// `pending`, `valid`, `invalid`, `deactivated`.
    pub(crate) status: &'static str,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) expires: OffsetDateTime,
    pub(crate) challenges: Vec<Challenge>,
}

impl Authorization {
    /// The status at a moment.
    pub(crate) fn status(&self, now: OffsetDateTime) -> &'static str {
        match self.status {
            "pending" | "valid" if self.expires <= now => "expired",
            status => status,
        }
    }
}

/// Makes an authorization for a name of an order. A name validated in SCM
/// arrives `valid`, shown by a challenge without a token (acme2certifier #122).
pub(crate) fn create(world: &mut World, account: &str, name: &str) -> String {
    let now = world.now();
    let base = names::without_star(name);
    let wildcard = base != name;
    let validated = coverage::validation(world, name);
    let prevalidated = validated.status == "VALIDATED" && !world.switches.acme_persistent_dcv;
    let (status, challenges) = if prevalidated {
        ("valid", vec![Challenge::done(validated.validated)])
    } else if wildcard || validated.status == "VALIDATED" {
        ("pending", vec![Challenge::pending("dns-01")])
    } else {
        let offered = ["http-01", "dns-01"].map(Challenge::pending);
        ("pending", offered.into())
    };
    let id = crate::random::id();
    let authorization = Authorization {
        account: account.to_owned(),
        name: base.to_owned(),
        wildcard,
        status,
        expires: now + Duration::days(30),
        challenges,
    };
    world.acme.authorizations.insert(id.clone(), authorization);
    id
}

/// A POST to an authorization: read or deactivate.
pub(crate) fn answer(
    world: &mut World,
    server: &Server,
    account: &str,
    id: &str,
    signed: &Signed,
) -> Result<Reply, Problem> {
    let now = world.now();
    let retry_after = world.switches.acme_authz_retry_after;
    let authorization = world
        .acme
        .authorizations
        .get_mut(id)
        .filter(|authorization| authorization.account == account)
        .ok_or_else(|| Problem {
            status: 404,
            ..Problem::malformed("Unknown authorization")
        })?;
    if !signed.payload.is_empty() {
        let wish = signed.object()?;
        if wish.get("status") != Some(&json!("deactivated")) {
            return Err(Problem::malformed("Only 'deactivated' can be asked for"));
        }
        authorization.status = "deactivated";
    }
    let reply = Reply::json(200, &view(server, authorization, now));
    Ok(if retry_after > 0 {
        reply.with("Retry-After", retry_after.to_string())
    } else {
        reply
    })
}

fn view(server: &Server, authorization: &Authorization, now: OffsetDateTime) -> Value {
    let challenges: Vec<Value> = authorization
        .challenges
        .iter()
        .map(|challenge| challenges::view(server, challenge))
        .collect();
    let mut view = json!({
        "identifier": {"type": "dns", "value": authorization.name},
        "status": authorization.status(now),
        "expires": clock::rfc3339(authorization.expires),
        "challenges": challenges,
    });
    if authorization.wildcard {
        view["wildcard"] = json!(true);
    }
    view
}
