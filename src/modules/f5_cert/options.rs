//! The options of `f5_cert_deploy`, and its examples.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::clients::icontrol::{ObjectPath, ProviderOptions};
use crate::clients::scm::ScmOptions;
use crate::dns_name::DnsName;
use crate::lifecycle::RenewPolicy;
use crate::modules::issuer_entry::IssuerEntry;
use crate::modules::raw_schema;
use crate::modules::verify::VerifyOptions;
use crate::targets::bigip::wish::Servers;
use crate::x509::KeyType;

#[derive(Debug, Deserialize, JsonSchema)]
pub(in crate::modules) struct Options {
    pub(super) scm: Option<ScmOptions>,
    /// The device, in the shape that C(f5networks.f5_modules) takes. Either this or O(providers).
    pub(super) provider: Option<ProviderOptions>,
    /// Several devices. Each gets keys of its own; of the units of a sync-failover group only the
    /// active one is written, and the group takes the configuration from it.
    #[serde(default)]
    pub(super) providers: Vec<ProviderOptions>,
    /// The certificates.
    pub(super) certificates: Vec<CertificateOptions>,
    /// V(auto) gives what was changed to the device group and waits until it is in sync; V(never)
    /// leaves that, and the look at the group's state, to you.
    #[serde(default)]
    pub(super) sync: SyncOption,
    /// What becomes of the other devices when one fails.
    #[serde(default = "stop")]
    pub(super) appliance_failure: OnFailure,
    /// What becomes of the other certificates of a device when one fails. The task fails in any
    /// case, at its end.
    #[serde(default = "carry_on")]
    pub(super) certificate_failure: OnFailure,
    /// Folder on the controller for status files: one JSON file for each certificate on each device,
    /// written when something in it changes.
    #[schemars(extend("x-type" = "path"))]
    pub(super) status_dir: Option<String>,
}

/// One site's certificates.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct CertificateOptions {
    /// What the site is called; begins the names of its objects. Unset, it is the first of
    /// O(certificates[].names).
    pub(super) name: Option<String>,
    /// DNS names of the certificate. The first one is its common name.
    pub(super) names: Option<Vec<DnsName>>,
    /// Kind of the key. With one RSA and one ECDSA kind the profile gets a certificate of each, and
    /// the device picks what a client can do. The default suits every release and every client.
    #[serde(default = "rsa")]
    pub(super) key: Vec<KeyType>,
    /// How the device keeps the key. V(password): encrypted, with a random passphrase that only the
    /// profile knows; V(normal): as it is; V(fips) and V(nethsm): in a hardware security module. A
    /// change takes effect with the next key.
    #[serde(default)]
    pub(super) key_security: KeySecurityOption,
    pub(super) issuer: Option<IssuerEntry>,
    /// Partition, or partition and folder (V(Web/app)), of all objects of the site.
    #[serde(default = "common")]
    pub(super) partition: String,
    #[serde(default)]
    pub(super) profile: ProfileOptions,
    /// Virtual servers that present the certificate, by full path: a list, or V(auto) for those that
    /// present a certificate for one of the names already, which it replaces unless that one is for
    /// other names as well. A virtual server that carries the site's profile and is not in the list
    /// keeps it.
    #[serde(default)]
    pub(super) virtual_servers: ServersOption,
    /// What the request says besides the names. CAs put in what they have validated.
    #[serde(default)]
    pub(super) subject: SubjectOptions,
    /// Prove by a TLS handshake with each virtual server that the certificate is served; V(false)
    /// turns it off. A dictionary of V(address), V(port), V(server_name), V(ca_path) and V(timeout)
    /// tells where to look instead of at the virtual servers' own addresses.
    ///
    /// If the new certificate is not shown, the switch is taken back. A virtual server that cannot
    /// be reached from here is only warned about.
    pub(super) verify: Option<VerifyOptions>,
    #[serde(default)]
    pub(super) renew: RenewPolicy,
    /// Get a new certificate although the present one is as it should be.
    #[serde(default)]
    pub(super) force: bool,
    /// V(absent) takes the site's profile off all virtual servers and removes what was made for it
    /// here, except what others use.
    #[serde(default)]
    pub(super) state: State,
}

