//! Which change goes where, alone or within a transaction.

use super::errors::Refusal;
use super::model::Config;
use super::request::{Command, Env};
use super::{client_ssl, folders, owners, plain, ssl_files, virtuals};
use hyper::Method;
use serde_json::Value;

/// Whether a command changes configuration and nothing else.
pub(crate) fn is_config(command: &Command) -> bool {
    matches!(
        command.segments().as_slice(),
        ["sys", "file", "ssl-key" | "ssl-cert", ..]
            | ["sys", "crypto", "key" | "cert", _]
            | ["ltm", "profile", "client-ssl", ..]
            | ["ltm", "virtual", ..]
            | ["auth", "partition", ..]
            | ["sys", "folder", ..]
    ) || plain::kind(&command.segments()).is_some()
}

/// Changes a configuration; what comes back is the object, or nothing.
pub(crate) fn change(
    config: &mut Config,
    env: &Env<'_>,
    command: &Command,
) -> Result<Value, Refusal> {
    owners::check(config, env.switches, command)?;
    let mut shown = dispatch(config, env, command)?;
    owners::note(config, command, &mut shown);
    Ok(shown)
}

fn dispatch(config: &mut Config, env: &Env<'_>, command: &Command) -> Result<Value, Refusal> {
    match command.segments().as_slice() {
        ["sys", "file", "ssl-key", rest @ ..] if rest.len() < 2 => {
            ssl_files::change_key(config, env, command, rest.first().copied())
        }
        ["sys", "file", "ssl-cert", rest @ ..] if rest.len() < 2 => {
            ssl_files::change_cert(config, env, command, rest.first().copied())
        }
        ["sys", "crypto", "key", name] if command.method == Method::DELETE => {
            ssl_files::change_key(config, env, command, Some(name))
        }
        ["sys", "crypto", "cert", name] if command.method == Method::DELETE => {
            ssl_files::change_cert(config, env, command, Some(name))
        }
        ["ltm", "profile", "client-ssl", rest @ ..] if rest.len() < 2 => {
            client_ssl::change(config, env, command, rest.first().copied())
        }
        ["ltm", "virtual", rest @ ..] if rest.len() < 2 => {
            virtuals::change(config, env, command, rest.first().copied())
        }
        ["ltm", "virtual", server, "profiles", rest @ ..] if rest.len() < 2 => {
            virtuals::change_profile(config, env, command, server, rest.first().copied())
        }
        ["auth", "partition", rest @ ..] if rest.len() < 2 => {
            folders::change_partition(config, env.switches, command, rest.first().copied())
        }
        ["sys", "folder", rest @ ..] if rest.len() < 2 => {
            folders::change_folder(config, env.switches, command, rest.first().copied())
        }
        segments => match plain::kind(segments) {
            Some((kind, rest)) => plain::change(config, env, command, kind, rest.first().copied()),
            None => Err(Refusal::unknown_uri(&command.path)),
        },
    }
}
