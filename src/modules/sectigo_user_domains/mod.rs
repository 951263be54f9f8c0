//! `sectigo_user_domains`: the domains of an ACME account.

mod cause;
mod decide;
mod options;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use super::sectigo::failure;
use super::{Doc, Module, SeeAlso};
use crate::ansible::{Diff, Failure, ManualAction, Outcome};
use crate::clients::scm::{Id, Scm, ScmError};
use crate::context::Context;
use crate::dns_name::DnsName;
use cause::{Cause, Detective};
use decide::{Plan, State, decide};
use options::{EXAMPLES, Options, Refused, Returned};

pub(crate) struct SectigoUserDomains;

impl Module for SectigoUserDomains {
    const DOC: Doc = Doc {
        name: "sectigo_user_domains",
        short_description: "Domains of an ACME account in Sectigo Certificate Manager",
        description: &[
            "Maps domains to an ACME account, so that its clients may order certificates for them, or takes \
             them away.",
            "SCM adds what it likes and names the rest without a reason. This module looks for the reason.",
        ],
        sectigo: true,
        info: false,
        notes: &[
            "A name that SCM refuses fails the task after everything else was done. If all it waits for is an \
             approval, it is listed in RV(manual_actions) and RV(refused), and the task does not fail.",
            "In check mode all missing names count as added.",
            "A task costs a call to find the organization by its name, one to find the account by its name, \
             and one per 200 domains that it has; with something to change, one more to change it and \
             another look.",
        ],
        seealso: &[
            SeeAlso::Module("sectigo_acme_user"),
            SeeAlso::Module("sectigo_domain"),
        ],
        examples: EXAMPLES,
    };
    type Options = Options;
    type Returned = Returned;

    async fn run(options: Options, context: &Context) -> Result<Outcome<Returned>, Failure> {
        let scm = Scm::connect(&options.scm, context).map_err(|it| failure(&it))?;
        let account = find_account(&scm, &options)
            .await
            .map_err(|it| failure(&it))?;
        let Some(account) = account else {
            return without_account(&options, context);
        };
        let mut task = Task {
            scm: &scm,
            context,
            account,
            restricted: false,
            manual: Vec::new(),
        };
        let before = task.read().await?;
        let plan = decide(options.state, &options.domains, &before);
        if context.check {
            return Ok(predicted(&before, plan));
        }
        let after = task.act(&options, &before, plan).await?;
        let changed = before != after;
        let refused = task
            .refused(&options, &after)
            .await
            .map_err(|it| failure(&it).changed(changed))?;
        task.finish(&before, after, refused)
    }
}

/// The account, by a number or a name. A number costs no call.
struct Found {
    id: Id,
    /// Unknown if the account was given by its number.
    organization: Option<Id>,
}

async fn find_account(scm: &Scm, options: &Options) -> Result<Option<Found>, ScmError> {
    if let Ok(id) = options.account.trim().parse::<Id>() {
        return Ok(Some(Found {
            id,
            organization: None,
        }));
    }
    let account = scm
        .find_acme_account(
            &options.account,
            options.organization.as_deref(),
            options.department.as_deref(),
            options.acme_server.as_deref(),
        )
        .await?;
    Ok(account.map(|it| Found {
        id: it.id,
        organization: it.organization_id,
    }))
}

struct Task<'a> {
    scm: &'a Scm,
    context: &'a Context,
    account: Found,
    /// SCM said -993.
    restricted: bool,
    manual: Vec<ManualAction>,
}

