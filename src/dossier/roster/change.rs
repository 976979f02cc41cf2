//! What a plan is made of: one change each, and the line in which it reads as a diff.

use super::super::delivery::publish::Monthly;
use super::super::{Language, PartyKind, Scope, day};
use serde::{Serialize, Serializer};
use std::fmt;

/// An office, an employer or a person, by what it is called for ever: the id of the roster, the
/// first login, or `<lhn>/<number>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Owner {
    /// What it is.
    #[serde(serialize_with = "text")]
    pub kind: PartyKind,
    /// Its key.
    pub key: String,
}

impl Owner {
    pub(super) fn new(kind: PartyKind, key: impl Into<String>) -> Self {
        Self { kind, key: key.into() }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.key)
    }
}

/// From one instant until just before another, in Unix milliseconds; [`Span::OPEN`] is until
/// further notice. Read and shown as local days, the last one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first instant.
    pub from_ms: i64,
    /// The first instant after it.
    pub until_ms: i64,
}

impl Span {
    /// The end of what holds until further notice.
    pub const OPEN: i64 = i64::MAX;

    pub(super) fn days(from: jiff::civil::Date, until: Option<jiff::civil::Date>) -> Self {
        Self { from_ms: day::start(from), until_ms: until.map_or(Self::OPEN, day::end) }
    }

    /// Whether it holds at any time: one that was taken back before it began does not.
    pub(super) const fn holds(self) -> bool {
        self.from_ms < self.until_ms
    }

    /// The same, as far as it is not before an instant.
    pub(super) fn not_before(self, at: i64) -> Self {
        let from_ms = self.from_ms.max(at);
        Self { from_ms, until_ms: self.until_ms.max(from_ms) }
    }

    /// How it differs from what was, in words.
    pub(super) fn differences(self, was: Self) -> [Option<String>; 2] {
        let until = |span: Self| span.last_day().unwrap_or_else(|| "further notice".to_owned());
        let change = |what, new, old| (new != old).then(|| format!("{what} {new} (was {old})"));
        [
            change("from", self.first_day(), was.first_day()),
            change("until", until(self), until(was)),
        ]
    }

    pub(super) fn first_day(self) -> String {
        day::date(self.from_ms).to_string()
    }

    fn last_day(self) -> Option<String> {
        (self.until_ms != Self::OPEN).then(|| day::date(self.until_ms - 1).to_string())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "from {}", self.first_day())?;
        self.last_day().map_or(Ok(()), |day| write!(f, " until {day}"))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Days {
            from: String,
            until: Option<String>,
        }
        Days { from: self.first_day(), until: self.last_day() }.serialize(serializer)
    }
}

/// What an engagement says beside who and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Terms {
    /// `manual` or `on-approval`.
    pub release: &'static str,
    /// `hidden` or `visible`.
    pub payslips: &'static str,
    /// From when in a month the office's deliveries are seen; `None` is at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish_at: Option<Monthly>,
}

impl Terms {
    /// The values of `release`, the default first.
    pub const RELEASE: [&'static str; 2] = ["manual", "on-approval"];
    /// The values of `payslips`, the default first.
    pub const PAYSLIPS: [&'static str; 2] = ["hidden", "visible"];

    /// From what the catalog holds; a word that is unknown is the default.
    pub fn of(release: &str, payslips: &str, publish_at: Option<&str>) -> Self {
        let known = |words: [&'static str; 2], word: &str| {
            if words[1] == word { words[1] } else { words[0] }
        };
        Self {
            release: known(Self::RELEASE, release),
            payslips: known(Self::PAYSLIPS, payslips),
            publish_at: publish_at.and_then(|at| at.parse().ok()),
        }
    }
}

impl fmt::Display for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "release {}, payslips {}", self.release, self.payslips)?;
        self.publish_at.map_or(Ok(()), |at| write!(f, ", publish_at {at}"))
    }
}

/// An office that begins to work for an employer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Engagement {
    /// The office.
    pub office: Owner,
    /// The employer.
    pub employer: Owner,
    /// What the employer's folder is called with the office.
    pub folder: String,
    /// What was agreed.
    #[serde(flatten)]
    pub terms: Terms,
    /// When.
    #[serde(flatten)]
    pub span: Span,
}

