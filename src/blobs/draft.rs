//! An object in the making, in a folder: a file beside the others, renamed to its place once it is whole.
//!
//! Every step here blocks. What there is to do is done in one go beside the async threads, because
//! each go costs two changes of thread: of a small object that is all of it, from making the file
//! to the fsync of the folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tokio::runtime::Handle;

/// Dropped before it has its place, it is removed.
#[derive(Debug)]
pub(super) struct Draft {
    file: File,
    /// `None` once it is no more a draft.
    path: Option<PathBuf>,
}

impl Draft {
    /// Makes the file, which must not be there.
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok(Self { file, path: Some(path) })
    }

    /// Adds to the end.
    pub(super) fn write(mut self, data: &[u8]) -> io::Result<Self> {
        self.file.write_all(data)?;
        Ok(self)
    }

    /// Moves it to its place: on stable storage when this answers.
    pub(super) fn finish(mut self, place: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        if let Some(path) = &self.path {
            fs::rename(path, place)?;
        }
        self.path = None;
        // Without this a power cut takes the name back.
        place.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Without a runtime the process ends; the next one removes it.
        if let (Some(path), Ok(runtime)) = (self.path.take(), Handle::try_current()) {
            runtime.spawn_blocking(move || {
                if let Err(error) = fs::remove_file(path) {
                    tracing::warn!(%error, "an unfinished object is left for the sweep");
                }
            });
        }
    }
}
