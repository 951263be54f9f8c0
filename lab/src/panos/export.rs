//! `type=export`: requests and certificates as files.

use super::answer::{self, Answer, Refusal};
use super::device::Device;
use super::entry::Vault;
use super::request::Request;
use super::scope::Scope;
use base64::Engine;

/// Answers an export from one place of one device.
pub(crate) fn export(device: &Device, vault: &Vault, scope: &Scope, request: &Request) -> Answer {
    let category = request.get("category").unwrap_or_default();
    if category == "configuration" {
        return Ok(answer::file(
            "running-config.xml",
            device.candidate.to_string(),
        ));
    }
    if category != "certificate" {
        return Err(Refusal::bad_request(format!(
            "Illegal value for parameter \"category\" [{category}]."
        )));
    }
    let name = request.get("certificate-name").unwrap_or_default();
    let include_key = match request.get("include-key") {
        Some("yes") => true,
        Some("no") => false,
        _ => {
            return Err(Refusal::coded(
                17,
                [" download -> certificate -> include-key is missing"],
            ));
        }
    };
    let path = scope.certificate(name);
    let entry = path
        .first(&device.candidate)
        .ok_or_else(|| Refusal::text(format!("certificate {name} doesn't exist")))?;
    if include_key {
        if request.get("passphrase").is_none() {
            return Err(Refusal::coded(
                17,
                [" download -> certificate -> passphrase is missing"],
            ));
        }
        return match vault.of(entry) {
            Some(stored) if stored.blocked => Err(Refusal::text(format!(
                "Private key export is blocked for certificate {name}"
            ))),
            // Keys never need to leave the device; nothing here asks for it.
            _ => Err(Refusal::text(format!("Failed to export {name}"))),
        };
    }
    let text = |field: &str| {
        entry
            .text_of(field)
            .map(str::to_owned)
            .ok_or_else(|| Refusal::text(format!("{name} has no {field}")))
    };
    match request.get("format").unwrap_or_default() {
        "pkcs10" => Ok(answer::file(&format!("{name}.csr"), text("csr")?)),
        "pem" => Ok(answer::file(&format!("{name}.pem"), text("public-key")?)),
        "der" => {
            let pem = text("public-key")?;
            let body: String = pem
                .lines()
                .filter(|line| !line.starts_with("-----"))
                .collect();
            let der = base64::engine::general_purpose::STANDARD
                .decode(body)
                .map_err(|_| Refusal::text(format!("Failed to export {name}")))?;
            Ok(answer::file(&format!("{name}.cer"), der))
        }
        other => Err(Refusal::coded(
            17,
            [format!(
                " download -> certificate -> format '{other}' is invalid"
            )],
        )),
    }
}
