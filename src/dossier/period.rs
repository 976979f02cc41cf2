//! The period of an overview.

use super::day;
use jiff::civil::{Date, ISOWeekDate, Weekday};
use std::fmt;
use std::str::FromStr;

/// `2026-11`, `2026-P05` (four-weekly), `2026-W53` or `2026` (PRODUCT.md section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Period {
    /// A calendar month, 1 to 12.
    Month(u16, u8),
    /// A period of four weeks, 1 to 13.
    FourWeeks(u16, u8),
    /// An ISO 8601 week, 1 to 53; the 53rd only of a year that has it.
    Week(u16, u8),
    /// A calendar year.
    Year(u16),
}

impl Period {
    /// The year whose folder it is filed in.
    pub const fn year(self) -> u16 {
        match self {
            Self::Month(y, _) | Self::FourWeeks(y, _) | Self::Week(y, _) | Self::Year(y) => y,
        }
    }
}

impl Period {
    /// Whether any day of it lies in a span of Unix milliseconds. A four-weekly period is taken to
    /// begin with its weeks of the ISO year, give or take a week: the tax office sets the days.
    pub fn within(self, from: i64, until: i64) -> bool {
        let first_of =
            |y: u16, m: u8| Date::new(y.cast_signed(), m.cast_signed(), 1).map_or(0, day::start);
        let week = |y: u16, w: i64| {
            let monday = ISOWeekDate::new(y.cast_signed(), 1, Weekday::Monday)
                .map_or(0, |d| day::start(d.date()));
            monday + (w - 1) * WEEK
        };
        let (start, end) = match self {
            Self::Month(y, 12) => (first_of(y, 12), first_of(y + 1, 1)),
            Self::Month(y, m) => (first_of(y, m), first_of(y, m + 1)),
            Self::FourWeeks(y, p) => {
                let first = (i64::from(p) - 1) * 4 + 1;
                (week(y, first) - WEEK, week(y, first + 4) + WEEK)
            }
            Self::Week(y, w) => (week(y, i64::from(w)), week(y, i64::from(w) + 1)),
            Self::Year(y) => (first_of(y, 1), first_of(y + 1, 1)),
        };
        start < until && end > from
    }
}

/// A week in milliseconds.
const WEEK: i64 = 7 * 86_400_000;

/// Reads the name of a year's folder: four digits, 1900 to 2199.
pub fn year(text: &str) -> Option<u16> {
    let year = text.parse().ok().filter(|y| (1900..2200).contains(y));
    year.filter(|_| text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether an ISO year has 53 weeks: it starts on a Thursday, or is a leap year that starts on a
/// Wednesday.
fn has_week_53(year: u16) -> bool {
    let weekday_of_31_december = |y: u16| (y + y / 4 - y / 100 + y / 400) % 7;
    weekday_of_31_december(year) == 4 || weekday_of_31_december(year - 1) == 3
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Month(y, m) => write!(f, "{y}-{m:02}"),
            Self::FourWeeks(y, p) => write!(f, "{y}-P{p:02}"),
            Self::Week(y, w) => write!(f, "{y}-W{w:02}"),
            Self::Year(y) => write!(f, "{y}"),
        }
    }
}

impl FromStr for Period {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        let (y, part) = match s.split_once('-') {
            Some((y, part)) => (year(y).ok_or(())?, part),
            None => return year(s).map(Self::Year).ok_or(()),
        };
        let number = |text: &str, max: u8| {
            let n = text.parse::<u8>().ok().filter(|n| (1..=max).contains(n));
            n.filter(|_| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).ok_or(())
        };
        match part.as_bytes().first() {
            Some(b'P' | b'p') => Ok(Self::FourWeeks(y, number(&part[1..], 13)?)),
            Some(b'W' | b'w') => {
                let week = number(&part[1..], 53)?;
                if week == 53 && !has_week_53(y) { Err(()) } else { Ok(Self::Week(y, week)) }
            }
            _ => Ok(Self::Month(y, number(part, 12)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_within_an_employment_of_which_it_has_a_day() {
        let ms = |text: &str| day::start(text.parse().unwrap());
        let within = |period: Period, from: &str, until: &str| period.within(ms(from), ms(until));
        let november = Period::Month(2026, 11);
        assert!(within(november, "2026-11-30", "2027-01-01"));
        assert!(within(november, "2020-01-01", "2026-11-02"));
        assert!(!within(november, "2026-12-01", "2027-01-01"));
        assert!(!within(november, "2020-01-01", "2026-11-01"));
        assert!(within(Period::Month(2026, 12), "2026-12-31", "2027-01-01"));
        assert!(!within(Period::Month(2026, 12), "2027-01-01", "2028-01-01"));
        // Week 53 of 2026 is from 28 December to 3 January.
        assert!(within(Period::Week(2026, 53), "2027-01-03", "2028-01-01"));
        assert!(!within(Period::Week(2026, 53), "2027-01-04", "2028-01-01"));
        assert!(!within(Period::Week(2026, 53), "2020-01-01", "2026-12-28"));
        assert!(within(Period::Year(2026), "2026-12-31", "2028-01-01"));
        assert!(!within(Period::Year(2026), "2027-01-01", "2028-01-01"));
        // The first four weeks begin on 29 December 2025, give or take a week.
        assert!(within(Period::FourWeeks(2026, 1), "2020-01-01", "2025-12-23"));
        assert!(!within(Period::FourWeeks(2026, 1), "2020-01-01", "2025-12-22"));
        assert!(within(Period::FourWeeks(2026, 1), "2026-02-01", "2028-01-01"));
        assert!(!within(Period::FourWeeks(2026, 1), "2026-02-02", "2028-01-01"));
        assert_eq!((november.year(), Period::Week(2025, 1).year()), (2026, 2025));
        assert_eq!(
            (year("2026"), year("02026"), year("1899"), year("2200")),
            (Some(2026), None, None, None)
        );
    }

    #[test]
    fn each_form_reads_back_as_written() {
        for text in ["2026-11", "2026-P05", "2026-W53", "2026"] {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_period_meets_an_employment_by_a_single_day() {
        let from = day::start("2026-11-30".parse().unwrap());
        let until = day::end("2026-12-31".parse().unwrap());
        let meets = |text: &str| text.parse::<Period>().unwrap().within(from, until);
        assert!(meets("2026-11") && meets("2026-12") && meets("2026") && meets("2026-P12"));
        assert!(meets("2026-W49") && meets("2026-W53"));
        assert!(!meets("2026-10") && !meets("2027-01") && !meets("2025") && !meets("2026-W48"));
        assert!(!meets("2026-P09"));
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for text in
            ["2026-13", "2026-1", "2026-P14", "2027-W53", "26-11", "2026-", "2026-W00", "+026"]
        {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
        for year in [2026, 2032, 2037, 2043] {
            assert!(has_week_53(year), "{year}");
        }
    }
}
