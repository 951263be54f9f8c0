//! Sectigo's ACME servers: RFC 8555 with external account binding, names
//! validated beforehand in SCM, and the vendor's own manners.

use crate::ca::Level;
use crate::http::{Call, Reply};
use crate::state::World;
use hyper::Method;
use jws::{Signed, Signer};
use problem::Problem;
use serde_json::{Value, json};

pub(crate) mod accounts;
pub(crate) mod ari;
pub(crate) mod authorizations;
mod binding;
pub(crate) mod challenges;
mod issue;
mod jws;
mod key_change;
pub(crate) mod nonces;
pub(crate) mod orders;
pub(crate) mod problem;
mod revoke;

/// Answers a request to one of the ACME servers.
pub(crate) fn handle(world: &mut World, call: &Call) -> Reply {
    let segments = call.segments();
    let Some((level, path)) = directory(&segments) else {
        return finish(
            world,
            None,
            Problem::unauthorized("Invalid ACME server URL").into(),
        );
    };
    let server = Server::new(call, level);
    let reply = match (&call.method, path) {
        (&Method::GET, [] | ["directory"]) => Ok(Reply::json(200, &index(world, &server))),
        (&Method::HEAD, ["newNonce"]) => Ok(Reply::empty(200)),
        (&Method::GET, ["newNonce"]) => Ok(Reply::empty(204)),
        (&Method::POST, path) => post(world, call, &server, path),
        _ => Err(Problem {
            status: 405,
            ..Problem::malformed("Method not allowed")
        }),
    };
    let reply = reply.unwrap_or_else(Into::into);
    finish(world, Some(&server), reply)
}

/// One of the servers, as a request addresses it.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) level: Level,
    /// URL of the directory, without a final slash.
    pub(crate) base: String,
}

impl Server {
    fn new(call: &Call, level: Level) -> Self {
        Self {
            level,
            base: format!("{}/v2/{}", call.origin, level.label()),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }
}

fn directory<'a, 'b>(segments: &'a [&'b str]) -> Option<(Level, &'a [&'b str])> {
    match segments {
        ["v2", label, path @ ..] => Some((Level::parse(label)?, path)),
        _ => None,
    }
}

fn index(world: &World, server: &Server) -> Value {
    let mut index = json!({
        "newNonce": server.url("newNonce"),
        "newAccount": server.url("newAccount"),
        "newOrder": server.url("newOrder"),
        "revokeCert": server.url("revokeCert"),
        "keyChange": server.url("keyChange"),
    });
    if world.switches.acme_ari {
        index["renewalInfo"] = json!(format!("{}/renewalInfo", world.endpoints.ari));
    }
    index["meta"] = json!({
        "termsOfService": "https://example.com/terms.pdf",
        "website": "https://example.com",
        "caaIdentities": ["sectigo.com", "trust-provider.com", "usertrust.com", "comodoca.com",
            "comodo.com", "entrust.net", "affirmtrust.com"],
        "externalAccountRequired": world.switches.acme_eab_required,
    });
    index
}

fn post(world: &mut World, call: &Call, server: &Server, path: &[&str]) -> Result<Reply, Problem> {
    let signed = jws::verify(world, call, server)?;
    if let ["newAccount"] = path {
        let mut reply = accounts::create(world, call, server, &signed)?;
        reply.write = Some(reply.status == 201);
        return Ok(reply);
    }
    let write = match path {
        ["newOrder" | "revokeCert" | "keyChange"] | ["order", _, "finalize"] => true,
        ["account" | "authz" | "chall", ..] => !signed.payload.is_empty(),
        _ => false,
    };
    let mut reply = known(world, call, server, &signed, path).unwrap_or_else(Into::into);
    reply.write = Some(write);
    Ok(reply)
}

fn known(
    world: &mut World,
    call: &Call,
    server: &Server,
    signed: &Signed,
    path: &[&str],
) -> Result<Reply, Problem> {
    if let ["revokeCert"] = path {
        return revoke::revoke(world, server, signed);
    }
    let Signer::Account(account) = &signed.signer else {
        return Err(Problem::malformed("A 'kid' header is required"));
    };
    accounts::touch(world, call, server, account)?;
    match path {
        ["newOrder"] => orders::create(world, server, account, signed),
        ["keyChange"] => key_change::change(world, call, server, account, signed),
        ["account", id] if id == account => accounts::update(world, server, account, signed),
        ["account", id, "orders"] if id == account => {
            Ok(Reply::json(200, &orders::list(world, server, account)))
        }
        ["account", ..] => Err(Problem::unauthorized("Not your account")),
        ["order", id] => orders::show(world, server, account, id),
        ["order", id, "finalize"] => issue::finalize(world, server, account, id, signed),
        ["authz", id] => authorizations::answer(world, server, account, id, signed),
        ["chall", id] => challenges::answer(world, server, account, id, signed),
        ["cert", id] => issue::download(world, server, account, id, 0),
        ["cert", id, "alternate", "1"] => issue::download(world, server, account, id, 1),
        _ => Err(Problem {
            status: 404,
            ..Problem::malformed("Unknown resource")
        }),
    }
}

fn finish(world: &mut World, server: Option<&Server>, reply: Reply) -> Reply {
    let reply = reply
        .with("Replay-Nonce", world.acme.nonces.issue())
        .with("Cache-Control", "max-age=0, no-cache, no-store");
    match server {
        Some(server) => reply.with("Link", format!("<{}>;rel=\"index\"", server.base)),
        None => reply,
    }
}
