//! F5 BIG-IP: keys are born on the device, client SSL profiles present the certificates.
//!
//! Keys without a passphrase: one profile of a stable name, whose list of pairs changes in one
//! transaction. Password keys: nobody can read a passphrase back, so each set of keys has a profile
//! of its own, made with the keys and put on the virtual servers in place of its predecessor.

pub(crate) mod appliance;
pub(crate) mod facts;
pub(crate) mod ha;
mod keys;
mod naming;
mod observe;
mod obstacles;
mod passphrase;
mod placeholder;
mod proof;
mod remove;
mod site;
pub(crate) mod snapshot;
mod sni;
mod switch;
pub(crate) mod wish;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use crate::clients::icontrol::{Change, client_ssl, client_ssl::Settings};
use crate::lifecycle::{Held, Observation, Served, SiteSpec, Target, TargetError};
use crate::x509::{Algorithm, Chain, Csr, KeyType};

use appliance::Appliance;
use keys::Made;
pub(crate) use naming::Naming;
pub(crate) use remove::Removal;
use site::Site;
use snapshot::Snapshot;
use wish::{Verify, Wish};

/// A site on a device.
pub(crate) struct BigipTarget {
    appliance: Rc<Appliance>,
    naming: Naming,
    wish: Wish,
    names: Vec<String>,
    keys: Vec<KeyType>,
    run: Run,
}

/// What one run has done so far.
#[derive(Default)]
struct Run {
    made: RefCell<Vec<Made>>,
    /// What undoes the last switch.
    back: RefCell<Vec<Change>>,
    /// Did the virtual servers answer before the switch?
    reachable: Cell<bool>,
}

impl BigipTarget {
    pub(crate) fn new(
        appliance: Rc<Appliance>,
        naming: Naming,
        wish: Wish,
        names: Vec<String>,
        keys: Vec<KeyType>,
    ) -> Self {
        Self {
            appliance,
            naming,
            wish,
            names,
            keys,
            run: Run::default(),
        }
    }

    fn site<'a>(&self, snapshot: &'a Snapshot, spec: &SiteSpec) -> Result<Site<'a>, TargetError> {
        Site::find(snapshot, &self.naming, &self.wish, &spec.names)
            .map_err(|problem| self.explain(problem))
    }

    fn current<'a>(&self, snapshot: &'a Snapshot) -> Result<Site<'a>, TargetError> {
        Site::find(snapshot, &self.naming, &self.wish, &self.names)
            .map_err(|problem| self.explain(problem))
    }

    /// The settings of a profile that is made here.
    fn settings(&self) -> Settings {
        let wish = &self.wish.profile;
        if wish.existing {
            // A child takes over what is not said.
            return Settings {
                parent: Some(self.naming.profile()),
                description: Some(self.naming.description()),
                server_name: wish.server_name.clone(),
                sni_default: wish.sni_default,
                entries: None,
            };
        }
        Settings {
            parent: Some(wish.parent.clone()),
            description: Some(self.naming.description()),
            server_name: Some(wish.server_name.clone().unwrap_or_default()),
            sni_default: Some(wish.sni_default.unwrap_or_default()),
            entries: None,
        }
    }

    fn explain(&self, problem: impl std::fmt::Display) -> TargetError {
        TargetError(format!("{}: {problem}", self.appliance.client.system()))
    }
}

#[async_trait(?Send)]
impl Target for BigipTarget {
    async fn observe(&self, spec: &SiteSpec) -> Result<Observation, TargetError> {
        self.look(spec).await
    }

    async fn look_closer(
        &self,
        spec: &SiteSpec,
        observed: &mut Observation,
    ) -> Result<(), TargetError> {
        Self::look_closer(self, spec, observed).await
    }

    /// There is no lock that a killed run would give back. Names of different runs differ, and the
    /// switch looks again.
    async fn lock(&self) -> Result<bool, TargetError> {
        self.appliance.begin().await?;
        Ok(false)
    }

    async fn create_csr(
        &self,
        spec: &SiteSpec,
        key: KeyType,
    ) -> Result<(String, Csr), TargetError> {
        self.make_key(spec, key).await
    }

    async fn park(&self, _spec: &SiteSpec) -> Result<(), TargetError> {
        self.park_keys().await
    }

    async fn install(&self, id: &str, chain: &Chain) -> Result<(), TargetError> {
        self.install_chain(id, chain).await
    }

    async fn activate(&self, ids: &[(Algorithm, String)]) -> Result<(), TargetError> {
        let versions = ids
            .iter()
            .map(|(_, id)| self.version(id))
            .collect::<Result<Vec<_>, _>>()?;
        self.appliance.still_active().await?;
        match self.switch_over(&versions).await? {
            // What it was to replace has just gone: another run was faster. A transaction that is
            // refused has no effect, so it is planned anew, once.
            Err(error) if error.id() == Some(MISSING) => self.switch_over(&versions).await?,
            other => other,
        }?;
        // The switch stands. What cannot be cleared away now, the next run clears away.
        if self.clear_away(&versions).await.is_err() {
            self.appliance.leave_open();
        }
        Ok(())
    }

    async fn served(&self, expected: &Held) -> Option<Served> {
        let snapshot = self.appliance.snapshot().await.ok()?;
        let site = self.current(&snapshot).ok()?;
        let endpoints = proof::endpoints(&site, &self.wish);
        let wanted = matches!(self.wish.verify, Verify::On(_));
        if wanted && endpoints.is_empty() && !site.servers.is_empty() {
            return Some(Served::Unreachable(
                "its virtual servers are disabled or have wildcard addresses; verify.address tells where to look"
                    .to_owned(),
            ));
        }
        proof::served(&endpoints, expected, self.run.reachable.get()).await
    }

    fn patience(&self) -> Duration {
        match &self.wish.verify {
            Verify::Off => Duration::ZERO,
            Verify::On(knock) => knock.patience,
        }
    }

    fn must_show(&self) -> bool {
        true
    }

    async fn settle(&self) -> Result<(), TargetError> {
        Ok(self.appliance.save().await?)
    }

    async fn roll_back(&self) -> Result<(), TargetError> {
        let back = self.run.back.take();
        let doing = format!("take the switch of {} back", self.naming.profile());
        Ok(self.appliance.commit(&back, &doing).await?)
    }

    async fn repair(&self) -> Result<(), TargetError> {
        let snapshot = self.appliance.snapshot().await?;
        let site = self.current(&snapshot)?;
        match site.serving {
            Some(profile) if self.naming.owns(profile) => {
                let change = client_ssl::modify(&profile.path, &self.settings());
                let (mut changes, _) = self.wish.take_over(&site);
                if changes.is_empty() {
                    return Ok(self.appliance.apply(&change).await?);
                }
                changes.push(change);
                let doing = format!("set {} right", profile.path);
                Ok(self.appliance.commit(&changes, &doing).await?)
            }
            _ => Ok(()),
        }
    }

    async fn retire(&self, ids: &[String]) -> Result<(), TargetError> {
        self.remove(ids).await
    }
}

/// The device's message for "not found".
const MISSING: &str = "01020036";
/// In front of the name of a request that nobody needs any more.
const REQUEST: &str = "request ";
