//! Looking: what is at a path, and what the folders of the tree itself hold. Changes nothing.

use super::delivery::{listed, receipts, refused};
use super::door::Door;
use super::locks::locking;
use super::place::{self, Place, Relations};
use super::resolve::{self, Folder, Found};
use super::{Digests, Entry, May, Noted, Session, journal};
use crate::catalog::nodes::Row;
use crate::catalog::relations;
use crate::catalog::shelves::{self, Shelf};
use crate::catalog::{Conn, NOW, deliveries};
use crate::dossier::kind::KindRow;
use crate::dossier::tree::{Line, Part};
use crate::dossier::{DossierPath, Error, Kind, Leaf, PartyKind, Result, Rights, Word, day, kind};
use std::collections::BTreeSet;

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
    let (found, rows) = resolve::reached(door, conn, session, path).await?;
    stat_at(door, conn, session, path, (&found, rows)).await
}

/// The same where it was found, with the rows of what waits there.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) async fn stat_at(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    path: &DossierPath,
    (found, reached): (&Found, Option<Vec<Row>>),
) -> Result<Entry> {
    let (name, now) = (path.name().unwrap_or_default(), door.clock.now());
    match found {
        Found::Nowhere => Err(Error::NotFound),
        Found::Folder(folder) => {
            if folder.is_of_years() && tree_entries(door, conn, session, folder).await?.is_empty() {
                return Err(Error::NotFound);
            }
            tree_entry(door, conn, session, name, folder.deliver.as_deref(), now).await
        }
        Found::Area(place) => {
            let (entry, rows) = in_area(door, conn, session, place, name, reached).await?;
            Ok(Entry { locks: locking::shown(conn, session, &rows, now).await?, ..entry })
        }
    }
}

/// What is at a path that leads into an area, and the rows down to it, of which the locks are still to be told;
/// `reached` are those of what waits, where that was looked for.
pub(super) async fn in_area(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    name: &str,
    reached: Option<Vec<Row>>,
) -> Result<(Entry, Vec<Row>)> {
    let now = door.clock.now();
    let entry = match (place.leaf, place.rest.as_slice()) {
        (_, []) if place.is_overviews() && !is_there(conn, session, place).await? => {
            return Err(Error::NotFound);
        }
        (_, []) => tree_entry(door, conn, session, name, Some(place), now).await?,
        (Leaf::Log, [file]) => journal::entry(conn, session, file).await?,
        (Leaf::Receipts, [file]) => receipts::entry(conn, session, file).await?,
        (leaf, _) if leaf.reads_names() => return listed::entry(conn, session, place, now).await,
        _ => {
            let rows = match reached.filter(|_| place.is_waiting()) {
                Some(rows) => rows,
                None => resolve::reach(conn, session, place).await?,
            };
            let row = rows.last().filter(|_| rows.len() == place.rest.len());
            if let (None, Some(drop)) = (row, &place.waits_for) {
                // It was taken in.
                return listed::entry(conn, session, drop, now).await;
            }
            if let (None, Leaf::Refused, [file]) = (row, place.leaf, place.rest.as_slice()) {
                let reason = refused::one(conn, session, file).await?;
                return Ok((refused::entry(session, &reason), Vec::new()));
            }
            let entry = entry(place, session, row.ok_or(Error::NotFound)?);
            return Ok((entry, rows));
        }
    };
    Ok((entry, Vec::new()))
}

/// Whether the top of an area is there for the viewer: a shelf is there while anything is on it.
pub(super) async fn is_there(conn: &mut Conn, session: &Session, place: &Place) -> Result<bool> {
    Ok(!place.is_overviews()
        || is_placer_of(place, session)
        || !shelf_rows(conn, session, &[place]).await?.is_empty())
}

/// Whether this is where the viewer places overviews of its own, so that every year is there for it.
fn is_placer_of(place: &Place, session: &Session) -> bool {
    place.leaf == Leaf::EmployerOverviews
        && place.rights_by_relation(session, None).has(Rights::PLACE)
        && place.shelf.0.is_none_or(KindRow::is_placed_by_hand)
}

