//! What `sectigo_user_domains` takes and returns: the source of its documentation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cause::Cause;
use super::decide::State;
use crate::clients::scm::ScmOptions;
use crate::dns_name::DnsName;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Options {
    pub(super) scm: ScmOptions,
    /// The ACME account, by name or id.
    pub(super) account: String,
    /// The organization of the account, by name or id. Unset, the account is looked for in all that
    /// the credentials see.
    pub(super) organization: Option<String>,
    /// A department of the organization in its place, by name or id.
    pub(super) department: Option<String>,
    /// The ACME server of the account, by name or address, to tell accounts of one name apart.
    pub(super) acme_server: Option<String>,
    /// Names that the account's clients may order certificates for. An entry is good for that name
    /// only: add C(*.) entries, or each name of a certificate.
    pub(super) domains: Vec<DnsName>,
    /// What the account should have.
    #[serde(default)]
    pub(super) state: State,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Returned {
    /// What was added, or in check mode would be.
    pub(super) added: Vec<DnsName>,
    /// What was removed, or in check mode would be.
    pub(super) removed: Vec<DnsName>,
    /// What SCM did not add, and the likely cause.
    pub(super) refused: Vec<Refused>,
    /// All domains of the account afterwards.
    pub(super) domains: Vec<DnsName>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Refused {
    /// The name.
    pub(super) name: DnsName,
    /// The likely cause; SCM does not tell it.
    pub(super) cause: Cause,
    /// What to do about it.
    pub(super) action: String,
}

pub(super) const EXAMPLES: &str = r#"
- name: What the web team's ACME clients may order
  certwright.fleet.sectigo_user_domains:
    account: web-team
    organization: Example University
    domains: [example.org, "*.example.org", www.example.net]
    scm:
      login: web-team
      password: "{{ vault_scm_password }}"
      customer_uri: university

- name: This and nothing else, credentials from module_defaults
  certwright.fleet.sectigo_user_domains:
    account: appliance
    organization: Example University
    domains: [vpn.example.org]
    state: exact

- name: Not any more
  certwright.fleet.sectigo_user_domains:
    account: web-team
    organization: Example University
    domains: [old.example.org]
    state: absent
"#;
