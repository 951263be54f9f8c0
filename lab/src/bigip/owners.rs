//! Objects that belong to an application service (an iApp).

use super::errors::Refusal;
use super::model::Config;
use super::names;
use super::plain;
use super::request::{Command, below_tm};
use crate::switches::{AcceptOrRefuse, Switches};
use hyper::Method;
use serde_json::{Value, json};

/// Refuses a change of an object that belongs to an application service,
/// unless the service lets go: without strict updates whoever names the
/// service may change its objects.
pub(crate) fn check(
    config: &Config,
    switches: &Switches,
    command: &Command,
) -> Result<(), Refusal> {
    if command.method == Method::POST && object(&command.path).is_none() {
        return match command.given("appService") {
            Some(service) if config.plain(plain::SERVICE, service).is_none() => {
                Err(Refusal::missing(plain::SERVICE, service))
            }
            _ => Ok(()),
        };
    }
    let Some(key) = object(&command.path) else {
        return Ok(());
    };
    let Some(service) = config.owners.get(&key) else {
        return Ok(());
    };
    let strict = config
        .plain(plain::SERVICE, service)
        .is_some_and(|found| found.own.get("strictUpdates") != Some(&json!("disabled")));
    let named = command.method == Method::DELETE || command.given("appService") == Some(service);
    if switches.bigip_app_service_edits == AcceptOrRefuse::Accepted || (!strict && named) {
        return Ok(());
    }
    let text = if strict {
        format!(
            "010715bc:3: The application service ({service}) has strict updates enabled, the object must be updated using an application management interface."
        )
    } else {
        format!(
            "010715bd:3: The parent folder is owned by application service ({service}), the object ownership cannot be changed to ()."
        )
    };
    Err(Refusal::database(400, text))
}

/// Notes what a successful change means for ownership.
pub(crate) fn note(config: &mut Config, command: &Command, shown: &mut Value) {
    if command.method == Method::POST
        && let (Some(service), Some(path)) =
            (command.given("appService"), shown["fullPath"].as_str())
    {
        let key = format!("{}/{path}", below_tm(&command.path).join("/"));
        config.owners.insert(key, service.to_owned());
        shown["appService"] = json!(service);
    }
    if command.method == Method::DELETE
        && let Some(key) = object(&command.path)
    {
        config.owners.remove(&key);
    }
}

/// Adds the owner to an object that is read.
pub(crate) fn tell(config: &Config, collection: &str, object: &mut Value) {
    let Some(path) = object["fullPath"].as_str() else {
        return;
    };
    if let Some(service) = config.owners.get(&format!("{collection}/{path}")) {
        object["appService"] = json!(service);
    }
}

/// Collection and full path of the object that a URL is about; what lies
/// below an object belongs to it.
fn object(path: &str) -> Option<String> {
    let segments = below_tm(path);
    let count = match segments.as_slice() {
        ["ltm", "virtual", _, ..] | ["ltm", "rule" | "pool", _] => 2,
        ["ltm", "profile" | "data-group", _, _, ..] | ["sys", "file", _, _] => 3,
        _ => return None,
    };
    let name = names::from_url(segments.get(count)?);
    Some(format!("{}/{name}", segments[..count].join("/")))
}
