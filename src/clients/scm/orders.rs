//! Ordering SSL certificates, and everything that changes them afterwards.

use serde::{Deserialize, Serialize};

use super::{Id, Scm, ScmError, wire};
use crate::http::Call;

/// `POST /ssl/v1/enroll`, SCM REST API 25.5. There is no idempotency key: sent twice, it is two
/// orders.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Enrollment<'a> {
    pub(crate) org_id: Id,
    pub(crate) csr: &'a str,
    /// Names separated by commas. Names in the CSR do not count (python-cert_manager #89).
    pub(crate) subj_alt_names: String,
    pub(crate) cert_type: Id,
    pub(crate) term: i64,
    pub(crate) comments: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) external_requester: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) custom_fields: Vec<FieldValue<'a>>,
}

/// The value of a custom field.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FieldValue<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a str,
}

/// `POST /ssl/v1/replace/{id}`: here the names are a list.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Replacement<'a> {
    pub(crate) csr: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) common_name: &'a str,
    pub(crate) subject_alternative_names: &'a [String],
}

/// What collecting brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Collected {
    Pem(String),
    /// In one of the many ways in which SCM says so; these are its words.
    NotReady(String),
}

impl Scm {
    /// Orders a certificate and tells its number.
    pub(crate) async fn enroll(&self, enrollment: &Enrollment<'_>) -> Result<Id, ScmError> {
        let call = Call::post("ssl/v1/enroll", "order an SSL certificate").body(enrollment);
        self.read::<Ordered>(&call).await.map(|it| it.ssl_id)
    }

    /// `POST /ssl/v1/approve/{id}` or `/decline/{id}`
    pub(crate) async fn decide_on(
        &self,
        id: Id,
        approve: bool,
        message: &str,
    ) -> Result<(), ScmError> {
        let verb = if approve { "approve" } else { "decline" };
        let call = Call::post(
            format!("ssl/v1/{verb}/{id}"),
            format!("{verb} the SSL certificate request {id}"),
        )
        .body(&serde_json::json!({"message": message}));
        self.send(&call).await.map(drop)
    }

    /// `GET /ssl/v1/collect/{id}`
    pub(crate) async fn collect(&self, id: Id, format: &str) -> Result<Collected, ScmError> {
        let call = Call::get(
            format!("ssl/v1/collect/{id}"),
            format!("collect SSL certificate {id}"),
        )
        .query("format", format);
        match self.send(&call).await {
            Ok(reply) if reply.body.iter().all(u8::is_ascii_whitespace) => {
                Ok(Collected::NotReady("an empty answer".to_owned()))
            }
            // Bytes, whatever the header says of their character set.
            Ok(reply) => Ok(Collected::Pem(
                String::from_utf8_lossy(&reply.body).into_owned(),
            )),
            Err(ScmError::Refused {
                code: Some(code),
                answer,
                ..
            }) if NOT_READY.contains(&code) => Ok(Collected::NotReady(answer)),
            // Plain text, "Being processed by Sectigo".
            Err(ScmError::Unexpected {
                status: 400,
                answer,
                ..
            }) => Ok(Collected::NotReady(answer)),
            Err(error) => Err(error),
        }
    }

    /// `POST /ssl/v1/renewById/{id}`: another order with the names, profile and term of this one.
    /// The body is an object; a bare string is refused (python-cert_manager #220).
    pub(crate) async fn renew(&self, id: Id, csr: &str) -> Result<Id, ScmError> {
        let call = Call::post(
            format!("ssl/v1/renewById/{id}"),
            format!("renew SSL certificate {id}"),
        )
        .body(&serde_json::json!({"csr": csr}));
        self.read::<Ordered>(&call).await.map(|it| it.ssl_id)
    }

    /// `POST /ssl/v1/renew/manual/{id}`: notes that `newer` has taken the place of `id`, so that
    /// nobody is reminded of its end.
    pub(crate) async fn mark_renewed(&self, id: Id, newer: Id) -> Result<(), ScmError> {
        let call = Call::post(
            format!("ssl/v1/renew/manual/{id}"),
            format!("mark SSL certificate {id} as renewed"),
        )
        .body(&serde_json::json!({"id": newer}));
        self.send(&call).await.map(drop)
    }

    /// The certificate gets another key and perhaps other names; number and last day stay.
    pub(crate) async fn replace(&self, id: Id, by: &Replacement<'_>) -> Result<(), ScmError> {
        let call = Call::post(
            format!("ssl/v1/replace/{id}"),
            format!("replace SSL certificate {id}"),
        )
        .body(by);
        self.send(&call).await.map(drop)
    }

    /// `POST /ssl/v1/revoke/{id}`. `code` is a reason of RFC 5280 §5.3.1; SCM takes 0, 1, 3, 4 and
    /// 5, as a number.
    pub(crate) async fn revoke(&self, id: Id, code: u8, reason: &str) -> Result<(), ScmError> {
        let call = Call::post(
            format!("ssl/v1/revoke/{id}"),
            format!("revoke SSL certificate {id}"),
        )
        .body(&serde_json::json!({"reasonCode": code, "reason": reason}));
        self.send(&call).await.map(drop)
    }
}

/// The reply of a renewal has no `renewId`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ordered {
    #[serde(deserialize_with = "wire::integer")]
    ssl_id: Id,
}

/// "Not yet" at collecting, from manuals and from clients' records; no source says which applies
/// when.
const NOT_READY: [i64; 7] = [0, -23, -103, -109, -183, -1113, -1400];

/// The request is not in a state in which it could be approved or declined.
pub(crate) const WRONG_STATE: i64 = -1112;
/// EV: who requested may not approve.
pub(crate) const OWN_REQUEST: i64 = -1140;
/// It is revoked already, or (-102) not in a state in which it could be.
pub(crate) const REVOKED_ALREADY: [i64; 2] = [-159, -102];
/// The profile or the state of the certificate does not let it be renewed.
pub(crate) const NOT_RENEWABLE: [i64; 4] = [-180, -130, -123, -105];
/// A custom field that must be filled in is not.
pub(crate) const FIELD_MISSING: i64 = -62;
