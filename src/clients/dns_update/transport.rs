//! Signed messages over TCP.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hickory_proto::op::Message;
use hickory_proto::rr::{RecordType, TSigVerifier};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{DnsError, DnsUpdate};
use crate::retry::{self, RetryPolicy};

impl DnsUpdate {
    /// Sends `message`, signed, and reads its answer, whose signature is checked.
    pub(super) async fn ask(&self, message: Message, doing: &str) -> Result<Message, DnsError> {
        let mut replies = self.exchange(message, doing, |_| true).await?;
        replies
            .pop()
            .ok_or_else(|| self.unreachable(doing, "no answer"))
    }

    /// As [`ask`](Self::ask), for an answer of several messages: a zone ends with the SOA that it
    /// began with.
    pub(super) async fn transfer_all(
        &self,
        message: Message,
        doing: &str,
    ) -> Result<Vec<Message>, DnsError> {
        let whole = |replies: &[Message]| {
            let ends = replies
                .iter()
                .flat_map(|it| &it.answers)
                .filter(|it| it.record_type() == RecordType::SOA)
                .count();
            ends >= 2 || replies.last().is_some_and(|it| it.answers.is_empty())
        };
        self.exchange(message, doing, whole).await
    }

    async fn exchange(
        &self,
        message: Message,
        doing: &str,
        whole: impl Fn(&[Message]) -> bool,
    ) -> Result<Vec<Message>, DnsError> {
        let mut retries = RetryPolicy::REQUEST.start();
        loop {
            let time = self
                .context
                .deadline
                .remaining()
                .unwrap_or_default()
                .min(LONGEST);
            let once = self.once(message.clone(), doing, &whole);
            let result = timeout(time, once)
                .await
                .unwrap_or_else(|_| Err(self.unreachable(doing, "no answer in time")));
            self.context.trace(format!(
                "DNS {} {doing} -> {}",
                self.server,
                result.as_ref().map_or("failed", |_| "answered")
            ));
            let Err(DnsError::Unreachable { .. }) = result else {
                return result;
            };
            let pause = retries.next(None, retry::jitter());
            match pause.and_then(|it| self.context.deadline.admits(it)) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return result,
            }
        }
    }

    async fn once(
        &self,
        mut message: Message,
        doing: &str,
        whole: &impl Fn(&[Message]) -> bool,
    ) -> Result<Vec<Message>, DnsError> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let broken =
            |error: &dyn std::fmt::Display| DnsError::Options(format!("cannot {doing}: {error}"));
        let mut verifier = message
            .finalize(&self.signer, now)
            .map_err(|it| broken(&it))?;
        let bytes = message.to_vec().map_err(|it| broken(&it))?;
        let length = u16::try_from(bytes.len()).map_err(|it| broken(&it))?;
        let failed = |error: std::io::Error| self.unreachable(doing, &error.to_string());
        let mut stream = TcpStream::connect((self.server.as_str(), self.port))
            .await
            .map_err(failed)?;
        let framed = [&length.to_be_bytes(), bytes.as_slice()].concat();
        stream.write_all(&framed).await.map_err(failed)?;
        let mut replies = Vec::new();
        while replies.is_empty() || !whole(&replies) {
            let length = stream.read_u16().await.map_err(failed)?;
            let mut reply = vec![0; usize::from(length)];
            stream.read_exact(&mut reply).await.map_err(failed)?;
            replies.push(self.checked(&reply, verifier.as_mut(), doing)?);
        }
        Ok(replies)
    }

    /// A refusal of the signature cannot itself be signed (RFC 8945 §5.3.2), so errors are believed
    /// as they come: whoever forges one achieves that nothing happens.
    fn checked(
        &self,
        bytes: &[u8],
        verifier: Option<&mut TSigVerifier>,
        doing: &str,
    ) -> Result<Message, DnsError> {
        let reply = Message::from_vec(bytes)
            .map_err(|error| self.unreachable(doing, &format!("a broken answer: {error}")))?;
        let success = u16::from(reply.metadata.response_code) == 0;
        if let (true, Some(verifier)) = (success, verifier) {
            verifier
                .verify(bytes)
                .map_err(|error| DnsError::Untrusted {
                    server: self.server.clone(),
                    doing: doing.to_owned(),
                    cause: error.to_string(),
                })?;
        }
        Ok(reply)
    }

    fn unreachable(&self, doing: &str, cause: &str) -> DnsError {
        DnsError::Unreachable {
            server: self.server.clone(),
            doing: doing.to_owned(),
            cause: cause.to_owned(),
        }
    }
}

/// One exchange; a primary writes its journal before it answers.
const LONGEST: Duration = Duration::from_secs(30);
