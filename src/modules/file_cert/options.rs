//! The options of `file_cert_deploy`, and its examples.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::clients::scm::ScmOptions;
use crate::dns_name::DnsName;
use crate::issuers::IssuerOptions;
use crate::lifecycle::RenewPolicy;
use crate::modules::raw_schema;
use crate::modules::verify::VerifyOptions;
use crate::secret::Secret;
use crate::targets::files::Server;
use crate::x509::KeyType;

#[derive(Debug, Deserialize, JsonSchema)]
pub(in crate::modules) struct Options {
    pub(super) scm: Option<ScmOptions>,
    /// What the site is called; names its folder. Unset, it is the first of O(names).
    pub(super) name: Option<String>,
    /// DNS names of the certificate. The first one is its common name.
    pub(super) names: Option<Vec<DnsName>>,
    /// Kind of the key. With one RSA and one ECDSA kind the site gets a certificate of each, and
    /// the server picks what a client can do.
    #[serde(default = "default_key")]
    pub(super) key: Vec<KeyType>,
    pub(super) issuer: Option<IssuerOptions>,
    /// Folder in which each site has a folder.
    #[schemars(extend("x-type" = "path"))]
    pub(super) dir: String,
    /// Owner of all files, by name or number.
    pub(super) owner: Option<String>,
    /// Group of all files, by name or number.
    pub(super) group: Option<String>,
    /// Mode of files that hold no key, as octal digits in quotes.
    #[serde(default = "mode")]
    pub(super) mode: String,
    /// Mode of files that hold a key. The rest of the world is always kept out.
    #[serde(default = "key_mode")]
    pub(super) key_mode: String,
    /// Mode of the site's folders.
    #[serde(default = "directory_mode")]
    pub(super) directory_mode: String,
    pub(super) pkcs12: Option<Pkcs12Options>,
    /// Have the server test its configuration and reload, and take the switch back if it refuses:
    /// V(nginx), V(apache), or a dictionary with the commands V(test) and V(reload), each a list of
    /// words. Unset, a handler that listens to this task does it.
    pub(super) reload: Option<ReloadOptions>,
    /// Prove by a TLS handshake that the certificate is served; V(false) turns it off. With
    /// O(reload) the default is to look at port 443 of this host.
    ///
    /// If a certificate of the site was served before and the new one is not, the switch is taken
    /// back.
    pub(super) verify: Option<VerifyOptions>,
    #[serde(default)]
    pub(super) renew: RenewPolicy,
    /// Get a new certificate although the present one is as it should be.
    #[serde(default)]
    pub(super) force: bool,
    /// V(absent) removes the site's folder, with its keys.
    #[serde(default)]
    pub(super) state: State,
}

/// A keystore beside the PEM files.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Pkcs12Options {
    /// Passphrase of the keystore, V(keystore.p12).
    pub(super) passphrase: Secret,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    #[default]
    Present,
    Absent,
}

#[derive(Debug)]
pub(super) enum ReloadOptions {
    Nginx,
    Apache,
    Commands {
        test: Option<Vec<String>>,
        reload: Vec<String>,
    },
}

impl ReloadOptions {
    pub(super) fn server(self) -> Result<Server, String> {
        match self {
            Self::Nginx => Ok(Server::nginx()),
            Self::Apache => Ok(Server::apache()),
            Self::Commands { test, reload } => Server::custom(test, reload).ok_or_else(|| {
                "argument 'reload' is not valid: the command `reload` is empty".to_owned()
            }),
        }
    }
}

impl<'de> Deserialize<'de> for ReloadOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Commands {
            test: Option<Vec<String>>,
            reload: Vec<String>,
        }
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "expected nginx, apache, or {test: [...], reload: [...]}"
        )]
        enum Given {
            Name(String),
            Commands(Commands),
        }
        match Given::deserialize(deserializer)? {
            Given::Name(name) => match name.as_str() {
                "nginx" => Ok(Self::Nginx),
                "apache" => Ok(Self::Apache),
                other => Err(serde::de::Error::custom(format!(
                    "value of reload must be nginx, apache, or a dictionary of commands, got: {other}"
                ))),
            },
            Given::Commands(Commands { test, reload }) => Ok(Self::Commands { test, reload }),
        }
    }
}

raw_schema!(ReloadOptions);

fn default_key() -> Vec<KeyType> {
    vec![KeyType::EcdsaP256]
}

fn mode() -> String {
    "0644".to_owned()
}

fn key_mode() -> String {
    "0600".to_owned()
}

fn directory_mode() -> String {
    "0700".to_owned()
}

pub(super) const EXAMPLES: &str = r"
- name: A site with an ECDSA certificate from Sectigo, served by nginx
  certwright.fleet.file_cert_deploy:
    names: [www.example.org, example.org]
    issuer:
      type: sectigo_acme
      account: web-team
    dir: /etc/ssl/sites
    reload: nginx
  become: true

- name: RSA and ECDSA side by side, from another CA
  certwright.fleet.file_cert_deploy:
    names: [www.example.org]
    key: [rsa-3072, ecdsa-p256]
    issuer:
      type: acme
      directory: https://ca.example.org/acme/directory
      eab:
        kid: '{{ acme_kid }}'
        hmac_key: '{{ acme_hmac_key }}'
    dir: /etc/ssl/sites
    reload: apache
    verify:
      address: 192.0.2.7
      port: 8443
  become: true

- name: Only a CSR, to be signed elsewhere
  certwright.fleet.file_cert_deploy:
    names: [www.example.org]
    issuer:
      type: external
    dir: /etc/ssl/sites
  register: site
";
