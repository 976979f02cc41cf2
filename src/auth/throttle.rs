//! How many guesses are allowed: per login and source, per source, and per login from anywhere.
//!
//! Pure: it is told the time. Must not know accounts, so that a login that does not exist is throttled
//! like one that does. Whoever holds a right key or app password is never locked out by it: those are
//! not asked here.

use ipnet::IpNet;
use std::borrow::Borrow;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// A keyed hash of a wrong secret, to know it again.
pub(super) type Tag = [u8; 32];

const MINUTE: i64 = 60_000;
/// How long a source waits that guessed too often.
const PENALTY: i64 = 15 * MINUTE;
/// How far apart attempts at the password of a login lie, that is guessed at from everywhere.
const PACE: i64 = 10_000;
/// How many keys each of the three tallies holds at most.
const ROOM: usize = 10_000;

/// The failures of one key, oldest first, and until when it has to wait.
#[derive(Debug, Default)]
struct Tally {
    failures: VecDeque<i64>,
    until: i64,
    last: Option<Tag>,
}

impl Tally {
    /// When it was last of interest.
    fn latest(&self) -> i64 {
        self.failures.back().copied().unwrap_or(0).max(self.until)
    }
}

/// The failures of many keys.
#[derive(Debug)]
struct Tallies<K> {
    limit: usize,
    window: i64,
    by: HashMap<K, Tally>,
}

impl<K: Hash + Eq> Tallies<K> {
    fn new(limit: usize, window: i64) -> Self {
        Self { limit, window, by: HashMap::new() }
    }

    /// Notes a failure; the tally when it is one too many.
    fn add(&mut self, key: K, tag: Tag, now: i64) -> Option<&mut Tally> {
        self.make_room(now);
        let tally = self.by.entry(key).or_default();
        tally.last = Some(tag);
        tally.failures.retain(|at| (0..self.window).contains(&(now - at)));
        tally.failures.push_back(now);
        if tally.failures.len() > self.limit {
            tally.failures.pop_front();
        }
        (tally.failures.len() == self.limit).then_some(tally)
    }

    /// The tally of a key that has failed too often of late.
    fn over<Q: Hash + Eq + ?Sized>(&mut self, key: &Q, now: i64) -> Option<&mut Tally>
    where
        K: Borrow<Q>,
    {
        let tally = self.by.get_mut(key)?;
        tally.failures.retain(|at| (0..self.window).contains(&(now - at)));
        (tally.failures.len() == self.limit).then_some(tally)
    }

    /// Forgets what is over; when that is not enough, what failed longest ago.
    fn make_room(&mut self, now: i64) {
        if self.by.len() < ROOM {
            return;
        }
        self.by.retain(|_, t| t.latest() > now - self.window);
        if self.by.len() >= ROOM {
            let mut ages: Vec<i64> = self.by.values().map(Tally::latest).collect();
            let middle = *ages.select_nth_unstable(ROOM / 2).1;
            self.by.retain(|_, t| t.latest() > middle);
        }
    }

    /// How long a key has to wait still, in milliseconds. A clock that was set back makes nobody wait
    /// longer.
    fn wait(&self, key: &K, now: i64) -> Option<i64> {
        let until = self.by.get(key)?.until;
        Some(until - now).filter(|ms| (1..=PENALTY).contains(ms))
    }
}

/// The guesses that this node has seen.
#[derive(Debug)]
pub(super) struct Throttle {
    pairs: Tallies<(String, IpNet)>,
    sources: Tallies<IpNet>,
    logins: Tallies<String>,
}

impl Throttle {
    pub(super) fn new() -> Self {
        Self {
            pairs: Tallies::new(10, 10 * MINUTE),
            sources: Tallies::new(30, 10 * MINUTE),
            logins: Tallies::new(101, 60 * MINUTE),
        }
    }

    /// For how many seconds more this source may not guess at this login.
    pub(super) fn wait(&self, login: &str, source: IpNet, now: i64) -> Option<u32> {
        let pair = self.pairs.wait(&(login.to_owned(), source), now);
        pair.max(self.sources.wait(&source, now)).map(seconds)
    }

