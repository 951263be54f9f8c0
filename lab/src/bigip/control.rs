//! The part of the control port that concerns the units.

use super::devices::BigIp;
use super::ha::{End, Pair, Side};
use super::handle;
use crate::control::{Refusal, bad, missing, parse};
use crate::http::{Call, Reply, Service};
use crate::state::Lab;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::header::{AUTHORIZATION, HeaderValue};
use hyper::{HeaderMap, Method};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// Answers a request below `/bigip`.
pub(crate) fn route(lab: &Arc<Lab>, call: &Call, rest: &[&str]) -> Result<Reply, Refusal> {
    match rest {
        ["ha"] if call.method == Method::PUT => {
            let change: Ha = parse(call)?;
            let mut world = lab.world();
            let now = world.now();
            set_ha(&mut world.bigip, &change, now)?;
            let shown = world.bigip.ha_state(now);
            Ok(Reply::json(200, &shown))
        }
        ["reboot"] if call.method == Method::POST => {
            let wish = if call.body.is_empty() {
                Reboot::default()
            } else {
                parse::<Option<Reboot>>(call)?.unwrap_or_default()
            };
            if !(0.0..=3600.0).contains(&wish.seconds) {
                return Err(bad("seconds: 0 to 3600"));
            }
            let mut world = lab.world();
            let now = world.now();
            let until = now + Duration::seconds_f64(wish.seconds);
            world.bigip.reboot(wish.unit, now, until);
            Ok(Reply::json(200, &json!({})))
        }
        ["object"] if [Method::PUT, Method::DELETE].contains(&call.method) => {
            let change: Object = parse(call)?;
            administer(lab, call, &change)
        }
        _ => Err(missing("such control")),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Standalone,
    Pair,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ha {
    mode: Option<Mode>,
    auto_sync: Option<bool>,
    save_on_auto_sync: Option<bool>,
    active: Option<Side>,
    connected: Option<bool>,
    sync_seconds: Option<f64>,
    /// `false` forms the group and leaves the first synchronization open.
    initial_sync: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reboot {
    #[serde(default)]
    unit: Side,
    #[serde(default)]
    seconds: f64,
}

/// A change by another administrator.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Object {
    #[serde(default)]
    unit: Side,
    /// As the request to the control port when absent.
    method: Option<String>,
    path: String,
    #[serde(default)]
    body: Value,
}

fn set_ha(bigip: &mut BigIp, change: &Ha, now: OffsetDateTime) -> Result<(), Refusal> {
    let seconds = change.sync_seconds.unwrap_or(0.0);
    if !(0.0..=3600.0).contains(&seconds) {
        return Err(bad("sync_seconds: 0 to 3600"));
    }
    match change.mode {
        Some(Mode::Standalone) => bigip.pair = None,
        Some(Mode::Pair) if bigip.pair.is_none() => {
            let mut pair = Pair::new(change.active.unwrap_or_default());
            if change.initial_sync.unwrap_or(true) {
                let config = bigip.unit(Side::A, now).config.clone();
                pair.begin(Side::A, config, End::Saved, now);
            }
            bigip.pair = Some(pair);
            bigip.settle(now);
        }
        _ => {}
    }
    let Some(pair) = &mut bigip.pair else {
        return match change.mode {
            Some(_) => Ok(()),
            None => Err(bad("mode: the units are no pair")),
        };
    };
    pair.auto_sync = change.auto_sync.unwrap_or(pair.auto_sync);
    pair.save_on_auto_sync = change.save_on_auto_sync.unwrap_or(pair.save_on_auto_sync);
    pair.active = change.active.unwrap_or(pair.active);
    pair.connected = change.connected.unwrap_or(pair.connected);
    pair.sync_seconds = change.sync_seconds.unwrap_or(pair.sync_seconds);
    bigip.settle(now);
    Ok(())
}

/// Lets `admin` change something; no journal, no faults.
fn administer(lab: &Arc<Lab>, call: &Call, change: &Object) -> Result<Reply, Refusal> {
    let method = match (&change.method, &call.method) {
        (Some(name), _) => Method::from_bytes(name.as_bytes()).map_err(|_| bad("method"))?,
        (None, &Method::DELETE) => Method::DELETE,
        (None, _) => Method::POST,
    };
    let password = lab.world().bigip.password("admin").to_owned();
    let credentials = format!("Basic {}", STANDARD.encode(format!("admin:{password}")));
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(&credentials) {
        headers.insert(AUTHORIZATION, value);
    }
    let body = match &change.body {
        Value::Null => Bytes::new(),
        body => Bytes::from(body.to_string()),
    };
    let call = Call {
        service: match change.unit {
            Side::A => Service::BigIp,
            Side::B => Service::BigIpPeer,
        },
        method,
        path: change.path.clone(),
        query: Vec::new(),
        headers,
        body,
        client_cert: None,
        origin: call.origin.clone(),
        peer: call.peer,
    };
    Ok(handle(lab, &call))
}
