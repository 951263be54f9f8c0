//! What tests do to the devices behind their API.

use super::estate::{Estate, FIRST, PANORAMA, SECOND};
use serde::Deserialize;
use time::OffsetDateTime;

/// `PUT /panos/ha`: the pair of firewalls.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HaChange {
    enabled: Option<bool>,
    /// `a` or `b`
    active: Option<String>,
    sync_seconds: Option<f64>,
    failing: Option<bool>,
}

/// `POST /panos/reboot`: one device loses what was not committed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reboot {
    /// `firewall`, `peer` or `panorama`
    unit: Option<String>,
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
    let place = match which.unit.as_deref() {
        None | Some("firewall") => FIRST,
        Some("peer") => SECOND,
        Some("panorama") => PANORAMA,
        Some(other) => return Err(format!("unit: firewall, peer or panorama, not {other}")),
    };
    estate.reboot(place);
    Ok(())
}

/// "Expire all API keys", on every device.
pub(crate) fn expire_keys(estate: &mut Estate) {
    for device in &mut estate.devices {
        device.keys.expire();
    }
}
