//! Which profile of a virtual server is the one for clients that send no server name, where that
//! changes from one site of a task to another.
//!
//! A virtual server with several client SSL profiles has exactly one at every moment. So who is to be
//! it takes it over, in the transaction that puts it there, and who is not to be it any more just waits
//! for that.

use super::site::Site;
use super::wish::{Neighbour, Servers, Wish};
use crate::clients::icontrol::Change;
use crate::clients::icontrol::client_ssl::{self, ClientSsl, Settings};
use crate::clients::icontrol::virtuals::VirtualServer;

impl Wish {
    /// Is another site of the task going to be the default of `server`?
    pub(crate) fn has_heir(&self, site: &Site<'_>, server: &VirtualServer) -> bool {
        let is_on = |heir: &Neighbour| {
            let named =
                matches!(&heir.servers, Servers::Named(paths) if paths.contains(&server.path));
            named || profiles(site, server).any(|it| heir.owns(it))
        };
        self.profile.sni_default != Some(true)
            && self
                .sites
                .iter()
                .any(|it| it.sni_default == Some(true) && is_on(it))
    }

    /// Does `profile` hand its place as the default over to this site?
    pub(crate) fn succeeds(&self, profile: &ClientSsl) -> bool {
        self.profile.sni_default == Some(true)
            && profile.sni_default
            && self
                .sites
                .iter()
                .any(|it| it.sni_default == Some(false) && it.owns(profile))
    }

    /// What takes the place from others, and what gives it back.
    pub(super) fn take_over(&self, site: &Site<'_>) -> (Vec<Change>, Vec<Change>) {
        let servers = site.servers.iter();
        let mut before: Vec<&ClientSsl> = servers
            .flat_map(|it| profiles(site, it))
            .filter(|it| self.succeeds(it))
            .collect();
        before.sort_by(|a, b| a.path.cmp(&b.path));
        before.dedup_by(|a, b| a.path == b.path);
        let to = |flag: bool| {
            let settings = Settings {
                sni_default: Some(flag),
                ..Settings::default()
            };
            let changes = before.iter();
            changes
                .map(|it| client_ssl::modify(&it.path, &settings))
                .collect()
        };
        (to(false), to(true))
    }
}

impl Neighbour {
    fn owns(&self, profile: &ClientSsl) -> bool {
        profile.description.as_deref() == Some(&self.description)
    }
}

fn profiles<'a>(site: &Site<'a>, server: &'a VirtualServer) -> impl Iterator<Item = &'a ClientSsl> {
    let snapshot = site.snapshot;
    server
        .client_ssl()
        .filter_map(move |it| snapshot.profile(it))
}
