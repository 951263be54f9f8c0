//! `sectigo_certificate_info`: the certificates in SCM.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::{Date, Duration, OffsetDateTime};

use super::sectigo::failure;
use super::sectigo_certificate_entry::CertificateEntry;
use super::{Doc, Module, SeeAlso};
use crate::ansible::{Failure, Outcome};
use crate::clients::scm::certificates::{Filter, SslCertificate, SslStatus};
use crate::clients::scm::reports::{BY_EXPIRATION, ReportFilter, ReportStatus};
use crate::clients::scm::{Id, Scm, ScmError, ScmOptions};
use crate::context::Context;

pub(super) struct SectigoCertificateInfo;

#[derive(Deserialize, JsonSchema)]
pub(super) struct Options {
    scm: ScmOptions,
    /// Number of one certificate; other filters are not looked at then.
    id: Option<Id>,
    /// Organization or department, by name or id.
    organization: Option<String>,
    /// Department, by name or id.
    department: Option<String>,
    /// Common name. Like all filters of text it is compared as SCM likes to.
    common_name: Option<String>,
    /// A subject alternative name.
    subject_alternative_name: Option<String>,
    /// State, such as V(Issued) or V(Requested).
    status: Option<String>,
    /// Certificates that end within so many days.
    expires_within: Option<u32>,
    /// Number of the certificate profile.
    profile: Option<Id>,
    /// Serial number, in any spelling.
    serial: Option<String>,
    /// Who issued it.
    issuer: Option<String>,
    /// The CA's company.
    vendor: Option<String>,
    /// The administrator who asked for it.
    requester: Option<String>,
    /// An address for which it was asked.
    external_requester: Option<String>,
    /// How it was asked for, such as V(REST) or V(ACME).
    requested_via: Option<String>,
    /// State of an installation by SCM itself, such as V(NOT_STARTED).
    install_status: Option<String>,
    /// State of a renewal by SCM itself, such as V(NOT_SCHEDULED).
    renewal_status: Option<String>,
    /// Algorithm of the signature.
    signature_algorithm: Option<String>,
    /// Algorithm of the key.
    key_algorithm: Option<String>,
    /// Size or curve of the key.
    key_param: Option<String>,
    /// SHA-1 fingerprint.
    sha1_hash: Option<String>,
    /// SHA-256 fingerprint.
    sha256_hash: Option<String>,
    /// MD5 fingerprint.
    md5_hash: Option<String>,
    /// A key usage.
    key_usage: Option<String>,
    /// An extended key usage.
    extended_key_usage: Option<String>,
    /// Read the details of each certificate, one call each, where a list has to be used. Without
    /// it entries of lists have C(id), C(common_name), C(names) and C(serial) only.
    #[serde(default)]
    details: bool,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Returned {
    /// The certificates, oldest first.
    certificates: Vec<CertificateEntry>,
}

impl Module for SectigoCertificateInfo {
    const DOC: Doc = Doc {
        name: "sectigo_certificate_info",
        short_description: "The certificates in Sectigo Certificate Manager",
        description: &[
            "Lists certificates and requests of all ways of ordering, ACME included, with what SCM knows of them.",
        ],
        sectigo: true,
        info: true,
        notes: &[
            "Filters by organization, O(common_name), O(status), O(external_requester) and O(expires_within) are \
             answered by a report: one call for any number of certificates, with all facts. Other filters, and \
             credentials that may make no reports, need the list: a call for 200 entries, and with O(details) one more \
             for each.",
        ],
        seealso: &[
            SeeAlso::Module("sectigo_certificate"),
            SeeAlso::Module("sectigo_domain_info"),
        ],
        examples: r#"
- name: What ends within a month
  certwright.fleet.sectigo_certificate_info:
    organization: Example University
    status: Issued
    expires_within: 30
    scm:
      login: web-team
      password: "{{ vault_scm_password }}"
      customer_uri: university
  register: ending

- name: Which certificate is this?
  certwright.fleet.sectigo_certificate_info:
    serial: "0A:1B:2C"
    details: true
"#,
    };
    type Options = Options;
    type Returned = Returned;

