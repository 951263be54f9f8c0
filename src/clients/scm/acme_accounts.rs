//! ACME accounts: what an ACME client needs to be believed by Sectigo's ACME servers.

use serde::{Deserialize, Deserializer, Serialize};

use super::acme_servers::{ValidationType, same_url};
use super::paging::End;
use super::{Id, Scm, ScmError, wire};
use crate::http::Call;
use crate::secret::Secret;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AcmeAccount {
    #[serde(deserialize_with = "wire::integer")]
    pub(crate) id: Id,
    pub(crate) name: String,
    /// Name or address of the server, as SCM tells it: sources disagree. See `directory_url`.
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) acme_server: String,
    #[serde(default, deserialize_with = "wire::optional_integer")]
    pub(crate) organization_id: Option<Id>,
    pub(crate) cert_validation_type: Option<ValidationType>,
    /// One document has no such field.
    pub(crate) status: Option<AccountStatus>,
    /// Filled in by [`Scm::acme_account`] and [`Scm::locate_acme_account`].
    #[serde(skip)]
    pub(crate) directory_url: Option<String>,
    #[serde(flatten)]
    pub(crate) eab: Eab,
}

/// External account binding (RFC 8555 §7.3.4). SCM tells it again whenever it is asked.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Eab {
    /// SCM's `macId`.
    #[serde(rename = "macId", default, deserialize_with = "wire::text")]
    pub(crate) kid: String,
    /// SCM's `macKey`, base64url.
    #[serde(rename = "macKey", default = "no_key", deserialize_with = "key")]
    pub(crate) hmac_key: Secret,
}

