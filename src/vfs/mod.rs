//! The only door to the dossier.
//!
//! Every verb goes one way: parse the path, resolve it to a place, ask `dossier` for the rights, act
//! and log in one transaction. Knows the catalog and the blobs; must not know any protocol.

mod asked;
mod attributes;
mod change;
mod commit;
mod content;
mod csv;
mod delivery;
mod digest;
mod door;
mod entry;
mod journal;
mod listing;
mod locks;
mod look;
mod made;
mod may;
mod moving;
mod place;
mod quota;
mod read;
mod resolve;
mod session;
mod sets;
mod sight;
mod target;
mod time;
mod upkeep;
mod write;

pub use delivery::deliver::Fate;
pub use delivery::withdraw::Withdrawn;
pub use entry::{
    Algorithm, Also, Attributes, Checksum, Create, Digests, Entry, Lock, LockRequest, May, Noted,
    PropertyChange, Remove, Space,
};
pub use journal::{SignIn, note_sign_in};
pub use listing::Listing;
pub use locks::claim::{Claim, State};
pub use locks::conditions::{Conditions, List, Tags};
pub use quota::Quota;
pub use read::Download;
pub use session::{Protocol, Session};
pub use sets::SetEntry;
pub use time::{Moved, NODES_NOTICE, span};
pub use upkeep::erase::{EraseError, Erasure};
pub use upkeep::keys::IndexLine;
pub use upkeep::maintain::Removed;
pub use upkeep::notices::{Channel, Letter, Notices};
pub use upkeep::roster::RosterError;
pub use upkeep::verify::{Fault, Finding, Verified};
pub use write::Upload;

use crate::blobs::{Blobs, Keyring};
use crate::catalog::Db;
use crate::clock::Clock;
use crate::dossier::delivery::Names;
use crate::dossier::{DossierPath, Error, Result};
use asked::Asked;
use attributes::Patch;
use change::{Delete, MakeFolder};
use delivery::batch;
use door::Door;
use journal::Looking;
use moving::{copy, relocate};
use std::sync::Arc;
use std::time::Duration;

/// The door. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vfs(Arc<Door>);

impl Vfs {
    /// Opens the door.
    pub fn new(db: Db, blobs: Blobs, keyring: Arc<Keyring>, clock: Clock, quota: Quota) -> Self {
        Self(Arc::new(Door::new(db, blobs, keyring, clock, quota)))
    }

    /// The same, with names of deliveries read by these. To be said before it is shared.
    #[must_use]
    pub fn reading(mut self, names: Names) -> Self {
        if let Some(door) = Arc::get_mut(&mut self.0) {
            door.names = names;
        }
        self
    }

    /// The same, with sets that their employers see when they have not changed for so long. To be said before it
    /// is shared.
    #[must_use]
    pub fn showing_sets_after(mut self, quiet: Duration) -> Self {
        if let Some(door) = Arc::get_mut(&mut self.0) {
            door.set_quiet = i64::try_from(quiet.as_millis()).unwrap_or(i64::MAX);
        }
        self
    }

