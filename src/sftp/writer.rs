//! A file that is being written, through one handle or several.
//!
//! Knows what became of it: whether it goes on, was committed, was removed under its handles or failed.

use super::budget::{Budget, Charge};
use crate::dossier::{DossierPath, Error, Result};
use crate::vfs::{Create, Entry, Session, Upload, Vfs};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A file that is being written.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) path: DossierPath,
    /// For what the upload holds in memory.
    memory: Arc<Budget>,
    state: State,
    /// Nothing was there at the beginning and nothing was written since.
    fresh: bool,
    /// When the client last wrote.
    touched: Instant,
    /// Somebody else writes under that name too: who takes that for something to go on with, must not
    /// make a file of it with nothing at its beginning.
    no_gaps: bool,
}

/// How long a client has not written which is taken to be gone when the same account comes back.
const GONE: Duration = Duration::from_secs(2);

#[derive(Debug)]
enum State {
    Open(Box<Upload>, Charge),
    /// Committed, or made by a copy; a handle on it may write on.
    Committed,
    /// Removed or replaced under its handles.
    Gone,
    /// A write failed. What is there has a hole and is never committed.
    Failed(Error),
}

impl Writer {
    pub(super) fn new(
        path: DossierPath,
        upload: Upload,
        memory: Arc<Budget>,
        no_gaps: bool,
    ) -> Self {
        let fresh = upload.size() == 0;
        let state = State::Open(Box::new(upload), memory.charge(0));
        Self { path, memory, state, fresh, touched: Instant::now(), no_gaps }
    }

    /// Whether nothing was written yet.
    pub(super) fn is_fresh(&self) -> bool {
        self.fresh && matches!(self.state, State::Open(..))
    }

    /// The file as it would be, while it is not committed.
    pub(super) fn live(&mut self) -> Option<&mut Upload> {
        match &mut self.state {
            State::Open(upload, _) => Some(upload),
            State::Committed | State::Gone | State::Failed(_) => None,
        }
    }

    /// The upload to write on with, begun anew where it was committed under this handle.
    async fn upload(&mut self, vfs: &Vfs, session: &Session) -> Result<&mut Upload> {
        match self.state {
            State::Committed => {
                let create = Create { keep: true, ..Create::default() };
                let upload = vfs.create(session, &self.path, create).await?;
                self.state = State::Open(Box::new(upload), self.memory.charge(0));
            }
            State::Gone => return Err(Error::NotFound),
            State::Failed(error) => return Err(error),
            State::Open(..) => {}
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
        (self.fresh, self.touched) = (false, Instant::now());
        let no_gaps = self.no_gaps;
        let upload = self.upload(vfs, session).await?;
        let offset = offset.unwrap_or_else(|| upload.size());
        let written = if no_gaps && offset > upload.size() {
            Err(Error::Precondition)
        } else {
            upload.write_at(offset, data).await
        };
        // A write that took long is not one of long ago.
        self.touched = Instant::now();
        self.or_fail(written)?;
        let held = self.hold().await;
        self.or_fail(held)
    }

    /// Counts what it holds in memory. Where there is no room for that, it goes on on the disk.
    async fn hold(&mut self) -> Result<()> {
        let State::Open(upload, held) = &mut self.state else { return Ok(()) };
        if !held.try_set(upload.holds()) {
            upload.stage().await?;
            held.set(upload.holds());
        }
        Ok(())
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
            State::Open(upload, _) => upload.read_at(offset, length).await,
            State::Committed => vfs.open(session, &self.path).await?.read_at(offset, length).await,
            State::Gone => Err(Error::NotFound),
            State::Failed(error) => Err(*error),
        }
    }

    /// Makes it the file. What follows on the handles on it begins from there.
    ///
    /// # Errors
    /// Those of the commit, or of the write that failed before it.
    pub(super) async fn commit(&mut self) -> Result<()> {
        match std::mem::replace(&mut self.state, State::Committed) {
            State::Open(upload, _held) => {
                let committed = upload.commit().await.map(drop);
                self.or_fail(committed)
            }
            State::Committed => Ok(()),
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
        if let State::Open(upload, _) = &mut self.state {
            let followed = upload.follow(&self.path).await;
            let _ = self.or_fail(followed);
        }
    }

    /// Makes what was written so far the file, where a file may be half.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where one is delivered when it is closed; those of [`Writer::commit`].
    pub(super) async fn sync(&mut self) -> Result<()> {
        if self.live().is_some_and(|upload| upload.delivers()) {
            return Err(Error::Unsupported);
        }
        self.commit().await
    }

    /// A copy takes its place: what was begun is dropped, and `made` is the verdict on the copy.
    pub(super) fn replace(&mut self, made: Result<()>) -> Result<()> {
        self.state = State::Committed;
        self.fresh = false;
        self.or_fail(made)
    }

    /// It was removed or replaced; what was begun is dropped.
    pub(super) fn forget(&mut self) {
        self.state = State::Gone;
    }

    /// Another session took it away. Its close says so: what is handed in is lost to whoever wrote it.
    pub(super) fn lose(&mut self) {
        self.state = State::Failed(Error::NotFound);
    }

    /// The connection is gone. Whether what came was kept.
    ///
    /// # Errors
    /// Why it could not be.
    pub(super) async fn cut(&mut self) -> Result<bool> {
        match std::mem::replace(&mut self.state, State::Gone) {
            State::Open(upload, _held) => upload.cut().await,
            State::Committed | State::Gone | State::Failed(_) => Ok(false),
        }
    }

    /// What would be kept of it if the connection were gone, as it seems to be.
    pub(super) fn left(&self) -> Option<Entry> {
        match &self.state {
            State::Open(upload, _)
                if upload.is_kept_when_cut() && self.touched.elapsed() > GONE =>
            {
                Some(upload.entry())
            }
            _ => None,
        }
    }

    /// Somebody goes on with it in another session: what came so far is kept for that, and no more comes
    /// of this one. False when it goes on by itself.
    ///
    /// # Errors
    /// What came is not kept, and whoever goes on behind it would make a hole.
    pub(super) async fn hand_over(&mut self) -> Result<bool> {
        if self.left().is_none() {
            return Ok(!matches!(&self.state, State::Open(upload, _) if upload.is_kept_when_cut()));
        }
        let kept = self.cut().await;
        self.state = State::Failed(Error::Precondition);
        if kept? { Ok(true) } else { Err(Error::Precondition) }
    }
}
