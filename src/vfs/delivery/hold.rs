//! Holding a delivery back until it may be seen (PRODUCT.md sections 5 and 6), and filing it then. Until then
//! it lies on a shelf that no tree has, where nobody lists or reaches it; whoever delivered it has its receipt
//! and a line in its own log.

use super::receipts::State;
use super::ruling::Filing;
use super::settle::Item;
use super::withdraw;
use crate::catalog::held::{self, Held};
use crate::catalog::nodes::{self, Row, Slot};
use crate::catalog::relations::{self, Employment};
use crate::catalog::{Conn, NodeId, Transaction, deliveries, locks, shelves, versions};
use crate::dossier::delivery::publish;
use crate::dossier::{Deed, Leaf, Result, kind, overview};
use crate::vfs::door::Door;
use crate::vfs::journal::{self, Subject};
use crate::vfs::{Session, Vfs, content, quota, random_id};
use std::sync::Arc;

impl Item {
    /// It is held, or what is held of the same overview becomes this. Gives what [`Item::file`] does.
    pub(in crate::vfs) async fn hold(
        &self,
        tx: &mut Conn,
        filing: &Filing,
    ) -> Result<(NodeId, i64, String, State)> {
        let (door, session) = (&self.asked.door, &self.asked.session);
        let (now, party) = (door.clock.now(), session.party);
        let before = filing.held.as_ref().and(filing.found.as_ref());
        let stays = before.filter(|row| filing.is_there(row));
        let (node, public_id) = if let Some(row) = before {
            if stays.is_none() {
                held::aim(tx, row.id, filing.place.root, &filing.name(session)).await?;
            }
            (row.id, row.public_id.clone())
        } else {
            self.lay_aside(tx, filing).await?
        };
        let same = before.filter(|row| row.sha256.as_ref() == Some(&self.content.digests.sha256));
        let number = if let Some(row) = same {
            row.number()
        } else {
            quota::charge(door, tx, party, self.content.size - before.map_or(0, Row::size)).await?;
            let version = self.content.version(node, self.modified(), party);
            content::add_version(tx, before, version, &self.twin, session, now).await?
        };
        let (kind, year) = filing.place.shelf();
        let held = Held {
            node,
            due_ms: filing.due.unwrap_or(now),
            account: session.account,
            protocol: session.protocol.to_string(),
            kind: kind.to_owned(),
            year,
            name: match &filing.held {
                Some(held) if stays.is_some() => held.name.clone(),
                _ => filing.stored.clone(),
            },
            about: filing.about.clone(),
            version_of: match &filing.held {
                Some(held) => held.version_of,
                None => filing.found.as_ref().map(|row| row.id),
            },
        };
        held::put(tx, &held).await?;
        let deed = if filing.found.is_some() { Deed::Redelivered } else { Deed::Delivered };
        let until = filing.due.map(|due| publish::words(session.language, &publish::shown(due)));
        let about = Some(filing.about.clone()).filter(|about| !about.is_empty());
        let detail = about.into_iter().chain(until).collect::<Vec<_>>().join("; ");
        let own = Subject::of(filing.kind, &filing.stored).saying(&detail);
        journal::note(door, tx, session, deed, Some(node), &[(party, own)]).await?;
        let paper = filing.place.leaf == Leaf::OnPaper;
        let state = match filing.due {
            Some(due) => State::Held { due, paper },
            None => publish(door, tx, session, &held).await?,
        };
        Ok((node, number, public_id, state))
    }

    /// A new document that is held. On that shelf every name is free, and is as its placer sees it.
    async fn lay_aside(&self, tx: &mut Conn, filing: &Filing) -> Result<(NodeId, String)> {
        let (door, session) = (&self.asked.door, &self.asked.session);
        let (now, party) = (door.clock.now(), session.party);
        let (kind, year) = held::SHELF;
        let public_id = random_id()?;
        let name = filing.name(session);
        let slot = Slot {
            parent: filing.place.root,
            kind: kind.to_owned(),
            year,
            name: name.clone(),
            key: public_id.clone(),
            placer: Some((party, name, public_id.clone())),
            shown_ms: 0,
        };
        let node = nodes::make_file(tx, &public_id, party, now).await?;
        nodes::place(tx, node, &slot, None, now).await?;
        Ok((node, public_id))
    }
}

impl Vfs {
    /// Lets be seen what was held until now: each document in a transaction of its own.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`]; of the others as much as can be is published all the same.
    pub async fn publish_what_is_due(&self) -> Result<()> {
        let door = &self.0;
        let (mut after, mut done) = ((i64::MIN, NodeId(0)), Ok(()));
        loop {
            let due = held::due(&mut door.db.reader().await?, door.clock.set_to(), after).await?;
            let Some(last) = due.last() else { return done };
            after = *last;
            for (_, node) in due {
                let publish = Publish { door: Arc::clone(door), node };
                done = done.and(door.db.write(publish).await);
            }
        }
    }
}

struct Publish {
    door: Arc<Door>,
    node: NodeId,
}

