//! Looking: what is at a path, and what is in a folder. Changes nothing.

use super::door::Door;
use super::place::{self, Folder, Found, Place};
use super::{Digests, Entry, Lock, Session, journal, locking};
use crate::catalog::nodes::{self, Row, Shelf};
use crate::catalog::{Conn, NOW, deliveries, locks, relations};
use crate::dossier::name::Policy;
use crate::dossier::tree::{Leaf, Part};
use crate::dossier::{DossierPath, Error, PartyKind, Result, Rights, Scope, day, kind};
use std::collections::HashMap;
use std::sync::Arc;

/// How many entries a page has at most: one statement each, and about 3 MB.
const PAGE: i64 = 10_000;

/// What is at a path, as a row when there is one.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) async fn stat(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    path: &DossierPath,
) -> Result<Entry> {
    let name = path.name().unwrap_or_default();
    match place::resolve(door, conn, session, path).await? {
        Found::Nowhere => Err(Error::NotFound),
        Found::Folder(folder) => {
            let now = door.clock.now();
            let exists = folder.kind.is_none()
                || !tree_entries(door, conn, session, &folder).await?.is_empty()
                || folder.below.iter().any(|(part, line)| {
                    *part == Part::Year
                        && line.leaf == Leaf::EmployerOverviews
                        && session.kind == PartyKind::Office
                });
            let place = folder.deliver.as_deref();
            if exists {
                Ok(tree_entry(door, conn, session, name, place, now).await?)
            } else {
                Err(Error::NotFound)
            }
        }
        Found::Area(place) => in_area(door, conn, session, &place, name).await,
    }
}

/// What is at a path that leads into an area.
async fn in_area(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    name: &str,
) -> Result<Entry> {
    let now = door.clock.now();
    match (place.leaf, place.rest.as_slice()) {
        (_, []) if place.is_overviews() => {
            let exists =
                is_placer_of(place, session) || !shelf_rows(conn, session, place).await?.is_empty();
            if !exists {
                return Err(Error::NotFound);
            }
            tree_entry(door, conn, session, name, Some(place), now).await
        }
        (_, []) => tree_entry(door, conn, session, name, Some(place), now).await,
        (Leaf::Log, [file]) => journal::entry(conn, session, file).await,
        (Leaf::DeliverTo, [file]) => {
            let employment = place.relations.employment.as_ref().ok_or(Error::NotFound)?;
            let key = Policy::Portable.key(file);
            let found = deliveries::one(conn, session.party, employment.id, &key, now).await?;
            Ok(delivered(&found.ok_or(Error::NotFound)?))
        }
        (Leaf::Log | Leaf::DeliverTo | Leaf::Drop | Leaf::Sets(_) | Leaf::Days, _) => {
            Err(Error::NotFound)
        }
        _ => {
            let rows = place::reach(conn, session, place).await?;
            let row =
                rows.last().filter(|_| rows.len() == place.rest.len()).ok_or(Error::NotFound)?;
            let mut entry = entry(place, session, row);
            entry.locks = locking::shown(conn, session, &rows, now).await?;
            Ok(entry)
        }
    }
}

/// Whether this is where the viewer places overviews of its own, so that every year is there for it.
fn is_placer_of(place: &Place, session: &Session) -> bool {
    place.leaf == Leaf::EmployerOverviews && place.rights(session, None).has(Rights::PLACE)
}

/// What a row is to the viewer.
pub(crate) fn entry(place: &Place, session: &Session, row: &Row) -> Entry {
    let digests = match (&row.sha256, &row.sha1, &row.md5) {
        (Some(sha256), Some(sha1), Some(md5)) => {
            Some(Digests { sha256: sha256.clone(), sha1: sha1.clone(), md5: md5.clone() })
        }
        _ => None,
    };
    Entry {
        name: place.shown(session, row),
        folder: row.is_folder(),
        size: u64::try_from(row.size()).unwrap_or(0),
        modified: row.modified(),
        created: row.created,
        mode: row.mode.and_then(|m| u32::try_from(m).ok()),
        rights: place.rights(session, Some(row)),
        public_id: Some(row.public_id.clone()),
        version: row.number(),
        digests,
        origin: row.origin.clone(),
        locks: Vec::new(),
        properties: Vec::new(),
        node: Some(row.id),
    }
}

