//! Content on its way out: any range, verified chunk by chunk before a byte of it is given.
//!
//! Content is fetched in windows of whole chunks. The last few are kept, so that small reads after each
//! other fetch each window once, also when they come at the same time; and whoever goes on from one
//! window into the next finds it there.

use super::BlobKey;
use super::cause::{Cause, Step};
use super::keys::FileKey;
use super::object::{CHUNK, PREFIX, Payload, chunk_place, sealed_size};
use super::packing::{FRAME, Table, unpack};
use super::source::Source;
use super::store::{Reading, Store};
use crate::dossier::Result;
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// How many windows are kept.
const KEPT: usize = 8;

/// One content, open to read. Cheap to clone.
#[derive(Clone)]
pub struct Reader(Arc<Content>);

struct Content {
    source: Source,
    payload: Payload,
    size: u64,
    packed: Option<Packed>,
    reading: Reading,
    windows: Mutex<VecDeque<Window>>,
}

/// What is known of a packed content: how much it is, and where its frames are.
struct Packed {
    size: u64,
    table: Table,
}

/// A piece of the content: its number, and its bytes once they were fetched.
type Window = (u64, Arc<OnceCell<Bytes>>);

impl Reader {
    /// Opens an object of `size` bytes of content: its header and its first window come in one fetch.
    pub(super) async fn open(
        store: &Store,
        key: &BlobKey,
        file_key: &FileKey,
        size: u64,
        packed: Option<u64>,
    ) -> Step<Self> {
        let reading = store.reading();
        let source = store.source(key).await?;
        if let Some(packed) = packed {
            return Self::open_packed(source, file_key, size, packed, reading).await;
        }
        let first = size.min(reading.window);
        let sealed = source.read(0..PREFIX as u64 + sealed_size(first)).await?;
        let (prefix, sealed) = sealed.split_at_checked(PREFIX).ok_or(Cause::Broken("cut short"))?;
        let payload = Payload::resume(prefix, file_key)?;
        let plain = payload.open(0, sealed, first == size)?;
        let windows = VecDeque::from([(0, Arc::new(OnceCell::new_with(Some(plain))))]);
        let (packed, windows) = (None, windows.into());
        Ok(Self(Arc::new(Content { source, payload, size, packed, reading, windows })))
    }

    /// The same of a packed content: its windows are its frames, and the table of them is read first.
    async fn open_packed(
        source: Source,
        file_key: &FileKey,
        size: u64,
        packed: u64,
        reading: Reading,
    ) -> Step<Self> {
        let prefix = source.read(0..PREFIX as u64).await?;
        let payload = Payload::resume(&prefix, file_key)?;
        let from = packed.checked_sub(Table::size(size)).ok_or(Cause::Broken("cut short"))?;
        let table = open_range(&source, &payload, packed, from, packed).await?;
        let packed = Some(Packed { size: packed, table: Table::read(&table, packed)? });
        let (reading, windows) = (Reading { window: FRAME as u64, ..reading }, Mutex::default());
        Ok(Self(Arc::new(Content { source, payload, size, packed, reading, windows })))
    }

    /// Bytes of content.
    pub fn size(&self) -> u64 {
        self.0.size
    }

    /// How much is kept in memory, in bytes, at most.
    pub fn holds(&self) -> usize {
        offset_in(self.0.size.min(KEPT as u64 * self.0.reading.window))
    }

    /// Keeps nothing of what was read.
    pub fn forget(&self) {
        self.0.windows.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// At most `length` bytes from `offset`, fewer only at the end, none past it. May be called at the
    /// same time from several places.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`] when the store is away, or the content is not what was written.
    pub async fn read_at(&self, offset: u64, length: usize) -> Result<Bytes> {
        self.range(offset, length).await.map_err(|cause| cause.report("read a content"))
    }

    async fn range(&self, offset: u64, length: usize) -> Step<Bytes> {
        let end = offset.saturating_add(length as u64).min(self.0.size);
        let mut whole = BytesMut::new();
        let mut at = offset;
        while at < end {
            let number = at / self.0.reading.window;
            let start = number * self.0.reading.window;
            let window = self.window(number).await?;
            let piece =
                window.slice(offset_in(at - start)..offset_in(end - start).min(window.len()));
            at += piece.len() as u64;
            if whole.is_empty() && at == end {
                return Ok(piece);
            }
            whole.reserve(offset_in(end - at) + piece.len());
            whole.extend_from_slice(&piece);
        }
        Ok(whole.freeze())
    }

    /// A window; and when the one before it was read too, those behind it are fetched meanwhile.
    async fn window(&self, number: u64) -> Step<Bytes> {
        let (window, next) = self.0.cells(number);
        for (number, cell) in next {
            let content = Arc::clone(&self.0);
            // An error shows when that window is asked for.
            tokio::spawn(async move {
                let _ = cell.get_or_try_init(|| content.load(number)).await;
            });
        }
        window.get_or_try_init(|| self.0.load(number)).await.cloned()
    }
}

impl Content {
    /// The cell of a window, and of those that are new behind it when this one follows on another.
    fn cells(&self, number: u64) -> (Arc<OnceCell<Bytes>>, Vec<Window>) {
        let mut kept = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let find = |kept: &VecDeque<Window>, number| {
            kept.iter().find(|(n, _)| *n == number).map(|(_, cell)| Arc::clone(cell))
        };
        let add = |kept: &mut VecDeque<Window>, number| {
            let cell = Arc::new(OnceCell::new());
            kept.push_back((number, Arc::clone(&cell)));
            if kept.len() > KEPT {
                kept.pop_front();
            }
            cell
        };
        let cell = find(&kept, number).unwrap_or_else(|| add(&mut kept, number));
        let mut next = Vec::new();
        if number.checked_sub(1).is_some_and(|before| find(&kept, before).is_some()) {
            let last = self.size.saturating_sub(1) / self.reading.window;
            for ahead in (number + 1)..=(number + self.reading.ahead).min(last) {
                if find(&kept, ahead).is_none() {
                    next.push((ahead, add(&mut kept, ahead)));
                }
            }
        }
        (cell, next)
    }

    /// Fetches and opens a window.
    async fn load(&self, number: u64) -> Step<Bytes> {
        if let Some(Packed { size, table }) = &self.packed {
            let (from, to) = table.frame(number)?;
            let frame = open_range(&self.source, &self.payload, *size, from, to).await?;
            return unpack(&frame);
        }
        let start = number * self.reading.window;
        let end = (start + self.reading.window).min(self.size);
        let first = start / CHUNK as u64;
        let from = chunk_place(first);
        let sealed = self.source.read(from..from + sealed_size(end - start)).await?;
        self.payload.open(first, &sealed, end == self.size)
    }
}

/// Any range of what was sealed, of `size` bytes in all.
async fn open_range(
    source: &Source,
    payload: &Payload,
    size: u64,
    from: u64,
    to: u64,
) -> Step<Bytes> {
    let chunk = CHUNK as u64;
    let (first, end) = (from / chunk, to.div_ceil(chunk).saturating_mul(chunk).min(size));
    let (start, place) = (first * chunk, chunk_place(first));
    let sealed = source.read(place..place + sealed_size(end - start)).await?;
    let plain = payload.open(first, &sealed, end == size)?;
    Ok(plain.slice(offset_in(from - start)..offset_in(to - start)))
}

/// A place within a window, which fits in memory.
fn offset_in(place: u64) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("size", &self.0.size).finish_non_exhaustive()
    }
}
