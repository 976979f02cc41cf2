//! How far each receiver of notices was told, and what the log has since. What is worth telling is not
//! known here.

use super::db::{Conn, args, statements};
use super::rows::row;
use super::{AccountId, NodeId, PartyId};
use crate::dossier::Result;

/// Where a receiver's row, if it has one, is joined as `n`.
macro_rules! told {
    () => {
        " n.told_ms, n.until_ms, n.digest, cast(coalesce(n.failures, 0) as bigint) as failures, \
         cast(coalesce(n.again_ms, 0) as bigint) as again_ms "
    };
}

statements! {
    BEGIN = "insert into notices (channel, party, account, told_ms) values ($1, 0, 0, $2) \
        on conflict (channel, party, account) do nothing";
    SINCE = "select told_ms from notices where channel = $1 and party = 0 and account = 0";
    PARTIES = "select id from party where erased is null order by id";
    NEWEST = "select cast(coalesce((select max(id) from log_line), 0) as bigint) as lines, \
        cast(coalesce((select max(id) from refusal), 0) as bigint) as refusals";
    CONCERNED = "select party from log_line where id > $1 union select party from refusal where id > $2";
    ACCOUNTS = concat!("select a.id as account, a.email, a.created,", told!(), "from account a \
        join party p on p.id = a.party and p.erased is null \
        left join notices n on n.channel = $1 and n.party = a.party and n.account = a.id \
        where a.party = $2 and a.machine = 0 and a.password is not null and a.suspended is null \
        and a.email <> '' order by a.id");
    ITSELF = concat!("select cast(0 as bigint) as account, '' as email, p.created,", told!(), "from party p \
        left join notices n on n.channel = $1 and n.party = p.id and n.account = 0 \
        where p.id = $2 and p.erased is null");
    // By others than the party itself. A month's name is no later than those of what happened after it.
    DEEDS = "select e.at, e.verb, e.node, \
            case when exists (select 1 from placement l join employment m on m.paper_root = l.parent \
                where l.node = e.node) then 'paper' \
            when exists (select 1 from placement l where l.node = e.node and l.kind <> '') then 'overview' \
            else '' end as lies \
        from log_line i join event e on e.id = i.event left join account a on a.id = e.account \
        where i.party = $1 and i.month >= $2 and e.at > $3 and (a.party is null or a.party <> $1) \
        order by e.at, e.id";
    REFUSALS = "select at from refusal where party = $1 and at > $2 order by at";
    CLAIM = "insert into notices (channel, party, account, told_ms, until_ms, digest, again_ms) \
        values ($1, $2, $3, $4, $5, $6, $7) \
        on conflict (channel, party, account) do update set until_ms = excluded.until_ms, \
            digest = excluded.digest, again_ms = excluded.again_ms \
        where notices.told_ms = $4 and notices.again_ms <= $8";
    SKIP = "insert into notices (channel, party, account, told_ms) values ($1, $2, $3, $5) \
        on conflict (channel, party, account) do update set told_ms = excluded.told_ms, \
            until_ms = null, digest = null, failures = 0, again_ms = 0 \
        where notices.told_ms = $4 and notices.again_ms <= $6";
    TOLD = "update notices set told_ms = until_ms, until_ms = null, digest = null, failures = 0, again_ms = 0 \
        where channel = $1 and party = $2 and account = $3 and digest = $4";
    LATER = "update notices set failures = failures + 1, again_ms = $5 \
        where channel = $1 and party = $2 and account = $3 and digest = $4";
}

/// Whom a channel tells: of a party that is told as one the account is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// `mail` or `webhook`.
    pub channel: &'static str,
    /// The party.
    pub party: PartyId,
    /// Its account.
    pub account: AccountId,
}

row! {
    /// How far a receiver was told. Instants are Unix milliseconds.
    #[derive(Clone, Debug)]
    pub struct Told {
        /// The account, or 0.
        pub account: AccountId,
        /// Its address.
        pub email: String,
        /// When the receiver was made.
        pub created: i64,
        /// Up to when it was told, if it ever was.
        pub told_ms: Option<i64>,
        /// Up to when it is being told.
        pub until_ms: Option<i64>,
        /// The id of what it is being told.
        pub digest: Option<String>,
        /// How often that failed.
        pub failures: i64,
        /// When it may be tried again.
        pub again_ms: i64,
    }
}

row! {
    /// What another party, an operator or the program itself did, as a party's log has it.
    #[derive(Clone, Debug)]
    pub struct Deed {
        /// When, in Unix milliseconds.
        pub at: i64,
        /// The verb of the event.
        pub verb: String,
        /// With what.
        pub node: Option<NodeId>,
        /// `paper`, `overview` or nothing.
        pub lies: String,
    }
}

