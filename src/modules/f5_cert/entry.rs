//! One entry of `certificates`: its options checked, and carried out on one device.

use std::rc::Rc;

use super::options::{CertificateOptions, KeySecurityOption, Options, State};
use crate::ansible::Failure;
use crate::clients::icontrol::ObjectPath;
use crate::clients::icontrol::crypto::Subject;
use crate::context::Context;
use crate::lifecycle::Issuer;
use crate::modules::issuer_entry::{IssuerEntry, Issuers};
use crate::modules::site::{SiteOptions, site_name};
use crate::modules::verify::{VerifyEndpoint, VerifyOptions};
use crate::modules::wanted::{Done, Failed, Wanted};
use crate::targets::bigip::appliance::Appliance;
use crate::targets::bigip::wish::{Knock, Neighbour, ProfileWish, Security, Verify, Wish};
use crate::targets::bigip::{BigipTarget, Naming, Removal};

/// An entry, ready to be carried out on any number of devices.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) naming: Naming,
    wish: Wish,
    pub(super) wanted: Wanted,
}

impl Entry {
    /// Checks all entries before anything is sent anywhere.
    pub(super) fn all(options: &mut Options, context: &Context) -> Result<Vec<Self>, Failure> {
        let mut issuers = Issuers::default();
        let mut entries: Vec<Self> = Vec::new();
        if options.certificates.is_empty() {
            return Err(Failure::new("argument 'certificates' is empty"));
        }
        for (at, certificate) in options.certificates.drain(..).enumerate() {
            let scm = options.scm.as_ref();
            let entry = Self::one(certificate, |issuer, ari| {
                issuers.get(issuer, ari, scm, context)
            })
            .map_err(|failure| Failure::new(format!("certificates[{at}]: {}", failure.msg)))?;
            // By its name a result and a status file are known, whatever the partition.
            if let Some(other) = entries
                .iter()
                .find(|it| it.name == entry.name || it.naming.clashes(&entry.naming))
            {
                return Err(Failure::new(format!(
                    "certificates[{at}]: {} has the name or the profile of another entry ({}): give it another `name`",
                    entry.name, other.name
                )));
            }
            entries.push(entry);
        }
        let sites: Rc<[Neighbour]> = entries.iter().map(Self::as_neighbour).collect();
        for entry in &mut entries {
            entry.wish.sites = sites.clone();
        }
        Ok(entries)
    }

    /// Is it to be the default of its virtual servers? Such go first, so that those that share them
    /// with it find a default.
    pub(super) fn is_default(&self) -> bool {
        self.as_neighbour().sni_default == Some(true)
    }

    fn as_neighbour(&self) -> Neighbour {
        let wish = &self.wish.profile;
        Neighbour {
            description: self.naming.description(),
            sni_default: match (&self.wanted, wish.sni_default) {
                (Wanted::Absent, _) => Some(false),
                // What is not said is inherited.
                (_, None) if wish.existing => None,
                (_, said) => Some(said.unwrap_or_default()),
            },
            servers: self.wish.servers.clone(),
        }
    }

    fn one(
        options: CertificateOptions,
        connect: impl FnOnce(IssuerEntry, bool) -> Result<Rc<dyn Issuer>, String>,
    ) -> Result<Self, Failure> {
        let name = site_name(options.name.as_deref(), options.names.as_deref())?;
        let profile = options.profile.name.as_deref().unwrap_or(&name);
        let naming = Naming::new(&name, &options.partition, profile).map_err(Failure::new)?;
        let site = SiteOptions {
            names: options.names.as_deref(),
            key: &options.key,
            renew: &options.renew,
            issuer: options.issuer.as_ref().map(|it| &it.options),
            force: options.force,
        };
        check_country(options.subject.country.as_deref())?;
        let first = options.names.iter().flatten().next();
        let verify = verify(options.verify.as_ref(), first.map_or("", |it| it.as_str()))?;
        let wish = Wish {
            security: match options.key_security {
                KeySecurityOption::Password => Security::Password,
                KeySecurityOption::Normal => Security::Normal,
                KeySecurityOption::Fips => Security::Fips,
                KeySecurityOption::Nethsm => Security::NetHsm,
            },
            profile: ProfileWish {
                parent: ObjectPath::parse(&options.profile.parent),
                existing: options.profile.existing,
                server_name: options
                    .profile
                    .server_name
                    .as_ref()
                    .map(|it| it.to_ascii_lowercase()),
                sni_default: options.profile.sni_default,
            },
            servers: options.virtual_servers.0.clone(),
            subject: Subject {
                organization: options.subject.organization.clone(),
                organizational_unit: options.subject.organizational_unit.clone(),
                city: options.subject.city.clone(),
                state: options.subject.state.clone(),
                country: options.subject.country.clone(),
                email: options.subject.email.clone(),
            },
            verify,
            sites: Rc::new([]),
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

    pub(super) async fn carry_out(
        &self,
        appliance: &Rc<Appliance>,
        context: &Context,
    ) -> Result<Done<Removal>, Failed> {
        let target = BigipTarget::new(
            appliance.clone(),
            self.naming.clone(),
            self.wish.clone(),
            self.wanted.names().to_vec(),
            self.wanted.keys().to_vec(),
        );
        let removal = async || target.absent(context.check).await;
        self.wanted.carry_out(&target, removal, context).await
    }
}

/// A device says no more than that it does not like the value.
fn check_country(country: Option<&str>) -> Result<(), Failure> {
    match country {
        Some(it) if it.len() != 2 || !it.bytes().all(|it| it.is_ascii_alphabetic()) => {
            Err(Failure::new(format!(
                "argument 'subject.country' is not valid: '{it}' is no code of two letters, such as DE"
            )))
        }
        _ => Ok(()),
    }
}

fn verify(option: Option<&VerifyOptions>, first: &str) -> Result<Verify, Failure> {
    let default = VerifyEndpoint::default();
    let wanted = match option {
        Some(VerifyOptions::Off) => return Ok(Verify::Off),
        Some(VerifyOptions::On(endpoint)) => endpoint,
        None => &default,
    };
    Ok(Verify::On(Box::new(Knock {
        address: wanted.address.clone(),
        port: wanted.port,
        server_name: wanted.server_name(first),
        roots: wanted.roots()?,
        patience: wanted.patience(),
    })))
}
