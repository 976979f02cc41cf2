//! Looking: what is at a path, and what the folders of the tree itself hold. Changes nothing.

use super::door::Door;
use super::place::{self, Place, Relations};
use super::resolve::{self, Folder, Found};
use super::{Digests, Entry, May, Noted, Session, drop, journal, locking, receipts, refused};
use crate::catalog::nodes::Row;
use crate::catalog::relations;
use crate::catalog::shelves::{self, Shelf};
use crate::catalog::{Conn, deliveries};
use crate::dossier::kind::GoesTo;
use crate::dossier::tree::Part;
use crate::dossier::{DossierPath, Error, Kind, Leaf, PartyKind, Result, Rights, day, kind};
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
    let name = path.name().unwrap_or_default();
    match resolve::resolve(door, conn, session, path).await? {
        Found::Nowhere => Err(Error::NotFound),
        Found::Folder(folder) => {
            let now = door.clock.now();
            // The folder of a kind, or of what is on paper, is there while a year is in it.
            let shelves = folder.below.iter().all(|(part, _)| *part == Part::Year);
            let exists = !shelves || !tree_entries(door, conn, session, &folder).await?.is_empty();
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
pub(super) async fn in_area(
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
        (Leaf::Receipts, [file]) => receipts::entry(conn, session, file).await,
        (leaf, _) if leaf.reads_names() => drop::entry(conn, session, place, now).await,
        _ => {
            let rows = resolve::reach(conn, session, place).await?;
            let row = rows.last().filter(|_| rows.len() == place.rest.len());
            if let (None, Some(drop)) = (row, &place.waits_for) {
                // It was taken in.
                return drop::entry(conn, session, drop, now).await;
            }
            if let (None, Leaf::Refused, [file]) = (row, place.leaf, place.rest.as_slice()) {
                let reason = refused::one(conn, session, file).await?;
                return Ok(refused::entry(session, &reason));
            }
            let row = row.ok_or(Error::NotFound)?;
            let mut entry = entry(place, session, row);
            entry.locks = locking::shown(conn, session, &rows, now).await?;
            Ok(entry)
        }
    }
}

/// Whether the top of an area is there for the viewer: a shelf is there while anything is on it.
pub(super) async fn is_there(conn: &mut Conn, session: &Session, place: &Place) -> Result<bool> {
    Ok(!place.is_overviews()
        || is_placer_of(place, session)
        || !shelf_rows(conn, session, place).await?.is_empty())
}

/// Whether this is where the viewer places overviews of its own, so that every year is there for it.
fn is_placer_of(place: &Place, session: &Session) -> bool {
    place.leaf == Leaf::EmployerOverviews
        && place.held(session, None).has(Rights::PLACE)
        && place.shelf.0.is_none_or(|kind| kind.goes_to != GoesTo::Employee)
}

/// What a row is to the viewer.
pub(crate) fn entry(place: &Place, session: &Session, row: &Row) -> Entry {
    let rights = place.rights(session, Some(row));
    Entry {
        name: place.shown(session, row),
        folder: row.is_folder(),
        size: u64::try_from(row.size()).unwrap_or(0),
        modified: row.modified(),
        created: row.created,
        mode: row.mode.and_then(|m| u32::try_from(m).ok()),
        noted: noted(place, row),
        rights,
        may: place.may(row, rights),
        owner: place.owner_name.clone().filter(|_| row.forward.is_none()),
        public_id: Some(row.public_id.clone()),
        version: row.number(),
        digests: row.sha256.map(|sha256| Digests { sha256, sha1: row.sha1, md5: row.md5 }),
        origin: row.origin.clone(),
        locks: Vec::new(),
        properties: Vec::new(),
        node: Some(row.id),
    }
}

/// When its owner's system last read it is nobody else's business.
fn noted(place: &Place, row: &Row) -> Noted {
    Noted {
        created: row.noted_created,
        accessed: row.noted_accessed.filter(|_| place.is_own(row)),
        bits: row.noted_bits.and_then(|bits| u32::try_from(bits).ok()),
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

/// The shelves of an overviews area on which the viewer sees anything.
async fn shelf_rows(conn: &mut Conn, session: &Session, place: &Place) -> Result<Vec<Shelf>> {
    let mut shelves = if place.is_by_placer() {
        shelves::of(conn, place.root, session.party).await?
    } else {
        shelves::all(conn, place.root, session.party).await?
    };
    if let Some(kind) = place.shelf.0 {
        shelves.retain(|s| s.kind == kind.code);
    }
    if place.shelf.1 != 0 {
        shelves.retain(|s| s.year == place.shelf.1);
    }
    Ok(shelves)
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
    for (part, line) in &folder.below {
        let of_shelf = matches!(part, Part::Kind | Part::Year)
            || (*part == Part::Word(crate::dossier::Word::OnPaper) && line.leaf == Leaf::OnPaper);
        if done.contains(part) && !of_shelf {
            continue;
        }
        done.push(*part);
        let mut relations = folder.relations.clone();
        let place_of = |leaf, relations: &Relations| {
            let place = place::place(leaf, session, &party, relations, now)?;
            Some(Place { at: folder.at, shelf: (folder.kind, 0), ..place })
        };
        let found = match part {
            _ if of_shelf => match place_of(line.leaf, &relations) {
                Some(place) => shelf_names(door, conn, session, &place, *part).await?,
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
async fn shelf_names(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    part: Part,
) -> Result<Vec<String>> {
    let shelves = shelf_rows(conn, session, place).await?;
    let placer = is_placer_of(place, session);
    let language = session.language;
    match part {
        Part::Kind => {
            let open = |k: &Kind| placer && k.goes_to != GoesTo::Employee;
            let used = |k: &Kind| shelves.iter().any(|s| s.kind == k.code);
            let there = kind::KINDS.iter().filter(|k| open(k) || used(k));
            Ok(there.map(|k| k.folder(language).to_owned()).collect())
        }
        Part::Year => {
            let this_year = placer.then(|| i64::from(day::date(door.clock.now()).year()));
            let years: BTreeSet<i64> = shelves.iter().map(|s| s.year).chain(this_year).collect();
            Ok(years.iter().map(i64::to_string).collect())
        }
        Part::Word(_) if shelves.is_empty() => Ok(Vec::new()),
        Part::Word(word) => Ok(vec![word.name(language).to_owned()]),
        Part::Employer | Part::Employee => Ok(Vec::new()),
    }
}

/// What may be done with a folder of the tree in which nothing is made.
pub(super) const LISTED: (Rights, May) = (Rights::READ, May::READ);

/// A folder of the tree itself.
pub(super) fn folder(name: String, modified: i64, (rights, may): (Rights, May)) -> Entry {
    Entry { name, folder: true, modified, created: modified, rights, may, ..Entry::default() }
}
