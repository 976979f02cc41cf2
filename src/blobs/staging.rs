//! A file on the node for content that comes in any order, until it is whole.
//!
//! Encrypted page by page under a key that only this process's memory has, and without a name from
//! the moment it is made: when the process ends, however it ends, it is gone.

use super::cause::{Cause, Step};
use super::disk::has_room;
use super::sealing::random;
use crate::dossier::{Error, Result};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use bytes::{Bytes, BytesMut};
use data_encoding::HEXLOWER;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

/// Bytes of content in a page.
const PAGE: usize = 64 * 1024;
const TAG: usize = 16;

/// Bytes of a page on the disk.
const SLOT: usize = NONCE_LEN + PAGE + TAG;

/// How many pages go to the disk before it is asked again whether it has room.
const LOOK: u64 = 16;

/// No filesystem goes further, and no place in the file overflows before it.
const LIMIT: u64 = 1 << 60;

/// A file of random access. A step whose future was dropped is done all the same.
pub struct Staging {
    pages: Arc<Mutex<Pages>>,
    len: u64,
}

impl Staging {
    /// A new one, empty. Its file is made in `folder` once it is larger than a page.
    pub(super) fn new(folder: PathBuf) -> Step<Self> {
        let key = UnboundKey::new(&AES_256_GCM, Zeroizing::new(random::<32>()?).as_slice())?;
        let pages = Pages {
            folder,
            file: None,
            key: LessSafeKey::new(key),
            sealed: 0,
            hot: Page::empty(0),
        };
        Ok(Self { pages: Arc::new(Mutex::new(pages)), len: 0 })
    }

    /// Its length, in bytes.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether nothing is in it.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Writes at any offset. What was never written reads as zeros.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::NoSpace`], [`Error::Unavailable`].
    pub async fn write_at(&mut self, offset: u64, data: Bytes) -> Result<()> {
        if data.is_empty() {
            return Ok(());
        }
        let end = limit(offset.checked_add(data.len() as u64))?;
        self.len = self.len.max(end);
        self.step(offset..end, "write to staging", move |pages| pages.write(offset, &data)).await
    }

    /// At most `length` bytes from `offset`, fewer only at the end, none past it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn read_at(&mut self, offset: u64, length: usize) -> Result<Bytes> {
        let end = offset.saturating_add(length as u64).min(self.len);
        if offset >= end {
            return Ok(Bytes::new());
        }
        self.step(offset..end, "read from staging", move |pages| pages.read(offset, end)).await
    }

    /// Cuts, or lengthens with zeros.
    ///
    /// # Errors
    /// As [`Staging::write_at`].
    pub async fn set_len(&mut self, len: u64) -> Result<()> {
        let shorter = limit(Some(len))? < std::mem::replace(&mut self.len, len);
        if !shorter {
            return Ok(());
        }
        self.step(len..u64::MAX, "cut staging", move |pages| pages.cut(len)).await
    }

    /// Does a step on a thread where it may wait for the disk; here, when it touches no other page than
    /// the one in memory.
    async fn step<T: Send + 'static>(
        &self,
        range: std::ops::Range<u64>,
        doing: &'static str,
        step: impl FnOnce(&mut Pages) -> Step<T> + Send + 'static,
    ) -> Result<T> {
        if let Ok(mut pages) = self.pages.try_lock()
            && pages.hot.holds(&range)
        {
            return step(&mut pages).map_err(|cause| cause.report(doing));
        }
        let pages = Arc::clone(&self.pages);
        let done = spawn_blocking(move || match pages.lock() {
            Ok(mut pages) => step(&mut pages),
            Err(_) => Err(Cause::Broken("a step before it panicked")),
        });
        done.await
            .unwrap_or_else(|stopped| Err(stopped.into()))
            .map_err(|cause| cause.report(doing))
    }
}

impl fmt::Debug for Staging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Staging").field("len", &self.len).finish_non_exhaustive()
    }
}

fn limit(end: Option<u64>) -> Result<u64> {
    end.filter(|end| *end <= LIMIT).ok_or(Error::TooLarge)
}

/// The file. Every byte of a page past the content's end is zero.
struct Pages {
    folder: PathBuf,
    file: Option<File>,
    key: LessSafeKey,
    /// How many pages were sealed: every one has a nonce of its own, and none has that of a hole, zero.
    sealed: u64,
    /// The page last used, as it is now.
    hot: Page,
}

/// A page in memory.
struct Page {
    number: u64,
    data: Vec<u8>,
    dirty: bool,
}

impl Page {
    fn empty(number: u64) -> Self {
        Self { number, data: vec![0; PAGE], dirty: false }
    }

