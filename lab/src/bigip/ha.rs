//! Two units as a device group: who is active, and what has been synchronized.

use super::model::{Config, Unit};
use serde::Deserialize;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

/// One of the two units.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    #[default]
    A,
    B,
}

impl Side {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    pub(crate) fn index(self) -> usize {
        match self {
            Self::A => 0,
            Self::B => 1,
        }
    }

    /// The name of the unit among devices.
    pub(crate) fn host(self) -> &'static str {
        match self {
            Self::A => "bigip-a.example.org",
            Self::B => "bigip-b.example.org",
        }
    }
}

/// A sync-failover group of both units.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) active: Side,
    pub(crate) auto_sync: bool,
    /// Whether what auto-sync brought is saved where it arrived.
    pub(crate) save_on_auto_sync: bool,
    pub(crate) connected: bool,
    /// From the command to the end of a synchronization.
    pub(crate) sync_seconds: f64,
    /// Generations of both configurations when they were last the same;
    /// `None` before the first synchronization.
    synced: Option<[u64; 2]>,
    underway: Option<Sync>,
    /// What became of the last synchronization.
    last: End,
}

/// A synchronization that has begun.
#[derive(Debug)]
struct Sync {
    from: Side,
    until: OffsetDateTime,
    config: Config,
    end: End,
}

/// What becomes of a synchronization.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// The receiver runs the configuration.
    Loaded,
    /// The receiver has saved it, too.
    Saved,
    /// The receiver could not load it.
    Failed,
}

/// What `cm sync-status` calls the state of the group.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Status {
    Disconnected,
    AwaitingInitialSync,
    Underway,
    Failure,
    InSync,
    /// Changes on one unit.
    Pending(Side),
    /// Changes on both units.
    Conflict,
}

impl Pair {
    pub(crate) fn new(active: Side) -> Self {
        Self {
            active,
            auto_sync: false,
            save_on_auto_sync: false,
            connected: true,
            sync_seconds: 0.0,
            synced: None,
            underway: None,
            last: End::Loaded,
        }
    }

    pub(crate) fn status(&self, units: [&Unit; 2], connected: bool) -> Status {
        let Some(synced) = self.synced else {
            return if connected {
                Status::AwaitingInitialSync
            } else {
                Status::Disconnected
            };
        };
        let changed = |side: Side| units[side.index()].config.generation != synced[side.index()];
        match (changed(Side::A), changed(Side::B)) {
            _ if !connected => Status::Disconnected,
            _ if self.underway.is_some() => Status::Underway,
            (false, false) => Status::InSync,
            _ if self.last == End::Failed => Status::Failure,
            (true, true) => Status::Conflict,
            (true, false) => Status::Pending(Side::A),
            (false, true) => Status::Pending(Side::B),
        }
    }

    /// Begins to copy one unit's configuration to the other.
    pub(crate) fn begin(&mut self, from: Side, config: Config, end: End, now: OffsetDateTime) {
        self.underway = Some(Sync {
            from,
            until: now + Duration::seconds_f64(self.sync_seconds),
            config,
            end,
        });
    }

    /// Ends a synchronization whose time has come, and begins the one that
    /// auto-sync owes. A conflict is left to the administrator.
    pub(crate) fn settle(&mut self, units: [&mut Unit; 2], connected: bool, now: OffsetDateTime) {
        let [a, b] = units;
        loop {
            if let Some(sync) = self.underway.take_if(|sync| sync.until <= now) {
                let target = match sync.from {
                    Side::A => &mut *b,
                    Side::B => &mut *a,
                };
                self.last = sync.end;
                if sync.end != End::Failed {
                    self.synced = Some(sync.finish(target));
                }
            }
            let status = self.status([a, b], connected);
            let Status::Pending(from) = status else {
                return;
            };
            if !self.auto_sync {
                return;
            }
            let config = match from {
                Side::A => a.config.clone(),
                Side::B => b.config.clone(),
            };
            let end = if self.save_on_auto_sync {
                End::Saved
            } else {
                End::Loaded
            };
            self.begin(from, config, end, now);
        }
    }

    /// What the control port tells.
    pub(crate) fn describe(&self, status: Status) -> Value {
        json!({
            "mode": "pair",
            "active": self.active.host(),
            "auto_sync": self.auto_sync,
            "connected": self.connected,
            "status": status.name(),
        })
    }
}

impl Sync {
    /// Puts the configuration in place; the generations that now agree.
    fn finish(self, target: &mut Unit) -> [u64; 2] {
        let sent = self.config.generation;
        let received = target.config.generation + 1;
        target.config = self.config;
        target.config.generation = received;
        if self.end == End::Saved {
            target.saved = target.config.clone();
        }
        match self.from {
            Side::A => [sent, received],
            Side::B => [received, sent],
        }
    }
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Disconnected => "Disconnected",
            Self::AwaitingInitialSync => "Awaiting Initial Sync",
            Self::Underway => "Not All Devices Synced",
            Self::Failure => "Sync Failure",
            Self::InSync => "In Sync",
            Self::Pending(_) | Self::Conflict => "Changes Pending",
        }
    }
}

/// The device group of a pair.
pub(crate) const GROUP: &str = "failover-group";
