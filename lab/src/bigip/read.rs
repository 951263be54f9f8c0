//! Reading: single objects and collections.

use super::errors::{Refusal, answer};
use super::model::Config;
use super::names;
use super::query::{list, selected};
use super::request::{below_tm, link, release};
use super::{
    client_ssl, client_ssl_view, crypto, folders, owners, plain, requests, ssl_files, ssl_views,
    virtual_stats, virtual_view, virtuals,
};
use crate::http::{Call, Reply};
use crate::switches::{SelectExpanded, Switches};
use serde_json::{Value, json};

/// `GET` below `/mgmt/tm`.
pub(crate) fn read(config: &Config, switches: &Switches, call: &Call) -> Result<Reply, Refusal> {
    let segments = below_tm(&call.path);
    let expand = call.query("expandSubcollections") == Some("true");
    let both = expand && call.query("$select").is_some();
    let expand = match switches.bigip_select_expanded {
        SelectExpanded::Refused if both => {
            let text = "\"$select\" may not be specified with \"expandSubcollections\"";
            return Err(Refusal::syntax(text));
        }
        SelectExpanded::Unexpanded if both => false,
        _ => expand,
    };
    match segments.as_slice() {
        ["sys"] => return Ok(answer(200, &system(switches))),
        ["sys", "version"] => return Ok(answer(200, &version(switches))),
        [.., "available"] => return Ok(answer(200, &json!({}))),
        _ => {}
    }
    if let Some((kind, items)) = items(config, switches, &segments, expand)? {
        let leaf = kind.rsplit(':').next().unwrap_or_default();
        let kind = format!("tm:{kind}:{leaf}collectionstate");
        return Ok(list(&kind, items, switches, call));
    }
    match object(config, switches, &segments, expand) {
        None => Err(Refusal::unknown_uri(&call.path)),
        Some((what, Value::Null)) => {
            let name = segments.iter().rev().find(|part| **part != "stats");
            let path = names::from_url(name.copied().unwrap_or_default());
            Err(Refusal::missing(what, &path))
        }
        Some((_, object)) => {
            let (_, collection) = segments.split_last().unwrap_or((&"", &[]));
            let object = complete(config, switches, &collection.join("/"), object, expand);
            Ok(answer(200, &selected(object, call)))
        }
    }
}

/// Adds what an object shows of others: its owner, and what lies below it.
fn complete(
    config: &Config,
    switches: &Switches,
    collection: &str,
    mut object: Value,
    expand: bool,
) -> Value {
    owners::tell(config, collection, &mut object);
    if expand && collection == "sys/file/ssl-cert" {
        let path = object["fullPath"].as_str().unwrap_or_default();
        let items = ssl_views::validators(config, path, switches);
        object["certValidatorsReference"]["items"] = Value::Array(items);
    }
    object
}

/// The kind of a collection, between `tm:` and its last part, and its items.
type Items = Option<(String, Vec<Value>)>;

fn items(
    config: &Config,
    switches: &Switches,
    segments: &[&str],
    expand: bool,
) -> Result<Items, Refusal> {
    let shown = |paths: Vec<&String>, show: fn(&Config, &str, &Switches) -> Value| -> Vec<Value> {
        paths
            .into_iter()
            .map(|path| show(config, path, switches))
            .collect()
    };
    let (keys, certs) = (config.keys.keys().collect(), config.certs.keys().collect());
    let found = match segments {
        ["sys", "provision"] => vec![provision(switches)],
        ["auth", "partition"] => config
            .folders
            .keys()
            .filter(|path| folders::is_partition(path))
            .map(|path| folders::show_partition(config, path, switches))
            .collect(),
        ["sys", "folder"] => shown(config.folders.keys().collect(), folders::show_folder),
        ["sys", "file", "ssl-csr"] => shown(config.csrs.keys().collect(), requests::show_file),
        ["sys", "file", "ssl-cert", name, "cert-validators"] => {
            let items = ssl_views::validators(config, &names::from_url(name), switches);
            return Ok(Some((
                "sys:file:ssl-cert:cert-validators".to_owned(),
                items,
            )));
        }
        ["sys", "file", "ssl-key"] => shown(keys, ssl_views::show_key),
        ["sys", "file", "ssl-cert"] => shown(certs, ssl_views::show_cert),
        ["sys", "crypto", "key"] => shown(keys, crypto::show_key),
        ["sys", "crypto", "cert"] => shown(certs, crypto::show_cert),
        ["sys", "crypto", "csr"] => shown(config.csrs.keys().collect(), requests::show),
        ["ltm", "profile", "client-ssl"] => {
            shown(config.client_ssl.keys().collect(), client_ssl_view::show)
        }
        ["ltm", "profile", kind] if is_kind(config, kind) => config
            .profiles
            .iter()
            .filter(|(_, known)| *known == kind)
            .map(|(path, _)| profile(path, kind, switches))
            .collect(),
        ["ltm", "message-routing", "sip", "profile", "session"] => config
            .profiles
            .iter()
            .filter(|(_, known)| **known == "sipsession")
            .map(|(path, kind)| profile(path, kind, switches))
            .collect(),
        ["ltm", "virtual"] => config
            .virtuals
            .keys()
            .map(|path| virtual_view::show(config, path, switches, expand))
            .collect(),
        ["ltm", "virtual", name, "profiles"] => {
            let path = names::from_url(name);
            let server = config
                .virtuals
                .get(&path)
                .ok_or_else(|| Refusal::missing(virtuals::NOUN, &path))?;
            let items = server
                .profiles
                .keys()
                .map(|profile| virtual_view::show_profile(config, &path, profile, switches))
                .collect();
            return Ok(Some(("ltm:virtual:profiles".to_owned(), items)));
        }
        segments => match plain::kind(segments) {
            Some((kind, [])) => plain::list(config, kind, switches),
            _ => return Ok(None),
        },
    };
    let collection = segments.join("/");
    let found = found
        .into_iter()
        .map(|item| complete(config, switches, &collection, item, expand))
        .collect();
    Ok(Some((segments.join(":"), found)))
}

