//! `panos_cert_deploy`: sites' certificates on Palo Alto Networks firewalls and Panorama.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Map, Value};

use super::entry::Entry;
use super::ids;
use super::options::{EXAMPLES, Options, PushOptions};
use super::returned::{Returned, Told};
use crate::ansible::{Diff, Failure, Outcome};
use crate::clients::panos_xml::locks::LockKind;
use crate::clients::panos_xml::xpath::is_name;
use crate::clients::panos_xml::{Panos, PanosError, Place};
use crate::context::Context;
use crate::modules::wanted::{Done, Failed};
use crate::modules::{Doc, Module, SeeAlso, status_file};
use crate::targets::panos::wish::Service;
use crate::targets::panos::{Batch, CommitPolicy, Firewall, Looked, Own, Push, Removal};

/// Certificates in service profiles.
pub(in crate::modules) struct PanosCertDeploy;

impl Module for PanosCertDeploy {
    const DOC: Doc = Doc {
        name: "panos_cert_deploy",
        short_description: "Keep sites' certificates on Palo Alto Networks firewalls and Panorama",
        description: &[
            "Makes the key pair on the device, has its request signed, imports certificate and chain, binds them to an \
             SSL/TLS service profile, and commits: only its own changes, one commit for all certificates of the task. A TLS \
             handshake then proves that the new certificate is served; if it is not, the binding is taken back.",
            "What is in service is never changed in place: names of new certificates carry the time. The one before stays \
             until the next commit, as a way back; then it is removed.",
        ],
        sectigo: true,
        info: false,
        notes: &[
            "Changes of other administrators are neither committed nor reverted. One that touches the same nodes, or a lock, \
             is named and ends the task before anything is changed.",
            "Commits take along all that O(provider.username) has changed, so give this collection an administrator of its \
             own. With O(provider.api_key), O(provider.username) has to be the key's owner.",
            "Of a pair of firewalls only the active one is written; the module passes over the passive one and says so.",
            "Keys that are made on Panorama for a template leave it with the push to the firewalls.",
        ],
        seealso: &[
            SeeAlso::Module("panos_cert_info"),
            SeeAlso::Module("certificate"),
            SeeAlso::Module("sectigo_acme_user"),
        ],
        examples: EXAMPLES,
    };
    type Options = Options;
    type Returned = Returned;

    async fn run(options: Options, context: &Context) -> Result<Outcome<Returned>, Failure> {
        let place = options.location.place().map_err(Failure::new)?;
        if options.ids_dir.is_some() && options.scm.is_none() {
            return Err(Failure::new(
                "missing required arguments: scm (for `ids_dir`)",
            ));
        }
        check_names(&options)?;
        let client = Panos::connect(&options.provider, context)
            .map_err(|error| Failure::new(error.to_string()))?;
        let entries = Entry::all(
            options.certificates,
            &place,
            &options.provider,
            options.scm.as_ref(),
            context,
        )?;
        let policy = CommitPolicy {
            commit: options.commit,
            label: options.commit_description,
            lock_wait: Duration::from_secs(options.lock_timeout),
            own: own(&place, &entries),
            push: options
                .push
                .into_iter()
                .map(|it| Push {
                    stack: it.template_stack,
                    serials: it.devices,
                })
                .collect(),
        };
        let batch = Batch::new(client.clone(), policy, entries.len());
        let firewall = Rc::new(Firewall::new(
            client,
            place.clone(),
            looked(&entries),
            batch,
        ));
        let reached = firewall.snapshot().await.map(drop);
        reached.map_err(|error| Failure::new(error.to_string()))?;
        // At once, so that all of them meet at the commit.
        let done = join_all(entries.iter().map(|it| it.carry_out(&firewall, context))).await;
        if let Some(state) = firewall.passive_state() {
            return Ok(passed_over(&firewall, &state));
        }
        let lock_given_back = give_back(&firewall, context).await;
        let status_dir = options.status_dir.as_deref();
        let mut outcome = end(&firewall, &entries, done, status_dir, context)?;
        if let (Some(folder), Some(scm)) = (&options.ids_dir, &options.scm)
            && !context.check
        {
            ids::write(
                Path::new(folder),
                scm,
                &outcome.returned.certificates,
                context,
            )
            .await;
        }
        let mut told = Vec::new();
        if lock_given_back {
            told.push("the commit lock of an earlier run is given back".to_owned());
        }
        told.extend(make_up(&firewall, &outcome.returned, context).await?);
        if !told.is_empty() {
            outcome.changed = true;
            outcome.msg = Some(told.join("; "));
        }
        Ok(outcome)
    }
}

