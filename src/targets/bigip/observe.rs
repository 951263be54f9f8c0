//! A site as the lifecycle sees it.

use super::appliance::KeyId;
use super::facts;
use super::naming::Version;
use super::obstacles;
use super::placeholder::is_placeholder;
use super::proof;
use super::site::Site;
use super::snapshot::Unfinished;
use super::{BigipTarget, REQUEST};
use crate::clients::icontrol::ObjectPath;
use crate::clients::icontrol::client_ssl::ClientSsl;
use crate::clients::icontrol::path::COMMON;
use crate::clients::icontrol::ssl_files::SslCert;
use crate::lifecycle::{
    Held, InService, Observation, Pending, Served, SiteSpec, TargetError, VariantObservation,
};
use crate::x509::Algorithm;

impl BigipTarget {
    /// What is in service, and what superseded objects are there.
    pub(super) async fn look(&self, spec: &SiteSpec) -> Result<Observation, TargetError> {
        let snapshot = self.appliance.snapshot().await?;
        let site = self.site(&snapshot, spec)?;
        let mut observed = Observation {
            inseparable: self.wish.with_passphrase() && spec.keys.len() > 1,
            drift: self.drift(&site),
            ..Observation::default()
        };
        for key in &spec.keys {
            let algorithm = key.algorithm();
            observed.variants.push(VariantObservation {
                algorithm,
                in_service: self.in_service(&site, spec, algorithm).await,
                pending: None,
            });
        }
        // A run that did not get to its end may have left what the snapshot does not show.
        let half_made = site.versions.keys().any(|it| self.is_newer(&site, it));
        if half_made || self.appliance.is_marked().await? {
            self.sweep(&site, &mut observed).await?;
        }
        let superseded = self.superseded(&site, spec, &observed);
        if !superseded.is_empty() && self.is_proven(&site, &mut observed).await {
            observed.leftovers.extend(superseded);
        }
        Ok(observed)
    }

    /// What stands in the way, and what earlier runs did not finish.
    pub(super) async fn look_closer(
        &self,
        spec: &SiteSpec,
        observed: &mut Observation,
    ) -> Result<(), TargetError> {
        let snapshot = self.appliance.snapshot().await?;
        let site = self.site(&snapshot, spec)?;
        let explain = |problem| self.explain(problem);
        self.appliance.allow().await?;
        obstacles::first(&site, &self.naming, &self.wish, &spec.names).map_err(explain)?;
        if !self.wish.with_passphrase() {
            let keys = &self.appliance.unfinished().await?.keys;
            obstacles::sealed(&site, &self.naming, keys).map_err(explain)?;
        }
        let folder = self.naming.folder();
        if folder != COMMON
            && site.versions.is_empty()
            && !self.appliance.client.folder_exists(folder).await?
        {
            return Err(explain(format!(
                "there is no partition or folder {folder} (or the user may not see it)"
            )));
        }
        self.sweep(&site, observed).await
    }

    /// Finds half-made pairs that can be gone on with, and those that cannot.
    async fn sweep(&self, site: &Site<'_>, observed: &mut Observation) -> Result<(), TargetError> {
        let unfinished = self.appliance.unfinished().await?;
        if observed.variants.iter().all(|it| it.pending.is_none()) {
            self.add_pending(site, &unfinished, observed).await?;
        }
        let known: Vec<Version> = observed
            .variants
            .iter()
            .filter_map(|it| Version::parse(it.pending.as_ref()?.id()))
            .collect();
        let parked = self.parked_paths(site);
        // What is older than its successor is not half-made but superseded, and waits for a proof.
        let dead = |it: &Version| {
            !known.contains(it)
                && (self.is_newer(site, it) || !site.versions.contains_key(it))
                && !site.is_used(&self.naming, it, &parked)
        };
        let mut versions = self.versions_of(&unfinished);
        versions.extend(site.versions.keys().cloned());
        let dead = versions.iter().filter(|it| dead(it)).map(Version::id);
        observed.leftovers.extend(dead);
        let kept = |path: &&ObjectPath| {
            let stamp = self.naming.stamp_of(path);
            known.iter().any(|it| Some(&it.stamp) == stamp.as_ref())
        };
        let idle = parked.iter().filter(|it| !kept(it));
        observed.leftovers.extend(idle.map(ToString::to_string));
        let signed = unfinished.csrs.iter().filter(|it| {
            let version = self.naming.parse_csr(it);
            version.is_some_and(|it| site.in_service(&self.naming, it.algorithm) == Some(it))
        });
        observed
            .leftovers
            .extend(signed.map(|it| format!("{REQUEST}{it}")));
        observed.leftovers.sort_unstable();
        observed.leftovers.dedup();
        Ok(())
    }

