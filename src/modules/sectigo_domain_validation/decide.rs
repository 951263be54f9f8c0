//! What has to be done about the validation of one domain. Pure: no calls, no clock.

use schemars::JsonSchema;
use serde::Serialize;
use time::Date;

use crate::clients::scm::Day;
use crate::clients::scm::dcv::{DcvMethod, DcvState, OrderStatus};
use crate::clients::scm::domains::ValidationStatus;

/// What is asked for, the same for all domains of a task.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) method: DcvMethod,
    /// A validation that ends sooner is renewed; see [`margin`].
    pub(super) days: i64,
    /// Whatever has to be published will be, or is, there when SCM is told to look.
    pub(super) published: bool,
}

/// How a domain goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It is validated, and will be for long enough.
    Keep,
    /// An order is under way: the CA has to look, or somebody to answer a letter.
    Wait,
    /// An order of another kind is under way, and to clear it would end a validation that holds.
    WaitForOther,
    /// An order is ready for its proof.
    Prove,
    /// From the start.
    Start,
    /// From the start, after what stands in the way is cleared.
    Restart,
}

/// One call that changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    /// Ends an order that got stuck.
    Clear,
    /// Begins a validation.
    Start,
    /// Puts the record on the name server.
    Publish,
    /// Tells SCM that the proof is in place.
    Submit,
}

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    NotValidated,
    Expired,
    /// It ends within O(days).
    Expiring,
    /// The last try was rejected.
    Rejected,
    /// An order of another method stands in the way.
    OtherMethod,
}

pub(super) fn decide(state: &DcvState, wish: Wish, today: Date) -> (Step, Vec<Reason>) {
    let Some(why) = due(state, wish.days, today) else {
        return (Step::Keep, Vec::new());
    };
    // What is not validated loses nothing when it is cleared.
    let holds = why == Reason::Expiring;
    let same = state.order_mode.is_empty() || wish.method.is(&state.order_mode);
    let (step, because) = match &state.order_status {
        Some(OrderStatus::Submitted) if same => (Step::Wait, None),
        Some(OrderStatus::Submitted) if holds => (Step::WaitForOther, Some(Reason::OtherMethod)),
        Some(OrderStatus::Submitted) => (Step::Restart, Some(Reason::OtherMethod)),
        Some(OrderStatus::Rejected) if holds => (Step::Start, Some(Reason::Rejected)),
        Some(OrderStatus::Rejected) => (Step::Restart, Some(Reason::Rejected)),
        Some(OrderStatus::AwaitingSubmission | OrderStatus::AwaitingSubmittal) if same => {
            (Step::Prove, None)
        }
        _ => (Step::Start, None),
    };
    (step, std::iter::once(why).chain(because).collect())
}

/// The calls of a step, as far as they can be told before.
pub(super) fn actions(step: Step, wish: Wish, publishes: bool) -> Vec<Action> {
    let mut actions = Vec::new();
    match step {
        Step::Keep | Step::Wait | Step::WaitForOther => return actions,
        Step::Prove => {}
        Step::Restart => actions.extend([Action::Clear, Action::Start]),
        Step::Start => actions.push(Action::Start),
    }
    // The text record's value comes with the submission; nothing is to be started.
    if wish.method == DcvMethod::Txt {
        actions.retain(|it| *it != Action::Start);
        actions.push(Action::Submit);
        actions.extend(publishes.then_some(Action::Publish));
        return actions;
    }
    actions.extend(publishes.then_some(Action::Publish));
    if submits(wish, publishes) {
        actions.push(Action::Submit);
    }
    actions
}

/// Is SCM told to look in this run? Before the proof is in place it would look in vain, and not
/// again for hours.
pub(super) fn submits(wish: Wish, publishes: bool) -> bool {
    match wish.method {
        DcvMethod::Txt | DcvMethod::Email => true,
        DcvMethod::Cname | DcvMethod::Http | DcvMethod::Https => publishes || wish.published,
    }
}

/// How many days before its end a validation is renewed: as the user wants, but not before half of
/// its time is over. Otherwise one that holds for 10 days would be renewed in every run.
pub(super) fn margin(state: &DcvState, days: i64) -> i64 {
    let life = state
        .validation_date
        .as_ref()
        .and_then(Day::date)
        .zip(state.expiration_date.as_ref())
        .and_then(|(from, to)| to.days_from(from));
    life.map_or(days, |life| days.min(life / 2))
}

