//! How many connections there may be: before anybody signed in, from one source, of one account.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The limits and what counts towards them now.
#[derive(Debug)]
pub(super) struct Limits {
    unauthenticated: usize,
    per_source: usize,
    per_account: usize,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    unauthenticated: usize,
    sources: HashMap<IpAddr, usize>,
    accounts: HashMap<String, usize>,
}

impl Limits {
    /// How many may be there without having signed in, how many of these from one source, and how
    /// many of one account once they have.
    pub(super) fn new(unauthenticated: usize, per_source: usize, per_account: usize) -> Arc<Self> {
        let counts = Mutex::default();
        Arc::new(Self { unauthenticated, per_source, per_account, counts })
    }

    /// Lets a connection in, or not.
    pub(super) fn enter(self: &Arc<Self>, source: IpAddr) -> Option<Stranger> {
        let source = network(source);
        let mut counts = self.counts();
        if counts.unauthenticated >= self.unauthenticated
            || !count(&mut counts.sources, &source, self.per_source)
        {
            return None;
        }
        counts.unauthenticated += 1;
        Some(Stranger { limits: Arc::clone(self), source })
    }

    /// Counts a connection as one of an account's, or refuses it.
    pub(super) fn sign_in(self: &Arc<Self>, login: &str) -> Option<Member> {
        let login = login.to_owned();
        count(&mut self.counts().accounts, &login, self.per_account)
            .then(|| Member { limits: Arc::clone(self), login })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection on which nobody has signed in yet.
#[derive(Debug)]
pub(super) struct Stranger {
    limits: Arc<Limits>,
    source: IpAddr,
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let mut counts = self.limits.counts();
        counts.unauthenticated -= 1;
        uncount(&mut counts.sources, &self.source);
    }
}

/// A connection of an account.
#[derive(Debug)]
pub(super) struct Member {
    limits: Arc<Limits>,
    login: String,
}

impl Drop for Member {
    fn drop(&mut self) {
        uncount(&mut self.limits.counts().accounts, &self.login);
    }
}

fn count<K: Eq + Hash + Clone>(counts: &mut HashMap<K, usize>, key: &K, limit: usize) -> bool {
    let n = counts.get(key).copied().unwrap_or(0);
    if n < limit {
        counts.insert(key.clone(), n + 1);
    }
    n < limit
}

fn uncount<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(n) = counts.get_mut(key) {
        *n -= 1;
        if *n == 0 {
            counts.remove(key);
        }
    }
}

/// What is one source: an IPv4 address, or the /64 that one IPv6 user has.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_source_does_not_keep_the_others_out() {
        let limits = Limits::new(3, 2, 1);
        let held: Vec<_> = (0..2).map(|_| limits.enter(ip("192.0.2.1")).unwrap()).collect();
        assert!(limits.enter(ip("192.0.2.1")).is_none());
        assert!(limits.enter(ip("::ffff:192.0.2.1")).is_none(), "the same address, written as v6");
        let other = limits.enter(ip("192.0.2.2")).unwrap();
        assert!(limits.enter(ip("192.0.2.3")).is_none(), "the limit over all sources");
        drop((held, other));
        assert!(limits.enter(ip("192.0.2.1")).is_some());
        assert!(limits.counts().sources.is_empty(), "nothing is kept of who is gone");
    }

    #[test]
    fn a_whole_v6_network_is_one_source() {
        let limits = Limits::new(9, 1, 1);
        let _held = limits.enter(ip("2001:db8::1")).unwrap();
        assert!(limits.enter(ip("2001:db8::ffff:2")).is_none());
        assert!(limits.enter(ip("2001:db8:0:1::1")).is_some());
    }

    #[test]
    fn an_account_has_so_many_connections_and_no_more() {
        let limits = Limits::new(9, 9, 1);
        let held = limits.sign_in("jansen").unwrap();
        assert!(limits.sign_in("jansen").is_none());
        assert!(limits.sign_in("petra").is_some());
        drop(held);
        assert!(limits.sign_in("jansen").is_some());
    }
}
