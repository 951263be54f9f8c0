//! Virtual servers and their profiles as they are read.

use super::model::Config;
use super::names;
use super::request::{link, release};
use super::virtuals::{PLAIN, address, kind};
use crate::switches::Switches;
use serde_json::{Map, Value, json};

/// The virtual server as it is read.
pub(crate) fn show(config: &Config, path: &str, switches: &Switches, expand: bool) -> Value {
    let Some(server) = config.virtuals.get(path) else {
        return Value::Null;
    };
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| {
        shown.insert(name.to_owned(), value);
    };
    let url = format!("/mgmt/tm/ltm/virtual/{}", names::to_url(path));
    put("kind", json!("tm:ltm:virtual:virtualstate"));
    put("name", json!(names::name(path)));
    put("partition", json!(names::partition(path)));
    if let Some(folder) = names::folder(path) {
        put("subPath", json!(folder));
    }
    put("fullPath", json!(path));
    put("generation", json!(server.generation));
    let query = if expand {
        "expandSubcollections=true&"
    } else {
        ""
    };
    put(
        "selfLink",
        json!(format!(
            "https://localhost{url}?{query}ver={}",
            release(switches)
        )),
    );
    put("destination", json!(server.destination));
    put(
        if server.enabled {
            "enabled"
        } else {
            "disabled"
        },
        json!(true),
    );
    let ipv6 = address(&server.destination).is_some_and(|address| address.is_ipv6());
    for (name, default) in PLAIN {
        let value = match server.own.get(name) {
            Some(value) => value.clone(),
            None if ipv6 && name == "mask" => json!("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            None if ipv6 && name == "source" => json!("::/0"),
            None => serde_json::from_str(default).unwrap_or_default(),
        };
        if !value.is_null() {
            put(name, value);
        }
    }
    for name in ["pool", "rules"] {
        if let Some(value) = server.own.get(name) {
            put(name, value.clone());
        }
    }
    put("vsIndex", json!(server.index));
    let policies = link(switches, &format!("{url}/policies"));
    put(
        "policiesReference",
        json!({"link": policies, "isSubcollection": true}),
    );
    let mut reference =
        json!({"link": link(switches, &format!("{url}/profiles")), "isSubcollection": true});
    if expand {
        reference["items"] = server
            .profiles
            .keys()
            .map(|profile| show_profile(config, path, profile, switches))
            .collect();
    }
    put("profilesReference", reference);
    Value::Object(shown)
}

/// An item of `profiles`.
pub(crate) fn show_profile(
    config: &Config,
    server: &str,
    profile: &str,
    switches: &Switches,
) -> Value {
    let found = config.virtuals.get(server);
    let context = found.and_then(|server| server.profiles.get(profile));
    let generation = found.map_or(0, |server| server.generation);
    let kind = kind(config, profile).unwrap_or_default();
    let (server, url) = (names::to_url(server), names::to_url(profile));
    json!({
        "kind": "tm:ltm:virtual:profiles:profilesstate",
        "name": names::name(profile),
        "partition": names::partition(profile),
        "fullPath": profile,
        "generation": generation,
        "selfLink": link(switches, &format!("/mgmt/tm/ltm/virtual/{server}/profiles/{url}")),
        "context": context.map_or("all", String::as_str),
        "nameReference": {"link": link(switches, &format!("/mgmt/tm/ltm/profile/{kind}/{url}"))},
    })
}
