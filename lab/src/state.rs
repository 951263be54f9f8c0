//! Everything the simulated systems know.

use crate::bigip::devices::BigIp;
use crate::bigip::traffic::Traffic;
use crate::ca::{Ca, Level};
use crate::clock::Clock;
use crate::csr::KeyKind;
use crate::faults::{Faults, Latency};
use crate::journal::Journal;
use crate::panos::estate::Estate;
use crate::scm::activity::Activity;
use crate::scm::person::Person;
use crate::scm::smime::ClientCertificate;
use crate::switches::Switches;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use time::OffsetDateTime;

/// The lab, shared by all connections.
pub(crate) struct Lab {
    world: Mutex<World>,
}

impl Lab {
    pub(crate) fn new(world: World) -> Self {
        Self {
            world: Mutex::new(world),
        }
    }

    /// The world, for the length of one step; never hold it over an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // A panicking handler has lost its connection; the others go on.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The world of the lab.
pub(crate) struct World {
    pub(crate) endpoints: Endpoints,
    pub(crate) ca: Arc<Ca>,
    /// DER of client certificates by administrator login.
    pub(crate) client_certificates: Arc<HashMap<String, Vec<u8>>>,
    pub(crate) clock: Clock,
    pub(crate) switches: Switches,
    pub(crate) faults: Faults,
    pub(crate) latency: Latency,
    pub(crate) journal: Journal,
    pub(crate) scm: Scm,
    /// What a reset puts back.
    pub(crate) seed: Scm,
    pub(crate) acme: Acme,
    /// Published DNS records of the simulated world.
    pub(crate) dns: Vec<DnsRecord>,
    pub(crate) bigip: BigIp,
    pub(crate) traffic: Traffic,
    pub(crate) panos: Estate,
    /// Tests that reset the lab must not meet work of the time before.
    pub(crate) generation: u64,
}

impl World {
    pub(crate) fn new(
        endpoints: Endpoints,
        ca: Ca,
        client_certificates: HashMap<String, Vec<u8>>,
        scm: Scm,
        bigip: BigIp,
        panos: Estate,
    ) -> Self {
        Self {
            endpoints,
            ca: Arc::new(ca),
            client_certificates: Arc::new(client_certificates),
            clock: Clock::default(),
            switches: Switches::default(),
            faults: Faults::default(),
            latency: Latency::default(),
            journal: Journal::default(),
            seed: scm.clone(),
            scm,
            acme: Acme::default(),
            dns: Vec::new(),
            bigip,
            traffic: Traffic::default(),
            panos,
            generation: 0,
        }
    }

    /// Puts everything back to how the lab started. Issuing hierarchies,
    /// credentials and URLs stay: clients were told about them.
    pub(crate) fn reset(&mut self) {
        self.clock = Clock::default();
        self.switches = Switches::default();
        self.faults = Faults::default();
        self.latency = Latency::default();
        self.journal.empty();
        self.scm = self.seed.clone();
        self.acme = Acme::default();
        self.dns.clear();
        self.bigip.reset();
        self.panos.reset();
        self.generation += 1;
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }
}

/// Base URLs, without a final slash.
#[derive(Clone, Debug)]
pub(crate) struct Endpoints {
    pub(crate) control: String,
    pub(crate) scm: String,
    pub(crate) acme: String,
    pub(crate) token: String,
    pub(crate) oauth: String,
    pub(crate) ari: String,
    pub(crate) bigip: String,
    pub(crate) bigip_peer: String,
    pub(crate) panos: String,
    pub(crate) panos_peer: String,
    pub(crate) panorama: String,
}

/// A record in the simulated DNS.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DnsRecord {
    pub(crate) name: String,
    /// `CNAME` or `TXT`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) value: String,
}