impl Transaction for Publish {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        // Another node may have done it, or whoever delivered it thought better of it.
        let held = held::one(tx, self.node).await?;
        let now = self.door.clock.set_to();
        let Some(held) = held.filter(|held| held.due_ms <= now) else { return Ok(()) };
        let protocol = held.protocol.parse().unwrap_or_default();
        let session = self.door.session_of(tx, held.account, protocol).await?;
        publish(&self.door, tx, &session, &held).await.map(drop)
    }
}

/// Files what was held: as a new version of what it is one of while that is there, else under names that are
/// free now. Its receivers are told.
async fn publish(door: &Door, tx: &mut Conn, session: &Session, held: &Held) -> Result<State> {
    let (now, party) = (door.clock.now(), session.party);
    let Some(mut row) = nodes::home(tx, held.node).await? else { return Ok(State::Taken) };
    let mut held = held.clone();
    let diverted = divert(door, tx, &mut row, &mut held).await?;
    let old = match held.version_of {
        Some(node) => nodes::home(tx, node).await?,
        None => None,
    };
    nodes::end_placement(tx, row.placement, now).await?;
    let (node, shown, given, deed, state) = if let Some(old) = old {
        versions::move_head(tx, held.node, old.id, now).await?;
        versions::add_used(tx, party, -old.size()).await?;
        becomes(tx, &held, old.id, now).await?;
        let given = old.placer_name.unwrap_or_else(|| old.name.clone());
        (old.id, old.name, given, Deed::Redelivered, State::NewVersion)
    } else {
        let shelf = (held.kind.as_str(), held.year);
        let at = (row.parent, shelf);
        let (shown, given) = shelves::place(tx, held.node, at, &held.name, party, now).await?;
        held::appear(tx, held.node, now).await?;
        held::forget(tx, held.node).await?;
        (held.node, shown, given, Deed::Delivered, State::Taken)
    };
    let receivers = withdraw::receivers(tx, &row).await?;
    let subject = |name: &str| Subject::of(kind::by_code(&held.kind), name);
    let mut readers = subject(&shown).saying(&held.about).to(&receivers);
    // Whoever delivered it was told when it did, but not of this.
    readers.retain(|(reader, _)| *reader != party);
    if diverted && withdraw::hears(tx, party, &receivers, now).await? {
        let paper = session.language.pick("op papier", "on paper");
        readers.push((party, subject(&given).saying(&format!("{}; {paper}", held.about))));
    }
    journal::note(door, tx, session, deed, Some(node), &readers).await?;
    Ok(state)
}

/// What was to go to an employee goes on paper when digital payslips are not agreed with it any more: as a new
/// version of what is there. What was to go on paper does so, whatever is agreed since. True when it goes elsewhere.
async fn divert(door: &Door, tx: &mut Conn, row: &mut Row, held: &mut Held) -> Result<bool> {
    let employment = relations::employment_of_root(tx, row.parent).await?;
    let to_employee = |m: &Employment| m.consent.is_none() && row.parent == m.overviews_root;
    let Some(employment) = employment.filter(to_employee) else { return Ok(false) };
    let language = door.party(tx, employment.employer).await?.language.parse().unwrap_or_default();
    if let Some(kind) = kind::by_code(&held.kind) {
        held.name = overview::shown(kind, &held.name, language);
    }
    held.kind.clear();
    row.parent = employment.paper_root;
    held.version_of = None;
    if let Some(party) = row.placer
        && let Some(identity) = deliveries::identity(tx, party, held.node).await?
    {
        let there = deliveries::filed(tx, party, &identity, row.parent, None).await?.0;
        held.version_of = there.filter(|there| !is_held(there)).map(|there| there.id);
    }
    Ok(true)
}

/// What is held of the same overview as a document ends when that is given a new version by hand: that is the newest,
/// also where the held one was to go on paper. Whoever delivered it is told.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub(in crate::vfs) async fn supersede(
    door: &Door,
    tx: &mut Conn,
    session: &Session,
    document: NodeId,
) -> Result<()> {
    let now = door.clock.now();
    for held in held::of(tx, document).await? {
        let Some(row) = nodes::home(tx, held.node).await? else { continue };
        nodes::end_placement(tx, row.placement, now).await?;
        versions::end_below(tx, held.node, now).await?;
        becomes(tx, &held, document, now).await?;
        let why = session.language.pick("er is een nieuwere versie", "there is a newer version");
        let own = (session.party, Subject::placed(&row).saying(why));
        journal::note(door, tx, session, Deed::Withdrew, Some(held.node), &[own]).await?;
    }
    Ok(())
}

/// From now on whoever has its receipt is led to this document.
async fn becomes(tx: &mut Conn, held: &Held, document: NodeId, now: i64) -> Result<()> {
    deliveries::became(tx, held.node, document).await?;
    locks::delete_below(tx, held.node).await?;
    held::published(tx, held.node, document, now).await
}

/// Whether a document is held back.
pub(in crate::vfs) fn is_held(row: &Row) -> bool {
    row.kind == held::SHELF.0
}
