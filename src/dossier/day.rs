//! Days and moments of the past, by the calendar of Europe/Amsterdam (PRODUCT.md section 7). Times
//! are Unix milliseconds.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

const ZONE: &str = "Europe/Amsterdam";

/// How far back a moment may be asked for by name, in milliseconds: 48 hours.
pub const MOMENTS: i64 = 48 * 3_600_000;

fn zone() -> TimeZone {
    TimeZone::get(ZONE).unwrap_or(TimeZone::UTC)
}

/// The local date and time of an instant.
pub fn local(ms: i64) -> DateTime {
    let at = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    at.to_zoned_datetime(zone()).datetime()
}

/// The local day of an instant, `2026-11-23`.
pub fn date(ms: i64) -> Date {
    local(ms).date()
}

/// The first instant of a local day.
pub fn start(date: Date) -> i64 {
    date.to_zoned_datetime(zone()).map_or(0, |z| z.timestamp().as_millisecond())
}

/// The first instant after a local day: a day view shows what was there just before it.
pub fn end(date: Date) -> i64 {
    date.checked_add(1.day()).map_or(i64::MAX, start)
}

/// The instant of a local date and time. One that spring leaves out is an hour later, of one that autumn
/// repeats it is the second: never sooner than the clock says.
pub fn instant(at: DateTime) -> i64 {
    zone().to_ambiguous_timestamp(at).later().map_or(i64::MAX, Timestamp::as_millisecond)
}

/// The beginning of a minute: until an instant, nothing later can be asked for by a name that [`moment`] reads.
pub const fn minute(ms: i64) -> i64 {
    ms - ms.rem_euclid(60_000)
}

/// The month of an instant, `2026-11`, as log files are named.
pub fn month(ms: i64) -> String {
    local(ms).date().strftime("%Y-%m").to_string()
}

/// The instant that a name in `/Eerdere dagen/` stands for: the last of `2026-11-23`, or the one that
/// the minute `2026-11-23 0915` begins (in the hour that autumn repeats, the second time round).
/// `None` for what is no such name, for today's or a later day, for a moment still to come, and
/// for one over 48 hours ago.
pub fn moment(name: &str, now: i64) -> Option<i64> {
    let Some((day, minute)) = name.split_once(' ') else {
        let end = end(exact_date(name)?);
        return (end <= now).then_some(end - 1);
    };
    let digits = minute.len() == 4 && minute.bytes().all(|b| b.is_ascii_digit());
    let number: i16 = minute.parse().ok().filter(|_| digits)?;
    let time =
        Time::new(i8::try_from(number / 100).ok()?, i8::try_from(number % 100).ok()?, 0, 0).ok()?;
    let ambiguous = zone().to_ambiguous_timestamp(exact_date(day)?.to_datetime(time));
    let at = match ambiguous.offset() {
        AmbiguousOffset::Gap { .. } => return None,
        AmbiguousOffset::Fold { .. } => ambiguous.later().ok()?,
        AmbiguousOffset::Unambiguous { .. } => ambiguous.unambiguous().ok()?,
    };
    let at = at.as_millisecond();
    (at <= now && at >= now - MOMENTS).then_some(at)
}

/// A date written exactly as `2026-11-23`.
pub fn exact_date(text: &str) -> Option<Date> {
    let date: Date = Date::strptime("%Y-%m-%d", text).ok()?;
    (date.to_string() == text).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn a_day_ends_at_midnight_in_amsterdam() {
        let now = at("2026-11-24T12:00:00Z");
        assert_eq!(moment("2026-11-23", now), Some(at("2026-11-23T22:59:59.999Z")));
        assert_eq!(moment("2026-11-24", now), None);
        assert_eq!(moment("2026-11-3", now), None);
        let spring = "2026-03-29".parse().unwrap();
        assert_eq!(end(spring) - start(spring), 23 * 3_600_000);
    }

    #[test]
    fn an_instant_has_the_date_time_and_month_of_amsterdam() {
        let late = at("2026-10-31T23:30:00Z");
        assert_eq!(local(late).to_string(), "2026-11-01T00:30:00");
        assert_eq!(date(late).to_string(), "2026-11-01");
        assert_eq!(month(late), "2026-11");
    }

    #[test]
    fn a_moment_is_from_now_to_48_hours_ago() {
        let now = at("2026-11-24T12:00:00Z");
        assert_eq!(moment("2026-11-24 1300", now), Some(now));
        assert_eq!(moment("2026-11-24 1301", now), None);
        assert_eq!(moment("2026-11-22 1300", now), Some(now - MOMENTS));
        assert_eq!(moment("2026-11-22 1259", now), None);
        assert_eq!(moment("2026-11-24 900", now), None);
        assert_eq!(exact_date("2026-02-30"), None);
        assert_eq!(start("2026-11-24".parse().unwrap()), at("2026-11-23T23:00:00Z"));
        // An hour that spring leaves out does not exist.
        assert_eq!(moment("2026-03-29 0230", at("2026-03-29T12:00:00Z")), None);
    }

    #[test]
    fn a_moment_is_the_beginning_of_its_minute_the_second_time_round_in_autumn() {
        let now = at("2026-10-25T12:00:00Z");
        assert_eq!(moment("2026-10-25 0230", now), Some(at("2026-10-25T01:30:00Z")));
        assert_eq!(moment("2026-10-24 0915", now), Some(at("2026-10-24T07:15:00Z")));
        assert_eq!(moment("2026-10-25 1400", now), None);
        assert_eq!(moment("2026-10-23 1200", now), None);
        assert_eq!(moment("2026-10-25 2460", now), None);
        assert_eq!(moment("2026-10-25 +915", now), None);
    }
}
