//! `sys crypto`: keys and requests made on the device, files installed.

use super::errors::Refusal;
use super::keys::{self, KeyFile, Opened};
use super::model::{Config, Request, Unit};
use super::names;
use super::request::{Command, Env, link};
use super::ssl_files::{self, CERT, KEY};
use crate::csr::KeyKind;
use crate::switches::{AcceptOrRefuse, CsrPartition, Switches};
use rcgen::string::Ia5String;
use rcgen::{CertificateParams, DistinguishedName, DnType, SanType};
use serde_json::{Map, Value, json};

/// The kind of key that a body asks for.
pub(crate) fn wanted(command: &Command, switches: &Switches) -> Result<KeyKind, Refusal> {
    let bad = |name: &str, value: &str| {
        Refusal::syntax(format!("invalid property value \"{name}\":\"{value}\""))
    };
    match command.text("keyType").unwrap_or("rsa-private") {
        "rsa-private" => {
            let size = match command.body.get("keySize") {
                None => "2048".to_owned(),
                Some(Value::String(size)) => size.clone(),
                Some(size) => size.to_string(),
            };
            match size.as_str() {
                "2048" => Ok(KeyKind::Rsa(2048)),
                "3072" if super::since_14(switches) => Ok(KeyKind::Rsa(3072)),
                "4096" => Ok(KeyKind::Rsa(4096)),
                _ => Err(bad("key-size", &size)),
            }
        }
        "ec-private" => match command.text("curveName").unwrap_or("prime256v1") {
            "prime256v1" => Ok(KeyKind::Ec("P-256")),
            "secp384r1" => Ok(KeyKind::Ec("P-384")),
            "secp521r1" if super::since_14(switches) => Ok(KeyKind::Ec("P-521")),
            curve => Err(bad("curve-name", curve)),
        },
        kind => Err(bad("key-type", kind)),
    }
}

/// `POST sys/crypto/key` without a command: stores a key that was just made.
pub(crate) fn create_key(
    config: &mut Config,
    env: &Env<'_>,
    command: &Command,
    key: &Opened,
) -> Result<Value, Refusal> {
    let path = spelled(&names::from_body(&command.body)?, ".key", env.switches);
    super::check_folder(config, &path)?;
    if config.keys.contains_key(&path) {
        return Err(Refusal::exists(KEY, &path));
    }
    if command.body.contains_key("options") {
        return Err(Refusal::syntax("\"options\" unknown property"));
    }
    let passphrase = command.given("passphrase");
    match command.text("securityType").unwrap_or("normal") {
        "normal" if passphrase.is_none() => {}
        "password" if env.switches.bigip_key_passphrase == AcceptOrRefuse::Refused => {
            return Err(Refusal::syntax("\"passphrase\" unknown property"));
        }
        "password" if passphrase.is_some() => {}
        "fips" | "nethsm" => {
            // A virtual edition has neither.
            let text = format!(
                "01070712:3: Caught configuration exception (0), no hardware security module for key ({path})."
            );
            return Err(Refusal::database(400, text));
        }
        kind => {
            return Err(Refusal::syntax(format!(
                "invalid property value \"security-type\":\"{kind}\""
            )));
        }
    }
    let file = KeyFile::store(key, passphrase)
        .ok_or_else(|| Refusal::database(400, "01070712:3: Key could not be written."))?;
    let source = format!("file:///config/ssl/ssl.key/{}", names::name(&path));
    let passphrase = passphrase.map(str::to_owned);
    ssl_files::insert_key(
        config,
        env,
        &path,
        file,
        Some(key.kind),
        &source,
        passphrase,
    );
    Ok(show_key(config, &path, env.switches))
}

/// `install`: a file becomes a key or a certificate, over an old one if any.
pub(crate) fn install(
    config: &mut Config,
    env: &Env<'_>,
    command: &Command,
    what: &str,
) -> Result<Value, Refusal> {
    let suffix = if what == "key" { ".key" } else { ".crt" };
    let path = spelled(&names::from_body(&command.body)?, suffix, env.switches);
    super::check_folder(config, &path)?;
    let source = command
        .given("fromLocalFile")
        .ok_or_else(|| Refusal::syntax("one or more properties must be specified"))?;
    let bytes = env.files.source(source)?;
    let shown = format!("file://{source}");
    if what == "key" {
        ssl_files::put_key(
            config,
            env,
            &path,
            bytes,
            &shown,
            command.given("passphrase"),
        )?;
    } else {
        ssl_files::put_cert(config, env, &path, bytes, &shown)?;
    }
    let mut echo = command.body.clone();
    echo.remove("passphrase");
    echo.insert(
        "kind".to_owned(),
        json!(format!("tm:sys:crypto:{what}:installstate")),
    );
    Ok(Value::Object(echo))
}

/// `POST sys/crypto/csr`: signs a request with a key of the device.
pub(crate) fn create_csr(
    unit: &mut Unit,
    switches: &Switches,
    command: &Command,
) -> Result<Value, Refusal> {
    let mut path = names::from_body(&command.body)?;
    if switches.bigip_csr_partition == CsrPartition::Ignored {
        path = format!("/Common/{}", names::name(&path));
    }
    let config = &mut unit.config;
    super::check_folder(config, &path)?;
    if config.csrs.contains_key(&path) {
        return Err(Refusal::exists("Certificate Signing Request File", &path));
    }
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
    let pem = sign(command, &opened)?;
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
    let request = Request {
        pem: pem.clone(),
        kind: opened.kind,
        asked,
        generation: config.step(),
    };
    config.csrs.insert(path.clone(), request);
    if names::partition(&path) == names::COMMON {
        unit.files.put(csr_file(&path), pem.into_bytes());
    }
    Ok(show_csr(&unit.config, &path, switches))
}

