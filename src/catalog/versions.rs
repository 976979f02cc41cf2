//! The versions of a file: what its content was, from when until when, and what they take of a
//! party's room.

use super::db::{Conn, args, statements};
use super::nodes::below;
use super::rows::row;
use super::{AccountId, KeyId, NodeId, PartyId, history};
use crate::dossier::{Error, Result};

/// The columns of a [`Version`].
macro_rules! version_columns {
    () => {
        "id, node, number, size, stored_size, blob, age_key, file_key, sha256, sha1, md5, \
         packed, mtime, counts_for"
    };
}
pub(super) use version_columns;

statements! {
    VERSION = concat!("select ", version_columns!(), " from version where id = $1");
    ANY = "select count(*) from (select id from version limit 1) as v";
    // The next version of a node, while its key is there. `coalesce` says to PostgreSQL what is bytes: the
    // two have no word for them in common.
    INSERT_VERSION = "insert into version (node, number, size, stored_size, packed, blob, age_key, file_key, \
         sha256, sha1, md5, mtime, account, counts_for, from_ms, until_ms) \
         select cast($1 as bigint), \
            (select coalesce(max(number), 0) + 1 from version where node = $1), cast($2 as bigint), \
            cast($3 as bigint), cast($4 as bigint), cast($5 as text), id, coalesce($7, sealed), \
            coalesce($8, sealed), nullif($9, sealed), nullif($10, sealed), cast($11 as bigint), \
            cast($12 as bigint), cast($13 as bigint), cast($14 as bigint), \
            9223372036854775807 \
         from age_key where id = $6 and destroyed is null returning number";
    // What the same party has under the same key.
    SAME = concat!("select ", version_columns!(), " from version \
         where age_key = $1 and sha256 = $2 and size = $3 and counts_for = $4 limit 1");
    HEAL = "update version set blob = $4, file_key = $5, stored_size = $6, packed = $7 \
         where blob = $1 and age_key = $2 and sha256 = $3";
    OF_CONTENT = concat!("select ", version_columns!(), " from version \
         where node = $1 and sha256 = $2 order by id desc limit 1");
    END_HEAD = "update version set until_ms = $2 where node = $1 and until_ms = 9223372036854775807";
    // The head of one node becomes that of another.
    MOVE_HEAD = "update version set node = $2, from_ms = $3, \
            number = (select coalesce(max(o.number), 0) + 1 from version o where o.node = $2) \
         where node = $1 and until_ms = 9223372036854775807";
    // Each party gets back what counted for it.
    FREE_BELOW = concat!(below!(), "update party set used = used - cast((select sum(v.size) from version v \
            where v.until_ms = 9223372036854775807 and v.counts_for = party.id \
                and v.node in (select node from below)) as bigint) \
         where id in (select v.counts_for from version v where v.until_ms = 9223372036854775807 \
            and v.node in (select node from below))");
    END_BELOW = concat!(below!(), "update version set until_ms = $2 \
         where until_ms = 9223372036854775807 and node in (select node from below)");
    // Ended versions that were written while the node lay where it lies.
    FORGET_HERE = "delete from version where node = $1 and until_ms <= $3 \
         and from_ms >= (select from_ms from placement where id = $2) returning blob";
    // Of a party without a quota of its own, within `$3`.
    CHARGE = "update party set used = used + $2 where id = $1 and used + $2 <= coalesce(quota, $3)";
    ADD_USED = "update party set used = used + $2 where id = $1";
}

row! {
    /// Where the content of a version lies and how to open it.
    #[derive(Clone, Debug)]
    pub struct Version {
        /// The row.
        pub id: i64,
        /// Whose version.
        pub node: NodeId,
        /// Counted per node from 1.
        pub number: i64,
        /// Bytes of plaintext.
        pub size: i64,
        /// Bytes as stored.
        pub stored_size: i64,
        /// The object.
        pub blob: String,
        /// The identity it is encrypted to.
        pub age_key: KeyId,
        /// The age file key, sealed under that identity.
        pub file_key: Vec<u8>,
        /// SHA-256 of the plaintext.
        pub sha256: [u8; 32],
        /// SHA-1 of the plaintext, when it is known.
        pub sha1: Option<[u8; 20]>,
        /// MD5 of the plaintext, when it is known.
        pub md5: Option<[u8; 16]>,
        /// Bytes of it when packed; `None` when it is not.
        pub packed: Option<i64>,
        /// Unix milliseconds.
        pub mtime: i64,
        /// The party in whose quota it counts.
        pub counts_for: PartyId,
    }
}

