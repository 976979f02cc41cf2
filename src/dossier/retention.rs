//! How long what was is kept (PRODUCT.md section 7).

use super::leaf::Leaf;
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// How long every version is kept from when it was replaced, moved or deleted, in milliseconds: as long
/// as a moment can be asked for by name.
pub const ALWAYS: i64 = super::day::MOMENTS;

/// How long every version of an overview is kept, in milliseconds: seven years, leap days included.
pub const OVERVIEWS: i64 = (7 * 365 + 2) * 24 * 3_600_000;

/// By what the history of an area is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum History {
    /// By days, as `/Back-ups` are.
    Backups,
    /// By days, as a party's other folders of its own are.
    Files,
    /// By age: overviews and sets, which no day shows.
    Overviews,
}

impl History {
    /// That of what a leaf leads to.
    pub const fn of(leaf: Leaf) -> Self {
        match leaf {
            Leaf::Backups => Self::Backups,
            Leaf::EmployeeOverviews
            | Leaf::EmployerOverviews
            | Leaf::OnPaper
            | Leaf::DeliverTo
            | Leaf::Sets(_) => Self::Overviews,
            _ => Self::Files,
        }
    }
}

/// Which days are kept. Days count, and weeks, months and years, in which something changed: what
/// changes seldom reaches further back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The last so many days.
    pub days: usize,
    /// The last day of each of so many weeks, from Monday to Sunday.
    pub weeks: usize,
    /// The last day of each of so many months.
    pub months: usize,
    /// The last day of each of so many calendar years.
    pub years: usize,
}

/// Which days are kept of which folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Of `/Back-ups`.
    pub backups: Kept,
    /// Of the other folders of one's own.
    pub files: Kept,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            backups: Kept { days: 14, weeks: 8, months: 12, years: 7 },
            files: Kept { days: 90, weeks: 0, months: 0, years: 0 },
        }
    }
}

impl Kept {
    /// Those that are kept of the days on which something changed. A day that was let go once is not
    /// kept again later.
    pub fn of(self, changed: &BTreeSet<Date>) -> BTreeSet<Date> {
        let monday = |day: Date| {
            let past = i64::from(day.weekday().to_monday_zero_offset());
            day.checked_sub(past.days()).unwrap_or(day)
        };
        let mut kept: BTreeSet<Date> = changed.iter().rev().take(self.days).copied().collect();
        kept.extend(last_of(changed, self.weeks, monday));
        kept.extend(last_of(changed, self.months, Date::first_of_month));
        kept.extend(last_of(changed, self.years, Date::first_of_year));
        kept
    }
}

/// The last day of each of the last `count` periods; a period is known by its first day.
fn last_of(
    changed: &BTreeSet<Date>,
    count: usize,
    period: impl Fn(Date) -> Date,
) -> impl Iterator<Item = Date> {
    let mut last: Option<Date> = None;
    let new = move |day: &Date| {
        let first = period(*day);
        let new = last != Some(first);
        last = Some(first);
        new
    };
    changed.iter().rev().copied().filter(new).take(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn days(texts: &[&str]) -> BTreeSet<Date> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn overviews_are_kept_for_seven_years() {
        let start = |text: &str| crate::dossier::day::start(text.parse().unwrap());
        assert_eq!(start("2026-11-24") - start("2019-11-24"), OVERVIEWS);
    }

    const NONE: Kept = Kept { days: 0, weeks: 0, months: 0, years: 0 };

    #[test]
    fn the_last_of_each_week_month_and_year_is_kept() {
        let changed = days(&[
            "2025-12-31",
            "2026-01-02",
            "2026-10-30",
            "2026-11-01",
            "2026-11-02",
            "2026-11-08",
            "2026-11-09",
            "2026-11-24",
        ]);
        let kept = |kept: Kept| kept.of(&changed);
        assert_eq!(kept(Kept { days: 2, ..NONE }), days(&["2026-11-09", "2026-11-24"]));
        // Sunday the 1st and the Monday after it are in two weeks.
        let weeks = days(&["2026-11-01", "2026-11-08", "2026-11-09", "2026-11-24"]);
        assert_eq!(kept(Kept { weeks: 4, ..NONE }), weeks);
        let months = days(&["2026-01-02", "2026-10-30", "2026-11-24"]);
        assert_eq!(kept(Kept { months: 3, ..NONE }), months);
        assert_eq!(kept(Kept { years: 7, ..NONE }), days(&["2025-12-31", "2026-11-24"]));
        assert_eq!(kept(NONE), days(&[]));
    }

    fn ordinals() -> impl Strategy<Value = BTreeSet<Date>> {
        let first: Date = "2019-01-01".parse().unwrap();
        let day = (0i64..3_000).prop_map(move |n| first.checked_add(n.days()).unwrap());
        prop::collection::btree_set(day, 0..200)
    }

    proptest! {
        #[test]
        fn what_was_let_go_once_is_never_kept_again(
            changed in ordinals(), days in 0usize..20, weeks in 0usize..9, months in 0usize..13,
            years in 0usize..8, cut in 0usize..200,
        ) {
            let kept = Kept { days, weeks, months, years };
            let before: BTreeSet<Date> = changed.iter().take(cut).copied().collect();
            let gone: BTreeSet<Date> = before.difference(&kept.of(&before)).copied().collect();
            prop_assert!(kept.of(&changed).is_disjoint(&gone));
            // And clearing every day keeps what clearing at the end does.
            let left: BTreeSet<Date> = changed.difference(&gone).copied().collect();
            prop_assert_eq!(kept.of(&left), kept.of(&changed));
        }

        #[test]
        fn so_many_days_back_every_change_is_kept(changed in ordinals(), days in 1usize..20) {
            let kept = Kept { days, ..NONE }.of(&changed);
            prop_assert_eq!(kept.len(), days.min(changed.len()));
            prop_assert_eq!(kept.last(), changed.last());
        }
    }
}
