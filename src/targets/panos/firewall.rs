//! A device that a task works on, shared by all its sites: one snapshot, one commit.

use std::cell::RefCell;
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
    /// Two sites that look at once share what one of them reads.
    reading: tokio::sync::Mutex<()>,
}

impl Firewall {
    pub(crate) fn new(client: Panos, place: Place, looked: Looked, batch: Batch) -> Self {
        Self {
            client,
            place,
            batch,
            looked,
            snapshot: RefCell::default(),
            reading: tokio::sync::Mutex::new(()),
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

    /// Something was, or may have been, written.
    pub(crate) fn forget(&self) {
        self.snapshot.replace(None);
    }
}
