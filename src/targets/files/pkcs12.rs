//! Key, certificate and chain in one PKCS#12 file (RFC 7292), for servers that want it so.

use p12_keystore::{
    Certificate as P12Certificate, KeyStore, KeyStoreEntry, Pkcs12ImportPolicy,
    PrivateKey as P12PrivateKey, PrivateKeyChain,
};

use crate::secret::Secret;
use crate::x509::{Chain, PrivateKey};

/// The keystore as bytes. `name` becomes the friendly name.
pub(super) fn build(
    name: &str,
    key: &PrivateKey,
    chain: &Chain,
    passphrase: &Secret,
) -> Result<Vec<u8>, String> {
    let fail =
        |error: p12_keystore::error::Error| format!("the PKCS#12 file cannot be made: {error}");
    let certificates = std::iter::once(&chain.leaf)
        .chain(&chain.intermediates)
        .map(|it| P12Certificate::from_der(it.der()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(fail)?;
    let private_key = P12PrivateKey::from_der(&key.to_der()).map_err(fail)?;
    let mut keystore = KeyStore::new();
    keystore.add_entry(
        name,
        KeyStoreEntry::PrivateKeyChain(PrivateKeyChain::new(
            key.public_key_sha256().to_vec(),
            private_key,
            certificates,
        )),
    );
    keystore.writer(passphrase.expose()).write().map_err(fail)
}

/// Does `content` open with the passphrase, and hold this chain's certificate?
pub(super) fn holds(content: &[u8], passphrase: &Secret, chain: &Chain) -> bool {
    KeyStore::from_pkcs12(content, passphrase.expose(), Pkcs12ImportPolicy::Relaxed).is_ok_and(
        |keystore| {
            keystore.private_key_chain().is_some_and(|(_, found)| {
                found
                    .certs()
                    .first()
                    .is_some_and(|it| it.as_der() == chain.leaf.der())
            })
        },
    )
}
