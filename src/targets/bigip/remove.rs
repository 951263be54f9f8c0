//! Removing what carries our names: superseded, half made, or not wanted any more.

use std::rc::Rc;

use super::naming::Version;
use super::site::Site;
use super::wish::{Servers, Wish};
use super::{BigipTarget, REQUEST};
use crate::clients::icontrol::{
    Change, IcontrolError, ObjectPath, client_ssl, crypto, files, ssl_files, virtuals,
};
use crate::lifecycle::TargetError;

/// What `state: absent` does, or would do.
#[derive(Debug, Default)]
pub(crate) struct Removal {
    /// Profiles and versions.
    pub(crate) objects: Vec<String>,
    /// Virtual servers that lose the profile.
    pub(crate) detached: Vec<String>,
    /// Virtual servers that terminate no TLS any more.
    pub(crate) bare: Vec<String>,
    /// What stays, and why.
    pub(crate) kept: Vec<String>,
}

impl BigipTarget {
    /// Removes profiles (`/…`), requests and whole versions, in an order in which a certificate is
    /// the last to go: as long as one is there, the next run knows that there is more.
    pub(super) async fn remove(&self, ids: &[String]) -> Result<(), TargetError> {
        let (profiles, others): (Vec<&String>, Vec<&String>) =
            ids.iter().partition(|it| it.starts_with('/'));
        let mut profiles: Vec<ObjectPath> = profiles
            .into_iter()
            .map(|it| ObjectPath::parse(it))
            .collect();
        profiles.extend(self.keepers(&others).await?);
        profiles.sort();
        profiles.dedup();
        for path in profiles {
            self.delete(&client_ssl::delete(&path)).await?;
        }
        for id in others {
            if let Some(request) = id.strip_prefix(REQUEST) {
                self.appliance
                    .client
                    .remove_files(&files_of(request))
                    .await?;
                self.delete(&crypto::delete_csr(request)).await?;
                continue;
            }
            let version = self.version(id)?;
            let request = self.naming.csr(&version);
            self.appliance
                .client
                .remove_files(&files_of(&request))
                .await?;
            let known = self.appliance.unfinished().await?;
            if known.csrs.contains(&request) {
                self.delete(&crypto::delete_csr(&request)).await?;
            }
            self.delete(&ssl_files::delete_key(&self.naming.key(&version)))
                .await?;
            self.delete(&ssl_files::delete_cert(&self.naming.chain(&version)))
                .await?;
            self.delete(&ssl_files::delete_cert(&self.naming.cert(&version)))
                .await?;
        }
        Ok(())
    }

    /// Profiles that nothing carries and that keep the passphrases of versions that go.
    async fn keepers(&self, ids: &[&String]) -> Result<Vec<ObjectPath>, TargetError> {
        let snapshot = self.appliance.snapshot().await?;
        let stamps = ids.iter().filter_map(|it| Version::parse(it));
        Ok(stamps
            .filter_map(|it| snapshot.profile(&self.naming.profile_of(&it.stamp)))
            .filter(|it| self.naming.owns(it) && snapshot.carriers(&it.path).next().is_none())
            .map(|it| it.path.clone())
            .collect())
    }

    /// Removes what led to versions that are in service: requests and files.
    pub(super) async fn clear_away(&self, versions: &[Version]) -> Result<(), IcontrolError> {
        let mut left = Vec::new();
        for version in versions {
            let request = self.naming.csr(version);
            self.appliance.apply(&crypto::delete_csr(&request)).await?;
            left.extend(files_of(&request));
        }
        self.appliance.client.remove_files(&left).await
    }

