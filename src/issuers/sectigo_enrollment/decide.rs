//! What has to be done about a request, given what SCM has. Pure: no calls, no clock.

use super::wish::Wish;
use crate::clients::scm::Id;
use crate::clients::scm::certificates::{SslCertificate, SslStatus};

/// How a request begins.
#[derive(Clone, Debug)]
pub(crate) enum Start {
    /// SCM has nothing for this key.
    Enroll,
    /// The certificate of this key and these names is to be followed by another one.
    Renew(Id),
    /// There is an order for it already.
    Follow(Box<SslCertificate>),
}

/// The next step of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Approve,
    /// Somebody else has to approve it.
    AwaitPerson,
    /// SCM or the CA is at work.
    Wait,
    Collect,
    Stop(Stop),
}

/// Why there will never be a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Declined,
    Rejected,
    Invalid,
    Revoked,
    Replaced,
}

/// What the request is about.
pub(crate) struct Question<'a> {
    /// See [`mark`](super::wish::mark).
    pub(crate) mark: &'a str,
    pub(crate) names: &'a [String],
    pub(crate) profile: Id,
    /// Serial number of the certificate whose place the new one takes.
    pub(crate) replaces: Option<&'a str>,
    pub(crate) reorder: bool,
}

/// Finds the order of the request, if there is one worth following.
pub(crate) fn start(known: &[SslCertificate], question: &Question<'_>) -> Start {
    let Some(order) = own(known, question.mark, question.names) else {
        return Start::Enroll;
    };
    match step(order, false) {
        Step::Stop(_) if question.reorder => Start::Enroll,
        _ if order.status == Some(SslStatus::Expired) => Start::Enroll,
        Step::Collect if order.serial.is_some() && order.serial.as_deref() == question.replaces => {
            // A renewal keeps the profile, so it fits only if that is still the wanted one.
            if order.profile == Some(question.profile) {
                Start::Renew(order.id)
            } else {
                Start::Enroll
            }
        }
        _ => Start::Follow(Box::new(order.clone())),
    }
}

/// Has the last order for this key come to an end after which the key should not be used?
pub(crate) fn is_spent(known: &[SslCertificate], mark: &str, names: &[String]) -> bool {
    own(known, mark, names)
        .is_some_and(|it| matches!(step(it, false), Step::Stop(Stop::Revoked | Stop::Replaced)))
}

/// The last order with this mark that covers the names.
fn own<'a>(
    known: &'a [SslCertificate],
    mark: &str,
    names: &[String],
) -> Option<&'a SslCertificate> {
    known
        .iter()
        .filter(|it| it.comments.contains(mark) && covers(it, names))
        .max_by_key(|it| it.id)
}

/// What an order waits for.
pub(crate) fn step(order: &SslCertificate, approve: bool) -> Step {
    use SslStatus as Status;
    match &order.status {
        Some(Status::Requested | Status::AwaitingApproval) if approve => Step::Approve,
        Some(Status::Requested | Status::AwaitingApproval) => Step::AwaitPerson,
        Some(Status::Issued | Status::Downloaded | Status::PendingDownload | Status::Expired) => {
            Step::Collect
        }
        Some(Status::Declined) => Step::Stop(Stop::Declined),
        Some(Status::Rejected) => Step::Stop(Stop::Rejected),
        Some(Status::Invalid) => Step::Stop(Stop::Invalid),
        Some(Status::Revoked) => Step::Stop(Stop::Revoked),
        Some(Status::Replaced) => Step::Stop(Stop::Replaced),
        Some(Status::Init | Status::Approved | Status::Applied | Status::Other(_)) | None => {
            Step::Wait
        }
    }
}

/// The order that a renewal of `old` has made, where SCM did not tell its number: a younger one of
/// the same names and profile that bears nobody else's mark. Its key is checked when it is
/// collected.
pub(crate) fn successor<'a>(
    known: &'a [SslCertificate],
    old: &SslCertificate,
    mark: &str,
) -> Option<&'a SslCertificate> {
    known
        .iter()
        .filter(|it| {
            it.id > old.id
                && it.profile == old.profile
                && covers(it, &old.names)
                && (it.comments.contains(mark) || !it.comments.contains(ANY_MARK))
        })
        .max_by_key(|it| it.id)
}

/// In what an order for the key is not what is wanted now. Nothing is ordered because of it: for the
/// same key that would be a second order, and SCM may have its own reasons to add names.
pub(crate) fn differences(order: &SslCertificate, wish: &Wish, names: &[String]) -> Vec<String> {
    let id = order.id;
    let mut found = Vec::new();
    if let Some(profile) = order.profile.filter(|it| *it != wish.profile) {
        found.push(format!(
            "SSL certificate {id} in SCM was ordered with the profile {profile} and not with {}, which counts for its \
             successor. For another certificate at once make a new key and a new CSR.",
            wish.profile
        ));
    }
    let more: Vec<&str> = order
        .names
        .iter()
        .filter(|it| !names.iter().any(|name| belong_together(it, name)))
        .map(String::as_str)
        .collect();
    if !more.is_empty() {
        found.push(format!(
            "SSL certificate {id} in SCM is also for {}, which the CSR does not ask for. For a certificate without make \
             a new key and a new CSR.",
            more.join(", ")
        ));
    }
    found
}

/// The same, or one is what CAs give away with the other: `www.x` with `x`, `x` with `*.x`.
fn belong_together(one: &str, other: &str) -> bool {
    let bare = |it: &str| {
        let bare = it.strip_prefix("www.").or_else(|| it.strip_prefix("*."));
        bare.unwrap_or(it).to_owned()
    };
    one == other || (bare(one) == bare(other) && !one.starts_with("*."))
}

