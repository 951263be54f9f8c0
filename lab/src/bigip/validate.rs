//! What must hold at the end of every change and of every transaction.

use super::client_ssl;
use super::errors::Refusal;
use super::keys::{Locked, Opened};
use super::model::{Config, Entry};
use super::names;
use super::references;
use super::virtuals;
use crate::csr::KeyKind;
use crate::switches::{AcceptOrRefuse, Switches};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Checks the end state; `before` tells "in use" from "never was there".
pub(crate) fn whole(before: &Config, after: &Config, switches: &Switches) -> Result<(), Refusal> {
    references::check(before, after)?;
    for (path, profile) in &after.client_ssl {
        if let Some(parent) = &profile.parent
            && !after.client_ssl.contains_key(parent)
        {
            let text = format!(
                "01070265:3: The {} ({parent}) cannot be deleted because it is in use by a ClientSSL profile ({path}).",
                client_ssl::NOUN
            );
            return Err(Refusal::database(400, text));
        }
        if let Some(chain) = &profile.chain {
            check_chain(after, path, chain, switches)?;
        }
    }
    for path in after.virtuals.keys() {
        check_virtual(before, after, path, switches)?;
    }
    Ok(())
}

/// The key of an entry, opened with the entry's passphrase.
pub(crate) fn open(config: &Config, profile: &str, entry: &Entry) -> Result<Arc<Opened>, Refusal> {
    let path = entry.key.as_deref().unwrap_or("none");
    let key = config.keys.get(path).ok_or_else(|| {
        Refusal::database(
            400,
            format!("01070277:3: The requested key ({path}) was not found."),
        )
    })?;
    key.file
        .open(entry.passphrase.as_deref())
        .map_err(|locked| {
            let reason = match locked {
                Locked::Passphrase => "error:0906A068:PEM routines:PEM_do_header:bad password read",
                Locked::NoKey => "error:0906D06C:PEM routines:PEM_read_bio:no start line",
            };
            let text = format!(
                "01070313:3: Error reading key PEM file {path} for profile {profile}: {reason}"
            );
            Refusal::database(400, text)
        })
}

fn check_chain(
    after: &Config,
    path: &str,
    chain: &[Entry],
    switches: &Switches,
) -> Result<(), Refusal> {
    let database = |text: String| Err(Refusal::database(400, text));
    let mut types = BTreeSet::new();
    for entry in chain {
        let (Some(key_path), Some(cert_path)) = (&entry.key, &entry.cert) else {
            return database(no_rsa());
        };
        let key = open(after, path, entry)?;
        let Some(cert) = after.certs.get(cert_path) else {
            return database(no_rsa());
        };
        if key.spki != cert.file.spki {
            return database(if super::since_14(switches) {
                format!(
                    "01070317:3: profile {path}'s key({key_path}) and certificate({cert_path}) do not match."
                )
            } else {
                format!("01070317:3: profile {path}'s key and certificate do not match")
            });
        }
        let kind = match key.kind {
            KeyKind::Ec(_) => "ECDSA",
            _ => "RSA",
        };
        if entry.usage == "SERVER" && !types.insert(kind) {
            return database(format!(
                "01b40028:3: Client SSL profile ({path}): cannot contain more than one set of same certificate/key type ({kind})."
            ));
        }
    }
    let needs_rsa = match switches.bigip_ec_only {
        None => !super::since_14(switches),
        Some(rule) => rule == AcceptOrRefuse::Refused,
    };
    if types.is_empty() || (needs_rsa && !types.contains("RSA")) {
        return database(no_rsa());
    }
    Ok(())
}

fn no_rsa() -> String {
    "010717e3:3: Client SSL profile must have RSA certificate/key pair.".to_owned()
}

fn check_virtual(
    before: &Config,
    after: &Config,
    path: &str,
    switches: &Switches,
) -> Result<(), Refusal> {
    let Some(server) = after.virtuals.get(path) else {
        return Ok(());
    };
    let database = |text: String| Err(Refusal::database(400, text));
    let mut kinds = BTreeSet::new();
    let mut ssl = Vec::new();
    for (profile, context) in &server.profiles {
        let Some(kind) = virtuals::kind(after, profile) else {
            if before.client_ssl.contains_key(profile) {
                return database(format!(
                    "01070265:3: The {} ({profile}) cannot be deleted because it is in use by a virtual server profile ({path} {profile}).",
                    client_ssl::NOUN
                ));
            }
            return Err(Refusal::missing("profile", profile));
        };
        if !names::sees(path, profile) {
            return Err(Refusal::missing("profile", profile));
        }
        kinds.insert(kind);
        if kind == "client-ssl" {
            if context != "clientside" {
                return database(format!(
                    "01070734:3: Configuration error: client SSL profile {profile} on {path} must have the context clientside."
                ));
            }
            ssl.push(profile);
        }
    }
    let refused = switches.bigip_ssl_without_tcp == AcceptOrRefuse::Refused;
    if kinds.contains("fastl4") && kinds.len() > 1 {
        return database(format!(
            "01070734:3: Configuration error: Found disallowed profile on {path}: Not Any Of (FastL4 Profile, FastHTTP Profile)"
        ));
    }
    if !ssl.is_empty() && !kinds.contains("tcp") && refused {
        return database(format!(
            "01070734:3: Configuration error: Less than the required minimum number of profiles found on {path}: Exactly 1 of (UDP Profile (clientside), TCP Profile (clientside), SCTP Profile (clientside))"
        ));
    }
    check_names(after, path, &ssl, switches)?;
    let moved = before
        .virtuals
        .get(path)
        .is_none_or(|old| old.destination != server.destination);
    let taken = after.virtuals.iter().find(|(other, found)| {
        moved && *other != path && tail(&found.destination) == tail(&server.destination)
    });
    if let Some((other, _)) = taken {
        return database(format!(
            "01070333:3: Virtual Server {path} illegally shares destination address, source address, service port, ip-protocol, and vlan with Virtual Server {other}."
        ));
    }
    Ok(())
}

/// Several profiles need one default and different names.
fn check_names(
    config: &Config,
    path: &str,
    ssl: &[&String],
    switches: &Switches,
) -> Result<(), Refusal> {
    if ssl.len() < 2 {
        return Ok(());
    }
    let text = |profile: &str, name: &str| {
        config
            .setting(profile, name)
            .and_then(|value| value.as_str())
            .unwrap_or("none")
            .to_ascii_lowercase()
    };
    let defaults = ssl
        .iter()
        .filter(|profile| text(profile, "sniDefault") == "true")
        .count();
    let refusal = if defaults > 1 {
        format!(
            "01071809:3: Virtual Server {path} has more than one clientssl/serverssl profile that is default for SNI."
        )
    } else if defaults == 0 && switches.bigip_no_sni_default == AcceptOrRefuse::Refused {
        format!(
            "0107149c:3: Virtual server {path} has more than one clientssl/serverssl profile but none of them is default for SNI."
        )
    } else {
        let mut seen = BTreeSet::new();
        let repeated = ssl
            .iter()
            .map(|profile| text(profile, "serverName"))
            .any(|name| name != "none" && !seen.insert(name));
        if !repeated {
            return Ok(());
        }
        format!(
            "0107149e:3: Virtual server {path} has more than one clientssl/serverssl profile with same server name."
        )
    };
    Err(Refusal::database(400, refusal))
}

/// Addresses are shared by all partitions of a route domain.
fn tail(destination: &str) -> &str {
    destination.rsplit('/').next().unwrap_or_default()
}
