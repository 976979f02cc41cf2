//! From a path to a place: whose area, which relation, which rights.
//!
//! `dossier::tree` reads the words of the path; this file asks the catalog which employer or
//! employee its names stand for. A [`Place`] is a value; every verb is a short match on it.

use super::Session;
use super::door::Door;
use crate::catalog::nodes::{self, Row};
use crate::catalog::relations::{self, Employment, Engagement, Party};
use crate::catalog::{Conn, KeyId, NOW, NodeId, PartyId};
use crate::dossier::name::{Policy, is_clutter};
use crate::dossier::tree::{self, Leaf, Line, Part, Viewer, When};
use crate::dossier::{
    DossierPath, Facts, Kind, PartyKind, Relation, Result, Rights, day, kind, overview, rights,
};

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

/// The relations that a path goes through.
#[derive(Clone, Debug, Default)]
pub(crate) struct Relations {
    /// The office's engagement with the employer.
    pub(crate) engagement: Option<Engagement>,
    /// The employment.
    pub(crate) employment: Option<Employment>,
}

/// An area, what the viewer is to its owner, and the path within it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Which line of the tree.
    pub(crate) leaf: Leaf,
    /// Whose area.
    pub(crate) owner: PartyId,
    /// What the owner is.
    pub(crate) owner_kind: PartyKind,
    /// What the viewer is to the owner.
    pub(crate) relation: Relation,
    /// The top of the area.
    pub(crate) root: NodeId,
    /// What its contents are encrypted to.
    pub(crate) key: KeyId,
    /// The kind and year of an overview.
    pub(crate) shelf: (Option<Kind>, i64),
    /// The names within it.
    pub(crate) rest: Vec<String>,
    /// [`NOW`], or the instant of a day view.
    pub(crate) at: i64,
    /// What holds for everything in it.
    pub(crate) facts: Facts,
    /// The relations that the path goes through.
    pub(crate) relations: Relations,
}

impl Place {
    /// What the viewer may do with a row here, or with something new here when there is none.
    pub(crate) fn rights(&self, session: &Session, row: Option<&Row>) -> Rights {
        let placed = row.is_some_and(|r| r.placer == Some(session.party));
        let (owner, relation) = match row {
            // A link is to an employee's document: its owner is a person, wherever the link lies.
            Some(row) if row.forward.is_some() => match session.kind {
                PartyKind::Employer => (PartyKind::Person, Relation::Employer),
                _ => (PartyKind::Person, Relation::Office),
            },
            _ => (self.owner_kind, self.relation),
        };
        let forwarded = row.is_some_and(|r| r.forward.is_some());
        let facts = Facts { placed, forwarded, ..self.facts };
        let all = rights(owner, self.leaf.area(), relation, facts);
        let usable = self.leaf.narrows(all, session.scope);
        if self.at == NOW { usable } else { usable.only(Rights::READ) }
    }

    /// Whether a row here exists for the viewer.
    pub(crate) fn shows(&self, session: &Session, row: &Row) -> bool {
        let clutter_of_others = self.leaf != Leaf::Backups
            && is_clutter(&row.name)
            && row.placer != Some(session.party);
        let dismissed = !row.is_folder() && row.is_dismissed() && self.is_shared_by_employee();
        // A day view holds what its party owns, never what was forwarded through it.
        let past_forward = self.at != NOW && row.forward.is_some();
        self.rights(session, Some(row)).has(Rights::READ)
            && row.pending.is_none_or(|account| account == session.account)
            && !clutter_of_others
            && !dismissed
            && !past_forward
    }

    /// Whether this is an employee's shared folder as its employer sees it.
    pub(crate) fn is_shared_by_employee(&self) -> bool {
        self.leaf == Leaf::ByEmployee && self.relation == Relation::Employer
    }

    /// Whether overviews lie here, on shelves, without folders of anyone's making.
    pub(crate) const fn is_overviews(&self) -> bool {
        matches!(self.leaf, Leaf::EmployeeOverviews | Leaf::EmployerOverviews | Leaf::OnPaper)
    }

    /// Whether the viewer sees only what it placed itself, under its own names.
    pub(crate) fn is_by_placer(&self) -> bool {
        self.is_overviews() && self.relation == Relation::Office
    }

    /// The shelf as the catalog has it.
    pub(crate) fn shelf(&self) -> (&'static str, i64) {
        let kind = if self.leaf == Leaf::OnPaper { None } else { self.shelf.0 };
        (kind.map_or("", |k| k.code), self.shelf.1)
    }

    /// A name given here in the form in which it is stored.
    pub(crate) fn stored(&self, given: &str) -> String {
        match self.shelf.0 {
            Some(kind) if self.is_overviews() => overview::stored(kind, given),
            _ => given.to_owned(),
        }
    }

    /// By which a name given here is compared.
    pub(crate) fn key(&self, given: &str) -> String {
        self.leaf.policy().key(&self.stored(given))
    }

