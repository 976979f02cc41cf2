//! A place: whose area, what the viewer is to its owner, and the path within it. A value; every verb
//! is a short match on it.

use super::Session;
use crate::catalog::nodes::{Row, Slot};
use crate::catalog::relations::{Employment, Engagement, Party};
use crate::catalog::walks::Emptied;
use crate::catalog::ways::Standing;
use crate::catalog::{KeyId, NOW, NodeId, PartyId};
use crate::dossier::name::is_clutter;
use crate::dossier::{
    Area, Error, Facts, Kind, Leaf, PartyKind, Relation, Result, Rights, kind, overview, rights,
};
use std::sync::Arc;

/// The relations that a path goes through.
#[derive(Clone, Debug, Default)]
pub(crate) struct Relations {
    /// The office's engagement with the employer.
    pub(crate) engagement: Option<Engagement>,
    /// The employment.
    pub(crate) employment: Option<Employment>,
    /// What else the catalog has of the viewer, where it was asked for any of this.
    pub(crate) standing: Option<Standing>,
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
    /// What the clock said when it was found.
    pub(crate) now: i64,
    /// The owner's name, where the viewer's tree has one for it.
    pub(crate) owner_name: Option<Arc<str>>,
    /// What holds for everything in it.
    pub(crate) facts: Facts,
    /// The relations that the path goes through.
    pub(crate) relations: Relations,
    /// Where what waits here is delivered once it is whole.
    pub(crate) waits_for: Option<Box<Place>>,
}

impl Place {
    /// What the viewer may do with a row here, or with something new here when there is none.
    pub(crate) fn rights(&self, session: &Session, row: Option<&Row>) -> Rights {
        let usable = self.leaf.narrows(self.rights_by_relation(session, row), session.scope);
        if self.at == NOW { usable } else { usable.only(Rights::READ) }
    }

    /// What it may do by what it is to the owner, whatever its credential reaches: the tree is the same for a
    /// credential that only reads.
    pub(crate) fn rights_by_relation(&self, session: &Session, row: Option<&Row>) -> Rights {
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
        let top = row.map_or(self.rest.len() < 2, |row| row.parent == self.root);
        let unseen = row.is_some_and(|row| row.shown_ms > self.now);
        let facts = Facts { placed, forwarded, within: !top, unseen, ..self.facts };
        rights(owner, self.leaf.area(), relation, facts)
    }

    /// Whether a row here exists for the viewer.
    pub(crate) fn shows(&self, session: &Session, row: &Row) -> bool {
        // A folder that was forwarded away shows again while it holds anything that was not, or is no longer, or
        // nothing at all that ever was there for the viewer: as `walks` finds, for rows that were asked for with that.
        let dismissed = !row.is_folder() && row.is_dismissed() && self.is_shared_by_employee();
        if dismissed || row.is_emptied() {
            return false;
        }
        // What a system leaves behind is for whoever put it there, and has no history.
        let clutter =
            self.is_clutter_row(row) && (row.placer != Some(session.party) || self.at != NOW);
        // A day view holds what its party owns, never what was forwarded through it.
        let past_forward = self.at != NOW && row.forward.is_some();
        self.rights(session, Some(row)).has(Rights::READ)
            && row.pending.is_none_or(|account| account == session.account)
            && !clutter
            && !past_forward
    }

    /// Whether other parties, the log and the history are spared what has this name here: a file that a
    /// system leaves behind, or what waits. Else a folder is a folder, whatever it is called.
    pub(crate) fn is_clutter(&self, name: &str, folder: bool) -> bool {
        self.is_waiting() || !folder && self.leaf != Leaf::Backups && is_clutter(name)
    }

    /// Whether of what lies in a folder here only what the viewer placed itself is in its sight, by the names that
    /// it gave.
    pub(crate) fn is_placed(&self, folder: NodeId) -> bool {
        self.is_by_placer() && (self.is_overviews() || folder == self.root)
    }