/// What a delivery of the last hour is to whoever delivered it: size and times, no content.
fn delivered(delivery: &deliveries::Delivery) -> Entry {
    Entry {
        name: delivery.name.clone(),
        size: u64::try_from(delivery.size).unwrap_or(0),
        modified: delivery.mtime,
        created: delivery.at,
        rights: Rights::READ,
        ..Entry::default()
    }
}

/// A folder of the tree itself, or the top of an area.
async fn tree_entry(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    name: &str,
    place: Option<&Place>,
    now: i64,
) -> Result<Entry> {
    let party = door.party(conn, session.party).await?;
    let rights = place.map_or(Rights::READ, |p| match p.leaf {
        // Where overviews for an employee are put, by whoever may deliver for it.
        Leaf::DeliverTo if session.scope.has(Scope::FULL) => Rights::READ | Rights::PLACE,
        Leaf::DeliverTo => Rights::READ,
        _ => p.rights(session, None) | Rights::READ,
    });
    let modified = party.created.min(now);
    Ok(Entry {
        name: name.to_owned(),
        folder: true,
        modified,
        created: modified,
        rights,
        ..Entry::default()
    })
}

/// A listing: what it is of, what is known of it already, and how to go on.
#[derive(Debug)]
pub struct Listing {
    /// The folder itself.
    pub folder: Entry,
    ready: Option<Vec<Entry>>,
    rest: Option<Cursor>,
}

#[derive(Debug)]
struct Cursor {
    door: Arc<Door>,
    session: Session,
    place: Place,
    parent: crate::catalog::NodeId,
    after: String,
    above: Vec<Lock>,
    properties: bool,
}

impl Listing {
    /// The next entries in the order of their names, `None` after the last. At most 10,000 at once.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: a listing never just ends early.
    pub async fn page(&mut self) -> Result<Option<Vec<Entry>>> {
        if let Some(entries) = self.ready.take().filter(|e| !e.is_empty()) {
            return Ok(Some(entries));
        }
        while let Some(mut cursor) = self.rest.take() {
            let (entries, more) = cursor.page().await?;
            if more {
                self.rest = Some(cursor);
            }
            if !entries.is_empty() {
                return Ok(Some(entries));
            }
        }
        Ok(None)
    }
}

impl Cursor {
    /// One statement's worth of entries, and whether there may be more.
    async fn page(&mut self) -> Result<(Vec<Entry>, bool)> {
        self.session.check()?;
        let conn = &mut self.door.db.reader().await?;
        let shelf = if self.place.is_overviews() { self.place.shelf() } else { ("", 0) };
        let rows =
            nodes::children(conn, self.parent, self.place.at, shelf, &self.after, PAGE).await?;
        let more = i64::try_from(rows.len()).is_ok_and(|n| n == PAGE);
        if let Some(last) = rows.last() {
            self.after.clone_from(&last.name_key);
        }
        let held = if rows.iter().any(Row::has_locks) {
            locks::within(conn, self.parent, self.door.clock.now()).await?
        } else {
            Vec::new()
        };
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows.iter().filter(|row| self.place.shows(&self.session, row)) {
            let hidden =
                row.is_folder() && row.is_dismissed() && self.place.is_shared_by_employee();
            if hidden && !place::still_shows(conn, row, self.place.at).await? {
                continue;
            }
            let mut one = entry(&self.place, &self.session, row);
            one.locks.clone_from(&self.above);
            let own = held.iter().filter(|lock| lock.node == row.id);
            one.locks.extend(own.map(|lock| locking::lock(&self.session, lock)));
            entries.push(one);
        }
        if self.properties {
            self.add_properties(conn, &mut entries).await?;
        }
        Ok((entries, more))
    }

