//! A change as it is asked for, now or inside a transaction.

use super::errors::Refusal;
use super::files::Files;
use crate::http::Call;
use crate::switches::{BigIpVersion, Switches};
use hyper::Method;
use serde_json::{Map, Value};
use time::OffsetDateTime;

/// Method, path and body of a change.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// Property names in camel case.
    pub(crate) body: Map<String, Value>,
}

/// What a change happens in.
pub(crate) struct Env<'a> {
    pub(crate) now: OffsetDateTime,
    pub(crate) switches: &'a Switches,
    pub(crate) user: &'a str,
    pub(crate) files: &'a Files,
}

impl<'a> Env<'a> {
    /// The content that a `sourcePath` or a plain path names.
    pub(crate) fn source(&self, path: &str) -> Result<&'a [u8], Refusal> {
        self.files.source(path, self.switches.bigip_missing_source)
    }
}

impl Command {
    /// Reads a request; an empty body counts as an empty object.
    pub(crate) fn read(call: &Call) -> Result<Self, Refusal> {
        let body = if call.body.is_empty() {
            Map::new()
        } else {
            match serde_json::from_slice(&call.body) {
                Ok(Value::Object(body)) => camel(body),
                _ => return Err(Refusal::syntax("Bad JSON: an object is expected")),
            }
        };
        Ok(Self {
            method: call.method.clone(),
            path: call.path.clone(),
            body,
        })
    }

    /// The path below `/mgmt/tm`.
    pub(crate) fn segments(&self) -> Vec<&str> {
        below_tm(&self.path)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Value::as_str)
    }

    /// A text that is neither empty nor `none`.
    pub(crate) fn given(&self, name: &str) -> Option<&str> {
        self.text(name)
            .filter(|text| !text.is_empty() && *text != "none")
    }
}

/// The parts of a path below `/mgmt/tm`.
pub(crate) fn below_tm(path: &str) -> Vec<&str> {
    path.split('/')
        .filter(|part| !part.is_empty())
        .skip(2)
        .collect()
}

/// The release that the device reports.
pub(crate) fn release(switches: &Switches) -> &'static str {
    match switches.bigip_version {
        BigIpVersion::V13 => "13.1.3.4",
        BigIpVersion::V14 => "14.1.2.1",
        BigIpVersion::V16 => "16.1.3.3",
        BigIpVersion::V17 => "17.1.1",
    }
}

/// `https://localhost` with a path and the release, as every `selfLink`.
pub(crate) fn link(switches: &Switches, path: &str) -> String {
    format!("https://localhost{path}?ver={}", release(switches))
}

/// Both spellings of property names mean the same.
fn camel(map: Map<String, Value>) -> Map<String, Value> {
    map.into_iter()
        .map(|(name, value)| (camel_name(&name), value))
        .collect()
}

pub(crate) fn camel_name(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut upper = false;
    for character in name.chars() {
        match character {
            '-' => upper = true,
            _ if upper => {
                text.extend(character.to_uppercase());
                upper = false;
            }
            _ => text.push(character),
        }
    }
    text
}
