//! One certificate, with the facts that decisions need.

use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{ParsedExtension, X509Extension};
use x509_parser::prelude::FromDer;

use super::{KeyType, signature};

/// A certificate. Equal certificates are equal byte for byte.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    der: Vec<u8>,
    /// DNS names among the subject alternative names: lower-case, sorted.
    pub(crate) names: Vec<String>,
    pub(crate) not_before: OffsetDateTime,
    pub(crate) not_after: OffsetDateTime,
    /// Lower-case hexadecimal digits.
    pub(crate) serial: String,
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) key_type: Option<KeyType>,
    pub(crate) public_key_sha256: [u8; 32],
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Certificate {
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        let (rest, parsed) = X509Certificate::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        Some(Self {
            names: super::dns_names(
                parsed
                    .extensions()
                    .iter()
                    .map(X509Extension::parsed_extension),
            ),
            not_before: parsed.validity().not_before.to_datetime(),
            not_after: parsed.validity().not_after.to_datetime(),
            // As others show it, without the zero that keeps the number positive.
            serial: super::hex(
                parsed
                    .raw_serial()
                    .strip_prefix(&[0])
                    .unwrap_or(parsed.raw_serial()),
            ),
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
            key_type: KeyType::of(parsed.public_key()),
            public_key_sha256: super::sha256(parsed.public_key().raw),
            der: der.to_vec(),
        })
    }

    /// All certificates of a PEM text, in its order; `None` if one of them cannot be read.
    pub(crate) fn parse_all(text: &str) -> Option<Vec<Self>> {
        x509_parser::pem::Pem::iter_from_buffer(text.as_bytes())
            .map(|block| {
                let block = block.ok()?;
                (block.label == "CERTIFICATE")
                    .then(|| Self::from_der(&block.contents))
                    .flatten()
            })
            .collect()
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(crate) fn to_pem(&self) -> String {
        super::pem("CERTIFICATE", &self.der)
    }

    /// SHA-256 of the whole certificate, as hexadecimal digits.
    pub(crate) fn fingerprint(&self) -> String {
        super::hex(&super::sha256(&self.der))
    }

    /// The key identifier of the issuer and the serial number, as DER contents (RFC 9773 §4.1).
    pub(crate) fn ari_id(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let (_, parsed) = X509Certificate::from_der(&self.der).ok()?;
        let key_id = parsed
            .extensions()
            .iter()
            .find_map(|it| match it.parsed_extension() {
                ParsedExtension::AuthorityKeyIdentifier(id) => id.key_identifier.as_ref(),
                _ => None,
            })?;
        Some((key_id.0.to_vec(), parsed.raw_serial().to_vec()))
    }

    pub(crate) fn is_self_signed(&self) -> bool {
        self.subject == self.issuer
    }

    /// True if `issuer` has signed this certificate.
    pub(crate) fn is_signed_by(&self, issuer: &Self) -> bool {
        let (Ok((_, own)), Ok((_, other))) = (
            X509Certificate::from_der(&self.der),
            X509Certificate::from_der(&issuer.der),
        ) else {
            return false;
        };
        own.issuer().as_raw() == other.subject().as_raw()
            && signature::is_valid(
                other.public_key(),
                &own.signature_algorithm,
                &own.signature_value,
                own.tbs_certificate.as_ref(),
            )
    }

    /// May it issue certificates (RFC 5280 §4.2.1.9)?
    pub(crate) fn is_ca(&self) -> bool {
        X509Certificate::from_der(&self.der).is_ok_and(|(_, it)| it.is_ca())
    }
}
