//! What portals, gateways and management interfaces present.

use crate::common::Lab;
use crate::device::{Authority, Device, P256, SETTINGS, state};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use serde_json::json;
use std::sync::Arc;
use tokio::net::TcpStream;

const VSYS: &str = "/config/devices/entry[@name='localhost.localdomain']/vsys/entry[@name='vsys1']";
const PROFILE: &str = "/config/shared/ssl-tls-service-profile/entry[@name='web']";

/// Brings a certificate into force at the portal.
async fn bind(device: &Device<'_>, authority: &Authority, name: &str) {
    device.generate(name, P256).await.good();
    let leaf = authority.sign(&device.request(name).await);
    device.import_certificate(name, &leaf).await.good();
    let element = format!("<certificate>{name}</certificate>{SETTINGS}");
    device.set(PROFILE, &element).await.good();
    let portal =
        format!("{VSYS}/global-protect/global-protect-portal/entry[@name='portal']/portal-config");
    device
        .set(
            &portal,
            "<ssl-tls-service-profile>web</ssl-tls-service-profile>",
        )
        .await
        .good();
    let job = device.commit("<commit/>").await;
    assert!(job.text.contains("<result>OK</result>"), "{}", job.text);
}

#[tokio::test]
async fn the_portal_presents_what_is_committed() {
    let lab = Lab::start();
    let device = Device::login(&lab, "panos", "admin").await;
    let port = lab.ready["panos"]["services"][0]["port"]
        .as_u64()
        .expect("a port");
    assert!(presented(port).await.is_none());
    let authority = Authority::new();
    bind(&device, &authority, "first").await;
    let first = presented(port).await.expect("a chain");
    assert_eq!(first.len(), 1);
    device
        .import_certificate("authority", &authority.pem())
        .await
        .good();
    device.commit("<commit/>").await;
    // A root is not sent, but it would be an intermediate's place.
    assert_eq!(presented(port).await.expect("a chain").len(), 1);
    bind(&device, &authority, "second").await;
    assert_ne!(presented(port).await.expect("a chain")[0], first[0]);
}

#[tokio::test]
async fn a_key_of_another_certificate_makes_the_service_fail() {
    let lab = Lab::start();
    let device = Device::login(&lab, "panos", "admin").await;
    let authority = Authority::new();
    bind(&device, &authority, "site").await;
    let (_, key) = authority.pair();
    let parameters = [
        ("category", "private-key"),
        ("certificate-name", "site"),
        ("passphrase", "123456"),
    ];
    device.import(&parameters, &key).await.good();
    device.commit("<commit/>").await;
    let port = lab.ready["panos"]["services"][0]["port"]
        .as_u64()
        .expect("a port");
    assert!(presented(port).await.is_none());
}

#[tokio::test]
async fn a_commit_reaches_the_partner() {
    let lab = Lab::start();
    lab.control(
        "PUT",
        "/panos/ha",
        &json!({"enabled": true, "sync_seconds": 30.0}),
    )
    .await;
    let device = Device::login(&lab, "panos", "admin").await;
    let show = "<show><high-availability><state/></high-availability></show>";
    let shown = device.op(show).await;
    assert!(
        shown
            .text
            .contains("<running-sync>synchronized</running-sync>"),
        "{}",
        shown.text
    );
    bind(&device, &Authority::new(), "site").await;
    let shown = device.op(show).await;
    assert!(
        shown.text.contains("synchronization in progress"),
        "{}",
        shown.text
    );
    lab.advance(31).await;
    let ports: Vec<u64> = ["panos", "panos_peer"]
        .iter()
        .filter_map(|unit| lab.ready[unit]["services"][0]["port"].as_u64())
        .collect();
    let before = presented(ports[0]).await.expect("a chain");
    assert!(presented(ports[1]).await.is_none());
    lab.control("PUT", "/panos/ha", &json!({"active": "b"}))
        .await;
    assert_eq!(presented(ports[1]).await.expect("a chain"), before);
    assert!(presented(ports[0]).await.is_none());
    assert_eq!(state(&lab).await["active"], "b");
}

#[tokio::test]
async fn the_management_interface_presents_its_own_profile() {
    let lab = Lab::start();
    let device = Device::login(&lab, "panos", "admin").await;
    let port: u64 = lab
        .text("/panos/url")
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .expect("a port");
    let before = presented(port).await.expect("a chain");
    device.generate("mgmt", P256).await.good();
    let leaf = Authority::new().sign(&device.request("mgmt").await);
    device.import_certificate("mgmt", &leaf).await.good();
    device
        .set(
            PROFILE,
            &format!("<certificate>mgmt</certificate>{SETTINGS}"),
        )
        .await
        .good();
    let system = "/config/devices/entry[@name='localhost.localdomain']/deviceconfig/system";
    device
        .set(
            system,
            "<ssl-tls-service-profile>web</ssl-tls-service-profile>",
        )
        .await
        .good();
    device
        .send(&[("type", "commit"), ("cmd", "<commit/>")])
        .await
        .good();
    lab.advance(5).await;
    assert_ne!(presented(port).await.expect("a chain")[0], before[0]);
}

/// The chain that a TLS server shows to whoever asks.
async fn presented(port: u64) -> Option<Vec<CertificateDer<'static>>> {
    let config = ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anything))
        .with_no_client_auth();
    let stream = TcpStream::connect(("127.0.0.1", u16::try_from(port).expect("a port")))
        .await
        .ok()?;
    let name = ServerName::try_from("www.example.org").expect("a name");
    let stream = tokio_rustls::TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .ok()?;
    let (_, session) = stream.get_ref();
    session.peer_certificates().map(<[_]>::to_vec)
}

#[derive(Debug)]
struct Anything;

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::aws_lc_rs::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
