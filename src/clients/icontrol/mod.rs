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

use http::HeaderValue;
use serde::de::DeserializeOwned;
use url::Url;

use crate::context::Context;
use crate::http::{Call, Http, Replay, Reply};

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
        let mut request = call.request(self.url(&call.path, &call.query));
        if let Some(token) = token {
            request = request.header(auth::TOKEN, token.clone());
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

fn parse<T: DeserializeOwned>(
    system: &str,
    reply: &Reply,
    doing: &str,
) -> Result<T, IcontrolError> {
    reply.json().map_err(|answer| IcontrolError::Unexpected {
        system: system.to_owned(),
        doing: doing.to_owned(),
        answer,
        status: reply.status.as_u16(),
    })
}
