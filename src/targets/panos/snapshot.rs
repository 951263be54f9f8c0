//! What a firewall holds at one place, read once for all sites of a task.

use crate::clients::panos_xml::config::{CertificateEntry, Mention, ServiceProfile};
use crate::clients::panos_xml::{HaState, Panos, PanosError, Place};
use crate::x509::Certificate;

use super::wish::Service;

#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) certificates: Vec<CertificateEntry>,
    pub(crate) profiles: Vec<ServiceProfile>,
    /// What services mention, in the order of [`Looked::services`].
    mentions: Vec<(Service, Option<Mention>)>,
    pub(crate) ha: Option<HaState>,
}

/// What has to be read for a task.
#[derive(Clone, Debug, Default)]
pub(crate) struct Looked {
    pub(crate) profiles: bool,
    pub(crate) services: Vec<Service>,
    pub(crate) ha: bool,
}

impl Snapshot {
    pub(crate) async fn read(
        client: &Panos,
        place: &Place,
        looked: &Looked,
    ) -> Result<Self, PanosError> {
        let mut mentions = Vec::new();
        for service in &looked.services {
            mentions.push((service.clone(), client.mention(&service.path()).await?));
        }
        Ok(Self {
            certificates: client.certificates(place).await?,
            profiles: if looked.profiles {
                client.service_profiles(place).await?
            } else {
                Vec::new()
            },
            mentions,
            ha: if looked.ha {
                Some(client.ha_state().await?)
            } else {
                None
            },
        })
    }

    pub(crate) fn certificate(&self, name: &str) -> Option<&CertificateEntry> {
        self.certificates.iter().find(|it| it.name == name)
    }

    pub(crate) fn profile(&self, name: &str) -> Option<&ServiceProfile> {
        self.profiles.iter().find(|it| it.name == name)
    }

    pub(crate) fn mention(&self, service: &Service) -> Option<&Mention> {
        self.mentions
            .iter()
            .find(|(known, _)| known == service)
            .and_then(|(_, mention)| mention.as_ref())
    }

    /// The entry that holds this certificate alone, whatever it is called.
    pub(crate) fn authority(&self, certificate: &Certificate) -> Option<&CertificateEntry> {
        self.certificates
            .iter()
            .find(|it| it.certificates.first() == Some(certificate))
    }

    /// Can a client get from an entry's certificate to a root? Either the entry holds the
    /// intermediates itself, or another one does.
    pub(crate) fn has_chain(&self, entry: &CertificateEntry) -> bool {
        let Some(leaf) = entry.certificates.first() else {
            return false;
        };
        let issuer_of_leaf = |it: &Certificate| it.is_ca() && leaf.is_signed_by(it);
        leaf.is_self_signed()
            || entry.certificates[1..].iter().any(issuer_of_leaf)
            || self
                .certificates
                .iter()
                .filter_map(|it| it.certificates.first())
                .any(issuer_of_leaf)
    }
}
