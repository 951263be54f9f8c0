//! Who uses which certificate and which SSL/TLS service profile.

use super::scope;
use super::xml::Node;
use super::xpath::{Path, Step};

/// One mention of an object by another.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    /// The node whose text is the name.
    pub(crate) at: Path,
    pub(crate) what: Object,
    pub(crate) name: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Object {
    /// A certificate that is served: it needs its private key.
    Certificate,
    /// A certificate that others are checked against.
    Authority,
    Profile,
}

impl Object {
    /// The list in which such objects are.
    pub(crate) fn container(self) -> &'static str {
        match self {
            Self::Certificate | Self::Authority => "certificate",
            Self::Profile => "ssl-tls-service-profile",
        }
    }
}

impl Use {
    /// The entry that is meant.
    pub(crate) fn target(&self, root: &Node) -> Option<Path> {
        scope::resolve(root, &self.at, self.what.container(), &self.name)
    }

    /// The way to the mention as the device prints it:
    /// `ssl-tls-service-profile -> mgmt-tls -> certificate`.
    pub(crate) fn line(&self) -> String {
        use super::xpath::Only;
        let words: Vec<&str> = self
            .at
            .steps
            .iter()
            .map(|step| match &step.only {
                Some(Only::Name(name)) => name.as_str(),
                Some(Only::Text(text)) => text.as_str(),
                None => step.name.as_str(),
            })
            .collect();
        // The last word is the mention itself, whatever it is called.
        let start = words[..words.len() - 1]
            .iter()
            .rposition(|word| STARTS.contains(word))
            .unwrap_or(0);
        words[start..].join(" -> ")
    }
}

/// All mentions in a configuration.
pub(crate) fn uses(root: &Node) -> Vec<Use> {
    let mut found = Vec::new();
    let start = Path {
        steps: vec![Step::to(root)],
        names_only: false,
    };
    walk(root, &start, &mut found);
    found
}

/// Mentions of the entry at this path.
pub(crate) fn uses_of(root: &Node, entry: &Path) -> Vec<Use> {
    uses(root)
        .into_iter()
        .filter(|it| it.target(root).as_ref() == Some(entry))
        .collect()
}

fn walk(node: &Node, path: &Path, found: &mut Vec<Use>) {
    if let Some(what) = kind(node, path) {
        found.push(Use {
            at: path.clone(),
            what,
            name: mentioned(node).to_owned(),
        });
    }
    for child in &node.children {
        walk(child, &path.child(Step::to(child)), found);
    }
}

/// Authorities are listed as entries, everything else as text.
fn mentioned(node: &Node) -> &str {
    match node.name.as_str() {
        "entry" => node.key(),
        _ => &node.text,
    }
}

fn kind(node: &Node, path: &Path) -> Option<Object> {
    if mentioned(node).is_empty() {
        return None;
    }
    let names = path.names();
    match names.as_slice() {
        [.., "ssl-tls-service-profile", "entry", "certificate"]
        | [.., "ssl-inbound-inspection"]
        | [.., "ssl-inbound-inspection", "certificates", "member"]
        | [
            ..,
            "forward-trust-certificate" | "forward-untrust-certificate",
            "rsa" | "ecdsa",
        ] => Some(Object::Certificate),
        [.., "certificate-profile", "entry", "CA", "entry"]
        | [.., "ssl-decrypt", "trusted-root-CA", "member"] => Some(Object::Authority),
        [.., "ssl-tls-service-profile"] if node.children.is_empty() => Some(Object::Profile),
        _ => None,
    }
}

/// Where the printed way begins.
const STARTS: [&str; 7] = [
    "ssl-tls-service-profile",
    "certificate-profile",
    "ssl-decrypt",
    "global-protect",
    "deviceconfig",
    "rulebase",
    "certificate",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_the_nearest_object() {
        let root = Node::parse(
            "<config><shared><certificate><entry name='a'/></certificate>\
             <ssl-tls-service-profile><entry name='p'><certificate>a</certificate></entry>\
             </ssl-tls-service-profile></shared><devices><entry name='localhost.localdomain'>\
             <deviceconfig><system><ssl-tls-service-profile>p</ssl-tls-service-profile></system></deviceconfig>\
             <vsys><entry name='vsys1'><certificate><entry name='a'/></certificate>\
             <ssl-tls-service-profile><entry name='q'><certificate>a</certificate></entry></ssl-tls-service-profile>\
             </entry></vsys></entry></devices></config>",
        )
        .expect("XML");
        let lines = |path: &str| -> Vec<String> {
            let path = Path::parse(path).expect("a path");
            uses_of(&root, &path).iter().map(Use::line).collect()
        };
        assert_eq!(
            lines("/config/shared/certificate/entry[@name='a']"),
            ["ssl-tls-service-profile -> p -> certificate"]
        );
        assert_eq!(
            lines(
                "/config/devices/entry[@name='localhost.localdomain']/vsys/entry[@name='vsys1']\
                 /certificate/entry[@name='a']"
            ),
            ["ssl-tls-service-profile -> q -> certificate"]
        );
        assert_eq!(
            lines("/config/shared/ssl-tls-service-profile/entry[@name='p']"),
            ["deviceconfig -> system -> ssl-tls-service-profile"]
        );
    }
}
