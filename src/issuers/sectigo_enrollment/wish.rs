//! What is to be ordered, checked against what SCM offers before anything is sent.

use crate::clients::scm::Id;
use crate::clients::scm::profiles::Profile;
use crate::x509::{Algorithm, Csr, KeyType};

use super::options::EnrollmentOptions;

/// An order that SCM should take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) organization: Id,
    pub(crate) profile: Id,
    /// Days.
    pub(crate) term: i64,
    pub(crate) comments: String,
    pub(crate) requester: Option<String>,
}

impl Wish {
    pub(crate) fn new(
        options: &EnrollmentOptions,
        organization: Id,
        profiles: &[Profile],
        csr: &Csr,
    ) -> Result<Self, String> {
        let profile = find_profile(profiles, options.profile.as_deref(), organization)?;
        let requester = options.requester.join(",");
        if requester.len() > LONGEST_REQUESTER {
            return Err(format!(
                "requester: at most {LONGEST_REQUESTER} characters in all"
            ));
        }
        check_key(profile, csr.key_type)?;
        Ok(Self {
            organization,
            profile: profile.id,
            term: term(profile, options.term)?,
            comments: marked(options.comments.as_deref(), csr)?,
            requester: Some(requester).filter(|it| !it.is_empty()),
        })
    }
}

/// The mark by which an order is found again: the key it is for.
///
/// It travels in the comments. They come back in the details and in the report, nobody is sent
/// anything because of them (addresses in `externalRequester` are written to), and they need no
/// preparation by an administrator, as a custom field would.
pub(crate) fn mark(csr: &Csr) -> String {
    format!(
        "[certwright key sha256:{}]",
        crate::x509::hex(&csr.public_key_sha256)
    )
}

fn marked(comments: Option<&str>, csr: &Csr) -> Result<String, String> {
    let mark = mark(csr);
    let text = match comments.map(str::trim).filter(|it| !it.is_empty()) {
        Some(comments) => format!("{comments} {mark}"),
        None => mark.clone(),
    };
    if text.chars().count() > LONGEST_COMMENTS {
        return Err(format!(
            "comments: at most {} characters",
            LONGEST_COMMENTS - mark.len() - 1
        ));
    }
    Ok(text)
}

fn find_profile<'a>(
    profiles: &'a [Profile],
    wanted: Option<&str>,
    organization: Id,
) -> Result<&'a Profile, String> {
    let offered = || {
        let all: Vec<String> = profiles
            .iter()
            .map(|it| format!("{} ({})", it.name, it.id))
            .collect();
        format!("organization {organization} is offered: {}", all.join(", "))
    };
    let Some(wanted) = wanted.map(str::trim).filter(|it| !it.is_empty()) else {
        return match profiles {
            [one] => Ok(one),
            _ => Err(format!(
                "missing required arguments: profile, by name or id; {}",
                offered()
            )),
        };
    };
    let id: Option<Id> = wanted.parse().ok();
    let found: Vec<&Profile> = profiles
        .iter()
        .filter(|it| Some(it.id) == id || it.name.eq_ignore_ascii_case(wanted))
        .collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(format!(
            "SCM has no certificate profile '{wanted}'; {}",
            offered()
        )),
        several => Err(format!(
            "several certificate profiles are called '{wanted}', so give the id of one: {}",
            several
                .iter()
                .map(|it| it.id.to_string())
                .collect::<Vec<_>>()
                .join(", ")
        )),
    }
}

fn term(profile: &Profile, wanted: Option<i64>) -> Result<i64, String> {
    match wanted {
        Some(term) if profile.terms.is_empty() || profile.terms.contains(&term) => Ok(term),
        Some(term) => Err(format!(
            "the certificate profile '{}' ({}) has no term of {term} days, but: {}",
            profile.name,
            profile.id,
            listed(&profile.terms)
        )),
        None => profile.terms.iter().max().copied().ok_or_else(|| {
            format!(
                "SCM does not tell the terms of the certificate profile '{}' ({}), so give term",
                profile.name, profile.id
            )
        }),
    }
}

