//! The age identities of parties and employments, as they are sealed.

use super::db::{Conn, args, statements};
use super::rows::row;
use super::{KeyId, PartyId};
use crate::dossier::Result;

statements! {
    INSERT = "insert into age_key (recipient, sealed, master, created) values ($1, $2, $3, $4) \
        returning id";
    ONE = "select id, recipient, sealed, master from age_key where id = $1 and destroyed is null";
    // One of every master key that is still needed.
    MASTERS = "select id, recipient, sealed, master from age_key where id in \
        (select min(id) from age_key where destroyed is null group by master) order by master";
    ANY = "select count(*) from (select id from age_key limit 1) as k";
    ALL_KEYS = "select id, recipient, sealed, master from age_key where destroyed is null and id > $1 \
        order by id limit 500";
    NOT_UNDER = "select id, recipient, sealed, master from age_key where destroyed is null \
        and master <> $1 order by id limit 500";
    RESEAL = "update age_key set sealed = $3, master = $4 where id = $1 and master = $2 \
        and destroyed is null";
    // Destroyed when the last of those who hold it is erased: of an employment, both.
    DESTROY = "update age_key set sealed = $2, master = '', destroyed = $3 where id = $1 \
        and destroyed is null";
    OF_PARTY = "select age_key from party where id = $1 \
        union select m.age_key from employment m join party p on p.id = m.person \
            join party e on e.id = m.employer \
            where (m.person = $1 and e.erased is not null) or (m.employer = $1 and p.erased is not null)";
}

/// A fresh age identity, sealed.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The public half.
    pub recipient: String,
    /// The private half, sealed under the master key.
    pub sealed: Vec<u8>,
    /// Which master key.
    pub master: String,
}

row! {
    /// An identity as it is kept.
    #[derive(Clone, Debug)]
    pub struct Sealed {
        /// The row.
        pub id: KeyId,
        /// The public half, `age1...`.
        pub recipient: String,
        /// The private half, sealed.
        pub sealed: Vec<u8>,
        /// The id of the master key that it is sealed under.
        pub master: String,
    }
}

/// Keeps a new key.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`], also for all below.
pub async fn insert(tx: &mut Conn, key: NewKey, now: i64) -> Result<KeyId> {
    let NewKey { recipient, sealed, master } = key;
    tx.number(INSERT, args![recipient, sealed, master, now]).await.map(KeyId)
}

/// A key; `None` once it was destroyed.
///
/// # Errors
/// As [`insert`].
pub async fn one(conn: &mut Conn, id: KeyId) -> Result<Option<Sealed>> {
    conn.one(ONE, args![id]).await
}

/// One key of every master key that is still needed.
///
/// # Errors
/// As [`insert`].
pub async fn masters(conn: &mut Conn) -> Result<Vec<Sealed>> {
    conn.all(MASTERS, args![]).await
}

/// Whether there ever was a key, that is, a party.
///
/// # Errors
/// As [`insert`].
pub async fn any(conn: &mut Conn) -> Result<bool> {
    Ok(conn.number(ANY, args![]).await? > 0)
}

/// Keys after the one with the id `after`: 500 at most.
///
/// # Errors
/// As [`insert`].
pub async fn page(conn: &mut Conn, after: KeyId) -> Result<Vec<Sealed>> {
    conn.all(ALL_KEYS, args![after]).await
}

/// Keys that are sealed under another master key than this: 500 at most.
///
/// # Errors
/// As [`insert`].
pub async fn not_under(conn: &mut Conn, master: &str) -> Result<Vec<Sealed>> {
    conn.all(NOT_UNDER, args![master]).await
}

/// Keeps a key as it is sealed now, if it still is as it `was`.
///
/// # Errors
/// As [`insert`].
pub async fn reseal(tx: &mut Conn, was: &Sealed, sealed: &[u8], master: &str) -> Result<u64> {
    tx.run(RESEAL, args![was.id, &was.master, sealed, master]).await
}

/// The keys that nobody holds but a party, if it is erased.
///
/// # Errors
/// As [`insert`].
pub async fn held_alone(conn: &mut Conn, party: PartyId) -> Result<Vec<KeyId>> {
    let rows: Vec<(KeyId,)> = conn.all(OF_PARTY, args![party]).await?;
    Ok(rows.into_iter().map(|(key,)| key).collect())
}

/// Destroys a key: what was encrypted to it cannot be read any more.
///
/// # Errors
/// As [`insert`].
pub async fn destroy(tx: &mut Conn, key: KeyId, now: i64) -> Result<u64> {
    tx.run(DESTROY, args![key, Vec::<u8>::new(), now]).await
}
