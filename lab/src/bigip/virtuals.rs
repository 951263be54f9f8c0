//! `ltm virtual` and the profiles that a virtual server carries.

use super::errors::Refusal;
use super::model::{Config, Virtual};
use super::names;
use super::request::{Command, Env};
use super::ssl_files::target;
use super::virtual_view::{show, show_profile};
use hyper::Method;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// A change of a virtual server.
pub(crate) fn change(
    config: &mut Config,
    env: &Env<'_>,
    command: &Command,
    name: Option<&str>,
) -> Result<Value, Refusal> {
    let exists = |config: &Config, path: &str| config.virtuals.contains_key(path);
    let path = target(config, command, name, exists, NOUN)?;
    if command.method == Method::DELETE {
        config.virtuals.remove(&path);
        config.step();
        return Ok(Value::Null);
    }
    let generation = config.step();
    let index = config
        .virtuals
        .values()
        .map(|server| server.index)
        .max()
        .unwrap_or(0)
        + 1;
    let old = config.virtuals.get(&path).cloned();
    let created = old.is_none();
    let mut server = old.unwrap_or(Virtual {
        destination: String::new(),
        enabled: true,
        profiles: BTreeMap::new(),
        own: Map::new(),
        index,
        generation,
    });
    server.generation = generation;
    for (name, value) in &command.body {
        match name.as_str() {
            "destination" => {
                server.destination = destination(value.as_str().unwrap_or_default(), &path)?;
            }
            "enabled" if *value != json!(false) => server.enabled = true,
            "disabled" if *value != json!(false) => server.enabled = false,
            "profiles" => server.profiles = profiles(config, value)?,
            "pool" => {
                server.own.remove("pool");
                if let Some(pool) = command.given("pool") {
                    let pool = json!(names::reference(pool));
                    server.own.insert("pool".to_owned(), pool);
                }
            }
            "rules" => {
                let rules: Vec<String> = value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|rule| rule.as_str().map(names::reference))
                    .collect();
                server.own.remove("rules");
                if !rules.is_empty() {
                    server.own.insert("rules".to_owned(), json!(rules));
                }
            }
            "vlansEnabled" | "vlansDisabled" => {
                for other in ["vlansEnabled", "vlansDisabled"] {
                    let given = if other == name { value } else { &Value::Null };
                    server.own.insert(other.to_owned(), given.clone());
                }
            }
            name if PLAIN.iter().any(|(plain, _)| *plain == name) => {
                server.own.insert(name.to_owned(), value.clone());
            }
            name if known(name) => {}
            name => return Err(Refusal::unknown_property(name)),
        }
    }
    if server.destination.is_empty() {
        let text = format!("01070343:3: Virtual server {path} requires a destination.");
        return Err(Refusal::database(400, text));
    }
    if created && server.profiles.is_empty() {
        server
            .profiles
            .insert("/Common/fastL4".to_owned(), "all".to_owned());
    }
    config.virtuals.insert(path.clone(), server);
    Ok(show(config, &path, env.switches, false))
}

/// A change of the profiles of a virtual server, one at a time.
pub(crate) fn change_profile(
    config: &mut Config,
    env: &Env<'_>,
    command: &Command,
    server: &str,
    profile: Option<&str>,
) -> Result<Value, Refusal> {
    let path = names::from_url(server);
    let Some(mut server) = config.virtuals.get(&path).cloned() else {
        return Err(Refusal::missing(NOUN, &path));
    };
    let shown = match (&command.method, profile) {
        (&Method::POST, None) => {
            let name = names::from_body(&command.body)?;
            if server.profiles.contains_key(&name) {
                return Err(Refusal::exists("virtual server profile", &name));
            }
            let added = profiles(config, &json!([command.body]))?;
            server.profiles.extend(added);
            name
        }
        (&Method::DELETE, Some(profile)) => {
            let name = names::from_url(profile);
            server
                .profiles
                .remove(&name)
                .ok_or_else(|| Refusal::missing("virtual server profile", &name))?;
            name
        }
        _ => return Err(Refusal::unknown_uri(&command.path)),
    };
    server.generation = config.step();
    config.virtuals.insert(path.clone(), server);
    Ok(show_profile(config, &path, &shown, env.switches))
}

/// The type of a profile.
pub(crate) fn kind(config: &Config, profile: &str) -> Option<&'static str> {
    if config.client_ssl.contains_key(profile) {
        return Some("client-ssl");
    }
    config.profiles.get(profile).copied()
}

/// Address and port of a destination: `/Common/192.0.2.10%1:443`, for IPv6
/// `/Common/2001:db8::1.443`.
pub(crate) fn address(destination: &str) -> Option<SocketAddr> {
    let text = destination.rsplit('/').next()?;
    let (address, port) = split(text)?;
    let address = address.split('%').next()?;
    Some(SocketAddr::new(address.parse::<IpAddr>().ok()?, port))
}

fn split(text: &str) -> Option<(&str, u16)> {
    let separator = if text.matches(':').count() > 1 {
        '.'
    } else {
        ':'
    };
    let (address, port) = text.rsplit_once(separator)?;
    let port = match port {
        "https" => 443,
        "http" => 80,
        "any" => 0,
        port => port.parse().ok()?,
    };
    Some((address, port))
}

