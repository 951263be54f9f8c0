//! `f5_cert_deploy`: sites' certificates on F5 BIG-IP devices.

use std::path::Path;

use serde_json::{Map, Value};

use super::entry::Entry;
use super::options::{EXAMPLES, OnFailure, Options};
use super::returned::{ApplianceResult, DeployedCertificate, Returned, Told};
use super::units::Unit;
use crate::ansible::{Diff, Failure, ManualAction, Outcome};
use crate::context::Context;
use crate::modules::wanted::Done;
use crate::modules::{Doc, Module, SeeAlso, status_file};

/// Certificates on virtual servers.
pub(in crate::modules) struct F5CertDeploy;

impl Module for F5CertDeploy {
    const DOC: Doc = Doc {
        name: "f5_cert_deploy",
        short_description: "Keep sites' certificates on F5 BIG-IP devices",
        description: &[
            "Makes the key on the device, has its request signed, puts certificate and chain into a client SSL profile \
             and the profile on virtual servers in one transaction, and proves by a TLS handshake with each virtual \
             server that the new certificate is served. If it is not, the switch is taken back. Then the configuration \
             is saved and given to the device group, and what was superseded is removed.",
            "What is in service is never changed in place: names of new objects carry the time, so a run that fails or is \
             killed anywhere leaves the old certificate serving, and the next run goes on from there.",
            "Many certificates cost one login and three lists when nothing is to be done.",
        ],
        sectigo: true,
        info: false,
        notes: &[
            "The user needs the role Administrator: other roles may neither upload files nor read requests.",
            "A password-protected key has a profile of its own, since nobody can read its passphrase back; its name \
             carries the time of the key. Keys of other kinds have a profile that keeps its name.",
            "Profiles on the virtual server that present nothing but the certificate that came with the device make room; \
             those of others stay.",
            "An interrupted run leaves its mark as the file C(certwright_unfinished) on the device, and the next run brings \
             it to its end.",
        ],
        seealso: &[
            SeeAlso::Module("f5_cert_info"),
            SeeAlso::Module("certificate"),
            SeeAlso::Module("sectigo_acme_user"),
        ],
        examples: EXAMPLES,
    };
    type Options = Options;
    type Returned = Returned;

    async fn run(mut options: Options, context: &Context) -> Result<Outcome<Returned>, Failure> {
        let mut units = Unit::all(&options, context)?;
        let entries = Entry::all(&mut options, context)?;
        let mut task = Task {
            options: &options,
            context,
            entries: &entries,
            returned: Returned::default(),
            before: Map::new(),
            after: Map::new(),
            manual_actions: Vec::new(),
        };
        Unit::choose(&mut units).await;
        task.all(&units).await;
        // Also after a failure: tokens are few.
        for unit in &units {
            unit.appliance.client.log_out().await;
        }
        task.end()
    }
}

struct Task<'a> {
    options: &'a Options,
    context: &'a Context,
    entries: &'a [Entry],
    returned: Returned,
    before: Map<String, Value>,
    after: Map<String, Value>,
    manual_actions: Vec<ManualAction>,
}

