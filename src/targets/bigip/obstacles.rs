//! What would make the device refuse the switch, told beforehand and in plain words.

use super::naming::Naming;
use super::site::Site;
use super::wish::Wish;
use crate::clients::icontrol::ObjectPath;
use crate::clients::icontrol::ssl_files::SslKey;
use crate::clients::icontrol::virtuals::VirtualServer;

/// The first obstacle, if there is one.
pub(crate) fn first(
    site: &Site<'_>,
    naming: &Naming,
    wish: &Wish,
    names: &[String],
) -> Result<(), String> {
    if !wish.profile.existing {
        let parent = &wish.profile.parent;
        if site.snapshot.profile(parent).is_none() || !parent.visible_from(naming.folder()) {
            return Err(format!(
                "profile.parent {parent} is no client SSL profile in /Common or in the partition of {}",
                naming.profile()
            ));
        }
    }
    for server in &site.servers {
        check(server, naming)?;
        check_displaced(site, server, naming, wish, names)?;
        check_sni(site, server, naming, wish, names)?;
    }
    Ok(())
}

/// A list that is written again would need the passphrases of all its keys, and so would the way back.
/// Of our own profiles none is written again that has any.
pub(crate) fn sealed(site: &Site<'_>, naming: &Naming, keys: &[SslKey]) -> Result<(), String> {
    let path = naming.profile();
    let Some(profile) = site.snapshot.profile(&path).filter(|it| !naming.owns(it)) else {
        return Ok(());
    };
    let is_sealed = |path: &ObjectPath| {
        keys.iter()
            .any(|it| it.path == *path && it.security_type.as_deref() == Some("password"))
    };
    let entries = profile.cert_key_chain.iter();
    let mut own = entries.filter(|_| !profile.inherit_certkeychain);
    match own.find_map(|it| Some(ObjectPath::parse(it.key.as_deref()?)).filter(is_sealed)) {
        Some(key) => Err(format!(
            "{path} has the password-protected key {key}, whose passphrase nobody can read back, so its list of keys \
             cannot be written again. With `key_security: password` a child of {path} takes its place"
        )),
        None => Ok(()),
    }
}

fn check(server: &VirtualServer, naming: &Naming) -> Result<(), String> {
    let path = &server.path;
    if server.has_kind("fastl4") {
        return Err(format!(
            "{path} is a FastL4 virtual server: it passes packets on and cannot terminate TLS"
        ));
    }
    if !server.has_kind("tcp") {
        return Err(format!(
            "{path} has no TCP profile, without which a virtual server cannot terminate TLS"
        ));
    }
    if let Some(service) = server.app_service() {
        return Err(format!(
            "{path} belongs to the iApp {service}, which undoes changes by others: change it there"
        ));
    }
    if !naming.profile().visible_from(path.folder()) {
        return Err(format!(
            "{path} cannot use a profile of {}: only one of its own partition or of /Common. Set `partition`",
            naming.folder()
        ));
    }
    Ok(())
}

/// What `auto` replaces may serve nothing else: those names would be left with a wrong certificate.
fn check_displaced(
    site: &Site<'_>,
    server: &VirtualServer,
    naming: &Naming,
    wish: &Wish,
    names: &[String],
) -> Result<(), String> {
    let displaced = site.displaced(server, &target(site, naming), wish, names);
    let strangers = displaced
        .iter()
        .filter(|path| site.family.iter().all(|it| it.path != **path))
        .filter_map(|it| site.snapshot.profile(it))
        .filter(|it| !site.presents_built_in(it));
    for profile in strangers {
        let others = site.other_names(profile, names);
        if !others.is_empty() {
            return Err(format!(
                "virtual_servers is auto, which would take {} off {}, but it serves {} as well. Add what is to stay to \
                 `names`; else take it off yourself, and name the virtual server",
                profile.path,
                server.path,
                others.join(", ")
            ));
        }
    }
    Ok(())
}

/// Any path of the family will do: the others of the family make room for it.
fn target(site: &Site<'_>, naming: &Naming) -> ObjectPath {
    site.serving
        .map_or_else(|| naming.profile(), |it| it.path.clone())
}

/// Several client SSL profiles on one virtual server: exactly one default, no server name twice.
fn check_sni(
    site: &Site<'_>,
    server: &VirtualServer,
    naming: &Naming,
    wish: &Wish,
    names: &[String],
) -> Result<(), String> {
    let target = target(site, naming);
    let displaced = site.displaced(server, &target, wish, names);
    let others: Vec<_> = server
        .client_ssl()
        .filter(|it| **it != target && !displaced.contains(it))
        .filter_map(|it| site.snapshot.profile(it))
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    let inherited = |field: fn(&crate::clients::icontrol::client_ssl::ClientSsl) -> bool| {
        wish.profile.existing && site.snapshot.profile(&naming.profile()).is_some_and(field)
    };
    let own_default = wish
        .profile
        .sni_default
        .unwrap_or_else(|| inherited(|it| it.sni_default));
    let defaults: Vec<&ObjectPath> = others
        .iter()
        .filter(|it| it.sni_default && !wish.succeeds(it))
        .map(|it| &it.path)
        .collect();
    let path = &server.path;
    match (own_default, defaults.as_slice()) {
        (true, [other, ..]) => {
            return Err(format!(
                "{path} has {other} as its default for clients without SNI; a virtual server has exactly one. Leave \
                 profile.sni_default unset, or take it from {other} first"
            ));
        }
        (false, []) if !wish.has_heir(site, server) => {
            return Err(format!(
                "{path} would have several client SSL profiles and no default for clients without SNI. Set \
                 profile.sni_default for one site of this virtual server"
            ));
        }
        _ => {}
    }
    if let Some(name) = &wish.profile.server_name
        && let Some(other) = others
            .iter()
            .find(|it| it.server_name.as_ref() == Some(name))
    {
        return Err(format!(
            "{path} has {} for the server name {name} already. Take it off first, or use virtual_servers: auto, which \
             replaces it",
            other.path
        ));
    }
    Ok(())
}
