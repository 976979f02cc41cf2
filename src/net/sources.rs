//! What counts as one source, and how many connections each has.

use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The source of an address: an IPv4 address by itself, or the /64 that one user of IPv6 has whole.
pub fn source(address: IpAddr) -> IpNet {
    match address.to_canonical() {
        v4 @ IpAddr::V4(_) => v4.into(),
        v6 @ IpAddr::V6(_) => IpNet::new(v6, 64).map_or(v6.into(), |network| network.trunc()),
    }
}

/// How many connections there are, and how many of these each source has.
#[derive(Clone, Debug)]
pub struct Sources {
    most: usize,
    counts: Arc<Mutex<Counts>>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by: HashMap<IpNet, usize>,
}

/// One connection of a source; gone when dropped.
#[derive(Debug)]
pub struct Place {
    sources: Sources,
    source: IpNet,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// There are as many connections as there may be.
    Everywhere,
    /// The source has as many as it may have.
    Source,
}

impl Sources {
    /// With room for so many connections of all sources together.
    pub fn new(most: usize) -> Self {
        Self { most, counts: Arc::default() }
    }

    /// A place for one more connection of a source that may have so many.
    ///
    /// # Errors
    /// There is none left.
    pub fn enter(&self, address: IpAddr, most_of_source: usize) -> Result<Place, Full> {
        let source = source(address);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.all >= self.most {
            return Err(Full::Everywhere);
        }
        if counts.by.get(&source).copied().unwrap_or(0) >= most_of_source {
            return Err(Full::Source);
        }
        counts.all += 1;
        *counts.by.entry(source).or_default() += 1;
        Ok(Place { sources: self.clone(), source })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.sources.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all -= 1;
        if let Some(count) = counts.by.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                counts.by.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_whole_v6_network_is_one_source_and_an_address_written_as_v6_is_itself() {
        assert_eq!(source(ip("2001:db8::1")), source(ip("2001:db8::ffff:2")));
        assert_ne!(source(ip("2001:db8::1")), source(ip("2001:db8:0:1::1")));
        assert_eq!(source(ip("::ffff:192.0.2.1")), source(ip("192.0.2.1")));
        assert_ne!(source(ip("192.0.2.1")), source(ip("192.0.2.2")));
    }

    #[test]
    fn one_source_does_not_keep_the_others_out() {
        let sources = Sources::new(3);
        let held: Vec<_> = (0..2).map(|_| sources.enter(ip("192.0.2.1"), 2).unwrap()).collect();
        assert_eq!(sources.enter(ip("192.0.2.1"), 2).unwrap_err(), Full::Source);
        let other = sources.enter(ip("192.0.2.2"), 2).unwrap();
        assert_eq!(sources.enter(ip("192.0.2.3"), 2).unwrap_err(), Full::Everywhere);
        drop((held, other));
        drop(sources.enter(ip("192.0.2.1"), 1).unwrap());
        let counts = sources.counts.lock().unwrap();
        assert!(counts.by.is_empty() && counts.all == 0, "nothing is kept of who is gone");
    }
}
