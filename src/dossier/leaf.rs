//! What a line of the tree ends in: whose area it is, what the viewer is to its owner, and what of
//! the rights there can be used through it. Knows neither paths nor names.

use super::name::Policy;
use super::party::{PartyKind, Scope};
use super::rights::{Area, Relation, Rights};
use super::set::SetState;

/// What a line of the tree ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// Overviews of an employee in one employment.
    EmployeeOverviews,
    /// Overviews of an employer.
    EmployerOverviews,
    /// What was filed with the employer because its employee did not agree to digital payslips.
    OnPaper,
    /// An employee's folder itself, where overviews for it are put.
    DeliverTo,
    /// Own files.
    Own,
    /// What an employee shares with an employer of its own.
    ByEmployee,
    /// What an employer shares with its office.
    ByEmployer,
    /// What an office shares with one employer.
    ByOffice,
    /// What an employer shares with one employee.
    ToEmployee,
    /// Sets.
    Sets(SetState),
    /// `/Aanleveren`
    Deliver,
    /// What an account is still sending, or waits for its manifest, in a folder where it delivers.
    Waiting,
    /// `/Aanleveren/Ontvangst`
    Receipts,
    /// `/Aanleveren/Afgewezen`
    Refused,
    /// `/Back-ups`
    Backups,
    /// `/Eerdere dagen`
    Days,
    /// `/Logboek`
    Log,
}

impl Leaf {
    /// The area of the rights table that this is.
    pub const fn area(self) -> Area {
        match self {
            Self::EmployeeOverviews | Self::EmployerOverviews | Self::OnPaper | Self::DeliverTo => {
                Area::Overviews
            }
            Self::Own | Self::Days => Area::Own,
            Self::ByEmployee | Self::ByEmployer => Area::SharedUp,
            Self::ByOffice | Self::ToEmployee => Area::SharedDown,
            Self::Sets(_) => Area::Sets,
            Self::Deliver | Self::Waiting | Self::Receipts | Self::Refused => Area::Delivery,
            Self::Backups => Area::Backups,
            Self::Log => Area::Log,
        }
    }

    /// What kind of party owns it, for a viewer of this kind.
    pub const fn owner(self, viewer: PartyKind) -> PartyKind {
        match self {
            Self::EmployeeOverviews | Self::DeliverTo | Self::ByEmployee => PartyKind::Person,
            Self::EmployerOverviews
            | Self::OnPaper
            | Self::ByEmployer
            | Self::ToEmployee
            | Self::Sets(_) => PartyKind::Employer,
            Self::ByOffice => PartyKind::Office,
            Self::Own
            | Self::Deliver
            | Self::Waiting
            | Self::Receipts
            | Self::Refused
            | Self::Backups
            | Self::Days
            | Self::Log => viewer,
        }
    }

    /// What a viewer of this kind is to the owner.
    pub fn relation(self, viewer: PartyKind) -> Relation {
        let owner = self.owner(viewer);
        match (owner, viewer) {
            _ if owner == viewer => Relation::Owner,
            (PartyKind::Person | PartyKind::Office, PartyKind::Employer) => Relation::Employer,
            (_, PartyKind::Office) => Relation::Office,
            (PartyKind::Employer, PartyKind::Person) => Relation::Employee,
            _ => Relation::Stranger,
        }
    }

    /// Whether folders and files of the parties lie here. What else is listed is made for the looking: days,
    /// months of a log, receipts, deliveries of the last hour.
    pub const fn holds_files(self) -> bool {
        !matches!(self, Self::DeliverTo | Self::Deliver | Self::Receipts | Self::Days | Self::Log)
    }

    /// Whether what is put here is delivered: it counts for whoever puts it, and lies flat.
    pub const fn delivers(self) -> bool {
        matches!(
            self,
            Self::EmployeeOverviews
                | Self::EmployerOverviews
                | Self::OnPaper
                | Self::DeliverTo
                | Self::Deliver
        )
    }

    /// Whether a name is read here: it says for whom a file is, and the file is listed under it for an hour.
    pub const fn reads_names(self) -> bool {
        matches!(self, Self::DeliverTo | Self::Deliver)
    }

    /// Which names this area takes.
    pub fn policy(self) -> Policy {
        if self == Self::Backups { Policy::Exact } else { Policy::Portable }
    }

    /// What of the rights in its area can be used through this line: a payslip is placed in the folder
    /// of its employee, which reads its name, and nowhere else; the past, receipts and what is on paper are
    /// only read; and a scope that only reads writes nothing.
    pub const fn narrows(self, rights: Rights, scope: Scope) -> Rights {
        let writes = scope.has(Scope::FULL)
            || (matches!(self, Self::Backups) && scope.has(Scope::BACKUP))
            || (matches!(self, Self::Deliver | Self::Waiting | Self::Refused)
                && scope.has(Scope::DELIVER));
        match self {
            _ if !writes => rights.only(Rights::READ),
            Self::Days | Self::OnPaper | Self::Receipts => rights.only(Rights::READ),
            Self::Deliver => rights.without(Rights::WRITE).without(Rights::TAKE),
            Self::Refused => rights.without(Rights::WRITE).without(Rights::PLACE),
            Self::EmployeeOverviews => rights.without(Rights::PLACE),
            _ => rights,
        }
    }

    /// Whether the viewer's own hand writes here, so that a day view shows it.
    pub fn in_day_views(self, viewer: PartyKind) -> bool {
        self.relation(viewer) == Relation::Owner
            && matches!(self.area(), Area::Own | Area::SharedUp | Area::SharedDown | Area::Backups)
            && self != Self::Days
    }
}
