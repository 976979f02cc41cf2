//! Copying on the server: a copy of one's own, or a forward. What goes to another key is written
//! anew under it first; then one transaction makes the copy.

use super::asked::Asked;
use super::change::end;
use super::content::{self, Content};
use super::deliver;
use super::door::Door;
use super::forward::{self, Forwarding};
use super::journal::{self, Deed, Subject};
use super::place::Place;
use super::quota::{self, Room};
use super::relocate::apart;
use super::resolve::{self, Found};
use super::target::{self, Target};
use super::{Conditions, Create, Expect, Session, read, waiting, write};
use crate::blobs::BlobKey;
use crate::catalog::nodes::{self, Row};
use crate::catalog::versions::{self, Version};
use crate::catalog::{Conn, KeyId, NOW, NodeId, Transaction, history, locks};
use crate::dossier::{DossierPath, Error, Leaf, Result, Rights};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How much is read at once when content is written anew.
const STEP: usize = 1 << 20;

/// What is to be copied: read before the transaction.
#[derive(Debug, Default)]
struct Source {
    /// The rows to copy, folders before what is in them, each file with its content and a new id.
    rows: Vec<Copied>,
    /// Objects written for this copy, thrown away when it fails.
    written: Vec<BlobKey>,
}

/// A row to copy, the id of its copy, and of a file the content.
type Copied = (Row, String, Option<Content>);

/// Copies. True when nothing was replaced.
///
/// # Errors
/// As [`super::Vfs::copy`].
pub(super) async fn copy(
    asked: Asked,
    to: &DossierPath,
    overwrite: bool,
    shallow: bool,
) -> Result<bool> {
    asked.session.check()?;
    let door = Arc::clone(&asked.door);
    let plan = match plan(&asked, to, overwrite, shallow).await {
        Err(Error::Denied)
            if read::is_made(&door, &asked.session, &asked.path).await?
                || deliver::delivers(&asked, to).await? =>
        {
            return Box::pin(copy_as_client(asked, to, overwrite)).await;
        }
        plan => plan?,
    };
    let Plan { rows, to: place, forwards, _room } = plan;
    let mut source = Source::default();
    for (row, version) in rows {
        let content = match version {
            Some(version) => source.content(&door, version, &place).await.map(Some),
            None => Ok(None),
        };
        match content {
            Ok(content) => source.rows.push((row, super::random_id()?, content)),
            Err(error) => return Err(source.abandon(&door, error).await),
        }
    }
    let source = Arc::new(source);
    let to = to.clone();
    let work = Copying { asked, to, overwrite, forwards, source: Arc::clone(&source) };
    match door.db.write(work).await {
        Ok(created) => Ok(created),
        // The answer of the database may be lost, and the copy made: then the sweep decides.
        Err(Error::Unavailable) => Err(Error::Unavailable),
        Err(error) => Err(source.abandon(&door, error).await),
    }
}

/// Whether a part of a file may be copied into another: as the whole, but that it forwards nothing.
///
/// # Errors
/// As [`super::Vfs::may_copy_part`].
pub(super) async fn may_copy_part(asked: &Asked, to: &DossierPath) -> Result<()> {
    let Asked { door, session, path, .. } = asked;
    session.check()?;
    if read::is_made(door, session, path).await? {
        return Ok(());
    }
    let conn = &mut door.db.reader().await?;
    let from = find(door, conn, session, path).await?;
    let to = target::aim(door, conn, session, to).await?;
    may(session, &from, std::iter::once(from.existing()?), &to)
}

