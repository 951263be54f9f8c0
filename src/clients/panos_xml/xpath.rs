//! Ways to nodes of the configuration.

use std::fmt;

/// An XPath of the kind that the device takes: steps from the root, entries by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct XPath(String);

impl XPath {
    pub(crate) fn root() -> Self {
        Self("/config".to_owned())
    }

    /// The one device entry that every configuration has.
    pub(crate) fn device() -> Self {
        Self::root().step("devices").entry("localhost.localdomain")
    }

    pub(crate) fn step(mut self, name: &str) -> Self {
        self.0.push('/');
        self.0.push_str(name);
        self
    }

    /// Names of objects hold no quotes (see [`is_name`]); nothing can break out of the condition.
    pub(crate) fn entry(mut self, name: &str) -> Self {
        debug_assert!(!name.contains(['\'', '"']));
        self.0.push_str("/entry[@name='");
        self.0
            .extend(name.chars().filter(|it| !matches!(it, '\'' | '"')));
        self.0.push_str("']");
        self
    }

    /// A name in a list of names.
    pub(crate) fn member(mut self, name: &str) -> Self {
        debug_assert!(!name.contains(['\'', '"']));
        self.0.push_str("/member[text()='");
        self.0
            .extend(name.chars().filter(|it| !matches!(it, '\'' | '"')));
        self.0.push_str("']");
        self
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the entry of `list` that this is, or that this is in.
    pub(crate) fn entry_of(&self, list: &Self) -> Option<&str> {
        let rest = self
            .0
            .strip_prefix(&list.0)?
            .strip_prefix("/entry[@name='")?;
        rest.split_once("']").map(|(name, _)| name)
    }

    /// The name of the certificate that this is, or that this is in, wherever the list is.
    pub(crate) fn certificate(&self) -> Option<&str> {
        let (_, rest) = self.0.rsplit_once("/certificate/entry[@name='")?;
        rest.split_once("']").map(|(name, _)| name)
    }

    /// Is this the other node, or below it?
    pub(crate) fn is_in(&self, other: &Self) -> bool {
        self.0
            .strip_prefix(&other.0)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl From<String> for XPath {
    fn from(text: String) -> Self {
        Self(text.replace('"', "'"))
    }
}

impl fmt::Display for XPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// May an object be called so? Letters, digits, blank, `-`, `_` and `.`, and first a letter or digit.
pub(crate) fn is_name(text: &str) -> bool {
    let fine = |it: char| it.is_ascii_alphanumeric() || matches!(it, ' ' | '-' | '_' | '.');
    text.starts_with(|it: char| it.is_ascii_alphanumeric()) && text.chars().all(fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_are_built_and_compared() {
        let list = XPath::root().step("shared").step("certificate");
        let entry = list.clone().entry("www");
        assert_eq!(
            entry.as_str(),
            "/config/shared/certificate/entry[@name='www']"
        );
        assert!(entry.is_in(&list) && !list.is_in(&entry));
        assert_eq!(entry.clone().step("csr").certificate(), Some("www"));
        assert_eq!(list.certificate(), None);
        let member = XPath::root().step("certificates").member("www");
        assert_eq!(member.as_str(), "/config/certificates/member[text()='www']");
        assert!(!XPath::from("/config/shared/certificates".to_owned()).is_in(&list));
        for bad in ["a'b", "*.x", "", "_a", "a/b"] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
