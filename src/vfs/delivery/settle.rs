//! Filing what was handed in, or keeping it with what was refused: one transaction, in which it is judged once
//! more. A batch is taken in or refused as one.

use super::deliver::ManifestFile;
use super::parcel::Look;
use super::ruling::{Filing, Handed, Ruling, rule};
use super::{hold, listed, receipts, refused};
use crate::catalog::deliveries::{self, LISTED_FOR};
use crate::catalog::locks::{self, LockRow};
use crate::catalog::nodes::{self, Row};
use crate::catalog::{Conn, NodeId, Transaction, intake, sets, shelves};
use crate::dossier::delivery::{Address, batch};
use crate::dossier::{Deed, DossierPath, Error, Leaf, Refusal, Result, Rights};
use crate::vfs::asked::Asked;
use crate::vfs::change::end;
use crate::vfs::content::{self, Content, Twin};
use crate::vfs::journal::{self, Subject};
use crate::vfs::locks::locking;
use crate::vfs::sets::Release;
use crate::vfs::target::{self, Target};
use crate::vfs::{Attributes, Entry, quota, random_id};

/// What became of it.
#[derive(Debug)]
pub(in crate::vfs) enum Outcome {
    /// All was taken in. Of one file: what it is now, and whether it was new.
    Taken(Vec<(Entry, bool)>),
    /// None was, and each is kept with its reason: this is the first.
    Refused(Refusal),
    /// Something must be under another key.
    Again,
    /// What lay there already is not as it was read.
    Changed,
}

/// A piece whose content is written.
#[derive(Debug)]
pub(in crate::vfs) struct Item {
    pub(in crate::vfs) asked: Asked,
    pub(in crate::vfs) from: Option<DossierPath>,
    /// What lay there when it was read: a node and which version of it.
    pub(in crate::vfs) read: Option<(NodeId, i64)>,
    pub(in crate::vfs) said: Option<std::result::Result<Address, Refusal>>,
    /// The name by which its receipt knows it, of a set.
    pub(in crate::vfs) set: Option<String>,
    pub(in crate::vfs) attributes: Attributes,
    pub(in crate::vfs) look: Look,
    pub(in crate::vfs) content: Content,
    /// The same content, of the same party and under the same key.
    pub(in crate::vfs) twin: Twin,
}

/// Filing, or refusing, all of it.
#[derive(Debug)]
pub(in crate::vfs) struct Settle {
    pub(in crate::vfs) asked: Asked,
    pub(in crate::vfs) items: Vec<Item>,
    pub(in crate::vfs) manifest: Option<ManifestFile>,
    /// The approved set that it is.
    pub(in crate::vfs) release: Option<Release>,
}

/// What becomes of a piece, by what is there now.
struct Judged {
    target: Target,
    ruling: Ruling,
    /// What is listed under its name.
    listed: Option<deliveries::Delivery>,
}

impl Transaction for Settle {
    type Output = Outcome;

    async fn run(&self, tx: &mut Conn) -> Result<Outcome> {
        let Asked { door, session, .. } = &self.asked;
        session.check()?;
        if !self.is_as_it_was(tx).await? {
            return Ok(Outcome::Changed);
        }
        let own = door.party(tx, session.party).await?.age_key;
        let mut judged = Vec::with_capacity(self.items.len());
        for item in &self.items {
            judged.push(item.judge(tx).await?);
        }
        self.judge_together(&mut judged);
        let refused = |judged: &Judged| judged.ruling.as_ref().err().copied();
        let first = judged.iter().find_map(refused);
        let key = |ruling: &Ruling| match (ruling, first) {
            (Ok(filing), None) => filing.key(),
            _ => own,
        };
        let pairs = self.items.iter().zip(&judged);
        if pairs.into_iter().any(|(item, judged)| item.content.age_key != key(&judged.ruling)) {
            return Ok(Outcome::Again);
        }
        if let Some(release) = &self.release {
            if !sets::released(tx, release.node).await? {
                return Ok(Outcome::Taken(Vec::new()));
            }
            release.note_unread(tx).await?;
        }
        if let Some(first) = first {
            let line = judged.iter().position(|judged| refused(judged).is_some());
            let to_blame = self.to_blame(line);
            for (item, judged) in self.items.iter().zip(&judged) {
                item.refuse(tx, refused(judged), to_blame).await?;
            }
            self.end_manifest(tx, Err(to_blame)).await?;
            if let Some(release) = &self.release {
                release.note_refused(tx, first).await?;
            }
            return Ok(Outcome::Refused(first));
        }
        let mut entries = Vec::with_capacity(self.items.len());
        for (n, (item, judged)) in self.items.iter().zip(judged).enumerate() {
            // One before it may be the same overview.
            let judged = if n == 0 { judged } else { item.judge(tx).await? };
            let filing = judged.ruling.as_ref().map_err(|refusal| Error::Refused(*refusal))?;
            entries.push(item.take_in(tx, &judged, filing).await?);
        }
        let one = entries.first().and_then(|(entry, _)| entry.node);
        self.end_manifest(tx, one.ok_or(Refusal::Manifest)).await?;
        Ok(Outcome::Taken(entries))
    }
}

