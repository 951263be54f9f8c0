//! Files of the device: in, out, and away. Outside of every transaction.

use http::HeaderValue;
use http::header::HeaderName;
use serde::Deserialize;
use serde_json::json;

use super::path::is_plain;
use super::{Icontrol, IcontrolError};
use crate::http::{Call, Replay};

/// What a tool printed; absent if nothing.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Printed {
    #[serde(default)]
    command_result: String,
}

impl Icontrol {
    /// Puts a file where `sourcePath` finds it, over one of the same name. Certificates and chains
    /// are far below the smallest limit for one piece (512 KiB).
    pub(crate) async fn upload(&self, name: &str, content: &[u8]) -> Result<(), IcontrolError> {
        self.put("uploads", name, content).await
    }

    /// Puts a file where it can be read back, which `upload` does not allow.
    pub(crate) async fn put_bulk(&self, name: &str, content: &[u8]) -> Result<(), IcontrolError> {
        self.put("bulk", name, content).await
    }

    /// Reads a file of `/var/config/rest/bulk`; `None` if there is none.
    pub(crate) async fn get_bulk(&self, name: &str) -> Result<Option<Vec<u8>>, IcontrolError> {
        let call = Call::get(
            format!("shared/file-transfer/bulk/{name}"),
            format!("read the file {name}"),
        )
        .header(CONTENT_RANGE, HeaderValue::from_static(FIRST_PIECE));
        match self.send(&call).await {
            Ok(reply) => Ok(Some(reply.body.to_vec())),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes files, whether they are there or not.
    pub(crate) async fn remove_files(&self, paths: &[String]) -> Result<(), IcontrolError> {
        if paths.is_empty() {
            return Ok(());
        }
        let arguments = format!("-f {}", paths.join(" "));
        self.util("unix-rm", &arguments, "remove uploaded files")
            .await
            .map(drop)
    }

    pub(super) async fn move_file(&self, from: &str, to: &str) -> Result<String, IcontrolError> {
        self.util("unix-mv", &format!("{from} {to}"), "move a file")
            .await
    }

    /// A tool of the device's; every one that is used here may run twice. It answers 200 whatever
    /// the tool says.
    pub(super) async fn util(
        &self,
        tool: &str,
        arguments: &str,
        doing: &str,
    ) -> Result<String, IcontrolError> {
        let call = Call::post(format!("tm/util/{tool}"), doing)
            .body(&json!({"command": "run", "utilCmdArgs": arguments}))
            .replay(Replay::Safe);
        let printed: Printed = self.read(&call).await?;
        Ok(printed.command_result)
    }

    async fn put(&self, area: &str, name: &str, content: &[u8]) -> Result<(), IcontrolError> {
        let doing = format!("upload the file {name}");
        let range = format!("0-{}/{}", content.len().saturating_sub(1), content.len());
        let range = HeaderValue::from_str(&range)
            .ok()
            .filter(|_| is_plain(name))
            .ok_or_else(|| {
                IcontrolError::Options(format!("'{name}' cannot be the name of a file on a BIG-IP"))
            })?;
        let call = Call::post(format!("shared/file-transfer/{area}/{name}"), doing)
            .header(CONTENT_RANGE, range)
            .bytes("application/octet-stream", content.to_vec())
            .replay(Replay::Safe);
        self.send(&call).await.map(drop)
    }
}

/// Does a download say that there is no such file? What it says then is written down nowhere; nothing
/// else of the request can be wrong.
fn is_missing(error: &IcontrolError) -> bool {
    match error {
        IcontrolError::NotFound { .. } | IcontrolError::Refused { status: 400, .. } => true,
        IcontrolError::Unexpected {
            status: 500,
            answer,
            ..
        } => MISSING.iter().any(|it| answer.contains(it)),
        _ => false,
    }
}

/// Where an upload lies.
pub(crate) fn uploaded(name: &str) -> String {
    format!("/var/config/rest/downloads/{name}")
}

/// Where a file of the bulk area lies.
pub(crate) fn bulk(name: &str) -> String {
    format!("/var/config/rest/bulk/{name}")
}

const MISSING: [&str; 3] = ["FileNotFound", "No such file", "does not exist"];
const CONTENT_RANGE: HeaderName = http::header::CONTENT_RANGE;
/// A range of which the device gives as much as there is.
const FIRST_PIECE: &str = "0-524287/0";
