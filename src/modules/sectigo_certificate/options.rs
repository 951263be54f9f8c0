//! What `sectigo_certificate` takes and returns: the source of its documentation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clients::scm::{Id, ScmOptions};
use crate::issuers::sectigo_enrollment::{EnrollmentOptions, OrderAction};
use crate::lifecycle::RenewPolicy;
use crate::modules::certificate_facts::CertificateFacts;
use crate::modules::sectigo_certificate_entry::CertificateEntry;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Options {
    pub(super) scm: ScmOptions,
    /// What should be true of the certificate.
    #[serde(default)]
    pub(super) state: State,
    /// The request, PKCS#10 in PEM, with a common name. The certificate gets the DNS names that stand
    /// in it, or the common name alone if there are none. For O(state=present) and O(state=replaced).
    pub(super) csr: Option<String>,
    /// The organization that orders, by name or id. Unset, it is the only one that the credentials
    /// see.
    pub(super) organization: Option<String>,
    /// The department that orders, by name or id.
    pub(super) department: Option<String>,
    #[serde(flatten)]
    pub(super) enrollment: EnrollmentOptions,
    /// O(state=present): when a certificate of the same key gets a successor. O(renew.ari) means
    /// nothing here.
    #[serde(default)]
    pub(super) renew: RenewPolicy,
    /// Number of the certificate or request in SCM, for all states but V(present).
    pub(super) id: Option<Id>,
    /// Its serial number, in any spelling, in place of O(id).
    pub(super) serial: Option<String>,
    /// O(state=revoked): why.
    #[serde(default)]
    pub(super) reason: Reason,
    /// Text that SCM keeps with an approval, a revocation and the like, at most 512 characters.
    pub(super) message: Option<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// There is a valid certificate for the key and the names of O(csr). Without one it is ordered.
    #[default]
    Present,
    /// The certificate is revoked.
    Revoked,
    /// The certificate has the key of O(csr), under the same number and until the same day.
    Replaced,
    /// The request is approved.
    Approved,
    /// The request is declined.
    Declined,
}

/// Reasons of RFC 5280 that SCM takes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    #[default]
    Unspecified,
    KeyCompromise,
    AffiliationChanged,
    Superseded,
    CessationOfOperation,
}

impl Reason {
    /// RFC 5280 §5.3.1
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
        }
    }
}

#[derive(Default, Serialize, JsonSchema)]
pub(crate) struct Returned {
    /// The certificate in PEM, for O(state=present) and O(state=replaced), as soon as there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) certificate: Option<String>,
    /// The intermediates in PEM, nearest to the certificate first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) chain: Option<String>,
    /// Certificate and intermediates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fullchain: Option<String>,
    /// Facts of the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) facts: Option<CertificateFacts>,
    /// What SCM says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) order: Option<CertificateEntry>,
    /// What a certificate that is not there yet waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) waiting: Option<String>,
    /// What was done, or in check mode would be done.
    pub(super) actions: Vec<OrderAction>,
}

pub(super) const EXAMPLES: &str = r#"
- name: A certificate for a request that was made elsewhere
  certwright.fleet.sectigo_certificate:
    csr: "{{ lookup('ansible.builtin.file', 'www.csr') }}"
    organization: Example University
    profile: OV SSL
    requester: [web@example.org]
    custom_fields: {Ticket: T-42}
    scm:
      login: web-team
      password: "{{ vault_scm_password }}"
      customer_uri: university
  register: www

- name: Somebody else has to approve it; the same task collects it in a later run
  ansible.builtin.debug:
    msg: "{{ www.waiting }}"
  when: www.waiting is defined

- name: Approve what a colleague has asked for
  certwright.fleet.sectigo_certificate:
    id: 8001
    state: approved
    message: Seen by the web team

- name: The key is lost to somebody
  certwright.fleet.sectigo_certificate:
    serial: "0A:1B:2C"
    state: revoked
    reason: key_compromise
    message: The host was broken into
"#;
