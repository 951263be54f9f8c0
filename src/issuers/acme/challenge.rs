//! Answering challenges: http-01 through a web server's document root (RFC 8555 §8.3), dns-01
//! through a name server that takes updates (§8.4).

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::clients::dns_update::{DnsError, DnsRecord, DnsUpdate, RecordKind};

/// The folder that a web server on this host serves for the names in question.
#[derive(Clone, Debug)]
pub(crate) struct Webroot(PathBuf);

/// An answer in place.
pub(super) enum Answer {
    /// Taken away when dropped.
    File(PublishedFile),
    Record(Arc<DnsUpdate>, DnsRecord),
}

/// A file; taken away when dropped, also on failure.
pub(super) struct PublishedFile(PathBuf);

impl Answer {
    /// Puts the record for `name` beside others: a name and its wildcard have one each.
    pub(super) async fn record(
        dns: &Arc<DnsUpdate>,
        name: &str,
        value: String,
    ) -> Result<Self, DnsError> {
        let base = name.strip_prefix("*.").unwrap_or(name);
        let record = DnsRecord {
            name: format!("_acme-challenge.{base}"),
            kind: RecordKind::Txt,
            value,
        };
        dns.add(&record).await?;
        Ok(Self::Record(dns.clone(), record))
    }

    /// Takes the answer away.
    pub(super) async fn withdraw(self) -> Result<(), DnsError> {
        match self {
            Self::File(file) => drop(file),
            Self::Record(dns, record) => dns.remove(&record).await?,
        }
        Ok(())
    }
}

impl Webroot {
    pub(crate) fn new(path: &str) -> Self {
        Self(Path::new(path).join(".well-known").join("acme-challenge"))
    }

    pub(super) fn put(&self, token: &str, key_authorization: &str) -> io::Result<PublishedFile> {
        // The token comes from the server and becomes a file name.
        let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
        if token.is_empty() || !token.bytes().all(plain) {
            return Err(io::Error::other("the server's token is not base64url"));
        }
        fs::create_dir_all(&self.0)?;
        let path = self.0.join(token);
        fs::write(&path, key_authorization)?;
        let answer = PublishedFile(path);
        // The web server may run as anybody.
        fs::set_permissions(&answer.0, fs::Permissions::from_mode(0o644))?;
        Ok(answer)
    }
}

impl Drop for PublishedFile {
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
