//! Small objects of a folder: many in one file, so that the disk makes many of them durable in the time of one.
//!
//! A file of its own costs the disk two commits of its journal, for the file and for its name; that is most of what a
//! payslip costs. A segment is a tar archive that grows, and whoever comes first writes for all that wait (group
//! commit). Nothing in it is ever changed: what is deleted leaves a hole, and its place goes back to the disk.
//!
//! Every step here blocks, but for [`Segments::append`].

use super::BlobKey;
use super::cause::{Cause, Step};
use super::disk::{has_its_name, has_room};
use super::list::Listed;
use super::member::{self, Member, Members};
use super::store::OBJECTS;
use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::mem;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

/// A segment of so many bytes takes no more. Whoever copies contents file by file copies it again when something
/// in it was deleted.
const FULL: u64 = 16 << 20;

/// How many objects are brought to the disk at once, at most.
const GROUP: usize = 64;

/// The segment of this process that takes objects, and the objects that wait for it. Cheap to clone.
#[derive(Clone)]
pub(super) struct Segments(Arc<Shared>);

struct Shared {
    root: PathBuf,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    /// Whether somebody writes for all that wait. It has the segment then.
    writing: bool,
    open: Option<Open>,
}

/// An object, and whom to tell where it lies.
struct Waiting {
    object: Vec<u8>,
    done: oneshot::Sender<Step<BlobKey>>,
}

impl Segments {
    pub(super) fn new(root: PathBuf) -> Self {
        Self(Arc::new(Shared { root, queue: Mutex::default() }))
    }

    /// Stores an object: on stable storage when this answers, under the name that it gives.
    pub(super) async fn append(&self, object: Vec<u8>) -> Step<BlobKey> {
        let (done, told) = oneshot::channel();
        let first = {
            let mut queue = self.0.queue();
            queue.waiting.push(Waiting { object, done });
            !mem::replace(&mut queue.writing, true)
        };
        if first {
            let turn = Turn { of: Arc::clone(&self.0), ended: false };
            spawn_blocking(move || turn.write_for_all());
        }
        told.await.map_err(|_| Cause::Broken("the work was stopped"))?
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a group, and tells each where it lies or why it does not.
    fn write(&self, open: &mut Option<Open>, group: Vec<Waiting>) {
        let segment = |()| match open.take().filter(|open| open.end < FULL) {
            Some(open) => Ok(open),
            None => Open::create(&self.root),
        };
        let segment = has_room(&self.root.join(OBJECTS)).and_then(segment);
        let objects = group.iter().map(|waiting| waiting.object.as_slice());
        let written = segment.and_then(|mut segment| {
            let keys = segment.append(objects)?;
            *open = Some(segment);
            Ok(keys)
        });
        match written {
            Ok(keys) => {
                for (waiting, key) in group.into_iter().zip(keys) {
                    if waiting.done.send(Ok(key.clone())).is_err() {
                        // Whoever waited is gone.
                        if let Err(error) = delete(&self.root.join(key.path()), &key) {
                            tracing::warn!(%error, "an object that nobody wants is left for the sweep");
                        }
                    }
                }
            }
            Err(error) => {
                for waiting in group {
                    let same = error.raw_os_error().map(io::Error::from_raw_os_error);
                    let same = same.unwrap_or_else(|| error.kind().into());
                    // Whoever is gone need not hear it.
                    let _ = waiting.done.send(Err(same.into()));
                }
            }
        }
    }
}

/// The turn of whoever writes for all.
struct Turn {
    of: Arc<Shared>,
    ended: bool,
}

impl Turn {
    /// Writes until nobody waits.
    fn write_for_all(mut self) {
        let shared = Arc::clone(&self.of);
        let mut open = shared.queue().open.take();
        loop {
            let group: Vec<_> = {
                let mut queue = shared.queue();
                let count = queue.waiting.len().min(GROUP);
                if count == 0 {
                    (queue.writing, queue.open, self.ended) = (false, open, true);
                    return;
                }
                queue.waiting.drain(..count).collect()
            };
            shared.write(&mut open, group);
        }
    }
}

impl Drop for Turn {
    /// A turn that was cut off leaves nobody waiting for ever.
    fn drop(&mut self) {
        if !self.ended {
            let mut queue = self.of.queue();
            queue.writing = false;
            queue.waiting.clear();
        }
    }
}

/// A segment that takes objects. It is locked (flock), so that nobody removes it while nothing is in it.
struct Open {
    name: BlobKey,
    path: PathBuf,
    file: File,
    /// Where the next object begins.
    end: u64,
}

impl Open {
    /// A new one; its name is on stable storage.
    fn create(root: &Path) -> io::Result<Self> {
        loop {
            let name = BlobKey::generate().map_err(|_| io::Error::other("no randomness"))?;
            let path = root.join(name.segment());
            let new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            // A sweep may see that it is empty before it is locked, and remove it.
            if !lock(&new)? || new.metadata()?.nlink() == 0 {
                continue;
            }
            let open = Self { name, path, file: new, end: 0 };
            if let Some(folder) = open.path.parent() {
                File::open(folder)?.sync_all()?;
            }
            return Ok(open);
        }
    }

