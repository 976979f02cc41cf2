//! Looking down: names followed from a root, and what lies in a folder. However long the path, and however much lies
//! there, it is one statement.

use super::db::{Conn, Value, args, statements};
use super::nodes::{Row, columns, seen, told};
use super::{NOW, NodeId, PartyId};
use crate::dossier::Result;
use crate::dossier::name::{CLUTTER, CLUTTER_BEGINS};
use std::sync::Arc;

/// Whether a key is, of a file, that of what a system left behind: what such keys begin with, and are.
macro_rules! clutter {
    ($key:literal, $begins:literal, $one:literal, $two:literal, $three:literal) => {
        concat!(
            "(substr(",
            $key,
            ", 1, 2) = ",
            $begins,
            " or ",
            $key,
            " in (",
            $one,
            ", ",
            $two,
            ", ",
            $three,
            "))"
        )
    };
}
pub(super) use clutter;

/// Where it is asked for, of a folder that was forwarded away: 1 when all that shows in it was. Or of one that was made
/// for what is forwarded: 1 when nothing else is in it.
macro_rules! emptied {
    ($asked:literal, $begins:literal, $one:literal, $two:literal, $three:literal) => {
        concat!(
            "case when cast(", $asked, " as bigint) = 1 and n.folder = 1 and exists (select 1 from forward f \
                where f.node = n.id and f.moved = 1 and f.from_ms <= $2 and f.until_ms > $2) \
             then (with recursive held (node, name_key) as ( \
                select n.id, p.name_key union all \
                select q.node, q.name_key from held h join placement q on q.parent = h.node \
                    and q.from_ms <= $2 and q.until_ms > $2) \
                select min(case when exists (select 1 from forward f where f.node = c.id and f.moved = 1 \
                    and f.from_ms <= $2 and f.until_ms > $2) then cast(1 as bigint) else 0 end) \
                from held h join node c on c.id = h.node \
                where c.folder = 0 and c.pending is null and not ",
            clutter!("h.name_key", $begins, $one, $two, $three), ") \
             when cast(", $asked, " as bigint) = 2 and n.folder = 1 and exists (select 1 from forward f \
                where f.folder = n.id and f.from_ms <= $2 and f.until_ms > $2) \
             then (with recursive held (node, name_key) as ( \
                select n.id, p.name_key union all \
                select q.node, q.name_key from held h join placement q on q.parent = h.node \
                    and q.forward is null and q.from_ms <= $2 and q.until_ms > $2) \
                select min(case when exists (select 1 from forward f where f.folder = c.id \
                    and f.from_ms <= $2 and f.until_ms > $2) then cast(1 as bigint) else 0 end) \
                from held h join node c on c.id = h.node \
                where c.folder = 1 or c.pending is null and not ",
            clutter!("h.name_key", $begins, $one, $two, $three), ") end as emptied"
        )
    };
}

pub(super) use emptied;

/// One step of a walk `w` down: what has the first name of those that are left, each behind its length. After the last
/// comes an empty name, which nothing has.
macro_rules! step {
    ($shelf:literal) => {
        concat!(
            "select w.depth + 1, p.node, p.id, substr(w.rest, 6 + cast(substr(w.rest, 1, 5) as integer)) \
             from walk w join placement p on p.parent = w.node and ", $shelf, " \
                and p.name_key = substr(w.rest, 6, cast(substr(w.rest, 1, 5) as integer)) \
                and p.from_ms <= $2 and p.until_ms > $2"
        )
    };
}

/// Follows names down, now or `then`.
macro_rules! walk {
    ($($then:ident)?) => {
        concat!(
            "with recursive walk (depth, node, placement, rest) as ( \
                select cast(0 as bigint), cast($1 as bigint), cast(0 as bigint), cast($5 as text) \
                union all ",
                step!("p.kind = case w.depth when 0 then cast($3 as text) else '' end \
                    and p.year = case w.depth when 0 then cast($4 as bigint) else 0 end"), ") \
             select ", told!($($then)?), ", ", emptied!("$6", "$7", "$8", "$9", "$10"), " \
                from walk w join node n on n.id = w.node join placement p on p.id = w.placement ", seen!($($then)?),
            "order by w.depth"
        )
    };
}

/// What lies in a folder, now or `then`.
macro_rules! children {
    ($($then:ident)?) => {
        concat!(
            "select ", told!($($then)?), ", ", emptied!("$12", "$8", "$9", "$10", "$11"), " \
                from placement p join node n on n.id = p.node ", seen!($($then)?), "\
             where p.parent = $1 and p.kind = $3 and p.year = $4 and p.name_key > $5 \
                and p.from_ms <= $2 and p.until_ms > $2 \
                and ($7 = 1 or n.folder = 1 or not ", clutter!("p.name_key", "$8", "$9", "$10", "$11"), ") \
             order by p.name_key limit $6"
        )
    };
}

