//! Locks (RFC 4918 sections 6 and 7): who must show which token before a change is made. The same
//! for every protocol; SFTP has no tokens to show.

use crate::catalog::locks::{self, LockRow};
use crate::catalog::nodes::{self, Row};
use crate::catalog::{Conn, NOW, NodeId};
use crate::dossier::{Error, Result};
use crate::vfs::asked::Asked;
use crate::vfs::look::entry;
use crate::vfs::place::Place;
use crate::vfs::{Entry, Lock, Session, resolve};

/// What a change touches, so that locks on it stand in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touch {
    /// The content or the properties of the last row.
    Content,
    /// The members of the last row, a folder: one is added.
    Members,
    /// The last row itself: it is moved or deleted with all below it, and leaves its folder.
    Whole,
}

/// Checks that whatever lock stands in the way of a change has its token submitted. `chain` goes from
/// just below the root of the area down to what is touched. A link is no part of the document that it
/// leads to: a lock on that does not hold it.
///
/// # Errors
/// [`Error::Locked`].
pub(crate) async fn check(
    asked: &Asked,
    conn: &mut Conn,
    chain: &[Row],
    touch: Touch,
) -> Result<()> {
    let now = asked.door.clock.now();
    for (above, row) in chain.iter().rev().enumerate() {
        let reached = |lock: &LockRow| match above {
            0 => true,
            1 => lock.is_deep() || touch == Touch::Whole,
            _ => lock.is_deep(),
        };
        if row.has_locks() && row.forward.is_none() {
            let mut found = locks::on(conn, row.id, now).await?;
            found.retain(reached);
            require_token(asked, &found)?;
        }
    }
    Ok(())
}

/// Checks the locks on and below what is moved or deleted with all that is below it. What the viewer does not see in
/// it, another's clutter, stands in nobody's way.
///
/// # Errors
/// [`Error::Locked`].
pub(crate) async fn check_below(
    asked: &Asked,
    conn: &mut Conn,
    place: &Place,
    folder: &Row,
) -> Result<()> {
    let mut found = locks::below(conn, folder.id, asked.door.clock.now()).await?;
    if !found.is_empty() {
        let all = nodes::subtree(conn, folder, NOW).await?;
        let seen = resolve::seen(&asked.session, place, all);
        found.retain(|lock| seen.iter().any(|row| row.id == lock.node));
    }
    found.into_iter().try_for_each(|lock| require_token(asked, &[lock]))
}

/// One of the locks on a node must be the account's own, with its token submitted.
fn require_token(asked: &Asked, found: &[LockRow]) -> Result<()> {
    let Asked { session, conditions, .. } = asked;
    let mine = |l: &LockRow| l.account == session.account && conditions.tokens.contains(&l.token);
    if found.is_empty() || found.iter().any(mine) { Ok(()) } else { Err(Error::Locked) }
}

/// Locks on what waited go to what it became: a client that locked a name before it sent the content sets times
/// and ends the lock afterwards.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn carry(tx: &mut Conn, held: Vec<LockRow>, to: NodeId, now: i64) -> Result<()> {
    for mut lock in held {
        lock.node = to;
        locks::insert(tx, &lock, now).await?;
    }
    Ok(())
}

/// The locks that a viewer is shown on the last row of a chain: its own, and deep ones from above.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn shown(
    conn: &mut Conn,
    session: &Session,
    chain: &[Row],
    now: i64,
) -> Result<Vec<Lock>> {
    Ok(of_chain(session, chain, &locks::on_any(conn, &locked(chain), now).await?))
}

/// Those of the rows that have locks.
pub(crate) fn locked(chain: &[Row]) -> Vec<NodeId> {
    chain.iter().filter(|row| row.has_locks()).map(|row| row.id).collect()
}

/// The same of the locks that were found on the rows of a chain.
pub(crate) fn of_chain(session: &Session, chain: &[Row], found: &[LockRow]) -> Vec<Lock> {
    let mut all = Vec::new();
    for (above, row) in chain.iter().rev().enumerate() {
        let reach = found.iter().filter(|l| l.node == row.id && (above == 0 || l.is_deep()));
        all.extend(reach.map(|l| Lock { above, ..lock(session, l) }));
    }
    all
}

/// Rows below a chain as entries, each with the locks on it and those that reach it, and the locks on the last of the
/// chain.
pub(crate) fn entries(
    place: &Place,
    session: &Session,
    (chain, rows): (&[Row], &[Row]),
    held: &[LockRow],
) -> (Vec<Entry>, Vec<Lock>) {
    let own = of_chain(session, chain, held);
    let above = reaching(&own);
    let entries = rows.iter().map(|row| {
        let locks = of_entry(session, &above, held, Some(row.id));
        Entry { locks, ..entry(place, session, row) }
    });
    (entries.collect(), own)
}

/// Of the locks on a folder those that reach what is in it, as they are seen from there.
pub(crate) fn reaching(folder: &[Lock]) -> Vec<Lock> {
    let deep = folder.iter().filter(|lock| lock.deep);
    deep.map(|lock| Lock { above: lock.above + 1, ..lock.clone() }).collect()
}

/// The locks on something in a folder: those that reach it from above, and of those that were found its own.
pub(crate) fn of_entry(
    session: &Session,
    above: &[Lock],
    found: &[LockRow],
    node: Option<NodeId>,
) -> Vec<Lock> {
    let own = found.iter().filter(|row| Some(row.node) == node).map(|row| lock(session, row));
    above.iter().cloned().chain(own).collect()
}

/// A lock as a viewer sees it: the token and the owner only of its own, and not by a credential that
/// only reads.
pub(crate) fn lock(session: &Session, row: &LockRow) -> Lock {
    let mine = row.account == session.account && session.scope.writes();
    Lock {
        token: mine.then(|| row.token.clone()),
        exclusive: row.is_exclusive(),
        deep: row.is_deep(),
        owner: if mine { row.owner.clone() } else { String::new() },
        timeout: u32::try_from(row.timeout_ms / 1000).unwrap_or(0),
        above: 0,
    }
}
