//! One login in a run, and its end.

use std::time::Duration;

use http::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::{Icontrol, IcontrolError, Restart, parse};
use crate::deadline::Deadline;
use crate::http::{Call, HttpRequest, Replay};

/// The token that stands for the user, once there is one.
#[derive(Default)]
pub(super) struct Session {
    token: Mutex<Option<HeaderValue>>,
}

#[derive(Deserialize)]
struct Login {
    token: Token,
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

impl Icontrol {
    /// The token; the first call logs in. A device that restarts is waited for.
    pub(super) async fn token(&self) -> Result<HeaderValue, IcontrolError> {
        let mut token = self.0.session.token.lock().await;
        if let Some(token) = token.as_ref() {
            return Ok(token.clone());
        }
        let mut restart = Restart::default();
        let fresh = loop {
            match self.log_in().await {
                Err(IcontrolError::Busy { .. }) if restart.wait(self.context()).await => {}
                other => break other?,
            }
        };
        self.context().redactor.protect(&fresh);
        let mut header = HeaderValue::from_str(&fresh).map_err(|_| {
            IcontrolError::Options(format!("{}: the token is no text", self.system()))
        })?;
        header.set_sensitive(true);
        // First of all it is kept, so that it is given back whatever comes.
        *token = Some(header.clone());
        self.extend(&fresh, &header).await?;
        Ok(header)
    }

    /// True if a login may give a token that is better than `used`.
    pub(super) async fn renew(&self, used: &HeaderValue) -> bool {
        let mut token = self.0.session.token.lock().await;
        if token.as_ref() == Some(used) {
            *token = None;
        }
        true
    }

    /// Gives the token back. Tokens are few, and one that is left lives for 20 minutes; so this runs
    /// also when the task has failed or its time is over.
    pub(crate) async fn log_out(&self) {
        let Some(token) = self.0.session.token.lock().await.take() else {
            return;
        };
        let http = self.0.http.with_deadline(Deadline::after(LOG_OUT));
        let Ok(name) = token.to_str() else { return };
        let url = self.url(&format!("shared/authz/tokens/{name}"), &[]);
        let request = HttpRequest::new(http::Method::DELETE, url)
            .header(TOKEN, token.clone())
            .replay(Replay::Safe);
        match http.send(request).await {
            Ok(reply)
                if reply.status.is_success() || reply.status == 404 || reply.status == 401 => {}
            _ => self.context().warn(format!(
                "{}: the login could not be ended; its token expires by itself within 20 minutes",
                self.system()
            )),
        }
    }

    async fn log_in(&self) -> Result<String, IcontrolError> {
        let provider = &self.0.provider;
        let body = json!({
            "username": provider.user,
            "password": provider.password.expose(),
            "loginProviderName": provider.auth_provider,
        });
        // A login whose answer was lost leaves a token behind, which expires by itself.
        let call = Call::post("shared/authn/login", "log in")
            .body(&body)
            .replay(Replay::Safe);
        let reply = self.exchange(&call, None).await?;
        let login: Login = parse(self.system(), &reply, &call.doing)?;
        Ok(login.token.token)
    }

    /// A task may take longer than a token lives (20 minutes).
    async fn extend(&self, token: &str, header: &HeaderValue) -> Result<(), IcontrolError> {
        let wanted = self.context().deadline.remaining().unwrap_or_default();
        if wanted <= TOKEN_LIFE {
            return Ok(());
        }
        let seconds = wanted.as_secs().min(LONGEST_TOKEN_LIFE);
        let call = Call::patch(format!("shared/authz/tokens/{token}"), "extend the login")
            .body(&json!({"timeout": seconds}));
        self.exchange(&call, Some(header)).await?;
        Ok(())
    }
}

/// What a device says of a token that it does not take any more.
pub(super) fn is_expired(body: &Value) -> bool {
    body["message"]
        .as_str()
        .is_some_and(|it| it.contains("X-F5-Auth-Token"))
}

pub(super) const TOKEN: HeaderName = HeaderName::from_static("x-f5-auth-token");
const TOKEN_LIFE: Duration = Duration::from_secs(1200);
/// Seconds; a device refuses more.
const LONGEST_TOKEN_LIFE: u64 = 36_000;
const LOG_OUT: Duration = Duration::from_secs(15);
