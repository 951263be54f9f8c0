//! Answers: an XML envelope with a status, mostly under HTTP 200.

use super::xml::Node;
use crate::http::Reply;
use bytes::Bytes;

/// A request that is turned down.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    http: u16,
    code: Option<u16>,
    lines: Vec<String>,
    /// Credentials and rights are refused in a shape of their own.
    in_result: bool,
}

pub(crate) type Answer = Result<Reply, Refusal>;

impl Refusal {
    /// A refusal with a code of the API's table and lines of text.
    pub(crate) fn coded(code: u16, lines: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            code: Some(code),
            ..Self::plain(lines)
        }
    }

    /// A refusal without a code, as most commands give.
    pub(crate) fn plain(lines: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            http: 200,
            code: None,
            lines: lines.into_iter().map(Into::into).collect(),
            in_result: false,
        }
    }

    pub(crate) fn text(line: impl Into<String>) -> Self {
        Self::plain([line.into()])
    }

    /// HTTP 403: a bad key, or a role that may not.
    pub(crate) fn forbidden(text: impl Into<String>) -> Self {
        Self {
            http: 403,
            in_result: true,
            ..Self::coded(403, [text.into()])
        }
    }

    /// HTTP 400: the request itself is no good.
    pub(crate) fn bad_request(text: impl Into<String>) -> Self {
        Self {
            http: 400,
            in_result: true,
            ..Self::coded(400, [text.into()])
        }
    }

    pub(crate) fn reply(&self) -> Reply {
        let message = if self.in_result {
            let text = self.lines.join(" ");
            Node::new("result").with(Node::leaf("msg", text))
        } else {
            let lines = self.lines.iter().map(|line| Node::leaf("line", line));
            Node::new("msg").with_all(lines)
        };
        let mut response = Node::new("response").with_attribute("status", "error");
        if let Some(code) = self.code {
            response = response.with_attribute("code", code.to_string());
        }
        xml(self.http, response.with(message).to_string())
    }
}

/// `status="success"` with a code of the API's table.
pub(crate) fn success(code: Option<u16>, content: Vec<Node>) -> Reply {
    let mut response = Node::new("response").with_attribute("status", "success");
    if let Some(code) = code {
        response = response.with_attribute("code", code.to_string());
    }
    xml(200, response.with_all(content).to_string())
}

/// The answer to a change of the candidate configuration.
pub(crate) fn command_succeeded() -> Reply {
    success(Some(20), vec![Node::leaf("msg", "command succeeded")])
}

/// `<result>…</result>`
pub(crate) fn result(content: Vec<Node>) -> Reply {
    success(None, vec![Node::new("result").with_all(content)])
}

/// `<result>text</result>`
pub(crate) fn result_text(text: impl Into<String>) -> Reply {
    success(None, vec![Node::leaf("result", text)])
}

/// The device writes this one answer with single quotes.
pub(crate) fn key(key: &str) -> Reply {
    xml(
        200,
        format!("<response status = 'success'><result><key>{key}</key></result></response>"),
    )
}

/// A file to be saved.
pub(crate) fn file(name: &str, content: impl Into<Bytes>) -> Reply {
    let mut reply = Reply::empty(200)
        .with("Content-Type", "application/octet-stream")
        .with(
            "Content-Disposition",
            format!("attachment; filename={name}"),
        );
    reply.body = content.into();
    reply
}

fn xml(status: u16, text: String) -> Reply {
    Reply::text(status, "application/xml; charset=UTF-8", text)
}
