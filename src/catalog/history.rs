//! What was: which days a party can look back to, and which versions nothing needs any more.

use super::db::{Conn, args, statements};
use super::versions::{Version, version_columns};
use super::{NodeId, PartyId};
use crate::dossier::Result;
use sqlx::FromRow;

statements! {
    CHANGED_DAY = "insert into changed_day (party, area, day) values ($1, $2, $3) \
         on conflict (party, area, day) do nothing";
    DAYS = "select distinct day from changed_day where party = $1 and pruned = 0 \
         and (area = $2 or cast($3 as bigint) = 1) order by day";
    // Of each area the last change up to a day: what is there then is what that day's end left.
    AREAS_AT = "select c.area from changed_day c where c.party = $1 and c.pruned = 0 and c.day = \
         (select max(d.day) from changed_day d where d.party = c.party and d.area = c.area and d.day <= $2)";
    PARTIES = "select distinct party from changed_day where pruned = 0 order by party";
    DAYS_OF = "select area, day from changed_day where party = $1 and pruned = 0 order by day";
    PRUNE = "update changed_day set pruned = 1 where party = $1 and area = $2 and day = $3";
    ENDED = "select id, node, from_ms, until_ms, blob, stored_size from version \
         where id > $1 and until_ms <= $2 order by id limit 1000";
    FORGET = "delete from version where id = $1 and until_ms <= $2";
    USES = "select count(*) from version where blob = $1";
    // The top of the area in which a node lay at an instant.
    TOP_AT = "with recursive up (node) as ( \
            select cast($1 as bigint) \
            union \
            select p.parent from up u join placement p on p.node = u.node and p.forward is null \
                and p.from_ms <= $2 and p.until_ms > $2) \
         select u.node from up u where not exists (select 1 from placement p where p.node = u.node \
            and p.forward is null and p.from_ms <= $2 and p.until_ms > $2)";
    TOPS = "select own_root as top, 'files' as area, id as party from party where own_root is not null \
         union all select backups_root, 'backups', id from party where backups_root is not null \
         union all select overviews_root, 'overviews', id from party where overviews_root is not null \
         union all select sets_root, 'overviews', id from party where sets_root is not null \
         union all select up_root, 'files', employer from engagement \
         union all select down_root, 'files', office from engagement \
         union all select overviews_root, 'overviews', person from employment \
         union all select paper_root, 'overviews', employer from employment \
         union all select up_root, 'files', person from employment \
         union all select down_root, 'files', employer from employment";
    STORED = concat!("select ", version_columns!(), " from version where blob > $1 \
         order by blob, id limit 500");
    TAKEN = "select cast(coalesce(sum(stored_size), 0) as bigint) from version \
         where counts_for = $1 and until_ms < 9223372036854775807";
    LAST_RUN = "select at from maintenance where id = 1";
    RUNS = "update maintenance set at = $2 where id = 1 and at = $1";
}

/// What the history of an area is kept by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shelf {
    /// `/Back-ups`.
    Backups,
    /// A party's other folders of its own.
    Files,
    /// Overviews and sets, which no day shows.
    Overviews,
}

impl Shelf {
    const fn code(self) -> &'static str {
        match self {
            Self::Backups => "backups",
            Self::Files => "files",
            Self::Overviews => "overviews",
        }
    }

    fn of(code: &str) -> Self {
        [Self::Backups, Self::Overviews]
            .into_iter()
            .find(|s| s.code() == code)
            .unwrap_or(Self::Files)
    }
}

/// A version that is no longer the newest, or of something that is gone.
#[derive(Clone, Debug, FromRow)]
pub struct Ended {
    /// The row.
    pub id: i64,
    /// Whose version.
    pub node: NodeId,
    /// From when it was the newest, in Unix milliseconds.
    pub from_ms: i64,
    /// Until when.
    pub until_ms: i64,
    /// The object.
    pub blob: String,
    /// Its size there.
    pub stored_size: i64,
}

/// Notes that a party's own folders changed on a day.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`], also for all below.
pub async fn note_day(tx: &mut Conn, party: PartyId, shelf: Shelf, day: &str) -> Result<()> {
    tx.run(CHANGED_DAY, args![party, shelf.code(), day]).await.map(drop)
}

/// The days on which a party's own folders changed and that are kept, or only those of its backups.
///
/// # Errors
/// As [`note_day`].
pub async fn days(conn: &mut Conn, party: PartyId, backups_only: bool) -> Result<Vec<String>> {
    let args = args![party, Shelf::Backups.code(), !backups_only];
    let rows: Vec<(String,)> = conn.all(DAYS, args).await?;
    Ok(rows.into_iter().map(|(day,)| day).collect())
}