wire::words! {
    AccountStatus {
        // No ACME client has registered yet.
        Pending = "PENDING",
        Valid = "VALID",
        Deactivated = "DEACTIVATED",
        Revoked = "REVOKED",
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewAcmeAccount<'a> {
    pub(crate) name: &'a str,
    /// The address: real clients send it, the manual's samples show names.
    pub(crate) acme_server: &'a str,
    pub(crate) organization_id: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cert_validation_type: Option<&'a str>,
}

impl AcmeAccount {
    /// Can a client still be registered with it or work with it?
    pub(crate) fn usable(&self) -> bool {
        !matches!(
            self.status,
            Some(AccountStatus::Deactivated | AccountStatus::Revoked)
        )
    }
}

impl Scm {
    /// The ACME account of this name, with its EAB and the address of its server; `None` if there is
    /// none. See [`Scm::find_acme_account`].
    pub(crate) async fn acme_account(
        &self,
        name: &str,
        organization: Option<&str>,
        department: Option<&str>,
        acme_server: Option<&str>,
    ) -> Result<Option<AcmeAccount>, ScmError> {
        let mut found = self
            .find_acme_account(name, organization, department, acme_server)
            .await?;
        if let Some(account) = &mut found {
            self.locate_acme_account(account).await?;
        }
        Ok(found)
    }

    /// The ACME account of this name; `None` if there is none.
    ///
    /// Of several it is the oldest. Without `organization` all that the credentials see are searched,
    /// a call each. The EAB key is masked in whatever is printed from now on.
    pub(crate) async fn find_acme_account(
        &self,
        name: &str,
        organization: Option<&str>,
        department: Option<&str>,
        acme_server: Option<&str>,
    ) -> Result<Option<AcmeAccount>, ScmError> {
        let organizations = match (organization, department) {
            (None, None) => self.organizations().await?.iter().map(|it| it.id).collect(),
            _ => vec![self.find_organization(organization, department).await?],
        };
        let mut found: Vec<AcmeAccount> = Vec::new();
        for id in organizations {
            found.extend(self.acme_accounts_named(name, id, acme_server).await?);
        }
        if organization.or(department).is_none() {
            found.sort_by_key(|it| it.id);
            found.dedup_by_key(|it| it.id);
            let mut homes: Vec<_> = found.iter().map(|it| it.organization_id).collect();
            homes.dedup();
            if homes.len() > 1 {
                return Err(ScmError::Options(format!(
                    "ACME accounts '{name}' exist in several organizations ({}), so give the organization",
                    homes
                        .iter()
                        .map(|it| it.map_or("?".to_owned(), |it| it.to_string()))
                        .collect::<Vec<_>>()
                        .join(", ")
                )));
            }
        }
        let account = found.into_iter().next();
        if let Some(account) = &account {
            self.context()
                .redactor
                .protect(account.eab.hmac_key.expose());
        }
        Ok(account)
    }

    /// The usable accounts of exactly this name, organization and, if given, server, the oldest
    /// first. SCM lets several accounts have one name; that is told in a warning.
    pub(crate) async fn acme_accounts_named(
        &self,
        name: &str,
        organization: Id,
        acme_server: Option<&str>,
    ) -> Result<Vec<AcmeAccount>, ScmError> {
        let mut accounts = self.acme_accounts(organization, Some(name)).await?;
        accounts.retain(|it| {
            it.name == name && it.usable() && it.organization_id.is_none_or(|it| it == organization)
        });
        if let Some(wanted) = acme_server
            && !accounts.is_empty()
        {
            let wanted = if is_url(wanted) {
                wanted.to_owned()
            } else {
                self.find_acme_server(wanted).await?.url.clone()
            };
            for account in &mut accounts {
                self.locate_acme_account(account).await?;
            }
            accounts.retain(|it| {
                let place = it.directory_url.as_deref().unwrap_or(&it.acme_server);
                same_url(place, &wanted)
            });
        }
        accounts.sort_by_key(|it| it.id);
        if let [first, _, ..] = accounts.as_slice() {
            self.context().warn(format!(
                "SCM: {} ACME accounts are called '{name}' in organization {organization} (ids {}); the \
                 oldest, {}, is used. Remove the others in SCM if nothing uses them.",
                accounts.len(),
                accounts
                    .iter()
                    .map(|it| it.id.to_string())
                    .collect::<Vec<_>>()
                    .join(", "),
                first.id
            ));
        }
        Ok(accounts)
    }

    /// `GET /acme/v2/account`, or `v1` where the server has no `v2`. `name` is a hint: how SCM
    /// compares it is not documented.
    pub(crate) async fn acme_accounts(
        &self,
        organization: Id,
        name: Option<&str>,
    ) -> Result<Vec<AcmeAccount>, ScmError> {
        let doing = match name {
            Some(name) => format!("look for ACME account {name} in organization {organization}"),
            None => format!("list the ACME accounts of organization {organization}"),
        };
        let call = |version: &str| {
            let call = Call::get(format!("acme/{version}/account"), doing.clone())
                .query("organizationId", organization.to_string());
            match name {
                Some(name) => call.query("name", name),
                None => call,
            }
        };
        let key = |it: &AcmeAccount| it.id;
        match self.list(&call("v2"), End::NothingNew, key).await {
            Err(ScmError::NotFound { .. }) => self.list(&call("v1"), End::NothingNew, key).await,
            other => other,
        }
    }

    /// `GET /acme/v2/account/{id}`
    pub(crate) async fn acme_account_by_id(&self, id: Id) -> Result<AcmeAccount, ScmError> {
        let call = |version: &str| {
            Call::get(
                format!("acme/{version}/account/{id}"),
                format!("read ACME account {id}"),
            )
        };
        match self.read(&call("v2")).await {
            Err(ScmError::NotFound { .. }) => self.read(&call("v1")).await,
            other => other,
        }
    }

    /// `POST /acme/v2/account`. Nothing keeps a second call from making a second account.
    pub(crate) async fn create_acme_account(
        &self,
        new: &NewAcmeAccount<'_>,
    ) -> Result<Option<Id>, ScmError> {
        let call = |version: &str| {
            let doing = format!(
                "create ACME account {} in organization {}",
                new.name, new.organization_id
            );
            Call::post(format!("acme/{version}/account"), doing).body(new)
        };
        match self.create(&call("v2")).await {
            Err(ScmError::NotFound { .. }) => self.create(&call("v1")).await,
            other => other,
        }
    }

    /// `DELETE /acme/v2/account/{id}`. In 2020 accounts without a client could not be deleted.
    pub(crate) async fn delete_acme_account(&self, id: Id, name: &str) -> Result<(), ScmError> {
        let call = |version: &str| {
            Call::delete(
                format!("acme/{version}/account/{id}"),
                format!("delete ACME account {name} ({id})"),
            )
        };
        match self.send(&call("v2")).await {
            Err(ScmError::NotFound { .. }) => self.send(&call("v1")).await.map(drop),
            other => other.map(drop),
        }
    }

    /// Fills in the address of the account's server. Costs a call if SCM told its name instead.
    pub(crate) async fn locate_acme_account(
        &self,
        account: &mut AcmeAccount,
    ) -> Result<(), ScmError> {
        account.directory_url = if is_url(&account.acme_server) {
            Some(account.acme_server.clone())
        } else {
            let servers = self.acme_servers().await?;
            servers
                .iter()
                .find(|it| it.is(&account.acme_server))
                .map(|it| it.url.clone())
        };
        Ok(())
    }
}

pub(crate) fn is_url(text: &str) -> bool {
    text.trim().starts_with("https://")
}

fn no_key() -> Secret {
    Secret::new(String::new())
}

fn key<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_else(no_key))
}
