//! `sectigo_domain`: domains in SCM.

mod converge;
mod decide;
mod observe;
mod options;

use serde::Serialize;
use serde_json::{Value, json};
use time::{Date, OffsetDateTime};

use super::sectigo::failure;
use super::sectigo_domain_summary::Summary;
use super::{Doc, Module, SeeAlso};
use crate::ansible::{Failure, ManualAction, Outcome};
use crate::clients::scm::domains::{DelegationStatus, Domain, DomainState, Grant};
use crate::clients::scm::{Id, Scm, ScmError};
use crate::context::Context;
use crate::dns_name::DnsName;
use converge::{Converged, Task, Trouble};
use decide::{Action, Wanted, delegation, waits};
use options::{EXAMPLES, Entry, Options, Returned, State};

pub(crate) struct SectigoDomain;

impl Module for SectigoDomain {
    const DOC: Doc = Doc {
        name: "sectigo_domain",
        short_description: "Domains in Sectigo Certificate Manager",
        description: &[
            "Adds domains, delegates them to an organization, approves the delegation, suspends, activates \
             or removes them, and tells how their domain control validation (DCV) stands.",
            "One task takes many names; one that fails does not keep the others from being done.",
        ],
        sectigo: true,
        info: false,
        notes: &[
            "What the credentials may not do is listed in RV(manual_actions) and is no failure. That a \
             delegation waits for approval is a state, not an error.",
            "Check mode cannot know what the credentials may do, and assumes that they may.",
            "A task costs a call to find an organization by its name, a call per name to find up to three \
             names (or a page of 200 of all domains to find more), and a call per name that exists.",
        ],
        seealso: &[
            SeeAlso::Module("sectigo_acme_user"),
            SeeAlso::Module("sectigo_user_domains"),
        ],
        examples: EXAMPLES,
    };
    type Options = Options;
    type Returned = Returned;

    async fn run(options: Options, context: &Context) -> Result<Outcome<Returned>, Failure> {
        let scm = Scm::connect(&options.scm, context).map_err(|it| failure(&it))?;
        check_description(options.description.as_deref())?;
        let names = all_names(&options);
        let wanted = wanted(&scm, &options).await.map_err(|it| failure(&it))?;
        let mut observed = observe::observe(&scm, &names)
            .await
            .map_err(|it| failure(&it))?;
        let task = Task {
            scm: &scm,
            context,
            wanted: &wanted,
            description: options.description.as_deref(),
        };
        check_organization(&task, observed.values().filter_map(|it| it.as_ref().ok())).await?;
        let mut done = Vec::new();
        let mut ended = false;
        for name in names {
            let converged = match observed.remove(&name) {
                _ if ended => not_tried(),
                Some(Ok(domain)) => task.converge(&name, domain).await,
                Some(Err(error)) => Converged {
                    error: Some(Trouble::of(&error)),
                    ..Converged::default()
                },
                None => Converged::default(),
            };
            ended |= converged.error.as_ref().is_some_and(|it| it.ends_all);
            done.push((name, converged));
        }
        let today = OffsetDateTime::now_utc().date();
        finish(done, &wanted, today)
    }
}