    async fn add_properties(&self, conn: &mut Conn, entries: &mut [Entry]) -> Result<()> {
        let all = locks::properties_in(conn, self.parent, self.session.party).await?;
        let mut by_node: HashMap<_, Vec<_>> = HashMap::new();
        for (node, name, value) in all {
            by_node.entry(node).or_default().push((name, value));
        }
        for entry in entries {
            if let Some(properties) = entry.node.and_then(|node| by_node.remove(&node)) {
                entry.properties = properties;
            }
        }
        Ok(())
    }
}

/// Begins a listing.
///
/// # Errors
/// [`Error::NotFound`], [`Error::NotFolder`].
pub(crate) async fn list(
    door: &Arc<Door>,
    session: &Session,
    path: &DossierPath,
    properties: bool,
) -> Result<Listing> {
    let conn = &mut door.db.reader().await?;
    let name = path.name().unwrap_or_default();
    let now = door.clock.now();
    match place::resolve(door, conn, session, path).await? {
        Found::Nowhere => Err(Error::NotFound),
        Found::Folder(folder) => {
            let mut entries = tree_entries(door, conn, session, &folder).await?;
            if let Some(place) = folder.deliver.as_deref() {
                entries.extend(deliveries_in(conn, session, place, now).await?);
            }
            let own = tree_entry(door, conn, session, name, folder.deliver.as_deref(), now).await?;
            if entries.is_empty()
                && folder.kind.is_some()
                && stat(door, conn, session, path).await.is_err()
            {
                return Err(Error::NotFound);
            }
            Ok(Listing { folder: own, ready: Some(entries), rest: None })
        }
        Found::Area(place) => list_area(door, conn, session, *place, name, properties).await,
    }
}

async fn list_area(
    door: &Arc<Door>,
    conn: &mut Conn,
    session: &Session,
    place: Place,
    name: &str,
    properties: bool,
) -> Result<Listing> {
    let mut folder = in_area(door, conn, session, &place, name).await?;
    if !folder.folder {
        return Err(Error::NotFolder);
    }
    let ready = match place.leaf {
        Leaf::Log => Some(journal::entries(conn, session).await?),
        Leaf::Days => Some(days(door, conn, session).await?),
        Leaf::DeliverTo => Some(deliveries_in(conn, session, &place, door.clock.now()).await?),
        Leaf::Drop | Leaf::Sets(_) => Some(Vec::new()),
        _ => None,
    };
    if ready.is_some() {
        return Ok(Listing { folder, ready, rest: None });
    }
    if let Some(node) = folder.node.filter(|_| properties) {
        folder.properties = locks::properties(conn, node, session.party).await?;
    }
    let above: Vec<_> =
        folder.locks.iter().filter(|l| l.deep).map(|l| Lock { own: false, ..l.clone() }).collect();
    let parent = folder.node.unwrap_or(place.root);
    let cursor = Cursor {
        door: Arc::clone(door),
        session: session.clone(),
        place,
        parent,
        after: String::new(),
        above,
        properties,
    };
    Ok(Listing { folder, ready, rest: Some(cursor) })
}

async fn deliveries_in(
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    now: i64,
) -> Result<Vec<Entry>> {
    let Some(employment) = &place.relations.employment else {
        return Ok(Vec::new());
    };
    let found = deliveries::listed(conn, session.party, employment.id, now).await?;
    Ok(found.iter().map(delivered).collect())
}

/// The days on which something changed, up to yesterday.
async fn days(door: &Door, conn: &mut Conn, session: &Session) -> Result<Vec<Entry>> {
    let now = door.clock.now();
    let names = nodes::days(conn, session.party, !session.scope.whole_tree()).await?;
    let past = names.into_iter().filter_map(|name| day::moment(&name, now).map(|end| (name, end)));
    Ok(past.map(|(name, end)| folder(name, end)).collect())
}

fn folder(name: String, modified: i64) -> Entry {
    Entry {
        name,
        folder: true,
        modified,
        created: modified,
        rights: Rights::READ,
        ..Entry::default()
    }
}

