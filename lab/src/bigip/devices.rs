//! The two units, each with its state, and what they are to each other.

use super::auth;
use super::ha::{End, Pair, Side, Status};
use super::model::{Config, Unit};
use serde_json::{Value, json};
use std::net::SocketAddr;
use time::OffsetDateTime;

/// The simulated devices.
#[derive(Debug)]
pub(crate) struct BigIp {
    pub(crate) users: Vec<auth::User>,
    pub(crate) devices: [Device; 2],
    /// `None` while both stand alone.
    pub(crate) pair: Option<Pair>,
}

/// A unit, made when it is first needed, since a key for its built-in
/// certificate takes time.
#[derive(Debug)]
pub(crate) struct Device {
    /// Addresses of the virtual servers that are there from the start.
    pub(crate) addresses: [SocketAddr; 3],
    pub(crate) unit: Option<Unit>,
    /// End of a restart.
    down_until: Option<OffsetDateTime>,
}

impl Device {
    fn unit(&mut self, now: OffsetDateTime) -> &mut Unit {
        let addresses = &self.addresses;
        self.unit.get_or_insert_with(|| Unit::new(addresses, now))
    }
}

impl BigIp {
    pub(crate) fn new(addresses: [[SocketAddr; 3]; 2]) -> Self {
        Self {
            users: auth::users(),
            devices: addresses.map(|addresses| Device {
                addresses,
                unit: None,
                down_until: None,
            }),
            pair: None,
        }
    }

    /// The next use meets new devices, with the users of the old ones.
    pub(crate) fn reset(&mut self) {
        *self = Self {
            users: std::mem::take(&mut self.users),
            ..Self::new(self.devices.each_ref().map(|device| device.addresses))
        };
    }

    /// Addresses of the virtual servers that a unit has from the start.
    pub(crate) fn addresses(&self, side: Side) -> [SocketAddr; 3] {
        self.devices[side.index()].addresses
    }

    /// The password of a local user.
    pub(crate) fn password(&self, name: &str) -> &str {
        let user = self.users.iter().find(|user| user.name == name);
        user.map_or("", |user| &user.password)
    }

    /// Restarts a unit: unsaved changes, tokens and transactions are lost. Of
    /// a pair the other unit takes over.
    pub(crate) fn reboot(&mut self, side: Side, now: OffsetDateTime, until: OffsetDateTime) {
        self.settle(now);
        self.unit(side, now).restart();
        self.devices[side.index()].down_until = Some(until);
        let other_is_up = self.is_up(side.other(), now);
        if let Some(pair) = &mut self.pair
            && pair.active == side
            && other_is_up
        {
            pair.active = side.other();
        }
    }

    pub(crate) fn unit(&mut self, side: Side, now: OffsetDateTime) -> &mut Unit {
        self.devices[side.index()].unit(now)
    }

    pub(crate) fn users_and_unit(
        &mut self,
        side: Side,
        now: OffsetDateTime,
    ) -> (&[auth::User], &mut Unit) {
        let Self { users, devices, .. } = self;
        (users, devices[side.index()].unit(now))
    }

    pub(crate) fn both(&mut self, now: OffsetDateTime) -> [&mut Unit; 2] {
        self.devices.each_mut().map(|device| device.unit(now))
    }

    pub(crate) fn is_up(&self, side: Side, now: OffsetDateTime) -> bool {
        self.devices[side.index()]
            .down_until
            .is_none_or(|until| until <= now)
    }

    /// Whether the units of a pair see each other.
    pub(crate) fn is_connected(&self, now: OffsetDateTime) -> bool {
        let wanted = self.pair.as_ref().is_some_and(|pair| pair.connected);
        wanted && self.is_up(Side::A, now) && self.is_up(Side::B, now)
    }

    /// Does what the passing of time brings.
    pub(crate) fn settle(&mut self, now: OffsetDateTime) {
        let connected = self.is_connected(now);
        if let Some(mut pair) = self.pair.take() {
            pair.settle(self.both(now), connected, now);
            self.pair = Some(pair);
        }
    }

    pub(crate) fn pair(&self) -> Option<&Pair> {
        self.pair.as_ref()
    }

    /// The state of the group; `None` while both stand alone.
    pub(crate) fn status(&mut self, now: OffsetDateTime) -> Option<Status> {
        let connected = self.is_connected(now);
        let pair = self.pair.take()?;
        let [a, b] = self.both(now);
        let status = pair.status([a, b], connected);
        self.pair = Some(pair);
        Some(status)
    }

    /// Begins to copy one unit's configuration to the other.
    pub(crate) fn synchronize(&mut self, from: Side, end: End, now: OffsetDateTime) {
        let config = self.unit(from, now).config.clone();
        if let Some(pair) = &mut self.pair {
            pair.begin(from, config, end, now);
        }
        self.settle(now);
    }

    /// What the control port tells.
    pub(crate) fn ha_state(&mut self, now: OffsetDateTime) -> Value {
        self.settle(now);
        match (self.status(now), &self.pair) {
            (Some(status), Some(pair)) => pair.describe(status),
            _ => json!({"mode": "standalone"}),
        }
    }

    /// The units that pass traffic: of a pair the active one.
    pub(crate) fn working(&mut self, now: OffsetDateTime) -> Vec<&Config> {
        self.settle(now);
        let active = self.pair.as_ref().map(|pair| pair.active);
        let working: Vec<Side> = [Side::A, Side::B]
            .into_iter()
            .filter(|side| active.is_none_or(|active| active == *side))
            .filter(|side| self.is_up(*side, now))
            .collect();
        for side in &working {
            self.unit(*side, now);
        }
        working
            .iter()
            .filter_map(|side| self.devices[side.index()].unit.as_ref())
            .map(|unit| &unit.config)
            .collect()
    }
}
