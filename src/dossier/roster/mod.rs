//! The roster: parties, engagements, employments and accounts from a file (PRODUCT.md section 9).
//!
//! Knows: the file's format ([`read`]), what a file may not say, what the catalog says now
//! ([`State`]), and the difference between the two ([`plan`]). Must not know where files or tables
//! are: texts and rows come in as values, and what to do goes out as [`Change`]s.

mod change;
mod checks;
mod employees;
mod plan;
mod read;
mod state;

pub use change::{Change, Employment, Engagement, Owner, Span, Terms};
pub use plan::{Leavers, Options, Plan, Refused, plan};
pub use read::read;
pub use state::{KnownAccount, KnownEmployment, KnownEngagement, KnownParty, State};

use super::{Language, Lhn, Scope};
use jiff::civil::Date;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;

/// Where something is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct At {
    /// The file, as it was named.
    pub file: Arc<str>,
    /// Its line, from 1.
    pub line: usize,
}

impl At {
    /// What is wrong here.
    fn problem(&self, text: impl Into<String>) -> Problem {
        Problem { at: self.clone(), text: text.into() }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What is wrong with a roster, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where.
    pub at: At,
    /// What is wrong and what to do.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.text)
    }
}

/// What a roster says there is.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    /// The offices.
    pub offices: Vec<Party>,
    /// The employers.
    pub employers: Vec<Employer>,
}

impl Roster {
    /// The rows of all employers, in the order of the files.
    fn rows(&self) -> impl Iterator<Item = (&Employer, &Row)> {
        self.employers.iter().flat_map(|e| e.rows.iter().map(move |row| (e, row)))
    }
}

/// An office, or what an employer has in common with one.
#[derive(Clone, Debug)]
pub struct Party {
    /// Where it begins.
    pub at: At,
    /// Its key, for ever.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Fixed when it is created.
    pub language: Language,
    /// Staff and machines.
    pub accounts: Vec<Account>,
}

/// A login of an office or an employer.
#[derive(Clone, Debug)]
pub struct Account {
    /// Where it is.
    pub at: At,
    /// The login.
    pub login: String,
    /// A machine, which has keys and app passwords only.
    pub machine: bool,
    /// `full` for staff; for a machine any of `deliver` and `backup`.
    pub scope: Scope,
    /// Who it is; a machine has its login.
    pub name: String,
    /// The e-mail address; a machine has none.
    pub email: String,
}

/// An employer.
#[derive(Clone, Debug)]
pub struct Employer {
    /// What an office has too.
    pub party: Party,
    /// Its administrations, the first one first.
    pub administrations: Vec<(At, Lhn)>,
    /// The office that works for it.
    pub office: Option<Service>,
    /// Its employees.
    pub rows: Vec<Row>,
}

/// The `office = { ... }` of an employer.
#[derive(Clone, Debug)]
pub struct Service {
    /// Where it is.
    pub at: At,
    /// The id of the office.
    pub office: String,
    /// From when until when.
    pub span: Span,
    /// What was agreed.
    pub terms: Terms,
}

/// A row of an administration's CSV: an employment, and the person in it.
#[derive(Clone, Debug)]
pub struct Row {
    /// Where it is.
    pub at: At,
    /// The administration.
    pub lhn: Lhn,
    /// The personnel number: text, leading zeros and all.
    pub number: String,
    /// The person's name, as this employer writes it.
    pub name: String,
    /// The e-mail address; may be empty.
    pub email: String,
    /// The login; without one the person has no account yet.
    pub login: Option<String>,
    /// The column `persoon` says that whoever has this login is this person.
    pub declared: bool,
    /// The person's language.
    pub language: Language,
    /// From the first day in service until after the last.
    pub span: Span,
    /// Since when digital payslips are agreed; without, they go on paper.
    pub consent: Option<Date>,
}

impl Row {
    /// `<lhn>/<number>`: what the person is called while it has no login.
    fn key(&self) -> String {
        format!("{}/{}", self.lhn, self.number)
    }
}

/// `; did you mean ...?` for the known word nearest to this one, if any is near.
fn nearest(word: &str, known: &[&str]) -> String {
    let near = known.iter().map(|k| (strsim::damerau_levenshtein(word, k), *k)).min();
    match near {
        Some((distance, kin)) if distance <= 1 + kin.len() / 2 => {
            format!("; did you mean `{kin}`?")
        }
        _ => format!("; known are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_word_is_near_within_one_and_half_of_the_known_ones_length() {
        let known = ["language"];
        for near in ["langauge", "language", "lang", "xxxxxage"] {
            assert_eq!(nearest(near, &known), "; did you mean `language`?", "{near}");
        }
        for far in ["xxxxxxge", "", "something else"] {
            assert_eq!(nearest(far, &known), "; known are language", "{far}");
        }
    }
}
