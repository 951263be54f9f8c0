//! F5 BIG-IP devices as their iControl REST interface shows them: keys,
//! certificates, client SSL profiles, virtual servers and transactions, on two
//! units that stand alone or form a pair.

use crate::http::{Call, Reply, Service};
use crate::state::{Lab, World};
use crate::switches::{BigIpVersion, Switches};
use errors::{Refusal, answer};
use ha::Side;
use hyper::Method;
use model::Unit;
use request::{Command, Env, link};
use serde_json::{Value, json};
use std::sync::Arc;
use time::OffsetDateTime;

mod apply;
pub(crate) mod auth;
mod certs;
mod client_ssl;
mod client_ssl_chain;
mod client_ssl_view;
mod cm;
mod cm_status;
pub(crate) mod control;
mod crypto;
pub(crate) mod devices;
pub(crate) mod errors;
mod files;
mod folders;
pub(crate) mod ha;
pub(crate) mod keys;
mod model;
mod names;
mod owners;
mod plain;
mod query;
mod read;
mod references;
mod request;
mod requests;
mod seed;
mod shell;
mod ssl_files;
mod ssl_views;
pub(crate) mod traffic;
mod transactions;
mod util;
mod validate;
mod virtual_stats;
mod virtual_view;
mod virtuals;

/// The state as tests read it: both units and how they stand together.
pub(crate) fn state(world: &mut World) -> [Value; 3] {
    let now = world.now();
    let ha = world.bigip.ha_state(now);
    let [a, b] = world.bigip.both(now);
    [a.state(), b.state(), ha]
}

/// Answers a request and lets virtual servers follow what changed.
pub(crate) fn handle(lab: &Arc<Lab>, call: &Call) -> Reply {
    let switches = lab.world().switches.clone();
    // Keys are made without holding up everybody else.
    let fresh = fresh_key(call, &switches);
    let mut world = lab.world();
    let mut login = None;
    let reply = match route(&mut world, call, fresh, &mut login) {
        Ok(reply) => reply,
        Err(refusal) => refusal.reply(call),
    };
    let now = world.now();
    world.bigip.settle(now);
    drop(world);
    traffic::follow(lab);
    let mut reply = reply;
    reply.login = login;
    reply
}

/// Whether a request changes the configuration or makes an object.
pub(crate) fn is_write(call: &Call) -> bool {
    let reads = ["/mgmt/shared/authn/login", "/mgmt/tm/util/unix-ls"];
    call.method != Method::GET
        && call.method != Method::HEAD
        && !reads.contains(&call.path.trim_end_matches('/'))
        && !call.path.starts_with("/mgmt/shared/authz/tokens")
}

/// A path without the token that some paths end in.
pub(crate) fn journal_path(path: &str) -> String {
    const TOKENS: &str = "/mgmt/shared/authz/tokens/";
    match path.strip_prefix(TOKENS) {
        Some(token) if !token.is_empty() => format!("{TOKENS}***"),
        _ => path.to_owned(),
    }
}

type Fresh = Option<Result<keys::Opened, Refusal>>;

fn fresh_key(call: &Call, switches: &Switches) -> Fresh {
    let command = Command::read(call).ok()?;
    let makes = call.method == Method::POST
        && command.segments() == ["sys", "crypto", "key"]
        && !command.body.contains_key("command")
        && call.path.starts_with("/mgmt/tm/");
    makes.then(|| {
        let kind = crypto::wanted(&command, switches)?;
        keys::Opened::generate(kind)
            .ok_or_else(|| Refusal::database(400, "01070712:3: Key could not be generated."))
    })
}

