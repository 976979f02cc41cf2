//! Forwards: an employee's document in its employer's "shared with the office".

use super::db::{Conn, args, statements};
use super::{EmploymentId, EngagementId, NodeId};
use crate::dossier::Result;

macro_rules! below {
    () => {
        "with recursive below (node) as ( \
            select cast($1 as bigint) \
            union all \
            select p.node from below b join placement p on p.parent = b.node \
                and p.until_ms = 9223372036854775807 and p.forward is null) "
    };
}

statements! {
    INSERT = "insert into forward (node, engagement, employment, moved, from_ms, until_ms) \
         values ($1, $2, $3, $4, $5, 9223372036854775807) returning id";
    OF = "select employment from forward where id = $1";
    // What is forwarded out of a folder (or document) that lies with its owner.
    END_OUT = concat!(below!(), "update forward set until_ms = $2 \
         where until_ms = 9223372036854775807 and node in (select node from below)");
    END_OUT_LINKS = concat!(below!(), "update placement set until_ms = $2 \
         where until_ms = 9223372036854775807 and forward is not null \
         and node in (select node from below)");
    // The links that lie in (or are) something in the employer's "shared with the office".
    LINKS_IN = concat!(below!(), "select p.id, p.forward, p.node from placement p \
         where p.until_ms = 9223372036854775807 and p.forward is not null \
         and p.parent in (select node from below)");
    END = "update forward set until_ms = $2 where id = $1";
    END_LINK = "update placement set until_ms = $2 where forward = $1 \
         and until_ms = 9223372036854775807";
    ORIGIN = "select m.name from forward f join employment m on m.id = f.employment where f.id = $1";
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
    now: i64,
) -> Result<i64> {
    tx.number(INSERT, args![node, engagement, employment, moved, now]).await
}

/// The employment whose document a forward is about.
///
/// # Errors
/// As [`begin`].
pub async fn employment(conn: &mut Conn, forward: i64) -> Result<Option<EmploymentId>> {
    let row: Option<(EmploymentId,)> = conn.one(OF, args![forward]).await?;
    Ok(row.map(|(id,)| id))
}

/// The name of the employee from whom a forward came.
///
/// # Errors
/// As [`begin`].
pub async fn origin(conn: &mut Conn, forward: i64) -> Result<Option<String>> {
    let row: Option<(String,)> = conn.one(ORIGIN, args![forward]).await?;
    Ok(row.map(|(name,)| name))
}

/// Its owner takes something back: whatever of it was forwarded is so no more.
///
/// # Errors
/// As [`begin`].
pub async fn end_out_of(tx: &mut Conn, node: NodeId, now: i64) -> Result<()> {
    tx.run(END_OUT_LINKS, args![node, now]).await?;
    tx.run(END_OUT, args![node, now]).await.map(|_| ())
}

/// The links below a folder: placement, forward, document.
///
/// # Errors
/// As [`begin`].
pub async fn links_in(tx: &mut Conn, folder: NodeId) -> Result<Vec<(i64, i64, NodeId)>> {
    tx.all(LINKS_IN, args![folder]).await
}

/// The employer ends a forward: the document is in its "shared by" view again.
///
/// # Errors
/// As [`begin`].
pub async fn end(tx: &mut Conn, forward: i64, now: i64) -> Result<()> {
    tx.run(END_LINK, args![forward, now]).await?;
    tx.run(END, args![forward, now]).await.map(|_| ())
}
