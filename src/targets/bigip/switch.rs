//! The switch: one transaction there, and one back.

use super::naming::Version;
use super::site::Site;
use super::{BigipTarget, obstacles, proof};
use crate::clients::icontrol::client_ssl::{self, ClientSsl, NewEntry, Settings};
use crate::clients::icontrol::{Change, IcontrolError, ObjectPath, virtuals};
use crate::lifecycle::TargetError;
use crate::x509::Algorithm;

/// Changes that put something into service, and those that take exactly that back.
#[derive(Default)]
pub(super) struct Switch {
    pub(super) there: Vec<Change>,
    pub(super) back: Vec<Change>,
}

impl BigipTarget {
    /// Looks, plans and switches.
    pub(super) async fn switch_over(
        &self,
        versions: &[Version],
    ) -> Result<Result<(), IcontrolError>, TargetError> {
        // Others may have worked on the device since it was read.
        self.appliance.forget();
        let snapshot = self.appliance.snapshot().await?;
        let site = self.current(&snapshot)?;
        obstacles::first(&site, &self.naming, &self.wish, &self.names)
            .map_err(|problem| self.explain(problem))?;
        let endpoints = proof::endpoints(&site, &self.wish);
        self.run.reachable.set(proof::reachable(&endpoints).await);
        let switch = self.switch(&site, versions);
        let doing = format!(
            "put the certificates of {} into service",
            self.naming.profile()
        );
        let done = self.appliance.commit(&switch.there, &doing).await;
        if done.is_ok() {
            self.run.back.replace(switch.back);
        }
        Ok(done)
    }

    /// The switch to `versions`; with none, what is in service is put on all virtual servers.
    fn switch(&self, site: &Site<'_>, versions: &[Version]) -> Switch {
        let mut switch = Switch::default();
        let target = match (versions.first(), site.serving) {
            (Some(first), _) if self.wish.with_passphrase() => {
                let profile = self.naming.profile_of(&first.stamp);
                self.adjust(site, &profile, &mut switch);
                profile
            }
            (Some(_), _) => {
                let profile = self.naming.profile();
                self.fill(site, &profile, versions, &mut switch);
                profile
            }
            (None, Some(serving)) => serving.path.clone(),
            (None, None) => return switch,
        };
        let (take, give_back) = self.wish.take_over(site);
        switch.there.extend(take);
        switch.back.extend(give_back);
        self.attach(site, &target, &mut switch);
        switch
    }

    /// A profile of password keys keeps its list, which nobody could write again; its settings may
    /// have been wished otherwise since it was made.
    fn adjust(&self, site: &Site<'_>, path: &ObjectPath, switch: &mut Switch) {
        let settings = self.settings();
        if let Some(profile) = site.snapshot.profile(path)
            && differs(profile, &settings)
        {
            switch.there.push(client_ssl::modify(path, &settings));
        }
    }

    /// The profile that keeps its name gets the list.
    fn fill(&self, site: &Site<'_>, path: &ObjectPath, versions: &[Version], switch: &mut Switch) {
        let mut entries: Vec<NewEntry> = versions.iter().map(|it| self.entry(it, None)).collect();
        let has = |algorithm| versions.iter().any(|it| it.algorithm == algorithm);
        let Some(profile) = site.snapshot.profile(path) else {
            // The other kind of key may be kept in a profile of another name.
            entries.extend(self.kept(site, site.serving, &has));
            let settings = Settings {
                entries: Some(entries),
                ..self.settings()
            };
            switch.there.push(client_ssl::create(path, &settings));
            switch.back.push(client_ssl::delete(path));
            return;
        };
        entries.extend(self.kept(site, Some(profile), &has));
        let change = Settings {
            entries: Some(entries),
            ..if self.wish.profile.existing {
                Settings::default()
            } else {
                self.settings()
            }
        };
        let before = Settings {
            entries: Some(profile.cert_key_chain.iter().map(NewEntry::from).collect()),
            parent: change.parent.as_ref().and(profile.parent()),
            server_name: change
                .server_name
                .as_ref()
                .map(|_| profile.server_name.clone().unwrap_or_default()),
            sni_default: change.sni_default.map(|_| profile.sni_default),
            description: None,
        };
        switch.there.push(client_ssl::modify(path, &change));
        switch.back.push(client_ssl::modify(path, &before));
    }

    /// Entries that stay: those of kinds that are wanted and not replaced, and in somebody else's
    /// profile all others.
    fn kept(
        &self,
        site: &Site<'_>,
        profile: Option<&ClientSsl>,
        replaced: &impl Fn(Algorithm) -> bool,
    ) -> Vec<NewEntry> {
        let Some(profile) = profile.filter(|it| !it.inherit_certkeychain) else {
            return Vec::new();
        };
        let wanted = |algorithm| self.keys.iter().any(|it| it.algorithm() == algorithm);
        profile
            .cert_key_chain
            .iter()
            .filter(|entry| {
                if entry.usage.as_deref() == Some("CA") {
                    return true;
                }
                let cert = entry.cert.as_deref().map(ObjectPath::parse);
                let algorithm = cert
                    .and_then(|it| site.snapshot.cert(&it))
                    .and_then(super::site::algorithm_of);
                algorithm
                    .is_some_and(|it| !replaced(it) && (self.wish.profile.existing || wanted(it)))
            })
            .map(NewEntry::from)
            .collect()
    }

    fn attach(&self, site: &Site<'_>, target: &ObjectPath, switch: &mut Switch) {
        let mut back = Vec::new();
        for server in &site.servers {
            for old in site.displaced(server, target, &self.wish, &self.names) {
                switch.there.push(virtuals::detach(&server.path, &old));
                back.push(virtuals::attach(&server.path, &old));
            }
            if !server.carries(target) {
                switch.there.push(virtuals::attach(&server.path, target));
                back.push(virtuals::detach(&server.path, target));
            }
        }
        // A profile can go only when nothing carries it any more.
        switch.back.splice(0..0, back);
    }
}

fn differs(profile: &ClientSsl, wanted: &Settings) -> bool {
    let parent = wanted.parent.is_some() && profile.parent() != wanted.parent;
    let name = wanted
        .server_name
        .as_ref()
        .is_some_and(|it| profile.server_name.as_deref().unwrap_or_default() != it);
    let default = wanted
        .sni_default
        .is_some_and(|it| it != profile.sni_default);
    parent || name || default
}
