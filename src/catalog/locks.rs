//! WebDAV locks and dead properties, both on nodes. Whoever is suspended holds no lock.

use super::db::{Conn, args, statements};
use super::nodes::below;
use super::rows::{Both, row};
use super::{AccountId, NodeId, PartyId};
use crate::dossier::Result;

/// Nodes `s` from a text of their ids, each in twenty digits.
macro_rules! nodes {
    ($ids:literal) => {
        concat!("nodes (rest, node) as ( \
            select cast(", $ids, " as text), cast(null as bigint) \
            union all \
            select substr(rest, 21), cast(substr(rest, 1, 20) as bigint) from nodes where rest <> '')")
    };
}

pub(super) use nodes;

/// What hangs on the nodes `$10` and on what lies in the folder `$1`: locks, where `$9` is not 0, and notes of the party
/// `$2`, as many as `$8`, under names after `$3` and up to `$4`, and from the beginning on those of the folder.
macro_rules! hanging {
    ($key:literal $(, $more:literal)?) => {
        concat!(
            "with recursive ", nodes!("$10"), " \
             select '' as under, node as noted, name, value, ", no_lock!(), " from property \
                where node = $1 and party = $2 and $3 = '' \
             union all select * from (select ", $key, " as under, r.node, r.name, r.value, ", no_lock!(), " \
                from placement p join property r on r.node = p.node and r.party = $2 \
                where p.parent = $1 and p.kind = $5 and p.year = $6 and ", $key, " > $3 and ", $key, " <= $4 \
                    and p.until_ms = 9223372036854775807", $($more,)? " order by ", $key, " limit $8) t \
             union all select '', l.node, '', '', l.token, l.node, l.account, l.exclusive, l.deep, l.owner, \
                l.timeout_ms, l.expires \
                from (select p.node from placement p where p.parent = $1 and p.until_ms = 9223372036854775807 \
                        and cast($9 as bigint) = 1 \
                    union all select s.node from nodes s) h join dav_lock l on l.node = h.node \
                where l.expires > $7 and l.account in (select id from account where suspended is null)"
        )
    };
}

/// A lock that is none.
macro_rules! no_lock {
    () => {
        "cast(null as text) as token, cast(null as bigint) as node, cast(null as bigint) as account, \
         cast(null as bigint) as exclusive, cast(null as bigint) as deep, cast(null as text) as owner, \
         cast(null as bigint) as timeout_ms, cast(null as bigint) as expires"
    };
}

pub(super) use no_lock;

statements! {
    ON = "select token, node, account, exclusive, deep, owner, timeout_ms, expires from dav_lock \
         where node = $1 and expires > $2 and account in (select id from account where suspended is null)";
    // Locks of others below a folder: up from each lock, for there are few.
    BELOW = "with recursive up (token, node) as ( \
            select token, node from dav_lock where expires > $2 \
                and account in (select id from account where suspended is null) \
            union all \
            select u.token, p.parent from up u join placement p on p.node = u.node \
                and p.until_ms = 9223372036854775807 and p.forward is null) \
         select l.token, l.node, l.account, l.exclusive, l.deep, l.owner, l.timeout_ms, l.expires \
         from dav_lock l where l.token in (select token from up where node = $1)";
    COUNT = "select count(*) from dav_lock where account = $1 and expires > $2";
    INSERT = "insert into dav_lock (token, node, account, exclusive, deep, owner, timeout_ms, expires) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)";
    REFRESH = "update dav_lock set timeout_ms = $3, expires = $4 where token = $1 and account = $2 \
         and expires > $5";
    DELETE = "delete from dav_lock where token = $1 and account = $2";
    DELETE_BELOW = concat!(below!(), "delete from dav_lock where node in (select node from below)");
    ON_ANY = concat!("with recursive ", nodes!("$1"), " select l.token, l.node, l.account, l.exclusive, l.deep, \
            l.owner, l.timeout_ms, l.expires from nodes s join dav_lock l on l.node = s.node \
         where l.expires > $2 and l.account in (select id from account where suspended is null)");
    SWEEP = "delete from dav_lock where expires <= $1";
    PROPERTIES = "select name, value from property where node = $1 and party = $2 order by name";
    HANGING = hanging!("p.name_key");
    HANGING_PLACED = hanging!("p.placer_key", " and p.placer = $2");
    SET_PROPERTY = "insert into property (node, party, name, value) values ($1, $2, $3, $4) \
         on conflict (node, party, name) do update set value = excluded.value";
    DELETE_PROPERTY = "delete from property where node = $1 and party = $2 and name = $3";
    COPY_PROPERTIES = "insert into property (node, party, name, value) \
         select cast($2 as bigint), party, name, value from property where node = $1 and party = $3 \
         on conflict (node, party, name) do update set value = excluded.value";
}

