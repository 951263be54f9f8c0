//! One order, from its names to a chain.

use std::time::Duration;

use instant_acme::{
    Account, AuthorizationState, AuthorizationStatus, CertificateIdentifier, ChallengeType, Error,
    Identifier, NewOrder, Order, OrderStatus,
};
use serde_json::json;
use tokio::time::sleep;
use url::Url;

use super::challenge::Answer;
use super::error::{NONCE_TRIES, explain, is_bad_nonce, is_passing};
use super::transport::Transport;
use super::{AcmeIssuer, account, jws};
use crate::lifecycle::{IssueError, IssueRequest};
use crate::x509::Chain;

/// Sends a request again while the server does not like the nonce. `instant-acme` does so itself,
/// but gives up after three; a request that was refused for its nonce was not carried out.
macro_rules! with_good_nonce {
    ($request:expr) => {{
        let mut tries = 0;
        loop {
            tries += 1;
            match $request {
                Err(error) if tries < NONCE_TRIES && is_bad_nonce(&error) => {}
                result => break result,
            }
        }
    }};
}

/// What an order needs around it.
pub(super) struct Ordering<'a> {
    pub(super) issuer: &'a AcmeIssuer,
    pub(super) account: &'a Account,
    pub(super) transport: &'a Transport,
}

