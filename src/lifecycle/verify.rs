//! The proof: a live TLS handshake that shows what clients get.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::Held;
use super::observation::Served;
use crate::x509::{Algorithm, Certificate, Chain};

/// Where and as whom to knock.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) address: String,
    pub(crate) port: u16,
    /// Sent as SNI.
    pub(crate) server_name: String,
    /// If given, the handshake must also satisfy a client that trusts these roots.
    pub(crate) roots: Option<Arc<RootCertStore>>,
}

/// What a handshake showed.
#[derive(Debug)]
pub(crate) enum Shown {
    /// As sent by the server, leaf first.
    Certificates(Vec<Certificate>),
    Unreachable(String),
    /// Somebody answers, but not with a certificate of this kind, or not with a trusted one.
    Refused(String),
}

impl Endpoint {
    /// Compares what is served for `expected`'s kind of key with `expected`.
    pub(crate) async fn serves(&self, expected: &Held) -> Served {
        let algorithm = expected.key_type.map(crate::x509::KeyType::algorithm);
        let certificates = match self.look(algorithm).await {
            Shown::Certificates(certificates) => certificates,
            Shown::Unreachable(why) => return Served::Unreachable(why),
            Shown::Refused(why) => return Served::No(why),
        };
        let Some(chain) = Chain::from_served(certificates) else {
            return Served::No("the server sent no certificate".to_owned());
        };
        if !expected.is(&chain.leaf) {
            return Served::No(format!(
                "{}:{} serves serial {} for {}, not {}",
                self.address, self.port, chain.leaf.serial, self.server_name, expected.serial
            ));
        }
        if !chain.is_complete() {
            return Served::No("the server sends no intermediate certificates".to_owned());
        }
        Served::Yes
    }

    /// One handshake that accepts keys of `algorithm` only, so that a server with both has to show
    /// the one in question.
    pub(crate) async fn look(&self, algorithm: Option<Algorithm>) -> Shown {
        match tokio::time::timeout(TIMEOUT, self.handshake(algorithm)).await {
            Ok(shown) => shown,
            Err(_) => Shown::Unreachable(format!(
                "{}:{} did not answer within {} s",
                self.address,
                self.port,
                TIMEOUT.as_secs()
            )),
        }
    }

    async fn handshake(&self, algorithm: Option<Algorithm>) -> Shown {
        let Ok(server_name) = ServerName::try_from(self.server_name.clone()) else {
            return Shown::Refused(format!("'{}' cannot be sent as SNI", self.server_name));
        };
        let (config, seen) = match self.config(algorithm) {
            Ok(parts) => parts,
            Err(error) => return Shown::Refused(error.to_string()),
        };
        let stream = match TcpStream::connect((self.address.as_str(), self.port)).await {
            Ok(stream) => stream,
            Err(error) => {
                return Shown::Unreachable(format!("{}:{}: {error}", self.address, self.port));
            }
        };
        let handshake = TlsConnector::from(Arc::new(config))
            .connect(server_name, stream)
            .await;
        let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match handshake {
            Ok(_) => match seen.iter().map(|it| Certificate::from_der(it)).collect() {
                Some(certificates) => Shown::Certificates(certificates),
                None => Shown::Refused("the server's certificate cannot be read".to_owned()),
            },
            Err(error) => Shown::Refused(format!(
                "{}:{}: the handshake for {} failed: {error}",
                self.address, self.port, self.server_name
            )),
        }
    }

    fn config(&self, algorithm: Option<Algorithm>) -> Result<(ClientConfig, Seen), rustls::Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let trust = match &self.roots {
            Some(roots) => Some(
                WebPkiServerVerifier::builder_with_provider(roots.clone(), provider.clone())
                    .build()
                    .map_err(|error| rustls::Error::General(error.to_string()))?,
            ),
            None => None,
        };
        let seen = Seen::default();
        let schemes = provider
            .signature_verification_algorithms
            .supported_schemes()
            .into_iter()
            .filter(|it| algorithm.is_none_or(|wanted| algorithm_of(*it) == Some(wanted)))
            .collect();
        let config = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Witness {
                seen: seen.clone(),
                schemes,
                trust,
                provider,
            }))
            .with_no_client_auth();
        Ok((config, seen))
    }
}

type Seen = Arc<Mutex<Vec<CertificateDer<'static>>>>;

/// Takes down what the server shows. Trust is checked if roots are given; that the server holds
/// the key is checked always.
#[derive(Debug)]
struct Witness {
    seen: Seen,
    schemes: Vec<SignatureScheme>,
    trust: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<rustls::crypto::CryptoProvider>,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = std::iter::once(end_entity)
            .chain(intermediates)
            .map(|it| it.clone().into_owned())
            .collect();
        match &self.trust {
            Some(trust) => {
                trust.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            None => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

fn algorithm_of(scheme: SignatureScheme) -> Option<Algorithm> {
    let name = format!("{scheme:?}");
    if name.starts_with("RSA") {
        Some(Algorithm::Rsa)
    } else if name.starts_with("ECDSA") {
        Some(Algorithm::Ecdsa)
    } else {
        None
    }
}

/// For connection and handshake together. A web server on the same network answers in
/// milliseconds; a lost SYN is sent again after one and after three seconds.
const TIMEOUT: Duration = Duration::from_secs(10);
