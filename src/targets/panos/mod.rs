//! Palo Alto Networks firewalls and Panorama: keys are made there, certificates are bound to an
//! SSL/TLS service profile, and all sites of a task come into force with one commit.

mod batch;
mod bind;
mod commit;
mod firewall;
mod marks;
mod naming;
mod observe;
mod remove;
mod snapshot;
mod stage;
pub(crate) mod wish;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::clients::panos_xml::xpath::XPath;
use crate::clients::panos_xml::{KeyRequest, PanosError};
use crate::lifecycle::{Held, Observation, Served, SiteSpec, Target, TargetError};
use crate::x509::{Algorithm, Chain, Csr, KeyType};

pub(crate) use batch::{Batch, CommitPolicy, Own, Push};
pub(crate) use firewall::Firewall;
pub(crate) use naming::Naming;
pub(crate) use remove::Removal;
pub(crate) use snapshot::{Looked, Snapshot};
use stage::{Stage, Step};
use wish::Wish;

/// One site on one device.
pub(crate) struct PanosTarget {
    firewall: Rc<Firewall>,
    naming: Naming,
    wish: Wish,
    site: String,
    /// What the last [`activate`](Target::activate) changed.
    switched: RefCell<Vec<Step>>,
    /// Deleted together with the last switch.
    gone: RefCell<Vec<String>>,
}

impl PanosTarget {
    pub(crate) fn new(firewall: Rc<Firewall>, naming: Naming, wish: Wish, site: String) -> Self {
        Self {
            firewall,
            naming,
            wish,
            site,
            switched: RefCell::default(),
            gone: RefCell::default(),
        }
    }

    fn entry(&self, name: &str) -> XPath {
        self.wish.place.base().step("certificate").entry(name)
    }

    fn profile(&self, name: &str) -> XPath {
        self.wish
            .place
            .base()
            .step("ssl-tls-service-profile")
            .entry(name)
    }

    /// Commits take the changes of `provider.username`; a key may make them in another name. Better to
    /// know before a certificate is ordered.
    async fn is_ours(&self, name: &str) -> Result<(), TargetError> {
        let client = &self.firewall.client;
        if !client.has_given_key() {
            return Ok(());
        }
        let snapshot = self.firewall.snapshot().await.map_err(text)?;
        let makers = snapshot.certificate(name).map(|it| &it.pending.0);
        let maker = makers.and_then(|it| it.iter().find(|it| *it != client.user()));
        match maker {
            None => Ok(()),
            Some(maker) => Err(TargetError(format!(
                "{}: provider.api_key is a key of '{maker}', and provider.username says '{}'. A commit would not take along \
                 what is made with this key: set provider.username to '{maker}'",
                client.system(),
                client.user()
            ))),
        }
    }

    async fn commit(&self, stage: Stage) -> Result<(), TargetError> {
        let result = self.firewall.batch.commit(stage).await;
        self.firewall.forget();
        result.map_err(TargetError)
    }

    /// Intermediates are entries of their own beside the leaf: where a service needs them there, it
    /// finds them, and all sites share them.
    async fn add_authorities(&self, chain: &Chain) -> Result<(), TargetError> {
        for certificate in &chain.intermediates {
            let snapshot = self.firewall.snapshot().await.map_err(text)?;
            if snapshot.authority(certificate).is_some() {
                continue;
            }
            let name = naming::authority(certificate);
            let pem = certificate.to_pem();
            let import = self.firewall.client.import(&self.wish.place, &name, &pem);
            let imported = import.await;
            self.firewall.forget();
            imported.map_err(text)?;
        }
        Ok(())
    }
}

#[async_trait(?Send)]
impl Target for PanosTarget {
    async fn observe(&self, spec: &SiteSpec) -> Result<Observation, TargetError> {
        let snapshot = self.firewall.snapshot().await.map_err(text)?;
        self.services_exist(&snapshot)?;
        let commits = self.firewall.batch.commits();
        Ok(observe::observe(
            &snapshot,
            &self.naming,
            &self.wish,
            spec,
            commits,
        ))
    }

    async fn look_closer(&self, _: &SiteSpec, _: &mut Observation) -> Result<(), TargetError> {
        if self.firewall.is_passive().await.map_err(text)? {
            return Err(TargetError(format!(
                "{} is the passive unit of a pair",
                self.firewall.client.system()
            )));
        }
        if !self.firewall.place_exists().await.map_err(text)? {
            return Err(TargetError(format!(
                "{} has no {}",
                self.firewall.client.system(),
                self.wish.place
            )));
        }
        Ok(())
    }