/// A person who begins to work for an employer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Employment {
    /// The person.
    pub person: Owner,
    /// The employer.
    pub employer: Owner,
    /// The administration.
    pub lhn: String,
    /// The personnel number.
    pub number: String,
    /// The person's name with this employer.
    pub name: String,
    /// Since when digital payslips are agreed.
    pub consent: Option<String>,
    /// What the person's folder is called with the employer.
    pub employer_folder: String,
    /// What the employer's folder is called with the person.
    pub person_folder: String,
    /// When.
    #[serde(flatten)]
    pub span: Span,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// A new party, with its key and its roots.
    AddParty {
        /// The party.
        party: Owner,
        /// Its name.
        name: String,
        /// Its language, for ever.
        #[serde(serialize_with = "code")]
        language: Language,
    },
    /// A party's name. Folders keep the name they had.
    RenameParty {
        /// The party.
        party: Owner,
        /// The name so far.
        was: String,
        /// The new one.
        name: String,
    },
    /// An administration, which stays its employer's for ever.
    AddAdministration {
        /// The wage tax number.
        lhn: String,
        /// The employer.
        employer: Owner,
    },
    /// A login.
    AddAccount {
        /// For whom it acts.
        party: Owner,
        /// The login.
        login: String,
        /// Keys and app passwords only.
        machine: bool,
        /// How far it reaches.
        #[serde(serialize_with = "text")]
        scope: Scope,
        /// Whose it is.
        name: String,
        /// Where invitations go; may be empty.
        email: String,
    },
    /// What may change of a login.
    ChangeAccount {
        /// The row.
        #[serde(skip)]
        id: i64,
        /// The login.
        login: String,
        /// How far it reaches.
        #[serde(serialize_with = "text")]
        scope: Scope,
        /// Whose it is.
        name: String,
        /// Where invitations go.
        email: String,
        /// What changes, in words.
        difference: String,
    },
    /// A login that is no longer in the file.
    SuspendAccount {
        /// The row.
        #[serde(skip)]
        id: i64,
        /// The login.
        login: String,
        /// For whom it acts.
        party: Owner,
    },
    /// An office begins to work for an employer.
    AddEngagement(Engagement),
    /// What may change of an engagement, its end among it.
    ChangeEngagement {
        /// The row.
        #[serde(skip)]
        id: i64,
        /// The office.
        office: Owner,
        /// The employer.
        employer: Owner,
        /// What was agreed.
        #[serde(flatten)]
        terms: Terms,
        /// When.
        #[serde(flatten)]
        span: Span,
        /// It ends, because of another office or because it is not in the file.
        ends: bool,
        /// What changes, in words.
        difference: String,
    },
    /// What was shared in an engagement that has ended goes back to who shared it.
    ReturnShared {
        /// The engagement's row.
        #[serde(skip)]
        id: i64,
        /// The office.
        office: Owner,
        /// The employer.
        employer: Owner,
    },
    /// A person begins to work for an employer.
    AddEmployment(Employment),
    /// What may change of an employment, its end among it.
    ChangeEmployment {
        /// The row.
        #[serde(skip)]
        id: i64,
        /// The administration.
        lhn: String,
        /// The personnel number.
        number: String,
        /// The person's name with this employer.
        name: String,
        /// Since when digital payslips are agreed.
        consent: Option<String>,
        /// When.
        #[serde(flatten)]
        span: Span,
        /// It ends because it is not in the file.
        ends: bool,
        /// What changes, in words.
        difference: String,
    },
}

impl fmt::Display for Change {
    #[rustfmt::skip]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddParty { party, name, language } =>
                write!(f, "+ {party} \"{name}\", language {}", language.as_str()),
            Self::RenameParty { party, was, name } =>
                write!(f, "~ {party}: name \"{name}\" (was \"{was}\")"),
            Self::AddAdministration { lhn, employer } =>
                write!(f, "+ administration {lhn} of {employer}"),
            Self::AddAccount { party, login, machine: true, scope, .. } =>
                write!(f, "+ machine {login} of {party}, scope {scope}"),
            Self::AddAccount { party, login, name, email, .. } => {
                write!(f, "+ account {login} of {party} \"{name}\"")?;
                if email.is_empty() { Ok(()) } else { write!(f, " <{email}>") }
            }
            Self::ChangeAccount { login, difference, .. } =>
                write!(f, "~ account {login}: {difference}"),
            Self::SuspendAccount { login, party, .. } =>
                write!(f, "- account {login} of {party}: suspended"),
            Self::AddEngagement(Engagement { office, employer, folder, terms, span }) =>
                write!(f, "+ engagement of {office} with {employer} {span}, {terms}, folder \"{folder}\""),
            Self::ChangeEngagement { office, employer, span, ends: true, .. } =>
                write!(f, "- engagement of {office} with {employer}: {span}"),
            Self::ChangeEngagement { office, employer, difference, .. } =>
                write!(f, "~ engagement of {office} with {employer}: {difference}"),
            Self::ReturnShared { office, employer, .. } =>
                write!(f, "~ engagement of {office} with {employer} has ended: what was shared goes back to its owners"),
            Self::AddEmployment(Employment { person, employer, lhn, number, name, consent, span, .. }) => {
                let by = consent.as_ref().map_or_else(|| "on paper".to_owned(), |day| format!("digital since {day}"));
                write!(f, "+ employment {lhn}/{number} \"{name}\" of {person} with {employer} {span}, {by}")
            }
            Self::ChangeEmployment { lhn, number, name, span, ends: true, .. } =>
                write!(f, "- employment {lhn}/{number} \"{name}\": {span}"),
            Self::ChangeEmployment { lhn, number, difference, .. } =>
                write!(f, "~ employment {lhn}/{number}: {difference}"),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn code<S: Serializer>(language: &Language, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(language.as_str())
}

fn text<S: Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_as_they_are_written_and_what_is_unknown_is_the_default() {
        for release in Terms::RELEASE {
            for payslips in Terms::PAYSLIPS {
                for at in [None, Some("25 09:00")] {
                    let publish_at = at.and_then(|at| at.parse().ok());
                    let terms = Terms { release, payslips, publish_at };
                    assert_eq!(Terms::of(release, payslips, at), terms);
                }
            }
        }
        let default = Terms { release: "manual", payslips: "hidden", publish_at: None };
        assert_eq!(Terms::of("later", "perhaps", Some("soon")), default);
    }

    #[test]
    fn what_was_taken_back_before_it_began_never_held() {
        let holds = |from_ms, until_ms| Span { from_ms, until_ms }.holds();
        assert!(holds(1, 2) && !holds(2, 2) && !holds(3, 2));
    }
}
