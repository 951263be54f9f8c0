//! A device that a task works on, shared by all its sites: one snapshot, one commit.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::batch::Batch;
use super::snapshot::{Looked, Snapshot};
use crate::clients::panos_xml::{Panos, PanosError, Place};

pub(crate) struct Firewall {
    pub(crate) client: Panos,
    pub(crate) place: Place,
    pub(crate) batch: Batch,
    looked: Looked,
    snapshot: RefCell<Option<Rc<Snapshot>>>,
    /// The unit's state, if another one rules.
    passive: RefCell<Option<String>>,
    /// Two sites that look at once share what one of them reads.
    reading: tokio::sync::Mutex<()>,
    found: Cell<bool>,
}

impl Firewall {
    pub(crate) fn new(client: Panos, place: Place, looked: Looked, batch: Batch) -> Self {
        Self {
            client,
            place,
            batch,
            looked,
            snapshot: RefCell::default(),
            passive: RefCell::default(),
            reading: tokio::sync::Mutex::new(()),
            found: Cell::new(false),
        }
    }

    /// What the device holds, read again only after something was written.
    pub(crate) async fn snapshot(&self) -> Result<Rc<Snapshot>, PanosError> {
        let _reading = self.reading.lock().await;
        if let Some(known) = &*self.snapshot.borrow() {
            return Ok(known.clone());
        }
        let read = Rc::new(Snapshot::read(&self.client, &self.place, &self.looked).await?);
        self.snapshot.replace(Some(read.clone()));
        Ok(read)
    }

    /// Asked only when there is something to write: a passive unit takes everything from the other.
    pub(crate) async fn is_passive(&self) -> Result<bool, PanosError> {
        let _reading = self.reading.lock().await;
        if self.passive.borrow().is_none() {
            let ha = self.client.ha_state().await?;
            let state = if ha.is_passive() {
                ha.local
            } else {
                String::new()
            };
            self.passive.replace(Some(state));
        }
        Ok(self.passive_state().is_some())
    }

    /// Is there such a virtual system or template? A command for one that is not there fails, but in
    /// check mode none is sent.
    pub(crate) async fn place_exists(&self) -> Result<bool, PanosError> {
        let _reading = self.reading.lock().await;
        if !self.found.get()
            && let Some((list, name)) = self.place.entry()
        {
            let names = self.client.names(&list).await?;
            self.found.set(names.iter().any(|it| it == name));
            return Ok(self.found.get());
        }
        Ok(true)
    }

    /// What such a unit calls itself.
    pub(crate) fn passive_state(&self) -> Option<String> {
        self.passive.borrow().clone().filter(|it| !it.is_empty())
    }

    /// A run that was killed after its commit may have left its lock. While jobs are at work, a run
    /// of the same administrator may be, too.
    pub(crate) async fn has_stale_lock(&self) -> Result<bool, PanosError> {
        Ok(self.snapshot().await?.locked && !self.client.is_at_work().await?)
    }

    /// Something was, or may have been, written.
    pub(crate) fn forget(&self) {
        self.snapshot.replace(None);
    }
}
