//! What the device reads out of a certificate file.

use super::keys;
use crate::csr::KeyKind;
use crate::random;
use aws_lc_rs::digest;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::fmt::Write;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::X509Name;

/// A certificate file; all facts are of the first certificate in it.
#[derive(Debug)]
pub(crate) struct CertFile {
    pub(crate) pem: Vec<u8>,
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) spki: Vec<u8>,
    pub(crate) kind: KeyKind,
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) common_name: String,
    pub(crate) alt_names: Option<String>,
    pub(crate) serial: String,
    /// `SHA256/AA:BB:…`.
    pub(crate) fingerprint: String,
    /// Epoch seconds of notAfter.
    pub(crate) expires: i64,
    /// notAfter as OpenSSL prints it.
    pub(crate) expires_text: String,
}

impl CertFile {
    /// Reads a PEM file; `None` when a certificate in it cannot be read, or
    /// none is there.
    pub(crate) fn read(pem: &[u8]) -> Option<Self> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<_, _>>()
            .ok()?;
        let der = chain.first()?.clone();
        let (_, certificate) = X509Certificate::from_der(&der).ok()?;
        let spki = certificate.public_key();
        let alt_names = certificate
            .subject_alternative_name()
            .ok()
            .flatten()
            .map(|extension| alt_names(&extension.value.general_names));
        let fingerprint = digest::digest(&digest::SHA256, &der);
        let not_after = certificate.validity().not_after.to_datetime();
        Some(Self {
            pem: pem.to_vec(),
            spki: spki.raw.to_vec(),
            kind: KeyKind::of(spki),
            subject: name(certificate.subject()),
            issuer: name(certificate.issuer()),
            common_name: certificate
                .subject()
                .iter_common_name()
                .next()
                .and_then(|name| name.as_str().ok())
                .unwrap_or_default()
                .to_owned(),
            alt_names,
            serial: serial(certificate.raw_serial()),
            fingerprint: format!(
                "SHA256/{}",
                colons(fingerprint.as_ref()).to_ascii_uppercase()
            ),
            expires: not_after.unix_timestamp(),
            expires_text: format!(
                "{} {:>2} {:02}:{:02}:{:02} {} GMT",
                &not_after.month().to_string()[..3],
                not_after.day(),
                not_after.hour(),
                not_after.minute(),
                not_after.second(),
                not_after.year(),
            ),
            chain,
        })
    }

    /// The name of the public key's algorithm.
    pub(crate) fn key_type(&self) -> &'static str {
        match self.kind {
            KeyKind::Ec(_) => "ec-public",
            _ => "rsa-public",
        }
    }

    /// The curve as the device names it.
    pub(crate) fn curve(&self) -> &'static str {
        keys::curve_name(self.kind)
    }
}

/// `SHA1:<size>:<hex>` over the stored bytes.
pub(crate) fn checksum(bytes: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
    format!("SHA1:{}:{}", bytes.len(), random::to_hex(hash.as_ref()))
}

fn colons(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (index, byte) in bytes.iter().enumerate() {
        let _ = write!(text, "{}{byte:02x}", if index > 0 { ":" } else { "" });
    }
    text
}

/// Small serial numbers are decimal, long ones hexadecimal with colons.
fn serial(raw: &[u8]) -> String {
    let significant: Vec<u8> = raw.iter().copied().skip_while(|byte| *byte == 0).collect();
    if significant.len() <= 7 {
        let number = significant
            .iter()
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        return number.to_string();
    }
    colons(&significant)
}

/// The most specific part first, no blanks.
fn name(name: &X509Name<'_>) -> String {
    let mut parts: Vec<String> = name
        .iter_attributes()
        .map(|attribute| {
            let oid = attribute.attr_type().to_id_string();
            let label = LABELS
                .iter()
                .find(|(known, _)| *known == oid)
                .map_or(oid.as_str(), |(_, label)| label);
            format!("{label}={}", attribute.as_str().unwrap_or_default())
        })
        .collect();
    parts.reverse();
    parts.join(",")
}

fn alt_names(names: &[GeneralName<'_>]) -> String {
    let texts: Vec<String> = names
        .iter()
        .map(|name| match name {
            GeneralName::DNSName(name) => format!("DNS:{name}"),
            GeneralName::RFC822Name(name) => format!("email:{name}"),
            GeneralName::URI(name) => format!("URI:{name}"),
            GeneralName::IPAddress(bytes) => {
                match (<[u8; 4]>::try_from(*bytes), <[u8; 16]>::try_from(*bytes)) {
                    (Ok(v4), _) => format!("IP Address:{}", std::net::Ipv4Addr::from(v4)),
                    (_, Ok(v6)) => format!("IP Address:{}", std::net::Ipv6Addr::from(v6)),
                    _ => "IP Address:<invalid>".to_owned(),
                }
            }
            _ => "othername:<unsupported>".to_owned(),
        })
        .collect();
    texts.join(", ")
}

const LABELS: [(&str, &str); 7] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.11", "OU"),
    ("2.5.4.10", "O"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.6", "C"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
];
