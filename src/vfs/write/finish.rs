//! The end of an upload: its object made whole and durable, and made the content of the file.

use super::{STEP, Sink, Upload, writer};
use crate::blobs::{BlobKey, Recipient, Stored};
use crate::catalog::KeyId;
use crate::dossier::{Error, Leaf, Result};
use crate::vfs::asked::Asked;
use crate::vfs::attributes::Patch;
use crate::vfs::commit::{Commit, Committed};
use crate::vfs::content::{Twin, content, twin};
use crate::vfs::delivery::batch;
use crate::vfs::delivery::deliver::{Delivery, Piece};
use crate::vfs::delivery::parcel::Parcel;
use crate::vfs::locks::lock::TakeLock;
use crate::vfs::{Entry, Lock, look, quota, random_id};

impl Upload {
    /// Makes it the file: durable when this answers. True when no file was there before.
    ///
    /// # Errors
    /// As [`crate::vfs::Vfs::create`]; [`Error::Truncated`], [`Error::Checksum`], [`Error::Precondition`],
    /// [`Error::Refused`].
    pub async fn commit(mut self) -> Result<(Entry, bool)> {
        self.asked.session.check()?;
        if self.create.size.is_some_and(|size| size != self.size()) {
            return Err(Error::Truncated);
        }
        self.digests = self.sums.take().map(|sums| sums.finish());
        if let (Some(digests), Some(announced)) = (&self.digests, &self.create.checksum)
            && !announced.is_of(digests)
        {
            return Err(Error::Checksum);
        }
        if let Some(listed) = self.leaves_what_is_listed().await? {
            return Ok((listed, false));
        }
        // An empty file waits for its content, but only where something is handed in, never over an overview.
        if self.delivers() && (self.size() > 0 || !self.waits()) {
            return Box::pin(self.deliver()).await;
        }
        let stored = self.finish().await?;
        let done = self.commit_object(&stored, false).await;
        if let Err(error) = done {
            self.discard_unless_kept(&stored, error).await;
        } else if self.place.is_waiting() {
            Box::pin(batch::take_in(&self.asked, &self.asked.path)).await?;
        }
        done
    }

    /// Whoever opens what was taken in already and writes nothing, as `touch` does and who goes on with what is whole,
    /// changes no more than the time. Gives what is listed.
    async fn leaves_what_is_listed(&self) -> Result<Option<Entry>> {
        let Asked { door, session, path, .. } = &self.asked;
        if !self.create.keep || self.came > 0 || self.existed || !self.delivers() {
            return Ok(None);
        }
        let listed = match look::stat(door, &mut door.db.reader().await?, session, path).await {
            Err(Error::NotFound) => return Ok(None),
            listed => listed?,
        };
        if listed.folder || ![0, listed.size].contains(&self.size()) {
            return Ok(None);
        }
        let (asked, attributes) = (self.asked.clone(), self.attributes);
        door.db.write(Patch { asked, attributes, properties: Vec::new() }).await?;
        Ok(Some(listed))
    }

    /// Hands it in: what comes of it, by its name, is decided now.
    async fn deliver(mut self) -> Result<(Entry, bool)> {
        self.stage().await?;
        let Sink::Staged(staging) = self.sink else { return Err(Error::Unavailable) };
        let (parcel, attributes) = (Parcel::Staged(staging), self.attributes);
        let piece = Piece {
            asked: self.asked,
            parcel,
            attributes,
            from: None,
            read: None,
            said: None,
            set: None,
        };
        let delivery = Delivery { digests: self.digests, ..Delivery::of(piece) };
        let mut taken = delivery.hand_in().await?;
        taken.pop().ok_or(Error::Unavailable)
    }

    /// The connection broke: in `/Back-ups`, under a name that no file has, and where something is delivered,
    /// what came stays for the same account to resume; elsewhere nothing of it remains. Whether it stays.
    ///
    /// # Errors
    /// Those of the commit: then nothing of it is there to go on with.
    pub async fn cut(mut self) -> Result<bool> {
        if !self.is_kept_when_cut() || self.asked.session.check().is_err() {
            return Ok(false);
        }
        let stored = self.finish().await?;
        if let Err(error) = self.commit_object(&stored, true).await {
            self.discard_unless_kept(&stored, error).await;
            return Err(error);
        }
        Ok(true)
    }

