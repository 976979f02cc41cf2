//! Where an object is read from: a file of our own, or a bucket by opendal; its own, or one that it lies in.
//!
//! Of a file, what the system has in memory is read where it is asked for: it takes microseconds, and
//! to hand it to another thread and back costs more than that. Only what must come from the disk is
//! waited for beside the async threads.

use super::cause::{Cause, Step};
use bytes::Bytes;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::{ReadWriteFlags, preadv2};
use std::fs::File;
use std::io::{self, IoSliceMut};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// An object, open to read.
pub(super) struct Source {
    pub(super) file: Content,
    /// Where in the file it begins.
    pub(super) begins: u64,
}

/// A file with an object in it.
pub(super) enum Content {
    File(Arc<File>),
    Bucket(opendal::Reader),
}

impl Content {
    /// Opens a file.
    pub(super) async fn file(path: PathBuf) -> Step<Self> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        // Any error may be that the system would have to wait, or does not know how not to.
        let at_hand = openat2(CWD, &path, flags, Mode::empty(), ResolveFlags::CACHED);
        let file = match at_hand {
            Ok(file) => file.into(),
            Err(_) => spawn_blocking(move || File::open(path)).await??,
        };
        Ok(Self::File(Arc::new(file)))
    }
}

impl Source {
    /// A range of the object, whole.
    pub(super) async fn read(&self, range: Range<u64>) -> Step<Bytes> {
        const CUT: Cause = Cause::Broken("cut short");
        let (at, length) = (self.begins + range.start, range.end - range.start);
        match &self.file {
            Content::Bucket(reader) => {
                let found = reader.read(at..at + length).await?.to_bytes();
                if found.len() as u64 == length { Ok(found) } else { Err(CUT) }
            }
            Content::File(file) => {
                let mut data = vec![0; usize::try_from(length).map_err(|_| CUT)?];
                let done = at_hand(file, at, &mut data);
                if done < data.len() {
                    let file = Arc::clone(file);
                    data = spawn_blocking(move || -> io::Result<_> {
                        let (_, rest) = data.split_at_mut(done);
                        file.read_exact_at(rest, at + done as u64)?;
                        Ok(data)
                    })
                    .await??;
                }
                Ok(data.into())
            }
        }
    }
}

/// Reads what is in memory. Gives how much of the beginning that was.
fn at_hand(file: &File, at: u64, data: &mut [u8]) -> usize {
    let mut done = 0;
    while let Some(rest) = data.get_mut(done..).filter(|rest| !rest.is_empty()) {
        let into = &mut [IoSliceMut::new(rest)];
        match preadv2(file, into, at + done as u64, ReadWriteFlags::NOWAIT) {
            Ok(read) if read > 0 => done += read,
            _ => break,
        }
    }
    done
}
