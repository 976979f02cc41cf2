//! From a path to a place.
//!
//! `dossier::tree` reads the words of the path; this file asks the catalog which employer or
//! employee its names stand for, and which rows the names within an area.

use super::Session;
use super::delivery::waiting;
use super::door::Door;
use super::place::{Place, Relations, place};
use crate::catalog::nodes::Row;
use crate::catalog::ways::{self, Way};
use crate::catalog::{Conn, NOW, NodeId, walks};
use crate::dossier::name::Policy;
use crate::dossier::retention::History;
use crate::dossier::tree::{self, Line, Part, Viewer, When};
use crate::dossier::{DossierPath, Error, Kind, Leaf, PartyKind, Result, day};
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

impl Found {
    /// What was asked of the viewer on the way here.
    pub(crate) fn standing(&self) -> Option<&ways::Standing> {
        match self {
            Self::Nowhere => None,
            Self::Folder(folder) => folder.relations.standing.as_ref(),
            Self::Area(place) => place.relations.standing.as_ref(),
        }
    }
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

impl Folder {
    /// Whether it is there only while a year is in it: that of a kind, or of what is on paper.
    pub(crate) fn is_of_years(&self) -> bool {
        self.below.iter().all(|(part, _)| *part == Part::Year)
    }
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
    Ok(reached(door, conn, session, path).await?.0)
}

/// The same; and where something may wait to be delivered the rows of that, as far as they are there.
///
/// # Errors
/// As [`resolve`].
pub(crate) async fn reached(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    path: &DossierPath,
) -> Result<(Found, Option<Vec<Row>>)> {
    let viewer = session.viewer();
    let spot = tree::locate(viewer, path.parts());
    if let Some((Line { leaf: Leaf::Days, .. }, [name, inner @ ..])) = spot.leaf {
        let Some(at) = day::moment(name, door.clock.now()) else {
            return Ok((Found::Nowhere, None));
        };
        let past = Viewer { past: true, ..viewer };
        // Only whole days are closed by retention: a path with a time of day is not asked for among them.
        let day = day::exact_date(name).map(|_| name.as_str());
        return resolve_at(door, conn, session, past, (at, day), inner).await;
    }
    resolve_at(door, conn, session, viewer, (NOW, None), path.parts()).await
}

/// Resolves the parts of a path in the viewer's tree, or in that tree as it was at an instant, as far as the day
/// is kept.
async fn resolve_at(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    viewer: Viewer,
    (at, day): (i64, Option<&str>),
    parts: &[String],
) -> Result<(Found, Option<Vec<Row>>)> {
    let mut spot = tree::locate(viewer, parts);
    if spot.is_nowhere() {
        return Ok((Found::Nowhere, None));
    }
    let now = door.clock.now();
    let Some(relations) = relations_of(conn, session, &spot, at.min(now), day).await? else {
        return Ok((Found::Nowhere, None));
    };
    if day.is_some() {
        let kept = relations.standing.as_ref().map(ways::Standing::kept).unwrap_or_default();
        spot.keep(|line| kept.contains(&History::of(line.leaf)));
    }
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
            let (place, rows) = waiting::redirect(door, conn, session, *place).await?;
            (Found::Area(Box::new(place)), rows)
        }
        None if below.is_empty() => (Found::Nowhere, None),
        deliver => {
            let kind = spot.names.kind;
            (Found::Folder(Box::new(Folder { below, kind, at, relations, deliver })), None)
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
            engagement.is_some() || relations.standing.as_ref().is_some_and(|v| v.has_sets(state))
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
    day: Option<&str>,
) -> Result<Option<Relations>> {
    let key = |name: Option<&str>| name.map(|name| Policy::Portable.key(name));
    let (employer, employee) = (key(spot.names.employer), key(spot.names.employee));
    let lines = spot.leaf.iter().map(|(l, _)| *l).chain(spot.below.iter().map(|(_, l)| *l));
    let mut lines = lines.filter(|_| session.kind == PartyKind::Employer);
    let engaged = lines.any(|l| matches!(l.when, When::Engaged | When::EngagedOrFull));
    let asks = engaged
        || day.is_some()
        || employer.is_some()
        || employee.is_some()
        || spot.leaf.is_some_and(|(line, _)| line.leaf == Leaf::Refused);
    if !asks {
        return Ok(Some(Relations::default()));
    }
    let office = session.kind == PartyKind::Office;
    let names = ways::Names {
        at: (office || engaged).then_some(at),
        day,
        employer: employer.as_deref(),
        employee: employee.as_deref(),
    };
    let viewer = (session.account, session.party, session.kind);
    let way = ways::way(conn, viewer, names).await?.ok_or(Error::SessionEnded)?;
    let Way { standing, engagement, employment } = way;
    let named = match session.kind {
        PartyKind::Person => employer.is_none() || employment.is_some(),
        PartyKind::Employer => employee.is_none() || employment.is_some(),
        PartyKind::Office => {
            (employer.is_none() || engagement.is_some())
                && (employee.is_none() || employment.is_some())
        }
    };
    Ok(named.then_some(Relations { engagement, employment, standing: Some(standing) }))
}

/// Follows the names within an area, as far as they exist for the viewer. Fewer rows than names: the
/// first without one is not there.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub(crate) async fn reach(conn: &mut Conn, session: &Session, place: &Place) -> Result<Vec<Row>> {
    Ok(visible(session, place, reach_any(conn, session, place).await?))
}

/// As far as the rows of [`reach_any`] exist for the viewer.
pub(crate) fn visible(session: &Session, place: &Place, mut rows: Vec<Row>) -> Vec<Row> {
    if let Some(hidden) = rows.iter().position(|row| !place.shows(session, row)) {
        rows.truncate(hidden);
    }
    rows
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
    if place.is_overviews() && place.rest.len() != 1 {
        return Ok(Vec::new());
    }
    let keys: Vec<_> = place.rest.iter().map(|name| place.key(name)).collect();
    let shelf = place.shelf_in(place.root);
    if place.is_by_placer() {
        // A set, too, its placer knows by a name of its own.
        return walks::walk_placed(conn, place.root, shelf, session.party, &keys).await;
    }
    walks::follow(conn, place.root, place.at, shelf, &keys, place.emptied()).await
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
