//! Handshakes with virtual servers.

use super::site::Site;
use super::wish::{Knock, Verify, Wish};
use crate::lifecycle::verify::{Endpoint, Shown};
use crate::lifecycle::{Held, Served};
use crate::x509::{Algorithm, Certificate};

/// Where to knock; nowhere if that is not wanted.
pub(crate) fn endpoints(site: &Site<'_>, wish: &Wish) -> Vec<Endpoint> {
    let Verify::On(knock) = &wish.verify else {
        return Vec::new();
    };
    if let Some(address) = &knock.address {
        let port = site
            .servers
            .iter()
            .find_map(|it| it.address())
            .map(|it| it.1);
        return vec![endpoint(knock, address.clone(), port)];
    }
    site.servers
        .iter()
        .filter(|it| it.is_enabled())
        .filter_map(|it| it.address())
        .map(|(address, port)| endpoint(knock, address.to_string(), Some(port)))
        .collect()
}

/// What all of them show together. `reachable`: they answered before the switch, so silence is an
/// answer.
pub(crate) async fn served(
    endpoints: &[Endpoint],
    expected: &Held,
    reachable: bool,
) -> Option<Served> {
    let mut silent = None;
    for endpoint in endpoints {
        match endpoint.serves(expected).await {
            Served::Yes => {}
            Served::Unreachable(why) if reachable => {
                return Some(Served::No(format!(
                    "it answered before and does not now: {why}"
                )));
            }
            Served::Unreachable(why) => silent = Some(Served::Unreachable(why)),
            no @ Served::No(_) => return Some(no),
        }
    }
    silent.or_else(|| (!endpoints.is_empty()).then_some(Served::Yes))
}

/// Do all of them complete a handshake?
pub(crate) async fn reachable(endpoints: &[Endpoint]) -> bool {
    for endpoint in endpoints {
        if let Shown::Unreachable(_) = endpoint.look(None).await {
            return false;
        }
    }
    !endpoints.is_empty()
}

/// The certificate that is shown, which a device does not give out otherwise.
pub(crate) async fn look(endpoints: &[Endpoint], algorithm: Algorithm) -> Option<Certificate> {
    let endpoint = endpoints.first()?;
    match endpoint.look(Some(algorithm)).await {
        Shown::Certificates(certificates) => certificates.into_iter().next(),
        Shown::Unreachable(_) | Shown::Refused(_) => None,
    }
}

fn endpoint(knock: &Knock, address: String, port: Option<u16>) -> Endpoint {
    Endpoint {
        address,
        port: knock.port.or(port).unwrap_or(443),
        server_name: knock.server_name.clone(),
        roots: knock.roots.clone(),
    }
}
