//! Status files: what monitoring reads, one for each certificate on each device.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;

use super::returned::{DeployedCertificate, status};

/// Brings the files in `folder` up to date. A file whose content stays is not touched.
pub(super) fn write(folder: &Path, certificates: &[DeployedCertificate]) -> Result<(), String> {
    let failed = |error: io::Error| format!("status_dir {}: {error}", folder.display());
    fs::create_dir_all(folder).map_err(failed)?;
    let mut done: Vec<(&str, &str)> = Vec::new();
    for it in certificates {
        let id = (it.appliance.as_str(), it.name.as_str());
        if done.contains(&id) {
            continue;
        }
        done.push(id);
        let same: Vec<_> = certificates
            .iter()
            .filter(|other| (other.appliance.as_str(), other.name.as_str()) == id)
            .collect();
        let name = format!("{}_{}.json", plain(id.0), plain(id.1));
        put(folder, &name, &status(&same)).map_err(failed)?;
    }
    Ok(())
}

/// Whoever reads it sees the old content or the new one, and never half of it.
fn put(folder: &Path, name: &str, content: &Value) -> io::Result<()> {
    let text = format!("{content:#}\n");
    let path = folder.join(name);
    if fs::read_to_string(&path).is_ok_and(|it| it == text) {
        return Ok(());
    }
    let temporary = folder.join(format!(".{name}.{}", std::process::id()));
    fs::write(&temporary, text)?;
    fs::rename(&temporary, path)
}

fn plain(name: &str) -> String {
    let harmless = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_');
    name.replace('*', "wildcard")
        .chars()
        .map(|it| if harmless(it) { it } else { '-' })
        .collect()
}
