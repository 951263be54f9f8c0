//! `sys crypto csr` and `sys file ssl-csr`: certificate signing requests made
//! on the device.

use super::crypto::{self, algorithm};
use super::errors::Refusal;
use super::files::Files;
use super::folders;
use super::keys::{self, Opened};
use super::model::{Config, Request, Stamp};
use super::names;
use super::request::{Command, Env};
use super::ssl_views;
use crate::csr::KeyKind;
use crate::switches::{AcceptOrRefuse, CsrPartition, Switches};
use rcgen::string::Ia5String;
use rcgen::{CertificateParams, DistinguishedName, DnType, SanType};
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

/// `POST sys/crypto/csr`: signs a request with a key of the device.
pub(crate) fn create(
    config: &mut Config,
    env: &Env<'_>,
    command: &Command,
) -> Result<Value, Refusal> {
    let switches = env.switches;
    let path = names::from_body(&command.body)?;
    let name = command
        .given("key")
        .ok_or_else(|| Refusal::syntax("one or more properties must be specified: key"))?;
    command
        .given("commonName")
        .ok_or_else(|| Refusal::syntax("one or more properties must be specified: common-name"))?;
    let near = if name.starts_with('/') {
        name.to_owned()
    } else {
        format!(
            "/{}/{name}",
            command.given("partition").unwrap_or(names::COMMON)
        )
    };
    let key = [near.clone(), format!("{near}.key"), names::reference(name)]
        .iter()
        .find_map(|path| config.keys.get(path))
        .ok_or_else(|| {
            Refusal::database(
                400,
                format!("01070277:3: The requested key ({near}) was not found."),
            )
        })?;
    let locked = |_| {
        let text = format!(
            "01070712:3: Caught configuration exception (0), unable to load private key ({near})."
        );
        Refusal::database(400, text)
    };
    let passphrase = match switches.bigip_csr_password_key {
        AcceptOrRefuse::Accepted => key.passphrase.as_deref(),
        AcceptOrRefuse::Refused => None,
    };
    let opened = key.file.open(passphrase).map_err(locked)?;
    let path = put(config, env, command, &path, &opened)?;
    Ok(show(config, &path, switches))
}

/// Signs a request and stores it; its path, which may not be the one that was
/// asked for.
pub(crate) fn put(
    config: &mut Config,
    env: &Env<'_>,
    command: &Command,
    path: &str,
    key: &Opened,
) -> Result<String, Refusal> {
    let path = match env.switches.bigip_csr_partition {
        CsrPartition::Ignored => format!("/Common/{}", names::name(path)),
        CsrPartition::Honoured => path.to_owned(),
    };
    folders::check(config, &path)?;
    if config.csrs.contains_key(&path) {
        return Err(Refusal::exists(NOUN, &path));
    }
    let pem = sign(command, key)?;
    let mut asked = Map::new();
    for property in SUBJECT
        .iter()
        .map(|(property, ..)| *property)
        .chain(["subjectAlternativeName"])
    {
        if let Some(value) = command.given(property) {
            asked.insert(property.to_owned(), json!(value));
        }
    }
    let source = format!("file://{}", file(&path));
    let request = Request {
        pem,
        kind: key.kind,
        asked,
        stamp: Stamp::new(config.step(), Some(source), env.now, env.user),
    };
    config.csrs.insert(path.clone(), request);
    Ok(path)
}

/// Removes a request.
pub(crate) fn remove(config: &mut Config, name: &str) -> Result<(), Refusal> {
    let path = names::from_url(name);
    let gone = config.csrs.remove(&path);
    gone.ok_or_else(|| Refusal::missing(NOUN, &path))?;
    config.step();
    Ok(())
}

/// Puts the files of new requests in place, and takes those of removed ones.
/// Where files of other partitions than `/Common` lie nobody tells.
pub(crate) fn place(before: &Config, after: &Config, files: &mut Files) {
    let common = |path: &&String| names::partition(path) == names::COMMON;
    for path in before.csrs.keys().filter(common) {
        if !after.csrs.contains_key(path) {
            files.take(&file(path));
        }
    }
    for path in after.csrs.keys().filter(common) {
        if !before.csrs.contains_key(path) {
            files.put(file(path), after.csrs[path].pem.clone().into_bytes());
        }
    }
}

/// Where the file of a request in `/Common` lies.
pub(crate) fn file(path: &str) -> String {
    format!("/config/ssl/ssl.csr/{}", names::name(path))
}

/// A request as the device shows it: without its PEM.
pub(crate) fn show(config: &Config, path: &str, switches: &Switches) -> Value {
    let Some(request) = config.csrs.get(path) else {
        return Value::Null;
    };
    let name = if names::partition(path) == names::COMMON {
        names::name(path)
    } else {
        path
    };
    let mut shown = crypto::envelope("csr", path, name, request.stamp.generation, switches);
    shown.extend(request.asked.clone());
    shown.insert(
        "apiRawValues".to_owned(),
        json!({"keySize": keys::bits(request.kind).to_string(), "publicKeyType": algorithm(request.kind)}),
    );
    Value::Object(shown)
}