/// Descriptions of jobs hold names of stacks, and have an end.
fn check_names(options: &Options) -> Result<(), Failure> {
    let mut length = options.commit_description.len() + TIME;
    for PushOptions { template_stack, .. } in &options.push {
        if !is_name(template_stack) {
            return Err(Failure::new(format!(
                "argument 'push' is not valid: '{template_stack}' is no name of a template stack"
            )));
        }
        length += template_stack.len() + 2;
    }
    if length > LONGEST_DESCRIPTION {
        return Err(Failure::new(format!(
            "argument 'commit_description' is not valid: with the time and the names of template stacks it has {length} \
             characters, and a description at most {LONGEST_DESCRIPTION}"
        )));
    }
    Ok(())
}

/// Gives a lock back that a killed run left; true if there is one. What was done counts more than that
/// it cannot be known.
async fn give_back(firewall: &Firewall, context: &Context) -> bool {
    let given_back = async {
        let stale = firewall.has_stale_lock().await?;
        if stale && !context.check {
            firewall.client.unlock(LockKind::Commit).await?;
        }
        Ok::<_, PanosError>(stale)
    };
    given_back.await.unwrap_or_else(|error| {
        context.warn(error.to_string());
        false
    })
}

/// Pushes what a run that was stopped after its commit did not push.
async fn make_up(
    firewall: &Firewall,
    returned: &Returned,
    context: &Context,
) -> Result<Option<String>, Failure> {
    let failure = |message: String| Failure::new(message).changed(true).returned(returned);
    let missed = match firewall.batch.missed().await {
        Ok(missed) if missed.is_empty() => return Ok(None),
        Ok(missed) => missed,
        Err(error) => {
            context.warn(error.to_string());
            return Ok(None);
        }
    };
    if !context.check {
        firewall.batch.make_up(&missed).await.map_err(failure)?;
    }
    let stacks: Vec<&str> = missed.iter().map(|it| it.stack.as_str()).collect();
    Ok(Some(format!(
        "what an earlier run committed is pushed: {}",
        stacks.join(", ")
    )))
}

fn end(
    firewall: &Firewall,
    entries: &[Entry],
    done: Vec<Result<Done<Removal>, Failed>>,
    status_dir: Option<&str>,
    context: &Context,
) -> Result<Outcome<Returned>, Failure> {
    let device = firewall.client.address();
    let mut returned = Returned {
        commits: firewall.batch.count(),
        ..Returned::default()
    };
    let (mut before, mut after) = (Map::new(), Map::new());
    let mut changed = firewall.batch.count() > 0;
    let (mut lines, mut manual_actions) = (Vec::new(), Vec::new());
    for (entry, mut done) in entries.iter().zip(done) {
        match &mut done {
            Ok(Done::Converged(report)) | Err(Failed { report, .. }) => {
                manual_actions.append(&mut report.manual_actions);
            }
            Ok(Done::Removed(removal)) => {
                for kept in &removal.kept {
                    context.warn(format!("{device}: {kept}; it stays"));
                }
            }
        }
        let told = Told::of(entry, &done);
        changed |= told.changed;
        before.insert(entry.name.clone(), told.before);
        after.insert(entry.name.clone(), told.after);
        if let Some(msg) = &told.certificate.msg {
            lines.push(format!("{}: {msg}", entry.name));
        }
        returned.certificates.push(told.certificate);
    }
    if let Some(folder) = status_dir.filter(|_| !context.check) {
        let certificates = returned.certificates.iter();
        let all: Vec<_> = certificates.map(|it| it.status(device)).collect();
        lines.extend(status_file::write(Path::new(folder), &all).err());
    }
    if !lines.is_empty() {
        return Err(Failure::new(lines.join("\n"))
            .changed(changed)
            .returned(&returned)
            .manual_actions(manual_actions));
    }
    Ok(Outcome {
        changed,
        msg: None,
        diff: Some(Diff {
            before: Value::Object(before),
            after: Value::Object(after),
        }),
        manual_actions,
        returned,
    })
}

/// The passive unit of a pair takes everything from the active one.
fn passed_over(firewall: &Firewall, state: &str) -> Outcome<Returned> {
    let msg = format!(
        "{} is {state}: nothing is done there, since it takes the configuration of the active unit",
        firewall.client.system()
    );
    Outcome {
        changed: false,
        msg: Some(msg),
        diff: None,
        manual_actions: Vec::new(),
        returned: Returned::default(),
    }
}

fn looked(entries: &[Entry]) -> Looked {
    let mut services = Vec::new();
    for service in entries.iter().flat_map(|it| &it.wish.services) {
        if !services.contains(service) {
            services.push(service.clone());
        }
    }
    services.sort_by_key(|it: &Service| it.group().to_string());
    Looked {
        locks: true,
        profiles: entries.iter().any(|it| it.wish.profile.is_some()),
        services,
    }
}

fn own(place: &Place, entries: &[Entry]) -> Own {
    Own {
        certificates: place.base().step("certificate"),
        sites: entries.iter().map(|it| it.naming.clone()).collect(),
        nodes: entries.iter().flat_map(Entry::own).collect(),
    }
}

/// A time as descriptions hold it, with what is around it.
const TIME: usize = 32;
const LONGEST_DESCRIPTION: usize = 512;
