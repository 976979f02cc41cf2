//! Forwards: an employee's document in its employer's "shared with the office".

use super::db::{Conn, args, statements};
use super::nodes::{self, below};
use super::rows::row;
use super::{EmploymentId, EngagementId, NodeId, PartyId};
use super::{locks, versions, walks};
use crate::dossier::Result;

statements! {
    INSERT = "insert into forward (node, engagement, employment, moved, folder, from_ms, until_ms) \
         values ($1, $2, $3, $4, $5, $6, 9223372036854775807) returning id";
    OF = "select employment from forward where id = $1";
    // What is forwarded out of a folder (or document) that lies with its owner.
    END_OUT = concat!(below!(), "update forward set until_ms = $2 \
         where until_ms = 9223372036854775807 and node in (select node from below)");
    OUT = concat!(below!(), "select l.node, l.name, g.office, g.employer from forward f \
         join placement l on l.forward = f.id and l.until_ms = 9223372036854775807 \
         join engagement g on g.id = f.engagement \
         where f.until_ms = 9223372036854775807 and f.node in (select node from below) order by f.id");
    END_OUT_LINKS = concat!(below!(), "update placement set until_ms = $2 \
         where until_ms = 9223372036854775807 and forward is not null \
         and node in (select node from below)");
    // The folders made for forwarding what is below, the deepest first.
    MADE = concat!(below!(), "select f.folder, p.id from forward f join placement p on p.node = f.folder \
         and p.until_ms = 9223372036854775807 where f.until_ms = 9223372036854775807 \
         and f.node in (select node from below) order by f.id desc");
    END_MADE = concat!(below!(), "update forward set until_ms = $2 \
         where until_ms = 9223372036854775807 and folder in (select node from below)");
    // Links that ended with their document, whose names are still free while the engagement lasts.
    ENDED_WITH = "select f.engagement, f.employment, f.moved, l.parent, l.name, l.name_key, g.up_root, \
         g.office, g.employer \
         from forward f join placement l on l.forward = f.id and l.until_ms = f.until_ms \
         join engagement g on g.id = f.engagement and g.until_ms > $3 \
         where f.node = $1 and f.until_ms = $2 and not exists (select 1 from placement o \
            where o.parent = l.parent and o.kind = '' and o.year = 0 and o.name_key = l.name_key \
                and o.until_ms = 9223372036854775807) order by f.id";
    END = "update forward set until_ms = $2 where id = $1";
    END_LINK = "update placement set until_ms = $2 where forward = $1 \
         and until_ms = 9223372036854775807";
}

row! {
    /// A link that is no more.
    #[derive(Clone, Debug)]
    pub struct Ended {
        /// The document.
        pub node: NodeId,
        /// What employer and office knew it by.
        pub name: String,
        /// The office.
        pub office: PartyId,
        /// The employer.
        pub employer: PartyId,
    }
}

row! {
    /// A link that ended with its document.
    #[derive(Clone, Debug)]
    pub struct EndedWith {
        /// In what.
        pub engagement: EngagementId,
        /// Whose document it is.
        pub employment: EmploymentId,
        moved: i64,
        /// The folder in which it lay.
        pub parent: NodeId,
        /// What employer and office knew it by.
        pub name: String,
        /// By which that is compared.
        pub name_key: String,
        /// The top of what the employer shares with the office.
        pub up_root: NodeId,
        /// The office.
        pub office: PartyId,
        /// The employer.
        pub employer: PartyId,
    }
}

impl EndedWith {
    /// Whether it left the employer's own view.
    pub const fn is_moved(&self) -> bool {
        self.moved != 0
    }
}

/// Forwards a document, or with `moved` takes a folder out of the "shared by" view. Gives the id
/// that its link carries.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`], also for all below.
pub async fn begin(
    tx: &mut Conn,
    node: NodeId,
    engagement: EngagementId,
    employment: EmploymentId,
    moved: bool,
    folder: Option<NodeId>,
    now: i64,
) -> Result<i64> {
    tx.number(INSERT, args![node, engagement, employment, moved, folder, now]).await
}

/// The links to a document that ended at the same instant as it did, and could be there again.
///
/// # Errors
/// As [`begin`].
pub async fn ended_with(
    conn: &mut Conn,
    node: NodeId,
    ended: i64,
    now: i64,
) -> Result<Vec<EndedWith>> {
    conn.all(ENDED_WITH, args![node, ended, now]).await
}

/// The employment whose document a forward is about.
///
/// # Errors
/// As [`begin`].
pub async fn employment(conn: &mut Conn, forward: i64) -> Result<Option<EmploymentId>> {
    let row: Option<(EmploymentId,)> = conn.one(OF, args![forward]).await?;
    Ok(row.map(|(id,)| id))
}

/// Its owner takes something back: whatever of it was forwarded is so no more, and the folders that
/// were made for that go when nothing else is in them. Gives the links that were.
///
/// # Errors
/// As [`begin`].
pub async fn end_out_of(tx: &mut Conn, node: NodeId, now: i64) -> Result<Vec<Ended>> {
    let ended = tx.all(OUT, args![node]).await?;
    tx.run(END_OUT_LINKS, args![node, now]).await?;
    let made = tx.all(MADE, args![node]).await?;
    end_emptied(tx, made, now).await?;
    tx.run(END_OUT, args![node, now]).await?;
    Ok(ended)
}

/// Of folders that were made for forwarding, the deepest first, each with where it lies, those go in which no document
/// lies any more: with what a system left behind there.
///
/// # Errors
/// As [`begin`].
pub(super) async fn end_emptied(tx: &mut Conn, made: Vec<(NodeId, i64)>, now: i64) -> Result<()> {
    for (folder, placement) in made {
        if walks::is_empty(tx, folder).await? {
            locks::delete_below(tx, folder).await?;
            nodes::end_placement(tx, placement, now).await?;
            versions::end_below(tx, folder, now).await?;
        }
    }
    Ok(())
}

/// The employer ends what it forwarded as a folder.
///
/// # Errors
/// As [`begin`].
pub async fn end_made(tx: &mut Conn, folder: NodeId, now: i64) -> Result<()> {
    tx.run(END_MADE, args![folder, now]).await.map(|_| ())
}

/// The employer ends a forward: the document is in its "shared by" view again.
///
/// # Errors
/// As [`begin`].
pub async fn end(tx: &mut Conn, forward: i64, now: i64) -> Result<()> {
    tx.run(END_LINK, args![forward, now]).await?;
    tx.run(END, args![forward, now]).await.map(|_| ())
}
