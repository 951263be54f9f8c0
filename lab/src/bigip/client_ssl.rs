//! `ltm profile client-ssl`: settings, inheritance and the chain of keys and
//! certificates.

use super::errors::Refusal;
use super::model::{ClientSsl, Config, Entry, ROOT};
use super::names;
use super::request::{Command, Env, camel_name, link};
use super::ssl_files::{conceal, target};
use crate::switches::Switches;
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

/// The profile as it is read.
pub(crate) fn show(config: &Config, path: &str, switches: &Switches) -> Value {
    let Some(profile) = config.client_ssl.get(path) else {
        return Value::Null;
    };
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| {
        shown.insert(name.to_owned(), value);
    };
    let url = format!("/mgmt/tm/ltm/profile/client-ssl/{}", names::to_url(path));
    put("kind", json!("tm:ltm:profile:client-ssl:client-sslstate"));
    put("name", json!(names::name(path)));
    put("partition", json!(names::partition(path)));
    if let Some(folder) = names::folder(path) {
        put("subPath", json!(folder));
    }
    put("fullPath", json!(path));
    put("generation", json!(profile.generation));
    put("selfLink", json!(link(switches, &url)));
    let reference = |path: &str, kind: &str| json!({"link": link(switches, &format!("/mgmt/tm/{kind}/{}", names::to_url(path)))});
    match &profile.parent {
        None => put("defaultsFrom", json!("none")),
        Some(parent) => {
            put("defaultsFrom", json!(parent));
            put(
                "defaultsFromReference",
                reference(parent, "ltm/profile/client-ssl"),
            );
        }
    }
    put(
        "inheritCertkeychain",
        json!(profile.chain.is_none().to_string()),
    );
    for (name, default) in DEFAULTS {
        let value = config
            .setting(path, name)
            .cloned()
            .unwrap_or_else(|| serde_json::from_str(default).unwrap_or(json!(default)));
        put(name, value);
    }
    put("tmOptions", tm_options(config, path, switches));
    let entries = config.chain(path);
    let mut list = Vec::new();
    for entry in entries {
        let mut item = Map::new();
        item.insert("name".to_owned(), json!(entry.name));
        item.insert("appService".to_owned(), json!("none"));
        for (name, file, kind) in [
            ("cert", &entry.cert, "sys/file/ssl-cert"),
            ("chain", &entry.chain, "sys/file/ssl-cert"),
            ("key", &entry.key, "sys/file/ssl-key"),
        ] {
            item.insert(name.to_owned(), json!(file.as_deref().unwrap_or("none")));
            if let Some(file) = file {
                item.insert(format!("{name}Reference"), reference(file, kind));
            }
        }
        if super::since_14(switches) {
            item.insert("usage".to_owned(), json!(entry.usage));
        }
        if let Some(passphrase) = &entry.passphrase
            && switches.bigip_shows_passphrase
        {
            item.insert("passphrase".to_owned(), json!(conceal(passphrase)));
        }
        list.push(Value::Object(item));
    }
    let first = entries
        .iter()
        .find(|entry| is_rsa(config, entry))
        .or(entries.first());
    for (name, file, kind) in [
        (
            "cert",
            first.and_then(|entry| entry.cert.as_ref()),
            "sys/file/ssl-cert",
        ),
        (
            "chain",
            first.and_then(|entry| entry.chain.as_ref()),
            "sys/file/ssl-cert",
        ),
        (
            "key",
            first.and_then(|entry| entry.key.as_ref()),
            "sys/file/ssl-key",
        ),
    ] {
        put(name, json!(file.map_or("none", String::as_str)));
        if let Some(file) = file {
            put(&format!("{name}Reference"), reference(file, kind));
        }
    }
    put("certKeyChain", json!(list));
    Value::Object(shown)
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

fn chain(
    config: &Config,
    profile: &mut ClientSsl,
    command: &Command,
    switches: &Switches,
    path: &str,
) -> Result<(), Refusal> {
    let old_style = ["cert", "key", "chain", "passphrase"];
    // Objects are written back with everything that was read.
    let uses_old = command.method != Method::PUT
        && old_style
            .iter()
            .any(|name| command.body.contains_key(*name));
    if let Some(list) = command.body.get("certKeyChain") {
        if uses_old {
            let text = format!(
                "01b4002a:3: Client SSL profile ({path}):cert-key-chain and profile cert/key/chain/passphrase options cannot be specified together."
            );
            return Err(Refusal::database(400, text));
        }
        if command.method == Method::PUT && command.text("inheritCertkeychain") == Some("true") {
            return Ok(());
        }
        let entries = entries(list, switches)?;
        profile.chain = (!entries.is_empty() || profile.parent.is_none()).then_some(entries);
        return Ok(());
    }
    if !uses_old {
        return Ok(());
    }
    let mut list: Vec<Entry> = profile.chain.clone().unwrap_or_else(|| {
        profile
            .parent
            .as_ref()
            .map(|parent| config.chain(parent).to_vec())
            .unwrap_or_default()
    });
    if let Some(key) = command.given("key").map(names::reference)
        && let Some(found) = config.keys.get(&key)
        && matches!(found.kind, Some(crate::csr::KeyKind::Ec(_)))
    {
        let text = format!(
            "01b40029:3: Client SSL profile ({path}): {key} is not RSA key. To add non-RSA cert/key, please use [cert-key-chain add]."
        );
        return Err(Refusal::database(400, text));
    }
    let position = list.iter().position(|entry| is_rsa(config, entry));
    let mut entry = position.map_or_else(
        || Entry {
            name: "default".to_owned(),
            cert: None,
            key: None,
            chain: None,
            passphrase: None,
            usage: "SERVER".to_owned(),
        },
        |index| list[index].clone(),
    );
    for (name, field) in [
        ("cert", &mut entry.cert),
        ("key", &mut entry.key),
        ("chain", &mut entry.chain),
    ] {
        if command.body.contains_key(name) {
            *field = file(command.body.get(name))?;
        }
    }
    if command.body.contains_key("passphrase") {
        entry.passphrase = command.given("passphrase").map(str::to_owned);
    }
    match position {
        Some(index) => list[index] = entry,
        None => list.push(entry),
    }
    profile.chain = Some(list);
    Ok(())
}

/// Turns ciphertext that was written back into the passphrase it stands for.
fn reveal<'a>(before: &[Entry], entries: impl Iterator<Item = &'a mut Entry>) {
    for entry in entries {
        let written = entry.passphrase.as_deref().unwrap_or_default();
        let known = before
            .iter()
            .filter_map(|old| old.passphrase.as_ref())
            .find(|passphrase| conceal(passphrase) == written);
        if let Some(passphrase) = known {
            entry.passphrase = Some(passphrase.clone());
        }
    }
}

