//! What was asked of the lab, in order, without secrets.

use serde::Serialize;

/// One request.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) seq: u64,
    pub(crate) service: &'static str,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// The status that the client was sent; absent while the request runs and
    /// when the connection was dropped instead.
    pub(crate) status: Option<u16>,
    /// Whether the request changes state in the vendor's sense.
    pub(crate) write: bool,
    pub(crate) login: Option<String>,
}

/// The requests since the journal was emptied.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: Vec<Entry>,
    /// Distinguishes requests that began before the last emptying.
    generation: u64,
}

/// Names an entry that may have been emptied away since.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    pub(crate) seq: u64,
    generation: u64,
}

impl Journal {
    /// Notes the arrival of a request.
    pub(crate) fn open(&mut self, mut entry: Entry) -> Ticket {
        let seq = self.entries.len() as u64 + 1;
        entry.seq = seq;
        self.entries.push(entry);
        Ticket {
            seq,
            generation: self.generation,
        }
    }

    /// Changes the entry of a ticket, if the journal still has it.
    pub(crate) fn amend(&mut self, ticket: Ticket, change: impl FnOnce(&mut Entry)) {
        if ticket.generation != self.generation {
            return;
        }
        let index = usize::try_from(ticket.seq - 1).unwrap_or(usize::MAX);
        if let Some(entry) = self.entries.get_mut(index) {
            change(entry);
        }
    }

    /// Entries with a number above `seq`.
    pub(crate) fn since(&self, seq: u64) -> &[Entry] {
        let start = usize::try_from(seq).unwrap_or(usize::MAX);
        self.entries.get(start..).unwrap_or_default()
    }

    /// The number that the next request will have.
    pub(crate) fn next(&self) -> u64 {
        self.entries.len() as u64 + 1
    }

    /// Forgets everything; numbers start at 1 again.
    pub(crate) fn empty(&mut self) {
        self.entries.clear();
        self.generation += 1;
    }
}