    /// Adds objects, and gives their names. After an error nothing of them is there, and nothing more may come: what
    /// a disk did not write it may say once.
    fn append<'a>(&mut self, objects: impl Iterator<Item = &'a [u8]>) -> io::Result<Vec<BlobKey>> {
        let begun = self.end;
        let written = self.write(objects);
        if written.is_err()
            && let Err(error) = self.file.set_len(begun)
        {
            tracing::warn!(%error, "objects that are not whole are left for the sweep");
        }
        written
    }

    fn write<'a>(&mut self, objects: impl Iterator<Item = &'a [u8]>) -> io::Result<Vec<BlobKey>> {
        let mut keys = Vec::new();
        for object in objects {
            let key = self.name.within(self.end);
            let header = member::header(&key, object.len())?;
            self.file.write_all_at(&header, self.end)?;
            self.file.write_all_at(object, self.end + header.len() as u64)?;
            self.end += member::extent(object.len() as u64);
            keys.push(key);
        }
        // A tar archive ends with whole blocks.
        self.file.set_len(self.end)?;
        self.file.sync_data()?;
        has_its_name(&self.file, &self.path)?;
        Ok(keys)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // All that was in it may have been deleted while it was locked.
        let unlocked = self.file.unlock();
        if let Err(error) = unlocked.and_then(|()| remove_if_empty(&self.path)) {
            tracing::warn!(%error, "an empty file of contents stays");
        }
    }
}

/// The size of an object in the segment at `path`, in bytes; `None` when it is not there.
pub(super) fn size(path: &Path, key: &BlobKey) -> io::Result<Option<u64>> {
    let Some(file) = found(File::open(path))? else { return Ok(None) };
    let Some(member) = Member::of(&file, key)? else { return Ok(None) };
    let there = file.metadata()?.len().saturating_sub(member.data());
    Ok(Some(member.size.min(there)))
}

/// What is in the segment at `path`; nothing when it is not there.
pub(super) fn members(path: &Path) -> io::Result<Vec<Listed>> {
    let mut all = Vec::new();
    let Some(mut members) = found(Members::of(path))? else { return Ok(all) };
    while let Some((key, member)) = members.next()? {
        all.push(Listed { key, stored_size: member.size, modified: 0 });
    }
    // Only now, so that what came while they were looked through is not taken for older than it is.
    let modified = members.modified()?;
    for listed in &mut all {
        listed.modified = modified;
    }
    Ok(all)
}

/// Deletes an object from the segment at `path`; one that is not there is deleted already.
pub(super) fn delete(path: &Path, key: &BlobKey) -> io::Result<()> {
    let open = OpenOptions::new().read(true).write(true).open(path);
    let Some(file) = found(open)? else { return Ok(()) };
    let Some(member) = Member::of(&file, key)? else { return Ok(()) };
    let extent = member::extent(member.size);
    let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    match fallocate(&file, hole, member.place, extent) {
        // A filesystem without holes has its place back when all of the segment is gone.
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => zero(&file, member.place, extent)?,
        done => done?,
    }
    drop(file);
    remove_if_empty(path)
}

/// Writes zeros over what lies there.
fn zero(file: &File, from: u64, extent: u64) -> io::Result<()> {
    let end = file.metadata()?.len().min(from + extent);
    let zeros = usize::try_from(end.saturating_sub(from)).map_err(io::Error::other)?;
    file.write_all_at(&vec![0; zeros], from)
}

/// Removes a segment that nothing is in and that nobody writes to.
pub(super) fn remove_if_empty(path: &Path) -> io::Result<()> {
    let open = OpenOptions::new().read(true).write(true).open(path);
    let Some(file) = found(open)? else { return Ok(()) };
    if lock(&file)? && member::is_empty(&file)? {
        found(fs::remove_file(path))?;
    }
    Ok(())
}

/// Locks a segment; whether it could.
fn lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// What came of it, unless there is no such file.
fn found<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        done => done.map(Some),
    }
}