row! {
    /// A lock.
    #[derive(Clone, Debug)]
    pub struct LockRow {
        /// `urn:uuid:...`
        pub token: String,
        /// What it lies on.
        pub node: NodeId,
        /// Who holds it.
        pub account: AccountId,
        exclusive: i64,
        deep: i64,
        /// What the client said about its owner: XML.
        pub owner: String,
        /// How long it was given, in milliseconds.
        pub timeout_ms: i64,
        /// When it ends, in Unix milliseconds.
        pub expires: i64,
    }
}

impl LockRow {
    /// A lock on a node.
    pub const fn new(
        token: String,
        node: NodeId,
        account: AccountId,
        (exclusive, deep): (bool, bool),
        owner: String,
        timeout_ms: i64,
        expires: i64,
    ) -> Self {
        Self {
            token,
            node,
            account,
            exclusive: exclusive as i64,
            deep: deep as i64,
            owner,
            timeout_ms,
            expires,
        }
    }

    /// Exclusive, or shared.
    pub const fn is_exclusive(&self) -> bool {
        self.exclusive != 0
    }

    /// Whether it reaches what is below its node.
    pub const fn is_deep(&self) -> bool {
        self.deep != 0
    }
}

/// The locks on a node that have not expired.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`], also for all below.
pub async fn on(conn: &mut Conn, node: NodeId, now: i64) -> Result<Vec<LockRow>> {
    conn.all(ON, args![node, now]).await
}

/// The locks on any of these nodes.
///
/// # Errors
/// As [`on`].
pub async fn on_any(conn: &mut Conn, nodes: &[NodeId], now: i64) -> Result<Vec<LockRow>> {
    if nodes.is_empty() {
        return Ok(Vec::new());
    }
    conn.all(ON_ANY, args![ids(nodes), now]).await
}

/// Nodes as statements take them.
pub(super) fn ids(nodes: &[NodeId]) -> String {
    nodes.iter().map(|node| format!("{:020}", node.0)).collect::<Vec<_>>().concat()
}

/// The locks on and below a node that have not expired.
///
/// # Errors
/// As [`on`].
pub async fn below(conn: &mut Conn, node: NodeId, now: i64) -> Result<Vec<LockRow>> {
    conn.all(BELOW, args![node, now]).await
}

/// How many locks an account holds.
///
/// # Errors
/// As [`on`].
pub async fn count(conn: &mut Conn, account: AccountId, now: i64) -> Result<i64> {
    conn.number(COUNT, args![account, now]).await
}

/// Puts a lock on a node. Expired ones are swept on the way.
///
/// # Errors
/// As [`on`].
pub async fn insert(tx: &mut Conn, lock: &LockRow, now: i64) -> Result<()> {
    tx.run(SWEEP, args![now]).await?;
    let l = lock.clone();
    let args =
        args![l.token, l.node, l.account, l.exclusive, l.deep, l.owner, l.timeout_ms, l.expires];
    tx.run(INSERT, args).await.map(|_| ())
}

/// Gives a lock its time again. False when the account holds no such lock.
///
/// # Errors
/// As [`on`].
pub async fn refresh(
    tx: &mut Conn,
    token: &str,
    account: AccountId,
    timeout_ms: i64,
    now: i64,
) -> Result<bool> {
    let args = args![token, account, timeout_ms, now + timeout_ms, now];
    Ok(tx.run(REFRESH, args).await? == 1)
}

