//! The three trees (PRODUCT.md section 3) as a table: which folder of which viewer is which leaf.
//!
//! [`locate`] reads a path against the table. It knows the words of the tree; which employer or
//! employee a name stands for, and whether a folder applies today, the catalog knows.

use super::kind::{self, Kind};
use super::leaf::Leaf;
use super::name::Policy;
use super::party::{Language, PartyKind, Scope};
use super::path::DossierPath;
use super::period;
use super::set::SetState;
use super::words::Word;

/// One part of a line of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A folder of the tree itself.
    Word(Word),
    /// A folder per employer.
    Employer,
    /// A folder per employment: `<number name>`.
    Employee,
    /// A folder per kind of overview.
    Kind,
    /// A folder per year.
    Year,
}

/// When a folder is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// While an office works for the employer.
    Engaged,
    /// While an office works for the employer, and while anything is in it.
    EngagedOrFull,
    /// While anything is in it that the viewer sees.
    Full,
    /// Where the engagement says `payslips = "visible"`.
    PayslipsVisible,
}

impl When {
    /// Whether the folder is there at all, for an employer that has an office or not, and an
    /// engagement whose payslips its office reads or not. Whether anything is in it is for the listing.
    pub const fn holds(self, engaged: bool, payslips: bool) -> bool {
        match self {
            // Whether anything is in it is for the listing, and where nobody works for the employer for who
            // knows what is there.
            Self::Always | Self::Full | Self::EngagedOrFull => true,
            Self::Engaged => engaged,
            Self::PayslipsVisible => payslips,
        }
    }
}

/// One line of a tree.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// The folders from the root down.
    pub parts: &'static [Part],
    /// What is there.
    pub leaf: Leaf,
    /// When it is there.
    pub when: When,
}

const fn line(parts: &'static [Part], leaf: Leaf, when: When) -> Line {
    Line { parts, leaf, when }
}

const fn w(word: Word) -> Part {
    Part::Word(word)
}

use Part::{Employee, Employer, Kind as K, Year as Y};

/// The employee's tree.
#[rustfmt::skip]
static PERSON: [Line; 6] = [
    line(&[w(Word::Employers), Employer, K, Y],                        Leaf::EmployeeOverviews, When::Full),
    line(&[w(Word::Employers), Employer, w(Word::SharedByEmployer)],   Leaf::ToEmployee, When::Always),
    line(&[w(Word::Employers), Employer, w(Word::SharedWithEmployer)], Leaf::ByEmployee, When::Always),
    line(&[w(Word::MyFiles)],                                          Leaf::Own,        When::Always),
    line(&[w(Word::EarlierDays)],                                      Leaf::Days,       When::Always),
    line(&[w(Word::Log)],                                              Leaf::Log,        When::Always),
];

/// The employer's tree.
#[rustfmt::skip]
static EMPLOYER: [Line; 18] = [
    line(&[w(Word::Overviews), K, Y],                                  Leaf::EmployerOverviews, When::Full),
    line(&[w(Word::ToReview)],                                         Leaf::Sets(SetState::ToReview), When::Engaged),
    line(&[w(Word::Approved)],                                         Leaf::Sets(SetState::Approved), When::EngagedOrFull),
    line(&[w(Word::Rejected)],                                         Leaf::Sets(SetState::Rejected), When::EngagedOrFull),
    line(&[w(Word::Employees), Employee, K, Y],                        Leaf::EmployeeOverviews, When::Full),
    line(&[w(Word::Employees), Employee, w(Word::OnPaper), Y],         Leaf::OnPaper,    When::Full),
    line(&[w(Word::Employees), Employee, w(Word::SharedByEmployee)],   Leaf::ByEmployee, When::Always),
    line(&[w(Word::Employees), Employee, w(Word::SharedWithEmployee)], Leaf::ToEmployee, When::Always),
    line(&[w(Word::Employees), Employee],                              Leaf::DeliverTo,  When::Always),
    line(&[w(Word::SharedByOffice)],                                   Leaf::ByOffice,   When::Engaged),
    line(&[w(Word::SharedWithOffice)],                                 Leaf::ByEmployer, When::Engaged),
    line(&[w(Word::MyFiles)],                                          Leaf::Own,        When::Always),
    line(&[w(Word::Deliver), w(Word::Received)],                       Leaf::Receipts,   When::Always),
    line(&[w(Word::Deliver), w(Word::Refused)],                        Leaf::Refused,    When::Always),
    line(&[w(Word::Deliver)],                                          Leaf::Deliver,       When::Always),
    line(&[w(Word::Backups)],                                          Leaf::Backups,    When::Always),
    line(&[w(Word::EarlierDays)],                                      Leaf::Days,       When::Always),
    line(&[w(Word::Log)],                                              Leaf::Log,        When::Always),
];

