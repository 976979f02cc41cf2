//! An object in the making, in a folder: a file that has its name from the first byte on, because nothing
//! looks for that name before the catalog says it. A file made beside the others and renamed would take
//! the disk two commits instead of one.
//!
//! Every step here blocks. What there is to do is done in one go beside the async threads, because
//! each go costs two changes of thread. What is small never comes here: it goes into a segment.

use super::disk::has_its_name;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::thread::{self, JoinHandle};
use tokio::runtime::Handle;

/// After so many bytes the disk is told to begin, so that it writes while the rest still comes in.
const BEGIN: usize = 32 << 20;

/// Dropped before it is whole, it is removed.
#[derive(Debug)]
pub(super) struct Draft {
    file: File,
    /// `None` once it is no more a draft.
    path: Option<PathBuf>,
    /// Bytes that came since the disk was told to begin.
    since: usize,
    /// The disk at work. What it says must be heard: an error is told once.
    begun: Option<JoinHandle<io::Result<()>>>,
}

impl Draft {
    /// Makes the file, which must not be there.
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok(Self { file, path: Some(path), since: 0, begun: None })
    }

    /// Adds to the end.
    pub(super) fn write(mut self, data: &[u8]) -> io::Result<Self> {
        self.file.write_all(data)?;
        self.since += data.len();
        if self.since >= BEGIN && self.begun.as_ref().is_none_or(JoinHandle::is_finished) {
            self.settle()?;
            self.since = 0;
            let file = self.file.try_clone()?;
            // Without a thread the end takes longer, and is no other.
            self.begun = thread::Builder::new().spawn(move || file.sync_data()).ok();
        }
        Ok(self)
    }

    /// Waits for the disk at work.
    fn settle(&mut self) -> io::Result<()> {
        let stopped = |_| io::Error::other("the thread that waited for the disk stopped");
        self.begun.take().map_or(Ok(()), |begun| begun.join().map_err(stopped)?)
    }

    /// It is whole: on stable storage when this answers.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.settle()?;
        self.file.sync_all()?;
        if let Some(path) = &self.path {
            // What stood still for two days looks like what nobody wants: the sweep took it.
            has_its_name(&self.file, path)?;
            // Without this a power cut takes the name back.
            if let Some(folder) = path.parent() {
                File::open(folder)?.sync_all()?;
            }
        }
        self.path = None;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Without a runtime the process ends; the sweep finds it.
        if let (Some(path), Ok(runtime)) = (self.path.take(), Handle::try_current()) {
            runtime.spawn_blocking(move || {
                if let Err(error) = fs::remove_file(path) {
                    tracing::warn!(%error, "an unfinished object is left for the sweep");
                }
            });
        }
    }
}
