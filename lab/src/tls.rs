//! TLS of the lab's own endpoints: their CA, their certificates (good and
//! bad on purpose), and client certificates of administrators.

use crate::http::Service;
use crate::panos::serving;
use crate::state::Lab;
use crate::switches::TlsCertificate;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{
    ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier,
};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// The CA of the endpoints with everything it signed.
pub(crate) struct Endpoint {
    ca: CertifiedIssuer<'static, KeyPair>,
    valid: Arc<CertifiedKey>,
    expired: Arc<CertifiedKey>,
    wrong_host: Arc<CertifiedKey>,
}

/// A client certificate with its key, PEM, and its DER.
pub(crate) struct ClientCertificate {
    pub(crate) certificate: String,
    pub(crate) key: String,
    pub(crate) der: Vec<u8>,
}

impl Endpoint {
    /// Makes the CA and the server certificates.
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "Certwright Lab Endpoint CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let now = OffsetDateTime::now_utc();
        let year = now + Duration::days(365);
        let local = ["localhost", "127.0.0.1"];
        Ok(Self {
            valid: server_key(&ca, &local, now - Duration::days(1), year)?,
            expired: server_key(&ca, &local, now - Duration::days(30), now - Duration::DAY)?,
            wrong_host: server_key(&ca, &["other.invalid"], now - Duration::days(1), year)?,
            ca,
        })
    }

    /// The CA certificate, PEM.
    pub(crate) fn ca_pem(&self) -> String {
        self.ca.pem()
    }

    /// Makes a client certificate for an administrator.
    pub(crate) fn client(&self, name: &str) -> Result<ClientCertificate, rcgen::Error> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = OffsetDateTime::now_utc() - Duration::days(1);
        params.not_after = OffsetDateTime::now_utc() + Duration::days(365);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.ca)?;
        Ok(ClientCertificate {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            der: certificate.der().to_vec(),
        })
    }

    /// The server configuration of a service. It follows the switch
    /// `tls.certificate`; SCM also accepts client certificates of the lab's CA.
    pub(crate) fn config(
        self: &Arc<Self>,
        lab: &Arc<Lab>,
        service: Service,
    ) -> Result<ServerConfig, Box<dyn Error>> {
        let builder = ServerConfig::builder();
        let builder = if service == Service::Scm {
            let mut roots = RootCertStore::empty();
            roots.add(self.ca.der().clone())?;
            let verifier = WebPkiClientVerifier::builder(Arc::new(roots))
                .allow_unauthenticated()
                .build()?;
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder.with_cert_resolver(Arc::new(Resolver {
            endpoint: Arc::clone(self),
            lab: Arc::clone(lab),
            service,
        }));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        if crate::panos::is_device(service) {
            // A commit that changes the certificate restarts the server, which then knows no sessions.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Ok(config)
    }
}

struct Resolver {
    endpoint: Arc<Endpoint>,
    lab: Arc<Lab>,
    service: Service,
}

impl fmt::Debug for Resolver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Resolver")
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut world = self.lab.world();
        if let Some(own) = serving::management(&mut world, self.service) {
            return Some(own);
        }
        let key = match world.switches.tls_certificate {
            TlsCertificate::Valid => &self.endpoint.valid,
            TlsCertificate::Expired => &self.endpoint.expired,
            TlsCertificate::WrongHost => &self.endpoint.wrong_host,
        };
        Some(Arc::clone(key))
    }
}

fn server_key(
    ca: &CertifiedIssuer<'static, KeyPair>,
    names: &[&str],
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
) -> Result<Arc<CertifiedKey>, Box<dyn Error>> {
    let key = KeyPair::generate()?;
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names)?;
    params.not_before = not_before;
    params.not_after = not_after;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, "Certwright Lab");
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&key, ca)?;
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key)?;
    Ok(Arc::new(CertifiedKey::new(chain, key)))
}
