//! The sessions that are open on this node, so that they end when what opened them is taken away.
//!
//! Knows ids and flags. Sessions that one credential opened share one flag, so that this is as large
//! as there are credentials in use, however many requests they make.

use super::Reason;
use super::certificate::Identity;
use crate::catalog::accounts::Subject;
use crate::catalog::{AccountId, AuthorityId, CredentialId};
use crate::dossier::Scope;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// How long a use is not noted again, in milliseconds.
const MINUTE: i64 = 60_000;
/// Under how many entries nothing is pruned.
const SMALL: usize = 1024;
/// Every scope there is: a credential that reaches none of it signs nobody in.
const ANY: Scope = Scope::FULL.and(Scope::READ).and(Scope::DELIVER).and(Scope::BACKUP);

/// By what a session was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum By {
    /// The account's password of this generation.
    Password(i64),
    /// A key or an app password.
    Credential(CredentialId),
    /// This certificate, which the authority signed, until an instant in Unix milliseconds.
    Certificate { authority: AuthorityId, one: Identity, until: i64 },
}

impl By {
    pub(super) const fn credential(self) -> Option<CredentialId> {
        match self {
            Self::Password(_) | Self::Certificate { .. } => None,
            Self::Credential(id) => Some(id),
        }
    }
}

/// What a session stands on: it ends when this no longer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Ground {
    pub(super) account: AccountId,
    pub(super) by: By,
    pub(super) scope: Scope,
}

impl Ground {
    /// What a subject's password gives it now.
    ///
    /// # Errors
    /// Why it gives nothing.
    pub(super) fn password(subject: &Subject) -> Result<Self, Reason> {
        if subject.shut {
            return Err(Reason::Suspended);
        }
        if subject.machine || subject.password.0.is_none() {
            return Err(Reason::BadCredentials);
        }
        let by = By::Password(subject.generation);
        Ok(Self { account: subject.account, by, scope: subject.scope })
    }

    /// What the credential of a subject gives it now.
    ///
    /// # Errors
    /// Why it gives nothing.
    pub(super) fn credential(subject: &Subject, now: i64) -> Result<Self, Reason> {
        let proof = subject.credential.as_ref().ok_or(Reason::BadCredentials)?;
        if subject.shut {
            return Err(Reason::Suspended);
        }
        if proof.expires.is_some_and(|at| at <= now) {
            return Err(Reason::Expired);
        }
        let scope = proof.scope.within(subject.scope);
        if !scope.has(ANY) {
            return Err(Reason::BadCredentials);
        }
        Ok(Self { account: subject.account, by: By::Credential(proof.id), scope })
    }

    /// What a certificate, whose authority is trusted, gives a subject now.
    ///
    /// # Errors
    /// Why it gives nothing.
    pub(super) fn certificate(subject: &Subject, by: By, now: i64) -> Result<Self, Reason> {
        if subject.shut {
            return Err(Reason::Suspended);
        }
        if subject.machine {
            return Err(Reason::Certificate("machine"));
        }
        let ground = Self { account: subject.account, by, scope: subject.scope };
        if ground.until().is_some_and(|at| at <= now) {
            return Err(Reason::Expired);
        }
        Ok(ground)
    }

    /// When it ends by itself, in Unix milliseconds, as far as it says so.
    const fn until(&self) -> Option<i64> {
        match self.by {
            By::Password(_) | By::Credential(_) => None,
            By::Certificate { until, .. } => Some(until),
        }
    }

    /// Whether a subject that was read again still stands on it. Whether an authority is trusted still is
    /// asked elsewhere.
    pub(super) fn holds(&self, subject: Option<&Subject>, now: i64) -> bool {
        let now = subject.map(|s| match self.by {
            By::Password(_) => Self::password(s),
            By::Credential(_) => Self::credential(s, now),
            By::Certificate { .. } => Self::certificate(s, self.by, now),
        });
        now == Some(Ok(*self))
    }
}

#[derive(Debug)]
struct Entry {
    alive: Weak<AtomicBool>,
    /// At which epoch it was last known to hold.
    seen: i64,
    expires: Option<i64>,
    touched: i64,
}

/// What a new session gets.
pub(super) struct Entered {
    pub(super) alive: Arc<AtomicBool>,
    /// The use of the credential is to be noted.
    pub(super) touch: bool,
}

