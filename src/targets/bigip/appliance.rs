//! One device in one run: what all its sites share.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use super::ha::{self, Role};
use super::snapshot::{Snapshot, Unfinished};
use crate::clients::icontrol::{Change, Icontrol, IcontrolError};
use crate::lifecycle::TargetError;

/// Shall changes be carried to the peers of a device?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sync {
    Auto,
    Never,
}

/// What tells an issuer from others: its name, and the checksum of the chain that it is in.
pub(crate) type IssuerName = (String, String);

/// What was found of an issuer's key identifier, which may be nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyId(pub(crate) Option<Vec<u8>>);

/// A device, logged in to once.
pub(crate) struct Appliance {
    pub(crate) client: Icontrol,
    sync: Sync,
    snapshot: RefCell<Option<Rc<Snapshot>>>,
    unfinished: RefCell<Option<Rc<Unfinished>>>,
    role: RefCell<Option<Role>>,
    /// Did an earlier run leave its mark?
    marked: Cell<Option<bool>>,
    allowed: Cell<bool>,
    begun: Cell<bool>,
    left_open: Cell<bool>,
    standby: RefCell<Option<String>>,
    /// Is something in the running configuration that is not saved?
    dirty: Cell<bool>,
    run: String,
    key_ids: RefCell<HashMap<IssuerName, KeyId>>,
}

impl Appliance {
    pub(crate) fn new(client: Icontrol, sync: Sync) -> Self {
        let mut id = [0u8; 8];
        // Only tells runs apart.
        let _ = aws_lc_rs::rand::fill(&mut id);
        Self {
            client,
            sync,
            snapshot: RefCell::default(),
            unfinished: RefCell::default(),
            role: RefCell::default(),
            marked: Cell::default(),
            allowed: Cell::default(),
            begun: Cell::default(),
            left_open: Cell::default(),
            standby: RefCell::default(),
            dirty: Cell::default(),
            run: crate::x509::hex(&id),
            key_ids: RefCell::default(),
        }
    }

    pub(crate) async fn snapshot(&self) -> Result<Rc<Snapshot>, IcontrolError> {
        let known = self.snapshot.borrow().clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let first = self.marked.get().is_none();
        let (snapshot, ()) = tokio::try_join!(Snapshot::read(&self.client), async {
            if first {
                self.is_marked().await?;
            }
            Ok(())
        })?;
        let snapshot = Rc::new(snapshot);
        self.snapshot.replace(Some(snapshot.clone()));
        Ok(snapshot)
    }

    pub(crate) async fn unfinished(&self) -> Result<Rc<Unfinished>, IcontrolError> {
        let known = self.unfinished.borrow().clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let unfinished = Rc::new(Unfinished::read(&self.client).await?);
        self.unfinished.replace(Some(unfinished.clone()));
        Ok(unfinished)
    }

    /// Forgets what was read: it has changed, or may have.
    pub(crate) fn forget(&self) {
        self.snapshot.replace(None);
        self.unfinished.replace(None);
    }

    pub(crate) async fn role(&self) -> Result<Role, IcontrolError> {
        let known = self.role.borrow().clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let role = Role::of(&self.client).await?;
        self.role.replace(Some(role.clone()));
        Ok(role)
    }

    /// The key identifier of an issuer, if it was looked for.
    pub(crate) fn issuer_key_id(&self, issuer: &IssuerName) -> Option<KeyId> {
        self.key_ids.borrow().get(issuer).cloned()
    }

    pub(crate) fn keep_issuer_key_id(&self, issuer: IssuerName, key_id: KeyId) {
        self.key_ids.borrow_mut().insert(issuer, key_id);
    }

    /// Did a run of ours leave work here that is not saved, or not with the peers? The mark is a
    /// file: it is not part of the configuration, so it is not synced, and to take it away is no
    /// change that would have to be synced again.
    pub(crate) async fn is_marked(&self) -> Result<bool, IcontrolError> {
        if let Some(known) = self.marked.get() {
            return Ok(known);
        }
        let marked = self.client.get_bulk(MARK).await?.is_some();
        self.marked.set(Some(marked));
        Ok(marked)
    }

    /// Why nothing is done here, if it is because another unit of the group serves the traffic.
    pub(crate) fn standby(&self) -> Option<String> {
        self.standby.borrow().clone()
    }

