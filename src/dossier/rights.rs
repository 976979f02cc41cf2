//! "Who may see this?" is answered here and nowhere else: one function, its table a golden file,
//! the same table in the README.

use super::party::PartyKind;
use std::fmt;
use std::ops::BitOr;

/// What a party owns (PRODUCT.md section 2). A document lies in one area of one owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Area {
    /// Overviews: of an employee (one area per employment) or of an employer.
    Overviews,
    /// Own files.
    Own,
    /// Shared one level up: employee with employer, employer with office.
    SharedUp,
    /// Shared one level down: office with one employer, employer with one employee.
    SharedDown,
    /// Sets of an employer, to be reviewed or decided on.
    Sets,
    /// Delivery, receipts and refusals.
    Delivery,
    /// Backups.
    Backups,
    /// The party's log.
    Log,
}

impl Area {
    /// Every area, in the order of the table.
    pub const ALL: [Self; 8] = [
        Self::Overviews,
        Self::Own,
        Self::SharedUp,
        Self::SharedDown,
        Self::Sets,
        Self::Delivery,
        Self::Backups,
        Self::Log,
    ];
}

/// What the viewer is to the owner of an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// The owner itself.
    Owner,
    /// The owner's employer: of that employment; of an office, an employer that it works for.
    Employer,
    /// The office that works for the owner, or for the employer of that employment, now.
    Office,
    /// An employee of the owner.
    Employee,
    /// None of these.
    Stranger,
}

impl Relation {
    /// Every relation, in the order of the table.
    pub const ALL: [Self; 5] =
        [Self::Owner, Self::Employer, Self::Office, Self::Employee, Self::Stranger];
}

/// What else decides, of one document or folder and one viewer.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Facts {
    /// The viewer placed it.
    pub placed: bool,
    /// It is forwarded to the viewer.
    pub forwarded: bool,
    /// The area is shared with this viewer and no other of its kind.
    pub addressed: bool,
    /// The engagement says `payslips = "visible"`.
    pub payslips: bool,
    /// The employment that the area belongs to has ended.
    pub ended: bool,
    /// It lies in a set that the viewer sees.
    pub within: bool,
    /// The set was decided on.
    pub decided: bool,
    /// The set is not quiet yet.
    pub unseen: bool,
}

/// What a viewer may do. Without [`Rights::READ`] a document does not exist for the viewer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rights(u8);

impl Rights {
    /// Nothing: it does not exist.
    pub const NONE: Self = Self(0);
    /// See it, list it, open it.
    pub const READ: Self = Self(1);
    /// Make files and folders, write, rename.
    pub const WRITE: Self = Self(2);
    /// Move it out, delete it.
    pub const TAKE: Self = Self(4);
    /// Put an overview, a set or the reason of a decision there.
    pub const PLACE: Self = Self(8);
    /// Replace and withdraw it.
    pub const REPLACE: Self = Self(16);
    /// Forward it to the office.
    pub const FORWARD: Self = Self(32);
    /// Approve or reject it.
    pub const DECIDE: Self = Self(64);
    /// Read, write and take: what an owner may do with its own files.
    pub const ALL: Self = Self(1 | 2 | 4);

    const LETTERS: [(Self, char); 7] = [
        (Self::READ, 'r'),
        (Self::WRITE, 'w'),
        (Self::TAKE, 't'),
        (Self::PLACE, 'p'),
        (Self::REPLACE, 'x'),
        (Self::FORWARD, 'f'),
        (Self::DECIDE, 'd'),
    ];

    /// Whether all of `other` is allowed.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These as far as they are in `other` too.
    pub const fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// These without `other`.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// These where `yes`, else nothing.
    const fn when(self, yes: bool) -> Self {
        if yes { self } else { Self::NONE }
    }
}

impl BitOr for Rights {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Rights {
    /// One letter per right, `-` for none, as in the table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NONE {
            return f.write_str("-");
        }
        Self::LETTERS.iter().filter(|(r, _)| self.has(*r)).try_for_each(|(_, c)| write!(f, "{c}"))
    }
}

