//! Which names an organization may use, and which of them are validated.

use crate::names;
use crate::state::{Delegation, Domain, Scm, Validation, World};
use crate::switches::{AccountCovers, DefaultPrivileges, Switches};
use std::collections::BTreeSet;
use time::{Duration, OffsetDateTime};

/// The validation that holds for a name: its own or an inherited one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Effective {
    /// `VALIDATED`, `NOT_VALIDATED`, `EXPIRED`.
    pub(crate) status: &'static str,
    pub(crate) method: Option<String>,
    pub(crate) validated: Option<OffsetDateTime>,
    pub(crate) expires: Option<OffsetDateTime>,
}

/// Works out the validation of a name.
///
/// Names below a validated one inherit it, except when it was proven by a
/// file, which covers the exact name only.
pub(crate) fn validation(world: &World, name: &str) -> Effective {
    let now = world.now();
    let base = names::without_star(name);
    let delay = if base == name {
        0
    } else {
        world.switches.scm_wildcard_inherits_after
    };
    let candidates: Vec<&Validation> = names::self_and_parents(base)
        .filter_map(|candidate| {
            let validation = world.scm.validations.get(candidate)?;
            let by_file = matches!(validation.method.as_deref(), Some("HTTP" | "HTTPS"));
            (!by_file || candidate == name).then_some(validation)
        })
        .filter(|validation| {
            validation
                .validated
                .is_some_and(|moment| moment + Duration::seconds(delay) <= now)
        })
        .collect();
    let alive = |validation: &&&Validation| validation.expires.is_some_and(|end| end > now);
    let (status, chosen) = match candidates.iter().find(alive) {
        Some(validation) => ("VALIDATED", Some(*validation)),
        None => match candidates.first() {
            Some(validation) => ("EXPIRED", Some(*validation)),
            None => ("NOT_VALIDATED", None),
        },
    };
    Effective {
        status,
        method: chosen.and_then(|validation| validation.method.clone()),
        validated: chosen.and_then(|validation| validation.validated),
        expires: chosen.and_then(|validation| validation.expires),
    }
}

/// Whether an approved delegation lets the organization have certificates of
/// a kind (`SSL`, `SMIME`) for the name.
pub(crate) fn is_delegated(
    scm: &Scm,
    switches: &Switches,
    name: &str,
    organization: u64,
    kind: &str,
) -> bool {
    scm.domains.values().any(|domain| {
        domain.active
            && domain
                .delegations
                .iter()
                .filter(|delegation| delegation.organization == organization)
                .filter(|delegation| !delegation.requested)
                .filter(|delegation| delegation.cert_types.iter().any(|one| one == kind))
                .any(|delegation| allows(domain, delegation, switches, name))
    })
}

/// Whether an ACME account's list lets a client order the name.
pub(crate) fn is_mapped(mapped: &BTreeSet<String>, switches: &Switches, name: &str) -> bool {
    let by_base = switches.acme_account_covers == AccountCovers::Base;
    mapped.iter().any(|entry| {
        entry == name
            || entry
                .strip_prefix("*.")
                .is_some_and(|parent| names::is_below(name, parent))
            || (by_base && names::is_below(names::without_star(name), entry))
            || (by_base && names::without_star(name) == entry)
    })
}

fn allows(domain: &Domain, delegation: &Delegation, switches: &Switches, name: &str) -> bool {
    if let Some(parent) = domain.name.strip_prefix("*.") {
        return domain.name == name || names::is_below(name, parent);
    }
    let has = |privilege: &str| {
        if delegation.privileges.is_empty() {
            switches.scm_default_privileges == DefaultPrivileges::All || privilege == "DOMAIN"
        } else {
            delegation.privileges.iter().any(|p| p == privilege)
        }
    };
    match name.strip_prefix("*.") {
        None if name == domain.name => has("DOMAIN"),
        None => names::is_below(name, &domain.name) && has("SUBDOMAIN"),
        Some(base) if base == domain.name => has("WILDCARD_1ST_LEVEL"),
        Some(base) => names::is_below(base, &domain.name) && has("WILDCARD_2ND_LEVEL"),
    }
}
