//! How a certificate of SCM looks in results, the same in every module.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use time::Date;

use crate::clients::scm::certificates::{SslCertificate, scm_serial};
use crate::clients::scm::{Day, Id};

/// A certificate, or a request for one, in SCM. What SCM does not tell is left out.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CertificateEntry {
    /// Its number in SCM.
    id: Id,
    /// Common name.
    common_name: String,
    /// Subject alternative names.
    names: Vec<String>,
    /// C(REQUESTED), C(APPROVED), C(APPLIED), C(ISSUED), C(DECLINED), C(REJECTED), C(INVALID),
    /// C(REVOKED), C(EXPIRED), C(REPLACED).
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// Number of the organization or department.
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<Id>,
    /// Number of the profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<Id>,
    /// Name of the profile.
    #[serde(skip_serializing_if = "String::is_empty")]
    profile_name: String,
    /// Days of validity that were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    term: Option<i64>,
    /// Serial number as SCM shows it, C(0A:1B).
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<String>,
    /// Issuer.
    #[serde(skip_serializing_if = "String::is_empty")]
    issuer: String,
    /// Kind of the key, C(EC - P-256).
    #[serde(skip_serializing_if = "String::is_empty")]
    key: String,
    /// The administrator who asked for it.
    #[serde(skip_serializing_if = "String::is_empty")]
    requester: String,
    /// Addresses of those for whom it was asked.
    #[serde(skip_serializing_if = "String::is_empty")]
    external_requester: String,
    /// Text for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    comments: String,
    /// How it was asked for, C(REST API) or C(ACME).
    #[serde(skip_serializing_if = "String::is_empty")]
    requested_via: String,
    /// The day on which it was asked for, C(YYYY-MM-DD), like all days here.
    #[serde(skip_serializing_if = "Option::is_none")]
    requested: Option<String>,
    /// The day on which it was approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    approved: Option<String>,
    /// The day on which it was declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    declined: Option<String>,
    /// The day on which it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    issued: Option<String>,
    /// The last day of its validity.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    /// Days until then; negative if it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    days_left: Option<i64>,
    /// The day on which it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked: Option<String>,
    /// Why, by the numbers of RFC 5280.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_code: Option<i64>,
    /// The day on which it got another key.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced: Option<String>,
    /// Has it a successor?
    #[serde(skip_serializing_if = "Option::is_none")]
    renewed: Option<bool>,
    /// Values of custom fields.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    custom_fields: BTreeMap<String, String>,
}

impl CertificateEntry {
    pub(super) fn of(certificate: SslCertificate, today: Date) -> Self {
        let text = |day: Option<Day>| day.map(|it| it.to_string());
        let days_left = certificate
            .expires
            .as_ref()
            .and_then(|it| it.days_from(today));
        Self {
            id: certificate.id,
            common_name: certificate.common_name,
            names: certificate.names,
            status: certificate.status.map(|it| it.as_str().to_owned()),
            organization: certificate.organization,
            profile: certificate.profile,
            profile_name: certificate.profile_name,
            term: certificate.term,
            serial: certificate.serial.as_deref().map(scm_serial),
            issuer: certificate.issuer,
            key: certificate.key,
            requester: certificate.requester,
            external_requester: certificate.external_requester,
            comments: certificate.comments,
            requested_via: certificate.requested_via,
            requested: text(certificate.requested),
            approved: text(certificate.approved),
            declined: text(certificate.declined),
            issued: text(certificate.issued),
            days_left,
            expires: text(certificate.expires),
            revoked: text(certificate.revoked),
            reason_code: certificate.reason_code,
            replaced: text(certificate.replaced),
            renewed: certificate.renewed,
            custom_fields: certificate.custom_fields,
        }
    }
}
