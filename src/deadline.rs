//! The time a task may take as a whole, shared by everything that waits.

use std::time::{Duration, Instant};

/// A point in time after which nothing new is started and no wait goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    pub(crate) fn after(span: Duration) -> Self {
        Self(Instant::now() + span)
    }

    /// What is left, or `None` when it has passed.
    pub(crate) fn remaining(&self) -> Option<Duration> {
        self.0
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
    }

    /// `wait`, cut so that it ends with the deadline; `None` when it would not fit at all.
    pub(crate) fn admits(&self, wait: Duration) -> Option<Duration> {
        self.remaining().filter(|left| wait < *left).map(|_| wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_beyond_the_deadline_is_refused() {
        let deadline = Deadline::after(Duration::from_secs(10));
        assert_eq!(
            deadline.admits(Duration::from_secs(1)),
            Some(Duration::from_secs(1))
        );
        assert_eq!(deadline.admits(Duration::from_secs(11)), None);
        assert!(Deadline::after(Duration::ZERO).remaining().is_none());
    }
}
