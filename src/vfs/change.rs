//! Making folders, and deleting: which, by where something lies, is deleting one's own, un-sharing,
//! withdrawing, or ending a forward.

use super::door::Door;
use super::journal::{self, Deed, Subject};
use super::place::Place;
use super::target::{self, Target};
use super::{Conditions, Entry, Remove, Session, look};
use crate::catalog::nodes::{self, Row};
use crate::catalog::{Conn, NOW, PartyId, Transaction, deliveries, forwards, locks, log, versions};
use crate::dossier::tree::Leaf;
use crate::dossier::{Area, DossierPath, Error, Relation, Result, Rights};
use std::sync::Arc;

/// Making a folder.
#[derive(Debug)]
pub(super) struct MakeFolder {
    pub(super) door: Arc<Door>,
    pub(super) session: Session,
    pub(super) path: DossierPath,
    pub(super) conditions: Conditions,
    pub(super) public_id: String,
}

impl Transaction for MakeFolder {
    type Output = Entry;

    async fn run(&self, tx: &mut Conn) -> Result<Entry> {
        let Self { door, session, path, conditions, .. } = self;
        session.check()?;
        let target = match target::aim(door, tx, session, path).await {
            Err(Error::Denied) if look::stat(door, tx, session, path).await.is_ok() => {
                return Err(Error::Exists);
            }
            aimed => aimed?,
        };
        if target.found.is_some() {
            return Err(Error::Exists);
        }
        target.meets(&conditions.expect)?;
        if !target.place.rights(session, None).has(Rights::WRITE) || target.place.is_overviews() {
            return Err(Error::Denied);
        }
        target.unlocked(door, tx, session, conditions).await?;
        let now = door.clock.now();
        let placer = Some(session.party);
        let node = nodes::make(tx, &self.public_id, true, placer, None, None, now).await?;
        nodes::place(tx, node, &target.slot(), None, now).await?;
        target::note_day(door, tx, &target.place).await?;
        let readers = Subject::of(None, &target.name).to(&[target.place.owner]);
        journal::note(door, tx, session, Deed::MadeFolder, Some(node), &readers).await?;
        Ok(Entry {
            name: path.name().unwrap_or_default().to_owned(),
            folder: true,
            modified: now,
            created: now,
            rights: target.place.rights(session, None),
            public_id: Some(self.public_id.clone()),
            node: Some(node),
            ..Entry::default()
        })
    }
}

/// Deleting.
#[derive(Debug)]
pub(super) struct Delete {
    pub(super) door: Arc<Door>,
    pub(super) session: Session,
    pub(super) path: DossierPath,
    pub(super) what: Remove,
    pub(super) conditions: Conditions,
}

impl Transaction for Delete {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        let Self { door, session, path, conditions, .. } = self;
        session.check()?;
        let target = target::aim_at_existing(door, tx, session, path).await?;
        if target.place.leaf == Leaf::DeliverTo {
            return self.undeliver(tx, &target).await;
        }
        let row = target.existing()?;
        target.meets(&conditions.expect)?;
        match (self.what, row.is_folder()) {
            (Remove::File, true) => return Err(Error::IsFolder),
            (Remove::EmptyFolder, false) => return Err(Error::NotFolder),
            _ => {}
        }
        target.removable(door, tx, session, conditions).await?;
        if row.forward.is_some() && session_forwards(&target.place) {
            return end_forward(door, tx, session, &target.place, row).await;
        }
        let rights = target.rights(session);
        if target.place.is_overviews() {
            return if rights.has(Rights::REPLACE) {
                withdraw(door, tx, session, row, &[target.place.owner]).await
            } else {
                Err(Error::Denied)
            };
        }
        if !rights.has(Rights::TAKE) {
            return Err(Error::Denied);
        }
        if self.what == Remove::EmptyFolder
            && !nodes::children(tx, row.id, NOW, ("", 0), "", 1).await?.is_empty()
        {
            return Err(Error::NotEmpty);
        }
        end(door, tx, session, &target.place, row).await?;
        target::note_day(door, tx, &target.place).await?;
        if !target.is_clutter() {
            let readers = Subject::row(row).to(&concerned(&target.place));
            journal::note(door, tx, session, Deed::Deleted, Some(row.id), &readers).await?;
        }
        Ok(())
    }
}

