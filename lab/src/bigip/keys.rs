//! Private keys: made, read, sealed with a passphrase and opened again.

use crate::csr::KeyKind;
use crate::der;
use pkcs8::der::Decode;
use pkcs8::pkcs5::pbes2;
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use rcgen::{KeyPair, RsaKeySize};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::SigningKey;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

/// A key file as it lies on the device.
pub(crate) struct KeyFile {
    pub(crate) pem: Vec<u8>,
    sealed: bool,
    /// The last success of opening, with its passphrase: deriving is slow.
    opened: Mutex<Option<(String, Arc<Opened>)>>,
}

/// A key in the clear.
pub(crate) struct Opened {
    pub(crate) kind: KeyKind,
    /// DER of the public key.
    pub(crate) spki: Vec<u8>,
    pub(crate) signer: Arc<dyn SigningKey>,
    der: PrivateKeyDer<'static>,
}

/// Why a key does not open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Locked {
    /// No passphrase, or a wrong one.
    Passphrase,
    /// No private key at all, or of a kind that the device lacks.
    NoKey,
}

impl KeyFile {
    /// Takes the bytes of a PEM file; a sealed key stays sealed.
    pub(crate) fn read(pem: &[u8]) -> Result<Self, Locked> {
        let text = String::from_utf8_lossy(pem);
        let sealed = text.contains(SEALED);
        let file = Self {
            pem: pem.to_vec(),
            sealed,
            opened: Mutex::new(None),
        };
        if sealed {
            section(&text).ok_or(Locked::NoKey)?;
        } else {
            file.open(None)?;
        }
        Ok(file)
    }

    /// A file with a fresh key, sealed when there is a passphrase.
    pub(crate) fn store(key: &Opened, passphrase: Option<&str>) -> Option<Self> {
        let pem = match passphrase {
            None => der::pem("PRIVATE KEY", key.der.secret_der()),
            Some(passphrase) => {
                let parameters = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(
                    ROUNDS,
                    &crate::random::bytes::<16>(),
                    crate::random::bytes::<16>(),
                )
                .ok()?;
                let info = PrivateKeyInfoRef::from_der(key.der.secret_der()).ok()?;
                let sealed = info.encrypt_with_params(parameters, passphrase).ok()?;
                der::pem("ENCRYPTED PRIVATE KEY", sealed.as_bytes())
            }
        };
        Self::read(pem.as_bytes()).ok()
    }

    /// Whether a passphrase is needed.
    pub(crate) fn is_sealed(&self) -> bool {
        self.sealed
    }

    /// Opens the key; one that is not sealed opens with any passphrase.
    pub(crate) fn open(&self, passphrase: Option<&str>) -> Result<Arc<Opened>, Locked> {
        let passphrase = if self.sealed {
            passphrase.ok_or(Locked::Passphrase)?
        } else {
            ""
        };
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, key)) = &*opened
            && known == passphrase
        {
            return Ok(Arc::clone(key));
        }
        let der = if self.sealed {
            let text = String::from_utf8_lossy(&self.pem);
            let sealed = section(&text).ok_or(Locked::NoKey)?;
            let info = EncryptedPrivateKeyInfoRef::from_der(&sealed).map_err(|_| Locked::NoKey)?;
            let clear = info.decrypt(passphrase).map_err(|_| Locked::Passphrase)?;
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(clear.as_bytes().to_vec()))
        } else {
            PrivateKeyDer::from_pem_slice(&self.pem).map_err(|_| Locked::NoKey)?
        };
        let key = Arc::new(Opened::new(der).ok_or(Locked::NoKey)?);
        *opened = Some((passphrase.to_owned(), Arc::clone(&key)));
        Ok(key)
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyFile")
    }
}

impl Opened {
    fn new(der: PrivateKeyDer<'static>) -> Option<Self> {
        let signer = rustls::crypto::aws_lc_rs::sign::any_supported_type(&der).ok()?;
        let spki = signer.public_key()?.to_vec();
        let (_, parsed) = SubjectPublicKeyInfo::from_der(&spki).ok()?;
        let kind = KeyKind::of(&parsed);
        Some(Self {
            kind,
            spki,
            signer,
            der,
        })
    }

    /// Makes a key; `None` for a size or curve that the device lacks.
    pub(crate) fn generate(kind: KeyKind) -> Option<Self> {
        let pair = match kind {
            KeyKind::Rsa(bits) => {
                let size = match bits {
                    2048 => RsaKeySize::_2048,
                    3072 => RsaKeySize::_3072,
                    4096 => RsaKeySize::_4096,
                    _ => return None,
                };
                KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, size)
            }
            KeyKind::Ec("P-256") => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
            KeyKind::Ec("P-384") => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
            KeyKind::Ec("P-521") => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512),
            _ => return None,
        };
        let der = PrivatePkcs8KeyDer::from(pair.ok()?.serialize_der());
        Self::new(PrivateKeyDer::Pkcs8(der))
    }

    /// The key for signing with this hash, where its kind leaves the choice: EC curves have theirs.
    pub(crate) fn pair_for(&self, digest: &str) -> Option<KeyPair> {
        let algorithm = match digest {
            "sha384" => &rcgen::PKCS_RSA_SHA384,
            "sha512" => &rcgen::PKCS_RSA_SHA512,
            _ => &rcgen::PKCS_RSA_SHA256,
        };
        KeyPair::from_der_and_sign_algo(&self.der, algorithm)
            .ok()
            .or_else(|| self.pair())
    }

    /// The key for signing requests and certificates.
    pub(crate) fn pair(&self) -> Option<KeyPair> {
        KeyPair::try_from(&self.der).ok()
    }
}

/// What the device calls a curve.
pub(crate) fn curve_name(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Ec("P-256") => "prime256v1",
        KeyKind::Ec("P-384") => "secp384r1",
        KeyKind::Ec("P-521") => "secp521r1",
        _ => "none",
    }
}

/// The size that the device shows.
pub(crate) fn bits(kind: KeyKind) -> usize {
    match kind {
        KeyKind::Rsa(bits) => bits,
        KeyKind::Ec("P-256") => 256,
        KeyKind::Ec("P-384") => 384,
        KeyKind::Ec("P-521") => 521,
        _ => 0,
    }
}

fn section(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    let (_, rest) = text.split_once(&format!("-----BEGIN {SEALED}-----"))?;
    let (body, _) = rest.split_once("-----END")?;
    let body: String = body.split_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(body).ok()
}

const SEALED: &str = "ENCRYPTED PRIVATE KEY";
/// What OpenSSL uses for PKCS#8 files.
const ROUNDS: u32 = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_key_needs_its_passphrase() {
        let key = Opened::generate(KeyKind::Ec("P-256")).expect("a key");
        let file = KeyFile::store(&key, Some("right")).expect("a file");
        assert!(!String::from_utf8_lossy(&file.pem).contains("BEGIN PRIVATE KEY"));
        assert_eq!(file.open(None).err(), Some(Locked::Passphrase));
        assert_eq!(file.open(Some("wrong")).err(), Some(Locked::Passphrase));
        assert_eq!(
            file.open(Some("right")).map(|key| key.spki.clone()).ok(),
            Some(key.spki)
        );
        assert_eq!(KeyFile::read(b"no PEM").err(), Some(Locked::NoKey));
    }
}
