//! `sys file ssl-key` and `sys file ssl-cert`: imported, replaced, removed.

use super::certs::CertFile;
use super::errors::Refusal;
use super::folders;
use super::keys::{KeyFile, Locked};
use super::model::{Cert, Config, Key, Stamp};
use super::names;
use super::request::{Command, Env};
use super::ssl_views::{show_cert, show_key};
use crate::csr::KeyKind;
use hyper::Method;
use serde_json::{Value, json};
use std::sync::Arc;

/// A change of `ssl-key`.
pub(crate) fn change_key(
    config: &mut Config,
    env: &Env<'_>,
    command: &Command,
    name: Option<&str>,
) -> Result<Value, Refusal> {
    let path = target(
        config,
        command,
        name,
        |config, path| config.keys.contains_key(path),
        KEY,
    )?;
    if command.method == Method::DELETE {
        config.keys.remove(&path);
        config.step();
        return Ok(Value::Null);
    }
    known_properties(command, &["sourcePath", "passphrase"])?;
    let old = config.keys.get(&path).cloned();
    if let Some(source) = command.text("sourcePath") {
        let bytes = env.source(source)?;
        put_key(
            config,
            env,
            &path,
            bytes,
            source,
            command.given("passphrase"),
        )?;
    } else if old.is_none() {
        return Err(Refusal::syntax("one or more properties must be specified"));
    }
    Ok(show_key(config, &path, env.switches))
}

/// Stores a key under a path, a new one or over the old one.
pub(crate) fn put_key(
    config: &mut Config,
    env: &Env<'_>,
    path: &str,
    pem: &[u8],
    source: &str,
    passphrase: Option<&str>,
) -> Result<(), Refusal> {
    let unreadable = |_| {
        let text = format!(
            "01070712:3: Caught configuration exception (0), unable to load private key ({path})."
        );
        Refusal::database(400, text)
    };
    check_disk(env, path)?;
    let file = KeyFile::read(pem).map_err(unreadable)?;
    // Without its passphrase a sealed key is taken in; a profile will refuse it.
    let kind = match file.open(passphrase) {
        Ok(key) => Some(key.kind),
        Err(Locked::Passphrase) if passphrase.is_none() => None,
        Err(locked) => return Err(unreadable(locked)),
    };
    let passphrase = passphrase.map(str::to_owned);
    insert_key(config, env, path, file, kind, source, passphrase);
    Ok(())
}

/// Puts a finished key file in place.
pub(crate) fn insert_key(
    config: &mut Config,
    env: &Env<'_>,
    path: &str,
    file: KeyFile,
    kind: Option<KeyKind>,
    source: &str,
    passphrase: Option<String>,
) {
    let generation = config.step();
    let source = Some(source.to_owned());
    let stamp = match config.keys.get(path) {
        Some(old) => old.stamp.replaced(generation, source, env.now, env.user),
        None => Stamp::new(generation, source, env.now, env.user),
    };
    let key = Key {
        file: Arc::new(file),
        kind,
        passphrase,
        stamp,
    };
    config.keys.insert(path.to_owned(), key);
}

/// A change of `ssl-cert`.
pub(crate) fn change_cert(
    config: &mut Config,
    env: &Env<'_>,
    command: &Command,
    name: Option<&str>,
) -> Result<Value, Refusal> {
    let path = target(
        config,
        command,
        name,
        |config, path| config.certs.contains_key(path),
        CERT,
    )?;
    if command.method == Method::DELETE {
        config.certs.remove(&path);
        config.step();
        return Ok(Value::Null);
    }
    // What concerns validation is not taken when a certificate is made.
    let properties: &[&str] = if name.is_some() {
        &[
            "sourcePath",
            "passphrase",
            "issuerCert",
            "certValidationOptions",
            "certValidators",
        ]
    } else {
        &["sourcePath"]
    };
    known_properties(command, properties)?;
    if let Some(source) = command.text("sourcePath") {
        let bytes = env.source(source)?;
        put_cert(config, env, &path, bytes, source)?;
    } else if !config.certs.contains_key(&path) {
        return Err(Refusal::syntax("one or more properties must be specified"));
    }
    config.step();
    if let Some(cert) = config.certs.get_mut(&path) {
        validation(cert, command)?;
    }
    Ok(show_cert(config, &path, env.switches))
}

