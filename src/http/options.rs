//! The options that every connection to a remote system has.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::secret::Secret;

/// How to reach one remote system, and whom to believe that it is that system.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(crate) struct ConnectionOptions {
    /// A PEM file with the CA certificates to trust, in place of the system's store.
    #[schemars(extend("x-type" = "path"))]
    #[serde(default)]
    pub(crate) ca_path: Option<String>,
    /// SHA-256 fingerprint of the server's own certificate, as hexadecimal digits with or without
    /// colons. Exactly this certificate is accepted then, whoever signed it.
    #[serde(default)]
    pub(crate) fingerprint: Option<String>,
    /// V(false) turns all checks of the server's certificate off, and says so in a warning.
    #[serde(default = "yes")]
    pub(crate) validate_certs: bool,
    /// URL of a proxy, in place of the one from the environment (C(HTTPS_PROXY), C(NO_PROXY)).
    #[serde(default)]
    pub(crate) proxy: Option<Secret>,
    /// Seconds that it may take to connect.
    #[serde(default = "ten")]
    pub(crate) connect_timeout: u64,
    /// Seconds that one request may take. Slow answers are normal for certificate authorities.
    #[serde(default = "three_hundred")]
    pub(crate) timeout: u64,
}

impl Default for ConnectionOptions {
    fn default() -> Self {
        Self {
            ca_path: None,
            fingerprint: None,
            validate_certs: yes(),
            proxy: None,
            connect_timeout: ten(),
            timeout: three_hundred(),
        }
    }
}

fn yes() -> bool {
    true
}

fn ten() -> u64 {
    10
}

fn three_hundred() -> u64 {
    300
}
