//! Virtual servers at work: whatever has a loopback destination listens there
//! and terminates TLS with what its profiles hold.

use super::model::{Config, Virtual};
use super::{validate, virtuals};
use crate::state::{Lab, World};
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// The addresses that are listened on.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    listening: BTreeMap<SocketAddr, JoinHandle<()>>,
}

/// Serves the virtual servers that are there from the start, on sockets that
/// are open already: nobody else can have taken their ports meanwhile.
pub(crate) fn start(lab: &Arc<Lab>, listeners: Vec<TcpListener>) -> std::io::Result<()> {
    for listener in listeners {
        let address = listener.local_addr()?;
        listen(lab, &mut lab.world(), address, listener)?;
    }
    Ok(())
}

/// Opens and closes listeners so that they fit the configuration.
pub(crate) fn follow(lab: &Arc<Lab>) {
    let mut world = lab.world();
    let wanted: BTreeSet<SocketAddr> = world
        .bigip
        .devices
        .iter()
        .filter_map(|device| device.unit.as_ref())
        .flat_map(|unit| unit.config.virtuals.values())
        .filter_map(|server| virtuals::address(&server.destination))
        .filter(|address| address.ip().is_loopback() && address.port() != 0)
        // Those stay: after a reset they are wanted again.
        .chain(
            world
                .bigip
                .devices
                .iter()
                .flat_map(|device| device.addresses),
        )
        .collect();
    world.traffic.listening.retain(|address, task| {
        let keep = wanted.contains(address);
        if !keep {
            task.abort();
        }
        keep
    });
    for address in wanted {
        if !world.traffic.listening.contains_key(&address)
            && let Ok(listener) = TcpListener::bind(address)
        {
            // A port that somebody else holds stays theirs.
            let _ = listen(lab, &mut world, address, listener);
        }
    }
}

fn listen(
    lab: &Arc<Lab>,
    world: &mut World,
    address: SocketAddr,
    listener: TcpListener,
) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let lab = Arc::clone(lab);
    let task = tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            };
            let lab = Arc::clone(&lab);
            tokio::spawn(async move {
                let _ = tokio::time::timeout(PATIENCE, connection(&lab, address, stream)).await;
            });
        }
    });
    world.traffic.listening.insert(address, task);
    Ok(())
}

async fn connection(lab: &Lab, address: SocketAddr, stream: TcpStream) {
    let served = serving(&mut lab.world(), address);
    match served {
        // Nothing is configured here: the connection ends.
        None => {}
        Some(profiles) if profiles.is_empty() => respond(stream).await,
        Some(profiles) => {
            let config = ServerConfig::builder()
                .with_no_client_auth()
                .with_cert_resolver(Arc::new(Choice { profiles }));
            if let Ok(stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await {
                respond(stream).await;
            }
        }
    }
}

/// What a virtual server presents at this moment; `None` when there is none
/// that is enabled.
fn serving(world: &mut World, address: SocketAddr) -> Option<Vec<Offer>> {
    let now = world.now();
    let here = |server: &&Virtual| virtuals::address(&server.destination) == Some(address);
    let (config, server) = world
        .bigip
        .working(now)
        .into_iter()
        .find_map(|config| Some((config, config.virtuals.values().find(here)?)))
        .filter(|(_, server)| server.enabled)?;
    let profiles = server
        .profiles
        .keys()
        .filter(|profile| config.client_ssl.contains_key(*profile))
        .map(|profile| offer(config, profile))
        .collect();
    Some(profiles)
}

/// A profile, ready for a handshake.
#[derive(Debug)]
struct Offer {
    server_name: Option<String>,
    default: bool,
    strict: bool,
    /// EC before RSA: clients that can take the former.
    pairs: Vec<Arc<CertifiedKey>>,
}

fn offer(config: &Config, profile: &str) -> Offer {
    let text = |name: &str| {
        config
            .setting(profile, name)
            .and_then(|value| value.as_str())
    };
    let mut pairs: Vec<(bool, Arc<CertifiedKey>)> = Vec::new();
    for entry in config.chain(profile) {
        let Ok(key) = validate::open(config, profile, entry) else {
            continue;
        };
        let Some(cert) = entry.cert.as_ref().and_then(|path| config.certs.get(path)) else {
            continue;
        };
        let mut chain = cert.file.chain.clone();
        if let Some(more) = entry.chain.as_ref().and_then(|path| config.certs.get(path)) {
            chain.extend(more.file.chain.iter().cloned());
        }
        let rsa = matches!(key.kind, crate::csr::KeyKind::Rsa(_));
        pairs.push((
            rsa,
            Arc::new(CertifiedKey::new(chain, Arc::clone(&key.signer))),
        ));
    }
    pairs.sort_by_key(|(rsa, _)| *rsa);
    Offer {
        server_name: text("serverName")
            .filter(|name| *name != "none")
            .map(str::to_ascii_lowercase),
        default: text("sniDefault") == Some("true"),
        strict: text("sniRequire") == Some("true"),
        pairs: pairs.into_iter().map(|(_, pair)| pair).collect(),
    }
}

/// Chooses by server name, then by what the client can verify.
struct Choice {
    profiles: Vec<Offer>,
}

impl Choice {
    fn profile(&self, name: Option<&str>) -> Option<&Offer> {
        let name = name.map(str::to_ascii_lowercase).unwrap_or_default();
        let exact = |offer: &&Offer| offer.server_name.as_deref() == Some(name.as_str());
        let wild = |offer: &&Offer| {
            let suffix = offer
                .server_name
                .as_deref()
                .and_then(|name| name.strip_prefix('*'));
            suffix.is_some_and(|suffix| {
                let label = name.strip_suffix(suffix);
                label.is_some_and(|label| !label.is_empty() && !label.contains('.'))
            })
        };
        let offers = || self.profiles.iter();
        if let Some(found) = offers().find(exact).or_else(|| offers().find(wild)) {
            return Some(found);
        }
        let fallback = offers()
            .find(|offer| offer.default)
            .or(self.profiles.first())?;
        (!fallback.strict).then_some(fallback)
    }
}

impl fmt::Debug for Choice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Choice")
    }
}

impl ResolvesServerCert for Choice {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let profile = self.profile(hello.server_name())?;
        let schemes = hello.signature_schemes();
        profile
            .pairs
            .iter()
            .find(|pair| pair.key.choose_scheme(schemes).is_some())
            .cloned()
    }
}

/// Reads a request and says hello, in place of a pool of web servers.
async fn respond<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    let mut request = Vec::new();
    let mut buffer = [0; 1024];
    while !request.windows(4).any(|window| window == b"\r\n\r\n") && request.len() < MAX_REQUEST {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(count) => request.extend_from_slice(&buffer[..count]),
        }
    }
    let _ = stream.write_all(PAGE).await;
    let _ = stream.shutdown().await;
}

const PATIENCE: Duration = Duration::from_secs(30);
const MAX_REQUEST: usize = 16_384;
const PAGE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n";