    /// May something be written: is it the right unit, and do nobody's changes wait?
    pub(crate) async fn allow(&self) -> Result<(), TargetError> {
        if self.allowed.get() {
            return Ok(());
        }
        let role = self.role().await?;
        if let Role::Standby { group, active } = &role {
            let who = self.client.system();
            let Some(active) = active else {
                return Err(TargetError(format!(
                    "{who}: no unit of the device group {} is active, so there is none to be written. Run again when one is",
                    group.name
                )));
            };
            let why = format!(
                "{who} is not the active unit of the device group {}: {active} is. Nothing was written",
                group.name
            );
            self.standby.replace(Some(why.clone()));
            return Err(TargetError(why));
        }
        if let Some(group) = role.group()
            && self.sync == Sync::Auto
        {
            self.wait_for_others(group).await?;
        }
        self.allowed.set(true);
        Ok(())
    }

    /// Changes that wait in the group may be those of a run of ours for another site, which began
    /// after the mark was read. Its mark may even be gone, with the end of a third run: so it is
    /// given some time to sync.
    async fn wait_for_others(&self, group: &ha::Group) -> Result<(), TargetError> {
        let mut marked = self.is_marked().await?;
        let mut turns = 0;
        loop {
            let Err(why) = ha::ready(&self.client, group, marked).await? else {
                return Ok(());
            };
            if turns == TURNS || self.client.context().deadline.admits(TURN).is_none() {
                return Err(TargetError(why));
            }
            marked = self.client.get_bulk(MARK).await?.is_some();
            // At first only the mark is older than the state of the group.
            if !marked && turns > 0 {
                tokio::time::sleep(TURN).await;
            }
            turns += 1;
        }
    }

    /// Before the first write: the mark.
    pub(crate) async fn begin(&self) -> Result<(), TargetError> {
        if self.begun.get() {
            return Ok(());
        }
        self.allow().await?;
        self.client.put_bulk(MARK, self.run.as_bytes()).await?;
        self.begun.set(true);
        Ok(())
    }

    /// Is it still the unit that serves traffic? In a pair that may change between two steps.
    pub(crate) async fn still_active(&self) -> Result<(), TargetError> {
        if self.role().await?.group().is_none() {
            return Ok(());
        }
        self.role.replace(None);
        match self.role().await? {
            Role::Standby { active, .. } => Err(TargetError(format!(
                "{} has handed over to {} since this run began. What is prepared is kept and given to the group; the \
                 next run goes on from there",
                self.client.system(),
                active.as_deref().unwrap_or("another unit")
            ))),
            Role::Standalone | Role::Active(_) => Ok(()),
        }
    }

    pub(crate) async fn apply(&self, change: &Change) -> Result<(), IcontrolError> {
        self.dirty.set(true);
        self.forget();
        self.client.apply(change).await
    }

    pub(crate) async fn commit(
        &self,
        changes: &[Change],
        doing: &str,
    ) -> Result<(), IcontrolError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.dirty.set(true);
        self.forget();
        self.client.commit(changes, doing).await
    }

    pub(crate) async fn save(&self) -> Result<(), IcontrolError> {
        if self.dirty.get() {
            self.client.save().await?;
            self.dirty.set(false);
        }
        Ok(())
    }

    /// Is there something to bring to its end?
    pub(crate) fn is_open(&self) -> bool {
        self.begun.get() || self.marked.get() == Some(true)
    }

    /// Something is left for the next run: the mark stays.
    pub(crate) fn leave_open(&self) {
        self.left_open.set(true);
    }

    /// Saves, gives the configuration to the peers, and takes the mark away: at the end of a run,
    /// also of one that failed on the way.
    pub(crate) async fn finish(&self) -> Result<(), TargetError> {
        if !self.is_open() {
            return Ok(());
        }
        if !self.begun.get() {
            self.begin().await?;
            self.dirty.set(true);
        }
        self.save().await?;
        if self.sync == Sync::Auto
            && let Some(group) = self.role().await?.group()
        {
            ha::sync(&self.client, group).await?.map_err(TargetError)?;
        }
        if self.left_open.get() {
            return Ok(());
        }
        // Another run may have begun meanwhile: then the mark is its own.
        let mark = self.client.get_bulk(MARK).await?;
        if mark.as_deref() == Some(self.run.as_bytes()) {
            let path = format!("/var/config/rest/bulk/{MARK}");
            self.client.remove_files(&[path]).await?;
        }
        self.begun.set(false);
        self.marked.set(Some(false));
        Ok(())
    }
}

impl From<IcontrolError> for TargetError {
    fn from(error: IcontrolError) -> Self {
        Self(error.to_string())
    }
}

const MARK: &str = "certwright_unfinished";
const TURN: Duration = Duration::from_secs(2);
const TURNS: u32 = 6;
