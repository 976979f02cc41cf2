//! A file that is handed in, before it is known whose it will be: what a look at it tells, and writing it
//! under the key of whoever gets it.

use crate::blobs::{Reader, Staging, Stored};
use crate::catalog::KeyId;
use crate::catalog::versions::Version;
use crate::dossier::overview::{self, known_extension};
use crate::dossier::{Error, Refusal, Result};
use crate::vfs::Digests;
use crate::vfs::door::Door;
use crate::vfs::read;
use crate::vfs::write::STEP;
use bytes::Bytes;
use quick_xml::events::Event;
use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// How much of either end is looked at, in bytes.
const ENDS: usize = 1_024;
/// How many are read through as XML at once.
static PARSING: Semaphore = Semaphore::const_new(4);
/// How deep XML may be, and how long a text or a tag in it, so that what is remembered of it is bounded.
const MAX_DEPTH: usize = 256;
const MAX_PART: usize = 16 << 20;

/// The content of a file that is handed in.
#[derive(Debug)]
pub(in crate::vfs) enum Parcel {
    /// As it was uploaded.
    Staged(Staging),
    /// As it lies somewhere already.
    Stored(Box<Version>),
}

/// A content that is being read.
enum Open<'a> {
    Staged(&'a mut Staging),
    Stored(Reader),
}

/// What a look at a content tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::vfs) struct Look {
    /// Bytes.
    pub(in crate::vfs) size: u64,
    /// What is wrong with it for the type that its name says.
    pub(in crate::vfs) fault: Option<Refusal>,
}

impl Open<'_> {
    fn size(&self) -> u64 {
        match self {
            Self::Staged(staging) => staging.len(),
            Self::Stored(reader) => reader.size(),
        }
    }

    async fn read_at(&mut self, at: u64, length: usize) -> Result<Bytes> {
        match self {
            Self::Staged(staging) => staging.read_at(at, length).await,
            Self::Stored(reader) => reader.read_at(at, length).await,
        }
    }

    /// Looks at it as a file of this name.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    async fn look(&mut self, name: &str) -> Result<Look> {
        let size = self.size();
        let extension = name.rsplit_once('.').and_then(|(_, end)| known_extension(end));
        let Some(extension) = extension else {
            return Ok(Look { size, fault: Some(Refusal::Type) });
        };
        let head = self.read_at(0, ENDS).await?;
        let tail = self.read_at(size.saturating_sub(ENDS as u64), ENDS).await?;
        let mut fault = overview::check_content(extension, &head, &tail).err();
        if fault.is_none() && extension == "xml" && !self.is_well_formed().await? {
            fault = Some(Refusal::Empty);
        }
        Ok(Look { size, fault })
    }

    /// Whether it is one whole element of XML. Read once through, on another thread.
    async fn is_well_formed(&mut self) -> Result<bool> {
        // Whoever reads and whoever feeds it need a thread each: never may all wait for another.
        let _turn = PARSING.acquire().await.map_err(|_| Error::Unavailable)?;
        let (pieces, received) = sync_channel(1);
        let reading =
            spawn_blocking(move || is_well_formed(Pieces { received, piece: Bytes::new() }));
        let mut at = 0;
        while at < self.size() {
            let data = self.read_at(at, STEP).await?;
            at += data.len() as u64;
            if send(&pieces, data).await.is_err() {
                break;
            }
        }
        drop(pieces);
        reading.await.map_err(|_| Error::Unavailable)
    }
}

