//! Why SCM did not add a domain to an account. SCM does not say, so it is looked for: what is known
//! of the domain and the ones above it, and to whom they are delegated.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::clients::scm::domains::{Delegation, DelegationStatus, Domain, DomainState};
use crate::clients::scm::{Id, Scm, ScmError};
use crate::dns_name::DnsName;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cause {
    /// Neither the name nor one above it is a domain that these credentials see.
    NotRegistered,
    /// The domain is suspended.
    Suspended,
    /// The domain is not delegated to the account's organization.
    NotDelegated,
    /// The delegation waits for approval.
    AwaitingApproval,
    /// The delegation does not allow SSL certificates.
    CertificateType,
    /// A domain above the name is delegated, but not for this name.
    NotCovered,
    /// SCM does not take orders at present (-993).
    OrdersRestricted,
    /// None of these.
    Unknown,
}

impl Cause {
    /// In words, for the sentence "… was not added: it …".
    fn text(self) -> &'static str {
        match self {
            Self::NotRegistered => "is no domain in SCM that these credentials see",
            Self::Suspended => "is suspended",
            Self::NotDelegated => "is not delegated to the account's organization",
            Self::AwaitingApproval => "waits for the approval of its delegation",
            Self::CertificateType => "is not delegated for SSL certificates",
            Self::NotCovered => "is below a delegated domain that does not allow it",
            Self::OrdersRestricted => "cannot be ordered: certificate orders are restricted (-993)",
            Self::Unknown => "is refused for a reason that SCM does not tell",
        }
    }

    /// What is wrong with `name` and what to do, in one sentence for people.
    pub(super) fn sentence(self, name: &DnsName, organization: Option<Id>) -> String {
        format!(
            "{name} {}. {}",
            self.text(),
            self.action(name, organization)
        )
    }

    /// What to do about it.
    pub(super) fn action(self, name: &DnsName, organization: Option<Id>) -> String {
        let organization = organization.map_or_else(
            || "the account's organization".to_owned(),
            |it| format!("organization {it}"),
        );
        match self {
            Self::NotRegistered => {
                format!(
                    "Add {name}, or the domain above it, with sectigo_domain for {organization}"
                )
            }
            Self::Suspended => format!(
                "A master administrator must activate the domain (sectigo_domain with name: {name})"
            ),
            Self::NotDelegated => format!("Delegate {name} to {organization} with sectigo_domain"),
            Self::AwaitingApproval => format!(
                "An administrator with the right approveDomainDelegation must approve the delegation of \
                 {name} to {organization}"
            ),
            Self::CertificateType => format!(
                "Delegate {name} to {organization} for SSL (certificate_types of sectigo_domain)"
            ),
            Self::NotCovered => format!(
                "Add {name} itself with sectigo_domain, or widen request_privileges of the domain above it"
            ),
            Self::OrdersRestricted => {
                "Ask Sectigo's support why certificate orders are restricted".to_owned()
            }
            Self::Unknown => format!(
                "Everything about {name} looks right in SCM. Try again later, or ask Sectigo's support"
            ),
        }
    }
}

/// Finds causes with one list of all domains, and one call for each domain that may be the one.
pub(super) struct Detective<'a> {
    scm: &'a Scm,
    organization: Option<Id>,
    ids: HashMap<String, Id>,
    read: HashMap<Id, Option<Domain>>,
}

impl<'a> Detective<'a> {
    pub(super) async fn new(scm: &'a Scm, organization: Option<Id>) -> Result<Self, ScmError> {
        let ids = scm
            .domains(None)
            .await?
            .into_iter()
            .filter_map(|it| Some((it.name.parse::<DnsName>().ok()?.to_string(), it.id)))
            .collect();
        Ok(Self {
            scm,
            organization,
            ids,
            read: HashMap::new(),
        })
    }

    pub(super) async fn cause(&mut self, name: &DnsName) -> Result<Cause, ScmError> {
        let mut domains = Vec::new();
        for candidate in candidates(name) {
            if let Some(domain) = self.domain(&candidate).await? {
                domains.push(domain);
            }
        }
        Ok(judge(name, &domains, self.organization))
    }

