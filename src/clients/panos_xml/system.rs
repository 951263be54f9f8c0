//! What a device tells about itself and its partner.

use super::document::{child, descendant, text_of};
use super::{Call, Element, Panos, PanosError};

/// Facts of a management plane.
#[derive(Clone, Debug)]
pub(crate) struct SystemInfo {
    pub(crate) version: String,
    pub(crate) model: String,
    pub(crate) serial: String,
}

/// A firewall's part in a pair.
#[derive(Clone, Debug)]
pub(crate) struct HaState {
    pub(crate) enabled: bool,
    /// `active`, `passive`, …
    pub(crate) local: String,
    /// `synchronized`, `synchronization in progress`, `not synchronized`
    pub(crate) running_sync: String,
    pub(crate) sync_enabled: bool,
}

impl HaState {
    /// Does the partner rule, so that nothing may be changed here?
    pub(crate) fn is_passive(&self) -> bool {
        self.enabled && !self.local.is_empty() && !self.local.contains("active")
    }
}

impl Panos {
    pub(crate) async fn system_info(&self) -> Result<SystemInfo, PanosError> {
        let doing = "show its version";
        let command = Element::nested(&["show", "system"], Element::empty("info"));
        let call = Call::read("op", doing).with("cmd", command.to_xml());
        let _turn = self.0.turn.lock().await;
        let answer = self.done(&call).await?;
        let info = answer.with(self.system(), |response| {
            let system = descendant(response, "system")?;
            Some(SystemInfo {
                version: text_of(system, "sw-version")?,
                model: text_of(system, "model").unwrap_or_default(),
                serial: text_of(system, "serial").unwrap_or_default(),
            })
        })?;
        info.ok_or_else(|| PanosError::unexpected(self.system(), doing, "no version in the answer"))
    }

    pub(crate) async fn ha_state(&self) -> Result<HaState, PanosError> {
        let command = Element::nested(&["show", "high-availability"], Element::empty("state"));
        let call =
            Call::read("op", "show its high-availability state").with("cmd", command.to_xml());
        let _turn = self.0.turn.lock().await;
        let answer = self.done(&call).await?;
        answer.with(self.system(), |response| {
            let result = child(response, "result");
            // Panorama has no groups.
            let group = result.map(|it| child(it, "group").unwrap_or(it));
            let local = result.and_then(|it| descendant(it, "local-info"));
            HaState {
                enabled: result.and_then(|it| text_of(it, "enabled")).as_deref() == Some("yes"),
                local: local
                    .and_then(|it| text_of(it, "state"))
                    .unwrap_or_default(),
                running_sync: group
                    .and_then(|it| text_of(it, "running-sync"))
                    .unwrap_or_default(),
                sync_enabled: group
                    .and_then(|it| text_of(it, "running-sync-enabled"))
                    .as_deref()
                    != Some("no"),
            }
        })
    }
}