/// For which of a party's folders a day is kept.
///
/// # Errors
/// As [`note_day`].
pub async fn shelves_at(conn: &mut Conn, party: PartyId, day: &str) -> Result<Vec<Shelf>> {
    let rows: Vec<(String,)> = conn.all(AREAS_AT, args![party, day]).await?;
    Ok(rows.into_iter().map(|(area,)| Shelf::of(&area)).collect())
}

/// The parties that have days to look back to.
///
/// # Errors
/// As [`note_day`].
pub async fn parties(conn: &mut Conn) -> Result<Vec<PartyId>> {
    let rows: Vec<(PartyId,)> = conn.all(PARTIES, args![]).await?;
    Ok(rows.into_iter().map(|(party,)| party).collect())
}

/// A party's days, by area.
///
/// # Errors
/// As [`note_day`].
pub async fn days_of(conn: &mut Conn, party: PartyId) -> Result<Vec<(Shelf, String)>> {
    let rows: Vec<(String, String)> = conn.all(DAYS_OF, args![party]).await?;
    Ok(rows.into_iter().map(|(area, day)| (Shelf::of(&area), day)).collect())
}

/// A day shows this area no more, whatever is left of it.
///
/// # Errors
/// As [`note_day`].
pub async fn prune(tx: &mut Conn, party: PartyId, shelf: Shelf, day: &str) -> Result<()> {
    tx.run(PRUNE, args![party, shelf.code(), day]).await.map(drop)
}

/// Versions that had ended by `before`, in the order of their rows, after the row `after`: 1,000 at most.
///
/// # Errors
/// As [`note_day`].
pub async fn ended(conn: &mut Conn, after: i64, before: i64) -> Result<Vec<Ended>> {
    conn.all(ENDED, args![after, before]).await
}

/// Forgets a version that had ended by `before`. The object that nothing is a version of any more.
///
/// # Errors
/// As [`note_day`].
pub async fn forget(tx: &mut Conn, version: &Ended, before: i64) -> Result<Option<String>> {
    if tx.run(FORGET, args![version.id, before]).await? == 0 {
        return Ok(None);
    }
    Ok((!in_use(tx, &version.blob).await?).then(|| version.blob.clone()))
}

/// Whether an object is the content of any version.
///
/// # Errors
/// As [`note_day`].
pub async fn in_use(conn: &mut Conn, blob: &str) -> Result<bool> {
    Ok(conn.number(USES, args![blob]).await? > 0)
}

/// The top of the area in which a node lay at an instant; the node itself when it lay nowhere.
///
/// # Errors
/// As [`note_day`].
pub async fn top_at(conn: &mut Conn, node: NodeId, at: i64) -> Result<NodeId> {
    conn.number(TOP_AT, args![node, at]).await.map(NodeId)
}

/// The top of every area, by what its history is kept and whose it is.
///
/// # Errors
/// As [`note_day`].
pub async fn tops(conn: &mut Conn) -> Result<Vec<(NodeId, Shelf, PartyId)>> {
    let rows: Vec<(NodeId, String, PartyId)> = conn.all(TOPS, args![]).await?;
    Ok(rows.into_iter().map(|(top, area, party)| (top, Shelf::of(&area), party)).collect())
}

/// The versions whose object comes after the object `after`, in the order of the objects: 500 at most.
///
/// # Errors
/// As [`note_day`].
pub async fn stored(conn: &mut Conn, after: &str) -> Result<Vec<Version>> {
    conn.all(STORED, args![after]).await
}

/// How many bytes a party's versions of the past take, as stored.
///
/// # Errors
/// As [`note_day`].
pub async fn taken(conn: &mut Conn, party: PartyId) -> Result<i64> {
    conn.number(TAKEN, args![party]).await
}

/// When the history was last cleared by itself, in Unix milliseconds; 0 is never.
///
/// # Errors
/// As [`note_day`].
pub async fn last_run(conn: &mut Conn) -> Result<i64> {
    conn.number(LAST_RUN, args![]).await
}

/// Notes that it is being cleared now; false when somebody else has begun since `last`.
///
/// # Errors
/// As [`note_day`].
pub async fn runs(tx: &mut Conn, last: i64, now: i64) -> Result<bool> {
    Ok(tx.run(RUNS, args![last, now]).await? == 1)
}
