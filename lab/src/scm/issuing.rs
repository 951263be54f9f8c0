//! Certificates of the SSL list: from approved to issued.

use crate::ca::{Leaf, Level, Purpose, Subject};
use crate::state::World;
use time::{Duration, OffsetDateTime};

/// Issues every applied certificate whose time has come
/// (switch `scm.issue_seconds`).
pub(crate) fn issue_due(world: &mut World) {
    let now = world.now();
    let wait = Duration::seconds(world.switches.scm_issue_seconds);
    let due: Vec<u64> = world
        .scm
        .certificates
        .values()
        .filter(|certificate| certificate.status == "Applied")
        .filter(|certificate| {
            certificate
                .approved
                .is_some_and(|moment| moment + wait <= now)
        })
        .map(|certificate| certificate.id)
        .collect();
    for id in due {
        if world.switches.scm_ca_rejects {
            if let Some(certificate) = world.scm.certificates.get_mut(&id) {
                certificate.status = "Rejected";
            }
            continue;
        }
        let certificate = &world.scm.certificates[&id];
        // A replacement ends when its predecessor would.
        let days = match &certificate.issued {
            Some(issued) => days_until(world, issued.not_after),
            None => certificate.term,
        };
        issue(world, id, days);
    }
}

/// Issues, or issues again, with a life of `days`.
pub(crate) fn issue(world: &mut World, id: u64, days: i64) {
    let certificate = &world.scm.certificates[&id];
    let issued = world.ca.issue(&Leaf {
        spki: &certificate.spki,
        key: certificate.key,
        common_name: Some(&certificate.common_name),
        names: &certificate.alt_names,
        purpose: Purpose::Server(certificate.level),
        subject: subject(world, certificate.organization, certificate.level),
        issued: world.now(),
        days,
    });
    if let Some(certificate) = world.scm.certificates.get_mut(&id) {
        match issued {
            Ok(issued) => {
                certificate.issued = Some(issued.into());
                certificate.status = "Issued";
            }
            Err(_) => certificate.status = "Rejected",
        }
    }
}

/// Days from now to a moment, in whole UTC days.
pub(crate) fn days_until(world: &World, moment: OffsetDateTime) -> i64 {
    (moment.date() - world.now().date()).whole_days() + 1
}

/// What an OV or EV certificate says about the organization. A department's
/// certificates carry the organization it belongs to.
pub(crate) fn subject(world: &World, organization: u64, level: Level) -> Option<Subject> {
    if level == Level::Domain {
        return None;
    }
    let own = world.scm.organizations.get(&organization)?;
    let top = own
        .parent
        .and_then(|id| world.scm.organizations.get(&id))
        .unwrap_or(own);
    Some(Subject {
        country: top.country.clone(),
        state: top.state.clone(),
        organization: top.name.clone(),
    })
}
