//! What a device's certificate object says, in the terms of the lifecycle.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::naming::Version;
use crate::clients::icontrol::ssl_files::SslCert;
use crate::lifecycle::Held;
use crate::x509::{KeyType, hex};

/// The certificate. A device does not show since when it is valid: for our own objects the time in
/// the name stands in, for others that of their making.
pub(crate) fn held(cert: &SslCert, version: Option<&Version>) -> Held {
    let not_after = cert
        .expiration_date
        .and_then(|it| OffsetDateTime::from_unix_timestamp(it).ok())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let created = || OffsetDateTime::parse(cert.create_time.as_deref()?, &Rfc3339).ok();
    let not_before = version
        .and_then(Version::time)
        .or_else(created)
        .unwrap_or(not_after - Duration::days(365))
        .min(not_after);
    Held {
        names: names(cert),
        not_before,
        not_after,
        serial: serial(cert.serial_number.as_deref().unwrap_or_default()),
        subject: cert.subject.clone(),
        issuer: cert.issuer.clone(),
        key_type: key_type(cert),
        fingerprint: cert.fingerprint.as_deref().map(|it| {
            let digits = it.rsplit('/').next().unwrap_or(it);
            digits.replace(':', "").to_ascii_lowercase()
        }),
        ari_id: None,
    }
}

/// The serial number as DER holds it.
pub(crate) fn serial_der(serial: &str) -> Option<Vec<u8>> {
    let padded = if serial.len() % 2 == 1 {
        format!("0{serial}")
    } else {
        serial.to_owned()
    };
    let mut bytes = (0..padded.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(padded.get(at..at + 2)?, 16).ok())
        .collect::<Option<Vec<u8>>>()?;
    // Without it the number would be negative.
    if *bytes.first()? >= 0x80 {
        bytes.insert(0, 0);
    }
    Some(bytes)
}

/// `DNS:a.example.org, DNS:b.example.org, IP Address:192.0.2.1`, or the common name.
fn names(cert: &SslCert) -> Vec<String> {
    let alternative = cert.subject_alternative_name.as_deref().unwrap_or_default();
    let mut names: Vec<String> = alternative
        .split(',')
        .filter_map(|it| it.trim().strip_prefix("DNS:"))
        .map(str::to_ascii_lowercase)
        .collect();
    if names.is_empty() {
        let common_name = cert
            .subject
            .split(',')
            .find_map(|it| it.strip_prefix("CN="));
        names.extend(common_name.map(str::to_ascii_lowercase));
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// Short ones are decimal, long ones hexadecimal with colons.
fn serial(shown: &str) -> String {
    let digits = if shown.contains(':') {
        shown.replace(':', "").to_ascii_lowercase()
    } else {
        match shown.parse::<u128>() {
            Ok(number) => hex(&number.to_be_bytes()),
            Err(_) => return shown.to_ascii_lowercase(),
        }
    };
    let bytes = digits.trim_start_matches('0');
    if bytes.len() % 2 == 1 {
        format!("0{bytes}")
    } else {
        bytes.to_owned()
    }
}

fn key_type(cert: &SslCert) -> Option<KeyType> {
    let size = cert.certificate_key_size.unwrap_or_default();
    match cert.key_type.as_deref()? {
        "rsa-public" => match size {
            2048 => Some(KeyType::Rsa2048),
            3072 => Some(KeyType::Rsa3072),
            4096 => Some(KeyType::Rsa4096),
            _ => None,
        },
        "ec-public" => match (cert.certificate_key_curve_name.as_deref(), size) {
            (Some("prime256v1"), _) | (None, 256) => Some(KeyType::EcdsaP256),
            (Some("secp384r1"), _) | (None, 384) => Some(KeyType::EcdsaP384),
            (Some("secp521r1"), _) | (None, 521) => Some(KeyType::EcdsaP521),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_device_s_words_are_read() {
        let cert: SslCert = serde_json::from_value(json!({
            "fullPath": "/Common/x.crt",
            "subject": "CN=www.example.org,O=Example",
            "issuer": "CN=CA",
            "subjectAlternativeName": "DNS:www.example.org, DNS:Example.org, IP Address:192.0.2.1",
            "serialNumber": "87:ae:02",
            "fingerprint": "SHA256/AA:0B",
            "expirationDate": 1_800_000_000,
            "keyType": "ec-public",
            "certificateKeySize": 384,
            "certificateKeyCurveName": "secp384r1",
            "createTime": "2026-05-29T13:51:19Z",
        }))
        .unwrap();
        let held = held(&cert, None);
        assert_eq!(held.names, ["example.org", "www.example.org"]);
        assert_eq!(held.serial, "87ae02");
        assert_eq!(serial_der(&held.serial), Some(vec![0, 0x87, 0xae, 2]));
        assert_eq!(held.fingerprint.as_deref(), Some("aa0b"));
        assert_eq!(held.key_type, Some(KeyType::EcdsaP384));
        assert_eq!(held.not_before.year(), 2026);
        assert_eq!(serial("1"), "01");
        assert_eq!(serial("305419896"), "12345678");
    }
}