impl Ordering<'_> {
    pub(super) async fn run(&self, request: &IssueRequest<'_>) -> Result<Chain, IssueError> {
        let mut order = self.place(request).await?;
        // Kept until the order is ready: the server fetches them when it likes.
        let mut answers = Vec::new();
        let ready = self.get_ready(&mut order, &mut answers).await;
        for answer in answers {
            if let Err(error) = answer.withdraw().await {
                self.transport
                    .http()
                    .context()
                    .warn(format!("an answer to a challenge is left behind: {error}"));
            }
        }
        ready?;
        self.finalize(&mut order, request).await?;
        self.wait_until(&mut order, "waiting for the certificate", |it| {
            matches!(it, OrderStatus::Processing | OrderStatus::Ready)
        })
        .await?;
        self.download(&mut order, request).await
    }

    async fn place(&self, request: &IssueRequest<'_>) -> Result<Order, IssueError> {
        let identifiers: Vec<Identifier> = request
            .csr
            .names
            .iter()
            .map(|it| Identifier::Dns(it.clone()))
            .collect();
        if let Some(id) = self.replaced(request) {
            // Some servers know `replaces` and refuse or drop it all the same: then without.
            let order = NewOrder::new(&identifiers).replaces(id);
            if let Ok(order) = with_good_nonce!(self.account.new_order(&order).await) {
                return Ok(order);
            }
        }
        let order = NewOrder::new(&identifiers);
        with_good_nonce!(self.account.new_order(&order).await)
            .map_err(|error| self.failed("ordering the certificate", &error))
    }

    /// The certificate that the order replaces (RFC 9773 §5), if the server knows renewal info.
    fn replaced(&self, request: &IssueRequest<'_>) -> Option<CertificateIdentifier<'static>> {
        self.transport.directory().renewal_info.as_ref()?;
        let (key_id, serial) = request.replaces?.ari_id.as_ref()?;
        Some(
            CertificateIdentifier::new(key_id.as_slice().into(), serial.as_slice().into())
                .into_owned(),
        )
    }

    async fn get_ready(
        &self,
        order: &mut Order,
        answers: &mut Vec<Answer>,
    ) -> Result<(), IssueError> {
        self.authorize(order, answers).await?;
        self.wait_until(order, "waiting for the validation of the names", |it| {
            it == OrderStatus::Pending
        })
        .await
    }

    /// Answers what is still to be validated. Names that the CA validated beforehand need nothing,
    /// whatever kind of challenge it mentions.
    async fn authorize(
        &self,
        order: &mut Order,
        answers: &mut Vec<Answer>,
    ) -> Result<(), IssueError> {
        if order.state().status != OrderStatus::Pending {
            return Ok(());
        }
        self.load_authorizations(order).await?;
        self.publish(order, answers).await?;
        if answers.iter().any(|it| matches!(it, Answer::Record(..)))
            && let Some(dns) = &self.issuer.preferences.dns
        {
            dns.propagate().await;
        }
        let mut authorizations = order.authorizations();
        while let Some(loaded) = authorizations.next().await {
            let mut authorization =
                loaded.map_err(|error| self.failed("reading an authorization", &error))?;
            if authorization.status != AuthorizationStatus::Pending {
                continue;
            }
            let kind = self.kind(&authorization);
            if let Some(mut challenge) = authorization.challenge(kind) {
                with_good_nonce!(challenge.set_ready().await)
                    .map_err(|error| self.failed("answering a challenge", &error))?;
            }
        }
        Ok(())
    }

    /// Puts all answers in place before the CA is told to look at the first.
    async fn publish(
        &self,
        order: &mut Order,
        answers: &mut Vec<Answer>,
    ) -> Result<(), IssueError> {
        let mut authorizations = order.authorizations();
        while let Some(loaded) = authorizations.next().await {
            let mut authorization =
                loaded.map_err(|error| self.failed("reading an authorization", &error))?;
            let name = authorization.identifier().to_string();
            match authorization.status {
                AuthorizationStatus::Valid => continue,
                AuthorizationStatus::Pending => {}
                status => {
                    return Err(self.error(format!(
                        "the authorization for {name} is {status:?}; the next run orders anew"
                    )));
                }
            }
            let cannot = |error: &dyn std::fmt::Display| {
                self.error(format!(
                    "the answer for {name} cannot be published: {error}"
                ))
            };
            let offered: Vec<String> = authorization
                .challenges
                .iter()
                .map(|it| format!("{:?}", it.r#type))
                .collect();
            let preferences = &self.issuer.preferences;
            let kind = self.kind(&authorization);
            let challenge = authorization.challenge(kind.clone());
            let answer = match (kind, &preferences.webroot, &preferences.dns, challenge) {
                (ChallengeType::Http01, Some(webroot), _, Some(challenge)) => {
                    let authorization = challenge.key_authorization();
                    let file = webroot.put(&challenge.token, authorization.as_str());
                    Answer::File(file.map_err(|it| cannot(&it))?)
                }
                (_, _, Some(dns), Some(challenge)) => {
                    let value = challenge.key_authorization().dns_value();
                    let record = Answer::record(dns, &name, value).await;
                    record.map_err(|it| cannot(&it))?
                }
                _ => {
                    return Err(self.error(format!(
                        "{name} is not validated, and the CA offers {} where only http-01 with issuer.webroot and dns-01 \
                         with issuer.dns could be answered. Validate the domain in SCM beforehand (its DCV may have \
                         lapsed: sectigo_domain_validation), or give one of them",
                        offered.join(", ")
                    )));
                }
            };
            answers.push(answer);
        }
        Ok(())
    }

    /// http-01 where the CA offers it and somebody serves it.
    fn kind(&self, authorization: &AuthorizationState) -> ChallengeType {
        let offered = &authorization.challenges;
        let http = offered.iter().any(|it| it.r#type == ChallengeType::Http01);
        if http && self.issuer.preferences.webroot.is_some() {
            ChallengeType::Http01
        } else {
            ChallengeType::Dns01
        }
    }

    /// Has all authorizations fetched, so that going through them needs no request. `instant-acme`
    /// passes over one whose request failed, so after a bad nonce it starts anew; what it has got
    /// it keeps.
    async fn load_authorizations(&self, order: &mut Order) -> Result<(), IssueError> {
        let limit =
            NONCE_TRIES * (1 + u32::try_from(order.state().authorizations.len()).unwrap_or(0));
        let mut tries = 0;
        'again: loop {
            tries += 1;
            let mut authorizations = order.authorizations();
            while let Some(loaded) = authorizations.next().await {
                match loaded {
                    Ok(_) => {}
                    Err(error) if tries < limit && is_bad_nonce(&error) => continue 'again,
                    Err(error) => return Err(self.failed("reading an authorization", &error)),
                }
            }
            return Ok(());
        }
    }

    /// Polls until the order leaves the states for which `waiting` holds.
    async fn wait_until(
        &self,
        order: &mut Order,
        doing: &str,
        waiting: impl Fn(OrderStatus) -> bool,
    ) -> Result<(), IssueError> {
        let mut pause = FIRST_PAUSE;
        let mut failures = 0;
        // The state after finalize came with a reply that may ask to wait.
        while waiting(order.state().status) {
            let wait = self
                .transport
                .retry_after()
                .unwrap_or(pause)
                .max(FIRST_PAUSE);
            let deadline = self.transport.http().context().deadline;
            let Some(wait) = deadline.admits(wait) else {
                let status = order.state().status;
                return Err(self.error(format!(
                    "{doing}: the order {} is still {status:?} at the task's deadline. The next run asks again with \
                     the same key; `deadline` gives the task more time",
                    order.url()
                )));
            };
            sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            match with_good_nonce!(order.refresh().await.map(|_| ())) {
                Ok(()) => failures = 0,
                Err(error) if is_passing(&error) && failures < PASSING_FAILURES => failures += 1,
                Err(error) => return Err(self.failed(doing, &error)),
            }
        }
        if order.state().status == OrderStatus::Invalid {
            let why = match &order.state().error {
                Some(problem) => explain(&Error::Api(problem.clone())),
                None => self.failed_authorization(order).await,
            };
            return Err(self.error(format!("{doing}: the CA refused the order: {why}")));
        }
        Ok(())
    }

    /// The reason hides in a challenge where the order itself gives none.
    async fn failed_authorization(&self, order: &mut Order) -> String {
        let url = order.url().to_owned();
        let Ok(mut order) = with_good_nonce!(self.account.order(url.clone()).await) else {
            return "it does not say why".to_owned();
        };
        let mut authorizations = order.authorizations();
        while let Some(Ok(authorization)) = authorizations.next().await {
            let problem = authorization
                .challenges
                .iter()
                .find_map(|it| it.error.clone());
            if let Some(problem) = problem {
                return format!(
                    "{}: {}",
                    authorization.identifier(),
                    explain(&Error::Api(problem))
                );
            }
        }
        "it does not say why".to_owned()
    }

    async fn finalize(
        &self,
        order: &mut Order,
        request: &IssueRequest<'_>,
    ) -> Result<(), IssueError> {
        for _ in 0..FINALIZE_TRIES {
            match with_good_nonce!(order.finalize_csr(request.csr.der()).await) {
                Ok(()) => return Ok(()),
                // Sectigo may hold the request for minutes, and proxies cut it. What became of it
                // stands in the order.
                Err(error) if is_passing(&error) => {
                    with_good_nonce!(order.refresh().await.map(|_| ()))
                        .map_err(|_| self.failed("finalizing the order", &error))?;
                    if order.state().status != OrderStatus::Ready {
                        return Ok(());
                    }
                }
                Err(error) => return Err(self.failed("finalizing the order", &error)),
            }
        }
        Err(self.error(
            "the server does not take the request for the certificate: it stays without an \
                        answer; the next run tries again"
                .to_owned(),
        ))
    }

    async fn download(
        &self,
        order: &mut Order,
        request: &IssueRequest<'_>,
    ) -> Result<Chain, IssueError> {
        let text = with_good_nonce!(order.certificate().await)
            .map_err(|error| self.failed("fetching the certificate", &error))?
            .ok_or_else(|| self.error("the order is valid but has no certificate".to_owned()))?;
        let alternates = self.transport.alternates();
        let chain = self.chain(&text, request)?;
        let Some(wanted) = &self.issuer.preferences.preferred_root else {
            return Ok(chain);
        };
        if chain.root_name().contains(wanted) {
            return Ok(chain);
        }
        for url in alternates {
            let chain = self.chain(&self.alternate(&url).await?, request)?;
            if chain.root_name().contains(wanted) {
                return Ok(chain);
            }
        }
        self.transport.http().context().warn(format!(
            "{}: no chain leads to a root named '{wanted}'; the CA's default chain, to '{}', is used",
            self.issuer.system,
            chain.root_name()
        ));
        Ok(chain)
    }

    /// Fetches an alternate chain, for which `instant-acme` has no call.
    async fn alternate(&self, url: &Url) -> Result<String, IssueError> {
        let key = self
            .issuer
            .credentials
            .key
            .pair()
            .map_err(|it| self.error(it))?;
        let directory = self.transport.directory();
        let reply = account::signed_post(self.transport.http(), directory, url, |nonce| {
            let header = json!({"kid": self.account.id(), "nonce": nonce, "url": url.as_str()});
            jws::es256(&key, header, None)
        })
        .await
        .map_err(|problem| self.error(problem))?;
        Ok(String::from_utf8_lossy(&reply.body).into_owned())
    }

    fn chain(&self, text: &str, request: &IssueRequest<'_>) -> Result<Chain, IssueError> {
        let chain = Chain::build(text, &request.csr.public_key_sha256)
            .map_err(|error| self.error(format!("the CA's answer is not usable: {error}")))?;
        Ok(chain)
    }

    fn failed(&self, doing: &str, error: &Error) -> IssueError {
        self.issuer.failed(doing, error)
    }

    fn error(&self, problem: impl std::fmt::Display) -> IssueError {
        IssueError::new(format!("{}: {problem}", self.issuer.system))
    }
}

const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Sectigo asks for 15 s itself.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// HTML error pages have been seen in the middle of polling.
const PASSING_FAILURES: u32 = 5;
const FINALIZE_TRIES: u32 = 3;
