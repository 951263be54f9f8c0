//! What an ACME server says when it says no (RFC 8555 §6.7), and what to do about it.

use http::StatusCode;
use instant_acme::Error;
use serde::Deserialize;

use crate::http::{HttpError, Reply};

/// A reply that no ACME server gives: an HTML page of a proxy, say.
#[derive(Debug, thiserror::Error)]
#[error("this is not an answer of an ACME server: {0}")]
pub(super) struct NotAcme(pub(super) String);

#[derive(Deserialize)]
struct Problem {
    #[serde(rename = "type")]
    kind: Option<String>,
    detail: Option<String>,
}

pub(super) fn explain(error: &Error) -> String {
    match error {
        Error::Api(problem) => {
            let detail = problem.detail.clone().unwrap_or_default();
            let mut text = describe(problem.r#type.as_deref(), &detail);
            for inner in &problem.subproblems {
                let name = inner
                    .identifier
                    .as_ref()
                    .map(|it| it.clone().authorized(false).to_string())
                    .unwrap_or_default();
                let detail = inner.detail.clone().unwrap_or_default();
                text = format!("{text}; {name}: {detail}");
            }
            text + advice(problem.r#type.as_deref(), &detail)
        }
        other => other.to_string(),
    }
}

pub(super) fn explain_reply(reply: &Reply) -> String {
    match serde_json::from_slice::<Problem>(&reply.body) {
        Ok(Problem { kind, detail }) if kind.is_some() || detail.is_some() => {
            let detail = detail.unwrap_or_default();
            format!(
                "{} {}{}",
                reply.status.as_u16(),
                describe(kind.as_deref(), &detail),
                advice(kind.as_deref(), &detail)
            )
        }
        _ => excerpt(reply.status, &reply.body),
    }
}

pub(super) fn problem_type(body: &[u8]) -> Option<String> {
    serde_json::from_slice::<Problem>(body).ok()?.kind
}

pub(super) fn is_bad_nonce(error: &Error) -> bool {
    matches!(error, Error::Api(problem) if problem.r#type.as_deref() == Some(BAD_NONCE))
}

/// Something in between failed; the server's own answer may still come.
pub(super) fn is_passing(error: &Error) -> bool {
    match error {
        Error::Other(inner) => inner.is::<NotAcme>() || inner.is::<HttpError>(),
        Error::Json(_) => true,
        Error::Api(problem) => problem.status.is_some_and(|it| it >= 500),
        _ => false,
    }
}

/// Status and the beginning of a body, on one line.
pub(super) fn excerpt(status: StatusCode, body: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(body)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let shown: String = text.chars().take(EXCERPT).collect();
    if shown.is_empty() {
        format!("{status} and nothing else")
    } else {
        format!("{status}: {shown}")
    }
}

fn describe(kind: Option<&str>, detail: &str) -> String {
    let kind = kind.and_then(|it| it.rsplit(':').next()).unwrap_or("error");
    if detail.is_empty() {
        kind.to_owned()
    } else {
        format!("{kind}: {detail}")
    }
}

fn advice(kind: Option<&str>, detail: &str) -> &'static str {
    let kind = kind
        .and_then(|it| it.rsplit(':').next())
        .unwrap_or_default();
    let detail = detail.to_lowercase();
    if detail.contains("not awaiting external account binding") {
        return ". Another account key was bound to this EAB pair before, perhaps by another ACME client. Make a \
                new ACME account in SCM for certwright (sectigo_acme_user with another name), or deactivate \
                the other client there";
    }
    if detail.contains("delegated") {
        return ". The name must be delegated to the account's organization in SCM and mapped to the ACME \
                account: see sectigo_domain and sectigo_user_domains";
    }
    if detail.contains("suspended") {
        return ". The ACME account is suspended in SCM: an administrator has to look at it";
    }
    match kind {
        "rejectedIdentifier" => {
            ". Is the name mapped to the ACME account (sectigo_user_domains), and may this CA issue for it?"
        }
        "caa" => ". The domain's CAA records do not let this CA issue: add it there",
        "dns" => ". The CA cannot resolve the name; since 2026 DNSSEC must validate too",
        "rateLimited" => ". The CA's limit is reached; the next run tries again",
        "badCSR" => ". Does the CA take this kind of key?",
        _ => "",
    }
}

pub(super) const BAD_NONCE: &str = "urn:ietf:params:acme:error:badNonce";
pub(super) const NO_EAB: &str = "urn:ietf:params:acme:error:externalAccountRequired";
/// With a server that refuses every second nonce, one request in a million fails.
pub(super) const NONCE_TRIES: u32 = 20;
const EXCERPT: usize = 200;
