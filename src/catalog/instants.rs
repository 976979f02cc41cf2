//! When things happened, whatever they were: the newest instant, and putting back what lies ahead of a
//! clock that was set right.
//!
//! What was agreed for a day to come (engagements, employments, expiries) is none of it.

use super::db::{Conn, Statement, args, statements};
use super::deliveries::LISTED_FOR;
use super::rows::row;
use crate::dossier::{Result, day};
use jiff::ToSpan;
use serde::Serialize;

/// Puts a column's instants after `$1` back by `$3`: not before `$2`, and not after `$1`.
macro_rules! put_back {
    ($table:literal, $column:literal) => {
        concat!(
            "update ",
            $table,
            " set ",
            $column,
            " = case when ",
            $column,
            " - $3 < $2 then $2 \
             when ",
            $column,
            " - $3 > $1 then $1 else ",
            $column,
            " - $3 end \
             where ",
            $column,
            " > $1 and ",
            $column,
            " < 9223372036854775806"
        )
    };
}

/// What of a table was written after `$1`.
macro_rules! ahead {
    ($table:literal, $column:literal) => {
        concat!(
            "(select count(*) from ",
            $table,
            " where ",
            $column,
            " > $1 and ",
            $column,
            " < 9223372036854775806)"
        )
    };
}

/// The greatest instant of a column up to `$1`.
macro_rules! greatest {
    ($table:literal, $column:literal) => {
        concat!("select max(", $column, ") as at from ", $table, " where ", $column, " <= $1")
    };
}