    fn holds(&self, range: &std::ops::Range<u64>) -> bool {
        let start = self.number * PAGE as u64;
        start <= range.start && range.end <= start + PAGE as u64
    }
}

/// The pages that a range touches: their numbers, and what of each.
fn pieces(start: u64, end: u64) -> impl Iterator<Item = (u64, std::ops::Range<usize>)> {
    let page = PAGE as u64;
    (start / page..end.div_ceil(page)).map(move |number| {
        let from = start.saturating_sub(number * page);
        let to = (end - number * page).min(page);
        let within = |place: u64| usize::try_from(place).unwrap_or(PAGE);
        (number, within(from)..within(to))
    })
}

impl Pages {
    fn write(&mut self, offset: u64, mut data: &[u8]) -> Step<()> {
        for (number, within) in pieces(offset, offset + data.len() as u64) {
            let whole = within.len() == PAGE;
            self.turn_to(number, whole)?;
            self.hot.dirty = true;
            if let (Some(to), Some((from, rest))) =
                (self.hot.data.get_mut(within.clone()), data.split_at_checked(within.len()))
            {
                to.copy_from_slice(from);
                data = rest;
            }
        }
        Ok(())
    }

    fn read(&self, offset: u64, end: u64) -> Step<Bytes> {
        let mut out = BytesMut::new();
        for (number, within) in pieces(offset, end) {
            if number == self.hot.number {
                out.extend_from_slice(self.hot.data.get(within).unwrap_or_default());
            } else {
                out.extend_from_slice(self.load(number)?.get(within).unwrap_or_default());
            }
        }
        Ok(out.freeze())
    }

    fn cut(&mut self, len: u64) -> Step<()> {
        let number = len / PAGE as u64;
        self.turn_to(number, false)?;
        self.hot.dirty = true;
        for (_, within) in pieces(len, (number + 1) * PAGE as u64) {
            self.hot.data.get_mut(within).unwrap_or_default().fill(0);
        }
        match &self.file {
            Some(file) if file.metadata()?.len() > slot(number + 1) => {
                Ok(file.set_len(slot(number + 1))?)
            }
            _ => Ok(()),
        }
    }

    /// Makes a page the one in memory; `blank` when all of it will be written over.
    fn turn_to(&mut self, number: u64, blank: bool) -> Step<()> {
        if self.hot.number == number {
            return Ok(());
        }
        self.flush()?;
        let data = if blank { std::mem::take(&mut self.hot.data) } else { self.load(number)? };
        self.hot = Page { number, data, dirty: false };
        Ok(())
    }

    fn flush(&mut self) -> Step<()> {
        if !self.hot.dirty {
            return Ok(());
        }
        if self.file.is_none() {
            self.file = Some(nameless(&self.folder)?);
        }
        if self.sealed.is_multiple_of(LOOK) {
            has_room(&self.folder)?;
        }
        self.sealed += 1;
        let mut nonce = [0; NONCE_LEN];
        nonce.iter_mut().zip(self.sealed.to_be_bytes()).for_each(|(to, from)| *to = from);
        let mut slot_bytes = Vec::with_capacity(SLOT);
        slot_bytes.extend_from_slice(&nonce);
        slot_bytes.extend_from_slice(&self.hot.data);
        let (_, page) = slot_bytes.split_at_mut(NONCE_LEN);
        let aad = Aad::from(self.hot.number.to_be_bytes());
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.key.seal_in_place_separate_tag(nonce, aad, page)?;
        slot_bytes.extend_from_slice(tag.as_ref());
        if let Some(file) = &self.file {
            file.write_all_at(&slot_bytes, slot(self.hot.number))?;
        }
        self.hot.dirty = false;
        Ok(())
    }

    /// A page from the file.
    fn load(&self, number: u64) -> Step<Vec<u8>> {
        let Some(file) = &self.file else { return Ok(vec![0; PAGE]) };
        let mut slot_bytes = vec![0; SLOT];
        match file.read_exact_at(&mut slot_bytes, slot(number)) {
            Err(past) if past.kind() == io::ErrorKind::UnexpectedEof => return Ok(vec![0; PAGE]),
            read => read?,
        }
        let nonce = slot_bytes.first_chunk::<NONCE_LEN>().copied().unwrap_or_default();
        let mut page = slot_bytes.split_off(NONCE_LEN);
        if nonce == [0; NONCE_LEN] {
            return Ok(vec![0; PAGE]);
        }
        let aad = Aad::from(number.to_be_bytes());
        self.key.open_in_place(Nonce::assume_unique_for_key(nonce), aad, &mut page)?;
        page.truncate(PAGE);
        Ok(page)
    }
}

/// Where a page lies in the file.
const fn slot(number: u64) -> u64 {
    number * SLOT as u64
}

