//! Kinds of keys, and keys that are born on this host.

use std::fmt;

use rcgen::{KeyPair, PublicKeyData, RsaKeySize, SignatureAlgorithm};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use x509_parser::oid_registry::{OID_EC_P256, OID_NIST_EC_P384, OID_NIST_EC_P521};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;
use zeroize::Zeroizing;

/// Algorithm and size of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
pub(crate) enum KeyType {
    #[serde(rename = "rsa-2048")]
    Rsa2048,
    #[serde(rename = "rsa-3072")]
    Rsa3072,
    #[serde(rename = "rsa-4096")]
    Rsa4096,
    #[serde(rename = "ecdsa-p256")]
    EcdsaP256,
    #[serde(rename = "ecdsa-p384")]
    EcdsaP384,
    #[serde(rename = "ecdsa-p521")]
    EcdsaP521,
}

/// What servers tell apart: they serve one certificate of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Algorithm {
    Rsa,
    Ecdsa,
}

impl KeyType {
    pub(crate) fn algorithm(self) -> Algorithm {
        match self {
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => Algorithm::Rsa,
            Self::EcdsaP256 | Self::EcdsaP384 | Self::EcdsaP521 => Algorithm::Ecdsa,
        }
    }

    /// The type of a public key, if it is one of those that are made here.
    pub(super) fn of(public_key: &SubjectPublicKeyInfo<'_>) -> Option<Self> {
        match public_key.parsed().ok()? {
            PublicKey::RSA(rsa) => match rsa.key_size() {
                2048 => Some(Self::Rsa2048),
                3072 => Some(Self::Rsa3072),
                4096 => Some(Self::Rsa4096),
                _ => None,
            },
            PublicKey::EC(_) => {
                let curve = public_key.algorithm.parameters.as_ref()?.as_oid().ok()?;
                [
                    (OID_EC_P256, Self::EcdsaP256),
                    (OID_NIST_EC_P384, Self::EcdsaP384),
                    (OID_NIST_EC_P521, Self::EcdsaP521),
                ]
                .into_iter()
                .find_map(|(oid, key_type)| (oid == curve).then_some(key_type))
            }
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
            Self::EcdsaP256 => "ecdsa-p256",
            Self::EcdsaP384 => "ecdsa-p384",
            Self::EcdsaP521 => "ecdsa-p521",
        }
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Algorithm {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ecdsa => "ecdsa",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A private key on this host.
pub(crate) struct PrivateKey {
    pair: KeyPair,
}

impl PrivateKey {
    /// From the generator of the operating system.
    pub(crate) fn generate(key_type: KeyType) -> Result<Self, rcgen::Error> {
        let pair = match key_type {
            KeyType::Rsa2048 => rsa(RsaKeySize::_2048),
            KeyType::Rsa3072 => rsa(RsaKeySize::_3072),
            KeyType::Rsa4096 => rsa(RsaKeySize::_4096),
            KeyType::EcdsaP256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
            KeyType::EcdsaP384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
            KeyType::EcdsaP521 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512),
        }?;
        Ok(Self { pair })
    }

    /// PEM in any of the usual forms.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        KeyPair::from_pem(text).ok().map(|pair| Self { pair })
    }

    /// PKCS#8.
    pub(crate) fn to_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(self.pair.serialize_pem())
    }

    /// PKCS#8.
    pub(crate) fn to_der(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.pair.serialize_der())
    }

    pub(super) fn pair(&self) -> &KeyPair {
        &self.pair
    }

    /// SHA-256 of the public key (SubjectPublicKeyInfo): what ties key, CSR and certificate.
    pub(crate) fn public_key_sha256(&self) -> [u8; 32] {
        super::sha256(&self.pair.subject_public_key_info())
    }
}

fn rsa(size: RsaKeySize) -> Result<KeyPair, rcgen::Error> {
    let algorithm: &'static SignatureAlgorithm = &rcgen::PKCS_RSA_SHA256;
    KeyPair::generate_rsa_for(algorithm, size)
}
