//! How many bytes may lie in memory: of one session or account, and of all of them together.
//!
//! Counts only. What is counted is given back when its [`Charge`] is dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Whoever has no more than this part of its limit is not held up by what others have.
const LITTLE: usize = 32;

/// A limit, within another one or not.
#[derive(Debug)]
pub(super) struct Budget {
    used: AtomicUsize,
    limit: usize,
    parent: Option<Arc<Self>>,
}

impl Budget {
    /// `limit` bytes, which count in `parent` too.
    pub(super) fn new(limit: usize, parent: Option<&Arc<Self>>) -> Arc<Self> {
        Arc::new(Self { used: AtomicUsize::new(0), limit, parent: parent.cloned() })
    }

    /// Counts bytes that are there already, whether or not there was room for them.
    pub(super) fn charge(self: &Arc<Self>, bytes: usize) -> Charge {
        let mut charge = Charge { budget: Arc::clone(self), bytes: 0 };
        charge.set(bytes);
        charge
    }

    /// Counts bytes if there is room for them.
    pub(super) fn try_charge(self: &Arc<Self>, bytes: usize) -> Option<Charge> {
        let charge = self.charge(bytes);
        (!self.over()).then_some(charge)
    }

    /// Whether one must wait: something of one's own is counted, and here or further up there is
    /// more than the limit.
    pub(super) fn is_spent(&self) -> bool {
        self.used.load(Ordering::Relaxed) > 0 && self.over()
    }

    fn over(&self) -> bool {
        let mut budget = Some(self);
        while let Some(this) = budget {
            let used = this.used.load(Ordering::Relaxed);
            if used > this.limit {
                return true;
            }
            if used <= this.limit / LITTLE {
                return false;
            }
            budget = this.parent.as_deref();
        }
        false
    }

    fn each(&self, mut f: impl FnMut(&Self)) {
        let mut budget = Some(self);
        while let Some(this) = budget {
            f(this);
            budget = this.parent.as_deref();
        }
    }
}

/// Bytes that are counted.
#[derive(Debug)]
pub(super) struct Charge {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Charge {
    /// Counts so many from now on, whether or not there is room for them.
    pub(super) fn set(&mut self, bytes: usize) {
        let (more, less) = (bytes.saturating_sub(self.bytes), self.bytes.saturating_sub(bytes));
        if more > 0 {
            self.budget.each(|budget| {
                budget.used.fetch_add(more, Ordering::Relaxed);
            });
        } else if less > 0 {
            self.budget.each(|budget| {
                budget.used.fetch_sub(less, Ordering::Relaxed);
            });
        }
        self.bytes = bytes;
    }

    /// The same if there is room for them; else it counts what it did.
    pub(super) fn try_set(&mut self, bytes: usize) -> bool {
        let before = self.bytes;
        self.set(bytes);
        let fits = bytes <= before || !self.budget.over();
        if !fits {
            self.set(before);
        }
        fits
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_waits_for_itself_and_for_all_but_never_with_nothing_of_its_own() {
        let all = Budget::new(100, None);
        let (one, other) = (Budget::new(60, Some(&all)), Budget::new(60, Some(&all)));
        let first = one.charge(60);
        assert!(!one.is_spent());
        let second = one.charge(50);
        assert!(one.is_spent());
        assert!(!other.is_spent(), "it has nothing that could be finished");
        assert!(other.try_charge(1).is_some(), "little may always be had");
        let third = other.charge(2);
        assert!(other.is_spent());
        drop((first, second));
        assert!(!other.is_spent());
        assert!(all.try_charge(100).is_none());
        drop(third);
        assert!(all.try_charge(100).is_some());
        assert!(all.try_charge(100).is_some(), "what was refused or dropped is given back");
        let mut fourth = all.charge(90);
        assert!(!fourth.try_set(101) && fourth.try_set(100) && fourth.try_set(10));
        assert!(all.try_charge(90).is_some() && all.try_charge(91).is_none());
    }
}
