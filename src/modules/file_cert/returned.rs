//! The result of `file_cert_deploy`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;

use crate::lifecycle::{Reason, Report, SiteSpec};
use crate::modules::certificate_facts::{CertificateFacts, reasons};
use crate::targets::files::Layout;
use crate::x509::KeyType;

#[derive(Debug, Default, Serialize, JsonSchema)]
pub(in crate::modules) struct Returned {
    /// The site.
    pub(super) name: String,
    /// One entry for each kind of key.
    pub(super) certificates: Vec<DeployedCertificate>,
    /// Requests that wait for a signature, by kind of key, in PEM (issuer of type V(external)).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("x-type" = "raw"))]
    pub(super) csrs: BTreeMap<&'static str, String>,
    /// What was set right without a new certificate.
    pub(super) repairs: Vec<String>,
    /// Versions and remains that were removed.
    pub(super) retired: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::modules) struct DeployedCertificate {
    /// Kind of the key.
    #[schemars(with = "String")]
    key: KeyType,
    /// What was done, or in check mode would be: V(keep), V(issue), V(activate) (an earlier run had
    /// prepared it), V(bind) (the server is made to take notice), V(request) (key and CSR are made,
    /// the signature comes from elsewhere), or V(wait) (for that signature).
    action: &'static str,
    /// Why, a word each: V(missing), V(names_changed), V(key_changed), V(issuer_changed), V(expiring),
    /// V(ari_window), V(revoked), V(key_mismatch), V(chain_incomplete), V(not_bound), V(forced).
    reasons: Vec<&'static str>,
    /// Why, in sentences.
    because: Vec<String>,
    /// Did a handshake show the certificate?
    proven: bool,
    /// What is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<String>,
    /// The files to name in a server's configuration. They stay the same when the certificate
    /// changes.
    paths: Paths,
    #[serde(flatten)]
    facts: Option<CertificateFacts>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Paths {
    /// The key, PKCS#8 in PEM.
    privkey: String,
    /// The certificate alone.
    cert: String,
    /// The intermediates.
    chain: String,
    /// Certificate and intermediates.
    fullchain: String,
    /// Everything as PKCS#12, if O(pkcs12) is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    keystore: Option<String>,
}

/// The result of a run, also of one that ended early.
pub(super) fn returned(
    spec: &SiteSpec,
    report: &Report,
    layout: &Layout,
    has_keystore: bool,
) -> Returned {
    let now = OffsetDateTime::now_utc();
    let certificates = report
        .variants
        .iter()
        .map(|variant| {
            let path = |file: &str| {
                let path = layout.in_service(variant.key.algorithm(), file);
                path.to_string_lossy().into_owned()
            };
            DeployedCertificate {
                key: variant.key,
                action: variant.action.name(),
                reasons: variant.reasons.iter().map(Reason::name).collect(),
                because: reasons(variant),
                proven: variant.proven,
                waiting: variant.waiting.as_ref().map(|it| it.message.clone()),
                paths: Paths {
                    privkey: path("privkey.pem"),
                    cert: path("cert.pem"),
                    chain: path("chain.pem"),
                    fullchain: path("fullchain.pem"),
                    keystore: has_keystore.then(|| path("keystore.p12")),
                },
                facts: variant
                    .after
                    .as_ref()
                    .map(|it| CertificateFacts::of(it, now)),
            }
        })
        .collect();
    Returned {
        name: spec.name.clone(),
        certificates,
        csrs: report
            .variants
            .iter()
            .filter_map(|it| Some((it.key.name(), it.waiting.as_ref()?.csr.to_pem())))
            .collect(),
        repairs: report.repairs.clone(),
        retired: report.retired.clone(),
    }
}

/// The run in one line.
pub(super) fn summary(report: &Report) -> String {
    report
        .variants
        .iter()
        .map(|it| {
            let why = reasons(it);
            if why.is_empty() {
                format!("{}: {}", it.key, it.action.name())
            } else {
                format!("{}: {} ({})", it.key, it.action.name(), why.join("; "))
            }
        })
        .collect::<Vec<_>>()
        .join(", ")
}
