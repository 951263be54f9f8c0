//! Keys, requests and certificates: made, read out and imported.

use std::fmt;

use super::document;
use super::xpath::XPath;
use super::{Call, Element, Panos, PanosError};
use crate::x509::{Csr, KeyType};

/// Where a certificate lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// For all virtual systems of a firewall.
    Shared,
    Vsys(String),
    /// Panorama's own.
    Panorama,
    /// For the firewalls of a template or a template stack.
    Template {
        is_stack: bool,
        name: String,
        vsys: Option<String>,
    },
}

impl Place {
    /// The node above `certificate` and `ssl-tls-service-profile`.
    pub(crate) fn base(&self) -> XPath {
        let vsys_of = |base: XPath, vsys: &str| base.step("vsys").entry(vsys);
        match self {
            Self::Shared => XPath::root().step("shared"),
            Self::Panorama => XPath::root().step("panorama"),
            Self::Vsys(vsys) => vsys_of(XPath::device(), vsys),
            Self::Template {
                is_stack,
                name,
                vsys,
            } => {
                let kind = if *is_stack {
                    "template-stack"
                } else {
                    "template"
                };
                let config = XPath::device().step(kind).entry(name).step("config");
                match vsys {
                    None => config.step("shared"),
                    Some(vsys) => {
                        vsys_of(config.step("devices").entry("localhost.localdomain"), vsys)
                    }
                }
            }
        }
    }

    /// The list that the place is an entry of, and its name there.
    pub(crate) fn entry(&self) -> Option<(XPath, &str)> {
        match self {
            Self::Shared | Self::Panorama => None,
            Self::Vsys(vsys) => Some((XPath::device().step("vsys"), vsys)),
            Self::Template { is_stack, name, .. } => {
                let list = if *is_stack {
                    "template-stack"
                } else {
                    "template"
                };
                Some((XPath::device().step(list), name))
            }
        }
    }

    fn vsys(&self) -> Option<&str> {
        match self {
            Self::Vsys(vsys) => Some(vsys),
            Self::Shared | Self::Panorama | Self::Template { .. } => None,
        }
    }

    /// The longest name that an object may have: whatever Panorama holds has less room.
    pub(crate) fn longest_name(&self) -> usize {
        match self {
            Self::Shared | Self::Vsys(_) => 63,
            Self::Panorama | Self::Template { .. } => 31,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shared => f.write_str("shared place"),
            Self::Panorama => f.write_str("place for Panorama"),
            Self::Vsys(vsys) => write!(f, "virtual system {vsys}"),
            Self::Template { is_stack, name, .. } => {
                let kind = if *is_stack {
                    "template stack"
                } else {
                    "template"
                };
                write!(f, "{kind} {name}")
            }
        }
    }
}

/// A key pair that is wanted, and what its request shall say.
#[derive(Clone, Debug)]
pub(crate) struct KeyRequest {
    /// Name of the entry.
    pub(crate) name: String,
    pub(crate) common_name: String,
    pub(crate) names: Vec<String>,
    pub(crate) key: KeyType,
    /// `sha256`, `sha384` or `sha512`
    pub(crate) digest: &'static str,
    /// May the key never leave the device, not even by an administrator's hand?
    pub(crate) blocked: bool,
}

impl KeyRequest {
    fn command(&self) -> Element {
        let algorithm = match self.key {
            KeyType::Rsa2048 => rsa("2048"),
            KeyType::Rsa3072 => rsa("3072"),
            KeyType::Rsa4096 => rsa("4096"),
            KeyType::EcdsaP256 => ecdsa("256"),
            KeyType::EcdsaP384 => ecdsa("384"),
            KeyType::EcdsaP521 => ecdsa("521"),
        };
        let generate = Element::text("certificate-name", &self.name);
        let generate = Element::new("generate", [generate])
            .and(Element::text("name", &self.common_name))
            .and(Element::new("algorithm", [algorithm]))
            .and(Element::text("digest", self.digest))
            .and(Element::text("ca", "no"))
            .and(Element::text("signed-by", "external"))
            .and(Element::members("hostname", self.names.iter()))
            .and_opt(
                self.blocked
                    .then(|| Element::text("block-private-key", "yes")),
            );
        Element::nested(&["request", "certificate"], generate)
    }
}

