//! The state that the lab starts with.

use crate::ca::Level;
use crate::clock;
use crate::state::{
    Access, AcmeAccount, AcmeServer, Administrator, ApiClient, Credential, CustomField, Delegation,
    Domain, Endpoints, Organization, OrganizationValidation, Profile, Scm, Validation, next,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use time::{Duration, OffsetDateTime};

/// The customer of the header `customerUri`.
pub(crate) const CUSTOMER: &str = "university";

/// The administrator whose credentials the ready line shows first.
pub(crate) const DEFAULT_LOGIN: &str = "web-team";

/// The `OAuth2` client of the ready line.
pub(crate) const DEFAULT_CLIENT: &str = "certwright-fleet";

/// A customer with two organizations, some domains and one ACME account.
pub(crate) fn scm(endpoints: &Endpoints, now: OffsetDateTime) -> Scm {
    let mut scm = Scm {
        administrators: administrators(now),
        api_clients: api_clients(),
        acme_servers: acme_servers(endpoints),
        profiles: profiles(),
        custom_fields: vec![
            custom_field(1, "Ticket", false),
            custom_field(2, "Cost centre", false),
        ],
        client_profiles: client_profiles(),
        client_custom_fields: vec![custom_field(11, "Staff number", false)],
        ..Scm::default()
    };
    scm.last_id.organization = 100;
    scm.last_id.domain = 500;
    scm.last_id.account = 60;
    scm.last_id.certificate = 8000;
    scm.last_id.order = 900;
    scm.last_id.administrator = 6;
    scm.last_id.person = 150;
    scm.last_id.client_certificate = 70;

    let university = organization(&mut scm, "Example University", None, now);
    organization(&mut scm, "IT", Some(university), now);
    organization(&mut scm, "Library", Some(university), now);
    let institute = organization(&mut scm, "Example Institute", None, now);
    organization(&mut scm, "Workshop", Some(institute), now);

    for (name, organizations, validated) in [
        ("example.org", &[UNIVERSITY, IT][..], true),
        ("*.example.org", &[UNIVERSITY, IT], true),
        ("example.net", &[UNIVERSITY], true),
        ("*.example.net", &[UNIVERSITY], true),
        ("example.edu", &[UNIVERSITY], false),
        ("*.example.edu", &[UNIVERSITY], false),
        ("library.example.org", &[LIBRARY], true),
        ("example.com", &[INSTITUTE], true),
    ] {
        domain(&mut scm, name, organizations, now);
        if validated && crate::names::is_registrable(name) {
            validate(&mut scm, name, 198, now);
        }
    }
    // Once validated, and forgotten.
    domain(&mut scm, "expired.example", &[UNIVERSITY], now);
    validate(&mut scm, "expired.example", 198, now - Duration::days(210));

    let ov = scm.acme_servers[1].url.clone();
    let id = next(&mut scm.last_id.account);
    let account = acme_account(id, "web-team", UNIVERSITY, Level::Organization, &ov);
    scm.acme_accounts.insert(id, account);
    if let Some(account) = scm.acme_accounts.get_mut(&id) {
        account.domains = [
            "example.org",
            "*.example.org",
            "example.net",
            "*.example.net",
        ]
        .map(str::to_owned)
        .into();
    }
    scm
}

/// A new account with an EAB pair, still waiting for its first client.
pub(crate) fn acme_account(
    id: u64,
    name: &str,
    organization: u64,
    level: Level,
    server: &str,
) -> AcmeAccount {
    AcmeAccount {
        id,
        name: name.to_owned(),
        organization,
        level,
        server: server.to_owned(),
        mac_id: crate::random::id(),
        mac_key: crate::random::mac_key(),
        status: "pending",
        suspended: false,
        domains: BTreeSet::new(),
        anchor: 900 + id,
        hidden_reads: 0,
    }
}

/// Adds a domain that is delegated and approved.
pub(crate) fn domain(scm: &mut Scm, name: &str, organizations: &[u64], now: OffsetDateTime) -> u64 {
    let id = next(&mut scm.last_id.domain);
    scm.domains.insert(
        id,
        Domain {
            id,
            name: name.to_owned(),
            description: String::new(),
            active: true,
            delegations: organizations.iter().map(|id| delegation(*id)).collect(),
            created: now,
            hidden_reads: 0,
            monitoring: None,
        },
    );
    id
}

/// Marks a name as validated by CNAME `days` long from `moment`.
pub(crate) fn validate(scm: &mut Scm, name: &str, days: i64, moment: OffsetDateTime) {
    let validation = scm.validations.entry(name.to_owned()).or_default();
    *validation = Validation {
        method: Some("CNAME".to_owned()),
        validated: Some(moment),
        expires: Some(moment + Duration::days(days)),
        order: None,
        hashes: validation.hashes.take(),
    };
}

/// An approved delegation for SSL without a privileges list.
pub(crate) fn delegation(organization: u64) -> Delegation {
    Delegation {
        organization,
        cert_types: vec!["SSL".to_owned()],
        privileges: Vec::new(),
        requested: false,
    }
}

/// The administrators as the ready line lists them.
pub(crate) fn administrators_json(scm: &Scm) -> Vec<Value> {
    scm.administrators
        .iter()
        .map(|administrator| {
            json!({
                "login": administrator.login,
                "password": administrator.password,
                "role": administrator.access.role(),
                "privileges": administrator.access.privileges,
                "organizations": administrator.access.organizations(),
                "password_expires": administrator.password_expires.map(clock::date),
            })
        })
        .collect()
}

/// The organizations as the ready line lists them.
pub(crate) fn organizations_json(scm: &Scm) -> Vec<Value> {
    let all = || scm.organizations.values();
    all()
        .filter(|organization| organization.parent.is_none())
        .map(|organization| {
            let departments: Vec<Value> = all()
                .filter(|department| department.parent == Some(organization.id))
                .map(|department| json!({"id": department.id, "name": department.name}))
                .collect();
            json!({"id": organization.id, "name": organization.name, "departments": departments})
        })
        .collect()
}

fn organization(scm: &mut Scm, name: &str, parent: Option<u64>, now: OffsetDateTime) -> u64 {
    let id = next(&mut scm.last_id.organization);
    scm.organizations.insert(
        id,
        Organization {
            id,
            name: name.to_owned(),
            parent,
            country: "GB".to_owned(),
            state: "Oxfordshire".to_owned(),
            city: "Exampleton".to_owned(),
            ssl_api_enabled: true,
            client_api_enabled: true,
            validation: Some(OrganizationValidation {
                level: Level::Extended,
                expires: now + Duration::days(300),
            }),
        },
    );
    id
}

fn administrators(now: OffsetDateTime) -> Vec<Administrator> {
    let person =
        |id, login: &str, role, privileges: &[&'static str], organizations: &[u64]| Administrator {
            id,
            login: login.to_owned(),
            password: format!("lab-{login}-{}", crate::random::alphanumeric(20)),
            access: access(role, privileges, organizations),
            // Beyond what tests of renewals move the clock.
            password_expires: Some(now + Duration::days(3650)),
            kind: "API",
            email: format!("{login}@example.org"),
            forename: login.to_owned(),
            surname: "Lab".to_owned(),
            suspended: false,
            creator: None,
            created: now,
            modified: now,
            password_changed: now,
            auth_cert: String::new(),
            contact: BTreeMap::new(),
        };
    let mut lapsed = person(6, "lapsed", "RAO_SSL", WEB_TEAM_PRIVILEGES, &[UNIVERSITY]);
    lapsed.password_expires = Some(now - Duration::days(3));
    vec![
        person(1, "mrao-admin", "MRAO", MRAO_PRIVILEGES, &[]),
        person(
            2,
            DEFAULT_LOGIN,
            "RAO_SSL",
            WEB_TEAM_PRIVILEGES,
            &[UNIVERSITY],
        ),
        person(
            3,
            "limited",
            "DRAO_SSL",
            &["allowManageDomains", "sslRequest", "sslRenew"],
            &[IT],
        ),
        person(4, "no-domains", "RAO_SSL", &["sslRequest"], &[UNIVERSITY]),
        person(5, "institute", "RAO_SSL", WEB_TEAM_PRIVILEGES, &[INSTITUTE]),
        lapsed,
    ]
}

fn api_clients() -> Vec<ApiClient> {
    let client = |id: &str, role, privileges: &[&'static str], organizations: &[u64]| ApiClient {
        id: id.to_owned(),
        secret: format!("lab-{}", crate::random::alphanumeric(32)),
        access: access(role, privileges, organizations),
    };
    vec![
        client(
            DEFAULT_CLIENT,
            "RAO_SSL",
            WEB_TEAM_PRIVILEGES,
            &[UNIVERSITY],
        ),
        client("limited-client", "DRAO_SSL", &["sslRequest"], &[IT]),
    ]
}

fn access(role: &'static str, privileges: &[&'static str], organizations: &[u64]) -> Access {
    let credential = |organization| Credential { role, organization };
    let mut credentials: Vec<Credential> = organizations
        .iter()
        .map(|organization| credential(Some(*organization)))
        .collect();
    if credentials.is_empty() {
        credentials.push(credential(None));
    }
    Access {
        credentials,
        privileges: privileges.iter().copied().collect(),
    }
}

