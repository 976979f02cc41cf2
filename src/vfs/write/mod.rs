//! Writing a file: nothing of it is seen until it is whole, durable and committed.

mod finish;

use super::asked::Asked;
use super::delivery::deliver::{self, Fate};
use super::digest::Sums;
use super::door::Door;
use super::place::Place;
use super::quota::{self, Room};
use super::sight::Seen;
use super::target::{self, Target};
use super::{Attributes, Create, Digests, Entry, look, read, sets};
use crate::blobs::{Reader, Recipient, Staging, Stored, Writer};
use crate::catalog::Conn;
use crate::catalog::versions::Version;
use crate::dossier::delivery::ManifestLine;
use crate::dossier::{DossierPath, Error, Leaf, Refusal, Relation, Result};
use bytes::Bytes;
use std::sync::Arc;

/// How much longer a file may be than all that came of it, in bytes: 4 GiB. Holes cost their client nothing,
/// and in the object, which has none, as much as if they had been sent.
const MAX_HOLES: u64 = 4 << 30;
/// How much is read at once when content is written anew.
pub(super) const STEP: usize = 1 << 20;

/// A file being written. Dropped without commit, nothing of it remains.
#[derive(Debug)]
pub struct Upload {
    asked: Asked,
    create: Create,
    /// Of what is sent, when one of its digests was announced: whoever does that compares them later.
    sums: Option<Box<Sums>>,
    digests: Option<Digests>,
    place: Place,
    sink: Sink,
    /// How much came, in bytes, with what was there.
    came: u64,
    entry: Entry,
    attributes: Attributes,
    /// What it may grow to, beyond the `base` bytes of what gives way to it.
    room: Room,
    base: u64,
    /// Whether a finished file was there at the beginning.
    existed: bool,
    seen: Seen,
    /// When the set that it goes into was last said to change.
    touched: i64,
}

#[derive(Debug)]
enum Sink {
    /// In order, straight into the object.
    Stream(Box<Writer>),
    /// Out of order, into an encrypted file on this node.
    Staged(Staging),
    /// A step failed: nothing can be committed any more.
    Broken,
}

impl Sink {
    const fn size(&self) -> u64 {
        match self {
            Self::Stream(writer) => writer.size(),
            Self::Staged(staging) => staging.len(),
            Self::Broken => 0,
        }
    }
}

/// Begins to write a file.
///
/// # Errors
/// As [`super::Vfs::create`].
pub(crate) async fn create(asked: Asked, create: Create) -> Result<Upload> {
    let Asked { door, session, path, .. } = &asked;
    session.check()?;
    let (target, room, kept) = {
        let conn = &mut door.db.reader().await?;
        let ready = ready(&asked, conn, &create).await;
        let (target, room) = match ready {
            Err(Error::Refused(Refusal::Quota)) => return Err(deliver::no_room(&asked).await),
            ready => ready?,
        };
        let kept = match target.found.as_ref().filter(|row| create.keep && row.size() > 0) {
            Some(row) => Some(read::head(conn, row).await?),
            None => None,
        };
        (target, room, kept)
    };
    let recipient = door.identity(target.place.key).await?.recipient();
    let sink = begin(door, &target.place, kept.as_ref(), &recipient).await?;
    let came = sink.size();
    let now = door.clock.now();
    let mut entry = target.found.as_ref().map_or_else(
        || Entry { created: now, rights: target.rights(session), ..Entry::default() },
        |row| look::entry(&target.place, session, row),
    );
    path.name().unwrap_or_default().clone_into(&mut entry.name);
    let attributes = Attributes { modified: create.modified, ..Attributes::default() };
    let existed = target.found.as_ref().is_some_and(|row| row.pending.is_none());
    let base = gives_way(&target);
    let (asked, place, seen) = (asked.clone(), target.place, Seen::now(&door.clock));
    let touched = i64::MIN;
    let sums = create.checksum.as_ref().map(|_| Box::new(Sums::new()));
    let mut upload = Upload {
        asked,
        create,
        sums,
        digests: None,
        place,
        sink,
        came,
        entry,
        attributes,
        room,
        base,
        existed,
        seen,
        touched,
    };
    upload.touch_set().await?;
    Ok(upload)
}

/// How many bytes give way to what is put there: of what has the name, or of what only its account sees.
fn gives_way(target: &Target) -> u64 {
    let row = target.found.as_ref().or(target.hidden.as_ref());
    row.and_then(|row| u64::try_from(row.size()).ok()).unwrap_or(0)
}

