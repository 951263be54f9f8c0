//! Virtual servers, and the profiles they carry.

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Change, Icontrol, IcontrolError, ObjectPath};
use crate::http::Call;

/// A virtual server.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VirtualServer {
    #[serde(rename = "fullPath")]
    pub(crate) path: ObjectPath,
    #[serde(default)]
    pub(crate) destination: String,
    /// `true` or absent.
    #[serde(default)]
    disabled: bool,
    app_service: Option<String>,
    #[serde(default)]
    profiles_reference: Profiles,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Profiles {
    #[serde(default)]
    items: Vec<AttachedProfile>,
}

/// A profile of a virtual server.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttachedProfile {
    #[serde(rename = "fullPath")]
    pub(crate) path: ObjectPath,
    #[serde(default)]
    name_reference: Value,
}

impl Icontrol {
    /// (`$select` is left out: nobody is known to have combined it with expansion.)
    pub(crate) async fn virtual_servers(&self) -> Result<Vec<VirtualServer>, IcontrolError> {
        let call =
            Call::get(VIRTUALS, "list virtual servers").query("expandSubcollections", "true");
        self.list(&call).await
    }
}

/// Adds one profile; all others stay.
pub(crate) fn attach(server: &ObjectPath, profile: &ObjectPath) -> Change {
    let body = json!({"name": profile.to_string(), "context": "clientside"});
    Change::create(&profiles(server), profile, "profile", body)
        .doing(format!("put the profile {profile} on {server}"))
}

/// Takes one profile away; all others stay.
pub(crate) fn detach(server: &ObjectPath, profile: &ObjectPath) -> Change {
    Change::delete(&profiles(server), profile, "profile")
        .doing(format!("take the profile {profile} off {server}"))
}

impl VirtualServer {
    pub(crate) fn is_enabled(&self) -> bool {
        !self.disabled
    }

    /// The iApp that owns it.
    pub(crate) fn app_service(&self) -> Option<&str> {
        self.app_service.as_deref().filter(|it| *it != "none")
    }

    /// Does it carry a profile of this type (`tcp`, `client-ssl` …)?
    pub(crate) fn has_kind(&self, kind: &str) -> bool {
        self.profiles_reference
            .items
            .iter()
            .any(|it| it.kind() == Some(kind))
    }

    /// The client SSL profiles that it carries.
    pub(crate) fn client_ssl(&self) -> impl Iterator<Item = &ObjectPath> {
        self.profiles_reference
            .items
            .iter()
            .filter(|it| it.kind() == Some("client-ssl"))
            .map(|it| &it.path)
    }

    pub(crate) fn carries(&self, profile: &ObjectPath) -> bool {
        self.client_ssl().any(|it| it == profile)
    }

    /// Where clients knock; `None` for wildcard addresses and ports.
    pub(crate) fn address(&self) -> Option<(IpAddr, u16)> {
        let text = self.destination.rsplit('/').next()?;
        let separator = if text.matches(':').count() > 1 {
            '.'
        } else {
            ':'
        };
        let (address, port) = text.rsplit_once(separator)?;
        let port = match port {
            "https" => 443,
            "http" => 80,
            port => port.parse().ok().filter(|it| *it != 0)?,
        };
        // The route domain matters inside of the device only.
        let address: IpAddr = address.split('%').next()?.parse().ok()?;
        (!address.is_unspecified()).then_some((address, port))
    }
}

impl AttachedProfile {
    /// Its type stands nowhere but in a link: `…/mgmt/tm/ltm/profile/<type>/~Common~x?ver=…`.
    fn kind(&self) -> Option<&str> {
        let link = self.name_reference["link"].as_str()?;
        let (_, rest) = link.split_once("/ltm/profile/")?;
        rest.split('/').next()
    }
}

fn profiles(server: &ObjectPath) -> String {
    format!("{VIRTUALS}/{}/profiles", server.segment())
}

const VIRTUALS: &str = "tm/ltm/virtual";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_become_addresses() {
        for (destination, expected) in [
            ("/Common/192.0.2.10:443", Some("192.0.2.10 443")),
            ("/Web/192.0.2.10%1:8443", Some("192.0.2.10 8443")),
            ("/Common/2001:db8::1.443", Some("2001:db8::1 443")),
            ("/Common/2001:db8::1%2.https", Some("2001:db8::1 443")),
            ("/Common/0.0.0.0:443", None),
            ("/Common/192.0.2.10:0", None),
            ("/Common/192.0.2.10:any", None),
            ("/Common/any6.443", None),
        ] {
            let server: VirtualServer = serde_json::from_value(
                json!({"fullPath": "/Common/x", "destination": destination}),
            )
            .unwrap();
            let shown = server.address().map(|(a, p)| format!("{a} {p}"));
            assert_eq!(shown.as_deref(), expected, "{destination}");
        }
    }
}
