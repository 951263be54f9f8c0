//! Brings one domain to where it should be: act, look, decide again.
//!
//! Nothing is remembered across a lost reply: the domain is looked at, and what is still missing is
//! done.

use std::collections::HashSet;

use super::decide::{Action, Plan, Reason, Wanted, decide, predict, widened};
use super::observe::{observe_one, pauses};
use crate::ansible::ManualAction;
use crate::clients::scm::domains::{Domain, EXISTS, Grant, NOT_REQUESTED};
use crate::clients::scm::{Id, Scm, ScmError};
use crate::context::Context;
use crate::dns_name::DnsName;

/// What became of one domain.
#[derive(Default)]
pub(super) struct Converged {
    pub(super) before: Option<Domain>,
    pub(super) after: Option<Domain>,
    pub(super) actions: Vec<Action>,
    pub(super) reasons: Vec<Reason>,
    pub(super) manual: Vec<ManualAction>,
    pub(super) error: Option<Trouble>,
}

/// Why one domain is not where it should be.
pub(super) struct Trouble {
    pub(super) text: String,
    /// The others would fare alike.
    pub(super) ends_all: bool,
}

pub(super) struct Task<'a> {
    pub(super) scm: &'a Scm,
    pub(super) context: &'a Context,
    pub(super) wanted: &'a Wanted,
    pub(super) description: Option<&'a str>,
}