    /// Notes in an account's log that the operator looked at its tree.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn note_looked(&self, session: &Session) -> Result<()> {
        let looking = Looking { door: Arc::clone(&self.0), session: session.clone() };
        self.0.db.write(looking).await
    }

    fn asked(&self, session: &Session, path: &DossierPath, conditions: &Conditions) -> Asked {
        Asked { conditions: conditions.clone(), ..Asked::of(&self.0, session, path.clone()) }
    }

    /// What is at a path.
    ///
    /// # Errors
    /// [`Error::NotFound`] when nothing is there for this viewer.
    pub async fn stat(&self, session: &Session, path: &DossierPath) -> Result<Entry> {
        session.check()?;
        let conn = &mut self.0.db.reader().await?;
        let mut entry = look::stat(&self.0, conn, session, path).await?;
        if let Some(node) = entry.node {
            entry.properties = crate::catalog::locks::properties(conn, node, session.party).await?;
        }
        Ok(entry)
    }

    /// What is at a path, and the room that the viewer has.
    ///
    /// # Errors
    /// As [`Vfs::stat`].
    pub async fn stat_with_space(
        &self,
        session: &Session,
        path: &DossierPath,
    ) -> Result<(Entry, Space)> {
        session.check()?;
        let conn = &mut self.0.db.reader().await?;
        let (found, rows) = resolve::reached(&self.0, conn, session, path).await?;
        let mut entry = look::stat_at(&self.0, conn, session, path, (&found, rows)).await?;
        if let Some(node) = entry.node {
            entry.properties = crate::catalog::locks::properties(conn, node, session.party).await?;
        }
        Ok((entry, quota::room(&self.0, conn, session, found.standing()).await?))
    }

    /// What is in a folder.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotFolder`].
    pub async fn list(&self, session: &Session, path: &DossierPath, also: Also) -> Result<Listing> {
        session.check()?;
        listing::list(&self.0, session, path, also).await
    }

    /// Opens a file to read: one version of it, whatever is put there meanwhile.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::IsFolder`], [`Error::Denied`] for what was delivered and cannot be read back.
    pub async fn open(&self, session: &Session, path: &DossierPath) -> Result<Download> {
        read::open(&self.0, session, path).await
    }

    /// A digest of a file's content: SHA-256 is kept, the others are reckoned when they are first asked for.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::IsFolder`]; [`Error::Unsupported`] for a text that is made when it is read.
    pub async fn digest(
        &self,
        session: &Session,
        path: &DossierPath,
        algorithm: Algorithm,
    ) -> Result<Vec<u8>> {
        digest::digest(&self.0, session, path, algorithm).await
    }

    /// Begins to write a file. Nothing of it is seen until [`Upload::commit`].
    ///
    /// # Errors
    /// [`Error::NoParent`], [`Error::Denied`], [`Error::BadName`], [`Error::IsFolder`], [`Error::Locked`],
    /// [`Error::NoSpace`]; [`Error::NotFound`] without `make`; [`Error::Exists`] against `expect`.
    pub async fn create(
        &self,
        session: &Session,
        path: &DossierPath,
        create: Create,
    ) -> Result<Upload> {
        write::create(self.asked(session, path, &create.conditions), create).await
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// [`Error::Exists`], [`Error::NoParent`], [`Error::Denied`], [`Error::BadName`], [`Error::Locked`].
    pub async fn make_folder(
        &self,
        session: &Session,
        path: &DossierPath,
        conditions: &Conditions,
    ) -> Result<Entry> {
        let asked = self.asked(session, path, conditions);
        let public_id = random_id()?;
        self.0.db.write(MakeFolder { asked, public_id }).await
    }

    /// Deletes, un-shares, withdraws or ends a forwarding, by where it lies.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Locked`], [`Error::NotEmpty`], [`Error::IsFolder`], [`Error::NotFolder`].
    pub async fn remove(
        &self,
        session: &Session,
        path: &DossierPath,
        what: Remove,
        conditions: &Conditions,
    ) -> Result<()> {
        let asked = self.asked(session, path, conditions);
        for blob in self.0.db.write(Delete { asked, what }).await? {
            self.0.discard_unless_used(&blob).await;
        }
        Ok(())
    }

    /// Moves: renames, shares, un-shares or forwards, by where it comes from and goes to. True when
    /// nothing was replaced.
    ///
    /// # Errors
    /// As [`Vfs::remove`] for the source and [`Vfs::create`] for the target; [`Error::Exists`] for a taken name
    /// without `overwrite`; [`Error::KindsMeet`]; [`Error::Denied`] onto an ancestor or into itself.
    pub async fn relocate(
        &self,
        session: &Session,
        from: &DossierPath,
        to: &DossierPath,
        overwrite: bool,
        conditions: &Conditions,
    ) -> Result<bool> {
        let asked = self.asked(session, from, conditions);
        let new = relocate::relocate(&asked, to, overwrite).await?;
        if sets::may_approve(&asked, to) {
            self.release_at(session, to).await;
        }
        Ok(new)
    }

    /// Copies on the server: a copy of one's own, or a forward, by where it goes to. A folder with
    /// all that is in it, or alone when `shallow`. True when nothing was replaced.
    ///
    /// # Errors
    /// As [`Vfs::relocate`].
    pub async fn copy(
        &self,
        session: &Session,
        from: &DossierPath,
        to: &DossierPath,
        overwrite: bool,
        shallow: bool,
        conditions: &Conditions,
    ) -> Result<bool> {
        let asked = self.asked(session, from, conditions);
        let new = copy::copy(asked.clone(), to, overwrite, shallow).await?;
        Box::pin(batch::take_in(&asked, to)).await?;
        Ok(new)
    }

    /// Whether a part of a file may be copied on the server into another, which forwards nothing.
    ///
    /// # Errors
    /// As [`Vfs::copy`].
    pub async fn may_copy_part(
        &self,
        session: &Session,
        from: &DossierPath,
        to: &DossierPath,
    ) -> Result<()> {
        copy::may_copy_part(&self.asked(session, from, &Conditions::default()), to).await
    }

    /// Sets times and shown permissions.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Locked`].
    pub async fn set_attributes(
        &self,
        session: &Session,
        path: &DossierPath,
        attributes: Attributes,
        conditions: &Conditions,
    ) -> Result<()> {
        self.patch(session, path, attributes, Vec::new(), conditions).await
    }

    /// Sets times and shown permissions, and sets and removes dead properties: all of it, or nothing. With nothing
    /// to set it says whether it might.
    ///
    /// # Errors
    /// As [`Vfs::set_attributes`]; [`Error::TooMany`] over 64 properties of a party or one over 4 KiB.
    pub async fn patch(
        &self,
        session: &Session,
        path: &DossierPath,
        attributes: Attributes,
        properties: Vec<PropertyChange>,
        conditions: &Conditions,
    ) -> Result<()> {
        let asked = self.asked(session, path, conditions);
        self.0.db.write(Patch { asked, attributes, properties }).await
    }

    /// Whether conditions hold now, for whoever only looks.
    ///
    /// # Errors
    /// [`Error::Precondition`].
    pub async fn check_conditions(
        &self,
        session: &Session,
        path: &DossierPath,
        conditions: &Conditions,
    ) -> Result<()> {
        session.check()?;
        let conn = &mut self.0.db.reader().await?;
        self.asked(session, path, conditions).check_conditions(conn).await
    }

    /// How much room the viewer has where the path is.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn space(&self, session: &Session, path: &DossierPath) -> Result<Space> {
        Ok(self.stat_with_space(session, path).await?.1)
    }
}

/// 128 random bits in 32 hex digits.
fn random_id() -> Result<String> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::Unavailable)?;
    Ok(data_encoding::HEXLOWER.encode(&bytes))
}
