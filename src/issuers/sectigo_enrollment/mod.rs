//! Certificates by SCM's enrollment API: ordered, approved, waited for, collected.
//!
//! Nothing is stored on this side. An order carries the fingerprint of its key, so any later run,
//! anywhere, finds it again and goes on from there.

mod decide;
mod find;
mod options;
mod place;
mod process;
mod told;
mod wish;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::clients::scm::{Id, Scm, ScmError};
use crate::context::Context;
use crate::lifecycle::{Held, Issuance, IssueError, IssueRequest, Issuer, Standing};
use crate::x509::Csr;

use super::scm_standing;
use decide::Question;
pub(crate) use decide::{Start, Step, step};
use find::Found;
pub(crate) use options::EnrollmentOptions;
pub(crate) use process::{OrderAction, Progress};
pub(crate) use told::{issue_error, refused_without};
use wish::{Wish, mark};

/// The enrollment API of one organization.
pub(crate) struct Enrollment {
    pub(crate) scm: Scm,
    pub(crate) options: EnrollmentOptions,
    pub(crate) place: Place,
    pub(crate) context: Context,
    /// Keys of earlier runs with what was learnt of their orders, until it is used: looking is not
    /// done twice.
    seen: Mutex<HashMap<[u8; 32], Option<Looked>>>,
}

/// Organization or department, by name or id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub(crate) organization: Option<String>,
    pub(crate) department: Option<String>,
}

/// What was learnt before deciding.
#[derive(Clone)]
pub(crate) struct Looked {
    wish: Wish,
    known: Found,
}

/// Where a key comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyAge {
    /// Nobody can have ordered for it.
    OfThisRun,
    /// An earlier run may have ordered for it, with or without getting an answer.
    Older,
}

impl Enrollment {
    pub(crate) fn new(
        scm: Scm,
        options: EnrollmentOptions,
        place: Place,
        context: &Context,
    ) -> Self {
        Self {
            scm,
            options,
            place,
            context: context.clone(),
            seen: Mutex::default(),
        }
    }

    /// What is wanted, and what SCM has of it already. Never writes.
    pub(crate) async fn look(&self, csr: &Csr) -> Result<Looked, ScmError> {
        let organization = self.organization().await?;
        let profiles = self.scm.profiles(organization).await?;
        let wish =
            Wish::new(&self.options, organization, &profiles, csr).map_err(ScmError::Options)?;
        let known = find::orders(&self.scm, organization, common_name(csr)).await?;
        Ok(Looked { wish, known })
    }

    /// How the request begins. `replaces` is a certificate that the new one takes the place of.
    pub(crate) fn start(&self, looked: &Looked, csr: &Csr, replaces: Option<&Held>) -> Start {
        let serial = replaces.map(|it| it.serial.trim_start_matches('0'));
        decide::start(
            &looked.known.orders,
            &Question {
                mark: &mark(csr),
                names: &csr.names,
                profile: looked.wish.profile,
                replaces: serial,
                reorder: self.options.reorder,
            },
        )
    }

    async fn organization(&self) -> Result<Id, ScmError> {
        let Place {
            organization,
            department,
        } = &self.place;
        self.scm
            .find_organization(organization.as_deref(), department.as_deref())
            .await
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<[u8; 32], Option<Looked>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name under which SCM lists an order.
pub(crate) fn common_name(csr: &Csr) -> &str {
    csr.common_name
        .as_deref()
        .or_else(|| csr.names.first().map(String::as_str))
        .unwrap_or_default()
}

/// [`Enrollment`] in the corridor between issuers and targets.
pub(crate) struct EnrollmentIssuer {
    pub(crate) enrollment: Enrollment,
    /// Is SCM asked whether certificates in service have been revoked?
    pub(crate) revocation: bool,
}

#[async_trait(?Send)]
impl Issuer for EnrollmentIssuer {
    async fn standing(&self, certificate: &Held) -> Standing {
        Standing {
            revoked: self.revocation
                && scm_standing::is_withdrawn(&self.enrollment.scm, certificate).await,
            window: None,
        }
    }

    async fn recall(&self, csr: &Csr) {
        // What cannot be learnt now shows up again when the order is followed.
        let looked = self.enrollment.look(csr).await.ok();
        self.enrollment.seen().insert(csr.public_key_sha256, looked);
    }

    /// No only if the order is known to wait for a person.
    fn can_sign(&self, csr: Option<&Csr>) -> bool {
        let seen = self.enrollment.seen();
        let Some((csr, looked)) =
            csr.and_then(|it| Some((it, seen.get(&it.public_key_sha256)?.as_ref()?)))
        else {
            return true;
        };
        match self.enrollment.start(looked, csr, None) {
            Start::Follow(order) => {
                step(&order, self.enrollment.options.approve) != Step::AwaitPerson
            }
            Start::Enroll | Start::Renew(_) => true,
        }
    }

    fn is_spent(&self, csr: &Csr) -> bool {
        let seen = self.enrollment.seen();
        seen.get(&csr.public_key_sha256)
            .and_then(Option::as_ref)
            .is_some_and(|it| decide::is_spent(&it.known.orders, &mark(csr), &csr.names))
    }

    async fn issue(&self, request: &IssueRequest<'_>) -> Result<Issuance, IssueError> {
        let remembered = self
            .enrollment
            .seen()
            .remove(&request.csr.public_key_sha256);
        let age = match remembered {
            Some(_) => KeyAge::Older,
            None => KeyAge::OfThisRun,
        };
        let mut progress = Progress::default();
        self.enrollment
            .obtain(
                request.csr,
                age,
                remembered.flatten(),
                request.replaces,
                &mut progress,
            )
            .await
    }
}
