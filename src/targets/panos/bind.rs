//! Which changes put a certificate into service, and which ones put the present one back.

use super::stage::{Stage, Step};
use super::wish::Service;
use super::{PanosTarget, Snapshot};
use crate::clients::panos_xml::Element;
use crate::clients::panos_xml::config::Mention;
use crate::lifecycle::TargetError;

impl PanosTarget {
    /// What puts the certificate `name` into service, and what puts the present one back.
    pub(super) fn bind(&self, snapshot: &Snapshot, name: &str) -> Stage {
        let mut stage = Stage {
            site: self.site.clone(),
            ..Stage::default()
        };
        if let Some(profile) = &self.wish.profile {
            let path = self.profile(profile);
            let certificate = |name: &str| Element::text("certificate", name);
            match snapshot.profile(profile) {
                None => {
                    // A commit refuses a profile without settings.
                    let settings = Element::new(
                        "protocol-settings",
                        [
                            Element::text("min-version", "tls1-2"),
                            Element::text("max-version", "max"),
                        ],
                    );
                    stage.steps.push(Step::Set(path.clone(), certificate(name)));
                    stage.steps.push(Step::Set(path.clone(), settings));
                    stage.undo.push(Step::Delete(path));
                }
                Some(known) if known.certificate.as_deref() == Some(name) => {}
                Some(known) => {
                    stage.steps.push(Step::Set(path.clone(), certificate(name)));
                    stage.undo.push(match &known.certificate {
                        Some(old) => Step::Set(path, certificate(old)),
                        None => Step::Delete(path.step("certificate")),
                    });
                }
            }
        }
        for service in &self.wish.services {
            let wanted = if service.names_certificate() {
                name
            } else {
                self.wish.profile.as_deref().unwrap_or_default()
            };
            let nothing = Mention::default();
            let now = snapshot.mention(service).unwrap_or(&nothing);
            if service.shows(now, wanted, |it| self.naming.has(it)) {
                continue;
            }
            let old: Vec<&String> = now.names.iter().filter(|it| self.naming.has(it)).collect();
            stage.steps.extend(service.mention(now, wanted, &old));
            let back: Vec<Step> = if now.names.is_empty() {
                vec![Step::Delete(service.path())]
            } else {
                let fresh = wanted.to_owned();
                let names = if now.is_list {
                    old
                } else {
                    now.names.iter().collect()
                };
                match names.as_slice() {
                    [] => service.unmention(&now.with(&fresh), &[&fresh]),
                    names => names
                        .iter()
                        .flat_map(|it| service.mention(now, it, &[&fresh]))
                        .collect(),
                }
            };
            // Services are put back before a profile that they mention is taken away.
            stage.undo.splice(0..0, back);
        }
        stage
    }

    /// To mention something in a service that is not there would make half of one.
    pub(super) fn services_exist(&self, snapshot: &Snapshot) -> Result<(), TargetError> {
        let exists = |it: &&Service| snapshot.mention(it).is_some_and(|it| it.exists);
        match self.wish.services.iter().find(|it| !exists(it)) {
            None => Ok(()),
            Some(missing) => Err(TargetError(format!(
                "{} has no {} in {}",
                self.firewall.client.system(),
                missing.describe(),
                missing.vsys()
            ))),
        }
    }
}
