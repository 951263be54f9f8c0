//! Names of a site's certificates: how they are made, and how they are known again.
//!
//! ```text
//! www.example.org_20261121T101500Z     key, request and certificate: one entry
//! www.example.org_20261121101500       the same on Panorama, where names are shorter
//! ca_3F0A…                             an intermediate, by its fingerprint; shared by sites
//! ```

use sha2::{Digest, Sha256};
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

use crate::clients::panos_xml::xpath::is_name;
use crate::x509::{Certificate, hex};

/// The names of one site on one device.
#[derive(Clone, Debug)]
pub(crate) struct Naming {
    base: String,
    stamp: Stamp,
}

type Stamp = &'static [time::format_description::BorrowedFormatItem<'static>];

impl Naming {
    /// `*` cannot stand in names, and becomes the word. A name that leaves no room for the time is
    /// cut, and a piece of its hash keeps it apart from others.
    pub(crate) fn new(site: &str, longest: usize) -> Result<Self, String> {
        let mapped = site.replace('*', "wildcard");
        if !is_name(&mapped) {
            return Err(format!(
                "names of certificates are made of letters, digits, '.', '_', '-' and blanks: '{site}' is not"
            ));
        }
        let (stamp, length) = if longest < COMFORTABLE {
            (SHORT_STAMP, SHORT_STAMP_LENGTH)
        } else {
            (STAMP, STAMP_LENGTH)
        };
        let room = longest.saturating_sub(length);
        let base = if mapped.len() <= room {
            mapped
        } else {
            let hash = hex(&Sha256::digest(site))[..HASH_LENGTH].to_owned();
            let kept = room.saturating_sub(HASH_LENGTH + 1);
            format!("{}-{hash}", mapped.get(..kept).unwrap_or_default())
        };
        Ok(Self { base, stamp })
    }

    /// The entry of a key that is made at this time.
    pub(crate) fn at(&self, time: OffsetDateTime) -> String {
        let stamp = time.to_offset(UtcOffset::UTC).format(self.stamp);
        format!("{}_{}", self.base, stamp.unwrap_or_default())
    }

    /// Is it an entry of this site?
    pub(crate) fn has(&self, entry: &str) -> bool {
        self.time_of(entry).is_some()
    }

    /// Would entries of both sites be taken for each other's?
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.base == other.base
    }

    /// When an entry's key was made; `None` for what is not of this site, or not made here.
    pub(crate) fn time_of(&self, entry: &str) -> Option<OffsetDateTime> {
        let stamp = entry.strip_prefix(&self.base)?.strip_prefix('_')?;
        let time = PrimitiveDateTime::parse(stamp, self.stamp).ok()?;
        Some(time.assume_utc())
    }
}

/// Is it called like an entry of any site, on any device?
pub(crate) fn is_version(entry: &str) -> bool {
    let stamp = entry.rsplit_once('_').map_or("", |it| it.1);
    [STAMP, SHORT_STAMP]
        .iter()
        .any(|it| PrimitiveDateTime::parse(stamp, it).is_ok())
}

/// The name of an intermediate's entry.
pub(crate) fn authority(certificate: &Certificate) -> String {
    let fingerprint = certificate.fingerprint().to_ascii_uppercase();
    format!("{AUTHORITY}{}", &fingerprint[..AUTHORITY_DIGITS])
}

/// Was an entry made by [`authority`] of this certificate?
pub(crate) fn is_authority(entry: &str, certificate: &Certificate) -> bool {
    entry == authority(certificate)
}

/// Is it called like an intermediate of ours?
pub(crate) fn is_authority_name(entry: &str) -> bool {
    let digits = entry.strip_prefix(AUTHORITY);
    digits.is_some_and(|it| {
        it.len() == AUTHORITY_DIGITS && it.bytes().all(|it| it.is_ascii_hexdigit())
    })
}

const STAMP: Stamp = format_description!("[year][month][day]T[hour][minute][second]Z");
/// With the underline before it.
const STAMP_LENGTH: usize = 17;
const SHORT_STAMP: Stamp = format_description!("[year][month][day][hour][minute][second]");
const SHORT_STAMP_LENGTH: usize = 15;
/// Shorter limits leave too little room for names of sites.
const COMFORTABLE: usize = 48;
const HASH_LENGTH: usize = 6;
const AUTHORITY: &str = "ca_";
/// With the prefix 31 characters, which is what Panorama allows.
const AUTHORITY_DIGITS: usize = 28;

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn names_are_made_and_known_again() {
        let naming = Naming::new("*.example.org", 63).unwrap();
        let time = datetime!(2026-11-21 10:15:00 UTC);
        let name = naming.at(time);
        assert_eq!(name, "wildcard.example.org_20261121T101500Z");
        assert_eq!(naming.time_of(&name), Some(time));
        assert!(is_version(&name) && is_version("www_20261121101500"));
        assert!(!is_version("www_2026") && !is_version("20261121101500"));
        assert!(naming.is_same(&Naming::new("wildcard.example.org", 63).unwrap()));
        for other in [
            "wildcard.example.org",
            "wildcard.example.org_x",
            "wildcard.example.org_20261121T101500Z-old",
            "www_20261121T101500Z",
        ] {
            assert_eq!(naming.time_of(other), None, "{other}");
        }
        assert!(Naming::new("a/b", 63).is_err());
    }

    #[test]
    fn long_names_fit_and_stay_apart() {
        let [a, b] = ["a", "b"].map(|it| {
            let site = format!("a-rather-long-name.{it}.example.org");
            Naming::new(&site, 31)
                .unwrap()
                .at(OffsetDateTime::UNIX_EPOCH)
        });
        assert_eq!(a.len(), 31);
        assert_ne!(a, b);
        let short = Naming::new("www.example.org", 31).unwrap();
        let name = short.at(OffsetDateTime::UNIX_EPOCH);
        assert_eq!(name, "www.example.org_19700101000000");
        assert_eq!(short.time_of(&name), Some(OffsetDateTime::UNIX_EPOCH));
    }
}
