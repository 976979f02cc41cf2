//! What a folder's disk is asked: whether a file still has its name, and whether there is room.

use rustix::fs::statvfs;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// So many bytes of a disk are left free by contents, and of a small one its tenth part: without them the
/// catalog could not even write that something was deleted.
const RESERVE: u64 = 64 << 20;
const PART: u64 = 10;

/// Refuses what was written where its name no longer leads: the file was taken away, or another was put in its
/// place, or in that of its folder.
pub(super) fn has_its_name(file: &File, path: &Path) -> io::Result<()> {
    let (is, named) = (file.metadata()?, fs::metadata(path)?);
    if (is.dev(), is.ino()) == (named.dev(), named.ino()) {
        Ok(())
    } else {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// Refuses contents when less than the reserve is left.
pub(super) fn has_room(folder: &Path) -> io::Result<()> {
    let disk = statvfs(folder)?;
    let size = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
    // What does not tell its size has no reserve.
    let reserve = RESERVE.min(size(disk.f_blocks) / PART);
    if size(disk.f_bavail) >= reserve {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::StorageFull, "what is left of the disk is for the catalog"))
}
