//! What is known of one certificate.

use crate::state::Certificate;
use time::OffsetDateTime;

/// Whether a certificate is in use or on its way.
pub(crate) fn is_live(certificate: &Certificate, now: OffsetDateTime) -> bool {
    matches!(
        status(certificate, now),
        "Requested" | "Approved" | "Applied" | "Issued"
    )
}

/// The status at a moment: certificates expire without anybody's doing.
pub(crate) fn status(certificate: &Certificate, now: OffsetDateTime) -> &'static str {
    match &certificate.issued {
        Some(issued) if certificate.status == "Issued" && issued.not_after < now => "Expired",
        _ => certificate.status,
    }
}
