//! Certificate requests: parsed, their signature checked, their key described.

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::oid_registry::asn1_rs::oid;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// A request whose signature was good.
#[derive(Clone, Debug)]
pub(crate) struct Csr {
    pub(crate) common_name: Option<String>,
    /// DNS names of the subjectAltName extension, in lower case.
    pub(crate) alt_names: Vec<String>,
    /// Whether the extension also holds other kinds of names.
    pub(crate) other_names: bool,
    /// DER of the public key.
    pub(crate) spki: Vec<u8>,
    pub(crate) key: KeyKind,
}

/// Algorithm and strength of a public key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeyKind {
    /// Bits of the modulus.
    Rsa(usize),
    /// Name of the curve.
    Ec(&'static str),
    Other,
}

/// Why a request is no good.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    Base64,
    Undecodable,
    Signature,
}

impl Csr {
    /// Reads the DER of a PKCS#10 request and checks its signature.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, Refusal> {
        let (rest, request) =
            X509CertificationRequest::from_der(der).map_err(|_| Refusal::Undecodable)?;
        if !rest.is_empty() {
            return Err(Refusal::Undecodable);
        }
        let info = &request.certification_request_info;
        verify(&request)?;
        let mut csr = Self {
            common_name: info
                .subject
                .iter_common_name()
                .next()
                .and_then(|name| name.as_str().ok())
                .map(str::to_ascii_lowercase),
            alt_names: Vec::new(),
            other_names: false,
            spki: info.subject_pki.raw.to_vec(),
            key: KeyKind::of(&info.subject_pki),
        };
        for extension in request.requested_extensions().into_iter().flatten() {
            if let ParsedExtension::SubjectAlternativeName(names) = extension {
                for name in &names.general_names {
                    match name {
                        GeneralName::DNSName(name) => csr.alt_names.push(name.to_ascii_lowercase()),
                        _ => csr.other_names = true,
                    }
                }
            }
        }
        Ok(csr)
    }

    /// Reads PEM, or Base64 without its header lines.
    pub(crate) fn from_text(text: &str) -> Result<Self, Refusal> {
        let base64: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("-----"))
            .flat_map(str::chars)
            .filter(|character| !character.is_whitespace())
            .collect();
        let der = STANDARD.decode(base64).map_err(|_| Refusal::Base64)?;
        Self::from_der(&der)
    }

    /// Common name and alternative names, sorted, each once.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = self.alt_names.clone();
        names.extend(self.common_name.clone());
        names.sort();
        names.dedup();
        names
    }
}

impl KeyKind {
    pub(crate) fn of(spki: &SubjectPublicKeyInfo<'_>) -> Self {
        match spki.parsed() {
            Ok(PublicKey::RSA(key)) => Self::Rsa(modulus_bits(key.modulus)),
            Ok(PublicKey::EC(_)) => curve(spki).map_or(Self::Other, Self::Ec),
            _ => Self::Other,
        }
    }
}

impl serde::Serialize for KeyKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(bits) => write!(formatter, "RSA - {bits}"),
            Self::Ec(curve) => write!(formatter, "EC - {curve}"),
            Self::Other => formatter.write_str("Unknown"),
        }
    }
}

fn verify(request: &X509CertificationRequest<'_>) -> Result<(), Refusal> {
    let info = &request.certification_request_info;
    if curve(&info.subject_pki) != Some("P-521") {
        return request.verify_signature().map_err(|_| Refusal::Signature);
    }
    // x509-parser does not know this curve.
    let oid = &request.signature_algorithm.algorithm;
    let algorithm: &dyn VerificationAlgorithm = if *oid == oid!(1.2.840.10045.4.3.2) {
        &signature::ECDSA_P521_SHA256_ASN1
    } else if *oid == oid!(1.2.840.10045.4.3.3) {
        &signature::ECDSA_P521_SHA384_ASN1
    } else if *oid == oid!(1.2.840.10045.4.3.4) {
        &signature::ECDSA_P521_SHA512_ASN1
    } else {
        return Err(Refusal::Signature);
    };
    UnparsedPublicKey::new(algorithm, &info.subject_pki.subject_public_key.data)
        .verify(info.raw, &request.signature_value.data)
        .map_err(|_| Refusal::Signature)
}

fn curve(spki: &SubjectPublicKeyInfo<'_>) -> Option<&'static str> {
    let oid = spki.algorithm.parameters.as_ref()?.as_oid().ok()?;
    if oid == oid!(1.2.840.10045.3.1.7) {
        Some("P-256")
    } else if oid == oid!(1.3.132.0.34) {
        Some("P-384")
    } else if oid == oid!(1.3.132.0.35) {
        Some("P-521")
    } else {
        None
    }
}

fn modulus_bits(modulus: &[u8]) -> usize {
    let significant = modulus.iter().skip_while(|byte| **byte == 0);
    let mut bytes = significant.peekable();
    let Some(first) = bytes.peek() else { return 0 };
    let spare = first.leading_zeros() as usize;
    bytes.count() * 8 - spare
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    #[test]
    fn reads_names_and_keys() {
        for (algorithm, kind) in [
            (&rcgen::PKCS_ECDSA_P256_SHA256, KeyKind::Ec("P-256")),
            (&rcgen::PKCS_ECDSA_P384_SHA384, KeyKind::Ec("P-384")),
            (&rcgen::PKCS_ECDSA_P521_SHA512, KeyKind::Ec("P-521")),
            (&rcgen::PKCS_RSA_SHA256, KeyKind::Rsa(2048)),
        ] {
            let key = KeyPair::generate_for(algorithm).expect("a key");
            let mut params =
                CertificateParams::new(vec!["WWW.example.org".to_owned()]).expect("names");
            params.distinguished_name = rcgen::DistinguishedName::new();
            let request = params.serialize_request(&key).expect("a request");
            let csr = Csr::from_der(request.der()).expect("a good request");
            assert_eq!(csr.key, kind);
            assert_eq!(csr.names(), ["www.example.org"]);
        }
    }

    #[test]
    fn refuses_a_broken_signature() {
        let key = KeyPair::generate().expect("a key");
        let request = CertificateParams::new(vec!["www.example.org".to_owned()])
            .and_then(|params| params.serialize_request(&key))
            .expect("a request");
        let mut der = request.der().to_vec();
        let last = der.len() - 1;
        der[last] ^= 1;
        assert_eq!(Csr::from_der(&der).err(), Some(Refusal::Signature));
        assert_eq!(Csr::from_der(b"no").err(), Some(Refusal::Undecodable));
        assert_eq!(Csr::from_text("***").err(), Some(Refusal::Base64));
    }
}
