//! The configuration: certificates, service profiles, and who mentions them.

use roxmltree::Node;

use super::certificates::Place;
use super::document::{Answer, child, text, text_of};
use super::xpath::XPath;
use super::{Call, Element, Panos, PanosError};
use crate::x509::{Certificate, Csr};

/// A certificate as the candidate configuration has it.
#[derive(Clone, Debug)]
pub(crate) struct CertificateEntry {
    pub(crate) name: String,
    /// A request that waits for its certificate.
    pub(crate) csr: Option<Csr>,
    /// Leaf first.
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) has_key: bool,
    pub(crate) revoked: bool,
    pub(crate) pending: Pending,
}

/// An SSL/TLS service profile as the candidate configuration has it.
#[derive(Clone, Debug)]
pub(crate) struct ServiceProfile {
    pub(crate) name: String,
    pub(crate) certificate: Option<String>,
    pub(crate) pending: Pending,
}

/// What a service, such as a portal or a decryption rule, mentions by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mention {
    /// Is there such a service at all?
    pub(crate) exists: bool,
    /// Decryption rules of newer releases mention several certificates.
    pub(crate) names: Vec<String>,
    /// Does it hold a list of names, even if with one in it?
    pub(crate) is_list: bool,
    pub(crate) pending: Pending,
}

impl Mention {
    /// With one name more.
    pub(crate) fn with(&self, name: &str) -> Self {
        let mut more = self.clone();
        more.names.push(name.to_owned());
        more
    }
}

/// A step from a node to one below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Child(&'static str),
    Entry(String),
}

impl Step {
    fn from<'a, 'i>(&self, node: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
        match self {
            Self::Child(name) => child(node, name),
            Self::Entry(name) => node
                .children()
                .find(|it| it.has_tag_name("entry") && it.attribute("name") == Some(name)),
        }
    }
}

/// Who changed a node, or something in it, and did not commit it yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pending(pub(crate) Vec<String>);

impl Pending {
    fn of(node: Node<'_, '_>) -> Self {
        let mut admins: Vec<String> = node
            .descendants()
            .filter_map(|it| it.attribute("admin"))
            .map(str::to_owned)
            .collect();
        admins.sort_unstable();
        admins.dedup();
        Self(admins)
    }

    pub(crate) fn is_none(&self) -> bool {
        self.0.is_empty()
    }
}

impl Panos {
    /// All certificates of a place: one call.
    pub(crate) async fn certificates(
        &self,
        place: &Place,
    ) -> Result<Vec<CertificateEntry>, PanosError> {
        let path = place.base().step("certificate");
        self.list(&path, "read the certificates", |entry| CertificateEntry {
            name: name(entry),
            csr: text_of(entry, "csr").and_then(|it| Csr::parse(&it)),
            certificates: text_of(entry, "public-key")
                .and_then(|it| Certificate::parse_all(&it))
                .unwrap_or_default(),
            has_key: child(entry, "private-key").is_some()
                || text_of(entry, "private-key-on-hsm").as_deref() == Some("yes"),
            revoked: text_of(entry, "status").as_deref() == Some("revoked"),
            pending: Pending::of(entry),
        })
        .await
    }

    /// All service profiles of a place: one call.
    pub(crate) async fn service_profiles(
        &self,
        place: &Place,
    ) -> Result<Vec<ServiceProfile>, PanosError> {
        let path = place.base().step("ssl-tls-service-profile");
        self.list(&path, "read the SSL/TLS service profiles", |entry| {
            ServiceProfile {
                name: name(entry),
                certificate: text_of(entry, "certificate"),
                pending: Pending::of(entry),
            }
        })
        .await
    }

    /// What nodes below `group` mention, each of them the end of a way: one call.
    pub(crate) async fn mentions(
        &self,
        group: &XPath,
        ways: &[Vec<Step>],
    ) -> Result<Vec<Mention>, PanosError> {
        let answer = self.get(group, &format!("read {group}")).await?;
        answer.with(self.system(), |response| {
            let top = child(response, "result").and_then(|it| it.first_element_child());
            ways.iter().map(|way| mention(top, way)).collect()
        })
    }

    /// The names of the entries of a list: one call.
    pub(crate) async fn names(&self, list: &XPath) -> Result<Vec<String>, PanosError> {
        let path = list.clone().step("entry").step("@name");
        let answer = self.get(&path, &format!("list {list}")).await?;
        answer.with(self.system(), |response| {
            let result = child(response, "result");
            result
                .into_iter()
                .flat_map(|it| it.children().filter(|it| it.has_tag_name("entry")))
                .map(name)
                .collect()
        })
    }

    /// Merges elements into a node, which is made when it is not there.
    pub(crate) async fn set(&self, path: &XPath, elements: &[Element]) -> Result<(), PanosError> {
        let element: String = elements.iter().map(Element::to_xml).collect();
        let call = Call::write("config", format!("change {path}"))
            .with("action", "set")
            .with("xpath", path.as_str())
            .with("element", element)
            .repeatable();
        self.in_turn(&call).await
    }

    /// Removes a node; one that is not there is fine.
    pub(crate) async fn delete(&self, path: &XPath) -> Result<(), PanosError> {
        let call = Call::write("config", format!("delete {path}"))
            .with("action", "delete")
            .with("xpath", path.as_str())
            .repeatable();
        self.in_turn(&call).await
    }

    async fn in_turn(&self, call: &Call) -> Result<(), PanosError> {
        let _turn = self.0.turn.lock().await;
        self.done(call).await.map(drop)
    }

    async fn get(&self, path: &XPath, doing: &str) -> Result<Answer, PanosError> {
        let call = Call::read("config", doing)
            .with("action", "get")
            .with("xpath", path.as_str());
        let _turn = self.0.turn.lock().await;
        self.done(&call).await
    }

    async fn list<T>(
        &self,
        path: &XPath,
        doing: &str,
        each: impl Fn(Node<'_, '_>) -> T,
    ) -> Result<Vec<T>, PanosError> {
        let answer = self.get(path, doing).await?;
        answer.with(self.system(), |response| {
            let list = child(response, "result").and_then(|it| it.first_element_child());
            list.into_iter()
                .flat_map(|list| list.children().filter(|it| it.has_tag_name("entry")))
                .map(each)
                .collect()
        })
    }
}

fn mention(top: Option<Node<'_, '_>>, way: &[Step]) -> Mention {
    let walk = |way: &[Step]| way.iter().try_fold(top?, |node, step| step.from(node));
    let service = way.iter().rposition(|it| matches!(it, Step::Entry(_)));
    let exists = service.is_none_or(|at| walk(&way[..=at]).is_some());
    let Some(node) = walk(way) else {
        return Mention {
            exists,
            ..Mention::default()
        };
    };
    let list = child(node, "certificates");
    let names = match list {
        Some(list) => list.children().filter(Node::is_element).map(text).collect(),
        None => vec![text(node)],
    };
    Mention {
        exists,
        names: names.into_iter().filter(|it| !it.is_empty()).collect(),
        is_list: list.is_some(),
        pending: Pending::of(node),
    }
}

fn name(entry: Node<'_, '_>) -> String {
    entry.attribute("name").unwrap_or_default().to_owned()
}