    async fn in_service(
        &self,
        site: &Site<'_>,
        spec: &SiteSpec,
        algorithm: Algorithm,
    ) -> Option<InService> {
        let serving = site.serving?;
        let (entry, cert) = site.entry(serving, algorithm)?;
        let version = self.naming.parse(&cert.path).map(|(version, _)| version);
        let mut held = facts::held(cert, version.as_ref());
        if spec.renew.ari {
            self.add_ari_id(site, &mut held, entry.chain.as_deref(), algorithm)
                .await;
        }
        let missing: Vec<String> = site
            .servers
            .iter()
            .filter(|it| !it.carries(&serving.path))
            .map(|it| it.path.to_string())
            .collect();
        Some(InService {
            chain_complete: entry.chain.is_some() || held.subject == held.issuer,
            // The device takes no pair that does not fit.
            key_matches: true,
            revoked: false,
            served: (!missing.is_empty()).then(|| {
                Served::No(format!(
                    "{} does not carry {}",
                    missing.join(", "),
                    serving.path
                ))
            }),
            certificate: held,
        })
    }

    /// The key identifier of the issuer is in the certificate only, so one certificate of each
    /// issuer has to be seen.
    async fn add_ari_id(
        &self,
        site: &Site<'_>,
        held: &mut Held,
        chain: Option<&str>,
        algorithm: Algorithm,
    ) {
        let chain = chain.map(ObjectPath::parse);
        let checksum = chain
            .and_then(|it| site.snapshot.cert(&it)?.checksum.clone())
            .unwrap_or_default();
        let issuer = (held.issuer.clone(), checksum);
        let known = self.appliance.issuer_key_id(&issuer);
        let KeyId(key_id) = if let Some(known) = known {
            known
        } else {
            let endpoints = proof::endpoints(site, &self.wish);
            let shown = proof::look(&endpoints, algorithm).await;
            let id = shown.filter(|it| held.is(it)).and_then(|it| it.ari_id());
            let found = KeyId(id.map(|(key_id, _)| key_id));
            self.appliance.keep_issuer_key_id(issuer, found.clone());
            found
        };
        held.ari_id = key_id.zip(facts::serial_der(&held.serial));
    }

    /// Settings of a profile made here that are not as wanted.
    fn drift(&self, site: &Site<'_>) -> Vec<String> {
        let Some(profile) = site.serving.filter(|it| self.naming.owns(it)) else {
            return Vec::new();
        };
        let settings = self.settings();
        let mut drift = Vec::new();
        let path = &profile.path;
        if let Some(parent) = settings
            .parent
            .filter(|it| profile.parent().as_ref() != Some(it))
        {
            drift.push(format!("{path}: its parent is not {parent}"));
        }
        if let Some(name) = settings.server_name
            && profile.server_name.as_deref().unwrap_or_default() != name
        {
            drift.push(format!("{path}: its server name is not '{name}'"));
        }
        // Who is to be the default instead takes that over.
        let waits = || site.servers.iter().any(|it| self.wish.has_heir(site, it));
        let flag = settings
            .sni_default
            .filter(|it| *it != profile.sni_default && (*it || !waits()));
        if let Some(flag) = flag {
            drift.push(format!("{path}: its sni_default is not {flag}"));
        }
        drift
    }

    /// Older than what is in service, and used by nothing but profiles that are superseded as well.
    fn superseded(&self, site: &Site<'_>, spec: &SiteSpec, observed: &Observation) -> Vec<String> {
        let complete = spec.keys.iter().all(|it| {
            observed
                .variant(it.algorithm())
                .is_some_and(|it| it.in_service.is_some())
        });
        let Some(serving) = site.serving.filter(|_| complete) else {
            return Vec::new();
        };
        let idle: Vec<_> = site
            .family
            .iter()
            .filter(|it| {
                self.naming.owns(it) && it.path != serving.path && !self.is_newer_profile(site, it)
            })
            .filter(|it| site.snapshot.carriers(&it.path).next().is_none())
            .map(|it| it.path.clone())
            .collect();
        let versions = site
            .versions
            .keys()
            .filter(|it| !self.is_newer(site, it) && !site.is_used(&self.naming, it, &idle))
            .map(Version::id);
        idle.iter()
            .map(ToString::to_string)
            .chain(versions)
            .collect()
    }

    /// May what was superseded go? Only if its successor is seen, where that is wanted.
    async fn is_proven(&self, site: &Site<'_>, observed: &mut Observation) -> bool {
        let endpoints = proof::endpoints(site, &self.wish);
        for variant in &mut observed.variants {
            if let Some(current) = &mut variant.in_service
                && let Some(served) = proof::served(&endpoints, &current.certificate, false).await
            {
                let yes = served == Served::Yes;
                current.served.get_or_insert(served);
                if !yes {
                    return false;
                }
            }
        }
        true
    }