/// What messages call an object, and the object; null when it is not there.
fn object(
    config: &Config,
    switches: &Switches,
    segments: &[&str],
    expand: bool,
) -> Option<(&'static str, Value)> {
    let path = names::from_url(segments.last()?);
    let path = path.as_str();
    Some(match segments {
        ["auth", "partition", name] => {
            let path = format!("/{}", name.trim_start_matches('~'));
            let shown = folders::show_partition(config, &path, switches);
            (folders::NOUN, shown)
        }
        ["sys", "folder", _] => (folders::NOUN, folders::show_folder(config, path, switches)),
        ["sys", "file", "ssl-csr", _] => {
            (requests::NOUN, requests::show_file(config, path, switches))
        }
        ["sys", "file", "ssl-key", _] => {
            (ssl_files::KEY, ssl_views::show_key(config, path, switches))
        }
        ["sys", "file", "ssl-cert", _] => (
            ssl_files::CERT,
            ssl_views::show_cert(config, path, switches),
        ),
        ["sys", "crypto", kind @ "key", _] => {
            (crypto::noun(kind), crypto::show_key(config, path, switches))
        }
        ["sys", "crypto", kind @ "cert", _] => (
            crypto::noun(kind),
            crypto::show_cert(config, path, switches),
        ),
        ["sys", "crypto", kind @ "csr", _] => {
            (crypto::noun(kind), requests::show(config, path, switches))
        }
        ["ltm", "profile", "client-ssl", _] => (
            client_ssl::NOUN,
            client_ssl_view::show(config, path, switches),
        ),
        ["ltm", "profile", kind, _] if is_kind(config, kind) => {
            let there = config.profiles.get(path) == Some(kind);
            let shown = there.then(|| profile(path, kind, switches));
            ("profile", shown.unwrap_or_default())
        }
        ["ltm", "virtual", _] => (
            virtuals::NOUN,
            virtual_view::show(config, path, switches, expand),
        ),
        ["ltm", "virtual", name, "stats"] => {
            let path = names::from_url(name);
            (virtuals::NOUN, virtual_stats::show(config, &path, switches))
        }
        ["ltm", "virtual", server, "profiles", _] => {
            let server = names::from_url(server);
            let found = config.virtuals.get(&server);
            let shown = found
                .filter(|found| found.profiles.contains_key(path))
                .map(|_| virtual_view::show_profile(config, &server, path, switches));
            ("virtual server profile", shown.unwrap_or_default())
        }
        segments => match plain::kind(segments) {
            Some((kind, [_])) => (kind.noun, plain::show(config, kind, path, switches)),
            _ => return None,
        },
    })
}

fn is_kind(config: &Config, kind: &str) -> bool {
    config.profiles.values().any(|known| *known == kind)
}

fn system(switches: &Switches) -> Value {
    let items: Vec<Value> = ["crypto", "file", "provision", "version"]
        .iter()
        .map(|name| {
            let link = link(switches, &format!("/mgmt/tm/sys/{name}"));
            json!({"reference": {"link": link}})
        })
        .collect();
    super::collection("tm:sys:syscollectionstate", "/mgmt/tm/sys", items, switches)
}

fn version(switches: &Switches) -> Value {
    let text = |text: &str| json!({"description": text});
    json!({
        "kind": "tm:sys:version:versionstats",
        "selfLink": link(switches, "/mgmt/tm/sys/version"),
        "entries": {"https://localhost/mgmt/tm/sys/version/0": {"nestedStats": {"entries": {
            "Build": text("0.0.1"),
            "Date": text("Tue Jan 10 10:00:00 PST 2023"),
            "Edition": text("Final"),
            "Product": text("BIG-IP"),
            "Title": text("Main Package"),
            "Version": text(release(switches)),
        }}}},
    })
}

fn provision(switches: &Switches) -> Value {
    json!({
        "kind": "tm:sys:provision:provisionstate",
        "name": "ltm",
        "fullPath": "ltm",
        "level": "nominal",
        "selfLink": link(switches, "/mgmt/tm/sys/provision/ltm"),
    })
}

fn profile(path: &str, kind: &str, switches: &Switches) -> Value {
    json!({
        "kind": format!("tm:ltm:profile:{kind}:{kind}state"),
        "name": names::name(path),
        "partition": names::partition(path),
        "fullPath": path,
        "generation": 1,
        "selfLink": link(switches, &format!("/mgmt/tm/ltm/profile/{kind}/{}", names::to_url(path))),
        "defaultsFrom": "none",
    })
}
