//! From what there is to what the roster says: the plan.

mod employments;
mod engagements;
mod leavers;
mod parties;

use super::{Change, Owner, Problem, Roster, State};
use crate::dossier::PartyKind;
use crate::dossier::name::{Policy, free};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::str::FromStr;

/// How many leavers there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leavers {
    /// So many in a hundred of the present employments, rounded down.
    Percent(usize),
    /// So many.
    Number(usize),
}

impl Leavers {
    fn of(self, employments: usize) -> usize {
        match self {
            Self::Percent(percent) => employments.saturating_mul(percent) / 100,
            Self::Number(number) => number,
        }
    }
}

impl Default for Leavers {
    fn default() -> Self {
        Self::Percent(20)
    }
}

impl fmt::Display for Leavers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(percent) => write!(f, "{percent}%"),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

impl FromStr for Leavers {
    type Err = String;
    /// Reads `20%` or `20`.
    fn from_str(s: &str) -> Result<Self, String> {
        let (digits, percent) = s.strip_suffix('%').map_or((s, false), |digits| (digits, true));
        let number =
            digits.parse().map_err(|_| "write a percentage like 20% or a number like 20")?;
        match percent {
            true if number > 100 => Err("more than 100% cannot leave".to_owned()),
            true => Ok(Self::Percent(number)),
            false => Ok(Self::Number(number)),
        }
    }
}

/// How to plan.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// What is not in the file leaves.
    pub prune: bool,
    /// How many may leave.
    pub most: Leavers,
}

/// What to do, in order, and what is left as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// What to do.
    pub changes: Vec<Change>,
    /// What is not in the file and kept, and what the file asks that is not done.
    pub notes: Vec<String>,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for change in &self.changes {
            writeln!(f, "{change}")?;
        }
        for note in &self.notes {
            writeln!(f, "= {note}")?;
        }
        match self.changes.len() {
            0 => f.write_str("nothing to do"),
            1 => f.write_str("1 change"),
            n => write!(f, "{n} changes"),
        }
    }
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The roster contradicts itself, or what there is.
    #[error("{}", lines(.0))]
    Problems(Vec<Problem>),
    /// Too many would leave.
    #[error(
        "{leaving} would leave, more than --max-leavers {most} of {employments} employments; nothing was done: \
         run without --prune to see who is absent, and give --max-leavers {leaving} if that is right"
    )]
    Leavers {
        /// How many employments, engagements and accounts would end.
        leaving: usize,
        /// How many may.
        most: Leavers,
        /// How many employments there are.
        employments: usize,
    },
}

fn lines(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// What must be done so that the roster holds, at the instant `now`.
///
/// # Errors
/// [`Refused`]; then nothing may be done.
pub fn plan(roster: &Roster, state: &State, now: i64, options: Options) -> Result<Plan, Refused> {
    let mut planner = Planner {
        roster,
        state,
        now,
        prune: options.prune,
        problems: Vec::new(),
        plan: Plan::default(),
        leaving: 0,
        parties: state.parties.iter().map(|p| (&p.party, p)).collect(),
        accounts: state.accounts.iter().map(|a| (a.login_key.as_str(), a)).collect(),
        accounts_by_party: HashMap::new(),
        employments: state.employments.iter().map(|e| ((&*e.lhn, &*e.number), e)).collect(),
        folders: Folders::of(state),
    };
    for account in &state.accounts {
        planner.accounts_by_party.entry(&account.party).or_default().push(account);
    }
    planner.parties();
    planner.engagements();
    planner.employments();
    planner.leavers();
    planner.returns();
    if !planner.problems.is_empty() {
        return Err(Refused::Problems(planner.problems));
    }
    let employments = state.employments.iter().filter(|e| e.span.until_ms > now).count();
    let (leaving, most) = (planner.leaving, options.most);
    if leaving > most.of(employments) {
        return Err(Refused::Leavers { leaving, most, employments });
    }
    Ok(planner.plan)
}

struct Planner<'a> {
    roster: &'a Roster,
    state: &'a State,
    now: i64,
    prune: bool,
    problems: Vec<Problem>,
    plan: Plan,
    leaving: usize,
    parties: HashMap<&'a Owner, &'a super::KnownParty>,
    /// By the login as it is compared.
    accounts: HashMap<&'a str, &'a super::KnownAccount>,
    accounts_by_party: HashMap<&'a Owner, Vec<&'a super::KnownAccount>>,
    /// By LHN and number.
    employments: HashMap<(&'a str, &'a str), &'a super::KnownEmployment>,
    folders: Folders,
}

impl Planner<'_> {
    fn change(&mut self, change: Change) {
        self.plan.changes.push(change);
    }

    fn note(&mut self, note: String) {
        self.plan.notes.push(note);
    }
}

/// The folders that there are, by whose tree they are in. A folder is named when the relation
/// starts, and a name once given is never given to another.
#[derive(Default)]
struct Folders(HashMap<Owner, HashSet<String>>);

impl Folders {
    fn of(state: &State) -> Self {
        let mut folders = Self::default();
        for e in &state.engagements {
            folders.take(&Owner::new(PartyKind::Office, &e.office), &e.folder);
        }
        for e in &state.employments {
            folders.take(&Owner::new(PartyKind::Employer, &e.employer), &e.employer_folder);
            folders.take(&Owner::new(PartyKind::Person, &e.person), &e.person_folder);
        }
        folders
    }

    fn take(&mut self, viewer: &Owner, folder: &str) {
        let key = Policy::Portable.key(folder);
        self.0.entry(viewer.clone()).or_default().insert(key);
    }

    /// The name, else with the sub-number of the LHN, else with ` (2)` as well; it is taken then.
    fn name(&mut self, viewer: &Owner, name: &str, sub_number: Option<&str>) -> String {
        let taken = self.0.entry(viewer.clone()).or_default();
        let is_taken = |name: &str| taken.contains(&Policy::Portable.key(name));
        let named = match sub_number {
            Some(sub) if is_taken(name) => free(&format!("{name} L{sub}"), true, is_taken),
            _ => free(name, true, is_taken),
        };
        taken.insert(Policy::Portable.key(&named));
        named
    }
}

/// `a, b` for the differences that there are.
fn differences(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// `what: new (was old)` when they differ.
fn differs(what: &str, was: &str, new: &str) -> Option<String> {
    (was != new).then(|| format!("{what} \"{new}\" (was \"{was}\")"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leavers_are_a_percentage_rounded_down_or_a_number() {
        let most = |text: &str, of| text.parse::<Leavers>().map(|most| most.of(of));
        assert_eq!(most("20%", 14), Ok(2));
        assert_eq!(most("0%", 1000), Ok(0));
        assert_eq!(most("20", 14), Ok(20));
        assert_eq!(most("100%", 14), Ok(14));
        for bad in ["", "%", "-1", "101%", "20 %", "a lot"] {
            assert!(most(bad, 1).is_err(), "{bad}");
        }
        assert_eq!(Leavers::default().to_string(), "20%");
    }
}
