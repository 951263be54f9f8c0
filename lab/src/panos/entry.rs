//! Certificate entries of the configuration: their fields, and the private
//! keys behind them.

use super::xml::Node;
use crate::bigip::keys::Opened;
use crate::csr::KeyKind;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::collections::HashMap;
use std::sync::Arc;
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::X509Name;

/// Private keys by the sealed text that stands for them in configurations, so
/// that they follow every copy of an entry.
#[derive(Debug, Default)]
pub(crate) struct Vault {
    keys: HashMap<String, Arc<Stored>>,
}

/// A private key on the device.
pub(crate) struct Stored {
    pub(crate) key: Arc<Opened>,
    /// May it never be exported?
    pub(crate) blocked: bool,
}

impl std::fmt::Debug for Stored {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Stored")
    }
}

impl Vault {
    /// Seals a key; the text is what configurations hold.
    pub(crate) fn seal(&mut self, key: Arc<Opened>, blocked: bool) -> String {
        let text = format!("-AQ=={}", STANDARD.encode(crate::random::bytes::<96>()));
        let stored = Arc::new(Stored { key, blocked });
        self.keys.insert(text.clone(), stored);
        text
    }

    /// The key of a certificate entry.
    pub(crate) fn of(&self, entry: &Node) -> Option<Arc<Stored>> {
        self.keys.get(entry.text_of("private-key")?).cloned()
    }
}

/// The certificates in PEM, leaf first as they stand in the text.
pub(crate) fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .ok()?;
    (!chain.is_empty()).then_some(chain)
}

/// The chain that an entry holds.
pub(crate) fn chain(entry: &Node) -> Option<Vec<CertificateDer<'static>>> {
    certificates(entry.text_of("public-key")?.as_bytes())
}

/// The public key of a certificate, DER.
pub(crate) fn spki(certificate: &[u8]) -> Option<Vec<u8>> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    Some(parsed.public_key().raw.to_vec())
}

/// The end of a certificate's life.
pub(crate) fn not_after(certificate: &[u8]) -> Option<OffsetDateTime> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    Some(parsed.validity().not_after.to_datetime())
}

/// Fills the fields that describe a certificate.
pub(crate) fn describe(entry: &mut Node, leaf: &[u8], pem: &str) -> Option<()> {
    let (_, certificate) = X509Certificate::from_der(leaf).ok()?;
    let common_name = certificate
        .subject()
        .iter_common_name()
        .next()
        .and_then(|name| name.as_str().ok());
    let validity = certificate.validity();
    let algorithm = match KeyKind::of(certificate.public_key()) {
        KeyKind::Ec(_) => "EC",
        _ => "RSA",
    };
    entry.drop_child("csr");
    entry.put("subject", one_line(certificate.subject()));
    entry.put("issuer", one_line(certificate.issuer()));
    entry.put("not-valid-before", date(validity.not_before.to_datetime()));
    entry.put("not-valid-after", date(validity.not_after.to_datetime()));
    match common_name {
        Some(name) => entry.put("common-name", name),
        None => entry.drop_child("common-name"),
    }
    let expiry = validity.not_after.timestamp();
    entry.put("expiry-epoch", expiry.to_string());
    entry.put("ca", if certificate.is_ca() { "yes" } else { "no" });
    entry.put("public-key", pem);
    entry.put("algorithm", algorithm);
    entry.drop_child("status");
    entry.drop_child("revoke-date-epoch");
    Some(())
}

/// `/C=GB/O=Example/CN=www.example.org`, a slash in a value escaped.
fn one_line(name: &X509Name<'_>) -> String {
    let mut line = String::new();
    for attribute in name.iter_attributes() {
        let oid = attribute.attr_type().to_id_string();
        let label = LABELS
            .iter()
            .find(|(known, _)| *known == oid)
            .map_or(oid.as_str(), |(_, label)| label);
        let value = attribute.as_str().unwrap_or_default();
        line.extend(["/", label, "=", &value.replace('/', "\\/")]);
    }
    line
}

/// As OpenSSL prints it: `Jun  8 08:36:12 2024 GMT`.
fn date(moment: OffsetDateTime) -> String {
    format!(
        "{} {:>2} {:02}:{:02}:{:02} {} GMT",
        &moment.month().to_string()[..3],
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second(),
        moment.year(),
    )
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
