//! A certificate that holds the place until the CA has signed.
//!
//! A profile refuses a key without its certificate, and only a profile can keep the passphrase of a
//! password key. So such a key is put away with a certificate for its public key that nobody has
//! reason to trust; the CA's later takes its place under the same name. It is signed by a key that
//! is forgotten at once.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, CertifiedIssuer,
    DistinguishedName, DnType, IsCa, KeyPair,
};
use rustls::pki_types::CertificateSigningRequestDer;

use crate::x509::Csr;

/// Certificate and issuer, in PEM.
pub(crate) struct Placeholder {
    pub(crate) certificate: String,
    pub(crate) chain: String,
}

impl Placeholder {
    pub(crate) fn for_csr(csr: &Csr) -> Result<Self, rcgen::Error> {
        let mut ca = CertificateParams::default();
        ca.distinguished_name = DistinguishedName::new();
        ca.distinguished_name.push(DnType::CommonName, ISSUER);
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(ca, KeyPair::generate()?)?;
        let der = CertificateSigningRequestDer::from(csr.der().to_vec());
        let request = CertificateSigningRequestParams::from_der(&der)?;
        let certificate = request.signed_by(&issuer)?;
        Ok(Self {
            certificate: certificate.pem(),
            chain: issuer.pem(),
        })
    }
}

/// Does an issuer's name, as a device shows it, belong to a placeholder?
pub(crate) fn is_placeholder(issuer: &str) -> bool {
    issuer.contains(ISSUER)
}

const ISSUER: &str = "Certwright placeholder";