/// Who may see and do what: the table of PRODUCT.md section 2, one line per cell that is not
/// "nothing". What has no line does not exist for the viewer.
#[expect(clippy::match_same_arms, reason = "one line per cell of the table")]
pub fn rights(owner: PartyKind, area: Area, viewer: Relation, is: Facts) -> Rights {
    use Area as A;
    use PartyKind as P;
    use Relation as V;
    match (owner, area, viewer) {
        // Rules 1 and 3: the receiver reads; its employer reads, and delivers and manages what it
        // delivered; the office does so too, and reads that only with payslips = "visible".
        (P::Person, A::Overviews, V::Owner) => Rights::READ,
        (P::Person, A::Overviews, V::Employer) => {
            Rights::READ | Rights::PLACE | Rights::REPLACE.when(is.placed)
        }
        (P::Person, A::Overviews, V::Office) => {
            let reads = Rights::READ.when(is.placed && is.payslips);
            Rights::PLACE | Rights::REPLACE.when(is.placed) | reads
        }
        // Rules 2 and 3: the employer reads what was placed for it, the office only its own.
        (P::Employer, A::Overviews, V::Owner) => Rights::READ | Rights::REPLACE.when(is.placed),
        (P::Employer, A::Overviews, V::Office) => {
            Rights::PLACE | (Rights::READ | Rights::REPLACE).when(is.placed)
        }
        // Rule 4: what a party places itself is private to it.
        (_, A::Own | A::Backups, V::Owner) => Rights::ALL,
        // Rule 5: sharing goes one level, up or down.
        (P::Person, A::SharedUp, V::Owner) => {
            Rights::READ | Rights::TAKE | Rights::WRITE.when(!is.ended)
        }
        (P::Person, A::SharedUp, V::Employer) => Rights::READ | Rights::FORWARD,
        (P::Person, A::SharedUp, V::Office) => Rights::READ.when(is.forwarded),
        (P::Employer, A::SharedUp, V::Owner) => Rights::ALL,
        (P::Employer, A::SharedUp, V::Office) => Rights::READ,
        (P::Office | P::Employer, A::SharedDown, V::Owner) => Rights::ALL,
        (P::Office, A::SharedDown, V::Employer) => Rights::READ.when(is.addressed),
        (P::Employer, A::SharedDown, V::Employee) => Rights::READ.when(is.addressed),
        // The green light.
        (P::Employer, A::Sets, V::Owner) => {
            // What it places is its reason, before or after the decision.
            let decides = Rights::DECIDE.when(!is.decided);
            let all = Rights::READ | Rights::PLACE | decides | Rights::REPLACE.when(is.placed);
            all.when(!is.unseen)
        }
        (P::Employer, A::Sets, V::Office) => {
            let changes = Rights::PLACE | Rights::REPLACE.when(is.placed);
            Rights::READ.when(is.placed || is.within) | changes.when(!is.decided)
        }
        // The party itself alone.
        (P::Office | P::Employer, A::Delivery, V::Owner) => {
            Rights::READ | Rights::WRITE | Rights::TAKE | Rights::PLACE
        }
        (_, A::Log, V::Owner) => Rights::READ,
        _ => Rights::NONE,
    }
}

/// The whole of [`rights`] as text, for the golden file and the README: one line per owner and
/// area, one column per relation; where facts matter, each that changes the answer is named.
pub fn table() -> String {
    let mut out = String::from(
        "| owner | area | owner itself | its employer | its office | its employee | anybody else |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for owner in [PartyKind::Person, PartyKind::Employer, PartyKind::Office] {
        for area in Area::ALL {
            let cells: Vec<_> = Relation::ALL.iter().map(|v| cell(owner, area, *v)).collect();
            out += &format!("| {owner} | {area:?} | {} |\n", cells.join(" | "));
        }
    }
    out
}

/// One cell: the rights without any fact, then each fact or pair of facts that adds or removes some.
fn cell(owner: PartyKind, area: Area, viewer: Relation) -> String {
    let plain = Facts::default();
    let base = rights(owner, area, viewer, plain);
    let mut text = base.to_string();
    let placed = Facts { placed: true, ..plain };
    for (name, facts) in [
        ("placed", placed),
        ("forwarded", Facts { forwarded: true, ..plain }),
        ("addressed", Facts { addressed: true, ..plain }),
        ("ended", Facts { ended: true, ..plain }),
        ("within", Facts { within: true, ..plain }),
        ("decided", Facts { decided: true, ..plain }),
        ("unseen", Facts { unseen: true, ..plain }),
    ] {
        let with = rights(owner, area, viewer, facts);
        if with != base {
            text += &format!("; {name}: {with}");
        }
    }
    let (decided, within) = (Facts { decided: true, ..plain }, Facts { within: true, ..plain });
    let payslips = Facts { payslips: true, ..plain };
    for (name, either, both) in [
        ("placed and payslips visible", [placed, payslips], Facts { payslips: true, ..placed }),
        ("placed and decided", [placed, decided], Facts { decided: true, ..placed }),
        ("within and decided", [within, decided], Facts { decided: true, ..within }),
    ] {
        let with = rights(owner, area, viewer, both);
        if !either.map(|facts| rights(owner, area, viewer, facts)).contains(&with) {
            text += &format!("; {name}: {with}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_kept_and_taken_away_one_by_one() {
        let all = Rights::ALL | Rights::PLACE;
        assert_eq!(Rights::ALL | Rights::WRITE, Rights::ALL);
        assert_eq!(all.only(Rights::READ | Rights::DECIDE), Rights::READ);
        assert_eq!(all.without(Rights::WRITE | Rights::DECIDE).to_string(), "rtp");
        assert!(Rights::ALL.has(Rights::READ | Rights::TAKE) && !Rights::ALL.has(all));
    }
}
