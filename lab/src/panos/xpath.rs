//! The part of XPath that configuration requests use: absolute steps, entries
//! by name, members by text.

use super::xml::Node;
use std::fmt;

/// The way to nodes of the configuration, from the root down.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Path {
    pub(crate) steps: Vec<Step>,
    /// Ends in `/@name`: entries are shown without what is in them.
    pub(crate) names_only: bool,
}

/// One element name, perhaps with a condition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) only: Option<Only>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Only {
    /// `[@name='x']`
    Name(String),
    /// `[text()='x']`
    Text(String),
}

impl Step {
    pub(crate) fn plain(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            only: None,
        }
    }

    pub(crate) fn entry(name: &str) -> Self {
        Self {
            name: "entry".to_owned(),
            only: Some(Only::Name(name.to_owned())),
        }
    }

    /// The step that leads to exactly this node among its siblings.
    pub(crate) fn to(node: &Node) -> Self {
        let only = match node.name.as_str() {
            "entry" => node
                .attribute("name")
                .map(|name| Only::Name(name.to_owned())),
            "member" => Some(Only::Text(node.text.clone())),
            _ => None,
        };
        Self {
            name: node.name.clone(),
            only,
        }
    }

    pub(crate) fn fits(&self, node: &Node) -> bool {
        (self.name == node.name || self.name == "*")
            && match &self.only {
                None => true,
                Some(Only::Name(name)) => node.attribute("name") == Some(name),
                Some(Only::Text(text)) => node.text == *text,
            }
    }

    fn make(&self) -> Node {
        match &self.only {
            None => Node::new(&self.name),
            Some(Only::Name(name)) => Node::new(&self.name).with_attribute("name", name),
            Some(Only::Text(text)) => Node::leaf(&self.name, text),
        }
    }
}

impl Path {
    /// Steps below `/config`.
    pub(crate) fn of(steps: Vec<Step>) -> Self {
        let mut all = vec![Step::plain("config")];
        all.extend(steps);
        Self {
            steps: all,
            names_only: false,
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (text, names_only) = match text.strip_suffix("/@name") {
            Some(head) => (head, true),
            None => (text, false),
        };
        let mut rest = text.strip_prefix('/')?.trim_end_matches('/');
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let end = step_end(rest)?;
            steps.push(parse_step(&rest[..end])?);
            rest = rest[end..].strip_prefix('/').unwrap_or(&rest[end..]);
        }
        (!steps.is_empty()).then_some(Self { steps, names_only })
    }

    pub(crate) fn child(&self, step: Step) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self {
            steps,
            names_only: false,
        }
    }

    pub(crate) fn parent(&self) -> Option<Self> {
        let (_, head) = self.steps.split_last()?;
        Some(Self {
            steps: head.to_vec(),
            names_only: false,
        })
    }

    pub(crate) fn last(&self) -> Option<&Step> {
        self.steps.last()
    }

    /// Whether `other` is this node or lies below it.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        other.steps.starts_with(&self.steps)
    }

    /// The element names of the steps.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.steps.iter().map(|step| step.name.as_str()).collect()
    }

    /// All nodes that the path leads to; the root is its first step.
    pub(crate) fn find<'a>(&self, root: &'a Node) -> Vec<&'a Node> {
        let Some((first, rest)) = self.steps.split_first() else {
            return Vec::new();
        };
        let mut found: Vec<&Node> = Some(root)
            .filter(|root| first.fits(root))
            .into_iter()
            .collect();
        for step in rest {
            found = found
                .into_iter()
                .flat_map(|node| node.children.iter().filter(|child| step.fits(child)))
                .collect();
        }
        found
    }

    pub(crate) fn first<'a>(&self, root: &'a Node) -> Option<&'a Node> {
        self.find(root).into_iter().next()
    }

    /// The node, made with everything above it when it is not there.
    pub(crate) fn make<'a>(&self, root: &'a mut Node) -> &'a mut Node {
        let mut node = root;
        for step in self.steps.iter().skip(1) {
            let known = node.children.iter().position(|child| step.fits(child));
            let at = known.unwrap_or_else(|| {
                node.children.push(step.make());
                node.children.len() - 1
            });
            node = &mut node.children[at];
        }
        node
    }

    /// Takes the nodes away; true if there were any.
    pub(crate) fn remove(&self, root: &mut Node) -> bool {
        let Some((last, head)) = self.steps.split_last() else {
            return false;
        };
        let mut node = root;
        for step in head.iter().skip(1) {
            match node.children.iter_mut().find(|child| step.fits(child)) {
                Some(child) => node = child,
                None => return false,
            }
        }
        let before = node.children.len();
        node.children.retain(|child| !last.fits(child));
        node.children.len() < before
    }
}

/// Where the first step ends; slashes may stand in quoted names.
fn step_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (None, '/') => return Some(at),
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    quote.is_none().then_some(text.len())
}

fn parse_step(text: &str) -> Option<Step> {
    let Some((name, condition)) = text.split_once('[') else {
        return is_name(text).then(|| Step::plain(text));
    };
    let condition = condition.strip_suffix(']')?.trim();
    let (left, right) = condition.split_once('=')?;
    let right = right.trim();
    let value = right
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
        .or_else(|| {
            right
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'))
        })?
        .to_owned();
    let only = match left.trim() {
        "@name" => Only::Name(value),
        "text()" => Only::Text(value),
        _ => return None,
    };
    is_name(name).then(|| Step {
        name: name.to_owned(),
        only: Some(only),
    })
}

fn is_name(text: &str) -> bool {
    let fine = |character: char| character.is_ascii_alphanumeric() || "-_.*".contains(character);
    !text.is_empty() && text.chars().all(fine)
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            write!(formatter, "/{}", step.name)?;
            match &step.only {
                None => {}
                Some(Only::Name(name)) => write!(formatter, "[@name='{name}']")?,
                Some(Only::Text(text)) => write!(formatter, "[text()='{text}']")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_conditions() {
        let text = "/config/shared/certificate/entry[@name='a/b']";
        let path = Path::parse(text).expect("a path");
        assert_eq!(path.to_string(), text);
        assert_eq!(path.steps.len(), 4);
        let names = Path::parse("/config/shared/certificate/entry/@name").expect("a path");
        assert!(names.names_only && names.steps.len() == 4);
        for bad in [
            "config",
            "/config/entry[@name='a]",
            "/config/entry[1]",
            "",
            "/",
        ] {
            assert_eq!(Path::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn finds_makes_and_removes() {
        let mut root = Node::new("config");
        let path = Path::parse("/config/shared/certificate/entry[@name=\"n\"]").expect("a path");
        path.make(&mut root).put("ca", "no");
        path.make(&mut root).put("status", "valid");
        let all = Path::parse("/config/shared/certificate/entry").expect("a path");
        assert_eq!(all.find(&root).len(), 1);
        assert_eq!(
            path.first(&root).and_then(|node| node.text_of("ca")),
            Some("no")
        );
        assert!(path.remove(&mut root));
        assert!(!path.remove(&mut root));
    }
}
