//! The transaction that makes a copy whose contents are written: it looks once more at both ends.

use super::{Copied, How, Source, ends, may, may_forward};
use crate::catalog::nodes::{self, Row};
use crate::catalog::versions;
use crate::catalog::{Conn, KeyId, NodeId, Transaction, history, locks, shown};
use crate::dossier::{Deed, DossierPath, Error, Result, Rights};
use crate::vfs::asked::Asked;
use crate::vfs::change::end;
use crate::vfs::delivery::waiting;
use crate::vfs::journal::{self, Subject};
use crate::vfs::moving::forward::{self, Forwarding};
use crate::vfs::moving::replaced;
use crate::vfs::target::{self, Target};
use crate::vfs::{quota, sets};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Making a copy.
pub(in crate::vfs) struct Copying {
    pub(in crate::vfs) asked: Asked,
    pub(in crate::vfs) to: DossierPath,
    pub(in crate::vfs) how: How,
    /// No copy but a forward.
    pub(in crate::vfs) forwards: bool,
    pub(in crate::vfs) source: Arc<Source>,
}

impl Transaction for Copying {
    type Output = bool;

    async fn run(&self, tx: &mut Conn) -> Result<bool> {
        let Self { asked, source, .. } = self;
        let Asked { door, session, .. } = asked;
        let (from, to) = ends(asked, tx, &self.to).await?;
        let to = waiting::aim_at(asked, tx, to, &self.to).await?;
        let top = from.existing()?;
        if self.forwards {
            may_forward(session, self.how, &from, top, &to)?;
            to.unlocked(asked, tx).await?;
            let ids = Forwarding(source.rows.iter().map(|(_, id, _)| id.clone()).collect());
            let to = (&to, &self.to);
            forward::forward(door, tx, session, &from, top, to, false, &ids).await?;
            return Ok(true);
        }
        let rows = self.still_there(tx, &from, top, to.place.key).await?;
        may(session, &from, rows.iter().map(|(row, ..)| row), &to)?;
        if let Some(row) = &to.found {
            replaced::may_give_way(&to, row, top, self.how.overwrite)?;
            to.removable(asked, tx).await?;
        } else {
            to.unlocked(asked, tx).await?;
        }
        if self.how.takes {
            self.take(tx, &from, &rows).await?;
        }
        self.make(tx, &from, &rows, &to).await?;
        if let Some(row) = &to.found {
            replaced::note(asked, tx, &to, row, top).await?;
        }
        target::note_day(door, tx, &to.place).await?;
        sets::touch(door, tx, &to).await?;
        if self.how.takes {
            self.note_taken(tx, &from, &to).await?;
        } else {
            self.note(tx, &from, &rows, &to).await?;
        }
        Ok(to.found.is_none())
    }
}

impl Copying {
    /// The rows that were read before and that the viewer still sees: what was taken back meanwhile is
    /// not copied.
    async fn still_there(
        &self,
        tx: &mut Conn,
        from: &Target,
        top: &Row,
        key: KeyId,
    ) -> Result<Vec<&Copied>> {
        let seen = nodes::subtree(tx, top, from.place.at).await?;
        let seen = seen.iter().filter(|row| from.place.shows(&self.asked.session, row));
        let seen: HashSet<i64> = seen.map(|row| row.placement).chain([top.placement]).collect();
        let rows: Vec<_> =
            self.source.rows.iter().filter(|(row, ..)| seen.contains(&row.placement)).collect();
        let same_top = rows.first().is_some_and(|(row, ..)| row.placement == top.placement);
        let same_key = rows.iter().all(|(_, _, c)| c.as_ref().is_none_or(|c| c.age_key == key));
        let mut stored = true;
        for content in rows.iter().filter_map(|(_, _, content)| content.as_ref()) {
            // What is shared with a version of the past may have been cleared away with that.
            let new = self.source.written.iter().any(|key| key.to_string() == content.blob);
            stored &= new || history::in_use(tx, &content.blob).await?;
        }
        if same_top && same_key && stored { Ok(rows) } else { Err(Error::Precondition) }
    }

    /// What was copied ends where it was, when that is all that lies there, as it is now, and may leave.
    async fn take(&self, tx: &mut Conn, from: &Target, rows: &[&Copied]) -> Result<()> {
        let Asked { door, session, .. } = &self.asked;
        if !from.rights(session).has(Rights::TAKE) {
            return Err(Error::Denied);
        }
        from.removable(&self.asked, tx).await?;
        let copied: HashSet<_> =
            rows.iter().map(|(row, ..)| (row.placement, row.version)).collect();
        let top = from.existing()?;
        let now = nodes::subtree(tx, top, from.place.at).await?;
        if !now.iter().all(|row| copied.contains(&(row.placement, row.version))) {
            return Err(Error::Precondition);
        }
        end(door, tx, session, &from.place, top).await?;
        target::note_day(door, tx, &from.place).await
    }

