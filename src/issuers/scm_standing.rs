//! Has SCM withdrawn a certificate? For every issuer whose certificates SCM lists.

use crate::clients::scm::Scm;
use crate::clients::scm::certificates::{SslCertificate, SslStatus, plain_serial};
use crate::lifecycle::Held;

/// Does SCM show `certificate` as revoked, or as replaced by one with another key? What cannot be
/// learnt is not known, and holds nothing up.
pub(super) async fn is_withdrawn(scm: &Scm, certificate: &Held) -> bool {
    let name = certificate
        .common_name()
        .or_else(|| certificate.names.first().map(String::as_str))
        .unwrap_or_default();
    match scm.history(name).await {
        Ok(rows) => withdrawn(&rows, certificate),
        Err(_) => false,
    }
}

fn withdrawn(rows: &[SslCertificate], certificate: &Held) -> bool {
    let serial = plain_serial(&certificate.serial);
    let own = rows.iter().find(|it| it.serial.as_ref() == Some(&serial));
    match own {
        Some(row) => matches!(row.status, Some(SslStatus::Revoked | SslStatus::Replaced)),
        None => rows.iter().any(|it| has_replaced(it, certificate)),
    }
}

/// A record keeps its number when its certificate is replaced, and then shows the new serial number
/// only. It is the old one's if it was asked for before that and replaced after.
fn has_replaced(row: &SslCertificate, certificate: &Held) -> bool {
    let issued = certificate.not_before.date();
    let (Some(requested), Some(replaced)) = (&row.requested, &row.replaced) else {
        return false;
    };
    // The day before: SCM and the CA need not be in the same time zone.
    requested.days_from(issued).is_some_and(|it| it <= 1)
        && replaced.days_from(issued).is_some_and(|it| it >= 0)
        && certificate.names.iter().all(|it| row.names.contains(it))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clients::scm::Day;
    use crate::x509::Certificate;

    fn certificate() -> Held {
        let mut params = rcgen::CertificateParams::new(vec!["www.example.org".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 3, 20);
        params.serial_number = Some(vec![0x0a, 0x1b].into());
        let key = rcgen::KeyPair::generate().unwrap();
        (&Certificate::from_der(params.self_signed(&key).unwrap().der()).unwrap()).into()
    }

    fn row(serial: &str, status: &str, requested: &str, replaced: Option<&str>) -> SslCertificate {
        let day = |text: &str| -> Option<Day> { serde_json::from_value(json!(text)).ok() };
        SslCertificate {
            serial: Some(plain_serial(serial)),
            status: Some(SslStatus::from(status)),
            names: vec!["www.example.org".to_owned()],
            requested: day(requested),
            replaced: replaced.and_then(day),
            ..SslCertificate::default()
        }
    }

    #[test]
    fn its_own_record_decides() {
        let certificate = certificate();
        for (status, expected) in [("Issued", false), ("Revoked", true), ("Replaced", true)] {
            let rows = [row("0A:1B", status, "2026-03-20", Some("2026-04-01"))];
            assert_eq!(withdrawn(&rows, &certificate), expected, "{status}");
        }
        assert!(!withdrawn(&[], &certificate));
    }

    #[test]
    fn a_record_that_shows_another_certificate_now_has_replaced_it() {
        let certificate = certificate();
        for (requested, replaced, expected) in [
            ("2026-03-19", Some("2026-04-01"), true),
            ("2026-03-19", None, false),
            ("2026-04-02", Some("2026-04-03"), false),
            ("2026-01-01", Some("2026-02-01"), false),
        ] {
            let rows = [row("FF", "Issued", requested, replaced)];
            assert_eq!(
                withdrawn(&rows, &certificate),
                expected,
                "{requested} {replaced:?}"
            );
        }
    }
}