/// Finds where the file goes, when it may go there.
async fn ready(asked: &Asked, conn: &mut Conn, create: &Create) -> Result<(Target, Room)> {
    let Asked { door, session, path, .. } = asked;
    if !create.make {
        look::stat(door, conn, session, path).await?;
    }
    let target = target::aim(door, conn, session, path).await?;
    target.writable(session)?;
    asked.check_conditions(conn).await?;
    target.unlocked(asked, conn).await?;
    let payer = quota::payer(&target.place, session);
    let grown = create.size.map_or(0, |size| size.saturating_sub(gives_way(&target)));
    let mut room = Room::of(Arc::clone(door), payer);
    room.admit(conn, grown).await.map_err(|error| quota::refused(&target.place, error))?;
    Ok((target, room))
}

/// Begins an object for a place; backups are packed where that pays.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn writer(door: &Door, place: &Place, recipient: &Recipient) -> Result<Writer> {
    let writer = door.blobs.writer(recipient)?;
    Ok(if place.leaf == Leaf::Backups { writer.pack() } else { writer })
}

/// Where the first byte goes: straight into the object, or beside the present content.
async fn begin(
    door: &Door,
    place: &Place,
    kept: Option<&Version>,
    recipient: &Recipient,
) -> Result<Sink> {
    let Some(version) = kept else {
        // Whose a delivery will be is known once it is whole.
        return if place.is_delivery() {
            door.blobs.staging().map(Sink::Staged)
        } else {
            Ok(Sink::Stream(Box::new(writer(door, place, recipient).await?)))
        };
    };
    let mut staging = door.blobs.staging()?;
    pour(&read::content(door, version).await?, &mut staging).await?;
    Ok(Sink::Staged(staging))
}

/// Sets a content down where it can be changed.
async fn pour(reader: &Reader, staging: &mut Staging) -> Result<()> {
    while staging.len() < reader.size() {
        let at = staging.len();
        staging.write_at(at, reader.read_at(at, STEP).await?).await?;
    }
    Ok(())
}

impl Upload {
    /// Writes at any offset; in order is fastest. A hole reads as zeros.
    ///
    /// # Errors
    /// [`Error::NoSpace`], [`Error::TooLarge`], [`Error::Unavailable`], [`Error::SessionEnded`].
    pub async fn write_at(&mut self, offset: u64, data: Bytes) -> Result<()> {
        self.asked.session.check()?;
        if offset > self.came.saturating_add(MAX_HOLES) {
            return Err(Error::TooLarge);
        }
        self.came = self.came.saturating_add(data.len() as u64);
        self.touch_set().await?;
        self.hold_room_for(offset.saturating_add(data.len() as u64)).await?;
        if offset != self.size() {
            self.stage().await?;
        }
        if let Some(sums) = &mut self.sums {
            sums.add(&data);
        }
        let done = match &mut self.sink {
            Sink::Stream(writer) => writer.write(data).await,
            Sink::Staged(staging) => staging.write_at(offset, data).await,
            Sink::Broken => Err(Error::Unavailable),
        };
        if done.is_err() {
            self.sink = Sink::Broken;
        }
        done
    }

    /// Reads what was written so far.
    ///
    /// # Errors
    /// As [`super::Download::read_at`].
    pub async fn read_at(&mut self, offset: u64, length: usize) -> Result<Bytes> {
        self.asked.session.check()?;
        if self.seen.is_long_ago() {
            self.look_again().await?;
        }
        self.stage().await?;
        match &mut self.sink {
            Sink::Staged(staging) => staging.read_at(offset, length).await,
            _ => Err(Error::Unavailable),
        }
    }

    /// Whether what is written here may still be seen: the path may mean another area by now.
    async fn look_again(&self) -> Result<()> {
        let Asked { door, session, path, .. } = &self.asked;
        let target = target::aim(door, &mut door.db.reader().await?, session, path).await?;
        if target.place.root != self.place.root {
            return Err(Error::NotFound);
        }
        target.writable(session)?;
        self.seen.again();
        Ok(())
    }

    /// Cuts or lengthens.
    ///
    /// # Errors
    /// As [`Upload::write_at`].
    pub async fn set_len(&mut self, length: u64) -> Result<()> {
        if length == self.size() {
            return Ok(());
        }
        if length > self.size().max(self.came.saturating_add(MAX_HOLES)) {
            return Err(Error::TooLarge);
        }
        self.hold_room_for(length).await?;
        self.stage().await?;
        match &mut self.sink {
            Sink::Staged(staging) => staging.set_len(length).await,
            _ => Err(Error::Unavailable),
        }
    }

