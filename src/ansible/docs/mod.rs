//! The collection's documentation, made from the modules themselves.
//!
//! Ansible's tools read a module's documentation from a Python file of its name; the code of ours
//! is in this binary. Such a stub holds the documentation and nothing else. What several modules
//! share stands once, in a documentation fragment that their stubs name.

mod fragment;
mod stub;
mod yaml;

use std::fs;
use std::path::Path;

use crate::modules::REGISTRY;
use fragment::Fragment;

/// Writes stubs and fragments into `write`, the collection's `plugins`, or compares them with
/// those in `check`.
pub(crate) fn maintain(write: Option<&Path>, check: Option<&Path>) -> Result<(), String> {
    let files = files()?;
    if let Some(plugins) = write {
        for (name, text) in &files {
            let path = plugins.join(name);
            path.parent()
                .map_or(Ok(()), fs::create_dir_all)
                .and_then(|()| fs::write(&path, text))
                .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        }
    }
    let Some(plugins) = check else { return Ok(()) };
    let stale: Vec<&str> = files
        .iter()
        .filter(|(name, text)| fs::read_to_string(plugins.join(name)).ok().as_ref() != Some(text))
        .map(|(name, _)| name.as_str())
        .collect();
    if stale.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "not up to date with the binary: {}. Run `certwright doc --write`.",
            stale.join(", ")
        ))
    }
}

/// Names below `plugins`, and contents.
fn files() -> Result<Vec<(String, String)>, String> {
    let fragments = fragment::all();
    let mut files = Vec::new();
    for Fragment { name, content, .. } in &fragments {
        let text = fragment::python(content)?;
        files.push((format!("doc_fragments/{name}.py"), text));
    }
    for entry in REGISTRY {
        let text = stub::python(entry, &fragments)?;
        files.push((format!("modules/{}.py", entry.name), text));
    }
    Ok(files)
}

/// A Python file that is made from `source` and holds `body`.
// REUSE-IgnoreStart: these are the licence lines of what is written here.
fn python(source: &str, body: &str) -> String {
    format!(
        "# Copyright (c) Certwright contributors\n\
         # GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)\n\
         # SPDX-License-Identifier: GPL-3.0-or-later\n\
         \n\
         # Made by `certwright doc --write` from {source} in the binary: change it there.\n\
         \n\
         from __future__ import annotations\n\
         \n\
         {body}"
    )
}
// REUSE-IgnoreEnd