/// The office's tree.
#[rustfmt::skip]
static OFFICE: [Line; 15] = [
    line(&[w(Word::Employers), Employer, w(Word::Overviews), K, Y],               Leaf::EmployerOverviews, When::Always),
    line(&[w(Word::Employers), Employer, w(Word::ToReview)],                      Leaf::Sets(SetState::ToReview), When::Always),
    line(&[w(Word::Employers), Employer, w(Word::Approved)],                      Leaf::Sets(SetState::Approved), When::Always),
    line(&[w(Word::Employers), Employer, w(Word::Rejected)],                      Leaf::Sets(SetState::Rejected), When::Always),
    line(&[w(Word::Employers), Employer, w(Word::Employees), Employee, K, Y],     Leaf::EmployeeOverviews, When::PayslipsVisible),
    line(&[w(Word::Employers), Employer, w(Word::Employees), Employee],           Leaf::DeliverTo,  When::Always),
    line(&[w(Word::Employers), Employer, w(Word::SharedByEmployer)],              Leaf::ByEmployer, When::Always),
    line(&[w(Word::Employers), Employer, w(Word::SharedWithEmployer)],            Leaf::ByOffice,   When::Always),
    line(&[w(Word::MyFiles)],                                                     Leaf::Own,        When::Always),
    line(&[w(Word::Deliver), w(Word::Received)],                                  Leaf::Receipts,   When::Always),
    line(&[w(Word::Deliver), w(Word::Refused)],                                   Leaf::Refused,    When::Always),
    line(&[w(Word::Deliver)],                                                     Leaf::Deliver,       When::Always),
    line(&[w(Word::Backups)],                                                     Leaf::Backups,    When::Always),
    line(&[w(Word::EarlierDays)],                                                 Leaf::Days,       When::Always),
    line(&[w(Word::Log)],                                                         Leaf::Log,        When::Always),
];

/// The lines of a kind of party.
pub fn lines(viewer: PartyKind) -> &'static [Line] {
    match viewer {
        PartyKind::Person => &PERSON,
        PartyKind::Employer => &EMPLOYER,
        PartyKind::Office => &OFFICE,
    }
}

/// Whose tree is looked at, and how much of it.
#[derive(Clone, Copy, Debug)]
pub struct Viewer {
    /// The kind of party.
    pub kind: PartyKind,
    /// Its language.
    pub language: Language,
    /// The scope of the credential.
    pub scope: Scope,
    /// A day view: only what the viewer's own hand wrote.
    pub past: bool,
}

impl Viewer {
    /// Whether this line is in sight.
    fn sees(self, line: &Line) -> bool {
        let in_scope = self.scope.whole_tree()
            || match line.leaf {
                Leaf::Deliver | Leaf::Receipts | Leaf::Refused => self.scope.has(Scope::DELIVER),
                Leaf::Backups | Leaf::Days => self.scope.has(Scope::BACKUP),
                _ => false,
            };
        in_scope && (!self.past || line.leaf.in_day_views(self.kind))
    }

    /// What stands at this part of a path, if it can be what the path says.
    fn reads<'p>(self, part: Part, name: &'p str, names: &mut Names<'p>) -> bool {
        let same = |text: &str| Policy::Portable.key(text) == Policy::Portable.key(name);
        match part {
            Part::Word(word) => return same(word.name(self.language)),
            Part::Employer => names.employer = Some(name),
            Part::Employee => names.employee = Some(name),
            Part::Kind => names.kind = kind::by_folder(name, self.language),
            Part::Year => names.year = period::year(name),
        }
        match part {
            Part::Kind => names.kind.is_some(),
            Part::Year => names.year.is_some(),
            _ => true,
        }
    }
}

/// The names that a path has where the tree has one folder per employer, employee, kind or year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Names<'p> {
    /// The folder of an employer.
    pub employer: Option<&'p str>,
    /// The folder of an employment.
    pub employee: Option<&'p str>,
    /// The kind of overview.
    pub kind: Option<Kind>,
    /// The year.
    pub year: Option<u16>,
}

