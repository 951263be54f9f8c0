//! What `sectigo_domain_validation` takes and returns: the source of its documentation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::decide::{Action, Reason};
use crate::clients::dns_update::{DnsRecord, DnsUpdateOptions};
use crate::clients::scm::ScmOptions;
use crate::clients::scm::dcv::DcvMethod;
use crate::dns_name::DnsName;

#[derive(Deserialize, JsonSchema)]
pub(crate) struct Options {
    pub(super) scm: ScmOptions,
    /// Names whose control shall be validated. What is validated is the topmost domain above each
    /// that SCM has; names below it and C(*.) inherit.
    #[schemars(extend("x-aliases" = ["names"]))]
    pub(super) name: Vec<DnsName>,
    /// How control is shown.
    #[serde(default)]
    pub(super) method: Method,
    /// Renew a validation that ends within so many days, but not before half of its time is over.
    ///
    /// A validation holds for 198 days today, and for 10 from 2029 on. More than half of it costs
    /// one more call for each domain.
    #[serde(default = "thirty")]
    pub(super) days: u32,
    /// A name server to publish the record on, by dynamic update. Unset, RV(records) and RV(files)
    /// tell what to publish, and O(published) goes on afterwards.
    pub(super) dns: Option<DnsUpdateOptions>,
    /// What an earlier task returned in RV(records) or RV(files) is in place: tell SCM to look.
    #[serde(default)]
    pub(super) published: bool,
    /// O(method=email): the address to write to, one of those that SCM offers; or its part before
    /// the C(@), such as V(hostmaster), for the address of each domain.
    pub(super) email: Option<String>,
    /// O(dns): remove records of earlier validations of the same domain when a new one is
    /// published. It needs a zone transfer, which the server must allow to the same key.
    #[serde(default = "yes")]
    pub(super) clean: bool,
    /// Seconds to wait for the CA's look, at all domains together. It looks at once if asked to, but
    /// an unlucky order may take hours; without waiting, a later run sees the result.
    #[serde(default)]
    pub(super) wait: u64,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Method {
    /// A CNAME record, the same for every renewal until it is cleared.
    #[default]
    Cname,
    /// A TXT record, another one each time.
    Txt,
    /// A file on the web server. It validates the exact name only.
    Http,
    /// The same by HTTPS.
    Https,
    /// A letter that somebody has to answer.
    Email,
}

impl From<Method> for DcvMethod {
    fn from(method: Method) -> Self {
        match method {
            Method::Cname => Self::Cname,
            Method::Txt => Self::Txt,
            Method::Http => Self::Http,
            Method::Https => Self::Https,
            Method::Email => Self::Email,
        }
    }
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Returned {
    /// An entry for each validated domain, in the order of the names.
    pub(super) domains: Vec<Entry>,
    /// Records that have to be there now, and that this task has not published itself.
    pub(super) records: Vec<DnsRecord>,
    /// Files that have to be there now.
    pub(super) files: Vec<File>,
}

#[derive(Default, Serialize, JsonSchema)]
pub(super) struct Entry {
    /// The domain that is validated.
    pub(super) name: String,
    /// The names of the task that it is validated for.
    pub(super) covers: Vec<DnsName>,
    /// C(VALIDATED), C(NOT_VALIDATED), C(EXPIRED), or C(UNKNOWN).
    pub(super) validation_status: String,
    /// The order under way: C(NOT_INITIATED) if there is none, C(AWAITING_SUBMISSION),
    /// C(SUBMITTED), C(REJECTED).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) order_status: Option<String>,
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
    /// The record that proves control, published by this task or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) record: Option<DnsRecord>,
    /// What the validation waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) waiting: Option<String>,
    /// What went wrong with this domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

/// A file that proves control.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct File {
    /// Where the CA looks for it.
    pub(super) url: String,
    /// Its path below the web server's document root.
    pub(super) path: String,
    /// What must stand in it.
    pub(super) content: String,
}

fn thirty() -> u32 {
    30
}

fn yes() -> bool {
    true
}

pub(super) const EXAMPLES: &str = r#"
- name: Domains stay validated, by records on our own name server
  certwright.fleet.sectigo_domain_validation:
    name: [example.org, example.net]
    days: 60
    dns:
      server: ns1.example.org
      key_name: certwright
      key_secret: "{{ vault_tsig_secret }}"
    scm:
      login: web-team
      password: "{{ vault_scm_password }}"
      customer_uri: university

- name: The same with a name server that another module writes to
  certwright.fleet.sectigo_domain_validation:
    name: example.org
  register: validation

- name: Publish what is asked for
  community.general.nsupdate:
    server: 192.0.2.53
    zone: example.org
    record: "{{ item.name }}."
    type: "{{ item.type }}"
    value: "{{ item.value }}."
  loop: "{{ validation.records }}"

- name: Have it looked at
  certwright.fleet.sectigo_domain_validation:
    name: example.org
    published: true
    wait: 300
  when: validation.records | length > 0
"#;
