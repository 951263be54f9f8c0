//! One site among everything that a device holds: a join of what was read. Nothing here asks the
//! device.

use std::collections::BTreeMap;

use super::facts;
use super::naming::{Naming, Part, Version};
use super::placeholder::is_placeholder;
use super::snapshot::Snapshot;
use super::wish::{Security, Servers, Wish};
use crate::clients::icontrol::ObjectPath;
use crate::clients::icontrol::client_ssl::{ClientSsl, Entry};
use crate::clients::icontrol::ssl_files::SslCert;
use crate::clients::icontrol::virtuals::VirtualServer;
use crate::x509::Algorithm;

/// A site's objects.
pub(crate) struct Site<'a> {
    pub(crate) snapshot: &'a Snapshot,
    /// The site's profiles: those made here, and an existing one that the options name.
    pub(crate) family: Vec<&'a ClientSsl>,
    /// The one that presents the site's certificates now.
    pub(crate) serving: Option<&'a ClientSsl>,
    /// Versions of which there is a certificate object.
    pub(crate) versions: BTreeMap<Version, Objects<'a>>,
    /// Where the profile is, or is to be.
    pub(crate) servers: Vec<&'a VirtualServer>,
}

/// The certificate objects of a version.
#[derive(Default)]
pub(crate) struct Objects<'a> {
    pub(crate) cert: Option<&'a SslCert>,
    pub(crate) chain: Option<&'a SslCert>,
}

impl<'a> Site<'a> {
    /// Finds the site; the error says what is in its way.
    pub(crate) fn find(
        snapshot: &'a Snapshot,
        naming: &Naming,
        wish: &Wish,
        names: &[String],
    ) -> Result<Self, String> {
        let base = snapshot.profile(&naming.profile());
        check_base(base, naming, wish)?;
        let family: Vec<&ClientSsl> = snapshot
            .profiles
            .iter()
            .filter(|it| naming.owns(it) || (wish.profile.existing && it.path == naming.profile()))
            .collect();
        let mut site = Self {
            snapshot,
            serving: None,
            versions: versions(snapshot, naming),
            servers: Vec::new(),
            family,
        };
        site.serving = site.find_serving(naming);
        site.servers = site.find_servers(wish, names)?;
        Ok(site)
    }

