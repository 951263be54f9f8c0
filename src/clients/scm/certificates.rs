//! SSL certificates in SCM: one record is an order first and a certificate later.

use std::collections::BTreeMap;

use super::paging::End;
use super::ssl_wire::{Details, ListItem};
use super::{Day, Id, Scm, ScmError, wire};
use crate::http::Call;

/// What SCM says of one certificate. What a source does not tell is empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct SslCertificate {
    pub(crate) id: Id,
    pub(crate) common_name: String,
    /// Lower-case; the common name is among them or not, as SCM likes.
    pub(crate) names: Vec<String>,
    pub(crate) organization: Option<Id>,
    pub(crate) profile: Option<Id>,
    pub(crate) profile_name: String,
    pub(crate) status: Option<SslStatus>,
    pub(crate) term: Option<i64>,
    pub(crate) requester: String,
    pub(crate) external_requester: String,
    pub(crate) comments: String,
    pub(crate) requested_via: String,
    pub(crate) key: String,
    pub(crate) issuer: String,
    /// Lower-case hexadecimal digits without leading zeros; `None` before it is issued.
    pub(crate) serial: Option<String>,
    pub(crate) requested: Option<Day>,
    pub(crate) approved: Option<Day>,
    pub(crate) declined: Option<Day>,
    pub(crate) issued: Option<Day>,
    pub(crate) expires: Option<Day>,
    pub(crate) revoked: Option<Day>,
    pub(crate) replaced: Option<Day>,
    /// A younger certificate has taken its place. The report does not tell.
    pub(crate) renewed: Option<bool>,
    pub(crate) reason_code: Option<i64>,
    pub(crate) custom_fields: BTreeMap<String, String>,
}

wire::words! {
    /// Where a record is between request and end.
    SslStatus {
        Init = "INIT",
        Requested = "REQUESTED",
        Approved = "APPROVED",
        Applied = "APPLIED",
        Issued = "ISSUED",
        Declined = "DECLINED",
        Rejected = "REJECTED",
        Invalid = "INVALID",
        Revoked = "REVOKED",
        Expired = "EXPIRED",
        Replaced = "REPLACED",
        // Older words for the same, still in reports.
        AwaitingApproval = "AWAITING_APPROVAL",
        Downloaded = "DOWNLOADED",
        PendingDownload = "ENROLLED___PENDING_DOWNLOAD",
    }
}

/// What a list can be narrowed by. SCM does not say how it compares, so callers compare again where
/// it matters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter(Vec<(&'static str, String)>);

impl Filter {
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// As [`Filter::with`], if there is a value.
    pub(crate) fn with_some(self, name: &'static str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The other spelling of words that SCM's documents spell differently; `None` if there are no
    /// such words in it.
    fn respelled(&self) -> Option<Self> {
        let mut changed = false;
        let pairs = self.0.iter().map(|(name, value)| {
            let label = SPELLED_TWICE.contains(name).then(|| label(value));
            match label {
                Some(label) if label != *value => {
                    changed = true;
                    (*name, label)
                }
                _ => (*name, value.clone()),
            }
        });
        let pairs = pairs.collect();
        changed.then_some(Self(pairs))
    }
}

impl SslStatus {
    /// Older words mean the same as today's.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let today = |it: &Self| match it {
            Self::AwaitingApproval => Self::Requested,
            Self::Downloaded | Self::PendingDownload => Self::Issued,
            other => other.clone(),
        };
        today(self) == today(other)
    }
}

impl Scm {
    /// `GET /ssl/v1`: id, names and, once issued, serial number of every match.
    pub(crate) async fn ssl_certificates(
        &self,
        filter: &Filter,
    ) -> Result<Vec<SslCertificate>, ScmError> {
        match self.filtered(filter).await {
            Err(error @ ScmError::Refused { .. }) => match filter.respelled() {
                Some(other) => self.filtered(&other).await,
                None => Err(error),
            },
            result => result,
        }
    }

