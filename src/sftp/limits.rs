//! How many connections there may be: before anybody signed in, from one source, of one account. And what
//! the sessions of one account share.

use super::budget::Budget;
use super::handles::Handles;
use crate::net::{Place, Sources};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// How many files and folders may be open, in all and of one account. Each is a file of the system's too, and
/// up to 64 KiB of memory.
const OPEN: usize = 8192;
const OPEN_OF_ONE: usize = 2048;

/// What they hold of their contents in memory besides, in bytes.
const MEMORY: usize = 256 << 20;
const MEMORY_OF_ONE: usize = 128 << 20;

/// What waits to be written or was read ahead, in bytes: in all sessions together, and in those of one account.
const WAITING: usize = 512 << 20;
const WAITING_OF_ONE: usize = 128 << 20;

/// The limits and what counts towards them now.
#[derive(Debug)]
pub(super) struct Limits {
    strangers: Sources,
    per_source: usize,
    per_account: usize,
    /// The connections of each, and what they share.
    accounts: Mutex<HashMap<String, (usize, Arc<Account>)>>,
    /// For how many files are open, and for what they hold.
    open: Arc<Budget>,
    memory: Arc<Budget>,
    waiting: Arc<Budget>,
}

/// What the sessions of one account share.
#[derive(Debug)]
pub(super) struct Account {
    /// For how many files are open, and for what they hold.
    pub(super) open: Arc<Budget>,
    pub(super) memory: Arc<Budget>,
    /// For what waits to be written, or was read ahead.
    pub(super) waiting: Arc<Budget>,
    sessions: Mutex<Vec<Weak<Handles>>>,
}

impl Account {
    fn sessions(&self) -> MutexGuard<'_, Vec<Weak<Handles>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more session, with what is open in it.
    pub(super) fn join(&self, handles: &Arc<Handles>) {
        let mut sessions = self.sessions();
        sessions.retain(|session| session.strong_count() > 0);
        sessions.push(Arc::downgrade(handles));
    }

    /// What is open in the others that see what this one sees.
    pub(super) fn sessions_but(&self, own: &Arc<Handles>) -> Vec<Arc<Handles>> {
        let all: Vec<_> = self.sessions().iter().filter_map(Weak::upgrade).collect();
        all.into_iter().filter(|one| !Arc::ptr_eq(one, own) && one.sees_as(own)).collect()
    }
}

impl Limits {
    /// How many may be there without having signed in, how many of these from one source, and how
    /// many of one account once they have.
    pub(super) fn new(unauthenticated: usize, per_source: usize, per_account: usize) -> Arc<Self> {
        Arc::new(Self {
            strangers: Sources::new(unauthenticated),
            per_source,
            per_account,
            accounts: Mutex::default(),
            open: Budget::new(OPEN, None),
            memory: Budget::new(MEMORY, None),
            waiting: Budget::new(WAITING, None),
        })
    }

    /// Lets a connection in on which nobody has signed in yet, or not.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Place> {
        self.strangers.enter(address, self.per_source).ok()
    }

    /// Counts a connection as one of an account's, or refuses it.
    pub(super) fn sign_in(self: &Arc<Self>, login: &str) -> Option<Member> {
        let mut accounts = self.accounts();
        let (count, account) = accounts.get(login).cloned().unwrap_or_else(|| (0, self.account()));
        if count >= self.per_account {
            return None;
        }
        accounts.insert(login.to_owned(), (count + 1, Arc::clone(&account)));
        Some(Member { limits: Arc::clone(self), login: login.to_owned(), account })
    }

    fn account(&self) -> Arc<Account> {
        let open = Budget::new(OPEN_OF_ONE, Some(&self.open));
        let memory = Budget::new(MEMORY_OF_ONE, Some(&self.memory));
        let waiting = Budget::new(WAITING_OF_ONE, Some(&self.waiting));
        Arc::new(Account { open, memory, waiting, sessions: Mutex::default() })
    }

    fn accounts(&self) -> MutexGuard<'_, HashMap<String, (usize, Arc<Account>)>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection of an account.
#[derive(Debug)]
pub(super) struct Member {
    limits: Arc<Limits>,
    login: String,
    pub(super) account: Arc<Account>,
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut accounts = self.limits.accounts();
        if let Some((count, _)) = accounts.get_mut(&self.login) {
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