    /// A row's name as the viewer sees it.
    pub(crate) fn shown(&self, session: &Session, row: &Row) -> String {
        let name = match &row.placer_name {
            Some(name) if self.is_by_placer() => name,
            _ => &row.name,
        };
        kind::by_code(&row.kind)
            .map_or_else(|| name.clone(), |k| overview::shown(k, name, session.language))
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
    let viewer = session.viewer();
    let spot = tree::locate(viewer, path.parts());
    if let Some((Line { leaf: Leaf::Days, .. }, [name, inner @ ..])) = spot.leaf {
        let Some(at) = day::moment(name, door.clock.now()) else {
            return Ok(Found::Nowhere);
        };
        return resolve_at(door, conn, session, Viewer { past: true, ..viewer }, at, inner).await;
    }
    resolve_at(door, conn, session, viewer, NOW, path.parts()).await
}

/// Resolves the parts of a path in the viewer's tree, or in that tree as it was.
async fn resolve_at(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    viewer: Viewer,
    at: i64,
    parts: &[String],
) -> Result<Found> {
    let mut spot = tree::locate(viewer, parts);
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
        Some(place) if below.is_empty() => Found::Area(place),
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
    line.when.holds(engagement.is_some(), payslips)
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
    if let Some(name) = spot.names.employer {
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
    if let Some(name) = spot.names.employee {
        let employer = found.engagement.as_ref().map_or(session.party, |g| g.employer);
        found.employment = relations::employment_of_employer(conn, employer, &key(name)).await?;
        if found.employment.is_none() {
            return Ok(None);
        }
    }
    let lines = spot.leaf.iter().map(|(l, _)| *l).chain(spot.below.iter().map(|(_, l)| *l));
    let asks = lines.into_iter().any(|l| matches!(l.when, When::Engaged | When::EngagedOrFull));
    if session.kind == PartyKind::Employer && asks {
        found.engagement = relations::engagement(conn, session.party, at).await?;
    }
    Ok(Some(found))
}

/// The place that a leaf is, for a viewer in these relations. `None` when it has none.
pub(crate) fn place(
    leaf: Leaf,
    session: &Session,
    party: &Party,
    relations: &Relations,
    now: i64,
) -> Option<Place> {
    let employment = relations.employment.as_ref();
    let engagement = relations.engagement.as_ref();
    let (owner, root, key) = match leaf {
        Leaf::EmployeeOverviews | Leaf::DeliverTo => {
            employment.map(|m| (m.person, m.overviews_root, m.age_key))?
        }
        Leaf::OnPaper => employment.map(|m| (m.employer, m.paper_root, m.employer_key))?,
        Leaf::ByEmployee => employment.map(|m| (m.person, m.up_root, m.person_key))?,
        Leaf::ToEmployee => employment.map(|m| (m.employer, m.down_root, m.employer_key))?,
        Leaf::ByEmployer => engagement.map(|g| (g.employer, g.up_root, g.employer_key))?,
        Leaf::ByOffice => engagement.map(|g| (g.office, g.down_root, g.office_key))?,
        Leaf::EmployerOverviews => match engagement {
            Some(g) => (g.employer, g.overviews_root, g.employer_key),
            None => (party.id, party.overviews_root?, party.age_key),
        },
        Leaf::Sets(_) => match engagement {
            Some(g) => (g.employer, g.sets_root, g.employer_key),
            None => (party.id, party.sets_root?, party.age_key),
        },
        Leaf::Own | Leaf::Drop | Leaf::Days | Leaf::Log => {
            (party.id, party.own_root?, party.age_key)
        }
        Leaf::Backups => (party.id, party.backups_root?, party.age_key),
    };
    let facts = Facts {
        // The path itself goes through the relation, so that whatever lies there is for this viewer.
        addressed: true,
        payslips: engagement.is_some_and(|g| g.payslips == "visible"),
        ended: employment.is_some_and(|m| m.until_ms <= now),
        ..Facts::default()
    };
    Some(Place {
        leaf,
        owner,
        owner_kind: leaf.owner(session.kind),
        relation: leaf.relation(session.kind),
        root,
        key,
        shelf: (None, 0),
        rest: Vec::new(),
        at: NOW,
        facts,
        relations: relations.clone(),
    })
}

/// Follows the names within an area, as far as they exist for the viewer. Fewer rows than names: the
/// first without one is not there.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub(crate) async fn reach(conn: &mut Conn, session: &Session, place: &Place) -> Result<Vec<Row>> {
    let mut rows = reach_any(conn, session, place).await?;
    if let Some(hidden) = rows.iter().position(|row| !place.shows(session, row)) {
        rows.truncate(hidden);
    }
    if let Some(last) = rows.last().filter(|r| r.is_folder() && r.is_dismissed())
        && place.is_shared_by_employee()
        && !still_shows(conn, last, place.at).await?
    {
        rows.pop();
    }
    Ok(rows)
}

/// As [`reach`], with what does not exist for the viewer.
pub(crate) async fn reach_any(
    conn: &mut Conn,
    session: &Session,
    place: &Place,
) -> Result<Vec<Row>> {
    if !place.is_overviews() {
        let keys: Vec<_> = place.rest.iter().map(|name| place.key(name)).collect();
        return nodes::walk(conn, place.root, place.at, ("", 0), &keys).await;
    }
    let [name] = place.rest.as_slice() else {
        return Ok(Vec::new());
    };
    let key = place.key(name);
    if place.is_by_placer() {
        let row = nodes::placed(conn, place.root, place.shelf(), session.party, &key).await?;
        return Ok(row.into_iter().collect());
    }
    nodes::walk(conn, place.root, place.at, place.shelf(), &[key]).await
}

/// Whether a folder that was forwarded away holds anything that was not: what its owner put there
/// since shows again.
pub(crate) async fn still_shows(conn: &mut Conn, folder: &Row, at: i64) -> Result<bool> {
    let below = nodes::subtree(conn, folder, at).await?;
    Ok(below.iter().any(|row| !row.is_folder() && !row.is_dismissed()))
}
