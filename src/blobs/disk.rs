//! What a folder's disk is asked: whether a file still has its name.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

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