impl Panos {
    /// Makes a key pair with a request for an external CA. It belongs to the candidate
    /// configuration at once.
    pub(crate) async fn generate(
        &self,
        place: &Place,
        wish: &KeyRequest,
    ) -> Result<(), PanosError> {
        let call = Call::write("op", format!("make the key pair {}", wish.name))
            .with("cmd", wish.command().to_xml())
            .with_opt("vsys", place.vsys());
        self.at(place, &call).await.map(drop)
    }

    /// The request of an entry.
    pub(crate) async fn request(&self, place: &Place, name: &str) -> Result<Csr, PanosError> {
        let doing = format!("give out the request {name}");
        let call = Call::read("export", &doing)
            .with("category", "certificate")
            .with("certificate-name", name)
            .with("format", "pkcs10")
            .with("include-key", "no")
            .with_opt("vsys", place.vsys());
        let _turn = self.0.turn.lock().await;
        self.aim(place).await?;
        let reply = self.exchange(&call).await;
        self.aim_at_nothing(place).await;
        let reply = reply?;
        let body = String::from_utf8_lossy(&reply.body);
        // Refusals come under status 200, too.
        if body.trim_start().starts_with("<response") {
            document::Answer::read(self.system(), &doing, &reply)?.successful(self, &call)?;
        }
        Csr::parse(&body)
            .ok_or_else(|| PanosError::unexpected(self.system(), &doing, "no readable request"))
    }

    /// Puts a certificate into an entry: over a waiting request, or as one of its own.
    pub(crate) async fn import(
        &self,
        place: &Place,
        name: &str,
        pem: &str,
    ) -> Result<(), PanosError> {
        let mut call = Call::write("import", format!("import the certificate {name}"))
            .with("category", "certificate")
            .with("certificate-name", name)
            .with("format", "pem")
            .with_opt("vsys", place.vsys())
            // The same certificate once more is no change.
            .repeatable();
        call.file = Some(pem.to_owned());
        match self.at(place, &call).await {
            // Some releases refuse a good file now and then (PAN-267847).
            Err(PanosError::Refused { answer, .. }) if answer.contains(NOW_AND_THEN) => {
                self.at(place, &call).await.map(drop)
            }
            other => other.map(drop),
        }
    }

    /// Sends a command for a place. Templates are aimed at for the length of the command.
    async fn at(&self, place: &Place, call: &Call) -> Result<document::Answer, PanosError> {
        let _turn = self.0.turn.lock().await;
        self.aim(place).await?;
        let result = self.done(call).await;
        self.aim_at_nothing(place).await;
        result
    }

    /// Panorama's `target-tpl-vsys` is ignored by many releases (PAN-257229); this works on all.
    async fn aim(&self, place: &Place) -> Result<(), PanosError> {
        let (is_stack, name, vsys) = match place {
            Place::Shared | Place::Vsys(_) => return Ok(()),
            // What a killed run aimed at last would still be the target.
            Place::Panorama => return self.aim_at_none().await,
            Place::Template {
                is_stack,
                name,
                vsys,
            } => (is_stack, name, vsys),
        };
        let kind = if *is_stack {
            "template-stack"
        } else {
            "template"
        };
        let template = Element::new(kind, [Element::text("name", name)])
            .and_opt(vsys.as_ref().map(|it| Element::text("vsys", it)));
        let call = target(template, &format!("aim at template {name}"));
        self.done(&call).await.map(drop)
    }

    /// The target would stay for whoever uses the same administrator next.
    async fn aim_at_nothing(&self, place: &Place) {
        if let Place::Template { .. } = place
            && let Err(error) = self.aim_at_none().await
        {
            self.context().warn(error.to_string());
        }
    }

    async fn aim_at_none(&self) -> Result<(), PanosError> {
        let call = target(Element::empty("none"), "aim at no template");
        self.done(&call).await.map(drop)
    }
}

fn target(inner: Element, doing: &str) -> Call {
    let command = Element::nested(
        &["set", "system", "setting"],
        Element::new("target", [inner]),
    );
    Call::write("op", doing)
        .with("cmd", command.to_xml())
        .repeatable()
}

fn rsa(bits: &str) -> Element {
    Element::new("RSA", [Element::text("rsa-nbits", bits)])
}

fn ecdsa(bits: &str) -> Element {
    Element::new("ECDSA", [Element::text("ecdsa-nbits", bits)])
}

const NOW_AND_THEN: &str = "begining of certificate";
