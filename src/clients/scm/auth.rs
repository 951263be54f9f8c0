//! Who asks: an administrator by password or certificate, or an OAuth2 API client.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;
use url::form_urlencoded::Serializer;

use super::{ScmError, wire};
use crate::context::Context;
use crate::http::{ClientIdentity, ConnectionOptions, Http, HttpRequest, Replay, Reply};
use crate::secret::Secret;

/// Credentials of one kind, all parts present.
pub(super) enum Login {
    Password {
        login: String,
        password: Secret,
        customer_uri: String,
    },
    Certificate {
        login: String,
        customer_uri: String,
        cert: PathBuf,
        key: PathBuf,
    },
    ApiClient {
        token_url: Url,
        client_id: String,
        client_secret: Secret,
        customer_uri: Option<String>,
    },
}

/// Puts credentials into requests.
pub(super) enum Auth {
    Headers {
        headers: HeaderMap,
        who: String,
    },
    /// A token is fetched when the first request needs one.
    Tokens(Box<Tokens>),
}

pub(super) struct Tokens {
    http: Http,
    token_url: Url,
    client_id: String,
    client_secret: Secret,
    headers: HeaderMap,
    current: Mutex<Option<Token>>,
}

struct Token {
    header: HeaderValue,
    refresh_at: Instant,
}

impl Login {
    /// The certificate to present in the TLS handshake, if that is how the administrator logs in.
    pub(super) fn identity(&self) -> Result<Option<ClientIdentity>, ScmError> {
        match self {
            Self::Certificate { cert, key, .. } => ClientIdentity::read(cert, key)
                .map(Some)
                .map_err(|problem| ScmError::Options(format!("scm: {problem}"))),
            Self::Password { .. } | Self::ApiClient { .. } => Ok(None),
        }
    }

    pub(super) fn into_auth(
        self,
        connection: &ConnectionOptions,
        context: &Context,
    ) -> Result<Auth, ScmError> {
        let mut headers = HeaderMap::new();
        match self {
            Self::Password {
                login,
                password,
                customer_uri,
            } => {
                insert(&mut headers, LOGIN, "login", &login)?;
                insert(&mut headers, PASSWORD, "password", password.expose())?;
                insert(&mut headers, CUSTOMER_URI, "customer_uri", &customer_uri)?;
                let who = format!("login '{login}' of customer '{customer_uri}'");
                Ok(Auth::Headers { headers, who })
            }
            Self::Certificate {
                login,
                customer_uri,
                ..
            } => {
                insert(&mut headers, LOGIN, "login", &login)?;
                insert(&mut headers, CUSTOMER_URI, "customer_uri", &customer_uri)?;
                let who = format!(
                    "login '{login}' of customer '{customer_uri}' with a client certificate"
                );
                Ok(Auth::Headers { headers, who })
            }
            Self::ApiClient {
                token_url,
                client_id,
                client_secret,
                customer_uri,
            } => {
                if let Some(customer_uri) = customer_uri {
                    insert(&mut headers, CUSTOMER_URI, "customer_uri", &customer_uri)?;
                }
                // The pinned certificate is that of the API, which is another host.
                let connection = ConnectionOptions {
                    fingerprint: None,
                    ..connection.clone()
                };
                Ok(Auth::Tokens(Box::new(Tokens {
                    http: Http::new("SCM token service", &connection, None, context)?,
                    token_url,
                    client_id,
                    client_secret,
                    headers,
                    current: Mutex::default(),
                })))
            }
        }
    }
}

impl Auth {
    /// For error messages.
    pub(super) fn who(&self) -> String {
        match self {
            Self::Headers { who, .. } => who.clone(),
            Self::Tokens(tokens) => format!("API client '{}'", tokens.client_id),
        }
    }

    pub(super) async fn headers(&self) -> Result<HeaderMap, ScmError> {
        match self {
            Self::Headers { headers, .. } => Ok(headers.clone()),
            Self::Tokens(tokens) => tokens.headers().await,
        }
    }

