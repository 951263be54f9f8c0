//! Full paths of objects: `/Partition[/Folder…]/name`, in URLs with `~`.

use super::errors::Refusal;
use serde_json::{Map, Value};

/// The full path that a URL segment names; a bare name lives in `/Common`.
pub(crate) fn from_url(segment: &str) -> String {
    match segment.strip_prefix('~') {
        Some(_) => segment.replace('~', "/"),
        None => format!("/{COMMON}/{segment}"),
    }
}

/// The URL segment of a full path.
pub(crate) fn to_url(path: &str) -> String {
    path.replace('%', "%25").replace('/', "~")
}

/// The full path that a create body names.
pub(crate) fn from_body(body: &Map<String, Value>) -> Result<String, Refusal> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let name = text("name").unwrap_or_default();
    if name.is_empty() {
        return Err(Refusal::syntax(
            "one or more configuration identifiers must be provided",
        ));
    }
    if name.contains('*') {
        return Err(Refusal::syntax(
            "the \"create\" command does not accept wildcard configuration identifiers",
        ));
    }
    if name.starts_with('/') {
        return Ok(name.to_owned());
    }
    let partition = text("partition").unwrap_or(COMMON);
    Ok(match text("subPath") {
        // Folders name their parent in full.
        Some(parent) if parent.starts_with('/') => {
            format!("{}/{name}", parent.trim_end_matches('/'))
        }
        Some(folder) => format!("/{partition}/{folder}/{name}"),
        None => format!("/{partition}/{name}"),
    })
}

/// The full path that a reference in a property names.
pub(crate) fn reference(value: &str) -> String {
    if value.starts_with('/') {
        value.to_owned()
    } else {
        format!("/{COMMON}/{value}")
    }
}

/// The partition of a full path.
pub(crate) fn partition(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}

/// The last part of a full path.
pub(crate) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// The folders between partition and name.
pub(crate) fn folder(path: &str) -> Option<&str> {
    let inner = path.strip_prefix('/')?.split_once('/')?.1;
    inner.rsplit_once('/').map(|(folder, _)| folder)
}

/// Whether an object may refer to another: its own partition or `/Common`.
pub(crate) fn sees(from: &str, to: &str) -> bool {
    partition(to) == COMMON || partition(to) == partition(from)
}

/// The partition that always exists.
pub(crate) const COMMON: &str = "Common";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_urls() {
        assert_eq!(from_url("~Web~app.app~vs"), "/Web/app.app/vs");
        assert_eq!(from_url("plain"), "/Common/plain");
        assert_eq!(to_url("/Web/a%1"), "~Web~a%251");
        assert_eq!(folder("/Web/app.app/vs"), Some("app.app"));
        assert_eq!(folder("/Web/vs"), None);
        assert!(sees("/Web/vs", "/Common/x") && !sees("/Common/x", "/Web/vs"));
    }
}
