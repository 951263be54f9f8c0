//! Where keys are born and certificates are served.

use std::time::Duration;

use async_trait::async_trait;

use super::observation::Served;
use super::{Held, Observation, SiteSpec};
use crate::x509::{Algorithm, Chain, Csr, KeyType};

/// A place that holds the keys of a site and serves its certificates.
///
/// Nothing in service is ever overwritten: a request, a key and a certificate get an id of their
/// own, [`activate`](Target::activate) switches all of them at once, and
/// [`roll_back`](Target::roll_back) undoes exactly that switch.
#[async_trait(?Send)]
pub(crate) trait Target {
    /// Reads everything that decisions need. Never writes.
    async fn observe(&self, spec: &SiteSpec) -> Result<Observation, TargetError>;

    /// Adds to an observation what costs more to see and matters only when there is something to
    /// do: half-made pairs of earlier runs, and what stands in the way. Never writes.
    async fn look_closer(
        &self,
        _spec: &SiteSpec,
        _observed: &mut Observation,
    ) -> Result<(), TargetError> {
        Ok(())
    }

    /// Keeps other runs away from the site until this one ends. True if another run may have been
    /// at work since [`observe`](Target::observe), so that it pays to look again.
    async fn lock(&self) -> Result<bool, TargetError> {
        Ok(false)
    }

    /// Makes a key where it will be served, and a request for the site's names; returns the id of
    /// the pair.
    async fn create_csr(&self, spec: &SiteSpec, key: KeyType)
    -> Result<(String, Csr), TargetError>;

    /// All keys of this run are made, nothing has been ordered yet: puts away what would be lost
    /// with this process. On an error nothing of this run's keys is left.
    async fn park(&self, _spec: &SiteSpec) -> Result<(), TargetError> {
        Ok(())
    }

    /// Puts the certificate beside the key of pair `id`, without touching what is in service.
    async fn install(&self, id: &str, chain: &Chain) -> Result<(), TargetError>;

    /// Switches the given pairs into service, all at once, and has the server take notice.
    /// With an empty list it only has the server take notice. On an error everything is as before.
    async fn activate(&self, ids: &[(Algorithm, String)]) -> Result<(), TargetError>;

    /// After [`activate`](Target::activate): shows by a live handshake what is served; `None` if
    /// that is not wanted, or cannot be known yet.
    async fn served(&self, expected: &Held) -> Option<Served>;

    /// How long the server may take until it serves what was activated.
    fn patience(&self) -> Duration {
        Duration::ZERO
    }

    /// Is a wrong answer after a switch always the switch's fault? Where others have a part in what
    /// is served, it is so only if the right answer was seen before.
    fn must_show(&self) -> bool {
        false
    }

    /// Makes a proven switch outlive a restart of the target, before what it superseded is removed.
    async fn settle(&self) -> Result<(), TargetError> {
        Ok(())
    }

    /// Undoes the last [`activate`](Target::activate).
    async fn roll_back(&self) -> Result<(), TargetError>;

    /// Sets the rest right: what [`Observation::drift`] lists.
    async fn repair(&self) -> Result<(), TargetError>;

    /// Removes superseded objects that [`Observation::leftovers`] named, and half-made pairs that
    /// are of no use any more.
    async fn retire(&self, ids: &[String]) -> Result<(), TargetError>;
}

/// Why a target could not do something. The text names the target, the object, what it answered
/// and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct TargetError(pub(crate) String);
