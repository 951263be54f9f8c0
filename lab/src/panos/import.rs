//! `type=import`: certificates over requests, certificates alone, keys for
//! them, and pairs.

use super::answer::{self, Answer, Refusal};
use super::entry;
use super::ops::Site;
use super::request::Request;
use super::schema::is_name;
use super::scope::Scope;
use super::xml::Node;
use crate::bigip::keys::{KeyFile, Locked, Opened};
use crate::switches::AcceptOrRefuse;
use std::sync::Arc;
use time::OffsetDateTime;

/// Answers an import into one place of one device.
pub(crate) fn import(site: &mut Site<'_>, scope: &Scope, request: &Request) -> Answer {
    site.device.locks.admit_change(site.admin.name)?;
    let category = request.get("category").unwrap_or_default();
    let upload = Upload::read(request, category, site.device.kind.longest_name())?;
    let path = scope.certificate(upload.name);
    let old = path.first(&site.device.candidate).cloned();
    let mut made = old.clone().unwrap_or_else(|| Node::entry(upload.name));
    match category {
        "certificate" => certificate(&mut made, site, &upload)?,
        "keypair" => {
            if made.child("csr").is_some() {
                return Err(Refusal::text(format!(
                    "Import of certificate and private-key {} failed. private key doesn't exist for csr",
                    upload.name
                )));
            }
            let key = upload.private_key()?;
            let (leaf, pem) = upload.certificate(site.now)?;
            if entry::spki(&leaf).as_deref() != Some(key.spki.as_slice()) {
                return Err(failed(&upload, "private key mismatch"));
            }
            describe(&mut made, &leaf, &pem, &upload)?;
            made.put("private-key", site.vault.seal(key, upload.blocked));
        }
        _ => {
            if old.is_none() {
                return Err(failed(&upload, "certificate doesn't exist"));
            }
            // The pair is not compared: that is how devices lose their management.
            let key = upload.private_key()?;
            made.put("private-key", site.vault.seal(key, upload.blocked));
        }
    }
    let verb = if old.is_some() { "EDIT" } else { "CREATE" };
    *path.make(&mut site.device.candidate) = made;
    site.device
        .note(vec![(path, verb)], site.admin.name, site.now);
    Ok(answer::result_text(format!(
        "Successfully imported {} into candidate configuration",
        upload.name
    )))
}

fn certificate(made: &mut Node, site: &Site<'_>, upload: &Upload<'_>) -> Result<(), Refusal> {
    let (leaf, pem) = upload.certificate(site.now)?;
    let stored = site.vault.of(made);
    let fits = stored
        .as_ref()
        .is_none_or(|stored| entry::spki(&leaf).as_deref() == Some(stored.key.spki.as_slice()));
    let pending = made.child("csr").is_some();
    if pending && !fits {
        return Err(failed(upload, "private key doesn't exist for csr"));
    }
    if pending
        && site.switches.panos_bundle_over_csr == AcceptOrRefuse::Refused
        && upload.is_bundle()
    {
        return Err(failed(upload, "Failed to extract certificate"));
    }
    if !fits {
        let other_algorithm = stored.is_some_and(|stored| !same_algorithm(&stored, &leaf));
        if other_algorithm {
            return Err(failed(upload, "private key mismatch"));
        }
        // Another key follows in an import of its own.
        made.drop_child("private-key");
    }
    describe(made, &leaf, &pem, upload)
}

fn same_algorithm(stored: &Arc<entry::Stored>, leaf: &[u8]) -> bool {
    use crate::csr::KeyKind;
    use x509_parser::prelude::{FromDer, X509Certificate};
    let Ok((_, parsed)) = X509Certificate::from_der(leaf) else {
        return false;
    };
    let of_leaf = KeyKind::of(parsed.public_key());
    matches!(
        (stored.key.kind, of_leaf),
        (KeyKind::Rsa(_), KeyKind::Rsa(_)) | (KeyKind::Ec(_), KeyKind::Ec(_))
    )
}

fn describe(made: &mut Node, leaf: &[u8], pem: &str, upload: &Upload<'_>) -> Result<(), Refusal> {
    entry::describe(made, leaf, pem).ok_or_else(|| failed(upload, "Failed to extract certificate"))
}