impl Delete {
    /// Takes a delivery of the last hour back: off the list, and withdrawn.
    async fn undeliver(&self, tx: &mut Conn, target: &Target) -> Result<()> {
        let Self { door, session, .. } = self;
        let employment = target.place.relations.employment.as_ref().ok_or(Error::NotFound)?;
        let now = door.clock.now();
        let found = deliveries::one(tx, session.party, employment.id, &target.key, now).await?;
        let found = found.ok_or(Error::NotFound)?;
        if self.what == Remove::EmptyFolder {
            return Err(Error::NotFolder);
        }
        if !target.rights(session).has(Rights::PLACE) {
            return Err(Error::Denied);
        }
        deliveries::unlist(tx, session.party, employment.id, &target.key, now).await?;
        let node = match found.node {
            Some(node) => nodes::home(tx, node).await?,
            None => None,
        };
        match node.filter(|row| row.placer == Some(session.party)) {
            Some(row) => {
                // What was filed on paper its employee never saw.
                let paper = row.parent == employment.paper_root;
                let receivers = [employment.employer, employment.person];
                let receivers = receivers.get(..if paper { 1 } else { 2 }).unwrap_or_default();
                withdraw(door, tx, session, &row, receivers).await
            }
            None => Ok(()),
        }
    }
}

/// Whether links here are the viewer's own forwards.
pub(super) fn session_forwards(place: &Place) -> bool {
    place.leaf == Leaf::ByEmployer && place.relation == Relation::Owner && place.at == NOW
}

/// Ends whatever lies at a row in an area of the viewer's own: now it is only in the past.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn end(
    door: &Door,
    tx: &mut Conn,
    session: &Session,
    place: &Place,
    row: &Row,
) -> Result<()> {
    let now = door.clock.now();
    if place.leaf == Leaf::ByEmployee {
        forwards::end_out_of(tx, row.id, now).await?;
    }
    if session_forwards(place) {
        end_links_in(door, tx, session, place, row).await?;
        forwards::end_made(tx, row.id, now).await?;
    }
    locks::delete_below(tx, row.id).await?;
    nodes::end_placement(tx, row.placement, now).await?;
    let freed = versions::end_below(tx, row.id, now).await?;
    versions::add_used(tx, place.owner, -freed).await
}

/// The employer ends one forward.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn end_forward(
    door: &Door,
    tx: &mut Conn,
    session: &Session,
    place: &Place,
    row: &Row,
) -> Result<()> {
    let forward = row.forward.ok_or(Error::Denied)?;
    forwards::end(tx, forward, door.clock.now()).await?;
    let mut readers = Subject::row(row).to(&concerned(place));
    if let Some(home) = nodes::home(tx, row.id).await? {
        // The employee knows its document by its own name.
        readers.extend(home.placer.map(|person| (person, Subject::row(&home))));
    }
    journal::note(door, tx, session, Deed::EndedForward, Some(row.id), &readers).await
}

/// Ends every forward below a folder.
async fn end_links_in(
    door: &Door,
    tx: &mut Conn,
    session: &Session,
    place: &Place,
    folder: &Row,
) -> Result<()> {
    for row in nodes::subtree(tx, folder, NOW).await?.iter().filter(|r| r.forward.is_some()) {
        end_forward(door, tx, session, place, row).await?;
    }
    Ok(())
}

/// Whoever placed an overview takes it back: gone for the receiver, and the log says whether it had
/// been opened.
async fn withdraw(
    door: &Door,
    tx: &mut Conn,
    session: &Session,
    row: &Row,
    receivers: &[PartyId],
) -> Result<()> {
    let now = door.clock.now();
    let opened = log::opened_by_others(tx, row.id, session.party).await?;
    nodes::end_placement(tx, row.placement, now).await?;
    let freed = versions::end_below(tx, row.id, now).await?;
    versions::add_used(tx, session.party, -freed).await?;
    locks::delete_below(tx, row.id).await?;
    let language = session.language;
    let detail = if opened {
        language.pick("was geopend", "had been opened")
    } else {
        language.pick("was niet geopend", "had not been opened")
    };
    let own = (session.party, Subject::placed(row).saying(detail));
    let readers = [vec![own], Subject::row(row).to(receivers)].concat();
    journal::note(door, tx, session, Deed::Withdrew, Some(row.id), &readers).await
}

/// The parties that a change in an area concerns: its owner, and the one it is shared with.
pub(super) fn concerned(place: &Place) -> Vec<PartyId> {
    let mut parties = vec![place.owner];
    if matches!(place.leaf.area(), Area::SharedUp | Area::SharedDown) {
        let employment = place.relations.employment.as_ref();
        let engagement = place.relations.engagement.as_ref();
        parties.extend(match place.leaf {
            Leaf::ByEmployee => employment.map(|m| m.employer),
            Leaf::ToEmployee => employment.map(|m| m.person),
            Leaf::ByEmployer => engagement.map(|g| g.office),
            Leaf::ByOffice => engagement.map(|g| g.employer),
            _ => None,
        });
    }
    parties
}
