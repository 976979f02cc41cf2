//! The only door to the dossier.
//!
//! Every verb goes one way: parse the path, resolve it to a place, ask `dossier` for the rights, act
//! and log in one transaction. Knows the catalog and the blobs; must not know any protocol.

mod entry;
pub mod roster;
mod session;

pub use entry::{
    Attributes, Checksum, Conditions, Create, Digests, Entry, Expect, Lock, LockRequest,
    PropertyChange, Remove, Space,
};
pub use session::{Protocol, Session};

use crate::dossier::{DossierPath, Error, Result};
use bytes::Bytes;

/// The door. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vfs {}

impl Vfs {
    /// What is at a path.
    ///
    /// # Errors
    /// [`Error::NotFound`] when nothing is there for this viewer.
    pub async fn stat(&self, session: &Session, path: &DossierPath) -> Result<Entry> {
        Err(Error::Unavailable)
    }

    /// What is in a folder. `properties` asks for the dead properties of every entry too.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotFolder`].
    pub async fn list(
        &self,
        session: &Session,
        path: &DossierPath,
        properties: bool,
    ) -> Result<Listing> {
        Err(Error::Unavailable)
    }

    /// Opens a file to read: one version of it, whatever is put there meanwhile.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::IsFolder`], [`Error::Denied`] for what was delivered and cannot be read back.
    pub async fn open(&self, session: &Session, path: &DossierPath) -> Result<Download> {
        Err(Error::Unavailable)
    }

    /// Begins to write a file. Nothing of it is seen until [`Upload::commit`].
    ///
    /// # Errors
    /// [`Error::NoParent`], [`Error::Denied`], [`Error::BadName`], [`Error::IsFolder`], [`Error::Locked`],
    /// [`Error::NoSpace`]; [`Error::NotFound`] without `make`; [`Error::Exists`] against `expect`.
    pub async fn create(
        &self,
        session: &Session,
        path: &DossierPath,
        create: Create,
    ) -> Result<Upload> {
        Err(Error::Unavailable)
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::NoParent`], [`Error::Denied`], [`Error::BadName`], [`Error::Locked`].
    pub async fn make_folder(
        &self,
        session: &Session,
        path: &DossierPath,
        conditions: &Conditions,
    ) -> Result<Entry> {
        Err(Error::Unavailable)
    }

    /// Deletes, un-shares, withdraws or ends a forwarding, by where it lies.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Locked`], [`Error::NotEmpty`], [`Error::IsFolder`], [`Error::NotFolder`].
    pub async fn remove(
        &self,
        session: &Session,
        path: &DossierPath,
        what: Remove,
        conditions: &Conditions,
    ) -> Result<()> {
        Err(Error::Unavailable)
    }

    /// Moves: renames, shares, un-shares or forwards, by where it comes from and goes to. True when
    /// nothing was replaced.
    ///
    /// # Errors
    /// As [`Vfs::remove`] for the source and [`Vfs::create`] for the target; [`Error::Exists`] for a taken name
    /// without `overwrite`; [`Error::KindsMeet`]; [`Error::Denied`] onto an ancestor or into itself.
    pub async fn relocate(
        &self,
        session: &Session,
        from: &DossierPath,
        to: &DossierPath,
        overwrite: bool,
        conditions: &Conditions,
    ) -> Result<bool> {
        Err(Error::Unavailable)
    }

    /// Copies on the server: a copy of one's own, or a forward, by where it goes to. A folder with
    /// all that is in it, or alone when `shallow`. True when nothing was replaced.
    ///
    /// # Errors
    /// As [`Vfs::relocate`].
    pub async fn copy(
        &self,
        session: &Session,
        from: &DossierPath,
        to: &DossierPath,
        overwrite: bool,
        shallow: bool,
        conditions: &Conditions,
    ) -> Result<bool> {
        Err(Error::Unavailable)
    }

    /// Sets times and shown permissions.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Locked`].
    pub async fn set_attributes(
        &self,
        session: &Session,
        path: &DossierPath,
        attributes: Attributes,
        conditions: &Conditions,
    ) -> Result<()> {
        Err(Error::Unavailable)
    }

