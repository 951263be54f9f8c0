//! One ACME account, created once.
//!
//! SCM accepts a second account of the same name without a word, so whoever creates one looks
//! before, looks again after a lost reply, and looks at the end whether somebody else was faster.

use std::time::Duration;

use crate::ansible::ManualAction;
use crate::clients::scm::acme_accounts::{AcmeAccount, NewAcmeAccount};
use crate::clients::scm::acme_servers::{AcmeServer, ValidationType, listed};
use crate::clients::scm::{Id, Scm, ScmError};
use crate::context::Context;

/// Which account is meant.
pub(super) struct Wanted<'a> {
    pub(super) name: &'a str,
    pub(super) organization: Id,
    pub(super) acme_server: Option<&'a str>,
    pub(super) validation_type: Option<ValidationType>,
}

/// What became of it.
#[derive(Default)]
pub(super) struct Ensured {
    pub(super) account: Option<AcmeAccount>,
    pub(super) changed: bool,
    pub(super) manual: Vec<ManualAction>,
}

/// A failure, and whether something was done before it.
pub(super) struct Trouble {
    pub(super) error: ScmError,
    pub(super) changed: bool,
}

impl Wanted<'_> {
    /// Those that are meant, the oldest first.
    pub(super) async fn find(&self, scm: &Scm) -> Result<Vec<AcmeAccount>, ScmError> {
        let mut accounts = scm
            .acme_accounts_named(self.name, self.organization, self.acme_server)
            .await?;
        if let Some(wanted) = &self.validation_type {
            accounts.retain(|it| {
                it.cert_validation_type
                    .as_ref()
                    .is_none_or(|it| it == wanted)
            });
        }
        Ok(accounts)
    }

    /// The server for a new account.
    pub(super) async fn server<'s>(&self, scm: &'s Scm) -> Result<&'s AcmeServer, ScmError> {
        let matches_type = |it: &AcmeServer| {
            self.validation_type.is_none() || it.cert_validation_type == self.validation_type
        };
        if let Some(wanted) = self.acme_server {
            let server = scm.find_acme_server(wanted).await?;
            return if matches_type(server) {
                Ok(server)
            } else {
                Err(ScmError::Options(format!(
                    "acme_server '{}' does not issue certificates of the validation_type that is asked for",
                    server.name
                )))
            };
        }
        let servers = scm.acme_servers().await?;
        let fitting: Vec<&AcmeServer> = servers
            .iter()
            .filter(|it| it.active != Some(false) && matches_type(it))
            .collect();
        match fitting.as_slice() {
            [one] => Ok(one),
            [] => Err(ScmError::Options(format!(
                "no ACME server fits. There are: {}",
                listed(servers)
            ))),
            _ => Err(ScmError::Options(format!(
                "a new account needs acme_server or validation_type. There are: {}",
                listed(servers)
            ))),
        }
    }

    /// Creates the account, which was not there a moment ago.
    pub(super) async fn create(
        &self,
        scm: &Scm,
        context: &Context,
        server: &AcmeServer,
    ) -> Result<Ensured, Trouble> {
        let unchanged = |error| Trouble {
            error,
            changed: false,
        };
        let new = NewAcmeAccount {
            name: self.name,
            acme_server: &server.url,
            organization_id: self.organization,
            cert_validation_type: self.validation_type.as_ref().map(ValidationType::as_str),
        };
        let mut last = None;
        for _ in 0..MOST_TRIES {
            match scm.create_acme_account(&new).await {
                Ok(id) => return self.settle(scm, context, id).await,
                Err(error @ ScmError::Denied { .. }) => return Ok(self.denied(&error)),
                Err(error) if error.fate_unknown() => {
                    context.warn(format!("{error} (it was looked for before another try)"));
                    let found = self.look(scm, LOST).await.map_err(unchanged)?;
                    if found.is_empty() {
                        last = Some(error);
                        continue;
                    }
                    return self.settle(scm, context, None).await;
                }
                // Perhaps somebody was faster, and names are unique there.
                Err(error @ ScmError::Refused { .. }) => {
                    let found = self.find(scm).await.map_err(unchanged)?;
                    return match found.into_iter().next() {
                        Some(account) => Ok(Ensured {
                            account: Some(account),
                            ..Ensured::default()
                        }),
                        None => Err(unchanged(error)),
                    };
                }
                Err(error) => return Err(unchanged(error)),
            }
        }
        Err(unchanged(last.unwrap_or_else(|| {
            ScmError::Options("the account could not be created".to_owned())
        })))
    }

    /// Looks at what was created. If somebody else created an account of the same name at the same
    /// moment, the younger one goes again, removed by whoever created it: nobody else can have its
    /// EAB, because every reader takes the oldest.
    async fn settle(
        &self,
        scm: &Scm,
        context: &Context,
        created: Option<Id>,
    ) -> Result<Ensured, Trouble> {
        let changed = |error| Trouble {
            error,
            changed: true,
        };
        let mut pauses = SHOWN.into_iter();
        let found = loop {
            let found = self.find(scm).await.map_err(changed)?;
            let seen = match created {
                Some(id) => found.iter().any(|it| it.id == id),
                None => !found.is_empty(),
            };
            if seen {
                break found;
            }
            match pauses.next().and_then(|it| context.deadline.admits(it)) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => {
                    return Err(changed(ScmError::Options(format!(
                        "SCM created ACME account {} but does not show it yet. The next run looks again",
                        self.name
                    ))));
                }
            }
        };
        let mut ensured = Ensured {
            changed: true,
            ..Ensured::default()
        };
        let mut found = found.into_iter();
        ensured.account = found.next();
        let oldest = ensured.account.as_ref().map(|it| it.id);
        if let Some(own) = created.filter(|it| Some(*it) != oldest) {
            match scm.delete_acme_account(own, self.name).await {
                Ok(()) | Err(ScmError::NotFound { .. }) => ensured.changed = false,
                Err(error) => context.warn(format!(
                    "ACME account {} was created twice at the same time. The older one is used; the younger, \
                     id {own}, could not be removed: {error}. Remove it in SCM",
                    self.name
                )),
            }
        }
        Ok(ensured)
    }

    /// Looks some times whether the account is there.
    async fn look(&self, scm: &Scm, pauses: [Duration; 3]) -> Result<Vec<AcmeAccount>, ScmError> {
        for pause in pauses {
            let found = self.find(scm).await?;
            if !found.is_empty() {
                return Ok(found);
            }
            tokio::time::sleep(pause).await;
        }
        self.find(scm).await
    }

    fn denied(&self, error: &ScmError) -> Ensured {
        Ensured {
            manual: vec![ManualAction {
                system: "SCM".to_owned(),
                object: self.name.to_owned(),
                right:
                    "a role for SSL certificates (MRAO, RAO_SSL or DRAO_SSL) of the organization"
                        .to_owned(),
                action: format!(
                    "An administrator with that right must create ACME account {} in organization {}. \
                     ({error})",
                    self.name, self.organization
                ),
            }],
            ..Ensured::default()
        }
    }
}

/// Removes `accounts`, which all have the one name.
pub(super) async fn remove(scm: &Scm, accounts: &[AcmeAccount]) -> Result<Ensured, Trouble> {
    let mut ensured = Ensured::default();
    for account in accounts {
        match scm.delete_acme_account(account.id, &account.name).await {
            Ok(()) | Err(ScmError::NotFound { .. }) => ensured.changed = true,
            Err(error @ ScmError::Denied { .. }) => {
                ensured.account = Some(account.clone());
                ensured.manual.push(ManualAction {
                    system: "SCM".to_owned(),
                    object: account.name.clone(),
                    right: "a role for SSL certificates (MRAO, RAO_SSL or DRAO_SSL) of the organization"
                        .to_owned(),
                    action: format!(
                        "An administrator with that right must delete ACME account {} (id {}). ({error})",
                        account.name, account.id
                    ),
                });
            }
            Err(error) => {
                return Err(Trouble {
                    error,
                    changed: ensured.changed,
                });
            }
        }
    }
    Ok(ensured)
}

const MOST_TRIES: usize = 3;
/// The pauses between looks after a lost reply, before another try.
const LOST: [Duration; 3] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(3),
];
/// The pauses between looks at something that was created.
const SHOWN: [Duration; 5] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];
