//! Files of the device that clients can reach, and how they get there.

use super::errors::{Refusal, answer};
use crate::http::{Call, Reply};
use crate::switches::{MissingFile, MissingSource, Switches};
use hyper::Method;
use serde_json::json;
use std::collections::BTreeMap;

/// Path → content.
#[derive(Debug, Default)]
pub(crate) struct Files {
    whole: BTreeMap<String, Vec<u8>>,
    /// Uploads of which parts are missing.
    partial: BTreeMap<String, Vec<u8>>,
}

impl Files {
    pub(crate) fn get(&self, path: &str) -> Option<&[u8]> {
        self.whole.get(path).map(Vec::as_slice)
    }

    pub(crate) fn put(&mut self, path: String, bytes: Vec<u8>) {
        self.whole.insert(path, bytes);
    }

    pub(crate) fn take(&mut self, path: &str) -> Option<Vec<u8>> {
        self.whole.remove(path)
    }

    pub(crate) fn paths(&self) -> Vec<&String> {
        self.whole.keys().chain(self.partial.keys()).collect()
    }

    /// The content that a `sourcePath` or a plain path names.
    pub(crate) fn source(&self, path: &str, form: MissingSource) -> Result<&[u8], Refusal> {
        let plain = path.strip_prefix("file:").unwrap_or(path);
        let plain = format!("/{}", plain.trim_start_matches('/'));
        self.get(&plain).ok_or_else(|| {
            match form {
                // What curl ends with on the device.
                MissingSource::ExitCode => Refusal::curl(37),
                MissingSource::Database => Refusal::database(
                    400,
                    format!(
                        "01070712:3: Caught configuration exception (0), unable to copy ({plain})."
                    ),
                ),
            }
        })
    }
}

/// `/mgmt/shared/file-transfer/<area>/<name>`.
pub(crate) fn transfer(
    files: &mut Files,
    call: &Call,
    switches: &Switches,
    area: &str,
    name: &str,
) -> Result<Reply, Refusal> {
    let directory = match area {
        "uploads" => UPLOADS,
        "bulk" => BULK,
        _ => return Err(Refusal::framework(404, "Public URI path not registered")),
    };
    if !name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"._-~".contains(&byte))
    {
        return Err(Refusal::framework(400, format!("Invalid file name {name}")));
    }
    let path = format!("{directory}/{name}");
    match call.method {
        Method::POST if switches.bigip_disk_full => Err(Refusal::framework(
            500,
            format!("{path} (No space left on device)"),
        )),
        Method::POST => upload(files, call, path),
        Method::GET if area == "bulk" => download(files, call, switches.bigip_missing_file, &path),
        _ => Err(Refusal::framework(405, "Method not allowed.")),
    }
}

/// Directory of uploads, whatever its name says.
pub(crate) const UPLOADS: &str = "/var/config/rest/downloads";
const BULK: &str = "/var/config/rest/bulk";

fn upload(files: &mut Files, call: &Call, path: String) -> Result<Reply, Refusal> {
    let bad = |text: String| Refusal::framework(400, text);
    let range = call.header("content-range").unwrap_or_default();
    let (start, end, total) =
        parse_range(range).ok_or_else(|| bad(format!("Invalid Content-Range {range}")))?;
    let length = call.body.len();
    let wanted = (end + 1).checked_sub(start).filter(|_| end < total);
    if wanted != Some(length) {
        let count = wanted.unwrap_or_default();
        let text =
            format!("Chunk byte count {count} different from received buffer length {length}");
        return Err(bad(text));
    }
    let mut bytes = if start == 0 {
        Vec::new()
    } else {
        files.partial.remove(&path).unwrap_or_default()
    };
    if bytes.len() != start {
        return Err(bad(format!(
            "Chunk starts at {start}, {} bytes are there",
            bytes.len()
        )));
    }
    bytes.extend_from_slice(&call.body);
    let remaining = total - bytes.len();
    let body = json!({
        "remainingByteCount": remaining,
        "usedChunks": {start.to_string(): length},
        "totalByteCount": total,
        "localFilePath": path,
        "temporaryFilePath": path.replace("/downloads/", "/downloads/tmp/"),
        "generation": 0,
        "lastUpdateMicros": 0,
    });
    if remaining == 0 {
        files.put(path, bytes);
    } else {
        files.partial.insert(path, bytes);
    }
    Ok(answer(200, &body))
}

fn download(
    files: &Files,
    call: &Call,
    missing: MissingFile,
    path: &str,
) -> Result<Reply, Refusal> {
    let bytes = files.get(path).ok_or_else(|| match missing {
        MissingFile::NotFound => {
            Refusal::framework(404, format!("Object not found - {}", call.path))
        }
        MissingFile::BadRequest => Refusal::framework(400, format!("{path} does not exist")),
        MissingFile::Failure => Refusal::framework(
            500,
            format!("java.io.FileNotFoundException: {path} (No such file or directory)"),
        ),
    })?;
    let range = call.header("content-range").unwrap_or("0-0/0");
    let (start, end, _) = parse_range(range)
        .filter(|(start, ..)| *start < bytes.len())
        .ok_or_else(|| Refusal::framework(400, format!("Invalid Content-Range {range}")))?;
    let end = end.min(bytes.len() - 1).max(start);
    let part = bytes.get(start..=end).unwrap_or_default().to_vec();
    Ok(Reply::text(200, "application/octet-stream", part)
        .with("Content-Range", format!("{start}-{end}/{}", bytes.len())))
}

/// `<start>-<end>/<total>`, the end included.
fn parse_range(range: &str) -> Option<(usize, usize, usize)> {
    let (span, total) = range.split_once('/')?;
    let (start, end) = span.split_once('-')?;
    Some((start.parse().ok()?, end.parse().ok()?, total.parse().ok()?))
}
