//! One entry of `certificates`: its options checked, and carried out on a device.

use std::rc::Rc;
use std::time::Duration;

use super::options::{CertificateOptions, State};
use crate::ansible::Failure;
use crate::clients::panos_xml::xpath::{XPath, is_name};
use crate::clients::panos_xml::{Place, ProviderOptions};
use crate::clients::scm::ScmOptions;
use crate::context::Context;
use crate::lifecycle::Issuer;
use crate::lifecycle::verify::Endpoint;
use crate::modules::issuer_entry::{IssuerEntry, Issuers};
use crate::modules::site::{SiteOptions, site_name};
use crate::modules::verify::{VerifyEndpoint, VerifyOptions};
use crate::modules::wanted::{Done, Failed, Wanted};
use crate::targets::panos::wish::{Service, Wish};
use crate::targets::panos::{Firewall, Naming, PanosTarget, Removal};

/// An entry, ready to be carried out.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) naming: Naming,
    pub(super) wish: Wish,
    pub(super) wanted: Wanted,
}

impl Entry {
    /// Checks all entries before anything is sent anywhere.
    pub(super) fn all(
        entries: Vec<CertificateOptions>,
        place: &Place,
        provider: &ProviderOptions,
        scm: Option<&ScmOptions>,
        context: &Context,
    ) -> Result<Vec<Self>, Failure> {
        if entries.is_empty() {
            return Err(Failure::new("argument 'certificates' is empty"));
        }
        let mut all: Vec<Self> = Vec::new();
        let mut issuers = Issuers::default();
        for (at, options) in entries.into_iter().enumerate() {
            let at_fault =
                |failure: Failure| Failure::new(format!("certificates[{at}]: {}", failure.msg));
            let connect = |issuer, ari| issuers.get(issuer, ari, scm, context);
            let entry = Self::one(options, place, provider, connect).map_err(at_fault)?;
            let same = |other: &&Self| {
                other.naming.is_same(&entry.naming)
                    || (entry.wish.profile.is_some() && other.wish.profile == entry.wish.profile)
            };
            if let Some(other) = all.iter().find(same) {
                return Err(at_fault(Failure::new(format!(
                    "{} has the name or the profile of another entry ({})",
                    entry.name, other.name
                ))));
            }
            all.push(entry);
        }
        Ok(all)
    }

    fn one(
        options: CertificateOptions,
        place: &Place,
        provider: &ProviderOptions,
        connect: impl FnOnce(IssuerEntry, bool) -> Result<Rc<dyn Issuer>, String>,
    ) -> Result<Self, Failure> {
        let name = site_name(options.name.as_deref(), options.names.as_deref())?;
        let naming = Naming::new(&name, place.longest_name()).map_err(Failure::new)?;
        let services = options.services.list(place);
        if let Some(profile) = &options.profile
            && (!is_name(profile) || profile.len() > place.longest_name())
        {
            return Err(Failure::new(format!(
                "argument 'profile' is not valid: '{profile}' may hold letters, digits, '.', '_', '-' and blanks, at most \
                 {} characters",
                place.longest_name()
            )));
        }
        if let Some(name) = options.services.misnamed() {
            return Err(Failure::new(format!(
                "argument 'services' is not valid: '{name}' is no name"
            )));
        }
        if options.profile.is_none() && services.iter().any(|it| !it.names_certificate()) {
            return Err(Failure::new(
                "missing required arguments: profile (what `services` present is a profile)",
            ));
        }
        if !services.is_empty() && !matches!(place, Place::Shared | Place::Vsys(_)) {
            return Err(Failure::new(
                "argument 'services' is not valid with a Panorama: bind the profile in the template's own configuration, \
                 or write to the firewall (provider.serial_number)",
            ));
        }
        let site = SiteOptions {
            names: options.names.as_deref(),
            key: &[options.key],
            renew: &options.renew,
            issuer: options.issuer.as_ref().map(|it| &it.options),
            force: options.force,
        };
        let first = options.names.iter().flatten().next();
        let first = first.map_or("", |it| it.as_str()).to_owned();
        let (endpoint, patience) = endpoint(
            options.verify.as_ref(),
            options.services.management.then_some(provider),
            &first,
        )?;
        let wish = Wish {
            place: place.clone(),
            profile: options.profile.clone(),
            services,
            endpoint,
            patience,
            digest: options.digest.name(),
            blocked: !options.exportable,
        };
        let wanted = match options.state {
            State::Absent => Wanted::Absent,
            State::Present => Wanted::present(site.spec(name.clone())?, options.issuer, connect)?,
        };
        Ok(Self {
            name,
            naming,
            wish,
            wanted,
        })
    }

    /// The nodes that are this entry's to change.
    pub(super) fn own(&self) -> Vec<XPath> {
        let base = self.wish.place.base();
        let profile = self.wish.profile.as_ref();
        let profile = profile.map(|it| base.clone().step("ssl-tls-service-profile").entry(it));
        let services = self.wish.services.iter().map(Service::path);
        profile.into_iter().chain(services).collect()
    }

    pub(super) async fn carry_out(
        &self,
        firewall: &Rc<Firewall>,
        context: &Context,
    ) -> Result<Done<Removal>, Failed> {
        let target = PanosTarget::new(
            firewall.clone(),
            self.naming.clone(),
            self.wish.clone(),
            self.name.clone(),
        );
        let removal = async || target.absent(context.check).await;
        let done = self.wanted.carry_out(&target, removal, context).await;
        // Others may be waiting for this one.
        firewall.batch.leave().await;
        done
    }
}

/// Where to look for the proof. `management`: the device's own interface presents the certificate.
fn endpoint(
    option: Option<&VerifyOptions>,
    management: Option<&ProviderOptions>,
    first: &str,
) -> Result<(Option<Endpoint>, Duration), Failure> {
    let default = VerifyEndpoint::default();
    let wanted = match (option, management) {
        (Some(VerifyOptions::Off), _) | (None, None) => return Ok((None, Duration::ZERO)),
        (Some(VerifyOptions::On(endpoint)), _) => endpoint,
        (None, Some(_)) => &default,
    };
    let address = wanted
        .address
        .clone()
        .or_else(|| management.map(|it| it.ip_address.clone()))
        .ok_or_else(|| Failure::new("missing required arguments: verify.address"))?;
    let endpoint = Endpoint {
        address,
        port: wanted
            .port
            .or_else(|| management.map(|it| it.port))
            .unwrap_or(443),
        server_name: wanted.server_name(first),
        roots: wanted.roots()?,
    };
    Ok((Some(endpoint), wanted.patience()))
}