/// Ends a lock. False when the account holds no such lock.
///
/// # Errors
/// As [`on`].
pub async fn delete(tx: &mut Conn, token: &str, account: AccountId) -> Result<bool> {
    Ok(tx.run(DELETE, args![token, account]).await? == 1)
}

/// Ends every lock on and below a node, which is gone or has moved (RFC 4918 section 7.5).
///
/// # Errors
/// As [`on`].
pub async fn delete_below(tx: &mut Conn, node: NodeId) -> Result<()> {
    tx.run(DELETE_BELOW, args![node]).await.map(|_| ())
}

/// The dead properties that a party gave a node: expanded name and XML value.
///
/// # Errors
/// As [`on`].
pub async fn properties(
    conn: &mut Conn,
    node: NodeId,
    party: PartyId,
) -> Result<Vec<(String, String)>> {
    conn.all(PROPERTIES, args![node, party]).await
}

/// A folder, or a part of it, of which it is asked what hangs on what lies there.
#[derive(Clone, Copy, Debug)]
pub struct Within<'a> {
    /// The folder.
    pub folder: NodeId,
    /// The kind and year of what is asked for.
    pub shelf: (&'a str, i64),
    /// After which key, and up to which.
    pub page: (&'a str, &'a str),
    /// Whether only what the party itself placed there is asked for, by the keys that it gave.
    pub placed: bool,
    /// Whether locks are asked for too, of the folder whole and of these nodes.
    pub locks: Option<&'a [NodeId]>,
}

row! {
    /// A dead property.
    #[derive(Clone, Debug)]
    pub struct Note {
        /// The key under which what has it lies there; of the folder itself empty.
        pub under: String,
        /// What has it.
        pub noted: NodeId,
        /// The expanded name.
        pub name: String,
        /// XML.
        pub value: String,
    }
}

/// How many notes are fetched at once: at 4 KiB each, 4 MiB.
pub const NOTES: usize = 1_000;

/// The dead properties that a party gave to what is in a folder, in the order of keys and at most [`NOTES`], and the
/// locks there.
///
/// # Errors
/// As [`on`].
pub async fn hanging(
    conn: &mut Conn,
    party: PartyId,
    within: Within<'_>,
    notes: bool,
    now: i64,
) -> Result<(Vec<Note>, Vec<LockRow>)> {
    let Within { folder, shelf, page, placed, locks } = within;
    let limit = if notes { i64::try_from(NOTES).unwrap_or(i64::MAX) } else { 0 };
    let nodes = ids(locks.unwrap_or_default());
    let args =
        args![folder, party, page.0, page.1, shelf.0, shelf.1, now, limit, locks.is_some(), nodes];
    let rows = conn.all(if placed { HANGING_PLACED } else { HANGING }, args).await?;
    let (mut all, mut held) = (Vec::new(), Vec::new());
    for Both(note, lock) in rows {
        match lock {
            Some(lock) => held.push(lock),
            None if notes => all.push(note),
            None => {}
        }
    }
    Ok((all, held))
}

/// Sets a dead property, or removes it.
///
/// # Errors
/// As [`on`].
pub async fn set_property(
    tx: &mut Conn,
    node: NodeId,
    party: PartyId,
    name: &str,
    value: Option<&str>,
) -> Result<()> {
    match value {
        Some(value) => tx.run(SET_PROPERTY, args![node, party, name, value]).await,
        None => tx.run(DELETE_PROPERTY, args![node, party, name]).await,
    }
    .map(|_| ())
}

/// A copy, or what gets a content, has the dead properties of where that comes from; where it had the same ones before,
/// they are replaced.
///
/// # Errors
/// As [`on`].
pub async fn copy_properties(
    tx: &mut Conn,
    from: NodeId,
    to: NodeId,
    party: PartyId,
) -> Result<()> {
    tx.run(COPY_PROPERTIES, args![from, to, party]).await.map(|_| ())
}