/// The open sessions of this node.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<Ground, Entry>>);

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, HashMap<Ground, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A flag for a session of this subject, on this ground.
    pub(super) fn enter(&self, ground: Ground, subject: &Subject, now: i64) -> Entered {
        let proof = subject.credential.as_ref();
        let used = proof.and_then(|p| p.last_used).unwrap_or(0);
        let mut all = self.lock();
        if all.len() >= SMALL && all.len() == all.capacity() {
            all.retain(|_, e| e.alive.strong_count() > 0);
            // So that as many come in before this is done again.
            let held = all.len();
            all.reserve(held);
        }
        let entry = all.entry(ground).or_insert_with(|| Entry {
            alive: Weak::new(),
            seen: subject.epoch,
            expires: ground.until().or_else(|| proof.and_then(|p| p.expires)),
            touched: used,
        });
        let open = entry.alive.upgrade().filter(|alive| alive.load(Ordering::Acquire));
        let alive = open.unwrap_or_else(|| Arc::new(AtomicBool::new(true)));
        entry.alive = Arc::downgrade(&alive);
        // What was read before the epoch was raised is looked at again, also when it comes in after.
        entry.seen = entry.seen.min(subject.epoch);
        let past = now - entry.touched.max(used);
        let touch = proof.is_some() && !(0..MINUTE).contains(&past);
        if touch {
            entry.touched = now;
        }
        Entered { alive, touch }
    }

    /// What was not looked at since this epoch.
    pub(super) fn before(&self, epoch: i64) -> Vec<Ground> {
        let mut all = self.lock();
        all.retain(|_, e| e.seen >= epoch || e.alive.strong_count() > 0);
        all.iter().filter(|(_, e)| e.seen < epoch).map(|(ground, _)| *ground).collect()
    }

    /// Ends the sessions whose credential has expired.
    pub(super) fn expire(&self, now: i64) {
        self.end(|_, entry| entry.expires.is_some_and(|at| at <= now));
    }

    /// Notes that a ground was looked at, at an epoch, and whether it still holds.
    pub(super) fn judged(&self, ground: &Ground, epoch: i64, holds: bool) {
        if let Some(entry) = self.lock().get_mut(ground) {
            entry.seen = epoch;
        }
        if !holds {
            self.end(|g, _| g == ground);
        }
    }

    fn end(&self, over: impl Fn(&Ground, &Entry) -> bool) {
        self.lock().retain(|ground, entry| {
            let over = over(ground, entry);
            if over && let Some(alive) = entry.alive.upgrade() {
                alive.store(false, Ordering::Release);
            }
            !over
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::PartyId;
    use crate::catalog::accounts::Hidden;
    use crate::dossier::{Language, PartyKind};

    fn subject(account: i64, epoch: i64) -> Subject {
        Subject {
            account: AccountId(account),
            login: "petra".to_owned(),
            party: PartyId(1),
            kind: PartyKind::Office,
            language: Language::Nl,
            machine: false,
            scope: Scope::FULL,
            password: Hidden(Some(String::new())),
            generation: 1,
            totp: Hidden(None),
            shut: false,
            waiting_root: None,
            epoch,
            credential: None,
        }
    }

    fn enter(sessions: &Sessions, subject: &Subject) -> Arc<AtomicBool> {
        sessions.enter(Ground::password(subject).unwrap(), subject, 0).alive
    }

    #[test]
    fn what_was_read_before_the_epoch_rose_is_looked_at_also_when_it_comes_in_after() {
        let sessions = Sessions::default();
        let early = subject(1, 5);
        let ground = Ground::password(&early).unwrap();
        let first = enter(&sessions, &subject(1, 6));
        assert!(sessions.before(6).is_empty());
        let late = enter(&sessions, &early);
        assert_eq!(sessions.before(6), [ground]);
        sessions.judged(&ground, 6, true);
        assert!(sessions.before(6).is_empty());
        sessions.judged(&ground, 7, false);
        assert!(!first.load(Ordering::Acquire) && !late.load(Ordering::Acquire));
    }

    #[test]
    fn who_comes_in_again_after_an_end_has_a_session_of_its_own() {
        let sessions = Sessions::default();
        let subject = subject(1, 5);
        let ended = enter(&sessions, &subject);
        sessions.judged(&Ground::password(&subject).unwrap(), 6, false);
        assert!(enter(&sessions, &subject).load(Ordering::Acquire));
        assert!(!ended.load(Ordering::Acquire));
    }

    #[test]
    fn closed_sessions_are_forgotten() {
        let sessions = Sessions::default();
        let open = enter(&sessions, &subject(0, 5));
        for account in 1..100_000 {
            drop(enter(&sessions, &subject(account, 5)));
        }
        assert!(sessions.lock().len() < 8 * SMALL);
        assert_eq!(sessions.before(6).len(), 1, "only the open one is of interest");
        assert!(open.load(Ordering::Acquire));
    }
}
