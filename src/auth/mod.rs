//! Turns a login and a proof into a [`Session`]. Nothing gets past without one.
//!
//! Knows what proves an account, and that proofs are guessed at. Must not know any protocol beyond its
//! name, nor what a session may do with the dossier: `dossier` does.

mod admin;
mod app_password;
mod certificate;
mod failure;
mod key;
mod offer;
mod password;
mod second;
mod sessions;
mod throttle;
mod totp;

pub use crate::catalog::accounts::Account;
pub use crate::catalog::authorities::Authority;
pub use crate::catalog::credentials::Credential;
pub use admin::{Admin, NewAppPassword};
pub use offer::Unfit;
pub use password::Config;
pub use second::{Half, Progress};

use crate::catalog::Db;
use crate::catalog::accounts::{self, Hidden, Subject};
use crate::catalog::authorities;
use crate::catalog::credentials::{CredentialKind, Touch};
use crate::clock::Clock;
use crate::dossier;
use crate::net::source;
use crate::vfs::{Protocol, Session};
use app_password::AppPassword;
use aws_lc_rs::hmac;
use failure::{Reason, report};
use ipnet::IpNet;
use password::Pool;
use sessions::{By, Ground, Sessions};
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use throttle::{Tag, Throttle};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// Where an attempt to sign in comes from.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// By which protocol.
    pub protocol: Protocol,
    /// The real address of the client.
    pub address: IpAddr,
}

/// Why nobody was signed in. Unknown login, wrong secret and suspended account are one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Login and proof do not belong together.
    #[error("bad credentials")]
    Refused,
    /// Too many failures: wait so many seconds.
    #[error("throttled")]
    Throttled(u32),
    /// No room to check a password now: try again in so many seconds.
    #[error("busy")]
    Busy(u32),
}

/// Checks credentials. Cheap to clone.
#[derive(Clone)]
pub struct Auth(Arc<Inner>);

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").finish_non_exhaustive()
    }
}

struct Inner {
    db: Db,
    clock: Clock,
    /// Seals app passwords.
    pepper: hmac::Key,
    /// Of this process alone: knows a password again without keeping it.
    memory: hmac::Key,
    pool: Pool,
    throttle: Mutex<Throttle>,
    right: Mutex<HashMap<Tag, i64>>,
    sessions: Sessions,
}

/// For how long a right password is remembered, in milliseconds.
const REMEMBERED: i64 = 60_000;
/// How many right passwords are remembered at most.
const RIGHT: usize = 10_000;
/// After how many seconds who found no room is to try again.
const RETRY: u32 = 2;
/// No login is longer; of what is, this much is looked at.
const LOGIN: usize = 256;

/// Somebody who wants in.
struct Attempt {
    /// As it was given.
    login: String,
    /// The login as it is compared.
    key: String,
    source: IpNet,
    origin: Origin,
}

impl Attempt {
    fn new(login: &str, origin: Origin) -> Self {
        let login = login.get(..login.floor_char_boundary(LOGIN)).unwrap_or_default();
        let source = source(origin.address);
        Self { login: login.to_owned(), key: dossier::login::key(login), source, origin }
    }
}

impl Auth {
    /// `pepper` is the program's own secret: app passwords and passwords are worth nothing without.
    pub fn new(db: Db, clock: Clock, pepper: [u8; 32], config: Config) -> Self {
        let salt = argon2::password_hash::generate_salt();
        Self(Arc::new(Inner {
            db,
            clock,
            pepper: hmac::Key::new(hmac::HMAC_SHA256, &pepper),
            memory: hmac::Key::new(hmac::HMAC_SHA256, &[&pepper[..], &salt].concat()),
            pool: Pool::new(Hidden(pepper), config),
            throttle: Mutex::new(Throttle::new()),
            right: Mutex::default(),
            sessions: Sessions::default(),
        }))
    }

