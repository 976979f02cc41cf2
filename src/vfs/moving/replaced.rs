//! What gives way to what is moved or copied there: whether it may, and whose log says so.
//!
//! Knows what had the name. Must not know whether a move or a copy took it.

use crate::catalog::Conn;
use crate::catalog::nodes::Row;
use crate::dossier::{Deed, Error, Result};
use crate::vfs::asked::Asked;
use crate::vfs::journal::{self, Subject};
use crate::vfs::sets;
use crate::vfs::target::Target;

/// Whether what has the target's name may give way to something of the viewer's own.
///
/// # Errors
/// [`Error::Exists`] without `overwrite`; [`Error::Denied`] for a link; [`Error::KindsMeet`] for a file over a folder,
/// or a folder over a file, where others know it.
pub(super) fn may_give_way(to: &Target, found: &Row, by: &Row, overwrite: bool) -> Result<()> {
    if !overwrite {
        Err(Error::Exists)
    } else if found.forward.is_some() {
        Err(Error::Denied)
    } else if found.is_folder() != by.is_folder() && to.place.is_shared() {
        Err(Error::KindsMeet)
    } else {
        Ok(())
    }
}

/// Whether anybody but its account knew of what has the target's name.
pub(in crate::vfs) fn was_known(to: &Target, replaced: &Row) -> bool {
    replaced.pending.is_none() && !to.place.is_clutter_row(replaced)
}

/// Whether what is laid over something is its next version: a file over a file.
pub(in crate::vfs) const fn goes_on(replaced: &Row, by: &Row) -> bool {
    !replaced.is_folder() && !by.is_folder()
}

/// Tells of what had the target's name that something else was laid over it, as of its deletion, or where it goes on
/// as of a new version: by what is told then, and to whom.
///
/// # Errors
/// [`Error::Unavailable`].
pub(in crate::vfs) async fn note(
    asked: &Asked,
    tx: &mut Conn,
    to: &Target,
    replaced: &Row,
    by: &Row,
) -> Result<()> {
    let Asked { door, session, .. } = asked;
    if !was_known(to, replaced) {
        return Ok(());
    }
    if to.place.is_sets() && to.above.is_empty() {
        return sets::note_withdrawn(door, tx, session, to, replaced).await;
    }
    let (deed, subject) = if goes_on(replaced, by) {
        (Deed::Replaced, Subject::of(None, &to.name))
    } else {
        (Deed::Deleted, Subject::seen(&to.place, replaced))
    };
    let readers = subject.to(&to.concerned());
    journal::note(door, tx, session, deed, Some(replaced.id), &readers).await
}
