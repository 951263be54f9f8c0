//! A CA outside of this tool: the request goes out, a certificate comes back as an option.

use async_trait::async_trait;

use crate::lifecycle::{Held, Issuance, IssueError, IssueRequest, Issuer, Standing};
use crate::x509::{Chain, Csr};

/// Certificates that somebody else got.
pub(crate) struct ExternalIssuer {
    /// PEM texts, each with a certificate and its chain in any order.
    pub(crate) certificates: Vec<String>,
}

impl ExternalIssuer {
    fn find(&self, csr: &Csr) -> Option<Chain> {
        self.certificates
            .iter()
            .find_map(|it| Chain::build(it, &csr.public_key_sha256).ok())
    }
}

#[async_trait(?Send)]
impl Issuer for ExternalIssuer {
    fn can_sign(&self, csr: Option<&Csr>) -> bool {
        csr.is_some_and(|it| self.find(it).is_some())
    }

    async fn standing(&self, _certificate: &Held) -> Standing {
        Standing::default()
    }

    async fn issue(&self, request: &IssueRequest<'_>) -> Result<Issuance, IssueError> {
        Ok(match self.find(request.csr) {
            Some(chain) => Issuance::Issued(chain),
            None => Issuance::Pending {
                message: "waits for a signature: have the CSR signed, and give the certificate with its chain in \
                          issuer.certificates"
                    .to_owned(),
                manual_actions: Vec::new(),
            },
        })
    }
}