fn destination(text: &str, server: &str) -> Result<String, Refusal> {
    let bad = || {
        let text = format!("01070152:3: Invalid destination {text} for virtual server {server}.");
        Refusal::database(400, text)
    };
    address(text).ok_or_else(bad)?;
    let tail = text.rsplit('/').next().unwrap_or_default();
    let (address, port) = split(tail).ok_or_else(bad)?;
    // The Linux way of writing an IPv6 socket address is not the device's.
    if address.contains('[') {
        return Err(bad());
    }
    let separator = if address.contains(':') { '.' } else { ':' };
    let folder = if text.starts_with('/') {
        names::partition(text)
    } else {
        names::partition(server)
    };
    Ok(format!("/{folder}/{address}{separator}{port}"))
}

fn profiles(config: &Config, list: &Value) -> Result<BTreeMap<String, String>, Refusal> {
    let items = list
        .as_array()
        .ok_or_else(|| Refusal::syntax("invalid property value \"profiles\""))?;
    let mut profiles = BTreeMap::new();
    for item in items {
        let (path, context) = match item {
            Value::String(name) => (names::reference(name), None),
            Value::Object(body) => (
                names::from_body(body)?,
                body.get("context").and_then(Value::as_str),
            ),
            _ => return Err(Refusal::syntax("invalid property value \"profiles\"")),
        };
        let usual = match kind(config, &path) {
            Some("client-ssl") => "clientside",
            Some("server-ssl") => "serverside",
            _ => "all",
        };
        let context = context
            .filter(|context| usual == "all" || *context != "all")
            .unwrap_or(usual);
        if !["all", "clientside", "serverside"].contains(&context) {
            let text = format!("invalid property value \"context\":\"{context}\"");
            return Err(Refusal::syntax(text));
        }
        profiles.insert(path, context.to_owned());
    }
    Ok(profiles)
}

fn known(name: &str) -> bool {
    name.ends_with("Reference")
        || [
            "name",
            "partition",
            "subPath",
            "fullPath",
            "kind",
            "generation",
            "selfLink",
            "appService",
            "vsIndex",
            "enabled",
            "disabled",
            "creationTime",
            "lastModifiedTime",
        ]
        .contains(&name)
}

/// What messages call a virtual server.
pub(crate) const NOUN: &str = "Virtual Server";

/// Properties that are only kept: name and default, in JSON.
pub(crate) const PLAIN: [(&str, &str); 40] = [
    ("addressStatus", "\"yes\""),
    ("autoLasthop", "\"default\""),
    ("bwcPolicy", "null"),
    ("clonePools", "null"),
    ("cmpEnabled", "\"yes\""),
    ("connectionLimit", "0"),
    ("description", "null"),
    ("evictionProtected", "\"disabled\""),
    ("fallbackPersistence", "null"),
    ("flowEvictionPolicy", "null"),
    ("fwEnforcedPolicy", "null"),
    ("fwStagedPolicy", "null"),
    ("gtmScore", "0"),
    ("ipIntelligencePolicy", "null"),
    ("ipProtocol", "\"tcp\""),
    ("lastHopPool", "null"),
    ("mask", "\"255.255.255.255\""),
    ("metadata", "null"),
    ("mirror", "\"disabled\""),
    ("mobileAppTunnel", "\"disabled\""),
    ("nat64", "\"disabled\""),
    ("perFlowRequestAccessPolicy", "null"),
    ("persist", "null"),
    ("policies", "null"),
    ("rateLimit", "\"disabled\""),
    ("rateLimitDstMask", "0"),
    ("rateLimitMode", "\"object\""),
    ("rateLimitSrcMask", "0"),
    ("securityLogProfiles", "null"),
    ("securityNatPolicy", "null"),
    ("serversslUseSni", "\"disabled\""),
    ("serviceDownImmediateAction", "\"none\""),
    ("source", "\"0.0.0.0/0\""),
    ("sourceAddressTranslation", "{\"type\":\"none\"}"),
    ("sourcePort", "\"preserve\""),
    ("translateAddress", "\"enabled\""),
    ("translatePort", "\"enabled\""),
    ("vlans", "null"),
    ("vlansDisabled", "true"),
    ("vlansEnabled", "null"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations() {
        for (text, expected) in [
            ("/Common/192.0.2.10:443", "192.0.2.10:443"),
            ("/Common/192.0.2.10%1:443", "192.0.2.10:443"),
            ("/Web/2001:db8::1.443", "[2001:db8::1]:443"),
            ("/Web/2001:db8::1%2.443", "[2001:db8::1]:443"),
        ] {
            assert_eq!(
                address(text).map(|a| a.to_string()).as_deref(),
                Some(expected)
            );
        }
        assert_eq!(address("/Common/nowhere:443"), None);
        assert_eq!(
            destination("127.0.0.1:https", "/Web/x").ok().as_deref(),
            Some("/Web/127.0.0.1:443")
        );
    }
}
