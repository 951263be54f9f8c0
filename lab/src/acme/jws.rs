//! Signed requests: flattened JWS (RFC 7515) with the ACME headers, really
//! verified.

use super::Server;
use super::problem::Problem;
use crate::http::Call;
use crate::state::World;
use aws_lc_rs::digest;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

/// A request whose signature, nonce and URL were good.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) signer: Signer,
    /// Empty for POST-as-GET.
    pub(crate) payload: Vec<u8>,
}

/// Who signed.
#[derive(Debug)]
pub(crate) enum Signer {
    /// A key in the request itself.
    Key(Jwk),
    /// The id of a known account.
    Account(String),
}

/// A public key that can sign requests.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Jwk {
    P256 { x: String, y: String },
    P384 { x: String, y: String },
    Rsa { n: String, e: String },
}

/// The parts of a flattened JWS.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) header: Map<String, Value>,
    pub(crate) payload: Vec<u8>,
    signed: String,
    signature: Vec<u8>,
}

impl Signed {
    /// The payload as a JSON object.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, Problem> {
        serde_json::from_slice(&self.payload)
            .map_err(|_| Problem::malformed("The payload is no JSON object"))
    }
}

/// Verifies a POST to an ACME server.
pub(crate) fn verify(world: &mut World, call: &Call, server: &Server) -> Result<Signed, Problem> {
    let jose = call
        .header("content-type")
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/jose+json"));
    if !jose {
        return Err(Problem {
            status: 415,
            ..Problem::malformed("Content-Type must be application/jose+json")
        });
    }
    let body: Value = serde_json::from_slice(&call.body)
        .map_err(|_| Problem::malformed("The request is no JSON object"))?;
    let parts = Parts::read(&body)?;
    let (key, signer) = signer(world, server, &parts)?;
    parts.verify(&key)?;
    let nonce = parts.text("nonce").unwrap_or_default();
    let good = world.acme.nonces.redeem(nonce);
    let unlucky = crate::random::below(100) < world.switches.acme_nonce_reject_percent;
    if !good || unlucky {
        return Err(Problem::new(
            400,
            "badNonce",
            "The client sent an unacceptable anti-replay nonce",
        ));
    }
    if parts.text("url") != Some(&format!("{}{}", call.origin, call.path)) {
        return Err(Problem {
            status: 401,
            ..Problem::unauthorized("The 'url' header does not match the request URL")
        });
    }
    Ok(Signed {
        signer,
        payload: parts.payload,
    })
}

impl Parts {
    /// Takes a flattened JWS apart.
    pub(crate) fn read(body: &Value) -> Result<Self, Problem> {
        let member = |name: &str| {
            body.get(name)
                .and_then(Value::as_str)
                .ok_or_else(|| Problem::malformed(format!("JWS without '{name}'")))
        };
        let decode = |name: &str| -> Result<Vec<u8>, Problem> {
            URL_SAFE_NO_PAD
                .decode(member(name)?)
                .map_err(|_| Problem::malformed(format!("JWS '{name}' is not base64url")))
        };
        if body.get("header").is_some() || body.get("signatures").is_some() {
            return Err(Problem::malformed(
                "Unprotected headers and several signatures are not allowed",
            ));
        }
        let header: Map<String, Value> = serde_json::from_slice(&decode("protected")?)
            .map_err(|_| Problem::malformed("The protected header is no JSON object"))?;
        if header.contains_key("crit") || header.contains_key("b64") {
            return Err(Problem::malformed("Unknown critical header"));
        }
        Ok(Self {
            header,
            payload: decode("payload")?,
            signed: format!("{}.{}", member("protected")?, member("payload")?),
            signature: decode("signature")?,
        })
    }

    /// A text member of the protected header.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }

    /// Checks the signature with a public key.
    pub(crate) fn verify(&self, key: &Jwk) -> Result<(), Problem> {
        let alg = self.text("alg").unwrap_or_default();
        if alg != key.alg() {
            return Err(bad_algorithm(alg));
        }
        let valid = key.verifies(self.signed.as_bytes(), &self.signature);
        valid
            .then_some(())
            .ok_or_else(|| Problem::malformed("JWS verification error"))
    }

    /// Checks an HMAC-SHA256 tag, as account bindings carry one.
    pub(crate) fn verify_mac(&self, key: &[u8]) -> bool {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key);
        aws_lc_rs::hmac::verify(&key, self.signed.as_bytes(), &self.signature).is_ok()
    }
}

