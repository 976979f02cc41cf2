//! Copying on the server: a copy of one's own, or a forward. What goes to another key is written
//! anew under it first; then one transaction makes the copy.

mod make;

use super::forward;
use super::relocate::{apart, is_itself};
use crate::blobs::BlobKey;
use crate::catalog::nodes::{self, Row};
use crate::catalog::versions::Version;
use crate::catalog::{Conn, NOW};
use crate::dossier::{DossierPath, Error, Leaf, Result};
use crate::vfs::asked::Asked;
use crate::vfs::content::{self, Content};
use crate::vfs::delivery::deliver;
use crate::vfs::door::Door;
use crate::vfs::place::Place;
use crate::vfs::quota::Room;
use crate::vfs::resolve::{self, Found};
use crate::vfs::target::{self, Target};
use crate::vfs::{Create, Session, quota, read, sets, write};
use make::Copying;
use std::sync::Arc;

/// How much is read at once when content is written anew.
const STEP: usize = 1 << 20;

/// What is to be copied: read before the transaction.
#[derive(Debug, Default)]
pub(in crate::vfs) struct Source {
    /// The rows to copy, folders before what is in them, each file with its content and a new id.
    rows: Vec<Copied>,
    /// Objects written for this copy, thrown away when it fails.
    written: Vec<BlobKey>,
}

/// How a copy is made.
#[derive(Clone, Copy, Debug)]
struct How {
    /// Over what has the name.
    overwrite: bool,
    /// Of a folder without what is in it.
    shallow: bool,
    /// What was copied leaves where it was.
    takes: bool,
}

/// A row to copy, the id of its copy, and of a file the content.
type Copied = (Row, String, Option<Content>);

/// Copies. True when nothing was replaced.
///
/// # Errors
/// As [`crate::vfs::Vfs::copy`].
pub(in crate::vfs) async fn copy(
    asked: Asked,
    to: &DossierPath,
    overwrite: bool,
    shallow: bool,
) -> Result<bool> {
    asked.session.check()?;
    let door = Arc::clone(&asked.door);
    let how = How { overwrite, shallow, takes: false };
    let plan = match plan(&asked, to, how).await {
        Err(Error::Denied)
            if read::is_made(&door, &asked.session, &asked.path).await?
                || deliver::delivers(&asked, to).await? && may_deliver(&asked, to).await? =>
        {
            return Box::pin(copy_as_client(asked, to, overwrite)).await;
        }
        plan => plan?,
    };
    carry_out(asked, plan, to, how).await
}

/// Copies what is the viewer's own to where it has another owner, and takes it away from where it was. True when
/// nothing was replaced.
///
/// # Errors
/// As [`crate::vfs::Vfs::relocate`]; [`Error::Precondition`] when something of it changed meanwhile.
pub(in crate::vfs) async fn take_along(
    asked: Asked,
    to: &DossierPath,
    overwrite: bool,
) -> Result<bool> {
    let how = How { overwrite, shallow: false, takes: true };
    let plan = plan(&asked, to, how).await?;
    carry_out(asked, plan, to, how).await
}

