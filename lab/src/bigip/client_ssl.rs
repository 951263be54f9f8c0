//! `ltm profile client-ssl`: settings, inheritance and the chain of keys and
//! certificates.

use super::client_ssl_chain::{chain, reveal};
use super::client_ssl_view::show;
use super::errors::Refusal;
use super::model::{ClientSsl, Config, ROOT};
use super::names;
use super::request::{Command, Env};
use super::ssl_files::target;
use hyper::Method;
use serde_json::{Map, Value, json};

/// A change of a profile.
pub(crate) fn change(
    config: &mut Config,
    env: &Env<'_>,
    command: &Command,
    name: Option<&str>,
) -> Result<Value, Refusal> {
    let exists = |config: &Config, path: &str| config.client_ssl.contains_key(path);
    let path = target(config, command, name, exists, NOUN)?;
    if command.method == Method::DELETE {
        config.client_ssl.remove(&path);
        config.step();
        return Ok(Value::Null);
    }
    if config.profiles.contains_key(&path) {
        let text = format!(
            "01070293:3: The profile name ({path}) is already assigned to another profile."
        );
        return Err(Refusal::database(400, text));
    }
    let generation = config.step();
    let mut profile = config.client_ssl.get(&path).cloned().unwrap_or(ClientSsl {
        parent: Some(ROOT.to_owned()),
        own: Map::new(),
        chain: None,
        generation,
    });
    if command.method == Method::PUT {
        profile.own.clear();
    }
    profile.generation = generation;
    settings(config, &mut profile, command, &path)?;
    let before = config.chain(&path);
    chain(config, &mut profile, command, env.switches, &path)?;
    if env.switches.bigip_writes_ciphertext {
        reveal(before, profile.chain.iter_mut().flatten());
    }
    config.client_ssl.insert(path.clone(), profile);
    Ok(show(config, &path, env.switches))
}

fn settings(
    config: &Config,
    profile: &mut ClientSsl,
    command: &Command,
    path: &str,
) -> Result<(), Refusal> {
    for (name, value) in &command.body {
        let name = name.as_str();
        if name == "defaultsFrom" {
            let parent = command.text(name).map(names::reference).unwrap_or_default();
            if profile.parent.is_none() {
                // The root is written back with the `none` that was read.
                continue;
            }
            if !names::sees(path, &parent) || !config.client_ssl.contains_key(&parent) {
                return Err(Refusal::missing(NOUN, &parent));
            }
            if descends(config, &parent, path) {
                let text = format!(
                    "01070734:3: Configuration error: circular profile dependency ({path})."
                );
                return Err(Refusal::database(400, text));
            }
            profile.parent = Some(parent);
        } else if ["sniDefault", "sniRequire"].contains(&name) {
            let flag = match value {
                Value::Bool(flag) => flag.to_string(),
                Value::String(flag) if ["true", "false"].contains(&flag.as_str()) => flag.clone(),
                _ => return Err(invalid(name, value)),
            };
            profile.own.insert(name.to_owned(), json!(flag));
        } else if name == "tmOptions" || DEFAULTS.iter().any(|(known, _)| *known == name) {
            let empty = value.as_str() == Some("");
            if empty
                || !(value.is_string()
                    || value.is_number()
                    || value.is_array()
                    || value.is_boolean())
            {
                return Err(invalid(name, value));
            }
            if let Some((_, allowed)) = CHOICES.iter().find(|(known, _)| *known == name)
                && !value.as_str().is_some_and(|value| allowed.contains(&value))
            {
                return Err(invalid(name, value));
            }
            profile.own.insert(name.to_owned(), value.clone());
        } else if !known(name) {
            return Err(Refusal::unknown_property(name));
        }
    }
    let set = |name: &str| {
        command.given(name).is_some()
            || (command.body.get(name).is_none()
                && profile.own.get(name).is_some_and(|v| v != "none"))
    };
    if set("ciphers") && set("cipherGroup") {
        let text = format!(
            "01070734:3: Configuration error: In {NOUN} ({path}), ciphers and cipher-group cannot be specified together."
        );
        return Err(Refusal::database(400, text));
    }
    Ok(())
}

fn descends(config: &Config, from: &str, path: &str) -> bool {
    let mut at = Some(from.to_owned());
    for _ in 0..64 {
        match at {
            None => return false,
            Some(at) if at == path => return true,
            Some(above) => {
                at = config
                    .client_ssl
                    .get(&above)
                    .and_then(|profile| profile.parent.clone());
            }
        }
    }
    true
}

/// What a client may write back because it has read it.
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
            "certKeyChain",
            "inheritCertkeychain",
            "cert",
            "key",
            "chain",
            "passphrase",
        ]
        .contains(&name)
}

/// A value that a property does not take.
pub(crate) fn invalid(name: &str, value: &Value) -> Refusal {
    let value = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    Refusal::syntax(format!("invalid property value \"{name}\":\"{value}\""))
}

/// What messages call a profile.
pub(crate) const NOUN: &str = "ClientSSL Profile";

/// Settings of the root profile, in JSON.
pub(crate) const DEFAULTS: [(&str, &str); 33] = [
    ("alertTimeout", "\"indefinite\""),
    ("allowExpiredCrl", "\"disabled\""),
    ("allowNonSsl", "\"disabled\""),
    ("authenticate", "\"once\""),
    ("authenticateDepth", "9"),
    ("cacheSize", "262144"),
    ("cacheTimeout", "3600"),
    ("caFile", "\"none\""),
    ("cipherGroup", "\"none\""),
    ("ciphers", "\"DEFAULT\""),
    ("clientCertCa", "\"none\""),
    ("crlFile", "\"none\""),
    ("description", "\"none\""),
    ("handshakeTimeout", "\"10\""),
    ("maximumRecordSize", "16384"),
    ("mode", "\"enabled\""),
    ("ocspStapling", "\"disabled\""),
    ("peerCertMode", "\"ignore\""),
    ("proxySsl", "\"disabled\""),
    ("renegotiateMaxRecordDelay", "\"indefinite\""),
    ("renegotiatePeriod", "\"indefinite\""),
    ("renegotiateSize", "\"indefinite\""),
    ("renegotiation", "\"enabled\""),
    ("retainCertificate", "\"true\""),
    ("secureRenegotiation", "\"require\""),
    ("serverName", "\"none\""),
    ("sessionTicket", "\"disabled\""),
    ("sniDefault", "\"false\""),
    ("sniRequire", "\"false\""),
    ("sslForwardProxy", "\"disabled\""),
    ("sslSignHash", "\"any\""),
    ("strictResume", "\"disabled\""),
    ("uncleanShutdown", "\"enabled\""),
];

const CHOICES: [(&str, &[&str]); 8] = [
    ("allowNonSsl", &["enabled", "disabled"]),
    ("authenticate", &["once", "always"]),
    ("mode", &["enabled", "disabled"]),
    ("ocspStapling", &["enabled", "disabled"]),
    ("peerCertMode", &["ignore", "request", "require"]),
    ("renegotiation", &["enabled", "disabled"]),
    ("sessionTicket", &["enabled", "disabled"]),
    ("uncleanShutdown", &["enabled", "disabled"]),
];