/// Whether any content is kept.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn any(conn: &mut Conn) -> Result<bool> {
    Ok(conn.number(ANY, args![]).await? > 0)
}

/// Where a version's content lies.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn version(conn: &mut Conn, id: i64) -> Result<Option<Version>> {
    conn.one(VERSION, args![id]).await
}

/// A version with the same content, of the same party and under the same key.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn twin(
    conn: &mut Conn,
    age_key: KeyId,
    sha256: &[u8; 32],
    size: i64,
    counts_for: PartyId,
) -> Result<Option<Version>> {
    conn.one(SAME, args![age_key, sha256.to_vec(), size, counts_for]).await
}

/// The newest version of a node with this content.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn with_content(
    conn: &mut Conn,
    node: NodeId,
    sha256: &[u8; 32],
) -> Result<Option<Version>> {
    conn.one(OF_CONTENT, args![node, sha256.to_vec()]).await
}

/// Whatever has a broken object gets the one in which its content was put again.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn heal(tx: &mut Conn, broken: &Version, again: &Version) -> Result<()> {
    let (was, is) = (broken.clone(), again.clone());
    let object =
        args![was.blob, was.age_key, was.sha256, is.blob, is.file_key, is.stored_size, is.packed];
    tx.run(HEAL, object).await.map(drop)
}

/// Makes a version the head of its node; the one before it ends. `version.number` is not read: it
/// is counted here. Gives the number.
///
/// # Errors
/// As [`first_version`].
pub async fn add_version(
    tx: &mut Conn,
    version: &Version,
    account: AccountId,
    now: i64,
) -> Result<i64> {
    tx.run(END_HEAD, args![version.node, now]).await?;
    first_version(tx, version, account, now).await
}

/// The same of a node that has none now.
///
/// # Errors
/// [`Error::SessionEnded`] when its key was destroyed meanwhile: it could never be read; [`Error::Unavailable`].
pub async fn first_version(
    tx: &mut Conn,
    version: &Version,
    account: AccountId,
    now: i64,
) -> Result<i64> {
    let v = version.clone();
    let args = args![
        v.node,
        v.size,
        v.stored_size,
        v.packed,
        v.blob,
        v.age_key,
        v.file_key,
        v.sha256,
        v.sha1,
        v.md5,
        v.mtime,
        account,
        v.counts_for,
        now
    ];
    let row: Option<(i64,)> = tx.one(INSERT_VERSION, args).await?;
    row.map(|(number,)| number).ok_or(Error::SessionEnded)
}

/// The newest version of one node becomes that of another, from now on.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn move_head(tx: &mut Conn, from: NodeId, to: NodeId, now: i64) -> Result<()> {
    tx.run(END_HEAD, args![to, now]).await?;
    tx.run(MOVE_HEAD, args![from, to, now]).await.map(|_| ())
}

/// Ends the versions of everything at and below a node; whoever they counted for has the room back.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn end_below(tx: &mut Conn, node: NodeId, now: i64) -> Result<()> {
    tx.run(FREE_BELOW, args![node]).await?;
    tx.run(END_BELOW, args![node, now]).await.map(drop)
}

/// Forgets the versions of a node that ended by `now` and were written under the name that a placement
/// gives it. Gives the objects that nothing is a version of any more.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn forget_here(
    tx: &mut Conn,
    node: NodeId,
    placement: i64,
    now: i64,
) -> Result<Vec<String>> {
    let gone: Vec<(String,)> = tx.all(FORGET_HERE, args![node, placement, now]).await?;
    let mut free = Vec::new();
    for (blob,) in gone {
        if !history::in_use(tx, &blob).await? {
            free.push(blob);
        }
    }
    Ok(free)
}

/// Counts bytes for or against a party's quota.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn add_used(tx: &mut Conn, party: PartyId, bytes: i64) -> Result<()> {
    if bytes == 0 {
        return Ok(());
    }
    tx.run(ADD_USED, args![party, bytes]).await.map(|_| ())
}

/// Counts bytes for a party while it has room for them: within its quota, or `quota` where it has none of
/// its own. False when it has not.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn charge(tx: &mut Conn, party: PartyId, bytes: i64, quota: i64) -> Result<bool> {
    Ok(tx.run(CHARGE, args![party, bytes, quota]).await? == 1)
}
