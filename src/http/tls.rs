//! Whom a TLS client believes: a CA store, one pinned certificate, or, on request, anybody.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use sha2::{Digest, Sha256};

use super::{ConnectionOptions, Problem};

/// A client certificate with its key.
pub(crate) struct ClientIdentity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl ClientIdentity {
    /// Reads a PEM certificate (with its chain) and a PEM key. The error names the file, unless what
    /// stands in its place is a key itself.
    pub(crate) fn read(certificate: &Path, key: &Path) -> Result<Self, Problem> {
        let unusable = |path: &Path, what: &str| {
            let name = path.to_string_lossy();
            Problem::Options(if name.contains("-----") || name.contains('\n') {
                format!("the PEM {what} stands where the path of its file is wanted")
            } else {
                format!("{name} holds no readable PEM {what}")
            })
        };
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .ok()
            .filter(|it| !it.is_empty())
            .ok_or_else(|| unusable(certificate, "certificate"))?;
        let key = PrivateKeyDer::from_pem_file(key).map_err(|_| unusable(key, "private key"))?;
        Ok(Self { chain, key })
    }
}

/// A TLS client configuration for `options`.
pub(crate) fn client_config(
    options: &ConnectionOptions,
    identity: Option<ClientIdentity>,
) -> Result<ClientConfig, Problem> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| Problem::Options(error.to_string()))?;
    let accepted = if !options.validate_certs {
        Some(Accepted::Anyone)
    } else if let Some(text) = &options.fingerprint {
        Some(Accepted::Fingerprint(parse_fingerprint(text)?))
    } else {
        None
    };
    let builder = match accepted {
        Some(accepted) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Pinned { accepted, provider })),
        None => builder.with_root_certificates(match &options.ca_path {
            Some(path) => roots_from_pem(Path::new(path))?,
            None => system_roots()?,
        }),
    };
    match identity {
        Some(ClientIdentity { chain, key }) => {
            builder.with_client_auth_cert(chain, key).map_err(|_| {
                Problem::Options("client_cert and client_key do not belong together".to_owned())
            })
        }
        None => Ok(builder.with_no_client_auth()),
    }
}

pub(crate) fn roots_from_pem(path: &Path) -> Result<RootCertStore, Problem> {
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| Problem::Options(format!("ca_path {}: {error}", path.display())))?;
    let (usable, _) = roots.add_parsable_certificates(certificates);
    if usable == 0 {
        return Err(Problem::Options(format!(
            "ca_path {} holds no CA certificate",
            path.display()
        )));
    }
    Ok(roots)
}

/// The system's store, also as named by `SSL_CERT_FILE` and `SSL_CERT_DIR`.
pub(crate) fn system_roots() -> Result<RootCertStore, Problem> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(Problem::Options(
            "this system has no CA certificates: install its package for them (ca-certificates), or name \
             a file with ca_path"
                .to_owned(),
        ));
    }
    Ok(roots)
}

#[derive(Debug)]
enum Accepted {
    Fingerprint([u8; 32]),
    Anyone,
}

/// Accepts by fingerprint or not at all carefully, but still has the server prove that it holds
/// the certificate's key.
#[derive(Debug)]
struct Pinned {
    accepted: Accepted,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.accepted {
            Accepted::Fingerprint(pinned) if pinned != *Sha256::digest(end_entity) => {
                Err(CertificateError::ApplicationVerificationFailure.into())
            }
            Accepted::Fingerprint(_) | Accepted::Anyone => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn parse_fingerprint(text: &str) -> Result<[u8; 32], Problem> {
    let digits: String = text
        .trim()
        .trim_start_matches("sha256:")
        .chars()
        .filter(|it| *it != ':' && !it.is_whitespace())
        .collect();
    let bytes: Option<Vec<u8>> = (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok())
        .collect();
    bytes.and_then(|it| it.try_into().ok()).ok_or_else(|| {
        Problem::Options("fingerprint must be 64 hexadecimal digits (SHA-256)".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_come_with_and_without_colons() {
        let plain = "ab".repeat(32);
        let colons = ["AB"; 32].join(":");
        assert_eq!(parse_fingerprint(&plain).unwrap(), [0xab; 32]);
        assert_eq!(parse_fingerprint(&colons).unwrap(), [0xab; 32]);
        for wrong in ["", "ab", &"zz".repeat(32), &"ab".repeat(33), "é"] {
            assert!(parse_fingerprint(wrong).is_err(), "{wrong}");
        }
    }
}
