//! Listing: what is in a folder, a page at a time. Changes nothing.

use super::delivery::{listed, receipts, refused};
use super::door::Door;
use super::locks::locking;
use super::look::{entry, in_area, tree_entries, tree_entry};
use super::place::Place;
use super::resolve::{self, Found};
use super::sight::Seen;
use super::{Also, Entry, Session, Space};
use super::{journal, look, quota};
use crate::catalog::locks::{self, LockRow, Within};
use crate::catalog::nodes::Row;
use crate::catalog::{Conn, NOW, NodeId, history, shelves, walks};
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
    /// The folder itself; its locks, and its dead properties where they were asked for, once the first entry was.
    pub folder: Entry,
    /// The room that the viewer has, where that was asked for.
    pub space: Option<Space>,
    door: Arc<Door>,
    session: Session,
    path: DossierPath,
    also: Also,
    /// The folder in the catalog; `None` when its entries are made for the looking.
    at: Option<At>,
    /// Where the next page begins, while there is one.
    after: Option<String>,
    /// Entries that were fetched and not yet told, each with the key of its name.
    fetched: VecDeque<(String, Entry)>,
    /// The keys of what waits, which hides what was placed under its names.
    hidden: HashSet<String>,
    /// The key of the last one that was told.
    told: String,
    seen: Seen,
}

