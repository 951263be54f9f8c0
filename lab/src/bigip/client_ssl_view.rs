//! Client SSL profiles as they are read.

use super::client_ssl::DEFAULTS;
use super::client_ssl_chain::is_rsa;
use super::model::Config;
use super::names;
use super::request::link;
use super::ssl_files::conceal;
use crate::switches::Switches;
use serde_json::{Map, Value, json};

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
