//! Certificates in files, for Apache, nginx and whatever else reads PEM: run on that very host.

mod atomic;
mod attributes;
mod layout;
mod pkcs12;
mod read;
mod server;

use std::cell::RefCell;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use rustix::fs::{FlockOperation, flock};
use time::OffsetDateTime;

use crate::deadline::Deadline;
use crate::lifecycle::verify::Endpoint;
use crate::lifecycle::{Held, Observation, Served, SiteSpec, Target, TargetError};
use crate::secret::Secret;
use crate::x509::{Algorithm, Chain, Csr, KeyType, PrivateKey};

use attributes::Attributes;
pub(crate) use layout::Layout;
use layout::Version;
pub(crate) use read::{Pair, read_in_service};
pub(crate) use server::Server;

/// A site's folder on this host, and the server that reads it.
pub(crate) struct FilesTarget {
    layout: Layout,
    permissions: Permissions,
    pkcs12: Option<Secret>,
    server: Option<Server>,
    endpoint: Option<Endpoint>,
    patience: Duration,
    /// The links as they were before the last switch.
    before: RefCell<Vec<(Algorithm, Option<String>)>>,
    lock: RefCell<Option<File>>,
    deadline: Deadline,
}

/// Modes and owners of what is written.
#[derive(Clone, Debug)]
pub(crate) struct Permissions {
    public: Attributes,
    key: Attributes,
    folder: Attributes,
}

/// What a [`FilesTarget`] is made from.
pub(crate) struct FilesOptions {
    pub(crate) layout: Layout,
    pub(crate) permissions: Permissions,
    pub(crate) pkcs12: Option<Secret>,
    pub(crate) server: Option<Server>,
    pub(crate) endpoint: Option<Endpoint>,
    /// How long a reload may take to show.
    pub(crate) patience: Duration,
    pub(crate) deadline: Deadline,
}

impl Permissions {
    /// `owner` and `group` as numbers or names; modes as octal digits.
    pub(crate) fn new(
        owner: Option<&str>,
        group: Option<&str>,
        mode: &str,
        key_mode: &str,
        folder_mode: &str,
    ) -> Result<Self, String> {
        let owner = owner.map(attributes::user_id).transpose()?;
        let group = group.map(attributes::group_id).transpose()?;
        let with = |mode: &str, option: &str| -> Result<Attributes, String> {
            let mode = u32::from_str_radix(mode, 8)
                .ok()
                .filter(|it| *it <= 0o777)
                .ok_or_else(|| {
                    format!("{option} must be three or four octal digits in quotes, such as '0640'")
                })?;
            Ok(Attributes { mode, owner, group })
        };
        let key = with(key_mode, "key_mode")?;
        if key.mode & 0o027 != 0 {
            return Err(format!(
                "key_mode {key_mode} would let others than the owner (and, to read, the group) at the \
                 private key"
            ));
        }
        Ok(Self {
            public: with(mode, "mode")?,
            folder: with(folder_mode, "directory_mode")?,
            key,
        })
    }

    fn of(&self, file: &str) -> &Attributes {
        match file {
            KEY | KEYSTORE => &self.key,
            _ => &self.public,
        }
    }
}

impl FilesTarget {
    pub(crate) fn new(options: FilesOptions) -> Self {
        Self {
            layout: options.layout,
            permissions: options.permissions,
            pkcs12: options.pkcs12,
            server: options.server,
            endpoint: options.endpoint,
            patience: options.patience,
            before: RefCell::default(),
            lock: RefCell::default(),
            deadline: options.deadline,
        }
    }

    fn write(&self, id: &str, file: &str, content: &[u8]) -> Result<(), TargetError> {
        let path = self.layout.version(id).join(file);
        atomic::write(&path, content, self.permissions.of(file))
            .map_err(|error| failed("write", &path, &error))
    }

    /// Makes the folders up to `path`; those that are ours get our attributes.
    fn make_folder(&self, path: &Path) -> Result<(), TargetError> {
        let fail = |error| failed("make", path, &error);
        fs::create_dir_all(path).map_err(fail)?;
        self.permissions.folder.apply(path).map_err(fail)?;
        path.parent()
            .map_or(Ok(()), atomic::sync_folder)
            .map_err(fail)
    }

