//! From what a firewall shows to what the lifecycle decides on. Pure.

use time::OffsetDateTime;

use super::naming::{self, Naming};
use super::snapshot::Snapshot;
use super::wish::Wish;
use crate::clients::panos_xml::config::{CertificateEntry, Mention};
use crate::lifecycle::{
    Held, InService, Observation, Pending, Served, SiteSpec, VariantObservation,
};

/// A site's entries, sorted out.
#[derive(Debug, Default)]
pub(super) struct Entries<'a> {
    /// The one that is presented, whoever made it; without a profile, the newest complete one.
    pub(super) bound: Option<&'a CertificateEntry>,
    /// Newer than that, newest first.
    ahead: Vec<&'a CertificateEntry>,
    /// Older than that, newest first.
    behind: Vec<&'a CertificateEntry>,
}

impl<'a> Entries<'a> {
    pub(super) fn of(snapshot: &'a Snapshot, naming: &Naming, wish: &Wish) -> Self {
        let mut own: Vec<(OffsetDateTime, &CertificateEntry)> = snapshot
            .certificates
            .iter()
            .filter_map(|it| Some((naming.time_of(&it.name)?, it)))
            .collect();
        own.sort_by_key(|it| std::cmp::Reverse(it.0));
        let bound = match &wish.profile {
            Some(profile) => snapshot
                .profile(profile)
                .and_then(|it| snapshot.certificate(it.certificate.as_deref()?)),
            None => own.iter().map(|it| it.1).find(|it| is_complete(it)),
        };
        let since = bound.and_then(|it| naming.time_of(&it.name));
        let (ahead, behind): (Vec<_>, Vec<_>) = own
            .into_iter()
            .filter(|it| bound.is_none_or(|bound| bound.name != it.1.name))
            .partition(|it| since.is_none_or(|since| it.0 > since));
        Self {
            bound,
            ahead: ahead.into_iter().map(|it| it.1).collect(),
            behind: behind.into_iter().map(|it| it.1).collect(),
        }
    }

    /// What can be continued: the newest one that is ahead.
    fn pending(&self) -> Option<Pending> {
        let entry = self.ahead.first()?;
        let id = entry.name.clone();
        match (&entry.csr, entry.certificates.first()) {
            (Some(csr), _) => Some(Pending::Requested {
                id,
                csr: csr.clone(),
            }),
            (None, Some(leaf)) if entry.has_key => Some(Pending::Installed {
                id,
                certificate: Held::from(leaf),
            }),
            _ => None,
        }
    }

    /// Nobody needs these. The version before the present one stays until the next commit, which
    /// costs nothing more: it is what a person would go back to.
    pub(super) fn leftovers(&self) -> Vec<String> {
        let kept = self.behind.iter().position(|it| is_complete(it));
        let behind = self
            .behind
            .iter()
            .enumerate()
            .filter(|(at, _)| Some(*at) != kept)
            .map(|(_, it)| it.name.clone());
        let ahead = self.ahead.iter().skip(1).map(|it| it.name.clone());
        behind.chain(ahead).collect()
    }

    /// What goes with the next commit.
    pub(super) fn superseded(&self) -> Vec<String> {
        self.behind.iter().map(|it| it.name.clone()).collect()
    }

    /// All that was made here for the site.
    pub(super) fn all(&self, naming: &Naming) -> Vec<&'a CertificateEntry> {
        let bound = self.bound.filter(|it| naming.time_of(&it.name).is_some());
        bound
            .into_iter()
            .chain(self.ahead.iter().copied())
            .chain(self.behind.iter().copied())
            .collect()
    }
}

/// Sees a site.
pub(super) fn observe(
    snapshot: &Snapshot,
    naming: &Naming,
    wish: &Wish,
    spec: &SiteSpec,
    commits: bool,
) -> Observation {
    let entries = Entries::of(snapshot, naming, wish);
    let in_service = entries.bound.and_then(|entry| {
        Some(InService {
            certificate: Held::from(entry.certificates.first()?),
            chain_complete: snapshot.has_chain(entry),
            key_matches: entry.has_key,
            revoked: entry.revoked,
            served: unbound(snapshot, naming, wish, entry, commits).map(Served::No),
        })
    });
    let variants = spec
        .keys
        .iter()
        .map(|key| VariantObservation {
            algorithm: key.algorithm(),
            in_service: in_service.clone(),
            pending: entries.pending(),
        })
        .collect();
    Observation {
        variants,
        leftovers: entries.leftovers(),
        ..Observation::default()
    }
}

/// Why the certificate is not what clients get, as far as the configuration tells.
fn unbound(
    snapshot: &Snapshot,
    naming: &Naming,
    wish: &Wish,
    entry: &CertificateEntry,
    commits: bool,
) -> Option<String> {
    let profile = wish.profile.as_ref().and_then(|it| snapshot.profile(it));
    for service in &wish.services {
        let wanted = if service.names_certificate() {
            entry.name.as_str()
        } else {
            wish.profile.as_deref().unwrap_or_default()
        };
        let shows = |it: &Mention| service.shows(it, wanted, |it| naming.has(it));
        let Some(mention) = snapshot.mention(service) else {
            continue;
        };
        let service = service.describe();
        if mention.names.is_empty() {
            return Some(format!("{service} uses nothing"));
        }
        if !shows(mention) {
            return Some(format!("{service} uses {}", mention.names.join(", ")));
        }
        if commits && !mention.pending.is_none() {
            return Some(format!("the change of {service} is not committed"));
        }
    }
    let pending = !entry.pending.is_none() || profile.is_some_and(|it| !it.pending.is_none());
    (commits && pending).then(|| "it is not committed".to_owned())
}

fn is_complete(entry: &CertificateEntry) -> bool {
    entry.csr.is_none() && entry.has_key && !entry.certificates.is_empty()
}

/// Intermediates that were put there for certificates that are gone: nothing that stays is signed
/// by them.
pub(super) fn unused_authorities(snapshot: &Snapshot, going: &[String]) -> Vec<String> {
    let stays = |it: &&CertificateEntry| !going.contains(&it.name);
    snapshot
        .certificates
        .iter()
        .filter(|it| {
            it.certificates
                .first()
                .is_some_and(|certificate| naming::is_authority(&it.name, certificate))
        })
        .filter(|authority| {
            let Some(issuer) = authority.certificates.first() else {
                return false;
            };
            !snapshot.certificates.iter().filter(stays).any(|it| {
                it.name != authority.name
                    && it
                        .certificates
                        .iter()
                        .any(|certificate| certificate.issuer == issuer.subject)
            })
        })
        .map(|it| it.name.clone())
        .collect()
}
