//! Making folders, and deleting: which, by where something lies, is deleting one's own, un-sharing,
//! withdrawing, or ending a forward.

use super::asked::Asked;
use super::delivery::{listed, refused, waiting, withdraw};
use super::door::Door;
use super::journal::{self, Subject};
use super::locks::locking::{self, Touch};
use super::moving::forward;
use super::place::Place;
use super::resolve;
use super::target::{self, Target};
use super::{Entry, Remove, Session, look, sets};
use crate::catalog::deliveries::{self, ListedIn};
use crate::catalog::nodes::{self, Row};
use crate::catalog::{Conn, NOW, Transaction, forwards, intake, locks, versions};
use crate::dossier::{Deed, Error, Leaf, Result, Rights};

/// Making a folder.
#[derive(Debug)]
pub(super) struct MakeFolder {
    pub(super) asked: Asked,
    pub(super) public_id: String,
}

impl Transaction for MakeFolder {
    type Output = Entry;

    async fn run(&self, tx: &mut Conn) -> Result<Entry> {
        let Asked { door, session, path, .. } = &self.asked;
        session.check()?;
        let mut target = match target::aim(door, tx, session, path).await {
            Err(Error::Denied) if look::stat(door, tx, session, path).await.is_ok() => {
                return Err(Error::Exists);
            }
            aimed => aimed?,
        };
        let now = door.clock.now();
        let listed = listed::listed(tx, session, &target.place, now).await?;
        if target.found.is_some() || listed.is_some() {
            return Err(Error::Exists);
        }
        if target.place.leaf == Leaf::Deliver {
            // A folder in `/Aanleveren` is the account's own, for what it has waiting there.
            target = waiting::aim(&self.asked, tx).await?;
        }
        self.asked.check_conditions(tx).await?;
        if target.place.is_sets() {
            sets::may_put(session, &target, true)?;
        } else if !target.place.takes_own(session) {
            return Err(Error::Denied);
        }
        target.unlocked(&self.asked, tx).await?;
        target.free_name(tx, now).await?;
        let placer = Some(session.party);
        let node = nodes::make_folder(tx, &self.public_id, placer, now).await?;
        let slot = sets::slot(&self.asked, tx, &target, Some(node), false).await?;
        nodes::place(tx, node, &slot, None, now).await?;
        sets::touch(door, tx, &target).await?;
        target::note_day(door, tx, &target.place).await?;
        if !target.place.is_waiting() {
            let readers = Subject::of(None, &target.name).to(&target.concerned());
            journal::note(door, tx, session, Deed::MadeFolder, Some(node), &readers).await?;
        }
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
    pub(super) asked: Asked,
    pub(super) what: Remove,
}

impl Transaction for Delete {
    /// Objects that nothing uses any more.
    type Output = Vec<String>;

    async fn run(&self, tx: &mut Conn) -> Result<Vec<String>> {
        let target = self.asked.existing(tx).await?;
        if target.place.leaf.reads_names() {
            self.undeliver(tx, &target.place, &target.key).await?;
        } else if target.place.leaf == Leaf::Refused && target.found.is_none() {
            self.remove_reason(tx, &target).await?;
        } else {
            return self.remove(tx, &target).await;
        }
        Ok(Vec::new())
    }
}

impl Delete {
    /// What lies there: whose it is says what its deletion means. Gives the objects that nothing uses any more.
    async fn remove(&self, tx: &mut Conn, target: &Target) -> Result<Vec<String>> {
        let Asked { door, session, .. } = &self.asked;
        let row = target.existing()?;
        match (self.what, row.is_folder()) {
            (Remove::File, true) => return Err(Error::IsFolder),
            (Remove::EmptyFolder, false) => return Err(Error::NotFolder),
            _ => {}
        }
        target.removable(&self.asked, tx).await?;
        if row.forward.is_some() && target.place.ends_forwards() {
            forward::may_end(session, target, row)?;
            end_forward(door, tx, session, &target.place, row).await?;
            return Ok(Vec::new());
        }
        let rights = target.rights(session);
        if target.place.is_overviews() {
            self.withdraw(tx, &target.place, row).await?;
            return Ok(Vec::new());
        }
        if !rights.has(target.place.to_remove()) {
            return Err(Error::Denied);
        }
        if self.what == Remove::EmptyFolder && !is_empty(tx, session, &target.place, row).await? {
            return Err(Error::NotEmpty);
        }
        let free = end(door, tx, session, &target.place, row).await?;
        target::note_day(door, tx, &target.place).await?;
        if target.place.is_waiting() {
            self.end_hidden(tx, target).await?;
        }
        if target.place.is_sets() {
            sets::withdrew(door, tx, session, target, row).await?;
        } else if !target.place.is_clutter_row(row) {
            let readers = Subject::row(row).to(&target.place.concerned());
            journal::note(door, tx, session, Deed::Deleted, Some(row.id), &readers).await?;
        }
        Ok(free)
    }

    /// Takes away the text that says why a file was refused.
    async fn remove_reason(&self, tx: &mut Conn, target: &Target) -> Result<()> {
        let session = &self.asked.session;
        let name = target.place.rest.last().map_or("", String::as_str);
        let reason = refused::one(tx, session, name).await?;
        if self.what == Remove::EmptyFolder {
            return Err(Error::NotFolder);
        }
        if !target.rights(session).has(Rights::TAKE) {
            return Err(Error::Denied);
        }
        intake::remove_reason(tx, session.party, &reason.name_key).await.map(drop)
    }

