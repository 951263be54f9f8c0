//! `sectigo_acme_user`: an ACME account in SCM.

mod ensure;
mod options;

use serde_json::{Value, json};

use super::sectigo::failure;
use super::{Doc, Module, SeeAlso};
use crate::ansible::{Diff, Failure, Outcome};
use crate::clients::scm::acme_accounts::{AccountStatus, AcmeAccount};
use crate::clients::scm::acme_servers::{AcmeServer, ValidationType as Level};
use crate::clients::scm::{Scm, ScmError};
use crate::context::Context;
use ensure::{Ensured, Trouble, Wanted};
use options::{Account, EXAMPLES, EabPair, Options, Returned, State};

pub(crate) struct SectigoAcmeUser;

impl Module for SectigoAcmeUser {
    const DOC: Doc = Doc {
        name: "sectigo_acme_user",
        short_description: "ACME accounts in Sectigo Certificate Manager",
        description: &[
            "Creates and removes the accounts that let ACME clients get certificates from Sectigo, and tells \
             the address of their ACME server.",
        ],
        sectigo: true,
        info: false,
        notes: &[
            "What the credentials may not do is listed in RV(manual_actions) and is no failure.",
            "A task costs a call to find the organization by its name, one for the ACME servers, and one for \
             the accounts of the name.",
            "SCM was seen to refuse the removal of an account that no client has used yet.",
        ],
        seealso: &[
            SeeAlso::Module("sectigo_domain"),
            SeeAlso::Module("sectigo_user_domains"),
            SeeAlso::Link(
                "RFC 8555",
                "https://www.rfc-editor.org/rfc/rfc8555#section-7.3.4",
                "External account binding.",
            ),
        ],
        examples: EXAMPLES,
    };
    type Options = Options;
    type Returned = Returned;

    async fn run(options: Options, context: &Context) -> Result<Outcome<Returned>, Failure> {
        if !(1..=128).contains(&options.name.chars().count()) {
            return Err(Failure::new("name: 1 to 128 characters"));
        }
        let scm = Scm::connect(&options.scm, context).map_err(|it| failure(&it))?;
        let organization = scm
            .find_organization(
                options.organization.as_deref(),
                options.department.as_deref(),
            )
            .await
            .map_err(|it| failure(&it))?;
        let wanted = Wanted {
            name: &options.name,
            organization,
            acme_server: options.acme_server.as_deref(),
            validation_type: options.validation_type.map(Level::from),
        };
        let found = wanted.find(&scm).await.map_err(|it| failure(&it))?;
        match options.state {
            State::Present => present(&options, &scm, context, &wanted, found).await,
            State::Absent => absent(&options, &scm, context, &wanted, found).await,
        }
    }
}

async fn present(
    options: &Options,
    scm: &Scm,
    context: &Context,
    wanted: &Wanted<'_>,
    found: Vec<AcmeAccount>,
) -> Result<Outcome<Returned>, Failure> {
    if let Some(mut account) = found.into_iter().next() {
        scm.locate_acme_account(&mut account)
            .await
            .map_err(|it| failure(&it))?;
        let before = view(&account, wanted);
        return outcome(
            options,
            scm,
            context,
            wanted,
            Ensured {
                account: Some(account),
                ..Ensured::default()
            },
            before,
        )
        .await;
    }
    let server = wanted.server(scm).await.map_err(|it| failure(&it))?;
    scm.check_organization(wanted.organization)
        .await
        .map_err(|it| failure(&it))?;
    if context.check {
        return Ok(predicted(wanted, server));
    }
    let ensured = wanted
        .create(scm, context, server)
        .await
        .map_err(|it| told(&it))?;
    outcome(options, scm, context, wanted, ensured, Value::Null).await
}