impl Settle {
    /// Two different files that were handed in together are not the same overview.
    fn judge_together(&self, judged: &mut [Judged]) {
        let filed = judged.iter().zip(&self.items).filter_map(|(judged, item)| {
            let filing = judged.ruling.as_ref().ok()?;
            Some((filing.identity.as_str(), item.content.digests.sha256))
        });
        let disputed = batch::disputed(filed);
        for judged in judged {
            if judged.ruling.as_ref().is_ok_and(|filing| disputed.contains(&filing.identity)) {
                judged.ruling = Err(Refusal::Ambiguous);
            }
        }
    }

    /// Why what has no fault of its own is refused: for the piece that is the first to have one.
    fn to_blame(&self, piece: Option<usize>) -> Refusal {
        let lines = self.manifest.as_ref().map(|manifest| &manifest.lines);
        batch::to_blame(lines.zip(piece).and_then(|(lines, piece)| lines.get(piece)).copied())
    }

    /// Whether what was read of what lay there already lies there still: what came over it meanwhile is
    /// another delivery.
    async fn is_as_it_was(&self, tx: &mut Conn) -> Result<bool> {
        let manifest = self.manifest.iter().map(|manifest| (&manifest.path, manifest.read));
        let pieces = self
            .items
            .iter()
            .filter_map(|item| Some((item.from.as_ref().unwrap_or(&item.asked.path), item.read?)));
        let Asked { door, session, .. } = &self.asked;
        for (path, read) in manifest.chain(pieces) {
            let found = target::aim_at_existing(door, tx, session, path).await;
            let row = found.ok().and_then(|target| target.found);
            if row.is_none_or(|row| (row.id, row.number()) != read) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The manifest goes with what it is about: to what was refused, or away. Then it is listed for an hour beside
    /// `one` of that: its client checks and locks it like any other file.
    async fn end_manifest(
        &self,
        tx: &mut Conn,
        one: std::result::Result<NodeId, Refusal>,
    ) -> Result<()> {
        let Some(ManifestFile { path, digests, .. }) = &self.manifest else { return Ok(()) };
        let asked = self.asked.at(path.clone());
        let target = asked.existing(tx).await?;
        let row = target.existing()?;
        let node = match one {
            Ok(node) => node,
            Err(refusal) => return refused::take_over(&asked, tx, row, refusal).await,
        };
        let now = asked.door.clock.now();
        let held = locks::on(tx, row.id, now).await?;
        end_source(&asked, tx, path).await?;
        locking::carry(tx, held, node, now).await?;
        let listed =
            listed::as_delivered(&target, (row.size(), row.modified()), digests, node, now);
        listed::enlist(&asked, tx, &target, &listed, true, ("", now + LISTED_FOR)).await
    }
}

/// What lies at a path ends: it is somewhere else from now on. Gives what it was.
async fn end_source(asked: &Asked, tx: &mut Conn, path: &DossierPath) -> Result<NodeId> {
    let Asked { door, session, .. } = asked;
    let asked = asked.at(path.clone());
    let target = target::aim_at_existing(door, tx, session, path).await?;
    let row = target.existing()?;
    if !target.rights(session).has(Rights::TAKE) || row.is_folder() {
        return Err(Error::Denied);
    }
    target.removable(&asked, tx).await?;
    if target.place.is_shared() && !target.place.is_clutter_row(row) {
        let readers = Subject::row(row).to(&target.place.concerned());
        journal::note(door, tx, session, Deed::Unshared, Some(row.id), &readers).await?;
    }
    end(door, tx, session, &target.place, row).await?;
    intake::remove_reason_of(tx, session.party, row.id).await?;
    target::note_day(door, tx, &target.place).await?;
    Ok(row.id)
}

impl Item {
    /// Finds where it is handed in, and judges it.
    async fn judge(&self, tx: &mut Conn) -> Result<Judged> {
        let Asked { door, session, .. } = &self.asked;
        let target = target::aim_to_deliver(&self.asked, tx).await?;
        target.writable(session)?;
        let now = door.clock.now();
        let listed = listed::listed(tx, session, &target.place, now).await?;
        if self.set.is_none() {
            self.asked.check_conditions(tx).await?;
            target.unlocked(&self.asked, tx).await?;
            if let Some(row) = listed::document(tx, session, listed.as_ref(), now).await? {
                locking::check(&self.asked, tx, &[row], locking::Touch::Content).await?;
            }
        }
        let handed = Handed { target, look: self.look, said: self.said.clone() };
        let ruling = rule(door, tx, session, &handed).await?;
        Ok(Judged { target: handed.target, ruling, listed })
    }

    /// What waits at its path, or lies where it comes from, ends. Gives the locks on what waited.
    async fn end_what_waited(&self, tx: &mut Conn, target: &Target) -> Result<Vec<LockRow>> {
        let Asked { door, session, .. } = &self.asked;
        if self.set.is_some() {
            return Ok(Vec::new());
        }
        let moved = match &self.from {
            Some(from) => Some(end_source(&self.asked, tx, from).await?),
            None => None,
        };
        let Some(waits) = &target.waits else { return Ok(Vec::new()) };
        let row = waits.existing()?;
        if moved == Some(row.id) {
            return Ok(Vec::new());
        }
        waits.unlocked(&self.asked, tx).await?;
        let held = locks::on(tx, row.id, door.clock.now()).await?;
        end(door, tx, session, &waits.place, row).await?;
        Ok(held)
    }

    /// It is kept with the reason; what was not on its way stays where it was, and so does what lies in a set.
    /// Without a reason of its own it is refused for that of another, which is `to_blame`.
    async fn refuse(
        &self,
        tx: &mut Conn,
        refusal: Option<Refusal>,
        to_blame: Refusal,
    ) -> Result<()> {
        let Asked { door, session, .. } = &self.asked;
        if let Some(name) = &self.set {
            let receipt = receipts::Receipt::of_set(name, Some(&self.content), refusal);
            return receipts::write(&self.asked, tx, &receipt).await;
        }
        let refusal = refusal.unwrap_or(to_blame);
        if let Some(from) = &self.from {
            let source = target::aim_at_existing(door, tx, session, from).await?;
            if !source.place.is_waiting() {
                return Err(Error::Refused(refusal));
            }
        }
        let target = target::aim_to_deliver(&self.asked, tx).await?;
        self.end_what_waited(tx, &target).await?;
        refused::keep(&self.asked, tx, &self.content, self.modified(), refusal).await
    }

    pub(in crate::vfs) fn modified(&self) -> i64 {
        self.attributes.modified.unwrap_or_else(|| self.asked.door.clock.now())
    }

    /// It is filed, and whoever receives it sees it; or it is held until it may be seen.
    async fn take_in(
        &self,
        tx: &mut Conn,
        judged: &Judged,
        filing: &Filing,
    ) -> Result<(Entry, bool)> {
        let target = &judged.target;
        let locked = self.end_what_waited(tx, target).await?;
        let sha256 = &self.content.digests.sha256;
        let found = filing.found.as_ref().filter(|row| filing.is_there(row));
        let same = found.filter(|row| row.sha256.as_ref() == Some(sha256));
        let (node, number, public_id, state) = match same {
            Some(row) if target.place.leaf.reads_names() && !filing.is_put_off() => {
                let paper = filing.place.leaf == Leaf::OnPaper;
                let held = filing.held.as_ref().map(|held| held.due_ms);
                let state = held
                    .map_or(receipts::State::Unchanged, |due| receipts::State::Held { due, paper });
                (row.id, row.number(), row.public_id.clone(), state)
            }
            _ if filing.due.is_some() || filing.held.is_some() => self.hold(tx, filing).await?,
            _ => self.file(tx, filing).await?,
        };
        locking::carry(tx, locked, node, self.asked.door.clock.now()).await?;
        if target.place.leaf.reads_names() {
            self.list(tx, judged, filing, node).await?;
        }
        let state = if filing.place.leaf == Leaf::OnPaper { state.on_paper() } else { state };
        let name = self.set.clone().unwrap_or_else(|| target.place.rest.join("/"));
        let receipt = receipts::Receipt {
            name: &name,
            content: Some(&self.content),
            went: &filing.went,
            state,
            node: &public_id,
        };
        receipts::write(&self.asked, tx, &receipt).await?;
        let new = state != receipts::State::NewVersion || target.place.leaf.reads_names();
        Ok((self.entry(target, (node, number, public_id)), new))
    }

    /// A new version of what it is a delivery of, or a new document, under names that are free.
    async fn file(
        &self,
        tx: &mut Conn,
        filing: &Filing,
    ) -> Result<(NodeId, i64, String, receipts::State)> {
        let Asked { door, session, .. } = &self.asked;
        let (now, party) = (door.clock.now(), session.party);
        let old = filing.found.as_ref();
        quota::charge(door, tx, party, self.content.size - old.map_or(0, Row::size)).await?;
        let (node, public_id, shown, given) = if let Some(row) = old {
            hold::supersede(door, tx, session, row.id).await?;
            let given = row.placer_name.clone().unwrap_or_else(|| row.name.clone());
            (row.id, row.public_id.clone(), row.name.clone(), given)
        } else {
            let public_id = random_id()?;
            let node = nodes::make_file(tx, &public_id, party, now).await?;
            let at = (filing.place.root, filing.place.shelf());
            let (shown, given) = shelves::place(tx, node, at, &filing.stored, party, now).await?;
            (node, public_id, shown, given)
        };
        let version = self.content.version(node, self.modified(), party);
        let number = content::add_version(tx, old, version, &self.twin, session, now).await?;
        let (deed, state) = match old {
            None => (Deed::Delivered, receipts::State::Taken),
            Some(_) => (Deed::Redelivered, receipts::State::NewVersion),
        };
        let own = Subject::of(filing.kind, &given).saying(&filing.about);
        // Its receivers see it under the name that it has among all that was placed there.
        let shown = Subject::of(filing.kind, &shown).saying(&filing.about);
        let own = (!filing.receivers.contains(&party)).then_some((party, own));
        let readers: Vec<_> = own.into_iter().chain(shown.to(&filing.receivers)).collect();
        journal::note(door, tx, session, deed, Some(node), &readers).await?;
        Ok((node, number, public_id, state))
    }

    /// For an hour it is listed where it was put, in place of what is listed there.
    async fn list(
        &self,
        tx: &mut Conn,
        Judged { target, listed, .. }: &Judged,
        filing: &Filing,
        node: NodeId,
    ) -> Result<()> {
        let now = self.asked.door.clock.now();
        let Content { size, digests, .. } = &self.content;
        let one = listed::as_delivered(target, (*size, self.modified()), digests, node, now);
        // What lies in a set is no file of the drop folder.
        let until = if self.set.is_some() { now } else { now + LISTED_FOR };
        let told = (filing.identity.as_str(), until);
        listed::enlist(&self.asked, tx, target, &one, listed.is_some(), told).await
    }

    /// What the file is to the viewer now.
    fn entry(&self, target: &Target, (node, number, id): (NodeId, i64, String)) -> Entry {
        let listed = target.place.leaf.reads_names();
        let rights = if listed { Rights::NONE } else { target.rights(&self.asked.session) };
        let now = self.asked.door.clock.now();
        Entry {
            name: self.asked.path.name().unwrap_or_default().to_owned(),
            size: self.look.size,
            modified: self.modified(),
            created: target.found.as_ref().map_or(now, |row| row.created),
            rights: rights | Rights::READ,
            public_id: (!listed).then_some(id),
            version: number,
            digests: Some(self.content.digests),
            node: Some(node),
            ..Entry::default()
        }
    }
}
