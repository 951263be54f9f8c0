//! What is wanted of a site on a firewall, besides its certificate.

use std::time::Duration;

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
    /// The node that mentions the profile or the certificate.
    pub(crate) fn path(&self) -> XPath {
        let vsys = |name: &str| XPath::device().step("vsys").entry(name);
        match self {
            Self::Management => XPath::device()
                .step("deviceconfig")
                .step("system")
                .step(PROFILE),
            Self::Portal { vsys: v, name } => vsys(v)
                .step("global-protect")
                .step("global-protect-portal")
                .entry(name)
                .step("portal-config")
                .step(PROFILE),
            Self::Gateway { vsys: v, name } => vsys(v)
                .step("global-protect")
                .step("global-protect-gateway")
                .entry(name)
                .step(PROFILE),
            Self::InboundInspection { vsys: v, rule } => vsys(v)
                .step("rulebase")
                .step("decryption")
                .step("rules")
                .entry(rule)
                .step("type")
                .step("ssl-inbound-inspection"),
        }
    }

    /// The node above, and what is set there so that it mentions `name`.
    pub(crate) fn mention(&self, name: &str) -> (XPath, Element) {
        let above = |levels: usize| {
            let path = self.path();
            let end = path
                .as_str()
                .rmatch_indices('/')
                .nth(levels - 1)
                .map_or(0, |(at, _)| at);
            XPath::from(path.as_str()[..end].to_owned())
        };
        match self {
            Self::Management | Self::Portal { .. } | Self::Gateway { .. } => {
                (above(1), Element::text(PROFILE, name))
            }
            Self::InboundInspection { .. } => (
                above(1),
                Element::new(
                    "ssl-inbound-inspection",
                    [Element::members("certificates", [name])],
                ),
            ),
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

const PROFILE: &str = "ssl-tls-service-profile";

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