    /// Attached, the newest first; a profile without virtual servers if none is wanted.
    fn find_serving(&self, naming: &Naming) -> Option<&'a ClientSsl> {
        let mut family = self.family.clone();
        family.sort_by_key(|it| std::cmp::Reverse(naming.stamp_of(&it.path)));
        let attached = family
            .iter()
            .find(|it| self.snapshot.carriers(&it.path).next().is_some());
        let complete = || {
            family
                .iter()
                .find(|it| !it.cert_key_chain.is_empty() && !self.is_parked(it))
        };
        attached.or_else(complete).copied()
    }

    /// Does it still wait for its certificates?
    pub(crate) fn is_parked(&self, profile: &ClientSsl) -> bool {
        self.snapshot
            .certs_of(profile)
            .any(|it| is_placeholder(&it.issuer))
    }

    fn find_servers(
        &self,
        wish: &Wish,
        names: &[String],
    ) -> Result<Vec<&'a VirtualServer>, String> {
        let mut servers: Vec<&VirtualServer> = self
            .snapshot
            .servers
            .iter()
            .filter(|it| self.family.iter().any(|profile| it.carries(&profile.path)))
            .collect();
        match &wish.servers {
            Servers::Named(paths) => {
                for path in paths {
                    let server = self.snapshot.server(path).ok_or_else(|| {
                        format!("there is no virtual server {path} (or the user may not see it)")
                    })?;
                    servers.push(server);
                }
            }
            Servers::Auto => servers.extend(
                self.snapshot
                    .servers
                    .iter()
                    .filter(|it| self.serves_one_of(it, names)),
            ),
        }
        servers.sort_by(|a, b| a.path.cmp(&b.path));
        servers.dedup_by(|a, b| a.path == b.path);
        if servers.is_empty() && wish.servers == Servers::Auto {
            return Err(format!(
                "virtual_servers is auto, but no virtual server presents a certificate for one of {names:?} yet: name \
                 the virtual servers once"
            ));
        }
        Ok(servers)
    }

    fn serves_one_of(&self, server: &VirtualServer, names: &[String]) -> bool {
        server
            .client_ssl()
            .filter_map(|it| self.snapshot.profile(it))
            .any(|it| self.is_for(it, names))
    }

    /// Does a profile serve one of the names: by its server name or by its certificates?
    fn is_for(&self, profile: &ClientSsl, names: &[String]) -> bool {
        let by_name = profile
            .server_name
            .as_ref()
            .is_some_and(|it| names.contains(&it.to_ascii_lowercase()));
        by_name
            || self.snapshot.certs_of(profile).any(|cert| {
                let held = facts::held(cert, None);
                held.names.iter().any(|it| names.contains(it))
            })
    }

    /// What a profile serves besides `names`: by its server name if it has one, else by its
    /// certificates.
    pub(crate) fn other_names(&self, profile: &ClientSsl, names: &[String]) -> Vec<String> {
        let of_certificates = || {
            let certs = self.snapshot.certs_of(profile);
            certs.flat_map(|it| facts::held(it, None).names).collect()
        };
        let mut served: Vec<String> = profile
            .server_name
            .as_ref()
            .map_or_else(of_certificates, |it| vec![it.to_ascii_lowercase()]);
        served.retain(|it| !is_among(it, names));
        served.sort_unstable();
        served.dedup();
        served
    }

    /// The client SSL profiles of a virtual server that make room for `target`: the site's other
    /// ones, those that serve its names where that is how the server was chosen, and those that
    /// present nothing but the certificate that came with the device.
    pub(crate) fn displaced(
        &self,
        server: &VirtualServer,
        target: &ObjectPath,
        wish: &Wish,
        names: &[String],
    ) -> Vec<ObjectPath> {
        server
            .client_ssl()
            .filter(|it| *it != target)
            .filter(|path| {
                let Some(profile) = self.snapshot.profile(path) else {
                    return false;
                };
                self.family.iter().any(|it| it.path == **path)
                    || (profile.server_name.is_none() && self.presents_built_in(profile))
                    || (wish.servers == Servers::Auto && self.is_for(profile, names))
            })
            .cloned()
            .collect()
    }

    /// Nothing but the certificate that came with the device?
    pub(crate) fn presents_built_in(&self, profile: &ClientSsl) -> bool {
        let mut certs = self.snapshot.certs_of(profile).peekable();
        certs.peek().is_some() && certs.all(|it| it.system_path.is_some())
    }

    /// The pair of a profile with this kind of key.
    pub(crate) fn entry(
        &self,
        profile: &'a ClientSsl,
        algorithm: Algorithm,
    ) -> Option<(&'a Entry, &'a SslCert)> {
        profile
            .cert_key_chain
            .iter()
            .filter(|it| it.usage.as_deref() != Some("CA"))
            .find_map(|entry| {
                let cert = self
                    .snapshot
                    .cert(&ObjectPath::parse(entry.cert.as_deref()?))?;
                (algorithm_of(cert) == Some(algorithm)).then_some((entry, cert))
            })
    }

    /// The version in service for a kind of key, if the pair there was made here.
    pub(crate) fn in_service(&self, naming: &Naming, algorithm: Algorithm) -> Option<Version> {
        let (_, cert) = self.entry(self.serving?, algorithm)?;
        naming.parse(&cert.path).map(|(version, _)| version)
    }

    /// Is any object of the version used by a profile that is not `except`?
    pub(crate) fn is_used(
        &self,
        naming: &Naming,
        version: &Version,
        except: &[ObjectPath],
    ) -> bool {
        let objects = [
            naming.cert(version),
            naming.chain(version),
            naming.key(version),
        ]
        .map(|it| it.to_string());
        let uses = |field: &Option<String>| field.as_ref().is_some_and(|it| objects.contains(it));
        self.snapshot
            .profiles
            .iter()
            .filter(|it| !except.contains(&it.path) && !it.inherit_certkeychain)
            .flat_map(|it| &it.cert_key_chain)
            .any(|it| uses(&it.cert) || uses(&it.key) || uses(&it.chain))
    }
}

/// Is a name one of `names`, or under a wildcard of them?
fn is_among(name: &str, names: &[String]) -> bool {
    let wildcard = name
        .split_once('.')
        .map(|(_, parent)| format!("*.{parent}"))
        .unwrap_or_default();
    names.iter().any(|it| *it == name || *it == wildcard)
}

pub(crate) fn algorithm_of(cert: &SslCert) -> Option<Algorithm> {
    match cert.key_type.as_deref()? {
        "rsa-public" => Some(Algorithm::Rsa),
        "ec-public" => Some(Algorithm::Ecdsa),
        _ => None,
    }
}

impl Wish {
    pub(crate) fn with_passphrase(&self) -> bool {
        self.security == Security::Password
    }
}

fn check_base(base: Option<&ClientSsl>, naming: &Naming, wish: &Wish) -> Result<(), String> {
    let path = naming.profile();
    match base {
        None if wish.profile.existing => Err(format!(
            "profile.existing is set, but there is no client SSL profile {path}"
        )),
        Some(profile) if !wish.profile.existing && !naming.owns(profile) => Err(format!(
            "there is a client SSL profile {path} that was not made here for this site. Choose another profile.name, or \
             set profile.existing to have it present the certificate"
        )),
        Some(profile) => match &profile.app_service {
            Some(service) => Err(format!(
                "the client SSL profile {path} belongs to the iApp {service}, which undoes changes by others. Change it \
                 there, or name another profile"
            )),
            None => Ok(()),
        },
        None => Ok(()),
    }
}

fn versions<'a>(snapshot: &'a Snapshot, naming: &Naming) -> BTreeMap<Version, Objects<'a>> {
    let mut versions: BTreeMap<Version, Objects<'a>> = BTreeMap::new();
    for cert in &snapshot.certs {
        if let Some((version, part)) = naming.parse(&cert.path) {
            let objects = versions.entry(version).or_default();
            match part {
                Part::Cert => objects.cert = Some(cert),
                Part::Chain => objects.chain = Some(cert),
                Part::Key => {}
            }
        }
    }
    versions
}
