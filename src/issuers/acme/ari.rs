//! When the CA would like a certificate to be renewed (RFC 9773).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method;
use serde::Deserialize;
use time::OffsetDateTime;
use time::serde::rfc3339;
use url::Url;

use super::directory::Directory;
use crate::http::{Http, HttpRequest};
use crate::lifecycle::{Held, Window};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RenewalInfo {
    suggested_window: SuggestedWindow,
}

#[derive(Deserialize)]
struct SuggestedWindow {
    #[serde(with = "rfc3339")]
    start: OffsetDateTime,
    #[serde(with = "rfc3339")]
    end: OffsetDateTime,
}

/// The window, if the CA has one. Whatever goes wrong means that it has none.
pub(super) async fn window(
    http: &Http,
    directory: &Directory,
    certificate: &Held,
) -> Option<Window> {
    let base = directory.renewal_info.as_ref()?;
    let (key_id, serial) = certificate.ari_id.as_ref()?;
    let url = format!(
        "{}/{}.{}",
        base.as_str().trim_end_matches('/'),
        URL_SAFE_NO_PAD.encode(key_id),
        URL_SAFE_NO_PAD.encode(serial)
    );
    // No credentials go along: the request may go to another host.
    let request = HttpRequest::new(Method::GET, Url::parse(&url).ok()?);
    let reply = http.send(request).await.ok()?;
    let info: RenewalInfo = serde_json::from_slice(&reply.body)
        .ok()
        .filter(|_| reply.status.is_success())?;
    let SuggestedWindow { start, end } = info.suggested_window;
    Some(Window { start, end })
}
