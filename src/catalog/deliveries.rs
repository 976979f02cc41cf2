//! What was handed in: listed for an hour where it was put, and by its identity what a later delivery is a
//! new version of.

use super::db::{Conn, args, statements};
use super::locks::{self, LockRow, no_lock, nodes};
use super::nodes::{Row, columns as node_columns, seen};
use super::rows::{Both, row};
use super::{AccountId, NodeId, PartyId};
use crate::dossier::Result;

/// The columns of a [`Delivery`].
macro_rules! columns {
    () => {
        "name, name_key, size, mtime, node, at, sha256, sha1, md5"
    };
}

/// The folders that begin like `$2` in which anything is listed. `||` so that the index is chosen by what is still
/// listed, and not by the order of the folders.
macro_rules! folders {
    () => {
        "select distinct listed_in || '' as listed_in from delivery where party = $1 \
         and listed_until > $3 and substr(listed_in, 1, length($2)) = $2"
    };
}

/// A delivery that is none.
macro_rules! no_delivery {
    () => {
        "cast(null as text) as name, cast(null as text) as name_key, cast(null as bigint) as size, \
         cast(null as bigint) as mtime, cast(null as bigint) as node, cast(null as bigint) as at, \
         (select sha256 from delivery where 1 = 0) as sha256, (select sha1 from delivery where 1 = 0) as sha1, \
         (select md5 from delivery where 1 = 0) as md5"
    };
}

/// What its party placed by an identity below a root, where it still lies.
macro_rules! filed {
    ($root:literal) => {
        concat!(
            "select ", node_columns!(), " from delivery d join node n on n.id = d.node \
                join placement p on p.node = n.id and p.forward is null and p.until_ms = 9223372036854775807 ", seen!(), "\
             where d.party = $1 and d.identity = $3 and p.parent = ", $root, " order by d.id desc limit 1"
        )
    };
}

statements! {
    INSERT = concat!("insert into delivery (", columns!(), ", party, account, listed_in, identity, \
         listed_until) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)");
    // What is listed in the one folder, the folders, and the locks on the nodes `$4`.
    LISTED = concat!("with recursive ", nodes!("$4"), " select ", columns!(), ", '' as folder, ", no_lock!(), " \
         from delivery where party = $1 and listed_in = $2 and listed_until > $3 \
         union all select ", no_delivery!(), ", f.listed_in, ", no_lock!(), " from (", folders!(), ") f \
         union all select ", no_delivery!(), ", '', l.token, l.node, l.account, l.exclusive, l.deep, l.owner, \
            l.timeout_ms, l.expires from nodes s join dav_lock l on l.node = s.node \
            where l.expires > $3 and l.account in (select id from account where suspended is null) \
         order by folder, name_key");
    ONE = concat!("select ", columns!(), " from delivery \
         where party = $1 and listed_in = $2 and listed_until > $3 and name_key = $4 order by id desc");
    FOLDERS = concat!(folders!(), " order by 1");
    UNLIST = "update delivery set listed_until = $4 where party = $1 and listed_in = $2 \
         and name_key = $3 and listed_until > $4";
    SET_TIME = "update delivery set mtime = $4 where party = $1 and listed_in = $2 \
         and name_key = $3 and listed_until > $5";
    BECAME = "update delivery set node = $2 where node = $1";
    // What it became, while its party has to do with whose that is: as its employer, or as the office of that.
    DOCUMENT = concat!("select ", node_columns!(), " from node n join placement p on p.node = n.id \
            and p.forward is null and p.from_ms <= $2 and p.until_ms > $2 ", seen!(), "\
         where n.id = $1 and exists (select 1 from \
            (select id as employer from party where overviews_root = p.parent \
             union all select employer from employment where overviews_root = p.parent \
             union all select employer from employment where paper_root = p.parent) as e \
            where e.employer = $3 or exists (select 1 from engagement g where g.employer = e.employer \
                and g.office = $3 and g.from_ms <= $4 and g.until_ms > $4))");
    // A manifest is listed beside one of its files, and is no overview.
    IDENTITY = "select identity from delivery where party = $1 and node = $2 and identity <> '' \
         order by id desc limit 1";
    FILED = concat!("select * from (", filed!("$4"), ") as here union all select * from (", filed!("$5"), ") as there");
}

/// How long a delivery stays listed under the name it was given, in milliseconds.
pub const LISTED_FOR: i64 = 3_600_000;

row! {
    /// One delivery.
    #[derive(Clone, Debug)]
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
        /// SHA-256 of what was delivered; `None` in rows of a version that did not keep it.
        pub sha256: Option<[u8; 32]>,
        /// SHA-1 of it, when it is known.
        pub sha1: Option<[u8; 20]>,
        /// MD5 of it, when it is known.
        pub md5: Option<[u8; 16]>,
    }
}

