//! Moving: which, by where something comes from and goes to, is delivering, handing over into a set, deciding on
//! one, renaming, sharing, un-sharing, forwarding, or ending a forward. But for the first two no bytes move.

use super::forward::{self, Forwarding};
use super::{replaced, saves};
use crate::catalog::nodes::{self, Row};
use crate::catalog::{Conn, NOW, Transaction, forwards, locks, versions, walks};
use crate::dossier::name::is_partial;
use crate::dossier::{Deed, DossierPath, Error, Leaf, Result, Rights};
use crate::vfs::asked::Asked;
use crate::vfs::change::{end, end_forward, end_out_of};
use crate::vfs::delivery::{batch, deliver, waiting};
use crate::vfs::journal::{self, Subject};
use crate::vfs::target::{self, Target};
use crate::vfs::{read, sets};

/// Moves what is asked for, and says whether nothing was replaced. What goes to where things are delivered or
/// agreed on is written anew there; all else is one transaction.
///
/// # Errors
/// As [`crate::vfs::Vfs::relocate`].
pub(in crate::vfs) async fn relocate(
    asked: &Asked,
    to: &DossierPath,
    overwrite: bool,
) -> Result<bool> {
    if let Some(new) = Box::pin(deliver::by_move(asked, to, overwrite)).await? {
        return Ok(new);
    }
    if let Some(new) = Box::pin(sets::by_move(asked, to, overwrite)).await? {
        return Ok(new);
    }
    let forwarding = Forwarding::of(asked).await?;
    let work =
        Move { asked: asked.clone(), to: to.clone(), overwrite, forwarding, decides_on: None };
    let new = asked.door.db.write(work).await?;
    Box::pin(batch::take_in(asked, to)).await?;
    Ok(new)
}

/// A move.
#[derive(Debug)]
pub(in crate::vfs) struct Move {
    pub(in crate::vfs) asked: Asked,
    pub(in crate::vfs) to: DossierPath,
    pub(in crate::vfs) overwrite: bool,
    /// For the folders that forwarding makes.
    pub(in crate::vfs) forwarding: Forwarding,
    /// The hash that the one who decides on a set was shown.
    pub(in crate::vfs) decides_on: Option<String>,
}

impl Transaction for Move {
    type Output = bool;

    async fn run(&self, tx: &mut Conn) -> Result<bool> {
        let Asked { door, session, .. } = &self.asked;
        let from = self.asked.movable(tx).await?;
        let source = from.existing()?;
        let to = target::aim(door, tx, session, &self.to).await?;
        let to = waiting::aim_at(&self.asked, tx, to, &self.to).await?;
        apart(&from, source, &to)?;
        if from.place.is_sets() || to.place.is_sets() {
            return sets::relocate(self, tx, &from, source, &to).await;
        }
        if source.forward.is_some() || to.place.is_shared_by_employee() {
            return self.end_forward(tx, &from, source, &to).await;
        }
        if from.place.is_shared_by_employee() {
            return self.forward(tx, &from, source, &to).await;
        }
        self.own(tx, &from, source, &to).await
    }
}

/// Nothing goes onto itself, into itself, or onto a folder that it is in.
///
/// # Errors
/// [`Error::Denied`].
pub(in crate::vfs) fn apart(from: &Target, source: &Row, to: &Target) -> Result<()> {
    if from.place.at != NOW {
        // What was can be put back over what is.
        return Ok(());
    }
    // A name is given other letters by moving.
    let onto_itself = is_itself(from, source, to) && to.name == source.name;
    let into_itself = to.above.iter().any(|row| row.id == source.id);
    let onto_ancestor =
        to.found.as_ref().is_some_and(|found| from.above.iter().any(|row| row.id == found.id));
    if onto_itself || into_itself || onto_ancestor { Err(Error::Denied) } else { Ok(()) }
}

/// Whether what has the target's name is the source itself, as it is now: under that name or one that is compared
/// as the same.
pub(in crate::vfs) fn is_itself(from: &Target, source: &Row, to: &Target) -> bool {
    let found = to.found.as_ref();
    from.place.at == NOW && found.is_some_and(|row| row.placement == source.placement)
}

impl Move {
    /// The employer moves a forwarded document, or a folder of them, back to where its employee
    /// shared it.
    async fn end_forward(
        &self,
        tx: &mut Conn,
        from: &Target,
        source: &Row,
        to: &Target,
    ) -> Result<bool> {
        let Asked { door, session, .. } = &self.asked;
        forward::may_end(session, from, source)?;
        let back = to.place.relations.employment.as_ref();
        let back = back.filter(|_| to.place.is_shared_by_employee());
        let employment = back.ok_or(Error::Denied)?.id;
        let mut files = nodes::subtree(tx, source, NOW).await?;
        files.retain(|row| !row.is_folder());
        if files.is_empty() {
            return Err(Error::Denied);
        }
        for row in files {
            let forward = row.forward.ok_or(Error::Denied)?;
            if forwards::employment(tx, forward).await? != Some(employment) {
                return Err(Error::Denied);
            }
        }
        from.removable(&self.asked, tx).await?;
        if source.is_folder() {
            end(door, tx, session, &from.place, source).await?;
        } else {
            end_forward(door, tx, session, &from.place, source).await?;
        }
        target::note_day(door, tx, &from.place).await?;
        Ok(true)
    }