/// The file of a request as the device shows it.
pub(crate) fn show_file(config: &Config, path: &str, switches: &Switches) -> Value {
    let Some(request) = config.csrs.get(path) else {
        return Value::Null;
    };
    let stamp = &request.stamp;
    let mut shown = ssl_views::envelope("ssl-csr", path, stamp.generation, switches);
    shown.extend(stamp.describe(request.pem.as_bytes(), "", switches.bigip_omit_source_path));
    let subject: Vec<String> = SUBJECT
        .iter()
        .rev()
        .filter_map(|(property, .., label)| {
            let value = request.asked.get(*property)?.as_str()?;
            Some(format!("{label}={value}"))
        })
        .collect();
    let key_type = match request.kind {
        KeyKind::Ec(_) => "ec-public",
        _ => "rsa-public",
    };
    for (name, value) in [
        ("keyCurveName", json!(keys::curve_name(request.kind))),
        ("keySize", json!(keys::bits(request.kind))),
        ("keyType", json!(key_type)),
        ("mode", json!(33188)),
        ("subject", json!(subject.join(","))),
    ] {
        shown.insert(name.to_owned(), value);
    }
    if let Some(names) = request.asked.get("subjectAlternativeName") {
        shown.insert("subjectAlternativeName".to_owned(), names.clone());
    }
    Value::Object(shown)
}

/// A certificate that a key signs for itself; `lifetime` in days.
pub(crate) fn self_signed(
    command: &Command,
    key: &Opened,
    now: OffsetDateTime,
) -> Result<String, Refusal> {
    let mut params = params(command)?;
    let days = command.body.get("lifetime");
    let days = days.and_then(|days| days.as_i64().or_else(|| days.as_str()?.parse().ok()));
    params.not_before = now;
    params.not_after = now + Duration::days(days.unwrap_or(365).clamp(1, 36_500));
    key.pair()
        .and_then(|pair| params.self_signed(&pair).ok())
        .map(|certificate| certificate.pem())
        .ok_or_else(|| Refusal::syntax("the certificate could not be signed"))
}

fn params(command: &Command) -> Result<CertificateParams, Refusal> {
    let refuse = |text: String| Refusal::syntax(text);
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    for (property, limit, kind, _) in SUBJECT {
        let Some(value) = command.given(property) else {
            continue;
        };
        let exact = property == "country";
        let length = value.chars().count();
        if length > limit || (exact && length != limit) {
            return Err(refuse(format!(
                "invalid property value \"{property}\":\"{value}\""
            )));
        }
        let kind = match kind {
            Some(kind) => kind,
            None => DnType::CustomDnType(EMAIL.to_vec()),
        };
        params.distinguished_name.push(kind, value);
    }
    for entry in command
        .given("subjectAlternativeName")
        .unwrap_or_default()
        .split(',')
    {
        let entry = entry.trim();
        let (kind, value) = match entry.split_once(':') {
            Some(pair) => pair,
            None if entry.is_empty() => continue,
            None => ("", entry),
        };
        let text = || Ia5String::try_from(value).ok();
        let name = match kind {
            "DNS" => text().map(SanType::DnsName),
            "email" => text().map(SanType::Rfc822Name),
            "URI" => text().map(SanType::URI),
            "IP" => value.parse().ok().map(SanType::IpAddress),
            _ => None,
        };
        let name = name.ok_or_else(|| {
            refuse(format!(
                "invalid property value \"subject-alternative-name\":\"{entry}\""
            ))
        })?;
        params.subject_alt_names.push(name);
    }
    Ok(params)
}

fn sign(command: &Command, key: &Opened) -> Result<String, Refusal> {
    let params = params(command)?;
    key.pair()
        .and_then(|pair| params.serialize_request(&pair).ok())
        .and_then(|request| request.pem().ok())
        .ok_or_else(|| Refusal::syntax("the request could not be signed"))
}

/// What messages call a request.
pub(crate) const NOUN: &str = "Certificate Signing Request File";

/// Property, longest value (RFC 5280, upper bounds), attribute, label; the
/// address has no attribute of its own.
const SUBJECT: [(&str, usize, Option<DnType>, &str); 7] = [
    ("country", 2, Some(DnType::CountryName), "C"),
    ("state", 128, Some(DnType::StateOrProvinceName), "ST"),
    ("city", 128, Some(DnType::LocalityName), "L"),
    ("organization", 64, Some(DnType::OrganizationName), "O"),
    ("ou", 64, Some(DnType::OrganizationalUnitName), "OU"),
    ("commonName", 64, Some(DnType::CommonName), "CN"),
    ("emailAddress", 255, None, "emailAddress"),
];
const EMAIL: &[u64] = &[1, 2, 840, 113_549, 1, 9, 1];
