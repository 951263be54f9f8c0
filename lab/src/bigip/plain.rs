//! Objects that are kept as they were written: iRules, data groups, pools,
//! OCSP validators and application services.

use super::errors::Refusal;
use super::folders;
use super::model::Config;
use super::names;
use super::request::{Command, Env, link};
use super::ssl_files::{conceal, target};
use crate::switches::Switches;
use hyper::Method;
use serde_json::{Map, Value, json};

/// A sort of objects.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The collection below `/mgmt/tm`.
    path: &'static str,
    /// What messages call an object.
    pub(crate) noun: &'static str,
    /// Property and default, in JSON; `null` shows nothing.
    properties: &'static [(&'static str, &'static str)],
}

/// An object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plain {
    pub(crate) own: Map<String, Value>,
    generation: u64,
}

/// The kind that a path below `/mgmt/tm` is about, and the rest of the path.
pub(crate) fn kind<'a>(segments: &'a [&'a str]) -> Option<(&'static Kind, &'a [&'a str])> {
    KINDS.iter().find_map(|kind| {
        let count = kind.path.split('/').count();
        let (head, rest) = segments.split_at_checked(count)?;
        (head.join("/") == kind.path && rest.len() < 2).then_some((kind, rest))
    })
}

/// A change of an object.
pub(crate) fn change(
    config: &mut Config,
    env: &Env<'_>,
    command: &Command,
    kind: &'static Kind,
    name: Option<&str>,
) -> Result<Value, Refusal> {
    let mut command = command.clone();
    if kind.noun == SERVICE && name.is_none() {
        own_folder(config, &mut command)?;
    }
    let exists = |config: &Config, path: &str| config.plain(kind.noun, path).is_some();
    let path = target(config, &command, name, exists, kind.noun)?;
    let generation = config.step();
    let key = (kind.noun, path.clone());
    if command.method == Method::DELETE {
        config.plain.remove(&key);
        return Ok(Value::Null);
    }
    let mut object = config.plain.get(&key).cloned().unwrap_or_default();
    if command.method == Method::PUT {
        object.own.clear();
    }
    object.generation = generation;
    for (name, value) in &command.body {
        let name = name.as_str();
        if kind.properties.iter().any(|(known, _)| *known == name) {
            object.own.insert(name.to_owned(), value.clone());
        } else if !READ_BACK.contains(&name) && !name.ends_with("Reference") {
            return Err(Refusal::unknown_property(name));
        }
    }
    check(kind, &path, &mut object)?;
    config.plain.insert(key, object);
    Ok(show(config, kind, &path, env.switches))
}

/// The object as it is read.
pub(crate) fn show(config: &Config, kind: &Kind, path: &str, switches: &Switches) -> Value {
    let Some(object) = config.plain(kind.noun, path) else {
        return Value::Null;
    };
    let colons = kind.path.replace('/', ":");
    let leaf = kind.path.rsplit('/').next().unwrap_or_default();
    let url = format!("/mgmt/tm/{}/{}", kind.path, names::to_url(path));
    let mut shown = json!({
        "kind": format!("tm:{colons}:{leaf}state"),
        "name": names::name(path),
        "partition": names::partition(path),
        "fullPath": path,
        "generation": object.generation,
        "selfLink": link(switches, &url),
    });
    if let Some(folder) = names::folder(path) {
        shown["subPath"] = json!(folder);
    }
    for (name, default) in kind.properties {
        let value = match object.own.get(*name) {
            Some(value) => value.clone(),
            None => serde_json::from_str(default).unwrap_or_default(),
        };
        match value {
            Value::Null => {}
            Value::String(secret) if *name == "signerKeyPassphrase" => {
                shown[*name] = json!(conceal(&secret));
            }
            value => shown[*name] = value,
        }
    }
    shown
}

/// All objects of a kind.
pub(crate) fn list(config: &Config, kind: &Kind, switches: &Switches) -> Vec<Value> {
    config
        .plain
        .keys()
        .filter(|(noun, _)| *noun == kind.noun)
        .map(|(_, path)| show(config, kind, path, switches))
        .collect()
}

/// An application service lives in a folder of its own, `NAME.app`.
fn own_folder(config: &mut Config, command: &mut Command) -> Result<(), Refusal> {
    let path = names::from_body(&command.body)?;
    folders::check(config, &path)?;
    let folder = format!("{path}.app");
    let service = format!("{folder}/{}", names::name(&path));
    config.folders.entry(folder).or_default();
    command.body.insert("name".to_owned(), json!(service));
    Ok(())
}