impl Jwk {
    /// Reads a JSON Web Key of a supported kind.
    pub(crate) fn parse(value: &Value) -> Result<Self, Problem> {
        let member = |name: &str| {
            value
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
                .ok_or_else(bad_key)
        };
        if value.get("d").is_some() {
            return Err(Problem::new(
                400,
                "badPublicKey",
                "The JWK holds a private key",
            ));
        }
        let key = match (
            member("kty")?.as_str(),
            value.get("crv").and_then(Value::as_str),
        ) {
            ("EC", Some("P-256")) => Self::P256 {
                x: member("x")?,
                y: member("y")?,
            },
            ("EC", Some("P-384")) => Self::P384 {
                x: member("x")?,
                y: member("y")?,
            },
            ("RSA", None) => Self::Rsa {
                n: member("n")?,
                e: member("e")?,
            },
            _ => return Err(bad_key()),
        };
        if let Self::Rsa { n, .. } = &key
            && decoded(n).len() < 256
        {
            return Err(Problem::new(
                400,
                "badPublicKey",
                "RSA keys must have 2048 bits or more",
            ));
        }
        Ok(key)
    }

    /// The thumbprint (RFC 7638), base64url.
    pub(crate) fn thumbprint(&self) -> String {
        // Members in lexicographic order, no white space.
        let canonical = match self {
            Self::P256 { x, y } => json!({"crv": "P-256", "kty": "EC", "x": x, "y": y}),
            Self::P384 { x, y } => json!({"crv": "P-384", "kty": "EC", "x": x, "y": y}),
            Self::Rsa { n, e } => json!({"e": e, "kty": "RSA", "n": n}),
        };
        let digest = digest::digest(&digest::SHA256, canonical.to_string().as_bytes());
        URL_SAFE_NO_PAD.encode(digest)
    }

    /// Whether the DER of a public key holds this very key.
    pub(crate) fn is_in(&self, spki: &[u8]) -> bool {
        match self {
            Self::P256 { .. } | Self::P384 { .. } => spki.ends_with(&self.point()),
            Self::Rsa { n, .. } => {
                let modulus = decoded(n);
                spki.windows(modulus.len()).any(|window| window == modulus)
            }
        }
    }

    fn alg(&self) -> &'static str {
        match self {
            Self::P256 { .. } => "ES256",
            Self::P384 { .. } => "ES384",
            Self::Rsa { .. } => "RS256",
        }
    }

    fn point(&self) -> Vec<u8> {
        match self {
            Self::P256 { x, y } | Self::P384 { x, y } => {
                let mut point = vec![4];
                point.extend(decoded(x));
                point.extend(decoded(y));
                point
            }
            Self::Rsa { .. } => Vec::new(),
        }
    }

    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::P256 { .. } => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.point())
                .verify(message, signature)
                .is_ok(),
            Self::P384 { .. } => UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, self.point())
                .verify(message, signature)
                .is_ok(),
            Self::Rsa { n, e } => RsaPublicKeyComponents {
                n: decoded(n),
                e: decoded(e),
            }
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            .is_ok(),
        }
    }
}

fn signer(world: &World, server: &Server, parts: &Parts) -> Result<(Jwk, Signer), Problem> {
    match (parts.header.get("jwk"), parts.text("kid")) {
        (Some(_), Some(_)) => Err(Problem::malformed("Both 'jwk' and 'kid' are present")),
        (None, None) => Err(Problem::malformed("Neither 'jwk' nor 'kid' is present")),
        (Some(jwk), None) => {
            supported(parts)?;
            let key = Jwk::parse(jwk)?;
            Ok((key.clone(), Signer::Key(key)))
        }
        (None, Some(kid)) => {
            supported(parts)?;
            let found = kid
                .strip_prefix(&server.url("account/"))
                .and_then(|id| Some((id, world.acme.accounts.get(id)?)))
                .filter(|(_, account)| account.level == server.level);
            let Some((id, account)) = found else {
                return Err(Problem::new(400, "accountDoesNotExist", "Unknown account"));
            };
            Ok((account.key.clone(), Signer::Account(id.to_owned())))
        }
    }
}

fn supported(parts: &Parts) -> Result<(), Problem> {
    let alg = parts.text("alg").unwrap_or_default();
    if ALGORITHMS.contains(&alg) {
        Ok(())
    } else {
        Err(bad_algorithm(alg))
    }
}

fn bad_algorithm(alg: &str) -> Problem {
    Problem {
        algorithms: true,
        ..Problem::new(
            400,
            "badSignatureAlgorithm",
            format!("Signature algorithm '{alg}' does not fit"),
        )
    }
}

fn bad_key() -> Problem {
    Problem::new(400, "badPublicKey", "The public key is not supported")
}

fn decoded(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap_or_default()
}

/// Signature algorithms that clients may use.
pub(crate) const ALGORITHMS: [&str; 3] = ["ES256", "ES384", "RS256"];