impl Task<'_> {
    async fn read(&self) -> Result<BTreeSet<DnsName>, Failure> {
        let domains = self
            .scm
            .account_domains(self.account.id)
            .await
            .map_err(|it| failure(&it))?;
        Ok(domains
            .into_iter()
            .filter_map(|it| it.name.parse().ok())
            .collect())
    }

    /// Carries `plan` out, and tells what the account has then. What SCM says about single names is
    /// not trusted: it may call a name not added that was there already.
    async fn act(
        &mut self,
        options: &Options,
        before: &BTreeSet<DnsName>,
        mut plan: Plan,
    ) -> Result<BTreeSet<DnsName>, Failure> {
        let mut present = before.clone();
        let mut lost: Option<ScmError> = None;
        for round in 0..MOST_ROUNDS {
            if plan == Plan::default() {
                break;
            }
            let lost_now = self
                .write(&plan)
                .await
                .map_err(|it| failure(&it).changed(present != *before))?;
            present = self
                .settled(&plan)
                .await
                .map_err(|it| it.changed(round > 0))?;
            let Some(error) = lost_now else {
                return Ok(present);
            };
            self.context.warn(format!(
                "{error} (it was looked at again, and the rest was done)"
            ));
            lost = Some(error);
            plan = decide(options.state, &options.domains, &present);
        }
        match lost {
            Some(error) if plan != Plan::default() => {
                Err(failure(&error).changed(present != *before))
            }
            _ => Ok(present),
        }
    }

    /// Both calls of a plan: first what is added, so that nothing is missing meanwhile. `Some`: it is
    /// not known what became of it.
    async fn write(&mut self, plan: &Plan) -> Result<Option<ScmError>, ScmError> {
        let id = self.account.id;
        let mut lost = None;
        if !plan.add.is_empty() {
            let names: Vec<&str> = plan.add.iter().map(DnsName::as_str).collect();
            match self.scm.add_account_domains(id, &names).await {
                Ok(_) => {}
                Err(error) if error.code() == Some(ORDERS_RESTRICTED) => self.restricted = true,
                Err(error @ ScmError::Denied { .. }) => self.deny("add domains to", &error),
                Err(error) if error.fate_unknown() => lost = Some(error),
                Err(error) => return Err(error),
            }
        }
        if !plan.remove.is_empty() && lost.is_none() {
            let names: Vec<&str> = plan.remove.iter().map(DnsName::as_str).collect();
            match self.scm.remove_account_domains(id, &names).await {
                Ok(_) => {}
                Err(error @ ScmError::Denied { .. }) => self.deny("remove domains from", &error),
                Err(error) if error.fate_unknown() => lost = Some(error),
                Err(error) => return Err(error),
            }
        }
        Ok(lost)
    }

    /// Looks again, and a few times more while a removal is not seen yet.
    async fn settled(&self, plan: &Plan) -> Result<BTreeSet<DnsName>, Failure> {
        let mut pauses = SHOWN.into_iter();
        loop {
            let present = self.read().await?;
            let done =
                !self.manual.is_empty() || !plan.remove.iter().any(|it| present.contains(it));
            match pauses.next() {
                Some(pause) if !done => tokio::time::sleep(pause).await,
                _ => return Ok(present),
            }
        }
    }

    fn deny(&mut self, what: &str, error: &ScmError) {
        self.manual.push(ManualAction {
            system: "SCM".to_owned(),
            object: format!("ACME account {}", self.account.id),
            right: "a role for SSL certificates (MRAO, RAO_SSL or DRAO_SSL) of the organization"
                .to_owned(),
            action: format!(
                "An administrator with that right must {what} ACME account {}. ({error})",
                self.account.id
            ),
        });
    }

    /// What is missing in `after`, and why. Nothing, if a right was missing: that is said already.
    async fn refused(
        &mut self,
        options: &Options,
        after: &BTreeSet<DnsName>,
    ) -> Result<Vec<Refused>, ScmError> {
        let missing = decide(options.state, &options.domains, after).add;
        if missing.is_empty() || !self.manual.is_empty() {
            return Ok(Vec::new());
        }
        if self.account.organization.is_none() {
            let account = self.scm.acme_account_by_id(self.account.id).await?;
            self.account.organization = account.organization_id;
        }
        let organization = self.account.organization;
        let mut detective = if self.restricted {
            None
        } else {
            Some(Detective::new(self.scm, organization).await?)
        };
        let mut refused = Vec::new();
        for name in missing {
            let cause = match &mut detective {
                Some(detective) => detective.cause(&name).await?,
                None => Cause::OrdersRestricted,
            };
            refused.push(Refused {
                action: cause.action(&name, organization),
                name,
                cause,
            });
        }
        Ok(refused)
    }

    fn finish(
        mut self,
        before: &BTreeSet<DnsName>,
        after: BTreeSet<DnsName>,
        refused: Vec<Refused>,
    ) -> Result<Outcome<Returned>, Failure> {
        let organization = self.account.organization;
        let (waiting, failed): (Vec<&Refused>, Vec<&Refused>) = refused
            .iter()
            .partition(|it| it.cause == Cause::AwaitingApproval);
        self.manual
            .extend(waiting.into_iter().map(|it| ManualAction {
                system: "SCM".to_owned(),
                object: it.name.to_string(),
                right: "approveDomainDelegation".to_owned(),
                action: it.action.clone(),
            }));
        let problems: Vec<String> = failed
            .iter()
            .map(|it| it.cause.sentence(&it.name, organization))
            .collect();
        let changed = *before != after;
        let diff = diff(before, &after);
        let returned = Returned {
            added: after.difference(before).cloned().collect(),
            removed: before.difference(&after).cloned().collect(),
            domains: after.into_iter().collect(),
            refused,
        };
        if problems.is_empty() {
            return Ok(Outcome {
                changed,
                msg: None,
                diff: Some(diff),
                manual_actions: self.manual,
                returned,
            });
        }
        Err(Failure::new(format!(
            "SCM did not add {} of the domains to the ACME account. {}",
            problems.len(),
            problems.join(". ")
        ))
        .changed(changed)
        .manual_actions(self.manual)
        .returned(&returned))
    }
}

fn without_account(options: &Options, context: &Context) -> Result<Outcome<Returned>, Failure> {
    let missing = format!(
        "there is no ACME account '{}' that these credentials see",
        options.account
    );
    if options.state == State::Absent {
        return Ok(predicted(&BTreeSet::new(), Plan::default()));
    }
    if context.check {
        context.warn(format!(
            "{missing}; if an earlier task creates it, all domains will be added to it"
        ));
        let plan = decide(options.state, &options.domains, &BTreeSet::new());
        return Ok(predicted(&BTreeSet::new(), plan));
    }
    Err(Failure::new(format!(
        "{missing}. Create it with sectigo_acme_user, or check account, organization and acme_server"
    )))
}

fn predicted(before: &BTreeSet<DnsName>, plan: Plan) -> Outcome<Returned> {
    let mut after = before.clone();
    after.retain(|it| !plan.remove.contains(it));
    after.extend(plan.add.iter().cloned());
    Outcome {
        changed: *before != after,
        msg: None,
        diff: Some(diff(before, &after)),
        manual_actions: Vec::new(),
        returned: Returned {
            added: plan.add,
            removed: plan.remove,
            refused: Vec::new(),
            domains: after.into_iter().collect(),
        },
    }
}

fn diff(before: &BTreeSet<DnsName>, after: &BTreeSet<DnsName>) -> Diff {
    Diff {
        before: json!({"domains": before}),
        after: json!({"domains": after}),
    }
}

/// "Certificate orders currently restricted"
const ORDERS_RESTRICTED: i64 = -993;
/// One to do it, two for lost replies.
const MOST_ROUNDS: usize = 3;
const SHOWN: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];
