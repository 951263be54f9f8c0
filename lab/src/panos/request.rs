//! The parameters of a request, wherever a client put them: query, form, or
//! text parts of a multipart body.

use super::xml::Node;
use crate::http::Call;

/// A request to `/api/`.
#[derive(Debug, Default)]
pub(crate) struct Request {
    parameters: Vec<(String, String)>,
    /// How many of them, the first ones, stood in the URL.
    in_url: usize,
    /// The uploaded file and the name that it came with.
    pub(crate) file: Option<(String, Vec<u8>)>,
}

impl Request {
    /// Reads a call; `None` if its body cannot be read.
    pub(crate) fn read(call: &Call) -> Option<Self> {
        let mut request = Self {
            parameters: call.query.clone(),
            in_url: call.query.len(),
            file: None,
        };
        let content_type = call.header("content-type").unwrap_or_default();
        if content_type.starts_with("multipart/form-data") {
            // The device does not understand a quoted boundary.
            let boundary = content_type
                .split(';')
                .filter_map(|part| part.trim().strip_prefix("boundary="))
                .find(|boundary| !boundary.starts_with('"'))?;
            for part in parts(&call.body, boundary)? {
                match part.file {
                    Some(name) if part.name == "file" => {
                        request.file = Some((name, part.content.to_vec()));
                    }
                    _ => {
                        let text = String::from_utf8_lossy(part.content).into_owned();
                        request.parameters.push((part.name, text));
                    }
                }
            }
        } else {
            let form = form_urlencoded::parse(&call.body).into_owned();
            request.parameters.extend(form);
        }
        Some(request)
    }

    /// A request that did not come over the network.
    pub(crate) fn of(parameters: &[(String, String)]) -> Self {
        Self {
            parameters: parameters.to_vec(),
            in_url: 0,
            file: None,
        }
    }

    /// A parameter; an empty one counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The command in `cmd`, read.
    pub(crate) fn command(&self) -> Option<Node> {
        Node::parse(self.get("cmd")?).ok()
    }

    /// What the request is about, in place of its path: `/api/config/set`,
    /// `/api/op/show/jobs`.
    pub(crate) fn label(&self) -> String {
        let kind = self.get("type").unwrap_or("none");
        let detail = match kind {
            "config" => self.get("action").unwrap_or_default().to_owned(),
            "import" | "export" => self.get("category").unwrap_or_default().to_owned(),
            "op" => self.command().map(|node| words(&node)).unwrap_or_default(),
            "commit" if self.get("action") == Some("all") => "all".to_owned(),
            _ => String::new(),
        };
        let label = format!("/api/{kind}/{detail}");
        label.trim_end_matches('/').to_owned()
    }

    /// The parameters without what nobody may read; but where that stood in the URL, the name tells.
    pub(crate) fn shown(&self) -> String {
        let mut shown = form_urlencoded::Serializer::new(String::new());
        for (at, (name, value)) in self.parameters.iter().enumerate() {
            if !SECRET.contains(&name.as_str()) {
                shown.append_pair(name, value);
            } else if at < self.in_url {
                shown.append_pair(name, "in-the-url");
            }
        }
        shown.finish()
    }
}

/// The verbs of a command: element names as far as they are alone.
fn words(node: &Node) -> String {
    let mut words = vec![node.name.as_str()];
    let mut node = node;
    while let [child] = node.children.as_slice() {
        if words.len() == 3 || child.name == "entry" {
            break;
        }
        words.push(&child.name);
        node = child;
    }
    words.join("/")
}

struct Part<'a> {
    name: String,
    file: Option<String>,
    content: &'a [u8],
}

fn parts<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<Part<'a>>> {
    let delimiter = format!("--{boundary}");
    let mut found = Vec::new();
    let mut rest = after(body, delimiter.as_bytes())?;
    loop {
        if rest.starts_with(b"--") {
            return Some(found);
        }
        let start = rest.strip_prefix(b"\r\n")?;
        let closing = format!("\r\n{delimiter}");
        let end = position(start, closing.as_bytes())?;
        found.push(part(&start[..end])?);
        rest = &start[end + closing.len()..];
    }
}

fn part(bytes: &[u8]) -> Option<Part<'_>> {
    let end = position(bytes, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let disposition = head.lines().find(|line| {
        line.to_ascii_lowercase()
            .starts_with("content-disposition:")
    })?;
    let value = |name: &str| {
        disposition
            .split(';')
            .filter_map(|piece| piece.trim().strip_prefix(name)?.strip_prefix('='))
            .map(|value| value.trim_matches('"').to_owned())
            .next()
    };
    Some(Part {
        name: value("name")?,
        file: value("filename"),
        content: &bytes[end + 4..],
    })
}

fn after<'a>(bytes: &'a [u8], pattern: &[u8]) -> Option<&'a [u8]> {
    position(bytes, pattern).map(|at| &bytes[at + pattern.len()..])
}

fn position(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes
        .windows(pattern.len())
        .position(|window| window == pattern)
}

const SECRET: [&str; 4] = ["key", "password", "passphrase", "private-key"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multipart_bodies_hold_text_and_a_file() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimport\r\n\
            --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"cert.pem\"\r\n\
            Content-Type: application/octet-stream\r\n\r\n--x\r\n\r\n--b--\r\n";
        let found = parts(body, "b").expect("parts");
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].name.as_str(), found[0].content),
            ("type", &b"import"[..])
        );
        assert_eq!(found[1].file.as_deref(), Some("cert.pem"));
        assert_eq!(found[1].content, b"--x\r\n");
        assert!(parts(b"--b\r\nno end", "b").is_none());
    }

    #[test]
    fn labels_name_the_request_and_tell_no_secret() {
        let request = Request {
            parameters: [
                ("type", "op"),
                ("cmd", "<show><jobs><id>17</id></jobs></show>"),
                ("key", "SECRET"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
            in_url: 3,
            file: None,
        };
        assert_eq!(request.label(), "/api/op/show/jobs/id");
        assert!(!request.shown().contains("SECRET"));
        assert!(request.shown().ends_with("key=in-the-url"));
    }
}
