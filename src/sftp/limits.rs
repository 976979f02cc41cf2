//! How many connections there may be: before anybody signed in, from one source, of one account.

use crate::net::{Place, Sources};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The limits and what counts towards them now.
#[derive(Debug)]
pub(super) struct Limits {
    strangers: Sources,
    per_source: usize,
    per_account: usize,
    accounts: Mutex<HashMap<String, usize>>,
}

impl Limits {
    /// How many may be there without having signed in, how many of these from one source, and how
    /// many of one account once they have.
    pub(super) fn new(unauthenticated: usize, per_source: usize, per_account: usize) -> Arc<Self> {
        let strangers = Sources::new(unauthenticated);
        Arc::new(Self { strangers, per_source, per_account, accounts: Mutex::default() })
    }

    /// Lets a connection in on which nobody has signed in yet, or not.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Place> {
        self.strangers.enter(address, self.per_source).ok()
    }

    /// Counts a connection as one of an account's, or refuses it.
    pub(super) fn sign_in(self: &Arc<Self>, login: &str) -> Option<Member> {
        let mut accounts = self.accounts();
        let count = accounts.get(login).copied().unwrap_or(0);
        if count >= self.per_account {
            return None;
        }
        accounts.insert(login.to_owned(), count + 1);
        Some(Member { limits: Arc::clone(self), login: login.to_owned() })
    }

    fn accounts(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut accounts = self.limits.accounts();
        if let Some(count) = accounts.get_mut(&self.login) {
            *count -= 1;
            if *count == 0 {
                accounts.remove(&self.login);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_so_many_connections_and_no_more() {
        let limits = Limits::new(9, 9, 1);
        let held = limits.sign_in("jansen").unwrap();
        assert!(limits.sign_in("jansen").is_none());
        assert!(limits.sign_in("petra").is_some());
        drop(held);
        assert!(limits.sign_in("jansen").is_some());
        assert!(limits.accounts().is_empty(), "nothing is kept of who is gone");
    }
}
