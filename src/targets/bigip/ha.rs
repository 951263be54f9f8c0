//! Devices in pairs: who is active, and how a change reaches the other one.

use std::time::Duration;

use crate::clients::icontrol::cm::{Device, DeviceGroup, SyncStatus};
use crate::clients::icontrol::{Icontrol, IcontrolError};

/// Where a device stands among its peers.
#[derive(Clone, Debug)]
pub(crate) enum Role {
    Standalone,
    /// It serves traffic.
    Active(Group),
    /// Another one does.
    Standby {
        group: Group,
        active: Option<String>,
    },
}

/// A sync-failover group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) name: String,
    /// Sorted: by it two devices are known to be of one group.
    pub(crate) members: Vec<String>,
    pub(crate) auto_sync: bool,
}

impl Role {
    pub(crate) async fn of(client: &Icontrol) -> Result<Self, IcontrolError> {
        let devices = client.devices().await?;
        let Some(own) = devices.iter().find(|it| it.is_self) else {
            return Ok(Self::Standalone);
        };
        if devices.len() < 2 {
            return Ok(Self::Standalone);
        }
        let groups = client.device_groups().await?;
        let Some(group) = groups
            .iter()
            .find(|it| it.is_failover() && it.may_have(&own.name))
        else {
            return Ok(Self::Standalone);
        };
        Ok(Self::among(own, &devices, group))
    }

    fn among(own: &Device, devices: &[Device], group: &DeviceGroup) -> Self {
        let mut members: Vec<String> = devices
            .iter()
            .filter(|it| group.may_have(&it.name))
            .map(|it| it.name.clone())
            .collect();
        members.sort_unstable();
        let group = Group {
            name: group.name.clone(),
            members,
            auto_sync: group.auto_sync,
        };
        if own.failover_state == "active" {
            return Self::Active(group);
        }
        let active = devices
            .iter()
            .find(|it| it.failover_state == "active")
            .map(|it| it.name.clone());
        Self::Standby { group, active }
    }

    pub(crate) fn group(&self) -> Option<&Group> {
        match self {
            Self::Standalone => None,
            Self::Active(group) | Self::Standby { group, .. } => Some(group),
        }
    }
}

/// May something be written, as far as the group is concerned? `ours`: what is pending is the work
/// of a run of ours that did not get to its end. The answer says why not.
pub(crate) async fn ready(
    client: &Icontrol,
    group: &Group,
    ours: bool,
) -> Result<Result<(), String>, IcontrolError> {
    let status = settled(client).await?;
    let who = client.system();
    let advice = match status.status.as_str() {
        "In Sync" | "Standalone" => return Ok(Ok(())),
        // A sync of ours that failed is tried again.
        "Changes Pending" | "Not All Devices Synced" | "Sync Failure" if ours => return Ok(Ok(())),
        "Changes Pending" | "Not All Devices Synced" => {
            "somebody else's changes wait there, and a sync would carry them along or undo them. Sync (or take them \
             back), then run again"
        }
        _ => "set the group right, then run again",
    };
    Ok(Err(format!(
        "{who}: the device group {} is '{}' ({}): {advice}. Nothing was written. (`sync: never` leaves the group to you)",
        group.name, status.status, status.summary
    )))
}

/// Gives the configuration to the group, or waits until the device has done so by itself.
pub(crate) async fn sync(
    client: &Icontrol,
    group: &Group,
) -> Result<Result<(), String>, IcontrolError> {
    if !group.auto_sync {
        client.sync_to(&group.name).await?;
    }
    let mut waited = Duration::ZERO;
    loop {
        let status = client.sync_status().await?;
        if status.status == "In Sync" {
            return Ok(Ok(()));
        }
        // What failed does not come right by waiting; but an earlier failure is shown for a while.
        let failed = status.status == "Sync Failure" && waited >= PAUSE;
        if failed || waited >= PATIENCE || client.context().deadline.admits(PAUSE).is_none() {
            let SyncStatus {
                status,
                summary,
                details,
            } = status;
            return Ok(Err(format!(
                "{}: the device group {} did not come into sync: '{status}' ({summary}){}{}. The certificates are in \
                 service on this unit; the next run tries again",
                client.system(),
                group.name,
                if details.is_empty() { "" } else { ": " },
                details.join("; ")
            )));
        }
        let pause = if waited < PAUSE { QUICK } else { PAUSE };
        tokio::time::sleep(pause).await;
        waited += pause;
    }
}

/// The status, once no sync is under way.
async fn settled(client: &Icontrol) -> Result<SyncStatus, IcontrolError> {
    let mut waited = Duration::ZERO;
    loop {
        let status = client.sync_status().await?;
        if status.status != "Syncing"
            || waited >= PATIENCE
            || client.context().deadline.admits(PAUSE).is_none()
        {
            return Ok(status);
        }
        tokio::time::sleep(PAUSE).await;
        waited += PAUSE;
    }
}

const QUICK: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_secs(3);
/// Full loads of large configurations take minutes.
const PATIENCE: Duration = Duration::from_secs(300);