/// Sectigo Certificate Manager of one customer.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Scm {
    #[serde(skip)]
    pub(crate) administrators: Vec<Administrator>,
    #[serde(skip)]
    pub(crate) api_clients: Vec<ApiClient>,
    /// Bearer token → client id and end of life.
    #[serde(skip)]
    pub(crate) tokens: HashMap<String, (String, OffsetDateTime)>,
    pub(crate) organizations: BTreeMap<u64, Organization>,
    pub(crate) domains: BTreeMap<u64, Domain>,
    pub(crate) validations: BTreeMap<String, Validation>,
    pub(crate) acme_servers: Vec<AcmeServer>,
    pub(crate) acme_accounts: BTreeMap<u64, AcmeAccount>,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) custom_fields: Vec<CustomField>,
    pub(crate) certificates: BTreeMap<u64, Certificate>,
    pub(crate) persons: BTreeMap<u64, Person>,
    pub(crate) client_profiles: Vec<Profile>,
    pub(crate) client_custom_fields: Vec<CustomField>,
    pub(crate) client_certificates: BTreeMap<u64, ClientCertificate>,
    pub(crate) activity: Vec<Activity>,
    #[serde(skip)]
    pub(crate) last_id: LastIds,
}

/// The last number given, per kind of object.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastIds {
    pub(crate) organization: u64,
    pub(crate) domain: u64,
    pub(crate) account: u64,
    pub(crate) certificate: u64,
    pub(crate) order: u64,
    pub(crate) administrator: u64,
    pub(crate) person: u64,
    pub(crate) client_certificate: u64,
}

/// Rising numbers.
pub(crate) fn next(last: &mut u64) -> u64 {
    *last += 1;
    *last
}

/// Someone with a login.
#[derive(Clone, Debug)]
pub(crate) struct Administrator {
    pub(crate) id: u64,
    pub(crate) login: String,
    pub(crate) password: String,
    pub(crate) access: Access,
    pub(crate) password_expires: Option<OffsetDateTime>,
    /// `STANDARD` or `API`.
    pub(crate) kind: &'static str,
    pub(crate) email: String,
    pub(crate) forename: String,
    pub(crate) surname: String,
    pub(crate) suspended: bool,
    /// Id of the administrator who made this one.
    pub(crate) creator: Option<u64>,
    pub(crate) created: OffsetDateTime,
    pub(crate) modified: OffsetDateTime,
    pub(crate) password_changed: OffsetDateTime,
    /// Serial number of a client certificate, as it was given.
    pub(crate) auth_cert: String,
    /// Telephone, address and the like, under the names that replies use.
    pub(crate) contact: BTreeMap<&'static str, String>,
}

/// An `OAuth2` client of the admin API.
#[derive(Clone, Debug)]
pub(crate) struct ApiClient {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) access: Access,
}

/// Roles with their scope, and privileges.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub(crate) credentials: Vec<Credential>,
    pub(crate) privileges: BTreeSet<&'static str>,
}

impl Access {
    /// The first role, which is the only one of most.
    pub(crate) fn role(&self) -> &'static str {
        self.credentials
            .first()
            .map_or("", |credential| credential.role)
    }

    pub(crate) fn organizations(&self) -> Vec<u64> {
        self.credentials
            .iter()
            .filter_map(|credential| credential.organization)
            .collect()
    }
}

/// A role for an organization or a department.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Credential {
    /// `MRAO`, `RAO_SSL`, `DRAO_SSL`, …
    pub(crate) role: &'static str,
    /// Absent for MRAO, which manages everything.
    pub(crate) organization: Option<u64>,
}

/// An organization, or a department of one.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Organization {
    pub(crate) id: u64,
    pub(crate) name: String,
    /// Set for departments.
    pub(crate) parent: Option<u64>,
    pub(crate) country: String,
    pub(crate) state: String,
    pub(crate) city: String,
    pub(crate) ssl_api_enabled: bool,
    /// The same for S/MIME.
    pub(crate) client_api_enabled: bool,
    /// Highest validation of the organization itself, and its end.
    pub(crate) validation: Option<OrganizationValidation>,
}

/// OV or EV validation of an organization.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct OrganizationValidation {
    pub(crate) level: Level,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) expires: OffsetDateTime,
}

/// A domain object; `example.org` and `*.example.org` are two.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Domain {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) active: bool,
    pub(crate) delegations: Vec<Delegation>,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) created: OffsetDateTime,
    /// Reads for which the object stays out of sight.
    pub(crate) hidden_reads: u32,
    pub(crate) monitoring: Option<serde_json::Value>,
}

