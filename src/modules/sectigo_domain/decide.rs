//! What has to be done about one domain. Pure: no calls, no clock.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clients::scm::Id;
use crate::clients::scm::domains::{Delegation, DelegationStatus, Domain, DomainState, Grant};

/// What is asked for, the same for all names of a task.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    /// Registered, active, and delegated.
    Present { grant: Grant, approve: bool },
    /// Registered, but of no use until it is activated.
    Suspended { grant: Grant },
    /// Not there; with an organization, not there for that organization.
    Absent { organization: Option<Id> },
}

/// One call that changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    /// Registers the domain. An approval that this needs belongs to it.
    Create,
    /// Ends a suspension.
    Activate,
    /// Suspends the domain.
    Suspend,
    /// Delegates it to the organization. An approval that this needs belongs to it.
    Delegate,
    /// Approves a delegation that somebody else asked for.
    Approve,
    /// Takes the delegation back; other organizations keep theirs.
    Withdraw,
    /// Removes the domain.
    Delete,
}

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    /// SCM does not have it, or does not show it to these credentials.
    Missing,
    /// It is suspended and should not be.
    Suspended,
    /// It is active and should not be.
    Active,
    /// It is not delegated to the organization.
    NotDelegated,
    /// The delegation lacks a certificate type or a request privilege.
    DelegationIncomplete,
    /// The delegation waits for approval.
    AwaitingApproval,
    /// It is there and should not be.
    Unwanted,
}

/// What to do, in order, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) actions: Vec<Action>,
    pub(super) reasons: Vec<Reason>,
}

impl Plan {
    fn of(action: Action, reason: Reason) -> Self {
        let mut plan = Self::default();
        plan.add(action, reason);
        plan
    }

    fn add(&mut self, action: Action, reason: Reason) {
        self.actions.push(action);
        self.reasons.push(reason);
    }
}

/// The plan for a domain of which `observed` is known, or the reason why there can be none.
pub(super) fn decide(wanted: &Wanted, observed: Option<&Domain>) -> Result<Plan, String> {
    let Some(domain) = observed else {
        return Ok(match wanted {
            Wanted::Present { .. } | Wanted::Suspended { .. } => {
                Plan::of(Action::Create, Reason::Missing)
            }
            Wanted::Absent { .. } => Plan::default(),
        });
    };
    match wanted {
        Wanted::Present { grant, approve } => Ok(present(domain, grant, *approve)),
        Wanted::Suspended { .. } if domain.state == Some(DomainState::Suspended) => {
            Ok(Plan::default())
        }
        Wanted::Suspended { .. } => Ok(Plan::of(Action::Suspend, Reason::Active)),
        Wanted::Absent { organization } => absent(domain, *organization),
    }
}

/// The delegation to `organization`.
pub(super) fn delegation(domain: &Domain, organization: Id) -> Option<&Delegation> {
    domain
        .delegations
        .iter()
        .find(|it| it.org_id == organization)
}

/// What a delegation has to grant so that nothing of what it grants already is taken away.
pub(super) fn widened(domain: &Domain, grant: &Grant) -> Grant {
    let mut wide = grant.clone();
    if let Some(present) = delegation(domain, grant.org_id) {
        add_missing(&mut wide.cert_types, &present.cert_types);
        add_missing(
            &mut wide.domain_certificate_request_privileges,
            &present.domain_certificate_request_privileges,
        );
    }
    wide
}

/// The domain after `actions`, as far as can be told before: for check mode.
pub(super) fn predict(
    name: &str,
    wanted: &Wanted,
    observed: Option<&Domain>,
    actions: &[Action],
) -> Option<Domain> {
    let mut domain = observed.cloned();
    for action in actions {
        match (action, wanted) {
            (Action::Delete, _) => domain = None,
            (Action::Create, Wanted::Present { grant, .. } | Wanted::Suspended { grant }) => {
                let active = matches!(wanted, Wanted::Present { .. });
                domain = Some(new_domain(name, grant, active));
            }
            (Action::Activate, _) => set_state(&mut domain, DomainState::Active),
            (Action::Suspend, _) => set_state(&mut domain, DomainState::Suspended),
            (Action::Delegate | Action::Approve, Wanted::Present { grant, .. }) => {
                if let Some(domain) = &mut domain {
                    let wide = if *action == Action::Delegate {
                        widened(domain, grant)
                    } else {
                        widened(
                            domain,
                            &Grant {
                                cert_types: Vec::new(),
                                ..grant.clone()
                            },
                        )
                    };
                    domain.delegations.retain(|it| it.org_id != grant.org_id);
                    domain.delegations.push(granted(&wide));
                }
            }
            (
                Action::Withdraw,
                Wanted::Absent {
                    organization: Some(id),
                },
            ) => {
                if let Some(domain) = &mut domain {
                    domain.delegations.retain(|it| it.org_id != *id);
                }
            }
            // No plan has these.
            (Action::Create | Action::Delegate | Action::Approve | Action::Withdraw, _) => {}
        }
    }
    domain
}

