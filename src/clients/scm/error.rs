//! What SCM said instead of doing what it was asked, and what to do about it.

use serde::Deserialize;

use super::wire;
use crate::http::{HttpError, Reply};

/// A call that did not do what it was for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScmError {
    /// The options make no sense, or name something that does not exist; nothing was written.
    #[error("{0}")]
    Options(String),
    #[error("SCM does not accept {who}: {answer}. {advice}")]
    BadCredentials {
        who: String,
        answer: String,
        advice: String,
    },
    /// The credentials are good, but may not do this.
    #[error(
        "SCM does not let {who} {doing}: {answer}. Give it the right, or let somebody else do it"
    )]
    Denied {
        who: String,
        doing: String,
        answer: String,
    },
    #[error(
        "SCM knows no such thing (to {doing}): {answer}. Is `scm.url` right, and does it still exist?"
    )]
    NotFound { doing: String, answer: String },
    #[error("SCM refused to {doing}: {answer}.{}", advice(*.code, *.status))]
    Refused {
        doing: String,
        /// One of SCM's own, negative numbers.
        code: Option<i64>,
        /// Code and description, as people should see them.
        answer: String,
        status: u16,
    },
    /// Not from the API, or not whole.
    #[error("{system}: an answer that the API does not give, when asked to {doing}: {answer}. {}", unexpected_advice(*.status))]
    Unexpected {
        system: String,
        doing: String,
        answer: String,
        status: u16,
    },
    #[error(transparent)]
    Http(#[from] HttpError),
}

impl ScmError {
    /// True if the server may have carried the request out although nobody knows.
    pub(crate) fn fate_unknown(&self) -> bool {
        match self {
            Self::Http(error) => error.fate_unknown(),
            Self::Unexpected { status, .. } => *status < 300 || *status >= 500,
            Self::Refused { status, .. } => *status >= 500,
            Self::Options(_)
            | Self::BadCredentials { .. }
            | Self::Denied { .. }
            | Self::NotFound { .. } => false,
        }
    }

    /// SCM's own number for the reason, if it gave one.
    pub(crate) fn code(&self) -> Option<i64> {
        match self {
            Self::Refused { code, .. } => *code,
            _ => None,
        }
    }

    /// Would every other call fail the same way?
    pub(crate) fn ends_all(&self) -> bool {
        matches!(
            self,
            Self::BadCredentials { .. }
                | Self::Options(_)
                | Self::Unexpected { .. }
                | Self::Http(_)
        )
    }

    /// A reply that is not what the API gives. `what` says in which way.
    pub(super) fn unexpected(system: &str, doing: &str, reply: &Reply, what: &str) -> Self {
        let content_type = reply
            .headers
            .get(http::header::CONTENT_TYPE)
            .and_then(|it| it.to_str().ok())
            .unwrap_or("none");
        let excerpt = excerpt(&reply.body)
            .map(|it| format!(", it begins \"{it}\""))
            .unwrap_or_default();
        Self::Unexpected {
            system: system.to_owned(),
            doing: doing.to_owned(),
            answer: format!(
                "{what} (status {}, content type {content_type}{excerpt})",
                reply.status.as_u16()
            ),
            status: reply.status.as_u16(),
        }
    }

    /// Makes an error of a reply whose status is not a success.
    ///
    /// `proven`: the credentials themselves are known to be good.
    pub(super) fn from_reply(reply: &Reply, doing: &str, who: &str, proven: bool) -> Self {
        let status = reply.status.as_u16();
        let body: Option<ErrorBody> = serde_json::from_slice(&reply.body).ok();
        let code = body.as_ref().and_then(|it| it.code);
        let answer = match &body {
            Some(body) => body.text(),
            None => format!("status {status} without an explanation"),
        };
        let (who, doing) = (who.to_owned(), doing.to_owned());
        match (status, code) {
            (403, _) | (400, Some(-3 | -25 | -37 | -226 | -738)) => Self::Denied { who, doing, answer },
            // An API client whose token is good and who lacks a right was seen to get this one.
            (401, _) if proven => Self::Denied {
                who,
                doing,
                answer: format!(
                    "{answer} (with an access token that was just issued: does the client belong to this SCM, \
                     and has it a role there?)"
                ),
            },
            (401, _) | (_, Some(-970)) => Self::BadCredentials {
                who,
                answer,
                advice: "Check login, password and customer_uri; has the password expired, and has the \
                         administrator logged in to the web interface once to change its first password? \
                         (A client certificate must be assigned to the administrator, and must not pass \
                         a proxy that inspects TLS)"
                    .to_owned(),
            },
            (404, _) | (400, Some(-727 | -1023 | -124 | -5101)) => Self::NotFound { doing, answer },
            _ if body.is_some() => Self::Refused {
                doing,
                code,
                answer,
                status,
            },
            _ => Self::unexpected("SCM", &doing, reply, "an error that is not SCM's own"),
        }
    }
}

/// SCM REST API 25.5, "Error handling"; OA25.9 makes only the description required.
#[derive(Deserialize)]
struct ErrorBody {
    #[serde(default, deserialize_with = "wire::optional_integer")]
    code: Option<i64>,
    description: String,
}

impl ErrorBody {
    fn text(&self) -> String {
        let description = self.description.trim().trim_end_matches('.');
        match self.code {
            Some(code) => format!("{description} ({code})"),
            None => description.to_owned(),
        }
    }
}

