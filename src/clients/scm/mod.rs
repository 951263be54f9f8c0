//! Sectigo Certificate Manager (SCM): its REST API, one request = one function.
//!
//! Where Sectigo's documents disagree with each other or with what was seen on the wire, `wire`,
//! `paging` and `error` even it out; `docs/api/sectigo-scm-client.md` lists how.

pub(crate) mod acme_accounts;
pub(crate) mod acme_domains;
pub(crate) mod acme_servers;
mod auth;
pub(crate) mod certificates;
pub(crate) mod dcv;
pub(crate) mod domains;
mod error;
mod options;
pub(crate) mod orders;
pub(crate) mod organizations;
mod paging;
pub(crate) mod profiles;
pub(crate) mod reports;
pub(crate) mod revocations;
mod ssl_wire;
mod wire;

use std::sync::Arc;

use http::HeaderValue;
use http::header::{ACCEPT, LOCATION};
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;
use url::Url;

use crate::context::Context;
use crate::http::{Call, Http, JSON, Reply};
use acme_servers::AcmeServer;
use auth::Auth;
use organizations::Organization;

pub(crate) use error::ScmError;
pub(crate) use options::ScmOptions;
pub(crate) use wire::Day;

/// SCM's numbers for its objects. Organizations and departments share one range.
pub(crate) type Id = i64;

/// A customer's SCM, seen with one set of credentials. Clones share everything.
#[derive(Clone)]
pub(crate) struct Scm(Arc<Inner>);

struct Inner {
    http: Http,
    base: Url,
    auth: Auth,
    /// Read at most once in a run: neither changes while a task runs.
    organizations: OnceCell<Vec<Organization>>,
    acme_servers: OnceCell<Vec<AcmeServer>>,
    /// What became of certificates, as far as it was asked for.
    revocations: revocations::Known,
}

impl Scm {
    /// Checks the options and reads the files they name. Nothing is sent yet.
    pub(crate) fn connect(options: &ScmOptions, context: &Context) -> Result<Self, ScmError> {
        let checked = options.check()?;
        let identity = checked.login.identity()?;
        Ok(Self(Arc::new(Inner {
            http: Http::new("SCM", &options.connection, identity, context)?,
            base: checked.base,
            auth: checked.login.into_auth(&options.connection, context)?,
            organizations: OnceCell::new(),
            acme_servers: OnceCell::new(),
            revocations: revocations::Known::default(),
        })))
    }

    /// Sends `call`; the reply's status is a success.
    async fn send(&self, call: &Call) -> Result<Reply, ScmError> {
        let auth = &self.0.auth;
        let mut renewed = false;
        loop {
            let credentials = auth.headers().await?;
            let mut request = call
                .request(self.url(call))
                .header(ACCEPT, HeaderValue::from_static(JSON));
            request.headers.extend(credentials.clone());
            let reply = self.0.http.send(request).await?;
            if reply.status.is_success() {
                return Ok(reply);
            }
            // A 401 says that nothing was carried out, so even a write may be sent again.
            if reply.status == 401 && !renewed && auth.renew(&credentials).await {
                renewed = true;
                continue;
            }
            return Err(ScmError::from_reply(
                &reply,
                &call.doing,
                &auth.who(),
                auth.proven(),
            ));
        }
    }

    /// Sends `call` and reads the reply's body.
    async fn read<T: DeserializeOwned>(&self, call: &Call) -> Result<T, ScmError> {
        let reply = self.send(call).await?;
        parse(&reply, &call.doing)
    }

    /// Sends `call`, which makes an object, and tells its number. The reply has no body; the number
    /// ends the address in `Location` (SCM REST API 25.5). `None` if that is missing.
    async fn create(&self, call: &Call) -> Result<Option<Id>, ScmError> {
        let reply = self.send(call).await?;
        Ok(reply
            .headers
            .get(LOCATION)
            .and_then(|it| it.to_str().ok())
            .and_then(|it| it.trim_end_matches('/').rsplit('/').next()?.parse().ok()))
    }

    fn url(&self, call: &Call) -> Url {
        let mut url = self.0.base.clone();
        url.set_path(&format!("{}/{}", url.path(), call.path));
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        url
    }

    fn context(&self) -> &Context {
        self.0.http.context()
    }
}

fn parse<T: DeserializeOwned>(reply: &Reply, doing: &str) -> Result<T, ScmError> {
    reply
        .json()
        .map_err(|what| ScmError::unexpected("SCM", doing, reply, &what))
}
