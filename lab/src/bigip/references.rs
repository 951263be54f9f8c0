//! What refers to what: a reference needs its target, and a target that is
//! referred to stays.

use super::client_ssl;
use super::errors::Refusal;
use super::model::Config;
use super::names;
use super::plain::{DATA_GROUP, OCSP, POOL, RULE};
use super::ssl_files::{CERT, KEY};
use super::virtuals;
use serde_json::Value;

/// One object that names another.
struct Reference<'a> {
    /// What messages call the user, and its path.
    user: (&'static str, &'a str),
    /// The noun of the target's kind, and its path.
    target: (&'static str, String),
}

/// Checks every reference of the end state; `before` tells "in use" from
/// "never was there".
pub(crate) fn check(before: &Config, after: &Config) -> Result<(), Refusal> {
    for Reference { user, target } in all(after) {
        let (noun, path) = &target;
        if exists(after, noun, path) && names::sees(user.1, path) {
            continue;
        }
        if !exists(before, noun, path) || exists(after, noun, path) {
            return Err(missing(noun, path));
        }
        return Err(in_use(noun, path, user));
    }
    data_groups(before, after)
}

/// The classes that iRules name: a rule is text, so only a name that was
/// there before can be known to be a class.
fn data_groups(before: &Config, after: &Config) -> Result<(), Refusal> {
    let gone = before
        .plain
        .keys()
        .filter(|key| key.0 == DATA_GROUP && !after.plain.contains_key(*key));
    for (noun, path) in gone {
        let name = names::name(path);
        let user = after.plain.iter().find(|((kind, _), rule)| {
            let code = rule.own.get("apiAnonymous").and_then(Value::as_str);
            let mut words = code
                .unwrap_or_default()
                .split(|character: char| character.is_whitespace() || "[]{}\"".contains(character));
            *kind == RULE && words.any(|word| word == name || word == path)
        });
        if let Some(((kind, user), _)) = user {
            return Err(in_use(noun, path, (kind, user)));
        }
    }
    Ok(())
}

fn exists(config: &Config, noun: &str, path: &str) -> bool {
    match noun {
        KEY => config.keys.contains_key(path),
        CERT => config.certs.contains_key(path),
        noun => config.plain(noun, path).is_some(),
    }
}

fn missing(noun: &str, path: &str) -> Refusal {
    match noun {
        CERT => Refusal::database(
            400,
            format!("0107134a:3: File object by name ({path}) is missing."),
        ),
        KEY => Refusal::database(
            400,
            format!("01070277:3: The requested key ({path}) was not found."),
        ),
        noun => Refusal::missing(noun, path),
    }
}

fn in_use(noun: &str, path: &str, user: (&str, &str)) -> Refusal {
    let text = match noun {
        CERT | KEY => format!("01071349:3: File object by name ({path}) is in use."),
        noun => {
            // "iRule" when it is missing, "rule" when it is in use.
            let noun = if noun == RULE { "rule" } else { noun };
            let (kind, name) = (user.0.to_lowercase(), user.1);
            format!(
                "01070265:3: The {noun} ({path}) cannot be deleted because it is in use by a {kind} ({name})."
            )
        }
    };
    Refusal::database(400, text)
}

fn all(config: &Config) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    let mut add = |user, noun, path: Option<&str>| {
        if let Some(path) = path.filter(|path| !path.is_empty() && *path != "none") {
            let target = (noun, names::reference(path));
            found.push(Reference { user, target });
        }
    };
    for (path, server) in &config.virtuals {
        let user = (virtuals::NOUN, path.as_str());
        for rule in texts(server.own.get("rules")) {
            add(user, RULE, Some(rule));
        }
        add(user, POOL, text(server.own.get("pool")));
    }
    for (path, profile) in &config.client_ssl {
        let user = (client_ssl::NOUN, path.as_str());
        for property in ["caFile", "clientCertCa"] {
            add(user, CERT, text(profile.own.get(property)));
        }
        for entry in profile.chain.iter().flatten() {
            add(user, KEY, entry.key.as_deref());
            add(user, CERT, entry.cert.as_deref());
            add(user, CERT, entry.chain.as_deref());
        }
    }
    for (path, cert) in &config.certs {
        let user = (CERT, path.as_str());
        add(user, CERT, text(cert.own.get("issuerCert")));
        for validator in texts(cert.own.get("certValidators")) {
            add(user, OCSP, Some(validator));
        }
    }
    for ((noun, path), object) in &config.plain {
        if *noun == OCSP {
            let user = (OCSP, path.as_str());
            add(user, POOL, text(object.own.get("proxyServerPool")));
            add(user, KEY, text(object.own.get("signerKey")));
            for property in ["signerCert", "trustedResponders"] {
                add(user, CERT, text(object.own.get(property)));
            }
        }
    }
    found
}

fn text(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_str)
}

fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = value.and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}