    /// Whether what lies here is on its way to somewhere else: nobody is told of it.
    pub(crate) fn is_waiting(&self) -> bool {
        self.leaf == Leaf::Waiting
    }

    /// The same of a row, by the name that it was given: a number may follow it for others.
    pub(crate) fn is_clutter_row(&self, row: &Row) -> bool {
        self.is_clutter(row.placer_name.as_ref().unwrap_or(&row.name), row.is_folder())
    }

    /// Whether what systems left behind here may be the viewer's: in an area of its own, where nobody else
    /// writes. To an overview's reader it is somebody else's, whoever that is.
    pub(crate) fn shows_clutter(&self) -> bool {
        self.is_sets() || self.relation == Relation::Owner && !self.is_overviews()
    }

    /// Whether what lies here is shared with another party.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.leaf.area(), Area::SharedUp | Area::SharedDown)
    }

    /// The parties that a change here concerns: the owner, the one it is shared with, and of an
    /// employee's overviews its employer.
    pub(crate) fn concerned(&self) -> Vec<PartyId> {
        let employment = self.relations.employment.as_ref();
        let engagement = self.relations.engagement.as_ref();
        let other = match self.leaf {
            Leaf::ByEmployee | Leaf::EmployeeOverviews => employment.map(|m| m.employer),
            Leaf::ToEmployee => employment.map(|m| m.person),
            Leaf::ByEmployer => engagement.map(|g| g.office),
            Leaf::ByOffice => engagement.map(|g| g.employer),
            // What an office does in a set it alone knows of; the employer is told when it sees the set.
            Leaf::Sets(_) if self.relation == Relation::Office => {
                return engagement.map(|g| g.office).into_iter().collect();
            }
            _ => None,
        };
        [self.owner].into_iter().chain(other).collect()
    }

    /// Where something of this name goes in a folder of an area without shelves.
    ///
    /// # Errors
    /// [`Error::BadName`] for a name that is not allowed here.
    pub(crate) fn slot_in(&self, parent: NodeId, name: &str) -> Result<Slot> {
        let policy = self.leaf.policy();
        let name = policy.accept(name).map_err(Error::BadName)?;
        let (kind, year) = self.shelf_in(parent);
        Ok(Slot {
            parent,
            kind: kind.to_owned(),
            year,
            key: policy.key(&name),
            name,
            placer: None,
            shown_ms: 0,
        })
    }

    /// Whether this is an employee's shared folder as its employer sees it.
    pub(crate) fn is_shared_by_employee(&self) -> bool {
        self.leaf == Leaf::ByEmployee && self.relation == Relation::Employer
    }

    /// Which folders here are out of the viewer's sight by what is in them: those that it forwarded away, and on an
    /// earlier day those that were made for what it forwarded.
    pub(crate) fn emptied(&self) -> Emptied {
        match self.leaf {
            _ if self.is_shared_by_employee() => Emptied::ForwardedAway,
            Leaf::ByEmployer if self.at != NOW => Emptied::MadeForForwards,
            _ => Emptied::Unasked,
        }
    }

    /// Whether a row here is the viewer's own doing: neither an overview nor a link to somebody
    /// else's document.
    pub(crate) fn is_own(&self, row: &Row) -> bool {
        let files = !self.is_overviews() && !self.is_sets();
        self.relation == Relation::Owner && row.forward.is_none() && files
    }

    /// Whether links here are the viewer's own forwards.
    pub(crate) fn ends_forwards(&self) -> bool {
        self.leaf == Leaf::ByEmployer && self.relation == Relation::Owner && self.at == NOW
    }

    /// Whether overviews lie here, on shelves, without folders of anyone's making.
    pub(crate) const fn is_overviews(&self) -> bool {
        matches!(self.leaf, Leaf::EmployeeOverviews | Leaf::EmployerOverviews | Leaf::OnPaper)
    }

    /// Which right it takes to change what lies here.
    pub(crate) const fn to_change(&self) -> Rights {
        if self.is_overviews() || self.is_sets() { Rights::REPLACE } else { Rights::WRITE }
    }

    /// Which right it takes to remove what lies here, but for what was forwarded.
    pub(crate) const fn to_remove(&self) -> Rights {
        if self.is_overviews() || self.is_sets() { Rights::REPLACE } else { Rights::TAKE }
    }

    /// Whether the viewer may put files and folders of its own here, where no sets lie.
    pub(crate) fn takes_own(&self, session: &Session) -> bool {
        self.rights(session, None).has(Rights::WRITE) && !self.is_overviews()
    }

    /// Whether sets lie here.
    pub(crate) const fn is_sets(&self) -> bool {
        matches!(self.leaf, Leaf::Sets(_))
    }

    /// Whether the viewer sees only what it placed itself, under its own names; of sets, at their top.
    pub(crate) fn is_by_placer(&self) -> bool {
        (self.is_overviews() || self.is_sets()) && self.relation == Relation::Office
    }

    /// The shelf as the catalog has it in a folder here: only the top of an area has any.
    pub(crate) fn shelf_in(&self, parent: NodeId) -> (&'static str, i64) {
        let at_top = (self.is_waiting() || self.is_sets()) && parent == self.root;
        let shelved = self.is_overviews() || at_top;
        if shelved { self.shelf() } else { ("", 0) }
    }

    /// The shelf as the catalog has it.
    pub(crate) fn shelf(&self) -> (&'static str, i64) {
        if let Leaf::Sets(state) = self.leaf {
            return (state.code(), 0);
        }
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

/// What an owner is called in the viewer's tree: itself, the employee or the employer in whose folder it is. Its
/// office an employer sees no name of.
fn owner_name(
    owner: PartyId,
    kind: PartyKind,
    party: &Party,
    relations: &Relations,
) -> Option<Arc<str>> {
    let (employment, engagement) = (&relations.employment, &relations.engagement);
    let name = match kind {
        _ if owner == party.id => Some(&party.name),
        PartyKind::Person => employment.as_ref().map(|m| &m.name),
        PartyKind::Employer if party.kind == PartyKind::Office.to_string() => {
            engagement.as_ref().map(|g| &g.folder)
        }
        PartyKind::Employer => employment.as_ref().map(|m| &m.person_folder),
        PartyKind::Office => None,
    };
    name.map(|name| Arc::from(name.as_str()))
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
        Leaf::OnPaper => employment.map(|m| (m.employer, m.paper_root, m.age_key))?,
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
        // What waits has a root of its account's own, by which `waiting` makes a place from this.
        Leaf::Own | Leaf::Deliver | Leaf::Waiting | Leaf::Receipts | Leaf::Days | Leaf::Log => {
            (party.id, party.own_root?, party.age_key)
        }
        Leaf::Refused => {
            let root = relations.standing.as_ref().and_then(|standing| standing.refused_root);
            (party.id, root.unwrap_or(NodeId(0)), party.age_key)
        }
        Leaf::Backups => (party.id, party.backups_root?, party.age_key),
    };
    let facts = Facts {
        // The path itself goes through the relation, so that whatever lies there is for this viewer.
        addressed: true,
        payslips: engagement.is_some_and(|g| g.payslips == "visible"),
        ended: employment.is_some_and(|m| m.until_ms <= now),
        decided: matches!(leaf, Leaf::Sets(state) if state.is_decided()),
        ..Facts::default()
    };
    Some(Place {
        leaf,
        owner,
        owner_name: owner_name(owner, leaf.owner(session.kind), party, relations),
        owner_kind: leaf.owner(session.kind),
        relation: leaf.relation(session.kind),
        root,
        key,
        shelf: (None, 0),
        rest: Vec::new(),
        at: NOW,
        now,
        facts,
        relations: relations.clone(),
        waits_for: None,
    })
}
