//! Random identifiers of the shapes that the vendor uses.

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// `N` random bytes.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut buffer = [0; N];
    rand::fill(&mut buffer).expect("invariant: the operating system has randomness");
    buffer
}

/// 22 base64url characters: 16 random bytes.
///
/// ACME resource ids and EAB key ids of the CA platform have this shape.
pub(crate) fn id() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<16>())
}

/// 86 base64url characters: 64 random bytes, the shape of an EAB HMAC key.
pub(crate) fn mac_key() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<64>())
}

/// Lower-case hexadecimal of `N` random bytes.
pub(crate) fn hex<const N: usize>() -> String {
    to_hex(&bytes::<N>())
}

/// Letters and digits, `length` of them.
pub(crate) fn alphanumeric(length: usize) -> String {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let byte = bytes::<1>()[0];
        // 248 is the largest multiple of 62 in a byte: no bias.
        if byte < 248 {
            text.push(char::from(ALPHANUMERIC[usize::from(byte % 62)]));
        }
    }
    text
}

/// A number below `limit` (0 when the limit is 0).
pub(crate) fn below(limit: u64) -> u64 {
    u64::from_be_bytes(bytes()).checked_rem(limit).unwrap_or(0)
}

/// Lower-case hexadecimal.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