    async fn run(options: Options, context: &Context) -> Result<Outcome<Returned>, Failure> {
        let scm = Scm::connect(&options.scm, context).map_err(|it| failure(&it))?;
        let today = OffsetDateTime::now_utc().date();
        let mut found = search(&scm, &options, today)
            .await
            .map_err(|it| failure(&it))?;
        found.sort_by_key(|it| it.id);
        Ok(Outcome {
            changed: false,
            msg: None,
            diff: None,
            manual_actions: Vec::new(),
            returned: Returned {
                certificates: found
                    .into_iter()
                    .map(|it| CertificateEntry::of(it, today))
                    .collect(),
            },
        })
    }
}

async fn search(
    scm: &Scm,
    options: &Options,
    today: Date,
) -> Result<Vec<SslCertificate>, ScmError> {
    if let Some(id) = options.id {
        return Ok(vec![scm.ssl_certificate(id).await?]);
    }
    let place = (
        options.organization.as_deref(),
        options.department.as_deref(),
    );
    let organization = match place {
        (None, None) => None,
        (organization, department) => Some(scm.find_organization(organization, department).await?),
    };
    let only_list = options.only_list();
    if only_list.0.is_empty() && options.serial.is_none() {
        match scm
            .report_certificates(&options.report(organization, today))
            .await
        {
            Err(error) if !error.ends_all() => {}
            result => return result.map(|rows| options.exact(rows, today)),
        }
    }
    let filter = options.list(only_list, organization);
    let mut listed = match &options.serial {
        Some(serial) => scm.ssl_certificates_with_serial(&filter, serial).await?,
        None => scm.ssl_certificates(&filter).await?,
    };
    // Only the details tell until when a certificate is valid.
    if options.details || options.expires_within.is_some() {
        for certificate in &mut listed {
            *certificate = scm.ssl_certificate(certificate.id).await?;
        }
        return Ok(options.exact(listed, today));
    }
    Ok(listed)
}

impl Options {
    /// Filters that reports do not have.
    fn only_list(&self) -> OnlyList {
        let texts = [
            ("subjectAlternativeName", &self.subject_alternative_name),
            ("issuer", &self.issuer),
            ("vendor", &self.vendor),
            ("requester", &self.requester),
            ("requestedVia", &self.requested_via),
            ("installStatus", &self.install_status),
            ("renewalStatus", &self.renewal_status),
            ("signatureAlgorithm", &self.signature_algorithm),
            ("keyAlgorithm", &self.key_algorithm),
            ("keyParam", &self.key_param),
            ("sha1Hash", &self.sha1_hash),
            ("sha256Hash", &self.sha256_hash),
            ("md5Hash", &self.md5_hash),
            ("keyUsage", &self.key_usage),
            ("extendedKeyUsage", &self.extended_key_usage),
        ];
        let mut pairs: Vec<(&'static str, String)> = texts
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?)))
            .collect();
        pairs.extend(self.profile.map(|it| ("sslTypeId", it.to_string())));
        OnlyList(pairs)
    }

    fn list(&self, only: OnlyList, organization: Option<Id>) -> Filter {
        let filter = Filter::default()
            .with_some("commonName", self.common_name.as_deref())
            .with_some("status", self.status.as_deref())
            .with_some("externalRequester", self.external_requester.as_deref())
            .with_some("orgId", organization.map(|it| it.to_string()).as_deref());
        only.0
            .into_iter()
            .fold(filter, |filter, (name, value)| filter.with(name, value))
    }

    fn report(&self, organization: Option<Id>, today: Date) -> ReportFilter {
        // A day more on both sides, since nobody says at what hour and where SCM's days begin:
        // `exact` has the last word.
        let from = self
            .expires_within
            .map(|_| today.saturating_sub(Duration::DAY));
        let to = self
            .expires_within
            .map(|it| today.saturating_add(Duration::days(i64::from(it) + 1)));
        ReportFilter {
            certificate_status: match self.status.as_deref().map(SslStatus::from) {
                Some(SslStatus::Requested | SslStatus::AwaitingApproval) => ReportStatus::Requested,
                Some(SslStatus::Issued) => ReportStatus::Issued,
                Some(SslStatus::Revoked) => ReportStatus::Revoked,
                Some(SslStatus::Expired) => ReportStatus::Expired,
                _ => ReportStatus::Any,
            },
            organization_ids: organization.into_iter().collect(),
            common_name: self.common_name.clone(),
            external_requester: self.external_requester.clone(),
            certificate_date_attribute: to.map(|_| BY_EXPIRATION),
            from: from.map(|it| it.to_string()),
            to: to.map(|it| it.to_string()),
        }
    }

    /// What can be compared here is, whatever SCM makes of its filters.
    fn exact(&self, rows: Vec<SslCertificate>, today: Date) -> Vec<SslCertificate> {
        let status = self.status.as_deref().map(SslStatus::from);
        rows.into_iter()
            .filter(|it| {
                status
                    .as_ref()
                    .is_none_or(|wanted| it.status.as_ref().is_some_and(|own| own.is_like(wanted)))
            })
            .filter(|it| {
                let Some(most) = self.expires_within else {
                    return true;
                };
                let left = it.expires.as_ref().and_then(|day| day.days_from(today));
                left.is_some_and(|left| (0..=i64::from(most)).contains(&left))
            })
            .collect()
    }
}

/// Pairs for [`Filter`].
struct OnlyList(Vec<(&'static str, String)>);