statements! {
    // Rows are written in the order of their instants, so the last of them have the newest; ends have
    // an index.
    NEWEST = "select cast(coalesce(max(at), 0) as bigint) from ( \
        select max(at) as at from (select at from event order by id desc limit 100) e \
        union all select max(from_ms) from \
            (select from_ms from placement order by id desc limit 100) p \
        union all select max(from_ms) from (select from_ms from version order by id desc limit 100) v \
        union all select max(until_ms) from placement where until_ms < 9223372036854775806 \
        union all select max(until_ms) from version where until_ms < 9223372036854775806) t";
    // The same by looking at every row.
    GREATEST = concat!("select cast(coalesce(max(at), 0) as bigint) from (",
        greatest!("event", "at"), " union all ",
        greatest!("placement", "from_ms"), " union all ", greatest!("placement", "until_ms"),
        " union all ",
        greatest!("version", "from_ms"), " union all ", greatest!("version", "until_ms"), ") t");
    AHEAD = concat!("select ", ahead!("version", "from_ms"), " as versions, ",
        ahead!("placement", "from_ms"), " as places, ", ahead!("event", "at"), " as events");

    VERSION_FROM = put_back!("version", "from_ms");
    VERSION_UNTIL = put_back!("version", "until_ms");
    PLACEMENT_FROM = put_back!("placement", "from_ms");
    PLACEMENT_UNTIL = put_back!("placement", "until_ms");
    FORWARD_FROM = put_back!("forward", "from_ms");
    FORWARD_UNTIL = put_back!("forward", "until_ms");
    SHOWN_FROM = put_back!("shown_before", "from_ms");
    SHOWN_UNTIL = put_back!("shown_before", "until_ms");
    EVENT = put_back!("event", "at");
    PARTY = put_back!("party", "created");
    PARTY_ERASED = put_back!("party", "erased");
    NODE = put_back!("node", "created");
    NODE_TIME = put_back!("node", "mtime");
    ACCOUNT = put_back!("account", "created");
    ACCOUNT_SUSPENDED = put_back!("account", "suspended");
    CREDENTIAL = put_back!("credential", "created");
    CREDENTIAL_USED = put_back!("credential", "last_used");
    CREDENTIAL_REVOKED = put_back!("credential", "revoked");
    KEY = put_back!("age_key", "created");
    KEY_DESTROYED = put_back!("age_key", "destroyed");
    MAINTENANCE = put_back!("maintenance", "at");
    DELIVERY = put_back!("delivery", "at");
    DECISION = put_back!("decision", "at");
    REFUSAL = put_back!("refusal", "at");
    TOLD = put_back!("notices", "told_ms");
    TELLING = put_back!("notices", "until_ms");

    // From when a set is seen: as long after it changed as it was.
    SHOWN = "update placement set shown_ms = shown_ms - $2 where kind = 'review' and shown_ms > $1 \
        and until_ms = 9223372036854775807";
    // What ends so long after it began.
    LISTED = "update delivery set listed_until = at + $2 where listed_until > $1";
    RETRIED = "update notices set again_ms = $1 where again_ms > $1";
    LOCKED = "update dav_lock set expires = $1 + timeout_ms where expires > $1 + timeout_ms";

    // What ended before it began: the order of a file's versions, and of the places where a node lay, is
    // that of their rows. Each begins no later than the next, and ends when that begins.
    SORT_VERSIONS = "update version set from_ms = (select min(w.from_ms) from version w \
            where w.node = version.node and w.number >= version.number) \
        where node in (select node from version where until_ms < from_ms)";
    CLOSE_VERSIONS = "update version set until_ms = (select min(w.from_ms) from version w \
            where w.node = version.node and w.number > version.number) \
        where node in (select node from version where until_ms <= from_ms) \
        and until_ms > (select min(w.from_ms) from version w \
            where w.node = version.node and w.number > version.number)";
    SORT_PLACEMENTS = "update placement set from_ms = (select min(q.from_ms) from placement q \
            where q.node = placement.node and q.forward is null and q.id >= placement.id) \
        where forward is null and node in \
            (select node from placement where until_ms < from_ms and forward is null)";
    CLOSE_PLACEMENTS = "update placement set until_ms = (select min(q.from_ms) from placement q \
            where q.node = placement.node and q.forward is null and q.id > placement.id) \
        where forward is null and node in \
            (select node from placement where until_ms <= from_ms and forward is null) \
        and until_ms > (select min(q.from_ms) from placement q \
            where q.node = placement.node and q.forward is null and q.id > placement.id)";
    SORT_LINKS = "update placement set from_ms = until_ms \
        where forward is not null and until_ms < from_ms";
    SORT_FORWARDS = "update forward set from_ms = until_ms where until_ms < from_ms";

    DAYS_FROM = "select party, area, day, pruned from changed_day where day >= $1 order by day";
    ADD_DAY = "insert into changed_day (party, area, day, pruned) values ($1, $2, $3, $4) \
        on conflict (party, area, day) do nothing";
    DROP_DAYS = "delete from changed_day where day > $1";

    // The second row of `epoch`: how often the operator said that the system's clock is right.
    SAID = "select cast(coalesce(max(value), 0) as bigint) from epoch where id = 2";
    SAY = "insert into epoch (id, value) values (2, 1) \
        on conflict (id) do update set value = epoch.value + 1";
}

/// Every column of instants at which something happened, in the order of their statements.
const PUT_BACK: [Statement; 26] = [
    VERSION_FROM,
    VERSION_UNTIL,
    PLACEMENT_FROM,
    PLACEMENT_UNTIL,
    FORWARD_FROM,
    FORWARD_UNTIL,
    SHOWN_FROM,
    SHOWN_UNTIL,
    EVENT,
    PARTY,
    PARTY_ERASED,
    NODE,
    NODE_TIME,
    ACCOUNT,
    ACCOUNT_SUSPENDED,
    CREDENTIAL,
    CREDENTIAL_USED,
    CREDENTIAL_REVOKED,
    KEY,
    KEY_DESTROYED,
    MAINTENANCE,
    DELIVERY,
    DECISION,
    REFUSAL,
    TOLD,
    TELLING,
];

