//! Why a request has no answer, and what to do about it.

use std::fmt;
use std::io;

/// A request that was not answered.
#[derive(Debug, thiserror::Error)]
#[error("{system}: {}{problem}{}", .call.prefix(), .problem.advice())]
pub(crate) struct HttpError {
    system: String,
    call: Call,
    pub(crate) problem: Problem,
}

/// What went wrong on the way.
#[derive(Clone, Debug)]
pub(crate) enum Problem {
    /// The options make no sense; nothing was sent.
    Options(String),
    /// No connection; nothing was sent.
    Connect(String),
    /// The other side is not who it should be; nothing was sent.
    Untrusted(String),
    /// Sent, and then silence or a broken reply.
    Lost(String),
    TimedOut,
    Truncated(String),
    TooLarge,
    /// To another origin, or of a write.
    Redirected(String),
    RedirectLoop,
    /// The task's own time is over.
    Deadline,
}

/// What may have become of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    NotSent,
    /// The server may have carried it out.
    Unknown,
    /// Another try would end the same way.
    Final,
}

impl HttpError {
    pub(super) fn new(system: &str, call: &str, problem: Problem) -> Self {
        Self {
            system: system.to_owned(),
            call: Call(call.to_owned()),
            problem,
        }
    }

    /// True if the server may have carried the request out although nobody knows.
    pub(crate) fn is_unreachable(&self) -> bool {
        matches!(self.problem, Problem::Connect(_))
    }

    pub(crate) fn fate_unknown(&self) -> bool {
        matches!(
            self.problem,
            Problem::Lost(_) | Problem::TimedOut | Problem::Truncated(_) | Problem::TooLarge
        )
    }
}

impl Problem {
    /// `answering`: the head of the reply had arrived already.
    pub(super) fn from_reqwest(error: &reqwest::Error, answering: bool) -> Self {
        if let Some(tls) = find_tls_error(error) {
            return Self::Untrusted(tls);
        }
        let cause = innermost(error);
        if error.is_connect() {
            Self::Connect(if error.is_timeout() {
                "no connection within the connect timeout".to_owned()
            } else {
                cause
            })
        } else if error.is_timeout() {
            Self::TimedOut
        } else if answering {
            Self::Truncated(cause)
        } else {
            Self::Lost(cause)
        }
    }

    pub(super) fn fate(&self) -> Fate {
        match self {
            Self::Connect(_) => Fate::NotSent,
            Self::Lost(_) | Self::TimedOut | Self::Truncated(_) => Fate::Unknown,
            Self::Options(_)
            | Self::Untrusted(_)
            | Self::TooLarge
            | Self::Redirected(_)
            | Self::RedirectLoop
            | Self::Deadline => Fate::Final,
        }
    }

    fn advice(&self) -> &'static str {
        match self {
            Self::Options(_) | Self::RedirectLoop => "",
            Self::Connect(_) => {
                ". Is the address right, and may this host reach it (firewall, proxy)?"
            }
            Self::Untrusted(_) => {
                ". If this is the right server, name its CA with ca_path or its certificate with \
                 fingerprint; a proxy that inspects TLS shows up here too"
            }
            Self::Lost(_) | Self::TimedOut | Self::Truncated(_) => {
                ". It is not known whether the request was carried out; the next run looks"
            }
            Self::TooLarge => ". Is this really the API?",
            Self::Redirected(_) => {
                ". Credentials are not sent to another place: write the right address into the options"
            }
            Self::Deadline => ". The next run goes on from here; `deadline` gives a task more time",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Options(problem) => f.write_str(problem),
            Self::Connect(cause) => write!(f, "cannot connect: {cause}"),
            Self::Untrusted(cause) => write!(f, "the server's certificate is refused: {cause}"),
            Self::Lost(cause) => write!(f, "the connection was lost: {cause}"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Truncated(cause) => write!(f, "the reply broke off: {cause}"),
            Self::TooLarge => f.write_str("the reply is larger than any that this API gives"),
            Self::Redirected(target) => write!(f, "the server redirects to {target}"),
            Self::RedirectLoop => f.write_str("the server redirects in a circle"),
            Self::Deadline => f.write_str("the task's time is over"),
        }
    }
}

/// The request, without query and without credentials.
#[derive(Debug)]
struct Call(String);

impl Call {
    fn prefix(&self) -> String {
        if self.0.is_empty() {
            String::new()
        } else {
            format!("{}: ", self.0)
        }
    }
}

/// What rustls said, if the handshake failed for want of trust. It hides inside I/O errors, whose
/// `source` passes over what they hold.
fn find_tls_error(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(match tls {
            rustls::Error::InvalidCertificate(reason) => reason.to_string(),
            rustls::Error::AlertReceived(alert) => {
                format!("the server ended the handshake with {alert:?}")
            }
            rustls::Error::InvalidMessage(_) => "it does not speak TLS".to_owned(),
            other => other.to_string(),
        });
    }
    let held = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
        .and_then(|it| find_tls_error(it));
    held.or_else(|| find_tls_error(error.source()?))
}

fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let cause = cause.to_string();
    // Some end with the address of a manual for programmers.
    match cause.split_once(": https://docs.rs/") {
        Some((text, _)) => text.to_owned(),
        None => cause,
    }
}
