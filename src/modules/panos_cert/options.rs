//! The options of `panos_cert_deploy`, and its examples.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::clients::panos_xml::xpath::is_name;
use crate::clients::panos_xml::{Place, ProviderOptions};
use crate::clients::scm::ScmOptions;
use crate::dns_name::DnsName;
use crate::lifecycle::RenewPolicy;
use crate::modules::issuer_entry::IssuerEntry;
use crate::modules::verify::VerifyOptions;
use crate::targets::panos::wish::Service;
use crate::x509::KeyType;

#[derive(Debug, Deserialize, JsonSchema)]
pub(in crate::modules) struct Options {
    pub(super) scm: Option<ScmOptions>,
    pub(super) provider: ProviderOptions,
    #[serde(flatten)]
    pub(super) location: LocationOptions,
    /// The certificates. All of them come into force with one commit.
    pub(super) certificates: Vec<CertificateOptions>,
    /// V(false) leaves all changes in the candidate configuration, for those who commit themselves.
    #[serde(default = "yes")]
    pub(super) commit: bool,
    /// What the commit's description begins with.
    #[serde(default = "description")]
    pub(super) commit_description: String,
    /// Template stacks to push from Panorama after the commit, with all that is committed for them. A push
    /// that a run did not get to is made up for by the next.
    #[serde(default)]
    pub(super) push: Vec<PushOptions>,
    /// Seconds to wait for a lock of another administrator, each time that one is in the way.
    #[serde(default = "minute")]
    pub(super) lock_timeout: u64,
    /// Folder on the controller for status files: one JSON file for each certificate, written when
    /// something in it changes.
    #[schemars(extend("x-type" = "path"))]
    pub(super) status_dir: Option<String>,
    /// Folder on the controller for files as Sectigo's own connector keeps them, for scripts that read
    /// them: C(<name>.ids) holds the number of the certificate in SCM, in Base64. Nothing here reads
    /// them. Needs O(scm).
    #[schemars(extend("x-type" = "path"))]
    pub(super) ids_dir: Option<String>,
}

/// Where certificates and profiles live.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(in crate::modules) struct LocationOptions {
    /// Virtual system of certificates and profiles, or V(shared) for all of them.
    #[serde(default = "shared")]
    pub(super) vsys: String,
    /// On Panorama: the template of certificates and profiles. Without it they are Panorama's own.
    pub(super) template: Option<String>,
    /// On Panorama: the template stack of certificates and profiles.
    pub(super) template_stack: Option<String>,
    /// V(true) if O(provider) is a Panorama and the certificates are its own.
    #[serde(default)]
    pub(super) panorama: bool,
}

/// One site's certificate.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct CertificateOptions {
    /// What the site is called; begins the names of its entries. Unset, it is the first of
    /// O(certificates[].names).
    pub(super) name: Option<String>,
    /// DNS names of the certificate. The first one is its common name. Many releases put four of them
    /// into a request at most.
    pub(super) names: Option<Vec<DnsName>>,
    /// Kind of the key. A service profile presents one certificate, so it is one kind.
    #[serde(default = "rsa")]
    pub(super) key: KeyType,
    /// Hash of the request's signature: V(sha256), V(sha384) or V(sha512).
    #[serde(default)]
    pub(super) digest: DigestOption,
    /// May an administrator export the key? That cannot be changed later.
    #[serde(default)]
    pub(super) exportable: bool,
    pub(super) issuer: Option<IssuerEntry>,
    /// The SSL/TLS service profile that presents the certificate. It is made if it is not there;
    /// settings of an existing one stay. Without a profile the certificate is only kept ready.
    pub(super) profile: Option<String>,
    #[serde(default)]
    pub(super) services: ServicesOptions,
    /// Prove by a TLS handshake that the certificate is served: a dictionary of V(address), V(port),
    /// V(server_name), V(ca_path) and V(timeout). With O(certificates[].services.management) the
    /// default is to look at the management interface.
    ///
    /// If the new certificate is not shown, the switch is taken back.
    pub(super) verify: Option<VerifyOptions>,
    #[serde(default)]
    pub(super) renew: RenewPolicy,
    /// Get a new certificate although the present one is as it should be.
    #[serde(default)]
    pub(super) force: bool,
    /// V(absent) takes the site out of O(certificates[].services), and removes its profile and what
    /// was made for it here, except what others use.
    #[serde(default)]
    pub(super) state: State,
}

/// What presents the profile.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub(super) struct ServicesOptions {
    /// The management interface of the device. Afterwards O(provider) has to trust the new certificate:
    /// O(provider.ca_path) with the CAs of both, or none for a public CA.
    #[serde(default)]
    pub(super) management: bool,
    /// GlobalProtect portals, by name.
    #[serde(default)]
    pub(super) portals: Vec<String>,
    /// GlobalProtect gateways, by name.
    #[serde(default)]
    pub(super) gateways: Vec<String>,
    /// Decryption rules for inbound inspection, by name. They name the certificate itself; other
    /// certificates in the list of a rule stay.
    #[serde(default)]
    pub(super) inbound_inspection: Vec<String>,
    /// The virtual system of portals, gateways and rules. Unset, it is O(vsys), or V(vsys1) where that is
    /// V(shared).
    pub(super) vsys: Option<String>,
}

