//! Client SSL profiles: which keys and certificates virtual servers present.

use serde::Deserialize;
use serde_json::{Value, json};

use super::wire::{flag, or_none};
use super::{Change, Icontrol, IcontrolError, ObjectPath};
use crate::http::Call;
use crate::secret::Secret;

/// A profile as it is read. Passphrases are not shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClientSsl {
    #[serde(rename = "fullPath")]
    pub(crate) path: ObjectPath,
    /// `None` for the root of all profiles.
    #[serde(default, deserialize_with = "or_none")]
    pub(crate) defaults_from: Option<String>,
    #[serde(default, deserialize_with = "or_none")]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) cert_key_chain: Vec<Entry>,
    /// The list is the parent's.
    #[serde(default, deserialize_with = "flag")]
    pub(crate) inherit_certkeychain: bool,
    #[serde(default, deserialize_with = "or_none")]
    pub(crate) server_name: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub(crate) sni_default: bool,
    /// The iApp that owns it.
    #[serde(default, deserialize_with = "or_none")]
    pub(crate) app_service: Option<String>,
}

/// One pair of a profile. At most one for each kind of key.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Entry {
    pub(crate) name: String,
    #[serde(default, deserialize_with = "or_none")]
    pub(crate) cert: Option<String>,
    #[serde(default, deserialize_with = "or_none")]
    pub(crate) key: Option<String>,
    #[serde(default, deserialize_with = "or_none")]
    pub(crate) chain: Option<String>,
    /// `SERVER`, or `CA` for what signs on the fly (14.0).
    pub(crate) usage: Option<String>,
}

/// One pair to be written. The list of a profile is always written as a whole.
#[derive(Clone, Debug)]
pub(crate) struct NewEntry {
    pub(crate) name: String,
    pub(crate) cert: String,
    pub(crate) key: String,
    pub(crate) chain: Option<String>,
    pub(crate) passphrase: Option<Secret>,
    pub(crate) usage: Option<String>,
}

/// Settings of a profile; what is `None` is not written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) parent: Option<ObjectPath>,
    pub(crate) description: Option<String>,
    /// An empty text takes the name away.
    pub(crate) server_name: Option<String>,
    pub(crate) sni_default: Option<bool>,
    pub(crate) entries: Option<Vec<NewEntry>>,
}

impl Icontrol {
    pub(crate) async fn client_ssl_profiles(&self) -> Result<Vec<ClientSsl>, IcontrolError> {
        let call = Call::get(PROFILES, "list client SSL profiles").query("$select", FIELDS);
        self.list(&call).await
    }
}

pub(crate) fn create(profile: &ObjectPath, settings: &Settings) -> Change {
    let mut body = settings.body();
    body["name"] = json!(profile.to_string());
    Change::create(PROFILES, profile, "client SSL profile", body)
}

pub(crate) fn modify(profile: &ObjectPath, settings: &Settings) -> Change {
    Change::modify(PROFILES, profile, "client SSL profile", settings.body())
}

pub(crate) fn delete(profile: &ObjectPath) -> Change {
    Change::delete(PROFILES, profile, "client SSL profile")
}

impl ClientSsl {
    /// The profile whose settings it takes over.
    pub(crate) fn parent(&self) -> Option<ObjectPath> {
        self.defaults_from.as_deref().map(ObjectPath::parse)
    }
}

impl From<&Entry> for NewEntry {
    /// As it was; a passphrase cannot be taken along.
    fn from(entry: &Entry) -> Self {
        Self {
            name: entry.name.clone(),
            cert: entry.cert.clone().unwrap_or_else(none),
            key: entry.key.clone().unwrap_or_else(none),
            chain: entry.chain.clone(),
            passphrase: None,
            usage: entry.usage.clone(),
        }
    }
}

impl Settings {
    fn body(&self) -> Value {
        let mut body = json!({});
        if let Some(parent) = &self.parent {
            body["defaultsFrom"] = json!(parent.to_string());
        }
        if let Some(description) = &self.description {
            body["description"] = json!(description);
        }
        if let Some(name) = &self.server_name {
            body["serverName"] = json!(if name.is_empty() { "none" } else { name });
        }
        if let Some(flag) = self.sni_default {
            body["sniDefault"] = json!(flag);
        }
        if let Some(entries) = &self.entries {
            body["certKeyChain"] = entries.iter().map(NewEntry::body).collect();
        }
        body
    }
}

impl NewEntry {
    fn body(&self) -> Value {
        let mut body = json!({
            "name": self.name,
            "cert": self.cert,
            "key": self.key,
            // Never an empty text.
            "chain": self.chain.clone().unwrap_or_else(none),
        });
        if let Some(passphrase) = &self.passphrase {
            body["passphrase"] = json!(passphrase.expose());
        }
        if let Some(usage) = &self.usage {
            body["usage"] = json!(usage);
        }
        body
    }
}

fn none() -> String {
    "none".to_owned()
}

const PROFILES: &str = "tm/ltm/profile/client-ssl";
const FIELDS: &str = "fullPath,defaultsFrom,description,certKeyChain,inheritCertkeychain,serverName,sniDefault,appService";
