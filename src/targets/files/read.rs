//! Looking at a site's folder. Nothing in here writes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::attributes::Attributes;
use super::layout::{Layout, Version};
use super::{CERTIFICATE, CHAIN, FULL_CHAIN, KEY, KEYSTORE, Permissions, REQUEST, pkcs12};
use crate::lifecycle::{InService, Observation, Pending, SiteSpec, VariantObservation};
use crate::secret::Secret;
use crate::x509::{Algorithm, Certificate, Chain, Csr, PrivateKey};

/// A complete version.
pub(crate) struct Pair {
    pub(crate) key: PrivateKey,
    pub(crate) chain: Chain,
}

/// What is in service for one kind of key, read for its own sake.
pub(crate) fn read_in_service(layout: &Layout, algorithm: Algorithm) -> Option<Pair> {
    pair(&layout.version(&layout.active(algorithm)?))
}

pub(super) fn pair(version: &Path) -> Option<Pair> {
    Some(Pair {
        key: key(version)?,
        chain: chain(version)?,
    })
}

pub(super) fn key(version: &Path) -> Option<PrivateKey> {
    let text = zeroize::Zeroizing::new(fs::read_to_string(version.join(KEY)).ok()?);
    PrivateKey::parse(&text)
}

fn chain(version: &Path) -> Option<Chain> {
    let text = fs::read_to_string(version.join(FULL_CHAIN)).ok()?;
    Chain::from_served(Certificate::parse_all(&text)?)
}

/// All of an observation but what a handshake shows.
pub(super) fn observe(layout: &Layout, spec: &SiteSpec) -> io::Result<Observation> {
    let listing = layout.list()?;
    let variants = spec
        .keys
        .iter()
        .map(|it| it.algorithm())
        .map(|algorithm| {
            let active = layout.active(algorithm);
            // Something newer than what is in service: a run that did not get to its end.
            let pending = listing
                .versions
                .iter()
                .rev()
                .find(|it| it.algorithm == algorithm)
                .filter(|it| active.as_ref().is_none_or(|active| it.id > *active))
                .and_then(|it| pending(layout, it));
            VariantObservation {
                algorithm,
                in_service: active.and_then(|id| in_service(&layout.version(&id))),
                pending,
            }
        })
        .collect();
    Ok(Observation {
        variants,
        ..Observation::default()
    })
}

/// What nobody needs: remains of killed runs, and versions that are superseded. The last one
/// before the one in service stays until its successor is `proven`: it is what a person would go
/// back to.
pub(super) fn leftovers(
    layout: &Layout,
    spec: &SiteSpec,
    observed: &Observation,
    proven: impl Fn(Algorithm) -> bool,
) -> io::Result<Vec<String>> {
    let listing = layout.list()?;
    let mut leftovers = listing.temporary;
    for algorithm in spec.keys.iter().map(|it| it.algorithm()) {
        let active = layout.active(algorithm);
        let pending = observed
            .variant(algorithm)
            .and_then(|it| it.pending.as_ref().map(Pending::id));
        let mut others: Vec<&Version> = listing
            .versions
            .iter()
            .filter(|it| it.algorithm == algorithm)
            .filter(|it| Some(&it.id) != active.as_ref() && Some(&it.id) != pending)
            .collect();
        if !proven(algorithm) {
            let previous = others
                .iter()
                .rposition(|it| active.as_ref().is_some_and(|active| it.id < *active));
            if let Some(previous) = previous {
                others.remove(previous);
            }
        }
        leftovers.extend(others.into_iter().map(|it| it.id.clone()));
    }
    Ok(leftovers)
}

/// Differences in modes, owners and the keystore, in words.
pub(super) fn drift(
    layout: &Layout,
    spec: &SiteSpec,
    permissions: &Permissions,
    passphrase: Option<&Secret>,
) -> Vec<String> {
    let mut drift = Vec::new();
    for algorithm in spec.keys.iter().map(|it| it.algorithm()) {
        let Some(id) = layout.active(algorithm) else {
            continue;
        };
        for (path, wanted) in attributes_of(layout, &id, permissions) {
            drift.extend(wanted.difference(&path).ok().flatten());
        }
        let version = layout.version(&id);
        if let (Some(passphrase), Some(chain)) = (passphrase, chain(&version))
            && !keystore_fits(&version, passphrase, &chain)
        {
            drift.push(format!(
                "{}: missing, of another certificate, or with another passphrase",
                layout.in_service(algorithm, KEYSTORE).display()
            ));
        }
    }
    drift
}

pub(super) fn keystore_fits(version: &Path, passphrase: &Secret, chain: &Chain) -> bool {
    fs::read(version.join(KEYSTORE)).is_ok_and(|content| pkcs12::holds(&content, passphrase, chain))
}

/// The paths of a version that exist, with what they should have.
pub(super) fn attributes_of(
    layout: &Layout,
    id: &str,
    permissions: &Permissions,
) -> Vec<(PathBuf, Attributes)> {
    let version = layout.version(id);
    let folders = [layout.root().to_owned(), version.clone()]
        .into_iter()
        .map(|it| (it, permissions.folder.clone()));
    let files = [KEY, REQUEST, CERTIFICATE, CHAIN, FULL_CHAIN, KEYSTORE]
        .into_iter()
        .map(|it| (version.join(it), permissions.of(it).clone()))
        .filter(|(path, _)| path.exists());
    folders.chain(files).collect()
}

fn in_service(version: &Path) -> Option<InService> {
    let chain = chain(version)?;
    let key_matches =
        key(version).is_some_and(|key| key.public_key_sha256() == chain.leaf.public_key_sha256);
    Some(InService {
        chain_complete: chain.is_complete(),
        certificate: (&chain.leaf).into(),
        key_matches,
        revoked: false,
        served: None,
    })
}

fn pending(layout: &Layout, version: &Version) -> Option<Pending> {
    let folder = layout.version(&version.id);
    let key = key(&folder)?;
    if let Some(chain) = chain(&folder)
        && chain.leaf.public_key_sha256 == key.public_key_sha256()
        && chain.is_complete()
    {
        return Some(Pending::Installed {
            id: version.id.clone(),
            certificate: (&chain.leaf).into(),
        });
    }
    let csr = Csr::parse(&fs::read_to_string(folder.join(REQUEST)).ok()?)?;
    (csr.public_key_sha256 == key.public_key_sha256()).then(|| Pending::Requested {
        id: version.id.clone(),
        csr,
    })
}
