//! Certificate signing requests (PKCS#10, RFC 2986).

use rcgen::{CertificateParams, DistinguishedName, DnType};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

use super::{KeyType, PrivateKey, signature};

/// A request whose own signature has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Csr {
    der: Vec<u8>,
    /// Lower-case, sorted.
    pub(crate) names: Vec<String>,
    /// Alternative names that are no DNS names, for people.
    pub(crate) other_names: Vec<String>,
    pub(crate) common_name: Option<String>,
    pub(crate) key_type: Option<KeyType>,
    pub(crate) public_key_sha256: [u8; 32],
}

impl Csr {
    /// A request for `names` by `key`. The common name is left out where it does not fit
    /// (64 characters, X.520).
    pub(crate) fn make(
        key: &PrivateKey,
        common_name: Option<&str>,
        names: &[String],
    ) -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::new(names.to_vec())?;
        params.distinguished_name = DistinguishedName::new();
        if let Some(name) = common_name.filter(|it| it.len() <= LONGEST_COMMON_NAME) {
            params.distinguished_name.push(DnType::CommonName, name);
        }
        let request = params.serialize_request(key.pair())?;
        Self::from_der(request.der()).ok_or(rcgen::Error::CouldNotParseCertificationRequest)
    }

    pub(crate) fn parse(pem: &str) -> Option<Self> {
        Self::from_der(&der_of(pem)?)
    }

    /// As [`parse`](Self::parse), also if it asks for no extensions at all.
    pub(crate) fn parse_bare(pem: &str) -> Option<Self> {
        Self::read(&der_of(pem)?).map(|(it, _)| it)
    }

    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        Self::read(der)
            .filter(|(_, extended)| *extended)
            .map(|(it, _)| it)
    }

    /// And whether it asks for extensions.
    fn read(der: &[u8]) -> Option<(Self, bool)> {
        let (rest, request) = X509CertificationRequest::from_der(der).ok()?;
        let info = &request.certification_request_info;
        let signed = signature::is_valid(
            &info.subject_pki,
            &request.signature_algorithm,
            &request.signature_value,
            info.raw,
        );
        if !rest.is_empty() || !signed {
            return None;
        }
        let extended = request.requested_extensions().is_some();
        let extensions = || request.requested_extensions().into_iter().flatten();
        let csr = Self {
            names: super::dns_names(extensions()),
            other_names: super::other_names(extensions()),
            common_name: super::common_name(&info.subject),
            key_type: KeyType::of(&info.subject_pki),
            public_key_sha256: super::sha256(info.subject_pki.raw),
            der: der.to_vec(),
        };
        Some((csr, extended))
    }

    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(crate) fn to_pem(&self) -> String {
        super::pem("CERTIFICATE REQUEST", &self.der)
    }
}

fn der_of(pem: &str) -> Option<Vec<u8>> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).ok()?;
    matches!(
        pem.label.as_str(),
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST"
    )
    .then_some(pem.contents)
}

/// X.520, ub-common-name.
const LONGEST_COMMON_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_type_makes_a_request_that_reads_back() {
        let names = ["www.example.org".to_owned(), "*.example.org".to_owned()];
        for key_type in [
            KeyType::Rsa2048,
            KeyType::EcdsaP256,
            KeyType::EcdsaP384,
            KeyType::EcdsaP521,
        ] {
            let key = PrivateKey::generate(key_type).unwrap();
            let csr = Csr::make(&key, Some(&names[0]), &names).unwrap();
            assert_eq!(csr.key_type, Some(key_type));
            assert_eq!(csr.names, ["*.example.org", "www.example.org"]);
            assert_eq!(csr.public_key_sha256, key.public_key_sha256());
            assert_eq!(Csr::parse(&csr.to_pem()), Some(csr.clone()));
            let again = PrivateKey::parse(&key.to_pem()).unwrap();
            assert_eq!(again.public_key_sha256(), key.public_key_sha256());
        }
    }

    #[test]
    fn a_request_with_a_broken_signature_is_refused() {
        let key = PrivateKey::generate(KeyType::EcdsaP256).unwrap();
        let csr = Csr::make(&key, None, &["a.example".to_owned()]).unwrap();
        let mut der = csr.der().to_vec();
        let last = der.len() - 1;
        der[last] ^= 1;
        assert!(Csr::from_der(&der).is_none());
        assert!(Csr::parse("-----BEGIN NONSENSE-----").is_none());
    }
}