fn check(kind: &Kind, path: &str, object: &mut Plain) -> Result<(), Refusal> {
    let text = |name: &str| {
        let value = object.own.get(name).and_then(Value::as_str);
        value.filter(|value| !value.is_empty() && *value != "none")
    };
    match kind.noun {
        DATA_GROUP => {
            if !text("type").is_some_and(|kind| ["ip", "integer", "string"].contains(&kind)) {
                return Err(Refusal::syntax(
                    "one or more properties must be specified: type",
                ));
            }
            records(object)
        }
        RULE => {
            let code = text("apiAnonymous").unwrap_or_default();
            let depth = code
                .chars()
                .try_fold(0_u32, |depth, character| match character {
                    '{' => Some(depth + 1),
                    '}' => depth.checked_sub(1),
                    _ => Some(depth),
                });
            if depth != Some(0) {
                let text = format!(
                    "01070151:3: Rule [{path}] error: {path}:1: error: [parse error: missing close-brace][{{]"
                );
                return Err(Refusal::database(400, text));
            }
            Ok(())
        }
        OCSP => match (text("dnsResolver"), text("proxyServerPool")) {
            (Some(resolver), None) if names::reference(resolver) != RESOLVER => Err(
                Refusal::missing("DNS Resolver", &names::reference(resolver)),
            ),
            (Some(_), None) | (None, Some(_)) => Ok(()),
            _ => {
                let text = format!(
                    "01070734:3: Configuration error: OCSP certificate validator {path} needs either a DNS resolver or a proxy server pool."
                );
                Err(Refusal::database(400, text))
            }
        },
        _ => Ok(()),
    }
}

/// Records have distinct keys; an empty list shows nothing.
fn records(object: &mut Plain) -> Result<(), Refusal> {
    let Some(records) = object.own.get_mut("records") else {
        return Ok(());
    };
    let list = match records {
        Value::Array(list) => list,
        Value::String(none) if none == "none" => &mut Vec::new(),
        _ => return Err(Refusal::syntax("invalid property value \"records\"")),
    };
    let name = |record: &Value| match record {
        Value::Object(record) => record
            .get("name")
            .and_then(Value::as_str)
            .map(str::to_owned),
        Value::String(name) => Some(name.clone()),
        _ => None,
    };
    let mut sorted = std::collections::BTreeMap::new();
    for record in list {
        let name = name(record).ok_or_else(|| {
            Refusal::syntax("one or more configuration identifiers must be provided")
        })?;
        let mut shown = json!({"name": name});
        if let Some(data) = record.get("data").filter(|data| *data != "") {
            shown["data"] = data.clone();
        }
        sorted.insert(name, shown);
    }
    if sorted.is_empty() {
        object.own.remove("records");
    } else {
        object
            .own
            .insert("records".to_owned(), sorted.into_values().collect());
    }
    Ok(())
}

/// Nouns of the kinds, as messages have them.
pub(crate) const DATA_GROUP: &str = "class";
pub(crate) const RULE: &str = "iRule";
pub(crate) const POOL: &str = "Pool";
pub(crate) const OCSP: &str = "OCSP certificate validator";
pub(crate) const SERVICE: &str = "application service";

/// The resolver that every device has.
const RESOLVER: &str = "/Common/f5-aws-dns";

const KINDS: [Kind; 5] = [
    Kind {
        path: "ltm/data-group/internal",
        noun: DATA_GROUP,
        properties: &[
            ("description", "null"),
            ("records", "null"),
            ("type", "null"),
        ],
    },
    Kind {
        path: "ltm/rule",
        noun: RULE,
        properties: &[("apiAnonymous", "null")],
    },
    Kind {
        path: "ltm/pool",
        noun: POOL,
        properties: &[
            ("description", "null"),
            ("loadBalancingMode", "\"round-robin\""),
            ("monitor", "null"),
        ],
    },
    Kind {
        path: "sys/crypto/cert-validator/ocsp",
        noun: OCSP,
        properties: &[
            ("cacheErrorTimeout", "3600"),
            ("cacheTimeout", "\"indefinite\""),
            ("clockSkew", "300"),
            ("concurrentConnectionsLimit", "500"),
            ("dnsResolver", "null"),
            ("proxyServerPool", "null"),
            ("responderUrl", "null"),
            ("routeDomain", "null"),
            ("signHash", "\"sha256\""),
            ("signerCert", "null"),
            ("signerKey", "null"),
            ("signerKeyPassphrase", "null"),
            ("statusAge", "0"),
            ("strictRespCertCheck", "\"enabled\""),
            ("timeout", "8"),
            ("trustedResponders", "null"),
        ],
    },
    Kind {
        path: "sys/application/service",
        noun: SERVICE,
        properties: &[
            ("strictUpdates", "\"enabled\""),
            ("template", "null"),
            ("trafficGroup", "\"/Common/traffic-group-1\""),
        ],
    },
];

const READ_BACK: [&str; 8] = [
    "appService",
    "name",
    "partition",
    "subPath",
    "fullPath",
    "kind",
    "generation",
    "selfLink",
];
