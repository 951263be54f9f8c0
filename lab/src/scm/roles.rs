//! Roles and privileges: which there are, and who may give them.

use super::auth::Caller;
use super::errors::Refusal;
use crate::http::{Call, Reply};
use crate::state::{Credential, Scm};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A privilege that somebody wants to give.
pub(crate) fn privilege(name: &str) -> Option<&'static str> {
    // An alias of older releases.
    let name = match name {
        "allowSslAutoApprove" => "autoApproveCertificates",
        name => name,
    };
    PRIVILEGES
        .iter()
        .map(|(known, _)| *known)
        .find(|known| *known == name)
}

pub(crate) fn role(name: &str) -> Option<&'static str> {
    ROLES.into_iter().find(|known| *known == name)
}

/// The kind of certificates that a role is for; `None` for MRAO.
pub(crate) fn kind(role: &str) -> Option<&str> {
    role.split_once('_').map(|(_, kind)| kind)
}

/// 3 for masters, 2 for organizations, 1 for departments.
pub(crate) fn rank(role: &str) -> u8 {
    match role.split('_').next() {
        Some("MRAO") => 3,
        Some("RAO") => 2,
        _ => 1,
    }
}

/// Whether the caller's roles reach over a credential: from above, or as a
/// peer with the privilege (`allowCreate`, `allowEdit`, `allowDelete`).
pub(crate) fn reaches(scm: &Scm, caller: &Caller, other: &Credential, peer: &str) -> bool {
    let in_scope = other
        .organization
        .is_none_or(|organization| caller.manages(scm, organization));
    in_scope
        && caller.credentials().iter().any(|own| {
            let above = rank(own.role) > rank(other.role);
            let peers = own.role == other.role && caller.may(peer);
            let same_kind = own.role == "MRAO" || kind(own.role) == kind(other.role);
            same_kind && (above || peers)
        })
}

/// Refuses privileges that the caller cannot give to somebody with these roles.
pub(crate) fn check_privileges(
    caller: &Caller,
    credentials: &[Credential],
    privileges: &BTreeSet<&'static str>,
) -> Result<(), Refusal> {
    let fits = |kind_wanted: &str| {
        credentials.iter().any(|credential| {
            credential.role == "MRAO" || kind(credential.role) == Some(kind_wanted)
        })
    };
    for privilege in privileges {
        let mine = caller.is_mrao() || caller.may(privilege);
        match *privilege {
            "allowDCV" if !fits("SSL") => {
                let text = "Privilege \"Allow DCV\" can't be added to non SSL admins.";
                return Err(Refusal::new(-255, text));
            }
            "allowDCV" if !mine => {
                let text = "You have no privilege to assign DCV privileges.";
                return Err(Refusal::new(-256, text));
            }
            _ if mine && kind_of(privilege).is_none_or(fits) => {}
            _ => {
                let text = "You have no privilege to modify the privileges of this admin.";
                return Err(Refusal::new(-234, text));
            }
        }
    }
    Ok(())
}

/// `GET /api/admin/v1/roles`: what the caller may give.
pub(crate) fn list(caller: &Caller) -> Reply {
    let list: Vec<&str> = ROLES
        .into_iter()
        .filter(|role| {
            caller.credentials().iter().any(|own| {
                let peers = own.role == *role && caller.may("allowCreate");
                let same_kind = own.role == "MRAO" || kind(own.role) == kind(role);
                same_kind && (rank(own.role) > rank(role) || peers)
            })
        })
        .collect();
    Reply::json(200, &json!(list))
}

/// `GET /api/admin/v1/privileges?role=…`: what the caller may give to them.
pub(crate) fn list_privileges(caller: &Caller, call: &Call) -> Result<Reply, Refusal> {
    let credentials = call
        .query_all("role")
        .map(|name| {
            let role = role(name).ok_or_else(|| Refusal::invalid("role"))?;
            Ok(Credential {
                role,
                organization: None,
            })
        })
        .collect::<Result<Vec<_>, Refusal>>()?;
    let list: Vec<Value> = PRIVILEGES
        .iter()
        .filter(|(name, _)| {
            check_privileges(caller, &credentials, &BTreeSet::from([*name])).is_ok()
        })
        .map(|(name, description)| json!({"name": name, "description": description}))
        .collect();
    Ok(Reply::json(200, &json!(list)))
}

/// The kind of certificates that a privilege is about.
fn kind_of(privilege: &str) -> Option<&'static str> {
    [
        ("ssl", "SSL"),
        ("clientCert", "SMIME"),
        ("cs", "CS"),
        ("device", "DEVICE"),
    ]
    .into_iter()
    .find(|(prefix, _)| privilege.starts_with(prefix))
    .map(|(_, kind)| kind)
}

const ROLES: [&str; 9] = [
    "MRAO",
    "RAO_SSL",
    "RAO_SMIME",
    "RAO_CS",
    "RAO_DEVICE",
    "DRAO_SSL",
    "DRAO_SMIME",
    "DRAO_CS",
    "DRAO_DEVICE",
];

/// Names with the labels that the API shows (SCM REST API 25.5).
const PRIVILEGES: [(&str, &str); 35] = [
    ("addDepartments", "Add departments"),
    (
        "addOrganizationAndDepartments",
        "Add organizations & departments",
    ),
    ("allowCreate", "Add peer administrator"),
    ("allowDCV", "Manage domain validations"),
    ("allowDelete", "Delete peer administrator"),
    ("allowEdit", "Edit peer administrator"),
    ("allowKeyVault", "Download keys from Sectigo Key Vault"),
    ("allowManageDomains", "Manage domains"),
    ("allowMsAdDiscovery", "MS agent management"),
    ("approveDomainDelegation", "Approve domain delegation"),
    (
        "autoApproveCertificates",
        "Automatically approve certificate requests",
    ),
    ("clientCertManage", "Manage client certificates"),
    ("clientCertRequest", "Request client certificates"),
    ("clientCertRevoke", "Revoke client certificates"),
    ("csManage", "Manage code signing certificates"),
    ("csRequest", "Request code signing certificates"),
    ("csRevoke", "Revoke code signing certificates"),
    ("deviceApprove", "Manage device certificate requests"),
    ("deviceManage", "Manage device certificates"),
    ("deviceRenew", "Renew device certificates"),
    ("deviceReplace", "Replace device certificates"),
    ("deviceRequest", "Request device certificates"),
    ("deviceRevoke", "Revoke device certificates"),
    ("editDepartments", "Edit departments"),
    (
        "editOrganizationAndDepartment",
        "Edit organizations & departments",
    ),
    ("manageSubscriptions", "Manage subscriptions"),
    ("orgValidationManager", "Manage organization validations"),
    ("sslApprove", "Manage SSL certificate requests"),
    ("sslManage", "Manage SSL certificates"),
    ("sslRenew", "Renew SSL certificates"),
    ("sslReplace", "Replace SSL certificates"),
    ("sslRequest", "Request SSL certificates"),
    ("sslRevoke", "Revoke SSL certificates"),
    ("viewSubscriptions", "View subscriptions"),
    ("viewUsage", "View usage"),
];
