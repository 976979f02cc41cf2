//! Overviews on their shelves, a kind and a year: what lies on them, and what of that one party placed
//! there. What is asked for one placer takes as long as that is much, whatever others placed there. What is held
//! back lies on a shelf that is never told of (`held`).

use super::db::{Conn, args, statements};
use super::nodes::{self, Row, Slot, columns, seen};
use super::rows::row;
use super::walks::clutter;
use super::{NodeId, PartyId};
use crate::dossier::name::{CLUTTER, CLUTTER_BEGINS, Policy, numbered};
use crate::dossier::{Error, Result};
use std::sync::Arc;

statements! {
    // Of one placer only live rows, as its indexes have them.
    PLACED = concat!(
        "select ", columns!(), " from placement p join node n on n.id = p.node ", seen!(), "\
         where p.parent = $1 and p.kind = $3 and p.year = $4 and p.placer = $5 and p.placer_key = $6 \
            and p.until_ms = 9223372036854775807");
    PLACED_ON = concat!(
        "select ", columns!(), " from placement p join node n on n.id = p.node ", seen!(), "\
         where p.parent = $1 and p.kind = $3 and p.year = $4 and p.placer = $5 and p.placer_key > $6 \
            and p.until_ms = 9223372036854775807 \
         order by p.placer_key limit $7");
    SHELVES = concat!("select distinct p.parent as root, p.kind, p.year from placement p \
         where p.parent in ($1, $7) and p.until_ms = 9223372036854775807 and p.kind <> 'held' \
            and (p.placer = $2 or not ",
        clutter!("coalesce(p.placer_key, p.name_key)", "$3", "$4", "$5", "$6"), ")");
    SHELVES_OF = "select distinct p.parent as root, p.kind, p.year from placement p \
         where p.parent = $1 and p.placer = $2 and p.until_ms = 9223372036854775807 \
            and p.placer_key is not null and p.kind <> 'held'";
    NAME_TAKEN = "select count(*) from placement where parent = $1 and kind = $2 and year = $3 \
         and name_key = $4 and until_ms = 9223372036854775807";
}

row! {
    /// A shelf on which something lies.
    #[derive(Clone, Debug)]
    pub struct Shelf {
        /// The top of the area.
        pub root: NodeId,
        /// The kind's code.
        pub kind: String,
        /// The year.
        pub year: i64,
    }
}

/// The overview that a party placed under a name of its own.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn placed(
    conn: &mut Conn,
    root: NodeId,
    shelf: (&str, i64),
    placer: PartyId,
    key: &str,
) -> Result<Option<Row>> {
    conn.one(PLACED, args![root, super::NOW, shelf.0, shelf.1, placer, key]).await
}

/// What one party placed on a shelf, in the order of the names that it gave, after the key `after`. Takes as
/// long as that is much, whatever others placed there.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn placed_on(
    conn: &mut Conn,
    parent: NodeId,
    shelf: (&str, i64),
    placer: PartyId,
    after: &str,
    limit: i64,
) -> Result<Arc<Vec<Row>>> {
    let args = args![parent, super::NOW, shelf.0, shelf.1, placer, after, limit];
    conn.listed(PLACED_ON, args).await
}

/// Under which kinds and years anything lies in one overviews area or two. What a system left behind is there for
/// the party alone that placed it.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn all(
    conn: &mut Conn,
    (root, other): (NodeId, NodeId),
    viewer: PartyId,
) -> Result<Vec<Shelf>> {
    let [one, two, three] = CLUTTER;
    conn.all(SHELVES, args![root, viewer, CLUTTER_BEGINS, one, two, three, other]).await
}

/// The same of what one party placed there now.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn of(conn: &mut Conn, root: NodeId, placer: PartyId) -> Result<Vec<Shelf>> {
    conn.all(SHELVES_OF, args![root, placer]).await
}

/// Whether a name is taken on a shelf now.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
async fn name_taken(
    conn: &mut Conn,
    parent: NodeId,
    shelf: (&str, i64),
    key: &str,
) -> Result<bool> {
    Ok(conn.number(NAME_TAKEN, args![parent, shelf.0, shelf.1, key]).await? > 0)
}

/// Lets a document lie on a shelf of an area, under names that are free there, in stored form: for its owner,
/// and for its placer. Gives the two.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn place(
    tx: &mut Conn,
    node: NodeId,
    (root, shelf): (NodeId, (&str, i64)),
    stored: &str,
    placer: PartyId,
    now: i64,
) -> Result<(String, String)> {
    let key = |name: &str| Policy::Portable.key(name);
    let slot = |shown: &str, given: &str| Slot {
        parent: root,
        kind: shelf.0.to_owned(),
        year: shelf.1,
        name: shown.to_owned(),
        key: key(shown),
        placer: Some((placer, given.to_owned(), key(given))),
        shown_ms: 0,
    };
    let (mut shown, mut given) = (stored.to_owned(), stored.to_owned());
    match nodes::place(tx, node, &slot(&shown, &given), None, now).await {
        Err(Error::Exists) => {}
        done => return done.map(|()| (shown, given)),
    }
    // One of the two is taken, or both.
    for n in 2.. {
        if !name_taken(tx, root, shelf, &key(&shown)).await? {
            break;
        }
        shown = numbered(stored, false, n);
    }
    for n in 2.. {
        if placed(tx, root, shelf, placer, &key(&given)).await?.is_none() {
            break;
        }
        given = numbered(stored, false, n);
    }
    nodes::place(tx, node, &slot(&shown, &given), None, now).await?;
    Ok((shown, given))
}