    async fn domain(&mut self, name: &str) -> Result<Option<Domain>, ScmError> {
        let Some(id) = self.ids.get(name).copied() else {
            return Ok(None);
        };
        if let Some(known) = self.read.get(&id) {
            return Ok(known.clone());
        }
        let domain = match self.scm.domain(id).await {
            Ok(domain) => Some(domain),
            Err(ScmError::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        self.read.insert(id, domain.clone());
        Ok(domain)
    }
}

/// The domains that can let `name` be used, the closest first.
fn candidates(name: &DnsName) -> Vec<String> {
    let mut candidates = vec![name.to_string()];
    for ancestor in name.ancestors() {
        let wildcard = format!("*.{ancestor}");
        if wildcard != name.as_str() {
            candidates.push(wildcard);
        }
        candidates.push(ancestor.to_owned());
    }
    candidates
}

/// `domains`: those of the candidates that exist, the closest first.
fn judge(name: &DnsName, domains: &[Domain], organization: Option<Id>) -> Cause {
    if domains.is_empty() {
        return Cause::NotRegistered;
    }
    let delegated = |domain: &Domain| -> Option<Delegation> {
        domain
            .delegations
            .iter()
            .find(|it| organization.is_none_or(|id| it.org_id == id))
            .cloned()
    };
    let own = |domain: &Domain| domain.name.parse::<DnsName>().as_ref() == Ok(name);
    // The domain itself tells most; without it, the closest one that is delegated.
    let Some(domain) = domains
        .iter()
        .find(|it| own(it))
        .or_else(|| domains.iter().find(|it| delegated(it).is_some()))
    else {
        return Cause::NotDelegated;
    };
    if domain.state == Some(DomainState::Suspended) {
        return Cause::Suspended;
    }
    match delegated(domain) {
        None => Cause::NotDelegated,
        Some(it)
            if matches!(
                it.status,
                Some(DelegationStatus::Requested | DelegationStatus::AwaitingMe)
            ) =>
        {
            Cause::AwaitingApproval
        }
        Some(it)
            if !it
                .cert_types
                .iter()
                .any(|it| it.eq_ignore_ascii_case("SSL")) =>
        {
            Cause::CertificateType
        }
        Some(_) if own(domain) => Cause::Unknown,
        Some(_) => Cause::NotCovered,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn domain(name: &str, state: &str, delegations: &Value) -> Domain {
        serde_json::from_value(
            json!({"id": 1, "name": name, "state": state, "delegations": delegations}),
        )
        .unwrap()
    }

    #[test]
    fn the_closest_domain_tells_the_cause() {
        let to = |id: u32, kind: &str, status: &str| json!([{"orgId": id, "certTypes": [kind], "status": status}]);
        let good = to(101, "SSL", "ACTIVE");
        let at =
            |state: &str, delegations: &Value| vec![domain("www.example.org", state, delegations)];
        let above = |delegations: &Value| vec![domain("example.org", "ACTIVE", delegations)];
        let cases = [
            (vec![], Cause::NotRegistered),
            (at("ACTIVE", &good), Cause::Unknown),
            (at("Suspended", &good), Cause::Suspended),
            (at("ACTIVE", &to(104, "SSL", "ACTIVE")), Cause::NotDelegated),
            (
                at("ACTIVE", &to(101, "SSL", "Requested")),
                Cause::AwaitingApproval,
            ),
            (
                at("ACTIVE", &to(101, "SMIME", "ACTIVE")),
                Cause::CertificateType,
            ),
            (above(&good), Cause::NotCovered),
            (above(&to(101, "SSL", "REQUESTED")), Cause::AwaitingApproval),
            (above(&to(104, "SSL", "ACTIVE")), Cause::NotDelegated),
        ];
        let name = "www.example.org".parse().unwrap();
        for (domains, cause) in cases {
            assert_eq!(judge(&name, &domains, Some(101)), cause, "{domains:?}");
        }
    }

    #[test]
    fn candidates_go_upwards() {
        let candidates = |name: &str| candidates(&name.parse().unwrap());
        assert_eq!(
            candidates("a.b.example.org"),
            [
                "a.b.example.org",
                "*.b.example.org",
                "b.example.org",
                "*.example.org",
                "example.org"
            ]
        );
        assert_eq!(
            candidates("*.example.org"),
            ["*.example.org", "example.org"]
        );
    }
}
