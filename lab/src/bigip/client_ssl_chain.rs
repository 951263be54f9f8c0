//! The chain of a client SSL profile: pairs of keys and certificates.

use super::client_ssl::invalid;
use super::errors::Refusal;
use super::model::{ClientSsl, Config, Entry};
use super::names;
use super::request::{Command, camel_name};
use super::ssl_files::conceal;
use crate::switches::Switches;
use hyper::Method;
use serde_json::{Map, Value, json};

/// Takes the chain of a profile from a change, in the new style or the old.
pub(crate) fn chain(
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
pub(crate) fn reveal<'a>(before: &[Entry], entries: impl Iterator<Item = &'a mut Entry>) {
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

/// Whether an entry holds an RSA certificate.
pub(crate) fn is_rsa(config: &Config, entry: &Entry) -> bool {
    let cert = entry.cert.as_ref().and_then(|path| config.certs.get(path));
    cert.is_some_and(|cert| matches!(cert.file.kind, crate::csr::KeyKind::Rsa(_)))
}

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
