//! `sectigo_domain_info`: the domains in SCM, with few calls.

use std::collections::{BTreeMap, HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use super::sectigo::failure;
use super::{Doc, Module, SeeAlso};
use crate::ansible::{Failure, Outcome};
use crate::clients::scm::reports::DomainRow;
use crate::clients::scm::{Id, Scm, ScmError, ScmOptions};
use crate::context::Context;
use crate::dns_name::DnsName;

pub(super) struct SectigoDomainInfo;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Options {
    scm: ScmOptions,
    /// Only these names. Unset, all that the credentials see.
    #[schemars(extend("x-aliases" = ["names"]))]
    name: Option<Vec<DnsName>>,
    /// Only what is delegated to this organization, by name or id.
    organization: Option<String>,
    /// Only what is delegated to this department, by name or id.
    department: Option<String>,
    /// Only what is not validated, or not for longer than so many days. C(*.) twins are judged by
    /// the domain that they inherit from, too.
    expires_within: Option<i64>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Returned {
    /// The domains, sorted by name.
    domains: Vec<Entry>,
}

#[derive(Serialize, JsonSchema)]
struct Entry {
    /// In lower case, international labels as C(xn--...).
    name: String,
    /// Its number in SCM.
    id: Id,
    /// C(ACTIVE) or C(SUSPENDED). Missing for credentials that may make no reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// The organizations and departments that the domain is delegated to, or was asked for.
    delegated_to: Vec<Place>,
    /// Is there a delegation that waits for approval, and none that is approved?
    awaiting_approval: bool,
    /// Domain control validation: C(VALIDATED), C(NOT_VALIDATED), C(EXPIRED). Missing if the
    /// customer does not have it, like the next four.
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_status: Option<String>,
    /// How it was validated.
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_method: Option<String>,
    /// The validation under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    order_status: Option<String>,
    /// The day on which the validation ends, C(YYYY-MM-DD).
    #[serde(skip_serializing_if = "Option::is_none")]
    dcv_expiration: Option<String>,
    /// Days until then; negative if it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    days_left: Option<i64>,
}

/// An organization or department.
#[derive(Clone, Serialize, JsonSchema)]
struct Place {
    /// Its number in SCM.
    id: Id,
    /// Its name.
    name: String,
}

impl Module for SectigoDomainInfo {
    const DOC: Doc = Doc {
        name: "sectigo_domain_info",
        short_description: "The domains in Sectigo Certificate Manager",
        description: &[
            "Lists the domains with their delegations, the state of their validation and the days that are left.",
        ],
        sectigo: true,
        info: true,
        notes: &[
            "It costs a call for the organizations, one for those that wait for approval, one for the report of domains, \
             one for each 200 validations, and one for each 200 domains of each organization and department; none for \
             a single domain.",
            "Credentials that may not see validations get their ends from the report.",
        ],
        seealso: &[
            SeeAlso::Module("sectigo_domain"),
            SeeAlso::Module("sectigo_domain_validation"),
        ],
        examples: r"
- name: What somebody has to look after
  certwright.fleet.sectigo_domain_info:
    organization: Example University
    expires_within: 30
  register: ending
",
    };
    type Options = Options;
    type Returned = Returned;

    async fn run(options: Options, context: &Context) -> Result<Outcome<Returned>, Failure> {
        let scm = Scm::connect(&options.scm, context).map_err(|it| failure(&it))?;
        let today = OffsetDateTime::now_utc().date();
        let mut domains = inventory(&scm, &options, today)
            .await
            .map_err(|it| failure(&it))?;
        let lasting: HashSet<String> = domains
            .iter()
            .filter(|it| options.lasts(it))
            .map(|it| it.name.clone())
            .collect();
        domains.retain(|it| options.wants(it, &lasting));
        Ok(Outcome {
            changed: false,
            msg: None,
            diff: None,
            manual_actions: Vec::new(),
            returned: Returned { domains },
        })
    }
}

async fn inventory(scm: &Scm, options: &Options, today: Date) -> Result<Vec<Entry>, ScmError> {
    let places = places(scm, options).await?;
    let mut domains: BTreeMap<Id, Entry> = BTreeMap::new();
    for place in places {
        for domain in scm.domains_of(place.id).await? {
            domains
                .entry(domain.id)
                .or_insert_with(|| Entry::new(domain.id, &domain.name))
                .delegated_to
                .push(place.clone());
        }
    }
    for domain in scm.domains_awaiting_approval().await? {
        if let Some(known) = domains.get_mut(&domain.id) {
            known.awaiting_approval = true;
        }
    }
    // Reports are not everybody's to make; what only they tell is left out then.
    let report = scm.report_domains().await;
    let rows = report.as_deref().unwrap_or_default();
    if options.organization.is_none() && options.department.is_none() {
        for row in rows {
            let known = domains.entry(row.id);
            known.or_insert_with(|| Entry::new(row.id, &row.name));
        }
    }
    for row in rows {
        if let Some(known) = domains.get_mut(&row.id) {
            known.state = row.state();
        }
    }
    let validations = validations(scm, &report, today).await?;
    let mut all: Vec<Entry> = domains.into_values().collect();
    for entry in &mut all {
        if let Some(validation) = validations.get(&entry.name) {
            entry.take(validation.clone());
        }
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

/// The organizations and departments that the credentials see, or the one that is asked for.
async fn places(scm: &Scm, options: &Options) -> Result<Vec<Place>, ScmError> {
    let (organization, department) = (
        options.organization.as_deref(),
        options.department.as_deref(),
    );
    let wanted = match (organization, department) {
        (None, None) => None,
        _ => Some(scm.find_organization(organization, department).await?),
    };
    let all = scm.organizations().await?.iter().flat_map(|it| {
        std::iter::once((it.id, &it.name)).chain(it.departments.iter().map(|it| (it.id, &it.name)))
    });
    Ok(all
        .filter(|(id, _)| wanted.is_none_or(|it| it == *id))
        .map(|(id, name)| Place {
            id,
            name: name.clone(),
        })
        .collect())
}

/// What is known of a validation.
#[derive(Clone)]
struct Validation {
    status: Option<String>,
    method: Option<String>,
    order: Option<String>,
    ends: Option<String>,
    days_left: Option<i64>,
}

async fn validations(
    scm: &Scm,
    report: &Result<Vec<DomainRow>, ScmError>,
    today: Date,
) -> Result<HashMap<String, Validation>, ScmError> {
    let found = match scm.dcv_search().await {
        Err(error @ (ScmError::Denied { .. } | ScmError::Refused { .. })) => {
            return match report {
                Ok(rows) => Ok(rows
                    .iter()
                    .map(|it| {
                        let validation = Validation {
                            status: it.status().map(|it| it.as_str().to_owned()),
                            method: None,
                            order: None,
                            ends: it.sticky_until.as_ref().map(ToString::to_string),
                            days_left: it.sticky_until.as_ref().and_then(|it| it.days_from(today)),
                        };
                        (plain(&it.name), validation)
                    })
                    .collect()),
                // The customer has no validation, or it is nobody's to see: the rest still counts.
                Err(other) if other.ends_all() => Err(error),
                Err(_) => Ok(HashMap::new()),
            };
        }
        result => result?,
    };
    Ok(found
        .into_iter()
        .map(|it| {
            let ends = it.expiration_date.as_ref();
            let validation = Validation {
                status: it.dcv_status.as_ref().map(|it| it.as_str().to_owned()),
                method: Some(it.dcv_method).filter(|it| !it.is_empty()),
                order: it
                    .dcv_order_status
                    .as_ref()
                    .map(|it| it.as_str().to_owned()),
                days_left: ends.and_then(|it| it.days_from(today)),
                ends: ends.map(ToString::to_string),
            };
            (plain(&it.domain), validation)
        })
        .collect())
}

impl Entry {
    fn new(id: Id, name: &str) -> Self {
        Self {
            name: plain(name),
            id,
            state: None,
            delegated_to: Vec::new(),
            awaiting_approval: false,
            validation_status: None,
            validation_method: None,
            order_status: None,
            dcv_expiration: None,
            days_left: None,
        }
    }

    fn take(&mut self, validation: Validation) {
        self.validation_status = validation.status;
        self.validation_method = validation.method;
        self.order_status = validation.order;
        self.dcv_expiration = validation.ends;
        self.days_left = validation.days_left;
    }
}

impl Options {
    /// Is it validated, and for longer than is asked about?
    fn lasts(&self, entry: &Entry) -> bool {
        self.expires_within.is_some_and(|days| {
            entry.validation_status.as_deref() == Some("VALIDATED")
                && entry.days_left.is_none_or(|left| left > days)
        })
    }

    fn wants(&self, entry: &Entry, lasting: &HashSet<String>) -> bool {
        let named = self
            .name
            .as_ref()
            .is_none_or(|names| names.iter().any(|it| it.as_str() == entry.name));
        // Nobody validates a twin: it inherits, with some delay.
        let base = entry.name.strip_prefix("*.").unwrap_or_default();
        named && !lasting.contains(&entry.name) && !lasting.contains(base)
    }
}

/// SCM may keep international names in another spelling.
fn plain(name: &str) -> String {
    name.parse::<DnsName>()
        .map_or_else(|_| name.to_lowercase(), Into::into)
}
