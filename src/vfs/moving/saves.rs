//! Saving as many programs do it: the old file is renamed or deleted, and the new one renamed to its name. The
//! document goes on under its name with the new content, and what was renamed away is another file with the old.
//!
//! Knows: what had a name, until when, and by whose hand it left. Must not know any program.

use crate::catalog::nodes::{self, Row, Slot};
use crate::catalog::{Conn, EmploymentId, NOW, NodeId, forwards, history, locks, log, versions};
use crate::dossier::{Deed, Leaf, Result};
use crate::vfs::asked::Asked;
use crate::vfs::change::end_out_of;
use crate::vfs::journal::{self, Subject};
use crate::vfs::read;
use crate::vfs::target::Target;

/// A save is done this long after the old file left its name, in milliseconds.
const DONE_WITHIN: i64 = 60_000;

/// A document that left its name to make place for its next version.
#[derive(Debug)]
pub(in crate::vfs) enum Left {
    /// It lies beside, under another name.
    Beside(Box<Row>),
    /// It ended at this instant, in Unix milliseconds.
    Ended(NodeId, i64),
}

/// The document that left this name within the last minute, if the renamed file is its next version:
///
/// - it left the name no more than a minute ago, and never left the folder;
/// - it had the name when the new file was made, or lost it within the minute before;
/// - nobody but this account touched it there since;
/// - it does not lie in backups: these are shared with nobody, and rotated.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub(in crate::vfs) async fn left(
    asked: &Asked,
    tx: &mut Conn,
    from: &Target,
    source: &Row,
    to: &Target,
) -> Result<Option<Left>> {
    let Asked { door, session, .. } = asked;
    let folder = to.parent();
    let beside = from.place.root == to.place.root && from.parent() == folder;
    let is_document = to.place.leaf != Leaf::Backups && !to.place.is_clutter(&to.name, false);
    let is_whole = !source.is_folder() && source.pending.is_none();
    if !beside || !is_document || !is_whole || to.found.is_some() {
        return Ok(None);
    }
    let now = door.clock.now();
    let left = history::left(tx, folder, &to.key, now - DONE_WITHIN).await?;
    // Else it is the old file that is put away, under a name that another had a moment ago.
    let is_newer = |left: &history::Left| {
        let since = left.from_ms.max(left.until_ms - DONE_WITHIN);
        since <= source.created && left.node < source.id
    };
    let Some(left) = left.filter(|left| left.is_whole_file() && is_newer(left)) else {
        return Ok(None);
    };
    let places = history::since(tx, &left).await?;
    let hands = log::moved(tx, left.node, left.until_ms).await?;
    let way = history::way_up(tx, folder, NOW).await?;
    // Nor did the folder: what was shared in it may be so no more.
    let stayed = places.iter().all(|(parent, _)| *parent == folder)
        && way.iter().all(|step| step.from_ms <= left.until_ms);
    let by_us = hands.iter().all(|(account, _)| *account == Some(session.account));
    if !stayed || !by_us {
        return Ok(None);
    }
    if let Some(row) = nodes::home(tx, left.node).await? {
        let free = locks::on(tx, row.id, now).await?.is_empty();
        let renamed = !hands.is_empty() && free && !to.place.is_clutter_row(&row);
        return Ok(renamed.then(|| Left::Beside(Box::new(row))));
    }
    let ended = places.last().map_or(left.until_ms, |(_, until)| *until);
    // What ended by other means than these, as by being delivered, went somewhere; and what was made after it was
    // deleted is another document.
    let deleted = source.created <= ended && hands.iter().any(|(_, at)| *at >= ended);
    Ok(deleted.then_some(Left::Ended(left.node, ended)))
}

/// Lets the document go on under its name, with the content of what is renamed to it.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub(in crate::vfs) async fn go_on(
    asked: &Asked,
    tx: &mut Conn,
    left: &Left,
    source: &Row,
    to: &Target,
) -> Result<()> {
    let Asked { door, session, .. } = asked;
    let now = door.clock.now();
    let mut new = read::head(tx, source).await?;
    to.free_name(tx, now).await?;
    locks::delete_below(tx, source.id).await?;
    if to.place.leaf == Leaf::ByEmployee {
        // Whoever was forwarded the new file was not forwarded what it is from now on.
        end_out_of(door, tx, session, source, now).await?;
    }
    nodes::end_placement(tx, source.placement, now).await?;
    match left {
        Left::Beside(row) => {
            let mut old = read::head(tx, row).await?;
            nodes::end_placement(tx, row.placement, now).await?;
            nodes::place(tx, row.id, &to.slot(), None, now).await?;
            let beside = to.place.slot_in(row.parent, &row.name)?;
            nodes::place(tx, source.id, &beside, None, now).await?;
            (new.node, old.node) = (row.id, source.id);
            versions::add_version(tx, &old, session.account, now).await?;
        }
        Left::Ended(node, _) => {
            versions::end_below(tx, source.id, now).await?;
            nodes::place(tx, *node, &to.slot(), None, now).await?;
            versions::add_used(tx, new.counts_for, new.size).await?;
            new.node = *node;
        }
    }
    versions::add_version(tx, &new, session.account, now).await?;
    locks::copy_properties(tx, source.id, new.node, session.party).await?;
    let readers = Subject::of(None, &to.name).to(&to.place.concerned());
    journal::note(door, tx, session, Deed::Replaced, Some(new.node), &readers).await?;
    let shared_with = to.place.relations.employment.as_ref();
    if let (Left::Ended(node, ended), Leaf::ByEmployee, Some(employment)) =
        (left, to.place.leaf, shared_with)
    {
        forward_again(asked, tx, (*node, *ended), employment.id, to).await?;
    }
    Ok(())
}

/// What this employer had forwarded when it was deleted is so again, where it still has a place for it.
async fn forward_again(
    asked: &Asked,
    tx: &mut Conn,
    (node, ended): (NodeId, i64),
    shared_in: EmploymentId,
    to: &Target,
) -> Result<()> {
    let Asked { door, session, .. } = asked;
    let now = door.clock.now();
    for link in forwards::ended_with(tx, node, ended, now).await? {
        let top = history::way_up(tx, link.parent, NOW).await?.last().map(|step| step.node);
        if link.employment != shared_in || top != Some(link.up_root) {
            continue;
        }
        let (engagement, employment) = (link.engagement, link.employment);
        let id =
            forwards::begin(tx, node, engagement, employment, link.is_moved(), None, now).await?;
        let slot = Slot::plain(link.parent, link.name.clone(), link.name_key.clone());
        nodes::place(tx, node, &slot, Some(id), now).await?;
        let subject = Subject::of(None, &link.name).worded_by(link.employer);
        let mut readers = subject.to(&[link.employer, link.office]);
        let office = door.party(tx, link.office).await?;
        readers.push((session.party, Subject::of(None, &to.name).saying(&office.name)));
        journal::note(door, tx, session, Deed::Forwarded, Some(node), &readers).await?;
    }
    Ok(())
}
