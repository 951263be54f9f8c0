//! Reports: one call in place of a list and the details of every entry.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::certificates::SslCertificate;
use super::domains::ValidationStatus;
use super::ssl_wire::Row;
use super::{Day, Id, Scm, ScmError, wire};
use crate::http::Call;

/// What the report of certificates is narrowed to. The members are numbers in the manual 25.5 and
/// strings of digits in the OpenAPI file 25.9; the manual is newer where both were seen at work.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReportFilter {
    /// SCM refuses a report without any filter, so this one is always there.
    pub(crate) certificate_status: ReportStatus,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) organization_ids: Vec<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) common_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) external_requester: Option<String>,
    /// Which date [`from`](Self::from) and [`to`](Self::to) are about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) certificate_date_attribute: Option<u8>,
    /// `YYYY-MM-DD`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
}

/// Which certificates a report has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ReportStatus {
    #[default]
    Any = 0,
    Requested = 1,
    Issued = 2,
    Revoked = 3,
    Expired = 4,
}

/// A row of the report of domains.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DomainRow {
    #[serde(deserialize_with = "wire::integer")]
    pub(crate) id: Id,
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) name: String,
    /// `Active` or `Suspended`.
    #[serde(default, rename = "status", deserialize_with = "wire::text")]
    state: String,
    #[serde(default)]
    dcv_status: Option<String>,
    /// The day on which the validation ends.
    #[serde(default)]
    pub(crate) sticky_until: Option<Day>,
}

impl DomainRow {
    /// May the domain be used?
    pub(crate) fn state(&self) -> Option<String> {
        Some(wire::word(&self.state)).filter(|it| !it.is_empty())
    }

    /// The report's own words for the state of a validation, in those that everything else uses.
    pub(crate) fn status(&self) -> Option<ValidationStatus> {
        let word = wire::word(self.dcv_status.as_deref()?);
        Some(match word.as_str() {
            "NOT_INITIATED" | "ACTION_REQUIRED" => ValidationStatus::NotValidated,
            other => ValidationStatus::from(other),
        })
    }
}

impl Scm {
    /// `POST /report/v1/ssl-certificates`
    pub(crate) async fn report_certificates(
        &self,
        filter: &ReportFilter,
    ) -> Result<Vec<SslCertificate>, ScmError> {
        let call = Call::ask(
            "report/v1/ssl-certificates",
            "make the report of SSL certificates",
        )
        .body(filter);
        let rows: Vec<Row> = self.report(&call).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// `POST /report/v1/domains`
    pub(crate) async fn report_domains(&self) -> Result<Vec<DomainRow>, ScmError> {
        let call = Call::ask("report/v1/domains", "make the report of domains")
            .body(&serde_json::json!({}));
        self.report(&call).await
    }

    async fn report<T: DeserializeOwned>(&self, call: &Call) -> Result<Vec<T>, ScmError> {
        let report: Report<T> = self.read(call).await?;
        match report.message {
            Some(message) if report.status_code.unwrap_or(0) != 0 => Err(ScmError::Refused {
                doing: call.doing.clone(),
                code: report.status_code,
                answer: message,
                status: 200,
            }),
            _ => Ok(report.reports),
        }
    }
}

impl Serialize for ReportStatus {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u8(*self as u8)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: DeserializeOwned")]
struct Report<T> {
    #[serde(default, deserialize_with = "wire::optional_integer")]
    status_code: Option<i64>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default, deserialize_with = "wire::list")]
    reports: Vec<T>,
}

/// [`ReportFilter::certificate_date_attribute`]: the last day of validity.
pub(crate) const BY_EXPIRATION: u8 = 3;
