//! What `sectigo_acme_user` takes and returns: the source of its documentation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clients::scm::acme_servers::ValidationType as Level;
use crate::clients::scm::{Id, ScmOptions};

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Options {
    pub(super) scm: ScmOptions,
    /// Name of the account, at most 128 characters. SCM lets several accounts have one name; this
    /// module never makes a second one, and uses the oldest of several.
    pub(super) name: String,
    /// The organization of the account, by name or id. Unset, it is the only one that the credentials
    /// see.
    pub(super) organization: Option<String>,
    /// A department of the organization in its place, by name or id.
    pub(super) department: Option<String>,
    /// The ACME server, by the name that SCM has for it or by its address. For a new account either
    /// this or O(validation_type) has to tell the server.
    pub(super) acme_server: Option<String>,
    /// What is checked before a certificate is issued.
    pub(super) validation_type: Option<ValidationType>,
    /// Whether the account should exist. Removing it makes its clients unable to renew.
    #[serde(default)]
    pub(super) state: State,
    /// Return the pair for external account binding. Certwright's own modules do not need it: they
    /// fetch it from SCM themselves. Set C(no_log) on the task.
    #[serde(default)]
    pub(super) return_eab: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// It exists.
    #[default]
    Present,
    /// It does not.
    Absent,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum ValidationType {
    /// The domain.
    Dv,
    /// The domain and the organization.
    Ov,
    /// The domain and, thoroughly, the organization.
    Ev,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Returned {
    /// The account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<Account>,
    /// The pair for external account binding, with O(return_eab=true).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) eab: Option<EabPair>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Account {
    /// Its number in SCM. Missing in check mode if it would be created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Id>,
    /// Its name.
    pub(super) name: String,
    /// The name of its ACME server.
    pub(super) acme_server: String,
    /// The address of the ACME directory, as ACME clients need it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) directory_url: Option<String>,
    /// C(pending) until the first client has registered, then C(valid).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<String>,
    /// The number of its organization or department.
    pub(super) organization_id: Id,
    /// C(DV), C(OV) or C(EV).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) validation_type: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct EabPair {
    /// The key identifier.
    pub(super) kid: String,
    /// The HMAC key, base64url.
    pub(super) hmac_key: String,
}

impl From<ValidationType> for Level {
    fn from(it: ValidationType) -> Self {
        match it {
            ValidationType::Dv => Self::Dv,
            ValidationType::Ov => Self::Ov,
            ValidationType::Ev => Self::Ev,
        }
    }
}

pub(super) const EXAMPLES: &str = r#"
- name: An ACME account for the web team
  certwright.fleet.sectigo_acme_user:
    name: web-team
    organization: Example University
    validation_type: OV
    scm:
      login: web-team
      password: "{{ vault_scm_password }}"
      customer_uri: university
  register: web_team

- name: Where its clients go
  ansible.builtin.debug:
    msg: "{{ web_team.account.directory_url }}"

- name: The pair for an ACME client that is not Certwright's
  certwright.fleet.sectigo_acme_user:
    name: appliance
    organization: Example University
    acme_server: https://acme.sectigo.com/v2/OV
    return_eab: true
  register: appliance
  no_log: true
"#;
