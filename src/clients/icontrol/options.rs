//! The block `provider` of options, in the shape that users of `f5networks.f5_modules` have in
//! their variables.

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::IcontrolError;
use crate::http::ConnectionOptions;
use crate::secret::Secret;

/// How to reach a BIG-IP, and with which credentials.
///
/// It takes the block that the collection C(f5networks.f5_modules) takes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(crate) struct ProviderOptions {
    /// Name or address of the management interface.
    pub(crate) server: String,
    /// Port of the management interface; V(8443) on cloud instances with a single interface.
    #[serde(default = "https")]
    pub(crate) server_port: u16,
    /// A user with the role Administrator: others may neither upload files nor read requests.
    pub(crate) user: String,
    /// Password of the user.
    #[schemars(extend("x-aliases" = ["pass", "pwd"]))]
    pub(crate) password: Secret,
    /// Who knows the user, where that is not the device itself or what it asks by default.
    #[serde(default = "tmos")]
    pub(crate) auth_provider: String,
    /// Only V(rest) is spoken.
    #[serde(default)]
    pub(crate) transport: Transport,
    /// Without meaning here: nothing is ever reported to F5.
    #[serde(default)]
    #[allow(dead_code)] // accepted, so that blocks of f5_modules work
    pub(crate) no_f5_teem: Option<bool>,
    #[serde(flatten)]
    pub(crate) connection: ConnectionOptions,
}

/// How the collection `f5_modules` may speak to a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Transport {
    #[default]
    Rest,
}

impl ProviderOptions {
    pub(super) fn base(&self) -> Result<Url, IcontrolError> {
        let Transport::Rest = self.transport;
        let server = self.server.trim();
        let host = if server.contains(':') && !server.starts_with('[') {
            format!("[{server}]")
        } else {
            server.to_owned()
        };
        Url::parse(&format!("https://{host}:{}/", self.server_port))
            .ok()
            .filter(|it| it.path() == "/" && it.username().is_empty() && !host.is_empty())
            .ok_or_else(|| {
                IcontrolError::Options(format!(
                    "provider: server is a name or an address without https:// and path, not '{server}'"
                ))
            })
    }
}

fn https() -> u16 {
    443
}

fn tmos() -> String {
    "tmos".to_owned()
}
