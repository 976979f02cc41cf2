//! Making an object the content of a file: one transaction, by where the file lies.

use super::asked::Asked;
use super::content::{Content, Twin};
use super::journal::{self, Deed, Subject};
use super::place::Place;
use super::quota;
use super::target::{self, Target};
use super::{Attributes, Digests, Entry};
use crate::catalog::nodes::{self, Row, Slot};
use crate::catalog::relations::Employment;
use crate::catalog::versions;
use crate::catalog::{Conn, NodeId, PartyId, Transaction, deliveries, history, shelves};
use crate::dossier::kind::GoesTo;
use crate::dossier::name::Policy;
use crate::dossier::overview::{self, Named};
use crate::dossier::{Error, Kind, Leaf, Refusal, Result, Rights, lhn, name};

/// The commit of an upload.
#[derive(Debug)]
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
    pub(super) head: Vec<u8>,
    pub(super) tail: Vec<u8>,
    pub(super) public_id: String,
}

/// What became of an overview.
struct Filed {
    node: NodeId,
    number: i64,
    created: bool,
    /// The name that it has in the folder of its owner, in stored form.
    name: String,
}

impl Transaction for Commit {
    type Output = (Entry, bool);

    async fn run(&self, tx: &mut Conn) -> Result<(Entry, bool)> {
        let Asked { door, session, path, conditions } = &self.asked;
        session.check()?;
        let target = target::aim(door, tx, session, path).await?;
        if target.place.root != self.root {
            // The path means another area by now: another office, not the one it was meant for.
            return Err(Error::NoParent);
        }
        target.writable(session)?;
        target.meets(&conditions.expect)?;
        target.unlocked(&self.asked, tx).await?;
        let done = match target.place.leaf {
            Leaf::DeliverTo => self.deliver(tx, &target).await,
            Leaf::EmployerOverviews | Leaf::OnPaper | Leaf::EmployeeOverviews => {
                self.overview(tx, &target).await
            }
            _ => self.own(tx, &target).await,
        };
        done.map_err(|error| quota::refused(&target.place, error))
    }
}

impl Commit {
    /// A file in an area of the viewer's own.
    async fn own(&self, tx: &mut Conn, target: &Target) -> Result<(Entry, bool)> {
        let (now, owner) = (self.asked.door.clock.now(), target.place.owner);
        let finished = target.found.as_ref().is_some_and(|row| row.pending.is_none());
        if self.pending && (finished || target.hidden.is_some()) {
            // A file came under that name meanwhile: what broke off must not change it.
            return Err(Error::Exists);
        }
        target.free_name(tx, now).await?;
        let old = target.found.as_ref().map_or(0, Row::size);
        quota::charge(&self.asked.door, tx, owner, self.content.size - old).await?;
        let pending = self.pending.then_some(self.asked.session.account);
        let (node, created) = if let Some(row) = &target.found {
            if row.pending.is_some() && !self.pending {
                nodes::settle(tx, row.id).await?;
            }
            (row.id, false)
        } else {
            let mode = self.attributes.mode.map(i64::from);
            let placer = Some(self.asked.session.party);
            let node = nodes::make(tx, &self.public_id, false, placer, pending, mode, now).await?;
            nodes::place(tx, node, &target.slot(), None, now).await?;
            (node, true)
        };
        let number = self.add_version(tx, node, owner, now).await?;
        target::note_day(&self.asked.door, tx, &target.place).await?;
        let clutter = target.place.is_clutter(&target.name, false);
        if let Some(row) = target.found.as_ref().filter(|_| clutter) {
            versions::forget_here(tx, node, row.placement, now).await?;
        }
        if !clutter && !self.pending {
            let deed = if created { Deed::Put } else { Deed::Replaced };
            let readers = Subject::of(None, &target.name).to(&target.place.concerned());
            journal::note(&self.asked.door, tx, &self.asked.session, deed, Some(node), &readers)
                .await?;
        }
        Ok((self.entry(target, node, number), created))
    }

