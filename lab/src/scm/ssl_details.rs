//! What is known of one certificate.

use super::dates::DateFormat;
use super::ssl;
use crate::csr::KeyKind;
use crate::random::to_hex;
use crate::state::{Certificate, IssuedCertificate, World};
use crate::switches::NumberForm;
use aws_lc_rs::digest;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// Whether a certificate is in use or on its way.
pub(crate) fn is_live(certificate: &Certificate, now: OffsetDateTime) -> bool {
    matches!(
        status(certificate, now),
        "Requested" | "Approved" | "Applied" | "Issued"
    )
}

/// The status at a moment: certificates expire without anybody's doing.
pub(crate) fn status(certificate: &Certificate, now: OffsetDateTime) -> &'static str {
    match &certificate.issued {
        Some(issued) if certificate.status == "Issued" && issued.not_after < now => "Expired",
        _ => certificate.status,
    }
}

/// Upper-case hexadecimal with colons.
pub(crate) fn serial(hex: &str) -> String {
    let upper = hex.to_uppercase();
    let pairs: Vec<&str> = upper
        .as_bytes()
        .chunks(2)
        .filter_map(|pair| str::from_utf8(pair).ok())
        .collect();
    pairs.join(":")
}

/// Whether a hash of the certificate, in hexadecimal, is this one.
pub(crate) fn has_hash(certificate: &Certificate, hash: &str) -> bool {
    let wanted = hash.replace(':', "");
    certificate
        .issued
        .as_ref()
        .is_some_and(|issued| [sha1(issued), sha256(issued)].contains(&wanted))
}

pub(crate) fn sha1(issued: &IssuedCertificate) -> String {
    to_hex(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &issued.leaf).as_ref())
}

pub(crate) fn signature_algorithm(certificate: &Certificate) -> &'static str {
    // Intermediates have RSA 2048 or P-256 keys.
    match certificate.key {
        KeyKind::Ec(_) => "SHA256withECDSA",
        KeyKind::Rsa(_) | KeyKind::Other => "SHA256withRSA",
    }
}

pub(crate) fn key_usages(certificate: &Certificate) -> &'static [&'static str] {
    match certificate.key {
        KeyKind::Ec(_) => &["Digital Signature"],
        KeyKind::Rsa(_) | KeyKind::Other => &["Digital Signature", "Key Encipherment"],
    }
}

/// The value of `requestedVia` (a label; filters take constants).
pub(crate) fn requested_via(certificate: &Certificate) -> &'static str {
    match certificate.requested_via {
        "REST" => "REST API",
        other => other,
    }
}

/// `GET /api/ssl/v1/{id}`; members without a value are left out.
pub(crate) fn view(world: &World, id: u64, format: DateFormat) -> Value {
    let certificate = &world.scm.certificates[&id];
    let mut view = json!({
        "commonName": certificate.common_name,
        "sslId": id,
        "id": id,
        "orgId": certificate.organization,
        "status": status(certificate, world.now()),
        "backendCertId": (certificate.id + 700_000).to_string(),
        "vendor": VENDOR,
        "certType": ssl::profile(world, certificate.profile),
        "validationType": validation_type(certificate),
        "term": certificate.term,
        "owner": certificate.requester,
        "requester": certificate.requester,
        "requestedVia": requested_via(certificate),
        "requested": format.write(certificate.requested),
        "renewed": certificate.renewed.is_some(),
        "keyType": certificate.key,
        "keyAlgorithm": certificate.key.to_string().split(' ').next(),
        "subjectAlternativeNames": certificate.alt_names,
        "autoRenewDetails": {"state": "Not scheduled"},
        "suspendNotifications": false,
    });
    if let KeyKind::Rsa(bits) = certificate.key {
        view["keySize"] = json!(bits);
    }
    let dates = [
        ("approved", certificate.approved),
        ("revoked", certificate.revoked),
        ("renewedDate", certificate.renewed),
        ("replaced", certificate.replaced),
    ];
    for (name, moment) in dates {
        if let Some(moment) = moment {
            view[name] = json!(format.write(moment));
        }
    }
    for (name, text) in [
        ("comments", &certificate.comments),
        ("externalRequester", &certificate.external_requester),
    ] {
        if !text.is_empty() {
            view[name] = json!(text);
        }
    }
    if let Some(reason) = certificate.reason {
        view["reasonCode"] = match world.switches.scm_reason_code {
            NumberForm::Number => json!(reason),
            NumberForm::String => json!(reason.to_string()),
        };
    }
    let fields: Vec<Value> = certificate
        .custom_fields
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    view["customFields"] = json!(fields);
    if let Some(issued) = &certificate.issued {
        describe(certificate, issued, format, &mut view);
    }
    view
}

fn describe(
    certificate: &Certificate,
    issued: &IssuedCertificate,
    format: DateFormat,
    view: &mut Value,
) {
    view["issued"] = json!(format.write(issued.not_before));
    view["expires"] = json!(format.write(issued.not_after));
    view["serialNumber"] = json!(serial(&issued.serial));
    view["signatureAlg"] = json!(signature_algorithm(certificate));
    view["keyUsages"] = json!(key_usages(certificate));
    view["extendedKeyUsages"] = json!([SERVER_USAGE]);
    let names: Vec<String> = certificate
        .alt_names
        .iter()
        .map(|name| format!("dNSName={name}"))
        .collect();
    view["certificateDetails"] = json!({
        "issuer": format!("CN={}, O=Certwright Lab, C=GB", issued.issuer),
        "subject": format!("CN={}", certificate.common_name),
        "subjectAltNames": names.join(", "),
        "sha1Hash": sha1(issued),
        "sha256Hash": sha256(issued),
    });
}

fn sha256(issued: &IssuedCertificate) -> String {
    to_hex(digest::digest(&digest::SHA256, &issued.leaf).as_ref())
}

fn validation_type(certificate: &Certificate) -> &'static str {
    use crate::ca::Level;
    match certificate.level {
        Level::Domain => "Domain Validation (DV)",
        Level::Organization => "Organization Validation (OV)",
        Level::Extended => "Extended Validation (EV)",
    }
}

pub(crate) const VENDOR: &str = "Sectigo Limited";
pub(crate) const SERVER_USAGE: &str = "TLS Web server authentication";
