//! A device as it is: read once for all sites, and again only after something was written.

use crate::clients::icontrol::client_ssl::ClientSsl;
use crate::clients::icontrol::ssl_files::{SslCert, SslKey};
use crate::clients::icontrol::virtuals::VirtualServer;
use crate::clients::icontrol::{Icontrol, IcontrolError, ObjectPath};

/// What a decision needs.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) certs: Vec<SslCert>,
    pub(crate) profiles: Vec<ClientSsl>,
    pub(crate) servers: Vec<VirtualServer>,
}

/// What only half-made things consist of.
#[derive(Debug, Default)]
pub(crate) struct Unfinished {
    pub(crate) keys: Vec<SslKey>,
    /// In `/Common`.
    pub(crate) csrs: Vec<String>,
}

impl Snapshot {
    pub(crate) async fn read(client: &Icontrol) -> Result<Self, IcontrolError> {
        let (certs, profiles, servers) = tokio::try_join!(
            client.ssl_certs(),
            client.client_ssl_profiles(),
            client.virtual_servers()
        )?;
        Ok(Self {
            certs,
            profiles,
            servers,
        })
    }

    pub(crate) fn cert(&self, path: &ObjectPath) -> Option<&SslCert> {
        self.certs.iter().find(|it| it.path == *path)
    }

    pub(crate) fn profile(&self, path: &ObjectPath) -> Option<&ClientSsl> {
        self.profiles.iter().find(|it| it.path == *path)
    }

    pub(crate) fn server(&self, path: &ObjectPath) -> Option<&VirtualServer> {
        self.servers.iter().find(|it| it.path == *path)
    }

    /// The certificates that a profile presents, its parent's included.
    pub(crate) fn certs_of<'a>(
        &'a self,
        profile: &'a ClientSsl,
    ) -> impl Iterator<Item = &'a SslCert> {
        profile
            .cert_key_chain
            .iter()
            .filter_map(|it| self.cert(&ObjectPath::parse(it.cert.as_deref()?)))
    }

    /// Virtual servers that carry a profile.
    pub(crate) fn carriers<'a>(
        &'a self,
        profile: &'a ObjectPath,
    ) -> impl Iterator<Item = &'a VirtualServer> {
        self.servers.iter().filter(|it| it.carries(profile))
    }
}

impl Unfinished {
    pub(crate) async fn read(client: &Icontrol) -> Result<Self, IcontrolError> {
        let (keys, csrs) = tokio::try_join!(client.ssl_keys(), client.csrs())?;
        Ok(Self { keys, csrs })
    }
}
