//! What a device said instead of doing what it was asked, and what to do about it.

use serde::Deserialize;

use crate::http::{HttpError, Reply};

/// A call that did not do what it was for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IcontrolError {
    /// The options make no sense; nothing was sent.
    #[error("{0}")]
    Options(String),
    #[error(
        "{system} does not accept user '{user}': {answer}. Check provider.user and provider.password (and \
         provider.auth_provider for a user of another directory)"
    )]
    BadCredentials {
        system: String,
        user: String,
        answer: String,
    },
    #[error(
        "{system}: user '{user}' holds as many tokens as a device gives to one user (100). Each expires 20 minutes \
         after its login; wait, or delete them with DELETE /mgmt/shared/authz/tokens as that user. Certwright deletes \
         its own: is there a tool that does not?"
    )]
    TooManyTokens { system: String, user: String },
    #[error(
        "{system} does not let the user {doing}: {answer}. Uploads, keys and requests need the role Administrator in \
         all partitions concerned"
    )]
    Denied {
        system: String,
        doing: String,
        answer: String,
    },
    #[error("{system} knows no such thing (to {doing}): {answer}")]
    NotFound {
        system: String,
        doing: String,
        answer: String,
    },
    #[error("{system} refused to {doing}: {answer}.{}", advice(.answer))]
    Refused {
        system: String,
        doing: String,
        /// The device's own words, with the number of the message in front.
        answer: String,
        status: u16,
    },
    #[error(
        "{system} is restarting or busy ({answer}) when asked to {doing}. What is in service was not touched; run again \
         when the device is up"
    )]
    Busy {
        system: String,
        doing: String,
        answer: String,
    },
    /// Not from the API, or not whole.
    #[error(
        "{system}: an answer that the API does not give, when asked to {doing}: {answer}. Is provider.server the \
         management interface, and is there a proxy before it?"
    )]
    Unexpected {
        system: String,
        doing: String,
        answer: String,
        status: u16,
    },
    #[error(transparent)]
    Http(#[from] HttpError),
}

impl IcontrolError {
    /// True if the device may have carried the request out although nobody knows.
    pub(crate) fn fate_unknown(&self) -> bool {
        match self {
            Self::Http(error) => error.fate_unknown(),
            Self::Unexpected { status, .. } | Self::Refused { status, .. } => {
                *status < 300 || *status >= 500
            }
            Self::Busy { .. } => true,
            Self::Options(_)
            | Self::BadCredentials { .. }
            | Self::TooManyTokens { .. }
            | Self::Denied { .. }
            | Self::NotFound { .. } => false,
        }
    }

    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// The number of the device's message, such as `01020066`.
    pub(crate) fn id(&self) -> Option<&str> {
        match self {
            Self::Refused { answer, .. } | Self::NotFound { answer, .. } => message_id(answer),
            _ => None,
        }
    }

    /// Is the object there already?
    pub(crate) fn is_exists(&self) -> bool {
        matches!(self, Self::Refused { status: 409, .. }) || self.id() == Some("01020066")
    }

    /// Makes an error of a reply whose status is not a success.
    pub(super) fn from_reply(system: &str, user: &str, doing: &str, reply: &Reply) -> Self {
        let status = reply.status.as_u16();
        let (system, doing) = (system.to_owned(), doing.to_owned());
        let text = String::from_utf8_lossy(&reply.body);
        let body: Option<ErrorBody> = serde_json::from_slice(&reply.body).ok();
        let answer = body.map_or_else(|| page(status, &text), |it| it.message.trim().to_owned());
        let answer = answer.trim_end_matches('.').to_owned();
        if status == 503 || RESTARTING.iter().any(|it| text.contains(it)) {
            return Self::Busy {
                system,
                doing,
                answer,
            };
        }
        match status {
            401 => Self::BadCredentials {
                system,
                user: user.to_owned(),
                answer,
            },
            400 if answer.contains("maximum active login tokens") => Self::TooManyTokens {
                system,
                user: user.to_owned(),
            },
            403 => Self::Denied {
                system,
                doing,
                answer,
            },
            404 => Self::NotFound {
                system,
                doing,
                answer,
            },
            400..=499 => Self::Refused {
                system,
                doing,
                answer,
                status,
            },
            _ => Self::Unexpected {
                system,
                doing,
                answer,
                status,
            },
        }
    }
}

/// Both shapes have it: the database's and the framework's.
#[derive(Deserialize)]
struct ErrorBody {
    message: String,
}