fn check_key(profile: &Profile, key: Option<KeyType>) -> Result<(), String> {
    // What SCM does not tell, and kinds of keys that are not known here, SCM judges itself.
    let (Some(key), false) = (key, profile.key_types.is_empty()) else {
        return Ok(());
    };
    let (family, size) = scm_key(key);
    let allowed = profile
        .key_types
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(family))
        .flat_map(|(_, sizes)| sizes)
        .any(|it| it.eq_ignore_ascii_case(size));
    if allowed {
        return Ok(());
    }
    let offered: Vec<String> = profile
        .key_types
        .iter()
        .map(|(family, sizes)| format!("{family} {}", sizes.join("/")))
        .collect();
    Err(format!(
        "the certificate profile '{}' ({}) takes no key of type {}, but: {}",
        profile.name,
        profile.id,
        key.name(),
        offered.join(", ")
    ))
}

/// Family and size in SCM's words.
fn scm_key(key: KeyType) -> (&'static str, &'static str) {
    let family = match key.algorithm() {
        Algorithm::Rsa => "RSA",
        Algorithm::Ecdsa => "EC",
    };
    let size = match key {
        KeyType::Rsa2048 => "2048",
        KeyType::Rsa3072 => "3072",
        KeyType::Rsa4096 => "4096",
        KeyType::EcdsaP256 => "P-256",
        KeyType::EcdsaP384 => "P-384",
        KeyType::EcdsaP521 => "P-521",
    };
    (family, size)
}

fn listed(numbers: &[i64]) -> String {
    let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

/// SCM REST API 25.5, enroll.
const LONGEST_COMMENTS: usize = 1024;
const LONGEST_REQUESTER: usize = 512;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::x509::PrivateKey;

    fn profiles() -> Vec<Profile> {
        serde_json::from_value(json!([
            {"id": 300, "name": "OV SSL", "terms": [90, 199], "keyTypes": {"RSA": ["2048"], "EC": ["P-256"]}},
            {"id": 301, "name": "Twin", "terms": [90], "keyTypes": {"RSA": ["2048"]}},
            {"id": 302, "name": "Twin", "terms": []},
        ]))
        .unwrap()
    }

    fn csr(key: KeyType) -> Csr {
        let key = PrivateKey::generate(key).unwrap();
        Csr::make(&key, Some("a.example"), &["a.example".to_owned()]).unwrap()
    }

    fn wish(profile: &str, term: Option<i64>, key: KeyType) -> Result<Wish, String> {
        let options = EnrollmentOptions {
            profile: Some(profile.to_owned()),
            term,
            ..EnrollmentOptions::default()
        };
        Wish::new(&options, 101, &profiles(), &csr(key))
    }

    #[test]
    fn the_profile_rules() {
        let good = wish("ov ssl", None, KeyType::EcdsaP256).unwrap();
        assert_eq!((good.profile, good.term), (300, 199));
        assert!(good.comments.starts_with("[certwright key sha256:"));
        assert!(wish("302", Some(30), KeyType::EcdsaP521).is_ok());
        for (profile, term, key, expected) in [
            (
                "EV",
                None,
                KeyType::EcdsaP256,
                "no certificate profile 'EV'",
            ),
            ("Twin", None, KeyType::Rsa2048, "301, 302"),
            ("300", Some(365), KeyType::EcdsaP256, "no term of 365 days"),
            (
                "301",
                None,
                KeyType::EcdsaP256,
                "takes no key of type ecdsa-p256",
            ),
            (
                "300",
                None,
                KeyType::EcdsaP384,
                "takes no key of type ecdsa-p384",
            ),
            ("302", None, KeyType::EcdsaP256, "give term"),
        ] {
            let problem = wish(profile, term, key).unwrap_err();
            assert!(problem.contains(expected), "{problem}");
        }
    }

    #[test]
    fn comments_keep_room_for_the_mark() {
        let csr = csr(KeyType::EcdsaP256);
        let text = marked(Some(" job 42 "), &csr).unwrap();
        assert_eq!(text, format!("job 42 {}", mark(&csr)));
        assert!(marked(Some(&"x".repeat(1000)), &csr).is_err());
    }
}