    async fn create_csr(
        &self,
        spec: &SiteSpec,
        key: KeyType,
    ) -> Result<(String, Csr), TargetError> {
        let snapshot = self.firewall.snapshot().await.map_err(text)?;
        // Newer than every version, also for a clock that was put back.
        let latest = snapshot
            .certificates
            .iter()
            .filter_map(|it| self.naming.time_of(&it.name))
            .max();
        let now = OffsetDateTime::now_utc();
        let time = latest.map_or(now, |it| now.max(it + time::Duration::SECOND));
        let name = self.naming.at(time);
        let wish = KeyRequest {
            name: name.clone(),
            common_name: spec
                .common_name
                .clone()
                .or_else(|| spec.names.first().cloned())
                .unwrap_or_default(),
            names: spec.names.clone(),
            key,
            digest: self.wish.digest,
            blocked: self.wish.blocked,
        };
        let place = &self.wish.place;
        let (client, batch) = (&self.firewall.client, &self.firewall.batch);
        let made = batch
            .patiently(async || client.generate(place, &wish).await)
            .await;
        self.firewall.forget();
        match made {
            // The answer was lost; the key may be there all the same, and asking again would refuse.
            Err(error) if error.fate_unknown() => {
                let again = self.firewall.snapshot().await.map_err(text)?;
                if again.certificate(&name).is_none() {
                    return Err(text(error));
                }
            }
            other => other.map_err(text)?,
        }
        self.is_ours(&name).await?;
        let csr = self.firewall.client.request(place, &name).await;
        Ok((name, csr.map_err(text)?))
    }

    async fn install(&self, id: &str, chain: &Chain) -> Result<(), TargetError> {
        let (client, place) = (&self.firewall.client, &self.wish.place);
        let pem = chain.fullchain_pem();
        let import = async || client.import(place, id, &pem).await;
        let whole = self.firewall.batch.patiently(import).await;
        self.firewall.forget();
        match whole {
            // Some releases take the leaf alone.
            Err(PanosError::Refused { .. }) if !chain.intermediates.is_empty() => {
                let leaf = client.import(place, id, &chain.leaf.to_pem()).await;
                leaf.map_err(text)?;
            }
            other => other.map_err(text)?,
        }
        self.add_authorities(chain).await
    }

    async fn activate(&self, ids: &[(Algorithm, String)]) -> Result<(), TargetError> {
        let snapshot = self.firewall.snapshot().await.map_err(text)?;
        let entries = observe::Entries::of(&snapshot, &self.naming, &self.wish);
        let bound = entries.bound.map(|it| it.name.clone());
        let Some(name) = ids.first().map(|it| it.1.clone()).or(bound) else {
            return Ok(());
        };
        let mut stage = self.bind(&snapshot, &name);
        // What is bound anew may not be in force yet: the version before it is still needed then.
        let mut going = if ids.is_empty() {
            entries.leftovers()
        } else {
            entries.superseded()
        };
        going.retain(|it| *it != name);
        going.extend(observe::unused_authorities(&snapshot, &going));
        let deletes = going.iter().map(|it| Step::Delete(self.entry(it)));
        stage.steps.splice(0..0, deletes);
        self.switched.replace(stage.undo.clone());
        self.commit(stage).await?;
        self.gone.replace(going);
        Ok(())
    }

    async fn served(&self, expected: &Held) -> Option<Served> {
        if !self.firewall.batch.commits() {
            return None;
        }
        Some(self.wish.endpoint.as_ref()?.serves(expected).await)
    }

    fn patience(&self) -> Duration {
        self.wish.patience
    }

    /// What the profile is bound to here shows what was committed, and nothing else.
    fn must_show(&self) -> bool {
        !self.wish.services.is_empty()
    }

    async fn roll_back(&self) -> Result<(), TargetError> {
        self.commit(Stage {
            site: self.site.clone(),
            steps: self.switched.take(),
            ..Stage::default()
        })
        .await
    }

    async fn repair(&self) -> Result<(), TargetError> {
        Ok(())
    }

    async fn retire(&self, ids: &[String]) -> Result<(), TargetError> {
        let gone = self.gone.borrow().clone();
        let left: Vec<Step> = ids
            .iter()
            .filter(|it| !gone.contains(it))
            .map(|it| Step::Delete(self.entry(it)))
            .collect();
        if left.is_empty() {
            return Ok(());
        }
        self.commit(Stage {
            site: self.site.clone(),
            steps: left,
            ..Stage::default()
        })
        .await
    }
}

#[allow(clippy::needless_pass_by_value)] // for `map_err`
fn text(error: PanosError) -> TargetError {
    TargetError(error.to_string())
}
