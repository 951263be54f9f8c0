//! F5 BIG-IP: iControl REST, one request = one function.
//!
//! `docs/api/f5-icontrol-rest.md` lists what is known of the interface, what is assumed, and what
//! is done where sources disagree.

mod auth;
pub(crate) mod change;
pub(crate) mod client_ssl;
pub(crate) mod cm;
pub(crate) mod crypto;
mod error;
pub(crate) mod files;
mod options;
mod paging;
pub(crate) mod path;
mod restart;
pub(crate) mod ssl_files;
mod system;
mod transaction;
pub(crate) mod virtuals;
mod wire;

use std::sync::Arc;

use http::{HeaderValue, Method};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::context::Context;
use crate::http::{Http, HttpRequest, Replay, Reply};

pub(crate) use change::Change;
pub(crate) use error::IcontrolError;
pub(crate) use options::ProviderOptions;
pub(crate) use path::ObjectPath;
use restart::Restart;

/// A device, seen as one user. Clones share everything, also the login.
#[derive(Clone)]
pub(crate) struct Icontrol(Arc<Inner>);

struct Inner {
    http: Http,
    base: Url,
    provider: ProviderOptions,
    session: auth::Session,
}

impl Icontrol {
    /// Checks the options and reads the files they name. Nothing is sent yet.
    pub(crate) fn connect(
        provider: &ProviderOptions,
        context: &Context,
    ) -> Result<Self, IcontrolError> {
        let system = format!("BIG-IP {}", provider.server);
        Ok(Self(Arc::new(Inner {
            base: provider.base()?,
            http: Http::new(&system, &provider.connection, None, context)?,
            provider: provider.clone(),
            session: auth::Session::default(),
        })))
    }

    /// What messages call the device.
    pub(crate) fn system(&self) -> &str {
        self.0.http.system()
    }

    /// The device as the options name it.
    pub(crate) fn server(&self) -> &str {
        &self.0.provider.server
    }

    pub(crate) fn context(&self) -> &Context {
        self.0.http.context()
    }

    /// Sends `call` as the user; the reply's status is a success. A device that restarts is waited
    /// for, unless the call might be carried out twice.
    async fn send(&self, call: &Call) -> Result<Reply, IcontrolError> {
        let mut renewed = false;
        let mut restart = Restart::default();
        loop {
            let token = self.token().await?;
            let result = self.exchange(call, Some(&token)).await;
            // A 401 says that nothing was carried out, so even a write may be sent again.
            match result {
                Err(IcontrolError::BadCredentials { .. })
                    if !renewed && self.renew(&token).await =>
                {
                    renewed = true;
                }
                Err(IcontrolError::Busy { .. })
                    if call.replay == Replay::Safe && restart.wait(self.context()).await => {}
                other => return other,
            }
        }
    }

    async fn exchange(
        &self,
        call: &Call,
        token: Option<&HeaderValue>,
    ) -> Result<Reply, IcontrolError> {
        let mut request = HttpRequest::new(call.method.clone(), self.url(&call.path, &call.query))
            .replay(call.replay);
        if let Some(token) = token {
            request = request.header(auth::TOKEN, token.clone());
        }
        for (name, value) in &call.headers {
            request = request.header(name.clone(), value.clone());
        }
        if let Some(body) = &call.body {
            request = request.body(call.content_type, body.clone());
        }
        let reply = self.0.http.send(request).await?;
        if reply.status.is_success() {
            return Ok(reply);
        }
        let user = &self.0.provider.user;
        let error = IcontrolError::from_reply(self.system(), user, &call.doing, &reply);
        // A user whose token is good and who lacks a right gets the status of a bad password.
        if let (IcontrolError::BadCredentials { system, answer, .. }, Some(_)) = (&error, token)
            && !auth::is_expired(&serde_json::from_slice(&reply.body).unwrap_or_default())
        {
            return Err(IcontrolError::Denied {
                system: system.clone(),
                doing: call.doing.clone(),
                answer: answer.clone(),
            });
        }
        Err(error)
    }

    /// Sends `call` and reads the reply's body.
    async fn read<T: DeserializeOwned>(&self, call: &Call) -> Result<T, IcontrolError> {
        let reply = self.send(call).await?;
        parse(self.system(), &reply, &call.doing)
    }

    fn url(&self, path: &str, query: &[(&'static str, String)]) -> Url {
        let mut url = self.0.base.clone();
        url.set_path(&format!("/mgmt/{path}"));
        if !query.is_empty() {
            // Not as a form: the device takes `$` and commas as they are.
            let query: Vec<String> = query.iter().map(|(k, v)| format!("{k}={v}")).collect();
            url.set_query(Some(&query.join("&")));
        }
        url
    }
}

/// One call of the API.
#[derive(Clone)]
struct Call {
    method: Method,
    /// Below `/mgmt/`.
    path: String,
    query: Vec<(&'static str, String)>,
    headers: Vec<(http::HeaderName, HeaderValue)>,
    content_type: &'static str,
    body: Option<Vec<u8>>,
    /// Completes "… refused to …".
    doing: String,
    replay: Replay,
}

impl Call {
    fn get(path: impl Into<String>, doing: impl Into<String>) -> Self {
        Self::new(Method::GET, path, doing, Replay::Safe)
    }

    /// Never sent twice unless it is certain that the first one was not carried out.
    fn post(path: impl Into<String>, doing: impl Into<String>) -> Self {
        Self::new(Method::POST, path, doing, Replay::Never)
    }

    /// Twice is as good as once.
    fn patch(path: impl Into<String>, doing: impl Into<String>) -> Self {
        Self::new(Method::PATCH, path, doing, Replay::Safe)
    }

    fn new(
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
            content_type: JSON,
            body: None,
            doing: doing.into(),
            replay,
        }
    }

    fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    fn header(mut self, name: http::HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    fn body(mut self, body: &impl Serialize) -> Self {
        // Bodies are made of texts, numbers and maps with text keys.
        self.body = serde_json::to_vec(body).ok();
        self
    }

    fn bytes(mut self, content_type: &'static str, body: Vec<u8>) -> Self {
        self.content_type = content_type;
        self.body = Some(body);
        self
    }

    fn replay(mut self, replay: Replay) -> Self {
        self.replay = replay;
        self
    }
}

/// The error names the place in the reply and never repeats what stands there.
fn parse<T: DeserializeOwned>(
    system: &str,
    reply: &Reply,
    doing: &str,
) -> Result<T, IcontrolError> {
    let mut json = serde_json::Deserializer::from_slice(&reply.body);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let place = error.path().to_string();
        let inner = error.into_inner();
        let answer = if inner.is_eof() {
            format!("JSON that breaks off after {} bytes", reply.body.len())
        } else if inner.is_data() {
            format!("JSON of another shape at '{place}'")
        } else {
            "no JSON".to_owned()
        };
        IcontrolError::Unexpected {
            system: system.to_owned(),
            doing: doing.to_owned(),
            answer,
            status: reply.status.as_u16(),
        }
    })
}

const JSON: &str = "application/json";
