//! What a session has open.
//!
//! Knows which handle stands for what, and that all handles on a path that is being written share
//! one upload: what one of them wrote, the others and a STAT see before it is committed.

use super::ahead::Ahead;
use super::budget::Budget;
use super::codec::HandleId;
use super::order::key;
use crate::dossier::{DossierPath, Error, Result};
use crate::vfs::{Create, Download, Listing, Session, Upload, Vfs};
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::{Arc, Mutex as Lock, MutexGuard, PoisonError};
use tokio::sync::Mutex;

/// How many may be open in one session.
pub(super) const MAX_HANDLES: u32 = 1024;
/// How many of them folders, each of which holds a page of its entries.
const MAX_FOLDERS: usize = 64;

/// Something open.
#[derive(Clone, Debug)]
pub(super) enum Open {
    Reader(Arc<Mutex<Reader>>),
    /// A path that is being written, through this handle or (to read) through another one.
    Writer {
        writer: Arc<Mutex<Writer>>,
        may_write: bool,
        append: bool,
    },
    Folder(Arc<Mutex<Folder>>),
}

/// The open handles of one session.
#[derive(Debug)]
pub(super) struct Handles {
    /// Whose paths they are.
    session: Arc<Session>,
    table: Lock<Table>,
}

#[derive(Debug, Default)]
struct Table {
    last: HandleId,
    open: HashMap<HandleId, Slot>,
}

#[derive(Debug)]
struct Slot {
    open: Open,
    /// Where it is written; `None` for what is only read.
    at: Option<At>,
}

/// A path at which something is written.
#[derive(Debug)]
struct At {
    /// By which it is told from other files.
    identity: DossierPath,
    /// By which requests wait for each other.
    key: Arc<DossierPath>,
}

impl Handles {
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session, table: Lock::default() }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn at(&self, path: &DossierPath) -> At {
        At { identity: self.session.identity(path), key: key(path) }
    }

    /// Gives out a handle. `path` is where something is written.
    ///
    /// # Errors
    /// [`Error::TooMany`].
    pub(super) fn insert(&self, open: Open, path: Option<&DossierPath>) -> Result<HandleId> {
        let mut table = self.table();
        let folders = || table.open.values().filter(|s| matches!(s.open, Open::Folder(_))).count();
        if table.open.len() >= MAX_HANDLES as usize
            || (matches!(open, Open::Folder(_)) && folders() >= MAX_FOLDERS)
        {
            return Err(Error::TooMany);
        }
        let mut id = table.last;
        loop {
            id = id.wrapping_add(1).max(1);
            if !table.open.contains_key(&id) {
                break;
            }
        }
        table.last = id;
        table.open.insert(id, Slot { open, at: path.map(|path| self.at(path)) });
        Ok(id)
    }

    /// What a handle stands for.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one that was closed or never given out.
    pub(super) fn get(&self, id: HandleId) -> Result<Open> {
        self.table().open.get(&id).map(|slot| slot.open.clone()).ok_or(Error::NotFound)
    }

    /// Takes a handle back.
    ///
    /// # Errors
    /// As [`Handles::get`].
    pub(super) fn remove(&self, id: HandleId) -> Result<Open> {
        self.table().open.remove(&id).map(|slot| slot.open).ok_or(Error::NotFound)
    }

    /// Takes all of them back.
    pub(super) fn drain(&self) -> Vec<Open> {
        self.table().open.drain().map(|(_, slot)| slot.open).collect()
    }

    /// Whether a file is open, to be read or written.
    pub(super) fn has_files(&self) -> bool {
        self.table().open.values().any(|slot| !matches!(slot.open, Open::Folder(_)))
    }

    /// Where what a handle stands for is written.
    pub(super) fn key(&self, id: HandleId) -> Option<Arc<DossierPath>> {
        Some(Arc::clone(&self.table().open.get(&id)?.at.as_ref()?.key))
    }

    /// What is being written at a path.
    pub(super) fn writer_at(&self, path: &DossierPath) -> Option<Arc<Mutex<Writer>>> {
        let wanted = self.session.identity(path);
        let table = self.table();
        let here = |slot: &&Slot| slot.at.as_ref().is_some_and(|at| at.identity == wanted);
        let slot = table.open.values().find(here)?;
        match &slot.open {
            Open::Writer { writer, .. } => Some(Arc::clone(writer)),
            Open::Reader(_) | Open::Folder(_) => None,
        }
    }

    /// What is being written at a path or below it, with the handles on it.
    pub(super) fn writers_within(&self, path: &DossierPath) -> Vec<(HandleId, Arc<Mutex<Writer>>)> {
        let top = self.session.identity(path);
        let table = self.table();
        let below = table
            .open
            .iter()
            .filter(|(_, slot)| slot.at.as_ref().is_some_and(|at| at.identity.is_within(&top)));
        below
            .filter_map(|(id, slot)| match &slot.open {
                Open::Writer { writer, .. } => Some((*id, Arc::clone(writer))),
                Open::Reader(_) | Open::Folder(_) => None,
            })
            .collect()
    }

    /// What a handle stands for is at another path now.
    pub(super) fn moved(&self, id: HandleId, path: &DossierPath) {
        if let Some(slot) = self.table().open.get_mut(&id) {
            slot.at = Some(self.at(path));
        }
    }
}

/// A file open to read.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) path: DossierPath,
    pub(super) download: Download,
    ahead: Ahead,
}

impl Reader {
    pub(super) fn new(path: DossierPath, download: Download) -> Self {
        Self { path, download, ahead: Ahead::default() }
    }

