//! WebDAV locks and dead properties, both on nodes. Whoever is suspended holds no lock.

use super::db::{Conn, args, statements};
use super::nodes::below;
use super::rows::row;
use super::{AccountId, NodeId, PartyId};
use crate::dossier::Result;

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
    IN = "select l.token, l.node, l.account, l.exclusive, l.deep, l.owner, l.timeout_ms, l.expires \
         from dav_lock l join placement p on p.node = l.node and p.until_ms = 9223372036854775807 \
         where p.parent = $1 and l.expires > $2 \
            and l.account in (select id from account where suspended is null)";
    SWEEP = "delete from dav_lock where expires <= $1";
    PROPERTIES = "select name, value from property where node = $1 and party = $2 order by name";
    PROPERTIES_IN = "select node, name, value from property where node = $1 and party = $2 and $3 = '' \
         union all select r.node, r.name, r.value from property r join placement p on p.node = r.node \
            where p.parent = $1 and p.kind = $5 and p.year = $6 and p.name_key > $3 and p.name_key <= $4 \
                and p.until_ms = 9223372036854775807 and r.party = $2 \
         order by name";
    PROPERTIES_OF_PLACER = "select node, name, value from property where node = $1 and party = $2 and $3 = '' \
         union all select r.node, r.name, r.value from property r join placement p on p.node = r.node \
            where p.parent = $1 and p.kind = $5 and p.year = $6 \
                and coalesce(p.placer_key, p.name_key) > $3 and coalesce(p.placer_key, p.name_key) <= $4 \
                and p.until_ms = 9223372036854775807 and r.party = $2 \
         order by name";
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

/// The locks on what lies in a folder.
///
/// # Errors
/// As [`on`].
pub async fn within(conn: &mut Conn, folder: NodeId, now: i64) -> Result<Vec<LockRow>> {
    conn.all(IN, args![folder, now]).await
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

/// The dead properties of what is in a folder under keys after the one and up to the other, which are its placer's or
/// the folder's; from the beginning on also those of the folder itself.
///
/// # Errors
/// As [`on`].
pub async fn properties_in(
    conn: &mut Conn,
    folder: NodeId,
    party: PartyId,
    (after, last): (&str, &str),
    shelf: (&str, i64),
    by_placer: bool,
) -> Result<Vec<(NodeId, String, String)>> {
    let which = if by_placer { PROPERTIES_OF_PLACER } else { PROPERTIES_IN };
    conn.all(which, args![folder, party, after, last, shelf.0, shelf.1]).await
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
