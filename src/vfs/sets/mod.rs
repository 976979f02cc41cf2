//! Sets (PRODUCT.md section 6): who may put what in one, under which names it is known, and from when its
//! employer sees it. What is decided on them is `decide`, what comes of that `release`.

mod decide;
mod release;
mod told;

pub use decide::SetEntry;
pub(super) use release::Release;
pub(super) use told::close;

use super::Session;
use super::asked::Asked;
use super::door::Door;
use super::journal::{self, Subject};
use super::moving::copy;
use super::moving::relocate::Move;
use super::place::Place;
use super::target::{self, Target};
use crate::catalog::nodes::{self, Row, Slot};
use crate::catalog::{Conn, NOW, NodeId, PartyId, Transaction, sets, walks};
use crate::dossier::name::{Policy, numbered};
use crate::dossier::{
    Deed, DossierPath, Error, Leaf, Relation, Result, Rights, SetState, set, tree,
};
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use std::collections::HashMap;

/// Stands for a set that is not there yet.
const NEW: NodeId = NodeId(0);

/// How often a folder is handed over anew when something in it changes meanwhile.
const TRIES: usize = 3;

/// Whether the viewer may put a file or folder here: an office whatever it likes in a folder of its own, the
/// employer its reason.
///
/// # Errors
/// [`Error::Denied`].
pub(super) fn may_put(session: &Session, target: &Target, folder: bool) -> Result<()> {
    let names = &target.place.rest;
    let fits = match target.place.relation {
        Relation::Owner => !folder && set::is_reason(names),
        _ => names.len() > usize::from(!folder) && !set::is_reason(names),
    };
    let needed = if target.found.is_some() { Rights::REPLACE } else { Rights::PLACE };
    if fits && target.rights(session).has(needed) { Ok(()) } else { Err(Error::Denied) }
}

/// The office that placed something in the sets of an employer, while it works for that.
pub(super) fn office_of(place: &Place, row: &Row) -> Option<PartyId> {
    let engagement = place.relations.engagement.as_ref();
    engagement.map(|engagement| engagement.office).filter(|office| row.placer == Some(*office))
}

/// From when its employer sees a set that changes now.
fn quiet_at(door: &Door) -> i64 {
    door.clock.now().saturating_add(door.set_quiet)
}

/// Where something goes. A set gets a name that its placer knows it by, and one that is free among all of its
/// employer's, so that whatever is decided its name is not taken there. `node` is what goes there. One that
/// comes `whole` is seen by its employer at once, unless another had its name until just now: that may be the
/// one that its employer is about to decide on.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn slot(
    asked: &Asked,
    tx: &mut Conn,
    target: &Target,
    node: Option<NodeId>,
    whole: bool,
) -> Result<Slot> {
    let Asked { door, session, .. } = asked;
    let (place, now) = (&target.place, door.clock.now());
    if !place.is_sets() || place.rest.len() != 1 {
        return Ok(target.slot());
    }
    let known = Known { root: place.root, node: node.unwrap_or(NEW) };
    let shown = known.free(tx, &target.name).await?;
    let given = known.free_of(tx, session.party, place.shelf().0, &target.name).await?;
    let lately = now.saturating_sub(door.set_quiet);
    let at_once =
        whole && !sets::had(tx, place.root, &Policy::Portable.key(&shown), lately).await?;
    let shown_ms = if at_once { now } else { quiet_at(door) };
    Ok(known.slot(place.shelf().0, &shown, (session.party, given), shown_ms))
}

/// A set among all of its employer's.
struct Known {
    root: NodeId,
    node: NodeId,
}

impl Known {
    /// A name that no other set of the employer has.
    async fn free(&self, tx: &mut Conn, name: &str) -> Result<String> {
        for n in 1.. {
            let name = numbered(name, true, n);
            if !sets::name_taken(tx, self.root, &Policy::Portable.key(&name), self.node).await? {
                return Ok(name);
            }
        }
        Err(Error::Unavailable)
    }

    /// A name that no other set of its placer has in that state.
    async fn free_of(
        &self,
        tx: &mut Conn,
        placer: PartyId,
        state: &str,
        name: &str,
    ) -> Result<String> {
        for n in 1.. {
            let name = numbered(name, true, n);
            let key = Policy::Portable.key(&name);
            if !sets::given_taken(tx, self.root, state, (placer, &key), self.node).await? {
                return Ok(name);
            }
        }
        Err(Error::Unavailable)
    }

