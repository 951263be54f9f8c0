//! JSON Web Signatures as ACME wants them: flattened, ES256 or HS256 (RFC 7515, RFC 8555 §6.2).

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The public half of a P-256 key as a JSON Web Key.
pub(super) fn jwk(key: &EcdsaKeyPair) -> Value {
    // An uncompressed point: 4, x, y (SEC 1 §2.3.3).
    let point = key.public_key().as_ref();
    let (x, y) = point[1..].split_at((point.len() - 1) / 2);
    json!({
        "crv": "P-256",
        "kty": "EC",
        "x": URL_SAFE_NO_PAD.encode(x),
        "y": URL_SAFE_NO_PAD.encode(y),
    })
}

/// `payload` signed with an account key. `None` makes a POST-as-GET.
pub(super) fn es256(
    key: &EcdsaKeyPair,
    mut header: Value,
    payload: Option<&Value>,
) -> Result<Value, String> {
    header["alg"] = json!("ES256");
    let (input, mut jws) = prepare(&header, payload);
    let signature = key
        .sign(&SystemRandom::new(), input.as_bytes())
        .map_err(|_| "the account key cannot sign".to_owned())?;
    jws["signature"] = json!(URL_SAFE_NO_PAD.encode(signature.as_ref()));
    Ok(jws)
}

/// `payload` signed with an EAB key.
pub(super) fn hs256(key: &[u8], mut header: Value, payload: &Value) -> Value {
    header["alg"] = json!("HS256");
    let (input, mut jws) = prepare(&header, Some(payload));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), input.as_bytes());
    jws["signature"] = json!(URL_SAFE_NO_PAD.encode(tag.as_ref()));
    jws
}

fn prepare(header: &Value, payload: Option<&Value>) -> (String, Value) {
    let protected = URL_SAFE_NO_PAD.encode(header.to_string());
    let payload = payload
        .map(|it| URL_SAFE_NO_PAD.encode(it.to_string()))
        .unwrap_or_default();
    (
        format!("{protected}.{payload}"),
        json!({"protected": protected, "payload": payload}),
    )
}
