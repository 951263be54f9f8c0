//! Problem documents (RFC 7807 with the types of RFC 8555 §6.7).

use crate::http::Reply;
use serde_json::{Value, json};

/// Why an ACME request fails.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    /// The part after `urn:ietf:params:acme:error:`.
    pub(crate) kind: &'static str,
    pub(crate) detail: String,
    /// Whether to list the signature algorithms (RFC 8555 §6.2).
    pub(crate) algorithms: bool,
    pub(crate) retry_after: Option<u64>,
    /// Whether the document leaves its `status` member out.
    pub(crate) terse: bool,
}

impl Problem {
    pub(crate) fn new(status: u16, kind: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            detail: detail.into(),
            algorithms: false,
            retry_after: None,
            terse: false,
        }
    }

    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(400, "malformed", detail)
    }

    pub(crate) fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(403, "unauthorized", detail)
    }

    /// The document as it also stands inside orders and challenges.
    pub(crate) fn document(&self) -> Value {
        let mut document = json!({
            "type": format!("urn:ietf:params:acme:error:{}", self.kind),
        });
        if !self.terse {
            document["status"] = json!(self.status);
        }
        document["detail"] = json!(self.detail);
        if self.algorithms {
            document["algorithms"] = json!(super::jws::ALGORITHMS);
        }
        document
    }
}

impl From<Problem> for Reply {
    fn from(problem: Problem) -> Self {
        let document = problem.document().to_string();
        let reply = Self::text(problem.status, "application/problem+json", document);
        match problem.retry_after {
            Some(seconds) => reply.with("Retry-After", seconds.to_string()),
            None => reply,
        }
    }
}