    /// Where it lies, by the name that its employer sees and the one that its placer gave it.
    fn slot(
        &self,
        state: &str,
        shown: &str,
        (placer, given): (PartyId, String),
        shown_ms: i64,
    ) -> Slot {
        let key = Policy::Portable.key(&given);
        Slot {
            parent: self.root,
            kind: state.to_owned(),
            year: 0,
            name: shown.to_owned(),
            key: Policy::Portable.key(shown),
            placer: Some((placer, given, key)),
            shown_ms,
        }
    }
}

/// After a change by its placer a set is out of its employer's sight until it is quiet again.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn touch(door: &Door, tx: &mut Conn, target: &Target) -> Result<()> {
    let place = &target.place;
    if !place.is_sets() || place.relation == Relation::Owner {
        return Ok(());
    }
    match target.above.first() {
        Some(set) => sets::show_from(tx, set.placement, quiet_at(door)).await,
        None => Ok(()),
    }
}

/// Something is on its way into a set.
pub(super) struct Touch(pub(super) Asked);

impl Transaction for Touch {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        let Asked { door, session, path, .. } = &self.0;
        let target = target::aim(door, tx, session, path).await?;
        if target.place.is_clutter(&target.name, false) {
            return Ok(());
        }
        touch(door, tx, &target).await
    }
}

/// An office took back a set, or something in one; or an employer its reason.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn withdrew(
    door: &Door,
    tx: &mut Conn,
    session: &Session,
    target: &Target,
    row: &Row,
) -> Result<()> {
    let place = &target.place;
    if place.is_clutter_row(row) {
        return Ok(());
    }
    touch(door, tx, target).await?;
    if target.above.is_empty() {
        return note_withdrawn(door, tx, session, target, row).await;
    }
    let readers = Subject::seen(place, row).to(&target.concerned());
    journal::note(door, tx, session, Deed::Deleted, Some(row.id), &readers).await
}

/// Tells of a set that its office took back, or that another took the place of.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn note_withdrawn(
    door: &Door,
    tx: &mut Conn,
    session: &Session,
    target: &Target,
    set: &Row,
) -> Result<()> {
    let mut readers = Subject::seen(&target.place, set).to(&target.concerned());
    readers.extend(lost(door, tx, &target.place, set).await?);
    journal::note(door, tx, session, Deed::Withdrew, Some(set.id), &readers).await
}

/// What the employer of a set that goes out of its sight for good is told: by the name that it knew it by, if it
/// ever did.
async fn lost(
    door: &Door,
    tx: &mut Conn,
    place: &Place,
    set: &Row,
) -> Result<Option<(PartyId, Subject)>> {
    let seen = (set.shown_ms <= door.clock.now()).then(|| set.name.clone());
    let known = match seen {
        Some(name) => Some(name),
        None => sets::told_as(tx, set.id).await?,
    };
    Ok(known.map(|name| (place.owner, Subject::of(None, &name))))
}

/// What lies in a set, by the path in it: what is decided on.
///
/// # Errors
/// [`Error::Unavailable`].
async fn files(conn: &mut Conn, top: &Row) -> Result<Vec<(String, Row)>> {
    let mut folders: HashMap<NodeId, String> = HashMap::from([(top.id, String::new())]);
    let mut files = Vec::new();
    for row in nodes::subtree(conn, top, NOW).await?.into_iter().skip(1) {
        let Some(above) = folders.get(&row.parent) else { continue };
        let path = format!("{above}{}", row.name);
        if row.is_folder() {
            folders.insert(row.id, format!("{path}/"));
        } else if !crate::dossier::name::is_clutter(&row.name)
            && row.pending.is_none()
            && !set::is_reason(&["", &path])
        {
            files.push((path, row));
        }
    }
    Ok(files)
}

/// By what it is known what is in a set, in hex.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn hash(conn: &mut Conn, top: &Row) -> Result<String> {
    let digests: Vec<(String, String)> = files(conn, top)
        .await?
        .into_iter()
        .map(|(path, row)| (path, HEXLOWER.encode(&row.sha256.unwrap_or_default())))
        .collect();
    let text = set::contents(digests.iter().map(|(path, sha256)| (&**path, &**sha256)));
    Ok(HEXLOWER.encode(digest(&SHA256, text.as_bytes()).as_ref()))
}

