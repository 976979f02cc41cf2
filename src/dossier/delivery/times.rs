//! What the words of a file's name say of time, in the ways in which people and payroll programs write it.
//!
//! Knows no names of files: only the words, which were cut before.

use super::super::day;
use super::super::period::{self, Period};
use jiff::civil::Date;

/// What words of a name say of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    /// A year.
    Year(u16),
    /// A part of a year: a month, or with `P` or `W` before its number four weeks or a week; `M` where it can be a
    /// month only.
    Part(u16, Option<char>, u8),
    /// A day.
    Day(Date),
    /// A time of a day: when a file was made, which says nothing of its period.
    Moment,
}

/// The months as names have them, in full or by three letters. `jan` is a person's more often than a month.
const MONTHS: [&[&str]; 12] = [
    &["januari", "january"],
    &["februari", "february", "feb"],
    &["maart", "march", "mrt"],
    &["april", "apr"],
    &["mei", "may"],
    &["juni", "june", "jun"],
    &["juli", "july", "jul"],
    &["augustus", "august", "aug"],
    &["september", "sep"],
    &["oktober", "october", "okt", "oct"],
    &["november", "nov"],
    &["december", "dec"],
];

impl From<Period> for Time {
    fn from(period: Period) -> Self {
        let of_year = |(sign, number)| Self::Part(period.year(), Some(sign), number);
        place(period).map_or(Self::Year(period.year()), of_year)
    }
}

impl Time {
    /// Reads up to three words. A number that is no month is a part of a year only where it is this period's.
    pub(super) fn read(words: &[&str], said: Period) -> Option<Self> {
        match words {
            [one] => alone(one, said),
            [year, part] => of_year(year, part, said).or_else(|| of_year(part, year, said)),
            [one, month, other] => {
                of_month(one, month, other).or_else(|| of_month(other, month, one))
            }
            _ => None,
        }
    }

    /// Whether it is this period, or what lies in it or around it.
    pub(super) fn agrees(self, said: Period) -> bool {
        match self {
            Self::Year(year) => year == said.year(),
            Self::Part(year, sign, number) => {
                let same = |own: char| sign.is_none_or(|sign| sign == own);
                year == said.year() && place(said).is_some_and(|(own, n)| n == number && same(own))
            }
            Self::Day(date) => said.within(day::start(date), day::end(date)),
            Self::Moment => true,
        }
    }

    /// Whether it says the whole of this period.
    pub(super) fn tells(self, said: Period) -> bool {
        let whole = !matches!(self, Self::Year(_) | Self::Moment) || place(said).is_none();
        whole && self != Self::Moment && self.agrees(said)
    }
}

/// Which part of its year a period is, if not all of it.
const fn place(period: Period) -> Option<(char, u8)> {
    match period {
        Period::Month(_, number) => Some(('M', number)),
        Period::FourWeeks(_, number) => Some(('P', number)),
        Period::Week(_, number) => Some(('W', number)),
        Period::Year(_) => None,
    }
}

fn alone(word: &str, said: Period) -> Option<Time> {
    if !word.is_ascii() {
        return None;
    }
    let cut = |at| word.split_at(at);
    match (word.len(), is_digits(word)) {
        (4, _) => year(word).map(Time::Year),
        (6, true) => {
            of_year(cut(4).0, cut(4).1, said).or_else(|| of_year(cut(2).1, cut(2).0, said))
        }
        (7, false) => of_year(cut(4).0, cut(4).1, said),
        (8, true) => of_month(&word[..4], &word[4..6], &word[6..])
            .or_else(|| of_month(&word[4..], &word[2..4], &word[..2])),
        (12 | 14, true) => alone(cut(8).0, said).map(|_| Time::Moment),
        _ => None,
    }
}

/// A year and a part of it: `11`, `P05`, `W53`, `november`.
fn of_year(of: &str, part: &str, said: Period) -> Option<Time> {
    let of = year(of)?;
    let sign = part.chars().next().map(|c| c.to_ascii_uppercase()).filter(|c| "PW".contains(*c));
    let most = match sign {
        Some('P') => 13,
        _ => 53,
    };
    if let Some(number) = named_month(part) {
        return Some(Time::Part(of, Some('M'), number));
    }
    let digits = if sign.is_some() { &part[1..] } else { part };
    let number = small(digits).filter(|n| (1..=most).contains(n))?;
    let time = Time::Part(of, sign, number);
    // `2025-1` is the first of a year's files as well.
    let is_month = number <= 12 && (digits.len() == 2 || place(said).is_some());
    (sign.is_some() || is_month || time.agrees(said)).then_some(time)
}

fn of_month(of: &str, month: &str, day: &str) -> Option<Time> {
    let month = named_month(month).or_else(|| small(month))?;
    let date = Date::new(year(of)?.cast_signed(), month.cast_signed(), small(day)?.cast_signed());
    date.ok().map(Time::Day)
}

fn named_month(word: &str) -> Option<u8> {
    let is_it = |names: &&[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(word));
    (1..).zip(&MONTHS).find(|(_, names)| is_it(names)).map(|(number, _)| number)
}

/// A year that a payroll is of; other numbers of four digits are numbers.
fn year(word: &str) -> Option<u16> {
    period::year(word).filter(|year| *year < 2100)
}

/// One or two digits.
fn small(word: &str) -> Option<u8> {
    word.parse().ok().filter(|_| word.len() <= 2 && is_digits(word))
}

/// Whether it is digits and nothing else.
pub(super) fn is_digits(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}
