//! The front door of every service: reads a request, journals it, lets
//! faults strike, and sends what the service answers.

use crate::acme;
use crate::bigip;
use crate::control;
use crate::faults::Action;
use crate::http::{Call, Job, Reply, Service};
use crate::journal::{Entry, Ticket};
use crate::oauth;
use crate::panos;
use crate::scm;
use crate::state::Lab;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{HOST, HeaderName, HeaderValue};
use hyper::{Method, Request, Response};
use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::Notify;

/// Where a request came in.
#[derive(Clone)]
pub(crate) struct Arrival {
    pub(crate) service: Service,
    pub(crate) peer: SocketAddr,
    pub(crate) client_cert: Option<Vec<u8>>,
    /// Ends the whole connection, also one that carries other streams.
    pub(crate) cut: Arc<Notify>,
}

/// The connection is to be dropped without an answer.
#[derive(Debug)]
pub(crate) struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("dropped on purpose")
    }
}

impl std::error::Error for Dropped {}

/// Answers one request. The work goes on when the client gives up waiting, as
/// it would behind a real front end.
pub(crate) async fn answer(
    lab: Arc<Lab>,
    arrival: Arrival,
    request: Request<Incoming>,
) -> Result<Response<ReplyBody>, Dropped> {
    let cut = Arc::clone(&arrival.cut);
    match tokio::spawn(process(lab, arrival, request)).await {
        Ok(Some(response)) => Ok(response),
        Ok(None) | Err(_) => drop_connection(&cut).await,
    }
}

/// The response to a request; `None` drops the connection instead.
async fn process(
    lab: Arc<Lab>,
    arrival: Arrival,
    request: Request<Incoming>,
) -> Option<Response<ReplyBody>> {
    let raw_query = request.uri().query().unwrap_or_default().to_owned();
    let call = read(&arrival, request).await?;
    if call.service == Service::Control {
        return Some(respond(&call, control::handle(&lab, &call)));
    }

    let (ticket, fault, latency) = admit(&lab, &call, raw_query);
    tokio::time::sleep(latency).await;
    let finish = |reply: Reply| {
        lab.world()
            .journal
            .amend(ticket, |entry| entry.status = Some(reply.status));
        respond(&call, reply)
    };
    match fault.as_ref().and_then(|action| instead(&call, action)) {
        Some(Instead::Drop) => return None,
        Some(Instead::Reply(reply)) => {
            let own_words = matches!(fault, Some(Action::Refuse { .. }));
            if own_words && call.service == Service::Acme {
                let nonce = lab.world().acme.nonces.issue();
                return Some(finish(reply.with("Replay-Nonce", nonce)));
            }
            return Some(finish(reply));
        }
        None => {}
    }
    if let Some(Action::Delay { seconds }) = fault {
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    }

    let mut reply = dispatch(&lab, &call).await;
    note(&lab, ticket, &mut reply);
    if let Some(job) = reply.job.take() {
        start(&lab, job);
    }
    tokio::time::sleep(reply.hold).await;
    match fault {
        Some(Action::ResetAfter) => None,
        Some(Action::Truncate) => {
            let half = reply.body.len() / 2;
            let mut response = finish(reply);
            response.body_mut().cut = Some(half);
            Some(response)
        }
        _ => Some(finish(reply)),
    }
}

/// Ends the connection without a byte more: an error would first reset the
/// stream alone, and the client would keep a connection that is about to die.
async fn drop_connection(cut: &Notify) -> Result<Response<ReplyBody>, Dropped> {
    cut.notify_one();
    std::future::pending().await
}

/// A body that can end too early.
#[derive(Debug)]
pub(crate) struct ReplyBody {
    bytes: Bytes,
    /// Send only this much, then break the connection.
    cut: Option<usize>,
    sent: bool,
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Dropped;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Dropped>>> {
        if self.sent {
            return Poll::Ready(self.cut.take().map(|_| Err(Dropped)));
        }
        self.sent = true;
        let end = self.cut.unwrap_or(self.bytes.len());
        if end == 0 {
            // Nothing to send: let the next poll finish or break.
            context.waker().wake_by_ref();
            return match self.cut {
                Some(_) => Poll::Pending,
                None => Poll::Ready(None),
            };
        }
        Poll::Ready(Some(Ok(Frame::data(self.bytes.slice(..end)))))
    }

    fn is_end_stream(&self) -> bool {
        self.cut.is_none() && (self.sent || self.bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}

enum Instead {
    Drop,
    Reply(Reply),
}

async fn read(arrival: &Arrival, request: Request<Incoming>) -> Option<Call> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.ok()?.to_bytes();
    let host = parts
        .headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| {
            parts
                .uri
                .authority()
                .map(hyper::http::uri::Authority::as_str)
        })
        .unwrap_or("localhost");
    let query = parts.uri.query().unwrap_or_default();
    Some(Call {
        service: arrival.service,
        origin: format!("https://{host}"),
        path: percent_encoding::percent_decode_str(parts.uri.path())
            .decode_utf8_lossy()
            .into_owned(),
        query: form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        method: parts.method,
        headers: parts.headers,
        body,
        client_cert: arrival.client_cert.clone(),
        peer: arrival.peer,
    })
}

