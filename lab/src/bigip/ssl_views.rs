//! Files of keys and certificates as they are read.

use super::keys;
use super::model::{Config, Key};
use super::names;
use super::request::{link, release};
use super::ssl_files::conceal;
use crate::csr::KeyKind;
use crate::switches::Switches;
use serde_json::{Map, Value, json};

/// The object as it is read.
pub(crate) fn show_key(config: &Config, path: &str, switches: &Switches) -> Value {
    let Some(key) = config.keys.get(path) else {
        return Value::Null;
    };
    let mut shown = envelope("ssl-key", path, key.stamp.generation, switches);
    let system = format!("/config/ssl/ssl.key/{}", names::name(path));
    shown.extend(
        key.stamp
            .describe(&key.file.pem, &system, switches.bigip_omit_source_path),
    );
    let kind = key.kind.unwrap_or(KeyKind::Other);
    shown.insert("curveName".to_owned(), json!(keys::curve_name(kind)));
    shown.insert("keySize".to_owned(), json!(keys::bits(kind)));
    shown.insert("keyType".to_owned(), json!(key_type(kind)));
    shown.insert("mode".to_owned(), json!(33184));
    shown.insert("securityType".to_owned(), json!(security(key)));
    if let Some(passphrase) = &key.passphrase {
        shown.insert("passphrase".to_owned(), json!(conceal(passphrase)));
    }
    Value::Object(shown)
}

/// The object as it is read.
pub(crate) fn show_cert(config: &Config, path: &str, switches: &Switches) -> Value {
    let Some(cert) = config.certs.get(path) else {
        return Value::Null;
    };
    let file = &cert.file;
    let mut shown = envelope("ssl-cert", path, cert.stamp.generation, switches);
    let system = format!("/config/ssl/ssl.crt/{}", names::name(path));
    shown.extend(
        cert.stamp
            .describe(&file.pem, &system, switches.bigip_omit_source_path),
    );
    for (name, value) in [
        ("certificateKeyCurveName", json!(file.curve())),
        ("certificateKeySize", json!(keys::bits(file.kind))),
        ("expirationDate", json!(file.expires)),
        ("expirationString", json!(file.expires_text)),
        ("isBundle", json!((file.chain.len() > 1).to_string())),
        ("issuer", json!(file.issuer)),
        ("keyType", json!(file.key_type())),
        ("mode", json!(33188)),
        ("subject", json!(file.subject)),
        ("version", json!(3)),
    ] {
        shown.insert(name.to_owned(), value);
    }
    if file.chain.len() == 1 {
        shown.insert("serialNumber".to_owned(), json!(file.serial));
    }
    if super::has_fingerprint(switches) {
        shown.insert("fingerprint".to_owned(), json!(file.fingerprint));
    }
    if let Some(names) = &file.alt_names {
        shown.insert("subjectAlternativeName".to_owned(), json!(names));
    }
    for property in ["issuerCert", "certValidationOptions"] {
        if let Some(value) = cert.own.get(property) {
            shown.insert(property.to_owned(), value.clone());
        }
    }
    if let Some(issuer) = cert.own.get("issuerCert").and_then(Value::as_str) {
        let url = format!("{}/{}", base("ssl-cert"), names::to_url(issuer));
        let link = json!({"link": link(switches, &url)});
        shown.insert("issuerCertReference".to_owned(), link);
    }
    for (property, tail) in [
        ("bundleCertificatesReference", "bundle-certificates"),
        ("certValidatorsReference", "cert-validators"),
    ] {
        let path = format!("{}/{}/{tail}", base("ssl-cert"), names::to_url(path));
        let link = link(switches, &path);
        shown.insert(
            property.to_owned(),
            json!({"link": link, "isSubcollection": true}),
        );
    }
    Value::Object(shown)
}

/// The validators of a certificate, as they are read below it.
pub(crate) fn validators(config: &Config, path: &str, switches: &Switches) -> Vec<Value> {
    let Some(cert) = config.certs.get(path) else {
        return Vec::new();
    };
    let list = cert.own.get("certValidators").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|validator| {
            let url = format!(
                "{}/{}/cert-validators/{}",
                base("ssl-cert"),
                names::to_url(path),
                names::to_url(validator)
            );
            json!({
                "kind": "tm:sys:file:ssl-cert:cert-validators:cert-validatorsstate",
                "name": names::name(validator),
                "partition": names::partition(validator),
                "fullPath": validator,
                "generation": cert.stamp.generation,
                "selfLink": link(switches, &url),
            })
        })
        .collect()
}

/// `normal` or `password`.
pub(crate) fn security(key: &Key) -> &'static str {
    if key.passphrase.is_some() || key.file.is_sealed() {
        "password"
    } else {
        "normal"
    }
}

/// The name of a private key's algorithm.
pub(crate) fn key_type(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Ec(_) => "ec-private",
        _ => "rsa-private",
    }
}

/// What every file object shows first.
pub(crate) fn envelope(
    kind: &str,
    path: &str,
    generation: u64,
    switches: &Switches,
) -> Map<String, Value> {
    let mut shown = Map::new();
    let link = format!("{}/{}", base(kind), names::to_url(path));
    for (name, value) in [
        ("kind", json!(format!("tm:sys:file:{kind}:{kind}state"))),
        ("name", json!(names::name(path))),
        ("partition", json!(names::partition(path))),
        ("fullPath", json!(path)),
        ("generation", json!(generation)),
        (
            "selfLink",
            json!(format!("https://localhost{link}?ver={}", release(switches))),
        ),
    ] {
        shown.insert(name.to_owned(), value);
    }
    if let Some(folder) = names::folder(path) {
        shown.insert("subPath".to_owned(), json!(folder));
    }
    shown
}

fn base(kind: &str) -> String {
    format!("/mgmt/tm/sys/file/{kind}")
}
