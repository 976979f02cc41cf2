//! What clients set on a file or folder to have it shown again: times, permissions, bits of Windows.
//!
//! Knows that earlier days show what was set then. Must not know who may set it.

use super::NodeId;
use super::db::{Conn, args, statements};
use super::nodes::Row;
use crate::dossier::{Result, day};

statements! {
    SET_TIME = "update version set mtime = $2 where node = $1 and until_ms = 9223372036854775807";
    SET_NODE = "update node set mtime = coalesce($2, mtime), mode = coalesce($3, mode), \
         noted_created = coalesce($4, noted_created), noted_accessed = coalesce($5, noted_accessed), \
         noted_bits = coalesce($6, noted_bits) where id = $1";
    // Unless nothing changes that could have been asked for: `$3` is the last instant that could.
    KEEP_SHOWN = "insert into shown_before (node, version, version_mtime, mtime, mode, noted_created, \
            noted_accessed, noted_bits, from_ms, until_ms) \
         select n.id, v.id, v.mtime, n.mtime, n.mode, n.noted_created, n.noted_accessed, n.noted_bits, \
            coalesce((select max(s.until_ms) from shown_before s where s.node = n.id), 0), cast($2 as bigint) \
         from node n left join version v on v.node = n.id and v.until_ms = 9223372036854775807 \
         where n.id = $1 and not exists (select 1 from shown_before s where s.node = n.id and s.until_ms > $3) \
            and ((n.created <= $3 and cast($4 as bigint) = 1) or (v.from_ms <= $3 and cast($5 as bigint) = 1))";
}

/// What clients set on a file or folder to have it shown again; `None` leaves what there is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shown {
    /// Its time, in Unix milliseconds.
    pub modified: Option<i64>,
    /// Permission bits.
    pub mode: Option<i64>,
    /// When it was made, in Unix milliseconds.
    pub created: Option<i64>,
    /// When it was last read, in Unix milliseconds.
    pub accessed: Option<i64>,
    /// Bits of Windows.
    pub bits: Option<i64>,
}

/// Sets what is shown of a file or folder that is new.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn set(tx: &mut Conn, node: NodeId, shown: Shown) -> Result<()> {
    let Shown { modified, mode, created, accessed, bits } = shown;
    if let Some(modified) = modified {
        tx.run(SET_TIME, args![node, modified]).await?;
    }
    tx.run(SET_NODE, args![node, modified, mode, created, accessed, bits]).await.map(|_| ())
}

/// The same from now on: what was there before is shown as it was.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn change(tx: &mut Conn, row: &Row, shown: Shown, now: i64) -> Result<()> {
    let differs = |new: Option<i64>, was: Option<i64>| new.is_some() && new != was;
    let time = differs(shown.modified, Some(row.modified()));
    let noted = differs(shown.mode, row.mode)
        || differs(shown.created, row.noted_created)
        || differs(shown.accessed, row.noted_accessed)
        || differs(shown.bits, row.noted_bits);
    let (node, version) = (noted || (time && row.is_folder()), time && !row.is_folder());
    if node || version {
        tx.run(KEEP_SHOWN, args![row.id, now, day::minute(now), node, version]).await?;
    }
    set(tx, row.id, shown).await
}