/// Where the file of a request in `/Common` lies.
pub(crate) fn csr_file(path: &str) -> String {
    format!("/config/ssl/ssl.csr/{}", names::name(path))
}

/// A key in the command view.
pub(crate) fn show_key(config: &Config, path: &str, switches: &Switches) -> Value {
    let Some(key) = config.keys.get(path) else {
        return Value::Null;
    };
    let kind = key.kind.unwrap_or(KeyKind::Other);
    let mut shown = envelope("key", path, path, key.stamp.generation, switches);
    shown.insert("keySize".to_owned(), json!(keys::bits(kind).to_string()));
    shown.insert("keyType".to_owned(), json!(ssl_files::key_type(kind)));
    if let KeyKind::Ec(_) = kind {
        shown.insert("curveName".to_owned(), json!(keys::curve_name(kind)));
    }
    shown.insert("securityType".to_owned(), json!(ssl_files::security(key)));
    Value::Object(shown)
}

/// A certificate in the command view.
pub(crate) fn show_cert(config: &Config, path: &str, switches: &Switches) -> Value {
    let Some(cert) = config.certs.get(path) else {
        return Value::Null;
    };
    let file = &cert.file;
    let mut shown = envelope("cert", path, path, cert.stamp.generation, switches);
    shown.insert("commonName".to_owned(), json!(file.common_name));
    if let Some(names) = &file.alt_names {
        shown.insert("subjectAlternativeName".to_owned(), json!(names));
    }
    if super::has_fingerprint(switches) {
        shown.insert("fingerprint".to_owned(), json!(file.fingerprint));
    }
    shown.insert(
        "apiRawValues".to_owned(),
        json!({
            "certificateKeySize": keys::bits(file.kind).to_string(),
            "expiration": file.expires_text,
            "issuer": file.issuer,
            "publicKeyType": algorithm(file.kind),
        }),
    );
    Value::Object(shown)
}

/// A request as the device shows it: without its PEM.
pub(crate) fn show_csr(config: &Config, path: &str, switches: &Switches) -> Value {
    let Some(request) = config.csrs.get(path) else {
        return Value::Null;
    };
    let name = if names::partition(path) == names::COMMON {
        names::name(path)
    } else {
        path
    };
    let mut shown = envelope("csr", path, name, request.generation, switches);
    shown.extend(request.asked.clone());
    shown.insert(
        "apiRawValues".to_owned(),
        json!({"keySize": keys::bits(request.kind).to_string(), "publicKeyType": algorithm(request.kind)}),
    );
    Value::Object(shown)
}

/// What messages call the objects of a kind.
pub(crate) fn noun(kind: &str) -> &'static str {
    match kind {
        "key" => KEY,
        "cert" => CERT,
        _ => "Certificate Signing Request File",
    }
}

fn sign(command: &Command, key: &Opened) -> Result<String, Refusal> {
    let refuse = |text: String| Refusal::syntax(text);
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    for (property, limit, kind) in SUBJECT {
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
    key.pair()
        .and_then(|pair| params.serialize_request(&pair).ok())
        .and_then(|request| request.pem().ok())
        .ok_or_else(|| refuse("the request could not be signed".to_owned()))
}

/// Before 14.0 the device appends the usual suffix to what it makes.
fn spelled(path: &str, suffix: &str, switches: &Switches) -> String {
    if super::since_14(switches) || path.ends_with(suffix) {
        path.to_owned()
    } else {
        format!("{path}{suffix}")
    }
}

fn envelope(
    kind: &str,
    path: &str,
    shown_as: &str,
    generation: u64,
    switches: &Switches,
) -> Map<String, Value> {
    let url = if shown_as.starts_with('/') {
        names::to_url(path)
    } else {
        shown_as.to_owned()
    };
    let link = link(switches, &format!("/mgmt/tm/sys/crypto/{kind}/{url}"));
    let mut shown = Map::new();
    for (name, value) in [
        ("kind", json!(format!("tm:sys:crypto:{kind}:{kind}state"))),
        ("name", json!(shown_as)),
        ("fullPath", json!(shown_as)),
        ("generation", json!(generation)),
        ("selfLink", json!(link)),
    ] {
        shown.insert(name.to_owned(), value);
    }
    shown
}

fn algorithm(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Ec(_) => "EC",
        _ => "RSA",
    }
}

/// Property, longest value (RFC 5280, upper bounds), attribute; the address
/// has no name of its own.
const SUBJECT: [(&str, usize, Option<DnType>); 7] = [
    ("country", 2, Some(DnType::CountryName)),
    ("state", 128, Some(DnType::StateOrProvinceName)),
    ("city", 128, Some(DnType::LocalityName)),
    ("organization", 64, Some(DnType::OrganizationName)),
    ("ou", 64, Some(DnType::OrganizationalUnitName)),
    ("commonName", 64, Some(DnType::CommonName)),
    ("emailAddress", 255, None),
];
const EMAIL: &[u64] = &[1, 2, 840, 113_549, 1, 9, 1];
