//! What waits to be delivered (PRODUCT.md section 5): files under the name of one that is still coming, empty
//! ones, what a broken connection left, and batches without their manifest. Each account has a place of its
//! own for them, seen by it alone, and they show in the folder where they were put.

use crate::catalog::nodes::{self, Row};
use crate::catalog::walks::{self, Emptied, With};
use crate::catalog::{Conn, NOW, NodeId, intake};
use crate::dossier::delivery::{is_batch, is_waiting_name};
use crate::dossier::{DossierPath, Error, Leaf, Relation, Result, Rights};
use crate::vfs::asked::Asked;
use crate::vfs::door::Door;
use crate::vfs::place::Place;
use crate::vfs::resolve::{self, Found};
use crate::vfs::target::{self, Target};
use crate::vfs::{Session, random_id};

/// The root of an account for which nothing ever waited.
const NOTHING_YET: NodeId = NodeId(0);

/// How much is fetched at once.
const PAGE: i64 = 10_000;

/// Whatever systems left behind there too.
const ALL: With = With { clutter: true, emptied: Emptied::Unasked };

/// How deep folders of an administration go: the LHN, and a personnel number in it.
const DEPTH: usize = 2;

impl Place {
    /// Whether the viewer hands things in here.
    pub(in crate::vfs) fn takes_deliveries(&self, session: &Session) -> bool {
        self.at == NOW
            && (self.leaf.reads_names()
                || self.leaf == Leaf::EmployerOverviews
                    && self.rights_by_relation(session, None).has(Rights::PLACE))
    }

    /// Where what is put here is handed in: here, or, where it waits, where it was put.
    pub(in crate::vfs) fn handed_in_at(&self) -> &Self {
        self.waits_for.as_deref().unwrap_or(self)
    }

    /// Whether what is put here is delivered when it is whole, by its name.
    pub(in crate::vfs) fn is_delivery(&self) -> bool {
        let at = self.handed_in_at();
        at.leaf.delivers() && !at.waits_by_name()
    }

    /// Whether what has this path waits, however whole it is.
    fn waits_by_name(&self) -> bool {
        self.rest.last().is_some_and(|name| is_waiting_name(name)) || self.is_in_batch()
    }

    /// Whether it is a file in a folder that waits for a manifest.
    pub(in crate::vfs) fn is_in_batch(&self) -> bool {
        let top = self.rest.first().filter(|_| self.rest.len() > 1);
        self.leaf == Leaf::Deliver && top.is_some_and(|folder| is_batch(folder))
    }

    /// Whether folders that are missing on the way are made: those of an administration are there for whoever
    /// asks for them.
    pub(in crate::vfs) fn makes_folders(&self) -> bool {
        let at = self.handed_in_at();
        at.leaf == Leaf::Deliver && at.rest.len() <= DEPTH + 1 && !at.is_in_batch()
    }

    /// The folder of its own in which an account's waiting files for this place lie, as one number.
    fn waiting_shelf(&self) -> i64 {
        let relations = &self.relations;
        match self.leaf {
            Leaf::DeliverTo => relations.employment.as_ref().map_or(0, |m| -m.id.0),
            Leaf::EmployerOverviews => self.owner.0 * 10_000 + self.shelf.1,
            _ => 0,
        }
    }
}

/// Where what is put into a place waits.
///
/// # Errors
/// [`Error::Unavailable`].
pub(in crate::vfs) async fn waiting(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    place: &Place,
) -> Result<Place> {
    let root = match (session.waiting_root, &place.relations.standing) {
        (None, Some(standing)) => standing.waiting_root,
        (None, None) => intake::roots(conn, session.account).await?.0,
        (root, _) => root,
    };
    Ok(Place {
        leaf: Leaf::Waiting,
        owner: session.party,
        owner_kind: session.kind,
        relation: Relation::Owner,
        root: root.unwrap_or(NOTHING_YET),
        key: door.party(conn, session.party).await?.age_key,
        shelf: (place.shelf.0, place.waiting_shelf()),
        waits_for: Some(Box::new(place.clone())),
        ..place.clone()
    })
}

