//! Anti-replay nonces: each is good once.

use std::collections::{HashSet, VecDeque};

/// Nonces that were given and not yet used.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    live: HashSet<String>,
    /// In the order of birth, to forget the oldest.
    order: VecDeque<String>,
}

impl Nonces {
    pub(crate) fn issue(&mut self) -> String {
        let nonce = crate::random::id();
        self.live.insert(nonce.clone());
        self.order.push_back(nonce.clone());
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.live.remove(&oldest);
        }
        nonce
    }

    /// Uses a nonce up; false if it was never given or is used already.
    pub(crate) fn redeem(&mut self, nonce: &str) -> bool {
        self.live.remove(nonce)
    }
}

const MOST: usize = 50_000;

#[cfg(test)]
mod tests {
    use super::Nonces;

    #[test]
    fn a_nonce_is_good_once() {
        let mut nonces = Nonces::default();
        let nonce = nonces.issue();
        assert!(nonces.redeem(&nonce));
        assert!(!nonces.redeem(&nonce));
        assert!(!nonces.redeem("never-given"));
    }
}