    /// Plans the removal of the whole site, and carries it out unless `check`.
    pub(crate) async fn absent(&self, check: bool) -> Result<Removal, TargetError> {
        let snapshot = self.appliance.snapshot().await?;
        let mut wish = self.wish.clone();
        wish.servers = Servers::Named(Vec::new());
        wish.profile.existing = false;
        wish.profile.sni_default = None;
        let site = match snapshot.profile(&self.naming.profile()) {
            // Somebody else's profile of that name is none of our business.
            Some(it) if !self.naming.owns(it) => {
                wish.profile.existing = true;
                Site::find(&snapshot, &self.naming, &wish, &[])
            }
            _ => Site::find(&snapshot, &self.naming, &wish, &[]),
        }
        .map_err(|problem| self.explain(problem))?;
        let mut removal = Removal::default();
        let mut changes = Vec::new();
        let mut going = Vec::new();
        for profile in site.family.iter().filter(|it| self.naming.owns(it)) {
            let path = &profile.path;
            let child = snapshot
                .profiles
                .iter()
                .find(|it| it.parent().as_ref() == Some(path) && !self.naming.owns(it));
            if let Some(child) = child {
                removal
                    .kept
                    .push(format!("{path}: {} takes its settings from it", child.path));
                continue;
            }
            for server in snapshot.carriers(path) {
                self.check_remaining(&site, &wish, server, path)?;
                changes.push(virtuals::detach(&server.path, path));
                removal.detached.push(server.path.to_string());
                if server.client_ssl().all(|it| it == path) {
                    removal.bare.push(server.path.to_string());
                }
            }
            going.push(path.clone());
            removal.objects.push(path.to_string());
        }
        changes.extend(going.iter().map(client_ssl::delete));
        let unfinished = self.appliance.unfinished().await?;
        let mut versions = self.versions_of(&unfinished);
        versions.extend(site.versions.keys().cloned());
        versions.sort_unstable();
        versions.dedup();
        let mut ids = Vec::new();
        for version in versions {
            if site.is_used(&self.naming, &version, &going) {
                let cert = self.naming.cert(&version);
                removal
                    .kept
                    .push(format!("{cert}: a profile that was not made here uses it"));
            } else {
                removal.objects.push(version.id());
                ids.push(version.id());
            }
        }
        if !removal.objects.is_empty() {
            // In check mode too: what a run would not be allowed is not foretold.
            self.appliance.allow().await?;
            if !check {
                self.take_away(&changes, &ids).await?;
            }
        }
        Ok(removal)
    }

    async fn take_away(&self, changes: &[Change], ids: &[String]) -> Result<(), TargetError> {
        let site = self.naming.profile();
        self.appliance.begin().await?;
        let known = Rc::clone(&self.appliance.unfinished().await?);
        self.appliance
            .commit(changes, &format!("take {site} out of service"))
            .await?;
        drop(known);
        // The files go only when no saved configuration needs them any more.
        self.appliance.save().await?;
        self.remove(ids).await
    }

    /// Would a virtual server be left with several profiles and no default?
    fn check_remaining(
        &self,
        site: &Site<'_>,
        wish: &Wish,
        server: &virtuals::VirtualServer,
        going: &ObjectPath,
    ) -> Result<(), TargetError> {
        let rest: Vec<_> = server
            .client_ssl()
            .filter(|it| *it != going)
            .filter_map(|it| site.snapshot.profile(it))
            .collect();
        let has_default = rest.iter().any(|it| it.sni_default) || wish.has_heir(site, server);
        if rest.len() > 1 && !has_default {
            return Err(self.explain(format!(
                "without {going}, {} would have several client SSL profiles and no default for clients without SNI: set \
                 sni_default of another one first",
                server.path
            )));
        }
        Ok(())
    }

    /// What is in use after all stays.
    async fn delete(&self, change: &Change) -> Result<(), TargetError> {
        match self.appliance.apply(change).await {
            Err(error) if is_in_use(&error) => {
                self.appliance.client.context().warn(format!("{error}"));
                Ok(())
            }
            other => other.map_err(Into::into),
        }
    }
}

/// Where files of a version may lie; its request has the name that they all begin with.
fn files_of(request: &str) -> Vec<String> {
    let uploads = [".crt", "_chain.crt"].map(|it| files::uploaded(&format!("{request}{it}")));
    [files::bulk(request)].into_iter().chain(uploads).collect()
}

fn is_in_use(error: &IcontrolError) -> bool {
    matches!(error.id(), Some("01071349" | "01070265"))
}
