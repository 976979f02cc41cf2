//! What it costs a source to open connections on which nobody signs in: whoever goes on has to wait.
//!
//! Pure: it is told the time. Must not know connections, nor who signs in. Nobody is shut out: a connection
//! that has to wait does so for a bounded time, and where somebody signed in lately none has to.

use crate::net::source;
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What a connection costs on which nobody has signed in.
const STRANGER: Duration = Duration::from_secs(1);
/// What it costs besides when something wrong was shown on it.
const WRONG: Duration = Duration::from_secs(4);
/// So much may be owed before anybody waits, and [`STRANGER`] for each connection that may be there at once.
const FREE: Duration = Duration::from_secs(15);
/// Nobody waits longer: programs give up after a quarter of a minute.
const LONGEST: Duration = Duration::from_secs(10);
/// How long ago is lately.
const LATELY: Duration = Duration::from_mins(15);
/// Of how many sources something is known at most.
const ROOM: usize = 10_000;

/// What is known of a source, and until when.
#[derive(Clone, Copy, Debug)]
enum Known {
    /// What it owes, it has paid by then: with every second a second.
    Owes(Instant),
    /// Somebody signed in from there.
    Good(Instant),
}

impl Known {
    fn holds(self, now: Instant) -> bool {
        let (Self::Owes(until) | Self::Good(until)) = self;
        until > now
    }
}

/// What the sources owe.
#[derive(Debug)]
pub(super) struct Penalties {
    free: Duration,
    by: Mutex<HashMap<IpNet, Known>>,
}

impl Penalties {
    /// Where so many connections of one source may be there at once.
    pub(super) fn new(at_once: usize) -> Self {
        let all = STRANGER.saturating_mul(u32::try_from(at_once).unwrap_or(u32::MAX));
        Self { free: FREE.saturating_add(all), by: Mutex::default() }
    }

    /// How long one more connection from there has to wait before it is looked at.
    pub(super) fn wait(&self, address: IpAddr, now: Instant) -> Duration {
        self.charge(address, STRANGER, now).saturating_sub(self.free)
    }

    /// Something wrong was shown on a connection from there.
    pub(super) fn wrong(&self, address: IpAddr, now: Instant) {
        self.charge(address, WRONG, now);
    }

    /// Somebody signed in from there.
    pub(super) fn well(&self, address: IpAddr, now: Instant) {
        note(&mut self.by(), source(address), Known::Good(now + LATELY), now);
    }

    /// Adds to what a source owes; what it owed before. Nothing where somebody signed in lately.
    fn charge(&self, address: IpAddr, more: Duration, now: Instant) -> Duration {
        let (source, mut by) = (source(address), self.by());
        let owed = match by.get(&source) {
            Some(Known::Good(until)) if *until > now => return Duration::ZERO,
            Some(Known::Owes(until)) => until.saturating_duration_since(now),
            Some(Known::Good(_)) | None => Duration::ZERO,
        };
        let most = self.free.saturating_add(LONGEST);
        note(&mut by, source, Known::Owes(now + (owed + more).min(most)), now);
        owed
    }

    fn by(&self) -> MutexGuard<'_, HashMap<IpNet, Known>> {
        self.by.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Of more sources than there is room for, the last to come have nothing to wait for.
fn note(by: &mut HashMap<IpNet, Known>, source: IpNet, known: Known, now: Instant) {
    if by.len() >= ROOM && !by.contains_key(&source) {
        by.retain(|_, known| known.holds(now));
    }
    if by.len() < ROOM || by.contains_key(&source) {
        by.insert(source, known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    /// How long each of so many connections waits that are opened at once.
    fn waits(penalties: &Penalties, count: usize, now: Instant) -> Vec<u64> {
        (0..count).map(|_| penalties.wait(HERE, now).as_secs()).collect()
    }

    #[test]
    fn who_keeps_opening_connections_waits_for_so_long_and_no_longer() {
        let (penalties, now) = (Penalties::new(10), Instant::now());
        let all = waits(&penalties, 100, now);
        assert!(all[..26].iter().all(|wait| *wait == 0), "{all:?}");
        assert_eq!((all[26], all[30], all[35], all[99]), (1, 5, 10, 10));
        assert_eq!(penalties.wait("192.0.2.8".parse().unwrap(), now), Duration::ZERO, "another");
        assert_eq!(waits(&penalties, 2, now + seconds(10)), [0, 1], "a second for a second");
    }

    #[test]
    fn what_was_wrong_costs_more() {
        let (penalties, now) = (Penalties::new(10), Instant::now());
        let try_once = |now| {
            let wait = penalties.wait(HERE, now);
            penalties.wrong(HERE, now);
            wait.as_secs()
        };
        assert_eq!([(); 8].map(|()| try_once(now)), [0, 0, 0, 0, 0, 0, 5, 10]);
        // Once in ten seconds is nobody's trouble.
        let mut now = now + seconds(60);
        for _ in 0..100 {
            assert_eq!(try_once(now), 0);
            now += seconds(10);
        }
    }

    #[test]
    fn where_somebody_signed_in_lately_nobody_waits() {
        let (penalties, now) = (Penalties::new(10), Instant::now());
        waits(&penalties, 100, now);
        penalties.well(HERE, now);
        assert_eq!(waits(&penalties, 100, now + seconds(899)), [0; 100]);
        let later = waits(&penalties, 100, now + seconds(900));
        assert_eq!((later[0], later[99]), (0, 10));
    }

    #[test]
    fn so_much_is_kept_and_no_more() {
        let (penalties, now) = (Penalties::new(10), Instant::now());
        for n in 0..20_000_u32 {
            penalties.wrong(std::net::Ipv4Addr::from(n).into(), now);
        }
        let kept = || penalties.by.lock().unwrap().len();
        assert_eq!(kept(), ROOM);
        penalties.wrong(HERE, now + seconds(5));
        assert_eq!(kept(), 1);
    }
}
