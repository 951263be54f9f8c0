//! The little DER that is written by hand.

/// A tag, its length and its content.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut der = vec![tag];
    let length = content.len();
    if length < 0x80 {
        der.push(u8::try_from(length).expect("invariant: below 128"));
    } else {
        let bytes = length.to_be_bytes();
        let significant: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
        der.push(0x80 | u8::try_from(significant.len()).expect("invariant: at most 8 bytes"));
        der.extend(significant);
    }
    der.extend_from_slice(content);
    der
}

/// A SEQUENCE of finished parts.
pub(crate) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// An OBJECT IDENTIFIER from its content bytes.
pub(crate) fn oid(content: &[u8]) -> Vec<u8> {
    tlv(0x06, content)
}

/// `AuthorityInfoAccess` with one `caIssuers` URI (RFC 5280 §4.2.2.1).
pub(crate) fn ca_issuers(uri: &str) -> Vec<u8> {
    const ID_AD_CA_ISSUERS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 2];
    sequence(&[sequence(&[
        oid(ID_AD_CA_ISSUERS),
        tlv(0x86, uri.as_bytes()),
    ])])
}

/// `CertificatePolicies` with one policy and no qualifier (RFC 5280 §4.2.1.4).
pub(crate) fn policies(policy: &[u8]) -> Vec<u8> {
    sequence(&[sequence(&[oid(policy)])])
}

/// PKCS#7 `SignedData` without signers, the container of bare certificates
/// (RFC 2315 §9.1).
pub(crate) fn pkcs7(certificates: &[&[u8]]) -> Vec<u8> {
    const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    let signed = sequence(&[
        tlv(0x02, &[1]),
        tlv(0x31, &[]),
        sequence(&[oid(DATA)]),
        tlv(0xa0, &certificates.concat()),
        tlv(0x31, &[]),
    ]);
    sequence(&[oid(SIGNED_DATA), tlv(0xa0, &signed)])
}

/// PEM with a label.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = tail;
    }
    pem.push_str("-----END ");
    pem.push_str(label);
    pem.push_str("-----\n");
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lengths_take_the_long_form() {
        assert_eq!(tlv(4, &[0; 127])[..2], [4, 127]);
        assert_eq!(tlv(4, &[0; 128])[..3], [4, 0x81, 128]);
        assert_eq!(tlv(4, &[0; 256])[..4], [4, 0x82, 1, 0]);
    }
}
