//! `request certificate generate`: a key pair on the device, with a request
//! for an external CA or a certificate of its own.

use super::answer::{self, Answer, Refusal};
use super::entry;
use super::ops::Site;
use super::schema::is_name;
use super::scope::Scope;
use super::xml::Node;
use crate::csr::KeyKind;
use crate::switches::{AcceptOrRefuse, Switches};
use rcgen::string::Ia5String;
use rcgen::{CertificateParams, DistinguishedName, DnType, SanType};
use time::{Duration, OffsetDateTime};

/// The key that a command asks for; made before anybody has to wait for it.
pub(crate) fn key_kind(command: &Node, switches: &Switches) -> Option<KeyKind> {
    let algorithm = command.child("algorithm")?;
    let rsa = algorithm.descend(&["RSA", "rsa-nbits"]);
    let ecdsa = algorithm.descend(&["ECDSA", "ecdsa-nbits"]);
    let kind = match (rsa, ecdsa) {
        (Some(bits), None) => KeyKind::Rsa(bits.text.parse().ok()?),
        (None, Some(bits)) => KeyKind::Ec(match bits.text.as_str() {
            "256" => "P-256",
            "384" => "P-384",
            "521" if switches.panos_p521 == AcceptOrRefuse::Accepted => "P-521",
            _ => return None,
        }),
        _ => return None,
    };
    let offered = !matches!(kind, KeyKind::Rsa(bits) if ![2048, 3072, 4096].contains(&bits));
    offered.then_some(kind)
}

/// Makes the entry.
pub(crate) fn generate(site: &mut Site<'_>, scope: &Scope, command: &Node) -> Answer {
    let wish = Wish::read(command, site.device.kind.longest_name(), site.switches)?;
    let key = site
        .fresh
        .take()
        .ok_or_else(|| Refusal::text("Failed to generate key pair: unsupported algorithm"))?;
    let path = scope.certificate(wish.name);
    if path.first(&site.device.candidate).is_some() {
        return Err(Refusal::text(format!("{} already exists", wish.name)));
    }
    let failed = |what: &str| Refusal::text(format!("Failed to generate {what}"));
    let pair = key
        .pair_for(wish.digest)
        .ok_or_else(|| failed("key pair"))?;
    let params = wish.params(site.now)?;
    let mut made = Node::entry(wish.name);
    if wish.external {
        let request = params
            .serialize_request(&pair)
            .and_then(|request| request.pem())
            .map_err(|_| failed("certificate request"))?;
        made.put("csr", request);
        made.put("common-name", wish.common_name);
    } else {
        let certificate = params
            .self_signed(&pair)
            .map_err(|_| failed("certificate"))?;
        entry::describe(&mut made, certificate.der(), &certificate.pem())
            .ok_or_else(|| failed("certificate"))?;
    }
    made.put("private-key", site.vault.seal(key, wish.blocked));
    *path.make(&mut site.device.candidate) = made;
    site.device
        .note(vec![(path, "CREATE")], site.admin.name, site.now);
    Ok(answer::result_text(format!(
        "Successfully generated certificate and key pair : {}",
        wish.name
    )))
}

/// Marks an entry revoked; meant for certificates of an authority on the box.
pub(crate) fn revoke(site: &mut Site<'_>, scope: &Scope, name: &str) -> Answer {
    let path = scope.certificate(name);
    if path.first(&site.device.candidate).is_none() {
        return Err(Refusal::text(format!("{name} doesn't exist")));
    }
    let entry = path.make(&mut site.device.candidate);
    entry.put("status", "revoked");
    entry.put("revoke-date-epoch", site.now.unix_timestamp().to_string());
    site.device
        .note(vec![(path, "EDIT")], site.admin.name, site.now);
    Ok(answer::command_succeeded())
}

/// A command, its arguments checked against the grammar.
struct Wish<'a> {
    name: &'a str,
    common_name: &'a str,
    external: bool,
    digest: &'a str,
    blocked: bool,
    days: i64,
    command: &'a Node,
}

