//! How long a connection may rest: what a client does, and what is done for it, puts the end off.
//!
//! Its answers to keepalives do not, though russh takes them for life: who has signed in and does
//! nothing would stay for ever.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The rest of one connection.
#[derive(Debug)]
pub(super) struct Rest {
    limit: Duration,
    until: Mutex<Instant>,
    busy: AtomicUsize,
}

impl Rest {
    /// From now on it may last so long, and twice as long where a file is open.
    pub(super) fn new(limit: Duration) -> Arc<Self> {
        let until = Mutex::new(Instant::now() + limit);
        Arc::new(Self { limit, until, busy: AtomicUsize::new(0) })
    }

    /// How long it may last without a file.
    pub(super) const fn limit(&self) -> Duration {
        self.limit
    }

    /// Something came or was taken.
    pub(super) fn put_off(&self, now: Instant, file_open: bool) {
        let longer = if file_open { self.limit * 2 } else { self.limit };
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        *until = (*until).max(now + longer);
    }

    /// Something is being done for the client until this is dropped.
    pub(super) fn busy(self: &Arc<Self>) -> Busy {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(self))
    }

    /// Whether it has lasted too long.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        self.busy.load(Ordering::Relaxed) == 0 && now >= until
    }
}

/// No rest meanwhile.
#[derive(Debug)]
pub(super) struct Busy(Arc<Rest>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.put_off(Instant::now(), false);
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rest_is_put_off_by_what_is_done_and_longer_where_a_file_is_open() {
        let (second, rest) = (Duration::from_secs(1), Rest::new(Duration::from_mins(4)));
        let start = Instant::now();
        let minute = |n| start + second * 60 * n;
        assert!(!rest.is_over(minute(3)) && rest.is_over(minute(4) + second));
        rest.put_off(minute(3), false);
        assert!(!rest.is_over(minute(6)) && rest.is_over(minute(7)));
        rest.put_off(minute(7), true);
        rest.put_off(minute(7), false);
        assert!(!rest.is_over(minute(14)) && rest.is_over(minute(15)));
        let busy = rest.busy();
        assert!(!rest.is_over(minute(99)), "something is being done");
        drop(busy);
        assert!(rest.is_over(minute(15)));
    }
}
