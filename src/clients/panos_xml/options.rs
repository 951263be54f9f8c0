//! The block `provider` of options, in the shape that users of `paloaltonetworks.panos` have in
//! their variables.

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::PanosError;
use crate::http::ConnectionOptions;
use crate::secret::Secret;

/// How to reach a firewall or Panorama, and with which credentials.
///
/// It takes the block that the collection C(paloaltonetworks.panos) takes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(crate) struct ProviderOptions {
    /// Name or address of the management interface.
    pub(crate) ip_address: String,
    /// Port of the management interface.
    #[serde(default = "https")]
    pub(crate) port: u16,
    /// An administrator whose role allows configuration, operational requests, commit, import and
    /// export over the XML API. Without O(provider.api_key), a key is fetched for this user.
    #[serde(default = "admin")]
    pub(crate) username: String,
    /// Password of the user.
    #[serde(default)]
    pub(crate) password: Option<Secret>,
    /// An API key, in place of the password.
    #[serde(default)]
    pub(crate) api_key: Option<Secret>,
    /// Serial number of the firewall that is meant, where O(provider.ip_address) is a Panorama that
    /// passes requests on.
    #[serde(default)]
    pub(crate) serial_number: Option<String>,
    #[serde(flatten)]
    pub(crate) connection: ConnectionOptions,
}

impl ProviderOptions {
    pub(super) fn url(&self) -> Result<Url, PanosError> {
        if self.password.is_none() && self.api_key.is_none() {
            return Err(PanosError::Options(
                "provider: one of the following is required: api_key, password".to_owned(),
            ));
        }
        let address = self.ip_address.trim();
        let host = if address.contains(':') && !address.starts_with('[') {
            format!("[{address}]")
        } else {
            address.to_owned()
        };
        Url::parse(&format!("https://{host}:{}/", self.port))
            .ok()
            .filter(|it| it.path() == "/" && it.username().is_empty() && !host.is_empty())
            .and_then(|it| it.join("api/").ok())
            .ok_or_else(|| {
                PanosError::Options(format!(
                    "provider: ip_address is a name or an address without https:// and path, not '{address}'"
                ))
            })
    }
}

fn https() -> u16 {
    443
}

fn admin() -> String {
    "admin".to_owned()
}
