//! The devices of a task: which of them are written, and which take it from another one.

use std::rc::Rc;

use super::options::{Options, SyncOption};
use crate::ansible::Failure;
use crate::clients::icontrol::{Icontrol, IcontrolError, ProviderOptions};
use crate::context::Context;
use crate::targets::bigip::appliance::{Appliance, Sync};
use crate::targets::bigip::ha::{Group, Role};

/// A device, and why nothing is done there, if so.
pub(super) struct Unit {
    pub(super) appliance: Rc<Appliance>,
    pub(super) skipped: Option<String>,
    /// It did not even say who it is.
    pub(super) failed: Option<String>,
}

impl Unit {
    /// Checks the options. Nothing is sent yet.
    pub(super) fn all(options: &Options, context: &Context) -> Result<Vec<Self>, Failure> {
        let sync = match options.sync {
            SyncOption::Auto => Sync::Auto,
            SyncOption::Never => Sync::Never,
        };
        let providers: Vec<&ProviderOptions> = match (&options.provider, &*options.providers) {
            (Some(provider), []) => vec![provider],
            (None, many @ [_, ..]) => many.iter().collect(),
            (Some(_), _) => {
                return Err(Failure::new(
                    "parameters are mutually exclusive: provider|providers",
                ));
            }
            (None, []) => {
                return Err(Failure::new(
                    "one of the following is required: provider, providers",
                ));
            }
        };
        let mut units: Vec<Self> = Vec::new();
        for provider in providers {
            let client = Icontrol::connect(provider, context)
                .map_err(|error| Failure::new(error.to_string()))?;
            units.push(Self {
                appliance: Rc::new(Appliance::new(client, sync)),
                skipped: None,
                failed: None,
            });
        }
        Ok(units)
    }

    /// Finds units of one group among several devices: the first active one is written.
    pub(super) async fn choose(units: &mut [Self]) {
        if units.len() < 2 {
            return;
        }
        let mut written: Vec<(Group, String)> = Vec::new();
        let mut waiting = Vec::new();
        for (at, unit) in units.iter_mut().enumerate() {
            match unit.role().await {
                Ok(Role::Standalone) => {}
                Ok(Role::Active(group)) => {
                    if let Some(server) = find(&written, &group) {
                        unit.skipped = Some(taken_from(&server, &group));
                    } else {
                        let server = unit.appliance.client.server().to_owned();
                        written.push((group, server));
                    }
                }
                Ok(Role::Standby { group, .. }) => waiting.push((at, group)),
                Err(error) => unit.failed = Some(error.to_string()),
            }
        }
        for (at, group) in waiting {
            // A group whose active unit is not listed says so itself when there is something to do.
            if let Some(server) = find(&written, &group) {
                units[at].skipped = Some(taken_from(&server, &group));
            }
        }
    }

    async fn role(&self) -> Result<Role, IcontrolError> {
        self.appliance.role().await
    }
}

fn find(written: &[(Group, String)], group: &Group) -> Option<String> {
    written
        .iter()
        .find(|(it, _)| it.name == group.name && it.members == group.members)
        .map(|(_, server)| server.clone())
}

fn taken_from(server: &str, group: &Group) -> String {
    format!(
        "takes its configuration from {server}, the active unit of {}",
        group.name
    )
}
