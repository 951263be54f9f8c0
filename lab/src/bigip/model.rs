//! The configuration of a BIG-IP and what else it remembers.

use super::auth::Tokens;
use super::certs::CertFile;
use super::files::Files;
use super::folders::Folder;
use super::keys::KeyFile;
use super::plain::Plain;
use super::transactions::Transactions;
use crate::clock;
use crate::csr::KeyKind;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use time::OffsetDateTime;

/// One device.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) config: Config,
    /// What a restart comes back with.
    pub(crate) saved: Config,
    pub(crate) files: Files,
    pub(crate) tokens: Tokens,
    pub(crate) transactions: Transactions,
}

/// The running configuration. Cloning is cheap enough to try a change on a
/// copy: every file is shared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    pub(crate) generation: u64,
    /// Partitions and folders by full path; the root is not among them.
    pub(crate) folders: BTreeMap<String, Folder>,
    pub(crate) keys: BTreeMap<String, Key>,
    pub(crate) certs: BTreeMap<String, Cert>,
    pub(crate) csrs: BTreeMap<String, Request>,
    pub(crate) client_ssl: BTreeMap<String, ClientSsl>,
    /// Other profiles: path → type.
    pub(crate) profiles: BTreeMap<String, &'static str>,
    pub(crate) virtuals: BTreeMap<String, Virtual>,
    /// Objects of the kinds that are only kept, by noun and path.
    pub(crate) plain: BTreeMap<(&'static str, String), Plain>,
    /// Collection and path → application service that an object belongs to.
    pub(crate) owners: BTreeMap<String, String>,
}

/// What every file object has.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    pub(crate) generation: u64,
    pub(crate) revision: u64,
    /// As the client wrote it, or `None` for the built-in files.
    pub(crate) source: Option<String>,
    pub(crate) created: (OffsetDateTime, String),
    pub(crate) updated: (OffsetDateTime, String),
}

#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) file: Arc<KeyFile>,
    /// Unknown for a sealed file that came without its passphrase.
    pub(crate) kind: Option<KeyKind>,
    /// The passphrase that the device keeps.
    pub(crate) passphrase: Option<String>,
    pub(crate) stamp: Stamp,
}

#[derive(Clone, Debug)]
pub(crate) struct Cert {
    pub(crate) file: Arc<CertFile>,
    /// Issuer and validation, as written.
    pub(crate) own: Map<String, Value>,
    pub(crate) stamp: Stamp,
}

/// A certificate signing request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) pem: String,
    pub(crate) kind: KeyKind,
    /// Subject and alternative names as they were asked for.
    pub(crate) asked: Map<String, Value>,
    pub(crate) stamp: Stamp,
}

/// A client SSL profile.
#[derive(Clone, Debug)]
pub(crate) struct ClientSsl {
    /// `None` for the root profile.
    pub(crate) parent: Option<String>,
    pub(crate) own: Map<String, Value>,
    /// `None` takes the parent's.
    pub(crate) chain: Option<Vec<Entry>>,
    pub(crate) generation: u64,
}

/// An entry of `certKeyChain`.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) cert: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) chain: Option<String>,
    pub(crate) passphrase: Option<String>,
    pub(crate) usage: String,
}

/// A virtual server.
#[derive(Clone, Debug)]
pub(crate) struct Virtual {
    pub(crate) destination: String,
    pub(crate) enabled: bool,
    /// Profile path → context.
    pub(crate) profiles: BTreeMap<String, String>,
    pub(crate) own: Map<String, Value>,
    pub(crate) index: u64,
    pub(crate) generation: u64,
}

impl Unit {
    /// A device with two virtual servers that terminate TLS and one that
    /// forwards packets.
    pub(crate) fn new(seed: &[SocketAddr; 3], now: OffsetDateTime) -> Self {
        let config = Config::seed(seed, now).expect("invariant: the built-in key signs");
        Self {
            saved: config.clone(),
            config,
            files: Files::default(),
            tokens: Tokens::default(),
            transactions: Transactions::default(),
        }
    }

    /// Comes back with what was saved. The count of changes goes on, so that
    /// a peer notices the loss.
    pub(crate) fn restart(&mut self) {
        if self.saved.generation != self.config.generation {
            self.saved.generation = self.config.generation + 1;
            self.config = self.saved.clone();
        }
        self.tokens = Tokens::default();
        self.transactions = Transactions::default();
    }

