//! What is wanted of a site on a firewall, besides its certificate.

use std::time::Duration;

use crate::clients::panos_xml::config::Step;
use crate::clients::panos_xml::xpath::XPath;
use crate::clients::panos_xml::{Element, Place};
use crate::lifecycle::verify::Endpoint;

/// A site's place, its profile, and who uses that.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) place: Place,
    /// The SSL/TLS service profile that presents the certificate.
    pub(crate) profile: Option<String>,
    /// What presents the profile.
    pub(crate) services: Vec<Service>,
    /// Where to look for the proof.
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) patience: Duration,
    pub(crate) digest: &'static str,
    /// May the key never be exported, not even by an administrator?
    pub(crate) blocked: bool,
}

/// Something that presents a service profile, or a certificate itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Management,
    Portal {
        vsys: String,
        name: String,
    },
    Gateway {
        vsys: String,
        name: String,
    },
    /// A decryption rule for inbound inspection; it names the certificate.
    InboundInspection {
        vsys: String,
        rule: String,
    },
}

impl Service {
    /// A node above, which is read at once for all services of its kind.
    pub(crate) fn group(&self) -> XPath {
        let vsys = |name: &str| XPath::device().step("vsys").entry(name);
        match self {
            Self::Management => XPath::device().step("deviceconfig").step("system"),
            Self::Portal { vsys: it, .. } | Self::Gateway { vsys: it, .. } => {
                vsys(it).step("global-protect")
            }
            Self::InboundInspection { vsys: it, .. } => {
                vsys(it).step("rulebase").step("decryption").step("rules")
            }
        }
    }

    /// From there to the node that mentions the profile or the certificate.
    pub(crate) fn way(&self) -> Vec<Step> {
        let mut way = self.way_above();
        way.push(Step::Child(self.leaf()));
        way
    }

    /// The node that mentions the profile or the certificate.
    pub(crate) fn path(&self) -> XPath {
        self.above().step(self.leaf())
    }

    /// Where to set what, so that `name` is mentioned.
    pub(crate) fn mention(&self, name: &str) -> (XPath, Element) {
        let leaf = self.leaf();
        let element = if self.names_certificate() {
            Element::new(leaf, [Element::members("certificates", [name])])
        } else {
            Element::text(leaf, name)
        };
        (self.above(), element)
    }

    fn above(&self) -> XPath {
        let start = self.group();
        self.way_above()
            .iter()
            .fold(start, |path, step| match step {
                Step::Child(name) => path.step(name),
                Step::Entry(name) => path.entry(name),
            })
    }

    fn way_above(&self) -> Vec<Step> {
        match self {
            Self::Management => Vec::new(),
            Self::Portal { name, .. } => vec![
                Step::Child("global-protect-portal"),
                Step::Entry(name.clone()),
                Step::Child("portal-config"),
            ],
            Self::Gateway { name, .. } => vec![
                Step::Child("global-protect-gateway"),
                Step::Entry(name.clone()),
            ],
            Self::InboundInspection { rule, .. } => {
                vec![Step::Entry(rule.clone()), Step::Child("type")]
            }
        }
    }

    fn leaf(&self) -> &'static str {
        if self.names_certificate() {
            "ssl-inbound-inspection"
        } else {
            "ssl-tls-service-profile"
        }
    }

    /// Is it the certificate that is named, and not the profile?
    pub(crate) fn names_certificate(&self) -> bool {
        matches!(self, Self::InboundInspection { .. })
    }

    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Management => "the management interface".to_owned(),
            Self::Portal { name, .. } => format!("GlobalProtect portal {name}"),
            Self::Gateway { name, .. } => format!("GlobalProtect gateway {name}"),
            Self::InboundInspection { rule, .. } => format!("decryption rule {rule}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_set_on_the_smallest_node() {
        let portal = Service::Portal {
            vsys: "vsys1".to_owned(),
            name: "gp".to_owned(),
        };
        let (path, element) = portal.mention("web");
        assert!(path.as_str().ends_with("/entry[@name='gp']/portal-config"));
        assert_eq!(
            element.to_xml(),
            "<ssl-tls-service-profile>web</ssl-tls-service-profile>"
        );
    }
}
