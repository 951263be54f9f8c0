//! Palo Alto Networks firewalls and Panorama: the XML API, one request = one function.
//!
//! `docs/api/panos-xml-api.md` lists what is known of the interface, what is assumed, and what is
//! done where sources disagree.

mod auth;
mod certificates;
pub(crate) mod commit;
pub(crate) mod config;
mod document;
mod element;
mod error;
pub(crate) mod jobs;
pub(crate) mod locks;
mod options;
mod system;
pub(crate) mod xpath;

use std::sync::Arc;

use http::{HeaderValue, Method};
use tokio::sync::Mutex;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::context::Context;
use crate::deadline::Deadline;
use crate::http::{Http, HttpRequest, Replay, Reply};

pub(crate) use certificates::{KeyRequest, Place};
pub(crate) use commit::CommitScope;
pub(crate) use element::Element;
pub(crate) use error::PanosError;
pub(crate) use options::ProviderOptions;

/// A management plane, seen as one administrator. Clones share everything, also the key.
#[derive(Clone)]
pub(crate) struct Panos(Arc<Inner>);

struct Inner {
    http: Http,
    url: Url,
    provider: ProviderOptions,
    session: auth::Session,
    /// The vendor wants few calls at once, and one import at a time. On Panorama a target stays set
    /// between calls. So everything goes one after the other.
    turn: Mutex<()>,
}

impl Panos {
    /// Checks the options and reads the files they name. Nothing is sent yet.
    pub(crate) fn connect(
        provider: &ProviderOptions,
        context: &Context,
    ) -> Result<Self, PanosError> {
        let system = format!("PAN-OS {}", provider.ip_address);
        Ok(Self(Arc::new(Inner {
            url: provider.url()?,
            http: Http::new(&system, &provider.connection, None, context)?,
            provider: provider.clone(),
            session: auth::Session::default(),
            turn: Mutex::new(()),
        })))
    }

    /// What messages call the device.
    pub(crate) fn system(&self) -> &str {
        self.0.http.system()
    }

    /// The device as the options name it.
    pub(crate) fn address(&self) -> &str {
        &self.0.provider.ip_address
    }

    /// The administrator whose changes are committed.
    pub(crate) fn user(&self) -> &str {
        &self.0.provider.username
    }

    /// Does a key from the options say who the administrator is?
    pub(crate) fn has_given_key(&self) -> bool {
        self.0.provider.api_key.is_some()
    }

    pub(crate) fn context(&self) -> &Context {
        self.0.http.context()
    }

    /// The same session with other time: to give back what has to be given back.
    pub(crate) fn with_deadline(&self, deadline: Deadline) -> Self {
        let inner = &self.0;
        Self(Arc::new(Inner {
            http: inner.http.with_deadline(deadline),
            url: inner.url.clone(),
            provider: inner.provider.clone(),
            session: inner.session.clone(),
            turn: Mutex::new(()),
        }))
    }

    /// Sends `call` and reads the answer's XML, whatever its status says.
    async fn send(&self, call: &Call) -> Result<document::Answer, PanosError> {
        let reply = self.exchange(call).await?;
        document::Answer::read(self.system(), &call.doing, &reply)
    }

    /// Sends `call`; the answer's status is a success.
    async fn done(&self, call: &Call) -> Result<document::Answer, PanosError> {
        self.send(call).await?.successful(self, call)
    }

    async fn exchange(&self, call: &Call) -> Result<Reply, PanosError> {
        let key = self.key().await?;
        let mut request = HttpRequest::new(Method::POST, self.0.url.clone())
            .replay(call.replay)
            .header(auth::KEY_HEADER, key);
        let mut parameters = call.parameters.clone();
        if let Some(serial) = &self.0.provider.serial_number {
            parameters.push(("target", serial.clone()));
        }
        match &call.file {
            None => {
                let body = Serializer::new(String::new())
                    .extend_pairs(&parameters)
                    .finish();
                request = request.body(FORM, body);
            }
            Some(file) => {
                // Names of objects only; secrets are never among them.
                request.url.query_pairs_mut().extend_pairs(&parameters);
                request = request.body(MULTIPART, multipart(file));
            }
        }
        let reply = self.0.http.send(request).await?;
        if reply.status.is_success() {
            return Ok(reply);
        }
        Err(PanosError::from_status(
            self.system(),
            &self.0.provider,
            call,
            &reply,
        ))
    }
}

/// One call of the API.
struct Call {
    parameters: Vec<(&'static str, String)>,
    file: Option<String>,
    /// Completes "… refused to …".
    doing: String,
    replay: Replay,
}

impl Call {
    /// Reads: twice is as good as once.
    fn read(kind: &str, doing: impl Into<String>) -> Self {
        Self {
            parameters: vec![("type", kind.to_owned())],
            file: None,
            doing: doing.into(),
            replay: Replay::Safe,
        }
    }

    /// Writes: never sent twice unless it is certain that the first one was not carried out.
    fn write(kind: &str, doing: impl Into<String>) -> Self {
        Self {
            replay: Replay::Never,
            ..Self::read(kind, doing)
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.parameters.push((name, value.into()));
        self
    }

    fn with_opt(self, name: &'static str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// A write that does no more when it is repeated.
    fn repeatable(mut self) -> Self {
        self.replay = Replay::Safe;
        self
    }
}

/// The device refuses quoted boundaries, and checks the file's name.
fn multipart(file: &str) -> String {
    format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"certificate.pem\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n{file}\r\n--{BOUNDARY}--\r\n"
    )
}

fn header(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

const FORM: &str = "application/x-www-form-urlencoded";
/// Cannot stand in PEM.
const BOUNDARY: &str = "certwright.0f8b6f2e";
const MULTIPART: &str = "multipart/form-data; boundary=certwright.0f8b6f2e";
