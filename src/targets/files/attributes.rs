//! Who may read a file: mode, owner, group, SELinux context.

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;

use rustix::fs::{XattrFlags, lgetxattr, lsetxattr};

/// What a file of one kind should have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) mode: u32,
    /// `None`: whatever the process makes.
    pub(super) owner: Option<u32>,
    pub(super) group: Option<u32>,
}

impl Attributes {
    pub(super) fn apply(&self, path: &Path) -> io::Result<()> {
        if self.owner.is_some() || self.group.is_some() {
            std::os::unix::fs::chown(path, self.owner, self.group)?;
        }
        // After chown, which may clear bits.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(self.mode))
    }

    /// How `path` differs, in words; `None` if it does not.
    pub(super) fn difference(&self, path: &Path) -> io::Result<Option<String>> {
        let found = std::fs::metadata(path)?;
        let mode = found.mode() & 0o7777;
        let mut differences = Vec::new();
        if mode != self.mode {
            differences.push(format!("mode {mode:04o} instead of {:04o}", self.mode));
        }
        if let Some(owner) = self.owner.filter(|it| *it != found.uid()) {
            differences.push(format!("owner {} instead of {owner}", found.uid()));
        }
        if let Some(group) = self.group.filter(|it| *it != found.gid()) {
            differences.push(format!("group {} instead of {group}", found.gid()));
        }
        Ok((!differences.is_empty())
            .then(|| format!("{}: {}", path.display(), differences.join(", "))))
    }

    /// Gives `new` the SELinux context of `old`, if there is one. Without an old file the kernel
    /// gives the context that the policy has for new files in that folder.
    #[allow(clippy::unused_self)] // one of the attributes, like the others
    pub(super) fn keep_security_context(&self, old: &Path, new: &Path) -> io::Result<()> {
        let mut context = vec![0u8; 1024];
        match lgetxattr(old, SELINUX, &mut context) {
            Ok(length) => {
                lsetxattr(new, SELINUX, &context[..length], XattrFlags::empty())?;
                Ok(())
            }
            // No such file, no such attribute, or a file system without attributes.
            Err(_) => Ok(()),
        }
    }
}

/// The number of a user, given as number or name.
pub(super) fn user_id(user: &str) -> Result<u32, String> {
    id("passwd", user)
}

/// The number of a group, given as number or name.
pub(super) fn group_id(group: &str) -> Result<u32, String> {
    id("group", group)
}

/// Asks `getent`, which knows all of the host's sources of names. A static binary cannot load
/// them itself.
fn id(database: &str, name: &str) -> Result<u32, String> {
    if let Ok(number) = name.parse() {
        return Ok(number);
    }
    let what = if database == "group" { "group" } else { "user" };
    let output = Command::new("getent")
        .args(["--", database, name])
        .output()
        .map_err(|error| {
            format!("cannot look {what} '{name}' up: getent: {error}; use its number")
        })?;
    String::from_utf8_lossy(&output.stdout)
        .split(':')
        .nth(2)
        .and_then(|it| it.trim().parse().ok())
        .ok_or_else(|| format!("this host has no {what} '{name}'"))
}

const SELINUX: &str = "security.selinux";