    /// After a 401: can another try, with another token, succeed?
    pub(super) async fn renew(&self, refused: &HeaderMap) -> bool {
        match self {
            Self::Headers { .. } => false,
            Self::Tokens(tokens) => {
                let mut current = tokens.current.lock().await;
                // Requests run side by side: another one may have fetched a new token meanwhile.
                if current
                    .as_ref()
                    .is_some_and(|it| refused.get(AUTHORIZATION) == Some(&it.header))
                {
                    *current = None;
                }
                true
            }
        }
    }

    /// Did something else than SCM itself vouch for the credentials?
    pub(super) fn proven(&self) -> bool {
        matches!(self, Self::Tokens(_))
    }
}

impl Tokens {
    async fn headers(&self) -> Result<HeaderMap, ScmError> {
        let mut current = self.current.lock().await;
        let token = match current.take().filter(|it| Instant::now() < it.refresh_at) {
            Some(token) => token,
            None => self.fetch().await?,
        };
        let mut headers = self.headers.clone();
        headers.insert(AUTHORIZATION, token.header.clone());
        *current = Some(token);
        Ok(headers)
    }

    async fn fetch(&self) -> Result<Token, ScmError> {
        let form = Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &self.client_id)
            .append_pair("client_secret", self.client_secret.expose())
            .finish();
        let request = HttpRequest::new(Method::POST, self.token_url.clone())
            .body("application/x-www-form-urlencoded", form)
            .replay(Replay::Safe);
        let asked = Instant::now();
        let reply = self.http.send(request).await?;
        if !reply.status.is_success() {
            return Err(self.refusal(&reply));
        }
        // The body holds the token: nothing of it may stand in an error.
        let answer: TokenAnswer = serde_json::from_slice(&reply.body)
            .map_err(|_| self.unexpected(&reply, "no token in it"))?;
        let redactor = &self.http.context().redactor;
        redactor.protect(answer.access_token.expose());
        let mut header = HeaderValue::try_from(format!("Bearer {}", answer.access_token.expose()))
            .map_err(|_| self.unexpected(&reply, "a token that fits into no header"))?;
        header.set_sensitive(true);
        let life = answer
            .expires_in
            .and_then(|it| u64::try_from(it).ok())
            .map_or(USUAL_LIFE, Duration::from_secs);
        Ok(Token {
            header,
            refresh_at: asked + life.saturating_sub(EARLY.min(life / 4)),
        })
    }

    fn refusal(&self, reply: &Reply) -> ScmError {
        let refusal: Option<TokenRefusal> = serde_json::from_slice(&reply.body).ok();
        match refusal {
            Some(refusal) if reply.status.is_client_error() => ScmError::BadCredentials {
                who: format!("API client '{}'", self.client_id),
                answer: format!(
                    "{}{}",
                    refusal.error,
                    refusal
                        .error_description
                        .map(|it| format!(", {it}"))
                        .unwrap_or_default()
                ),
                advice: "Check client_id, client_secret and token_url".to_owned(),
            },
            _ => self.unexpected(reply, "no token"),
        }
    }

    fn unexpected(&self, reply: &Reply, what: &str) -> ScmError {
        ScmError::unexpected(self.http.system(), "get an access token", reply, what)
    }
}

/// RFC 6749 §5.1. `expires_in` is optional there.
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Secret,
    #[serde(default, deserialize_with = "wire::optional_integer")]
    expires_in: Option<i64>,
}

/// RFC 6749 §5.2
#[derive(Deserialize)]
struct TokenRefusal {
    error: String,
    error_description: Option<String>,
}

fn insert(
    headers: &mut HeaderMap,
    name: HeaderName,
    option: &str,
    value: &str,
) -> Result<(), ScmError> {
    let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
        ScmError::Options(format!(
            "scm: {option} holds a character that no HTTP header can carry, such as a line break"
        ))
    })?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

const LOGIN: HeaderName = HeaderName::from_static("login");
const PASSWORD: HeaderName = HeaderName::from_static("password");
const CUSTOMER_URI: HeaderName = HeaderName::from_static("customeruri");
/// What a token is assumed to last when the service does not say.
const USUAL_LIFE: Duration = Duration::from_secs(300);
/// A token is given up this long before its end, so that it does not expire on the way.
const EARLY: Duration = Duration::from_secs(60);
