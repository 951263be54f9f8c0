//! The lab's public CA: an RSA and an ECC hierarchy below one legacy root.
//!
//! Leaves are signed by an intermediate of their own key type, as the vendor
//! does. The default chain ends at the hierarchy's own root; the alternate
//! chain adds that root's cross-certificate from the legacy root.

use crate::csr::KeyKind;
use crate::der;
use crate::state::IssuedCertificate;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
    SubjectPublicKeyInfo,
};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;
use time::{Duration, OffsetDateTime};

/// How far the CA looked into the subject.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub(crate) enum Level {
    #[serde(rename = "DV")]
    Domain,
    #[serde(rename = "OV")]
    Organization,
    #[serde(rename = "EV")]
    Extended,
}

impl Level {
    pub(crate) const ALL: [Self; 3] = [Self::Domain, Self::Organization, Self::Extended];

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Domain => "DV",
            Self::Organization => "OV",
            Self::Extended => "EV",
        }
    }

    pub(crate) fn parse(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.label() == label)
    }

    fn policy(self) -> &'static [u8] {
        match self {
            Self::Domain => &[0x67, 0x81, 0x0c, 1, 2, 1],
            Self::Organization => &[0x67, 0x81, 0x0c, 1, 2, 2],
            Self::Extended => &[0x67, 0x81, 0x0c, 1, 1],
        }
    }
}

/// What a leaf is for. Each purpose has an intermediate of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Purpose {
    Server(Level),
    /// S/MIME.
    Mail,
}

impl Purpose {
    const ALL: [Self; 4] = [
        Self::Server(Level::Domain),
        Self::Server(Level::Organization),
        Self::Server(Level::Extended),
        Self::Mail,
    ];

    /// The short name in caIssuers URIs.
    fn label(self) -> &'static str {
        match self {
            Self::Server(level) => level.label(),
            Self::Mail => "SMIME",
        }
    }

    fn index(self) -> usize {
        match self {
            Self::Server(level) => level as usize,
            Self::Mail => 3,
        }
    }

    fn policy(self) -> &'static [u8] {
        match self {
            Self::Server(level) => level.policy(),
            // Sponsor-validated, multipurpose (CA/B Forum S/MIME requirements).
            Self::Mail => &[0x67, 0x81, 0x0c, 1, 5, 3, 2],
        }
    }
}

/// What goes into the subject besides the name.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) country: String,
    pub(crate) state: String,
    pub(crate) organization: String,
}

/// A leaf to be signed.
#[derive(Debug)]
pub(crate) struct Leaf<'a> {
    /// DER of the public key.
    pub(crate) spki: &'a [u8],
    pub(crate) key: KeyKind,
    pub(crate) common_name: Option<&'a str>,
    /// DNS names, or e-mail addresses.
    pub(crate) names: &'a [String],
    pub(crate) purpose: Purpose,
    pub(crate) subject: Option<Subject>,
    pub(crate) issued: OffsetDateTime,
    pub(crate) days: i64,
}

impl From<Issued> for IssuedCertificate {
    fn from(issued: Issued) -> Self {
        Self {
            serial: issued.serial,
            not_before: issued.not_before,
            not_after: issued.not_after,
            issuer: issued.issuer_name,
            leaf: issued.leaf,
            intermediate: issued.intermediate,
            root: issued.root,
            cross: issued.cross,
        }
    }
}

/// A signed leaf with what a client needs to trust it. All DER.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) leaf: Vec<u8>,
    /// Lower-case hexadecimal, 16 bytes.
    pub(crate) serial: String,
    pub(crate) not_before: OffsetDateTime,
    pub(crate) not_after: OffsetDateTime,
    pub(crate) intermediate: Vec<u8>,
    pub(crate) root: Vec<u8>,
    /// The root's key certified by the legacy root.
    pub(crate) cross: Vec<u8>,
    pub(crate) issuer_name: String,
}

/// The certification authority.
pub(crate) struct Ca {
    legacy: CertifiedIssuer<'static, KeyPair>,
    rsa: Hierarchy,
    ecc: Hierarchy,
    /// Where issuer certificates can be fetched, without a final slash.
    base: String,
}

