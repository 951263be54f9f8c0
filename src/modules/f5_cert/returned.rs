//! The result of `f5_cert_deploy`.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::entry::Entry;
use crate::lifecycle::{Reason, Report, VariantReport};
use crate::modules::certificate_facts::{CertificateFacts, diff_sides, reasons};
use crate::modules::status_file::Status;
use crate::modules::wanted::{Done, Failed};
use crate::targets::bigip::Removal;
use crate::x509::KeyType;

#[derive(Debug, Default, Serialize, JsonSchema)]
pub(in crate::modules) struct Returned {
    /// One entry for each kind of key of each certificate on each device.
    pub(super) certificates: Vec<DeployedCertificate>,
    /// The devices.
    pub(super) appliances: Vec<ApplianceResult>,
}

/// A device in the result.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(in crate::modules) struct ApplianceResult {
    /// As O(provider) names it.
    pub(super) server: String,
    /// Was, or would be, something written there?
    pub(super) changed: bool,
    pub(super) failed: bool,
    /// Why nothing was done there, what failed, or what else was done.
    pub(super) messages: Vec<String>,
}

/// A certificate in the result.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(in crate::modules) struct DeployedCertificate {
    /// The device.
    pub(super) appliance: String,
    /// The site.
    pub(super) name: String,
    /// Kind of the key. Missing where the failure came before kinds of keys mattered, and with
    /// O(certificates[].state=absent).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    key: Option<KeyType>,
    /// What was done, or in check mode would be: V(keep), V(issue), V(activate) (an earlier run had
    /// prepared it), V(bind) (the profile is put on a virtual server), V(request) (key and CSR are
    /// made, the signature comes from elsewhere), V(wait) (for that signature), V(remove).
    action: &'static str,
    /// Why, a word each: V(missing), V(names_changed), V(key_changed), V(issuer_changed), V(expiring),
    /// V(ari_window), V(revoked), V(chain_incomplete), V(not_bound), V(accompanies) (the other kind of
    /// key is replaced), V(forced).
    reasons: Vec<&'static str>,
    /// Why, in sentences.
    because: Vec<String>,
    /// Did a handshake show the certificate?
    proven: bool,
    pub(super) failed: bool,
    /// What failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) msg: Option<String>,
    /// What is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<String>,
    /// The request that waits for a signature, in PEM (issuer of type V(external)).
    #[serde(skip_serializing_if = "Option::is_none")]
    csr: Option<String>,
    /// What was set right without a new certificate.
    repairs: Vec<String>,
    /// What was removed: superseded versions, remains of earlier runs.
    retired: Vec<String>,
    #[serde(flatten)]
    facts: Option<CertificateFacts>,
}

/// What an entry adds to the result of a device.
pub(super) struct Told {
    pub(super) changed: bool,
    pub(super) certificates: Vec<DeployedCertificate>,
    pub(super) before: Value,
    pub(super) after: Value,
}

impl Told {
    pub(super) fn of(server: &str, entry: &Entry, done: &Result<Done<Removal>, Failed>) -> Self {
        match done {
            Ok(Done::Converged(report)) => Self::converged(server, entry, report, None),
            Ok(Done::Removed(removal)) => Self::removed(server, entry, removal),
            Err(Failed { message, report }) => {
                Self::converged(server, entry, report, Some(message))
            }
        }
    }

    fn converged(server: &str, entry: &Entry, report: &Report, failure: Option<&String>) -> Self {
        let base = || DeployedCertificate {
            failed: failure.is_some(),
            msg: failure.cloned(),
            repairs: report.repairs.clone(),
            retired: report.retired.clone(),
            ..DeployedCertificate::kept(server, &entry.name)
        };
        let mut certificates: Vec<DeployedCertificate> = report
            .variants
            .iter()
            .map(|it| with_variant(base(), it))
            .collect();
        if certificates.is_empty() {
            certificates.push(base());
        }
        let (before, after) = diff_sides(report, entry.wanted.names());
        Self {
            changed: report.changed,
            certificates,
            before,
            after,
        }
    }

    fn removed(server: &str, entry: &Entry, removal: &Removal) -> Self {
        let changed = !removal.objects.is_empty();
        let certificate = DeployedCertificate {
            appliance: server.to_owned(),
            name: entry.name.clone(),
            action: if changed { "remove" } else { "keep" },
            because: removal.kept.clone(),
            retired: removal.objects.clone(),
            ..DeployedCertificate::default()
        };
        Self {
            changed,
            certificates: vec![certificate],
            before: json!({"objects": removal.objects, "virtual_servers": removal.detached}),
            after: json!({"objects": [], "virtual_servers": []}),
        }
    }
}

fn with_variant(mut entry: DeployedCertificate, variant: &VariantReport) -> DeployedCertificate {
    entry.key = Some(variant.key);
    entry.action = variant.action.name();
    entry.reasons = variant.reasons.iter().map(Reason::name).collect();
    entry.because = reasons(variant);
    entry.proven = variant.proven;
    entry.waiting = variant.waiting.as_ref().map(|it| it.message.clone());
    entry.csr = variant.waiting.as_ref().map(|it| it.csr.to_pem());
    let now = OffsetDateTime::now_utc();
    entry.facts = variant
        .after
        .as_ref()
        .map(|it| CertificateFacts::of(it, now));
    entry
}

impl DeployedCertificate {
    /// What is told of a device that could not even be looked at.
    pub(super) fn failed(server: &str, name: &str, why: &str) -> Self {
        Self {
            failed: true,
            msg: Some(why.to_owned()),
            ..Self::kept(server, name)
        }
    }

    fn kept(server: &str, name: &str) -> Self {
        Self {
            appliance: server.to_owned(),
            name: name.to_owned(),
            action: "keep",
            ..Self::default()
        }
    }

    pub(super) fn status(&self) -> Status<'_> {
        Status {
            appliance: &self.appliance,
            certificate: &self.name,
            key: self.key,
            failed: self.failed,
            msg: self.msg.as_deref(),
            waiting: self.waiting.as_deref(),
            facts: self.facts.as_ref(),
        }
    }
}
