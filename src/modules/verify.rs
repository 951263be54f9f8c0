//! The option `verify`: where to look for the proof that a certificate is served.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use serde::{Deserialize, Deserializer};

use super::raw_schema;
use crate::ansible::Failure;
use crate::http::roots_from_pem;

#[derive(Debug)]
pub(in crate::modules) enum VerifyOptions {
    Off,
    On(VerifyEndpoint),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::modules) struct VerifyEndpoint {
    pub(in crate::modules) address: Option<String>,
    pub(in crate::modules) port: Option<u16>,
    pub(in crate::modules) server_name: Option<String>,
    pub(in crate::modules) ca_path: Option<String>,
    pub(in crate::modules) timeout: Option<u64>,
}

impl VerifyEndpoint {
    /// The roots that a client of the site trusts, if they are given.
    pub(in crate::modules) fn roots(&self) -> Result<Option<Arc<RootCertStore>>, Failure> {
        let path = self.ca_path.as_deref();
        path.map(|it| roots_from_pem(Path::new(it)))
            .transpose()
            .map(|it| it.map(Arc::new))
            .map_err(|problem| Failure::new(format!("verify: {problem}")))
    }

    /// Sent as SNI. Any name that a wildcard covers will do.
    pub(in crate::modules) fn server_name(&self, first: &str) -> String {
        self.server_name
            .clone()
            .unwrap_or_else(|| first.replace('*', "certwright"))
    }

    /// How long the right answer may take.
    pub(in crate::modules) fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout.unwrap_or(15))
    }
}

impl<'de> Deserialize<'de> for VerifyOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "expected true, false, or a dictionary of address, port, server_name, ca_path and timeout"
        )]
        enum Given {
            Switch(bool),
            Endpoint(VerifyEndpoint),
        }
        Ok(match Given::deserialize(deserializer)? {
            Given::Switch(false) => Self::Off,
            Given::Switch(true) => Self::On(VerifyEndpoint::default()),
            Given::Endpoint(endpoint) => Self::On(endpoint),
        })
    }
}

raw_schema!(VerifyOptions);