/// The shelves of an overviews area on which the viewer sees anything.
async fn shelf_rows(conn: &mut Conn, session: &Session, place: &Place) -> Result<Vec<Shelf>> {
    let mut shelves = nodes::shelves(conn, place.root, NOW).await?;
    let mine = Some(session.party);
    shelves.retain(|s| !place.is_by_placer() || s.placer == mine);
    if let Some(kind) = place.shelf.0 {
        shelves.retain(|s| s.kind == kind.code);
    }
    if place.shelf.1 != 0 {
        shelves.retain(|s| s.year == place.shelf.1);
    }
    Ok(shelves)
}

/// What is in a folder of the tree itself.
async fn tree_entries(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    folder: &Folder,
) -> Result<Vec<Entry>> {
    let party = door.party(conn, session.party).await?;
    let now = door.clock.now();
    let mut names: Vec<(String, i64)> = Vec::new();
    let mut done: Vec<Part> = Vec::new();
    for (part, line) in &folder.below {
        let of_shelf = matches!(part, Part::Kind | Part::Year)
            || (*part == Part::Word(crate::dossier::Word::OnPaper) && line.leaf == Leaf::OnPaper);
        if done.contains(part) && !of_shelf {
            continue;
        }
        done.push(*part);
        match part {
            _ if of_shelf => {
                let place = place::place(line.leaf, session, &party, &folder.relations, now);
                let Some(mut place) = place else { continue };
                place.shelf.0 = folder.kind;
                names.extend(shelf_names(conn, session, &place, *part, now).await?);
            }
            Part::Word(word) => names.push((word.name(session.language).to_owned(), party.created)),
            Part::Employer => names.extend(employers(conn, session, folder.at.min(now)).await?),
            _ => {
                let employer =
                    folder.relations.engagement.as_ref().map_or(session.party, |g| g.employer);
                let all = relations::employments_of_employer(conn, employer).await?;
                names.extend(all.into_iter().map(|m| (m.employer_folder, m.from_ms.min(now))));
            }
        }
    }
    names.dedup_by(|a, b| a.0 == b.0);
    Ok(names.into_iter().map(|(name, at)| self::folder(name, at)).collect())
}

async fn employers(conn: &mut Conn, session: &Session, at: i64) -> Result<Vec<(String, i64)>> {
    if session.kind == PartyKind::Office {
        let all = relations::engagements(conn, session.party, at).await?;
        return Ok(all.into_iter().map(|g| (g.folder, g.from_ms)).collect());
    }
    let all = relations::employments_of_person(conn, session.party).await?;
    Ok(all.into_iter().map(|m| (m.person_folder, m.from_ms.min(at))).collect())
}

/// The kinds, or the years of a kind, under which the viewer sees anything; and where it places
/// overviews itself, every kind that goes to an employer, and this year.
async fn shelf_names(
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    part: Part,
    now: i64,
) -> Result<Vec<(String, i64)>> {
    let shelves = shelf_rows(conn, session, place).await?;
    let latest =
        |of: &dyn Fn(&Shelf) -> bool| shelves.iter().filter(|s| of(s)).map(|s| s.changed).max();
    let placer = is_placer_of(place, session);
    match part {
        Part::Kind => Ok(kind::KINDS
            .iter()
            .filter_map(|k| {
                let changed = latest(&|s| s.kind == k.code);
                let open = placer && k.goes_to != kind::GoesTo::Employee;
                let at = changed.or_else(|| open.then_some(now))?;
                Some((k.folder(session.language).to_owned(), at))
            })
            .collect()),
        Part::Year => {
            let mut years: Vec<i64> = shelves.iter().map(|s| s.year).collect();
            if placer {
                years.push(i64::from(day::date(now).year()));
            }
            years.sort_unstable();
            years.dedup();
            let at = |y: i64| latest(&|s| s.year == y).unwrap_or(now);
            Ok(years.into_iter().map(|y| (y.to_string(), at(y))).collect())
        }
        Part::Word(word) => Ok(latest(&|_| true)
            .map(|at| (word.name(session.language).to_owned(), at))
            .into_iter()
            .collect()),
        Part::Employer | Part::Employee => Ok(Vec::new()),
    }
}
