//! A call of a REST API that speaks JSON, as its client words it before it has an address.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use serde::Serialize;
use url::Url;

use super::{HttpRequest, Replay};

#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Below the API's root.
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// With its type.
    body: Option<(&'static str, Bytes)>,
    /// Completes "… refused to …".
    pub(crate) doing: String,
    pub(crate) replay: Replay,
}

impl Call {
    pub(crate) fn get(path: impl Into<String>, doing: impl Into<String>) -> Self {
        Self::new(Method::GET, path, doing, Replay::Safe)
    }

    /// Never sent twice unless it is certain that the first one was not carried out.
    pub(crate) fn post(path: impl Into<String>, doing: impl Into<String>) -> Self {
        Self::new(Method::POST, path, doing, Replay::Never)
    }

    /// A question that is asked by POST: it changes nothing.
    pub(crate) fn ask(path: impl Into<String>, doing: impl Into<String>) -> Self {
        Self::new(Method::POST, path, doing, Replay::Safe)
    }

    /// Twice is as good as once.
    pub(crate) fn put(path: impl Into<String>, doing: impl Into<String>) -> Self {
        Self::new(Method::PUT, path, doing, Replay::Safe)
    }

    /// Twice is as good as once.
    pub(crate) fn patch(path: impl Into<String>, doing: impl Into<String>) -> Self {
        Self::new(Method::PATCH, path, doing, Replay::Safe)
    }

    /// Twice is as good as once, if callers take "not found" for done.
    pub(crate) fn delete(path: impl Into<String>, doing: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path, doing, Replay::Safe)
    }

    pub(crate) fn new(
        method: Method,
        path: impl Into<String>,
        doing: impl Into<String>,
        replay: Replay,
    ) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            doing: doing.into(),
            replay,
        }
    }

    pub(crate) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn body(self, body: &impl Serialize) -> Self {
        // Bodies are made of texts, numbers and maps with text keys: there is nothing to fail.
        self.bytes(JSON, serde_json::to_vec(body).unwrap_or_default())
    }

    pub(crate) fn bytes(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.body = Some((content_type, body.into()));
        self
    }

    pub(crate) fn replay(mut self, replay: Replay) -> Self {
        self.replay = replay;
        self
    }

    /// To be sent to `url`, which the client makes of path and query.
    pub(crate) fn request(&self, url: Url) -> HttpRequest {
        let mut request = HttpRequest::new(self.method.clone(), url).replay(self.replay);
        for (name, value) in &self.headers {
            request = request.header(name.clone(), value.clone());
        }
        if let Some((content_type, body)) = &self.body {
            request = request.body(content_type, body.clone());
        }
        request
    }
}

pub(crate) const JSON: &str = "application/json";