fn due(state: &DcvState, days: i64, today: Date) -> Option<Reason> {
    match &state.status {
        Some(ValidationStatus::Validated) => {
            let left = state.expiration_date.as_ref()?.days_from(today)?;
            (left <= margin(state, days)).then_some(Reason::Expiring)
        }
        Some(ValidationStatus::Expired) => Some(Reason::Expired),
        Some(ValidationStatus::NotValidated | ValidationStatus::Other(_)) | None => {
            Some(Reason::NotValidated)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::date;

    use super::*;

    const WISH: Wish = Wish {
        method: DcvMethod::Cname,
        days: 30,
        published: false,
    };

    fn step(status: &str, expires: &str, order: &str, mode: &str) -> Step {
        let state = json!({
            "status": status, "expirationDate": expires, "orderStatus": order, "orderMode": mode,
        });
        let state = serde_json::from_value(state).unwrap();
        decide(&state, WISH, date!(2026 - 11 - 01)).0
    }

    #[test]
    fn short_validations_are_renewed_after_half_of_their_time() {
        let due = |from: &str, to: &str| {
            let state =
                json!({"status": "VALIDATED", "validationDate": from, "expirationDate": to});
            due(
                &serde_json::from_value(state).unwrap(),
                30,
                date!(2026 - 11 - 01),
            )
        };
        assert_eq!(due("2026-11-01", "2026-11-11"), None);
        assert_eq!(due("2026-10-28", "2026-11-07"), None);
        assert_eq!(due("2026-10-27", "2026-11-06"), Some(Reason::Expiring));
        assert_eq!(due("2026-05-17", "2026-12-02"), None);
        assert_eq!(due("2026-05-16", "2026-12-01"), Some(Reason::Expiring));
    }

    #[test]
    fn a_validation_that_holds_is_left_alone() {
        assert_eq!(
            step("VALIDATED", "2027-01-01", "NOT_INITIATED", ""),
            Step::Keep
        );
        assert_eq!(
            step("Validated", "2027-01-01", "Rejected", "EMAIL"),
            Step::Keep
        );
        // Until when is not told: nothing says that it ends.
        assert_eq!(step("VALIDATED", "soon", "NOT_INITIATED", ""), Step::Keep);
        assert_eq!(
            step("VALIDATED", "2026-12-01", "NOT_INITIATED", ""),
            Step::Start
        );
    }

    #[test]
    fn orders_are_continued_and_cleared_only_where_nothing_is_lost() {
        let soon = "2026-11-10";
        for (status, order, mode, expected) in [
            ("NOT_VALIDATED", "NOT_INITIATED", "", Step::Start),
            ("EXPIRED", "SUBMITTED", "CNAME", Step::Wait),
            ("EXPIRED", "SUBMITTED", "EMAIL", Step::Restart),
            ("VALIDATED", "SUBMITTED", "EMAIL", Step::WaitForOther),
            ("VALIDATED", "REJECTED", "CNAME", Step::Start),
            ("NOT_VALIDATED", "REJECTED", "CNAME", Step::Restart),
            ("NOT_VALIDATED", "Awaiting submission", "CNAME", Step::Prove),
            ("NOT_VALIDATED", "AWAITING_SUBMITTAL", "HTTP", Step::Start),
            ("UNDER_REVIEW", "IN_DOUBT", "", Step::Start),
        ] {
            assert_eq!(
                step(status, soon, order, mode),
                expected,
                "{status} {order}"
            );
        }
    }

    #[test]
    fn scm_looks_only_at_what_is_published() {
        use Action::{Clear, Publish, Start, Submit};
        let of = |method, published, publishes, step| {
            let wish = Wish {
                method,
                published,
                ..WISH
            };
            actions(step, wish, publishes)
        };
        assert_eq!(of(DcvMethod::Cname, false, false, Step::Start), [Start]);
        assert_eq!(of(DcvMethod::Cname, true, false, Step::Prove), [Submit]);
        assert_eq!(
            of(DcvMethod::Cname, false, true, Step::Restart),
            [Clear, Start, Publish, Submit]
        );
        assert_eq!(
            of(DcvMethod::Txt, false, true, Step::Start),
            [Submit, Publish]
        );
        assert_eq!(
            of(DcvMethod::Email, false, false, Step::Start),
            [Start, Submit]
        );
        assert!(of(DcvMethod::Http, false, false, Step::Prove).is_empty());
    }
}
