//! What a device said instead of doing what it was asked, and what to do about it.

use super::document::Verdict;
use super::{Call, ProviderOptions};
use crate::http::{HttpError, Reply};

/// A call that did not do what it was for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PanosError {
    /// The options make no sense; nothing was sent.
    #[error("{0}")]
    Options(String),
    #[error(
        "{system} does not accept the credentials of '{user}': {answer}. Check provider.username and provider.password, \
         or provider.api_key: a key ends with its lifetime, and when the user's password changes"
    )]
    BadCredentials {
        system: String,
        user: String,
        answer: String,
    },
    #[error(
        "{system} does not let the user {doing}: {answer}. The role needs the XML API's configuration, operational \
         requests, commit, import and export; `request certificate` may need a superuser or device administrator"
    )]
    Denied {
        system: String,
        doing: String,
        answer: String,
    },
    #[error(
        "{system} cannot {doing} now: {answer}. Nothing was changed; run again when the other one is done"
    )]
    Locked {
        system: String,
        doing: String,
        answer: String,
    },
    #[error(
        "{system} is busy or restarting ({answer}) when asked to {doing}. Run again when it is up"
    )]
    Busy {
        system: String,
        doing: String,
        answer: String,
    },
    #[error("{system} refused to {doing}: {answer}.{}", advice(.answer))]
    Refused {
        system: String,
        doing: String,
        answer: String,
        code: Option<u16>,
    },
    #[error(
        "{system}: an answer that the API does not give, when asked to {doing}: {answer}. Is provider.ip_address the \
         management interface, and is there a proxy before it?"
    )]
    Unexpected {
        system: String,
        doing: String,
        answer: String,
    },
    #[error(transparent)]
    Http(#[from] HttpError),
}

impl PanosError {
    /// True if the device may have carried the request out although nobody knows.
    pub(crate) fn fate_unknown(&self) -> bool {
        match self {
            Self::Http(error) => error.fate_unknown(),
            Self::Unexpected { .. } | Self::Busy { .. } => true,
            _ => false,
        }
    }

    /// True if nobody was there to take the request: a server that restarts is like that.
    pub(crate) fn is_unreachable(&self) -> bool {
        matches!(self, Self::Http(error) if error.is_unreachable())
    }

    pub(super) fn unexpected(system: &str, doing: &str, answer: &str) -> Self {
        Self::Unexpected {
            system: system.to_owned(),
            doing: doing.to_owned(),
            answer: answer.to_owned(),
        }
    }

    /// Makes an error of an answer whose status is no success. Texts come before codes: `op`
    /// requests often have none.
    pub(super) fn refused(system: &str, doing: &str, verdict: &Verdict) -> Self {
        let answer = verdict.message.trim_end_matches('.').to_owned();
        let (system, doing) = (system.to_owned(), doing.to_owned());
        let has = |texts: &[&str]| texts.iter().any(|it| answer.contains(it));
        if has(&LOCKED) {
            return Self::Locked {
                system,
                doing,
                answer,
            };
        }
        if has(&BUSY) {
            return Self::Busy {
                system,
                doing,
                answer,
            };
        }
        match verdict.code {
            Some(403 | 16) => Self::Denied {
                system,
                doing,
                answer,
            },
            code => Self::Refused {
                system,
                doing,
                // Code 17 repeats arguments; the ones that are sent here hold no secrets.
                answer,
                code,
            },
        }
    }

    /// Makes an error of a reply whose HTTP status is no success.
    pub(super) fn from_status(
        system: &str,
        provider: &ProviderOptions,
        call: &Call,
        reply: &Reply,
    ) -> Self {
        let doing = &call.doing;
        let status = reply.status.as_u16();
        let verdict = super::document::Answer::read(system, doing, reply)
            .and_then(|answer| answer.verdict(system));
        let message = match &verdict {
            Ok(verdict) if !verdict.message.is_empty() => verdict.message.clone(),
            _ => format!("status {status} without an explanation"),
        };
        let answer = message.trim_end_matches('.').to_owned();
        let (system, doing) = (system.to_owned(), doing.to_owned());
        match status {
            403 if answer.contains("not authorized") => Self::Denied {
                system,
                doing,
                answer,
            },
            401 | 403 => Self::BadCredentials {
                system,
                user: provider.username.clone(),
                answer,
            },
            502..=504 => Self::Busy {
                system,
                doing,
                answer,
            },
            400 => Self::Refused {
                system,
                doing,
                answer,
                code: Some(400),
            },
            _ => Self::Unexpected {
                system,
                doing,
                answer,
            },
        }
    }
}

/// What the reader can do about a text of the device.
fn advice(answer: &str) -> &'static str {
    let has = |text: &str| answer.contains(text);
    if has("private key doesn't exist for csr") {
        " The certificate is for another key than the one of the request"
    } else if has("hostname") && has("generate") {
        " This release puts only few alternative names into a request; split the names over several certificates, or \
         use an issuer that takes the names from the order (sectigo_enrollment)"
    } else if has("unsupported") || has("nbits") {
        " This release cannot make such a key; choose another kind as `key`"
    } else if has("cannot be deleted because of references") {
        " It is still in use; it stays, and is removed when nothing uses it any more"
    } else if has("can be at most") || has("certificate-name") {
        " Names have at most 63 characters on a firewall and 31 on Panorama: give a shorter `name`"
    } else if has("not connected") {
        " Is the firewall connected to Panorama?"
    } else {
        ""
    }
}

const LOCKED: [&str; 5] = [
    "Configuration is locked by",
    "is currently locked by",
    "lock is already held by",
    "Other administrators are holding",
    "config lock. Please try again",
];
const BUSY: [&str; 5] = [
    "Another commit/validate is in progress",
    "A commit is in progress",
    "install is in progress",
    "Another sync is in progress",
    "Local commit jobs are queued",
];
