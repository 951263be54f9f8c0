//! The one HTTP policy: whom to trust, how long to wait, when to try again, what to say when a
//! call fails. Every request of every client goes through [`Http::send`].

mod call;
mod error;
mod options;
mod tls;

use std::time::{Duration, Instant, SystemTime};

use bytes::{Bytes, BytesMut};
use http::header::{LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde::de::DeserializeOwned;
use url::Url;

use crate::context::Context;
use crate::deadline::Deadline;
use crate::retry::{self, RetryPolicy};

pub(crate) use call::{Call, JSON};
pub(crate) use error::{HttpError, Problem};
pub(crate) use options::ConnectionOptions;
pub(crate) use tls::{ClientIdentity, client_config, roots_from_pem};

/// A connection policy for one remote system.
#[derive(Clone)]
pub(crate) struct Http {
    client: reqwest::Client,
    system: String,
    timeout: Duration,
    context: Context,
}

/// A request that can be sent more than once.
#[derive(Clone)]
pub(crate) struct HttpRequest {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) replay: Replay,
}

/// May a request whose fate is unknown be sent again?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replay {
    /// Yes: a second one does no harm.
    Safe,
    /// Only if it is certain that the first one was not carried out.
    Never,
}

/// A whole reply.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Http {
    /// `system` is what errors call the other side, such as `SCM`.
    pub(crate) fn new(
        system: &str,
        options: &ConnectionOptions,
        identity: Option<ClientIdentity>,
        context: &Context,
    ) -> Result<Self, HttpError> {
        let fail = |problem| HttpError::new(system, "", problem);
        if !options.validate_certs {
            context.warn(format!(
                "{system}: validate_certs is false, so anyone between here and there can read and change \
                 what is sent. Use ca_path or fingerprint instead."
            ));
        }
        let tls = client_config(options, identity).map_err(fail)?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(options.connect_timeout))
            .user_agent(concat!("certwright/", env!("CARGO_PKG_VERSION")));
        if let Some(proxy) = &options.proxy {
            let proxy = reqwest::Proxy::all(proxy.expose())
                .map_err(|_| fail(Problem::Options("proxy is not a URL".to_owned())))?;
            builder = builder.proxy(proxy);
        }
        let client = builder
            .build()
            .map_err(|error| fail(Problem::Options(error.to_string())))?;
        Ok(Self {
            client,
            system: system.to_owned(),
            timeout: Duration::from_secs(options.timeout),
            context: context.clone(),
        })
    }

    pub(crate) fn system(&self) -> &str {
        &self.system
    }

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// The same with other time: for what has to be done even when a task's own time is over.
    pub(crate) fn with_deadline(&self, deadline: Deadline) -> Self {
        let mut other = self.clone();
        other.context.deadline = deadline;
        other
    }

    /// Sends `request` until it has an answer that is worth having, or none can be had.
    ///
    /// An answer with an error status is an answer; only 429, 502, 503 and 504 are asked again.
    pub(crate) async fn send(&self, request: HttpRequest) -> Result<Reply, HttpError> {
        let mut retries = RetryPolicy::REQUEST.start();
        loop {
            let result = self.follow(request.clone()).await;
            let Some(asked) = worth_another_try(&request, &result) else {
                return result;
            };
            let pause = retries.next(asked, retry::jitter());
            match pause.and_then(|it| self.context.deadline.admits(it)) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return result,
            }
        }
    }

    /// Sends `request` and follows redirects, but only to the same origin and only where nothing
    /// is written: credentials go nowhere else, and a write is not turned into a read.
    async fn follow(&self, mut request: HttpRequest) -> Result<Reply, HttpError> {
        for _ in 0..=MOST_REDIRECTS {
            let reply = self.once(&request).await?;
            let target = reply
                .status
                .is_redirection()
                .then(|| reply.headers.get(LOCATION))
                .flatten()
                .and_then(|it| request.url.join(it.to_str().ok()?).ok());
            let Some(target) = target else {
                return Ok(reply);
            };
            let same_origin = target.origin() == request.url.origin();
            if !same_origin || !matches!(request.method, Method::GET | Method::HEAD) {
                return Err(self.error(
                    &request,
                    Problem::Redirected(target.origin().ascii_serialization() + target.path()),
                ));
            }
            request.url = target;
        }
        Err(self.error(&request, Problem::RedirectLoop))
    }

    async fn once(&self, request: &HttpRequest) -> Result<Reply, HttpError> {
        let started = Instant::now();
        let result = self.attempt(request).await;
        let outcome = match &result {
            Ok(reply) => reply.status.as_u16().to_string(),
            Err(error) => error.problem.to_string(),
        };
        self.context.trace(format!(
            "{} {}{} -> {outcome} ({} ms)",
            request.method,
            request.url.origin().ascii_serialization(),
            request.url.path(),
            started.elapsed().as_millis()
        ));
        result
    }

    async fn attempt(&self, request: &HttpRequest) -> Result<Reply, HttpError> {
        let left = self
            .context
            .deadline
            .remaining()
            .ok_or_else(|| self.error(request, Problem::Deadline))?;
        let sent = self
            .client
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone())
            .body(request.body.clone())
            .timeout(self.timeout.min(left))
            .send()
            .await;
        let mut response =
            sent.map_err(|error| self.error(request, Problem::from_reqwest(&error, false)))?;
        let mut body = BytesMut::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.error(request, Problem::from_reqwest(&error, true)))?
        {
            if body.len() + chunk.len() > LARGEST_BODY {
                return Err(self.error(request, Problem::TooLarge));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply {
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body: body.freeze(),
        })
    }

    fn error(&self, request: &HttpRequest, problem: Problem) -> HttpError {
        let call = format!(
            "{} {}{}",
            request.method,
            request.url.origin().ascii_serialization(),
            request.url.path()
        );
        HttpError::new(&self.system, &call, problem)
    }
}