impl Task<'_> {
    async fn all(&mut self, units: &[Unit]) {
        let mut failed = None;
        for unit in units {
            let server = unit.appliance.client.server();
            let mut result = match &failed {
                Some(other) => ApplianceResult {
                    messages: vec![format!("not touched, because {other} failed before it")],
                    ..ApplianceResult::default()
                },
                None => self.one(unit).await,
            };
            server.clone_into(&mut result.server);
            if result.failed && self.options.appliance_failure == OnFailure::Stop {
                failed.get_or_insert(server.to_owned());
            }
            self.returned.appliances.push(result);
        }
    }

    async fn one(&mut self, unit: &Unit) -> ApplianceResult {
        let mut result = ApplianceResult::default();
        if let Some(why) = &unit.skipped {
            result.messages.push(why.clone());
            return result;
        }
        let reached = match &unit.failed {
            Some(why) => Err(why.clone()),
            None => unit
                .appliance
                .snapshot()
                .await
                .map(drop)
                .map_err(|error| error.to_string()),
        };
        if let Err(why) = reached {
            let server = unit.appliance.client.server();
            let failed = self.entries.iter();
            let failed = failed.map(|it| DeployedCertificate::failed(server, &it.name, &why));
            self.returned.certificates.extend(failed);
            result.failed = true;
            result.messages.push(why);
            return result;
        }
        self.entries_of(unit, &mut result).await;
        self.finish(unit, &mut result).await;
        result
    }

    async fn entries_of(&mut self, unit: &Unit, result: &mut ApplianceResult) {
        let server = unit.appliance.client.server();
        let mut order: Vec<usize> = (0..self.entries.len()).collect();
        order.sort_by_key(|it| !self.entries[*it].is_default());
        let mut all: Vec<(usize, Told)> = Vec::new();
        for at in order {
            let entry = &self.entries[at];
            let mut done = entry.carry_out(&unit.appliance, self.context).await;
            if let Some(why) = unit.appliance.standby() {
                // Not a failure: the group's active unit is somebody else's host in the inventory.
                self.context.warn(why.clone());
                result.messages.push(why);
                break;
            }
            match &mut done {
                Ok(Done::Converged(report)) => {
                    self.manual_actions.append(&mut report.manual_actions);
                }
                Ok(Done::Removed(removal)) => {
                    for kept in &removal.kept {
                        self.context.warn(format!("{server}: {kept}; it stays"));
                    }
                    for bare in &removal.bare {
                        self.context.warn(format!(
                            "{server}: {bare} has no client SSL profile any more: it speaks without TLS"
                        ));
                    }
                }
                Err(failed) => {
                    if failed.report.changed {
                        unit.appliance.leave_open();
                    }
                    self.manual_actions
                        .append(&mut failed.report.manual_actions);
                    result.failed = true;
                    result.messages.push(about(&entry.name, &failed.message));
                }
            }
            let told = Told::of(server, entry, &done);
            result.changed |= told.changed;
            all.push((at, told));
            if done.is_err() && self.options.certificate_failure == OnFailure::Stop {
                break;
            }
        }
        // They are told in the order in which they were given.
        all.sort_by_key(|(at, _)| *at);
        let mut before = Map::new();
        let mut after = Map::new();
        for (at, told) in all {
            let name = &self.entries[at].name;
            self.returned.certificates.extend(told.certificates);
            before.insert(name.clone(), told.before);
            after.insert(name.clone(), told.after);
        }
        self.before.insert(server.to_owned(), Value::Object(before));
        self.after.insert(server.to_owned(), Value::Object(after));
    }

    /// Saves and syncs what was done, also after a failure, and what an earlier run left open.
    async fn finish(&self, unit: &Unit, result: &mut ApplianceResult) {
        if !unit.appliance.is_open() || unit.appliance.standby().is_some() {
            return;
        }
        let marked = unit.appliance.is_marked().await.unwrap_or_default();
        result.changed |= marked;
        if !self.context.check
            && let Err(error) = unit.appliance.finish().await
        {
            result.failed = true;
            result.messages.push(error.to_string());
            return;
        }
        if marked {
            result.messages.push(
                "an earlier run did not get to its end, or another one is at work: what it has done is saved and given \
                 to the device group"
                    .to_owned(),
            );
        }
    }

    fn end(self) -> Result<Outcome<Returned>, Failure> {
        let written = match &self.options.status_dir {
            Some(folder) if !self.context.check => {
                let certificates = self.returned.certificates.iter();
                let all: Vec<_> = certificates.map(DeployedCertificate::status).collect();
                status_file::write(Path::new(folder), &all)
            }
            _ => Ok(()),
        };
        let changed = self.returned.appliances.iter().any(|it| it.changed);
        let lines: Vec<String> = self
            .returned
            .appliances
            .iter()
            .flat_map(|unit| {
                unit.messages
                    .iter()
                    .map(|it| format!("{}: {it}", unit.server))
            })
            .chain(written.err())
            .collect();
        let failed = lines.len()
            > self
                .returned
                .appliances
                .iter()
                .map(|it| it.messages.len())
                .sum()
            || self.returned.appliances.iter().any(|it| it.failed);
        if failed {
            return Err(Failure::new(lines.join("\n"))
                .changed(changed)
                .returned(&self.returned)
                .manual_actions(self.manual_actions));
        }
        Ok(Outcome {
            changed,
            msg: Some(lines.join("\n")).filter(|it| !it.is_empty()),
            diff: Some(Diff {
                before: Value::Object(self.before),
                after: Value::Object(self.after),
            }),
            manual_actions: self.manual_actions,
            returned: self.returned,
        })
    }
}

/// A message that says which site it is about.
fn about(name: &str, message: &str) -> String {
    if message.starts_with(&format!("{name}: ")) {
        message.to_owned()
    } else {
        format!("{name}: {message}")
    }
}