impl Ca {
    /// Makes the roots. RSA intermediates are made when first needed, because
    /// their keys take time.
    pub(crate) fn new(base: &str) -> Result<Self, rcgen::Error> {
        let (rsa, legacy) = std::thread::scope(|scope| {
            let rsa = scope.spawn(|| KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256));
            let legacy = KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256);
            (rsa.join(), legacy)
        });
        let rsa = rsa.map_err(|_| rcgen::Error::KeyGenerationUnavailable)??;
        let ecc = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384)?;
        let legacy = CertifiedIssuer::self_signed(
            ca_params("Certwright Lab Legacy Root", 9000, None),
            legacy?,
        )?;
        Ok(Self {
            rsa: Hierarchy::new("RSA", rsa, &legacy)?,
            ecc: Hierarchy::new("ECC", ecc, &legacy)?,
            legacy,
            base: base.to_owned(),
        })
    }

    /// All roots, PEM.
    pub(crate) fn roots(&self) -> String {
        [self.rsa.root.pem(), self.ecc.root.pem(), self.legacy.pem()].concat()
    }

    /// The DER behind the last part of a caIssuers URI.
    pub(crate) fn issuer_certificate(&self, file: &str) -> Option<Vec<u8>> {
        let stem = file.strip_suffix(".crt")?;
        let (kind, label) = stem.split_once('-')?;
        let hierarchy = [&self.rsa, &self.ecc]
            .into_iter()
            .find(|hierarchy| hierarchy.kind == kind)?;
        let purpose = Purpose::ALL
            .into_iter()
            .find(|purpose| purpose.label() == label);
        match purpose {
            Some(purpose) => {
                let issuer = hierarchy.intermediate(purpose, &self.base).ok()?;
                Some(issuer.der().to_vec())
            }
            None if label == "root" => Some(hierarchy.cross.clone()),
            None => None,
        }
    }

    /// Signs a leaf. Validity is cut to whole UTC days.
    pub(crate) fn issue(&self, leaf: &Leaf<'_>) -> Result<Issued, rcgen::Error> {
        let hierarchy = match leaf.key {
            KeyKind::Rsa(_) | KeyKind::Other => &self.rsa,
            KeyKind::Ec(_) => &self.ecc,
        };
        let issuer = hierarchy.intermediate(leaf.purpose, &self.base)?;
        let spki = SubjectPublicKeyInfo::from_der(leaf.spki)?;

        let mut serial = crate::random::bytes::<16>();
        // Positive, and never shorter than 16 bytes.
        serial[0] = (serial[0] & 0x7f) | 0x40;

        let mut params = CertificateParams::default();
        params.not_before = midnight(leaf.issued);
        params.not_after = params.not_before + Duration::days(leaf.days) - Duration::SECOND;
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.distinguished_name = distinguished_name(leaf.subject.as_ref(), leaf.common_name);
        params.subject_alt_names = leaf
            .names
            .iter()
            .map(|name| {
                let name = name.as_str().try_into()?;
                Ok(match leaf.purpose {
                    Purpose::Server(_) => SanType::DnsName(name),
                    Purpose::Mail => SanType::Rfc822Name(name),
                })
            })
            .collect::<Result<_, rcgen::Error>>()?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = match leaf.key {
            KeyKind::Ec(_) => vec![KeyUsagePurpose::DigitalSignature],
            _ => vec![
                KeyUsagePurpose::DigitalSignature,
                KeyUsagePurpose::KeyEncipherment,
            ],
        };
        params.extended_key_usages = match leaf.purpose {
            Purpose::Server(_) => vec![ExtendedKeyUsagePurpose::ServerAuth],
            Purpose::Mail => vec![
                ExtendedKeyUsagePurpose::EmailProtection,
                ExtendedKeyUsagePurpose::ClientAuth,
            ],
        };
        params.use_authority_key_identifier_extension = true;
        params.custom_extensions = vec![
            aia(&self.base, hierarchy.kind, leaf.purpose.label()),
            CustomExtension::from_oid_content(
                CERTIFICATE_POLICIES,
                der::policies(leaf.purpose.policy()),
            ),
        ];
        let certificate = params.signed_by(&spki, issuer)?;
        Ok(Issued {
            leaf: certificate.der().to_vec(),
            serial: crate::random::to_hex(&serial),
            not_before: params.not_before,
            not_after: params.not_after,
            intermediate: issuer.der().to_vec(),
            root: hierarchy.root.der().to_vec(),
            cross: hierarchy.cross.clone(),
            issuer_name: hierarchy.issuer_name(leaf.purpose),
        })
    }
}

struct Hierarchy {
    kind: &'static str,
    root: CertifiedIssuer<'static, KeyPair>,
    cross: Vec<u8>,
    intermediates: [OnceLock<CertifiedIssuer<'static, KeyPair>>; 4],
}

impl Hierarchy {
    fn new(
        kind: &'static str,
        key: KeyPair,
        legacy: &CertifiedIssuer<'static, KeyPair>,
    ) -> Result<Self, rcgen::Error> {
        let params = ca_params(&format!("Certwright Lab {kind} Root"), 7000, None);
        let cross = params.signed_by(&key, legacy)?.der().to_vec();
        Ok(Self {
            kind,
            root: CertifiedIssuer::self_signed(params, key)?,
            cross,
            intermediates: [const { OnceLock::new() }; 4],
        })
    }