/// The place that a path leads to, where something can wait: that of what waits, when it does; and the rows of what
/// waits, as far as they are there.
///
/// # Errors
/// [`Error::Unavailable`].
pub(in crate::vfs) async fn redirect(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    place: Place,
) -> Result<(Place, Option<Vec<Row>>)> {
    if place.rest.is_empty() || !place.takes_deliveries(session) {
        return Ok((place, None));
    }
    let waiting = waiting(door, conn, session, &place).await?;
    let rows = reach(conn, session, &waiting).await?;
    let waits = place.waits_by_name() || rows.len() == waiting.rest.len();
    Ok((if waits { waiting } else { place }, Some(rows)))
}

/// Finds where something waits, or would, and makes what is missing on the way.
///
/// # Errors
/// As [`target::aim`].
pub(in crate::vfs) async fn aim(asked: &Asked, tx: &mut Conn) -> Result<Target> {
    let Asked { door, session, path, .. } = asked;
    let Found::Area(place) = resolve::resolve(door, tx, session, path).await? else {
        return Err(Error::Denied);
    };
    let mut place = match place.leaf {
        Leaf::Waiting => *place,
        _ if place.takes_deliveries(session) => waiting(door, tx, session, &place).await?,
        _ => return Err(Error::Denied),
    };
    let now = door.clock.now();
    if place.root == NOTHING_YET {
        place.root = intake::make_waiting_root(tx, session.account, &random_id()?, now).await?;
    }
    let mut target = target::within(tx, session, place).await?;
    while target.missing > 0 {
        let depth = target.above.len();
        let name = target.place.rest.get(depth).cloned().unwrap_or_default();
        let slot = target.place.slot_in(target.parent(), &name)?;
        let node = nodes::make_folder(tx, &random_id()?, Some(session.party), now).await?;
        nodes::place(tx, node, &slot, None, now).await?;
        target = target::within(tx, session, target.place).await?;
    }
    Ok(target)
}

/// The same of a target that was found at a path, where something waits there.
///
/// # Errors
/// As [`target::aim`].
pub(in crate::vfs) async fn aim_at(
    asked: &Asked,
    tx: &mut Conn,
    found: Target,
    path: &DossierPath,
) -> Result<Target> {
    if !found.place.is_waiting() {
        return Ok(found);
    }
    aim(&asked.at(path.clone()), tx).await
}

/// The rows down to what waits at a place, as far as they are there.
pub(in crate::vfs) async fn reach(
    conn: &mut Conn,
    session: &Session,
    waiting: &Place,
) -> Result<Vec<Row>> {
    if waiting.root == NOTHING_YET {
        return Ok(Vec::new());
    }
    resolve::reach(conn, session, waiting).await
}

/// All that waits in a folder: of a place itself what is at its top, of one in it what is there.
///
/// # Errors
/// [`Error::Unavailable`].
pub(in crate::vfs) async fn children(
    conn: &mut Conn,
    session: &Session,
    waiting: &Place,
    parent: NodeId,
) -> Result<Vec<Row>> {
    let (mut all, mut after): (Vec<Row>, _) = (Vec::new(), String::new());
    if parent == NOTHING_YET {
        return Ok(all);
    }
    loop {
        let shelf = waiting.shelf_in(parent);
        let page = walks::children(conn, parent, NOW, shelf, (&after, PAGE), ALL).await?;
        let whole = i64::try_from(page.len()).is_ok_and(|n| n < PAGE);
        after = page.last().map(|row| row.name_key.clone()).unwrap_or_default();
        all.extend(page.iter().filter(|row| waiting.shows(session, row)).cloned());
        if whole {
            return Ok(all);
        }
    }
}

/// The files that wait in the folder of one that waits.
///
/// # Errors
/// [`Error::Unavailable`].
pub(in crate::vfs) async fn files_beside(
    conn: &mut Conn,
    session: &Session,
    waiting: &Place,
) -> Result<Vec<Row>> {
    let above = waiting.rest.split_last().map_or(&[][..], |(_, above)| above).to_vec();
    let folder = Place { rest: above, ..waiting.clone() };
    let rows = resolve::reach(conn, session, &folder).await?;
    let Some(row) = rows.last().filter(|_| rows.len() == folder.rest.len()) else {
        return Ok(Vec::new());
    };
    let mut all = children(conn, session, waiting, row.id).await?;
    all.retain(|row| !row.is_folder());
    Ok(all)
}
