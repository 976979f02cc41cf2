//! Listing: what is in a folder, a page at a time. Changes nothing.

use super::door::Door;
use super::look::{entry, in_area, stat, tree_entries, tree_entry};
use super::place::Place;
use super::resolve::{self, Found};
use super::sight::Seen;
use super::{Entry, Lock, Session, drop, journal, locking, look, receipts, refused};
use crate::catalog::locks::{self, LockRow};
use crate::catalog::nodes::{self, Row};
use crate::catalog::{Conn, NodeId, history, shelves};
use crate::dossier::{DossierPath, Error, Leaf, Result, day};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// How many entries are fetched at once: one statement, and about 3 MB.
const PAGE: i64 = 10_000;

/// What one of them takes, in bytes.
const ENTRY: usize = 320;

/// After how many entries it is asked whether to look again.
const OFTEN: usize = 64;

/// A listing: what it is of, what is known of it already, and how to go on.
#[derive(Debug)]
pub struct Listing {
    /// The folder itself; its dead properties, where they were asked for, once the first entry was.
    pub folder: Entry,
    door: Arc<Door>,
    session: Session,
    path: DossierPath,
    properties: bool,
    /// The folder in the catalog; `None` when its entries are made for the looking.
    at: Option<At>,
    /// Where the next page begins, while there is one.
    after: Option<String>,
    /// Entries that were fetched and not yet told, each with the key of its name.
    fetched: VecDeque<(String, Entry)>,
    /// The key of the last one that was told.
    told: String,
    seen: Seen,
}

/// A folder in an area.
#[derive(Debug)]
struct At {
    place: Place,
    parent: NodeId,
    /// The locks above it that reach into it.
    above: Vec<Lock>,
    /// The locks on what is in it, once something with one was met.
    held: Option<Vec<LockRow>>,
}

impl Listing {
    /// The next entry in the order of their names, `None` after the last. Looks again every so often, so
    /// that nothing is told that went out of sight meanwhile.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: a listing never just ends early. [`Error::NotFound`] when the folder went
    /// out of sight, [`Error::SessionEnded`].
    pub async fn next(&mut self) -> Result<Option<Entry>> {
        // To ask the clock takes as long as to tell an entry.
        if self.fetched.len().is_multiple_of(OFTEN) {
            self.check().await?;
        }
        while self.fetched.is_empty()
            && let Some(after) = self.after.take()
        {
            self.fetch(after).await?;
        }
        let Some((key, entry)) = self.fetched.pop_front() else { return Ok(None) };
        self.told = key;
        Ok(Some(entry))
    }

    /// Looks again when that is due. For whoever tells entries in pieces: before each.
    ///
    /// # Errors
    /// As [`Listing::next`].
    pub async fn check(&mut self) -> Result<()> {
        if self.seen.is_long_ago() { self.look_again().await } else { Ok(()) }
    }

    /// How much lies in memory that was fetched and not told, in bytes, about.
    #[must_use]
    pub fn holds(&self) -> usize {
        self.fetched.len() * ENTRY
    }

    /// Begins anew where it was: what was fetched may be in sight no more.
    async fn look_again(&mut self) -> Result<()> {
        self.session.check()?;
        let now = list(&self.door, &self.session, &self.path, self.properties).await?;
        let folder = |at: &Option<At>| at.as_ref().map(|at| (at.place.root, at.parent));
        if folder(&now.at) != folder(&self.at) {
            return Err(Error::NotFound);
        }
        // What was made for the looking comes first and has no key.
        let names: HashSet<_> = now.fetched.iter().map(|(_, entry)| &entry.name).collect();
        self.fetched.retain(|(key, entry)| key.is_empty() && names.contains(&entry.name));
        if now.at.is_some() {
            (self.at, self.after) = (now.at, Some(self.told.clone()));
        }
        self.seen.again();
        Ok(())
    }