/// A list of entries, or a map from names to entries.
fn entries(list: &Value, switches: &Switches) -> Result<Vec<Entry>, Refusal> {
    let items: Vec<Map<String, Value>> = match list {
        Value::Array(items) => items
            .iter()
            .filter_map(|item| item.as_object().cloned())
            .collect(),
        Value::Object(map) => map
            .iter()
            .filter_map(|(name, item)| {
                let mut item = item.as_object()?.clone();
                item.insert("name".to_owned(), json!(name));
                Some(item)
            })
            .collect(),
        Value::String(none) if none == "none" => Vec::new(),
        _ => return Err(invalid("certKeyChain", list)),
    };
    let mut entries: Vec<Entry> = Vec::new();
    for item in items {
        let item: Map<String, Value> = item
            .into_iter()
            .map(|(name, value)| (camel_name(&name), value))
            .collect();
        for name in item.keys() {
            let fine =
                ENTRY.contains(&name.as_str()) || (name == "usage" && super::since_14(switches));
            if !fine {
                return Err(Refusal::unknown_property(name));
            }
        }
        let text = |name: &str| {
            item.get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        let name = text("name").ok_or_else(|| {
            Refusal::syntax("one or more configuration identifiers must be provided")
        })?;
        if entries.iter().any(|entry| entry.name == name) {
            return Err(Refusal::syntax(format!(
                "\"{name}\" may only be specified once"
            )));
        }
        let usage = text("usage").unwrap_or("SERVER");
        if !["SERVER", "CA"].contains(&usage) {
            return Err(invalid("usage", &json!(usage)));
        }
        entries.push(Entry {
            name: name.to_owned(),
            cert: file(item.get("cert"))?,
            key: file(item.get("key"))?,
            chain: file(item.get("chain"))?,
            passphrase: text("passphrase")
                .filter(|text| *text != "none")
                .map(str::to_owned),
            usage: usage.to_owned(),
        });
    }
    Ok(entries)
}

/// A path or `none`; never an empty text.
fn file(value: Option<&Value>) -> Result<Option<String>, Refusal> {
    match value.and_then(Value::as_str) {
        None | Some("none") => Ok(None),
        Some("") => Err(Refusal::syntax(
            "one or more configuration identifiers must be provided",
        )),
        Some(path) => Ok(Some(names::reference(path))),
    }
}

fn is_rsa(config: &Config, entry: &Entry) -> bool {
    let cert = entry.cert.as_ref().and_then(|path| config.certs.get(path));
    cert.is_some_and(|cert| matches!(cert.file.kind, crate::csr::KeyKind::Rsa(_)))
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

/// Up to 13.x a list, afterwards one text.
fn tm_options(config: &Config, path: &str, switches: &Switches) -> Value {
    let options: Vec<String> = match config.setting(path, "tmOptions") {
        None => vec!["dont-insert-empty-fragments".to_owned()],
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(|v| v.as_str().map(str::to_owned))
            .collect(),
        Some(value) => value
            .as_str()
            .unwrap_or_default()
            .split_whitespace()
            .filter(|word| !["{", "}", "none"].contains(word))
            .map(str::to_owned)
            .collect(),
    };
    if !super::since_14(switches) {
        return json!(options);
    }
    if options.is_empty() {
        return json!("none");
    }
    json!(format!("{{ {} }}", options.join(" ")))
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

fn invalid(name: &str, value: &Value) -> Refusal {
    let value = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    Refusal::syntax(format!("invalid property value \"{name}\":\"{value}\""))
}

/// What messages call a profile.
pub(crate) const NOUN: &str = "ClientSSL Profile";

const ENTRY: [&str; 10] = [
    "name",
    "appService",
    "cert",
    "certReference",
    "chain",
    "chainReference",
    "key",
    "keyReference",
    "passphrase",
    "ocspStaplingParams",
];

/// Settings of the root profile, in JSON.
const DEFAULTS: [(&str, &str); 33] = [
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