    /// An overview put under a name of its placer's choice.
    async fn overview(&self, tx: &mut Conn, target: &Target) -> Result<(Entry, bool)> {
        let kind = target.place.shelf.0;
        if kind.is_some_and(|k| k.goes_to == GoesTo::Employee)
            && target.place.leaf == Leaf::EmployerOverviews
        {
            return Err(Error::Denied);
        }
        let clutter = target.place.is_clutter(&target.name, false);
        if !clutter {
            if lhn::holds_bsn(&target.name) {
                return Err(Error::Refused(Refusal::Bsn));
            }
            let extension =
                target.name.rsplit_once('.').and_then(|(_, e)| overview::known_extension(e));
            let extension = extension.ok_or(Error::Refused(Refusal::Type))?;
            overview::check_content(extension, &self.head, &self.tail).map_err(Error::Refused)?;
        }
        let found = target.found.as_ref();
        let filed = self.file(tx, &target.place, &target.name, found).await?;
        let Filed { node, number, created, name } = filed;
        if !clutter {
            let deed = if created { Deed::Delivered } else { Deed::Redelivered };
            let own = (self.asked.session.party, Subject::of(kind, &target.name));
            let shown = Subject::of(kind, &name).to(&target.place.concerned());
            let own = target.place.is_by_placer().then_some(own);
            let readers: Vec<_> = own.into_iter().chain(shown).collect();
            journal::note(&self.asked.door, tx, &self.asked.session, deed, Some(node), &readers)
                .await?;
        }
        Ok((self.entry(target, node, number), created))
    }

    /// A file put straight into an employee's folder: its kind and period are read from its name.
    async fn deliver(&self, tx: &mut Conn, target: &Target) -> Result<(Entry, bool)> {
        let employment = target.place.relations.employment.as_ref().ok_or(Error::NotFound)?;
        if target.place.is_clutter(&target.name, false) {
            return Ok((self.entry(target, NodeId(0), 1), true));
        }
        let named = Named::read(&target.name).map_err(Error::Refused)?;
        if named.kind.goes_to == GoesTo::Employer {
            return Err(Error::Refused(Refusal::Kind));
        }
        overview::check_content(named.extension, &self.head, &self.tail).map_err(Error::Refused)?;
        if !named.period.within(employment.from_ms, employment.until_ms) {
            return Err(Error::Refused(Refusal::Employment));
        }
        let place = filing(&target.place, employment, &named);
        let name = if place.leaf == Leaf::OnPaper {
            let owner = self.asked.door.party(tx, employment.employer).await?;
            overview::shown(named.kind, &named.filed(), owner.language.parse().unwrap_or_default())
        } else {
            named.filed()
        };
        let key = Policy::Portable.key(&name);
        let found =
            shelves::placed(tx, place.root, place.shelf(), self.asked.session.party, &key).await?;
        let same =
            found.as_ref().is_some_and(|r| r.sha256.as_ref() == Some(&self.content.digests.sha256));
        let (node, number) = if let (Some(row), true) = (&found, same) {
            (row.id, row.number())
        } else {
            let filed = self.file(tx, &place, &name, found.as_ref()).await?;
            let deed = if filed.created { Deed::Delivered } else { Deed::Redelivered };
            let kind = (place.leaf != Leaf::OnPaper).then_some(named.kind);
            let folder = &employment.employer_folder;
            let own = Subject::of(kind, &name).saying(folder);
            // Its receivers see it under the name that it has among all that was placed there.
            let shown = Subject::of(kind, &filed.name).saying(folder);
            let receiver = kind.map(|_| employment.person);
            let receivers: Vec<_> = [employment.employer].into_iter().chain(receiver).collect();
            let by_employer = self.asked.session.party == employment.employer;
            let own = (!by_employer).then_some((self.asked.session.party, own));
            let readers: Vec<_> = own.into_iter().chain(shown.to(&receivers)).collect();
            let Filed { node, number, .. } = filed;
            journal::note(&self.asked.door, tx, &self.asked.session, deed, Some(node), &readers)
                .await?;
            (node, number)
        };
        self.list_delivery(tx, target, employment, node).await?;
        Ok((self.entry(target, node, number), true))
    }

    async fn list_delivery(
        &self,
        tx: &mut Conn,
        target: &Target,
        to: &Employment,
        node: NodeId,
    ) -> Result<()> {
        let now = self.asked.door.clock.now();
        let Digests { sha256, sha1, md5 } = self.content.digests.clone();
        let delivery = deliveries::Delivery {
            name: target.name.clone(),
            name_key: target.key.clone(),
            size: self.content.size,
            mtime: self.attributes.modified.unwrap_or(now),
            node: Some(node),
            at: now,
            sha256: Some(sha256),
            sha1: Some(sha1),
            md5: Some(md5),
        };
        let (party, account) = (self.asked.session.party, self.asked.session.account);
        deliveries::insert(tx, party, account, to.id, &delivery, now + deliveries::LISTED_FOR).await
    }

