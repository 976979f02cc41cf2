//! What comes of deliveries for whoever hands them in: a folder for what waits, one for what was refused,
//! with the reasons, and receipts.

use super::db::{Conn, args, statements};
use super::rows::row;
use super::{AccountId, NodeId, PartyId};
use crate::dossier::Result;

statements! {
    ROOTS = "select a.waiting_root, p.refused_root from account a join party p on p.id = a.party \
         where a.id = $1";
    MAKE_ROOT = "insert into node (public_id, folder, mtime, created) values ($1, 1, $2, $2) returning id";
    SET_WAITING = "update account set waiting_root = $2 where id = $1";
    SET_REFUSED = "update party set refused_root = $2 where id = $1";
    INSERT_REFUSAL = "insert into refusal (party, name, name_key, code, node, at) \
         values ($1, $2, $3, $4, $5, $6)";
    REFUSALS = "select name, name_key, code, node, at from refusal where party = $1 order by name_key";
    REFUSAL = "select name, name_key, code, node, at from refusal where party = $1 and name_key = $2";
    REMOVE_REFUSAL = "delete from refusal where party = $1 and name_key = $2";
    REMOVE_REFUSAL_OF = "delete from refusal where party = $1 and node = $2";
    INSERT_RECEIPT = "insert into receipt (party, day, line) values ($1, $2, $3)";
    DAYS = "select day, count(*), cast(sum(octet_length(line)) as bigint) from receipt \
         where party = $1 group by day order by day";
    DAY = "select count(*), cast(coalesce(sum(octet_length(line)), 0) as bigint) from receipt \
         where party = $1 and day = $2";
    LINES = "select id, line from receipt where party = $1 and day = $2 and id > $3 order by id limit $4";
    WAITING_ACCOUNTS = "select a.id, a.login from account a where a.waiting_root is not null \
         and exists (select 1 from placement p where p.parent = a.waiting_root \
            and p.until_ms = 9223372036854775807)";
    WAITING_FILES = "with recursive below (node, name, top, depth) as ( \
            select p.node, p.name, p.name, cast(0 as bigint) from account a \
                join placement p on p.parent = a.waiting_root and p.until_ms = 9223372036854775807 \
            where a.id = $1 \
            union all \
            select p.node, p.name, b.top, b.depth + 1 from below b join placement p on p.parent = b.node \
                and p.until_ms = 9223372036854775807) \
         select b.node, b.name, b.top, b.depth, v.size, v.from_ms as since from below b cross join version v \
            where v.node = b.node and v.until_ms = 9223372036854775807 order by b.node";
    BATCHES = "select a.id as account, f.node as folder, f.name, count(distinct p.node) as files, \
            max(p.from_ms) as placed, max(v.from_ms) as written, count(l.token) \
            + (select count(*) from dav_lock k where k.node = f.node and k.expires > $1) as locks \
         from account a join placement f on f.parent = a.waiting_root and f.kind = '' and f.year = 0 \
            and f.until_ms = 9223372036854775807 \
         join placement p on p.parent = f.node and p.until_ms = 9223372036854775807 \
         join version v on v.node = p.node and v.until_ms = 9223372036854775807 \
         left join dav_lock l on l.node = p.node and l.expires > $1 \
         where a.suspended is null group by a.id, f.node, f.name \
         having max(case when p.name_key like '%.manifest.csv' then 1 else 0 end) = 1";
    EMPLOYER_OF = "select employer from administration where lhn = $1";
    EVER_ENGAGED = "select count(*) from engagement g join administration a on a.employer = g.employer \
         where g.office = $1 and a.lhn = $2 and g.from_ms <= $3 and g.from_ms < g.until_ms";
}

/// The tops of what waits for an account and of what was refused to its party, once they are made.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`], also for all below.
pub async fn roots(
    conn: &mut Conn,
    account: AccountId,
) -> Result<(Option<NodeId>, Option<NodeId>)> {
    Ok(conn.one(ROOTS, args![account]).await?.unwrap_or_default())
}

/// Makes the top of what waits for an account.
///
/// # Errors
/// As [`roots`].
pub async fn make_waiting_root(
    tx: &mut Conn,
    account: AccountId,
    public_id: &str,
    now: i64,
) -> Result<NodeId> {
    let root = tx.number(MAKE_ROOT, args![public_id, now]).await?;
    tx.run(SET_WAITING, args![account, root]).await?;
    Ok(NodeId(root))
}

/// Makes the top of what was refused to a party.
///
/// # Errors
/// As [`roots`].
pub async fn make_refused_root(
    tx: &mut Conn,
    party: PartyId,
    public_id: &str,
    now: i64,
) -> Result<NodeId> {
    let root = tx.number(MAKE_ROOT, args![public_id, now]).await?;
    tx.run(SET_REFUSED, args![party, root]).await?;
    Ok(NodeId(root))
}

row! {
    /// Why a file was refused.
    #[derive(Clone, Debug)]
    pub struct Reason {
        /// The name of the text that says so.
        pub name: String,
        /// By which that is compared.
        pub name_key: String,
        /// The code, `E01` to `E16`.
        pub code: String,
        /// The file that it is about, when that was kept.
        pub node: Option<NodeId>,
        /// When, in Unix milliseconds.
        pub at: i64,
    }
}