    fn set_link(&self, algorithm: Algorithm, id: Option<&String>) -> Result<(), TargetError> {
        let link = self.layout.link(algorithm);
        match id {
            Some(id) => atomic::switch_link(&link, id),
            None => fs::remove_file(&link),
        }
        .map_err(|error| failed("switch", &link, &error))
    }

    fn restore_links(&self) -> Result<(), TargetError> {
        for (algorithm, id) in self.before.borrow().iter() {
            self.set_link(*algorithm, id.as_ref())?;
        }
        Ok(())
    }
}

#[async_trait(?Send)]
impl Target for FilesTarget {
    async fn observe(&self, spec: &SiteSpec) -> Result<Observation, TargetError> {
        let mut observed = read::observe(&self.layout, spec)
            .map_err(|error| failed("read", self.layout.root(), &error))?;
        for variant in &mut observed.variants {
            if let (Some(current), Some(endpoint)) = (&mut variant.in_service, &self.endpoint) {
                current.served = Some(endpoint.serves(&current.certificate).await);
            }
        }
        let proven = |algorithm| {
            self.server.is_some()
                && observed
                    .variant(algorithm)
                    .and_then(|it| it.in_service.as_ref())
                    .is_some_and(|it| it.served == Some(Served::Yes))
        };
        observed.leftovers = read::leftovers(&self.layout, spec, &observed, proven)
            .map_err(|error| failed("read", self.layout.root(), &error))?;
        observed.drift = read::drift(&self.layout, spec, &self.permissions, self.pkcs12.as_ref());
        Ok(observed)
    }

    /// One run at a time works on a site. The lock is on the folder itself, so it leaves no file,
    /// and it ends with the process.
    async fn lock(&self) -> Result<bool, TargetError> {
        let root = self.layout.root();
        self.make_folder(root)?;
        let folder = File::open(root).map_err(|error| failed("open", root, &error))?;
        while flock(&folder, FlockOperation::NonBlockingLockExclusive).is_err() {
            if self.deadline.admits(LOCK_PAUSE).is_none() {
                return Err(TargetError(format!(
                    "{}: another run is at work on this site and did not end in time; try again when it has",
                    root.display()
                )));
            }
            tokio::time::sleep(LOCK_PAUSE).await;
        }
        self.lock.replace(Some(folder));
        Ok(true)
    }

    async fn create_csr(
        &self,
        spec: &SiteSpec,
        key: KeyType,
    ) -> Result<(String, Csr), TargetError> {
        let made = PrivateKey::generate(key).and_then(|pair| {
            Csr::make(&pair, spec.common_name.as_deref(), &spec.names).map(|csr| (pair, csr))
        });
        let (pair, csr) = made.map_err(|error| {
            TargetError(format!(
                "{}: a {key} key cannot be made: {error}",
                spec.name
            ))
        })?;
        let mut time = OffsetDateTime::now_utc();
        let id = loop {
            let id = Version::id_at(key.algorithm(), time);
            if !self.layout.version(&id).exists() {
                break id;
            }
            time += time::Duration::SECOND;
        };
        self.make_folder(&self.layout.version(&id))?;
        self.write(&id, KEY, pair.to_pem().as_bytes())?;
        self.write(&id, REQUEST, csr.to_pem().as_bytes())?;
        Ok((id, csr))
    }

    async fn install(&self, id: &str, chain: &Chain) -> Result<(), TargetError> {
        if let Some(passphrase) = &self.pkcs12 {
            let key = read::key(&self.layout.version(id)).ok_or_else(|| {
                TargetError(format!(
                    "{}: the key is gone",
                    self.layout.version(id).display()
                ))
            })?;
            let name = chain.leaf.names.first().map_or("", String::as_str);
            let keystore = pkcs12::build(name, &key, chain, passphrase).map_err(TargetError)?;
            self.write(id, KEYSTORE, &keystore)?;
        }
        self.write(id, CERTIFICATE, chain.leaf.to_pem().as_bytes())?;
        self.write(id, CHAIN, chain.chain_pem().as_bytes())?;
        // Last: a version with this file is complete.
        self.write(id, FULL_CHAIN, chain.fullchain_pem().as_bytes())
    }