/// What is made when it is read, and what is delivered, is copied as a client does it: read and put.
async fn copy_as_client(asked: Asked, to: &DossierPath, overwrite: bool) -> Result<bool> {
    let text = read::open(&asked.door, &asked.session, &asked.path).await;
    // A folder is nothing that can be delivered.
    let text = text.map_err(|e| if e == Error::IsFolder { Error::Denied } else { e })?;
    let Conditions { tokens, expect } = asked.conditions.clone();
    if matches!(expect, Expect::Etag(_)) {
        return Err(Error::Precondition);
    }
    let expect = if overwrite { Expect::Anything } else { Expect::Absent };
    let conditions = Conditions { tokens, expect };
    let put = Asked { path: to.clone(), conditions: conditions.clone(), ..asked };
    let create = Create { make: true, conditions, ..Create::default() };
    let mut upload = write::create(put, create).await?;
    let mut at = 0;
    loop {
        let piece = text.read_at(at, STEP).await?;
        if piece.is_empty() {
            return upload.commit().await.map(|(_, created)| created);
        }
        let length = piece.len();
        upload.write_at(at, piece).await?;
        at += length as u64;
    }
}

/// What a copy will take along, as it is before the bytes are written.
struct Plan {
    /// Each row, and of a file that is copied the version.
    rows: Vec<(Row, Option<Version>)>,
    /// Where the copy goes.
    to: Place,
    /// No copy but a forward.
    forwards: bool,
    /// What it takes, held until it is made.
    _room: Room,
}

/// Looks whether the copy may be made, and of what; the reader is free again before a byte is read.
async fn plan(asked: &Asked, to: &DossierPath, overwrite: bool, shallow: bool) -> Result<Plan> {
    let Asked { door, session, .. } = asked;
    let conn = &mut door.db.reader().await?;
    let (source, aimed) = ends(asked, conn, to).await?;
    let top = source.existing()?.clone();
    let forwards = source.place.is_shared_by_employee() && aimed.place.leaf == Leaf::ByEmployer;
    let all = nodes::subtree(conn, &top, source.place.at).await?;
    let mut seen = resolve::seen(session, &source.place, all);
    seen.truncate(if shallow { 1 } else { seen.len() });
    let mut room = Room::of(Arc::clone(door), aimed.place.owner);
    if forwards {
        forward::may(session, &source, &top, &aimed)?;
    } else {
        may(session, &source, seen.iter(), &aimed)?;
        if aimed.found.is_some() && !overwrite {
            return Err(Error::Exists);
        }
        let sum = |rows: &[Row]| rows.iter().map(Row::size).sum::<i64>();
        let gives_way = match &aimed.found {
            Some(row) => sum(&nodes::subtree(conn, row, NOW).await?),
            None => 0,
        };
        room.admit(conn, u64::try_from(sum(&seen) - gives_way).unwrap_or(0)).await?;
    }
    let mut rows = Vec::new();
    for row in seen {
        let copied = !forwards && !row.is_folder();
        let version = if copied { Some(read::head(conn, &row).await?) } else { None };
        rows.push((row, version));
    }
    Ok(Plan { rows, to: aimed.place, forwards, _room: room })
}

/// What is to be copied, and where to: before the bytes are written, and again in the transaction.
async fn ends(asked: &Asked, conn: &mut Conn, to: &DossierPath) -> Result<(Target, Target)> {
    let Asked { door, session, path, conditions } = asked;
    session.check()?;
    let from = find(door, conn, session, path).await?;
    let to = target::aim(door, conn, session, to).await?;
    from.meets(&conditions.expect)?;
    apart(&from, from.existing()?, &to)?;
    Ok((from, to))
}

/// What a path leads to, also in the past, as the source of a copy.
async fn find(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    path: &DossierPath,
) -> Result<Target> {
    let place = match resolve::resolve(door, conn, session, path).await? {
        Found::Area(place) => *place,
        Found::Nowhere => return Err(Error::NotFound),
        Found::Folder(_) => {
            super::look::stat(door, conn, session, path).await?;
            return Err(Error::Denied);
        }
    };
    let mut rows = resolve::reach(conn, session, &place).await?;
    if rows.len() != place.rest.len() || rows.is_empty() {
        super::look::stat(door, conn, session, path).await?;
        return Err(Error::Denied);
    }
    let found = rows.pop();
    let name = found.as_ref().map(|row| row.name.clone()).unwrap_or_default();
    let key = found.as_ref().map(|row| row.name_key.clone()).unwrap_or_default();
    Ok(Target { place, above: rows, found, hidden: None, name, key, missing: 0 })
}