/// Stores a certificate file under a path.
pub(crate) fn put_cert(
    config: &mut Config,
    env: &Env<'_>,
    path: &str,
    pem: &[u8],
    source: &str,
) -> Result<(), Refusal> {
    check_disk(env, path)?;
    let file = CertFile::read(pem).ok_or_else(|| {
        let text = format!(
            "01070712:3: Caught configuration exception (0), unable to load certificate ({path})."
        );
        Refusal::database(400, text)
    })?;
    let generation = config.step();
    let source = Some(source.to_owned());
    let stamp = match config.certs.get(path) {
        Some(old) => old.stamp.replaced(generation, source, env.now, env.user),
        None => Stamp::new(generation, source, env.now, env.user),
    };
    let own = config.certs.get(path).map(|old| old.own.clone());
    let cert = Cert {
        file: Arc::new(file),
        own: own.unwrap_or_default(),
        stamp,
    };
    config.certs.insert(path.to_owned(), cert);
    Ok(())
}

fn check_disk(env: &Env<'_>, path: &str) -> Result<(), Refusal> {
    if !env.switches.bigip_disk_full {
        return Ok(());
    }
    let text = format!("01070712:3: Failed! exit_code (28). No space left on device for ({path}).");
    Err(Refusal::database(400, text))
}

/// A passphrase as the device shows it: ciphertext under its master key. Here
/// a digest stands in, which nobody can turn back either.
pub(crate) fn conceal(passphrase: &str) -> String {
    use base64::Engine;
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, passphrase.as_bytes());
    let text = base64::engine::general_purpose::STANDARD.encode(hash.as_ref());
    format!("$M$iE${text}")
}

/// The path that a change is about, once the collection or the item allows it.
pub(crate) fn target(
    config: &Config,
    command: &Command,
    name: Option<&str>,
    exists: impl Fn(&Config, &str) -> bool,
    what: &str,
) -> Result<String, Refusal> {
    match (name, &command.method) {
        (None, &Method::POST) => {
            let path = names::from_body(&command.body)?;
            folders::check(config, &path)?;
            if exists(config, &path) {
                return Err(Refusal::exists(what, &path));
            }
            Ok(path)
        }
        (Some(name), &Method::PATCH | &Method::PUT | &Method::DELETE) => {
            let path = names::from_url(name);
            if !exists(config, &path) {
                return Err(Refusal::missing(what, &path));
            }
            Ok(path)
        }
        _ => Err(Refusal::unknown_uri(&command.path)),
    }
}

/// Takes issuer and validation of a certificate from a change.
fn validation(cert: &mut Cert, command: &Command) -> Result<(), Refusal> {
    if command.method == Method::PUT {
        cert.own.clear();
    }
    if command.body.contains_key("issuerCert") {
        cert.own.remove("issuerCert");
        if let Some(issuer) = command.given("issuerCert") {
            let issuer = json!(names::reference(issuer));
            cert.own.insert("issuerCert".to_owned(), issuer);
        }
    }
    for property in ["certValidationOptions", "certValidators"] {
        let Some(value) = command.body.get(property) else {
            continue;
        };
        let list = value.as_array().cloned().unwrap_or_default();
        let list: Vec<String> = list
            .iter()
            .filter_map(|item| item.as_str().or_else(|| item["name"].as_str()))
            .map(|item| match property {
                "certValidators" => names::reference(item),
                _ => item.to_owned(),
            })
            .collect();
        if property == "certValidationOptions" && list.iter().any(|option| option != "ocsp") {
            return Err(Refusal::syntax(
                "invalid property value \"cert-validation-options\"",
            ));
        }
        cert.own.remove(property);
        if !list.is_empty() {
            cert.own.insert(property.to_owned(), json!(list));
        }
    }
    Ok(())
}

/// Refuses properties that a file object lacks. What was read may be written
/// back.
fn known_properties(command: &Command, settable: &[&str]) -> Result<(), Refusal> {
    let known = |name: &str| {
        settable.contains(&name)
            || name.ends_with("Reference")
            || ["name", "partition", "subPath", "appService"].contains(&name)
            || (command.method == Method::PUT && READ_BACK.contains(&name))
    };
    match command.body.keys().find(|name| !known(name)) {
        Some(name) => Err(Refusal::unknown_property(name)),
        None => Ok(()),
    }
}

const READ_BACK: [&str; 28] = [
    "kind",
    "fullPath",
    "generation",
    "selfLink",
    "checksum",
    "createTime",
    "createdBy",
    "lastUpdateTime",
    "updatedBy",
    "revision",
    "size",
    "systemPath",
    "curveName",
    "keySize",
    "keyType",
    "mode",
    "securityType",
    "certificateKeyCurveName",
    "certificateKeySize",
    "expirationDate",
    "expirationString",
    "isBundle",
    "issuer",
    "subject",
    "version",
    "serialNumber",
    "fingerprint",
    "subjectAlternativeName",
];
/// What messages call a key.
pub(crate) const KEY: &str = "Certificate Key File";
/// What messages call a certificate.
pub(crate) const CERT: &str = "Certificate File";
