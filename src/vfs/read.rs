//! Reading one version of a file.

use super::delivery::{receipts, refused};
use super::door::Door;
use super::journal::{self, Subject};
use super::made::Made;
use super::place::Place;
use super::resolve::{self, Found};
use super::sight::Seen;
use super::{Entry, Session, look};
use crate::blobs::{BlobKey, Reader, Staging};
use crate::catalog::nodes::Row;
use crate::catalog::versions::{self, Version};
use crate::catalog::{Conn, NodeId, Transaction};
use crate::dossier::{Deed, DossierPath, Error, Leaf, Result};
use bytes::Bytes;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Openings of one version by one account within so many milliseconds are one line in the log.
const ONE_OPENING: i64 = 60_000;

/// One version of a file, open to read.
#[derive(Debug)]
pub struct Download {
    /// The file.
    pub entry: Entry,
    session: Session,
    content: Content,
    sight: Option<Sight>,
}

/// Where somebody else's document was found: it may be taken out of sight while it is read.
#[derive(Debug)]
struct Sight {
    door: Arc<Door>,
    path: DossierPath,
    node: NodeId,
    seen: Seen,
}

#[derive(Debug)]
enum Content {
    /// A version.
    Stored(Reader),
    /// A text made for this reading.
    Made(Mutex<Staging>),
}

impl Download {
    /// At most `length` bytes from `offset`, fewer only at the end, none past it. Every byte was
    /// verified. May be called at the same time from several places.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the content is broken or away, [`Error::SessionEnded`],
    /// [`Error::NotFound`] within seconds of its being taken out of sight.
    pub async fn read_at(&self, offset: u64, length: usize) -> Result<Bytes> {
        self.check().await?;
        match &self.content {
            Content::Stored(reader) => reader.read_at(offset, length).await,
            Content::Made(staging) => staging.lock().await.read_at(offset, length).await,
        }
    }

    /// How much of it is kept in memory between two reads, in bytes, at most.
    pub fn holds(&self) -> usize {
        match &self.content {
            Content::Stored(reader) => reader.holds(),
            Content::Made(_) => 0,
        }
    }

    /// Nothing of it is kept for the next read.
    pub fn forget(&self) {
        if let Content::Stored(reader) = &self.content {
            reader.forget();
        }
    }

    /// Whether it may still be read: who gives what was read before asks this first.
    ///
    /// # Errors
    /// [`Error::SessionEnded`]; [`Error::NotFound`] within seconds of its being taken out of sight.
    pub async fn check(&self) -> Result<()> {
        self.session.check()?;
        match &self.sight {
            Some(sight) if sight.seen.is_long_ago() => sight.look_again(&self.session).await,
            _ => Ok(()),
        }
    }
}

/// Opens a file to read.
///
/// # Errors
/// As [`super::Vfs::open`].
pub(crate) async fn open(
    door: &Arc<Door>,
    session: &Session,
    path: &DossierPath,
) -> Result<Download> {
    session.check()?;
    let opened = find(door, &mut door.db.reader().await?, session, path).await?;
    match opened {
        Opened::Stored(place, row, version) => {
            let reader = content(door, &version).await?;
            note_opening(door, session, &place, &row).await?;
            let sight = (!place.is_own(&row)).then(|| Sight {
                door: Arc::clone(door),
                path: path.clone(),
                node: row.id,
                seen: Seen::now(&door.clock),
            });
            let entry = look::entry(&place, session, &row);
            let (session, content) = (session.clone(), Content::Stored(reader));
            Ok(Download { entry, session, content, sight })
        }
        Opened::Made(entry, text) => {
            let text = Mutex::new(text.spool(door, session, &entry).await?);
            let (session, content) = (session.clone(), Content::Made(text));
            Ok(Download { entry, session, content, sight: None })
        }
    }
}

impl Sight {
    /// Whether the document is still there for the viewer.
    async fn look_again(&self, session: &Session) -> Result<()> {
        let found =
            find(&self.door, &mut self.door.db.reader().await?, session, &self.path).await?;
        match found {
            Opened::Stored(_, row, _) if row.id == self.node => {
                self.seen.again();
                Ok(())
            }
            _ => Err(Error::NotFound),
        }
    }
}

/// Whether what a path leads to is a text that is made when it is read.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn is_made(door: &Door, session: &Session, path: &DossierPath) -> Result<bool> {
    let found = find(door, &mut door.db.reader().await?, session, path).await;
    match found {
        Ok(opened) => Ok(matches!(opened, Opened::Made(..))),
        Err(Error::Unavailable) => Err(Error::Unavailable),
        Err(_) => Ok(false),
    }
}

