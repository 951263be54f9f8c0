//! The result of `panos_cert_deploy`.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::entry::Entry;
use crate::lifecycle::{Reason, Report};
use crate::modules::certificate_facts::{CertificateFacts, diff_sides, reasons};
use crate::modules::status_file::Status;
use crate::modules::wanted::{Done, Failed};
use crate::targets::panos::Removal;
use crate::x509::KeyType;

#[derive(Debug, Default, Serialize, JsonSchema)]
pub(in crate::modules) struct Returned {
    /// One entry for each certificate.
    pub(super) certificates: Vec<DeployedCertificate>,
    /// How many commits were made.
    pub(super) commits: usize,
}

/// A certificate in the result.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(in crate::modules) struct DeployedCertificate {
    /// The site.
    pub(super) name: String,
    /// Kind of the key. Missing with O(certificates[].state=absent).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    key: Option<KeyType>,
    /// What was done, or in check mode would be: V(keep), V(issue), V(activate) (an earlier run had
    /// prepared it), V(bind) (what is configured is committed), V(request) (key and CSR are made, the
    /// signature comes from elsewhere), V(wait) (for that signature), V(remove).
    action: &'static str,
    /// Why, a word each: V(missing), V(names_changed), V(key_changed), V(issuer_changed), V(expiring),
    /// V(ari_window), V(revoked), V(key_mismatch), V(chain_incomplete), V(not_bound), V(forced).
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
    pub(super) waiting: Option<String>,
    /// The request that waits for a signature, in PEM (issuer of type V(external)).
    #[serde(skip_serializing_if = "Option::is_none")]
    csr: Option<String>,
    /// What was removed: remains of earlier runs. Superseded certificates go with the next commit.
    retired: Vec<String>,
    #[serde(flatten)]
    facts: Option<CertificateFacts>,
}

/// What an entry adds to the result.
pub(super) struct Told {
    pub(super) changed: bool,
    pub(super) certificate: DeployedCertificate,
    pub(super) before: Value,
    pub(super) after: Value,
}

impl Told {
    pub(super) fn of(entry: &Entry, done: &Result<Done<Removal>, Failed>) -> Self {
        match done {
            Ok(Done::Converged(report)) => Self::converged(entry, report, None),
            Ok(Done::Removed(removal)) => Self::removed(entry, removal),
            Err(Failed { message, report }) => Self::converged(entry, report, Some(message)),
        }
    }

    fn converged(entry: &Entry, report: &Report, failure: Option<&String>) -> Self {
        let now = OffsetDateTime::now_utc();
        let mut certificate = DeployedCertificate {
            name: entry.name.clone(),
            action: "keep",
            failed: failure.is_some(),
            msg: failure.cloned(),
            retired: report.retired.clone(),
            ..DeployedCertificate::default()
        };
        if let Some(variant) = report.variants.first() {
            let waiting = variant.waiting.as_ref();
            certificate.key = Some(variant.key);
            certificate.action = variant.action.name();
            certificate.reasons = variant.reasons.iter().map(Reason::name).collect();
            certificate.because = reasons(variant);
            certificate.proven = variant.proven;
            certificate.waiting = waiting.map(|it| it.message.clone());
            certificate.csr = waiting.map(|it| it.csr.to_pem());
            certificate.facts = variant
                .after
                .as_ref()
                .map(|it| CertificateFacts::of(it, now));
        }
        let (before, after) = diff_sides(report, entry.wanted.names());
        Self {
            changed: report.changed,
            certificate,
            before,
            after,
        }
    }

    fn removed(entry: &Entry, removal: &Removal) -> Self {
        let changed = !removal.objects.is_empty() || !removal.detached.is_empty();
        Self {
            changed,
            certificate: DeployedCertificate {
                name: entry.name.clone(),
                action: if changed { "remove" } else { "keep" },
                because: removal.kept.clone(),
                retired: removal.objects.clone(),
                ..DeployedCertificate::default()
            },
            before: json!({"objects": removal.objects, "services": removal.detached}),
            after: json!({"objects": [], "services": []}),
        }
    }
}

impl DeployedCertificate {
    /// Of the certificate in service.
    pub(super) fn facts(&self) -> Option<&CertificateFacts> {
        self.facts.as_ref()
    }

    /// Did this run put it into service?
    pub(super) fn is_new(&self) -> bool {
        matches!(self.action, "issue" | "activate")
    }

    pub(super) fn status<'a>(&'a self, device: &'a str) -> Status<'a> {
        Status {
            appliance: device,
            certificate: &self.name,
            key: self.key,
            failed: self.failed,
            msg: self.msg.as_deref(),
            waiting: self.waiting.as_deref(),
            facts: self.facts.as_ref(),
        }
    }
}
