//! How an object lies in a segment: as a member of a tar archive (POSIX.1-1988, ustar), so that
//! `tar --ignore-zeros --extract` has it back as the age file that it is.
//!
//! Each begins at a multiple of [`PLACE`], so that what is deleted leaves a hole of whole blocks. Its name says where
//! it lies and holds the 128 random bits of the segment's: nothing else in a file looks like its header.

use super::BlobKey;
use crate::clock::Clock;
use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use tar::{EntryType, Header};

/// What a member begins at a multiple of, in bytes.
pub(super) const PLACE: u64 = BLOCK as u64;
const BLOCK: usize = 4096;

/// The size of a header, in bytes.
pub(super) const HEADER: usize = 512;

/// The largest object that lies among others, in bytes: one that is sealed, and read, in one go.
pub(super) const SMALL: usize = 257 * 1024;

/// The header of an object of `size` bytes.
pub(super) fn header(key: &BlobKey, size: usize) -> io::Result<[u8; HEADER]> {
    let mut header = Header::new_ustar();
    header.set_path(key.member())?;
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o600);
    header.set_size(size as u64);
    let now = Clock::system().set_to() / 1_000;
    header.set_mtime(u64::try_from(now).unwrap_or_default());
    header.set_cksum();
    Ok(*header.as_bytes())
}

/// How much of a segment an object of `size` bytes takes, in bytes.
pub(super) const fn extent(size: u64) -> u64 {
    (HEADER as u64 + size).next_multiple_of(PLACE)
}

/// An object in a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    /// Where its header is.
    pub(super) place: u64,
    /// Its bytes.
    pub(super) size: u64,
}

impl Member {
    /// Where its bytes begin.
    pub(super) const fn data(&self) -> u64 {
        self.place + HEADER as u64
    }

    /// The one that a name says, when it is there.
    pub(super) fn of(file: &File, key: &BlobKey) -> io::Result<Option<Self>> {
        let mut bytes = [0; HEADER];
        match file.read_exact_at(&mut bytes, key.place().unwrap_or_default()) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            read => read.map(|()| Self::read(&bytes, key)),
        }
    }

    /// The same from its header.
    pub(super) fn read(bytes: &[u8; HEADER], key: &BlobKey) -> Option<Self> {
        let header = Header::from_byte_slice(bytes);
        let place = key.place()?;
        let mut sum = header.clone();
        sum.set_cksum();
        let whole = sum.cksum().ok() == header.cksum().ok();
        (whole && *header.path_bytes() == *key.member().as_bytes()).then_some(())?;
        let size = header.size().ok().filter(|size| *size <= SMALL as u64)?;
        Some(Self { place, size })
    }
}

/// All that is in a segment, in order.
pub(super) struct Members {
    file: File,
    /// The segment's name.
    name: BlobKey,
    /// Where to look next.
    at: u64,
}

impl Members {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let name = path.file_stem().and_then(|name| name.to_str()?.parse().ok());
        let name = name.ok_or_else(|| io::Error::other("not the name of a segment"))?;
        Ok(Self { file: File::open(path)?, name, at: 0 })
    }

    /// The next.
    pub(super) fn next(&mut self) -> io::Result<Option<(BlobKey, Member)>> {
        while let Some(at) = data(&self.file, self.at)? {
            let key = self.name.within(at);
            let found = Member::of(&self.file, &key)?;
            self.at = at + found.map_or(PLACE, |member| extent(member.size));
            if let Some(member) = found {
                return Ok(Some((key, member)));
            }
        }
        Ok(None)
    }

    /// When the segment was written to last, in Unix milliseconds by the filesystem's time: not before anything that
    /// was found was.
    pub(super) fn modified(&self) -> io::Result<i64> {
        let told = self.file.metadata()?;
        Ok(told.mtime().saturating_mul(1_000).saturating_add(told.mtime_nsec() / 1_000_000))
    }
}

/// Whether nothing is in a segment: what was deleted left a hole, or zeros. Something of which the header was damaged
/// is something.
pub(super) fn is_empty(file: &File) -> io::Result<bool> {
    let mut at = 0;
    while let Some(found) = data(file, at)? {
        let mut block = [0; BLOCK];
        let read = file.read_at(&mut block, found)?;
        if block.iter().take(read).any(|byte| *byte != 0) {
            return Ok(false);
        }
        at = found + PLACE;
    }
    Ok(true)
}

/// The next place, from `at` on, that is not in a hole.
fn data(file: &File, at: u64) -> io::Result<Option<u64>> {
    let found = match seek(file, SeekFrom::Data(at)) {
        Err(Errno::NXIO) => return Ok(None),
        // A filesystem that knows no holes.
        Err(Errno::INVAL) => at,
        found => found?,
    };
    let found = at.max(found / PLACE * PLACE);
    Ok((found < file.metadata()?.len()).then_some(found))
}
