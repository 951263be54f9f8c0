//! Answering http-01 challenges through a web server's document root (RFC 8555 §8.3).

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The folder that a web server on this host serves for the names in question.
#[derive(Clone, Debug)]
pub(crate) struct Webroot(PathBuf);

/// An answer in place; taken away when dropped, also on failure.
pub(super) struct Answer(PathBuf);

impl Webroot {
    pub(crate) fn new(path: &str) -> Self {
        Self(Path::new(path).join(".well-known").join("acme-challenge"))
    }

    pub(super) fn put(&self, token: &str, key_authorization: &str) -> io::Result<Answer> {
        // The token comes from the server and becomes a file name.
        let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
        if token.is_empty() || !token.bytes().all(plain) {
            return Err(io::Error::other("the server's token is not base64url"));
        }
        fs::create_dir_all(&self.0)?;
        let path = self.0.join(token);
        fs::write(&path, key_authorization)?;
        let answer = Answer(path);
        // The web server may run as anybody.
        fs::set_permissions(&answer.0, fs::Permissions::from_mode(0o644))?;
        Ok(answer)
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // A stale answer does no harm, and the next run cannot do better.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_lives_as_long_as_it_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        let webroot = Webroot::new(folder.path().to_str().unwrap());
        let answer = webroot.put("to-ken_1", "to-ken_1.thumb").unwrap();
        let path = folder.path().join(".well-known/acme-challenge/to-ken_1");
        assert_eq!(fs::read_to_string(&path).unwrap(), "to-ken_1.thumb");
        drop(answer);
        assert!(!path.exists());
        assert!(webroot.put("../evil", "x").is_err());
    }
}