/// The first eight hexadecimal digits of `01020066:3: …`, also behind `transaction failed:`.
fn message_id(answer: &str) -> Option<&str> {
    let answer = answer.strip_prefix("transaction failed:").unwrap_or(answer);
    let (id, _) = answer.split_once(':')?;
    (id.len() == 8 && id.bytes().all(|it| it.is_ascii_hexdigit())).then_some(id)
}

/// What the reader can do about a message of the device.
fn advice(answer: &str) -> &'static str {
    match message_id(answer) {
        Some("01020066" | "01070293") => {
            " Something else has this name: choose another one, or remove what is there"
        }
        Some("01020036" | "0107134a" | "01070277") => {
            " Does it exist, and in the same partition or in /Common?"
        }
        Some("010717e3") => {
            " This release wants an RSA key in every client SSL profile: add an RSA kind to `key`"
        }
        Some("01070313") => {
            " A password key is used without its passphrase, which nobody can read back: the kinds of keys in a profile \
             have to be renewed together (`force: true`)"
        }
        Some("01070317") => " Key and certificate have to be replaced together",
        Some("01070265" | "01071349") => {
            " It is still in use; it stays, and is removed when nothing uses it any more"
        }
        Some("01071809" | "0107149c") => {
            " A virtual server with several client SSL profiles needs exactly one with profile.sni_default"
        }
        Some("0107149e") => {
            " Another client SSL profile of that virtual server has the same server name"
        }
        _ => "",
    }
}

/// The first words of a page for people.
fn page(status: u16, text: &str) -> String {
    let mut words = String::new();
    let mut inside_tag = false;
    for letter in text.chars().take(2000) {
        match letter {
            '<' => inside_tag = true,
            '>' => {
                inside_tag = false;
                words.push(' ');
            }
            _ if inside_tag => {}
            _ if letter.is_control() => words.push(' '),
            _ => words.push(letter),
        }
    }
    let words: Vec<&str> = words.split_whitespace().collect();
    let words: String = words.join(" ").chars().take(100).collect();
    if words.is_empty() {
        format!("status {status} without an explanation")
    } else {
        format!("status {status}, \"{words}\"")
    }
}

/// What a device says while its services come up, whatever the status.
const RESTARTING: [&str; 4] = [
    "Configuration Utility restarting",
    "there is an active asynchronous task executing",
    "wait for /available suffix to be responsive",
    "The connection to mcpd has been lost",
];

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn error(status: u16, body: &'static str) -> IcontrolError {
        let reply = Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        };
        IcontrolError::from_reply("BIG-IP b1", "certs", "create profile /Web/x", &reply)
    }

    #[test]
    fn replies_are_told_apart_by_their_numbers() {
        let exists = error(
            409,
            r#"{"code":409,"message":"01020066:3: The requested ClientSSL Profile (/Web/x) already exists in partition Web.","errorStack":[],"apiError":3}"#,
        );
        assert!(exists.is_exists() && !exists.fate_unknown());
        assert!(exists.to_string().contains("choose another one"));
        let failed = error(
            400,
            r#"{"code":400,"message":"transaction failed:01071809:3: Virtual Server /Web/v has more","apiError":2}"#,
        );
        assert_eq!(failed.id(), Some("01071809"));
        assert!(failed.to_string().contains("exactly one"));
        assert!(error(404, r#"{"code":404,"message":"01020036:3: no"}"#).is_not_found());
        assert!(matches!(
            error(
                400,
                r#"{"code":400,"message":"user has reached maximum active login tokens"}"#
            ),
            IcontrolError::TooManyTokens { .. }
        ));
        assert!(matches!(
            error(
                401,
                "<html><title>401 F5 Authorization Required</title></html>"
            ),
            IcontrolError::BadCredentials { .. }
        ));
        for (status, body) in [
            (503, "Configuration Utility restarting..."),
            (
                404,
                r#"{"code":404,"message":"URI path /mgmt/tm not registered.  Please verify URI is supported and wait for /available suffix to be responsive."}"#,
            ),
            (
                500,
                r#"{"code":500,"message":"The connection to mcpd has been lost, try again."}"#,
            ),
        ] {
            assert!(
                matches!(error(status, body), IcontrolError::Busy { .. }),
                "{body}"
            );
        }
        assert!(error(502, "<html>Bad gateway</html>").fate_unknown());
    }
}