    /// At most `length` bytes from `offset`, fewer only at the end.
    pub(super) async fn read(
        &mut self,
        offset: u64,
        length: usize,
        budget: &Arc<Budget>,
    ) -> Result<Bytes> {
        // What was fetched ahead is given only while it could be fetched.
        self.download.check().await?;
        let left = self.download.entry.size.saturating_sub(offset);
        let length = length.min(usize::try_from(left).unwrap_or(usize::MAX));
        let start = self.ahead.take(offset, length);
        let missing = length - start.len();
        if missing == 0 {
            return Ok(start);
        }
        let from = offset + start.len() as u64;
        let worth = self.ahead.worth(missing, left - start.len() as u64);
        let charge = if worth > missing { budget.try_charge(worth) } else { None };
        let fetch = if charge.is_some() { worth } else { missing };
        let fetched = self.download.read_at(from, fetch).await?;
        Ok(self.ahead.fill(&start, fetched, length, charge))
    }
}

/// A folder open to list.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) listing: Listing,
    /// Whether `.` and `..` were told.
    pub(super) begun: bool,
}

/// A file that is being written.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) path: DossierPath,
    state: State,
    /// Nothing was there at the beginning and nothing was written since.
    fresh: bool,
}

#[derive(Debug)]
enum State {
    Open(Box<Upload>),
    /// Committed, or made by a copy; a handle on it may write on.
    Settled,
    /// Removed or replaced under its handles.
    Gone,
    /// A write failed. What is there has a hole and is never committed.
    Failed(Error),
}

impl Writer {
    pub(super) fn new(path: DossierPath, upload: Upload) -> Self {
        Self { path, fresh: upload.size() == 0, state: State::Open(Box::new(upload)) }
    }

    /// Whether nothing was written yet.
    pub(super) fn is_fresh(&self) -> bool {
        self.fresh && matches!(self.state, State::Open(_))
    }

    /// The file as it would be, while it is not committed.
    pub(super) fn live(&mut self) -> Option<&mut Upload> {
        match &mut self.state {
            State::Open(upload) => Some(upload),
            State::Settled | State::Gone | State::Failed(_) => None,
        }
    }

    /// The upload to write on with, begun anew where it was committed under this handle.
    async fn upload(&mut self, vfs: &Vfs, session: &Session) -> Result<&mut Upload> {
        match self.state {
            State::Settled => {
                let create = Create { keep: true, ..Create::default() };
                self.state = State::Open(Box::new(vfs.create(session, &self.path, create).await?));
            }
            State::Gone => return Err(Error::NotFound),
            State::Failed(error) => return Err(error),
            State::Open(_) => {}
        }
        self.live().ok_or(Error::Unavailable)
    }

    /// Writes; at the end when `offset` is `None`.
    pub(super) async fn write(
        &mut self,
        vfs: &Vfs,
        session: &Session,
        offset: Option<u64>,
        data: Bytes,
    ) -> Result<()> {
        self.fresh = false;
        let upload = self.upload(vfs, session).await?;
        let offset = offset.unwrap_or_else(|| upload.size());
        let written = upload.write_at(offset, data).await;
        self.or_fail(written)
    }

    /// Cuts or lengthens.
    pub(super) async fn set_len(&mut self, vfs: &Vfs, session: &Session, size: u64) -> Result<()> {
        self.fresh &= size == 0;
        let set = self.upload(vfs, session).await?.set_len(size).await;
        self.or_fail(set)
    }

    fn or_fail(&mut self, done: Result<()>) -> Result<()> {
        if let Err(error) = done {
            self.state = State::Failed(error);
        }
        done
    }

    /// Reads what was written so far, or what it became.
    pub(super) async fn read(
        &mut self,
        vfs: &Vfs,
        session: &Session,
        offset: u64,
        length: usize,
    ) -> Result<Bytes> {
        match &mut self.state {
            State::Open(upload) => upload.read_at(offset, length).await,
            State::Settled => vfs.open(session, &self.path).await?.read_at(offset, length).await,
            State::Gone => Err(Error::NotFound),
            State::Failed(error) => Err(*error),
        }
    }

    /// Makes it the file. What follows on the handles on it begins from there.
    ///
    /// # Errors
    /// Those of the commit, or of the write that failed before it.
    pub(super) async fn settle(&mut self) -> Result<()> {
        match std::mem::replace(&mut self.state, State::Settled) {
            State::Open(upload) => {
                let committed = upload.commit().await.map(drop);
                self.or_fail(committed)
            }
            State::Settled => Ok(()),
            State::Gone => {
                self.state = State::Gone;
                Ok(())
            }
            State::Failed(error) => self.or_fail(Err(error)),
        }
    }

    /// It goes on at another path, because a folder above it was moved, or it was itself.
    pub(super) async fn follow(&mut self, path: DossierPath) {
        self.path = path;
        if let State::Open(upload) = &mut self.state {
            let followed = upload.follow(&self.path).await;
            let _ = self.or_fail(followed);
        }
    }

    /// Makes what was written so far the file, where a file may be half.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where one is delivered when it is closed; those of [`Writer::settle`].
    pub(super) async fn sync(&mut self) -> Result<()> {
        if self.live().is_some_and(|upload| upload.delivers()) {
            return Err(Error::Unsupported);
        }
        self.settle().await
    }

    /// A copy takes its place: what was begun is dropped, and `made` is the verdict on the copy.
    pub(super) fn replace(&mut self, made: Result<()>) -> Result<()> {
        self.state = State::Settled;
        self.fresh = false;
        self.or_fail(made)
    }

    /// It was removed or replaced; what was begun is dropped.
    pub(super) fn forget(&mut self) {
        self.state = State::Gone;
    }

    /// The connection is gone.
    pub(super) async fn cut(&mut self) {
        if let State::Open(upload) = std::mem::replace(&mut self.state, State::Gone) {
            upload.cut().await;
        }
    }
}
