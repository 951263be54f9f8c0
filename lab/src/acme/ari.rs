//! ACME renewal information (RFC 9773), on a host of its own.

use super::problem::Problem;
use crate::clock;
use crate::http::{Call, Reply};
use crate::state::{Certificate, World};
use crate::switches::AriWindow;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::Method;
use serde_json::json;
use time::Duration;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Answers `GET /renewalInfo/{id}`.
pub(crate) fn handle(world: &mut World, call: &Call) -> Reply {
    let found = match (&call.method, call.segments().as_slice()) {
        (&Method::GET, ["renewalInfo", id]) => find(world, id),
        _ => None,
    };
    let Some((certificate, issued)) =
        found.and_then(|certificate| Some((certificate, certificate.issued.as_ref()?)))
    else {
        return Problem {
            status: 404,
            ..Problem::malformed("The certificate is not known")
        }
        .into();
    };
    let life = issued.not_after - issued.not_before;
    let now = certificate.status == "Revoked" || world.switches.acme_ari_window == AriWindow::Now;
    let (start, end) = if now {
        (
            world.now() - Duration::hours(2),
            world.now() - Duration::hours(1),
        )
    } else {
        let start = issued.not_after - life / 3;
        (start, start + Duration::days(2))
    };
    let window = json!({"start": clock::rfc3339(start), "end": clock::rfc3339(end)});
    Reply::json(200, &json!({"suggestedWindow": window})).with(
        "Retry-After",
        world.switches.acme_ari_retry_after.to_string(),
    )
}

/// The certificate with an identifier of RFC 9773 §4.1.
pub(crate) fn find<'a>(world: &'a World, id: &str) -> Option<&'a Certificate> {
    world.scm.certificates.values().find(|certificate| {
        certificate
            .issued
            .as_ref()
            .and_then(|issued| identifier(&issued.leaf))
            .as_deref()
            == Some(id)
    })
}

fn identifier(leaf: &[u8]) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(leaf).ok()?;
    let authority =
        certificate
            .iter_extensions()
            .find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::AuthorityKeyIdentifier(authority) => {
                    authority.key_identifier.as_ref()
                }
                _ => None,
            })?;
    Some(format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(authority.0),
        URL_SAFE_NO_PAD.encode(certificate.raw_serial())
    ))
}
