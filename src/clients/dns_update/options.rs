//! The block `dns` of options: a name server that takes updates.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hickory_proto::rr::rdata::tsig::TsigAlgorithm;
use hickory_proto::rr::{Name, TSigner};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DnsError;
use crate::secret::Secret;

/// A name server that takes dynamic updates (RFC 2136), and the key that it takes them with (TSIG,
/// RFC 8945).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(crate) struct DnsUpdateOptions {
    /// Name or address of the zones' primary name server.
    pub(super) server: String,
    /// Its port (TCP).
    #[serde(default = "fifty_three")]
    pub(super) port: u16,
    /// The zone to write to. Unset, the server is asked which of its zones holds the name.
    pub(super) zone: Option<String>,
    /// Name of the TSIG key.
    pub(super) key_name: String,
    /// The TSIG key, base64, as in the server's configuration.
    pub(super) key_secret: Secret,
    /// Algorithm of the TSIG key.
    #[serde(default)]
    pub(super) key_algorithm: KeyAlgorithm,
    /// Seconds that others may keep a record.
    #[serde(default = "three_hundred")]
    pub(super) ttl: u32,
    /// Seconds that the zone's other name servers may need to follow. So long nobody is told to
    /// look at new records; for all records of a task it is waited once.
    #[serde(default)]
    pub(super) propagation: u64,
}

/// RFC 8945 §6; the older ones are not to be used any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub(crate) enum KeyAlgorithm {
    #[default]
    #[serde(rename = "hmac-sha256")]
    HmacSha256,
    #[serde(rename = "hmac-sha384")]
    HmacSha384,
    #[serde(rename = "hmac-sha512")]
    HmacSha512,
}

impl DnsUpdateOptions {
    pub(super) fn signer(&self) -> Result<TSigner, DnsError> {
        let secret = STANDARD
            .decode(self.key_secret.expose().trim())
            .map_err(|_| DnsError::Options("dns: key_secret is not base64".to_owned()))?;
        let algorithm = match self.key_algorithm {
            KeyAlgorithm::HmacSha256 => TsigAlgorithm::HmacSha256,
            KeyAlgorithm::HmacSha384 => TsigAlgorithm::HmacSha384,
            KeyAlgorithm::HmacSha512 => TsigAlgorithm::HmacSha512,
        };
        let name = name(&self.key_name, "key_name")?;
        TSigner::new(secret, algorithm, name, FUDGE).map_err(|_| {
            DnsError::Options("dns: key_name, key_secret and key_algorithm make no key".to_owned())
        })
    }

    pub(super) fn zone(&self) -> Result<Option<Name>, DnsError> {
        self.zone.as_deref().map(|it| name(it, "zone")).transpose()
    }
}

fn name(text: &str, option: &str) -> Result<Name, DnsError> {
    super::name(text).map_err(|_| DnsError::Options(format!("dns: {option} is no domain name")))
}

fn fifty_three() -> u16 {
    53
}

fn three_hundred() -> u32 {
    300
}

/// Seconds by which the clocks may differ (RFC 8945 §10).
const FUDGE: u16 = 300;
