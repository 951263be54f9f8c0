//! What the configuration may hold where certificates are concerned. The rest
//! of the device's grammar is not simulated: other nodes are taken as they are.

use super::answer::Refusal;
use super::xml::Node;

/// Checks everything that this module knows in a tree; `longest` is the limit
/// for names: 63 on a firewall, 31 on Panorama.
pub(crate) fn check(root: &Node, longest: usize) -> Result<(), Refusal> {
    for node in &root.children {
        match node.name.as_str() {
            "ssl-tls-service-profile" => {
                for entry in node.entries() {
                    name(entry.key(), longest)?;
                    profile(entry)?;
                }
            }
            "certificate" => {
                for entry in node.entries() {
                    name(entry.key(), longest)?;
                    known(entry, "certificate", &CERTIFICATE)?;
                }
            }
            _ => check(node, longest)?,
        }
    }
    Ok(())
}

/// Letters, digits, blank, `-`, `_` and `.`; a letter or digit first.
pub(crate) fn is_name(text: &str) -> bool {
    let fine = |character: char| character.is_ascii_alphanumeric() || " -_.".contains(character);
    text.starts_with(|first: char| first.is_ascii_alphanumeric()) && text.chars().all(fine)
}

fn name(text: &str, longest: usize) -> Result<(), Refusal> {
    if text.len() > longest {
        return Err(invalid(format!(
            "{text} can be at most {longest} characters, but current length: {}",
            text.len()
        )));
    }
    if !is_name(text) {
        return Err(invalid(format!("'{text}' is not a valid name")));
    }
    Ok(())
}

fn profile(entry: &Node) -> Result<(), Refusal> {
    let what = "ssl-tls-service-profile";
    known(entry, what, &["certificate", "protocol-settings"])?;
    let Some(settings) = entry.child("protocol-settings") else {
        return Ok(());
    };
    for setting in &settings.children {
        let values: &[&str] = match setting.name.as_str() {
            "min-version" => &["tls1-0", "tls1-1", "tls1-2"],
            "max-version" => &["tls1-0", "tls1-1", "tls1-2", "max"],
            other if ALGORITHMS.contains(&other) => &["yes", "no"],
            other => return Err(unexpected(what, entry.key(), other)),
        };
        if !values.contains(&setting.text.as_str()) {
            return Err(invalid(format!(
                "{what} -> {} -> protocol-settings -> {} '{}' is not a valid reference",
                entry.key(),
                setting.name,
                setting.text
            )));
        }
    }
    Ok(())
}

fn known(entry: &Node, what: &str, names: &[&str]) -> Result<(), Refusal> {
    match entry
        .children
        .iter()
        .find(|child| !names.contains(&child.name.as_str()))
    {
        None => Ok(()),
        Some(child) => Err(unexpected(what, entry.key(), &child.name)),
    }
}

fn unexpected(what: &str, entry: &str, child: &str) -> Refusal {
    invalid(format!("{what} -> {entry} -> {child} unexpected here"))
}

fn invalid(line: String) -> Refusal {
    Refusal::coded(12, [line])
}

const CERTIFICATE: [&str; 17] = [
    "subject",
    "subject-int",
    "subject-hash",
    "issuer",
    "issuer-hash",
    "common-name",
    "common-name-int",
    "not-valid-before",
    "not-valid-after",
    "expiry-epoch",
    "algorithm",
    "ca",
    "public-key",
    "csr",
    "private-key",
    "status",
    "revoke-date-epoch",
];
const ALGORITHMS: [&str; 12] = [
    "enc-algo-3des",
    "enc-algo-rc4",
    "enc-algo-aes-128-cbc",
    "enc-algo-aes-256-cbc",
    "enc-algo-aes-128-gcm",
    "enc-algo-aes-256-gcm",
    "keyxchg-algo-rsa",
    "keyxchg-algo-dhe",
    "keyxchg-algo-ecdhe",
    "auth-algo-sha1",
    "auth-algo-sha256",
    "auth-algo-sha384",
];