    /// The state as tests read it.
    pub(crate) fn state(&self) -> Value {
        let names = |names: Vec<&String>| json!(names);
        json!({
            "keys": names(self.config.keys.keys().collect()),
            "certificates": names(self.config.certs.keys().collect()),
            "requests": names(self.config.csrs.keys().collect()),
            "folders": names(self.config.folders.keys().collect()),
            "objects": self.config.plain.keys().map(|(kind, path)| format!("{kind} {path}")).collect::<Vec<_>>(),
            "client_ssl": names(self.config.client_ssl.keys().collect()),
            "virtual_servers": self.config.virtuals.iter().map(|(path, server)| json!({
                "name": path,
                "destination": server.destination,
                "profiles": server.profiles.keys().collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "files": self.files.paths(),
            "tokens": self.tokens.count(),
            "transactions": self.transactions.open(),
            "saved": self.saved.generation == self.config.generation,
        })
    }
}

impl Config {
    /// An object of a kind that is only kept.
    pub(crate) fn plain(&self, noun: &str, path: &str) -> Option<&Plain> {
        let found = self
            .plain
            .iter()
            .find(|((kind, name), _)| *kind == noun && name == path);
        found.map(|(_, object)| object)
    }

    /// The full paths of all objects and folders.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &String> {
        self.folders
            .keys()
            .chain(self.keys.keys())
            .chain(self.certs.keys())
            .chain(self.csrs.keys())
            .chain(self.client_ssl.keys())
            .chain(self.virtuals.keys())
            .chain(self.plain.keys().map(|(_, path)| path))
    }

    /// Counts a change.
    pub(crate) fn step(&mut self) -> u64 {
        self.generation += 1;
        self.generation
    }

    /// The chain that a profile serves, its own or inherited.
    pub(crate) fn chain(&self, path: &str) -> &[Entry] {
        let mut profile = self.client_ssl.get(path);
        // Parents exist and cannot form a circle, but a copy may be half done.
        for _ in 0..MAX_DEPTH {
            let Some(found) = profile else { break };
            if let Some(chain) = &found.chain {
                return chain;
            }
            profile = found
                .parent
                .as_ref()
                .and_then(|parent| self.client_ssl.get(parent));
        }
        &[]
    }

    /// A setting of a client SSL profile, its own or inherited.
    pub(crate) fn setting(&self, path: &str, name: &str) -> Option<&Value> {
        let mut profile = self.client_ssl.get(path);
        for _ in 0..MAX_DEPTH {
            let found = profile?;
            if let Some(value) = found.own.get(name) {
                return Some(value);
            }
            // Who is named is a matter of each profile alone.
            if ["serverName", "sniDefault"].contains(&name) {
                return None;
            }
            profile = found
                .parent
                .as_ref()
                .and_then(|parent| self.client_ssl.get(parent));
        }
        None
    }
}

impl Stamp {
    pub(crate) fn new(
        generation: u64,
        source: Option<String>,
        now: OffsetDateTime,
        user: &str,
    ) -> Self {
        Self {
            generation,
            revision: 1,
            source,
            created: (now, user.to_owned()),
            updated: (now, user.to_owned()),
        }
    }

    /// The stamp after another content.
    pub(crate) fn replaced(
        &self,
        generation: u64,
        source: Option<String>,
        now: OffsetDateTime,
        user: &str,
    ) -> Self {
        Self {
            generation,
            revision: self.revision + 1,
            source,
            created: self.created.clone(),
            updated: (now, user.to_owned()),
        }
    }

    /// The properties that every file object shows.
    pub(crate) fn describe(
        &self,
        bytes: &[u8],
        system_path: &str,
        omit_source: bool,
    ) -> Map<String, Value> {
        let mut shown = Map::new();
        shown.insert("checksum".to_owned(), json!(super::certs::checksum(bytes)));
        shown.insert(
            "createTime".to_owned(),
            json!(clock::rfc3339(self.created.0)),
        );
        shown.insert("createdBy".to_owned(), json!(self.created.1));
        shown.insert(
            "lastUpdateTime".to_owned(),
            json!(clock::rfc3339(self.updated.0)),
        );
        shown.insert("updatedBy".to_owned(), json!(self.updated.1));
        shown.insert("revision".to_owned(), json!(self.revision));
        shown.insert("size".to_owned(), json!(bytes.len()));
        match &self.source {
            None => {
                shown.insert("systemPath".to_owned(), json!(system_path));
            }
            Some(_) if omit_source => {}
            Some(source) => {
                shown.insert("sourcePath".to_owned(), json!(source));
            }
        }
        shown
    }
}

/// The root of all client SSL profiles.
pub(crate) const ROOT: &str = "/Common/clientssl";
const MAX_DEPTH: usize = 32;