/// The arguments of an import, checked against the grammar.
struct Upload<'a> {
    name: &'a str,
    passphrase: Option<&'a str>,
    blocked: bool,
    content: &'a [u8],
}

impl<'a> Upload<'a> {
    fn read(request: &'a Request, category: &str, longest: usize) -> Result<Self, Refusal> {
        if !["certificate", "keypair", "private-key"].contains(&category) {
            return Err(Refusal::bad_request(format!(
                "Illegal value for parameter \"category\" [{category}]."
            )));
        }
        let name = request.get("certificate-name").unwrap_or_default();
        if name.len() > longest || !is_name(name) {
            return Err(invalid(category, "certificate-name", name));
        }
        let format = request.get("format").unwrap_or_default();
        match format {
            "pem" => {}
            // The container is not simulated; devices take it only in an old form.
            "pkcs12" => {
                return Err(Refusal::text(format!(
                    "Import of {name} failed. Invalid file format"
                )));
            }
            other => return Err(invalid(category, "format", other)),
        }
        let passphrase = request.get("passphrase");
        let length = passphrase.map_or(0, str::len);
        let fine = match category {
            "certificate" => length <= 31,
            "keypair" => (1..=31).contains(&length),
            _ => (6..=31).contains(&length),
        };
        if !fine {
            return Err(invalid(
                category,
                "passphrase",
                passphrase.unwrap_or_default(),
            ));
        }
        let (file_name, content) = request
            .file
            .as_ref()
            .ok_or_else(|| Refusal::bad_request("No file uploaded"))?;
        if !is_file_name(file_name) {
            return Err(invalid(category, "file", file_name));
        }
        if content.len() > 1_048_576 {
            return Err(Refusal::text("file size exceeds limit"));
        }
        Ok(Self {
            name,
            passphrase,
            blocked: request.get("block-private-key") == Some("yes"),
            content,
        })
    }

    /// The leaf, and all certificates as the entry will hold them.
    fn certificate(&self, now: OffsetDateTime) -> Result<(Vec<u8>, String), Refusal> {
        let text = String::from_utf8_lossy(self.content);
        if !text.contains("-----BEGIN") {
            return Err(Refusal::text(
                "Failed to find begining of certificate. Make sure certificate starts with BEGIN CERTIFICATE tag",
            ));
        }
        let chain = entry::certificates(self.content)
            .ok_or_else(|| failed(self, "Failed to extract certificate"))?;
        let leaf = chain
            .first()
            .ok_or_else(|| failed(self, "Failed to extract certificate"))?;
        let end =
            entry::not_after(leaf).ok_or_else(|| failed(self, "Failed to extract certificate"))?;
        if end < now {
            return Err(Refusal::text("Certificate is expired"));
        }
        let pem = chain
            .iter()
            .map(|certificate| crate::der::pem("CERTIFICATE", certificate))
            .collect();
        Ok((leaf.to_vec(), pem))
    }

    fn is_bundle(&self) -> bool {
        entry::certificates(self.content).is_some_and(|chain| chain.len() > 1)
    }

    fn private_key(&self) -> Result<Arc<Opened>, Refusal> {
        let key = KeyFile::read(self.content).and_then(|file| file.open(self.passphrase));
        key.map_err(|locked| {
            failed(
                self,
                match locked {
                    Locked::Passphrase => "Invalid passphrase",
                    Locked::NoKey => "Failed to extract private key",
                },
            )
        })
    }
}

fn failed(upload: &Upload<'_>, why: &str) -> Refusal {
    Refusal::text(format!("Import of {} failed. {why}", upload.name))
}

fn invalid(category: &str, argument: &str, value: &str) -> Refusal {
    Refusal::coded(
        17,
        [
            format!(" upload -> {category} -> {argument} '{value}' is invalid"),
            format!(" upload -> {category} -> {argument} is invalid"),
        ],
    )
}

/// `^[a-zA-Z0-9][ ,\.a-zA-Z0-9_-]+$`
fn is_file_name(text: &str) -> bool {
    let fine = |character: char| character.is_ascii_alphanumeric() || " ,._-".contains(character);
    (2..=256).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.chars().all(fine)
}
