//! Sectigo by ACME: SCM knows the account, its EAB pair and the server; nobody else has to.

use async_trait::async_trait;
use tokio::sync::OnceCell;

use super::acme::{AccountKey, AcmeIssuer, Credentials, Eab, Preferences};
use super::scm_standing;
use crate::clients::scm::Scm;
use crate::context::Context;
use crate::http::ConnectionOptions;
use crate::lifecycle::{Held, Issuance, IssueError, IssueRequest, Issuer, Standing, Window};

/// An ACME account in SCM. The EAB pair is fetched inside the process, and only when it is needed.
pub(crate) struct SectigoAcmeIssuer {
    scm: Scm,
    account: Account,
    connection: ConnectionOptions,
    contact: Vec<String>,
    preferences: Preferences,
    /// Is SCM asked whether certificates in service have been revoked?
    revocation: bool,
    context: Context,
    acme: OnceCell<AcmeIssuer>,
}

/// How the account is named.
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) organization: Option<String>,
    pub(crate) department: Option<String>,
    pub(crate) acme_server: Option<String>,
}

impl SectigoAcmeIssuer {
    pub(crate) fn new(
        scm: Scm,
        account: Account,
        connection: ConnectionOptions,
        contact: Vec<String>,
        preferences: Preferences,
        revocation: bool,
        context: &Context,
    ) -> Self {
        Self {
            scm,
            account,
            connection,
            contact,
            preferences,
            revocation,
            context: context.clone(),
            acme: OnceCell::new(),
        }
    }

    /// When the CA would like a renewal, if that is wanted to be known.
    async fn window(&self, certificate: &Held) -> Option<Window> {
        if !self.preferences.ari {
            return None;
        }
        // In check mode an earlier task may be about to make the account; and a renewal that is
        // not due must not fail because SCM has a bad day.
        self.acme().await.ok()?.standing(certificate).await.window
    }

    async fn acme(&self) -> Result<&AcmeIssuer, IssueError> {
        self.acme.get_or_try_init(|| self.look_up()).await
    }

    async fn look_up(&self) -> Result<AcmeIssuer, IssueError> {
        let Account {
            name,
            organization,
            department,
            acme_server,
        } = &self.account;
        let account = self
            .scm
            .acme_account(
                name,
                organization.as_deref(),
                department.as_deref(),
                acme_server.as_deref(),
            )
            .await
            .map_err(|error| IssueError::new(error.to_string()))?
            .ok_or_else(|| {
                IssueError::new(format!(
                    "SCM shows these credentials no ACME account '{name}'. Make it with sectigo_acme_user, or have it \
                     made by an administrator who may see its organization"
                ))
            })?;
        let directory = account.directory_url.as_deref().ok_or_else(|| {
            IssueError::new(format!(
                "SCM does not tell the address of the ACME server '{}' of the account '{name}'; give its URL as \
                 issuer.acme_server",
                account.acme_server
            ))
        })?;
        let eab = Eab::new(&account.eab.kid, &account.eab.hmac_key).map_err(|problem| {
            IssueError::new(format!("SCM's ACME account '{name}': {problem}"))
        })?;
        let key = AccountKey::derive(&eab, directory).map_err(IssueError::new)?;
        AcmeIssuer::new(
            directory,
            &self.connection,
            Credentials {
                key,
                eab: Some(eab),
                contact: self.contact.clone(),
            },
            self.preferences.clone(),
            &self.context,
        )
    }
}

#[async_trait(?Send)]
impl Issuer for SectigoAcmeIssuer {
    async fn standing(&self, certificate: &Held) -> Standing {
        Standing {
            revoked: self.revocation && scm_standing::is_withdrawn(&self.scm, certificate).await,
            window: self.window(certificate).await,
        }
    }

    async fn issue(&self, request: &IssueRequest<'_>) -> Result<Issuance, IssueError> {
        self.acme().await?.issue(request).await
    }
}
