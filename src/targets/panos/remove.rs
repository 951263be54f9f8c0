//! State absent: takes a site out of service and removes what was made for it.

use super::observe::{Entries, unused_authorities};
use super::stage::{Stage, Step};
use super::{PanosTarget, text};
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
            let ours = snapshot.mention(service).is_some_and(|mention| {
                own.contains(&mention.name) || Some(&mention.name) == self.wish.profile.as_ref()
            });
            if ours {
                stage.steps.push(Step::Delete(service.path()));
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
        if !stage.steps.is_empty() && self.firewall.is_passive().await.map_err(text)? {
            return Ok(Removal::default());
        }
        if !check && !stage.steps.is_empty() {
            self.commit(stage).await?;
        }
        Ok(removal)
    }
}