statements! {
    WALK = walk!();
    WALK_THEN = walk!(then);
    // Of one placer only live rows, as its indexes have them.
    WALK_PLACED = concat!(
        "with recursive walk (depth, node, placement, rest) as ( \
            select cast(0 as bigint), p.node, p.id, cast($7 as text) from placement p \
            where p.parent = $1 and p.kind = $3 and p.year = $4 and p.placer = $5 and p.placer_key = $6 \
                and p.until_ms = 9223372036854775807 \
            union all ", step!("p.kind = '' and p.year = 0"), ") \
         select ", columns!(), " from walk w join node n on n.id = w.node \
            join placement p on p.id = w.placement ", seen!(), "\
         order by w.depth");
    CHILDREN = children!();
    CHILDREN_THEN = children!(then);
    // What is still coming is its account's alone: its name stops nobody else.
    LONGEST = "with recursive below (node, bytes) as ( \
            select cast($1 as bigint), cast(0 as bigint) \
            union all \
            select p.node, b.bytes + 1 + octet_length(p.name) from below b join placement p on p.parent = b.node \
                and p.until_ms = 9223372036854775807 join node n on n.id = p.node and n.pending is null) \
         select max(bytes) from below";
    HOLDS = concat!(
        "select count(*) from (select p.id from placement p join node n on n.id = p.node \
            where p.parent = $1 and p.until_ms = 9223372036854775807 \
                and (n.folder = 1 or n.pending is null and not ",
        clutter!("p.name_key", "$2", "$3", "$4", "$5"), ") limit 1) as h");
}

/// Names as [`step!`] takes them.
fn names(keys: &[String]) -> String {
    let counted = keys.iter().map(|key| format!("{:05}{key}", key.chars().count()));
    counted.chain(["00000".into()]).collect::<Vec<_>>().concat()
}

/// Which folders it is told of that nothing in them is left to see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Emptied {
    /// It is not asked.
    #[default]
    Unasked,
    /// Those that were forwarded away with all that is in them.
    ForwardedAway,
    /// Those that were made for what is forwarded, and hold nothing else.
    MadeForForwards,
}

impl From<Emptied> for Value {
    fn from(asked: Emptied) -> Self {
        Self::from(match asked {
            Emptied::Unasked => 0,
            Emptied::ForwardedAway => 1,
            Emptied::MadeForForwards => 2_i64,
        })
    }
}

/// Follows names down from a root; a row per name found, so fewer rows than names means that the
/// first without one is not there. `shelf` is the kind and year of the first.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`], also for all below.
pub async fn walk(
    conn: &mut Conn,
    root: NodeId,
    at: i64,
    shelf: (&str, i64),
    keys: &[String],
) -> Result<Vec<Row>> {
    follow(conn, root, at, shelf, keys, Emptied::Unasked).await
}

/// The same, and it is told which folders are emptied.
///
/// # Errors
/// As [`walk`].
pub async fn follow(
    conn: &mut Conn,
    root: NodeId,
    at: i64,
    shelf: (&str, i64),
    keys: &[String],
    emptied: Emptied,
) -> Result<Vec<Row>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let [one, two, three] = CLUTTER;
    let args =
        args![root, at, shelf.0, shelf.1, names(keys), emptied, CLUTTER_BEGINS, one, two, three];
    conn.all(if at == NOW { WALK } else { WALK_THEN }, args).await
}

/// The same from what a party placed on a shelf under a name of its own, the first; what is below has one name.
///
/// # Errors
/// As [`walk`].
pub async fn walk_placed(
    conn: &mut Conn,
    root: NodeId,
    shelf: (&str, i64),
    placer: PartyId,
    keys: &[String],
) -> Result<Vec<Row>> {
    let Some((first, below)) = keys.split_first() else { return Ok(Vec::new()) };
    let args = args![root, NOW, shelf.0, shelf.1, placer, first, names(below)];
    conn.all(WALK_PLACED, args).await
}

/// What is told of what lies in a folder.
#[derive(Clone, Copy, Debug, Default)]
pub struct With {
    /// Also what systems left behind there.
    pub clutter: bool,
    /// Also which folders are emptied.
    pub emptied: Emptied,
}

/// What lies in a folder, in the order of its keys, after the key `after`.
///
/// # Errors
/// As [`walk`].
pub async fn children(
    conn: &mut Conn,
    parent: NodeId,
    at: i64,
    shelf: (&str, i64),
    (after, limit): (&str, i64),
    With { clutter, emptied }: With,
) -> Result<Arc<Vec<Row>>> {
    let [one, two, three] = CLUTTER;
    let args = args![
        parent,
        at,
        shelf.0,
        shelf.1,
        after,
        limit,
        clutter,
        CLUTTER_BEGINS,
        one,
        two,
        three,
        emptied
    ];
    conn.listed(if at == NOW { CHILDREN } else { CHILDREN_THEN }, args).await
}

/// Whether no document and no folder lies in a folder now: what a system left behind and what is still coming is none.
///
/// # Errors
/// As [`walk`].
pub async fn is_empty(conn: &mut Conn, folder: NodeId) -> Result<bool> {
    let [one, two, three] = CLUTTER;
    Ok(conn.number(HOLDS, args![folder, CLUTTER_BEGINS, one, two, three]).await? == 0)
}

/// How many bytes the longest path from a folder down has, without the folder's own.
///
/// # Errors
/// As [`walk`].
pub async fn longest_below(conn: &mut Conn, folder: NodeId) -> Result<i64> {
    conn.number(LONGEST, args![folder]).await
}