/// What a path is in a tree.
#[derive(Clone, Debug, Default)]
pub struct Spot<'p> {
    /// The names on the way.
    pub names: Names<'p>,
    /// The area here, and the path within it.
    pub leaf: Option<(&'static Line, &'p [String])>,
    /// The lines that go on below this folder, each with the part that comes next.
    pub below: Vec<(Part, &'static Line)>,
}

impl Spot<'_> {
    /// Leaves out the lines that do not apply. A folder of the tree that does wins over a name within
    /// an area.
    pub fn keep(&mut self, applies: impl Fn(&Line) -> bool) {
        self.below.retain(|(_, line)| applies(line));
        let below = !self.below.is_empty();
        self.leaf = self.leaf.filter(|(line, rest)| applies(line) && (rest.is_empty() || !below));
    }

    /// Whether the tree has no such path.
    pub fn is_nowhere(&self) -> bool {
        self.leaf.is_none() && self.below.is_empty()
    }
}

/// Reads a path against the viewer's tree, without regard to which folders apply.
pub fn locate(viewer: Viewer, path: &[String]) -> Spot<'_> {
    let mut spot = Spot::default();
    for line in lines(viewer.kind).iter().filter(|l| viewer.sees(l)) {
        let mut names = Names::default();
        let mut pairs = line.parts.iter().zip(path);
        if !pairs.all(|(part, name)| viewer.reads(*part, name, &mut names)) {
            continue;
        }
        match line.parts.get(path.len()) {
            Some(next) => {
                spot.below.push((*next, line));
                spot.names = names;
            }
            None if spot.leaf.is_none() => {
                spot.leaf = path.get(line.parts.len()..).map(|rest| (line, rest));
                if spot.below.is_empty() {
                    spot.names = names;
                }
            }
            None => {}
        }
    }
    spot
}

/// The form in which a viewer's paths are compared: all paths to one file have the same, and no two
/// files do.
#[must_use]
pub fn identity(viewer: Viewer, path: &DossierPath) -> DossierPath {
    let leaf = locate(viewer, path.parts()).leaf;
    let (policy, top) =
        leaf.map_or((Policy::Portable, 0), |(line, _)| (line.leaf.policy(), line.parts.len()));
    path.map(|depth, name| if depth < top { Policy::Portable } else { policy }.key(name))
}