/// Whether the viewer may make this copy: into its own files and backups whatever it can read; into
/// what it shares only what is its own, all of it.
fn may<'r>(
    session: &Session,
    source: &Target,
    mut rows: impl Iterator<Item = &'r Row>,
    to: &Target,
) -> Result<()> {
    let own = rows.all(|row| source.place.is_own(row));
    let enters = to.place.rights(session, None).has(Rights::WRITE) && !to.place.is_overviews();
    let over_link = to.found.as_ref().is_some_and(|found| found.forward.is_some());
    if enters && (own || !to.place.is_shared()) && !over_link && !to.place.leaf.reads_names() {
        Ok(())
    } else {
        Err(Error::Denied)
    }
}

impl Source {
    /// The content of a copy of a version, under the key it will have where it goes.
    async fn content(&mut self, door: &Door, version: Version, to: &Place) -> Result<Content> {
        let key = to.key;
        if version.age_key == key {
            return Ok(Content::of(version));
        }
        let reader = read::content(door, &version).await?;
        let recipient = door.identity(key).await?.recipient();
        let mut writer = write::writer(door, to, &recipient).await?;
        while writer.size() < reader.size() {
            writer.write(reader.read_at(writer.size(), STEP).await?).await?;
        }
        let stored = writer.finish().await?;
        self.written.push(stored.key.clone());
        content::content(door, key, &stored).await
    }

    /// Throws away what was written for a copy that is not made.
    async fn abandon(&self, door: &Door, error: Error) -> Error {
        for key in &self.written {
            let _ = door.blobs.delete(key).await;
        }
        error
    }
}

struct Copying {
    asked: Asked,
    to: DossierPath,
    overwrite: bool,
    forwards: bool,
    source: Arc<Source>,
}

impl Transaction for Copying {
    type Output = bool;

    async fn run(&self, tx: &mut Conn) -> Result<bool> {
        let Self { asked, source, .. } = self;
        let Asked { door, session, .. } = asked;
        let (from, to) = ends(asked, tx, &self.to).await?;
        let to = waiting::aim_at(asked, tx, to, &self.to).await?;
        let top = from.existing()?;
        if self.forwards {
            forward::may(session, &from, top, &to)?;
            to.unlocked(asked, tx).await?;
            let ids = Forwarding(source.rows.iter().map(|(_, id, _)| id.clone()).collect());
            forward::forward(door, tx, session, &from, top, &to, false, &ids).await?;
            return Ok(true);
        }
        let rows = self.still_there(tx, &from, top, to.place.key).await?;
        may(session, &from, rows.iter().map(|(row, ..)| row), &to)?;
        match &to.found {
            Some(_) if !self.overwrite => return Err(Error::Exists),
            Some(row) if row.is_folder() != top.is_folder() && to.place.is_shared() => {
                return Err(Error::KindsMeet);
            }
            Some(_) => to.removable(asked, tx).await?,
            None => to.unlocked(asked, tx).await?,
        }
        self.make(tx, &from, &rows, &to).await?;
        target::note_day(door, tx, &to.place).await?;
        self.note(tx, &from, &rows, &to).await?;
        Ok(to.found.is_none())
    }
}