    /// Signs in with an app password or the account's password, which a code may have to follow.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn password(
        &self,
        login: &str,
        secret: &str,
        origin: Origin,
    ) -> Result<Progress, Denied> {
        let attempt = Attempt::new(login, origin);
        if let Some(app) = AppPassword::parse(secret) {
            return self.app_password(&attempt, app, secret).await.map(Progress::In);
        }
        let Some(password) = password::normal(secret) else {
            return Err(self.wrong(&attempt, [0; 32], Reason::BadCredentials));
        };
        // Runs to its end also when the client has gone, so that every guess is counted.
        let auth = self.clone();
        let check = tokio::spawn(async move { auth.account_password(&attempt, password).await });
        check.await.unwrap_or(Err(Denied::Busy(RETRY)))
    }

    /// Until it is told to stop, looks once a second for what was taken away, by whatever process, and
    /// ends the sessions that stood on it.
    pub async fn watch(&self, stop: CancellationToken) {
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let look = async {
            loop {
                tick.tick().await;
                // Without a database no session gets anything done; the catalog has logged the cause.
                let _ = self.look_again().await;
            }
        };
        stop.run_until_cancelled(look).await;
    }

    async fn look_again(&self) -> dossier::Result<()> {
        let now = self.0.clock.now();
        self.0.sessions.expire(now);
        let mut conn = self.0.db.reader().await?;
        let epoch = accounts::epoch(&mut conn).await?;
        for ground in self.0.sessions.before(epoch) {
            let credential = ground.by.credential();
            let subject = accounts::again(&mut conn, ground.account, credential).await?;
            let trusted = match ground.by {
                By::Certificate { authority, one, .. } => {
                    let marks = &one.marks();
                    authorities::vouches(&mut conn, authority, ground.account, marks).await?
                }
                By::Password(_) | By::Credential(_) => true,
            };
            let holds = trusted && ground.holds(subject.as_ref(), now);
            self.0.sessions.judged(&ground, epoch, holds);
        }
        Ok(())
    }

    /// What the credential of a subject gives it now, from there.
    fn ground(&self, subject: Option<&Subject>, origin: Origin) -> Result<Ground, Reason> {
        let subject = subject.ok_or(Reason::BadCredentials)?;
        let networks = subject.credential.as_ref().map_or("", |c| &c.networks);
        if !key::admits(networks, origin.address) {
            return Err(Reason::Network);
        }
        Ground::credential(subject, self.0.clock.now())
    }

    /// A right app password passes also where guessing is throttled.
    async fn app_password(
        &self,
        attempt: &Attempt,
        app: AppPassword<'_>,
        text: &str,
    ) -> Result<Session, Denied> {
        let subject = self.subject(attempt, Some((CredentialKind::AppPassword, app.id))).await?;
        let proof = subject.as_ref().and_then(|s| s.credential.as_ref());
        let right = app.fits(&self.0.pepper, proof.map_or(&[0; 32][..], |p| &p.secret.0));
        let ground = self.ground(subject.as_ref().filter(|_| right), attempt.origin);
        match (ground, subject) {
            (Ok(ground), Some(subject)) => Ok(self.open(subject, ground, attempt.origin)),
            (ground, _) => {
                let tag = self.tag(attempt, None, text);
                Err(self.wrong(attempt, tag, reason(ground)))
            }
        }
    }

    /// The same steps, at the same cost, for whoever is there and whoever is not.
    async fn account_password(
        &self,
        attempt: &Attempt,
        password: Zeroizing<String>,
    ) -> Result<Progress, Denied> {
        self.may_guess(attempt)?;
        let subject = self.subject(attempt, None).await?;
        let ground = subject.as_ref().ok_or(Reason::BadCredentials).and_then(Ground::password);
        let tag = self.tag(attempt, subject.as_ref(), &password);
        if let (Ok(ground), Some(subject)) = (ground, &subject)
            && self.remembers(&tag)
        {
            return Ok(self.advance(subject.clone(), ground, attempt));
        }
        if self.throttle().repeated(&attempt.key, attempt.source, &tag) {
            return Err(self.wrong(attempt, tag, reason(ground)));
        }
        let turn = self.0.pool.turn().await.ok_or(Denied::Busy(RETRY))?;
        // Whoever waited meets the failures of those before it.
        self.may_guess(attempt)?;
        self.take_turn(attempt)?;
        let phc = ground.ok().and(subject.as_ref()).and_then(|s| s.password.0.clone());
        let right = self.0.pool.fits(&turn, password, phc).await;
        match (ground, subject) {
            (Ok(ground), Some(subject)) if right => {
                self.remember(tag);
                Ok(self.advance(subject, ground, attempt))
            }
            _ => Err(self.wrong(attempt, tag, reason(ground))),
        }
    }

    async fn subject(
        &self,
        attempt: &Attempt,
        credential: Option<(CredentialKind, &str)>,
    ) -> Result<Option<Subject>, Denied> {
        // Not every database takes every text, and no account has such a login.
        if !dossier::login::is_valid(&attempt.key) {
            return Ok(None);
        }
        let read = async {
            let mut conn = self.0.db.reader().await?;
            accounts::subject(&mut conn, &attempt.key, credential).await
        };
        read.await.map_err(|_| Denied::Busy(RETRY))
    }

    fn open(&self, subject: Subject, ground: Ground, origin: Origin) -> Session {
        let now = self.0.clock.now();
        let entered = self.0.sessions.enter(ground, &subject, now);
        let credential = ground.by.credential();
        if let Some(credential) = credential.filter(|_| entered.touch) {
            let db = self.0.db.clone();
            tokio::spawn(async move { db.write(Touch { credential, at: now }).await });
        }
        tracing::debug!(target: "auth", proto = %origin.protocol, user = subject.login, "signed in");
        Session {
            account: subject.account,
            login: subject.login,
            party: subject.party,
            kind: subject.kind,
            language: subject.language,
            scope: ground.scope,
            credential,
            protocol: origin.protocol,
            address: origin.address,
            alive: entered.alive,
            waiting_root: subject.waiting_root,
        }
    }

    /// Counts and logs a guess that was wrong.
    fn wrong(&self, attempt: &Attempt, tag: Tag, reason: Reason) -> Denied {
        if let Err(denied) = self.may_guess(attempt) {
            return denied;
        }
        report(&attempt.login, attempt.origin, reason);
        self.throttle().failed(&attempt.key, attempt.source, tag, self.0.clock.now());
        Denied::Refused
    }

    fn may_guess(&self, attempt: &Attempt) -> Result<(), Denied> {
        let wait = self.throttle().wait(&attempt.key, attempt.source, self.0.clock.now());
        wait.map_or(Ok(()), |seconds| Err(throttled(attempt, seconds)))
    }

    fn take_turn(&self, attempt: &Attempt) -> Result<(), Denied> {
        let turn = self.throttle().turn(&attempt.key, self.0.clock.now());
        turn.map_err(|seconds| throttled(attempt, seconds))
    }

    /// Knows a secret again: from this source, for this account as it is now.
    fn tag(&self, attempt: &Attempt, subject: Option<&Subject>, secret: &str) -> Tag {
        let (account, generation) = subject.map_or((0, 0), |s| (s.account.0, s.generation));
        let shut = subject.is_some_and(|s| s.shut);
        let mut context = hmac::Context::with_key(&self.0.memory);
        context.update(&account.to_be_bytes());
        context.update(&generation.to_be_bytes());
        context.update(&[u8::from(shut), attempt.source.prefix_len()]);
        context.update(attempt.source.addr().to_string().as_bytes());
        context.update(&[0]);
        context.update(secret.as_bytes());
        context.sign().as_ref().try_into().unwrap_or_default()
    }

    fn remembers(&self, tag: &Tag) -> bool {
        let now = self.0.clock.now();
        self.right().get(tag).is_some_and(|at| (0..REMEMBERED).contains(&(now - at)))
    }

    fn remember(&self, tag: Tag) {
        let now = self.0.clock.now();
        let mut right = self.right();
        if right.len() >= RIGHT {
            right.retain(|_, at| (0..REMEMBERED).contains(&(now - *at)));
        }
        if right.len() < RIGHT {
            right.insert(tag, now);
        }
    }

    fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.0.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn right(&self) -> MutexGuard<'_, HashMap<Tag, i64>> {
        self.0.right.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why there is no session: a ground by itself proves nothing.
fn reason(ground: Result<Ground, Reason>) -> Reason {
    ground.err().unwrap_or(Reason::BadCredentials)
}

fn throttled(attempt: &Attempt, seconds: u32) -> Denied {
    report(&attempt.login, attempt.origin, Reason::Throttled);
    Denied::Throttled(seconds)
}
