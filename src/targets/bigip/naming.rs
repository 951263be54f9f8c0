//! Names of a site's objects: how they are made, and how they are known again.
//!
//! ```text
//! /Web/www.example.org_rsa_20261121T101500Z.key         key
//! /Web/www.example.org_rsa_20261121T101500Z.crt         certificate
//! /Web/www.example.org_rsa_20261121T101500Z_chain.crt   its intermediates
//! /Web/www.example.org_20261121T101500Z                 client SSL profile, with password keys
//! /Web/www.example.org                                  client SSL profile, with other keys
//! /Common/Web--www.example.org_rsa_20261121T101500Z     request (there, for its file has a known place)
//! ```
//!
//! The suffixes are written out, because releases before 14.0 would add them.

use time::OffsetDateTime;
use time::macros::format_description;

use crate::clients::icontrol::path::{COMMON, LONGEST_NAME, is_plain};
use crate::clients::icontrol::{ObjectPath, client_ssl::ClientSsl};
use crate::x509::Algorithm;

/// The names of one site on one device.
#[derive(Clone, Debug)]
pub(crate) struct Naming {
    site: String,
    folder: String,
    profile: String,
}

/// A kind of key and the moment in which that key was made.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Version {
    pub(crate) algorithm: Algorithm,
    pub(crate) stamp: String,
}

/// What an object of a version is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Cert,
    Chain,
    Key,
}

impl Naming {
    /// `*` cannot stand in names of objects, and becomes the word.
    pub(crate) fn new(site: &str, partition: &str, profile: &str) -> Result<Self, String> {
        let folder = format!("/{}", partition.trim_matches('/'));
        let naming = Self {
            site: mapped(site),
            profile: mapped(profile),
            folder,
        };
        let longest = naming.csr(&Version::at(Algorithm::Ecdsa, OffsetDateTime::UNIX_EPOCH));
        let folders_plain = naming.folder[1..].split('/').all(is_plain);
        if !folders_plain || !is_plain(&naming.site) || !is_plain(&naming.profile) {
            return Err(format!(
                "names of objects are made of letters, digits, '.', '_' and '-': '{site}', '{profile}' in '{partition}' \
                 are not"
            ));
        }
        if longest.len() + CHAIN.len() > LONGEST_NAME || naming.profile.len() + 20 > LONGEST_NAME {
            return Err(format!(
                "the name '{site}' is too long: names of objects have at most {LONGEST_NAME} characters, and some of them \
                 are needed for kind of key and time. Give a shorter one as `name` (and `profile.name`)"
            ));
        }
        Ok(naming)
    }

    pub(crate) fn folder(&self) -> &str {
        &self.folder
    }

    pub(crate) fn cert(&self, version: &Version) -> ObjectPath {
        ObjectPath::new(&self.folder, self.base(version) + CERT)
    }

    pub(crate) fn chain(&self, version: &Version) -> ObjectPath {
        ObjectPath::new(&self.folder, self.base(version) + CHAIN)
    }

    pub(crate) fn key(&self, version: &Version) -> ObjectPath {
        ObjectPath::new(&self.folder, self.base(version) + KEY)
    }

    /// The request; also the stem of uploads.
    pub(crate) fn csr(&self, version: &Version) -> String {
        self.csr_prefix() + &self.base(version)
    }

    /// The profile that keeps its name.
    pub(crate) fn profile(&self) -> ObjectPath {
        ObjectPath::new(&self.folder, self.profile.clone())
    }

    /// The profile of one set of password keys.
    pub(crate) fn profile_of(&self, stamp: &str) -> ObjectPath {
        ObjectPath::new(&self.folder, format!("{}_{stamp}", self.profile))
    }

    /// By this text the profile is known as the site's.
    pub(crate) fn description(&self) -> String {
        format!("Certwright: {}", self.site)
    }

    pub(crate) fn parse(&self, path: &ObjectPath) -> Option<(Version, Part)> {
        if path.folder() != self.folder {
            return None;
        }
        [(CHAIN, Part::Chain), (CERT, Part::Cert), (KEY, Part::Key)]
            .into_iter()
            .find_map(|(suffix, part)| {
                let base = path.name().strip_suffix(suffix)?;
                Some((self.version(base)?, part))
            })
    }

    pub(crate) fn parse_csr(&self, name: &str) -> Option<Version> {
        self.version(name.strip_prefix(&self.csr_prefix())?)
    }

    /// The stamp of a profile of password keys.
    pub(crate) fn stamp_of(&self, profile: &ObjectPath) -> Option<String> {
        if profile.folder() != self.folder {
            return None;
        }
        let stamp = profile
            .name()
            .strip_prefix(&self.profile)?
            .strip_prefix('_')?;
        is_stamp(stamp).then(|| stamp.to_owned())
    }

    /// Was it made here, for this site?
    pub(crate) fn owns(&self, profile: &ClientSsl) -> bool {
        profile.description.as_deref() == Some(&self.description())
            && (profile.path == self.profile() || self.stamp_of(&profile.path).is_some())
    }

