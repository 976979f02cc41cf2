//! The time of day. Nothing else in the program asks the system for it, so that a test can fix it.
//!
//! Time never goes back: when the system's clock does, this one counts on from the last instant that it
//! gave, a tenth slower, until the system's has caught up. What was written before is then before what
//! is written now, whatever the system says.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Where the time comes from, in Unix milliseconds. A clone is the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: Source,
    given: Mutex<Given>,
}

#[derive(Debug)]
enum Source {
    /// The system's clock, and how long this one goes already.
    System(Instant),
    /// Stands still until a test moves it: what it says, and the time that passed by then.
    Fixed { says: AtomicI64, passed: AtomicI64 },
}

/// An instant that was given, and after how much passed time.
#[derive(Clone, Copy, Debug)]
struct Given {
    at: i64,
    passed: i64,
}

impl Clock {
    /// The system's, as it is set.
    pub fn system() -> Self {
        Self::of(Source::System(Instant::now()))
    }

    /// A clock that stands at `ms`.
    pub fn fixed(ms: i64) -> Self {
        Self::of(Source::Fixed { says: AtomicI64::new(ms), passed: AtomicI64::new(0) })
    }

    fn of(source: Source) -> Self {
        let given = Mutex::new(Given { at: source.says(), passed: 0 });
        Self(Arc::new(Inner { source, given }))
    }

    /// Now, in Unix milliseconds: never less than it was before.
    pub fn now(&self) -> i64 {
        let mut given = self.given();
        let (says, counted) = (self.0.source.says(), self.counted(*given));
        if says >= counted {
            *given = Given { at: says, passed: self.0.source.passed() };
        }
        says.max(counted)
    }

    /// What the system's clock says, whether or not it went back: the age of what lies in a folder, and
    /// what is old enough to be cleared away, go by this. Never more than [`Clock::now`].
    pub fn set_to(&self) -> i64 {
        self.0.source.says()
    }

    /// How far this clock is ahead of the system's, in milliseconds.
    pub fn lead(&self) -> i64 {
        let now = self.now();
        now.saturating_sub(self.set_to()).max(0)
    }

    /// From now on it gives nothing before `ms`.
    pub fn not_before(&self, ms: i64) {
        let mut given = self.given();
        if ms > self.counted(*given).max(self.0.source.says()) {
            *given = Given { at: ms, passed: self.0.source.passed() };
        }
    }

    /// The system's clock is right, and what it said before was not: this one goes back to it.
    pub fn follow(&self) {
        *self.given() = Given { at: self.set_to(), passed: self.0.source.passed() };
    }

    /// Time passes for a fixed clock; the system's goes by itself.
    pub fn advance(&self, ms: i64) {
        if let Source::Fixed { says, passed } = &self.0.source {
            says.fetch_add(ms, Ordering::SeqCst);
            passed.fetch_add(ms, Ordering::SeqCst);
        }
    }

    /// Somebody sets a fixed clock to another time of day: no time passes.
    pub fn jump(&self, ms: i64) {
        if let Source::Fixed { says, .. } = &self.0.source {
            says.fetch_add(ms, Ordering::SeqCst);
        }
    }

    fn given(&self) -> MutexGuard<'_, Given> {
        self.0.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An instant that was given, counted on. Slower than time goes: a small step back is made good in
    /// seconds, and locks, sessions and throttles still end.
    fn counted(&self, given: Given) -> i64 {
        let passed = self.0.source.passed().saturating_sub(given.passed);
        given.at.saturating_add(passed.saturating_mul(9) / 10)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl Source {
    fn says(&self) -> i64 {
        match self {
            Self::System(_) => {
                #[expect(clippy::disallowed_methods, reason = "the one place that asks")]
                let now = jiff::Timestamp::now();
                now.as_millisecond()
            }
            Self::Fixed { says, .. } => says.load(Ordering::SeqCst),
        }
    }

    /// Milliseconds that passed, which no setting of the clock changes.
    fn passed(&self) -> i64 {
        match self {
            Self::System(since) => since.elapsed().as_millis().try_into().unwrap_or(i64::MAX),
            Self::Fixed { passed, .. } => passed.load(Ordering::SeqCst),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    #[test]
    fn time_goes_on_when_the_clock_is_set_back_until_that_has_caught_up() {
        let clock = Clock::fixed(100 * MINUTE);
        clock.advance(MINUTE);
        assert_eq!((clock.now(), clock.lead()), (101 * MINUTE, 0));
        clock.jump(-MINUTE);
        assert_eq!((clock.now(), clock.lead()), (101 * MINUTE, MINUTE));
        clock.advance(5 * MINUTE);
        assert_eq!((clock.now(), clock.set_to()), (105 * MINUTE + MINUTE / 2, 105 * MINUTE));
        clock.advance(5 * MINUTE);
        assert_eq!((clock.now(), clock.lead()), (110 * MINUTE, 0));
    }

    #[test]
    fn a_jump_ahead_is_believed_and_a_second_one_is_not_added_to_what_was_counted() {
        let clock = Clock::fixed(0);
        clock.not_before(1_000 * MINUTE);
        clock.advance(10 * MINUTE);
        clock.jump(500 * MINUTE);
        assert_eq!(clock.now(), 1_009 * MINUTE, "still behind");
        clock.jump(600 * MINUTE);
        assert_eq!((clock.now(), clock.lead()), (1_110 * MINUTE, 0));
        clock.not_before(5);
        assert_eq!(clock.now(), 1_110 * MINUTE);
    }

    #[test]
    fn it_follows_the_system_when_told_that_this_is_right() {
        let clock = Clock::fixed(1_000 * MINUTE);
        clock.jump(-10 * MINUTE);
        assert_eq!(clock.clone().now(), 1_000 * MINUTE);
        clock.follow();
        assert_eq!(clock.now(), 990 * MINUTE);
    }

    #[test]
    fn asked_as_often_as_can_be_it_still_goes_on() {
        let clock = Clock::system();
        let start = clock.now() + 10 * MINUTE;
        let before = Instant::now();
        clock.not_before(start);
        let (since, mut last) = (Instant::now(), start);
        while since.elapsed().as_millis() < 100 {
            let now = clock.now();
            assert!(now >= last);
            last = now;
        }
        let ms = |since: Instant| i64::try_from(since.elapsed().as_millis()).unwrap();
        let (least, went, most) = (ms(since) * 8 / 10, clock.now() - start, ms(before));
        assert!(least <= went && went <= most, "{least} {went} {most}");
    }
}
