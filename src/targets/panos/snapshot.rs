//! What a firewall holds at one place, read once for all sites of a task.

use crate::clients::panos_xml::config::{CertificateEntry, Mention, ServiceProfile};
use crate::clients::panos_xml::locks::LockKind;
use crate::clients::panos_xml::xpath::XPath;
use crate::clients::panos_xml::{Panos, PanosError, Place};
use crate::x509::Certificate;

use super::wish::Service;

#[derive(Debug)]
pub(crate) struct Snapshot {
    /// Does our administrator hold a commit lock?
    pub(crate) locked: bool,
    pub(crate) certificates: Vec<CertificateEntry>,
    pub(crate) profiles: Vec<ServiceProfile>,
    mentions: Vec<(Service, Mention)>,
}

/// What has to be read for a task.
#[derive(Clone, Debug, Default)]
pub(crate) struct Looked {
    pub(crate) locks: bool,
    pub(crate) profiles: bool,
    /// Those of a kind side by side.
    pub(crate) services: Vec<Service>,
}

impl Snapshot {
    pub(crate) async fn read(
        client: &Panos,
        place: &Place,
        looked: &Looked,
    ) -> Result<Self, PanosError> {
        let mut mentions = Vec::new();
        let mut groups: Vec<XPath> = looked.services.iter().map(Service::group).collect();
        groups.dedup();
        for group in groups {
            let here = looked.services.iter().filter(|it| it.group() == group);
            let ways: Vec<_> = here.clone().map(Service::way).collect();
            let found = client.mentions(&group, &ways).await?;
            mentions.extend(here.cloned().zip(found));
        }
        let user = client.user();
        Ok(Self {
            locked: looked.locks
                && client
                    .locks(LockKind::Commit)
                    .await?
                    .iter()
                    .any(|it| it == user),
            certificates: client.certificates(place).await?,
            profiles: if looked.profiles {
                client.service_profiles(place).await?
            } else {
                Vec::new()
            },
            mentions,
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
            .map(|(_, mention)| mention)
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
