//! Refusals in the vendor's form: HTTP status, negative code, description.

use crate::http::Reply;
use serde_json::json;

/// "You are not authorized to perform …".
pub(crate) const UNAUTHORIZED: i64 = -3;

/// Why a request is not served.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: i64,
    pub(crate) description: String,
}

impl Refusal {
    /// A business failure: HTTP 400 with a code of the vendor's table.
    pub(crate) fn new(code: i64, description: impl Into<String>) -> Self {
        Self {
            status: 400,
            code,
            description: description.into(),
        }
    }

    pub(crate) fn not_found(description: impl Into<String>) -> Self {
        Self {
            status: 404,
            code: -1,
            description: description.into(),
        }
    }

    pub(crate) fn unknown_user() -> Self {
        Self {
            status: 401,
            code: -16,
            description: "Unknown user".to_owned(),
        }
    }

    /// A member of the wrong JSON type, or no JSON at all.
    pub(crate) fn unparseable() -> Self {
        Self::new(-1002, "Cannot parse message body")
    }

    pub(crate) fn null(field: &str) -> Self {
        Self::new(-1001, format!("Value of '{field}' must not be null."))
    }

    pub(crate) fn blank(field: &str) -> Self {
        Self::new(-1001, format!("Value of '{field}' must not be blank."))
    }

    pub(crate) fn empty(field: &str) -> Self {
        Self::new(-1001, format!("Value of '{field}' must not be empty."))
    }

    pub(crate) fn invalid(field: &str) -> Self {
        Self::new(-1601, format!("Field '{field}' has invalid value."))
    }

    pub(crate) fn size(field: &str, min: usize, max: usize) -> Self {
        let text = format!("Size of '{field}' must be between {min} and {max}.");
        Self::new(-1001, text)
    }
}

/// The caller lacks a right.
pub(crate) fn unauthorized_to(action: &str) -> Refusal {
    Refusal::new(UNAUTHORIZED, format!("You are not authorized to {action}."))
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        let body = json!({"code": refusal.code, "description": refusal.description});
        Self::json(refusal.status, &body)
    }
}
