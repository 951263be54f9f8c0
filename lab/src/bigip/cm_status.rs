//! The status pages below `tm cm`.

use super::cm::{TRUST, View};
use super::ha::{GROUP, Side, Status};
use super::request::link;
use crate::switches::SyncUnderway;
use serde_json::{Map, Value, json};

impl View<'_> {
    /// `cm failover-status`.
    pub(crate) fn failover_status(&self) -> Value {
        let active = self.side == self.active;
        let (color, status, summary) = if active {
            ("green", "ACTIVE", "1/1 active")
        } else {
            ("gray", "STANDBY", "1/1 standby")
        };
        let details = if active {
            vec!["active for /Common/traffic-group-1".to_owned()]
        } else {
            Vec::new()
        };
        self.status_page(
            "failover-status",
            "failoverStatus",
            &[("color", color), ("status", status), ("summary", summary)],
            &details,
        )
    }

    /// `cm sync-status`.
    pub(crate) fn sync_status(&self) -> Value {
        let Some(status) = self.status else {
            return self.status_page(
                "sync-status",
                "syncStatus",
                &[
                    ("color", "green"),
                    ("mode", "standalone"),
                    ("status", "Standalone"),
                    ("summary", " "),
                ],
                &[],
            );
        };
        let (own, peer) = (self.side.host(), self.side.other().host());
        let same = "All devices in the device group are in sync".to_owned();
        let advice = |side: Side| {
            Some(format!(
                " - Recommended action: Synchronize {} to group {GROUP}",
                side.host()
            ))
        };
        let (color, name, summary, advice) = match status {
            Status::InSync => ("green", "In Sync", same.clone(), None),
            Status::Disconnected => ("red", "Disconnected", format!("{peer}: disconnected"), None),
            Status::AwaitingInitialSync => (
                "blue",
                "Awaiting Initial Sync",
                "The device group is awaiting the initial config sync".to_owned(),
                advice(self.side),
            ),
            Status::Pending(changed) => (
                "yellow",
                "Changes Pending",
                format!(
                    "{} has configuration changes that are not synchronized",
                    changed.host()
                ),
                advice(changed),
            ),
            Status::Conflict => (
                "red",
                "Changes Pending",
                format!("There is a possible change conflict between {own} and {peer}."),
                advice(self.side),
            ),
            Status::Failure => (
                "red",
                "Sync Failure",
                format!("A validation error occurred while syncing to {peer}"),
                advice(self.side),
            ),
            Status::Underway => match self.switches.bigip_sync_underway {
                SyncUnderway::NotAllDevicesSynced => (
                    "yellow",
                    "Not All Devices Synced",
                    format!("{peer} is not synchronized"),
                    None,
                ),
                SyncUnderway::Syncing => ("blue", "Syncing", "Synchronizing".to_owned(), None),
                SyncUnderway::ChangesPending => (
                    "yellow",
                    "Changes Pending",
                    "Changes pending".to_owned(),
                    None,
                ),
            },
        };
        let seen = match status {
            Status::Disconnected => "disconnected",
            _ => "connected",
        };
        let mut details = vec![
            format!("{peer}: {seen}"),
            format!("{GROUP} ({name}): {summary}"),
        ];
        details.extend(advice);
        if status == Status::InSync {
            details.push(format!("{TRUST} (In Sync): {same}"));
        }
        self.status_page(
            "sync-status",
            "syncStatus",
            &[
                ("color", color),
                ("mode", "high-availability"),
                ("status", name),
                ("summary", &summary),
            ],
            &details,
        )
    }

    /// The one entry that both status pages have.
    fn status_page(
        &self,
        page: &str,
        camel: &str,
        facts: &[(&str, &str)],
        details: &[String],
    ) -> Value {
        let text = |text: &str| json!({"description": text});
        let mut entries: Map<String, Value> = facts
            .iter()
            .map(|(name, value)| ((*name).to_owned(), text(value)))
            .collect();
        if !details.is_empty() {
            let base = format!("https://localhost/mgmt/tm/cm/{camel}/0/details");
            let nested: Map<String, Value> = details
                .iter()
                .enumerate()
                .map(|(index, detail)| {
                    let entry = json!({"nestedStats": {"entries": {"details": text(detail)}}});
                    (format!("{base}/{index}"), entry)
                })
                .collect();
            entries.insert(base, json!({"nestedStats": {"entries": nested}}));
        }
        let path = format!("/mgmt/tm/cm/{page}");
        json!({
            "kind": format!("tm:cm:{page}:{page}stats"),
            "selfLink": link(self.switches, &path),
            "entries": {format!("https://localhost{path}/0"): {"nestedStats": {"entries": entries}}},
        })
    }
}
