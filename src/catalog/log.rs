//! What happened, and the line that each party concerned reads about it. Append only.

use super::db::{Conn, args, statements};
use super::rows::row;
use super::{AccountId, NodeId, PartyId};
use crate::dossier::{Deed, Error, Result};

statements! {
    INSERT_EVENT = "insert into event (at, account, protocol, address, verb, node) \
         values ($1, $2, $3, $4, $5, $6) returning id, (select name from account where id = $2) as name, \
         (select p.name from account a join party p on p.id = a.party where a.id = $2) as party";
    // Up to `TOLD` of them. Who was erased has no log any more.
    INSERT_LINES = "insert into log_line (party, event, month, line) \
         select p.id, cast($1 as bigint), cast($2 as text), told.column2 \
         from (values (cast($3 as bigint), cast($4 as text)), ($5, $6), ($7, $8), ($9, $10)) as told \
            join party p on p.id = told.column1 \
         where p.erased is null";
    MONTHS = "select month, count(*), cast(sum(octet_length(line)) as bigint) from log_line \
         where party = $1 group by month order by month";
    MONTH = "select count(*), cast(coalesce(sum(octet_length(line)), 0) as bigint) from log_line \
         where party = $1 and month = $2";
    LINES = "select id, line from log_line where party = $1 and month = $2 and id > $3 \
         order by id limit $4";
    // A copy on the server is a reading too.
    OPENED = "select count(*) from event where node = $1 and verb in ('open', 'copy', 'take-copy') \
         and account in (select id from account where party <> $2)";
    MOVED = "select account, at from event \
         where node = $1 and verb in ('rename', 'delete') and at >= $2";
    KNOWN_AS = "select name from employment where person = $1 and employer = $2 order by id desc limit 1";
    ACCOUNT_NAME = "select a.name, p.name from account a join party p on p.id = a.party where a.id = $1";
}

/// How many are told by one statement.
const TOLD: usize = 4;

/// What happened, without names or contents.
#[derive(Clone, Debug)]
pub struct Event {
    /// Unix milliseconds.
    pub at: i64,
    /// Who did it; `None` is the program itself or an operator.
    pub account: Option<AccountId>,
    /// By which protocol.
    pub protocol: String,
    /// From which address.
    pub address: String,
    /// What was done.
    pub deed: Deed,
    /// With what.
    pub node: Option<NodeId>,
}

row! {
    /// An event that was written, and who did it.
    #[derive(Clone, Debug)]
    pub struct Written {
        id: i64,
        /// The name of the account, where one did it.
        pub name: Option<String>,
        /// The name of its party.
        pub party: Option<String>,
    }
}

/// Writes an event.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`], also for all below.
pub async fn event(tx: &mut Conn, event: &Event) -> Result<Written> {
    let e = event.clone();
    let args = args![e.at, e.account, e.protocol, e.address, e.deed.verb(), e.node];
    tx.one(INSERT_EVENT, args).await?.ok_or(Error::Unavailable)
}

/// Writes the line about an event in the log of each party concerned. A line ends in a line feed; `month`
/// is `2026-11`.
///
/// # Errors
/// As [`event`].
pub async fn tell(
    tx: &mut Conn,
    event: &Written,
    month: &str,
    lines: &[(PartyId, String)],
) -> Result<()> {
    for told in lines.chunks(TOLD) {
        let mut args = args![event.id, month];
        for at in 0..TOLD {
            let (party, line) = told.get(at).cloned().unzip();
            args.extend(args![party, line]);
        }
        tx.run(INSERT_LINES, args).await?;
    }
    Ok(())
}

/// Writes an event and the lines about it.
///
/// # Errors
/// As [`event`].
pub async fn write(
    tx: &mut Conn,
    event: &Event,
    month: &str,
    lines: &[(PartyId, String)],
) -> Result<()> {
    let written = self::event(tx, event).await?;
    tell(tx, &written, month, lines).await
}

/// The months of a party's log, each with how many lines it has and how many bytes they are.
///
/// # Errors
/// As [`event`].
pub async fn months(conn: &mut Conn, party: PartyId) -> Result<Vec<(String, i64, i64)>> {
    conn.all(MONTHS, args![party]).await
}

/// How many lines and bytes a month of a party's log has.
///
/// # Errors
/// As [`event`].
pub async fn month(conn: &mut Conn, party: PartyId, month: &str) -> Result<(i64, i64)> {
    Ok(conn.one(MONTH, args![party, month]).await?.unwrap_or((0, 0)))
}

/// Lines of a month after the one with the id `after`, at most `limit`.
///
/// # Errors
/// As [`event`].
pub async fn lines(
    conn: &mut Conn,
    party: PartyId,
    month: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, String)>> {
    conn.all(LINES, args![party, month, after, limit]).await
}

/// Whether anybody but a party has opened a document, or copied it.
///
/// # Errors
/// As [`event`].
pub async fn opened_by_others(conn: &mut Conn, node: NodeId, party: PartyId) -> Result<bool> {
    Ok(conn.number(OPENED, args![node, party]).await? > 0)
}

/// Who renamed something in its folder, or deleted it, and when: not before `since`.
///
/// # Errors
/// As [`event`].
pub async fn moved(
    conn: &mut Conn,
    node: NodeId,
    since: i64,
) -> Result<Vec<(Option<AccountId>, i64)>> {
    conn.all(MOVED, args![node, since]).await
}

/// The name of an account and of its party.
///
/// # Errors
/// As [`event`].
pub async fn who(conn: &mut Conn, account: AccountId) -> Result<Option<(String, String)>> {
    conn.one(ACCOUNT_NAME, args![account]).await
}

/// What an employer calls a person that works for it, or did.
///
/// # Errors
/// As [`event`].
pub async fn known_as(
    conn: &mut Conn,
    person: PartyId,
    employer: PartyId,
) -> Result<Option<String>> {
    let row: Option<(String,)> = conn.one(KNOWN_AS, args![person, employer]).await?;
    Ok(row.map(|(name,)| name))
}