    /// One statement's worth of entries.
    async fn fetch(&mut self, after: String) -> Result<()> {
        self.session.check()?;
        let Some(At { place, parent, above, held }) = &mut self.at else {
            return Ok(());
        };
        let conn = &mut self.door.db.reader().await?;
        let rows = rows(conn, &self.session, place, *parent, &after).await?;
        let keys = |row: &Row| row.key_in(place.is_by_placer()).to_owned();
        if i64::try_from(rows.len()).is_ok_and(|n| n == PAGE) {
            self.after = rows.last().map(keys);
        }
        let mut dead: HashMap<NodeId, Vec<(String, String)>> = HashMap::new();
        if self.properties {
            let last = rows.last().map_or_else(|| after.clone(), keys);
            let (party, by_placer) = (self.session.party, place.is_by_placer());
            let page = (after.as_str(), last.as_str());
            let shelf = place.shelf_in(*parent);
            for (node, name, value) in
                locks::properties_in(conn, *parent, party, page, shelf, by_placer).await?
            {
                dead.entry(node).or_default().push((name, value));
            }
        }
        if after.is_empty() && self.folder.node.is_some() {
            self.folder.properties = dead.remove(parent).unwrap_or_default();
        }
        if held.is_none() && rows.iter().any(Row::has_locks) {
            *held = Some(locks::within(conn, *parent, self.door.clock.now()).await?);
        }
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows.iter().filter(|row| place.shows(&self.session, row)) {
            let hidden = row.is_folder() && row.is_dismissed() && place.is_shared_by_employee();
            if hidden && !resolve::still_shows(conn, &self.session, place, row).await? {
                continue;
            }
            let mut one = entry(place, &self.session, row);
            one.locks.clone_from(above);
            let own = held.iter().flatten().filter(|lock| lock.node == row.id);
            one.locks.extend(own.map(|lock| locking::lock(&self.session, lock)));
            one.properties = dead.remove(&row.id).unwrap_or_default();
            entries.push((keys(row), one));
        }
        self.fetched.extend(entries);
        Ok(())
    }
}

/// What lies in a folder after a name; of what is the viewer's alone, only that is asked for.
async fn rows(
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    parent: NodeId,
    after: &str,
) -> Result<Arc<Vec<Row>>> {
    let shelf = place.shelf_in(parent);
    if place.is_by_placer() && (place.is_overviews() || parent == place.root) {
        shelves::placed_on(conn, parent, shelf, session.party, after, PAGE).await
    } else {
        let clutter = place.shows_clutter();
        nodes::children(conn, parent, place.at, shelf, (after, PAGE), clutter).await
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
    let (folder, made, at) = match resolve::resolve(door, conn, session, path).await? {
        Found::Nowhere => return Err(Error::NotFound),
        Found::Folder(folder) => {
            let mut entries = tree_entries(door, conn, session, &folder).await?;
            if let Some(place) = folder.deliver.as_deref() {
                entries.extend(drop::entries(door, conn, session, place).await?);
            }
            let own = tree_entry(door, conn, session, name, folder.deliver.as_deref(), now).await?;
            if entries.is_empty() {
                stat(door, conn, session, path).await?;
            }
            (own, entries, None)
        }
        Found::Area(place) => in_area_list(door, conn, session, path, *place).await?,
    };
    Ok(Listing {
        folder,
        door: Arc::clone(door),
        session: session.clone(),
        path: path.clone(),
        properties,
        after: at.as_ref().map(|_| String::new()),
        at,
        fetched: made.into_iter().map(|entry| (String::new(), entry)).collect(),
        told: String::new(),
        seen: Seen::now(&door.clock),
    })
}

/// A folder in an area: itself, the entries that are made for the looking, and where else they are.
async fn in_area_list(
    door: &Arc<Door>,
    conn: &mut Conn,
    session: &Session,
    path: &DossierPath,
    place: Place,
) -> Result<(Entry, Vec<Entry>, Option<At>)> {
    let name = path.name().unwrap_or_default();
    let folder = in_area(door, conn, session, &place, name).await?;
    if !folder.folder {
        return Err(Error::NotFolder);
    }
    let made = match place.leaf {
        Leaf::Log => journal::entries(conn, session).await?,
        Leaf::Days => days(door, conn, session).await?,
        Leaf::Receipts => receipts::entries(conn, session).await?,
        Leaf::Refused => refused::entries(conn, session).await?,
        Leaf::Waiting => match &place.waits_for {
            Some(place) => drop::entries(door, conn, session, place).await?,
            None => Vec::new(),
        },
        _ if place.takes_deliveries(session) => drop::entries(door, conn, session, &place).await?,
        _ => Vec::new(),
    };
    if !place.leaf.holds_files() || place.is_waiting() {
        return Ok((folder, made, None));
    }
    let above: Vec<_> = folder
        .locks
        .iter()
        .filter(|l| l.deep)
        .map(|l| Lock { above: l.above + 1, ..l.clone() })
        .collect();
    let parent = folder.node.unwrap_or(place.root);
    let at = At { place, parent, above, held: None };
    Ok((folder, made, Some(at)))
}

/// The days on which something changed, up to yesterday.
async fn days(door: &Door, conn: &mut Conn, session: &Session) -> Result<Vec<Entry>> {
    let now = door.clock.now();
    let names = history::days(conn, session.party, !session.scope.whole_tree()).await?;
    let past = names.into_iter().filter_map(|name| day::moment(&name, now).map(|end| (name, end)));
    Ok(past.map(|(name, end)| look::folder(name, end, look::LISTED)).collect())
}