fn admit(lab: &Arc<Lab>, call: &Call, query: String) -> (Ticket, Option<Action>, Duration) {
    // The devices of one vendor have a single path for everything.
    let (path, query) = if panos::is_device(call.service) {
        panos::journal_names(call)
    } else {
        (bigip::journal_path(&call.path), query)
    };
    let mut world = lab.world();
    let fault_path = path.clone();
    let ticket = world.journal.open(Entry {
        seq: 0,
        service: call.service.label(),
        method: call.method.to_string(),
        path,
        query,
        status: None,
        write: is_write(call),
        login: call.header("login").map(str::to_owned),
    });
    let fault = world.faults.strike(
        call.service.label(),
        call.method.as_str(),
        &fault_path,
        ticket.seq,
    );
    (ticket, fault, world.latency.sample())
}

/// Whether the request changes state, as far as method and path tell; the
/// ACME handlers know better once they have read the payload.
fn is_write(call: &Call) -> bool {
    match call.service {
        Service::Scm | Service::ScmOauth => {
            let reads = call.path.ends_with("/validation/status") || call.path.contains("/report/");
            matches!(call.method, Method::POST | Method::PUT | Method::DELETE) && !reads
        }
        Service::BigIp | Service::BigIpPeer => bigip::is_write(call),
        Service::Control
        | Service::Token
        | Service::Acme
        | Service::Ari
        | Service::Panos
        | Service::PanosPeer
        | Service::Panorama => false,
    }
}

fn instead(call: &Call, action: &Action) -> Option<Instead> {
    let reply = match action {
        Action::ResetBefore => return Some(Instead::Drop),
        Action::ResetAfter | Action::Truncate | Action::Delay { .. } => return None,
        Action::Refuse { status, body } => {
            let mut reply = match call.service {
                Service::Acme | Service::Ari => {
                    acme::problem::Problem::unauthorized("Refused").into()
                }
                Service::BigIp | Service::BigIpPeer => {
                    bigip::errors::Refusal::framework(403, "Operation is not allowed.").reply(call)
                }
                Service::Panos | Service::PanosPeer | Service::Panorama => panos::refusal(),
                Service::Token => oauth::refusal("invalid_client", "Invalid client credentials"),
                _ => scm::errors::unauthorized_to("perform this operation").into(),
            };
            reply.status = status.unwrap_or(reply.status);
            if let Some(body) = body {
                reply.body = Bytes::from(body.clone());
            }
            reply
        }
        Action::Status {
            status,
            body,
            headers,
        } => {
            let typed = headers
                .keys()
                .any(|name| name.eq_ignore_ascii_case("content-type"));
            let mut reply = Reply::empty(*status);
            if !typed {
                reply = reply.with("Content-Type", "text/plain");
            }
            for (name, value) in headers {
                reply = reply.with(name, value);
            }
            reply.body = Bytes::from(body.clone().unwrap_or_default());
            reply
        }
        Action::Html { status, body } => Reply::text(
            *status,
            "text/html",
            body.clone().unwrap_or_else(|| HTML_PAGE.to_owned()),
        ),
        Action::Empty { status } => {
            Reply::empty(*status).with("Content-Type", "application/json;charset=UTF-8")
        }
        Action::Redirect { status, location } => Reply::empty(*status).with("Location", location),
    };
    Some(Instead::Reply(reply))
}

async fn dispatch(lab: &Arc<Lab>, call: &Call) -> Reply {
    match call.service {
        Service::Scm | Service::ScmOauth => {
            scm::dcv_checks::run_due(lab).await;
            let mut reply = scm::handle(&mut lab.world(), call);
            if let Some(Job::Check(name)) = reply.job.take() {
                scm::dcv_checks::run_due(lab).await;
                reply.body = scm::dcv::status_reply(&lab.world(), &name).body;
            }
            reply
        }
        Service::Acme => {
            scm::dcv_checks::run_due(lab).await;
            acme::handle(&mut lab.world(), call)
        }
        Service::Ari => acme::ari::handle(&mut lab.world(), call),
        Service::BigIp | Service::BigIpPeer => bigip::handle(lab, call),
        Service::Panos | Service::PanosPeer | Service::Panorama => panos::handle(lab, call),
        Service::Token => oauth::token(&mut lab.world(), call),
        Service::Control => control::handle(lab, call),
    }
}

fn note(lab: &Lab, ticket: Ticket, reply: &mut Reply) {
    let (write, login) = (reply.write, reply.login.take());
    if write.is_some() || login.is_some() {
        lab.world().journal.amend(ticket, |entry| {
            entry.write = write.unwrap_or(entry.write);
            entry.login = login.or(entry.login.take());
        });
    }
}

fn start(lab: &Arc<Lab>, job: Job) {
    let lab = Arc::clone(lab);
    match job {
        Job::Validate(challenge) => {
            tokio::spawn(async move { acme::challenges::validate(&lab, &challenge).await });
        }
        // Done before the reply.
        Job::Check(_) => {}
    }
}

fn respond(call: &Call, reply: Reply) -> Response<ReplyBody> {
    let head = call.method == Method::HEAD;
    let mut response = Response::new(ReplyBody {
        bytes: if head { Bytes::new() } else { reply.body },
        cut: None,
        sent: false,
    });
    *response.status_mut() =
        hyper::StatusCode::from_u16(reply.status).unwrap_or(hyper::StatusCode::OK);
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(&value),
        ) {
            response.headers_mut().append(name, value);
        }
    }
    response
        .headers_mut()
        .entry(hyper::header::SERVER)
        .or_insert(HeaderValue::from_static("nginx"));
    response
}

const HTML_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n\
    <body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";