impl Parcel {
    async fn open(&mut self, door: &Door) -> Result<Open<'_>> {
        Ok(match self {
            Self::Staged(staging) => Open::Staged(staging),
            Self::Stored(version) => Open::Stored(read::content(door, version).await?),
        })
    }

    /// All of it: of what is known to be small.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(in crate::vfs) async fn whole(&mut self, door: &Door) -> Result<Vec<u8>> {
        let mut content = self.open(door).await?;
        let mut whole = Vec::new();
        while (whole.len() as u64) < content.size() {
            whole.extend_from_slice(&content.read_at(whole.len() as u64, STEP).await?);
        }
        Ok(whole)
    }

    /// Looks at it as a file of this name.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(in crate::vfs) async fn look(&mut self, door: &Door, name: &str) -> Result<Look> {
        self.open(door).await?.look(name).await
    }

    /// The digests that are kept of it, of what lies somewhere already.
    pub(in crate::vfs) fn digests(&self) -> Option<Digests> {
        match self {
            Self::Staged(_) => None,
            Self::Stored(v) => Some(Digests { sha256: v.sha256, sha1: v.sha1, md5: v.md5 }),
        }
    }

    /// Writes it under a key.
    ///
    /// # Errors
    /// [`Error::NoSpace`], [`Error::Unavailable`].
    pub(in crate::vfs) async fn write(&mut self, door: &Door, key: KeyId) -> Result<Stored> {
        let recipient = door.identity(key).await?.recipient();
        let mut content = self.open(door).await?;
        let mut writer = door.blobs.writer(&recipient)?;
        while writer.size() < content.size() {
            writer.write(content.read_at(writer.size(), STEP).await?).await?;
        }
        writer.finish().await
    }
}

/// Looks at an upload as a file of this name.
///
/// # Errors
/// [`Error::Unavailable`].
pub(in crate::vfs) async fn look(staging: &mut Staging, name: &str) -> Result<Look> {
    Open::Staged(staging).look(name).await
}

/// Hands a piece to the thread that reads; it has gone when it knows enough.
async fn send(pieces: &SyncSender<Bytes>, data: Bytes) -> Result<()> {
    let pieces = pieces.clone();
    let sent = spawn_blocking(move || pieces.send(data)).await;
    sent.map_err(|_| Error::Unavailable)?.map_err(|_| Error::Unavailable)
}

/// What comes in pieces, as a reader.
struct Pieces {
    received: Receiver<Bytes>,
    piece: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(to)?;
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Pieces {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.piece.is_empty() {
            match self.received.recv() {
                Ok(piece) => self.piece = piece,
                Err(_) => break,
            }
        }
        Ok(&self.piece)
    }

    fn consume(&mut self, length: usize) {
        self.piece = self.piece.split_off(length.min(self.piece.len()));
    }
}

/// A reader that gives no more than so many bytes before it is told to go on.
struct Bounded<'a, R> {
    inner: R,
    given: &'a Cell<usize>,
}

impl<R: BufRead> Read for Bounded<'_, R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(to)?;
        self.consume(length);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Bounded<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.given.get() > MAX_PART {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, length: usize) {
        self.given.set(self.given.get() + length);
        self.inner.consume(length);
    }
}

/// Whether a text is one element, whole, whose parts are all ended (XML 1.0 section 2.1, as far as it tells a
/// file that was cut short).
fn is_well_formed(text: impl BufRead) -> bool {
    let given = Cell::new(0);
    let mut reader = quick_xml::Reader::from_reader(Bounded { inner: text, given: &given });
    let (mut buffer, mut depth, mut elements) = (Vec::new(), 0_usize, 0_usize);
    loop {
        buffer.clear();
        given.set(0);
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(_)) => {
                elements += usize::from(depth == 0);
                depth += 1;
            }
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Empty(_)) => elements += usize::from(depth == 0),
            Ok(Event::Eof) => return depth == 0 && elements == 1,
            Ok(_) => {}
            Err(_) => return false,
        }
        if depth > MAX_DEPTH || elements > 1 {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_is_one_element_that_is_whole() {
        for good in ["<a/>", "<?xml version=\"1.0\"?>\n<a><b c=\"1\">x</b></a>\n<!-- x -->"] {
            assert!(is_well_formed(good.as_bytes()), "{good}");
        }
        for bad in ["", "<a>", "<a><b></a>", "<a></a><b/>", "<a", "<a></b>", "text"] {
            assert!(!is_well_formed(bad.as_bytes()), "{bad}");
        }
        assert!(!is_well_formed("<a>".repeat(1_000).as_bytes()));
    }
}
