//! Listing: what is in a folder, a page at a time. Changes nothing.

use super::door::Door;
use super::look::{delivered, entry, in_area, stat, tree_entries, tree_entry};
use super::place::Place;
use super::resolve::{self, Found};
use super::{Entry, Lock, Session, journal, locking, look};
use crate::catalog::nodes::{self, Row};
use crate::catalog::{Conn, NodeId, deliveries, history, locks};
use crate::dossier::{DossierPath, Error, Leaf, Result, Rights, day};
use std::collections::HashMap;
use std::sync::Arc;

/// How many entries a page has at most: one statement each, and about 3 MB.
const PAGE: i64 = 10_000;

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
    path: DossierPath,
    place: Place,
    parent: NodeId,
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
        if !self.after.is_empty() {
            self.still_there(conn).await?;
        }
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
            if hidden && !resolve::still_shows(conn, &self.session, &self.place, row).await? {
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

    /// Whether the folder is still in sight, when a page of it has been given.
    async fn still_there(&self, conn: &mut Conn) -> Result<()> {
        let now = match resolve::resolve(&self.door, conn, &self.session, &self.path).await? {
            Found::Area(place) if place.root == self.place.root => {
                let rows = resolve::reach(conn, &self.session, &place).await?;
                rows.last().map_or(place.root, |row| row.id)
            }
            _ => return Err(Error::NotFound),
        };
        if now == self.parent { Ok(()) } else { Err(Error::NotFound) }
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
    match resolve::resolve(door, conn, session, path).await? {
        Found::Nowhere => Err(Error::NotFound),
        Found::Folder(folder) => {
            let mut entries = tree_entries(door, conn, session, &folder).await?;
            if let Some(place) = folder.deliver.as_deref() {
                entries.extend(deliveries_in(conn, session, place, now).await?);
            }
            let own = tree_entry(door, conn, session, name, folder.deliver.as_deref(), now).await?;
            if entries.is_empty() {
                stat(door, conn, session, path).await?;
            }
            Ok(Listing { folder: own, ready: Some(entries), rest: None })
        }
        Found::Area(place) => list_area(door, conn, session, path, *place, properties).await,
    }
}

async fn list_area(
    door: &Arc<Door>,
    conn: &mut Conn,
    session: &Session,
    path: &DossierPath,
    place: Place,
    properties: bool,
) -> Result<Listing> {
    let name = path.name().unwrap_or_default();
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
        path: path.clone(),
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
    let names = history::days(conn, session.party, !session.scope.whole_tree()).await?;
    let past = names.into_iter().filter_map(|name| day::moment(&name, now).map(|end| (name, end)));
    Ok(past.map(|(name, end)| look::folder(name, end, Rights::READ)).collect())
}
