//! Status files: what monitoring reads, one for each certificate on each device.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::certificate_facts::CertificateFacts;
use crate::x509::KeyType;

/// What a result tells of one kind of key of a certificate on a device.
pub(super) struct Status<'a> {
    pub(super) appliance: &'a str,
    pub(super) certificate: &'a str,
    pub(super) key: Option<KeyType>,
    pub(super) failed: bool,
    /// What failed.
    pub(super) msg: Option<&'a str>,
    /// What is waited for.
    pub(super) waiting: Option<&'a str>,
    pub(super) facts: Option<&'a CertificateFacts>,
}

/// Brings the files in `folder` up to date. A file whose content stays is not touched.
pub(super) fn write(folder: &Path, all: &[Status]) -> Result<(), String> {
    let failed = |error: io::Error| format!("status_dir {}: {error}", folder.display());
    fs::create_dir_all(folder).map_err(failed)?;
    for (at, first) in all.iter().enumerate() {
        let same =
            |it: &&Status| (it.appliance, it.certificate) == (first.appliance, first.certificate);
        // Kinds of keys share a file, which the first of them writes.
        if all[..at].iter().any(|it| same(&it)) {
            continue;
        }
        let kinds: Vec<&Status> = all.iter().filter(same).collect();
        let name = format!(
            "{}_{}.json",
            file_name(first.appliance),
            file_name(first.certificate)
        );
        let text = format!("{:#}\n", content(first, &kinds));
        put(folder, &name, &text).map_err(failed)?;
    }
    Ok(())
}

/// Nothing that changes by itself.
fn content(first: &Status, kinds: &[&Status]) -> Value {
    let failed = kinds.iter().any(|it| it.failed);
    let waiting = kinds.iter().any(|it| it.waiting.is_some());
    let certificates: Map<String, Value> = kinds
        .iter()
        .filter_map(|it| {
            let facts = it.facts?;
            let told = json!({
                "names": facts.names,
                "serial": facts.serial,
                "issuer": facts.issuer,
                "not_before": facts.not_before,
                "not_after": facts.not_after,
            });
            Some((it.key?.name().to_owned(), told))
        })
        .collect();
    json!({
        "certificate": first.certificate,
        "appliance": first.appliance,
        "result": if failed { "failed" } else if waiting { "waiting" } else { "ok" },
        "message": kinds.iter().find_map(|it| it.msg.or(it.waiting)),
        "certificates": certificates,
    })
}

/// Whoever reads it sees the old content or the new one, and never half of it.
pub(super) fn put(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let path = folder.join(name);
    if fs::read_to_string(&path).is_ok_and(|it| it == text) {
        return Ok(());
    }
    let temporary = folder.join(format!(".{name}.{}", std::process::id()));
    fs::write(&temporary, text)?;
    fs::rename(&temporary, path)
}

/// The part of a file's name that a site or a device gives it.
pub(super) fn file_name(name: &str) -> String {
    let harmless = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_');
    name.replace('*', "wildcard")
        .chars()
        .map(|it| if harmless(it) { it } else { '-' })
        .collect()
}