row! {
    /// The last rows of what notices are read from.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Newest {
        /// Of the log.
        pub lines: i64,
        /// Of what was refused.
        pub refusals: i64,
    }
}

/// Lets a channel begin to tell what happens after `now`, unless it did so before.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`], also for all below.
pub async fn begin(tx: &mut Conn, channel: &str, now: i64) -> Result<()> {
    tx.run(BEGIN, args![channel, now]).await.map(drop)
}

/// Since when a channel tells.
///
/// # Errors
/// As [`begin`].
pub async fn since(conn: &mut Conn, channel: &str) -> Result<Option<i64>> {
    let row: Option<(i64,)> = conn.one(SINCE, args![channel]).await?;
    Ok(row.map(|(since,)| since))
}

/// Every party that there is.
///
/// # Errors
/// As [`begin`].
pub async fn parties(conn: &mut Conn) -> Result<Vec<PartyId>> {
    let rows: Vec<(PartyId,)> = conn.all(PARTIES, args![]).await?;
    Ok(rows.into_iter().map(|(party,)| party).collect())
}

/// How far log and refusals go now.
///
/// # Errors
/// As [`begin`].
pub async fn newest(conn: &mut Conn) -> Result<Newest> {
    Ok(conn.one(NEWEST, args![]).await?.unwrap_or_default())
}

/// The parties that something happened for after those rows.
///
/// # Errors
/// As [`begin`].
pub async fn concerned(conn: &mut Conn, after: Newest) -> Result<Vec<PartyId>> {
    let rows: Vec<(PartyId,)> = conn.all(CONCERNED, args![after.lines, after.refusals]).await?;
    Ok(rows.into_iter().map(|(party,)| party).collect())
}

/// A party's accounts that mail can reach: activated, not suspended, of people.
///
/// # Errors
/// As [`begin`].
pub async fn accounts(conn: &mut Conn, channel: &str, party: PartyId) -> Result<Vec<Told>> {
    conn.all(ACCOUNTS, args![channel, party]).await
}

/// The party itself, unless it was erased.
///
/// # Errors
/// As [`begin`].
pub async fn itself(conn: &mut Conn, channel: &str, party: PartyId) -> Result<Vec<Told>> {
    conn.all(ITSELF, args![channel, party]).await
}

/// What others did after an instant, as a party's log has it; `month` is that of the instant.
///
/// # Errors
/// As [`begin`].
pub async fn deeds(conn: &mut Conn, party: PartyId, month: &str, after: i64) -> Result<Vec<Deed>> {
    conn.all(DEEDS, args![party, month, after]).await
}

/// When what a party handed in was refused, after an instant, and was not taken in since.
///
/// # Errors
/// As [`begin`].
pub async fn refusals(conn: &mut Conn, party: PartyId, after: i64) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> = conn.all(REFUSALS, args![party, after]).await?;
    Ok(rows.into_iter().map(|(at,)| at).collect())
}

/// Claims what happened to a receiver between two instants, under the id of a digest: nobody else tries it
/// before `again`. False when somebody else was first.
///
/// # Errors
/// As [`begin`].
pub async fn claim(
    tx: &mut Conn,
    to: Receiver,
    (told, until): (i64, i64),
    digest: &str,
    (now, again): (i64, i64),
) -> Result<bool> {
    let Receiver { channel, party, account } = to;
    let values = args![channel, party, account, told, until, digest, again, now];
    Ok(tx.run(CLAIM, values).await? > 0)
}

/// Goes on from `until` without a word, unless somebody else was first.
///
/// # Errors
/// As [`begin`].
pub async fn skip(tx: &mut Conn, to: Receiver, (told, until): (i64, i64), now: i64) -> Result<()> {
    let Receiver { channel, party, account } = to;
    tx.run(SKIP, args![channel, party, account, told, until, now]).await.map(drop)
}

/// A digest was told.
///
/// # Errors
/// As [`begin`].
pub async fn told(tx: &mut Conn, to: Receiver, digest: &str) -> Result<()> {
    let Receiver { channel, party, account } = to;
    tx.run(TOLD, args![channel, party, account, digest]).await.map(drop)
}

/// A digest could not be told, and is tried again at an instant.
///
/// # Errors
/// As [`begin`].
pub async fn later(tx: &mut Conn, to: Receiver, digest: &str, again: i64) -> Result<()> {
    let Receiver { channel, party, account } = to;
    tx.run(LATER, args![channel, party, account, digest, again]).await.map(drop)
}
