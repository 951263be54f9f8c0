//! An F5 BIG-IP as its iControl REST interface shows it: keys, certificates,
//! client SSL profiles, virtual servers and transactions.

use crate::http::{Call, Reply};
use crate::state::{Lab, World};
use crate::switches::{BigIpVersion, Switches};
use errors::{Refusal, answer};
use hyper::Method;
use model::{Config, Unit};
use request::{Command, Env, link};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

mod apply;
pub(crate) mod auth;
mod certs;
mod client_ssl;
mod crypto;
pub(crate) mod errors;
mod files;
mod keys;
mod model;
mod names;
mod read;
mod request;
mod ssl_files;
pub(crate) mod traffic;
mod transactions;
mod util;
mod validate;
mod virtuals;

/// The simulated device; it is made when it is first needed, since a key for
/// its built-in certificate takes time.
#[derive(Debug)]
pub(crate) struct BigIp {
    /// Addresses of the virtual servers that are there from the start.
    pub(crate) addresses: [SocketAddr; 3],
    pub(crate) users: Vec<auth::User>,
    unit: Option<Unit>,
}

impl BigIp {
    pub(crate) fn new(addresses: [SocketAddr; 3]) -> Self {
        Self {
            addresses,
            users: auth::users(),
            unit: None,
        }
    }

    /// The next use meets a new device, with the users of the old one.
    pub(crate) fn reset(&mut self) {
        self.unit = None;
    }

    /// Restarts the device: unsaved changes, tokens and transactions are lost.
    pub(crate) fn reboot(&mut self) {
        if let Some(unit) = &mut self.unit {
            unit.config = unit.saved.clone();
            unit.tokens = auth::Tokens::default();
            unit.transactions = transactions::Transactions::default();
        }
    }

    fn unit(&mut self, now: time::OffsetDateTime) -> &mut Unit {
        let addresses = self.addresses;
        self.unit.get_or_insert_with(|| Unit::new(&addresses, now))
    }
}

/// The state as tests read it.
pub(crate) fn state(world: &mut World) -> Value {
    let now = world.now();
    world.bigip.unit(now).state()
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
    let switches = &world.switches;
    world.bigip.unit(now);
    let BigIp { users, unit, .. } = &mut world.bigip;
    let Some(unit) = unit else {
        return Err(Refusal::framework(
            503,
            "There is an active asynchronous task executing.",
        ));
    };
    let segments = call.segments();
    if segments.as_slice() == ["mgmt", "shared", "authn", "login"] && call.method == Method::POST {
        return auth::login(users, &mut unit.tokens, now, call);
    }
    let caller = match auth::authorize(users, &unit.tokens, now, call) {
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
            files::transfer(&mut unit.files, call, area, name)
        }
        ["mgmt", "tm", "transaction", rest @ ..] => {
            transactions::handle(unit, now, switches, caller.user.name, call, rest)
        }
        ["mgmt", "tm", ..] if call.method == Method::GET => {
            read::read(&unit.config, switches, call)
        }
        ["mgmt", "tm", rest @ ..] => {
            let command = Command::read(call)?;
            match rest {
                ["util", tool] if call.method == Method::POST => util::run(
                    unit,
                    switches.bigip_csr_after_move,
                    switches.bigip_bash,
                    &command,
                    tool,
                ),
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
    now: time::OffsetDateTime,
    switches: &Switches,
    user: &str,
    command: &Command,
    fresh: Fresh,
) -> Result<Reply, Refusal> {
    let rest = command.segments();
    let post = command.method == Method::POST;
    if let ["sys", "crypto", "csr", rest @ ..] = rest.as_slice() {
        return match rest {
            [] if post => Ok(answer(200, &crypto::create_csr(unit, switches, command)?)),
            [name] if command.method == Method::DELETE => {
                let path = names::from_url(name);
                unit.config
                    .csrs
                    .remove(&path)
                    .ok_or_else(|| Refusal::missing(crypto::noun("csr"), &path))?;
                unit.files.take(&crypto::csr_file(&path));
                unit.config.step();
                Ok(Reply::empty(200))
            }
            _ => Err(Refusal::unknown_uri(&command.path)),
        };
    }
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
        (["sys", "crypto", "key"], None) if post => {
            let key = fresh.ok_or_else(|| Refusal::unknown_uri(&command.path))??;
            crypto::create_key(&mut after, &env, command, &key)?
        }
        _ => apply::change(&mut after, &env, command)?,
    };
    validate::whole(&unit.config, &after, switches)?;
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

/// The folder of a new object must be there.
fn check_folder(config: &Config, path: &str) -> Result<(), Refusal> {
    let partition = names::partition(path);
    let there = config.partitions.iter().any(|known| known == partition);
    if there && names::folder(path).is_none() && !names::name(path).is_empty() {
        return Ok(());
    }
    let folder = path.rsplit_once('/').map_or(path, |(folder, _)| folder);
    Err(Refusal::missing("folder", folder))
}

fn since_14(switches: &Switches) -> bool {
    switches.bigip_version != BigIpVersion::V13
}

/// Certificates show their fingerprint from 14.1 on.
fn has_fingerprint(switches: &Switches) -> bool {
    since_14(switches)
}