    async fn activate(&self, ids: &[(Algorithm, String)]) -> Result<(), TargetError> {
        self.before.replace(
            ids.iter()
                .map(|(algorithm, _)| (*algorithm, self.layout.active(*algorithm)))
                .collect(),
        );
        for (algorithm, id) in ids {
            self.set_link(*algorithm, Some(id))?;
        }
        let Some(server) = &self.server else {
            return Ok(());
        };
        let refused = match server.test().await {
            Ok(()) => server.reload().await.err(),
            Err(problem) => Some(problem),
        };
        let Some(problem) = refused else {
            return Ok(());
        };
        let undone = self.roll_back().await;
        Err(TargetError(format!(
            "{} does not take the new files: {problem}. {}",
            server.name,
            match undone {
                Ok(()) => "The old ones are in place again".to_owned(),
                Err(error) => error.to_string(),
            }
        )))
    }

    async fn served(&self, expected: &Held) -> Option<Served> {
        // Without a server of ours to reload, a handler does it later.
        self.server.as_ref()?;
        Some(self.endpoint.as_ref()?.serves(expected).await)
    }

    fn patience(&self) -> Duration {
        self.patience
    }

    async fn roll_back(&self) -> Result<(), TargetError> {
        self.restore_links()?;
        match &self.server {
            // Before there is any certificate, a site's configuration cannot pass the test, and
            // then there is nothing to reload either.
            Some(server) if server.test().await.is_ok() => {
                server.reload().await.map_err(TargetError)
            }
            _ => Ok(()),
        }
    }

    async fn repair(&self) -> Result<(), TargetError> {
        for algorithm in [Algorithm::Rsa, Algorithm::Ecdsa] {
            let Some(id) = self.layout.active(algorithm) else {
                continue;
            };
            let version = self.layout.version(&id);
            for (path, wanted) in read::attributes_of(&self.layout, &id, &self.permissions) {
                wanted
                    .apply(&path)
                    .map_err(|error| failed("change", &path, &error))?;
            }
            if let (Some(passphrase), Some(pair)) = (&self.pkcs12, read::pair(&version))
                && !read::keystore_fits(&version, passphrase, &pair.chain)
            {
                let name = pair.chain.leaf.names.first().map_or("", String::as_str);
                let keystore =
                    pkcs12::build(name, &pair.key, &pair.chain, passphrase).map_err(TargetError)?;
                self.write(&id, KEYSTORE, &keystore)?;
            }
        }
        Ok(())
    }

    async fn retire(&self, ids: &[String]) -> Result<(), TargetError> {
        for id in ids {
            let path = self.layout.version(id);
            let removed = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            match removed {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed("remove", &path, &error));
                }
                _ => {}
            }
        }
        atomic::sync_folder(self.layout.root())
            .map_err(|error| failed("write", self.layout.root(), &error))
    }
}

fn failed(what: &str, path: &Path, error: &io::Error) -> TargetError {
    let advice = match error.kind() {
        io::ErrorKind::PermissionDenied => ". Does the task need `become: true`?",
        io::ErrorKind::StorageFull => ". Make room; what is in service was not touched",
        io::ErrorKind::ReadOnlyFilesystem => ". Is this the right `dir`?",
        _ => "",
    };
    TargetError(format!("cannot {what} {}: {error}{advice}", path.display()))
}

const KEY: &str = "privkey.pem";
const REQUEST: &str = "csr.pem";
const CERTIFICATE: &str = "cert.pem";
const CHAIN: &str = "chain.pem";
const FULL_CHAIN: &str = "fullchain.pem";
const KEYSTORE: &str = "keystore.p12";
const LOCK_PAUSE: Duration = Duration::from_millis(200);
