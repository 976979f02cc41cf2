//! Forwarding: an employee's document becomes visible to the office, as a link in what the employer
//! shares with it. The document stays where it is.

use crate::catalog::nodes::{self, Row, Slot};
use crate::catalog::{Conn, NOW, NodeId, forwards, relations};
use crate::dossier::{Deed, DossierPath, Error, Leaf, Result, Rights};
use crate::vfs::asked::Asked;
use crate::vfs::door::Door;
use crate::vfs::journal::{self, Subject};
use crate::vfs::resolve::{self, Found};
use crate::vfs::target::{self, Target};
use crate::vfs::{Session, random_id};
use std::collections::HashMap;

/// The public ids of the folders that a forward makes: enough of them, made beforehand, because a
/// transaction may run more than once.
#[derive(Clone, Debug, Default)]
pub(in crate::vfs) struct Forwarding(pub(super) Vec<String>);

impl Forwarding {
    /// Those of what is asked for, were moving it a forward.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(super) async fn of(asked: &Asked) -> Result<Self> {
        let Asked { door, session, path, .. } = asked;
        let folders = folders(door, &mut door.db.reader().await?, session, path).await?;
        (0..folders).map(|_| random_id()).collect::<Result<_>>().map(Self)
    }
}

/// Whether this is a forward that the viewer may make.
///
/// # Errors
/// [`Error::Denied`] for any other target than what is shared with the office, [`Error::Exists`] for a
/// taken name, whatever `Overwrite` says.
pub(in crate::vfs) fn may(
    session: &Session,
    from: &Target,
    source: &Row,
    to: &Target,
) -> Result<()> {
    let rights = from.place.rights(session, Some(source));
    if !rights.has(Rights::FORWARD)
        // The office would be spared it, and whoever forwarded it as well.
        || to.place.is_clutter(&to.name, source.is_folder())
        || to.place.leaf != Leaf::ByEmployer
        || !to.place.ends_forwards()
    {
        return Err(Error::Denied);
    }
    if !to.place.rights(session, None).has(Rights::WRITE) {
        return Err(Error::Denied);
    }
    if to.found.is_some() { Err(Error::Exists) } else { Ok(()) }
}

/// Whether the viewer may end what was forwarded here: a link, or a folder of them.
///
/// # Errors
/// [`Error::Denied`].
pub(in crate::vfs) fn may_end(session: &Session, from: &Target, link: &Row) -> Result<()> {
    let needed = if link.is_folder() { Rights::TAKE } else { Rights::FORWARD };
    let allowed = from.place.ends_forwards() && from.place.rights(session, Some(link)).has(needed);
    if allowed { Ok(()) } else { Err(Error::Denied) }
}

/// Forwards a document, or the documents that are in a folder at this moment. With `moved` they leave
/// the employer's own "shared by" view.
///
/// # Errors
/// [`Error::Exists`] when a name is taken, [`Error::BadName`] for a path too long, [`Error::Unavailable`].
#[expect(clippy::too_many_arguments, reason = "the two ends of a move, and how it is made")]
pub(in crate::vfs) async fn forward(
    door: &Door,
    tx: &mut Conn,
    session: &Session,
    from: &Target,
    source: &Row,
    (to, path): (&Target, &DossierPath),
    moved: bool,
    ids: &Forwarding,
) -> Result<()> {
    let relations = (&from.place.relations.employment, &to.place.relations.engagement);
    let (Some(employment), Some(engagement)) = relations else {
        return Err(Error::Denied);
    };
    let now = door.clock.now();
    let office = relations::party(tx, engagement.office).await?.map(|p| p.name).unwrap_or_default();
    let mut folders: HashMap<NodeId, NodeId> = HashMap::new();
    let mut ids = ids.0.iter();
    let mut rows = nodes::subtree(tx, source, NOW).await?;
    rows.retain(|row| from.place.shows(session, row));
    if rows.iter().all(Row::is_folder) {
        // Nothing is in it that could be forwarded.
        return Err(Error::Denied);
    }
    target::fit(path, rows.iter().map(|row| (row, row.name.len())))?;
    for row in rows {
        let top = row.placement == source.placement;
        let slot = if top {
            to.slot()
        } else {
            let Some(parent) = folders.get(&row.parent) else { continue };
            Slot::plain(*parent, row.name.clone(), row.name_key.clone())
        };
        if row.is_folder() {
            let id = ids.next().ok_or(Error::Unavailable)?;
            let made = nodes::make_folder(tx, id, Some(session.party), now).await?;
            nodes::place(tx, made, &slot, None, now).await?;
            folders.insert(row.id, made);
            let made = Some(made);
            forwards::begin(tx, row.id, engagement.id, employment.id, moved, made, now).await?;
        } else {
            let id =
                forwards::begin(tx, row.id, engagement.id, employment.id, moved, None, now).await?;
            nodes::place(tx, row.id, &slot, Some(id), now).await?;
            // Each knows it by the name that it sees.
            let readers = [
                (employment.person, Subject::row(&row).saying(&office)),
                (session.party, Subject::of(None, &slot.name).saying(&employment.name)),
                (engagement.office, Subject::of(None, &slot.name).saying(&employment.name)),
            ];
            let node = Some(row.id);
            journal::note(door, tx, session, Deed::Forwarded, node, &readers).await?;
        }
    }
    target::note_day(door, tx, &to.place).await
}

/// How many folders forwarding this would make: none when it is nothing to forward.
///
/// # Errors
/// [`Error::Unavailable`].
async fn folders(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    path: &DossierPath,
) -> Result<usize> {
    let Found::Area(place) = resolve::resolve(door, conn, session, path).await? else {
        return Ok(0);
    };
    if !place.is_shared_by_employee() {
        return Ok(0);
    }
    let rows = resolve::reach(conn, session, &place).await?;
    match rows.last().filter(|row| rows.len() == place.rest.len() && row.is_folder()) {
        Some(row) => {
            Ok(nodes::subtree(conn, row, NOW).await?.iter().filter(|r| r.is_folder()).count())
        }
        None => Ok(0),
    }
}
