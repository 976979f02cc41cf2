//! What was put straight into an employee's folder, listed there for an hour.

use super::db::{Conn, args, statements};
use super::{AccountId, EmploymentId, NodeId, PartyId};
use crate::dossier::Result;
use sqlx::FromRow;

/// The columns of a [`Delivery`].
macro_rules! columns {
    () => {
        "name, name_key, size, mtime, node, at, sha256, sha1, md5"
    };
}

statements! {
    INSERT = concat!("insert into delivery (", columns!(), ", party, account, employment, \
         listed_until) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
    LISTED = concat!("select ", columns!(), " from delivery \
         where party = $1 and employment = $2 and listed_until > $3 order by name_key, id");
    ONE = concat!("select ", columns!(), " from delivery \
         where party = $1 and employment = $2 and listed_until > $3 and name_key = $4 order by id desc");
    UNLIST = "update delivery set listed_until = $4 where party = $1 and employment = $2 \
         and name_key = $3 and listed_until > $4";
}

/// How long a delivery stays listed under the name it was given, in milliseconds.
pub const LISTED_FOR: i64 = 3_600_000;

/// One delivery.
#[derive(Clone, Debug, FromRow)]
pub struct Delivery {
    /// The name it was given.
    pub name: String,
    /// By which that is compared.
    pub name_key: String,
    /// Bytes.
    pub size: i64,
    /// Unix milliseconds.
    pub mtime: i64,
    /// The overview it became.
    pub node: Option<NodeId>,
    /// When, in Unix milliseconds.
    pub at: i64,
    /// SHA-256 of what was delivered; the digests are not there of what was delivered before they were
    /// kept.
    pub sha256: Option<Vec<u8>>,
    /// SHA-1 of it.
    pub sha1: Option<Vec<u8>>,
    /// MD5 of it.
    pub md5: Option<Vec<u8>>,
}

/// Lists a delivery under the name it was given, in place of an earlier one of that name.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`], also for all below.
pub async fn insert(
    tx: &mut Conn,
    party: PartyId,
    account: AccountId,
    employment: EmploymentId,
    delivery: &Delivery,
    listed_until: i64,
) -> Result<()> {
    tx.run(UNLIST, args![party, employment, &delivery.name_key, delivery.at]).await?;
    let d = delivery.clone();
    let args = args![
        d.name,
        d.name_key,
        d.size,
        d.mtime,
        d.node,
        d.at,
        d.sha256,
        d.sha1,
        d.md5,
        party,
        account,
        employment,
        listed_until
    ];
    tx.run(INSERT, args).await.map(|_| ())
}

/// What is listed in an employee's folder for the party that delivered it.
///
/// # Errors
/// As [`insert`].
pub async fn listed(
    conn: &mut Conn,
    party: PartyId,
    employment: EmploymentId,
    now: i64,
) -> Result<Vec<Delivery>> {
    conn.all(LISTED, args![party, employment, now]).await
}

/// One of them by its name.
///
/// # Errors
/// As [`insert`].
pub async fn one(
    conn: &mut Conn,
    party: PartyId,
    employment: EmploymentId,
    key: &str,
    now: i64,
) -> Result<Option<Delivery>> {
    conn.one(ONE, args![party, employment, now, key]).await
}

/// Takes a name off the list.
///
/// # Errors
/// As [`insert`].
pub async fn unlist(
    tx: &mut Conn,
    party: PartyId,
    employment: EmploymentId,
    key: &str,
    now: i64,
) -> Result<()> {
    tx.run(UNLIST, args![party, employment, key, now]).await.map(|_| ())
}
