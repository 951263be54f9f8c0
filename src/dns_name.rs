//! A DNS name as it stands in a certificate: checked once, and one spelling only.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A host name of at least two labels, in lower case and with international labels as A-labels
/// (`xn--…`), so that equal names are equal strings. It may start with `*.`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct DnsName(String);

impl DnsName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_wildcard(&self) -> bool {
        self.0.starts_with(WILDCARD)
    }

    /// The name without `*.` in front.
    pub(crate) fn base(&self) -> &str {
        self.0.strip_prefix(WILDCARD).unwrap_or(&self.0)
    }

    /// The name with `*.` in front.
    pub(crate) fn wildcard(&self) -> Self {
        Self(format!("{WILDCARD}{}", self.base()))
    }

    /// The names above this one, from its parent up to the one of two labels.
    ///
    /// The parent of `*.example.org` is `example.org`.
    pub(crate) fn ancestors(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(parent(&self.0), |it| parent(it))
    }
}

impl FromStr for DnsName {
    type Err = NotADnsName;

    fn from_str(given: &str) -> Result<Self, NotADnsName> {
        let fail = |reason| NotADnsName {
            given: given.to_owned(),
            reason,
        };
        let trimmed = given.trim();
        let (wildcard, base) = match trimmed.strip_prefix(WILDCARD) {
            Some(base) => (true, base),
            None => (false, trimmed),
        };
        let base = base.strip_suffix('.').unwrap_or(base);
        if let Some(reason) = likely_mistake(base) {
            return Err(fail(reason));
        }
        let base = Uts46::new()
            .to_ascii(
                base.as_bytes(),
                AsciiDenyList::STD3,
                Hyphens::CheckFirstLast,
                DnsLength::Verify,
            )
            .map_err(|_| {
                fail(
                    "labels are made of letters, digits and inner hyphens, hold 1 to 63 of them, and the \
                     whole has at most 253",
                )
            })?;
        let last = base.rsplit('.').next().unwrap_or_default();
        if !base.contains('.') {
            return Err(fail("it needs at least two labels, such as example.org"));
        }
        if last.bytes().all(|it| it.is_ascii_digit()) {
            return Err(fail("its last label is a number"));
        }
        let prefix = if wildcard { WILDCARD } else { "" };
        Ok(Self(format!("{prefix}{base}")))
    }
}

impl TryFrom<String> for DnsName {
    type Error = NotADnsName;

    fn try_from(given: String) -> Result<Self, NotADnsName> {
        given.parse()
    }
}

impl From<DnsName> for String {
    fn from(name: DnsName) -> Self {
        name.0
    }
}

impl Borrow<str> for DnsName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for DnsName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for DnsName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "DnsName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string"})
    }
}

/// Why a text is not accepted as a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{given}' is no DNS name: {reason}")]
pub(crate) struct NotADnsName {
    given: String,
    reason: &'static str,
}

/// What people put where a name belongs, told apart for a better answer.
fn likely_mistake(base: &str) -> Option<&'static str> {
    if base.is_empty() {
        Some("it is empty")
    } else if base.contains('*') {
        Some("'*.' may stand once, at the very left")
    } else if base.contains("://") || base.contains('/') {
        Some("give the host name alone, without scheme and path")
    } else if base.contains('@') {
        Some("give the part after the '@'")
    } else if base.parse::<IpAddr>().is_ok() {
        Some("it is an IP address")
    } else if base.contains(':') {
        Some("give the host name alone, without a port")
    } else if base.contains('_') {
        Some("certificates cannot hold names with '_'")
    } else {
        None
    }
}

fn parent(name: &str) -> Option<&str> {
    name.split_once('.')
        .map(|(_, parent)| parent)
        .filter(|it| it.contains('.'))
}

const WILDCARD: &str = "*.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling() {
        let cases = [
            ("www.example.org", "www.example.org"),
            (" WWW.Example.ORG. ", "www.example.org"),
            ("*.Example.org", "*.example.org"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER。example", "xn--bcher-kva.example"),
            ("*.straße.example", "*.xn--strae-oqa.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("r3---sn-x.example.org", "r3---sn-x.example.org"),
        ];
        for (given, expected) in cases {
            assert_eq!(given.parse::<DnsName>().unwrap().as_str(), expected);
        }
    }

    #[test]
    fn refusals_say_why() {
        let cases = [
            ("", "empty"),
            ("*.", "empty"),
            ("localhost", "two labels"),
            ("*.org", "two labels"),
            ("*", "at the very left"),
            ("www.*.example.org", "at the very left"),
            ("*.*.example.org", "at the very left"),
            ("w*.example.org", "at the very left"),
            ("https://www.example.org/", "without scheme"),
            ("www.example.org:443", "without a port"),
            ("admin@example.org", "after the '@'"),
            ("192.0.2.1", "IP address"),
            ("2001:db8::1", "IP address"),
            ("_dmarc.example.org", "'_'"),
            ("a b.example.org", "letters, digits"),
            ("www..example.org", "letters, digits"),
            ("-www.example.org", "letters, digits"),
            (".example.org", "letters, digits"),
            ("xn--a.example.org", "letters, digits"),
            ("192.0.2.256", "number"),
        ];
        for (given, expected) in cases {
            let error = given.parse::<DnsName>().unwrap_err().to_string();
            assert!(error.contains(expected), "{given}: {error}");
        }
        let long = format!("{}.example", "a".repeat(64));
        assert!(long.parse::<DnsName>().is_err());
        let long = format!("{}example", "a.".repeat(124));
        assert!(long.parse::<DnsName>().is_err());
    }

    #[test]
    fn twins_and_ancestors() {
        let name: DnsName = "www.a.example.org".parse().unwrap();
        assert_eq!(name.wildcard().as_str(), "*.www.a.example.org");
        assert_eq!(name.wildcard().wildcard(), name.wildcard());
        assert_eq!(name.wildcard().base(), name.as_str());
        let ancestors: Vec<_> = name.ancestors().collect();
        assert_eq!(ancestors, ["a.example.org", "example.org"]);
        let ancestors: Vec<_> = name.wildcard().ancestors().map(str::to_owned).collect();
        assert_eq!(ancestors[0], name.as_str());
    }
}