    /// Whether what came would stay if the connection broke.
    pub fn is_kept_when_cut(&self) -> bool {
        let backup = self.place.leaf == Leaf::Backups && !self.existed;
        // A whole file that waits is not given up for half a one.
        self.size() > 0 && (backup || self.waits() && !self.existed)
    }

    /// Makes the object whole and durable.
    pub(super) async fn finish(&mut self) -> Result<Stored> {
        match std::mem::replace(&mut self.sink, Sink::Broken) {
            Sink::Stream(writer) => writer.finish().await,
            Sink::Staged(mut staging) => {
                let door = &self.asked.door;
                let mut writer = writer(door, &self.place, &self.recipient().await?).await?;
                while writer.size() < staging.len() {
                    let data = staging.read_at(writer.size(), STEP).await?;
                    writer.write(data).await?;
                }
                writer.finish().await
            }
            Sink::Broken => Err(Error::Unavailable),
        }
    }

    /// For whom its content is: what waits is for whoever hands it in.
    async fn recipient(&self) -> Result<Recipient> {
        Ok(self.asked.door.identity(self.key().await?).await?.recipient())
    }

    async fn key(&self) -> Result<KeyId> {
        let Asked { door, session, .. } = &self.asked;
        if self.place.is_waiting() || !self.waits() {
            return Ok(self.place.key);
        }
        Ok(door.party(&mut door.db.reader().await?, session.party).await?.age_key)
    }

    /// Makes the object the file's content.
    pub(super) async fn commit_object(
        &self,
        stored: &Stored,
        pending: bool,
    ) -> Result<(Entry, bool)> {
        let door = &self.asked.door;
        let commit = self.to_commit(stored, pending).await?;
        // The same content was there already, or the same name, or it took the place of another: then nothing is
        // about the one object or the other.
        let spare = match &commit.twin {
            Twin::None => None,
            Twin::Whole(_) => Some(stored.key.to_string()),
            Twin::Broken(twin) => Some(twin.blob.clone()),
        };
        let Committed { entry, created, free } = door.db.write(commit).await?;
        for blob in free.iter().chain(&spare) {
            door.discard_unless_used(blob).await;
        }
        Ok((entry, created))
    }

    /// Locks the name: where no file is, an empty one is made with its lock.
    pub(in super::super) async fn lock(mut self, mut taking: TakeLock) -> Result<(Lock, bool)> {
        if self.delivers() && !self.waits() {
            return Err(Error::Denied);
        }
        let stored = self.finish().await?;
        taking.empty = Some(self.to_commit(&stored, false).await?);
        let done = self.asked.door.db.write(taking).await;
        match &done {
            Ok(_) => self.asked.door.discard_unless_used(&stored.key.to_string()).await,
            Err(error) => self.discard_unless_kept(&stored, *error).await,
        }
        done
    }

    /// What makes the object the file's content.
    async fn to_commit(&self, stored: &Stored, pending: bool) -> Result<Commit> {
        let door = &self.asked.door;
        let content = content(door, self.key().await?, stored).await?.knowing(self.digests)?;
        let twin = twin(door, &content, quota::payer(&self.place, &self.asked.session)).await?;
        Ok(Commit {
            asked: self.asked.clone(),
            root: self.place.root,
            attributes: self.attributes,
            content,
            twin,
            pending,
            waits: self.waits(),
            public_id: random_id()?,
        })
    }

    /// After a commit that was refused no row is about the object. One that failed may have been made
    /// all the same, its answer lost: then the object stays, and the sweep finds it if no row does.
    pub(super) async fn discard_unless_kept(&self, stored: &Stored, error: Error) {
        if error != Error::Unavailable {
            self.discard(&stored.key).await;
        }
    }

    /// An object that no row is about. If this fails, the sweep finds it.
    pub(super) async fn discard(&self, key: &BlobKey) {
        let _ = self.asked.door.blobs.delete(key).await;
    }
}