/// What a row is to the viewer.
pub(crate) fn entry(place: &Place, session: &Session, row: &Row) -> Entry {
    let rights = place.rights(session, Some(row));
    let may = place.may(row, rights);
    Entry {
        name: place.shown(session, row),
        folder: row.is_folder(),
        size: u64::try_from(row.size()).unwrap_or(0),
        modified: row.modified(),
        created: row.created,
        mode: row.mode.and_then(|m| u32::try_from(m).ok()),
        noted: noted(place, row, may),
        rights,
        may,
        owner: place.owner_name.clone().filter(|_| row.forward.is_none()),
        public_id: Some(row.public_id.clone()),
        version: row.number(),
        digests: row.sha256.map(|sha256| Digests { sha256, sha1: row.sha1, md5: row.md5 }),
        origin: row.origin.clone(),
        locks: Vec::new(),
        properties: Vec::new(),
        node: (place.at == NOW).then_some(row.id),
    }
}

/// When its owner's system last read it is nobody else's business. Nothing is hidden from whoever may neither write nor
/// rename it: it might be asked to approve what it does not see.
fn noted(place: &Place, row: &Row, may: May) -> Noted {
    let bits = row.noted_bits.filter(|_| may.any(May::WRITE | May::RENAME));
    Noted {
        created: row.noted_created,
        accessed: row.noted_accessed.filter(|_| place.is_own(row)),
        bits: bits.and_then(|bits| u32::try_from(bits).ok()),
    }
}

/// What a delivery of the last hour is to whoever delivered it: size, times and digests, no content.
pub(super) fn delivered(place: &Place, session: &Session, d: &deliveries::Delivery) -> Entry {
    Entry {
        name: d.name.clone(),
        size: u64::try_from(d.size).unwrap_or(0),
        modified: d.mtime,
        created: d.at,
        rights: Rights::READ,
        digests: d.sha256.map(|sha256| Digests { sha256, sha1: d.sha1, md5: d.md5 }),
        may: place.may_with_delivered(session),
        ..Entry::default()
    }
}

/// A folder of the tree itself, or the top of an area.
pub(super) async fn tree_entry(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    name: &str,
    place: Option<&Place>,
    now: i64,
) -> Result<Entry> {
    let party = door.party(conn, session.party).await?;
    Ok(folder(name.to_owned(), party.created.min(now), top_rights(session, place)))
}

/// What the viewer may do with a folder of the tree, which is the top of a place or of none.
fn top_rights(session: &Session, place: Option<&Place>) -> (Rights, May) {
    match place {
        Some(place) => (Rights::READ | place.rights(session, None), place.may_at_top(session)),
        None => LISTED,
    }
}

/// The shelves on which the viewer sees anything, of overviews areas, two at most, that it sees alike.
async fn shelf_rows(conn: &mut Conn, session: &Session, places: &[&Place]) -> Result<Vec<Shelf>> {
    let (Some(first), Some(last)) = (places.first(), places.last()) else {
        return Ok(Vec::new());
    };
    let mut shelves = if first.is_by_placer() {
        shelves::of(conn, first.root, session.party).await?
    } else {
        shelves::all(conn, (first.root, last.root), session.party).await?
    };
    shelves.retain(|shelf| places.iter().any(|place| is_of(shelf, place)));
    Ok(shelves)
}

/// Whether a shelf is one of a place's.
fn is_of(shelf: &Shelf, place: &Place) -> bool {
    let (kind, year) = place.shelf;
    shelf.root == place.root
        && kind.is_none_or(|kind| shelf.kind == kind.code)
        && (year == 0 || shelf.year == year)
}

/// Whether a line goes on by what lies on shelves.
fn is_shelved(part: Part, line: &Line) -> bool {
    let paper = part == Part::Word(Word::OnPaper) && line.leaf == Leaf::OnPaper;
    paper || matches!(part, Part::Kind | Part::Year)
}

