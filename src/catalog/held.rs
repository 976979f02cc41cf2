//! Deliveries that are held back: nodes on a shelf of their own that no tree has, each with from when it may
//! be seen and what is needed to file it then.

use super::db::{Conn, args, statements};
use super::rows::row;
use super::{AccountId, NodeId};
use crate::dossier::Result;

/// The shelf, in the area that they go to: no kind has this code. Whoever asks which shelves there are is
/// not told of it.
pub const SHELF: (&str, i64) = ("held", 0);

/// How many are fetched at once.
const PAGE: i64 = 500;

macro_rules! columns {
    () => {
        "node, due_ms, account, protocol, kind, year, name, about, version_of"
    };
}

statements! {
    PUT = concat!("insert into held (", columns!(), ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         on conflict (node) do update set due_ms = excluded.due_ms, account = excluded.account, \
            protocol = excluded.protocol, kind = excluded.kind, name = excluded.name, \
            version_of = excluded.version_of");
    ONE = concat!("select ", columns!(), " from held where node = $1 and published is null");
    // As its new version, or elsewhere by the same identity.
    OF = concat!("select ", columns!(), " from held where published is null and node in ( \
            select node from held where version_of = $1 \
            union all \
            select o.node from delivery d join delivery o on o.party = d.party and o.identity = d.identity \
                where d.node = $1 and d.identity <> '')");
    // What nobody can read any more goes with whoever it was for.
    DUE = "select h.due_ms, h.node from held h \
            join version v on v.node = h.node and v.until_ms = 9223372036854775807 \
            join age_key k on k.id = v.age_key and k.destroyed is null \
         where h.due_ms <= $1 and h.published is null \
            and (h.due_ms > $2 or h.due_ms = $2 and h.node > $3) order by h.due_ms, h.node limit $4";
    FORGET = "delete from held where node = $1 and published is null";
    // Nobody saw it on its way to where it was to go: it never was there.
    AIM = "update placement set parent = $2, name = $3, placer_name = $3 where node = $1 and kind = 'held' \
         and until_ms = 9223372036854775807";
    PUBLISHED = "update held set published = $2, version_of = $3 where node = $1";
    BECAME = "select h.version_of from held h join node n on n.id = h.node \
         where n.public_id = $1 and h.published is not null";
    APPEAR = "update node set created = $2 where id = $1";
    // The first version that anybody sees is the first.
    BEFORE = "update version set number = number - 1000000 \
         where node = $1 and until_ms < 9223372036854775807";
    FIRST = "update version set number = 1 where node = $1 and until_ms = 9223372036854775807";
}

row! {
    /// A delivery that is held back.
    #[derive(Clone, Debug)]
    pub struct Held {
        /// The node.
        pub node: NodeId,
        /// From when it may be seen, in Unix milliseconds.
        pub due_ms: i64,
        /// Who delivered it.
        pub account: AccountId,
        /// By which protocol.
        pub protocol: String,
        /// The kind's code, or nothing on paper: the shelf that it goes on.
        pub kind: String,
        /// The year.
        pub year: i64,
        /// The name that it is filed under, in stored form, where that is free.
        pub name: String,
        /// Of whom it is, as the log says it.
        pub about: String,
        /// The document that it is a new version of.
        pub version_of: Option<NodeId>,
    }
}

/// Notes that a delivery is held; of one that was, from when it may be seen now, who delivered it last, and where it
/// goes.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`], also for all below.
pub async fn put(tx: &mut Conn, held: &Held) -> Result<()> {
    let h = held.clone();
    let args = args![
        h.node,
        h.due_ms,
        h.account,
        h.protocol,
        h.kind,
        h.year,
        h.name,
        h.about,
        h.version_of
    ];
    tx.run(PUT, args).await.map(drop)
}

/// One that is still held.
///
/// # Errors
/// As [`put`].
pub async fn one(conn: &mut Conn, node: NodeId) -> Result<Option<Held>> {
    conn.one(ONE, args![node]).await
}

/// What is held of the overview that a document is: as a new version of it, or to be filed elsewhere.
///
/// # Errors
/// As [`put`].
pub async fn of(conn: &mut Conn, node: NodeId) -> Result<Vec<Held>> {
    conn.all(OF, args![node]).await
}

/// Those that may be seen by `now`, each with from when, in that order; of them 500 at most after one.
///
/// # Errors
/// As [`put`].
pub async fn due(conn: &mut Conn, now: i64, after: (i64, NodeId)) -> Result<Vec<(i64, NodeId)>> {
    conn.all(DUE, args![now, after.0, after.1, PAGE]).await
}

/// Forgets that something was held: it was filed as it is, or taken back.
///
/// # Errors
/// As [`put`].
pub async fn forget(tx: &mut Conn, node: NodeId) -> Result<()> {
    tx.run(FORGET, args![node]).await.map(drop)
}

/// From now on it goes to another area, where its placer knows it by this name.
///
/// # Errors
/// As [`put`].
pub async fn aim(tx: &mut Conn, node: NodeId, root: NodeId, name: &str) -> Result<()> {
    tx.run(AIM, args![node, root, name]).await.map(drop)
}

/// Its content became that of a document.
///
/// # Errors
/// As [`put`].
pub async fn published(tx: &mut Conn, node: NodeId, document: NodeId, now: i64) -> Result<()> {
    tx.run(PUBLISHED, args![node, now, document]).await.map(drop)
}

/// The document that what was held under this id became a version of.
///
/// # Errors
/// As [`put`].
pub async fn became(conn: &mut Conn, public_id: &str) -> Result<Option<NodeId>> {
    let row: Option<(NodeId,)> = conn.one(BECAME, args![public_id]).await?;
    Ok(row.map(|(node,)| node))
}

/// To whoever sees it now it is as new as that.
///
/// # Errors
/// As [`put`].
pub async fn appear(tx: &mut Conn, node: NodeId, now: i64) -> Result<()> {
    tx.run(APPEAR, args![node, now]).await?;
    tx.run(BEFORE, args![node]).await?;
    tx.run(FIRST, args![node]).await.map(drop)
}
