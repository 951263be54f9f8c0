//! XML that is sent: built by a library, never pasted together.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};

/// An element of a command or of the configuration.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    name: &'static str,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Text(String),
    Children(Vec<Element>),
}

impl Element {
    /// `<name>…</name>`
    pub(crate) fn new(name: &'static str, children: impl IntoIterator<Item = Self>) -> Self {
        Self {
            name,
            content: Content::Children(children.into_iter().collect()),
        }
    }

    /// `<name/>`
    pub(crate) fn empty(name: &'static str) -> Self {
        Self::new(name, [])
    }

    /// `<name>text</name>`
    pub(crate) fn text(name: &'static str, text: impl Into<String>) -> Self {
        Self {
            name,
            content: Content::Text(text.into()),
        }
    }

    /// `<name><member>…</member>…</name>`
    pub(crate) fn members(
        name: &'static str,
        members: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self::new(name, members.into_iter().map(|it| Self::text("member", it)))
    }

    /// One inside the other, the last one with the content of `inner`.
    pub(crate) fn nested(path: &[&'static str], inner: Self) -> Self {
        path.iter()
            .rev()
            .fold(inner, |inner, name| Self::new(name, [inner]))
    }

    pub(crate) fn and(mut self, child: Self) -> Self {
        if let Content::Children(children) = &mut self.content {
            children.push(child);
        }
        self
    }

    pub(crate) fn and_opt(self, child: Option<Self>) -> Self {
        match child {
            Some(child) => self.and(child),
            None => self,
        }
    }

    pub(crate) fn to_xml(&self) -> String {
        let mut writer = Writer::new(Vec::new());
        // Writing to memory does not fail, and only texts come in.
        let written = self.write(&mut writer);
        debug_assert!(written.is_ok());
        String::from_utf8(writer.into_inner()).unwrap_or_default()
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
        let start = BytesStart::new(self.name);
        match &self.content {
            Content::Text(text) => {
                writer.write_event(Event::Start(start))?;
                writer.write_event(Event::Text(BytesText::new(text)))?;
            }
            Content::Children(children) if children.is_empty() => {
                return writer.write_event(Event::Empty(start));
            }
            Content::Children(children) => {
                writer.write_event(Event::Start(start))?;
                for child in children {
                    child.write(writer)?;
                }
            }
        }
        writer.write_event(Event::End(BytesEnd::new(self.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        let element = Element::nested(&["show", "jobs"], Element::text("id", "</id><x a=\"'&\""))
            .and(Element::members("admin", ["a<b"]));
        assert_eq!(
            element.to_xml(),
            "<show><jobs><id>&lt;/id&gt;&lt;x a=&quot;&apos;&amp;&quot;</id></jobs>\
             <admin><member>a&lt;b</member></admin></show>"
        );
    }
}