fn acme_servers(endpoints: &Endpoints) -> Vec<AcmeServer> {
    Level::ALL
        .into_iter()
        .zip(40_484..)
        .map(|(level, ca_id)| AcmeServer {
            name: format!("{} ACME Server", level.label()),
            url: format!("{}/v2/{}", endpoints.acme, level.label()),
            ca_id,
            level,
        })
        .collect()
}

/// Profiles for S/MIME. The second is for persons of the validation type
/// `HIGH` only.
fn client_profiles() -> Vec<Profile> {
    [
        (400, "Standard Persona Validated Cert"),
        (HIGH_PERSONA, "High Persona Validated Cert"),
    ]
    .map(|(id, name)| profile(id, name, Level::Organization, &[365, 730]))
    .into()
}

fn profile(id: u64, name: &str, level: Level, terms: &[i64]) -> Profile {
    Profile {
        id,
        name: name.to_owned(),
        level,
        terms: terms.to_vec(),
        rsa: &["2048", "3072", "4096"],
        curves: &["P-256", "P-384"],
    }
}

fn profiles() -> Vec<Profile> {
    vec![
        profile(300, "OV SSL", Level::Organization, &[90, 199]),
        profile(301, "DV SSL", Level::Domain, &[90, 199]),
        profile(302, "EV SSL", Level::Extended, &[199]),
        // Two of one name: names need not be unique.
        profile(303, "OV SSL", Level::Organization, &[199]),
        Profile {
            rsa: &["3072", "4096"],
            curves: &[],
            ..profile(304, "RSA only", Level::Domain, &[199])
        },
    ]
}