    /// Sets and removes dead properties, all or none.
    ///
    /// # Errors
    /// As [`Vfs::set_attributes`]; [`Error::TooMany`] over 10 of them or over 4 KiB.
    pub async fn patch_properties(
        &self,
        session: &Session,
        path: &DossierPath,
        changes: Vec<PropertyChange>,
        conditions: &Conditions,
    ) -> Result<()> {
        Err(Error::Unavailable)
    }

    /// Locks a file or folder. Where nothing is there, an empty file is made first; true when so.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::Denied`], [`Error::NoParent`], [`Error::TooMany`] over 100 locks of one account.
    pub async fn lock(
        &self,
        session: &Session,
        path: &DossierPath,
        request: LockRequest,
        conditions: &Conditions,
    ) -> Result<(Lock, bool)> {
        Err(Error::Unavailable)
    }

    /// Gives a lock its time again.
    ///
    /// # Errors
    /// [`Error::Precondition`] when the account holds no such lock there.
    pub async fn refresh_lock(
        &self,
        session: &Session,
        path: &DossierPath,
        token: &str,
        timeout: Option<u32>,
    ) -> Result<Lock> {
        Err(Error::Unavailable)
    }

    /// Ends a lock.
    ///
    /// # Errors
    /// [`Error::Precondition`] when the account holds no such lock there.
    pub async fn unlock(&self, session: &Session, path: &DossierPath, token: &str) -> Result<()> {
        Err(Error::Unavailable)
    }

    /// How much room the viewer has where the path is.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn space(&self, session: &Session, path: &DossierPath) -> Result<Space> {
        Err(Error::Unavailable)
    }
}

/// What is in a folder, a page at a time.
#[derive(Debug)]
pub struct Listing {
    /// The folder itself.
    pub folder: Entry,
}

impl Listing {
    /// The next entries in the order of their names, `None` after the last. At most 10,000 at once.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: a listing never just ends early.
    pub async fn page(&mut self) -> Result<Option<Vec<Entry>>> {
        Err(Error::Unavailable)
    }
}

/// One version of a file, open to read.
#[derive(Debug)]
pub struct Download {
    /// The file.
    pub entry: Entry,
}

impl Download {
    /// At most `length` bytes from `offset`, fewer only at the end, none past it. Every byte was
    /// verified. May be called at the same time from several places.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the content is broken or away, [`Error::SessionEnded`].
    pub async fn read_at(&self, offset: u64, length: usize) -> Result<Bytes> {
        Err(Error::Unavailable)
    }
}

/// A file being written. Dropped without commit, nothing of it remains.
#[derive(Debug)]
pub struct Upload {}

impl Upload {
    /// Writes at any offset; in order is fastest. A hole reads as zeros.
    ///
    /// # Errors
    /// [`Error::NoSpace`], [`Error::TooLarge`], [`Error::Unavailable`], [`Error::SessionEnded`].
    pub async fn write_at(&mut self, offset: u64, data: Bytes) -> Result<()> {
        Err(Error::Unavailable)
    }

    /// Reads what was written so far.
    ///
    /// # Errors
    /// As [`Download::read_at`].
    pub async fn read_at(&mut self, offset: u64, length: usize) -> Result<Bytes> {
        Err(Error::Unavailable)
    }

    /// Cuts or lengthens.
    ///
    /// # Errors
    /// As [`Upload::write_at`].
    pub async fn set_len(&mut self, length: u64) -> Result<()> {
        Err(Error::Unavailable)
    }

    /// Sets what the file will have when it is committed.
    pub fn set_attributes(&mut self, attributes: Attributes) {}

    /// The length so far.
    pub fn size(&self) -> u64 {
        0
    }

    /// As a stat of the file would show it, were it committed now.
    pub fn entry(&self) -> Entry {
        Entry::default()
    }

    /// Makes it the file: durable when this answers. True when no file was there before.
    ///
    /// # Errors
    /// As [`Vfs::create`]; [`Error::Truncated`], [`Error::Checksum`], [`Error::Precondition`], [`Error::Refused`].
    pub async fn commit(self) -> Result<(Entry, bool)> {
        Err(Error::Unavailable)
    }

    /// The connection broke: in `/Aanleveren` and `/Back-ups`, under a name that no file has, what
    /// came stays for the same account to resume; elsewhere nothing of it remains.
    pub async fn cut(self) {}
}
