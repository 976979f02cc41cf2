//! What was put straight into an employee's folder, listed there for an hour.

use super::db::{Conn, args, statements};
use super::{AccountId, EmploymentId, NodeId, PartyId};
use crate::dossier::Result;
use sqlx::FromRow;

statements! {
    INSERT = "insert into delivery (party, account, employment, name, name_key, size, mtime, node, at, \
         listed_until) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    LISTED = "select name, name_key, size, mtime, node, at from delivery \
         where party = $1 and employment = $2 and listed_until > $3 order by name_key, id";
    ONE = "select name, name_key, size, mtime, node, at from delivery \
         where party = $1 and employment = $2 and listed_until > $3 and name_key = $4 order by id desc";
    UNLIST = "update delivery set listed_until = $4 where party = $1 and employment = $2 \
         and name_key = $3 and listed_until > $4";
}

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
        party,
        account,
        employment,
        d.name,
        d.name_key,
        d.size,
        d.mtime,
        d.node,
        d.at,
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