/// A folder in an area.
#[derive(Debug)]
struct At {
    place: Place,
    parent: NodeId,
    /// The rows down to it.
    chain: Vec<Row>,
    /// The locks on them and on what is in it, once something with one was met.
    held: Option<Vec<LockRow>>,
    /// After which of the keys that were fetched, and up to which, the dead properties are still to be.
    unnoted: Option<(String, String)>,
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
        if let Some((key, _)) = self.fetched.front()
            && let Some(unnoted) =
                self.at.as_mut().and_then(|at| at.unnoted.take_if(|u| *key > u.0))
        {
            let conn = &mut self.door.db.reader().await?;
            self.note(conn, unnoted, None).await?;
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
        let now = list(&self.door, &self.session, &self.path, self.also).await?;
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

    /// One statement's worth of entries, and what hangs on them.
    async fn fetch(&mut self, after: String) -> Result<()> {
        self.session.check()?;
        let Some(At { place, parent, chain, held, .. }) = &self.at else {
            return Ok(());
        };
        let conn = &mut self.door.db.reader().await?;
        let rows = rows(conn, &self.session, place, *parent, &after).await?;
        let keys = |row: &Row| row.key_in(place.is_by_placer()).to_owned();
        let last = rows.last().map_or_else(|| after.clone(), keys);
        if i64::try_from(rows.len()).is_ok_and(|n| n == PAGE) {
            self.after = Some(last.clone());
        }
        let locked = held.is_none() && chain.iter().chain(rows.iter()).any(Row::has_locks);
        let locked = locked.then(|| locking::locked(chain));
        let shown = rows.iter().filter(|row| place.shows(&self.session, row));
        let shown = shown.map(|row| (keys(row), row)).filter(|(key, _)| !self.hidden.contains(key));
        self.fetched.extend(shown.map(|(key, row)| (key, entry(place, &self.session, row))));
        // What clients noted is as it is now, and no part of an earlier day.
        if self.also.properties && place.at == NOW || locked.is_some() {
            self.note(conn, (after, last), locked.as_deref()).await?;
        }
        self.lock();
        Ok(())
    }

    /// Fetches the dead properties of a part of what was fetched, as many as one statement gives, and the locks where
    /// these are asked for.
    async fn note(
        &mut self,
        conn: &mut Conn,
        (after, last): (String, String),
        locks: Option<&[NodeId]>,
    ) -> Result<()> {
        let Some(At { place, parent, held, unnoted, .. }) = &mut self.at else { return Ok(()) };
        let (page, placed) = ((after.as_str(), last.as_str()), place.is_placed(*parent));
        let within =
            Within { folder: *parent, shelf: place.shelf_in(*parent), page, placed, locks };
        let (party, now) = (self.session.party, self.door.clock.now());
        let (mut notes, found) =
            locks::hanging(conn, party, within, self.also.properties, now).await?;
        if locks.is_some() {
            *held = Some(found);
        }
        notes.sort_unstable_by(|a, b| (&a.under, &a.name).cmp(&(&b.under, &b.name)));
        if notes.iter().filter(|note| !note.under.is_empty()).count() == locks::NOTES {
            // Of the last there may be more.
            let end = notes.pop().map(|note| note.under).unwrap_or_default();
            notes.retain(|note| note.under != end);
            let noted = notes.last().map_or(after, |note| note.under.clone());
            *unnoted = Some((noted, last));
        }
        let mut dead: HashMap<NodeId, Vec<(String, String)>> = HashMap::new();
        for note in notes {
            dead.entry(note.noted).or_default().push((note.name, note.value));
        }
        let folder = std::iter::once(&mut self.folder).filter(|folder| folder.node.is_some());
        for entry in folder.chain(self.fetched.iter_mut().map(|(_, entry)| entry)) {
            if let Some(properties) = entry.node.and_then(|node| dead.remove(&node)) {
                entry.properties = properties;
            }
        }
        Ok(())
    }

    /// Puts the locks that were found on the folder and on what was fetched.
    fn lock(&mut self) {
        let Some(At { chain, held: Some(held), .. }) = &self.at else { return };
        self.folder.locks = locking::of_chain(&self.session, chain, held);
        let above = locking::reaching(&self.folder.locks);
        for (_, entry) in &mut self.fetched {
            entry.locks = locking::of_entry(&self.session, &above, held, entry.node);
        }
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
    if place.is_placed(parent) {
        shelves::placed_on(conn, parent, shelf, session.party, after, PAGE).await
    } else {
        let (clutter, emptied) = (place.shows_clutter(), place.emptied());
        let with = walks::With { clutter, emptied };
        walks::children(conn, parent, place.at, shelf, (after, PAGE), with).await
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
    also: Also,
) -> Result<Listing> {
    let conn = &mut door.db.reader().await?;
    let name = path.name().unwrap_or_default();
    let now = door.clock.now();
    let (found, rows) = resolve::reached(door, conn, session, path).await?;
    let space = if also.space {
        Some(quota::room(door, conn, session, found.standing()).await?)
    } else {
        None
    };
    let (folder, made, at) = match found {
        Found::Nowhere => return Err(Error::NotFound),
        Found::Folder(folder) => {
            let mut entries = tree_entries(door, conn, session, &folder).await?;
            if let Some(place) = folder.deliver.as_deref() {
                entries.extend(listed::entries(door, conn, session, place, &[]).await?.0);
            }
            if entries.is_empty() && folder.is_of_years() {
                return Err(Error::NotFound);
            }
            let own = tree_entry(door, conn, session, name, folder.deliver.as_deref(), now).await?;
            (own, entries, None)
        }
        Found::Area(place) => in_area_list(door, conn, session, name, *place, rows).await?,
    };
    let waits = at.as_ref().map(|at| &at.place).filter(|place| place.takes_deliveries(session));
    let hidden = waits.iter().flat_map(|place| made.iter().map(|entry| place.key(&entry.name)));
    Ok(Listing {
        hidden: hidden.collect(),
        folder,
        space,
        door: Arc::clone(door),
        session: session.clone(),
        path: path.clone(),
        also,
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
    name: &str,
    place: Place,
    reached: Option<Vec<Row>>,
) -> Result<(Entry, Vec<Entry>, Option<At>)> {
    let rows = reached.clone().unwrap_or_default();
    let waits = place.is_waiting() && rows.len() == place.rest.len();
    let delivers = place.handed_in_at();
    if delivers.leaf.reads_names() && !delivers.rest.is_empty() && !waits {
        let (folder, entries) = listed::list(door, conn, session, delivers, &rows).await?;
        return Ok((folder, entries, None));
    }
    let (folder, chain) = in_area(door, conn, session, &place, name, reached).await?;
    if !folder.folder {
        return Err(Error::NotFolder);
    }
    if place.is_waiting() {
        let (made, locks) = listed::entries(door, conn, session, delivers, &rows).await?;
        return Ok((Entry { locks, ..folder }, made, None));
    }
    let made = match place.leaf {
        Leaf::Log => journal::entries(conn, session).await?,
        Leaf::Days => days(door, conn, session).await?,
        Leaf::Receipts => receipts::entries(conn, session).await?,
        Leaf::Refused => refused::entries(conn, session).await?,
        _ if place.takes_deliveries(session) => {
            listed::entries(door, conn, session, &place, &rows).await?.0
        }
        _ => Vec::new(),
    };
    if !place.leaf.holds_files() {
        return Ok((folder, made, None));
    }
    let parent = chain.last().map_or(place.root, |row| row.id);
    let at = At { place, parent, chain, held: None, unnoted: None };
    Ok((folder, made, Some(at)))
}

/// The days on which something changed, up to yesterday.
async fn days(door: &Door, conn: &mut Conn, session: &Session) -> Result<Vec<Entry>> {
    let now = door.clock.now();
    let names = history::days(conn, session.party, !session.scope.whole_tree()).await?;
    let past = names.into_iter().filter_map(|name| day::moment(&name, now).map(|end| (name, end)));
    Ok(past.map(|(name, end)| look::folder(name, end, look::LISTED)).collect())
}