    /// What waits, an upload that broke off, hides what was delivered under its name: whoever deletes the name means
    /// both.
    async fn end_hidden(&self, tx: &mut Conn, waits: &Target) -> Result<()> {
        let Asked { door, session, .. } = &self.asked;
        let place = waits.place.handed_in_at();
        if place.leaf.reads_names() {
            return match listed::listed(tx, session, place, door.clock.now()).await? {
                Some(_) => self.undeliver(tx, place, &waits.key).await,
                None => Ok(()),
            };
        }
        match resolve::reach(tx, session, place).await?.as_slice() {
            [row] => {
                locking::check(&self.asked, tx, std::slice::from_ref(row), Touch::Whole).await?;
                self.withdraw(tx, place, row).await
            }
            _ => Ok(()),
        }
    }

    /// Takes back an overview that was placed by hand.
    async fn withdraw(&self, tx: &mut Conn, place: &Place, row: &Row) -> Result<()> {
        let Asked { door, session, .. } = &self.asked;
        if !place.rights(session, Some(row)).has(Rights::REPLACE) {
            return Err(Error::Denied);
        }
        withdraw::by_placer(door, tx, session, row, &place.concerned()).await
    }

    /// Takes a delivery of the last hour off the list; from an employee's folder it is withdrawn, too.
    async fn undeliver(&self, tx: &mut Conn, place: &Place, key: &str) -> Result<()> {
        let Asked { door, session, path, .. } = &self.asked;
        let now = door.clock.now();
        let found = match listed::delivered(tx, session, place, now).await {
            // A folder that is there for whoever asks is there for good.
            Err(Error::NotFound) => {
                look::stat(door, tx, session, path).await?;
                return Err(Error::Denied);
            }
            found => found?,
        };
        if self.what == Remove::EmptyFolder {
            return Err(Error::NotFolder);
        }
        if !place.rights(session, None).has(Rights::PLACE) {
            return Err(Error::Denied);
        }
        let node = listed::document(tx, session, Some(&found), now).await?;
        if let Some(row) = &node {
            locking::check(&self.asked, tx, std::slice::from_ref(row), Touch::Whole).await?;
            locks::delete_below(tx, row.id).await?;
        }
        let folder = place.listed_in();
        let at = ListedIn { party: session.party, folder: &folder };
        deliveries::unlist(tx, at, key, now).await?;
        let Some(employment) = &place.relations.employment else { return Ok(()) };
        match node.filter(|row| row.placer == Some(session.party)) {
            Some(row) => {
                // What was filed on paper its employee never saw.
                let paper = row.parent == employment.paper_root;
                let receivers = [employment.employer, employment.person];
                let receivers = receivers.get(..if paper { 1 } else { 2 }).unwrap_or_default();
                withdraw::by_placer(door, tx, session, &row, receivers).await
            }
            None => Ok(()),
        }
    }
}

/// Whether a folder is empty for the viewer: another account's unfinished uploads go with it.
async fn is_empty(tx: &mut Conn, session: &Session, place: &Place, folder: &Row) -> Result<bool> {
    let below = nodes::subtree(tx, folder, NOW).await?;
    // The reason of its employer goes with a set.
    let anothers = |row: &Row| place.is_sets() && row.placer == Some(place.owner);
    let holds = |row: &Row| row.parent == folder.id && place.shows(session, row) && !anothers(row);
    Ok(!below.iter().skip(1).any(holds))
}

/// Ends whatever lies at a row in an area of the viewer's own: now it is only in the past. Gives the objects that
/// nothing uses any more; whoever does not delete them leaves them for the sweep.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn end(
    door: &Door,
    tx: &mut Conn,
    session: &Session,
    place: &Place,
    row: &Row,
) -> Result<Vec<String>> {
    let now = door.clock.now();
    if place.leaf == Leaf::ByEmployee {
        end_out_of(door, tx, session, row, now).await?;
    }
    if place.ends_forwards() {
        end_links_in(door, tx, session, place, row).await?;
    }
    forwards::end_made(tx, row.id, now).await?;
    locks::delete_below(tx, row.id).await?;
    nodes::end_placement(tx, row.placement, now).await?;
    versions::end_below(tx, row.id, now).await?;
    if !place.is_clutter_row(row) {
        return Ok(Vec::new());
    }
    // What a system leaves behind has no history, but what it once was under a name of its own has.
    versions::forget_here(tx, row.id, row.placement, now).await
}

/// An employee takes back what its employer had forwarded: whoever saw the link is told. What lies there
/// ends at the same instant, by which a save that put it back knows what it was.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn end_out_of(
    door: &Door,
    tx: &mut Conn,
    session: &Session,
    row: &Row,
    now: i64,
) -> Result<()> {
    for link in forwards::end_out_of(tx, row.id, now).await? {
        let subject = Subject::of(None, &link.name).worded_by(link.employer);
        let readers = subject.to(&[link.employer, link.office]);
        journal::note(door, tx, session, Deed::EndedForward, Some(link.node), &readers).await?;
    }
    Ok(())
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
    let mut readers = Subject::row(row).to(&place.concerned());
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
