//! A certificate as far as the place that holds it shows it.

use time::OffsetDateTime;

use crate::x509::{Certificate, KeyType};

/// Facts of a certificate in service. Files hold the whole of it; appliances show some fields.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Held {
    /// DNS names: lower-case, sorted.
    pub(crate) names: Vec<String>,
    /// Where a target does not show it, the moment in which the certificate came there.
    pub(crate) not_before: OffsetDateTime,
    pub(crate) not_after: OffsetDateTime,
    /// Lower-case hexadecimal digits.
    pub(crate) serial: String,
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) key_type: Option<KeyType>,
    /// SHA-256 of the whole certificate, lower-case hexadecimal digits.
    pub(crate) fingerprint: Option<String>,
    /// Key identifier of the issuer and serial number, as DER contents (RFC 9773 §4.1).
    pub(crate) ari_id: Option<(Vec<u8>, Vec<u8>)>,
}

impl Held {
    /// The common name. Targets write subjects in more than one way, but always by commas.
    pub(crate) fn common_name(&self) -> Option<&str> {
        let parts = self.subject.split(',');
        parts
            .filter_map(|it| it.trim().strip_prefix("CN="))
            .map(str::trim)
            .next()
    }

    /// Is `certificate` this one, as far as can be told?
    pub(crate) fn is(&self, certificate: &Certificate) -> bool {
        match &self.fingerprint {
            Some(fingerprint) => *fingerprint == certificate.fingerprint(),
            None => {
                self.serial == certificate.serial
                    && self.not_after == certificate.not_after
                    && self.names == certificate.names
            }
        }
    }
}

impl From<&Certificate> for Held {
    fn from(certificate: &Certificate) -> Self {
        Self {
            names: certificate.names.clone(),
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            serial: certificate.serial.clone(),
            subject: certificate.subject.clone(),
            issuer: certificate.issuer.clone(),
            key_type: certificate.key_type,
            fingerprint: Some(certificate.fingerprint()),
            ari_id: certificate.ari_id(),
        }
    }
}