/// Adds a reason.
///
/// # Errors
/// [`crate::dossier::Error::Exists`] when the name is taken; as [`roots`].
pub async fn insert_reason(tx: &mut Conn, party: PartyId, reason: &Reason) -> Result<()> {
    let Reason { name, name_key, code, node, at } = reason;
    tx.run(INSERT_REFUSAL, args![party, name, name_key, code, *node, *at]).await.map(|_| ())
}

/// The reasons that a party was given, in the order of their names.
///
/// # Errors
/// As [`roots`].
pub async fn reasons(conn: &mut Conn, party: PartyId) -> Result<Vec<Reason>> {
    conn.all(REFUSALS, args![party]).await
}

/// One of them.
///
/// # Errors
/// As [`roots`].
pub async fn reason(conn: &mut Conn, party: PartyId, key: &str) -> Result<Option<Reason>> {
    conn.one(REFUSAL, args![party, key]).await
}

/// Removes one of them. True when it was there.
///
/// # Errors
/// As [`roots`].
pub async fn remove_reason(tx: &mut Conn, party: PartyId, key: &str) -> Result<bool> {
    Ok(tx.run(REMOVE_REFUSAL, args![party, key]).await? > 0)
}

/// Removes the reason of a file.
///
/// # Errors
/// As [`roots`].
pub async fn remove_reason_of(tx: &mut Conn, party: PartyId, node: NodeId) -> Result<()> {
    tx.run(REMOVE_REFUSAL_OF, args![party, node]).await.map(|_| ())
}

/// Writes a receipt: a line of CSV that ends in a line feed. `day` is `2026-11-23`.
///
/// # Errors
/// As [`roots`].
pub async fn insert_receipt(tx: &mut Conn, party: PartyId, day: &str, line: &str) -> Result<()> {
    tx.run(INSERT_RECEIPT, args![party, day, line]).await.map(|_| ())
}

/// The days on which a party has receipts, each with how many there are and how many bytes they take.
///
/// # Errors
/// As [`roots`].
pub async fn receipt_days(conn: &mut Conn, party: PartyId) -> Result<Vec<(String, i64, i64)>> {
    conn.all(DAYS, args![party]).await
}

/// How many receipts a day has, and how many bytes they take.
///
/// # Errors
/// As [`roots`].
pub async fn receipt_day(conn: &mut Conn, party: PartyId, day: &str) -> Result<(i64, i64)> {
    Ok(conn.one(DAY, args![party, day]).await?.unwrap_or((0, 0)))
}

/// The receipts of a day after the one with the id `after`, at most `limit`.
///
/// # Errors
/// As [`roots`].
pub async fn receipts(
    conn: &mut Conn,
    party: PartyId,
    day: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, String)>> {
    conn.all(LINES, args![party, day, after, limit]).await
}

/// The accounts, with their logins, for which anything waits.
///
/// # Errors
/// As [`roots`].
pub async fn waiting_accounts(conn: &mut Conn) -> Result<Vec<(AccountId, String)>> {
    conn.all(WAITING_ACCOUNTS, args![]).await
}

row! {
    /// A file that waits.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Waiting {
        /// The file.
        pub node: NodeId,
        /// Its name.
        pub name: String,
        /// The topmost folder that it is in, or its own name.
        pub top: String,
        /// In how many folders it is.
        pub depth: i64,
        /// Bytes.
        pub size: i64,
        /// When it last changed, in Unix milliseconds.
        pub since: i64,
    }
}

/// What waits for an account.
///
/// # Errors
/// As [`roots`].
pub async fn waiting_files(conn: &mut Conn, account: AccountId) -> Result<Vec<Waiting>> {
    conn.all(WAITING_FILES, args![account]).await
}

row! {
    /// A folder in which files wait, with what is named as their manifest among them.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Batch {
        /// For which account, which is not suspended.
        pub account: AccountId,
        /// The folder.
        pub folder: NodeId,
        /// Its name.
        pub name: String,
        /// How many files are in it.
        pub files: i64,
        /// When the last of them came there, in Unix milliseconds.
        pub placed: i64,
        /// When the last of them was written, in Unix milliseconds.
        pub written: i64,
        /// How many locks are on it and on what is in it.
        pub locks: i64,
    }
}

/// The batches of all accounts that have a manifest.
///
/// # Errors
/// As [`roots`].
pub async fn batches(conn: &mut Conn, now: i64) -> Result<Vec<Batch>> {
    conn.all(BATCHES, args![now]).await
}

/// The employer of an administration.
///
/// # Errors
/// As [`roots`].
pub async fn employer_of(conn: &mut Conn, lhn: &str) -> Result<Option<PartyId>> {
    let row: Option<(PartyId,)> = conn.one(EMPLOYER_OF, args![lhn]).await?;
    Ok(row.map(|(employer,)| employer))
}

/// Whether an office works for the employer of an administration by an instant, or did once.
///
/// # Errors
/// As [`roots`].
pub async fn ever_engaged(conn: &mut Conn, office: PartyId, lhn: &str, at: i64) -> Result<bool> {
    Ok(conn.number(EVER_ENGAGED, args![office, lhn, at]).await? > 0)
}
