//! How certificates look in results and diffs, the same in every module.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::lifecycle::{Held, Report, VariantReport};

/// Facts of one certificate.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CertificateFacts {
    /// DNS names, sorted.
    pub(crate) names: Vec<String>,
    /// Subject, as a distinguished name.
    pub(crate) subject: String,
    /// Issuer, as a distinguished name.
    pub(crate) issuer: String,
    /// Serial number, hexadecimal.
    pub(crate) serial: String,
    /// First moment of validity (RFC 3339, UTC).
    pub(crate) not_before: String,
    /// Last moment of validity (RFC 3339, UTC).
    pub(crate) not_after: String,
    /// Whole days until then; negative if it is over.
    pub(crate) days_left: i64,
    /// SHA-256 fingerprint of the certificate, hexadecimal. Some appliances do not show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sha256_fingerprint: Option<String>,
}

impl CertificateFacts {
    pub(crate) fn of(certificate: &Held, now: OffsetDateTime) -> Self {
        Self {
            names: certificate.names.clone(),
            subject: certificate.subject.clone(),
            issuer: certificate.issuer.clone(),
            serial: certificate.serial.clone(),
            not_before: rfc3339(certificate.not_before),
            not_after: rfc3339(certificate.not_after),
            days_left: (certificate.not_after - now).whole_days(),
            sha256_fingerprint: certificate.fingerprint.clone(),
        }
    }
}

/// The two sides of a diff. They hold only what is known beforehand, so that check mode and run
/// show the same.
pub(crate) fn diff_sides(report: &Report, wanted_names: &[String]) -> (Value, Value) {
    let mut before = Map::new();
    let mut after = Map::new();
    for variant in &report.variants {
        let key = variant.key.algorithm().name().to_owned();
        let old = variant.before.as_ref().map(side);
        let new = if variant.action.replaces() {
            Some(json!({
                "names": wanted_names,
                "key": variant.key,
                "action": variant.action.name(),
                "because": reasons(variant),
            }))
        } else if variant.action.writes() {
            let mut side = old.clone().unwrap_or_else(|| json!({}));
            side["action"] = json!(variant.action.name());
            side["because"] = json!(reasons(variant));
            Some(side)
        } else {
            old.clone()
        };
        before.insert(key.clone(), old.unwrap_or(Value::Null));
        after.insert(key, new.unwrap_or(Value::Null));
    }
    for (name, done) in [("repairs", &report.repairs), ("discards", &report.discards)] {
        if !done.is_empty() {
            after.insert(name.to_owned(), json!(done));
        }
    }
    (Value::Object(before), Value::Object(after))
}

/// A variant's reasons in words.
pub(crate) fn reasons(variant: &VariantReport) -> Vec<String> {
    variant.reasons.iter().map(ToString::to_string).collect()
}

fn side(certificate: &Held) -> Value {
    json!({
        "names": certificate.names,
        "key": certificate.key_type,
        "serial": certificate.serial,
        "issuer": certificate.issuer,
        "not_after": rfc3339(certificate.not_after),
    })
}

pub(crate) fn rfc3339(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}