/// Something is moved within the sets of an employer: its office names it, its employer decides on it.
///
/// # Errors
/// [`Error::Denied`] for any other move; as [`super::Vfs::relocate`].
pub(super) async fn relocate(
    work: &Move,
    tx: &mut Conn,
    from: &Target,
    source: &Row,
    to: &Target,
) -> Result<bool> {
    let Leaf::Sets(state) = to.place.leaf else { return Err(Error::Denied) };
    if from.place.relation == Relation::Owner {
        return decide::decide(work, tx, from, source, (to, state)).await;
    }
    let Asked { door, session, .. } = &work.asked;
    if from.place.root != to.place.root || !from.rights(session).has(Rights::REPLACE) {
        return Err(Error::Denied);
    }
    may_put(session, to, source.is_folder())?;
    if to.place.rest.len() == 1 && holds_reason(tx, source).await? {
        return Err(Error::Denied);
    }
    let replaced = work.may_lay(tx, from, source, to).await?.is_some();
    work.lay(tx, from, source, to).await?;
    let clutter = |target: &Target| target.place.is_clutter(&target.name, source.is_folder());
    if !(clutter(from) && clutter(to)) {
        touch(door, tx, from).await?;
        touch(door, tx, to).await?;
    }
    if !clutter(to) {
        let readers = Subject::seen(&from.place, source).saying(&to.name);
        let readers = readers.to(&to.place.concerned());
        journal::note(door, tx, session, Deed::Renamed, Some(source.id), &readers).await?;
    }
    if from.above.is_empty()
        && !to.above.is_empty()
        && let Some(lost) = lost(door, tx, &from.place, source).await?
    {
        // It is a folder of another set from now on.
        journal::note(door, tx, session, Deed::Withdrew, Some(source.id), &[lost]).await?;
    }
    Ok(!replaced)
}

/// Whether a folder has what would be the reason of a set.
async fn holds_reason(tx: &mut Conn, folder: &Row) -> Result<bool> {
    let key = [Policy::Portable.key(set::REASON)];
    Ok(!walks::walk(tx, folder.id, NOW, ("", 0), &key).await?.is_empty())
}

/// Whether what is to be copied may go into a set: an office's own, whole, and without what would be the
/// employer's reason; or that reason.
///
/// # Errors
/// [`Error::Denied`].
pub(super) fn may_hand_over<'r>(
    session: &Session,
    source: &Target,
    rows: impl Iterator<Item = &'r Row>,
    to: &Target,
) -> Result<()> {
    let top = source.existing()?;
    let is_set = to.place.rest.len() == 1;
    let reason = |row: &Row| {
        is_set && row.parent == top.id && row.name_key == Policy::Portable.key(set::REASON)
    };
    for row in rows {
        if !source.place.is_own(row) || row.pending.is_some() || reason(row) {
            return Err(Error::Denied);
        }
    }
    may_put(session, to, top.is_folder())
}

/// Hands a folder or file of an office's own over into a set: written anew under the employer's key, it leaves
/// where it was. `None` when it goes somewhere else.
///
/// # Errors
/// As [`super::Vfs::relocate`].
pub(super) async fn by_move(
    asked: &Asked,
    to: &DossierPath,
    overwrite: bool,
) -> Result<Option<bool>> {
    let leaf = |path: &DossierPath| {
        tree::locate(asked.session.viewer(), path.parts()).leaf.map(|(line, _)| line.leaf)
    };
    let is_sets = |path| matches!(leaf(path), Some(Leaf::Sets(_)));
    if !is_sets(to) || is_sets(&asked.path) {
        return Ok(None);
    }
    for _ in 0..TRIES {
        match copy::take_along(asked.clone(), to, overwrite).await {
            // Something in it changed meanwhile.
            Err(Error::Precondition) if !asked.conditions.are_any() => {}
            done => return done.map(Some),
        }
    }
    Err(Error::Precondition)
}

/// Whether a move may have approved a set: the path alone tells.
pub(super) fn may_approve(asked: &Asked, to: &DossierPath) -> bool {
    let spot = tree::locate(asked.session.viewer(), to.parts());
    spot.leaf.is_some_and(|(line, _)| line.leaf == Leaf::Sets(SetState::Approved))
}
