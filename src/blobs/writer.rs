//! Content on its way in: sealed, digested and handed to the store as it comes.
//!
//! A batch at a time goes to another thread, while the next one comes in. What is small is done on the spot.

use super::BlobKey;
use super::cause::{Cause, Step};
use super::keys::{FileKey, Recipient};
use super::object::{CHUNK, Payload, stored_size};
use super::packing::{FRAME, Packer};
use super::store::{Store, Unfinished};
use crate::dossier::Result;
use aws_lc_rs::digest::{Context, SHA256};
use bytes::{Bytes, BytesMut};
use std::fmt;
use std::mem;
use tokio::task::{JoinHandle, spawn_blocking};

/// How much is sealed and digested at once, in bytes: whole chunks. A writer holds up to four of these.
const BATCH: usize = 16 * CHUNK;
const _: () = assert!(BATCH == FRAME, "a batch is packed as a frame");

/// Up to this many bytes a thread costs more than it saves.
const SMALL: usize = 256 * 1024;

/// Content being written. Dropped before [`Writer::finish`], nothing of it remains.
pub struct Writer {
    file_key: FileKey,
    /// Came in, not yet sealed. At most a batch.
    waiting: BytesMut,
    work: Work,
    output: Unfinished,
    size: u64,
}

/// What was stored.
#[derive(Debug)]
pub struct Stored {
    /// Its name in the store.
    pub key: BlobKey,
    /// What reads it; kept sealed under the identity that it was written for.
    pub file_key: FileKey,
    /// Bytes of content.
    pub size: u64,
    /// Bytes of it when packed; `None` when it was not worth it.
    pub packed: Option<u64>,
    /// Bytes in the store.
    pub stored_size: u64,
    /// SHA-256 of the content.
    pub sha256: [u8; 32],
}

/// Where what every byte goes through is.
enum Work {
    Idle(Box<Sealer>),
    Running(JoinHandle<Step<Box<Sealer>>>),
    /// A step failed, or its caller went away in the middle of it.
    Lost,
}

/// What every byte goes through.
struct Sealer {
    sha256: Context,
    payload: Payload,
    chunks: u64,
    sealed: Vec<u8>,
    packing: Packing,
    /// Packed and not yet sealed: less than a chunk, once a batch is done.
    packed: Vec<u8>,
    packed_size: u64,
}

/// Whether content is packed on its way.
enum Packing {
    No,
    /// If the first batch shows that it pays.
    Perhaps,
    Yes(Box<Packer>),
}

impl Sealer {
    fn take(mut self: Box<Self>, data: &[u8], last: bool) -> Step<Box<Self>> {
        self.sha256.update(data);
        match &mut self.packing {
            Packing::Perhaps => {
                let packer = Packer::begin(data, &mut self.packed)?;
                self.packing = packer.map_or(Packing::No, |packer| Packing::Yes(packer.into()));
            }
            Packing::Yes(packer) => packer.frame(data, &mut self.packed)?,
            Packing::No => {}
        }
        if let Packing::Yes(packer) = &self.packing {
            if last {
                packer.end(&mut self.packed);
            }
            self.seal_packed(last)?;
        } else {
            self.payload.seal(self.chunks, data, last, &mut self.sealed)?;
            self.chunks += (data.len() / CHUNK) as u64;
        }
        Ok(self)
    }

    /// Seals whole chunks of what is packed, and at the end the rest.
    fn seal_packed(&mut self, last: bool) -> Step<()> {
        let whole = self.packed.len() / CHUNK * CHUNK;
        let size = if last { self.packed.len() } else { whole };
        let ready: Vec<u8> = self.packed.drain(..size).collect();
        if last || !ready.is_empty() {
            self.payload.seal(self.chunks, &ready, last, &mut self.sealed)?;
        }
        self.chunks += (size / CHUNK) as u64;
        self.packed_size += size as u64;
        Ok(())
    }

    /// How much of it there is as packed, when it is.
    const fn packed(&self) -> Option<u64> {
        match self.packing {
            Packing::Yes(_) => Some(self.packed_size),
            Packing::No | Packing::Perhaps => None,
        }
    }
}

