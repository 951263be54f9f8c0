//! `ltm virtual NAME stats`. The lab does not count traffic: counters are
//! nought, but state and address are those of the virtual server.

use super::model::Config;
use super::names;
use super::request::link;
use crate::switches::Switches;
use serde_json::{Map, Value, json};

/// The statistics page of a virtual server.
pub(crate) fn show(config: &Config, path: &str, switches: &Switches) -> Value {
    let Some(server) = config.virtuals.get(path) else {
        return Value::Null;
    };
    let text = |text: &str| json!({"description": text});
    let enabled = if server.enabled {
        "enabled"
    } else {
        "disabled"
    };
    let mut entries: Map<String, Value> = [
        ("cmpEnableMode", "all-cpus"),
        ("cmpEnabled", "enabled"),
        ("destination", names::name(&server.destination)),
        ("status.availabilityState", "unknown"),
        ("status.enabledState", enabled),
        (
            "status.statusReason",
            "The children pool member(s) either don't have service checking enabled, or service check results are not available yet",
        ),
        ("syncookieStatus", "not-activated"),
        ("tmName", path),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), text(value)))
    .collect();
    let sides = ["clientside", "ephemeral"];
    let counters = sides
        .iter()
        .flat_map(|side| CONNECTIONS.iter().map(move |name| format!("{side}.{name}")))
        .chain(SYN_COOKIES.iter().map(|name| format!("syncookie.{name}")))
        .chain(COUNTERS.iter().map(|name| (*name).to_owned()));
    for name in counters {
        entries.insert(name, json!({"value": 0}));
    }
    let url = format!("/mgmt/tm/ltm/virtual/{}", names::to_url(path));
    let own = link(switches, &format!("{url}/stats"));
    let kind = "tm:ltm:virtual:virtualstats";
    json!({
        "kind": kind,
        "generation": server.generation,
        "selfLink": own,
        "entries": {format!("https://localhost{url}/{}/stats", names::to_url(path)): {"nestedStats": {
            "kind": kind,
            "selfLink": own,
            "entries": entries,
        }}},
    })
}

const CONNECTIONS: [&str; 9] = [
    "bitsIn",
    "bitsOut",
    "curConns",
    "evictedConns",
    "maxConns",
    "pktsIn",
    "pktsOut",
    "slowKilled",
    "totConns",
];
const SYN_COOKIES: [&str; 9] = [
    "accepts",
    "hwAccepts",
    "hwSyncookies",
    "hwsyncookieInstance",
    "rejects",
    "swsyncookieInstance",
    "syncacheCurr",
    "syncacheOver",
    "syncookies",
];
const COUNTERS: [&str; 7] = [
    "csMaxConnDur",
    "csMeanConnDur",
    "csMinConnDur",
    "fiveMinAvgUsageRatio",
    "fiveSecAvgUsageRatio",
    "oneMinAvgUsageRatio",
    "totRequests",
];
