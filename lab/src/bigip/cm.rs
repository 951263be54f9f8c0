//! `tm cm`: devices, the device group, its synchronization and failover.

use super::devices::BigIp;
use super::errors::{Refusal, answer};
use super::ha::{End, GROUP, Side, Status};
use super::names;
use super::query;
use super::request::{Command, below_tm, link, release};
use crate::http::{Call, Reply};
use crate::switches::{Switches, SyncConflict, SyncOutcome};
use hyper::Method;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// Answers a request below `/mgmt/tm/cm`.
pub(crate) fn handle(
    bigip: &mut BigIp,
    side: Side,
    now: OffsetDateTime,
    switches: &Switches,
    call: &Call,
) -> Result<Reply, Refusal> {
    let segments = below_tm(&call.path);
    if call.method == Method::POST && segments == ["cm"] {
        return synchronize(bigip, side, now, switches, &Command::read(call)?);
    }
    if call.method != Method::GET {
        return Err(Refusal::unknown_uri(&call.path));
    }
    let view = View {
        side,
        active: bigip.pair().map_or(side, |pair| pair.active),
        auto_sync: bigip.pair().is_some_and(|pair| pair.auto_sync),
        save_on_auto_sync: bigip.pair().is_some_and(|pair| pair.save_on_auto_sync),
        down: !bigip.is_up(side.other(), now),
        status: bigip.status(now),
        switches,
    };
    view.read(&segments[1..], call)
}

/// `config-sync to-group|from-group NAME`, with or without force.
fn synchronize(
    bigip: &mut BigIp,
    side: Side,
    now: OffsetDateTime,
    switches: &Switches,
    command: &Command,
) -> Result<Reply, Refusal> {
    if command.text("command") != Some("run") {
        return Err(Refusal::syntax("invalid property value \"command\""));
    }
    let arguments = command.text("utilCmdArgs").unwrap_or_default();
    let words: Vec<&str> = arguments.split_whitespace().collect();
    let forced = words.contains(&FORCE);
    let rest: Vec<&str> = words.into_iter().filter(|word| *word != FORCE).collect();
    let [
        "config-sync",
        direction @ ("to-group" | "from-group"),
        group,
    ] = rest.as_slice()
    else {
        let text = format!("Syntax Error: unexpected argument \"{arguments}\"");
        return Err(Refusal::syntax(text));
    };
    let group = names::reference(group);
    let known = groups(bigip.status(now).is_some());
    if !known.iter().any(|known| names::reference(known) == group) {
        return Err(Refusal::missing("device group", &group));
    }
    if group == names::reference(GROUP) {
        let from = match *direction {
            "to-group" => side,
            _ => side.other(),
        };
        let target = from.other();
        let newer = match bigip.status(now) {
            Some(Status::Conflict) => true,
            Some(Status::Pending(changed)) => changed == target,
            _ => false,
        };
        let kept = newer && !forced && switches.bigip_sync_conflict == SyncConflict::Kept;
        if !kept && bigip.is_connected(now) {
            let end = match (switches.bigip_sync_outcome, switches.bigip_sync_saves) {
                (SyncOutcome::Failure, _) => End::Failed,
                (SyncOutcome::Ok, true) => End::Saved,
                (SyncOutcome::Ok, false) => End::Loaded,
            };
            bigip.synchronize(from, end, now);
        }
    }
    let body = json!({"kind": "tm:cm:runstate", "command": "run", "utilCmdArgs": arguments});
    Ok(answer(200, &body))
}

/// What a unit knows about itself and its peer.
pub(crate) struct View<'a> {
    pub(crate) side: Side,
    pub(crate) active: Side,
    auto_sync: bool,
    save_on_auto_sync: bool,
    /// Whether the peer restarts.
    down: bool,
    /// `None` for a unit that stands alone.
    pub(crate) status: Option<Status>,
    pub(crate) switches: &'a Switches,
}