fn present(domain: &Domain, grant: &Grant, approve: bool) -> Plan {
    let mut plan = Plan::default();
    if domain.state == Some(DomainState::Suspended) {
        plan.add(Action::Activate, Reason::Suspended);
    }
    let Some(delegation) = delegation(domain, grant.org_id) else {
        plan.add(Action::Delegate, Reason::NotDelegated);
        return plan;
    };
    let lacks = |wanted: &[String], present: &[String]| wanted.iter().any(|it| !has(present, it));
    if lacks(&grant.cert_types, &delegation.cert_types)
        || lacks(
            &grant.domain_certificate_request_privileges,
            &delegation.domain_certificate_request_privileges,
        )
    {
        plan.add(Action::Delegate, Reason::DelegationIncomplete);
    } else if approve && waits(delegation) {
        plan.add(Action::Approve, Reason::AwaitingApproval);
    }
    plan
}

/// Does the delegation wait for somebody's approval?
pub(super) fn waits(delegation: &Delegation) -> bool {
    matches!(
        delegation.status,
        Some(DelegationStatus::Requested | DelegationStatus::AwaitingMe)
    )
}

fn absent(domain: &Domain, organization: Option<Id>) -> Result<Plan, String> {
    let others = |id: Id| domain.delegations.iter().any(|it| it.org_id != id);
    match organization {
        Some(id) if delegation(domain, id).is_none() && others(id) => Ok(Plan::default()),
        Some(id) if others(id) => Ok(Plan::of(Action::Withdraw, Reason::Unwanted)),
        None if domain.delegations.len() > 1 => Err(format!(
            "it is delegated to several organizations ({}), so give the one that it should be taken from",
            domain
                .delegations
                .iter()
                .map(|it| it.org_id.to_string())
                .collect::<Vec<_>>()
                .join(", ")
        )),
        _ => Ok(Plan::of(Action::Delete, Reason::Unwanted)),
    }
}

fn has(words: &[String], word: &str) -> bool {
    words.iter().any(|it| it.eq_ignore_ascii_case(word))
}

fn add_missing(to: &mut Vec<String>, from: &[String]) {
    for word in from {
        if !has(to, word) {
            to.push(word.clone());
        }
    }
}

fn set_state(domain: &mut Option<Domain>, state: DomainState) {
    if let Some(domain) = domain {
        domain.state = Some(state);
    }
}

fn new_domain(name: &str, grant: &Grant, active: bool) -> Domain {
    Domain {
        id: 0,
        name: name.to_owned(),
        state: Some(if active {
            DomainState::Active
        } else {
            DomainState::Suspended
        }),
        validation_status: None,
        validation_method: None,
        dcv_expiration: None,
        delegations: vec![granted(grant)],
    }
}

