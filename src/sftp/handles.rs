//! What a session has open.
//!
//! Knows which handle stands for what, and that all handles on a path that is being written share
//! one upload: what one of them wrote, the others and a STAT see before it is committed.

use super::ahead::Ahead;
use super::budget::{Budget, Charge};
use super::codec::HandleId;
use super::left::Left;
use super::order::key;
use super::writer::Writer;
use crate::dossier::{DossierPath, Error, Result};
use crate::vfs::{Download, Entry, Listing, Session};
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::{Arc, Mutex as Lock, MutexGuard, PoisonError};
use tokio::sync::Mutex;

/// How many may be open in one session.
pub(super) const MAX_HANDLES: u32 = 1024;
/// How many of them folders.
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
    /// In which each of them counts as one.
    open: Arc<Budget>,
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
    _counts: Charge,
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
    pub(super) fn new(session: Arc<Session>, open: Arc<Budget>) -> Self {
        Self { session, open, table: Lock::default() }
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
        let counts = self.open.try_charge(1).ok_or(Error::TooMany)?;
        let mut id = table.last;
        loop {
            id = id.wrapping_add(1).max(1);
            if !table.open.contains_key(&id) {
                break;
            }
        }
        table.last = id;
        table.open.insert(id, Slot { open, at: path.map(|path| self.at(path)), _counts: counts });
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

    /// Whether the same paths are the same files in both.
    pub(super) fn sees_as(&self, other: &Self) -> bool {
        let seen = |handles: &Self| (handles.session.party, handles.session.scope);
        seen(self) == seen(other)
    }

    /// All that is open.
    pub(super) fn all(&self) -> Vec<Open> {
        self.table().open.values().map(|slot| slot.open.clone()).collect()
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
    /// What the download keeps of the content.
    held: Charge,
}

impl Reader {
    pub(super) fn new(path: DossierPath, download: Download, memory: &Arc<Budget>) -> Self {
        let (ahead, held) = (Ahead::default(), memory.charge(0));
        let mut reader = Self { path, download, ahead, held };
        reader.hold();
        reader
    }

    /// What was read is kept for the next read while there is room for it.
    fn hold(&mut self) {
        if !self.held.try_set(self.download.holds()) {
            self.download.forget();
        }
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
        self.hold();
        Ok(self.ahead.fill(&start, fetched, length, charge))
    }
}

/// A folder open to list.
#[derive(Debug)]
pub(super) struct Folder {
    path: DossierPath,
    pub(super) listing: Listing,
    left: Left,
    /// Whether `.` and `..` were told.
    pub(super) begun: bool,
    /// What was fetched and not told.
    held: Charge,
}

impl Folder {
    /// # Errors
    /// [`Error::TooMany`].
    pub(super) fn new(
        path: DossierPath,
        listing: Listing,
        left: Left,
        memory: &Arc<Budget>,
    ) -> Result<Self> {
        let held = memory.try_charge(listing.holds()).ok_or(Error::TooMany)?;
        Ok(Self { path, listing, left, begun: false, held })
    }

    /// The next of what is in it.
    pub(super) async fn next(&mut self, session: &Session) -> Result<Option<Entry>> {
        let Some(entry) = self.listing.next().await? else { return Ok(self.left.next()) };
        let further = self.left.take(session, &self.path, &entry.name);
        Ok(Some(further.unwrap_or(entry)))
    }

    /// Some of it was told.
    pub(super) fn told(&mut self) {
        self.held.set(self.listing.holds());
    }
}
