//! From a path to a place.
//!
//! `dossier::tree` reads the words of the path; this file asks the catalog which employer or
//! employee its names stand for, and which rows the names within an area.

use super::Session;
use super::door::Door;
use super::place::{Place, Relations, place};
use super::waiting;
use crate::catalog::history;
use crate::catalog::nodes::{self, Row};
use crate::catalog::{Conn, NOW, NodeId, intake, relations, sets, shelves};
use crate::dossier::name::Policy;
use crate::dossier::retention::History;
use crate::dossier::tree::{self, Line, Part, Viewer, When};
use crate::dossier::{DossierPath, Kind, Leaf, PartyKind, Result, day};
use std::collections::HashSet;

/// What a path leads to.
#[derive(Debug)]
pub(crate) enum Found {
    /// Nothing that exists for this viewer.
    Nowhere,
    /// A folder of the tree itself.
    Folder(Box<Folder>),
    /// An area, or something in one.
    Area(Box<Place>),
}

/// A folder of the tree itself.
#[derive(Debug)]
pub(crate) struct Folder {
    /// The lines that go on below it, each with the part that comes next.
    pub(crate) below: Vec<(Part, &'static Line)>,
    /// The kind of overview that the path names, where the year comes next.
    pub(crate) kind: Option<Kind>,
    /// [`NOW`], or the instant of a day view.
    pub(crate) at: i64,
    /// Which relations the path names.
    pub(crate) relations: Relations,
    /// The delivery folder that this is too.
    pub(crate) deliver: Option<Box<Place>>,
}

/// Resolves a path as the viewer sees it now.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub(crate) async fn resolve(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    path: &DossierPath,
) -> Result<Found> {
    let viewer = session.viewer();
    let spot = tree::locate(viewer, path.parts());
    if let Some((Line { leaf: Leaf::Days, .. }, [name, inner @ ..])) = spot.leaf {
        let Some(at) = day::moment(name, door.clock.now()) else {
            return Ok(Found::Nowhere);
        };
        let past = Viewer { past: true, ..viewer };
        let kept = match day::exact_date(name) {
            Some(_) => history::shelves_at(conn, session.party, name).await?,
            // A moment is always kept.
            None => vec![History::Backups, History::Files],
        };
        return resolve_at(door, conn, session, past, (at, &kept), inner).await;
    }
    resolve_at(door, conn, session, viewer, (NOW, &[]), path.parts()).await
}

/// Resolves the parts of a path in the viewer's tree, or in that tree as it was at an instant, as far as
/// it is kept.
async fn resolve_at(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    viewer: Viewer,
    (at, kept): (i64, &[History]),
    parts: &[String],
) -> Result<Found> {
    let mut spot = tree::locate(viewer, parts);
    spot.keep(|line| !viewer.past || kept.contains(&History::of(line.leaf)));
    if spot.is_nowhere() {
        return Ok(Found::Nowhere);
    }
    let now = door.clock.now();
    let Some(relations) = relations_of(conn, session, &spot, at.min(now)).await? else {
        return Ok(Found::Nowhere);
    };
    let party = door.party(conn, session.party).await?;
    spot.keep(|line| applies(line, session, &relations));
    let mut place = spot.leaf.and_then(|(line, rest)| {
        place(line.leaf, session, &party, &relations, now).map(|p| (p, rest))
    });
    if let Some((place, rest)) = &mut place {
        place.at = at;
        place.rest = rest.to_vec();
        place.shelf = (spot.names.kind, spot.names.year.map_or(0, i64::from));
    }
    let below = spot.below;
    let place = place.map(|(place, _)| Box::new(place));
    Ok(match place {
        Some(place) if below.is_empty() => {
            Found::Area(Box::new(waiting::redirect(door, conn, session, *place).await?))
        }
        None if below.is_empty() => Found::Nowhere,
        deliver => {
            let kind = spot.names.kind;
            Found::Folder(Box::new(Folder { below, kind, at, relations, deliver }))
        }
    })
}

/// Whether a folder of the tree is there at all.
fn applies(line: &Line, session: &Session, relations: &Relations) -> bool {
    let engagement = relations.engagement.as_ref();
    // Above the folder of an employer an office has no engagement yet, and the way down is open.
    let payslips = session.kind == PartyKind::Office
        && engagement.is_none_or(|engagement| engagement.payslips == "visible");
    let left = match (line.when, line.leaf) {
        (When::EngagedOrFull, Leaf::Sets(state)) => {
            engagement.is_some() || relations.sets.iter().any(|code| code == state.code())
        }
        _ => true,
    };
    left && line.when.holds(engagement.is_some(), payslips)
}

