//! Where a change is aimed: the folder, the name in it, and what has that name now. Found again
//! inside the transaction that makes the change.

use super::asked::Asked;
use super::door::Door;
use super::locks::locking::{self, Touch};
use super::place::Place;
use super::resolve::{self, Found};
use super::{Session, sets};
use crate::catalog::nodes::{self, Row, Slot};
use crate::catalog::{Conn, NOW, NodeId, PartyId, history, versions};
use crate::dossier::kind::KindRow;
use crate::dossier::retention::History;
use crate::dossier::{Area, DossierPath, Error, Leaf, NameFault, Result, Rights, day, overview};
use std::collections::HashMap;

/// Something in an area, or a free name in one.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) place: Place,
    /// The rows from just below the root down to the folder it is in.
    pub(crate) above: Vec<Row>,
    /// What has the name now, for this viewer.
    pub(crate) found: Option<Row>,
    /// What holds the name without existing for this viewer: another account's unfinished upload.
    pub(crate) hidden: Option<Row>,
    /// The name in stored form.
    pub(crate) name: String,
    /// By which it is compared.
    pub(crate) key: String,
    /// How many folders on the way are not there yet.
    pub(crate) missing: usize,
    /// Of where something is handed in: where that waits, when it does.
    pub(crate) waits: Option<Box<Self>>,
}

impl Target {
    /// The folder it is in.
    pub(crate) fn parent(&self) -> NodeId {
        self.above.last().map_or(self.place.root, |row| row.id)
    }

    /// The rows down to and with what is found.
    pub(crate) fn chain(&self) -> Vec<Row> {
        self.above.iter().chain(&self.found).cloned().collect()
    }

    /// Where it goes in an area without shelves.
    pub(crate) fn slot(&self) -> Slot {
        let parent = self.parent();
        let (kind, year) = self.place.shelf_in(parent);
        Slot {
            parent,
            kind: kind.to_owned(),
            year,
            name: self.name.clone(),
            key: self.key.clone(),
            placer: None,
            shown_ms: 0,
        }
    }

    /// Makes the name free: another account's unfinished upload gives way.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn free_name(&self, tx: &mut Conn, now: i64) -> Result<()> {
        let Some(hidden) = &self.hidden else { return Ok(()) };
        nodes::end_placement(tx, hidden.placement, now).await?;
        versions::end_below(tx, hidden.id, now).await
    }

    /// The parties that a change here concerns: of a set also the office that placed it, while it works for its
    /// employer.
    pub(crate) fn concerned(&self) -> Vec<PartyId> {
        let mut concerned = self.place.concerned();
        if self.place.is_sets() {
            let set = self.above.first().or(self.found.as_ref());
            concerned.extend(set.and_then(|set| sets::office_of(&self.place, set)));
        }
        concerned
    }

    /// What the viewer may do with what is found, or in the folder when nothing is.
    pub(crate) fn rights(&self, session: &Session) -> Rights {
        self.place.rights(session, self.found.as_ref())
    }

    /// What is found.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub(crate) fn existing(&self) -> Result<&Row> {
        self.found.as_ref().ok_or(Error::NotFound)
    }

    /// Whether the viewer may write a file here at all.
    ///
    /// # Errors
    /// [`Error::Denied`], [`Error::IsFolder`].
    pub(crate) fn writable(&self, session: &Session) -> Result<()> {
        if self.found.as_ref().is_some_and(Row::is_folder) {
            return Err(Error::IsFolder);
        }
        let place = &self.place;
        if place.is_sets() {
            return sets::may_put(session, self, false);
        }
        let by_hand = place.shelf.0.is_none_or(KindRow::is_placed_by_hand);
        if !by_hand && place.leaf == Leaf::EmployerOverviews {
            return Err(Error::Denied);
        }
        let needed = match place.leaf {
            leaf if leaf.reads_names() => Rights::PLACE,
            leaf if leaf.delivers() && self.found.is_some() => Rights::REPLACE,
            leaf if leaf.delivers() => Rights::PLACE,
            _ => Rights::WRITE,
        };
        if self.rights(session).has(needed) { Ok(()) } else { Err(Error::Denied) }
    }

    /// Checks the locks in the way of writing what is found, or of a new name in the folder.
    ///
    /// # Errors
    /// [`Error::Locked`].
    pub(crate) async fn unlocked(&self, asked: &Asked, conn: &mut Conn) -> Result<()> {
        let touch = if self.found.is_some() { Touch::Content } else { Touch::Members };
        locking::check(asked, conn, &self.chain(), touch).await
    }

    /// Checks the locks in the way of moving or deleting what is found.
    ///
    /// # Errors
    /// [`Error::Locked`].
    pub(crate) async fn removable(&self, asked: &Asked, conn: &mut Conn) -> Result<()> {
        locking::check(asked, conn, &self.chain(), Touch::Whole).await?;
        match self.found.as_ref().filter(|row| row.is_folder()) {
            Some(folder) => locking::check_below(asked, conn, &self.place, folder).await,
            None => Ok(()),
        }
    }
}

