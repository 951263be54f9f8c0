//! Domain control validation (DCV). Versions 1 and 2 have the same paths and bodies; the newer one
//! is used where both know a call, because the manual 25.5 calls the older `status` deprecated.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::domains::ValidationStatus;
use super::paging::End;
use super::{Day, Scm, ScmError, wire};
use crate::http::Call;

/// How control of a domain is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DcvMethod {
    Cname,
    Txt,
    Http,
    Https,
    Email,
}

/// An entry of the search.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DcvEntry {
    pub(crate) domain: String,
    #[serde(default)]
    pub(crate) dcv_status: Option<ValidationStatus>,
    /// `CNAME` or `CNAME_CSR_HASH`, as sources disagree.
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) dcv_method: String,
    #[serde(default)]
    pub(crate) dcv_order_status: Option<OrderStatus>,
    #[serde(default)]
    pub(crate) expiration_date: Option<Day>,
}

/// The state of one domain, with what has to be published for an open order.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DcvState {
    #[serde(default)]
    pub(crate) status: Option<ValidationStatus>,
    /// Not in lists.
    #[serde(default)]
    pub(crate) validation_date: Option<Day>,
    #[serde(default)]
    pub(crate) expiration_date: Option<Day>,
    #[serde(default)]
    pub(crate) order_status: Option<OrderStatus>,
    /// The short word, `CNAME`.
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) order_mode: String,
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) validation_email: String,
    #[serde(default)]
    pub(crate) next_check: Option<String>,
    #[serde(flatten)]
    pub(crate) proof: Proof,
}

/// What has to be published: a DNS record or a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Proof {
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) host: String,
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) point: String,
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) url: String,
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) first_line: String,
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) second_line: String,
    /// Addresses to choose from.
    #[serde(default, deserialize_with = "wire::list")]
    pub(crate) emails: Vec<String>,
}

wire::words! {
    OrderStatus {
        NotInitiated = "NOT_INITIATED",
        // The constant stands in no sample; both spellings are guesses of clients.
        AwaitingSubmission = "AWAITING_SUBMISSION",
        AwaitingSubmittal = "AWAITING_SUBMITTAL",
        Submitted = "SUBMITTED",
        Rejected = "REJECTED",
    }
}

impl Proof {
    pub(crate) fn is_empty(&self) -> bool {
        self.host.is_empty() && self.url.is_empty()
    }
}

impl DcvMethod {
    /// The word in paths.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Cname => "cname",
            Self::Txt => "txt",
            Self::Http => "http",
            Self::Https => "https",
            Self::Email => "email",
        }
    }

    /// Is `word` this method, in any of the spellings?
    pub(crate) fn is(self, word: &str) -> bool {
        let word = wire::word(word);
        let long = match self {
            Self::Cname => "CNAME_CSR_HASH",
            Self::Txt => "DNSTXT_RANDOM_VALUE",
            Self::Http => "HTTP_CSR_HASH",
            Self::Https => "HTTPS_CSR_HASH",
            Self::Email => "EMAIL",
        };
        word.eq_ignore_ascii_case(self.as_str()) || word == long
    }
}

impl Scm {
    /// `GET /dcv/v2/validation`: the state of every domain that the credentials may validate.
    pub(crate) async fn dcv_search(&self) -> Result<Vec<DcvEntry>, ScmError> {
        let call = Call::get("dcv/v2/validation", "list the validations of the domains");
        self.list(&call, End::NothingNew, |it: &DcvEntry| it.domain.clone())
            .await
    }

    /// `POST /dcv/v2/validation/status`
    pub(crate) async fn dcv_status(&self, domain: &str) -> Result<DcvState, ScmError> {
        let doing = format!("read the validation of domain {domain}");
        self.read(&Call::ask("dcv/v2/validation/status", doing).body(&OfDomain { domain }))
            .await
    }

    /// `POST …/start/domain/{method}`: tells what to publish. The answer is the same until the
    /// order is cleared, so it may be asked again.
    pub(crate) async fn dcv_start(
        &self,
        domain: &str,
        method: DcvMethod,
    ) -> Result<Proof, ScmError> {
        let path = format!("start/domain/{}", method.as_str());
        self.dcv(
            &path,
            domain,
            "start the validation of",
            &OfDomain { domain },
        )
        .await
    }

    /// `POST …/submit/domain/{method}`: the proof is in place, or (TXT) the answer tells what to
    /// publish. The OpenAPI file 25.9 gives the answer the members of `start`, so states may be
    /// missing in it.
    pub(crate) async fn dcv_submit(
        &self,
        domain: &str,
        method: DcvMethod,
        email: Option<&str>,
    ) -> Result<DcvState, ScmError> {
        let path = format!("submit/domain/{}", method.as_str());
        let body = Submission { domain, email };
        self.dcv(&path, domain, "submit the validation of", &body)
            .await
    }

    /// `POST …/sync?force=true`: has the CA look now and not in some hours.
    pub(crate) async fn dcv_sync(&self, domain: &str) -> Result<(), ScmError> {
        let doing = format!("have the validation of domain {domain} checked");
        let call = Call::ask("dcv/v2/validation/sync", doing)
            .query("force", "true")
            .body(&OfDomain { domain });
        self.send(&call).await.map(drop)
    }

    /// `POST …/clear`: forgets the order **and the validation** of the domain.
    pub(crate) async fn dcv_clear(&self, domain: &str) -> Result<(), ScmError> {
        let body = OfDomain { domain };
        self.dcv::<serde_json::Value>("clear", domain, "clear the validation of", &body)
            .await
            .map(drop)
    }

    async fn dcv<T: DeserializeOwned>(
        &self,
        path: &str,
        domain: &str,
        doing: &str,
        body: &impl Serialize,
    ) -> Result<T, ScmError> {
        let doing = format!("{doing} domain {domain}");
        let call = |version| Call::post(format!("dcv/{version}/validation/{path}"), doing.as_str());
        match self.read(&call("v2").body(body)).await {
            // The manual 25.5 documents these calls for version 1 only.
            Err(ScmError::NotFound { answer, .. }) if !answer.contains(NO_DOMAIN) => {
                self.read(&call("v1").body(body)).await
            }
            result => result,
        }
    }
}

#[derive(Serialize)]
struct OfDomain<'a> {
    domain: &'a str,
}

#[derive(Serialize)]
struct Submission<'a> {
    domain: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
}

/// SCM's number for a domain that is not there, as it stands in error texts.
const NO_DOMAIN: &str = "(-727)";
/// Only registered domains are validated, not names below them.
pub(crate) const NOT_HIGH_LEVEL: i64 = -723;
/// The order is in a state that does not allow it.
pub(crate) const WRONG_ORDER_STATE: i64 = -724;