/// Where a leaf is in a party's own tree: what [`locate`] reads. `None` when its tree has no such
/// line, or a name is missing.
pub fn folder(
    owner: PartyKind,
    language: Language,
    leaf: Leaf,
    names: &Names<'_>,
) -> Option<Vec<String>> {
    let line = lines(owner).iter().find(|line| line.leaf == leaf)?;
    let name = |part: &Part| match part {
        Part::Word(word) => Some(word.name(language).to_owned()),
        Part::Employer => names.employer.map(str::to_owned),
        Part::Employee => names.employee.map(str::to_owned),
        Part::Kind => names.kind.map(|kind| kind.folder(language).to_owned()),
        Part::Year => names.year.map(|year| year.to_string()),
    };
    line.parts.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dossier::DossierPath;

    fn viewer(kind: PartyKind) -> Viewer {
        Viewer { kind, language: Language::Nl, scope: Scope::FULL, past: false }
    }

    fn leaf(kind: PartyKind, path: &str) -> Option<(Leaf, usize)> {
        let path = DossierPath::parse(path).unwrap();
        let mut spot = locate(viewer(kind), path.parts());
        spot.keep(|line| line.when != When::PayslipsVisible);
        spot.leaf.map(|(line, rest)| (line.leaf, rest.len()))
    }

    #[test]
    fn paths_lead_to_areas() {
        use PartyKind as P;
        let found = |kind, path, l, rest| assert_eq!(leaf(kind, path), Some((l, rest)), "{path}");
        found(P::Person, "/Mijn bestanden", Leaf::Own, 0);
        found(P::Person, "/mijn BESTANDEN/a/b", Leaf::Own, 2);
        found(P::Person, "/Werkgevers/X/Loonstroken/2026/a.pdf", Leaf::EmployeeOverviews, 1);
        assert_eq!(leaf(P::Person, "/Werkgevers/X/Loonstroken/20x6/a.pdf"), None);
        found(P::Employer, "/Werknemers/0042 A/Gedeeld door werknemer/a", Leaf::ByEmployee, 1);
        found(P::Employer, "/Werknemers/0042 A", Leaf::DeliverTo, 0);
        found(P::Employer, "/Werknemers/0042 A/Loonstrook 2026-11.pdf", Leaf::DeliverTo, 1);
        found(
            P::Office,
            "/Werkgevers/X/Overzichten/Journaalposten/2026/a.pdf",
            Leaf::EmployerOverviews,
            1,
        );
        // What an engagement hides is a name like any other.
        found(P::Office, "/Werkgevers/X/Werknemers/0042 A/Loonstroken", Leaf::DeliverTo, 1);
        assert_eq!(leaf(P::Person, "/Back-ups"), None);
        assert_eq!(leaf(P::Office, "/Werkgevers/X/Gedeeld door kantoor"), None);
        assert_eq!(leaf(P::Employer, "/Werknemers/0042 A/Loonstroken"), None);
    }

    #[test]
    fn a_folder_is_there_when_its_line_says_so() {
        for (engaged, payslips) in [(false, false), (true, false), (false, true), (true, true)] {
            assert!(When::Always.holds(engaged, payslips) && When::Full.holds(engaged, payslips));
            assert_eq!(When::Engaged.holds(engaged, payslips), engaged);
            assert!(When::EngagedOrFull.holds(engaged, payslips));
            assert_eq!(When::PayslipsVisible.holds(engaged, payslips), payslips);
        }
        let path = |text: &str| DossierPath::parse(text).unwrap();
        assert!(locate(viewer(PartyKind::Person), path("/Back-ups").parts()).is_nowhere());
        assert!(!locate(viewer(PartyKind::Person), path("/Mijn bestanden").parts()).is_nowhere());
        assert!(!locate(viewer(PartyKind::Person), path("/Werkgevers").parts()).is_nowhere());
    }

    #[test]
    fn where_a_leaf_is_leads_to_it() {
        let kind = kind::by_code("loonstrook");
        let names = Names { employer: Some("X"), employee: Some("0042 A"), kind, year: Some(2026) };
        for owner in [PartyKind::Person, PartyKind::Employer, PartyKind::Office] {
            for line in lines(owner) {
                let path = folder(owner, Language::Nl, line.leaf, &names).unwrap();
                let spot = locate(viewer(owner), &path);
                assert_eq!(spot.leaf.map(|(found, _)| found.leaf), Some(line.leaf), "{path:?}");
            }
        }
        assert_eq!(folder(PartyKind::Person, Language::Nl, Leaf::Backups, &names), None);
        let none = Names::default();
        assert_eq!(folder(PartyKind::Person, Language::En, Leaf::ByEmployee, &none), None);
    }

    #[test]
    fn names_are_compared_exactly_below_the_backups_and_without_case_elsewhere() {
        let one = |a: &str, b: &str| {
            let form =
                |text| identity(viewer(PartyKind::Office), &DossierPath::parse(text).unwrap());
            form(a) == form(b)
        };
        assert!(one("/back-UPS/A.txt", "/Back-ups/A.txt"));
        assert!(!one("/Back-ups/A.txt", "/Back-ups/a.txt"));
        assert!(!one("/Back-ups/caf\u{e9}/a", "/Back-ups/cafe\u{301}/a"));
        assert!(one("/Mijn bestanden/CAF\u{c9}/A", "/mijn bestanden/cafe\u{301}/a"));
        assert!(one("/WERKGEVERS/x", "/Werkgevers/X"));
        assert!(!one("/Mijn bestanden/a", "/Mijn bestanden/b"));
    }

    #[test]
    fn a_scope_narrows_the_tree() {
        let machine = Viewer { scope: Scope::BACKUP, ..viewer(PartyKind::Office) };
        let top: Vec<_> = locate(machine, &[]).below.iter().map(|(_, l)| l.leaf).collect();
        assert_eq!(top, [Leaf::Backups, Leaf::Days]);
        let past = Viewer { past: true, ..viewer(PartyKind::Person) };
        let top: Vec<_> = locate(past, &[]).below.iter().map(|(_, l)| l.leaf).collect();
        assert_eq!(top, [Leaf::ByEmployee, Leaf::Own]);
    }
}
