//! What is known of one client certificate.

use super::dates::{self, DateFormat};
use super::smime::{self, ClientCertificate};
use super::{ssl, ssl_details};
use crate::csr::KeyKind;
use crate::state::{IssuedCertificate, World};
use serde_json::{Value, json};

/// An entry of a list.
pub(crate) fn item(world: &World, certificate: &ClientCertificate) -> Value {
    let mut item = json!({
        "id": certificate.id,
        "state": smime::state(certificate, world.now()),
        "certificateDetails": {},
        "orderNumber": certificate.backend_id,
        "backendCertId": certificate.backend_id.to_string(),
        "comments": certificate.comments,
    });
    if let Some(issued) = &certificate.issued {
        item["certificateDetails"] = names(certificate, issued);
        item["serialNumber"] = json!(ssl_details::serial(&issued.serial));
        item["expires"] = json!(dates::ISO.write(issued.not_after));
    }
    item
}

/// The whole record.
pub(crate) fn details(world: &World, id: u64, format: DateFormat) -> Value {
    let certificate = &world.scm.client_certificates[&id];
    let profile = world
        .scm
        .client_profiles
        .iter()
        .find(|profile| profile.id == certificate.profile)
        .map(|profile| ssl::profile_view(world, profile));
    let (algorithm, size) = match certificate.key {
        KeyKind::Rsa(bits) => ("RSA", json!(bits)),
        KeyKind::Ec(curve) => ("EC", json!(curve)),
        KeyKind::Other => ("Unknown", Value::Null),
    };
    let mut view = json!({
        "id": certificate.id,
        "commonName": certificate.common_name,
        "orgId": certificate.organization,
        "status": smime::state(certificate, world.now()),
        "backendCertId": certificate.backend_id.to_string(),
        "certType": profile,
        "term": certificate.term,
        "requestedVia": VIA,
        "requested": format.write(certificate.requested),
        "keyAlgorithm": algorithm,
        "keySize": size,
        "keyType": certificate.key,
        "customFields": custom_fields(certificate),
        "certificateDetails": {},
        "suspendNotifications": false,
        "comments": certificate.comments,
    });
    if let Some(revoked) = certificate.revoked {
        view["revoked"] = json!(format.write(revoked));
    }
    if let Some(reason) = certificate.reason {
        view["reasonCode"] = json!(reason);
    }
    if let Some(issued) = &certificate.issued {
        view["issued"] = json!(format.write(issued.not_before));
        view["expires"] = json!(format.write(issued.not_after));
        view["serialNumber"] = json!(ssl_details::serial(&issued.serial));
        view["keyUsages"] = match certificate.key {
            KeyKind::Ec(_) => json!(["Digital Signature"]),
            _ => json!(["Digital Signature", "Key Encipherment"]),
        };
        view["extendedKeyUsages"] = json!(["1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.2"]);
        view["certificateDetails"] = names(certificate, issued);
    }
    view
}

/// Name and value of each custom field.
pub(crate) fn custom_fields(certificate: &ClientCertificate) -> Vec<Value> {
    certificate
        .custom_fields
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect()
}

fn names(certificate: &ClientCertificate, issued: &IssuedCertificate) -> Value {
    let alternatives: Vec<String> = certificate
        .emails
        .iter()
        .map(|email| format!("rfc822Name={email}"))
        .collect();
    json!({
        "issuer": format!("CN={}, O=Certwright Lab, C=GB", issued.issuer),
        "subject": format!("CN={}", certificate.common_name),
        "subjectAltNames": alternatives.join(", "),
        "sha1Hash": ssl_details::sha1(issued),
    })
}

/// How all of them were asked for.
pub(crate) const VIA: &str = "API Enroll";