    /// Takes the turn to try a password of this login; in how many seconds the next one is.
    pub(super) fn turn(&mut self, login: &str, now: i64) -> Result<(), u32> {
        match self.logins.over(login, now) {
            Some(tally) if (1..=PACE).contains(&(tally.until - now)) => {
                Err(seconds(tally.until - now))
            }
            Some(tally) => {
                tally.until = now + PACE;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Whether this wrong secret is the one that was tried last. It counts once: a client that was
    /// left behind with an old password repeats it for ever.
    pub(super) fn repeated(&self, login: &str, source: IpNet, tag: &Tag) -> bool {
        let tally = self.pairs.by.get(&(login.to_owned(), source));
        tally.is_some_and(|t| t.last.as_ref() == Some(tag))
    }

    /// Counts a wrong secret.
    pub(super) fn failed(&mut self, login: &str, source: IpNet, tag: Tag, now: i64) {
        if self.repeated(login, source, &tag) {
            return;
        }
        let pair = self.pairs.add((login.to_owned(), source), tag, now);
        let source = self.sources.add(source, tag, now);
        for tally in [pair, source].into_iter().flatten() {
            tally.failures.clear();
            tally.until = now + PENALTY;
        }
        self.logins.add(login.to_owned(), tag, now);
    }
}

/// Whole seconds, upwards.
fn seconds(ms: i64) -> u32 {
    u32::try_from((ms + 999) / 1000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::source;

    const NOW: i64 = 1_800_000_000_000;

    fn at(text: &str) -> IpNet {
        source(text.parse().unwrap())
    }

    fn tag(n: usize) -> Tag {
        let mut tag = [0; 32];
        tag[..8].copy_from_slice(&n.to_be_bytes());
        tag
    }

    #[test]
    fn the_tenth_failure_within_ten_minutes_costs_a_quarter_of_an_hour() {
        let mut throttle = Throttle::new();
        let here = at("192.0.2.7");
        for n in 0..9 {
            throttle.failed("petra", here, tag(n), NOW);
        }
        assert_eq!(throttle.wait("petra", here, NOW), None);
        throttle.failed("petra", here, tag(9), NOW + 1);
        assert_eq!(throttle.wait("petra", here, NOW + 1), Some(900));
        assert_eq!(throttle.wait("jansen", here, NOW + 1), None, "another login");
        assert_eq!(throttle.wait("petra", at("192.0.2.8"), NOW + 1), None, "another source");
        assert_eq!(throttle.wait("petra", here, NOW + 1 + PENALTY), None, "it passes");
    }

    #[test]
    fn failures_further_apart_than_the_window_are_forgiven() {
        let mut throttle = Throttle::new();
        let here = at("192.0.2.7");
        let mut now = NOW;
        for n in 0..50 {
            throttle.failed("petra", here, tag(n), now);
            now += 67 * 1000;
        }
        assert_eq!(throttle.wait("petra", here, now), None);
    }

    #[test]
    fn a_source_that_tries_many_logins_waits_for_all_of_them() {
        let mut throttle = Throttle::new();
        let here = at("2001:db8::1");
        for n in 0..30 {
            throttle.failed(&format!("login{n}"), here, tag(0), NOW);
        }
        assert_eq!(throttle.wait("petra", at("2001:db8::ffff"), NOW), Some(900), "same /64");
        assert_eq!(throttle.wait("petra", at("2001:db8:0:1::1"), NOW), None);
    }

    #[test]
    fn the_same_wrong_secret_repeated_counts_once() {
        let mut throttle = Throttle::new();
        let here = at("192.0.2.7");
        for _ in 0..1000 {
            throttle.failed("petra", here, tag(1), NOW);
        }
        assert_eq!(throttle.wait("petra", here, NOW), None);
        assert!(throttle.repeated("petra", here, &tag(1)));
        assert!(!throttle.repeated("petra", here, &tag(2)));
    }

    #[test]
    fn a_login_guessed_at_from_everywhere_gets_one_try_in_ten_seconds() {
        let mut throttle = Throttle::new();
        for n in 0..100 {
            throttle.failed("petra", at(&format!("192.0.2.{n}")), tag(n), NOW);
        }
        assert_eq!((throttle.turn("petra", NOW), throttle.turn("petra", NOW)), (Ok(()), Ok(())));
        throttle.failed("petra", at("203.0.113.1"), tag(0), NOW);
        assert_eq!(throttle.turn("petra", NOW), Ok(()));
        assert_eq!(throttle.turn("petra", NOW + 1), Err(10));
        assert_eq!(throttle.turn("petra", NOW + PACE), Ok(()));
        assert_eq!(throttle.turn("jansen", NOW), Ok(()), "another login");
        assert_eq!(throttle.turn("petra", NOW + 60 * MINUTE), Ok(()), "an hour later it is over");
        assert_eq!(throttle.turn("petra", NOW + 60 * MINUTE), Ok(()));
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nobody_wait_longer() {
        let mut throttle = Throttle::new();
        let here = at("192.0.2.7");
        for n in 0..10 {
            throttle.failed("petra", here, tag(n), NOW);
        }
        assert_eq!(throttle.wait("petra", here, NOW - 10 * 86_400_000), None);
    }

    #[test]
    fn memory_is_bounded_and_who_waits_is_not_forgotten_for_newcomers() {
        let mut throttle = Throttle::new();
        let here = at("192.0.2.7");
        for n in 0..10 {
            throttle.failed("petra", here, tag(n), NOW);
        }
        for n in 0..50_000_u32 {
            let there = at(&std::net::Ipv4Addr::from(n << 8).to_string());
            throttle.failed("x", there, tag(0), NOW + i64::from(n));
        }
        assert!(throttle.pairs.by.len() <= ROOM && throttle.sources.by.len() <= ROOM);
        assert!(throttle.wait("petra", here, NOW + 50_000).is_some());
    }
}