/// The client SSL profile that presents the certificates.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(super) struct ProfileOptions {
    /// Name of the profile. Unset, it is that of the site. With password keys the time of the keys
    /// is added.
    pub(super) name: Option<String>,
    /// The profile whose settings it takes over.
    #[serde(default = "clientssl")]
    pub(super) parent: String,
    /// The profile is somebody else's, and presents the certificate from now on. With password keys
    /// a child of it takes its place on its virtual servers.
    #[serde(default)]
    pub(super) existing: bool,
    /// Server name by which the device picks the profile (SNI), such as V(www.example.org) or
    /// V(*.example.org).
    pub(super) server_name: Option<String>,
    /// Is it the one for clients that send no server name? A virtual server with several client SSL
    /// profiles needs exactly one such. Between sites of one task it moves in one transaction.
    pub(super) sni_default: Option<bool>,
}

/// The subject of a request.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub(super) struct SubjectOptions {
    /// Organization.
    pub(super) organization: Option<String>,
    /// Organizational unit.
    pub(super) organizational_unit: Option<String>,
    /// City.
    pub(super) city: Option<String>,
    /// State or province.
    pub(super) state: Option<String>,
    /// Country, two letters.
    pub(super) country: Option<String>,
    /// E-mail address.
    pub(super) email: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum KeySecurityOption {
    #[default]
    Password,
    Normal,
    Fips,
    Nethsm,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    #[default]
    Present,
    Absent,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum SyncOption {
    #[default]
    Auto,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum OnFailure {
    Stop,
    Continue,
}

#[derive(Debug)]
pub(super) struct ServersOption(pub(super) Servers);

impl Default for ProfileOptions {
    fn default() -> Self {
        Self {
            name: None,
            parent: clientssl(),
            existing: false,
            server_name: None,
            sni_default: None,
        }
    }
}

impl Default for ServersOption {
    fn default() -> Self {
        Self(Servers::Named(Vec::new()))
    }
}

impl<'de> Deserialize<'de> for ServersOption {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected auto, or a list of virtual servers")]
        enum Given {
            One(String),
            Many(Vec<String>),
        }
        Ok(Self(match Given::deserialize(deserializer)? {
            Given::One(word) if word == "auto" => Servers::Auto,
            Given::One(path) => Servers::Named(vec![ObjectPath::parse(&path)]),
            Given::Many(paths) => {
                Servers::Named(paths.iter().map(|it| ObjectPath::parse(it)).collect())
            }
        }))
    }
}

raw_schema!(ServersOption);

fn rsa() -> Vec<KeyType> {
    vec![KeyType::Rsa2048]
}

fn common() -> String {
    "Common".to_owned()
}

fn clientssl() -> String {
    "/Common/clientssl".to_owned()
}

fn stop() -> OnFailure {
    OnFailure::Stop
}

fn carry_on() -> OnFailure {
    OnFailure::Continue
}

pub(super) const EXAMPLES: &str = r#"
- name: A certificate from Sectigo for a virtual server; the key is made on the device and stays there
  certwright.fleet.f5_cert_deploy:
    provider: &bigip
      server: bigip1.example.org
      user: certs
      password: "{{ vault_f5 }}"
    certificates:
      - name: www.example.org
        names: [www.example.org, example.org]
        key: [rsa-3072, ecdsa-p256]
        issuer: &sectigo
          type: sectigo_acme
          account: web-team
        profile:
          parent: /Common/clientssl-secure
        virtual_servers: [/Common/www_https]
  delegate_to: localhost

- name: Two sites on one virtual server, told apart by SNI
  certwright.fleet.f5_cert_deploy:
    provider: *bigip
    certificates:
      - names: [shop.example.org]
        issuer: *sectigo
        partition: Web
        profile:
          server_name: shop.example.org
          sni_default: true
        virtual_servers: [/Web/shop_https]
      - names: ["*.shop.example.org"]
        issuer: *sectigo
        partition: Web
        profile:
          server_name: "*.shop.example.org"
        virtual_servers: [/Web/shop_https]
  delegate_to: localhost

- name: Both units of a pair; the active one is written, the other one takes it from there
  certwright.fleet.f5_cert_deploy:
    providers:
      - *bigip
      - server: bigip2.example.org
        user: certs
        password: "{{ vault_f5 }}"
    certificates:
      - names: [www.example.org]
        issuer: *sectigo
        virtual_servers: auto
    status_dir: /var/lib/certwright/status
  delegate_to: localhost
"#;
