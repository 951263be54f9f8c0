//! `sys crypto`: keys made on the device, files installed.

use super::errors::Refusal;
use super::folders;
use super::keys::{self, KeyFile, Opened};
use super::model::Config;
use super::names;
use super::request::{Command, Env, link};
use super::requests;
use super::ssl_files::{self, CERT, KEY};
use super::ssl_views;
use crate::csr::KeyKind;
use crate::switches::{AcceptOrRefuse, Switches};
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
    folders::check(config, &path)?;
    if config.keys.contains_key(&path) {
        return Err(Refusal::exists(KEY, &path));
    }
    let passphrase = command.given("passphrase");
    match command.text("securityType").unwrap_or("normal") {
        "normal" if passphrase.is_none() => {}
        "password" if env.switches.bigip_key_passphrase == AcceptOrRefuse::Refused => {
            return Err(Refusal::unknown_property("passphrase"));
        }
        "password" if passphrase.is_some() => {}
        "fips" | "nethsm" if env.switches.bigip_hsm => {}
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
    options(config, env, command, &path, key)?;
    Ok(show_key(config, &path, env.switches))
}

/// `gen-csr` and `gen-certificate`: what else is made with a new key, under
/// the same name.
fn options(
    config: &mut Config,
    env: &Env<'_>,
    command: &Command,
    key_path: &str,
    key: &Opened,
) -> Result<(), Refusal> {
    let list = command.body.get("options").and_then(Value::as_array);
    for option in list.into_iter().flatten() {
        let Some((what, name)) = option.as_object().and_then(|option| option.iter().next()) else {
            return Err(Refusal::syntax("invalid property value \"options\""));
        };
        let mut wish = command.clone();
        wish.body.insert("commonName".to_owned(), name.clone());
        wish.body.insert("key".to_owned(), json!(key_path));
        match what.as_str() {
            "gen-csr" => {
                let sealed = command.text("securityType") == Some("password");
                if sealed && env.switches.bigip_gen_csr_password_key == AcceptOrRefuse::Refused {
                    return Err(Refusal::syntax(
                        "\"gen-csr\" may not be specified with \"passphrase\"",
                    ));
                }
                let path = names::from_body(&command.body)?;
                requests::put(config, env, &wish, &path, key)?;
            }
            "gen-certificate" => {
                let path = spelled(&names::from_body(&command.body)?, ".crt", env.switches);
                if config.certs.contains_key(&path) {
                    return Err(Refusal::exists(CERT, &path));
                }
                let pem = requests::self_signed(&wish, key, env.now)?;
                let source = format!("file:///config/ssl/ssl.crt/{}", names::name(&path));
                ssl_files::put_cert(config, env, &path, pem.as_bytes(), &source)?;
            }
            other => {
                let text = format!("invalid property value \"options\":\"{other}\"");
                return Err(Refusal::syntax(text));
            }
        }
    }
    Ok(())
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
    folders::check(config, &path)?;
    let source = command
        .given("fromLocalFile")
        .ok_or_else(|| Refusal::syntax("one or more properties must be specified"))?;
    let bytes = env.source(source)?;
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

/// A key in the command view.
pub(crate) fn show_key(config: &Config, path: &str, switches: &Switches) -> Value {
    let Some(key) = config.keys.get(path) else {
        return Value::Null;
    };
    let kind = key.kind.unwrap_or(KeyKind::Other);
    let mut shown = envelope("key", path, path, key.stamp.generation, switches);
    shown.insert("keySize".to_owned(), json!(keys::bits(kind).to_string()));
    shown.insert("keyType".to_owned(), json!(ssl_views::key_type(kind)));
    if let KeyKind::Ec(_) = kind {
        shown.insert("curveName".to_owned(), json!(keys::curve_name(kind)));
    }
    shown.insert("securityType".to_owned(), json!(ssl_views::security(key)));
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

/// What messages call the objects of a kind.
pub(crate) fn noun(kind: &str) -> &'static str {
    match kind {
        "key" => KEY,
        "cert" => CERT,
        _ => requests::NOUN,
    }
}

/// Before 14.0 the device appends the usual suffix to what it makes.
fn spelled(path: &str, suffix: &str, switches: &Switches) -> String {
    if super::since_14(switches) || path.ends_with(suffix) {
        path.to_owned()
    } else {
        format!("{path}{suffix}")
    }
}

/// What every object of the command view shows first.
pub(crate) fn envelope(
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

/// The name of a public key's algorithm.
pub(crate) fn algorithm(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Ec(_) => "EC",
        _ => "RSA",
    }
}
