//! The closed list of shell lines that clients send through `util bash`.

use super::crypto;
use super::model::Unit;
use super::names;
use super::plain::DATA_GROUP;
use super::request::{Command, Env, release};
use super::requests;
use super::{apply, validate};
use crate::switches::Switches;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

/// Runs `-c <line>`, the line in quotes of either kind, and says what it
/// printed. Whatever is not on the list is a syntax error.
pub(crate) fn run(
    unit: &mut Unit,
    now: OffsetDateTime,
    switches: &Switches,
    user: &str,
    arguments: &str,
) -> String {
    let line = arguments.trim().strip_prefix("-c").unwrap_or_default();
    let (line, encoded) = match unquoted(line).rsplit_once('|') {
        Some((line, filter)) if filter.trim().starts_with("base64") => (line.to_owned(), true),
        _ => (unquoted(line), false),
    };
    // `tmsh -c "…"` and `tmsh …` are the same.
    let line = match line.trim().strip_prefix("tmsh -c") {
        Some(rest) => format!("tmsh {}", unquoted(rest)),
        None => line,
    };
    let words: Vec<&str> = line.split_whitespace().collect();
    let printed = match words.as_slice() {
        ["tmsh", "-q", words @ ..] | ["tmsh", words @ ..] => tmsh(unit, now, switches, user, words),
        ["cat", path] => cat(unit, switches, path),
        [first, ..] => unexpected(first),
        [] => String::new(),
    };
    if encoded {
        STANDARD.encode(printed) + "\n"
    } else {
        printed
    }
}

fn tmsh(
    unit: &mut Unit,
    now: OffsetDateTime,
    switches: &Switches,
    user: &str,
    words: &[&str],
) -> String {
    match words {
        ["save", "sys" | "/sys", "config", ..] => {
            unit.saved = unit.config.clone();
            "Saving running configuration...\n  /config/bigip.conf\n".to_owned()
        }
        ["show", "sys" | "/sys", "version"] => format!(
            "Sys::Version\nMain Package\n  Product     BIG-IP\n  Version     {}\n  Build       0.0.1\n",
            release(switches)
        ),
        ["list", "ltm", "virtual"] => {
            let list = unit.config.virtuals.iter().map(|(path, server)| {
                let name = path.trim_start_matches("/Common/");
                format!(
                    "ltm virtual {name} {{\n    destination {}\n}}\n",
                    server.destination
                )
            });
            list.collect()
        }
        ["list", "sys", "crypto", "csr", name] => {
            let path = names::reference(name);
            match unit.config.csrs.get(&path) {
                None => missing(requests::NOUN, &path),
                Some(request) => format!("{}sys crypto csr {name} {{ }}\n", request.pem),
            }
        }
        [
            "list",
            "sys",
            "crypto" | "file",
            kind @ ("cert" | "ssl-cert"),
            name,
            ..,
        ] => {
            let path = names::reference(name);
            match unit.config.certs.get(&path) {
                None => missing(crypto::noun("cert"), &path),
                Some(cert) => format!(
                    "sys {} {kind} {name} {{\n    cache-path {}\n    expiration \"{}\"\n    subject \"{}\"\n}}\n",
                    words[2],
                    store(&path, cert.stamp.revision, "certificate_d"),
                    cert.file.expires_text,
                    cert.file.subject,
                ),
            }
        }
        ["delete", "sys", "crypto", kind @ ("key" | "cert"), name] => {
            let path = names::to_url(&names::reference(name));
            let path = format!("/mgmt/tm/sys/crypto/{kind}/{path}");
            carry_out(unit, now, switches, user, Method::DELETE, path, Map::new())
        }
        ["delete", "sys", "crypto", "csr", name] => {
            let path = names::reference(name);
            let mut after = unit.config.clone();
            if let Err(refusal) = requests::remove(&mut after, &names::to_url(&path)) {
                return refusal.message + "\n";
            }
            requests::place(&unit.config, &after, &mut unit.files);
            unit.config = after;
            String::new()
        }
        [
            "modify",
            "ltm",
            "data-group",
            "internal",
            name,
            "records",
            rest @ ..,
        ] => match records(unit, name, rest) {
            Err(printed) => printed,
            Ok((url, body)) => carry_out(unit, now, switches, user, Method::PATCH, url, body),
        },
        [] | ["modify", "cli", "preference", "pager", "disabled"] => String::new(),
        [first, ..] => unexpected(first),
    }
}