/// A push from Panorama.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(super) struct PushOptions {
    /// Name of the stack.
    pub(super) template_stack: String,
    /// Serial numbers of firewalls; all of the stack, if there are none.
    #[serde(default)]
    pub(super) devices: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum DigestOption {
    #[default]
    Sha256,
    Sha384,
    Sha512,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    #[default]
    Present,
    Absent,
}

impl LocationOptions {
    pub(super) fn place(&self) -> Result<Place, String> {
        let names = [
            ("vsys", Some(&self.vsys)),
            ("template", self.template.as_ref()),
            ("template_stack", self.template_stack.as_ref()),
        ];
        for (option, name) in names {
            if let Some(name) = name.filter(|it| !is_name(it)) {
                return Err(format!(
                    "argument '{option}' is not valid: '{name}' is no name"
                ));
            }
        }
        let vsys = Some(self.vsys.clone()).filter(|it| it != "shared");
        let template = |is_stack: bool, name: &str| Place::Template {
            is_stack,
            name: name.to_owned(),
            vsys: vsys.clone(),
        };
        match (&self.template, &self.template_stack, self.panorama) {
            (Some(name), None, false) => Ok(template(false, name)),
            (None, Some(name), false) => Ok(template(true, name)),
            (None, None, true) if vsys.is_none() => Ok(Place::Panorama),
            (None, None, false) => Ok(vsys.map_or(Place::Shared, Place::Vsys)),
            _ => Err(
                "parameters are mutually exclusive: template|template_stack|panorama".to_owned(),
            ),
        }
    }
}

impl ServicesOptions {
    /// A name that none of the services can have.
    pub(super) fn misnamed(&self) -> Option<&String> {
        let names = [&self.portals, &self.gateways, &self.inbound_inspection];
        let names = names.into_iter().flatten().chain(&self.vsys);
        names.into_iter().find(|it| !is_name(it))
    }

    pub(super) fn list(&self, place: &Place) -> Vec<Service> {
        let vsys = match (&self.vsys, place) {
            (Some(vsys), _) | (None, Place::Vsys(vsys)) => vsys.as_str(),
            _ => "vsys1",
        };
        let management = self.management.then_some(Service::Management);
        let portals = self.portals.iter().map(|name| Service::Portal {
            vsys: vsys.to_owned(),
            name: name.clone(),
        });
        let gateways = self.gateways.iter().map(|name| Service::Gateway {
            vsys: vsys.to_owned(),
            name: name.clone(),
        });
        let rules = self
            .inbound_inspection
            .iter()
            .map(|rule| Service::InboundInspection {
                vsys: vsys.to_owned(),
                rule: rule.clone(),
            });
        management
            .into_iter()
            .chain(portals)
            .chain(gateways)
            .chain(rules)
            .collect()
    }
}

impl DigestOption {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }
}

fn yes() -> bool {
    true
}

fn description() -> String {
    "certwright".to_owned()
}

fn minute() -> u64 {
    60
}

fn shared() -> String {
    "shared".to_owned()
}

fn rsa() -> KeyType {
    KeyType::Rsa3072
}

pub(super) const EXAMPLES: &str = r#"
- name: A certificate from Sectigo for a GlobalProtect portal and its gateway
  certwright.fleet.panos_cert_deploy:
    provider: &firewall
      ip_address: fw1.example.org
      username: api-cert
      password: "{{ vault_firewall }}"
    certificates:
      - names: [vpn.example.org]
        key: ecdsa-p256
        issuer:
          type: sectigo_acme
          account: web-team
        profile: vpn-tls
        services:
          portals: [portal]
          gateways: [gateway]
        verify:
          address: vpn.example.org
  delegate_to: localhost

- name: The management interface of each firewall in the inventory
  certwright.fleet.panos_cert_deploy:
    provider:
      ip_address: "{{ inventory_hostname }}"
      username: api-cert
      api_key: "{{ vault_firewall_key }}"
    certificates:
      - names: ["{{ inventory_hostname }}"]
        issuer:
          type: sectigo_acme
          account: web-team
        profile: management
        services:
          management: true
  delegate_to: localhost

- name: For all firewalls of a template stack, through Panorama
  certwright.fleet.panos_cert_deploy:
    provider:
      ip_address: panorama.example.org
      username: api-cert
      password: "{{ vault_panorama }}"
    template: web-template
    certificates:
      - name: inspection
        names: [www.example.org]
        issuer:
          type: sectigo_acme
          account: web-team
        profile: web
    push:
      - template_stack: web-stack
  delegate_to: localhost
"#;
