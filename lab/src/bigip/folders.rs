//! Partitions (`auth partition`) and folders (`sys folder`).

use super::errors::Refusal;
use super::model::Config;
use super::names;
use super::request::{Command, link};
use crate::switches::Switches;
use hyper::Method;
use serde_json::{Map, Value, json};

/// A folder; those right below the root are partitions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folder {
    own: Map<String, Value>,
    generation: u64,
}

/// A change of a partition. URLs name it without a slash.
pub(crate) fn change_partition(
    config: &mut Config,
    switches: &Switches,
    command: &Command,
    name: Option<&str>,
) -> Result<Value, Refusal> {
    let path = name.or_else(|| command.given("name")).unwrap_or_default();
    let path = format!("/{}", path.trim_start_matches(['~', '/']));
    if path[1..].contains('/') {
        return Err(Refusal::syntax("a partition is not inside of another"));
    }
    change(config, command, name.is_some(), &path, &PARTITION)?;
    Ok(show_partition(config, &path, switches))
}

/// A change of a folder.
pub(crate) fn change_folder(
    config: &mut Config,
    switches: &Switches,
    command: &Command,
    name: Option<&str>,
) -> Result<Value, Refusal> {
    let path = match name {
        Some(name) => names::from_url(name),
        None => names::from_body(&command.body)?,
    };
    change(config, command, name.is_some(), &path, &FOLDER)?;
    Ok(show_folder(config, &path, switches))
}

/// The folder of a new object must be there.
pub(crate) fn check(config: &Config, path: &str) -> Result<(), Refusal> {
    let (folder, name) = path.rsplit_once('/').unwrap_or_default();
    if config.folders.contains_key(folder) && !name.is_empty() {
        return Ok(());
    }
    Err(Refusal::missing(NOUN, folder))
}

/// The partition as it is read.
pub(crate) fn show_partition(config: &Config, path: &str, switches: &Switches) -> Value {
    let Some(folder) = config.folders.get(path) else {
        return Value::Null;
    };
    let name = names::name(path);
    let mut shown = json!({
        "kind": "tm:auth:partition:partitionstate",
        "name": name,
        "fullPath": name,
        "generation": folder.generation,
        "selfLink": link(switches, &format!("/mgmt/tm/auth/partition/{name}")),
        "defaultRouteDomain": 0,
    });
    for property in PARTITION {
        if let Some(value) = folder.own.get(property) {
            shown[property] = value.clone();
        }
    }
    shown
}

/// The folder as it is read.
pub(crate) fn show_folder(config: &Config, path: &str, switches: &Switches) -> Value {
    let Some(folder) = config.folders.get(path) else {
        return Value::Null;
    };
    let url = names::to_url(path);
    let mut shown = json!({
        "kind": "tm:sys:folder:folderstate",
        "name": names::name(path),
        "fullPath": path,
        "generation": folder.generation,
        "selfLink": link(switches, &format!("/mgmt/tm/sys/folder/{url}")),
        "deviceGroup": "none",
        "hidden": "false",
        "inheritedDevicegroup": "true",
        "inheritedTrafficGroup": "true",
        "noRefCheck": "false",
        "trafficGroup": "/Common/traffic-group-1",
    });
    if is_partition(path) {
        shown["subPath"] = json!("/");
    } else {
        shown["partition"] = json!(names::partition(path));
    }
    if let Some(description) = folder.own.get("description") {
        shown["description"] = description.clone();
    }
    shown
}

/// Whether a folder lies right below the root.
pub(crate) fn is_partition(path: &str) -> bool {
    path.len() > 1 && path.matches('/').count() == 1
}

fn change(
    config: &mut Config,
    command: &Command,
    named: bool,
    path: &str,
    properties: &[&str],
) -> Result<(), Refusal> {
    let known = config.folders.contains_key(path);
    match command.method {
        Method::POST if !named && known => return Err(Refusal::exists(NOUN, path)),
        Method::POST if !named && !is_partition(path) => check(config, path)?,
        Method::POST if !named && path.len() > 1 => {}
        Method::PATCH | Method::PUT | Method::DELETE if named && known => {}
        Method::PATCH | Method::PUT | Method::DELETE if named => {
            return Err(Refusal::missing(NOUN, path));
        }
        _ => return Err(Refusal::unknown_uri(&command.path)),
    }
    if command.method == Method::DELETE {
        return remove(config, path);
    }
    let generation = config.step();
    let mut folder = config.folders.get(path).cloned().unwrap_or_default();
    folder.generation = generation;
    for (name, value) in &command.body {
        if properties.contains(&name.as_str()) {
            folder.own.insert(name.clone(), value.clone());
        } else if !READ_BACK.contains(&name.as_str()) && !name.ends_with("Reference") {
            return Err(Refusal::unknown_property(name));
        }
    }
    config.folders.insert(path.to_owned(), folder);
    Ok(())
}

fn remove(config: &mut Config, path: &str) -> Result<(), Refusal> {
    let inside = format!("{path}/");
    let used = config.paths().find(|other| other.starts_with(&inside));
    let text = match used {
        Some(object) if !is_partition(path) => format!(
            "010713f9:3: The folder {path} cannot be deleted because it contains configuration item ({object})"
        ),
        None if path != "/Common" => String::new(),
        _ => format!(
            "0107082a:3: All objects must be removed from a partition ({}) before the partition may be removed, type ID (467)",
            path.trim_start_matches('/')
        ),
    };
    if !text.is_empty() {
        return Err(Refusal::database(400, text));
    }
    config.folders.remove(path);
    config.step();
    Ok(())
}

/// What messages call a partition or folder.
pub(crate) const NOUN: &str = "folder";
const PARTITION: [&str; 2] = ["description", "defaultRouteDomain"];
const FOLDER: [&str; 1] = ["description"];
const READ_BACK: [&str; 13] = [
    "name",
    "partition",
    "subPath",
    "fullPath",
    "kind",
    "generation",
    "selfLink",
    "deviceGroup",
    "hidden",
    "inheritedDevicegroup",
    "inheritedTrafficGroup",
    "noRefCheck",
    "trafficGroup",
];