impl Task<'_> {
    pub(super) async fn converge(&self, name: &DnsName, observed: Option<Domain>) -> Converged {
        let mut state = Converged {
            before: observed.clone(),
            after: observed,
            ..Converged::default()
        };
        if let Err(trouble) = self.rounds(name, &mut state).await {
            state.error = Some(trouble);
        }
        state
    }

    async fn rounds(&self, name: &DnsName, state: &mut Converged) -> Result<(), Trouble> {
        let mut denied = HashSet::new();
        let mut lost = None;
        for round in 0..MOST_ROUNDS {
            let plan = self.plan(state.after.as_ref(), &denied)?;
            if round == 0 {
                state.reasons.clone_from(&plan.reasons);
            }
            if plan.actions.is_empty() {
                self.tell_of_lost(name, lost.as_ref());
                return Ok(());
            }
            if self.context.check {
                state.after = predict(
                    name.as_str(),
                    self.wanted,
                    state.after.as_ref(),
                    &plan.actions,
                );
                state.actions = plan.actions;
                return Ok(());
            }
            lost = self.round(name, &plan, state, &mut denied).await?.or(lost);
        }
        let left = self.plan(state.after.as_ref(), &denied)?;
        if left.actions.is_empty() {
            self.tell_of_lost(name, lost.as_ref());
            return Ok(());
        }
        Err(lost.as_ref().map_or_else(
            || Trouble {
                text:
                    "SCM took what it was asked but does not show it yet. The next run looks again"
                        .to_owned(),
                ends_all: false,
            },
            Trouble::of,
        ))
    }

    fn tell_of_lost(&self, name: &DnsName, lost: Option<&ScmError>) {
        if let Some(error) = lost {
            self.context.warn(format!(
                "{name}: {error} (it was looked at again, and is as it should be)"
            ));
        }
    }

    /// Carries `plan` out and looks at the domain afterwards. `Some`: a reply was lost.
    async fn round(
        &self,
        name: &DnsName,
        plan: &Plan,
        state: &mut Converged,
        denied: &mut HashSet<Action>,
    ) -> Result<Option<ScmError>, Trouble> {
        let mut id = state.after.as_ref().map(|it| it.id);
        let mut tried = Vec::new();
        let mut thoroughly = false;
        let mut lost = None;
        for action in plan.actions.iter().copied() {
            match self.act(name, action, state.after.as_ref()).await {
                Ok(new_id) => {
                    tried.push(action);
                    state.note(action);
                    id = new_id.or(id);
                }
                Err(error) if error.fate_unknown() => {
                    tried.push(action);
                    lost = Some(error);
                    break;
                }
                // Somebody was faster, or the list did not show it.
                Err(error) if error.code() == Some(EXISTS) => thoroughly = true,
                Err(error) if error.code() == Some(NOT_REQUESTED) => {}
                // The first try of a repeated call did it.
                Err(ScmError::NotFound { .. }) if action == Action::Delete => {
                    tried.push(action);
                    state.note(action);
                }
                Err(error @ ScmError::Denied { .. }) => {
                    denied.insert(action);
                    state.manual.push(self.manual(name, action, &error));
                    if action == Action::Create {
                        return Ok(None);
                    }
                }
                Err(error) if error.code() == Some(PENDING_REQUEST) => {
                    denied.insert(action);
                    state.manual.push(self.manual(name, action, &error));
                    return Ok(None);
                }
                Err(error) => return Err(Trouble::of(&error)),
            }
        }
        if tried.is_empty() && !thoroughly && !denied.is_empty() {
            return Ok(None);
        }
        let after = self
            .settle(name, id, thoroughly, &tried, lost.is_some())
            .await;
        state.after = after.map_err(|error| Trouble::of(&error))?;
        if thoroughly && state.after.is_none() {
            denied.insert(Action::Create);
            state.manual.push(hidden(name));
            return Ok(None);
        }
        if lost.is_some() {
            let still = self.plan(state.after.as_ref(), denied)?.actions;
            for action in tried.iter().filter(|it| !still.contains(it)) {
                state.note(*action);
            }
        }
        Ok(lost)
    }

    async fn act(
        &self,
        name: &DnsName,
        action: Action,
        domain: Option<&Domain>,
    ) -> Result<Option<Id>, ScmError> {
        let scm = self.scm;
        let id = domain.map(|it| it.id).unwrap_or_default();
        let name = name.as_str();
        match (action, self.wanted) {
            (Action::Create, Wanted::Present { grant, .. }) => {
                return scm.create_domain(name, self.description, true, grant).await;
            }
            (Action::Create, Wanted::Suspended { grant }) => {
                return scm
                    .create_domain(name, self.description, false, grant)
                    .await;
            }
            (Action::Activate, _) => scm.set_domain_active(id, name, true).await?,
            (Action::Suspend, _) => scm.set_domain_active(id, name, false).await?,
            (Action::Delete, _) => scm.delete_domain(id, name).await?,
            (Action::Delegate, Wanted::Present { grant, .. }) => {
                let grant = domain.map_or_else(|| grant.clone(), |it| widened(it, grant));
                scm.delegate_domain(id, name, &grant).await?;
            }
            (Action::Approve, Wanted::Present { grant, .. }) => {
                scm.approve_delegation(id, name, grant.org_id).await?;
            }
            (
                Action::Withdraw,
                Wanted::Absent {
                    organization: Some(organization),
                },
            ) => {
                let cert_types = domain
                    .and_then(|it| super::decide::delegation(it, *organization))
                    .map(|it| it.cert_types.clone())
                    .unwrap_or_default();
                let grant = Grant {
                    org_id: *organization,
                    cert_types,
                    domain_certificate_request_privileges: Vec::new(),
                };
                scm.withdraw_domain(id, name, &grant).await?;
            }
            // No plan has these.
            (Action::Create | Action::Delegate | Action::Approve | Action::Withdraw, _) => {}
        }
        Ok(None)
    }

    /// Looks until what was done is seen: a list may lag behind what was just written.
    async fn settle(
        &self,
        name: &DnsName,
        id: Option<Id>,
        thoroughly: bool,
        tried: &[Action],
        lost: bool,
    ) -> Result<Option<Domain>, ScmError> {
        // Whoever does not know whether it was done looks a shorter while before doing it again.
        let mut pauses = pauses().take(if lost { 3 } else { 5 });
        loop {
            let seen = observe_one(self.scm, name, id, thoroughly).await?;
            let vanished = seen.is_none() && id.is_some() && !tried.contains(&Action::Delete);
            let settled = !vanished
                && decide(self.wanted, seen.as_ref()).map_or(true, |plan| {
                    !plan.actions.iter().any(|it| tried.contains(it))
                });
            if settled {
                return Ok(seen);
            }
            match pauses
                .next()
                .and_then(|it| self.context.deadline.admits(it))
            {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Ok(seen),
            }
        }
    }

    fn plan(&self, observed: Option<&Domain>, denied: &HashSet<Action>) -> Result<Plan, Trouble> {
        let mut plan = decide(self.wanted, observed).map_err(|text| Trouble {
            text,
            ends_all: false,
        })?;
        plan.actions.retain(|it| !denied.contains(it));
        Ok(plan)
    }

    fn manual(&self, name: &DnsName, action: Action, error: &ScmError) -> ManualAction {
        let organization = match self.wanted {
            Wanted::Present { grant, .. } | Wanted::Suspended { grant } => Some(grant.org_id),
            Wanted::Absent { organization } => *organization,
        }
        .map(|it| it.to_string())
        .unwrap_or_default();
        let (right, what) = match action {
            Action::Create => (
                "allowManageDomains",
                format!("add domain {name} and delegate it to organization {organization}"),
            ),
            Action::Activate => ("MRAO", format!("activate domain {name}")),
            Action::Suspend => ("MRAO", format!("suspend domain {name}")),
            Action::Delegate => (
                "allowManageDomains",
                format!("delegate domain {name} to organization {organization}"),
            ),
            Action::Approve => (
                "approveDomainDelegation",
                format!("approve the delegation of domain {name} to organization {organization}"),
            ),
            Action::Withdraw => (
                "allowManageDomains",
                format!("remove the delegation of domain {name} to organization {organization}"),
            ),
            Action::Delete => (
                "allowManageDomains or MRAO",
                format!("delete domain {name}"),
            ),
        };
        ManualAction {
            system: "SCM".to_owned(),
            object: name.to_string(),
            right: right.to_owned(),
            action: format!("An administrator with that right must {what}. ({error})"),
        }
    }
}

impl Converged {
    fn note(&mut self, action: Action) {
        // The approval of what this run itself asked for belongs to the asking.
        let part = action == Action::Approve
            && (self.actions.contains(&Action::Create) || self.actions.contains(&Action::Delegate));
        if !part && !self.actions.contains(&action) {
            self.actions.push(action);
        }
    }
}

impl Trouble {
    pub(super) fn of(error: &ScmError) -> Self {
        Self {
            text: error.to_string(),
            ends_all: error.ends_all(),
        }
    }
}

fn hidden(name: &DnsName) -> ManualAction {
    ManualAction {
        system: "SCM".to_owned(),
        object: name.to_string(),
        right: "MRAO".to_owned(),
        action: format!(
            "Domain {name} exists already, but these credentials cannot see it: it belongs to other \
             organizations. A master administrator must delegate it to this one too."
        ),
    }
}

/// One to do it, one to approve it, and two for lost replies.
const MOST_ROUNDS: usize = 4;
/// A request of a department's administrator waits for this name.
const PENDING_REQUEST: i64 = -741;
