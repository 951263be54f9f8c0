//! What a device tells about itself, and its partner.

use super::device::{Device, Kind};
use super::edit;
use super::scope::device as device_steps;
use super::xml::Node;
use super::xpath::{Path, Step};
use crate::switches::{PanosVersion, Switches};
use time::{Duration, OffsetDateTime};

/// A pair of firewalls of which one is active.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ha {
    pub(crate) enabled: bool,
    /// Is the second unit the active one?
    pub(crate) second_is_active: bool,
    /// How long the running configuration takes to the other unit.
    pub(crate) seconds: f64,
    /// The other unit does not take it.
    pub(crate) failing: bool,
    /// A pair of Panoramas: what the one at hand calls itself, such as `secondary-passive`.
    pub(crate) panorama: Option<String>,
    /// When the last copy is done; `None` after one that failed.
    pub(crate) synchronized: Option<OffsetDateTime>,
}

/// `show system info`
pub(crate) fn info(device: &Device, switches: &Switches) -> Node {
    let (name, model) = match device.kind {
        Kind::Firewall => (format!("fw-{}", device.serial), "PA-VM"),
        Kind::Panorama => ("panorama".to_owned(), "Panorama"),
    };
    let multi_vsys = if device.has_vsys("vsys2") {
        "on"
    } else {
        "off"
    };
    Node::new("system")
        .with(Node::leaf("hostname", name))
        .with(Node::leaf("ip-address", "127.0.0.1"))
        .with(Node::leaf("model", model))
        .with(Node::leaf("serial", device.serial))
        .with(Node::leaf("sw-version", version(switches)))
        .with(Node::leaf("app-version", "8920-9100"))
        .with(Node::leaf("multi-vsys", multi_vsys))
        .with(Node::leaf("operational-mode", "normal"))
}

pub(crate) fn version(switches: &Switches) -> &'static str {
    match switches.panos_version {
        PanosVersion::V10 => "10.2.9",
        PanosVersion::V11 => "11.1.4",
        PanosVersion::V12 => "12.1.2",
    }
}

/// `show high-availability state`
pub(crate) fn ha_state(ha: &Ha, is_second: bool, now: OffsetDateTime) -> Vec<Node> {
    if !ha.enabled {
        return vec![Node::leaf("enabled", "no")];
    }
    let state = |second: bool| {
        if second == ha.second_is_active {
            "active"
        } else {
            "passive"
        }
    };
    let sync = match ha.synchronized {
        Some(done) if done <= now => "synchronized",
        Some(_) => "synchronization in progress",
        None => "not synchronized",
    };
    let side = |name: &str, second: bool| {
        Node::new(name)
            .with(Node::leaf("state", state(second)))
            .with(Node::leaf("mode", "Active-Passive"))
    };
    vec![
        Node::leaf("enabled", "yes"),
        Node::new("group")
            .with(Node::leaf("mode", "Active-Passive"))
            .with(side("local-info", is_second))
            .with(side("peer-info", !is_second).with(Node::leaf("conn-status", "up")))
            .with(Node::leaf("running-sync", sync))
            .with(Node::leaf("running-sync-enabled", "yes")),
    ]
}

impl Ha {
    /// A commit on the active unit reaches the other one, but for what is its
    /// own: the profile of its management interface.
    pub(crate) fn copy(&mut self, from: &Device, to: &mut Device, now: OffsetDateTime) {
        if self.failing {
            self.synchronized = None;
            return;
        }
        let mut steps = device_steps();
        steps.extend(["deviceconfig", "system", "ssl-tls-service-profile"].map(Step::plain));
        let own = Path::of(steps);
        let mut next = from.running.clone();
        edit::copy(&to.running, &mut next, &own);
        to.running = next.clone();
        to.candidate = next;
        to.changes.forget(|_| true);
        self.synchronized = Some(now + Duration::seconds_f64(self.seconds));
    }
}
