//! Taking a lock, giving it its time again and ending it (RFC 4918 sections 9.10 and 9.11). What a lock holds up
//! is `locking`'s to say.

use super::locking;
use crate::catalog::locks::{self, LockRow};
use crate::catalog::nodes::Row;
use crate::catalog::{Conn, Transaction};
use crate::dossier::{DossierPath, Error, Result, Rights};
use crate::vfs::asked::Asked;
use crate::vfs::attributes::may_change;
use crate::vfs::commit::Commit;
use crate::vfs::delivery::{batch, listed};
use crate::vfs::target::Target;
use crate::vfs::{Conditions, Create, Lock, LockRequest, Session, Vfs};
use crate::vfs::{random_id, write};

/// How long a lock is given when the client does not say, and at most, in seconds.
const TIMEOUT: u32 = 600;
const MAX_TIMEOUT: u32 = 3_600;
/// How many locks an account may hold.
const MAX_LOCKS: i64 = 100;

impl Vfs {
    /// Locks a file or folder. Where nothing is there, an empty file is made with it; true when so.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::Denied`], [`Error::NoParent`], [`Error::TooMany`] over 100 locks of one account,
    /// [`Error::Precondition`].
    pub async fn lock(
        &self,
        session: &Session,
        path: &DossierPath,
        request: LockRequest,
        conditions: &Conditions,
    ) -> Result<(Lock, bool)> {
        let asked = self.asked(session, path, conditions);
        let token = format!("urn:uuid:{}", uuid(&random_id()?));
        let taking = TakeLock { asked: asked.clone(), request, token, empty: None };
        match self.0.db.write(taking.clone()).await {
            Err(Error::NotFound) => {}
            done => return done,
        }
        // Only where nothing is, an object for the empty file is made: whoever comes first has the name.
        let create = Create { make: true, ..Create::default() };
        write::create(asked, create).await?.lock(taking).await
    }

    /// Gives a lock, of which the token was submitted, its time again.
    ///
    /// # Errors
    /// [`Error::Precondition`] when the account holds no such lock there.
    pub async fn refresh_lock(
        &self,
        session: &Session,
        path: &DossierPath,
        timeout: Option<u32>,
        conditions: &Conditions,
    ) -> Result<Lock> {
        let (asked, hold) = (self.asked(session, path, conditions), Hold::Again(timeout));
        self.0.db.write(HeldLock { asked, hold }).await?.ok_or(Error::Precondition)
    }

    /// Ends the lock with this token. What waited for that is taken in; that it is not fails nobody.
    ///
    /// # Errors
    /// [`Error::Precondition`] when the account holds no such lock there.
    pub async fn unlock(
        &self,
        session: &Session,
        path: &DossierPath,
        token: &str,
        conditions: &Conditions,
    ) -> Result<()> {
        let conditions = Conditions { tokens: vec![token.to_owned()], ..conditions.clone() };
        let (asked, hold) = (self.asked(session, path, &conditions), Hold::End);
        self.0.db.write(HeldLock { asked: asked.clone(), hold }).await?;
        let _ = Box::pin(batch::look_again(&asked)).await;
        Ok(())
    }
}

/// What is at a path, and the rows down to it: of what was delivered and is only listed, the document alone.
async fn lockable(asked: &Asked, tx: &mut Conn) -> Result<(Target, Vec<Row>)> {
    let target = asked.existing(tx).await?;
    let now = asked.door.clock.now();
    let chain = match listed::filed(tx, &asked.session, &target.place, now).await? {
        Some(filed) => vec![filed],
        None => target.existing().map(|_| target.chain())?,
    };
    Ok((target, chain))
}

/// Taking a lock on what is there, or on an empty file where nothing is.
#[derive(Clone, Debug)]
pub(in crate::vfs) struct TakeLock {
    asked: Asked,
    request: LockRequest,
    token: String,
    /// The file to make where nothing is.
    pub(in crate::vfs) empty: Option<Commit>,
}

impl Transaction for TakeLock {
    /// The lock, and whether a file was made for it.
    type Output = (Lock, bool);

    async fn run(&self, tx: &mut Conn) -> Result<(Lock, bool)> {
        match (self.on(&self.asked, tx).await, &self.empty) {
            (Err(Error::NotFound), Some(empty)) => {
                // The conditions are of what was there before.
                empty.run(tx).await?;
                let there = self.asked.at(self.asked.path.clone());
                let chain = self.on(&there, tx).await?;
                Ok((self.take(tx, &chain).await?, true))
            }
            (chain, _) => Ok((self.take(tx, &chain?).await?, false)),
        }
    }
}

