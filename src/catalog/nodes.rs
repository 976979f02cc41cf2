//! Nodes, and where they lie.
//!
//! Live rows and past ones are asked for by the same statements: with [`super::NOW`] for what is
//! there now, with an instant for what was there then.

use super::db::{Conn, args, statements};
use super::rows::row;
use super::shown::Shown;
use super::walks::{clutter, emptied};
use super::{AccountId, FOREVER, NodeId, PartyId};
use crate::dossier::name::{CLUTTER, CLUTTER_BEGINS};
use crate::dossier::{Error, Result};

/// The columns of a [`Row`]: node `n`, its placement `p`, its version `v`, at the instant `$2`; with `then` where that
/// may be long ago, as [`seen!`] joins it.
macro_rules! columns {
    ($($then:ident)?) => {
        concat!($crate::catalog::nodes::told!($($then)?), ", cast(null as bigint) as emptied")
    };
}
pub(super) use columns;

/// The same but for what is told only where it is asked for.
macro_rules! told {
    () => {
        $crate::catalog::nodes::told!(@ "n.mode, n.mtime as node_mtime",
            "n.noted_created, n.noted_accessed, n.noted_bits", "v.mtime",
            "(select count(*) from dav_lock l where l.node = n.id)")
    };
    (then) => {
        $crate::catalog::nodes::told!(@ "case when s.id is null then n.mode else s.mode end as mode, \
            case when s.id is null then n.mtime else s.mtime end as node_mtime",
            "case when s.id is null then n.noted_created else s.noted_created end as noted_created, \
            case when s.id is null then n.noted_accessed else s.noted_accessed end as noted_accessed, \
            case when s.id is null then n.noted_bits else s.noted_bits end as noted_bits",
            "case when s.version = v.id then s.version_mtime else v.mtime end as mtime",
            // A lock is on what is there now.
            "cast(0 as bigint)")
    };
    (@ $node:literal, $noted:literal, $mtime:literal, $locks:literal) => {
        concat!(
            "n.id, n.public_id, n.folder, n.placer, n.pending, ", $node, ", n.created, ", $noted, ", \
             p.id as placement, p.parent, p.kind, p.year, p.name, p.name_key, p.placer_name, p.placer_key, p.forward, p.shown_ms, \
             (select count(*) from forward f where f.node = n.id and f.moved = 1 \
                and f.from_ms <= $2 and f.until_ms > $2) as dismissed, \
             ", $locks, " as locks, \
             (select m.name from forward f join employment m on m.id = f.employment \
                where f.id = p.forward) as origin, \
             v.id as version, v.number, v.size, ", $mtime, ", v.sha256, v.sha1, v.md5"
        )
    };
}
pub(super) use told;

/// Joins to a node `n` its version `v` at the instant `$2`; with `then`, also what was shown of it `s`.
macro_rules! seen {
    () => {
        "left join version v on v.node = n.id and v.from_ms <= $2 and v.until_ms > $2 "
    };
    (then) => {
        concat!(
            $crate::catalog::nodes::seen!(),
            "left join shown_before s on s.node = n.id and s.from_ms <= $2 and s.until_ms > $2 "
        )
    };
}
pub(super) use seen;

/// Everything below (and at) the node `$1`, as it lies now, links to others' documents left out.
macro_rules! below {
    () => {
        "with recursive below (node) as ( \
            select cast($1 as bigint) \
            union all \
            select p.node from below b join placement p on p.parent = b.node \
                and p.until_ms = 9223372036854775807 and p.forward is null) "
    };
}
pub(super) use below;

/// A node and everything below it, now or `then`, with which folders there were made for what was forwarded and hold
/// nothing else.
macro_rules! subtree {
    () => {
        subtree!(@ columns!(),)
    };
    (then) => {
        subtree!(@ concat!(told!(then), ", ", emptied!("2", "$4", "$5", "$6", "$7")), then)
    };
    (@ $columns:expr, $($then:ident)?) => {
        concat!(
            "with recursive below (depth, node, placement) as ( \
                select cast(0 as bigint), cast($1 as bigint), cast($3 as bigint) \
                union all \
                select b.depth + 1, p.node, p.id from below b join placement p on p.parent = b.node \
                    and p.from_ms <= $2 and p.until_ms > $2) \
             select ", $columns, " from below b join node n on n.id = b.node \
                join placement p on p.id = b.placement ", seen!($($then)?), "order by b.depth, p.name_key"
        )
    };
}

