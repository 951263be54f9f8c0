//! What SCM has of the names of a task, with few calls.
//!
//! The list tells names and ids only, and its filters cannot tell whether the delegation to one
//! organization is approved, so every name that exists costs one call for its details. These carry
//! the state of domain control validation, too. The calls run side by side.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::task::JoinSet;

use crate::clients::scm::domains::{Domain, DomainEntry};
use crate::clients::scm::{Id, Scm, ScmError};
use crate::dns_name::DnsName;

/// What is known of one name. The error is about that name alone.
pub(super) type Observed = Result<Option<Domain>, ScmError>;

/// What SCM has of `names`. An error here is about all of them.
pub(super) async fn observe(
    scm: &Scm,
    names: &[DnsName],
) -> Result<HashMap<DnsName, Observed>, ScmError> {
    let ids = ids(scm, names).await?;
    let mut observed: HashMap<DnsName, Observed> =
        names.iter().map(|it| (it.clone(), Ok(None))).collect();
    let mut waiting = ids.into_iter();
    let mut running = JoinSet::new();
    loop {
        while running.len() < SIDE_BY_SIDE
            && let Some((name, id)) = waiting.next()
        {
            let scm = scm.clone();
            running.spawn(async move { (name, details(&scm, id).await) });
        }
        let Some(done) = running.join_next().await else {
            return Ok(observed);
        };
        // Only a panic could be in the way, and that ends the process.
        if let Ok((name, result)) = done {
            match result {
                Err(error) if error.ends_all() => return Err(error),
                result => drop(observed.insert(name, result)),
            }
        }
    }
}

/// What SCM has of `name` now, by its id if that is known. Looked for in the whole list if
/// `thoroughly`: how SCM compares names in its filter is not documented.
pub(super) async fn observe_one(
    scm: &Scm,
    name: &DnsName,
    id: Option<Id>,
    thoroughly: bool,
) -> Observed {
    let id = match id {
        Some(id) => Some(id),
        None if thoroughly => pick(scm.domains(None).await?, name),
        None => ids(scm, std::slice::from_ref(name)).await?.remove(name),
    };
    match id {
        Some(id) => details(scm, id).await,
        None => Ok(None),
    }
}

/// The pauses between looks at something that SCM took but does not show yet.
pub(super) fn pauses() -> impl Iterator<Item = Duration> {
    [250, 500, 1000, 2000, 4000]
        .map(Duration::from_millis)
        .into_iter()
}

async fn details(scm: &Scm, id: Id) -> Observed {
    match scm.domain(id).await {
        Ok(domain) => Ok(Some(domain)),
        Err(ScmError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// For few names a filtered list each, for many one list of all.
async fn ids(scm: &Scm, names: &[DnsName]) -> Result<HashMap<DnsName, Id>, ScmError> {
    let mut wanted: HashSet<&DnsName> = names.iter().collect();
    let mut ids = HashMap::new();
    let mut take = |entries: Vec<DomainEntry>, wanted: &mut HashSet<&DnsName>| {
        for entry in entries {
            if let Ok(name) = entry.name.parse::<DnsName>()
                && wanted.remove(&name)
            {
                ids.insert(name, entry.id);
            }
        }
    };
    let bases: HashSet<&str> = names.iter().map(DnsName::base).collect();
    // International names may be stored in another spelling than they are asked for.
    let mut filtered = bases.len() <= FEW && !bases.iter().any(|it| it.contains("xn--"));
    if filtered {
        // If the filter looks for parts, the answer for a name has its `*.` twin in it.
        let plain_first = names
            .iter()
            .filter(|it| !it.is_wildcard())
            .chain(names.iter().filter(|it| it.is_wildcard()));
        for name in plain_first {
            if wanted.contains(name) {
                match scm.domains(Some(name.as_str())).await {
                    Ok(entries) => take(entries, &mut wanted),
                    // What the filter makes of a `*` is not documented.
                    Err(ScmError::Refused { .. }) => {
                        filtered = false;
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
        }
    }
    if !filtered {
        take(scm.domains(None).await?, &mut wanted);
    }
    Ok(ids)
}

fn pick(entries: Vec<DomainEntry>, name: &DnsName) -> Option<Id> {
    entries
        .into_iter()
        .find(|it| it.name.parse::<DnsName>().as_ref() == Ok(name))
        .map(|it| it.id)
}

/// Up to so many names are looked for one by one: a university has some hundred domains, which
/// are a few pages.
const FEW: usize = 3;
const SIDE_BY_SIDE: usize = 6;