impl HttpRequest {
    /// GET and HEAD may be repeated; for anything else see [`HttpRequest::replay`].
    pub(crate) fn new(method: Method, url: Url) -> Self {
        let replay = match method {
            Method::GET | Method::HEAD => Replay::Safe,
            _ => Replay::Never,
        };
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            replay,
        }
    }

    pub(crate) fn header(mut self, name: http::HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    pub(crate) fn body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.headers.insert(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static(content_type),
        );
        self.body = body.into();
        self
    }

    pub(crate) fn replay(mut self, replay: Replay) -> Self {
        self.replay = replay;
        self
    }
}

impl Reply {
    /// The body. If it is something else, says what: the place in it, never what stands there, which
    /// may be a key.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, String> {
        let mut json = serde_json::Deserializer::from_slice(&self.body);
        serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let place = error.path().to_string();
            let inner = error.into_inner();
            if self.body.iter().all(u8::is_ascii_whitespace) {
                "nothing where JSON is expected".to_owned()
            } else if inner.is_eof() {
                format!("JSON that breaks off after {} bytes", self.body.len())
            } else if inner.is_data() {
                format!("JSON of another shape at '{place}'")
            } else {
                "no JSON".to_owned()
            }
        })
    }

    /// How long the server asks to wait, if it does.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        retry::retry_after(
            self.headers.get(RETRY_AFTER)?.to_str().ok()?,
            SystemTime::now(),
        )
    }
}

/// `None`: take the result as it is. `Some`: ask again, after the time that the server asks for.
#[allow(clippy::option_option)] // "again, and it did not say when" is an answer of its own
fn worth_another_try(
    request: &HttpRequest,
    result: &Result<Reply, HttpError>,
) -> Option<Option<Duration>> {
    match result {
        Ok(reply) => match reply.status {
            // The server says that it did not carry the request out.
            StatusCode::TOO_MANY_REQUESTS => Some(reply.retry_after()),
            StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
                if request.replay == Replay::Safe =>
            {
                Some(reply.retry_after())
            }
            _ => None,
        },
        Err(error) => {
            let again = match error.problem.fate() {
                error::Fate::NotSent => true,
                error::Fate::Unknown => request.replay == Replay::Safe,
                error::Fate::Final => false,
            };
            again.then_some(None)
        }
    }
}

/// The longest replies are certificate lists of some hundred kilobytes.
const LARGEST_BODY: usize = 32 * 1024 * 1024;
const MOST_REDIRECTS: usize = 3;
