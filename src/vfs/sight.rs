//! What is open may go out of sight: shared no more, an engagement over. Whoever holds something open
//! looks again every so often, well within the five seconds of PRODUCT.md section 8.

use crate::clock::Clock;
use std::sync::atomic::{AtomicI64, Ordering};

/// After how many milliseconds one looks again.
const LOOK_AGAIN: u64 = 2_000;

/// When something open was last seen where it was found.
#[derive(Debug)]
pub(crate) struct Seen {
    clock: Clock,
    at: AtomicI64,
}

impl Seen {
    /// Seen now.
    pub(crate) fn now(clock: &Clock) -> Self {
        Self { at: AtomicI64::new(clock.now()), clock: clock.clone() }
    }

    /// Whether it is time to look again; also when the clock went back.
    pub(crate) fn is_long_ago(&self) -> bool {
        let past = self.clock.now().saturating_sub(self.at.load(Ordering::Relaxed));
        past.unsigned_abs() >= LOOK_AGAIN
    }

    /// It was seen again.
    pub(crate) fn again(&self) {
        self.at.store(self.clock.now(), Ordering::Relaxed);
    }
}
