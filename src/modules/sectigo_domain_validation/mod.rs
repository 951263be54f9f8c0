//! `sectigo_domain_validation`: domains stay validated.

mod converge;
mod decide;
mod look;
mod observe;
mod options;
mod publish;
mod submit;

use std::time::Duration;

use serde_json::{Value, json};
use time::{Date, OffsetDateTime};

use super::sectigo::failure;
use super::sectigo_domain_summary::Summary;
use super::{Doc, Module, SeeAlso};
use crate::ansible::{Failure, ManualAction, Outcome};
use crate::clients::dns_update::DnsUpdate;
use crate::clients::scm::Scm;
use crate::clients::scm::dcv::{DcvState, OrderStatus};
use crate::clients::scm::domains::ValidationStatus;
use crate::context::Context;
use converge::{Converged, Task, missing_right};
use decide::{Step, Wish, decide};
use observe::{Observed, observe};
use options::{EXAMPLES, Entry, Method, Options, Returned};
use publish::Publisher;
use submit::NOT_TRIED;

pub(crate) struct SectigoDomainValidation;

impl Module for SectigoDomainValidation {
    const DOC: Doc = Doc {
        name: "sectigo_domain_validation",
        short_description: "Keep domains validated in Sectigo Certificate Manager",
        description: &[
            "Reads how the domain control validation (DCV) of many domains stands, starts and submits what is missing \
             or ends soon, publishes the DNS records by dynamic update (RFC 2136, TSIG) or returns what to publish, \
             and removes records of earlier validations.",
            "One task takes many names; one that fails does not keep the others from being done.",
        ],
        sectigo: true,
        info: false,
        notes: &[
            "What the credentials may not do is listed in RV(manual_actions) and is no failure. That the CA has yet to \
             look is a state, not an error: RV(domains[].waiting).",
            "To read the state costs one call for each of up to three names, and one for each 200 domains of SCM for \
             more; each validation that is due costs three or four more.",
            "Check mode cannot know what the credentials may do, and assumes that they may. Records are known to it \
             only if a validation has been started.",
        ],
        seealso: &[
            SeeAlso::Module("sectigo_domain"),
            SeeAlso::Module("sectigo_domain_info"),
            SeeAlso::Link(
                "RFC 2136",
                "https://www.rfc-editor.org/rfc/rfc2136",
                "Dynamic updates of the domain name system.",
            ),
        ],
        examples: EXAMPLES,
    };
    type Options = Options;
    type Returned = Returned;

    async fn run(options: Options, context: &Context) -> Result<Outcome<Returned>, Failure> {
        if options.method == Method::Email && options.email.is_none() {
            return Err(Failure::new(
                "method is email but all of the following are missing: email",
            ));
        }
        let scm = Scm::connect(&options.scm, context).map_err(|it| failure(&it))?;
        let publisher = publisher(&options, context)?;
        let today = OffsetDateTime::now_utc().date();
        let wish = Wish {
            method: options.method.into(),
            days: i64::from(options.days),
            published: options.published,
        };
        let mut observation = observe(&scm, &options.name)
            .await
            .map_err(|it| failure(&it))?;
        let task = Task {
            scm: &scm,
            context,
            wish,
            publisher: publisher.as_ref(),
            email: options.email.as_deref(),
            wait: Duration::from_secs(options.wait),
            today,
        };
        let mut done = Vec::new();
        let mut ended = false;
        for mut observed in std::mem::take(&mut observation.domains) {
            let converged = if ended {
                Converged {
                    error: Some(NOT_TRIED.to_owned()),
                    ..Converged::default()
                }
            } else if let Some(error) = &observation.denied {
                seen_only(&observed, wish, today, |domain| {
                    missing_right(domain, "allowDCV", wish.method, error)
                })
            } else {
                task.converge(&mut observed).await
            };
            ended |= converged.ends_all;
            done.push((observed, converged));
        }
        task.submit(&mut done).await;
        task.look(&mut done).await;
        finish(done, today)
    }
}

fn publisher(options: &Options, context: &Context) -> Result<Option<Publisher>, Failure> {
    let (Some(dns), Method::Cname | Method::Txt) = (&options.dns, options.method) else {
        return Ok(None);
    };
    Ok(Some(Publisher {
        dns: DnsUpdate::connect(dns, context).map_err(|it| Failure::new(it.to_string()))?,
        clean: options.clean,
    }))
}

/// What credentials without the right see: the state, and what somebody else has to do about it.
fn seen_only(
    observed: &Observed,
    wish: Wish,
    today: Date,
    manual: impl Fn(&str) -> ManualAction,
) -> Converged {
    match &observed.state {
        Ok(state) => {
            let (step, reasons) = decide(state, wish, today);
            Converged {
                before: state.clone(),
                after: state.clone(),
                manual: (step != Step::Keep).then(|| manual(&observed.domain)),
                reasons,
                ..Converged::default()
            }
        }
        Err(error) => Converged {
            error: Some(error.to_string()),
            ..Converged::default()
        },
    }
}

fn finish(done: Vec<(Observed, Converged)>, today: Date) -> Result<Outcome<Returned>, Failure> {
    let mut summary = Summary::default();
    let mut returned = Returned {
        domains: Vec::new(),
        records: Vec::new(),
        files: Vec::new(),
    };
    for (observed, converged) in done {
        summary.changed |= !converged.actions.is_empty();
        summary.manual_actions.extend(converged.manual.clone());
        let states = [&converged.before, &converged.after].map(view);
        summary.add(&observed.domain, states, converged.error.as_deref());
        if converged.unpublished {
            returned.records.extend(converged.record.clone());
        }
        returned.files.extend(converged.file.clone());
        returned.domains.push(entry(observed, converged, today));
    }
    summary.finish(returned)
}

fn entry(observed: Observed, converged: Converged, today: Date) -> Entry {
    let state = converged.after;
    let expiration = state.expiration_date.as_ref();
    Entry {
        name: observed.domain,
        covers: observed.covers,
        validation_status: state
            .status
            .as_ref()
            .map_or("UNKNOWN", |it| it.as_str())
            .to_owned(),
        order_status: state.order_status.as_ref().map(|it| it.as_str().to_owned()),
        days_left: expiration.and_then(|it| it.days_from(today)),
        dcv_expiration: expiration.map(ToString::to_string),
        actions: converged.actions,
        reasons: converged.reasons,
        record: converged.record,
        waiting: converged.waiting,
        error: converged.error,
    }
}

/// What `--diff` shows of a domain.
fn view(state: &DcvState) -> Value {
    json!({
        "validation_status": state.status.as_ref().map(ValidationStatus::as_str),
        "order_status": state.order_status.as_ref().map(OrderStatus::as_str),
    })
}
