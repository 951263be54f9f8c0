//! Certificates, requests and chains: read, compare, order, check. No network, no files.

mod certificate;
mod chain;
mod csr;
mod key;
mod signature;

pub(crate) use certificate::Certificate;
pub(crate) use chain::Chain;
pub(crate) use csr::Csr;
pub(crate) use key::{Algorithm, KeyType, PrivateKey};

use std::net::IpAddr;

use sha2::{Digest, Sha256};
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::x509::X509Name;

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The DNS names among the subject alternative names: lower-case, sorted, without duplicates.
fn dns_names<'a>(extensions: impl Iterator<Item = &'a ParsedExtension<'a>>) -> Vec<String> {
    let mut names: Vec<String> = alternative_names(extensions)
        .filter_map(|it| match it {
            GeneralName::DNSName(name) => Some(name.to_lowercase()),
            _ => None,
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The other ones, as people write them.
fn other_names<'a>(extensions: impl Iterator<Item = &'a ParsedExtension<'a>>) -> Vec<String> {
    alternative_names(extensions)
        .filter_map(|it| match it {
            GeneralName::DNSName(_) => None,
            GeneralName::IPAddress(bytes) => Some(address(bytes)),
            GeneralName::RFC822Name(text) | GeneralName::URI(text) => Some((*text).to_owned()),
            other => Some(other.to_string()),
        })
        .collect()
}

fn address(bytes: &[u8]) -> String {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return IpAddr::from(four).to_string();
    }
    <[u8; 16]>::try_from(bytes).map_or_else(|_| hex(bytes), |it| IpAddr::from(it).to_string())
}

fn alternative_names<'a>(
    extensions: impl Iterator<Item = &'a ParsedExtension<'a>>,
) -> impl Iterator<Item = &'a GeneralName<'a>> {
    extensions
        .filter_map(|it| match it {
            ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
            _ => None,
        })
        .flatten()
}

/// The common name of a subject, in lower case.
fn common_name(subject: &X509Name<'_>) -> Option<String> {
    let first = subject.iter_common_name().next()?;
    first.as_str().ok().map(str::to_lowercase)
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// One PEM block of the given type.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    // Base64 is ASCII, so cutting at any byte cuts at a character.
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(PEM_LINE));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem + "-----END " + label + "-----\n"
}

/// RFC 7468 §2.
const PEM_LINE: usize = 64;
