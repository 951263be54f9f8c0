//! What descriptions of jobs say, by which later runs know what was committed for which template
//! stacks, and what was pushed.
//!
//! ```text
//! certwright 2026-11-21T10:15:00.5Z: web-stack, lab-stack     a commit that pushes follow
//! certwright 2026-11-21T10:16:00.1Z: web-stack                a push
//! ```

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::batch::Push;
use crate::clients::panos_xml::jobs::Job;

/// With the time: by it a job is found again when the answer to its request was lost.
pub(super) fn of_commit(label: &str, pushes: &[Push]) -> String {
    let stacks: Vec<&str> = pushes.iter().map(|it| it.stack.as_str()).collect();
    let now = OffsetDateTime::now_utc().format(&Rfc3339);
    let time = now.unwrap_or_default();
    if stacks.is_empty() {
        format!("{label} {time}")
    } else {
        format!("{label} {time}: {}", stacks.join(", "))
    }
}

pub(super) fn of_push(label: &str, push: &Push) -> String {
    of_commit(label, std::slice::from_ref(push))
}

/// Was a commit of this administrator followed by no good push of the stack?
pub(super) fn is_missed(jobs: &[Job], user: &str, push: &Push) -> bool {
    let last = |kind: &str| {
        jobs.iter()
            .filter(|it| it.kind == kind && it.user == user && it.finished && it.good)
            .filter(|it| is_for(&it.description, &push.stack))
            .map(|it| it.id)
            .max()
    };
    last("Commit").is_some_and(|commit| last("CommitAll").is_none_or(|it| it < commit))
}

/// Names of stacks hold neither `:` nor `,`.
fn is_for(description: &str, stack: &str) -> bool {
    let stacks = description.rsplit_once(": ").map_or("", |it| it.1);
    stacks.split(", ").any(|it| it == stack)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(stack: &str) -> Push {
        Push {
            stack: stack.to_owned(),
            serials: Vec::new(),
        }
    }

    #[test]
    fn a_push_is_missed_until_a_good_one_follows_the_commit() {
        let (web, lab) = (push("web"), push("lab"));
        let job = |id, kind: &str, good, description: String| Job {
            id,
            finished: true,
            good,
            details: Vec::new(),
            warnings: Vec::new(),
            failed_devices: Vec::new(),
            kind: kind.to_owned(),
            user: "api".to_owned(),
            description,
        };
        let both = of_commit("tls: yes", &[web.clone(), lab.clone()]);
        let mut jobs = vec![
            job(1, "CommitAll", true, of_push("tls", &web)),
            job(2, "Commit", true, both),
            job(3, "CommitAll", true, of_push("tls", &lab)),
            job(4, "CommitAll", false, of_push("tls", &web)),
            job(5, "Commit", true, of_commit("tls", &[])),
        ];
        assert!(is_missed(&jobs, "api", &web));
        assert!(!is_missed(&jobs, "api", &lab));
        assert!(!is_missed(&jobs, "alice", &web));
        assert!(!is_missed(&jobs, "api", &push("we")));
        jobs.push(job(6, "CommitAll", true, of_push("tls", &web)));
        assert!(!is_missed(&jobs, "api", &web));
    }
}