/// The names and, if asked for, their twins, each once.
fn all_names(options: &Options) -> Vec<DnsName> {
    let mut names: Vec<DnsName> = Vec::new();
    for name in &options.name {
        let twin = options.wildcard.then(|| name.wildcard());
        for name in std::iter::once(name.clone()).chain(twin) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

async fn wanted(scm: &Scm, options: &Options) -> Result<Wanted, ScmError> {
    let organization = options.organization.as_deref();
    let department = options.department.as_deref();
    if options.state == State::Absent && organization.or(department).is_none() {
        return Ok(Wanted::Absent { organization: None });
    }
    let id = scm.find_organization(organization, department).await?;
    let grant = Grant {
        org_id: id,
        cert_types: words(&options.certificate_types),
        domain_certificate_request_privileges: options
            .request_privileges
            .as_deref()
            .map(words)
            .unwrap_or_default(),
    };
    Ok(match options.state {
        State::Present => Wanted::Present {
            grant,
            approve: options.approve,
        },
        State::Suspended => Wanted::Suspended { grant },
        State::Absent => Wanted::Absent {
            organization: Some(id),
        },
    })
}

/// A number of an organization is looked up only if something will be written with it.
async fn check_organization(
    task: &Task<'_>,
    observed: impl Iterator<Item = &Option<Domain>>,
) -> Result<(), Failure> {
    let (Wanted::Present { grant, .. } | Wanted::Suspended { grant }) = task.wanted else {
        return Ok(());
    };
    let mut plans = observed.filter_map(|it| decide::decide(task.wanted, it.as_ref()).ok());
    let writes = plans.any(|it| {
        it.actions
            .iter()
            .any(|it| matches!(it, Action::Create | Action::Delegate))
    });
    if writes {
        task.scm
            .check_organization(grant.org_id)
            .await
            .map_err(|it| failure(&it))?;
    }
    Ok(())
}

fn finish(
    done: Vec<(DnsName, Converged)>,
    wanted: &Wanted,
    today: Date,
) -> Result<Outcome<Returned>, Failure> {
    let mut summary = Summary::default();
    let mut domains = Vec::new();
    for (name, converged) in done {
        summary.changed |= !converged.actions.is_empty();
        let manual_actions = &mut summary.manual_actions;
        manual_actions.extend(converged.manual.iter().cloned());
        manual_actions.extend(awaiting(&name, &converged, wanted));
        let states = [&converged.before, &converged.after].map(|it| view(it.as_ref(), wanted));
        let problem = converged.error.as_ref().map(|it| it.text.as_str());
        summary.add(name.as_str(), states, problem);
        domains.push(entry(name, converged, wanted, today));
    }
    summary.finish(Returned { domains })
}

/// A delegation that waits needs a person, even if nobody tried to approve it.
fn awaiting(name: &DnsName, converged: &Converged, wanted: &Wanted) -> Option<ManualAction> {
    let Wanted::Present { grant, .. } = wanted else {
        return None;
    };
    let waiting = converged.manual.is_empty()
        && delegation(converged.after.as_ref()?, grant.org_id).is_some_and(waits);
    waiting.then(|| ManualAction {
        system: "SCM".to_owned(),
        object: name.to_string(),
        right: "approveDomainDelegation".to_owned(),
        action: format!(
            "An administrator with that right must approve the delegation of domain {name} to \
             organization {}.",
            grant.org_id
        ),
    })
}

fn entry(name: DnsName, converged: Converged, wanted: &Wanted, today: Date) -> Entry {
    let domain = converged.after.as_ref();
    let delegation = domain.and_then(|domain| match organization(wanted) {
        Some(id) => delegation(domain, id),
        None => domain.delegations.first(),
    });
    let expiration = domain.and_then(|it| it.dcv_expiration.as_ref());
    let unknown = domain.is_none() && converged.error.is_some();
    let state = match domain {
        Some(domain) => domain.state.as_ref().map_or("UNKNOWN", |it| it.as_str()),
        None if unknown => "UNKNOWN",
        None => "ABSENT",
    };
    Entry {
        id: domain.map(|it| it.id).filter(|it| *it > 0),
        state: state.to_owned(),
        delegation_status: delegation
            .and_then(|it| it.status.as_ref())
            .map(|it| it.as_str().to_owned()),
        validation_status: domain
            .and_then(|it| it.validation_status.as_ref())
            .map(|it| it.as_str().to_owned()),
        validation_method: domain.and_then(|it| it.validation_method.clone()),
        days_left: expiration.and_then(|it| it.days_from(today)),
        dcv_expiration: expiration.map(ToString::to_string),
        actions: converged.actions,
        reasons: converged.reasons,
        error: converged.error.map(|it| it.text),
        name,
    }
}

/// What `--diff` shows of a domain: what this module manages, and nothing else.
fn view(domain: Option<&Domain>, wanted: &Wanted) -> Value {
    let Some(domain) = domain else {
        return json!({"state": "ABSENT"});
    };
    let mut view = json!({"state": domain.state.as_ref().map(DomainState::as_str)});
    if let Some(delegation) = organization(wanted).and_then(|it| delegation(domain, it)) {
        let sorted = |words: &[String]| {
            let mut words = words.to_vec();
            words.sort_unstable();
            json!(words)
        };
        view["certificate_types"] = sorted(&delegation.cert_types);
        view["delegation_status"] = json!(delegation.status.as_ref().map(DelegationStatus::as_str));
        if let Wanted::Present { grant, .. } = wanted
            && !grant.domain_certificate_request_privileges.is_empty()
        {
            view["request_privileges"] = sorted(&delegation.domain_certificate_request_privileges);
        }
    }
    view
}

fn organization(wanted: &Wanted) -> Option<Id> {
    match wanted {
        Wanted::Present { grant, .. } | Wanted::Suspended { grant } => Some(grant.org_id),
        Wanted::Absent { organization } => *organization,
    }
}

fn not_tried() -> Converged {
    Converged {
        error: Some(Trouble {
            text: "not tried any more".to_owned(),
            ends_all: true,
        }),
        ..Converged::default()
    }
}

fn check_description(description: Option<&str>) -> Result<(), Failure> {
    if description.is_some_and(|it| it.chars().count() > 255) {
        return Err(Failure::new("description: at most 255 characters"));
    }
    Ok(())
}

/// The words that SCM has for `choices`: those that options have, too.
fn words(choices: &[impl Serialize]) -> Vec<String> {
    choices
        .iter()
        .filter_map(|it| serde_json::to_value(it).ok()?.as_str().map(str::to_owned))
        .collect()
}
