//! Where things lie.
//!
//! ```text
//! <dir>/<site>/ecdsa                      -> ecdsa_20261121T101500Z   what is in service
//! <dir>/<site>/ecdsa_20261121T101500Z/    privkey.pem csr.pem cert.pem chain.pem fullchain.pem
//! ```
//!
//! One rename of the link switches key, certificate and chain together.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use time::macros::format_description;

use super::atomic;
use crate::x509::Algorithm;

/// A site's folder.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: PathBuf,
}

/// A version of one kind of key: `<algorithm>_<UTC time>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    pub(super) algorithm: Algorithm,
    pub(super) id: String,
}

/// What stands in a site's folder.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Oldest first.
    pub(super) versions: Vec<Version>,
    /// Temporary files of runs that were killed.
    pub(super) temporary: Vec<String>,
}

impl Layout {
    /// `*` in a site's name cannot stand in a path that people use in shells.
    pub(crate) fn new(dir: &Path, site: &str) -> Self {
        Self {
            root: dir.join(site.replace('*', "_wildcard")),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The link to what is in service.
    pub(super) fn link(&self, algorithm: Algorithm) -> PathBuf {
        self.root.join(algorithm.name())
    }

    pub(super) fn version(&self, id: &str) -> PathBuf {
        self.root.join(id)
    }

    /// A file of the version in service, by the path that servers use.
    pub(crate) fn in_service(&self, algorithm: Algorithm, file: &str) -> PathBuf {
        self.link(algorithm).join(file)
    }

    /// The version in service; `None` also if the link leads elsewhere.
    pub(super) fn active(&self, algorithm: Algorithm) -> Option<String> {
        let target = fs::read_link(self.link(algorithm)).ok()?;
        let id = target.to_str()?;
        (Version::parse(id)?.algorithm == algorithm).then(|| id.to_owned())
    }

    pub(super) fn list(&self) -> io::Result<Listing> {
        let mut listing = Listing::default();
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(listing),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if atomic::is_temporary(&name) {
                listing.temporary.push(name);
            } else if let Some(version) = Version::parse(&name)
                && entry.file_type()?.is_dir()
            {
                listing.versions.push(version);
            }
        }
        listing.versions.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(listing)
    }
}

impl Version {
    pub(super) fn id_at(algorithm: Algorithm, time: OffsetDateTime) -> String {
        let time = time
            .to_offset(time::UtcOffset::UTC)
            .format(TIME)
            // Years of five digits would be needed to make this fail.
            .unwrap_or_default();
        format!("{algorithm}_{time}")
    }

    fn parse(name: &str) -> Option<Self> {
        let (algorithm, time) = name.split_once('_')?;
        let algorithm = [Algorithm::Rsa, Algorithm::Ecdsa]
            .into_iter()
            .find(|it| it.name() == algorithm)?;
        time::PrimitiveDateTime::parse(time, TIME).ok()?;
        Some(Self {
            algorithm,
            id: name.to_owned(),
        })
    }
}

const TIME: &[time::format_description::BorrowedFormatItem<'static>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn versions_are_named_by_algorithm_and_time() {
        let id = Version::id_at(Algorithm::Ecdsa, datetime!(2026-11-21 10:15:00 UTC));
        assert_eq!(id, "ecdsa_20261121T101500Z");
        assert_eq!(Version::parse(&id).map(|it| it.id), Some(id));
        for stranger in [
            "ecdsa",
            "ecdsa_",
            "ecdsa_old",
            "dsa_20261121T101500Z",
            "notes.txt",
        ] {
            assert_eq!(Version::parse(stranger), None, "{stranger}");
        }
    }

    #[test]
    fn a_wildcard_makes_a_plain_folder_name() {
        let layout = Layout::new(Path::new("/x"), "*.example.org");
        assert_eq!(layout.root(), Path::new("/x/_wildcard.example.org"));
    }
}
