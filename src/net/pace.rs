//! How slow a client may be: what a connection is at, and until when.
//!
//! Knows times and bytes, and nothing of what is asked. A client has `stall` to send or take anything of
//! a body, and every byte gives it back what `rate` allows for it: who keeps to that rate goes on for
//! ever, who stands still or trickles does not.

use super::sources::Place;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// The header that a trusted proxy sends before all else, if it sends one.
    pub proxy: Duration,
    /// From the first byte of a request until its head is whole; for the first one from the beginning of
    /// the connection, TLS included.
    pub head: Duration,
    /// Until the next request.
    pub idle: Duration,
    /// Until anything more of a body is sent or taken, beyond what the least rate allows for.
    pub stall: Duration,
    /// The least rate of a body, in bytes per second.
    pub rate: u32,
    /// Reading on in a body that nobody wants.
    pub rest: Duration,
    /// What runs when the server is to stop.
    pub drain: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            proxy: Duration::from_secs(3),
            head: Duration::from_secs(10),
            idle: Duration::from_mins(5),
            stall: Duration::from_mins(1),
            rate: 1024,
            rest: Duration::from_secs(10),
            drain: Duration::from_mins(1),
        }
    }
}

impl Times {
    /// How long a client may take over so many bytes of a body.
    pub(super) fn over(&self, bytes: usize) -> Duration {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        Duration::from_micros(bytes.saturating_mul(1_000_000) / u64::from(self.rate.max(1)))
    }
}

/// What one connection is at.
#[derive(Debug)]
pub(super) struct Progress {
    pub(super) times: Times,
    state: Mutex<State>,
    /// Whether there ever was a request.
    pub(super) asked: watch::Sender<bool>,
}

#[derive(Debug)]
struct State {
    /// Since when the head of a request is on its way.
    head: Option<Instant>,
    /// Whether it is HTTP/2, where bytes need not be of a request.
    framed: bool,
    /// Requests of which the body is still read or the answer still given.
    running: usize,
    /// Since when there are none.
    resting: Instant,
    requests: u64,
    /// Until when the client must have taken what it was given, by request.
    taking: HashMap<u64, Instant>,
}

/// Why a connection has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// Nothing was asked for too long.
    Idle,
    /// An answer is not taken.
    Stalled,
}

impl Progress {
    /// Of a connection that begins now.
    pub(super) fn new(times: Times) -> Arc<Self> {
        let now = Instant::now();
        let state = State {
            head: Some(now),
            framed: false,
            running: 0,
            resting: now,
            requests: 0,
            taking: HashMap::new(),
        };
        Arc::new(Self { times, state: Mutex::new(state), asked: watch::Sender::new(false) })
    }

    /// Notes that bytes came.
    pub(super) fn came(&self) {
        let mut state = self.state();
        if state.head.is_none() && state.running == 0 && !state.framed {
            state.head = Some(Instant::now());
        }
    }

    /// Until when a head that is on its way must be whole.
    pub(super) fn head_until(&self) -> Option<Instant> {
        self.state().head.map(|begun| begun + self.times.head)
    }

    /// Notes that the head of a request is whole.
    pub(super) fn begin(self: &Arc<Self>, framed: bool) -> Arc<Running> {
        let mut state = self.state();
        state.head = None;
        state.framed |= framed;
        state.running += 1;
        state.requests += 1;
        let number = state.requests;
        drop(state);
        self.asked.send_if_modified(|asked| !std::mem::replace(asked, true));
        let (progress, place) = (Arc::clone(self), OnceLock::new());
        Arc::new(Running { progress, number, framed, place })
    }

    /// Until when nothing has to be looked at, or why the connection has to end.
    pub(super) fn look(&self, now: Instant) -> Result<Instant, Over> {
        let state = self.state();
        let taken = state.taking.values().min().copied();
        if taken.is_some_and(|until| until <= now) {
            return Err(Over::Stalled);
        }
        let idle =
            (state.running == 0 && state.head.is_none()).then_some(state.resting + self.times.idle);
        if idle.is_some_and(|until| until <= now) {
            return Err(Over::Idle);
        }
        // What begins meanwhile has at least this long.
        let soonest = now + self.times.stall.min(self.times.idle);
        Ok([taken, idle].into_iter().flatten().fold(soonest, Instant::min))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request, until its body was read and its answer taken.
#[derive(Debug)]
pub(super) struct Running {
    progress: Arc<Progress>,
    number: u64,
    framed: bool,
    /// Its place among the requests of its source. A request that is taken back runs on, and keeps it.
    place: OnceLock<Place>,
}

impl Running {
    pub(super) fn times(&self) -> Times {
        self.progress.times
    }

    /// Whether it came by HTTP/2.
    pub(super) const fn is_framed(&self) -> bool {
        self.framed
    }

    /// Keeps its place until all of it has ended.
    pub(super) fn keep(&self, place: Place) {
        let _ = self.place.set(place);
    }

    /// Notes that the client was given something, and until when it must have taken it.
    pub(super) fn given(&self, until: Instant) {
        self.progress.state().taking.insert(self.number, until);
    }

    /// Notes that it has; until when it had to.
    pub(super) fn taken(&self) -> Option<Instant> {
        self.progress.state().taking.remove(&self.number)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.progress.state();
        state.taking.remove(&self.number);
        state.running -= 1;
        if state.running == 0 {
            state.resting = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64) -> Instant {
        Instant::now() + Duration::from_secs(seconds)
    }

    #[test]
    fn a_connection_may_rest_between_requests_and_not_for_ever() {
        let progress = Progress::new(Times::default());
        assert!(progress.head_until().is_some(), "the first request has to come");
        drop(progress.begin(false));
        assert_eq!(progress.head_until(), None);
        assert!(progress.look(after(299)).is_ok());
        assert_eq!(progress.look(after(301)), Err(Over::Idle));
        progress.came();
        assert!(progress.head_until().is_some(), "the next one has begun");
        assert!(progress.look(after(301)).is_ok(), "so it does not rest");
    }

    #[test]
    fn in_http_2_bytes_need_not_be_of_a_request() {
        let progress = Progress::new(Times::default());
        drop(progress.begin(true));
        progress.came();
        assert_eq!(progress.head_until(), None);
        assert_eq!(progress.look(after(301)), Err(Over::Idle));
    }

    #[test]
    fn a_request_that_runs_may_take_long_and_an_answer_must_be_taken() {
        let progress = Progress::new(Times::default());
        let (one, other) = (progress.begin(true), progress.begin(true));
        assert!(progress.look(after(3600)).is_ok(), "it is we who take so long");
        let until = after(10);
        one.given(until);
        assert_eq!(progress.look(Instant::now()), Ok(until));
        assert_eq!(one.taken(), Some(until));
        one.given(until);
        other.given(after(120));
        assert_eq!(progress.look(after(61)), Err(Over::Stalled));
        drop(one);
        assert!(progress.look(after(61)).is_ok(), "what is gone is not waited for");
    }
}
