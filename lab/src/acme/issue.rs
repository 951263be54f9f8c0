//! From a good request to a certificate.

use super::Server;
use super::jws::Signed;
use super::orders::{self, Finalized, Order};
use super::problem::Problem;
use crate::ca::{Leaf, Purpose};
use crate::csr::{Csr, KeyKind};
use crate::der;
use crate::http::Reply;
use crate::names;
use crate::scm::issuing;
use crate::state::{Certificate, World, next};
use crate::switches::{AcceptOrRefuse, CertificateDefect};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{KeyPair, PublicKeyData};
use serde_json::Value;
use std::time::Duration;

/// `finalize`.
pub(crate) fn finalize(
    world: &mut World,
    server: &Server,
    account: &str,
    id: &str,
    signed: &Signed,
) -> Result<Reply, Problem> {
    let order = orders::own(world, account, id)?.clone();
    let status = orders::status(world, &order);
    if status != "ready" {
        let text = format!("The order is {status}");
        return Err(Problem::new(403, "orderNotReady", text));
    }
    let wish = signed.object()?;
    let text = wish.get("csr").and_then(Value::as_str).unwrap_or_default();
    let csr = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| bad_csr("The CSR is not base64url"))
        .and_then(|der| {
            Csr::from_der(&der).map_err(|error| bad_csr(&format!("The CSR is bad: {error:?}")))
        })?;
    check(world, &order, account, &csr)?;

    let certificate = issue(world, &order, &csr)
        .map_err(|error| Problem::new(500, "serverInternal", error.to_string()))?;
    let delay = time::Duration::seconds_f64(world.switches.acme_processing_seconds);
    let finalized = Finalized {
        ready: world.now() + delay,
        certificate,
        url_id: crate::random::id(),
    };
    if let Some(order) = world.acme.orders.get_mut(id) {
        order.finalized = Some(finalized);
    }
    let mut reply = orders::reply(world, server, id);
    reply.hold = Duration::from_secs_f64(world.switches.acme_finalize_hold_seconds);
    Ok(reply)
}

/// The certificate's chain, leaf first; `alternate` 1 ends at the legacy root.
pub(crate) fn download(
    world: &World,
    server: &Server,
    account: &str,
    url_id: &str,
    alternate: usize,
) -> Result<Reply, Problem> {
    let missing = || Problem {
        status: 404,
        ..Problem::malformed("Unknown certificate")
    };
    let issued = world
        .acme
        .orders
        .values()
        .filter(|order| order.account == account && orders::status(world, order) == "valid")
        .filter_map(|order| order.finalized.as_ref())
        .find(|finalized| finalized.url_id == url_id)
        .and_then(|finalized| world.scm.certificates.get(&finalized.certificate))
        .and_then(|certificate| certificate.issued.as_ref())
        .ok_or_else(missing)?;
    let offered = world.switches.acme_alternate_chain;
    if alternate > 0 && !offered {
        return Err(missing());
    }
    let mut chain = vec![&issued.leaf];
    if world.switches.acme_certificate != CertificateDefect::MissingChain {
        chain.push(&issued.intermediate);
        if alternate > 0 {
            chain.push(&issued.cross);
        }
    }
    let pem: String = chain
        .iter()
        .map(|der| der::pem("CERTIFICATE", der))
        .collect();
    let reply = Reply::text(200, "application/pem-certificate-chain", pem);
    if alternate == 0 && offered {
        let url = server.url(&format!("cert/{url_id}/alternate/1"));
        return Ok(reply.with("Link", format!("<{url}>;rel=\"alternate\"")));
    }
    Ok(reply)
}

fn check(world: &World, order: &Order, account: &str, csr: &Csr) -> Result<(), Problem> {
    let mut ordered = order.names.clone();
    ordered.sort();
    if csr.other_names || csr.names() != ordered {
        return Err(bad_csr("The names of the CSR are not those of the order"));
    }
    match csr.key {
        KeyKind::Rsa(bits) if bits < 2048 => {
            return Err(bad_csr("RSA keys must have 2048 bits or more"));
        }
        KeyKind::Ec("P-521") if world.switches.acme_p521 == AcceptOrRefuse::Refused => {
            return Err(bad_csr("The curve is not supported"));
        }
        KeyKind::Other => return Err(bad_csr("The key type is not supported")),
        KeyKind::Rsa(_) | KeyKind::Ec(_) => {}
    }
    let own_key = world
        .acme
        .accounts
        .get(account)
        .is_some_and(|account| account.key.is_in(&csr.spki));
    if own_key {
        return Err(bad_csr("The account key must not be certified"));
    }
    Ok(())
}

fn issue(world: &mut World, order: &Order, csr: &Csr) -> Result<u64, rcgen::Error> {
    let now = world.now();
    let defect = world.switches.acme_certificate;
    let mut spki = csr.spki.clone();
    let mut names = order.names.clone();
    match defect {
        CertificateDefect::WrongKey => {
            let other = match csr.key {
                KeyKind::Ec(_) => KeyPair::generate()?,
                _ => KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256)?,
            };
            spki = other.subject_public_key_info();
        }
        CertificateDefect::MissingName => {
            names.pop();
            if names.is_empty() {
                names.push(format!("other.{}", names::without_star(&order.names[0])));
            }
        }
        CertificateDefect::Good | CertificateDefect::MissingChain => {}
    }
    let owner = orders::owner(world, &order.account);
    let organization = owner.map_or(0, |owner| owner.organization);
    let requester = owner.map_or_else(String::new, |owner| owner.name.clone());
    let subject = issuing::subject(world, organization, order.level);
    let common_name = csr
        .common_name
        .clone()
        .filter(|name| names.contains(name))
        .unwrap_or_else(|| names[0].clone());
    let term = world.switches.acme_validity_days;
    let issued = world.ca.issue(&Leaf {
        spki: &spki,
        key: csr.key,
        common_name: Some(&common_name),
        names: &names,
        purpose: Purpose::Server(order.level),
        subject,
        issued: now,
        days: term,
    })?;
    let id = next(&mut world.scm.last_id.certificate);
    let certificate = Certificate {
        id,
        renew_id: crate::random::alphanumeric(20),
        organization,
        profile: world
            .scm
            .profiles
            .iter()
            .find(|profile| profile.level == order.level)
            .map_or(0, |profile| profile.id),
        level: order.level,
        term,
        status: "Issued",
        common_name,
        alt_names: names,
        key: csr.key,
        requester,
        requested_via: "ACME",
        comments: String::new(),
        external_requester: String::new(),
        custom_fields: Vec::new(),
        spki,
        requested: now,
        approved: Some(now),
        revoked: None,
        reason: None,
        renewed: None,
        replaced: None,
        issued: Some(issued.into()),
        hidden_reads: 0,
    };
    world.scm.certificates.insert(id, certificate);
    Ok(id)
}

fn bad_csr(detail: &str) -> Problem {
    Problem::new(400, "badCSR", detail)
}
