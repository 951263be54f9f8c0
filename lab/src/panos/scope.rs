//! Where certificates and profiles can live, and how one part of the
//! configuration finds an object of another.

use super::answer::Refusal;
use super::xml::Node;
use super::xpath::{Path, Step};

/// A place for certificates and profiles.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Scope {
    Shared,
    Vsys(String),
    /// Panorama's own.
    Panorama,
    Template(Template),
}

/// A template or a template stack, perhaps a virtual system in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Template {
    /// `template` or `template-stack`
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) vsys: Option<String>,
}

impl Scope {
    /// The node under which `certificate` and `ssl-tls-service-profile` are.
    pub(crate) fn path(&self) -> Path {
        match self {
            Self::Shared => Path::of(vec![Step::plain("shared")]),
            Self::Panorama => Path::of(vec![Step::plain("panorama")]),
            Self::Vsys(vsys) => Path::of(vsys_steps(vsys)),
            Self::Template(template) => {
                let mut steps = device();
                steps.push(Step::plain(template.kind));
                steps.push(Step::entry(&template.name));
                steps.push(Step::plain("config"));
                match &template.vsys {
                    None => steps.push(Step::plain("shared")),
                    Some(vsys) => steps.extend(vsys_steps(vsys)),
                }
                Path::of(steps)
            }
        }
    }

    /// The entry of a certificate.
    pub(crate) fn certificate(&self, name: &str) -> Path {
        self.path()
            .child(Step::plain("certificate"))
            .child(Step::entry(name))
    }
}

impl Template {
    /// A template of that name, else a template stack of that name.
    pub(crate) fn find(root: &Node, name: &str, vsys: Option<&str>) -> Result<Self, Refusal> {
        ["template", "template-stack"]
            .into_iter()
            .find(|kind| {
                let mut steps = device();
                steps.extend([Step::plain(kind), Step::entry(name)]);
                Path::of(steps).first(root).is_some()
            })
            .map(|kind| Self {
                kind,
                name: name.to_owned(),
                vsys: vsys.map(str::to_owned),
            })
            .ok_or_else(|| Refusal::text(format!("template {name} doesn't exist")))
    }
}

/// The entry that a name means at a place: its own part of the configuration
/// comes before the shared one.
pub(crate) fn resolve(root: &Node, from: &Path, container: &str, name: &str) -> Option<Path> {
    let entry = |base: Path| {
        let path = base.child(Step::plain(container)).child(Step::entry(name));
        path.first(root).is_some().then_some(path)
    };
    let mut place = from.parent();
    while let Some(base) = place {
        let shared = base.child(Step::plain("shared"));
        if let Some(found) = entry(base.clone()).or_else(|| entry(shared)) {
            return Some(found);
        }
        place = base.parent();
    }
    None
}

/// `devices/entry[@name='localhost.localdomain']`
pub(crate) fn device() -> Vec<Step> {
    vec![Step::plain("devices"), Step::entry(DEVICE)]
}

fn vsys_steps(vsys: &str) -> Vec<Step> {
    let mut steps = device();
    steps.extend([Step::plain("vsys"), Step::entry(vsys)]);
    steps
}

/// The one device entry that every configuration has.
pub(crate) const DEVICE: &str = "localhost.localdomain";