/// SCM may add names (the `www.` twin), but lacks none.
fn covers(order: &SslCertificate, names: &[String]) -> bool {
    names
        .iter()
        .all(|it| order.names.contains(it) || order.common_name.eq_ignore_ascii_case(it))
}

impl Stop {
    /// Completes "SSL certificate 8001 …".
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Declined => "was declined by an administrator",
            Self::Rejected => "was rejected by the CA",
            Self::Invalid => "is invalid: SCM could not make an order of it",
            Self::Revoked => "has been revoked",
            Self::Replaced => "has been replaced by one with another key",
        }
    }

    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::Declined => "Ask who declined it; with reorder: true the next run orders again",
            Self::Rejected | Self::Invalid => {
                "SCM shows the reason in its web interface (often CAA records or the validation of domain or \
                 organization); with reorder: true the next run orders again"
            }
            Self::Revoked | Self::Replaced => {
                "Make a new key and a new CSR: this key should not be used any more. (reorder: true orders for it all \
                 the same)"
            }
        }
    }
}

/// How every mark begins.
const ANY_MARK: &str = "[certwright key sha256:";

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: &str = "[certwright key sha256:aa]";

    fn order(id: Id, status: &str, comments: &str) -> SslCertificate {
        SslCertificate {
            id,
            status: Some(SslStatus::from(status)),
            comments: comments.to_owned(),
            names: vec!["www.example.org".to_owned()],
            common_name: "example.org".to_owned(),
            profile: Some(300),
            serial: Some(format!("{id:x}")),
            ..SslCertificate::default()
        }
    }

    fn begin(known: &[SslCertificate], replaces: Option<&str>, reorder: bool) -> Start {
        let names = ["example.org".to_owned(), "www.example.org".to_owned()];
        start(
            known,
            &Question {
                mark: MARK,
                names: &names,
                profile: 300,
                replaces,
                reorder,
            },
        )
    }

    #[test]
    fn only_the_newest_own_order_counts() {
        let stranger = order(9, "Issued", "[certwright key sha256:bb]");
        assert!(matches!(
            begin(std::slice::from_ref(&stranger), None, false),
            Start::Enroll
        ));
        let known = [
            order(1, "Declined", MARK),
            order(2, "Issued", MARK),
            stranger,
        ];
        assert!(matches!(begin(&known, None, false), Start::Follow(it) if it.id == 2));
        let other_names = SslCertificate {
            names: Vec::new(),
            ..order(3, "Issued", MARK)
        };
        assert!(matches!(begin(&[other_names], None, false), Start::Enroll));
    }

    #[test]
    fn a_certificate_does_not_take_its_own_place() {
        let known = [order(2, "Issued", MARK)];
        assert!(matches!(begin(&known, Some("2"), false), Start::Renew(2)));
        assert!(matches!(begin(&known, Some("7"), false), Start::Follow(_)));
        let known = [SslCertificate {
            profile: Some(301),
            ..order(2, "Issued", MARK)
        }];
        assert!(matches!(begin(&known, Some("2"), false), Start::Enroll));
        assert!(matches!(
            begin(&[order(2, "Expired", MARK)], None, false),
            Start::Enroll
        ));
    }

    #[test]
    fn what_has_ended_is_ordered_again_only_on_request() {
        for status in ["Declined", "Rejected", "Invalid", "Revoked", "Replaced"] {
            let known = [order(2, status, MARK)];
            assert!(matches!(begin(&known, None, false), Start::Follow(_)));
            assert!(matches!(begin(&known, None, true), Start::Enroll));
            assert!(matches!(step(&known[0], true), Step::Stop(_)));
            let names = ["www.example.org".to_owned()];
            assert_eq!(
                is_spent(&known, MARK, &names),
                ["Revoked", "Replaced"].contains(&status)
            );
        }
    }

    #[test]
    fn names_and_profiles_that_are_not_wanted_are_told() {
        let wish = |profile| Wish {
            organization: 101,
            profile,
            term: 90,
            comments: MARK.to_owned(),
            requester: None,
        };
        let order = SslCertificate {
            names: ["example.org", "www.example.org", "old.example.org"]
                .map(str::to_owned)
                .into(),
            ..order(7, "Issued", MARK)
        };
        let of = |profile, names: &[&str]| {
            let names: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
            differences(&order, &wish(profile), &names)
        };
        assert!(of(300, &["www.example.org", "old.example.org"]).is_empty());
        assert!(of(300, &["*.example.org", "old.example.org"]).is_empty());
        let told = of(301, &["example.org"]);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("300 and not with 301"));
        assert!(told[1].contains("for old.example.org,"));
    }

    #[test]
    fn words_nobody_documents_mean_waiting() {
        assert_eq!(step(&order(1, "SA Approved", ""), false), Step::Wait);
        assert_eq!(step(&order(1, "Requested", ""), true), Step::Approve);
        assert_eq!(
            step(&order(1, "Awaiting Approval", ""), false),
            Step::AwaitPerson
        );
    }

    #[test]
    fn a_renewal_without_a_mark_is_recognized_and_a_strangers_order_is_not() {
        let old = order(2, "Issued", MARK);
        let strangers = order(4, "Issued", "[certwright key sha256:bb]");
        let known = [old.clone(), strangers];
        assert!(successor(&known, &old, MARK).is_none());
        let known = [old.clone(), order(3, "Applied", "")];
        assert_eq!(successor(&known, &old, MARK).map(|it| it.id), Some(3));
    }
}