/// The right of an organization to use a domain.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Delegation {
    pub(crate) organization: u64,
    pub(crate) cert_types: Vec<String>,
    pub(crate) privileges: Vec<String>,
    pub(crate) requested: bool,
}

/// The control validation of one name.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Validation {
    /// Method of the last success: `EMAIL`, `CNAME`, `HTTP`, `HTTPS`, `TXT`.
    pub(crate) method: Option<String>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) validated: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) expires: Option<OffsetDateTime>,
    pub(crate) order: Option<ValidationOrder>,
    /// 32 and 64 hexadecimal digits: one pair for HTTP, HTTPS and CNAME.
    pub(crate) hashes: Option<(String, String)>,
}

/// A validation under way.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ValidationOrder {
    pub(crate) method: String,
    /// `AWAITING_SUBMISSION`, `SUBMITTED`, `REJECTED`.
    pub(crate) status: &'static str,
    pub(crate) backend_id: String,
    pub(crate) email: Option<String>,
    pub(crate) txt: Option<String>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) submitted: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) last_check: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) next_check: Option<OffsetDateTime>,
}

/// An entry of the ACME server list.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AcmeServer {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) ca_id: u64,
    pub(crate) level: Level,
}

/// An ACME account in SCM: the owner of an EAB pair.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AcmeAccount {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) organization: u64,
    pub(crate) level: Level,
    /// URL of its server.
    pub(crate) server: String,
    pub(crate) mac_id: String,
    pub(crate) mac_key: String,
    /// `pending`, `valid`, `deactivated`.
    pub(crate) status: &'static str,
    pub(crate) suspended: bool,
    pub(crate) domains: BTreeSet<String>,
    pub(crate) anchor: u64,
    pub(crate) hidden_reads: u32,
}

/// A certificate profile.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Profile {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) level: Level,
    pub(crate) terms: Vec<i64>,
    pub(crate) rsa: &'static [&'static str],
    pub(crate) curves: &'static [&'static str],
}

/// A custom field of SSL requests.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CustomField {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) mandatory: bool,
}

/// A record of the SSL list.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Certificate {
    pub(crate) id: u64,
    pub(crate) renew_id: String,
    pub(crate) organization: u64,
    pub(crate) profile: u64,
    pub(crate) level: Level,
    pub(crate) term: i64,
    /// `Requested`, `Approved`, `Applied`, `Issued`, `Revoked`, …; expiry is
    /// worked out when read.
    pub(crate) status: &'static str,
    pub(crate) common_name: String,
    pub(crate) alt_names: Vec<String>,
    pub(crate) key: KeyKind,
    pub(crate) requester: String,
    /// `ACME` or `REST`.
    pub(crate) requested_via: &'static str,
    pub(crate) comments: String,
    pub(crate) external_requester: String,
    pub(crate) custom_fields: Vec<(String, String)>,
    #[serde(skip)]
    pub(crate) spki: Vec<u8>,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) requested: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) approved: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) revoked: Option<OffsetDateTime>,
    pub(crate) reason: Option<u64>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) renewed: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) replaced: Option<OffsetDateTime>,
    pub(crate) issued: Option<IssuedCertificate>,
    /// Reads for which it stays out of sight.
    #[serde(skip)]
    pub(crate) hidden_reads: u32,
}

/// The certificate itself.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct IssuedCertificate {
    /// Lower-case hexadecimal.
    pub(crate) serial: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) not_before: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) not_after: OffsetDateTime,
    pub(crate) issuer: String,
    #[serde(skip)]
    pub(crate) leaf: Vec<u8>,
    #[serde(skip)]
    pub(crate) intermediate: Vec<u8>,
    #[serde(skip)]
    pub(crate) root: Vec<u8>,
    #[serde(skip)]
    pub(crate) cross: Vec<u8>,
}

/// The ACME servers' own memory.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Acme {
    #[serde(skip)]
    pub(crate) nonces: crate::acme::nonces::Nonces,
    pub(crate) accounts: BTreeMap<String, crate::acme::accounts::Account>,
    pub(crate) orders: BTreeMap<String, crate::acme::orders::Order>,
    pub(crate) authorizations: BTreeMap<String, crate::acme::authorizations::Authorization>,
}
