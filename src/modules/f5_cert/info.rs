//! `f5_cert_info`: certificates, profiles and virtual servers of a device, joined.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::ansible::{Failure, Outcome};
use crate::clients::icontrol::ssl_files::SslCert;
use crate::clients::icontrol::{Icontrol, ObjectPath, ProviderOptions};
use crate::context::Context;
use crate::modules::certificate_facts::rfc3339;
use crate::modules::{Doc, Module, SeeAlso};
use crate::targets::bigip::facts;
use crate::targets::bigip::snapshot::Snapshot;
use crate::x509::KeyType;

/// What a device holds.
pub(in crate::modules) struct F5CertInfo;

#[derive(Debug, Deserialize, JsonSchema)]
pub(in crate::modules) struct Options {
    provider: ProviderOptions,
    /// Only certificates of this partition.
    partition: Option<String>,
    /// Only certificates that end within this many days.
    within_days: Option<i64>,
    /// V(true): only certificates that a client SSL profile presents.
    #[serde(default)]
    used: bool,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub(in crate::modules) struct Returned {
    /// The certificates, the first to end first. Those that came with the device are left out.
    certificates: Vec<Entry>,
}

/// A certificate object of the device.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::modules) struct Entry {
    /// Full path.
    path: String,
    /// DNS names, sorted.
    names: Vec<String>,
    /// Subject, as the device writes it.
    subject: String,
    /// Issuer, as the device writes it.
    issuer: String,
    /// Serial number, hexadecimal.
    serial: String,
    /// Last moment of validity (RFC 3339, UTC).
    not_after: String,
    /// Whole days until then; negative if it is over.
    days_left: i64,
    /// Kind of the key.
    #[schemars(with = "Option<String>")]
    key: Option<KeyType>,
    /// SHA-256 fingerprint, hexadecimal (from release 14.1).
    sha256_fingerprint: Option<String>,
    /// Client SSL profiles that present it, or have it in a chain.
    profiles: Vec<Profile>,
}

/// A profile that uses a certificate.
#[derive(Debug, Serialize, JsonSchema)]
struct Profile {
    /// Full path.
    path: String,
    /// V(certificate) or V(chain).
    role: &'static str,
    /// Server name for SNI.
    server_name: Option<String>,
    /// Is it for clients that send no server name?
    sni_default: bool,
    /// Where it is used.
    virtual_servers: Vec<Server>,
}

/// A virtual server.
#[derive(Debug, Serialize, JsonSchema)]
struct Server {
    /// Full path.
    path: String,
    /// Address and port, as the device writes them.
    destination: String,
    /// Does it answer?
    enabled: bool,
}

impl Module for F5CertInfo {
    const DOC: Doc = Doc {
        name: "f5_cert_info",
        short_description: "Tell which certificates an F5 BIG-IP holds, and where it presents them",
        description: &[
            "Joins certificates, client SSL profiles and virtual servers, which the device lists apart.",
        ],
        sectigo: false,
        info: true,
        notes: &["Any role that may read the partitions concerned will do."],
        seealso: &[SeeAlso::Module("f5_cert_deploy")],
        examples: r#"
- name: What ends within a month and is in use
  certwright.fleet.f5_cert_info:
    provider:
      server: bigip1.example.org
      user: reader
      password: "{{ vault_f5_reader }}"
    within_days: 30
    used: true
  delegate_to: localhost
  register: soon
"#,
    };
    type Options = Options;
    type Returned = Returned;

    async fn run(options: Options, context: &Context) -> Result<Outcome<Returned>, Failure> {
        let fail = |error: crate::clients::icontrol::IcontrolError| Failure::new(error.to_string());
        let client = Icontrol::connect(&options.provider, context).map_err(fail)?;
        let read = Snapshot::read(&client).await;
        client.log_out().await;
        let snapshot = read.map_err(fail)?;
        let now = OffsetDateTime::now_utc();
        let mut found: Vec<(OffsetDateTime, Entry)> = snapshot
            .certs
            .iter()
            .filter(|it| it.system_path.is_none())
            .filter(|it| {
                let partition = options.partition.as_deref();
                partition.is_none_or(|wanted| it.path.partition() == wanted.trim_matches('/'))
            })
            .map(|it| entry(&snapshot, it, now))
            .filter(|(_, it)| options.within_days.is_none_or(|days| it.days_left < days))
            .filter(|(_, it)| !options.used || !it.profiles.is_empty())
            .collect();
        found.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.path.cmp(&y.path)));
        Ok(Outcome {
            changed: false,
            msg: None,
            diff: None,
            manual_actions: Vec::new(),
            returned: Returned {
                certificates: found.into_iter().map(|(_, it)| it).collect(),
            },
        })
    }
}

fn entry(snapshot: &Snapshot, cert: &SslCert, now: OffsetDateTime) -> (OffsetDateTime, Entry) {
    let held = facts::held(cert, None);
    let entry = Entry {
        path: cert.path.to_string(),
        days_left: (held.not_after - now).whole_days(),
        not_after: rfc3339(held.not_after),
        names: held.names,
        subject: held.subject,
        issuer: held.issuer,
        serial: held.serial,
        key: held.key_type,
        sha256_fingerprint: held.fingerprint,
        profiles: profiles(snapshot, &cert.path),
    };
    (held.not_after, entry)
}

fn profiles(snapshot: &Snapshot, cert: &ObjectPath) -> Vec<Profile> {
    let is = |field: &Option<String>| {
        field
            .as_deref()
            .is_some_and(|it| ObjectPath::parse(it) == *cert)
    };
    let role = |profile: &crate::clients::icontrol::client_ssl::ClientSsl| {
        let entries = &profile.cert_key_chain;
        if entries.iter().any(|it| is(&it.cert)) {
            Some("certificate")
        } else {
            entries.iter().any(|it| is(&it.chain)).then_some("chain")
        }
    };
    let used = snapshot
        .profiles
        .iter()
        .filter_map(|it| Some((it, role(it)?)));
    used.map(|(profile, role)| Profile {
        path: profile.path.to_string(),
        role,
        server_name: profile.server_name.clone(),
        sni_default: profile.sni_default,
        virtual_servers: snapshot
            .carriers(&profile.path)
            .map(|it| Server {
                path: it.path.to_string(),
                destination: it.destination.clone(),
                enabled: it.is_enabled(),
            })
            .collect(),
    })
    .collect()
}
