//! The API key: given, or fetched once for user and password. It travels in a header, never in a
//! URL that a log keeps.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, Method};
use tokio::sync::OnceCell;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use super::{Call, FORM, Panos, PanosError, document, header};
use crate::http::{HttpRequest, Replay};
use crate::secret::Secret;

/// A key that is fetched when it is first needed.
#[derive(Clone, Default)]
pub(super) struct Session(Arc<OnceCell<HeaderValue>>);

impl Panos {
    pub(super) async fn key(&self) -> Result<HeaderValue, PanosError> {
        let key = self.0.session.0.get_or_try_init(|| self.make_key()).await;
        key.cloned()
    }

    async fn make_key(&self) -> Result<HeaderValue, PanosError> {
        let provider = &self.0.provider;
        if let Some(key) = &provider.api_key {
            return header(key.expose()).ok_or_else(|| {
                PanosError::Options("provider.api_key holds characters that no key has".to_owned())
            });
        }
        let password = provider.password.as_ref().map_or("", Secret::expose);
        let body = Zeroizing::new(
            Serializer::new(String::new())
                .append_pair("type", "keygen")
                .append_pair("user", &provider.username)
                .append_pair("password", password)
                .finish(),
        );
        let call = Call::read("keygen", "log in");
        let request = HttpRequest::new(Method::POST, self.0.url.clone())
            // Without a lifetime the same key comes again; with one the other key just ends.
            .replay(Replay::Safe)
            .body(FORM, body.as_bytes().to_vec());
        let reply = self.0.http.send(request).await?;
        if !reply.status.is_success() {
            return Err(PanosError::from_status(
                self.system(),
                provider,
                &call,
                &reply,
            ));
        }
        let answer = document::Answer::read(self.system(), &call.doing, &reply)?;
        let verdict = answer.verdict(self.system())?;
        if !verdict.success {
            // Old releases refuse under status 200.
            return Err(PanosError::BadCredentials {
                system: self.system().to_owned(),
                user: provider.username.clone(),
                answer: verdict.message,
            });
        }
        let key = answer.with(self.system(), |it| {
            document::descendant(it, "key").map(document::text)
        })?;
        let key = key.filter(|it| !it.is_empty()).ok_or_else(|| {
            PanosError::unexpected(self.system(), &call.doing, "no key in the answer")
        })?;
        self.context().redactor.protect(&key);
        header(&key).ok_or_else(|| {
            PanosError::unexpected(self.system(), &call.doing, "a key of strange characters")
        })
    }
}

pub(super) const KEY_HEADER: HeaderName = HeaderName::from_static("x-pan-key");
