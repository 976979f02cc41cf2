//! Times, shown permissions, dead properties, and taking and ending locks.

use super::asked::Asked;
use super::locking;
use super::resolve::{self, Found};
use super::target::Target;
use super::{Attributes, Lock, LockRequest, PropertyChange, Session, drop, look};
use crate::catalog::deliveries::{self, ListedIn};
use crate::catalog::locks::{self, LockRow};
use crate::catalog::nodes::{self, Row};
use crate::catalog::{Conn, Transaction};
use crate::dossier::{Error, Result, Rights};

/// How long a lock is given when the client does not say, and at most, in seconds.
const TIMEOUT: u32 = 600;
const MAX_TIMEOUT: u32 = 3_600;
/// How many locks an account may hold.
const MAX_LOCKS: i64 = 100;
/// How many dead properties a party may give a node, and how long one may be in bytes.
const MAX_PROPERTIES: usize = 64;
const MAX_PROPERTY: usize = 4_096;

/// Whether the viewer may change what is found.
fn may_change(target: &Target, session: &Session) -> Result<()> {
    let allowed = target.rights(session).has(target.place.to_change());
    let link = target.found.as_ref().is_some_and(|row| row.forward.is_some());
    if allowed && !link { Ok(()) } else { Err(Error::Denied) }
}

/// What is found, when the viewer may change it, its conditions hold and no lock is in the way.
async fn changeable<'t>(asked: &Asked, tx: &mut Conn, target: &'t Target) -> Result<&'t Row> {
    let row = target.existing()?;
    target.meets(&asked.conditions.expect)?;
    may_change(target, &asked.session)?;
    target.unlocked(asked, tx).await?;
    Ok(row)
}

/// Setting times and shown permissions.
#[derive(Debug)]
pub(super) struct SetAttributes {
    pub(super) asked: Asked,
    pub(super) attributes: Attributes,
}

impl Transaction for SetAttributes {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        let Asked { door, session, path, .. } = &self.asked;
        let target = self.asked.existing(tx).await?;
        if target.place.leaf.reads_names() {
            // Clients set the time of what they have just delivered; the receipt has its own.
            look::stat(door, tx, session, path).await?;
            if !target.rights(session).has(Rights::PLACE) {
                return Err(Error::Denied);
            }
            let Some(modified) = self.attributes.modified else { return Ok(()) };
            let folder = target.place.listed_in();
            let at = ListedIn { party: session.party, folder: &folder };
            return deliveries::set_time(tx, at, &target.key, modified, door.clock.now()).await;
        }
        let row = changeable(&self.asked, tx, &target).await?;
        nodes::set_attributes(
            tx,
            row.id,
            self.attributes.modified,
            self.attributes.mode.map(i64::from),
        )
        .await
    }
}

/// Setting and removing dead properties.
#[derive(Debug)]
pub(super) struct PatchProperties {
    pub(super) asked: Asked,
    pub(super) changes: Vec<PropertyChange>,
}

impl Transaction for PatchProperties {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        let session = &self.asked.session;
        let target = self.asked.existing(tx).await?;
        let row = changeable(&self.asked, tx, &target).await?;
        for (name, value) in &self.changes {
            let length = name.len() + value.as_ref().map_or(0, String::len);
            if length > MAX_PROPERTY {
                return Err(Error::TooMany);
            }
            locks::set_property(tx, row.id, session.party, name, value.as_deref()).await?;
        }
        let all = locks::properties(tx, row.id, session.party).await?;
        if all.len() > MAX_PROPERTIES { Err(Error::TooMany) } else { Ok(()) }
    }
}

/// Taking a lock on what is there.
#[derive(Debug)]
pub(super) struct TakeLock {
    pub(super) asked: Asked,
    pub(super) request: LockRequest,
    pub(super) token: String,
}

impl Transaction for TakeLock {
    type Output = Lock;

    async fn run(&self, tx: &mut Conn) -> Result<Lock> {
        let Self { asked, request, token } = self;
        let (session, now) = (&asked.session, asked.door.clock.now());
        let target = asked.existing(tx).await?;
        let mut chain = target.chain();
        if let Some(filed) = drop::filed(tx, session, &target.place, now).await? {
            target.writable(session)?;
            chain.push(filed);
        } else {
            target.existing()?;
            may_change(&target, session)?;
        }
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

/// Ending a lock, or giving it its time again.
#[derive(Debug)]
pub(super) struct HeldLock {
    pub(super) asked: Asked,
    pub(super) token: String,
    pub(super) hold: Hold,
}

/// What becomes of a lock.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hold {
    /// It ends.
    End,
    /// It is given so many seconds again, or as many as the server likes.
    Again(Option<u32>),
}

impl Transaction for HeldLock {
    type Output = Option<Lock>;

    async fn run(&self, tx: &mut Conn) -> Result<Option<Lock>> {
        let Self { asked, token, hold } = self;
        let (session, now) = (&asked.session, asked.door.clock.now());
        session.check()?;
        let chain = self.chain(tx).await?;
        let mut held = None;
        for row in &chain {
            let found = locks::on(tx, row.id, now).await?;
            held = held.or_else(|| {
                found.into_iter().find(|l| l.token == *token && l.account == session.account)
            });
        }
        let held = held.ok_or(Error::Precondition)?;
        let Hold::Again(asked) = hold else {
            locks::delete(tx, token, session.account).await?;
            return Ok(None);
        };
        let timeout_ms = i64::from(timeout(*asked)) * 1_000;
        locks::refresh(tx, token, session.account, timeout_ms, now).await?;
        let mut lock = held;
        (lock.timeout_ms, lock.expires) = (timeout_ms, now + timeout_ms);
        Ok(Some(locking::lock(session, &lock)))
    }
}

impl HeldLock {
    /// What is at the path, and the folders above it; none for the folders of the tree itself. Where
    /// the credential only reads, it holds no lock.
    async fn chain(&self, tx: &mut Conn) -> Result<Vec<Row>> {
        let Asked { door, session, path, .. } = &self.asked;
        look::stat(door, tx, session, path).await?;
        let writes = Rights::WRITE | Rights::PLACE;
        match resolve::resolve(door, tx, session, path).await? {
            Found::Area(place) if place.leaf.narrows(writes, session.scope) == Rights::NONE => {
                Err(Error::Denied)
            }
            Found::Area(place) if place.leaf.reads_names() => {
                let filed = drop::filed(tx, session, &place, door.clock.now()).await?;
                Ok(filed.into_iter().collect())
            }
            Found::Area(place) => resolve::reach(tx, session, &place).await,
            Found::Folder(_) | Found::Nowhere => Ok(Vec::new()),
        }
    }
}
