//! `panos_cert_info`: certificates and service profiles of a device, joined.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::options::LocationOptions;
use crate::ansible::{Failure, Outcome};
use crate::clients::panos_xml::config::CertificateEntry;
use crate::clients::panos_xml::{Panos, PanosError, ProviderOptions};
use crate::context::Context;
use crate::lifecycle::Held;
use crate::modules::certificate_facts::CertificateFacts;
use crate::modules::{Doc, Module, SeeAlso};
use crate::targets::panos::{Looked, Snapshot};
use crate::x509::KeyType;

/// What a device holds.
pub(in crate::modules) struct PanosCertInfo;

#[derive(Debug, Deserialize, JsonSchema)]
pub(in crate::modules) struct Options {
    provider: ProviderOptions,
    #[serde(flatten)]
    location: LocationOptions,
    /// Only certificates that end within this many days.
    within_days: Option<i64>,
    /// V(true): only certificates that a service profile presents.
    #[serde(default)]
    used: bool,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub(in crate::modules) struct Returned {
    /// Release of the software.
    version: String,
    /// Model of the device.
    model: String,
    /// Serial number of the device.
    serial_number: String,
    /// The certificates, the first to end first.
    certificates: Vec<Entry>,
}

/// A certificate entry of the candidate configuration.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::modules) struct Entry {
    /// Name of the entry.
    name: String,
    /// V(request) (a CSR waits for its certificate), V(certificate) (with its key), V(authority) (no
    /// key), or V(revoked).
    state: &'static str,
    /// Kind of the key.
    #[schemars(with = "Option<String>")]
    key: Option<KeyType>,
    /// SSL/TLS service profiles that present it.
    profiles: Vec<String>,
    /// Administrators with changes of it that are not committed.
    pending: Vec<String>,
    #[serde(flatten)]
    facts: Option<CertificateFacts>,
}

impl Module for PanosCertInfo {
    const DOC: Doc = Doc {
        name: "panos_cert_info",
        short_description: "Tell which certificates a Palo Alto Networks device holds, and which profiles present them",
        description: &[
            "Reads the candidate configuration, so that requests and changes that are not committed are seen.",
        ],
        sectigo: false,
        info: true,
        notes: &["A role that may read the configuration and run operational requests will do."],
        seealso: &[SeeAlso::Module("panos_cert_deploy")],
        examples: r#"
- name: What ends within a month and is in use
  certwright.fleet.panos_cert_info:
    provider:
      ip_address: fw1.example.org
      username: reader
      password: "{{ vault_firewall_reader }}"
    within_days: 30
    used: true
  delegate_to: localhost
  register: soon
"#,
    };
    type Options = Options;
    type Returned = Returned;

    async fn run(options: Options, context: &Context) -> Result<Outcome<Returned>, Failure> {
        let fail = |error: PanosError| Failure::new(error.to_string());
        let place = options.location.place().map_err(Failure::new)?;
        let client = Panos::connect(&options.provider, context).map_err(fail)?;
        let system = client.system_info().await.map_err(fail)?;
        let looked = Looked {
            profiles: true,
            ..Looked::default()
        };
        let snapshot = Snapshot::read(&client, &place, &looked)
            .await
            .map_err(fail)?;
        let now = OffsetDateTime::now_utc();
        let mut certificates: Vec<Entry> = snapshot
            .certificates
            .iter()
            .map(|it| entry(&snapshot, it, now))
            .filter(|it| {
                options.within_days.is_none_or(|days| {
                    it.facts
                        .as_ref()
                        .is_some_and(|facts| facts.days_left < days)
                })
            })
            .filter(|it| !options.used || !it.profiles.is_empty())
            .collect();
        let end = |it: &Entry| it.facts.as_ref().map(|it| it.not_after.clone());
        certificates.sort_by(|a, b| end(a).cmp(&end(b)).then_with(|| a.name.cmp(&b.name)));
        Ok(Outcome {
            changed: false,
            msg: None,
            diff: None,
            manual_actions: Vec::new(),
            returned: Returned {
                version: system.version,
                model: system.model,
                serial_number: system.serial,
                certificates,
            },
        })
    }
}

fn entry(snapshot: &Snapshot, entry: &CertificateEntry, now: OffsetDateTime) -> Entry {
    let leaf = entry.certificates.first();
    let state = if entry.csr.is_some() {
        "request"
    } else if entry.revoked {
        "revoked"
    } else if entry.has_key {
        "certificate"
    } else {
        "authority"
    };
    Entry {
        name: entry.name.clone(),
        state,
        key: leaf
            .and_then(|it| it.key_type)
            .or_else(|| entry.csr.as_ref().and_then(|it| it.key_type)),
        profiles: snapshot
            .profiles
            .iter()
            .filter(|it| it.certificate.as_ref() == Some(&entry.name))
            .map(|it| it.name.clone())
            .collect(),
        pending: entry.pending.0.clone(),
        facts: leaf.map(|it| CertificateFacts::of(&Held::from(it), now)),
    }
}
