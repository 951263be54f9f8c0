//! Writing so that a crash leaves the old or the new, never half of something.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::attributes::Attributes;

/// Puts `content` at `path`. The temporary file has its final mode and owner before it has
/// content, is on disk before it gets its name, and the name is on disk before this returns.
pub(super) fn write(path: &Path, content: &[u8], attributes: &Attributes) -> io::Result<()> {
    let folder = parent(path)?;
    let temporary = temporary_beside(path);
    let result = write_temporary(&temporary, path, content, attributes)
        .and_then(|()| fs::rename(&temporary, path));
    if let Err(error) = result {
        // What is left of it would be taken away by the next run; better now.
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    sync_folder(folder)
}

/// Makes `link` point to `target`, in one step if it exists already.
pub(super) fn switch_link(link: &Path, target: &str) -> io::Result<()> {
    let folder = parent(link)?;
    let temporary = temporary_beside(link);
    // Left over from a run that was killed here.
    let _ = fs::remove_file(&temporary);
    std::os::unix::fs::symlink(target, &temporary)?;
    if let Err(error) = fs::rename(&temporary, link) {
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    sync_folder(folder)
}

pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Is it one of our temporary files?
pub(super) fn is_temporary(file_name: &str) -> bool {
    file_name.starts_with(TEMPORARY)
}

fn write_temporary(
    temporary: &Path,
    path: &Path,
    content: &[u8],
    attributes: &Attributes,
) -> io::Result<()> {
    let _ = fs::remove_file(temporary);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(temporary)?;
    attributes.apply(temporary)?;
    attributes.keep_security_context(path, temporary)?;
    file.write_all(content)?;
    file.sync_all()
}

fn temporary_beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{TEMPORARY}{name}"))
}

fn parent(path: &Path) -> io::Result<&Path> {
    path.parent()
        .ok_or_else(|| io::Error::other("the path has no folder"))
}

const TEMPORARY: &str = ".certwright-";
