//! `sectigo_certificate`: certificates by SCM's enrollment API, without a target.

mod existing;
mod options;
mod present;

use serde_json::json;
use time::OffsetDateTime;

use super::certificate_facts::CertificateFacts;
use super::given_csr::given_csr;
use super::sectigo::failure;
use super::sectigo_certificate_entry::CertificateEntry;
use super::{Doc, Module, SeeAlso};
use crate::ansible::{Diff, Failure, ManualAction, Outcome};
use crate::clients::scm::Scm;
use crate::context::Context;
use crate::issuers::sectigo_enrollment::Progress;
use crate::lifecycle::IssueError;
use crate::x509::{Chain, Csr};
use options::{EXAMPLES, Options, Returned, State};

pub(crate) struct SectigoCertificate;

impl Module for SectigoCertificate {
    const DOC: Doc = Doc {
        name: "sectigo_certificate",
        short_description: "Certificates in Sectigo Certificate Manager",
        description: &[
            "Orders a certificate for a CSR by SCM's enrollment API, waits for it and returns it with its chain; \
             renews, replaces and revokes certificates; approves and declines requests.",
            "Nothing is stored on this side: an order carries the fingerprint of its key in its comments, so that any \
             later run, anywhere, finds it again.",
        ],
        sectigo: true,
        info: false,
        notes: &[
            "A certificate that waits for approval or for the CA is no failure: RV(waiting) says what for, \
             RV(manual_actions) who must act, and the same task collects it in a later run.",
            "An order is never placed again because its reply was lost: it is looked for, now and in the next run.",
            "A new certificate costs six calls: profiles, two looks for earlier orders, the order, its state, the \
             certificate. An organization that is given by name costs one more.",
            "Check mode cannot know what the credentials may do, and assumes that they may.",
        ],
        seealso: &[
            SeeAlso::Module("sectigo_certificate_info"),
            SeeAlso::Module("certificate"),
            SeeAlso::Module("sectigo_domain_validation"),
        ],
        examples: EXAMPLES,
    };
    type Options = Options;
    type Returned = Returned;

    async fn run(options: Options, context: &Context) -> Result<Outcome<Returned>, Failure> {
        let scm = Scm::connect(&options.scm, context).map_err(|it| failure(&it))?;
        if options
            .message
            .as_ref()
            .is_some_and(|it| it.chars().count() > 512)
        {
            return Err(Failure::new("message: at most 512 characters"));
        }
        let mut progress = Progress::default();
        let result = match options.state {
            State::Present => present::run(scm, options, context, &mut progress).await,
            _ => existing::run(&scm, &options, context, &mut progress).await,
        };
        finish(result, progress)
    }
}

/// How far a task has come.
enum Reached {
    Done,
    Issued(Chain),
    Waiting(String, Vec<ManualAction>),
}

fn finish(
    result: Result<Reached, IssueError>,
    progress: Progress,
) -> Result<Outcome<Returned>, Failure> {
    let now = OffsetDateTime::now_utc();
    let changed = !progress.actions.is_empty();
    let mut returned = Returned {
        order: progress
            .order
            .map(|it| CertificateEntry::of(it, now.date())),
        actions: progress.actions,
        ..Returned::default()
    };
    let mut manual = Vec::new();
    match result {
        Ok(Reached::Done) => {}
        Ok(Reached::Issued(chain)) => {
            returned.certificate = Some(chain.leaf.to_pem());
            returned.chain = Some(chain.chain_pem());
            returned.fullchain = Some(chain.fullchain_pem());
            returned.facts = Some(CertificateFacts::of(&(&chain.leaf).into(), now));
        }
        Ok(Reached::Waiting(message, actions)) => {
            returned.waiting = Some(message);
            manual = actions;
        }
        Err(error) => {
            return Err(Failure::new(error.message)
                .changed(changed)
                .manual_actions(error.manual_actions)
                .returned(&returned));
        }
    }
    Ok(Outcome {
        changed,
        msg: None,
        // The same in check mode, which cannot know what SCM will make of it.
        diff: Some(Diff {
            before: json!({"actions": []}),
            after: json!({"actions": returned.actions}),
        }),
        manual_actions: manual,
        returned,
    })
}

fn csr_of(options: &Options, state: &str) -> Result<Csr, IssueError> {
    let text = options.csr.as_deref().ok_or_else(|| {
        IssueError::new(format!(
            "state is {state} but all of the following are missing: csr"
        ))
    })?;
    given_csr(text).map_err(IssueError::new)
}
