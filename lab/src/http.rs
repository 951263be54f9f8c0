//! A request as the simulators see it, and their reply.

use bytes::Bytes;
use hyper::{HeaderMap, Method};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;

/// The listening services.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Service {
    Control,
    /// Header and certificate authentication.
    Scm,
    /// The same API behind bearer tokens.
    ScmOauth,
    Token,
    Acme,
    Ari,
    BigIp,
    /// The second unit.
    BigIpPeer,
    /// A firewall.
    Panos,
    /// Its partner.
    PanosPeer,
    Panorama,
}

impl Service {
    /// The name in the journal and in faults.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Scm | Self::ScmOauth => "scm",
            Self::Token => "oauth",
            Self::Acme => "acme",
            Self::Ari => "ari",
            Self::BigIp => "bigip",
            Self::BigIpPeer => "bigip_peer",
            Self::Panos => "panos",
            Self::PanosPeer => "panos_peer",
            Self::Panorama => "panorama",
        }
    }
}

/// One request, its body read.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) service: Service,
    pub(crate) method: Method,
    /// Percent-decoded path.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// DER of the client's certificate, when TLS got one.
    pub(crate) client_cert: Option<Vec<u8>>,
    /// `https://host:port` as the client wrote it.
    pub(crate) origin: String,
    pub(crate) peer: SocketAddr,
}

impl Call {
    /// A header as text; HTTP matches names without regard to case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The first value of a query parameter; an empty one counts as absent.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// All non-empty values of a query parameter.
    pub(crate) fn query_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The path between its slashes.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path
            .split('/')
            .filter(|part| !part.is_empty())
            .collect()
    }
}

/// Work that goes on after the reply.
#[derive(Debug)]
pub(crate) enum Job {
    /// Look up the proof of the challenge with this id.
    Validate(String),
    /// Check the control validation of this name before the reply goes out.
    Check(String),
}

/// What a simulator answers.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    /// Corrects the journal's guess about `write`.
    pub(crate) write: Option<bool>,
    pub(crate) login: Option<String>,
    /// How long to hold the reply back after the effect.
    pub(crate) hold: Duration,
    pub(crate) job: Option<Job>,
}

impl Reply {
    /// A status without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
            write: None,
            login: None,
            hold: Duration::ZERO,
            job: None,
        }
    }

    /// A body of some content type.
    pub(crate) fn text(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let mut reply = Self::empty(status).with("Content-Type", content_type);
        reply.body = body.into();
        reply
    }

    /// A JSON body.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json", body.to_string())
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}