    /// Files content on a shelf: a new version of what the same party placed under that name, or a new
    /// document, under a name that no other placer's document there has.
    async fn file(
        &self,
        tx: &mut Conn,
        place: &Place,
        stored: &str,
        found: Option<&Row>,
    ) -> Result<Filed> {
        let (now, party) = (self.asked.door.clock.now(), self.asked.session.party);
        if place.key != self.content.age_key {
            // The relation changed while the bytes came: they are under another key.
            return Err(Error::Precondition);
        }
        quota::charge(&self.asked.door, tx, party, self.content.size - found.map_or(0, Row::size))
            .await?;
        if let Some(row) = found {
            let number = self.add_version(tx, row.id, party, now).await?;
            return Ok(Filed { node: row.id, number, created: false, name: row.name.clone() });
        }
        let (kind, year) = place.shelf();
        let mut free = stored.to_owned();
        for n in 2.. {
            let key = Policy::Portable.key(&free);
            if !shelves::name_taken(tx, place.root, (kind, year), &key).await? {
                break;
            }
            free = name::numbered(stored, false, n);
        }
        let slot = Slot {
            parent: place.root,
            kind: kind.to_owned(),
            year,
            key: Policy::Portable.key(&free),
            name: free.clone(),
            placer: Some((party, stored.to_owned(), Policy::Portable.key(stored))),
        };
        let node = nodes::make(tx, &self.public_id, false, Some(party), None, None, now).await?;
        nodes::place(tx, node, &slot, None, now).await?;
        let number = self.add_version(tx, node, party, now).await?;
        Ok(Filed { node, number, created: true, name: free })
    }

    async fn add_version(
        &self,
        tx: &mut Conn,
        node: NodeId,
        counts_for: PartyId,
        now: i64,
    ) -> Result<i64> {
        let mtime = self.attributes.modified.unwrap_or(now);
        let mut version = self.content.version(node, mtime, counts_for);
        match &self.twin {
            Twin::Whole(twin)
                if twin.counts_for == counts_for && history::in_use(tx, &twin.blob).await? =>
            {
                // It is stored once.
                (version.blob, version.file_key) = (twin.blob.clone(), twin.file_key.clone());
                (version.stored_size, version.packed) = (twin.stored_size, twin.packed);
            }
            Twin::Broken(twin) => versions::heal(tx, twin, &version).await?,
            Twin::Whole(_) | Twin::None => {}
        }
        versions::add_version(tx, &version, self.asked.session.account, now).await
    }

    /// What the file is to the viewer now.
    fn entry(&self, target: &Target, node: NodeId, number: i64) -> Entry {
        let now = self.asked.door.clock.now();
        let found = target.found.as_ref();
        let delivered = target.place.leaf == Leaf::DeliverTo;
        Entry {
            name: self.asked.path.name().unwrap_or_default().to_owned(),
            folder: false,
            size: u64::try_from(self.content.size).unwrap_or(0),
            modified: self.attributes.modified.unwrap_or(now),
            created: found.map_or(now, |row| row.created),
            mode: self.attributes.mode,
            rights: if delivered {
                Rights::READ
            } else {
                target.rights(&self.asked.session) | Rights::READ
            },
            public_id: found
                .map_or_else(|| Some(self.public_id.clone()), |row| Some(row.public_id.clone()))
                .filter(|_| !delivered),
            version: number,
            digests: Some(self.content.digests.clone()),
            node: Some(node),
            ..Entry::default()
        }
    }
}

/// Where what was put into an employee's folder is filed: with the employee, or with its employer
/// while digital payslips are not agreed with the employee.
fn filing(at: &Place, employment: &Employment, named: &Named) -> Place {
    let mut place = at.clone();
    let year = i64::from(named.period.year());
    let kind: Option<Kind> = Some(named.kind);
    place.shelf = (kind, year);
    place.rest = Vec::new();
    if employment.consent.is_none() {
        place.leaf = Leaf::OnPaper;
        place.root = employment.paper_root;
        place.owner = employment.employer;
    } else {
        place.leaf = Leaf::EmployeeOverviews;
    }
    place
}
