//! What tests do to the devices behind their API.

use super::estate::{Estate, FIRST, PANORAMA, SECOND};
use crate::state::World;
use serde::Deserialize;
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// `PUT /panos/ha`: the pair of firewalls, and whether the Panorama is one of two.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HaChange {
    enabled: Option<bool>,
    /// `a` or `b`
    active: Option<String>,
    sync_seconds: Option<f64>,
    failing: Option<bool>,
    /// What the Panorama at hand is in its pair: `primary-active`, `secondary-passive`, …; empty for
    /// one on its own.
    panorama: Option<String>,
}

/// `POST /panos/reboot`: one device loses what was not committed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reboot {
    /// `firewall`, `peer` or `panorama`
    unit: Option<String>,
}

/// `POST /panos/meddle`: another administrator does something that the journal does not show.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Meddling {
    /// `firewall`, `peer` or `panorama`
    unit: Option<String>,
    user: String,
    parameters: BTreeMap<String, String>,
}

/// Has somebody else do something.
pub(crate) fn meddle(world: &mut World, what: &Meddling) -> Result<String, String> {
    let place = place(what.unit.as_deref())?;
    let parameters: Vec<(String, String)> = what
        .parameters
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let (now, switches) = (world.now(), world.switches.clone());
    world.panos.settle(now, &switches);
    super::meddle(world, place, &what.user, &parameters)
        .ok_or_else(|| format!("no user {}", what.user))
}

/// Changes the pair.
pub(crate) fn ha(
    estate: &mut Estate,
    change: &HaChange,
    now: OffsetDateTime,
) -> Result<(), String> {
    if let Some(active) = &change.active {
        estate.ha.second_is_active = match active.as_str() {
            "a" => false,
            "b" => true,
            other => return Err(format!("active: a or b, not {other}")),
        };
    }
    if let Some(seconds) = change.sync_seconds {
        if !(0.0..=3600.0).contains(&seconds) {
            return Err("sync_seconds: 0 to 3600".to_owned());
        }
        estate.ha.seconds = seconds;
    }
    if let Some(state) = &change.panorama {
        estate.ha.panorama = Some(state.clone()).filter(|it| !it.is_empty());
    }
    if let Some(failing) = change.failing {
        estate.ha.failing = failing;
    }
    if let Some(enabled) = change.enabled {
        if enabled && !estate.ha.enabled {
            let [first, second, _] = &mut estate.devices;
            second.running = first.running.clone();
            second.candidate = first.running.clone();
            second.changes.forget(|_| true);
            estate.ha.synchronized = Some(now);
        }
        estate.ha.enabled = enabled;
    }
    Ok(())
}

/// Restarts a device.
pub(crate) fn reboot(estate: &mut Estate, which: &Reboot) -> Result<(), String> {
    let place = place(which.unit.as_deref())?;
    estate.reboot(place);
    Ok(())
}

/// "Expire all API keys", on every device.
pub(crate) fn expire_keys(estate: &mut Estate) {
    for device in &mut estate.devices {
        device.keys.expire();
    }
}

fn place(unit: Option<&str>) -> Result<usize, String> {
    match unit {
        None | Some("firewall") => Ok(FIRST),
        Some("peer") => Ok(SECOND),
        Some("panorama") => Ok(PANORAMA),
        Some(other) => Err(format!("unit: firewall, peer or panorama, not {other}")),
    }
}
