//! State absent: takes a site out of service and removes what was made for it.

use super::observe::{Entries, unused_authorities};
use super::stage::{Stage, Step};
use super::wish::Service;
use super::{PanosTarget, text};
use crate::clients::panos_xml::xpath::XPath;
use crate::lifecycle::TargetError;

/// What is, or would be, removed.
#[derive(Debug, Default)]
pub(crate) struct Removal {
    pub(crate) objects: Vec<String>,
    /// Services that present nothing of the site any more.
    pub(crate) detached: Vec<String>,
    /// What somebody else uses: it stays.
    pub(crate) kept: Vec<String>,
}

impl PanosTarget {
    /// The profile, and where services mention it.
    fn nodes(&self) -> Vec<XPath> {
        let profile = self.wish.profile.as_ref().map(|it| self.profile(it));
        let services = self.wish.services.iter().map(Service::path);
        profile.into_iter().chain(services).collect()
    }

    pub(crate) async fn absent(&self, check: bool) -> Result<Removal, TargetError> {
        let snapshot = self.firewall.snapshot().await.map_err(text)?;
        let entries = Entries::of(&snapshot, &self.naming, &self.wish);
        let own: Vec<String> = entries
            .all(&self.naming)
            .into_iter()
            .map(|it| it.name.clone())
            .collect();
        let mut removal = Removal::default();
        let mut stage = Stage {
            site: self.site.clone(),
            ..Stage::default()
        };
        for service in &self.wish.services {
            let Some(mention) = snapshot.mention(service) else {
                continue;
            };
            let ours = |it: &&String| own.contains(*it) || Some(*it) == self.wish.profile.as_ref();
            let ours: Vec<&String> = mention.names.iter().filter(ours).collect();
            if !ours.is_empty() {
                stage.steps.extend(service.unmention(mention, &ours));
                removal.detached.push(service.describe());
            }
        }
        let profile = self
            .wish
            .profile
            .as_ref()
            .and_then(|it| snapshot.profile(it));
        if let Some(profile) = profile {
            // One that presents somebody else's certificate by now is not the site's any more.
            if profile
                .certificate
                .as_ref()
                .is_none_or(|it| own.contains(it))
            {
                stage.steps.push(Step::Delete(self.profile(&profile.name)));
                removal.objects.push(profile.name.clone());
            } else {
                removal.kept.push(format!(
                    "profile {} presents {}",
                    profile.name,
                    profile.certificate.as_deref().unwrap_or_default()
                ));
            }
        }
        let mut certificates = own;
        certificates.extend(unused_authorities(&snapshot, &certificates));
        let deletes = certificates.iter().map(|it| Step::Delete(self.entry(it)));
        stage.steps.extend(deletes);
        removal.objects.extend(certificates);
        if stage.steps.is_empty() {
            // An earlier run may have been stopped between the changes and the commit, where nothing of
            // them is to be seen any more.
            let is_own = |path: &XPath| {
                let entry = path.certificate();
                entry.is_some_and(|it| self.naming.has(it))
                    || self.nodes().iter().any(|it| path.is_in(it))
            };
            let staged = self.firewall.batch.uncommitted(is_own).await;
            let staged = staged.map_err(text)?;
            if staged.is_empty() {
                return Ok(removal);
            }
            removal.objects = staged.iter().map(XPath::to_string).collect();
        }
        if self.firewall.is_passive().await.map_err(text)? {
            return Ok(Removal::default());
        }
        if !check {
            self.commit(stage).await?;
        }
        Ok(removal)
    }
}