statements! {
    SUBTREE = subtree!();
    SUBTREE_THEN = subtree!(then);
    BY_ID = concat!(
        "select ", columns!(), " from node n join placement p on p.node = n.id and p.forward is null \
            and p.from_ms <= $2 and p.until_ms > $2 ", seen!(), "\
         where n.id = $1");
    BY_PUBLIC_ID = concat!(
        "select ", columns!(), " from node n join placement p on p.node = n.id and p.forward is null \
            and p.from_ms <= $2 and p.until_ms > $2 ", seen!(), "\
         where n.public_id = $1");
    INSERT_NODE = "insert into node (public_id, folder, placer, pending, mode, mtime, created) \
         values ($1, $2, $3, $4, $5, $6, $7) returning id";
    INSERT_PLACEMENT = "insert into placement (node, parent, kind, year, name, name_key, placer, \
         placer_name, placer_key, forward, from_ms, until_ms, shown_ms) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 9223372036854775807, $12) \
         on conflict do nothing";
    END_PLACEMENT = "update placement set until_ms = $2 where id = $1 and until_ms = 9223372036854775807";
    END_PENDING = "update node set pending = null where id = $1";
}

row! {
    /// A node as it lies somewhere at some instant.
    #[derive(Clone, Debug)]
    pub struct Row {
        /// The node.
        pub id: NodeId,
        /// Its random id, 32 hex digits.
        pub public_id: String,
        folder: i64,
        /// The party that placed it.
        pub placer: Option<PartyId>,
        /// The account whose unfinished upload this is, seen by it alone.
        pub pending: Option<AccountId>,
        /// Permission bits, shown only.
        pub mode: Option<i64>,
        /// A folder's time.
        pub node_mtime: i64,
        /// When it was made.
        pub created: i64,
        /// When a client says that it was made, in Unix milliseconds.
        pub noted_created: Option<i64>,
        /// When a client says that it was last read, in Unix milliseconds.
        pub noted_accessed: Option<i64>,
        /// The bits of Windows that a client set.
        pub noted_bits: Option<i64>,
        /// The row that says where it lies.
        pub placement: i64,
        /// The folder it lies in.
        pub parent: NodeId,
        /// The kind of an overview; else empty.
        pub kind: String,
        /// The year of an overview; else 0.
        pub year: i64,
        /// Its name; of an overview in stored form.
        pub name: String,
        /// By which the name is compared.
        pub name_key: String,
        /// The name that the placer of an overview sees, in stored form.
        pub placer_name: Option<String>,
        placer_key: Option<String>,
        /// The forward that made this link, when it is one.
        pub forward: Option<i64>,
        /// From when others than its placer see it, in Unix milliseconds.
        pub shown_ms: i64,
        dismissed: i64,
        locks: i64,
        /// From which employee a link came, as its employer knows it.
        pub origin: Option<String>,
        /// The version, of a file.
        pub version: Option<i64>,
        number: Option<i64>,
        size: Option<i64>,
        mtime: Option<i64>,
        /// SHA-256 of a file.
        pub sha256: Option<[u8; 32]>,
        /// SHA-1 of a file, when it is known.
        pub sha1: Option<[u8; 20]>,
        /// MD5 of a file, when it is known.
        pub md5: Option<[u8; 16]>,
        emptied: Option<i64>,
    }
}

impl Row {
    /// Whether it is a folder.
    pub const fn is_folder(&self) -> bool {
        self.folder != 0
    }

    /// Whether it was moved out of the "shared by" view by forwarding.
    pub const fn is_dismissed(&self) -> bool {
        self.dismissed != 0
    }

    /// Whether it is a folder that was forwarded away with all that shows in it, and holds something that does; or was
    /// made for what is forwarded, and holds nothing else. Only where one of them was asked for.
    pub const fn is_emptied(&self) -> bool {
        matches!(self.emptied, Some(1))
    }

    /// By which its name is compared in its folder, or among what its placer placed there.
    pub fn key_in(&self, by_placer: bool) -> &str {
        self.placer_key.as_deref().filter(|_| by_placer).unwrap_or(&self.name_key)
    }

    /// Whether a lock, perhaps an expired one, lies on it.
    pub const fn has_locks(&self) -> bool {
        self.locks != 0
    }

    /// Which version it is, from 1; 0 for a folder.
    pub fn number(&self) -> i64 {
        self.number.unwrap_or(0)
    }

    /// Bytes of a file.
    pub fn size(&self) -> i64 {
        self.size.unwrap_or(0)
    }

    /// What a client noted on it beside its time.
    pub fn noted(&self) -> Shown {
        let (created, accessed, bits) = (self.noted_created, self.noted_accessed, self.noted_bits);
        Shown { created, accessed, bits, ..Shown::default() }
    }

