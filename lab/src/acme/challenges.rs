//! Challenges, and the look-ups that decide them.

use super::Server;
use super::jws::Signed;
use super::problem::Problem;
use crate::clock;
use crate::dns;
use crate::http::{Job, Reply};
use crate::state::{Lab, World};
use crate::web;
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;
use time::OffsetDateTime;

/// One way to show control over a name.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Challenge {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) token: Option<String>,
    /// `pending`, `processing`, `valid`, `invalid`.
    pub(crate) status: &'static str,
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) validated: Option<OffsetDateTime>,
    pub(crate) error: Option<Value>,
}

impl Challenge {
    /// A challenge to be solved.
    pub(crate) fn pending(kind: &'static str) -> Self {
        Self {
            id: crate::random::id(),
            kind,
            token: Some(crate::random::id()),
            status: "pending",
            validated: None,
            error: None,
        }
    }

    /// The trace of a validation in SCM: no token.
    pub(crate) fn done(validated: Option<OffsetDateTime>) -> Self {
        Self {
            id: crate::random::id(),
            kind: "sectigo-email-01",
            token: None,
            status: "valid",
            validated,
            error: None,
        }
    }
}

/// A challenge as clients see it.
pub(crate) fn view(server: &Server, challenge: &Challenge) -> Value {
    let mut view = json!({
        "type": challenge.kind,
        "url": server.url(&format!("chall/{}", challenge.id)),
        "status": challenge.status,
    });
    if let Some(token) = &challenge.token {
        view["token"] = json!(token);
    }
    if let Some(moment) = challenge.validated {
        view["validated"] = json!(clock::rfc3339(moment));
    }
    if let Some(error) = &challenge.error {
        view["error"] = error.clone();
    }
    view
}

/// A POST to a challenge: an object starts the look-up, nothing reads it.
pub(crate) fn answer(
    world: &mut World,
    server: &Server,
    account: &str,
    id: &str,
    signed: &Signed,
) -> Result<Reply, Problem> {
    let inside = world.switches.acme_challenge_error_inside;
    let retry_after = world.switches.acme_challenge_retry_after;
    let now = world.now();
    let (authorization_id, authorization) = world
        .acme
        .authorizations
        .iter_mut()
        .find(|(_, authorization)| {
            authorization.account == account
                && authorization
                    .challenges
                    .iter()
                    .any(|challenge| challenge.id == id)
        })
        .ok_or_else(|| Problem {
            status: 404,
            ..Problem::malformed("Unknown challenge")
        })?;
    let up = server.url(&format!("authz/{authorization_id}"));
    let open = authorization.status(now) == "pending";
    let challenge = authorization
        .challenges
        .iter_mut()
        .find(|challenge| challenge.id == id)
        .ok_or_else(|| Problem::malformed("Unknown challenge"))?;
    let mut job = None;
    if !signed.payload.is_empty() {
        signed.object()?;
        if open && challenge.status == "pending" {
            challenge.status = "processing";
            if inside {
                let problem = Problem::new(
                    400,
                    "connection",
                    "The first attempt failed, another follows",
                );
                challenge.error = Some(problem.document());
            }
            job = Some(Job::Validate(id.to_owned()));
        } else if challenge.status == "pending" {
            return Err(Problem::malformed("The authorization is not pending"));
        }
    }
    let mut reply =
        Reply::json(200, &view(server, challenge)).with("Link", format!("<{up}>;rel=\"up\""));
    if challenge.status == "processing" {
        reply = reply.with("Retry-After", retry_after.to_string());
    }
    reply.job = job;
    Ok(reply)
}

/// Looks for the proof of a challenge and records what it finds.
pub(crate) async fn validate(lab: &Lab, id: &str) {
    let Some((plan, generation, pause)) = plan(&lab.world(), id) else {
        return;
    };
    tokio::time::sleep(pause).await;
    let outcome = plan.look_up(lab).await;
    let mut world = lab.world();
    if world.generation != generation {
        return;
    }
    let now = world.now();
    let found = world
        .acme
        .authorizations
        .values_mut()
        .find(|authorization| {
            authorization
                .challenges
                .iter()
                .any(|challenge| challenge.id == id)
        });
    let Some(authorization) = found else { return };
    let status = if outcome.is_ok() { "valid" } else { "invalid" };
    if authorization.status == "pending" {
        authorization.status = status;
    }
    for challenge in &mut authorization.challenges {
        if challenge.id == id {
            challenge.status = status;
            challenge.validated = outcome.is_ok().then_some(now);
            challenge.error = outcome.as_ref().err().map(Problem::document);
        }
    }
}

/// Everything a look-up needs, read under the lock.
struct Plan {
    kind: &'static str,
    name: String,
    token: String,
    /// The key authorization (RFC 8555 §8.1).
    proof: String,
    http_port: u16,
}

fn plan(world: &World, id: &str) -> Option<(Plan, u64, Duration)> {
    let authorization = world.acme.authorizations.values().find(|authorization| {
        authorization
            .challenges
            .iter()
            .any(|challenge| challenge.id == id)
    })?;
    let challenge = authorization
        .challenges
        .iter()
        .find(|challenge| challenge.id == id)?;
    let token = challenge.token.clone()?;
    let account = world.acme.accounts.get(&authorization.account)?;
    let plan = Plan {
        kind: challenge.kind,
        name: authorization.name.clone(),
        proof: format!("{token}.{}", account.thumbprint),
        token,
        http_port: world.switches.acme_http01_port,
    };
    let pause = Duration::from_secs_f64(world.switches.acme_challenge_seconds);
    Some((plan, world.generation, pause))
}

impl Plan {
    async fn look_up(&self, lab: &Lab) -> Result<(), Problem> {
        let found = match self.kind {
            "http-01" => {
                vec![self.fetch().await?.trim_end().to_owned()]
            }
            _ => dns::lookup(
                lab,
                &format!("_acme-challenge.{}", self.name),
                dns::Kind::Txt,
            )
            .await
            .map_err(|error| Problem::new(400, "dns", error))?,
        };
        let expected = match self.kind {
            "http-01" => self.proof.clone(),
            _ => URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, self.proof.as_bytes())),
        };
        if found.contains(&expected) {
            Ok(())
        } else {
            let text = format!("The {} proof for {} was not found", self.kind, self.name);
            Err(Problem::unauthorized(text))
        }
    }

    async fn fetch(&self) -> Result<String, Problem> {
        let path = format!("/.well-known/acme-challenge/{}", self.token);
        match web::fetch(self.http_port, &self.name, &path).await {
            Ok((status, body)) if status.is_success() => Ok(body),
            Ok((status, _)) => {
                let text = format!("{}: the web server answered {status}", self.name);
                Err(Problem::unauthorized(text))
            }
            Err(error) => Err(self.connection(&error)),
        }
    }

    fn connection(&self, error: &str) -> Problem {
        Problem::new(400, "connection", format!("{}: {error}", self.name))
    }
}