fn granted(grant: &Grant) -> Delegation {
    Delegation {
        org_id: grant.org_id,
        cert_types: grant.cert_types.clone(),
        domain_certificate_request_privileges: grant.domain_certificate_request_privileges.clone(),
        status: Some(DelegationStatus::Active),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn grant(privileges: &[&str]) -> Grant {
        Grant {
            org_id: 101,
            cert_types: vec!["SSL".to_owned()],
            domain_certificate_request_privileges: privileges
                .iter()
                .map(|it| (*it).to_owned())
                .collect(),
        }
    }

    fn present(privileges: &[&str]) -> Wanted {
        Wanted::Present {
            grant: grant(privileges),
            approve: true,
        }
    }

    fn domain(state: &str, delegations: &serde_json::Value) -> Domain {
        serde_json::from_value(json!({
            "id": 5, "name": "example.org", "state": state, "delegations": delegations,
        }))
        .unwrap()
    }

    fn plan(wanted: &Wanted, observed: Option<&Domain>) -> Plan {
        decide(wanted, observed).unwrap()
    }

    #[test]
    fn present_is_reached_in_every_case() {
        use Action::{Activate, Approve, Create, Delegate};
        use Reason::{AwaitingApproval, DelegationIncomplete, Missing, NotDelegated, Suspended};
        let ssl = |status: &str| json!({"orgId": 101, "certTypes": ["SSL"], "status": status});
        let other = json!({"orgId": 104, "certTypes": ["SSL"], "status": "ACTIVE"});
        let cases = [
            (None, vec![Create], vec![Missing]),
            (
                Some(domain("ACTIVE", &json!([ssl("ACTIVE"), other]))),
                vec![],
                vec![],
            ),
            (
                Some(domain("Active", &json!([ssl("Active")]))),
                vec![],
                vec![],
            ),
            (
                Some(domain("ACTIVE", &json!([ssl("NEW WORD")]))),
                vec![],
                vec![],
            ),
            (
                Some(domain("SUSPENDED", &json!([ssl("ACTIVE")]))),
                vec![Activate],
                vec![Suspended],
            ),
            (
                Some(domain("ACTIVE", &json!([other]))),
                vec![Delegate],
                vec![NotDelegated],
            ),
            (
                Some(domain("ACTIVE", &json!(null))),
                vec![Delegate],
                vec![NotDelegated],
            ),
            (
                Some(domain(
                    "SUSPENDED",
                    &json!([{"orgId": "101", "certTypes": ["SMIME"]}]),
                )),
                vec![Activate, Delegate],
                vec![Suspended, DelegationIncomplete],
            ),
            (
                Some(domain("ACTIVE", &json!([ssl("Requested")]))),
                vec![Approve],
                vec![AwaitingApproval],
            ),
            (
                Some(domain("ACTIVE", &json!([ssl("AWAITING_ME")]))),
                vec![Approve],
                vec![AwaitingApproval],
            ),
        ];
        for (observed, actions, reasons) in cases {
            let got = plan(&present(&[]), observed.as_ref());
            assert_eq!(
                (got.actions, got.reasons),
                (actions, reasons),
                "{observed:?}"
            );
        }
    }

    #[test]
    fn a_plan_leads_where_nothing_is_left_to_do() {
        let observed = [
            None,
            Some(domain("SUSPENDED", &json!([]))),
            Some(domain(
                "ACTIVE",
                &json!([{"orgId": 101, "certTypes": ["SMIME"], "status": "REQUESTED"}]),
            )),
            Some(domain(
                "ACTIVE",
                &json!([{"orgId": 101, "certTypes": ["SSL"], "status": "REQUESTED"}]),
            )),
            Some(domain(
                "ACTIVE",
                &json!([{"orgId": 104, "certTypes": ["SSL"], "status": "ACTIVE"}]),
            )),
        ];
        let wanted = [
            present(&[]),
            present(&["SUBDOMAIN"]),
            Wanted::Suspended { grant: grant(&[]) },
            Wanted::Absent { organization: None },
            Wanted::Absent {
                organization: Some(101),
            },
        ];
        for observed in &observed {
            for wanted in &wanted {
                let actions = plan(wanted, observed.as_ref()).actions;
                let after = predict("example.org", wanted, observed.as_ref(), &actions);
                assert_eq!(
                    plan(wanted, after.as_ref()),
                    Plan::default(),
                    "{wanted:?} {observed:?}"
                );
            }
        }
    }

    #[test]
    fn nothing_that_is_granted_is_taken_away() {
        let domain = domain(
            "ACTIVE",
            &json!([{"orgId": 101, "certTypes": ["SMIME"],
                     "domainCertificateRequestPrivileges": ["DOMAIN"], "status": "ACTIVE"}]),
        );
        let wide = widened(&domain, &grant(&["SUBDOMAIN"]));
        assert_eq!(wide.cert_types, ["SSL", "SMIME"]);
        assert_eq!(
            wide.domain_certificate_request_privileges,
            ["SUBDOMAIN", "DOMAIN"]
        );
        let wide = widened(&domain, &grant(&[]));
        assert_eq!(wide.domain_certificate_request_privileges, ["DOMAIN"]);
    }

    #[test]
    fn absent_leaves_other_organizations_alone() {
        let own = json!({"orgId": 101, "certTypes": ["SSL"]});
        let other = json!({"orgId": 104, "certTypes": ["SSL"]});
        let for_101 = Wanted::Absent {
            organization: Some(101),
        };
        let for_all = Wanted::Absent { organization: None };
        let both = domain("ACTIVE", &json!([own, other]));
        assert_eq!(plan(&for_101, Some(&both)).actions, [Action::Withdraw]);
        assert!(
            decide(&for_all, Some(&both))
                .unwrap_err()
                .contains("101, 104")
        );
        let only_other = domain("ACTIVE", &json!([other]));
        assert_eq!(plan(&for_101, Some(&only_other)), Plan::default());
        let only_own = domain("ACTIVE", &json!([own]));
        assert_eq!(plan(&for_101, Some(&only_own)).actions, [Action::Delete]);
        assert_eq!(plan(&for_all, Some(&only_own)).actions, [Action::Delete]);
    }
}