impl Copying {
    /// The rows that were read before and that the viewer still sees: what was taken back meanwhile is
    /// not copied.
    async fn still_there(
        &self,
        tx: &mut Conn,
        from: &Target,
        top: &Row,
        key: KeyId,
    ) -> Result<Vec<&Copied>> {
        let seen = nodes::subtree(tx, top, from.place.at).await?;
        let seen = seen.iter().filter(|row| from.place.shows(&self.asked.session, row));
        let seen: HashSet<i64> = seen.map(|row| row.placement).chain([top.placement]).collect();
        let rows: Vec<_> =
            self.source.rows.iter().filter(|(row, ..)| seen.contains(&row.placement)).collect();
        let same_top = rows.first().is_some_and(|(row, ..)| row.placement == top.placement);
        let same_key = rows.iter().all(|(_, _, c)| c.as_ref().is_none_or(|c| c.age_key == key));
        let mut stored = true;
        for content in rows.iter().filter_map(|(_, _, content)| content.as_ref()) {
            // What is shared with a version of the past may have been cleared away with that.
            let new = self.source.written.iter().any(|key| key.to_string() == content.blob);
            stored &= new || history::in_use(tx, &content.blob).await?;
        }
        if same_top && same_key && stored { Ok(rows) } else { Err(Error::Precondition) }
    }

    async fn make(
        &self,
        tx: &mut Conn,
        from: &Target,
        rows: &[&Copied],
        to: &Target,
    ) -> Result<()> {
        let Asked { door, session, .. } = &self.asked;
        let now = door.clock.now();
        let is_file = rows.first().is_some_and(|(top, ..)| !top.is_folder());
        let keeps = to.found.as_ref().filter(|row| !row.is_folder() && is_file);
        match (&to.found, keeps) {
            (Some(row), None) => end(door, tx, session, &to.place, row).await?,
            (Some(row), Some(_)) => nodes::settle(tx, row.id).await?,
            (None, _) => to.free_name(tx, now).await?,
        }
        let size: i64 = rows.iter().filter_map(|(_, _, c)| c.as_ref()).map(|c| c.size).sum();
        quota::charge(door, tx, to.place.owner, size - keeps.map_or(0, Row::size)).await?;
        let mut made: HashMap<NodeId, NodeId> = HashMap::new();
        for (index, (row, id, content)) in rows.iter().enumerate() {
            let slot = if index == 0 {
                to.slot()
            } else {
                let Some(parent) = made.get(&row.parent) else { continue };
                to.place.slot_in(*parent, &from.place.shown(session, row))?
            };
            let node = if let Some(kept) = keeps {
                kept.id
            } else {
                let placer = Some(session.party);
                let node =
                    nodes::make(tx, id, row.is_folder(), placer, None, row.mode, now).await?;
                nodes::place(tx, node, &slot, None, now).await?;
                locks::copy_properties(tx, row.id, node, session.party).await?;
                node
            };
            made.insert(row.id, node);
            if let Some(content) = content {
                let version = content.version(node, row.modified(), to.place.owner);
                versions::add_version(tx, &version, session.account, now).await?;
            }
        }
        Ok(())
    }

    /// Whose document was copied sees that a copy of it was taken; the copier that it has one; and
    /// whom it is shared with, that it is.
    async fn note(
        &self,
        tx: &mut Conn,
        from: &Target,
        rows: &[&Copied],
        to: &Target,
    ) -> Result<()> {
        let Asked { door, session, .. } = &self.asked;
        for (index, (row, ..)) in rows.iter().enumerate() {
            let mut sharers = journal::sharers(tx, session, &from.place, row).await?;
            sharers.retain(|(party, _)| *party != session.party);
            let deed = if sharers.is_empty() { Deed::Copied } else { Deed::Took };
            let mut readers = Vec::new();
            if index == 0 && !to.place.is_clutter(&to.name, row.is_folder()) {
                // Where the copy went is for whoever made it.
                readers.push((session.party, Subject::seen(&from.place, row).saying(&to.name)));
            }
            if !row.is_folder() {
                readers.extend(sharers);
            }
            if !readers.is_empty() && !from.place.is_clutter_row(row) {
                journal::note(door, tx, session, deed, Some(row.id), &readers).await?;
            }
        }
        let folder = rows.first().is_some_and(|(top, ..)| top.is_folder());
        if to.place.is_shared() && !to.place.is_clutter(&to.name, folder) {
            let readers = Subject::of(None, &to.name).to(&to.place.concerned());
            journal::note(door, tx, session, Deed::Shared, None, &readers).await?;
        }
        Ok(())
    }
}
