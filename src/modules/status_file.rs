//! Status files: what monitoring reads, one for each certificate on each device.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;

/// Brings the file of a certificate on a device up to date. One whose content stays is not touched.
pub(super) fn write(
    folder: &Path,
    device: &str,
    certificate: &str,
    content: &Value,
) -> Result<(), String> {
    let name = format!("{}_{}.json", plain(device), plain(certificate));
    fs::create_dir_all(folder)
        .and_then(|()| put(folder, &name, content))
        .map_err(|error| format!("status_dir {}: {error}", folder.display()))
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
