//! How much a party may keep (PRODUCT.md section 7): checked and held before a byte is taken in, and
//! exact in the transaction that makes the change.
//!
//! What is held is known to this node alone: where several writers come by several nodes the transaction
//! still lets no byte through, only later.

use super::door::Door;
use super::place::Place;
use super::{Session, Space};
use crate::catalog::ways::Standing;
use crate::catalog::{Conn, PartyId, history, relations, versions};
use crate::dossier::{Error, Refusal, Result};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// By how much more is held at once for a content whose size nobody has told, in bytes.
const STEP: u64 = 8 << 20;

/// How much a party may keep that has no quota of its own, in bytes; `None` is as much as it likes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Of what is there today.
    pub default: Option<u64>,
    /// Of what was there, as stored.
    pub history: Option<u64>,
}

/// What is held for contents that are on their way.
#[derive(Debug, Default)]
pub(crate) struct Held(Mutex<HashMap<PartyId, u64>>);

/// Room that is held for one content. Given back when dropped.
#[derive(Debug)]
pub(crate) struct Room {
    door: Arc<Door>,
    party: PartyId,
    /// By how many bytes the party's use may grow.
    bytes: u64,
}

impl Room {
    /// Room for a party, of nothing yet.
    pub(crate) const fn of(door: Arc<Door>, party: PartyId) -> Self {
        Self { door, party, bytes: 0 }
    }

    /// Holds room for so many bytes to begin with, where the history has room for what they replace.
    ///
    /// # Errors
    /// As [`Room::hold`].
    pub(crate) async fn admit(&mut self, conn: &mut Conn, bytes: u64) -> Result<()> {
        if let Some(limit) = self.door.quota.history {
            let taken = history::taken(conn, self.party).await?;
            if u64::try_from(taken).unwrap_or(0) > limit {
                return Err(Error::NoSpace);
            }
        }
        self.hold(conn, bytes).await
    }

    /// Holds room for so many bytes in all.
    ///
    /// # Errors
    /// [`Error::NoSpace`] when there is not so much beside what others hold.
    pub(crate) async fn hold(&mut self, conn: &mut Conn, bytes: u64) -> Result<()> {
        if bytes <= self.bytes {
            return Ok(());
        }
        let (used, quota) = space(&self.door, conn, self.party).await?;
        let mut all = self.door.held.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = all.entry(self.party).or_default();
        let others = held.saturating_sub(self.bytes);
        let wanted = used.saturating_add(others).saturating_add(bytes);
        if quota.is_some_and(|quota| wanted > quota) {
            return Err(Error::NoSpace);
        }
        *held = others.saturating_add(bytes);
        self.bytes = bytes;
        Ok(())
    }

    /// The same for a content that grows, some mebibytes ahead where there are so many.
    ///
    /// # Errors
    /// As [`Room::hold`]; [`Error::Unavailable`].
    pub(crate) async fn grow(&mut self, bytes: u64) -> Result<()> {
        if bytes <= self.bytes {
            return Ok(());
        }
        let door = Arc::clone(&self.door);
        let conn = &mut door.db.reader().await?;
        match self.hold(conn, bytes.saturating_add(STEP)).await {
            Err(Error::NoSpace) => self.hold(conn, bytes).await,
            held => held,
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut all = self.door.held.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = all.get_mut(&self.party) {
            *held = held.saturating_sub(self.bytes);
            if *held == 0 {
                all.remove(&self.party);
            }
        }
    }
}

/// For whom what is put in a place counts: an overview, and what is in a set, for whoever puts it.
pub(crate) fn payer(place: &Place, session: &Session) -> PartyId {
    if place.leaf.delivers() || place.is_sets() { session.party } else { place.owner }
}

/// Without room a delivery is refused with its own code.
pub(crate) fn refused(place: &Place, error: Error) -> Error {
    if error == Error::NoSpace && (place.leaf.delivers() || place.is_waiting()) {
        Error::Refused(Refusal::Quota)
    } else {
        error
    }
}

/// How many bytes count for a party, and its quota.
///
/// # Errors
/// [`Error::SessionEnded`] when there is no such party any more.
pub(crate) async fn space(
    door: &Door,
    conn: &mut Conn,
    party: PartyId,
) -> Result<(u64, Option<u64>)> {
    let (used, own) = relations::room(conn, party).await?.ok_or(Error::SessionEnded)?;
    Ok(told(door, used, own))
}

/// The same from what the catalog has.
pub(crate) fn told(door: &Door, used: i64, own: Option<i64>) -> (u64, Option<u64>) {
    let own = own.and_then(|quota| u64::try_from(quota).ok());
    (u64::try_from(used).unwrap_or(0), own.or(door.quota.default))
}

/// The room there is for a viewer, which may have been asked for on the way.
///
/// # Errors
/// [`Error::SessionEnded`], [`Error::Unavailable`].
pub(crate) async fn room(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    standing: Option<&Standing>,
) -> Result<Space> {
    let (used, quota) = match standing {
        Some(standing) => told(door, standing.used, standing.quota),
        None => space(door, conn, session.party).await?,
    };
    Ok(Space { used, quota })
}

/// Takes bytes from a party's room, or gives them back.
///
/// # Errors
/// [`Error::NoSpace`] beyond the quota.
pub(crate) async fn charge(door: &Door, tx: &mut Conn, party: PartyId, bytes: i64) -> Result<()> {
    if bytes <= 0 {
        return versions::add_used(tx, party, bytes).await;
    }
    let default = door.quota.default.and_then(|quota| i64::try_from(quota).ok());
    let fits = versions::charge(tx, party, bytes, default.unwrap_or(i64::MAX)).await?;
    if fits { Ok(()) } else { Err(Error::NoSpace) }
}