async fn absent(
    options: &Options,
    scm: &Scm,
    context: &Context,
    wanted: &Wanted<'_>,
    mut found: Vec<AcmeAccount>,
) -> Result<Outcome<Returned>, Failure> {
    for account in &mut found {
        scm.locate_acme_account(account)
            .await
            .map_err(|it| failure(&it))?;
    }
    if found
        .windows(2)
        .any(|it| it[0].directory_url != it[1].directory_url)
    {
        return Err(Failure::new(format!(
            "several ACME accounts are called '{}' and are on different servers (ids {}); give acme_server to \
             tell which one to remove",
            wanted.name,
            found
                .iter()
                .map(|it| it.id.to_string())
                .collect::<Vec<_>>()
                .join(", ")
        )));
    }
    let Some(first) = found.first() else {
        return outcome(
            options,
            scm,
            context,
            wanted,
            Ensured::default(),
            Value::Null,
        )
        .await;
    };
    let before = view(first, wanted);
    let ensured = if context.check {
        Ensured {
            changed: true,
            ..Ensured::default()
        }
    } else {
        ensure::remove(scm, &found)
            .await
            .map_err(|it| told_of_removal(&it))?
    };
    outcome(options, scm, context, wanted, ensured, before).await
}

async fn outcome(
    options: &Options,
    scm: &Scm,
    context: &Context,
    wanted: &Wanted<'_>,
    ensured: Ensured,
    before: Value,
) -> Result<Outcome<Returned>, Failure> {
    let mut returned = Returned {
        account: None,
        eab: None,
    };
    let mut after = Value::Null;
    if let Some(mut account) = ensured.account {
        scm.locate_acme_account(&mut account)
            .await
            .map_err(|it| failure(&it).changed(ensured.changed))?;
        after = view(&account, wanted);
        if options.return_eab {
            returned.eab = Some(EabPair {
                kid: account.eab.kid.clone(),
                hmac_key: account.eab.hmac_key.expose().to_owned(),
            });
        } else {
            context.redactor.protect(account.eab.hmac_key.expose());
        }
        returned.account = Some(facts(scm, account, wanted));
    }
    Ok(Outcome {
        changed: ensured.changed,
        msg: None,
        diff: Some(Diff { before, after }),
        manual_actions: ensured.manual,
        returned,
    })
}

fn predicted(wanted: &Wanted<'_>, server: &AcmeServer) -> Outcome<Returned> {
    let validation_type = server
        .cert_validation_type
        .as_ref()
        .map(|it| it.as_str().to_owned());
    Outcome {
        changed: true,
        msg: None,
        diff: Some(Diff {
            before: Value::Null,
            after: json!({
                "name": wanted.name,
                "organization_id": wanted.organization,
                "directory_url": server.url,
                "validation_type": validation_type,
            }),
        }),
        manual_actions: Vec::new(),
        returned: Returned {
            account: Some(Account {
                id: None,
                name: wanted.name.to_owned(),
                acme_server: server.name.clone(),
                directory_url: Some(server.url.clone()),
                status: None,
                organization_id: wanted.organization,
                validation_type,
            }),
            eab: None,
        },
    }
}

fn facts(scm: &Scm, account: AcmeAccount, wanted: &Wanted<'_>) -> Account {
    // The list of servers may be unread, and then the address has to do.
    let server_name = scm
        .known_acme_servers()
        .iter()
        .find(|it| it.is(&account.acme_server))
        .map_or(account.acme_server, |it| it.name.clone());
    Account {
        id: Some(account.id),
        name: account.name,
        acme_server: server_name,
        directory_url: account.directory_url,
        status: account
            .status
            .as_ref()
            .map(AccountStatus::as_str)
            .map(str::to_lowercase),
        organization_id: account.organization_id.unwrap_or(wanted.organization),
        validation_type: account
            .cert_validation_type
            .as_ref()
            .map(|it| it.as_str().to_owned()),
    }
}

/// What `--diff` shows of an account.
fn view(account: &AcmeAccount, wanted: &Wanted<'_>) -> Value {
    json!({
        "name": account.name,
        "organization_id": account.organization_id.unwrap_or(wanted.organization),
        "directory_url": account.directory_url,
        "validation_type": account.cert_validation_type.as_ref().map(Level::as_str),
    })
}

fn told(trouble: &Trouble) -> Failure {
    Failure::new(trouble.error.to_string()).changed(trouble.changed)
}

fn told_of_removal(trouble: &Trouble) -> Failure {
    let advice = match &trouble.error {
        ScmError::Refused { .. } => {
            " SCM was seen to keep accounts that no ACME client has used yet: register a client with it \
             first, or remove it in the web interface."
        }
        _ => "",
    };
    Failure::new(format!("{}{advice}", trouble.error)).changed(trouble.changed)
}