fn custom_field(id: u64, name: &str, mandatory: bool) -> CustomField {
    CustomField {
        id,
        name: name.to_owned(),
        mandatory,
    }
}

/// The S/MIME profile for persons whose identity was looked into.
pub(crate) const HIGH_PERSONA: u64 = 401;
const UNIVERSITY: u64 = 101;
const IT: u64 = 102;
const LIBRARY: u64 = 103;
const INSTITUTE: u64 = 104;

const WEB_TEAM_PRIVILEGES: &[&str] = &[
    "allowDCV",
    "allowManageDomains",
    "approveDomainDelegation",
    "autoApproveCertificates",
    "sslApprove",
    "sslManage",
    "sslRenew",
    "sslReplace",
    "sslRequest",
    "sslRevoke",
];

const MRAO_PRIVILEGES: &[&str] = &[
    "addOrganizationAndDepartments",
    "allowCreate",
    "allowDCV",
    "allowDelete",
    "allowEdit",
    "allowManageDomains",
    "approveDomainDelegation",
    "autoApproveCertificates",
    "clientCertManage",
    "clientCertRequest",
    "clientCertRevoke",
    "editOrganizationAndDepartment",
    "orgValidationManager",
    "sslApprove",
    "sslManage",
    "sslRenew",
    "sslReplace",
    "sslRequest",
    "sslRevoke",
    "viewUsage",
];
