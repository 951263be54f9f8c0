//! Names of objects: `/Partition[/Folder…]/name`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The full path of an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ObjectPath {
    folder: String,
    name: String,
}

impl ObjectPath {
    /// `folder` begins with a slash and does not end with one.
    pub(crate) fn new(folder: &str, name: impl Into<String>) -> Self {
        Self {
            folder: folder.to_owned(),
            name: name.into(),
        }
    }

    /// A bare name means an object in `/Common`, as everywhere on the device.
    pub(crate) fn parse(text: &str) -> Self {
        match text.trim().rsplit_once('/') {
            Some((folder, name)) if folder.starts_with('/') => Self::new(folder, name),
            Some((folder, name)) => Self::new(&format!("/{folder}"), name),
            None => Self::new(COMMON, text.trim()),
        }
    }

    pub(crate) fn folder(&self) -> &str {
        &self.folder
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn partition(&self) -> &str {
        partition(&self.folder)
    }

    /// May an object in `folder` refer to this one? Only into its own partition and into `/Common`.
    pub(crate) fn visible_from(&self, folder: &str) -> bool {
        self.partition() == "Common" || self.partition() == partition(folder)
    }

    /// As a segment of an address: slashes become tildes.
    pub(super) fn segment(&self) -> String {
        self.to_string().replace('%', "%25").replace('/', "~")
    }
}

impl fmt::Display for ObjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.folder, self.name)
    }
}

impl Serialize for ObjectPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ObjectPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|it| Self::parse(&it))
    }
}

/// Does `name` survive in addresses, in tmsh and in file names without any quoting?
pub(crate) fn is_plain(name: &str) -> bool {
    let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
    !name.is_empty()
        && name.len() <= LONGEST_NAME
        && !name.starts_with(['.', '-'])
        && name.chars().all(plain)
}

fn partition(folder: &str) -> &str {
    folder.split('/').nth(1).unwrap_or_default()
}

pub(crate) const COMMON: &str = "/Common";
/// The longest name that all releases are known to take.
pub(crate) const LONGEST_NAME: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_and_write() {
        for (text, shown, segment) in [
            ("www", "/Common/www", "~Common~www"),
            ("/Web/www", "/Web/www", "~Web~www"),
            ("Web/www", "/Web/www", "~Web~www"),
            ("/Web/app.app/x%1", "/Web/app.app/x%1", "~Web~app.app~x%251"),
        ] {
            let path = ObjectPath::parse(text);
            assert_eq!(path.to_string(), shown);
            assert_eq!(path.segment(), segment);
        }
        let path = ObjectPath::parse("/Web/app/x");
        assert_eq!(path.partition(), "Web");
        assert!(path.visible_from("/Web/other") && !path.visible_from("/Common"));
        assert!(ObjectPath::parse("x").visible_from("/Web"));
    }

    #[test]
    fn only_harmless_names_are_plain() {
        for name in ["www.example.org_rsa_20261121T101500Z", "a-b_c"] {
            assert!(is_plain(name), "{name}");
        }
        for name in [
            "",
            "*",
            "a b",
            "$(id)",
            "a'b",
            "-rf",
            ".x",
            "a/b",
            "ä",
            &"x".repeat(129),
        ] {
            assert!(!is_plain(name), "{name}");
        }
    }
}
