//! Making an object the content of a file of the viewer's own, or of one that waits: one transaction.

use super::asked::Asked;
use super::content::{self, Content, Twin};
use super::delivery::waiting;
use super::journal::{self, Subject};
use super::target::{self, Target};
use super::{Attributes, Entry};
use super::{quota, sets};
use crate::catalog::nodes::{self, Row};
use crate::catalog::versions;
use crate::catalog::{Conn, NodeId, Transaction};
use crate::dossier::{Deed, Error, Result, Rights};

/// The commit of an upload.
#[derive(Clone, Debug)]
pub(super) struct Commit {
    /// Who puts it, and where.
    pub(super) asked: Asked,
    /// The top of the area in which the upload began.
    pub(super) root: NodeId,
    pub(super) attributes: Attributes,
    pub(super) content: Content,
    /// The same content, of the same party and under the same key.
    pub(super) twin: Twin,
    /// The connection broke: what came waits for the same account.
    pub(super) pending: bool,
    /// It waits to be delivered.
    pub(super) waits: bool,
    pub(super) public_id: String,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Committed {
    pub(super) entry: Entry,
    /// No file was there before.
    pub(super) created: bool,
    /// Objects that nothing uses any more.
    pub(super) free: Vec<String>,
}

impl Transaction for Commit {
    type Output = Committed;

    async fn run(&self, tx: &mut Conn) -> Result<Committed> {
        let Asked { door, session, path, .. } = &self.asked;
        session.check()?;
        let target = if self.waits {
            waiting::aim(&self.asked, tx).await?
        } else {
            target::aim(door, tx, session, path).await?
        };
        if target.place.root != self.root && !self.waits {
            // The path means another area by now: another office, not the one it was meant for.
            return Err(Error::NoParent);
        }
        target.writable(session)?;
        self.asked.check_conditions(tx).await?;
        target.unlocked(&self.asked, tx).await?;
        self.own(tx, &target).await
    }
}

impl Commit {
    /// A file in an area of the viewer's own.
    async fn own(&self, tx: &mut Conn, target: &Target) -> Result<Committed> {
        let now = self.asked.door.clock.now();
        let owner = quota::payer(&target.place, &self.asked.session);
        let finished = target.found.as_ref().is_some_and(|row| row.pending.is_none());
        if self.pending && (finished || target.hidden.is_some()) {
            // A file came under that name meanwhile: what broke off must not change it.
            return Err(Error::Exists);
        }
        target.free_name(tx, now).await?;
        let old = target.found.as_ref();
        let grown = self.content.size - old.map_or(0, Row::size);
        quota::charge(&self.asked.door, tx, owner, grown).await?;
        let pending = self.pending.then_some(self.asked.session.account);
        let (node, created) = if let Some(row) = old {
            if row.pending.is_some() && !self.pending {
                nodes::end_pending(tx, row.id).await?;
            }
            (row.id, false)
        } else {
            let mode = self.attributes.mode.map(i64::from);
            let placer = Some(self.asked.session.party);
            let public_id = self.public_id.as_str();
            let new = nodes::New { public_id, folder: false, placer, pending, mode };
            let node = nodes::make(tx, new, now).await?;
            nodes::place(tx, node, &target.slot(), None, now).await?;
            (node, true)
        };
        let mtime = self.attributes.modified.unwrap_or(now);
        let version = self.content.version(node, mtime, owner);
        let session = &self.asked.session;
        let number = content::add_version(tx, old, version, &self.twin, session, now).await?;
        target::note_day(&self.asked.door, tx, &target.place).await?;
        let clutter = target.place.is_clutter(&target.name, false);
        if !clutter {
            sets::touch(&self.asked.door, tx, target).await?;
        }
        let free = match old.filter(|_| clutter) {
            Some(row) => versions::forget_here(tx, node, row.placement, now).await?,
            None => Vec::new(),
        };
        if !clutter && !self.pending {
            let deed = if created { Deed::Put } else { Deed::Replaced };
            let readers = Subject::of(None, &target.name).to(&target.concerned());
            journal::note(&self.asked.door, tx, &self.asked.session, deed, Some(node), &readers)
                .await?;
        }
        Ok(Committed { entry: self.entry(target, node, number), created, free })
    }

    /// What the file is to the viewer now.
    fn entry(&self, target: &Target, node: NodeId, number: i64) -> Entry {
        let now = self.asked.door.clock.now();
        let found = target.found.as_ref();
        Entry {
            name: self.asked.path.name().unwrap_or_default().to_owned(),
            folder: false,
            size: u64::try_from(self.content.size).unwrap_or(0),
            modified: self.attributes.modified.unwrap_or(now),
            created: found.map_or(now, |row| row.created),
            mode: self.attributes.mode,
            rights: target.rights(&self.asked.session) | Rights::READ,
            public_id: found
                .map_or_else(|| Some(self.public_id.clone()), |row| Some(row.public_id.clone())),
            version: number,
            digests: Some(self.content.digests),
            node: Some(node),
            ..Entry::default()
        }
    }
}
