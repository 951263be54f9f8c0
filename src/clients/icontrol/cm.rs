//! Devices that stand in for each other, and what they have of each other's configuration.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::wire::flag;
use super::{Icontrol, IcontrolError};
use crate::http::{Call, Replay};

/// A device of the trust domain.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Device {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) failover_state: String,
    /// Is it the device that answers?
    #[serde(default, rename = "selfDevice", deserialize_with = "flag")]
    pub(crate) is_self: bool,
}

/// A group of devices that take configuration from each other.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeviceGroup {
    pub(crate) name: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default, deserialize_with = "flag")]
    pub(crate) auto_sync: bool,
    #[serde(default)]
    devices_reference: Members,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Members {
    #[serde(default)]
    items: Vec<Member>,
}

#[derive(Clone, Debug, Deserialize)]
struct Member {
    name: String,
}

/// What `sync-status` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyncStatus {
    /// `In Sync`, `Changes Pending` …
    pub(crate) status: String,
    pub(crate) summary: String,
    pub(crate) details: Vec<String>,
}

impl Icontrol {
    pub(crate) async fn devices(&self) -> Result<Vec<Device>, IcontrolError> {
        let call = Call::get("tm/cm/device", "list its device group's members")
            .query("$select", "name,failoverState,selfDevice");
        self.list(&call).await
    }

    pub(crate) async fn device_groups(&self) -> Result<Vec<DeviceGroup>, IcontrolError> {
        let call = Call::get("tm/cm/device-group", "list device groups")
            .query("expandSubcollections", "true");
        self.list(&call).await
    }

    pub(crate) async fn sync_status(&self) -> Result<SyncStatus, IcontrolError> {
        let body: Stats = self
            .read(&Call::get("tm/cm/sync-status", "tell its sync status"))
            .await?;
        Ok(body.status())
    }

    /// Starts to give its configuration to the group; runs in the background. A second time does no
    /// harm.
    pub(crate) async fn sync_to(&self, group: &str) -> Result<(), IcontrolError> {
        let call = Call::post("tm/cm", format!("give its configuration to {group}"))
            .body(
                &json!({"command": "run", "utilCmdArgs": format!("config-sync to-group {group}")}),
            )
            .replay(Replay::Safe);
        self.send(&call).await.map(drop)
    }
}

impl DeviceGroup {
    pub(crate) fn is_failover(&self) -> bool {
        self.kind == "sync-failover"
    }

    /// True also where the members are not shown.
    pub(crate) fn may_have(&self, device: &str) -> bool {
        let bare = |it: &str| it.rsplit('/').next().unwrap_or(it).to_owned();
        let members = &self.devices_reference.items;
        members.is_empty() || members.iter().any(|it| bare(&it.name) == bare(device))
    }
}

/// Statistics nest: `entries` → address → `nestedStats` → `entries`.
#[derive(Deserialize)]
struct Stats {
    #[serde(default)]
    entries: BTreeMap<String, Value>,
}

impl Stats {
    fn status(&self) -> SyncStatus {
        let inner = self
            .entries
            .values()
            .next()
            .and_then(|it| it.pointer("/nestedStats/entries"))
            .cloned()
            .unwrap_or_default();
        let text = |name: &str| {
            inner[name]["description"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let mut details = Vec::new();
        collect_details(&inner, &mut details);
        SyncStatus {
            status: text("status"),
            summary: text("summary"),
            details,
        }
    }
}

fn collect_details(value: &Value, found: &mut Vec<String>) {
    let Some(members) = value.as_object() else {
        return;
    };
    for (name, member) in members {
        match member["description"].as_str() {
            Some(text) if name == "details" => found.push(text.to_owned()),
            _ => collect_details(member, found),
        }
    }
}
