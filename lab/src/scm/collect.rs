//! Downloading a certificate in one of the vendor's formats.

use super::errors::Refusal;
use crate::der;
use crate::http::Reply;
use crate::state::{IssuedCertificate, World};
use crate::switches::CollectPending;

/// `GET /api/ssl/v1/collect/{id}`.
pub(crate) fn collect(world: &World, id: u64, format: &str) -> Result<Reply, Refusal> {
    let certificate = &world.scm.certificates[&id];
    match certificate.status {
        "Requested" => {
            return Err(Refusal::new(
                -23,
                "The certificate hasn't been approved yet!",
            ));
        }
        "Approved" | "Applied" => return pending(world),
        "Revoked" => {
            let text = "The certificate has been revoked and cannot be downloaded.";
            return Err(Refusal::new(-110, text));
        }
        _ => {}
    }
    let Some(issued) = &certificate.issued else {
        return Err(Refusal::new(-103, "The certificate is not collected yet."));
    };
    download(issued, &certificate.common_name, format)
}

/// An issued certificate as a file.
pub(crate) fn download(
    issued: &IssuedCertificate,
    name: &str,
    format: &str,
) -> Result<Reply, Refusal> {
    let (leaf, intermediate, root) = (&issued.leaf, &issued.intermediate, &issued.root);
    let pem = |chain: &[&Vec<u8>]| -> Vec<u8> {
        let text: String = chain
            .iter()
            .map(|der| der::pem("CERTIFICATE", der))
            .collect();
        text.into_bytes()
    };
    let (body, extension) = match format {
        "base64" => {
            let der = der::pkcs7(&[leaf, intermediate, root]);
            (der::pem("PKCS7", &der).into_bytes(), "p7b")
        }
        "bin" => (der::pkcs7(&[leaf, intermediate, root]), "p7b"),
        // Root first, as third-party clients show it.
        "x509" | "pem" => (pem(&[root, intermediate, leaf]), "crt"),
        "x509R" => (pem(&[leaf, intermediate, root]), "crt"),
        "pemia" => (pem(&[leaf, intermediate]), "pem"),
        "x509CO" | "pemco" => (pem(&[leaf]), "cer"),
        "x509IO" => (pem(&[root, intermediate]), "cer"),
        "x509IOR" => (pem(&[intermediate, root]), "cer"),
        _ => return Err(Refusal::new(-126, "Unknown certificate format.")),
    };
    let name: String = name
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || letter == '-' {
                letter
            } else {
                '_'
            }
        })
        .collect();
    let disposition = format!("attachment; filename={name}.{extension}");
    Ok(Reply::text(200, CONTENT_TYPE, body).with("Content-Disposition", disposition))
}

/// "Not ready" in one of the forms that were seen.
fn pending(world: &World) -> Result<Reply, Refusal> {
    Err(match world.switches.scm_collect_pending {
        CollectPending::Zero => Refusal::new(0, "Being processed by Sectigo"),
        CollectPending::Processing => {
            Refusal::new(-1400, "The request is being processed by Sectigo.")
        }
        CollectPending::NotCollectable => Refusal::new(-183, "Certificate is not collectable."),
        CollectPending::NotApproved => {
            Refusal::new(-23, "The certificate hasn't been approved yet!")
        }
        CollectPending::Empty => return Ok(Reply::text(200, CONTENT_TYPE, "")),
        CollectPending::Text => {
            return Ok(Reply::text(400, "text/plain", "Being processed by Sectigo"));
        }
    })
}

const CONTENT_TYPE: &str = "application/octet-stream;charset=UTF-8";