/// What is in a folder of the tree itself.
pub(super) async fn tree_entries(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    folder: &Folder,
) -> Result<Vec<Entry>> {
    let party = door.party(conn, session.party).await?;
    let now = door.clock.now();
    let made = party.created.min(now);
    let mut names: Vec<Entry> = Vec::new();
    let mut done: Vec<Part> = Vec::new();
    let place_of = |leaf, relations: &Relations| {
        let place = place::place(leaf, session, &party, relations, now)?;
        Some(Place { at: folder.at, shelf: (folder.kind, 0), ..place })
    };
    let shelved = folder.below.iter().filter(|(part, line)| is_shelved(*part, line));
    let shelved: Vec<_> =
        shelved.filter_map(|(_, line)| place_of(line.leaf, &folder.relations)).collect();
    let shelves = shelf_rows(conn, session, &shelved.iter().collect::<Vec<_>>()).await?;
    for (part, line) in &folder.below {
        let of_shelf = is_shelved(*part, line);
        if done.contains(part) && !of_shelf {
            continue;
        }
        done.push(*part);
        let mut relations = folder.relations.clone();
        let found = match part {
            _ if of_shelf => match shelved.iter().find(|place| place.leaf == line.leaf) {
                Some(place) => shelf_names(door, session, place, &shelves, *part),
                None => Vec::new(),
            },
            Part::Word(word) => vec![word.name(session.language).to_owned()],
            Part::Employer => employers(conn, session, folder.at.min(now)).await?,
            _ => {
                let employer =
                    folder.relations.engagement.as_ref().map_or(session.party, |g| g.employer);
                let all = relations::employments_of_employer(conn, employer).await?;
                let found = all.iter().map(|m| m.employer_folder.clone()).collect();
                // What may be done in their folders is the same in each.
                relations.employment = all.into_iter().next();
                found
            }
        };
        // A line that ends in this part is an area.
        let mut ends = folder.below.iter().filter(|(_, line)| line.parts.last() == Some(part));
        let area = ends.next().and_then(|(_, line)| place_of(line.leaf, &relations));
        let rights = top_rights(session, area.as_ref());
        names.extend(found.into_iter().map(|name| self::folder(name, made, rights)));
    }
    names.dedup_by(|a, b| a.name == b.name);
    Ok(names)
}

async fn employers(conn: &mut Conn, session: &Session, at: i64) -> Result<Vec<String>> {
    if session.kind == PartyKind::Office {
        let all = relations::engagements(conn, session.party, at).await?;
        return Ok(all.into_iter().map(|g| g.folder).collect());
    }
    let all = relations::employments_of_person(conn, session.party).await?;
    Ok(all.into_iter().map(|m| m.person_folder).collect())
}

/// The kinds, or the years of a kind, under which the viewer sees anything; and where it places
/// overviews itself, every kind that goes to an employer, and this year.
fn shelf_names(
    door: &Door,
    session: &Session,
    place: &Place,
    shelves: &[Shelf],
    part: Part,
) -> Vec<String> {
    let mut shelves = shelves.iter().filter(|shelf| is_of(shelf, place));
    let placer = is_placer_of(place, session);
    let language = session.language;
    match part {
        Part::Kind => {
            let open = |k: &Kind| placer && k.is_placed_by_hand();
            let used: BTreeSet<_> = shelves.map(|s| s.kind.as_str()).collect();
            let there = kind::KINDS.iter().filter(|k| open(k) || used.contains(k.code));
            there.map(|k| k.folder(language).to_owned()).collect()
        }
        Part::Year => {
            let this_year = placer.then(|| i64::from(day::date(door.clock.now()).year()));
            let years: BTreeSet<i64> = shelves.map(|s| s.year).chain(this_year).collect();
            years.iter().map(i64::to_string).collect()
        }
        Part::Word(word) if shelves.next().is_some() => vec![word.name(language).to_owned()],
        Part::Word(_) | Part::Employer | Part::Employee => Vec::new(),
    }
}

/// What may be done with a folder of the tree in which nothing is made.
pub(super) const LISTED: (Rights, May) = (Rights::READ, May::READ);

/// A folder of the tree itself.
pub(super) fn folder(name: String, modified: i64, (rights, may): (Rights, May)) -> Entry {
    Entry { name, folder: true, modified, created: modified, rights, may, ..Entry::default() }
}
