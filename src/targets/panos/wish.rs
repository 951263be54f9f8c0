//! What is wanted of a site on a firewall, besides its certificate.

use std::time::Duration;

use super::stage::Step;
use crate::clients::panos_xml::config::{Mention, Step as Way};
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
    pub(crate) fn way(&self) -> Vec<Way> {
        let mut way = self.way_above();
        way.push(Way::Child(self.leaf()));
        way
    }

    /// The node that mentions the profile or the certificate.
    pub(crate) fn path(&self) -> XPath {
        self.above().step(self.leaf())
    }

    /// Is `wanted` mentioned, and nothing else of the site?
    pub(super) fn shows(&self, now: &Mention, wanted: &str, own: impl Fn(&str) -> bool) -> bool {
        now.names.iter().any(|it| it == wanted)
            && (!self.names_certificate() || now.names.iter().all(|it| it == wanted || !own(it)))
    }

    /// Has `name` mentioned in place of `old`; what others have in the same list stays.
    pub(super) fn mention(&self, now: &Mention, name: &str, old: &[&String]) -> Vec<Step> {
        if !self.names_certificate() || (!now.is_list && !now.names.is_empty()) {
            return vec![Step::Set(self.above(), Element::text(self.leaf(), name))];
        }
        let list = self.path().step("certificates");
        let mut steps = vec![Step::Set(list.clone(), Element::text("member", name))];
        let gone = old.iter().filter(|it| **it != name);
        steps.extend(gone.map(|it| Step::Delete(list.clone().member(it))));
        steps
    }

    /// Has nothing of `old` mentioned any more.
    pub(super) fn unmention(&self, now: &Mention, old: &[&String]) -> Vec<Step> {
        let others = now.names.len() > old.len();
        if !now.is_list || !others {
            return vec![Step::Delete(self.path())];
        }
        let list = self.path().step("certificates");
        let gone = old.iter().map(|it| Step::Delete(list.clone().member(it)));
        gone.collect()
    }

    fn above(&self) -> XPath {
        let start = self.group();
        self.way_above()
            .iter()
            .fold(start, |path, step| match step {
                Way::Child(name) => path.step(name),
                Way::Entry(name) => path.entry(name),
            })
    }

    fn way_above(&self) -> Vec<Way> {
        match self {
            Self::Management => Vec::new(),
            Self::Portal { name, .. } => vec![
                Way::Child("global-protect-portal"),
                Way::Entry(name.clone()),
                Way::Child("portal-config"),
            ],
            Self::Gateway { name, .. } => vec![
                Way::Child("global-protect-gateway"),
                Way::Entry(name.clone()),
            ],
            Self::InboundInspection { rule, .. } => {
                vec![Way::Entry(rule.clone()), Way::Child("type")]
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

    pub(super) fn vsys(&self) -> &str {
        match self {
            Self::Management => "",
            Self::Portal { vsys, .. }
            | Self::Gateway { vsys, .. }
            | Self::InboundInspection { vsys, .. } => vsys,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(steps: &[Step]) -> Vec<String> {
        let shown = |it: &Step| match it {
            Step::Set(path, element) => format!("set {path} {}", element.to_xml()),
            Step::Delete(path) => format!("delete {path}"),
        };
        steps.iter().map(shown).collect()
    }

    #[test]
    fn mentions_are_set_on_the_smallest_node() {
        let portal = Service::Portal {
            vsys: "vsys1".to_owned(),
            name: "gp".to_owned(),
        };
        let steps = shown(&portal.mention(&Mention::default(), "web", &[]));
        assert_eq!(steps.len(), 1);
        assert!(steps[0].ends_with(
            "/entry[@name='gp']/portal-config <ssl-tls-service-profile>web</ssl-tls-service-profile>"
        ));
    }

    #[test]
    fn lists_keep_what_is_others() {
        let rule = Service::InboundInspection {
            vsys: "vsys1".to_owned(),
            rule: "in".to_owned(),
        };
        let old = "www_1".to_owned();
        let mut now = Mention {
            exists: true,
            names: vec!["theirs".to_owned(), old.clone()],
            is_list: true,
            ..Mention::default()
        };
        let list = format!("{}/certificates", rule.path());
        assert_eq!(
            shown(&rule.mention(&now, "www_2", &[&old])),
            [
                format!("set {list} <member>www_2</member>"),
                format!("delete {list}/member[text()='www_1']"),
            ]
        );
        assert_eq!(
            shown(&rule.unmention(&now, &[&old])),
            [format!("delete {list}/member[text()='www_1']")]
        );
        now.names.remove(0);
        assert_eq!(
            shown(&rule.unmention(&now, &[&old])),
            [format!("delete {}", rule.path())]
        );
        // Older releases have the one name as text.
        now.is_list = false;
        let steps = shown(&rule.mention(&now, "www_2", &[&old]));
        assert_eq!(steps.len(), 1);
        assert!(
            steps[0].ends_with("/type <ssl-inbound-inspection>www_2</ssl-inbound-inspection>"),
            "{steps:?}"
        );
    }
}
