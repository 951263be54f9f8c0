//! Checking one signature, with every kind of key that is made here.

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use x509_parser::asn1_rs::BitString;
use x509_parser::oid_registry::{
    OID_NIST_EC_P521, OID_SIG_ECDSA_WITH_SHA256, OID_SIG_ECDSA_WITH_SHA384,
    OID_SIG_ECDSA_WITH_SHA512,
};
use x509_parser::verify::verify_signature;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

/// Is `signature` over `data` by the holder of `public_key`?
pub(super) fn is_valid(
    public_key: &SubjectPublicKeyInfo<'_>,
    algorithm: &AlgorithmIdentifier<'_>,
    signature: &BitString<'_>,
    data: &[u8],
) -> bool {
    match p521(public_key, algorithm) {
        Some(p521) => UnparsedPublicKey::new(p521, &public_key.subject_public_key.data)
            .verify(data, &signature.data)
            .is_ok(),
        None => verify_signature(public_key, algorithm, signature, data).is_ok(),
    }
}

/// x509-parser 0.18 knows no P-521.
fn p521(
    public_key: &SubjectPublicKeyInfo<'_>,
    algorithm: &AlgorithmIdentifier<'_>,
) -> Option<&'static dyn VerificationAlgorithm> {
    let curve = public_key.algorithm.parameters.as_ref()?.as_oid().ok()?;
    if curve != OID_NIST_EC_P521 {
        return None;
    }
    if algorithm.algorithm == OID_SIG_ECDSA_WITH_SHA256 {
        Some(&signature::ECDSA_P521_SHA256_ASN1)
    } else if algorithm.algorithm == OID_SIG_ECDSA_WITH_SHA384 {
        Some(&signature::ECDSA_P521_SHA384_ASN1)
    } else if algorithm.algorithm == OID_SIG_ECDSA_WITH_SHA512 {
        Some(&signature::ECDSA_P521_SHA512_ASN1)
    } else {
        None
    }
}