    /// Who took it along sees where it went; whoever it was shared with, that it is no more.
    async fn note_taken(&self, tx: &mut Conn, from: &Target, to: &Target) -> Result<()> {
        let Asked { door, session, .. } = &self.asked;
        let top = from.existing()?;
        if from.place.is_clutter_row(top) {
            return Ok(());
        }
        let (was, node) = (Subject::row(top), Some(top.id));
        if from.place.is_shared() {
            let readers = was.to(&from.place.concerned());
            journal::note(door, tx, session, Deed::Unshared, node, &readers).await?;
        }
        let readers = [(session.party, was.saying(&self.to.parts().join("/")))];
        journal::note(door, tx, session, Deed::Moved, node, &readers).await?;
        self.note_reason(tx, to).await
    }

    /// The office is told of a new reason, however its employer put it there.
    async fn note_reason(&self, tx: &mut Conn, to: &Target) -> Result<()> {
        let Asked { door, session, .. } = &self.asked;
        let mut readers = Subject::of(None, &to.name).to(&to.concerned());
        readers.retain(|(party, _)| to.place.owner == session.party && *party != session.party);
        if readers.is_empty() || !to.place.is_sets() || to.found.is_some() {
            return Ok(());
        }
        journal::note(door, tx, session, Deed::Put, None, &readers).await
    }

    async fn make(
        &self,
        tx: &mut Conn,
        from: &Target,
        rows: &[&Copied],
        to: &Target,
    ) -> Result<()> {
        let Asked { door, session, .. } = &self.asked;
        let now = door.clock.now();
        let is_file = rows.first().is_some_and(|(top, ..)| !top.is_folder());
        let keeps = to.found.as_ref().filter(|row| !row.is_folder() && is_file);
        match (&to.found, keeps) {
            (Some(row), None) => {
                end(door, tx, session, &to.place, row).await?;
            }
            (Some(row), Some(_)) => nodes::end_pending(tx, row.id).await?,
            (None, _) => to.free_name(tx, now).await?,
        }
        let size: i64 = rows.iter().filter_map(|(_, _, c)| c.as_ref()).map(|c| c.size).sum();
        let payer = quota::payer(&to.place, session);
        quota::charge(door, tx, payer, size - keeps.map_or(0, Row::size)).await?;
        let mut made: HashMap<NodeId, NodeId> = HashMap::new();
        for (index, (row, id, content)) in rows.iter().enumerate() {
            let slot = if index == 0 {
                sets::slot(&self.asked, tx, to, None, !self.how.shallow).await?
            } else {
                let Some(parent) = made.get(&row.parent) else { continue };
                to.place.slot_in(*parent, &from.place.shown(session, row))?
            };
            let node = if let Some(kept) = keeps {
                kept.id
            } else {
                let (folder, mode) = (row.is_folder(), row.mode);
                let placer = Some(session.party);
                let new = nodes::New { public_id: id, folder, placer, pending: None, mode };
                let node = nodes::make(tx, new, now).await?;
                nodes::place(tx, node, &slot, None, now).await?;
                locks::copy_properties(tx, row.id, node, session.party).await?;
                if self.how.takes {
                    // It is moved, not made.
                    shown::set(tx, node, row.noted()).await?;
                }
                node
            };
            made.insert(row.id, node);
            if let Some(content) = content {
                let version = content.version(node, row.modified(), payer);
                versions::add_version(tx, &version, session.account, now).await?;
            }
        }
        Ok(())
    }

    /// Whose document was copied sees that a copy of it was taken; the copier that it has one; and
    /// whom it is shared with, that it is.
    async fn note(
        &self,
        tx: &mut Conn,
        from: &Target,
        rows: &[&Copied],
        to: &Target,
    ) -> Result<()> {
        let Asked { door, session, .. } = &self.asked;
        for (index, (row, ..)) in rows.iter().enumerate() {
            let mut sharers = journal::sharers(tx, session, &from.place, row).await?;
            sharers.retain(|(party, _)| *party != session.party);
            let deed = if sharers.is_empty() { Deed::Copied } else { Deed::Took };
            let mut readers = Vec::new();
            let clutter = to.place.is_clutter(&to.name, row.is_folder());
            if index == 0 && !(clutter && from.place.is_own(row)) {
                // Where the copy went is for whoever made it; what is another's was read, under whatever name.
                readers.push((session.party, Subject::seen(&from.place, row).saying(&to.name)));
            }
            if !row.is_folder() {
                readers.extend(sharers);
            }
            if !readers.is_empty() && !from.place.is_clutter_row(row) {
                journal::note(door, tx, session, deed, Some(row.id), &readers).await?;
            }
        }
        let folder = rows.first().is_some_and(|(top, ..)| top.is_folder());
        if to.place.is_shared() && !to.place.is_clutter(&to.name, folder) {
            let readers = Subject::of(None, &to.name).to(&to.place.concerned());
            journal::note(door, tx, session, Deed::Shared, None, &readers).await?;
        }
        self.note_reason(tx, to).await
    }
}