impl<'a> Wish<'a> {
    fn read(command: &'a Node, longest: usize, switches: &Switches) -> Result<Self, Refusal> {
        let text = |name: &str| command.text_of(name);
        let name = text("certificate-name").unwrap_or_default();
        if name.len() > longest || !is_name(name) {
            return Err(invalid("certificate-name", name));
        }
        let common_name = text("name").unwrap_or_default();
        if common_name.is_empty() || common_name.chars().count() > 128 {
            return Err(invalid("name", common_name));
        }
        for (argument, limit) in LIMITS {
            if let Some(value) = text(argument).filter(|value| value.chars().count() > limit) {
                return Err(invalid(argument, value));
            }
        }
        for argument in ["ca", "block-private-key"] {
            if let Some(value) = text(argument).filter(|value| !matches!(*value, "yes" | "no")) {
                return Err(invalid(argument, value));
            }
        }
        for (list, most) in [
            ("hostname", switches.panos_max_san_per_kind),
            ("ip", switches.panos_max_san_per_kind),
            ("alt-email", switches.panos_max_san_per_kind),
            ("organization-unit", 4),
        ] {
            let members: Vec<&str> = command
                .child(list)
                .into_iter()
                .flat_map(Node::members)
                .collect();
            if members.len() > most {
                return Err(too_many(list, most));
            }
            let fine = |member: &&&str| match list {
                "hostname" => is_host(member),
                "organization-unit" => member.len() <= 64,
                _ => !member.is_empty(),
            };
            if let Some(bad) = members.iter().find(|member| !fine(member)) {
                return Err(invalid(list, bad));
            }
        }
        let days = text("days-till-expiry").unwrap_or("365");
        let days = days
            .parse()
            .ok()
            .filter(|days| (1..=7300).contains(days))
            .ok_or_else(|| invalid("days-till-expiry", days))?;
        let digest = text("digest").unwrap_or("sha256");
        if !["sha256", "sha384", "sha512"].contains(&digest) {
            return Err(invalid("digest", digest));
        }
        let external = match text("signed-by") {
            None => false,
            Some("external") => true,
            Some(authority) => {
                return Err(Refusal::text(format!(
                    "signing certificate {authority} not found"
                )));
            }
        };
        Ok(Self {
            name,
            common_name,
            external,
            digest,
            blocked: text("block-private-key") == Some("yes"),
            days,
            command,
        })
    }

    fn params(&self, now: OffsetDateTime) -> Result<CertificateParams, Refusal> {
        let mut params = CertificateParams::default();
        params.not_before = now;
        params.not_after = now + Duration::days(self.days);
        params.distinguished_name = DistinguishedName::new();
        let texts = |name: &str| self.command.text_of(name).map(str::to_owned);
        let units: Vec<String> = self
            .command
            .child("organization-unit")
            .into_iter()
            .flat_map(Node::members)
            .map(str::to_owned)
            .collect();
        let subject = [
            (DnType::CountryName, texts("country-code")),
            (DnType::StateOrProvinceName, texts("state")),
            (DnType::LocalityName, texts("locality")),
            (DnType::OrganizationName, texts("organization")),
        ];
        for (kind, value) in subject {
            if let Some(value) = value {
                params.distinguished_name.push(kind, value);
            }
        }
        for unit in units {
            params
                .distinguished_name
                .push(DnType::OrganizationalUnitName, unit);
        }
        params
            .distinguished_name
            .push(DnType::CommonName, self.common_name);
        for list in ["hostname", "ip", "alt-email"] {
            let members = self.command.child(list).into_iter().flat_map(Node::members);
            for member in members {
                let name = match list {
                    "hostname" => Ia5String::try_from(member).ok().map(SanType::DnsName),
                    "ip" => member.parse().ok().map(SanType::IpAddress),
                    _ => Ia5String::try_from(member).ok().map(SanType::Rfc822Name),
                };
                let name = name.ok_or_else(|| invalid(list, member))?;
                params.subject_alt_names.push(name);
            }
        }
        Ok(params)
    }
}

/// `^([*a-zA-Z0-9./_-])+$`, at most 63 characters
fn is_host(text: &str) -> bool {
    let fine = |character: char| character.is_ascii_alphanumeric() || "*./_-".contains(character);
    (1..=63).contains(&text.len()) && text.chars().all(fine)
}

fn invalid(argument: &str, value: &str) -> Refusal {
    Refusal::coded(
        17,
        [
            format!(" request -> certificate -> generate -> {argument} '{value}' is invalid"),
            format!(" request -> certificate -> generate -> {argument} is invalid"),
        ],
    )
}

fn too_many(argument: &str, most: usize) -> Refusal {
    Refusal::coded(
        17,
        [format!(
            " request -> certificate -> generate -> {argument} can have at most {most} members"
        )],
    )
}

const LIMITS: [(&str, usize); 5] = [
    ("country-code", 2),
    ("state", 32),
    ("locality", 64),
    ("organization", 64),
    ("email", 255),
];
