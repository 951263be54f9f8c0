//! What `sectigo_domain` takes and returns: the source of its documentation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decide::{Action, Reason};
use crate::clients::scm::{Id, ScmOptions};
use crate::dns_name::DnsName;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Options {
    pub(super) scm: ScmOptions,
    /// Names of domains. C(example.org) and C(*.example.org) are two domains in SCM.
    #[schemars(extend("x-aliases" = ["names"]))]
    pub(super) name: Vec<DnsName>,
    /// Text for people, at most 255 characters. It is written when a domain is added; SCM has no way
    /// to change it later, so it is not compared.
    pub(super) description: Option<String>,
    /// The organization that may use the domains, by name or id. Unset, it is the only one that the
    /// credentials see.
    pub(super) organization: Option<String>,
    /// A department of the organization that may use the domains in its place, by name or id.
    pub(super) department: Option<String>,
    /// Kinds of certificates that the delegation has to allow. It may allow more.
    #[serde(default = "ssl")]
    pub(super) certificate_types: Vec<CertificateType>,
    /// Which names the delegation has to allow requests for. It may allow more. Unset, SCM chooses
    /// when the domain is added, and it is not compared.
    pub(super) request_privileges: Option<Vec<RequestPrivilege>>,
    /// Do the same for C(*.) in front of each name.
    #[serde(default)]
    pub(super) wildcard: bool,
    /// Approve a delegation that waits for approval, if the credentials may. If they may not,
    /// RV(manual_actions) says so, and the task goes on; every run tries again. V(false) only tells
    /// what waits.
    #[serde(default = "yes")]
    pub(super) approve: bool,
    /// Where the domains should be.
    #[serde(default)]
    pub(super) state: State,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// Added, active, and delegated to the organization.
    #[default]
    Present,
    /// Removed. From a domain that other organizations use as well, only the delegation to
    /// O(organization) is taken.
    Absent,
    /// There, but not to be used until it is activated.
    Suspended,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub(super) enum CertificateType {
    #[serde(rename = "SSL")]
    Ssl,
    #[serde(rename = "SMIME")]
    Smime,
    CodeSign,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum RequestPrivilege {
    Domain,
    Subdomain,
    #[serde(rename = "WILDCARD_1ST_LEVEL")]
    Wildcard1stLevel,
    #[serde(rename = "WILDCARD_2ND_LEVEL")]
    Wildcard2ndLevel,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Returned {
    /// An entry for each name, in the order of the names, C(*.) twins after their names.
    pub(super) domains: Vec<Entry>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Entry {
    /// In lower case, international labels as C(xn--...).
    pub(super) name: DnsName,
    /// Its number in SCM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Id>,
    /// C(ACTIVE), C(SUSPENDED), or C(ABSENT).
    pub(super) state: String,
    /// State of the delegation to the organization: C(ACTIVE), C(REQUESTED) if it waits for approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delegation_status: Option<String>,
    /// Domain control validation: C(VALIDATED), C(NOT_VALIDATED), C(EXPIRED). Missing if the customer
    /// does not have it, like the next three.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) validation_status: Option<String>,
    /// How it was validated, such as C(CNAME_CSR_HASH).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) validation_method: Option<String>,
    /// The day on which the validation ends, C(YYYY-MM-DD).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dcv_expiration: Option<String>,
    /// Days until then; negative if it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) days_left: Option<i64>,
    /// What was done, or in check mode would be done.
    pub(super) actions: Vec<Action>,
    /// Why.
    pub(super) reasons: Vec<Reason>,
    /// What went wrong with this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

fn ssl() -> Vec<CertificateType> {
    vec![CertificateType::Ssl]
}

fn yes() -> bool {
    true
}

pub(super) const EXAMPLES: &str = r#"
- name: The domains of the web team, with their wildcards
  certwright.fleet.sectigo_domain:
    name: [example.org, example.net]
    wildcard: true
    organization: Example University
    description: Web team
    scm:
      login: web-team
      password: "{{ vault_scm_password }}"
      customer_uri: university
  register: domains

- name: Somebody has to approve what we may not
  ansible.builtin.debug:
    msg: "{{ item.object }}: {{ item.action }}"
  loop: "{{ domains.manual_actions }}"

- name: A domain for a department, credentials from module_defaults
  certwright.fleet.sectigo_domain:
    name: library.example.org
    organization: Example University
    department: Library
    request_privileges: [DOMAIN, SUBDOMAIN]

- name: Not needed any more
  certwright.fleet.sectigo_domain:
    name: old.example.org
    organization: Example University
    state: absent
"#;