/// Where deliveries of a party are listed: a folder of its `/Aanleveren`, or that of an employee.
#[derive(Clone, Copy, Debug)]
pub struct ListedIn<'a> {
    /// Who delivered.
    pub party: PartyId,
    /// `/` and the keys of folders, or `=` and an employment.
    pub folder: &'a str,
}

/// Lists a delivery under the name it was given.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`], also for all below.
pub async fn insert(
    tx: &mut Conn,
    at: ListedIn<'_>,
    account: AccountId,
    identity: &str,
    delivery: &Delivery,
    listed_until: i64,
) -> Result<()> {
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
        at.party,
        account,
        at.folder,
        identity,
        listed_until
    ];
    tx.run(INSERT, args).await.map(|_| ())
}

row! {
    struct Folder {
        folder: String,
    }
}

/// What is told of a folder where things are delivered.
#[derive(Debug, Default)]
pub struct Told {
    /// What is listed there for the party that delivered it.
    pub listed: Vec<Delivery>,
    /// The folders that begin like this one in which anything is listed.
    pub folders: Vec<String>,
    /// The locks on the nodes that were asked for too.
    pub locks: Vec<LockRow>,
}

/// What is listed in a folder and below it, and the locks on these nodes.
///
/// # Errors
/// As [`insert`].
pub async fn listed(conn: &mut Conn, at: ListedIn<'_>, nodes: &[NodeId], now: i64) -> Result<Told> {
    let rows = conn.all(LISTED, args![at.party, at.folder, now, locks::ids(nodes)]).await?;
    let mut told = Told::default();
    for Both(delivery, Both(Folder { folder }, lock)) in rows {
        match (delivery, lock) {
            (Some(delivery), _) => told.listed.push(delivery),
            (None, Some(lock)) => told.locks.push(lock),
            (None, None) => told.folders.push(folder),
        }
    }
    Ok(told)
}

/// One of them by its name.
///
/// # Errors
/// As [`insert`].
pub async fn one(
    conn: &mut Conn,
    at: ListedIn<'_>,
    key: &str,
    now: i64,
) -> Result<Option<Delivery>> {
    conn.one(ONE, args![at.party, at.folder, now, key]).await
}

/// The folders that begin like this one in which anything is listed.
///
/// # Errors
/// As [`insert`].
pub async fn folders(conn: &mut Conn, at: ListedIn<'_>, now: i64) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = conn.all(FOLDERS, args![at.party, at.folder, now]).await?;
    Ok(rows.into_iter().map(|(folder,)| folder).collect())
}

/// The document that what a party delivered became, while that has to do with whose it is: as its employer, or as the
/// office that works for that now.
///
/// # Errors
/// As [`insert`].
pub async fn document(
    conn: &mut Conn,
    node: NodeId,
    party: PartyId,
    now: i64,
) -> Result<Option<Row>> {
    conn.one(DOCUMENT, args![node, super::NOW, party, now]).await
}

/// Takes a name off the list.
///
/// # Errors
/// As [`insert`].
pub async fn unlist(tx: &mut Conn, at: ListedIn<'_>, key: &str, now: i64) -> Result<()> {
    tx.run(UNLIST, args![at.party, at.folder, key, now]).await.map(|_| ())
}

/// Sets the time that is listed.
///
/// # Errors
/// As [`insert`].
pub async fn set_time(
    tx: &mut Conn,
    at: ListedIn<'_>,
    key: &str,
    modified: i64,
    now: i64,
) -> Result<()> {
    tx.run(SET_TIME, args![at.party, at.folder, key, modified, now]).await.map(|_| ())
}

/// What was delivered as one document is part of another.
///
/// # Errors
/// As [`insert`].
pub async fn became(tx: &mut Conn, from: NodeId, to: NodeId) -> Result<()> {
    tx.run(BECAME, args![from, to]).await.map(|_| ())
}

/// The overview that a party placed below a root by an identity, while it is not withdrawn, and the one below another
/// root; of one that is seen and a newer that is held, the held one.
///
/// # Errors
/// As [`insert`].
pub async fn filed(
    conn: &mut Conn,
    party: PartyId,
    identity: &str,
    root: NodeId,
    other: Option<NodeId>,
) -> Result<(Option<Row>, Option<Row>)> {
    let rows = conn.all(FILED, args![party, super::NOW, identity, root, other]).await?;
    let (here, there): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row: &Row| row.parent == root);
    Ok((here.into_iter().next(), there.into_iter().next()))
}

/// By which identity a party delivered an overview.
///
/// # Errors
/// As [`insert`].
pub async fn identity(conn: &mut Conn, party: PartyId, node: NodeId) -> Result<Option<String>> {
    let row: Option<(String,)> = conn.one(IDENTITY, args![party, node]).await?;
    Ok(row.map(|(identity,)| identity))
}