/// Finds what a change is aimed at.
///
/// # Errors
/// [`Error::NotFound`] when nothing has the path and nothing could, [`Error::NoParent`] when its folder
/// is not there, [`Error::Denied`] for the folders of the tree itself and for the past,
/// [`Error::BadName`].
pub(crate) async fn aim(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    path: &DossierPath,
) -> Result<Target> {
    let place = match resolve::resolve(door, conn, session, path).await? {
        Found::Area(place) => *place,
        Found::Folder(_) | Found::Nowhere => return Err(nowhere(door, conn, session, path).await?),
    };
    let Some((name, above)) = place.rest.split_last() else {
        return Err(nowhere(door, conn, session, path).await?);
    };
    let flat = above.is_empty() || place.makes_folders();
    if place.leaf.delivers() && !(flat && super::look::is_there(conn, session, &place).await?) {
        return Err(Error::NoParent);
    }
    place.leaf.policy().accept(name).map_err(Error::BadName)?;
    if place.at != NOW || !(place.leaf.holds_files() || place.leaf.delivers()) {
        return Err(nowhere(door, conn, session, path).await?);
    }
    within(conn, session, place).await
}

/// Finds where something is handed in, and what waits there.
///
/// # Errors
/// As [`aim`].
pub(crate) async fn aim_to_deliver(asked: &Asked, conn: &mut Conn) -> Result<Target> {
    let Asked { door, session, path, .. } = asked;
    let mut target = aim(door, conn, session, path).await?;
    let Some(place) = target.place.waits_for.take() else {
        return if target.place.leaf.delivers() { Ok(target) } else { Err(Error::Denied) };
    };
    let waits = target.found.is_some().then(|| Box::new(target));
    Ok(Target { waits, ..within(conn, session, *place).await? })
}

/// Finds what has the name that a place ends in.
///
/// # Errors
/// As [`aim`].
pub(crate) async fn within(conn: &mut Conn, session: &Session, place: Place) -> Result<Target> {
    let name = place.rest.last().ok_or(Error::Denied)?;
    let name = place.leaf.policy().accept(name).map_err(Error::BadName)?;
    let (name, key) = (place.stored(&name), place.key(&name));
    let (above, found, hidden, missing) = (Vec::new(), None, None, 0);
    if !place.leaf.holds_files() {
        return Ok(Target { place, above, found, hidden, name, key, missing, waits: None });
    }
    let any = resolve::reach_any(conn, session, &place).await?;
    let mut rows = resolve::visible(session, &place, any.clone());
    let (depth, wanted) = (rows.len(), place.rest.len());
    let missing = wanted.saturating_sub(depth + 1);
    if missing > 0 && !place.makes_folders() {
        return Err(Error::NoParent);
    }
    let found = if depth == wanted { rows.pop() } else { None };
    if rows.iter().any(|row| !row.is_folder()) {
        return Err(Error::NoParent);
    }
    // What is there already can be taken back, however long its name is for others.
    if found.is_none() && place.is_overviews() && !overview::fits(&name) {
        return Err(Error::BadName(NameFault::TooLong));
    }
    let hidden =
        any.into_iter().nth(wanted - 1).filter(|row| found.is_none() && row.pending.is_some());
    Ok(Target { place, above: rows, found, hidden, name, key, missing, waits: None })
}

/// What to say of a change at a folder of the tree, or where nothing is: where the folder around it
/// is there nothing can be put, else that folder is missing.
async fn nowhere(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    path: &DossierPath,
) -> Result<Error> {
    match super::look::stat(door, conn, session, &path.parent()).await {
        Ok(entry) if entry.folder => Ok(Error::Denied),
        Ok(_) | Err(Error::NotFound) => Ok(Error::NoParent),
        Err(error) => Err(error),
    }
}

/// Finds what is to be changed, moved or deleted: something that is there.
///
/// # Errors
/// [`Error::NotFound`] for whatever is not there, else as [`aim`].
pub(crate) async fn aim_at_existing(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    path: &DossierPath,
) -> Result<Target> {
    match aim(door, conn, session, path).await {
        Err(Error::NoParent | Error::BadName(_)) => Err(Error::NotFound),
        Err(Error::Denied) => {
            super::look::stat(door, conn, session, path).await?;
            Err(Error::Denied)
        }
        aimed => aimed,
    }
}

/// Whether all rows of a tree, each with the length of its name, can be asked for when its top, the first, has this
/// path.
///
/// # Errors
/// [`Error::BadName`].
pub(crate) fn fit<'r>(
    path: &DossierPath,
    mut rows: impl Iterator<Item = (&'r Row, usize)>,
) -> Result<()> {
    let mut down = HashMap::from([(rows.next().map(|(top, _)| top.id), 0)]);
    for (row, name) in rows {
        let Some(above) = down.get(&Some(row.parent)) else { continue };
        let below = above + 1 + name;
        path.reaches(below)?;
        down.insert(Some(row.id), below);
    }
    Ok(())
}

/// Notes that the owner's folders changed today.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn note_day(door: &Door, tx: &mut Conn, place: &Place) -> Result<()> {
    if matches!(place.leaf.area(), Area::Delivery | Area::Sets) {
        return Ok(());
    }
    let today = day::date(door.clock.now()).to_string();
    history::note_day(tx, place.owner, History::of(place.leaf), &today).await
}