/// What is to be opened.
pub(super) enum Opened {
    Stored(Box<Place>, Box<Row>, Version),
    Made(Entry, Made),
}

/// Finds it.
///
/// # Errors
/// As [`super::Vfs::open`].
pub(super) async fn find(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    path: &DossierPath,
) -> Result<Opened> {
    let place = match resolve::resolve(door, conn, session, path).await? {
        Found::Nowhere => return Err(Error::NotFound),
        Found::Folder(_) => return Err(folder_or_nothing(door, conn, session, path).await),
        Found::Area(place) => place,
    };
    match (place.leaf, place.rest.as_slice()) {
        (_, []) => return Err(folder_or_nothing(door, conn, session, path).await),
        (Leaf::Log, [file]) => {
            let entry = journal::entry(conn, session, file).await?;
            return Ok(Opened::Made(entry, Made::Log));
        }
        (Leaf::Receipts, [file]) => {
            let entry = receipts::entry(conn, session, file).await?;
            return Ok(Opened::Made(entry, Made::Receipts));
        }
        (leaf, _) if leaf.reads_names() => return Err(listed(door, conn, session, path).await),
        _ => {}
    }
    let mut rows = resolve::reach(conn, session, &place).await?;
    let whole = rows.len() == place.rest.len();
    let row = rows.pop().filter(|_| whole);
    if let (None, Leaf::Refused, [file]) = (&row, place.leaf, place.rest.as_slice()) {
        let reason = refused::one(conn, session, file).await?;
        let text = refused::text(session, &reason);
        return Ok(Opened::Made(refused::entry(session, &reason), Made::Reason(text)));
    }
    if row.is_none() && place.waits_for.is_some() {
        return Err(listed(door, conn, session, path).await);
    }
    let row = row.ok_or(Error::NotFound)?;
    if row.is_folder() {
        return Err(Error::IsFolder);
    }
    let version = head(conn, &row).await?;
    Ok(Opened::Stored(place, Box::new(row), version))
}

/// What was delivered is listed for an hour and cannot be read back.
async fn listed(door: &Door, conn: &mut Conn, session: &Session, path: &DossierPath) -> Error {
    match look::stat(door, conn, session, path).await {
        Ok(entry) if entry.folder => Error::IsFolder,
        Ok(_) => Error::Denied,
        Err(error) => error,
    }
}

async fn folder_or_nothing(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    path: &DossierPath,
) -> Error {
    match look::stat(door, conn, session, path).await {
        Ok(_) => Error::IsFolder,
        Err(error) => error,
    }
}

/// The version that a row shows.
///
/// # Errors
/// [`Error::Unavailable`] when it is gone meanwhile.
pub(crate) async fn head(conn: &mut Conn, row: &Row) -> Result<Version> {
    let id = row.version.ok_or(Error::IsFolder)?;
    versions::version(conn, id).await?.ok_or(Error::Unavailable)
}

/// The content of a version, opened.
///
/// # Errors
/// [`Error::Unavailable`] when it is broken or away.
pub(crate) async fn content(door: &Door, version: &Version) -> Result<Reader> {
    let identity = door.identity(version.age_key).await?;
    let key: BlobKey = version.blob.parse()?;
    let file_key = identity.unseal(&version.file_key)?;
    let size = u64::try_from(version.size).map_err(|_| Error::Unavailable)?;
    let packed = version.packed.map(u64::try_from).transpose().map_err(|_| Error::Unavailable)?;
    door.blobs.reader(&key, &file_key, size, packed).await
}

/// Writes in the log that a document was opened, before a byte of it is given. A party's reading of
/// its own files concerns nobody.
async fn note_opening(door: &Arc<Door>, session: &Session, place: &Place, row: &Row) -> Result<()> {
    if place.is_own(row) || place.is_clutter_row(row) {
        return Ok(());
    }
    let now = door.clock.now();
    let key = (session.account.0, row.id, row.version.unwrap_or(0));
    if door.opened.get(&key).is_some_and(|at| (0..ONE_OPENING).contains(&(now - at))) {
        return Ok(());
    }
    let opening = Opening {
        door: Arc::clone(door),
        session: session.clone(),
        place: place.clone(),
        row: row.clone(),
    };
    door.db.write(opening).await?;
    door.opened.put(key, now);
    Ok(())
}

struct Opening {
    door: Arc<Door>,
    session: Session,
    place: Place,
    row: Row,
}

impl Transaction for Opening {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        let Self { door, session, place, row } = self;
        let mut readers = Vec::new();
        if place.is_by_placer() {
            readers.push((session.party, Subject::placed(row)));
        }
        readers.extend(journal::sharers(tx, session, place, row).await?);
        journal::note(door, tx, session, Deed::Opened, Some(row.id), &readers).await
    }
}
