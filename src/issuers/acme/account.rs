//! ACME accounts without state of our own: the key comes from a secret that the user has anyway.

use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::header::LOCATION;
use http::{HeaderName, Method, StatusCode};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::json;
use url::Url;
use zeroize::Zeroizing;

use super::directory::Directory;
use super::{Credentials, error, jws};
use crate::http::{Http, HttpRequest, Replay, Reply};
use crate::secret::Secret;

/// An ACME account key (P-256).
pub(crate) struct AccountKey {
    /// PKCS#8.
    der: Zeroizing<Vec<u8>>,
}

/// External account binding (RFC 8555 §7.3.4).
#[derive(Clone)]
pub(crate) struct Eab {
    kid: String,
    hmac_key: Zeroizing<Vec<u8>>,
}

impl Eab {
    /// `hmac_key` is base64url, as CAs hand it out; plain base64 and padding are accepted too.
    pub(crate) fn new(kid: &str, hmac_key: &Secret) -> Result<Self, String> {
        let text = hmac_key.expose().trim();
        let config = GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true);
        let decoded = [&URL_SAFE, &STANDARD]
            .into_iter()
            .find_map(|it| GeneralPurpose::new(it, config).decode(text).ok())
            .filter(|it| !it.is_empty())
            .ok_or("the EAB HMAC key is not base64url")?;
        Ok(Self {
            kid: kid.to_owned(),
            hmac_key: Zeroizing::new(decoded),
        })
    }
}

impl AccountKey {
    /// The key that belongs to an EAB key: always the same, so that a fresh container presents the
    /// same ACME account without a key file. (Sectigo has refused a second key under one EAB.)
    pub(crate) fn derive(eab: &Eab, directory_url: &str) -> Result<Self, String> {
        let secret = Salt::new(HKDF_SHA256, DERIVATION).extract(&eab.hmac_key);
        for attempt in 0..DERIVATION_ATTEMPTS {
            let mut scalar = Zeroizing::new([0u8; SCALAR]);
            let info = [
                eab.kid.as_bytes(),
                b"\0",
                directory_url.as_bytes(),
                &[attempt],
            ];
            let filled = secret
                .expand(&info, Length)
                .and_then(|okm| okm.fill(scalar.as_mut()));
            let mut der = Zeroizing::new(PKCS8_P256.to_vec());
            der.extend_from_slice(scalar.as_ref());
            let key = Self { der };
            // Zero and numbers beyond the order of the curve are no keys: one in 2^32.
            if filled.is_ok() && key.pair().is_ok() {
                return Ok(key);
            }
        }
        Err("no account key can be derived from the EAB key".to_owned())
    }

    /// A P-256 key in PEM (PKCS#8).
    pub(crate) fn from_pem(pem: &Secret) -> Result<Self, String> {
        let wrong = "account_key is not a P-256 key in PEM (PKCS#8). `openssl genpkey -algorithm EC -pkeyopt \
                     ec_paramgen_curve:P-256` makes one";
        let Ok(PrivateKeyDer::Pkcs8(der)) = PrivateKeyDer::from_pem_slice(pem.expose().as_bytes())
        else {
            return Err(wrong.to_owned());
        };
        let key = Self {
            der: Zeroizing::new(der.secret_pkcs8_der().to_vec()),
        };
        key.pair().map_err(|_| wrong.to_owned())?;
        Ok(key)
    }

    pub(super) fn pkcs8(&self) -> PrivatePkcs8KeyDer<'_> {
        PrivatePkcs8KeyDer::from(self.der.as_slice())
    }

    pub(super) fn pair(&self) -> Result<EcdsaKeyPair, String> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.der)
            .map_err(|_| "the account key is not a P-256 key".to_owned())
    }
}

/// The account's URL. Asking twice does not make two accounts (RFC 8555 §7.3.1), so a lost reply
/// is simply asked for again.
pub(super) async fn register(
    http: &Http,
    directory: &Directory,
    credentials: &Credentials,
) -> Result<String, String> {
    let key = credentials.key.pair()?;
    let jwk = jws::jwk(&key);
    let url = &directory.new_account;
    let mut payload = json!({"termsOfServiceAgreed": true});
    if !credentials.contact.is_empty() {
        payload["contact"] = json!(credentials.contact);
    }
    match &credentials.eab {
        Some(eab) => {
            let header = json!({"kid": eab.kid, "url": url.as_str()});
            payload["externalAccountBinding"] = jws::hs256(&eab.hmac_key, header, &jwk);
        }
        None if directory.external_account_required => {
            return Err(
                "this CA wants external account binding: give eab.kid and eab.hmac_key".to_owned(),
            );
        }
        None => {}
    }
    let reply = signed_post(http, directory, url, |nonce| {
        let header = json!({"jwk": jwk, "nonce": nonce, "url": url.as_str()});
        jws::es256(&key, header, Some(&payload))
    })
    .await?;
    if !reply.status.is_success() {
        // Sectigo's sister host answers so when there is no contact (docs/api/sectigo-acme.md).
        let hint = if credentials.eab.is_some()
            && credentials.contact.is_empty()
            && error::problem_type(&reply.body).as_deref() == Some(error::NO_EAB)
        {
            ". An EAB pair was given; some servers answer so when they want an e-mail address: set issuer.contact"
        } else {
            ""
        };
        return Err(format!(
            "registering the account: {}{hint}",
            error::explain_reply(&reply)
        ));
    }
    reply
        .headers
        .get(LOCATION)
        .and_then(|it| it.to_str().ok())
        .map(str::to_owned)
        .ok_or_else(|| "the server registered the account without saying where it is".to_owned())
}