    /// What tells requests apart that are in one place but for sites of several folders.
    fn csr_prefix(&self) -> String {
        if self.folder == COMMON {
            return String::new();
        }
        self.folder[1..].replace('/', ".") + "--"
    }

    /// Would objects of the two be taken for each other's?
    pub(crate) fn clashes(&self, other: &Self) -> bool {
        self.folder == other.folder && (self.site == other.site || self.profile == other.profile)
    }

    fn base(&self, version: &Version) -> String {
        format!("{}_{}", self.site, version.id())
    }

    fn version(&self, base: &str) -> Option<Version> {
        Version::parse(base.strip_prefix(&self.site)?.strip_prefix('_')?)
    }
}

impl Version {
    pub(crate) fn at(algorithm: Algorithm, time: OffsetDateTime) -> Self {
        Self {
            algorithm,
            stamp: stamp(time),
        }
    }

    /// `rsa_20261121T101500Z`
    pub(crate) fn id(&self) -> String {
        format!("{}_{}", self.algorithm, self.stamp)
    }

    pub(crate) fn parse(id: &str) -> Option<Self> {
        let (algorithm, stamp) = id.split_once('_')?;
        let algorithm = [Algorithm::Rsa, Algorithm::Ecdsa]
            .into_iter()
            .find(|it| it.name() == algorithm)?;
        is_stamp(stamp).then(|| Self {
            algorithm,
            stamp: stamp.to_owned(),
        })
    }

    pub(crate) fn time(&self) -> Option<OffsetDateTime> {
        let time = time::PrimitiveDateTime::parse(&self.stamp, STAMP).ok()?;
        Some(time.assume_utc())
    }
}

pub(crate) fn stamp(time: OffsetDateTime) -> String {
    time.to_offset(time::UtcOffset::UTC)
        .format(STAMP)
        // Years of five digits would be needed to make this fail.
        .unwrap_or_default()
}

fn is_stamp(text: &str) -> bool {
    time::PrimitiveDateTime::parse(text, STAMP).is_ok()
}

fn mapped(name: &str) -> String {
    name.replace('*', "wildcard")
}

const CERT: &str = ".crt";
const CHAIN: &str = "_chain.crt";
const KEY: &str = ".key";
const STAMP: &[time::format_description::BorrowedFormatItem<'static>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn names_are_made_and_known_again() {
        let naming = Naming::new("*.example.org", "Web/app", "shop").unwrap();
        let version = Version::at(Algorithm::Rsa, datetime!(2026-11-21 10:15:00 UTC));
        let base = "wildcard.example.org_rsa_20261121T101500Z";
        assert_eq!(
            naming.key(&version).to_string(),
            format!("/Web/app/{base}.key")
        );
        assert_eq!(naming.csr(&version), format!("Web.app--{base}"));
        for (path, part) in [
            (naming.key(&version), Part::Key),
            (naming.cert(&version), Part::Cert),
            (naming.chain(&version), Part::Chain),
        ] {
            assert_eq!(naming.parse(&path), Some((version.clone(), part)));
        }
        assert_eq!(
            naming.parse_csr(&naming.csr(&version)),
            Some(version.clone())
        );
        assert_eq!(naming.parse_csr(base), None);
        let profile = naming.profile_of(&version.stamp);
        assert_eq!(profile.to_string(), "/Web/app/shop_20261121T101500Z");
        assert_eq!(naming.stamp_of(&profile), Some(version.stamp));
    }

    #[test]
    fn requests_of_international_names_are_known_again() {
        for folder in ["Common", "Web", "Web/app"] {
            let naming = Naming::new("xn--bcher-kva.example.org", folder, "shop").unwrap();
            let version = Version::at(Algorithm::Ecdsa, datetime!(2026-11-21 10:15:00 UTC));
            let request = naming.csr(&version);
            assert_eq!(naming.parse_csr(&request), Some(version), "{request}");
        }
    }

    #[test]
    fn strangers_are_not_taken_for_ours() {
        let naming = Naming::new("www", "Common", "www").unwrap();
        for name in [
            "www.crt",
            "www_rsa.crt",
            "www_rsa_today.crt",
            "www_dsa_20261121T101500Z.crt",
            "www_rsa_20261121T101500Z",
            "www_x_rsa_20261121T101500Z.crt",
            "other_rsa_20261121T101500Z.crt",
        ] {
            assert_eq!(naming.parse(&ObjectPath::parse(name)), None, "{name}");
        }
        let elsewhere = ObjectPath::parse("/Web/www_rsa_20261121T101500Z.crt");
        assert_eq!(naming.parse(&elsewhere), None);
    }

    #[test]
    fn names_that_a_device_would_not_take_are_refused() {
        for (site, partition) in [
            ("a b", "Common"),
            ("$(id)", "Common"),
            ("www", "We b"),
            ("www", ""),
        ] {
            assert!(
                Naming::new(site, partition, "www").is_err(),
                "{site} {partition}"
            );
        }
        assert!(
            Naming::new(&"x".repeat(100), "Common", "www")
                .unwrap_err()
                .contains("too long")
        );
    }
}