impl View<'_> {
    fn read(&self, segments: &[&str], call: &Call) -> Result<Reply, Refusal> {
        let object = |what: &str, items: Vec<Value>, name: &str| {
            let path = names::from_url(name);
            let found = items.into_iter().find(|item| item["fullPath"] == path);
            let object = found.ok_or_else(|| Refusal::missing(what, &path))?;
            Ok(answer(200, &query::selected(object, call)))
        };
        let list = |kind: &str, items| {
            let leaf = kind.rsplit(':').next().unwrap_or_default();
            let kind = format!("tm:cm:{kind}:{leaf}collectionstate");
            Ok(query::list(&kind, items, self.switches, call))
        };
        match segments {
            ["device"] => list("device", self.devices()),
            ["device", name] => object("device", self.devices(), name),
            ["device-group"] => list("device-group", self.groups()),
            ["device-group", name] => object("device group", self.groups(), name),
            ["device-group", group, "devices", rest @ ..] if rest.len() < 2 => {
                let path = names::from_url(group);
                let known = groups(self.status.is_some());
                if !known.iter().any(|known| names::reference(known) == path) {
                    return Err(Refusal::missing("device group", &path));
                }
                match rest {
                    [name] => object("device", self.members(&path), name),
                    _ => list("device-group:devices", self.members(&path)),
                }
            }
            ["traffic-group"] => list("traffic-group", self.traffic_groups()),
            ["traffic-group", "stats"] => Ok(answer(200, &self.traffic_stats("traffic-group"))),
            ["traffic-group", name] => object("traffic group", self.traffic_groups(), name),
            ["traffic-group", name, "stats"] => {
                let path = names::from_url(name);
                object("traffic group", self.traffic_groups(), name)?;
                let base = format!("traffic-group/{}", names::to_url(&path));
                Ok(answer(200, &self.traffic_stats(&base)))
            }
            ["sync-status"] => Ok(answer(200, &self.sync_status())),
            ["failover-status"] => Ok(answer(200, &self.failover_status())),
            _ => Err(Refusal::unknown_uri(&call.path)),
        }
    }

    fn members(&self, group: &str) -> Vec<Value> {
        let base = format!("/mgmt/tm/cm/device-group/{}/devices", names::to_url(group));
        self.sides()
            .into_iter()
            .map(|side| {
                let path = names::reference(side.host());
                let url = names::to_url(&path);
                let mut shown = self.envelope("device-group:devices", &path, &base);
                shown["nameReference"] =
                    json!({"link": link(self.switches, &format!("/mgmt/tm/cm/device/{url}"))});
                shown["setSyncLeader"] = json!(false);
                shown
            })
            .collect()
    }

    fn sides(&self) -> Vec<Side> {
        match self.status {
            None => vec![self.side],
            Some(_) => vec![Side::A, Side::B],
        }
    }

    fn devices(&self) -> Vec<Value> {
        self.sides()
            .into_iter()
            .map(|side| self.device(side))
            .collect()
    }

    fn device(&self, side: Side) -> Value {
        let path = names::reference(side.host());
        let mut shown = self.envelope("device", &path, "/mgmt/tm/cm/device");
        let address = match side {
            Side::A => "192.0.2.11",
            Side::B => "192.0.2.12",
        };
        let paired = self.status.is_some();
        let address_or_none = if paired { address } else { "none" };
        let state = match side {
            side if side != self.side && self.down => "offline",
            side if side == self.active => "active",
            _ => "standby",
        };
        for (name, value) in [
            (
                "baseMac",
                json!(format!("02:00:00:00:00:0{}", side.index() + 1)),
            ),
            ("build", json!("0.0.1")),
            (
                "chassisId",
                json!(format!(
                    "00000000-0000-0000-00000000000{}",
                    side.index() + 1
                )),
            ),
            ("chassisType", json!("individual")),
            ("configsyncIp", json!(address_or_none)),
            ("edition", json!("Final")),
            ("failoverState", json!(state)),
            ("haCapacity", json!(0)),
            ("hostname", json!(side.host())),
            ("managementIp", json!(address)),
            ("marketingName", json!("BIG-IP Virtual Edition")),
            ("mirrorIp", json!("any6")),
            ("platformId", json!("Z100")),
            ("product", json!("BIG-IP")),
            ("selfDevice", json!((side == self.side).to_string())),
            ("timeZone", json!("UTC")),
            ("version", json!(release(self.switches))),
        ] {
            shown[name] = value;
        }
        if paired {
            shown["unicastAddress"] = json!([{
                "effectiveIp": address, "effectivePort": 1026, "ip": address, "port": 1026,
            }]);
        }
        shown
    }

    fn groups(&self) -> Vec<Value> {
        let base = "/mgmt/tm/cm/device-group";
        groups(self.status.is_some())
            .iter()
            .map(|name| {
                let path = names::reference(name);
                let failover = *name == GROUP;
                let enabled = |on: bool| if on { "enabled" } else { "disabled" };
                let devices = format!("{base}/{}/devices", names::to_url(&path));
                let mut shown = self.envelope("device-group", &path, base);
                for (name, value) in [
                    ("asmSync", json!("disabled")),
                    // The trust between devices is always shared at once.
                    ("autoSync", json!(enabled(!failover || self.auto_sync))),
                    ("fullLoadOnSync", json!("false")),
                    ("incrementalConfigSyncSizeMax", json!(1024)),
                    ("networkFailover", json!(enabled(failover))),
                    (
                        "saveOnAutoSync",
                        json!((failover && self.save_on_auto_sync).to_string()),
                    ),
                    (
                        "type",
                        json!(if failover {
                            "sync-failover"
                        } else {
                            "sync-only"
                        }),
                    ),
                    (
                        "devicesReference",
                        json!({"link": link(self.switches, &devices), "isSubcollection": true}),
                    ),
                ] {
                    shown[name] = value;
                }
                shown
            })
            .collect()
    }

    fn traffic_groups(&self) -> Vec<Value> {
        [
            ("traffic-group-1", true),
            ("traffic-group-local-only", false),
        ]
        .into_iter()
        .map(|(name, floating)| {
            let path = names::reference(name);
            let mut shown = self.envelope("traffic-group", &path, "/mgmt/tm/cm/traffic-group");
            for (name, value) in [
                ("autoFailbackEnabled", json!("false")),
                ("autoFailbackTime", json!(60)),
                ("failoverMethod", json!("ha-order")),
                ("haLoadFactor", json!(1)),
                ("isFloating", json!(floating.to_string())),
                ("mac", json!("none")),
                ("monitor", json!({})),
                ("unitId", json!(u8::from(floating))),
            ] {
                shown[name] = value;
            }
            shown
        })
        .collect()
    }

    /// Who is active for the floating traffic group, one entry per device.
    fn traffic_stats(&self, base: &str) -> Value {
        let group = "/Common/traffic-group-1";
        let mut entries = serde_json::Map::new();
        for side in self.sides() {
            let device = names::reference(side.host());
            let key = format!("{}:{}", names::to_url(group), names::to_url(&device));
            let active = side == self.active;
            let text = |text: &str| json!({"description": text});
            let url = format!("/mgmt/tm/cm/traffic-group/{key}/stats");
            entries.insert(
                format!("https://localhost{url}"),
                json!({"nestedStats": {
                    "kind": "tm:cm:traffic-group:traffic-groupstats",
                    "selfLink": link(self.switches, &url),
                    "entries": {
                        "deviceName": text(&device),
                        "failoverState": text(if active { "active" } else { "standby" }),
                        "nextActive": text(if active { "false" } else { "true" }),
                        "trafficGroup": text(group),
                    },
                }}),
            );
        }
        json!({
            "kind": "tm:cm:traffic-group:traffic-groupstats",
            "generation": 1,
            "selfLink": link(self.switches, &format!("/mgmt/tm/cm/{base}/stats")),
            "entries": entries,
        })
    }

    fn envelope(&self, kind: &str, path: &str, base: &str) -> Value {
        let leaf = kind.rsplit(':').next().unwrap_or_default();
        json!({
            "kind": format!("tm:cm:{kind}:{leaf}state"),
            "name": names::name(path),
            "partition": names::COMMON,
            "fullPath": path,
            "generation": 1,
            "selfLink": link(self.switches, &format!("{base}/{}", names::to_url(path))),
        })
    }
}

/// The device groups of a unit.
fn groups(paired: bool) -> &'static [&'static str] {
    if paired {
        &[TRUST, GROUP, GTM]
    } else {
        &[TRUST, GTM]
    }
}

pub(crate) const TRUST: &str = "device_trust_group";
const GTM: &str = "gtm";
const FORCE: &str = "force-full-load-push";