/// Writes what goes under another key anew, then makes the copy.
async fn carry_out(asked: Asked, plan: Plan, to: &DossierPath, how: How) -> Result<bool> {
    let door = Arc::clone(&asked.door);
    let Plan { rows, to: place, forwards, _room } = plan;
    let mut source = Source::default();
    for (row, version) in rows {
        let content = match version {
            Some(version) => source.content(&door, version, &place).await.map(Some),
            None => Ok(None),
        };
        match content {
            Ok(content) => source.rows.push((row, crate::vfs::random_id()?, content)),
            Err(error) => return Err(source.abandon(&door, error).await),
        }
    }
    let source = Arc::new(source);
    let to = to.clone();
    let work = Copying { asked, to, how, forwards, source: Arc::clone(&source) };
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
/// As [`crate::vfs::Vfs::may_copy_part`].
pub(in crate::vfs) async fn may_copy_part(asked: &Asked, to: &DossierPath) -> Result<()> {
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
    let put = asked.put_at(to, overwrite);
    let mut upload = write::create(put, Create { make: true, ..Create::default() }).await?;
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
async fn plan(asked: &Asked, to: &DossierPath, how: How) -> Result<Plan> {
    let Asked { door, session, .. } = asked;
    let conn = &mut door.db.reader().await?;
    let (source, aimed) = ends(asked, conn, to).await?;
    let top = source.existing()?.clone();
    let forwards = source.place.is_shared_by_employee() && aimed.place.leaf == Leaf::ByEmployer;
    let all = nodes::subtree(conn, &top, source.place.at).await?;
    let mut seen = resolve::seen(session, &source.place, all);
    seen.truncate(if how.shallow { 1 } else { seen.len() });
    let mut room = Room::of(Arc::clone(door), quota::payer(&aimed.place, session));
    if forwards {
        may_forward(session, how, &source, &top, &aimed)?;
    } else {
        may(session, &source, seen.iter(), &aimed)?;
        if aimed.found.is_some() && !how.overwrite {
            return Err(Error::Exists);
        }
        let name = |row: &Row| source.place.shown(session, row).len();
        target::fit(to, seen.iter().map(|row| (row, name(row))))?;
        let sum = |rows: &[Row]| rows.iter().map(Row::size).sum::<i64>();
        let gives_way = match aimed.found.as_ref().or(aimed.hidden.as_ref()) {
            Some(row) => sum(&nodes::subtree(conn, row, NOW).await?),
            None => 0,
        };
        // What is taken along leaves its room.
        let leaves = if how.takes { sum(&seen) } else { 0 };
        room.admit(conn, u64::try_from(sum(&seen) - gives_way - leaves).unwrap_or(0)).await?;
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
    let Asked { door, session, path, .. } = asked;
    session.check()?;
    let from = find(door, conn, session, path).await?;
    let to = target::aim(door, conn, session, to).await?;
    asked.check_conditions(conn).await?;
    let source = from.existing()?;
    apart(&from, source, &to)?;
    // RFC 4918 section 9.8.5: one and the same resource, whatever the letters of its name.
    if is_itself(&from, source, &to) { Err(Error::Denied) } else { Ok((from, to)) }
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
            crate::vfs::look::stat(door, conn, session, path).await?;
            return Err(Error::Denied);
        }
    };
    let mut rows = resolve::reach(conn, session, &place).await?;
    if rows.len() != place.rest.len() || rows.is_empty() {
        crate::vfs::look::stat(door, conn, session, path).await?;
        return Err(Error::Denied);
    }
    let found = rows.pop();
    let name = found.as_ref().map(|row| row.name.clone()).unwrap_or_default();
    let key = found.as_ref().map(|row| row.name_key.clone()).unwrap_or_default();
    Ok(Target { place, above: rows, found, hidden: None, name, key, missing: 0, waits: None })
}

/// Whether the viewer may deliver a copy of this: of what is its own, and of what it placed. What another party
/// shared with it, or delivered, goes to nobody else on its word; nor is anything a delivery of itself.
async fn may_deliver(asked: &Asked, to: &DossierPath) -> Result<bool> {
    let Asked { door, session, path, .. } = asked;
    let conn = &mut door.db.reader().await?;
    let from = find(door, conn, session, path).await?;
    let row = from.existing()?;
    let placed = row.placer == Some(session.party) && row.forward.is_none();
    let to = target::aim(door, conn, session, to).await?;
    Ok((placed || from.place.is_own(row)) && !is_itself(&from, row, &to))
}

/// Whether a copy may forward this: a folder goes with what is in it, and without that there is nothing to forward.
fn may_forward(session: &Session, how: How, from: &Target, top: &Row, to: &Target) -> Result<()> {
    if how.shallow && top.is_folder() {
        return Err(Error::Denied);
    }
    forward::may(session, from, top, to)
}

/// Whether the viewer may make this copy: into its own files and backups whatever it can read; into
/// what it shares only what is its own, all of it.
fn may<'r>(
    session: &Session,
    source: &Target,
    mut rows: impl Iterator<Item = &'r Row>,
    to: &Target,
) -> Result<()> {
    if to.place.is_sets() {
        return sets::may_hand_over(session, source, rows, to);
    }
    let own = rows.all(|row| source.place.is_own(row));
    let enters = to.place.takes_own(session);
    let over_link = to.found.as_ref().is_some_and(|found| found.forward.is_some());
    // What is handed in is judged, also where something waits under its name.
    if enters && (own || !to.place.is_shared()) && !over_link && !to.place.is_delivery() {
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
        let Content { digests, .. } = Content::of(version);
        content::content(door, key, &stored).await?.knowing(Some(digests))
    }

    /// Throws away what was written for a copy that is not made.
    async fn abandon(&self, door: &Door, error: Error) -> Error {
        for key in &self.written {
            let _ = door.blobs.delete(key).await;
        }
        error
    }
}