    /// Newer than all that is in service: a run that did not get to its end, or runs now.
    fn is_newer(&self, site: &Site<'_>, version: &Version) -> bool {
        let current = [Algorithm::Rsa, Algorithm::Ecdsa]
            .into_iter()
            .filter_map(|it| site.in_service(&self.naming, it))
            .map(|it| it.stamp)
            .max();
        current.is_none_or(|it| version.stamp > it)
    }

    fn is_newer_profile(&self, site: &Site<'_>, profile: &ClientSsl) -> bool {
        self.naming.stamp_of(&profile.path).is_some_and(|stamp| {
            self.is_newer(
                site,
                &Version {
                    algorithm: Algorithm::Rsa,
                    stamp,
                },
            )
        })
    }

    /// Versions of keys and requests that are not in service.
    pub(super) fn versions_of(&self, unfinished: &Unfinished) -> Vec<Version> {
        let keys = unfinished
            .keys
            .iter()
            .filter_map(|it| Some(self.naming.parse(&it.path)?.0));
        let csrs = unfinished
            .csrs
            .iter()
            .filter_map(|it| self.naming.parse_csr(it));
        let mut versions: Vec<Version> = keys.chain(csrs).collect();
        versions.sort_unstable();
        versions.dedup();
        versions
    }

    /// Profiles that are only there to keep passphrases.
    fn parked_paths(&self, site: &Site<'_>) -> Vec<ObjectPath> {
        site.family
            .iter()
            .filter(|it| self.naming.owns(it) && self.is_newer_profile(site, it))
            .filter(|it| site.snapshot.carriers(&it.path).next().is_none())
            .filter(|it| site.serving.is_none_or(|serving| serving.path != it.path))
            .map(|it| it.path.clone())
            .collect()
    }

    /// The newest half-made pairs that can be gone on with. With passphrases, only a whole set that
    /// one profile keeps.
    async fn add_pending(
        &self,
        site: &Site<'_>,
        unfinished: &Unfinished,
        observed: &mut Observation,
    ) -> Result<(), TargetError> {
        let mut stamps: Vec<String> = self
            .versions_of(unfinished)
            .into_iter()
            .filter(|it| self.is_newer(site, it))
            .map(|it| it.stamp)
            .collect();
        stamps.sort_unstable();
        stamps.dedup();
        for stamp in stamps.into_iter().rev() {
            let mut set = Vec::new();
            for variant in &observed.variants {
                let version = Version {
                    algorithm: variant.algorithm,
                    stamp: stamp.clone(),
                };
                set.push(self.pending(site, &version, unfinished).await?);
            }
            let whole = set.iter().all(Option::is_some);
            if self.wish.with_passphrase() && !whole {
                continue;
            }
            for (variant, pending) in observed.variants.iter_mut().zip(set) {
                if variant.pending.is_none() {
                    variant.pending = pending;
                }
            }
            if observed.variants.iter().all(|it| it.pending.is_some()) {
                break;
            }
        }
        Ok(())
    }

    async fn pending(
        &self,
        site: &Site<'_>,
        version: &Version,
        unfinished: &Unfinished,
    ) -> Result<Option<Pending>, TargetError> {
        let key = self.naming.key(version);
        let Some(found) = unfinished.keys.iter().find(|it| it.path == key) else {
            return Ok(None);
        };
        let sealed = found.security_type.as_deref() == Some("password");
        if sealed != self.wish.with_passphrase() {
            return Ok(None);
        }
        if sealed {
            let parked = site
                .snapshot
                .profile(&self.naming.profile_of(&version.stamp))
                .filter(|it| self.naming.owns(it));
            let keeps = parked.is_some_and(|it| {
                it.cert_key_chain
                    .iter()
                    .any(|entry| entry.key.as_deref() == Some(key.to_string().as_str()))
            });
            if !keeps {
                return Ok(None);
            }
        }
        let objects = site.versions.get(version);
        let signed = |cert: Option<&SslCert>| cert.is_some_and(|it| !is_placeholder(&it.issuer));
        if let Some(objects) = objects
            && signed(objects.cert)
            && signed(objects.chain)
            && let Some(cert) = objects.cert
        {
            return Ok(Some(Pending::Installed {
                id: version.id(),
                certificate: facts::held(cert, Some(version)),
            }));
        }
        let csr = self.appliance.client.csr(&self.naming.csr(version)).await?;
        Ok(csr.map(|csr| Pending::Requested {
            id: version.id(),
            csr,
        }))
    }
}