/// Posts what `sign` makes of a fresh nonce, again while the server does not like the nonce.
/// Only for requests that may be repeated.
pub(super) async fn signed_post(
    http: &Http,
    directory: &Directory,
    url: &Url,
    sign: impl Fn(&str) -> Result<serde_json::Value, String>,
) -> Result<Reply, String> {
    let mut nonce = None;
    let mut tries = 0;
    loop {
        let fresh = match nonce.take() {
            Some(nonce) => nonce,
            None => new_nonce(http, directory).await?,
        };
        let request = HttpRequest::new(Method::POST, url.clone())
            .body("application/jose+json", sign(&fresh)?.to_string())
            .replay(Replay::Safe);
        let reply = http
            .send(request)
            .await
            .map_err(|error| error.to_string())?;
        tries += 1;
        let bad_nonce = reply.status == StatusCode::BAD_REQUEST
            && error::problem_type(&reply.body).as_deref() == Some(error::BAD_NONCE);
        if !bad_nonce || tries == error::NONCE_TRIES {
            return Ok(reply);
        }
        nonce = nonce_of(&reply);
    }
}

async fn new_nonce(http: &Http, directory: &Directory) -> Result<String, String> {
    let request = HttpRequest::new(Method::HEAD, directory.new_nonce.clone());
    let reply = http
        .send(request)
        .await
        .map_err(|error| error.to_string())?;
    nonce_of(&reply).ok_or_else(|| {
        format!(
            "asking for a nonce: {}",
            error::excerpt(reply.status, &reply.body)
        )
    })
}

fn nonce_of(reply: &Reply) -> Option<String> {
    let name = HeaderName::from_static("replay-nonce");
    Some(reply.headers.get(name)?.to_str().ok()?.to_owned())
}

/// The length of what is derived, for aws-lc-rs.
struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        SCALAR
    }
}

/// Changing this changes everybody's account keys.
const DERIVATION: &[u8] = b"certwright ACME account key, version 1";
const DERIVATION_ATTEMPTS: u8 = 8;
const SCALAR: usize = 32;
/// A P-256 private key in PKCS#8 (RFC 5208, RFC 5915) up to its 32 bytes, without public key.
const PKCS8_P256: [u8; 35] = [
    0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01,
    0x01, 0x04, 0x20,
];

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::KeyPair;

    use super::*;

    fn eab(kid: &str, key: &str) -> Eab {
        Eab::new(kid, &Secret::new(key.to_owned())).unwrap()
    }

    fn public(eab: &Eab, directory: &str) -> Vec<u8> {
        let key = AccountKey::derive(eab, directory).unwrap();
        key.pair().unwrap().public_key().as_ref().to_vec()
    }

    #[test]
    fn the_derived_key_is_always_the_same_and_nobody_elses() {
        let first = public(&eab("kid", "c2VjcmV0LXNlY3JldA"), "https://ca.example/a");
        assert_eq!(
            first,
            public(&eab("kid", "c2VjcmV0LXNlY3JldA=="), "https://ca.example/a")
        );
        // Pinned: another value here means that every user's accounts change.
        assert_eq!(crate::x509::hex(&first[..9]), PINNED);
        for (kid, key, directory) in [
            ("other", "c2VjcmV0LXNlY3JldA", "https://ca.example/a"),
            ("kid", "c2VjcmV0LXNlY3JldB", "https://ca.example/a"),
            ("kid", "c2VjcmV0LXNlY3JldA", "https://ca.example/b"),
            ("kid", "b3RoZXI", "https://ca.example/a"),
        ] {
            let differs = public(&eab(kid, key), directory) != first;
            // Trailing bits of base64 are no part of the key.
            assert_eq!(
                differs,
                key != "c2VjcmV0LXNlY3JldB",
                "{kid} {key} {directory}"
            );
        }
    }

    #[test]
    fn an_hmac_key_that_is_no_base64_is_refused_without_being_shown() {
        let secret = Secret::new("canary! canary?".to_owned());
        let error = Eab::new("kid", &secret).err().unwrap();
        assert!(!error.contains("canary"));
    }

    #[test]
    fn instant_acme_takes_the_derived_key() {
        let key = AccountKey::derive(&eab("kid", "c2VjcmV0"), "https://ca.example/a").unwrap();
        assert!(instant_acme::Key::from_pkcs8_der(key.pkcs8()).is_ok());
    }

    const PINNED: &str = "04fd7829637e7e51b8";
}
