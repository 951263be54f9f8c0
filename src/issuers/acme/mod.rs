//! Certificates by ACME (RFC 8555), from Sectigo or any other CA.
//!
//! Orders run on `instant-acme`. What it has no call for stands here: registering with an account
//! key of one's own and EAB, alternate chains, and authorizations whose challenge has no token.

mod account;
mod ari;
mod challenge;
mod directory;
mod error;
mod jws;
mod order;
mod transport;

use std::sync::Arc;

use async_trait::async_trait;
use instant_acme::Account;
use tokio::sync::OnceCell;

use crate::clients::dns_update::DnsUpdate;
use crate::context::Context;
use crate::http::{ConnectionOptions, Http};
use crate::lifecycle::{Held, Issuance, IssueError, IssueRequest, Issuer, Standing};

pub(crate) use account::{AccountKey, Eab};
pub(crate) use challenge::Webroot;
use directory::Directory;
use transport::Transport;

/// An ACME server and an account there.
pub(crate) struct AcmeIssuer {
    /// What errors call it.
    system: String,
    http: Http,
    directory_url: String,
    credentials: Credentials,
    preferences: Preferences,
    /// Asked for at most once in a run, like the account.
    directory: OnceCell<Directory>,
    session: OnceCell<Session>,
}

/// An account that is ready for orders.
struct Session {
    account: Account,
    transport: Transport,
}

/// Who we are at the CA.
pub(crate) struct Credentials {
    pub(crate) key: AccountKey,
    pub(crate) eab: Option<Eab>,
    /// `mailto:` addresses.
    pub(crate) contact: Vec<String>,
}

/// How orders are to be carried out.
#[derive(Clone, Default)]
pub(crate) struct Preferences {
    /// Part of the name of the root that the chain should lead to.
    pub(crate) preferred_root: Option<String>,
    /// How http-01 challenges are answered, if they may be.
    pub(crate) webroot: Option<Webroot>,
    /// How dns-01 challenges are answered, if they may be.
    pub(crate) dns: Option<Arc<DnsUpdate>>,
    pub(crate) ari: bool,
}

impl AcmeIssuer {
    pub(crate) fn new(
        directory_url: &str,
        connection: &ConnectionOptions,
        credentials: Credentials,
        preferences: Preferences,
        context: &Context,
    ) -> Result<Self, IssueError> {
        let system = format!("ACME server {directory_url}");
        let http = Http::new("ACME", connection, None, context)
            .map_err(|error| IssueError::new(format!("{system}: {error}")))?;
        Ok(Self {
            system,
            http,
            directory_url: directory_url.to_owned(),
            credentials,
            preferences,
            directory: OnceCell::new(),
            session: OnceCell::new(),
        })
    }

    async fn directory(&self) -> Result<&Directory, IssueError> {
        self.directory
            .get_or_try_init(|| Directory::fetch(&self.http, &self.directory_url))
            .await
            .map_err(|problem| IssueError::new(format!("{}: {problem}", self.system)))
    }

    async fn session(&self) -> Result<&Session, IssueError> {
        self.session.get_or_try_init(|| self.open_session()).await
    }

    /// Finds the account, or makes it: the same request does both (RFC 8555 §7.3.1).
    async fn open_session(&self) -> Result<Session, IssueError> {
        let directory = self.directory().await?;
        let id = account::register(&self.http, directory, &self.credentials)
            .await
            .map_err(|problem| IssueError::new(format!("{}: {problem}", self.system)))?;
        let transport = Transport::new(self.http.clone(), directory.clone());
        let account = Account::builder_with_http(Box::new(transport.clone()))
            .from_parts(id, self.credentials.key.pkcs8(), self.directory_url.clone())
            .await
            .map_err(|error| self.failed("using the account", &error))?;
        Ok(Session { account, transport })
    }

    fn failed(&self, doing: &str, error: &instant_acme::Error) -> IssueError {
        IssueError::new(format!(
            "{}: {doing}: {}",
            self.system,
            error::explain(error)
        ))
    }
}

#[async_trait(?Send)]
impl Issuer for AcmeIssuer {
    async fn standing(&self, certificate: &Held) -> Standing {
        if !self.preferences.ari {
            return Standing::default();
        }
        // A CA that does not answer, or has no ARI, must not hold a renewal up.
        let Ok(directory) = self.directory().await else {
            return Standing::default();
        };
        Standing {
            revoked: false,
            window: ari::window(&self.http, directory, certificate).await,
        }
    }

    async fn issue(&self, request: &IssueRequest<'_>) -> Result<Issuance, IssueError> {
        let Session { account, transport } = self.session().await?;
        order::Ordering {
            issuer: self,
            account,
            transport,
        }
        .run(request)
        .await
        .map(Issuance::Issued)
    }
}