impl TakeLock {
    /// The rows down to what is to be locked, when the viewer may change it.
    async fn on(&self, asked: &Asked, tx: &mut Conn) -> Result<Vec<Row>> {
        let (target, chain) = lockable(asked, tx).await?;
        if target.found.is_some() {
            may_change(&target, &asked.session)?;
        } else {
            target.writable(&asked.session)?;
        }
        Ok(chain)
    }

    /// Puts the lock on the last of the rows, when no other is in its way.
    async fn take(&self, tx: &mut Conn, chain: &[Row]) -> Result<Lock> {
        let Self { asked, request, token, .. } = self;
        let (session, now) = (&asked.session, asked.door.clock.now());
        let row = chain.last().ok_or(Error::NotFound)?;
        for (above, row) in chain.iter().rev().enumerate() {
            let found = locks::on(tx, row.id, now).await?;
            let meets = |l: &LockRow| above == 0 || l.is_deep();
            if found.iter().any(|l| meets(l) && (l.is_exclusive() || request.exclusive)) {
                return Err(Error::Locked);
            }
        }
        if request.deep && row.is_folder() {
            let found = locks::below(tx, row.id, now).await?;
            if found.iter().any(|l| l.is_exclusive() || request.exclusive) {
                return Err(Error::Locked);
            }
        }
        if locks::count(tx, session.account, now).await? >= MAX_LOCKS {
            return Err(Error::TooMany);
        }
        let timeout_ms = i64::from(timeout(request.timeout)) * 1_000;
        let how = (request.exclusive, request.deep);
        let owner = request.owner.clone();
        let lock = LockRow::new(
            token.clone(),
            row.id,
            session.account,
            how,
            owner,
            timeout_ms,
            now + timeout_ms,
        );
        locks::insert(tx, &lock, now).await?;
        Ok(locking::lock(session, &lock))
    }
}

fn timeout(asked: Option<u32>) -> u32 {
    asked.unwrap_or(TIMEOUT).clamp(1, MAX_TIMEOUT)
}

/// Ending a lock of which the token was submitted, or giving it its time again.
#[derive(Debug)]
struct HeldLock {
    asked: Asked,
    hold: Hold,
}

/// What becomes of a lock.
#[derive(Clone, Copy, Debug)]
enum Hold {
    /// It ends.
    End,
    /// It is given so many seconds again, or as many as the server likes.
    Again(Option<u32>),
}

impl Transaction for HeldLock {
    type Output = Option<Lock>;

    async fn run(&self, tx: &mut Conn) -> Result<Option<Lock>> {
        let Self { asked, hold } = self;
        let (session, now) = (&asked.session, asked.door.clock.now());
        let (target, chain) = lockable(asked, tx).await?;
        // A credential that only reads holds no lock.
        let writes = Rights::WRITE | Rights::PLACE;
        if target.place.leaf.narrows(writes, session.scope) == Rights::NONE {
            return Err(Error::Denied);
        }
        let (above, mut held) = self.held(tx, &chain).await?.ok_or(Error::Precondition)?;
        let Hold::Again(asked) = hold else {
            locks::delete(tx, &held.token, session.account).await?;
            return Ok(None);
        };
        let timeout_ms = i64::from(timeout(*asked)) * 1_000;
        locks::refresh(tx, &held.token, session.account, timeout_ms, now).await?;
        (held.timeout_ms, held.expires) = (timeout_ms, now + timeout_ms);
        Ok(Some(Lock { above, ..locking::lock(session, &held) }))
    }
}

impl HeldLock {
    /// The lock, and how many folders above the last of the rows it lies.
    async fn held(&self, tx: &mut Conn, chain: &[Row]) -> Result<Option<(usize, LockRow)>> {
        let Asked { door, session, conditions, .. } = &self.asked;
        for (above, row) in chain.iter().rev().enumerate() {
            let mine = |l: &LockRow| {
                l.account == session.account
                    && conditions.tokens.contains(&l.token)
                    && (above == 0 || l.is_deep())
            };
            let found = locks::on(tx, row.id, door.clock.now()).await?;
            if let Some(lock) = found.into_iter().find(mine) {
                return Ok(Some((above, lock)));
            }
        }
        Ok(None)
    }
}

/// 32 hex digits in the form of a UUID (RFC 9562), version 4.
fn uuid(hex: &str) -> String {
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}
