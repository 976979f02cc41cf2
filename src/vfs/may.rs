//! What the verbs would answer, to be shown as permissions and read-only marks.
//!
//! Knows places and rights. No verb asks it: each judges for itself, and a test compares them.

use super::place::Place;
use super::{May, Session};
use crate::catalog::nodes::Row;
use crate::dossier::kind::KindRow;
use crate::dossier::{Leaf, Relation, Rights};

impl Place {
    /// What the viewer may do with a row here that it has these rights to.
    pub(super) fn may(&self, row: &Row, rights: Rights) -> May {
        let placed = self.is_overviews() || self.is_sets();
        let change = rights.has(self.to_change());
        let decides = rights.has(Rights::DECIDE) && row.parent == self.root;
        let moves = rights.has(Rights::TAKE) || rights.has(Rights::FORWARD) || decides;
        let remove = if row.forward.is_some() { Rights::FORWARD } else { self.to_remove() };
        let removes = rights.has(remove) && (row.forward.is_none() || self.ends_forwards());
        // A folder that waits is one by its name.
        let named = self.is_overviews() || (self.is_waiting() && row.is_folder());
        // The reason of its employer lies in a set itself.
        let of_set = self.is_sets() && self.relation == Relation::Owner;
        let takes = row.is_folder() && (!of_set || row.parent == self.root);
        let inside = if takes { self.may_make(rights, true) } else { May::default() };
        May::READ
            | May::NOTE.when(change)
            | May::WRITE.when(change && !row.is_folder())
            | May::RENAME.when(change && !named)
            | May::MOVE.when(moves && !placed || decides)
            | May::REMOVE.when(removes)
            | inside
    }

    /// What the viewer may do with the top of an area, or a folder that is there for whoever asks.
    pub(super) fn may_at_top(&self, session: &Session) -> May {
        May::READ | self.may_make(self.rights(session, None), false)
    }

    /// What the viewer may do with what it delivered a moment ago, which is only listed here.
    pub(super) fn may_with_delivered(&self, session: &Session) -> May {
        (May::WRITE | May::NOTE | May::REMOVE).when(self.rights(session, None).has(Rights::PLACE))
    }

    /// What may be made in a folder here, below the top or at it.
    fn may_make(&self, rights: Rights, below: bool) -> May {
        let both = May::MAKE_FILE | May::MAKE_FOLDER;
        let (places, writes) = (rights.has(Rights::PLACE), rights.has(Rights::WRITE));
        match self.leaf {
            // Its reason, in a set.
            Leaf::Sets(_) if self.relation == Relation::Owner => {
                May::MAKE_FILE.when(places && below)
            }
            Leaf::Sets(_) if below => both.when(places),
            Leaf::Sets(_) => May::MAKE_FOLDER.when(places),
            Leaf::Deliver => both.when(places),
            Leaf::DeliverTo => May::MAKE_FILE.when(places),
            Leaf::EmployerOverviews => {
                let to_employer = self.shelf.0.is_some_and(KindRow::is_placed_by_hand);
                May::MAKE_FILE.when(places && to_employer)
            }
            leaf => both.when(writes && leaf.holds_files() && !self.is_overviews()),
        }
    }
}