    fn intermediate(
        &self,
        purpose: Purpose,
        base: &str,
    ) -> Result<&CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
        let cell = &self.intermediates[purpose.index()];
        if let Some(issuer) = cell.get() {
            return Ok(issuer);
        }
        let algorithm = match self.kind {
            "RSA" => &rcgen::PKCS_RSA_SHA256,
            _ => &rcgen::PKCS_ECDSA_P256_SHA256,
        };
        let key = KeyPair::generate_for(algorithm)?;
        let mut params = ca_params(&self.issuer_name(purpose), 3000, Some(0));
        params.custom_extensions = vec![aia(base, self.kind, "root")];
        params.use_authority_key_identifier_extension = true;
        let issuer = CertifiedIssuer::signed_by(params, key, &self.root)?;
        Ok(cell.get_or_init(|| issuer))
    }

    fn issuer_name(&self, purpose: Purpose) -> String {
        let role = match purpose {
            Purpose::Server(_) => "Server CA",
            Purpose::Mail => "Client CA",
        };
        format!("Certwright Lab {} {} {role}", self.kind, purpose.label())
    }
}

/// 00:00:00 UTC of the day.
fn midnight(moment: OffsetDateTime) -> OffsetDateTime {
    moment.replace_time(time::Time::MIDNIGHT)
}

fn ca_params(name: &str, days: i64, path: Option<u8>) -> CertificateParams {
    let now = midnight(OffsetDateTime::now_utc());
    let mut params = CertificateParams::default();
    // Early enough for tests that put the clock back.
    params.not_before = now - Duration::days(1000);
    params.not_after = now + Duration::days(days);
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "GB");
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Certwright Lab");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(path.map_or(
        BasicConstraints::Unconstrained,
        BasicConstraints::Constrained,
    ));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn distinguished_name(subject: Option<&Subject>, common_name: Option<&str>) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    if let Some(subject) = subject {
        name.push(DnType::CountryName, subject.country.as_str());
        name.push(DnType::StateOrProvinceName, subject.state.as_str());
        name.push(DnType::OrganizationName, subject.organization.as_str());
    }
    // X.520 ends common names at 64 characters; longer names live in the SANs only.
    if let Some(common_name) = common_name.filter(|name| name.len() <= 64) {
        name.push(DnType::CommonName, common_name);
    }
    name
}

fn aia(base: &str, kind: &str, level: &str) -> CustomExtension {
    let uri = format!("{base}/ca/{kind}-{level}.crt");
    CustomExtension::from_oid_content(AUTHORITY_INFO_ACCESS, der::ca_issuers(&uri))
}

const AUTHORITY_INFO_ACCESS: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 1];
const CERTIFICATE_POLICIES: &[u64] = &[2, 5, 29, 32];

#[cfg(test)]
mod tests {
    use super::*;
    use x509_parser::prelude::{FromDer, X509Certificate};

    #[test]
    fn the_issuer_follows_the_key_and_validity_is_whole_days() {
        let ca = Ca::new("http://127.0.0.1:1").expect("a CA");
        let key = KeyPair::generate().expect("a key");
        let spki = rcgen::PublicKeyData::subject_public_key_info(&key);
        let names = ["www.example.org".to_owned()];
        let issued = ca
            .issue(&Leaf {
                spki: &spki,
                key: KeyKind::Ec("P-256"),
                common_name: Some("www.example.org"),
                names: &names,
                purpose: Purpose::Server(Level::Organization),
                subject: Some(Subject {
                    country: "GB".to_owned(),
                    state: "Somewhere".to_owned(),
                    organization: "Example University".to_owned(),
                }),
                issued: OffsetDateTime::from_unix_timestamp(1_800_000_000).expect("a moment"),
                days: 199,
            })
            .expect("a certificate");
        let parse = |der: &[u8]| -> String {
            let (_, certificate) = X509Certificate::from_der(der).expect("a certificate");
            certificate.subject().to_string()
        };
        let (_, leaf) = X509Certificate::from_der(&issued.leaf).expect("a leaf");
        let (_, intermediate) =
            X509Certificate::from_der(&issued.intermediate).expect("an intermediate");
        leaf.verify_signature(Some(intermediate.public_key()))
            .expect("signed by the intermediate");
        assert_eq!(leaf.issuer().to_string(), parse(&issued.intermediate));
        assert_eq!(
            leaf.subject().to_string(),
            "C=GB, ST=Somewhere, O=Example University, CN=www.example.org"
        );
        assert_eq!(issued.serial.len(), 32);
        assert_eq!(leaf.validity().not_before.timestamp() % 86_400, 0);
        assert_eq!(leaf.validity().not_after.timestamp() % 86_400, 86_399);
        let (_, cross) = X509Certificate::from_der(&issued.cross).expect("a cross-certificate");
        assert_eq!(parse(&issued.root), cross.subject().to_string());
        assert!(cross.issuer().to_string().contains("Legacy"));
        assert!(ca.issuer_certificate("ECC-OV.crt").is_some());
        assert!(ca.issuer_certificate("DSA-OV.crt").is_none());
    }
}
