//! `instant-acme` speaks through the product's own HTTP policy.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LINK};
use http::{HeaderMap, HeaderName, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use serde_json::Value;
use url::Url;

use super::directory::{Directory, same_origin};
use super::error::{NotAcme, excerpt};
use crate::http::{Http, HttpRequest, Replay, Reply};

/// Clones share what they have seen.
#[derive(Clone)]
pub(super) struct Transport {
    http: Http,
    directory: Directory,
    seen: Arc<Mutex<Seen>>,
}

/// Headers of the last reply that `instant-acme` keeps to itself.
#[derive(Clone, Default)]
struct Seen {
    retry_after: Option<Duration>,
    alternates: Vec<Url>,
}

impl Transport {
    pub(super) fn new(http: Http, directory: Directory) -> Self {
        Self {
            http,
            directory,
            seen: Arc::default(),
        }
    }

    pub(super) fn http(&self) -> &Http {
        &self.http
    }

    pub(super) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// What the last reply asked to wait.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        self.seen().retry_after
    }

    /// Where the last reply says that the same certificate stands with another chain
    /// (RFC 8555 §7.4.2).
    pub(super) fn alternates(&self) -> Vec<Url> {
        self.seen().alternates
    }

    fn seen(&self) -> Seen {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn carry(self, request: Request<BodyWrapper<Bytes>>) -> Result<BytesResponse, Error> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string()).map_err(|error| Error::Other(error.into()))?;
        if parts.method == Method::GET && url == self.directory.url {
            return Ok(respond(Reply {
                status: http::StatusCode::OK,
                headers: HeaderMap::new(),
                body: self.directory.raw.clone(),
            }));
        }
        same_origin(&self.directory.url, &url).map_err(|problem| Error::Other(problem.into()))?;
        // The body is in memory: collecting it cannot fail.
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(never) => match never {},
        };
        let mut request = HttpRequest::new(parts.method.clone(), url.clone());
        if parts.method == Method::POST {
            request = request.replay(if only_reads(&body) {
                Replay::Safe
            } else {
                Replay::Never
            });
            request = request.body("application/jose+json", body);
        }
        let reply = self
            .http
            .send(request)
            .await
            .map_err(|error| Error::Other(error.into()))?;
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Seen {
            retry_after: reply.retry_after(),
            alternates: alternates(&reply.headers, &url),
        };
        if reply.status.is_client_error() || reply.status.is_server_error() {
            let is_json = reply
                .headers
                .get(CONTENT_TYPE)
                .and_then(|it| it.to_str().ok())
                .is_some_and(|it| it.contains("json"));
            if !is_json {
                let text = excerpt(reply.status, &reply.body);
                return Err(Error::Other(NotAcme(text).into()));
            }
        }
        Ok(respond(with_tokens(reply)))
    }
}

impl HttpClient for Transport {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        Box::pin(self.clone().carry(request))
    }
}

fn respond(reply: Reply) -> BytesResponse {
    let mut response = Response::new(Full::new(reply.body));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    BytesResponse::from(response)
}

/// POST-as-GET: an empty payload (RFC 8555 §6.3).
fn only_reads(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body)
        .is_ok_and(|it| it.get("payload").and_then(Value::as_str) == Some(""))
}

/// Sectigo's authorizations for names that were validated beforehand hold one challenge of a type
/// of its own, without a token. `instant-acme` wants one to read the authorization at all.
fn with_tokens(mut reply: Reply) -> Reply {
    let Ok(mut value) = serde_json::from_slice::<Value>(&reply.body) else {
        return reply;
    };
    let Some(challenges) = value.get_mut("challenges").and_then(Value::as_array_mut) else {
        return reply;
    };
    for challenge in challenges.iter_mut().filter_map(Value::as_object_mut) {
        challenge
            .entry("token")
            .or_insert_with(|| Value::String(String::new()));
        challenge
            .entry("url")
            .or_insert_with(|| Value::String(String::new()));
    }
    reply.body = Bytes::from(value.to_string());
    reply
        .headers
        .remove(HeaderName::from_static("content-length"));
    reply
}

fn alternates(headers: &HeaderMap, base: &Url) -> Vec<Url> {
    headers
        .get_all(LINK)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(','))
        .filter(|it| it.replace(' ', "").contains(";rel=\"alternate\""))
        .filter_map(|it| {
            let start = it.find('<')? + 1;
            let end = it.find('>')?;
            base.join(it.get(start..end)?).ok()
        })
        .filter(|it| it.origin() == base.origin())
        .collect()
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn a_challenge_without_token_becomes_readable() {
        let body = r#"{"identifier":{"type":"dns","value":"www.example.org"},"status":"valid",
            "challenges":[{"type":"sectigo-email-01","url":"https://ca.example/c","status":"valid"}]}"#;
        let reply = with_tokens(Reply {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        });
        let state: instant_acme::AuthorizationState = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(state.challenges.len(), 1);
    }

    #[test]
    fn alternates_are_found_and_stay_on_the_server() {
        let mut headers = HeaderMap::new();
        for link in [
            "<https://ca.example/directory>;rel=\"index\"",
            "</cert/1/alternate/1>; rel=\"alternate\", <https://evil.example/x>;rel=\"alternate\"",
        ] {
            headers.append(LINK, link.parse().unwrap());
        }
        let base = Url::parse("https://ca.example/cert/1").unwrap();
        let found = alternates(&headers, &base);
        assert_eq!(
            found.iter().map(Url::as_str).collect::<Vec<_>>(),
            ["https://ca.example/cert/1/alternate/1"]
        );
    }
}
