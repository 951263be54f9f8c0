//! TLS of the firewalls: portal, gateway and management interface present
//! what the running configuration binds.

use super::entry::{self, Vault};
use super::estate::{Estate, FIRST, SECOND};
use super::scope::{self, Scope, device};
use super::xml::Node;
use super::xpath::{Path, Step};
use crate::http::Service;
use crate::state::{Lab, World};
use crate::switches::Intermediates;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Serves portals and gateways on their sockets, for as long as the lab runs.
pub(crate) fn start(lab: &Arc<Lab>, listeners: Vec<TcpListener>) -> std::io::Result<()> {
    for (place, listener) in listeners.into_iter().enumerate() {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let lab = Arc::clone(lab);
        tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                };
                let lab = Arc::clone(&lab);
                tokio::spawn(async move {
                    let _ = tokio::time::timeout(PATIENCE, connection(&lab, place, stream)).await;
                });
            }
        });
    }
    Ok(())
}

/// What the management interface presents; `None` means the factory's
/// certificate.
pub(crate) fn management(world: &mut World, service: Service) -> Option<Arc<CertifiedKey>> {
    if service != Service::Panos && service != Service::PanosPeer {
        return None;
    }
    let mut steps = device();
    steps.extend(["deviceconfig", "system", "ssl-tls-service-profile"].map(Step::plain));
    bound(world, Estate::place(service), &Path::of(steps))
}

async fn connection(lab: &Lab, place: usize, stream: TcpStream) {
    let key = served(&mut lab.world(), place);
    // Without a profile nothing listens there.
    let Some(key) = key else { return };
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from((*key).clone())));
    if let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await {
        let mut buffer = [0; 1024];
        let _ = stream.read(&mut buffer).await;
        let _ = stream.write_all(PAGE).await;
        let _ = stream.shutdown().await;
    }
}

fn served(world: &mut World, place: usize) -> Option<Arc<CertifiedKey>> {
    let unit = if place < 2 { FIRST } else { SECOND };
    // The passive unit of a pair forwards nothing.
    if world.panos.ha.enabled && unit != world.panos.active() {
        return None;
    }
    let base = Scope::Vsys("vsys1".to_owned())
        .path()
        .child(Step::plain("global-protect"));
    let profile = if place.is_multiple_of(2) {
        base.child(Step::plain("global-protect-portal"))
            .child(Step::entry("portal"))
            .child(Step::plain("portal-config"))
    } else {
        base.child(Step::plain("global-protect-gateway"))
            .child(Step::entry("gateway"))
    };
    bound(
        world,
        unit,
        &profile.child(Step::plain("ssl-tls-service-profile")),
    )
}

/// The certificate of the profile that is named at a place.
fn bound(world: &mut World, unit: usize, at: &Path) -> Option<Arc<CertifiedKey>> {
    let (now, switches) = (world.now(), world.switches.clone());
    world.panos.settle(now, &switches);
    let config = world.panos.devices[unit].effective();
    let name = &at.first(&config)?.text;
    let profile = scope::resolve(&config, at, "ssl-tls-service-profile", name)?;
    let certificate = profile.child(Step::plain("certificate"));
    let name = &certificate.first(&config)?.text;
    let path = scope::resolve(&config, &certificate, "certificate", name)?;
    let entry = path.first(&config)?;
    let chain = chain(&config, &path, entry, switches.panos_intermediates)?;
    pair(&world.panos.vault, entry, chain)
}

fn pair(
    vault: &Vault,
    entry: &Node,
    chain: Vec<CertificateDer<'static>>,
) -> Option<Arc<CertifiedKey>> {
    let key = &vault.of(entry)?.key;
    // A key of another certificate makes the service fail.
    if entry::spki(chain.first()?)? != key.spki {
        return None;
    }
    Some(Arc::new(CertifiedKey::new(chain, Arc::clone(&key.signer))))
}

/// The leaf with what stands behind it in its entry, and with authorities
/// from other entries where the device looks for them.
fn chain(
    config: &Node,
    path: &Path,
    entry: &Node,
    intermediates: Intermediates,
) -> Option<Vec<CertificateDer<'static>>> {
    let mut chain = entry::chain(entry)?;
    if intermediates == Intermediates::Store {
        chain.truncate(1);
    }
    if intermediates == Intermediates::Bundle || chain.len() > 1 {
        return Some(chain);
    }
    let authorities: Vec<CertificateDer<'static>> = path
        .parent()
        .into_iter()
        .chain([Scope::Shared.path().child(Step::plain("certificate"))])
        .filter_map(|list| list.first(config))
        .flat_map(Node::entries)
        .filter(|entry| entry.text_of("ca") == Some("yes"))
        .filter_map(entry::chain)
        .flatten()
        .collect();
    while let Some(next) = chain
        .last()
        .and_then(|last| authorities.iter().find(|authority| issued(authority, last)))
    {
        let next = next.clone();
        // A root is not sent, and no circle is followed.
        if issued(&next, &next) || chain.contains(&next) {
            break;
        }
        chain.push(next);
    }
    Some(chain)
}

fn issued(issuer: &[u8], certificate: &[u8]) -> bool {
    let (Ok((_, issuer)), Ok((_, certificate))) = (
        X509Certificate::from_der(issuer),
        X509Certificate::from_der(certificate),
    ) else {
        return false;
    };
    issuer.subject() == certificate.issuer()
        && certificate
            .verify_signature(Some(issuer.public_key()))
            .is_ok()
}

const PATIENCE: Duration = Duration::from_secs(30);
const PAGE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n";
