//! What a target holds and serves, as far as a site is concerned.

use super::Held;
use crate::x509::{Algorithm, Csr};

/// A site on a target.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observation {
    pub(crate) variants: Vec<VariantObservation>,
    /// Objects that carry our naming, that nothing refers to, and whose successor is proven or has
    /// itself been superseded: nobody needs them.
    pub(crate) leftovers: Vec<String>,
    /// What differs from the wish and can be set right without a new certificate.
    pub(crate) drift: Vec<String>,
    /// One kind of key cannot be replaced without the others.
    pub(crate) inseparable: bool,
}

/// One kind of key of a site.
#[derive(Clone, Debug)]
pub(crate) struct VariantObservation {
    pub(crate) algorithm: Algorithm,
    pub(crate) in_service: Option<InService>,
    /// What an earlier run left half done.
    pub(crate) pending: Option<Pending>,
}

/// A certificate that the target is configured to serve.
#[derive(Clone, Debug)]
pub(crate) struct InService {
    pub(crate) certificate: Held,
    pub(crate) chain_complete: bool,
    pub(crate) key_matches: bool,
    /// Does the target itself know it as revoked?
    pub(crate) revoked: bool,
    /// What a live handshake showed, if one was made.
    pub(crate) served: Option<Served>,
}

/// What a client gets to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Served {
    /// The certificate in question, with its chain.
    Yes,
    /// Something else; the text says what.
    No(String),
    /// Nobody answers there.
    Unreachable(String),
}

/// A half-made replacement that the next run can continue.
#[derive(Clone, Debug)]
pub(crate) enum Pending {
    /// A key with its request, not signed yet.
    Requested { id: String, csr: Csr },
    /// Key, certificate and chain are there, but not in service.
    Installed { id: String, certificate: Held },
}

impl Observation {
    pub(crate) fn variant(&self, algorithm: Algorithm) -> Option<&VariantObservation> {
        self.variants.iter().find(|it| it.algorithm == algorithm)
    }
}