/// What the reader can do about SCM's own numbers.
fn advice(code: Option<i64>, status: u16) -> &'static str {
    match code {
        Some(-741) => {
            " Somebody's request for this domain waits: an administrator must approve or reject it"
        }
        Some(-740) => {
            " Revoke or let expire the certificates of this domain and the names below it first"
        }
        Some(-715) => " The domain is suspended: activate it first",
        Some(-732 | -712 | -713 | -714) => " Is the name a registered domain, or below one?",
        Some(-1608) => " Sectigo's support turns domain control validation on for a customer",
        Some(-993) => " Certificate orders of this account are restricted: ask Sectigo's support",
        Some(-711 | -639 | -1021) => " Is it the right organization?",
        Some(-107 | -737 | -1137) => {
            " Its control has to be validated first: sectigo_domain_validation does it, and sectigo_domain_info \
             shows how all domains stand"
        }
        Some(-1010) => " It has to be delegated to the organization first: sectigo_domain does it",
        Some(-843) => " An administrator must have the organization validated in SCM again",
        Some(-36 | -39 | -111) => {
            " What an organization may order is told by the list of its profiles in SCM"
        }
        Some(-9 | -10 | -138) => " Is the CSR a PKCS#10 request in PEM, with a common name?",
        Some(-11 | -13 | -141 | -170 | -194 | -1138) => {
            " Make a key of another kind or size, or choose another profile"
        }
        Some(-64) => " A name in custom_fields is none of SCM's",
        Some(-159) => " It is revoked already",
        Some(-102 | -130) => " Its state in SCM does not allow it",
        Some(-180) => " Its profile cannot be renewed: order a new certificate",
        Some(-1148) => " It is installed by SCM itself, which has to replace it",
        Some(-129 | -140 | -195 | -196 | -3114 | -3115) => {
            " The CA or SCM is busy: try again later; the next run looks first"
        }
        _ if status >= 500 => " Try again later; the next run goes on from here",
        _ => "",
    }
}

fn unexpected_advice(status: u16) -> &'static str {
    if status >= 500 {
        "This comes from the server or a proxy before it; try again later, the next run goes on from here"
    } else {
        "Is `scm.url` the address of the API, and is there a proxy or login page before it?"
    }
}

/// The first words of a page for people. Of JSON nothing is shown: it may hold keys.
fn excerpt(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&body[..body.len().min(4096)]);
    let text = text.trim_start();
    if text.starts_with(['{', '[', '"']) || text.is_empty() {
        return None;
    }
    let mut words = String::new();
    let mut inside_tag = false;
    for letter in text.chars() {
        match letter {
            '<' => inside_tag = true,
            '>' => {
                inside_tag = false;
                words.push(' ');
            }
            _ if inside_tag => {}
            _ if letter.is_control() || letter == '"' => words.push(' '),
            _ => words.push(letter),
        }
    }
    let words: String = words.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(words.chars().take(EXCERPT).collect()).filter(|it: &String| !it.is_empty())
}

const EXCERPT: usize = 100;

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn reply(status: u16, body: &'static str) -> Reply {
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    fn error(status: u16, body: &'static str) -> ScmError {
        ScmError::from_reply(
            &reply(status, body),
            "create domain a.example",
            "login 'x'",
            false,
        )
    }

    #[test]
    fn replies_are_told_apart() {
        let denied = r#"{"code":-3,"description":"You are not authorized to perform it."}"#;
        assert!(matches!(error(400, denied), ScmError::Denied { .. }));
        assert!(matches!(error(403, ""), ScmError::Denied { .. }));
        assert!(matches!(
            error(401, r#"{"code":-16,"description":"Unknown user"}"#),
            ScmError::BadCredentials { .. }
        ));
        assert!(matches!(
            error(400, r#"{"code":"-970","description":"Incorrect"}"#),
            ScmError::BadCredentials { .. }
        ));
        assert!(matches!(error(404, "<html>no"), ScmError::NotFound { .. }));
        let exists = error(
            400,
            r#"{"code":-700,"description":"Domain exists","items":[]}"#,
        );
        assert_eq!(exists.code(), Some(-700));
        assert!(!exists.fate_unknown());
        assert_eq!(
            exists.to_string(),
            "SCM refused to create domain a.example: Domain exists (-700)."
        );
        assert!(error(500, r#"{"description":"Internal"}"#).fate_unknown());
        assert!(error(503, "upstream connect error").fate_unknown());
    }

    #[test]
    fn a_token_that_is_good_makes_401_a_missing_right() {
        let body = r#"{"code":-16,"description":"Unknown user"}"#;
        let error = ScmError::from_reply(&reply(401, body), "list domains", "API client 'x'", true);
        assert!(matches!(error, ScmError::Denied { .. }));
    }

    #[test]
    fn excerpts_show_pages_and_no_json() {
        assert_eq!(
            excerpt(b"<html><title>Log in</title>\n<p>Please</html>").as_deref(),
            Some("Log in Please")
        );
        assert_eq!(excerpt(br#" [{"macKey":"canary"}"#), None);
        assert_eq!(excerpt(b""), None);
        assert_eq!(excerpt(&[b'x'; 5000]).map(|it| it.len()), Some(EXCERPT));
    }
}
