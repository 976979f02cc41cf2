//! How the process is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How old the last good answer of the storage may be.
const STALE: Duration = Duration::from_secs(10);

/// How the process is: told by who runs the rooms, read by `/readyz` and the watchdog. Cheap to
/// clone.
#[derive(Clone, Debug)]
pub struct Status(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    started: Instant,
    open: AtomicBool,
    /// Milliseconds from the start to the last good answer of the storage; none yet is 0.
    answered: AtomicU64,
}

impl Default for Status {
    fn default() -> Self {
        Self(Arc::new(Inner {
            started: Instant::now(),
            open: AtomicBool::new(false),
            answered: AtomicU64::new(0),
        }))
    }
}

impl Status {
    /// Whether new work is taken: not while starting, nor while draining.
    pub fn set_open(&self, open: bool) {
        self.0.open.store(open, Ordering::Release);
    }

    /// The storage answered just now.
    pub fn storage_answered(&self) {
        self.0.answered.store(self.milliseconds().max(1), Ordering::Release);
    }

    /// Whether the storage answered in the last ten seconds.
    pub fn healthy(&self) -> bool {
        let answered = self.0.answered.load(Ordering::Acquire);
        let age = self.milliseconds().saturating_sub(answered);
        answered > 0 && u128::from(age) < STALE.as_millis()
    }

    /// Whether new work is taken and can be done.
    pub fn ready(&self) -> bool {
        self.0.open.load(Ordering::Acquire) && self.healthy()
    }

    /// How long the process has run.
    pub fn uptime(&self) -> Duration {
        self.0.started.elapsed()
    }

    fn milliseconds(&self) -> u64 {
        u64::try_from(self.uptime().as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ready_only_when_open_and_answered() {
        let status = Status::default();
        assert!(!status.ready());
        status.set_open(true);
        assert!(!status.ready(), "nothing has answered yet");
        status.storage_answered();
        assert!(status.ready());
        status.set_open(false);
        assert!(!status.ready() && status.healthy(), "draining");
    }
}