/// A new file without a name.
fn nameless(folder: &std::path::Path) -> Step<File> {
    let name = folder.join(HEXLOWER.encode(&random::<16>()?));
    let file =
        OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&name)?;
    fs::remove_file(&name)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Act {
        Write(u64, usize, u8),
        Read(u64, usize),
        Length(u64),
    }

    /// Places around the edges of pages, and any others.
    fn place() -> impl Strategy<Value = u64> {
        let page = PAGE as u64;
        let edge = (0..5_u64, 0..3_u64).prop_map(move |(n, d)| (n * page + d).max(1) - 1);
        prop_oneof![0..5 * page, edge]
    }

    fn act() -> impl Strategy<Value = Act> {
        let length = || prop_oneof![0..64_usize, 0..3 * PAGE];
        prop_oneof![
            4 => (place(), length(), 1_u8..).prop_map(|(at, len, byte)| Act::Write(at, len, byte)),
            3 => (place(), length()).prop_map(|(at, len)| Act::Read(at, len)),
            1 => place().prop_map(Act::Length),
        ]
    }

    type Checked = std::result::Result<(), TestCaseError>;

    async fn on_both(acts: Vec<Act>) -> Checked {
        let folder = tempfile::tempdir().unwrap();
        let mut staging = Staging::new(folder.path().to_owned()).unwrap();
        let mut model: Vec<u8> = Vec::new();
        for act in acts {
            match act {
                Act::Write(at, length, byte) => {
                    staging.write_at(at, vec![byte; length].into()).await.unwrap();
                    let start = usize::try_from(at).unwrap();
                    if length > 0 {
                        model.resize(model.len().max(start + length), 0);
                        model[start..start + length].fill(byte);
                    }
                }
                Act::Read(at, length) => {
                    let start = usize::try_from(at).unwrap().min(model.len());
                    let end = (start + length).min(model.len());
                    let read = staging.read_at(at, length).await.unwrap();
                    prop_assert!(read == model[start..end], "read at {at} differs");
                }
                Act::Length(length) => {
                    staging.set_len(length).await.unwrap();
                    model.resize(usize::try_from(length).unwrap(), 0);
                }
            }
            prop_assert_eq!(staging.len(), model.len() as u64);
        }
        prop_assert!(staging.read_at(0, usize::MAX).await.unwrap() == model);
        prop_assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no file has a name");
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn staging_holds_what_a_vec_would(acts in prop::collection::vec(act(), 1..24)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(on_both(acts))?;
        }
    }

    fn file(staging: &Staging) -> File {
        staging.pages.lock().unwrap().file.as_ref().unwrap().try_clone().unwrap()
    }

    #[tokio::test]
    async fn nothing_of_the_content_is_on_the_disk_in_the_clear() {
        let folder = tempfile::tempdir().unwrap();
        let mut staging = Staging::new(folder.path().to_owned()).unwrap();
        staging.write_at(0, b"Loonstrook ".repeat(20_000).into()).await.unwrap();
        let mut on_disk = vec![0; 3 * SLOT];
        file(&staging).read_exact_at(&mut on_disk, 0).unwrap();
        assert!(!on_disk.windows(11).any(|w| w == b"Loonstrook "));
    }

    #[tokio::test]
    async fn a_page_changed_on_the_disk_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let mut staging = Staging::new(folder.path().to_owned()).unwrap();
        staging.write_at(0, vec![7; 3 * PAGE].into()).await.unwrap();
        let mut byte = [0];
        file(&staging).read_exact_at(&mut byte, 100).unwrap();
        file(&staging).write_all_at(&[byte[0] ^ 1], 100).unwrap();
        assert_eq!(staging.read_at(0, 10).await, Err(Error::Unavailable));
        assert_eq!(staging.read_at(PAGE as u64, 10).await.unwrap(), vec![7; 10]);
    }

    #[tokio::test]
    async fn a_place_past_every_limit_is_too_large() {
        let folder = tempfile::tempdir().unwrap();
        let mut staging = Staging::new(folder.path().to_owned()).unwrap();
        for at in [u64::MAX, LIMIT] {
            assert_eq!(staging.write_at(at, vec![1].into()).await, Err(Error::TooLarge));
        }
        assert_eq!(staging.set_len(LIMIT + 1).await, Err(Error::TooLarge));
        assert_eq!(staging.len(), 0);
        staging.set_len(LIMIT).await.unwrap();
        assert_eq!(staging.read_at(LIMIT - 2, 9).await.unwrap(), vec![0; 2]);
        staging.set_len(LIMIT / 2).await.unwrap();
        assert_eq!(staging.len(), LIMIT / 2);
    }
}