    /// The same with one serial number, in any spelling. In which one SCM compares is not
    /// documented.
    pub(crate) async fn ssl_certificates_with_serial(
        &self,
        filter: &Filter,
        serial: &str,
    ) -> Result<Vec<SslCertificate>, ScmError> {
        let plain = plain_serial(serial);
        let with_colons = scm_serial(serial);
        for spelling in [with_colons.clone(), with_colons.replace(':', "")] {
            let filter = filter.clone().with("serialNumber", spelling);
            let mut listed = self.ssl_certificates(&filter).await?;
            listed.retain(|it| it.serial.as_ref() == Some(&plain));
            if !listed.is_empty() {
                return Ok(listed);
            }
        }
        Ok(Vec::new())
    }

    async fn filtered(&self, filter: &Filter) -> Result<Vec<SslCertificate>, ScmError> {
        let mut call = Call::get("ssl/v1", "list the SSL certificates");
        for (name, value) in &filter.0 {
            call = call.query(name, value);
        }
        let items = self
            .list(&call, End::NothingNew, |it: &ListItem| it.ssl_id)
            .await?;
        Ok(items.into_iter().map(Into::into).collect())
    }

    /// `GET /ssl/v1/{id}`
    pub(crate) async fn ssl_certificate(&self, id: Id) -> Result<SslCertificate, ScmError> {
        let call = Call::get(format!("ssl/v1/{id}"), format!("read SSL certificate {id}"))
            .query("dateFormat", "ISO");
        let mut found: SslCertificate = self.read::<Details>(&call).await?.into();
        // One document calls it `sslId`, the other `id`, and one of them is enough.
        found.id = id;
        Ok(found)
    }
}

/// One spelling of a serial number: SCM writes colons, others leading zeros.
pub(crate) fn plain_serial(text: &str) -> String {
    let digits: String = text
        .chars()
        .filter(char::is_ascii_hexdigit)
        .collect::<String>()
        .to_ascii_lowercase();
    digits.trim_start_matches('0').to_owned()
}

/// The spelling in which SCM shows a serial number, and takes it in paths: `0A:1B`.
pub(crate) fn scm_serial(text: &str) -> String {
    let mut digits = plain_serial(text).to_ascii_uppercase();
    if digits.len() % 2 == 1 {
        digits.insert(0, '0');
    }
    let pairs: Vec<&str> = digits
        .as_bytes()
        .chunks(2)
        .filter_map(|it| str::from_utf8(it).ok())
        .collect();
    pairs.join(":")
}

/// `NOT_SCHEDULED` as the OpenAPI file has it: `Not scheduled`. `REST` is `REST API` there.
fn label(constant: &str) -> String {
    if constant == "REST" {
        return "REST API".to_owned();
    }
    let words = constant.to_ascii_lowercase().replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + letters.as_str()
    })
}

/// Constants in the manual 25.5, labels in the OpenAPI file 25.9.
const SPELLED_TWICE: [&str; 4] = ["installStatus", "renewalStatus", "requestedVia", "status"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_have_one_spelling() {
        assert_eq!(plain_serial("00:0A:1B"), "a1b");
        assert_eq!(plain_serial("0a1b"), "a1b");
        assert_eq!(scm_serial("a1b"), "0A:1B");
        assert_eq!(scm_serial("0A:1B"), "0A:1B");
    }

    #[test]
    fn filters_are_spelled_another_way_where_documents_differ() {
        let filter = Filter::default()
            .with("commonName", "A_B")
            .with("renewalStatus", "NOT_SCHEDULED")
            .with("requestedVia", "REST");
        assert_eq!(
            filter.respelled().map(|it| it.0),
            Some(vec![
                ("commonName", "A_B".to_owned()),
                ("renewalStatus", "Not scheduled".to_owned()),
                ("requestedVia", "REST API".to_owned()),
            ])
        );
        assert!(
            Filter::default()
                .with("commonName", "X")
                .respelled()
                .is_none()
        );
    }

    #[test]
    fn old_words_are_known() {
        for (text, expected) in [
            ("Enrolled - Pending Download", SslStatus::PendingDownload),
            ("Awaiting Approval", SslStatus::AwaitingApproval),
            ("issued", SslStatus::Issued),
        ] {
            assert_eq!(SslStatus::from(text), expected);
        }
        assert!(SslStatus::Issued.is_like(&SslStatus::Downloaded));
        assert!(SslStatus::AwaitingApproval.is_like(&SslStatus::Requested));
        assert!(!SslStatus::Issued.is_like(&SslStatus::Requested));
    }
}