    /// The employer moves what an employee shared into what it shares with the office.
    async fn forward(
        &self,
        tx: &mut Conn,
        from: &Target,
        source: &Row,
        to: &Target,
    ) -> Result<bool> {
        let Asked { door, session, .. } = &self.asked;
        forward::may(session, from, source, to)?;
        to.unlocked(&self.asked, tx).await?;
        let to = (to, &self.to);
        forward::forward(door, tx, session, from, source, to, true, &self.forwarding).await?;
        Ok(true)
    }

    /// A file or folder of the viewer's own goes somewhere else of its own.
    async fn own(&self, tx: &mut Conn, from: &Target, source: &Row, to: &Target) -> Result<bool> {
        let Asked { door, session, .. } = &self.asked;
        let same_area = from.place.root == to.place.root;
        let leaves = if same_area { Rights::WRITE } else { Rights::TAKE };
        let enters = to.place.takes_own(session);
        let own = from.place.owner == session.party && to.place.owner == session.party;
        if !from.rights(session).has(leaves) || from.place.is_overviews() || !enters || !own {
            return Err(Error::Denied);
        }
        if from.place.ends_forwards() && !same_area && has_links(tx, source).await? {
            return Err(Error::Denied);
        }
        let replaced = self.may_lay(tx, from, source, to).await?;
        let hides = to.place.is_clutter(&to.name, source.is_folder());
        if from.place.leaf == Leaf::ByEmployee && (!same_area || hides) {
            end_out_of(door, tx, session, source, door.clock.now()).await?;
        }
        if from.place.ends_forwards() && !same_area {
            // A folder that was made by forwarding is one like any other from then on.
            forwards::end_made(tx, source.id, door.clock.now()).await?;
        }
        if let Some(left) = saves::left(&self.asked, tx, from, source, to).await? {
            saves::go_on(&self.asked, tx, &left, source, to).await?;
        } else {
            self.lay(tx, from, source, to).await?;
            self.note(tx, from, source, to).await?;
        }
        target::note_day(door, tx, &from.place).await?;
        target::note_day(door, tx, &to.place).await?;
        Ok(replaced.is_none())
    }

    /// Whether all that is in a folder can still be asked for by its path. It is only looked at where that gets longer.
    async fn fits(&self, tx: &mut Conn, source: &Row) -> Result<()> {
        if !source.is_folder() || self.to.bytes() <= self.asked.path.bytes() {
            return Ok(());
        }
        let below = walks::longest_below(tx, source.id).await?;
        self.to.reaches(usize::try_from(below).unwrap_or(usize::MAX))
    }

