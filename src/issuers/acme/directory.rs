//! The list of an ACME server's resources (RFC 8555 §7.1.1).

use bytes::Bytes;
use http::Method;
use serde::Deserialize;
use url::Url;

use super::error::excerpt;
use crate::http::{Http, HttpRequest};

/// A directory, with the bytes it came as.
#[derive(Clone, Debug)]
pub(super) struct Directory {
    pub(super) url: Url,
    pub(super) new_nonce: Url,
    pub(super) new_account: Url,
    /// Sectigo has this on another host than the rest.
    pub(super) renewal_info: Option<Url>,
    pub(super) external_account_required: bool,
    pub(super) raw: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    new_nonce: Url,
    new_account: Url,
    renewal_info: Option<Url>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    #[serde(default)]
    external_account_required: bool,
}

impl Directory {
    pub(super) async fn fetch(http: &Http, url: &str) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|error| format!("'{url}' is not a URL: {error}"))?;
        if url.scheme() != "https" {
            return Err("an ACME directory has an https:// address (RFC 8555 §6.1)".to_owned());
        }
        let reply = http
            .send(HttpRequest::new(Method::GET, url.clone()))
            .await
            .map_err(|error| error.to_string())?;
        let wire: Wire = serde_json::from_slice(&reply.body)
            .ok()
            .filter(|_| reply.status.is_success())
            .ok_or_else(|| {
                format!(
                    "this is not an ACME directory: {}. Sectigo's directory is the server's URL itself, without \
                     /directory at its end",
                    excerpt(reply.status, &reply.body)
                )
            })?;
        for other in [&wire.new_nonce, &wire.new_account] {
            same_origin(&url, other)?;
        }
        Ok(Self {
            url,
            new_nonce: wire.new_nonce,
            new_account: wire.new_account,
            renewal_info: wire.renewal_info,
            external_account_required: wire.meta.external_account_required,
            raw: reply.body,
        })
    }
}

/// A server's URLs must lead back to itself: a signed request is not for others.
pub(super) fn same_origin(directory: &Url, other: &Url) -> Result<(), String> {
    if directory.origin() == other.origin() {
        return Ok(());
    }
    Err(format!(
        "the server refers to another one, {}: refused",
        other.origin().ascii_serialization()
    ))
}
