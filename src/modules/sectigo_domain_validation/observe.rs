//! How the validation of many domains stands, with few calls.
//!
//! What is validated is a registered domain; the names below it and `*.` inherit. Which one that is
//! is not worked out from lists of public suffixes: it is the topmost name above the wanted one that
//! SCM has.

use std::collections::HashMap;

use crate::clients::scm::dcv::{DcvState, OrderStatus};
use crate::clients::scm::{Scm, ScmError};
use crate::dns_name::DnsName;

/// A domain that is validated for some of the wanted names.
pub(super) struct Observed {
    pub(super) domain: String,
    /// The names that were asked for.
    pub(super) covers: Vec<DnsName>,
    pub(super) state: Result<DcvState, ScmError>,
    /// `state` tells about open orders.
    pub(super) complete: bool,
}

/// How everything stands.
pub(super) struct Observation {
    /// In the order of the names.
    pub(super) domains: Vec<Observed>,
    /// The credentials may not see validations, let alone carry them out.
    pub(super) denied: Option<ScmError>,
}

pub(super) async fn observe(scm: &Scm, names: &[DnsName]) -> Result<Observation, ScmError> {
    let few = if names.len() <= FEW {
        one_by_one(scm, names).await
    } else {
        all_at_once(scm, names).await
    };
    match few {
        Err(error @ ScmError::Denied { .. }) => {
            let mut found = from_the_report(scm, names).await?;
            found.denied = Some(error);
            Ok(found)
        }
        result => result,
    }
}

/// The full state of a domain of which only the summary is known.
pub(super) async fn complete(scm: &Scm, observed: &mut Observed) {
    if !observed.complete && observed.state.is_ok() {
        observed.state = scm.dcv_status(&observed.domain).await;
        observed.complete = true;
    }
}

/// The domains whose order the CA has yet to decide on.
pub(super) async fn submitted(scm: &Scm) -> Result<Vec<String>, ScmError> {
    let all = scm.dcv_search().await?.into_iter();
    Ok(all
        .filter(|it| it.dcv_order_status == Some(OrderStatus::Submitted))
        .map(|it| plain(it.domain))
        .collect())
}

async fn one_by_one(scm: &Scm, names: &[DnsName]) -> Result<Observation, ScmError> {
    let mut domains: Vec<Observed> = Vec::new();
    for name in names {
        let mut candidates = candidates(name).peekable();
        while let Some(candidate) = candidates.next() {
            if let Some(known) = domains.iter_mut().find(|it| it.domain == candidate) {
                known.covers.push(name.clone());
                break;
            }
            let state = match scm.dcv_status(candidate).await {
                Err(ScmError::NotFound { .. }) if candidates.peek().is_some() => continue,
                Err(error) if error.ends_all() || matches!(error, ScmError::Denied { .. }) => {
                    return Err(error);
                }
                Err(ScmError::NotFound { answer, .. }) => Err(ScmError::Options(format!(
                    "{NO_SUCH_DOMAIN} (SCM: {answer})"
                ))),
                result => result,
            };
            domains.push(Observed {
                domain: candidate.to_owned(),
                covers: vec![name.clone()],
                state,
                complete: true,
            });
            break;
        }
    }
    Ok(Observation {
        domains,
        denied: None,
    })
}

async fn all_at_once(scm: &Scm, names: &[DnsName]) -> Result<Observation, ScmError> {
    let states = scm
        .dcv_search()
        .await?
        .into_iter()
        .map(|it| {
            let state = DcvState {
                status: it.dcv_status,
                order_status: it.dcv_order_status,
                expiration_date: it.expiration_date,
                ..DcvState::default()
            };
            (it.domain, state)
        })
        .collect();
    Ok(pick(states, names))
}

/// Validations without the right to see them: the report of domains has their ends.
async fn from_the_report(scm: &Scm, names: &[DnsName]) -> Result<Observation, ScmError> {
    let states = scm
        .report_domains()
        .await?
        .into_iter()
        .map(|it| {
            let state = DcvState {
                status: it.status(),
                expiration_date: it.sticky_until,
                ..DcvState::default()
            };
            (it.name, state)
        })
        .collect();
    Ok(pick(states, names))
}

fn pick(states: Vec<(String, DcvState)>, names: &[DnsName]) -> Observation {
    let states: HashMap<String, DcvState> = states
        .into_iter()
        .map(|(name, state)| (plain(name), state))
        .collect();
    let mut domains: Vec<Observed> = Vec::new();
    for name in names {
        let known = candidates(name).find(|it| states.contains_key(*it));
        let domain = known.unwrap_or(name.base());
        if let Some(known) = domains.iter_mut().find(|it| it.domain == domain) {
            known.covers.push(name.clone());
            continue;
        }
        domains.push(Observed {
            domain: domain.to_owned(),
            covers: vec![name.clone()],
            state: states
                .get(domain)
                .cloned()
                .ok_or_else(|| ScmError::Options(NO_SUCH_DOMAIN.to_owned())),
            complete: false,
        });
    }
    Observation {
        domains,
        denied: None,
    }
}

/// International names may be stored in another spelling than they are asked for.
fn plain(name: String) -> String {
    name.parse::<DnsName>().map_or(name, Into::into)
}

/// The names that may be validated for `name`, the topmost first.
fn candidates(name: &DnsName) -> impl Iterator<Item = &str> {
    let mut all: Vec<&str> = std::iter::once(name.base())
        .chain(name.ancestors())
        .collect();
    all.dedup();
    all.into_iter().rev()
}

const NO_SUCH_DOMAIN: &str =
    "SCM shows these credentials no such domain, and none above it: add it with sectigo_domain";
/// Up to so many names are asked for one by one: a call each, and no list of a whole university.
pub(super) const FEW: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_topmost_known_name_stands_for_all_below() {
        let names: Vec<DnsName> = [
            "www.example.org",
            "*.example.org",
            "a.b.example.net",
            "x.example",
        ]
        .map(|it| it.parse().unwrap())
        .into();
        let states = ["example.org", "www.example.org", "b.example.net"]
            .map(|it| (it.to_owned(), DcvState::default()));
        let found = pick(states.into(), &names).domains;
        let domains: Vec<_> = found
            .iter()
            .map(|it| (it.domain.as_str(), it.covers.len(), it.state.is_ok()))
            .collect();
        assert_eq!(
            domains,
            [
                ("example.org", 2, true),
                ("b.example.net", 1, true),
                ("x.example", 1, false)
            ]
        );
    }
}
