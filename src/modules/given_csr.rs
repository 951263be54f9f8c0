//! A request that a user hands over.

use crate::dns_name::DnsName;
use crate::x509::Csr;

/// Reads the option `csr`. What it asks for is what the certificate has to have, so a request for
/// anything but DNS names is refused: it would be left out without a word.
pub(super) fn given_csr(text: &str) -> Result<Csr, String> {
    let invalid = |why: &str| format!("argument 'csr' is not valid: {why}");
    let mut csr = Csr::parse_bare(text)
        .ok_or_else(|| invalid("it is not a PKCS#10 request in PEM with a good signature"))?;
    if !csr.other_names.is_empty() {
        return Err(invalid(&format!(
            "it asks for names that are no DNS names: {}",
            csr.other_names.join(", ")
        )));
    }
    // Many tools put the only name there, and CAs take it from there.
    if csr.names.is_empty()
        && let Some(name) = csr.common_name.as_deref()
        && let Ok(name) = name.parse::<DnsName>()
    {
        csr.names = vec![name.into()];
    }
    if csr.names.is_empty() {
        return Err(invalid(
            "it asks for no DNS names, neither in subjectAltName nor as common name",
        ));
    }
    Ok(csr)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};

    use super::*;

    fn pem(common_name: &str, names: Vec<SanType>) -> String {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
        params.subject_alt_names = names;
        let key = KeyPair::generate().unwrap();
        params.serialize_request(&key).unwrap().pem().unwrap()
    }

    #[test]
    fn a_lone_common_name_is_a_name() {
        assert_eq!(
            given_csr(&pem("WWW.example.org", Vec::new()))
                .unwrap()
                .names,
            ["www.example.org"]
        );
        let problem = given_csr(&pem("Web server", Vec::new())).unwrap_err();
        assert!(problem.contains("no DNS names"), "{problem}");
        let problem = given_csr("nonsense").unwrap_err();
        assert!(problem.contains("PKCS#10"), "{problem}");
    }

    #[test]
    fn what_would_be_left_out_is_refused() {
        let name = SanType::DnsName("a.example".try_into().unwrap());
        let odd = vec![
            name,
            SanType::IpAddress("192.0.2.1".parse().unwrap()),
            SanType::IpAddress("2001:db8::1".parse().unwrap()),
            SanType::Rfc822Name("a@a.example".try_into().unwrap()),
        ];
        let problem = given_csr(&pem("a.example", odd)).unwrap_err();
        assert!(
            problem.ends_with("192.0.2.1, 2001:db8::1, a@a.example"),
            "{problem}"
        );
    }
}
