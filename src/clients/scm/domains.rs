//! Domains: what may stand in certificates, and which organization may ask for it.

use serde::{Deserialize, Serialize};

use super::paging::End;
use super::{Day, Id, Scm, ScmError, wire};
use crate::http::Call;

/// An entry of the list: nothing but the name.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct DomainEntry {
    #[serde(deserialize_with = "wire::integer")]
    pub(crate) id: Id,
    pub(crate) name: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Domain {
    #[serde(deserialize_with = "wire::integer")]
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) state: Option<DomainState>,
    /// Missing if domain control validation is off for the customer; so are the next two.
    pub(crate) validation_status: Option<ValidationStatus>,
    pub(crate) validation_method: Option<String>,
    pub(crate) dcv_expiration: Option<Day>,
    /// Those that the credentials may see.
    #[serde(default, deserialize_with = "wire::list")]
    pub(crate) delegations: Vec<Delegation>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delegation {
    #[serde(deserialize_with = "wire::integer")]
    pub(crate) org_id: Id,
    #[serde(default, deserialize_with = "wire::list")]
    pub(crate) cert_types: Vec<String>,
    #[serde(default, deserialize_with = "wire::list")]
    pub(crate) domain_certificate_request_privileges: Vec<String>,
    pub(crate) status: Option<DelegationStatus>,
}

wire::words! {
    DomainState { Active = "ACTIVE", Suspended = "SUSPENDED" }
}

wire::words! {
    DelegationStatus {
        Active = "ACTIVE",
        Requested = "REQUESTED",
        // Known from another client only: requested, and these credentials may approve it.
        AwaitingMe = "AWAITING_ME",
    }
}

wire::words! {
    ValidationStatus {
        Validated = "VALIDATED",
        NotValidated = "NOT_VALIDATED",
        Expired = "EXPIRED",
    }
}

/// To whom a domain is delegated, and for what: the body of several calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Grant {
    pub(crate) org_id: Id,
    pub(crate) cert_types: Vec<String>,
    /// Left out, SCM chooses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) domain_certificate_request_privileges: Vec<String>,
}

impl Scm {
    /// `GET /domain/v1`: all domains, or those that match `name` in whatever way SCM matches names
    /// (not documented), so compare names again.
    pub(crate) async fn domains(&self, name: Option<&str>) -> Result<Vec<DomainEntry>, ScmError> {
        let call = match name {
            Some(name) => {
                Call::get("domain/v1", format!("look for domain {name}")).query("name", name)
            }
            None => Call::get("domain/v1", "list the domains"),
        };
        self.list(&call, End::NothingNew, |it: &DomainEntry| it.id)
            .await
    }

    /// `GET /domain/v1`: what is delegated to an organization, or was asked for.
    pub(crate) async fn domains_of(&self, organization: Id) -> Result<Vec<DomainEntry>, ScmError> {
        let doing = format!("list the domains of organization {organization}");
        let call = Call::get("domain/v1", doing).query("orgId", organization.to_string());
        self.list(&call, End::NothingNew, |it: &DomainEntry| it.id)
            .await
    }

    /// `GET /domain/v1`: domains of which no delegation is approved.
    pub(crate) async fn domains_awaiting_approval(&self) -> Result<Vec<DomainEntry>, ScmError> {
        let call = Call::get("domain/v1", "list the domains that wait for approval")
            .query("status", "requested");
        self.list(&call, End::NothingNew, |it: &DomainEntry| it.id)
            .await
    }

    /// `GET /domain/v1/{id}`
    pub(crate) async fn domain(&self, id: Id) -> Result<Domain, ScmError> {
        self.read(&Call::get(
            format!("domain/v1/{id}"),
            format!("read domain {id}"),
        ))
        .await
    }

    /// `POST /domain/v1`. -700: it is there already, perhaps where these credentials cannot see it.
    pub(crate) async fn create_domain(
        &self,
        name: &str,
        description: Option<&str>,
        active: bool,
        grant: &Grant,
    ) -> Result<Option<Id>, ScmError> {
        let body = NewDomain {
            name,
            description,
            active,
            delegations: [grant],
        };
        self.create(&Call::post("domain/v1", format!("create domain {name}")).body(&body))
            .await
    }

    /// `DELETE /domain/v1/{id}`
    pub(crate) async fn delete_domain(&self, id: Id, name: &str) -> Result<(), ScmError> {
        self.send(&Call::delete(
            format!("domain/v1/{id}"),
            format!("delete domain {name}"),
        ))
        .await
        .map(drop)
    }

    /// `PUT /domain/v1/{id}/activate` or `/suspend`
    pub(crate) async fn set_domain_active(
        &self,
        id: Id,
        name: &str,
        active: bool,
    ) -> Result<(), ScmError> {
        let verb = if active { "activate" } else { "suspend" };
        self.send(&Call::put(
            format!("domain/v1/{id}/{verb}"),
            format!("{verb} domain {name}"),
        ))
        .await
        .map(drop)
    }

    /// `POST /domain/v1/{id}/delegation`
    pub(crate) async fn delegate_domain(
        &self,
        id: Id,
        name: &str,
        grant: &Grant,
    ) -> Result<(), ScmError> {
        let doing = format!("delegate domain {name} to organization {}", grant.org_id);
        let call = Call::post(format!("domain/v1/{id}/delegation"), doing).body(grant);
        self.send(&call).await.map(drop)
    }

    /// `DELETE /domain/v1/{id}/delegation`: takes the certificate types of `grant` away again.
    pub(crate) async fn withdraw_domain(
        &self,
        id: Id,
        name: &str,
        grant: &Grant,
    ) -> Result<(), ScmError> {
        let doing = format!("withdraw domain {name} from organization {}", grant.org_id);
        let call = Call::delete(format!("domain/v1/{id}/delegation"), doing).body(grant);
        self.send(&call).await.map(drop)
    }

    /// `POST /domain/v1/{id}/delegation/approve`. -705: it does not wait for approval.
    pub(crate) async fn approve_delegation(
        &self,
        id: Id,
        name: &str,
        organization: Id,
    ) -> Result<(), ScmError> {
        let doing =
            format!("approve the delegation of domain {name} to organization {organization}");
        let call = Call::post(format!("domain/v1/{id}/delegation/approve"), doing)
            .body(&serde_json::json!({"orgId": organization}));
        self.send(&call).await.map(drop)
    }
}

/// The domain exists.
pub(crate) const EXISTS: i64 = -700;
/// The delegation does not wait for approval.
pub(crate) const NOT_REQUESTED: i64 = -705;

#[derive(Serialize)]
struct NewDomain<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    active: bool,
    delegations: [&'a Grant; 1],
}