    /// Whether the length of its paths, locks, and what has the target's name, let it go there. Gives what it replaces.
    ///
    /// # Errors
    /// [`Error::BadName`], [`Error::Locked`], [`Error::Exists`], [`Error::KindsMeet`], [`Error::Denied`].
    pub(in crate::vfs) async fn may_lay<'t>(
        &self,
        tx: &mut Conn,
        from: &Target,
        source: &Row,
        to: &'t Target,
    ) -> Result<Option<&'t Row>> {
        self.fits(tx, source).await?;
        from.removable(&self.asked, tx).await?;
        let replaced = to.found.as_ref().filter(|row| row.id != source.id);
        if let Some(row) = replaced {
            replaced::may_give_way(to, row, source, self.overwrite)?;
            to.removable(&self.asked, tx).await?;
        } else {
            to.unlocked(&self.asked, tx).await?;
        }
        Ok(replaced)
    }

    /// Lets it lie there, over what it replaces.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(in crate::vfs) async fn lay(
        &self,
        tx: &mut Conn,
        from: &Target,
        source: &Row,
        to: &Target,
    ) -> Result<()> {
        let Asked { door, session, .. } = &self.asked;
        let Some(row) = to.found.as_ref().filter(|row| row.id != source.id) else {
            return self.place(tx, from, source, to).await;
        };
        if replaced::goes_on(row, source) {
            self.succeed(tx, from, source, row).await?;
        } else {
            end(door, tx, session, &to.place, row).await?;
            self.place(tx, from, source, to).await?;
        }
        replaced::note(&self.asked, tx, to, row, source).await
    }

    /// A file over a file: the one that has the name keeps its identity and gets the content.
    async fn succeed(&self, tx: &mut Conn, from: &Target, source: &Row, over: &Row) -> Result<()> {
        let Asked { door, session, .. } = &self.asked;
        let mut version = read::head(tx, source).await?;
        version.node = over.id;
        locks::delete_below(tx, source.id).await?;
        let now = door.clock.now();
        if from.place.leaf == Leaf::ByEmployee {
            end_out_of(door, tx, session, source, now).await?;
        }
        nodes::end_pending(tx, over.id).await?;
        locks::copy_properties(tx, source.id, over.id, session.party).await?;
        nodes::end_placement(tx, source.placement, now).await?;
        versions::end_below(tx, source.id, now).await?;
        // What it was goes on; what it replaces does not.
        versions::add_used(tx, version.counts_for, source.size() - over.size()).await?;
        versions::add_version(tx, &version, session.account, now).await.map(|_| ())
    }

    /// Lets the source lie where the target is, with its names compared as they are there.
    async fn place(&self, tx: &mut Conn, from: &Target, source: &Row, to: &Target) -> Result<()> {
        let now = self.asked.door.clock.now();
        to.free_name(tx, now).await?;
        locks::delete_below(tx, source.id).await?;
        let policy = to.place.leaf.policy();
        let below = if from.place.leaf.policy() == policy {
            Vec::new()
        } else {
            nodes::subtree(tx, source, NOW).await?
        };
        if completes(from, source, to) {
            nodes::end_pending(tx, source.id).await?;
        }
        nodes::end_placement(tx, source.placement, now).await?;
        let slot = sets::slot(&self.asked, tx, to, Some(source.id), false).await?;
        nodes::place(tx, source.id, &slot, None, now).await?;
        for row in below.iter().skip(1) {
            let slot = to.place.slot_in(row.parent, &row.name)?;
            nodes::end_placement(tx, row.placement, now).await?;
            nodes::place(tx, row.id, &slot, row.forward, now).await?;
        }
        Ok(())
    }

    async fn note(&self, tx: &mut Conn, from: &Target, source: &Row, to: &Target) -> Result<()> {
        let Asked { door, session, .. } = &self.asked;
        let (was, is) = (Subject::row(source), Subject::of(None, &to.name));
        let own = |subject: &Subject| (session.party, subject.clone().saying(&to.name));
        let node = Some(source.id);
        // What it was laid over may go on with its content.
        let over = to.found.as_ref().filter(|row| row.id != source.id);
        let over = over.filter(|row| replaced::goes_on(row, source));
        let is_now = over.map_or(node, |row| Some(row.id));
        let was_clutter = from.place.is_clutter_row(source);
        if to.place.is_clutter(&to.name, source.is_folder()) {
            // It is gone for whom it was shared with; what it is called now is nothing to tell.
            if from.place.is_shared() && !was_clutter {
                let readers = was.to(&from.place.concerned());
                journal::note(door, tx, session, Deed::Unshared, node, &readers).await?;
            }
            return Ok(());
        }
        if was_clutter || completes(from, source, to) {
            // Nobody knew of it: it is as if it was put there.
            if over.is_some_and(|row| replaced::was_known(to, row)) {
                return Ok(());
            }
            let readers = is.to(&to.place.concerned());
            return journal::note(door, tx, session, Deed::Put, is_now, &readers).await;
        }
        if from.place.root == to.place.root {
            let deed = if from.parent() == to.parent() { Deed::Renamed } else { Deed::Moved };
            let readers = was.clone().saying(&to.name).to(&from.place.concerned());
            return journal::note(door, tx, session, deed, node, &readers).await;
        }
        // What it is called in the owner's own folders is for the owner alone.
        if from.place.is_shared() {
            let readers = [vec![own(&was)], was.to(&from.place.concerned())].concat();
            journal::note(door, tx, session, Deed::Unshared, node, &readers).await?;
        }
        if to.place.is_shared() {
            let readers = [vec![own(&was)], is.to(&to.place.concerned())].concat();
            journal::note(door, tx, session, Deed::Shared, is_now, &readers).await?;
        }
        if !from.place.is_shared() && !to.place.is_shared() {
            journal::note(door, tx, session, Deed::Moved, node, &[own(&was)]).await?;
        }
        Ok(())
    }
}

/// Whether a move is its client's word that what a broken connection left is whole: unless it stays where such a
/// thing waits, under the name of one that is still coming. A dot before the name says that only where things are
/// delivered: elsewhere files are called so for good.
fn completes(from: &Target, source: &Row, to: &Target) -> bool {
    let coming = from.place.root == to.place.root && is_partial(to.name.trim_start_matches('.'));
    source.pending.is_some() && !coming
}

/// Whether anything that was forwarded lies below.
async fn has_links(tx: &mut Conn, source: &Row) -> Result<bool> {
    Ok(nodes::subtree(tx, source, NOW).await?.iter().any(|row| row.forward.is_some()))
}