fn route(
    world: &mut World,
    call: &Call,
    fresh: Fresh,
    login: &mut Option<String>,
) -> Result<Reply, Refusal> {
    let now = world.now();
    let World {
        switches, bigip, ..
    } = world;
    let side = match call.service {
        Service::BigIpPeer => Side::B,
        _ => Side::A,
    };
    if !bigip.is_up(side, now) {
        return Ok(errors::restarting(call, switches.bigip_restarting));
    }
    bigip.settle(now);
    let segments = call.segments();
    let (users, unit) = bigip.users_and_unit(side, now);
    if segments.as_slice() == ["mgmt", "shared", "authn", "login"] && call.method == Method::POST {
        return auth::login(users, &mut unit.tokens, now, switches, call);
    }
    let caller = match auth::authorize(users, &mut unit.tokens, now, switches, call) {
        Ok(caller) => caller,
        Err(reply) => return Ok(reply),
    };
    *login = Some(caller.user.name.to_owned());
    match segments.as_slice() {
        ["mgmt", "shared", "authz", "tokens", rest @ ..] if rest.len() < 2 => {
            auth::tokens(&mut unit.tokens, &caller, call, rest.first().copied())
        }
        ["mgmt", "shared", "echo" | "echo-query"] => Ok(answer(200, &json!({"stage": "STARTED"}))),
        ["mgmt", "shared", "file-transfer", area, name] => {
            files::transfer(&mut unit.files, call, switches, area, name)
        }
        ["mgmt", "tm", "transaction", rest @ ..] => {
            transactions::handle(unit, now, switches, caller.user.name, call, rest)
        }
        ["mgmt", "tm", "cm", ..] => cm::handle(bigip, side, now, switches, call),
        ["mgmt", "tm", ..] if call.method == Method::GET => {
            read::read(&unit.config, switches, call)
        }
        ["mgmt", "tm", rest @ ..] => {
            let command = Command::read(call)?;
            match rest {
                ["util", tool] if call.method == Method::POST => {
                    util::run(unit, now, switches, caller.user.name, &command, tool)
                }
                ["sys", "config"] if call.method == Method::POST => save(unit, &command),
                _ => match call.header(transactions::HEADER) {
                    Some(id) => transactions::queue(unit, now, switches, id, command),
                    None => change(unit, now, switches, caller.user.name, &command, fresh),
                },
            }
        }
        _ => Err(Refusal::framework(404, "Public URI path not registered")),
    }
}

fn change(
    unit: &mut Unit,
    now: OffsetDateTime,
    switches: &Switches,
    user: &str,
    command: &Command,
    fresh: Fresh,
) -> Result<Reply, Refusal> {
    let rest = command.segments();
    let post = command.method == Method::POST;
    let env = Env {
        now,
        switches,
        user,
        files: &unit.files,
    };
    let mut after = unit.config.clone();
    let shown = match (rest.as_slice(), command.text("command")) {
        (["sys", "crypto", what @ ("key" | "cert")], Some("install")) if post => {
            crypto::install(&mut after, &env, command, what)?
        }
        (["sys", "crypto", "csr"], _) if post => requests::create(&mut after, &env, command)?,
        (["sys", "crypto", "csr", name] | ["sys", "file", "ssl-csr", name], _)
            if command.method == Method::DELETE =>
        {
            requests::remove(&mut after, name)?;
            Value::Null
        }
        (["sys", "crypto", "key"], None) if post => {
            let key = fresh.ok_or_else(|| Refusal::unknown_uri(&command.path))??;
            crypto::create_key(&mut after, &env, command, &key)?
        }
        _ => apply::change(&mut after, &env, command)?,
    };
    validate::whole(&unit.config, &after, switches)?;
    requests::place(&unit.config, &after, &mut unit.files);
    unit.config = after;
    Ok(match shown {
        Value::Null => Reply::empty(200),
        shown => answer(200, &shown),
    })
}

fn save(unit: &mut Unit, command: &Command) -> Result<Reply, Refusal> {
    if command.text("command") != Some("save") {
        return Err(Refusal::syntax("invalid property value \"command\""));
    }
    unit.saved = unit.config.clone();
    let body = json!({"kind": "tm:sys:config:savestate", "command": "save"});
    Ok(answer(200, &body))
}

/// A collection without options.
fn collection(kind: &str, path: &str, items: Vec<Value>, switches: &Switches) -> Value {
    let mut body = json!({"kind": kind, "selfLink": link(switches, path)});
    if !items.is_empty() {
        body["items"] = Value::Array(items);
    }
    body
}

fn since_14(switches: &Switches) -> bool {
    switches.bigip_version != BigIpVersion::V13
}

/// Certificates show their fingerprint from 14.1 on.
fn has_fingerprint(switches: &Switches) -> bool {
    since_14(switches)
}
