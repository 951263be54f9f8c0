//! Who calls, and what they may do and see.

use super::errors::{Refusal, unauthorized_to};
use super::roles;
use crate::http::{Call, Service};
use crate::seed::CUSTOMER;
use crate::state::{Access, Credential, Scm, World};

/// An authenticated administrator or API client.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) login: String,
    access: Access,
}

/// Finds the caller of a request, or refuses with 401 `-16`.
pub(crate) fn authenticate(world: &World, call: &Call, private: bool) -> Result<Caller, Refusal> {
    let caller = if call.service == Service::ScmOauth {
        by_token(world, call)
    } else {
        by_headers(world, call, private)
    };
    caller.ok_or_else(Refusal::unknown_user)
}

impl Caller {
    /// Refuses unless the caller holds a privilege.
    pub(crate) fn require(&self, privilege: &str, action: &str) -> Result<(), Refusal> {
        if self.may(privilege) {
            Ok(())
        } else {
            Err(unauthorized_to(action))
        }
    }

    pub(crate) fn may(&self, privilege: &str) -> bool {
        self.access.privileges.contains(privilege)
    }

    pub(crate) fn is_mrao(&self) -> bool {
        self.has_role("MRAO")
    }

    pub(crate) fn has_role(&self, role: &str) -> bool {
        let mut credentials = self.access.credentials.iter();
        credentials.any(|credential| credential.role == role)
    }

    pub(crate) fn credentials(&self) -> &[Credential] {
        &self.access.credentials
    }

    /// The caller with the roles for one kind of certificates only (`SSL`,
    /// `SMIME`), which may have another scope than its other roles.
    pub(crate) fn only(&self, kind: &str, action: &str) -> Result<Self, Refusal> {
        let mut narrowed = self.clone();
        narrowed.access.credentials.retain(|credential| {
            credential.role == "MRAO" || roles::kind(credential.role) == Some(kind)
        });
        if narrowed.access.credentials.is_empty() {
            return Err(unauthorized_to(action));
        }
        Ok(narrowed)
    }

    /// Whether an organization or department lies in the caller's scope. An
    /// organization's administrator also has its departments.
    pub(crate) fn manages(&self, scm: &Scm, organization: u64) -> bool {
        let Some(found) = scm.organizations.get(&organization) else {
            return false;
        };
        self.is_mrao()
            || self
                .access
                .credentials
                .iter()
                .filter_map(|credential| credential.organization)
                .any(|scope| scope == organization || found.parent == Some(scope))
    }

    /// Refuses an unknown organization, and one outside the caller's scope.
    pub(crate) fn require_organization(&self, scm: &Scm, id: u64) -> Result<(), Refusal> {
        if !scm.organizations.contains_key(&id) {
            return Err(Refusal::new(-1023, "Organization not found."));
        }
        if self.manages(scm, id) {
            Ok(())
        } else {
            Err(unauthorized_to(
                "perform this operation for the organization",
            ))
        }
    }
}

fn by_headers(world: &World, call: &Call, private: bool) -> Option<Caller> {
    if call.header("customerUri")? != CUSTOMER {
        return None;
    }
    let login = call.header("login")?;
    let administrator = world
        .scm
        .administrators
        .iter()
        .find(|administrator| administrator.login == login)
        .filter(|administrator| !administrator.suspended)?;
    let proven = if private {
        call.client_cert.is_some()
            && call.client_cert.as_ref() == world.client_certificates.get(login)
    } else {
        let alive = administrator
            .password_expires
            .is_none_or(|expires| expires > world.now());
        alive && call.header("password") == Some(administrator.password.as_str())
    };
    proven.then(|| Caller {
        login: login.to_owned(),
        access: administrator.access.clone(),
    })
}

fn by_token(world: &World, call: &Call) -> Option<Caller> {
    let token = call.header("authorization")?.strip_prefix("Bearer ")?;
    let (id, expires) = world.scm.tokens.get(token)?;
    if *expires <= world.now() {
        return None;
    }
    let client = world
        .scm
        .api_clients
        .iter()
        .find(|client| client.id == *id)?;
    Some(Caller {
        login: client.id.clone(),
        access: client.access.clone(),
    })
}
