//! A small XML tree: configurations, commands and answers.

use quick_xml::escape::{escape, minimal_escape};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use std::fmt;

/// An element. Mixed content does not occur: text belongs to leaves.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) children: Vec<Self>,
}

impl Node {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// `<name>text</name>`
    pub(crate) fn leaf(name: &str, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::new(name)
        }
    }

    /// `<entry name="…"/>`
    pub(crate) fn entry(name: &str) -> Self {
        Self::new("entry").with_attribute("name", name)
    }

    pub(crate) fn with(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    pub(crate) fn with_all(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    pub(crate) fn with_attribute(mut self, name: &str, value: impl Into<String>) -> Self {
        self.attributes.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn set_attribute(&mut self, name: &str, value: String) {
        match self.attributes.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.attributes.push((name.to_owned(), value)),
        }
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of a child; an empty one counts as absent.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name)
            .map(|child| child.text.as_str())
            .filter(|text| !text.is_empty())
    }

    /// The node that is reached by names alone.
    pub(crate) fn descend(&self, names: &[&str]) -> Option<&Self> {
        names.iter().try_fold(self, |node, name| node.child(name))
    }

    /// Texts of the `member` children.
    pub(crate) fn members(&self) -> impl Iterator<Item = &str> {
        self.children
            .iter()
            .filter(|child| child.name == "member")
            .map(|child| child.text.as_str())
    }

    /// The `entry` children.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(|child| child.name == "entry")
    }

    /// The name of an entry.
    pub(crate) fn key(&self) -> &str {
        self.attribute("name").unwrap_or_default()
    }

    /// Puts a leaf in place of the child of that name.
    pub(crate) fn put(&mut self, name: &str, text: impl Into<String>) {
        let leaf = Self::leaf(name, text);
        match self.children.iter_mut().find(|child| child.name == name) {
            Some(child) => *child = leaf,
            None => self.children.push(leaf),
        }
    }

    pub(crate) fn drop_child(&mut self, name: &str) {
        self.children.retain(|child| child.name != name);
    }

    /// Same element of the same list, whatever is in it.
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        self.name == other.name
            && match self.name.as_str() {
                "entry" => self.key() == other.key(),
                "member" => self.text == other.text,
                _ => true,
            }
    }

    /// Reads one or more elements that stand side by side. Document types,
    /// processing instructions and deep nesting are refused.
    pub(crate) fn parse_all(text: &str) -> Result<Vec<Self>, String> {
        let mut reader = Reader::from_str(text);
        let mut open = vec![Self::default()];
        loop {
            let event = reader.read_event().map_err(|error| error.to_string())?;
            match event {
                Event::Start(start) => {
                    if open.len() > DEPTH {
                        return Err("nested too deeply".to_owned());
                    }
                    open.push(Self::begin(&start)?);
                }
                Event::Empty(start) => {
                    let node = Self::begin(&start)?;
                    last(&mut open)?.children.push(node);
                }
                Event::End(_) => {
                    let mut node = open.pop().ok_or("an end without a start")?;
                    if !node.children.is_empty() || node.text.trim().is_empty() {
                        node.text.clear();
                    }
                    last(&mut open)?.children.push(node);
                }
                Event::Text(piece) => {
                    last(&mut open)?.text.push_str(&piece);
                }
                Event::CData(piece) => {
                    last(&mut open)?.text.push_str(&piece);
                }
                Event::GeneralRef(reference) => {
                    let whole = format!("&{};", &*reference);
                    let meant =
                        quick_xml::escape::unescape(&whole).map_err(|error| error.to_string())?;
                    last(&mut open)?.text.push_str(&meant);
                }
                Event::Decl(_) | Event::Comment(_) => {}
                Event::DocType(_) | Event::PI(_) => return Err("not allowed here".to_owned()),
                Event::Eof => break,
            }
        }
        match <[Self; 1]>::try_from(open) {
            Ok([root]) if root.text.trim().is_empty() => Ok(root.children),
            Ok(_) => Err("text outside of elements".to_owned()),
            Err(_) => Err("an element is not closed".to_owned()),
        }
    }

    /// Reads exactly one element.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut all = Self::parse_all(text)?;
        match (all.pop(), all.is_empty()) {
            (Some(node), true) => Ok(node),
            _ => Err("exactly one element is expected".to_owned()),
        }
    }

    fn begin(start: &BytesStart<'_>) -> Result<Self, String> {
        let mut node = Self::new(start.name().as_ref());
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| error.to_string())?;
            let name = attribute.key.as_ref().to_owned();
            node.attributes.push((name, value.into_owned()));
        }
        Ok(node)
    }
}

fn last(open: &mut [Node]) -> Result<&mut Node, String> {
    open.last_mut().ok_or_else(|| "unbalanced".to_owned())
}

impl fmt::Display for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<{}", self.name)?;
        for (name, value) in &self.attributes {
            write!(formatter, " {name}=\"{}\"", escape(value.as_str()))?;
        }
        if self.children.is_empty() && self.text.is_empty() {
            return formatter.write_str("/>");
        }
        write!(formatter, ">{}", minimal_escape(self.text.as_str()))?;
        for child in &self.children {
            fmt::Display::fmt(child, formatter)?;
        }
        write!(formatter, "</{}>", self.name)
    }
}

/// The real device refuses far earlier than a stack ends.
const DEPTH: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        let text =
            "<a x=\"1 &amp; 2\"><b>t &lt; u</b><c/><entry name=\"n\"><m>&#65;</m></entry></a>";
        let node = Node::parse(text).expect("XML");
        assert_eq!(node.attribute("x"), Some("1 & 2"));
        assert_eq!(node.text_of("b"), Some("t < u"));
        assert_eq!(node.to_string(), text.replace("&#65;", "A"));
        assert_eq!(Node::parse_all(" <a/>\n<b/> ").map(|all| all.len()), Ok(2));
    }

    #[test]
    fn dangerous_or_broken_text_is_refused() {
        for bad in [
            "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>",
            "<a>&b;</a>",
            "<a><b></a>",
            "<a/>text",
            "",
        ] {
            assert!(Node::parse(bad).is_err(), "{bad}");
        }
        let deep = "<a>".repeat(100) + &"</a>".repeat(100);
        assert!(Node::parse(&deep).is_err());
    }
}