impl Work {
    /// Waits for the batch under way, if there is one.
    async fn settle(&mut self) -> Step<Box<Sealer>> {
        match mem::replace(self, Self::Lost) {
            Self::Idle(sealer) => Ok(sealer),
            Self::Running(sealer) => sealer.await?,
            Self::Lost => Err(Cause::Broken("an earlier write of it was not done")),
        }
    }

    /// Begins with a batch on another thread.
    fn run(sealer: Box<Sealer>, batch: Bytes, last: bool) -> Self {
        Self::Running(spawn_blocking(move || sealer.take(&batch, last)))
    }
}

impl Writer {
    pub(super) fn new(store: &Store, to: &Recipient) -> Step<Self> {
        let file_key = FileKey::generate()?;
        let (sealed, payload) = Payload::begin(to, &file_key)?;
        let sealer = Box::new(Sealer {
            sha256: Context::new(&SHA256),
            payload,
            chunks: 0,
            sealed,
            packing: Packing::No,
            packed: Vec::new(),
            packed_size: 0,
        });
        Ok(Self {
            output: store.begin(),
            file_key,
            waiting: BytesMut::new(),
            work: Work::Idle(sealer),
            size: 0,
        })
    }

    /// Packs the content on its way if its beginning shows that this pays. To be said before a byte comes.
    #[must_use]
    pub fn pack(mut self) -> Self {
        if let Work::Idle(sealer) = &mut self.work {
            sealer.packing = Packing::Perhaps;
        }
        self
    }

    /// Adds to the end. When the future is dropped before it is done, no later call succeeds.
    ///
    /// # Errors
    /// [`crate::dossier::Error::NoSpace`], [`crate::dossier::Error::Unavailable`].
    pub async fn write(&mut self, mut data: Bytes) -> Result<()> {
        self.size += data.len() as u64;
        while !data.is_empty() {
            // Only once more is known to come, as the last batch is sealed as such.
            if self.waiting.len() == BATCH {
                self.turn(false).await.map_err(|cause| cause.report("write a content"))?;
            }
            let room = BATCH - self.waiting.len();
            self.waiting.extend_from_slice(&data.split_to(room.min(data.len())));
        }
        Ok(())
    }

    /// Bytes of content so far.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// How much of it lies in memory between two writes, in bytes, at most: what waits, what was sealed, and
    /// what the store gathers.
    pub fn holds(&self) -> usize {
        usize::try_from(self.size).unwrap_or(usize::MAX).min(3 * BATCH + self.output.holds())
    }

    /// Ends it: on stable storage when this answers.
    ///
    /// # Errors
    /// As [`Writer::write`]; nothing of it remains then.
    pub async fn finish(self) -> Result<Stored> {
        self.end().await.map_err(|cause| cause.report("finish a content"))
    }

    async fn end(mut self) -> Step<Stored> {
        let sealer = if self.waiting.len() <= SMALL {
            let batch = self.next_batch();
            self.work.settle().await?.take(&batch, true)?
        } else {
            self.turn(true).await?;
            self.work.settle().await?
        };
        let packed = sealer.packed();
        let stored_size = stored_size(packed.unwrap_or(self.size));
        let sha256 = sealer.sha256.finish();
        let sha256 = sha256.as_ref().try_into().map_err(|_| Cause::Broken("no SHA-256"))?;
        let key = self.output.finish(sealer.sealed, stored_size).await?;
        Ok(Stored { key, file_key: self.file_key, size: self.size, packed, stored_size, sha256 })
    }

    /// Sends what waits to the thread, and what they had sealed before to the store meanwhile.
    async fn turn(&mut self, last: bool) -> Step<()> {
        let batch = self.next_batch();
        let mut sealer = self.work.settle().await?;
        let sealed = mem::take(&mut sealer.sealed);
        let next = Work::run(sealer, batch, last);
        if !sealed.is_empty() {
            self.output.write(sealed).await?;
        }
        self.work = next;
        Ok(())
    }

    fn next_batch(&mut self) -> Bytes {
        self.waiting.split().freeze()
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("size", &self.size).finish_non_exhaustive()
    }
}