/// The relations that the names of a path stand for; `None` when one of them stands for nothing.
async fn relations_of(
    conn: &mut Conn,
    session: &Session,
    spot: &tree::Spot<'_>,
    at: i64,
) -> Result<Option<Relations>> {
    let mut found = Relations::default();
    let key = |name: &str| Policy::Portable.key(name);
    if let (PartyKind::Office, Some(employer), Some(employee)) =
        (session.kind, spot.names.employer, spot.names.employee)
    {
        let (employer, employee) = (key(employer), key(employee));
        let both = relations::employed_at(conn, session.party, &employer, at, &employee).await?;
        let Some((engagement, employment)) = both else { return Ok(None) };
        (found.engagement, found.employment) = (Some(engagement), Some(employment));
    } else if let Some(name) = spot.names.employer {
        if session.kind == PartyKind::Office {
            found.engagement =
                relations::engagement_at(conn, session.party, &key(name), at).await?;
            if found.engagement.is_none() {
                return Ok(None);
            }
        } else {
            found.employment =
                relations::employment_of_person(conn, session.party, &key(name)).await?;
            if found.employment.is_none() {
                return Ok(None);
            }
        }
    }
    if let (PartyKind::Employer, Some(name)) = (session.kind, spot.names.employee) {
        found.employment =
            relations::employment_of_employer(conn, session.party, &key(name)).await?;
        if found.employment.is_none() {
            return Ok(None);
        }
    }
    let lines = spot.leaf.iter().map(|(l, _)| *l).chain(spot.below.iter().map(|(_, l)| *l));
    let asks = lines.into_iter().any(|l| matches!(l.when, When::Engaged | When::EngagedOrFull));
    if session.kind == PartyKind::Employer && asks {
        found.engagement = relations::engagement(conn, session.party, at).await?;
        if found.engagement.is_none() {
            found.sets = sets::states_of(conn, session.party).await?;
        }
    }
    if spot.leaf.is_some_and(|(line, _)| line.leaf == Leaf::Refused) {
        found.refused = intake::roots(conn, session.account).await?.1;
    }
    Ok(Some(found))
}

/// Follows the names within an area, as far as they exist for the viewer. Fewer rows than names: the
/// first without one is not there.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub(crate) async fn reach(conn: &mut Conn, session: &Session, place: &Place) -> Result<Vec<Row>> {
    let rows = reach_any(conn, session, place).await?;
    visible(conn, session, place, rows).await
}

/// As far as the rows of [`reach_any`] exist for the viewer.
pub(crate) async fn visible(
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    mut rows: Vec<Row>,
) -> Result<Vec<Row>> {
    if let Some(hidden) = rows.iter().position(|row| !place.shows(session, row)) {
        rows.truncate(hidden);
    }
    if place.is_shared_by_employee() {
        for (depth, row) in rows.iter().enumerate().filter(|(_, r)| r.is_folder()) {
            if row.is_dismissed() && !still_shows(conn, session, place, row).await? {
                rows.truncate(depth);
                break;
            }
        }
    }
    Ok(rows)
}

/// As [`reach`], with what does not exist for the viewer.
pub(crate) async fn reach_any(
    conn: &mut Conn,
    session: &Session,
    place: &Place,
) -> Result<Vec<Row>> {
    if !place.leaf.holds_files() {
        return Ok(Vec::new());
    }
    if !place.is_overviews() {
        let keys: Vec<_> = place.rest.iter().map(|name| place.key(name)).collect();
        if let (true, Some((first, below))) = (place.is_by_placer(), keys.split_first()) {
            return by_placer(conn, session, place, first, below).await;
        }
        return nodes::walk(conn, place.root, place.at, place.shelf_in(place.root), &keys).await;
    }
    let [name] = place.rest.as_slice() else {
        return Ok(Vec::new());
    };
    let key = place.key(name);
    if place.is_by_placer() {
        let row = shelves::placed(conn, place.root, place.shelf(), session.party, &key).await?;
        return Ok(row.into_iter().collect());
    }
    nodes::walk(conn, place.root, place.at, place.shelf(), &[key]).await
}

/// Follows the names within a set, which its placer knows by a name of its own.
async fn by_placer(
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    first: &str,
    below: &[String],
) -> Result<Vec<Row>> {
    let top = shelves::placed(conn, place.root, place.shelf(), session.party, first).await?;
    let Some(top) = top else { return Ok(Vec::new()) };
    let rows = nodes::walk(conn, top.id, place.at, ("", 0), below).await?;
    Ok([vec![top], rows].concat())
}

/// Whether a folder that was forwarded away shows again: it holds something that was not forwarded,
/// or is no longer, or nothing at all that ever was there for the viewer.
pub(crate) async fn still_shows(
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    folder: &Row,
) -> Result<bool> {
    let below = nodes::subtree(conn, folder, place.at).await?;
    let files = below.iter().filter(|row| !row.is_folder() && place.would_show(session, row));
    let mut files = files.peekable();
    Ok(files.peek().is_none() || files.any(|row| !row.is_dismissed()))
}

/// What exists for the viewer of a row and all below it, folders before what is in them: of what is below
/// the first, whatever shows in a folder that does.
pub(crate) fn seen(session: &Session, place: &Place, rows: Vec<Row>) -> Vec<Row> {
    let mut folders: HashSet<NodeId> = HashSet::new();
    let mut seen = Vec::with_capacity(rows.len());
    for row in rows {
        let top = seen.is_empty();
        if top || (folders.contains(&row.parent) && place.shows(session, &row)) {
            folders.insert(row.id);
            seen.push(row);
        }
    }
    seen
}