    /// Unix milliseconds.
    pub fn modified(&self) -> i64 {
        self.mtime.unwrap_or(self.node_mtime)
    }
}

/// Where something is or will be placed.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The folder.
    pub parent: NodeId,
    /// The kind of an overview; else empty.
    pub kind: String,
    /// The year of an overview; else 0.
    pub year: i64,
    /// The name.
    pub name: String,
    /// By which it is compared.
    pub key: String,
    /// Of an overview: who places it, and under which name (name, key).
    pub placer: Option<(PartyId, String, String)>,
    /// From when others than its placer see it, in Unix milliseconds; 0 is at once.
    pub shown_ms: i64,
}

impl Slot {
    /// Of anything but an overview.
    pub const fn plain(parent: NodeId, name: String, key: String) -> Self {
        Self { parent, kind: String::new(), year: 0, name, key, placer: None, shown_ms: 0 }
    }
}

/// A row and everything below it, folders before what is in them, each depth in the order of keys.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn subtree(conn: &mut Conn, top: &Row, at: i64) -> Result<Vec<Row>> {
    if at == super::NOW {
        return conn.many(SUBTREE, args![top.id, at, top.placement]).await;
    }
    let [one, two, three] = CLUTTER;
    let args = args![top.id, at, top.placement, CLUTTER_BEGINS, one, two, three];
    conn.many(SUBTREE_THEN, args).await
}

/// A node where it lies itself, not as a link.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn home(conn: &mut Conn, node: NodeId) -> Result<Option<Row>> {
    conn.one(BY_ID, args![node, super::NOW]).await
}

/// The same, by the id that clients see.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn by_public_id(conn: &mut Conn, id: &str) -> Result<Option<Row>> {
    conn.one(BY_PUBLIC_ID, args![id, super::NOW]).await
}

/// A node to be made.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    /// The id that clients see: 32 hex digits.
    pub public_id: &'a str,
    /// Whether it is a folder.
    pub folder: bool,
    /// Who places it, where that is kept.
    pub placer: Option<PartyId>,
    /// Whose upload it is, while that is not whole.
    pub pending: Option<AccountId>,
    /// Shown permissions, where a client set them.
    pub mode: Option<i64>,
}

/// Makes a node that lies nowhere yet.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`], as for the two below.
pub async fn make(tx: &mut Conn, new: New<'_>, now: i64) -> Result<NodeId> {
    let New { public_id, folder, placer, pending, mode } = new;
    let args = args![public_id, folder, placer, pending, mode, now, now];
    tx.number(INSERT_NODE, args).await.map(NodeId)
}

/// Makes a folder that lies nowhere yet.
pub async fn make_folder(
    tx: &mut Conn,
    public_id: &str,
    placer: Option<PartyId>,
    now: i64,
) -> Result<NodeId> {
    make(tx, New { public_id, folder: true, placer, pending: None, mode: None }, now).await
}

/// Makes a file that lies nowhere yet.
pub async fn make_file(
    tx: &mut Conn,
    public_id: &str,
    placer: PartyId,
    now: i64,
) -> Result<NodeId> {
    let placer = Some(placer);
    make(tx, New { public_id, folder: false, placer, pending: None, mode: None }, now).await
}

/// Lets a node lie somewhere from now on, as itself or as a link by `forward`.
///
/// # Errors
/// [`Error::Exists`] when the name is taken there: then nothing is changed, and the transaction can go on.
pub async fn place(
    tx: &mut Conn,
    node: NodeId,
    slot: &Slot,
    forward: Option<i64>,
    now: i64,
) -> Result<()> {
    let (placer, name, key) = match slot.placer.clone() {
        Some((placer, name, key)) => (Some(placer), Some(name), Some(key)),
        None => (None, None, None),
    };
    let Slot { parent, kind, year, name: shown, key: shown_key, .. } = slot;
    let shown_ms = slot.shown_ms;
    let args = args![
        node, *parent, kind, *year, shown, shown_key, placer, name, key, forward, now, shown_ms
    ];
    if tx.run(INSERT_PLACEMENT, args).await? == 1 { Ok(()) } else { Err(Error::Exists) }
}

/// Ends where a node lies.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn end_placement(tx: &mut Conn, placement: i64, now: i64) -> Result<()> {
    tx.run(END_PLACEMENT, args![placement, now]).await.map(|_| ())
}

/// An unfinished upload became a file.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn end_pending(tx: &mut Conn, node: NodeId) -> Result<()> {
    tx.run(END_PENDING, args![node]).await.map(|_| ())
}

const _: () = assert!(FOREVER == 9_223_372_036_854_775_807);
