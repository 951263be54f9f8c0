//! XML that comes back: read by a library that knows no document types and no entities of its
//! own, with a bound on its size.

use roxmltree::{Document, Node, ParsingOptions};

use super::{Call, Panos, PanosError};
use crate::http::Reply;

/// A whole answer.
pub(super) struct Answer {
    text: String,
    doing: String,
}

/// What an answer says of itself.
pub(super) struct Verdict {
    pub(super) success: bool,
    pub(super) code: Option<u16>,
    /// The device's own words.
    pub(super) message: String,
}

impl Answer {
    pub(super) fn read(system: &str, doing: &str, reply: &Reply) -> Result<Self, PanosError> {
        let text = String::from_utf8(reply.body.to_vec())
            .map_err(|_| PanosError::unexpected(system, doing, "no text"))?;
        let answer = Self {
            text,
            doing: doing.to_owned(),
        };
        answer.document(system)?;
        Ok(answer)
    }

    /// A refusal becomes an error.
    pub(super) fn successful(self, panos: &Panos, call: &Call) -> Result<Self, PanosError> {
        let verdict = self.verdict(panos.system())?;
        if verdict.success {
            return Ok(self);
        }
        Err(PanosError::refused(panos.system(), &call.doing, &verdict))
    }

    /// Calls `look` with the element `response`.
    pub(super) fn with<T>(
        &self,
        system: &str,
        look: impl FnOnce(Node<'_, '_>) -> T,
    ) -> Result<T, PanosError> {
        Ok(look(self.document(system)?.root_element()))
    }

    pub(super) fn verdict(&self, system: &str) -> Result<Verdict, PanosError> {
        self.with(system, |response| Verdict {
            success: response.attribute("status") == Some("success"),
            code: response.attribute("code").and_then(|it| it.parse().ok()),
            message: message(response),
        })
    }

    fn document(&self, system: &str) -> Result<Document<'_>, PanosError> {
        let options = ParsingOptions {
            nodes_limit: MOST_NODES,
            ..ParsingOptions::default()
        };
        // No reader of trees that the stack could not hold: depth is bounded by the library.
        Document::parse_with_options(&self.text, options)
            .ok()
            .filter(|it| it.root_element().has_tag_name("response"))
            .ok_or_else(|| {
                PanosError::unexpected(system, &self.doing, "something else than the API's XML")
            })
    }
}

/// The texts of an answer, wherever they stand: releases and commands differ in that.
fn message(response: Node<'_, '_>) -> String {
    let lines: Vec<String> = response
        .descendants()
        .filter(|it| it.has_tag_name("line") && !it.children().any(|child| child.is_element()))
        .map(text)
        .filter(|it| !it.is_empty())
        .collect();
    if !lines.is_empty() {
        return lines.join("; ");
    }
    let single = response
        .descendants()
        .find(|it| it.has_tag_name("msg") || it.has_tag_name("result"));
    single.map(text).unwrap_or_default()
}

/// All text inside an element, trimmed.
pub(super) fn text(node: Node<'_, '_>) -> String {
    let pieces: String = node
        .descendants()
        .filter(Node::is_text)
        .filter_map(|it| it.text())
        .collect();
    pieces.trim().to_owned()
}

/// The child of that name.
pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|it| it.has_tag_name(name))
}

/// The text of the child of that name; an empty one counts as absent.
pub(super) fn text_of(node: Node<'_, '_>, name: &str) -> Option<String> {
    child(node, name).map(text).filter(|it| !it.is_empty())
}

/// The first element of that name anywhere below.
pub(super) fn descendant<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.descendants().find(|it| it.has_tag_name(name))
}

/// A configuration with some thousand certificates has fewer.
const MOST_NODES: u32 = 2_000_000;