/// The change that `records add { K { data V } }` or `records delete { K }`
/// stands for, or what is printed instead.
fn records(
    unit: &Unit,
    name: &str,
    words: &[&str],
) -> Result<(String, Map<String, Value>), String> {
    let path = names::reference(name);
    let group = unit
        .config
        .plain(DATA_GROUP, &path)
        .ok_or_else(|| missing(DATA_GROUP, &path))?;
    let list = group.own.get("records").and_then(Value::as_array);
    let mut records = list.cloned().unwrap_or_default();
    let text = words.join(" ");
    let words: Vec<&str> = text
        .split(|character: char| character.is_whitespace() || "{}\"\\".contains(character))
        .filter(|word| !word.is_empty())
        .collect();
    let position = |key: &str| records.iter().position(|record| record["name"] == key);
    match words.as_slice() {
        ["add", key, ..] if position(key).is_some() => {
            let partition = names::partition(&path);
            return Err(format!(
                "01020066:3: The requested class member ({path} {key}) already exists in partition {partition}.\n"
            ));
        }
        ["add", key, "data", data] => records.push(json!({"name": key, "data": data})),
        ["add", key] => records.push(json!({"name": key})),
        ["delete", key] => {
            let index =
                position(key).ok_or_else(|| missing("class member", &format!("{path} {key}")))?;
            records.remove(index);
        }
        _ => return Err(unexpected("records")),
    }
    let url = format!("/mgmt/tm/ltm/data-group/internal/{}", names::to_url(&path));
    let body = Map::from_iter([("records".to_owned(), Value::Array(records))]);
    Ok((url, body))
}

/// A change of the configuration; prints nothing when it works.
fn carry_out(
    unit: &mut Unit,
    now: OffsetDateTime,
    switches: &Switches,
    user: &str,
    method: Method,
    path: String,
    body: Map<String, Value>,
) -> String {
    let env = Env {
        now,
        switches,
        user,
        files: &unit.files,
    };
    let mut after = unit.config.clone();
    let command = Command { method, path, body };
    let outcome = apply::change(&mut after, &env, &command)
        .and_then(|_| validate::whole(&unit.config, &after, switches));
    if let Err(refusal) = outcome {
        return refusal.message + "\n";
    }
    unit.config = after;
    String::new()
}

/// A file, or one of the file store, whose names end in versions: `*` stands
/// for those.
fn cat(unit: &Unit, switches: &Switches, path: &str) -> String {
    if path == "/VERSION" {
        return format!(
            "Product: BIG-IP\nVersion: {}\nBuild: 0.0.1\nEdition: Final\n",
            release(switches)
        );
    }
    if path == "/proc/uptime" {
        return "3600.00 7000.00\n".to_owned();
    }
    let fits = |name: &str| match path.split_once('*') {
        None => name == path,
        Some((head, tail)) => name.starts_with(head) && name.ends_with(tail),
    };
    let certs = unit.config.certs.iter().map(|(path, cert)| {
        (
            store(path, cert.stamp.revision, "certificate_d"),
            &cert.file.pem,
        )
    });
    let keys = unit.config.keys.iter().map(|(path, key)| {
        (
            store(path, key.stamp.revision, "certificate_key_d"),
            &key.file.pem,
        )
    });
    let stored = certs.chain(keys).find(|(name, _)| fits(name));
    match (unit.files.get(path), stored) {
        (Some(bytes), _) => String::from_utf8_lossy(bytes).into_owned(),
        (None, Some((_, bytes))) => String::from_utf8_lossy(bytes).into_owned(),
        (None, None) => format!("cat: {path}: No such file or directory\n"),
    }
}

/// Where the file store keeps an object.
fn store(path: &str, revision: u64, directory: &str) -> String {
    let partition = names::partition(path);
    let name = path.replace('/', ":");
    format!("/config/filestore/files_d/{partition}_d/{directory}/{name}_{revision}_{revision}")
}

fn unquoted(text: &str) -> String {
    let text = text.trim().replace("\\\"", "\"");
    let inner = ['\'', '"']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.unwrap_or(&text).to_owned()
}

fn missing(noun: &str, path: &str) -> String {
    format!("01020036:3: The requested {noun} ({path}) was not found.\n")
}

fn unexpected(word: &str) -> String {
    format!("Syntax Error: unexpected argument \"{word}\"\n")
}