    /// Sets what the file will have when it is committed.
    pub const fn set_attributes(&mut self, attributes: Attributes) {
        if attributes.modified.is_some() {
            self.attributes.modified = attributes.modified;
        }
        if attributes.mode.is_some() {
            self.attributes.mode = attributes.mode;
        }
    }

    /// Goes on at another path, to which a folder above it was moved.
    ///
    /// # Errors
    /// Those of a place that it cannot be put in; [`Error::NoParent`] in one whose key is another.
    pub async fn follow(&mut self, path: &DossierPath) -> Result<()> {
        let Asked { door, session, .. } = &self.asked;
        let place = target::aim(door, &mut door.db.reader().await?, session, path).await?.place;
        if place.key != self.place.key {
            return Err(Error::NoParent);
        }
        (self.asked.path, self.place) = (path.clone(), place);
        Ok(())
    }

    /// Whether its commit hands it to somebody: then it is committed once, and whole.
    pub fn delivers(&self) -> bool {
        self.place.is_delivery()
    }

    /// How much of it lies in memory between two writes, in bytes, at most.
    pub fn holds(&self) -> usize {
        match &self.sink {
            Sink::Stream(writer) => writer.holds(),
            Sink::Staged(_) | Sink::Broken => 0,
        }
    }

    /// The length so far.
    pub const fn size(&self) -> u64 {
        self.sink.size()
    }

    /// As a stat of the file would show it, were it committed now.
    pub fn entry(&self) -> Entry {
        let modified = self.attributes.modified.unwrap_or_else(|| self.asked.door.clock.now());
        let mode = self.attributes.mode.or(self.entry.mode);
        Entry { size: self.size(), modified, mode, digests: None, ..self.entry.clone() }
    }

    /// Where it would go were it committed now, of a batch by its line in the manifest. Nothing changes.
    ///
    /// # Errors
    /// [`Error::Refused`] with what is wrong.
    pub async fn would_go(&mut self, line: Option<&ManifestLine>) -> Result<Fate> {
        if !self.delivers() {
            return Ok(Fate::default());
        }
        self.stage().await?;
        let Sink::Staged(staging) = &mut self.sink else { return Err(Error::Unavailable) };
        deliver::would_go(&self.asked, staging, line).await
    }

    /// Whether it waits, once it is committed, to be delivered.
    fn waits(&self) -> bool {
        self.place.is_waiting() || self.place.takes_deliveries(&self.asked.session)
    }

    /// A set is not quiet while something is put into it.
    async fn touch_set(&mut self) -> Result<()> {
        let Asked { door, .. } = &self.asked;
        let since = door.clock.now().saturating_sub(self.touched);
        let changes = self.place.is_sets() && self.place.relation == Relation::Office;
        if changes && since > door.set_quiet / 2 {
            door.db.write(sets::Touch(self.asked.clone())).await?;
            self.touched = self.asked.door.clock.now();
        }
        Ok(())
    }

    /// Beyond the quota nothing more is taken in.
    async fn hold_room_for(&mut self, size: u64) -> Result<()> {
        let held = self.room.grow(size.saturating_sub(self.base)).await;
        match held.map_err(|error| quota::refused(&self.place, error)) {
            Err(Error::Refused(Refusal::Quota)) => {
                self.sink = Sink::Broken;
                Err(deliver::no_room(&self.asked).await)
            }
            held => held,
        }
    }

    /// Goes on in a staging file, with what has come so far: next to nothing of it lies in memory then.
    ///
    /// # Errors
    /// As [`Upload::write_at`].
    pub async fn stage(&mut self) -> Result<()> {
        if matches!(self.sink, Sink::Staged(_)) {
            return Ok(());
        }
        let Sink::Stream(writer) = std::mem::replace(&mut self.sink, Sink::Broken) else {
            return Err(Error::Unavailable);
        };
        let mut staging = self.asked.door.blobs.staging()?;
        if writer.size() > 0 {
            let stored = writer.finish().await?;
            let Stored { key, file_key, size, packed, .. } = &stored;
            let reader = self.asked.door.blobs.reader(key, file_key, *size, *packed).await?;
            pour(&reader, &mut staging).await?;
            self.discard(&stored.key).await;
        }
        self.sink = Sink::Staged(staging);
        Ok(())
    }
}
