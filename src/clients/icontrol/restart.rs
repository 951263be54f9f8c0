//! Waiting for a device whose services come up.

use std::time::Duration;

use crate::context::Context;

/// How long one call has waited.
#[derive(Default)]
pub(super) struct Restart {
    waited: Duration,
}

impl Restart {
    /// Waits a little; `false` when it has been long enough, or when the task has no more time.
    pub(super) async fn wait(&mut self, context: &Context) -> bool {
        if self.waited >= LONGEST || context.deadline.admits(PAUSE).is_none() {
            return false;
        }
        tokio::time::sleep(PAUSE).await;
        self.waited += PAUSE;
        true
    }
}

const PAUSE: Duration = Duration::from_secs(5);
/// Services come back within some minutes.
const LONGEST: Duration = Duration::from_secs(300);
