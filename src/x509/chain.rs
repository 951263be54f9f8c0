//! What a certificate authority hands out, brought into the order in which servers send it.

use time::OffsetDateTime;

use super::{Certificate, hex};

/// A certificate and the intermediates above it, each signed by the next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chain {
    pub(crate) leaf: Certificate,
    /// Nearest to the leaf first; without the root, which clients have.
    pub(crate) intermediates: Vec<Certificate>,
}

/// Why a CA's answer cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChainError {
    #[error("it holds no readable PEM certificates")]
    Unreadable,
    #[error(
        "none of its {count} certificates is for the requested key (SHA-256 of the public key {wanted}): \
         the CA answered another request"
    )]
    OtherKey { count: usize, wanted: String },
    #[error("the certificate lacks the requested names {0:?}")]
    MissingNames(Vec<String>),
    #[error("the certificate is not valid now: from {0} to {1}")]
    NotValidNow(OffsetDateTime, OffsetDateTime),
    #[error("the chain is incomplete: the issuer '{0}' is missing")]
    Incomplete(String),
}

impl Chain {
    /// Finds the certificate for `public_key_sha256` in `text`, whatever the order, and builds the
    /// chain above it. Every link's signature is checked.
    pub(crate) fn build(text: &str, public_key_sha256: &[u8; 32]) -> Result<Self, ChainError> {
        let mut pool = Certificate::parse_all(text)
            .filter(|it| !it.is_empty())
            .ok_or(ChainError::Unreadable)?;
        let count = pool.len();
        let at = pool
            .iter()
            .position(|it| it.public_key_sha256 == *public_key_sha256)
            .ok_or_else(|| ChainError::OtherKey {
                count,
                wanted: hex(public_key_sha256),
            })?;
        let leaf = pool.swap_remove(at);
        Ok(Self::above(leaf, pool))
    }

    /// What a server or a folder holds: the first certificate is the leaf.
    pub(crate) fn from_served(mut certificates: Vec<Certificate>) -> Option<Self> {
        if certificates.is_empty() {
            return None;
        }
        let leaf = certificates.remove(0);
        Some(Self::above(leaf, certificates))
    }

    fn above(leaf: Certificate, mut pool: Vec<Certificate>) -> Self {
        let mut intermediates: Vec<Certificate> = Vec::new();
        loop {
            let top = intermediates.last().unwrap_or(&leaf);
            if top.is_self_signed() {
                break;
            }
            let next = pool
                .iter()
                .position(|it| it.is_ca() && !it.is_self_signed() && top.is_signed_by(it));
            match next {
                Some(at) => intermediates.push(pool.swap_remove(at)),
                None => break,
            }
        }
        Self {
            leaf,
            intermediates,
        }
    }

    /// Is the chain what was asked for, and can it go into service at `now`?
    pub(crate) fn check(&self, names: &[String], now: OffsetDateTime) -> Result<(), ChainError> {
        let missing: Vec<String> = names
            .iter()
            .filter(|it| !self.leaf.names.contains(it))
            .cloned()
            .collect();
        if !missing.is_empty() {
            return Err(ChainError::MissingNames(missing));
        }
        // A CA's clock may be some minutes ahead.
        let earliest = self.leaf.not_before - time::Duration::minutes(10);
        if now < earliest || now >= self.leaf.not_after {
            return Err(ChainError::NotValidNow(
                self.leaf.not_before,
                self.leaf.not_after,
            ));
        }
        if !self.is_complete() {
            return Err(ChainError::Incomplete(self.leaf.issuer.clone()));
        }
        Ok(())
    }

    /// Has a leaf from a public or private CA at least the issuer above it? A self-signed
    /// certificate needs nothing. Whether the top reaches a root that clients know cannot be seen
    /// here; the handshake proves it.
    pub(crate) fn is_complete(&self) -> bool {
        self.leaf.is_self_signed() || !self.intermediates.is_empty()
    }

    /// The issuer of the topmost certificate: the root that the chain leads to.
    pub(crate) fn root_name(&self) -> &str {
        &self.intermediates.last().unwrap_or(&self.leaf).issuer
    }

    pub(crate) fn fullchain_pem(&self) -> String {
        self.leaf.to_pem() + &self.chain_pem()
    }

    pub(crate) fn chain_pem(&self) -> String {
        self.intermediates.iter().map(Certificate::to_pem).collect()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

    use super::*;

    struct Pki {
        root: CertifiedIssuer<'static, KeyPair>,
        intermediate: CertifiedIssuer<'static, KeyPair>,
        leaf: String,
        key: [u8; 32],
    }

    fn ca(name: &str) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    }

    fn pki() -> Pki {
        let root = CertifiedIssuer::self_signed(ca("Root"), KeyPair::generate().unwrap()).unwrap();
        let intermediate =
            CertifiedIssuer::signed_by(ca("Intermediate"), KeyPair::generate().unwrap(), &root)
                .unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["www.example.org".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "leaf");
        let leaf = params.signed_by(&key, &intermediate).unwrap();
        let parsed = Certificate::from_der(leaf.der()).unwrap();
        Pki {
            root,
            intermediate,
            leaf: leaf.pem(),
            key: parsed.public_key_sha256,
        }
    }

    #[test]
    fn any_order_becomes_leaf_first_without_root() {
        let pki = pki();
        let [leaf, intermediate, root] = [
            pki.leaf.clone(),
            pki.intermediate.as_ref().pem(),
            pki.root.as_ref().pem(),
        ];
        let orders = [
            format!("{leaf}{intermediate}"),
            format!("{root}{intermediate}{leaf}"),
            format!("{intermediate}{leaf}{root}"),
        ];
        for text in orders {
            let chain = Chain::build(&text, &pki.key).unwrap();
            assert_eq!(chain.leaf.names, ["www.example.org"]);
            assert_eq!(chain.intermediates.len(), 1);
            assert!(chain.root_name().contains("Root"));
            let names = ["www.example.org".to_owned()];
            assert_eq!(chain.check(&names, OffsetDateTime::now_utc()), Ok(()));
        }
    }

    #[test]
    fn unusable_answers_are_told_apart() {
        let pki = pki();
        let now = OffsetDateTime::now_utc();
        assert_eq!(
            Chain::build("nothing", &pki.key).unwrap_err(),
            ChainError::Unreadable
        );
        assert!(matches!(
            Chain::build(&pki.intermediate.as_ref().pem(), &pki.key),
            Err(ChainError::OtherKey { count: 1, .. })
        ));
        let alone = Chain::build(&pki.leaf, &pki.key).unwrap();
        assert!(matches!(
            alone.check(&[], now),
            Err(ChainError::Incomplete(_))
        ));
        let missing = ["other.example.org".to_owned()];
        assert_eq!(
            alone.check(&missing, now),
            Err(ChainError::MissingNames(missing.to_vec()))
        );
        assert!(matches!(
            alone.check(&[], alone.leaf.not_after),
            Err(ChainError::NotValidNow(..))
        ));
    }

    #[test]
    fn an_impostor_with_the_issuers_name_is_not_taken() {
        let pki = pki();
        let impostor =
            CertifiedIssuer::signed_by(ca("Intermediate"), KeyPair::generate().unwrap(), &pki.root)
                .unwrap();
        let text = format!(
            "{}{}{}",
            pki.leaf,
            impostor.as_ref().pem(),
            pki.intermediate.as_ref().pem()
        );
        let chain = Chain::build(&text, &pki.key).unwrap();
        assert_eq!(
            chain.chain_pem(),
            pki.intermediate.as_ref().pem().replace("\r\n", "\n")
        );
    }
}