/// In this order: what begins is sorted before what ends is closed.
const SORT: [Statement; 6] =
    [SORT_VERSIONS, CLOSE_VERSIONS, SORT_PLACEMENTS, CLOSE_PLACEMENTS, SORT_LINKS, SORT_FORWARDS];

/// In milliseconds.
const DAY: i64 = 24 * 3_600_000;

row! {
    /// How many rows were written after an instant.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
    pub struct Ahead {
        /// Of versions.
        pub versions: i64,
        /// Of where something lies.
        pub places: i64,
        /// Of the log.
        pub events: i64,
    }
}

/// By how much what was written ahead is put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Back {
    /// Milliseconds.
    pub by: i64,
    /// The newest instant of what was not written ahead: nothing is put before it.
    pub floor: i64,
}

impl Back {
    /// Where an instant is put that lies after `now`.
    const fn put(self, at: i64, now: i64) -> i64 {
        let at = at - self.by;
        if at < self.floor {
            self.floor
        } else if at > now {
            now
        } else {
            at
        }
    }
}

/// The newest instant at which something happened, in Unix milliseconds; 0 when nothing did.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`], also for all below.
pub async fn newest(conn: &mut Conn) -> Result<i64> {
    conn.number(NEWEST, args![]).await
}

/// How often the operator said that the system's clock is right, though it was ahead.
///
/// # Errors
/// As [`newest`].
pub async fn said_right(conn: &mut Conn) -> Result<i64> {
    conn.number(SAID, args![]).await
}

/// Says it once more: every process that has the database open follows its system's clock again.
///
/// # Errors
/// As [`newest`].
pub async fn say_right(tx: &mut Conn) -> Result<()> {
    tx.run(SAY, args![]).await.map(drop)
}

/// By how much one has to put back what lies after `now`, by looking at every row.
///
/// # Errors
/// As [`newest`].
pub async fn lead(conn: &mut Conn, now: i64) -> Result<Back> {
    let newest = conn.number(GREATEST, args![super::NOW - 1]).await?;
    let floor = conn.number(GREATEST, args![now]).await?;
    Ok(Back { by: (newest - now).max(0), floor })
}

/// What lies after `now`.
///
/// # Errors
/// As [`newest`].
pub async fn ahead(conn: &mut Conn, now: i64) -> Result<Ahead> {
    Ok(conn.one(AHEAD, args![now]).await?.unwrap_or_default())
}

/// Puts back all that lies after `now`; afterwards nothing does, and nothing ended before it began.
///
/// # Errors
/// As [`newest`].
pub async fn put_back(tx: &mut Conn, back: Back, now: i64) -> Result<()> {
    for column in PUT_BACK {
        tx.run(column, args![now, back.floor, back.by]).await?;
    }
    for sort in SORT {
        tx.run(sort, args![]).await?;
    }
    tx.run(SHOWN, args![now, back.by]).await?;
    tx.run(LISTED, args![now + LISTED_FOR, LISTED_FOR]).await?;
    tx.run(LOCKED, args![now]).await?;
    tx.run(RETRIED, args![now]).await?;
    put_days_back(tx, back, now).await
}

/// A day goes to those on which its instants are now. What is left of today was written ahead only when
/// the clock was ahead by less than a day.
async fn put_days_back(tx: &mut Conn, back: Back, now: i64) -> Result<()> {
    let today = day::date(now);
    let days: Vec<(i64, String, String, i64)> = tx.all(DAYS_FROM, args![today.to_string()]).await?;
    for (party, area, text, pruned) in days {
        let Some(date) = day::exact_date(&text) else { continue };
        if date == today && back.by >= DAY {
            continue;
        }
        let ends = [day::start(date).max(now), day::end(date) - 1];
        let [first, last] = ends.map(|at| day::date(back.put(at, now)));
        for day in first.series(1.day()).take_while(|day| *day <= last) {
            tx.run(ADD_DAY, args![party, &area, day.to_string(), pruned]).await?;
        }
    }
    tx.run(DROP_DAYS, args![today.to_string()]).await.map(drop)
}
