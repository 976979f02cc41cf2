//! From when a delivery may be seen (PRODUCT.md sections 5 and 6): a day of each month and a time that an
//! engagement says, or a moment that a manifest does. By the calendar and the clock of Europe/Amsterdam;
//! instants are Unix milliseconds.

use super::super::day;
use super::super::error::Refusal;
use super::super::party::Language;
use jiff::civil::{Date, Time};
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A day of every month, the last one in a shorter month, and a time: `25 09:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Monthly {
    day: i8,
    time: Time,
}

impl FromStr for Monthly {
    type Err = ();

    fn from_str(s: &str) -> Result<Self, ()> {
        let (day, time) = s.split_once(' ').ok_or(())?;
        let digits = day.len() <= 2 && day.bytes().all(|b| b.is_ascii_digit());
        let day = day.parse().ok().filter(|day| digits && (1..=31).contains(day)).ok_or(())?;
        let time = clock(time).filter(|_| time.len() == "09:00".len()).ok_or(())?;
        Ok(Self { day, time })
    }
}

impl fmt::Display for Monthly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.day, self.time.strftime("%H:%M"))
    }
}

impl Serialize for Monthly {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Monthly {
    /// Its moment in the month of an instant.
    fn in_month_of(self, ms: i64) -> i64 {
        let today = day::date(ms);
        let day = self.day.min(today.days_in_month());
        // Every month has that day.
        let date = Date::new(today.year(), today.month(), day).unwrap_or(today);
        day::instant(date.to_datetime(self.time))
    }
}

/// The moment that a manifest says: `2026-11-25 09:00`, also with a `T` between the two or with seconds.
///
/// # Errors
/// E15.
pub(super) fn moment(text: &str) -> Result<i64, Refusal> {
    let read = || {
        let (date, time) = text.split_once([' ', 'T'])?;
        let at = day::instant(day::exact_date(date)?.to_datetime(clock(time)?));
        // The last evening of the year 9999 never comes.
        (at < i64::MAX).then_some(at)
    };
    read().ok_or(Refusal::Manifest)
}

/// A time written exactly as `09:00` or `09:00:00`.
fn clock(text: &str) -> Option<Time> {
    let number = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        part.parse().ok().filter(|_| digits)
    };
    let mut parts = text.split(':').map(number);
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    parts.next().is_none().then_some(())?;
    Time::new(hour, minute, second, 0).ok()
}

/// From when what is delivered now may be seen: as its manifest `said`, else as the engagement has it.
/// `None` is at once.
pub fn due(now: i64, said: Option<i64>, monthly: Option<Monthly>) -> Option<i64> {
    said.or_else(|| monthly.map(|monthly| monthly.in_month_of(now))).filter(|at| *at > now)
}

/// A moment as people read it: `2026-11-25 09:00`.
pub fn shown(ms: i64) -> String {
    let local = day::local(ms);
    local
        .strftime(if local.second() == 0 { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d %H:%M:%S" })
        .to_string()
}

/// What is said of what may be seen from a moment, as that is [`shown`].
pub fn words(language: Language, shown: &str) -> String {
    format!("{} {shown}", language.pick("zichtbaar op", "visible at"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    }

    fn monthly(text: &str) -> Option<Monthly> {
        text.parse().ok()
    }

    #[test]
    fn a_day_of_the_month_and_a_time_is_written_in_one_way() {
        for (text, shown) in
            [("25 09:00", "25 09:00"), ("1 23:59", "1 23:59"), ("01 00:00", "1 00:00")]
        {
            assert_eq!(monthly(text).map(|m| m.to_string()).as_deref(), Some(shown));
        }
        for bad in [
            "",
            "25",
            "25 ",
            "0 09:00",
            "32 09:00",
            "-1 09:00",
            "+1 09:00",
            "025 09:00",
            "25 9:00",
            "25 24:00",
            "25 09:60",
            "25 09:00:00",
            "25  09:00",
            "25T09:00",
            "25 09:00 ",
            "x 09:00",
        ] {
            assert_eq!(monthly(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_delivered_before_the_moment_of_its_month_waits_for_it() {
        let due = |now, text| due(at(now), None, monthly(text));
        let then = Some(at("2026-11-25T08:00:00Z"));
        assert_eq!(due("2026-11-01T00:00:00Z", "25 09:00"), then);
        assert_eq!(due("2026-11-25T07:59:59Z", "25 09:00"), then);
        assert_eq!(due("2026-11-25T08:00:00Z", "25 09:00"), None);
        assert_eq!(due("2026-11-30T22:59:59Z", "25 09:00"), None);
        // In Amsterdam it is December by then.
        assert_eq!(due("2026-11-30T23:00:00Z", "25 09:00"), Some(at("2026-12-25T08:00:00Z")));
        assert_eq!(super::due(at("2026-11-01T00:00:00Z"), None, None), None);
    }

    #[test]
    fn a_shorter_month_has_its_last_day() {
        let due = |now, text| due(at(now), None, monthly(text));
        assert_eq!(due("2026-02-03T12:00:00Z", "31 09:00"), Some(at("2026-02-28T08:00:00Z")));
        assert_eq!(due("2028-02-03T12:00:00Z", "30 09:00"), Some(at("2028-02-29T08:00:00Z")));
        assert_eq!(due("2026-11-03T12:00:00Z", "31 09:00"), Some(at("2026-11-30T08:00:00Z")));
        assert_eq!(due("2026-12-03T12:00:00Z", "31 09:00"), Some(at("2026-12-31T08:00:00Z")));
    }

    #[test]
    fn a_moment_is_by_the_clock_of_its_own_day() {
        let due = |now, text| due(at(now), None, monthly(text));
        // Summer time begins on the 29th of March and ends on the 25th of October.
        assert_eq!(due("2026-03-01T12:00:00Z", "29 09:00"), Some(at("2026-03-29T07:00:00Z")));
        assert_eq!(due("2026-03-01T12:00:00Z", "28 09:00"), Some(at("2026-03-28T08:00:00Z")));
        assert_eq!(due("2026-10-01T12:00:00Z", "25 09:00"), Some(at("2026-10-25T08:00:00Z")));
        // A time that spring leaves out is an hour later; of one that autumn has twice it is the second.
        assert_eq!(due("2026-03-01T12:00:00Z", "29 02:30"), Some(at("2026-03-29T01:30:00Z")));
        assert_eq!(due("2026-10-01T12:00:00Z", "25 02:30"), Some(at("2026-10-25T01:30:00Z")));
    }

    #[test]
    fn a_manifest_names_a_date_and_time_itself() {
        let good = at("2026-11-25T08:00:00Z");
        for text in ["2026-11-25 09:00", "2026-11-25T09:00", "2026-11-25 09:00:00"] {
            assert_eq!(moment(text), Ok(good), "{text}");
        }
        assert_eq!(moment("2026-11-25T09:00:30"), Ok(good + 30_000));
        for bad in [
            "",
            "2026-11-25",
            "25 09:00",
            "25-11-2026 09:00",
            "2026-11-25 9:00",
            "2026-11-31 09:00",
            "2026-11-25 24:00",
            "2026-11-25 09:00Z",
            "2026-11-25T09:00+01:00",
            "2026-11-25  09:00",
            "2026-11-25 09:00:00.5",
            "2026-11-25 09:00:00:00",
            "2026-11-25t09:00",
            "9999-12-31 23:59",
            "morgen",
        ] {
            assert_eq!(moment(bad), Err(Refusal::Manifest), "{bad}");
        }
    }

    #[test]
    fn what_the_manifest_says_goes_before_what_was_agreed() {
        let (now, monthly) = (at("2026-11-01T12:00:00Z"), monthly("25 09:00"));
        assert_eq!(due(now, Some(now + 1), monthly), Some(now + 1));
        assert_eq!(due(now, Some(now), monthly), None);
        assert_eq!(due(now, Some(now - 1), monthly), None);
    }

    #[test]
    fn a_moment_is_shown_as_it_is_written() {
        for text in ["2026-11-25 09:00", "2026-07-01 00:00", "2026-11-25 09:00:30"] {
            assert_eq!(moment(text).map(shown).as_deref(), Ok(text));
        }
    }
}
