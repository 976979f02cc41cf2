//! What was: which days a party can look back to, and which versions nothing needs any more.

use super::db::{Conn, args, statements};
use super::rows::row;
use super::versions::{Version, version_columns};
use super::{AccountId, NodeId, PartyId};
use crate::dossier::retention::History;
use crate::dossier::{Leaf, Result, SetState};

/// Of an area of the party `v` the last change up to the day `$3`, where that is kept: what is there then is what that
/// day's end left.
macro_rules! kept {
    ($area:literal) => {
        concat!(
            "(select count(*) from changed_day c where c.party = v.id and c.area = '",
            $area,
            "' and c.pruned = 0 and c.day = (select max(d.day) from changed_day d \
                where d.party = c.party and d.area = c.area and d.day <= $3))"
        )
    };
}
pub(super) use kept;

statements! {
    CHANGED_DAY = "insert into changed_day (party, area, day) values ($1, $2, $3) \
         on conflict (party, area, day) do nothing";
    DAYS = "select distinct day from changed_day where party = $1 and pruned = 0 \
         and (area = $2 or cast($3 as bigint) = 1) order by day";
    PARTIES = "select distinct party from changed_day where pruned = 0 order by party";
    DAYS_OF = "select area, day from changed_day where party = $1 and pruned = 0 order by day";
    PRUNE = "update changed_day set pruned = 1 where party = $1 and area = $2 and day = $3";
    ENDED = "select id, node, from_ms, until_ms, blob, stored_size from version \
         where id > $1 and until_ms <= $2 and until_ms < 9223372036854775806 order by id limit 1000";
    FORGET = "delete from version where id = $1 and until_ms <= $2";
    USES = "select count(*) from version where blob = $1";
    // From a node up to the top of the area in which it lay at an instant: each folder, and what
    // was called in it the way from there down.
    WAY_UP = "with recursive up (depth, node, name, kind, year, from_ms) as ( \
            select cast(0 as bigint), cast($1 as bigint), cast('' as text), cast('' as text), \
                cast(0 as bigint), cast(0 as bigint) \
            union all \
            select u.depth + 1, p.parent, p.name, p.kind, p.year, p.from_ms from up u join placement p \
                on p.node = u.node and p.forward is null and p.from_ms <= $2 and p.until_ms > $2) \
         select node, name, kind, year, from_ms from up order by depth";
    // The top of the area in which it lay last, whenever that was.
    LAST_TOP = "with recursive up (node) as ( \
            select cast($1 as bigint) \
            union \
            select (select p.parent from placement p where p.node = u.node and p.forward is null \
                order by p.id desc limit 1) from up u where u.node is not null) \
         select u.node from up u where u.node is not null and not exists \
            (select 1 from placement p where p.node = u.node and p.forward is null)";
    // What lay last under a name that it has no more, and where it was from then on.
    LEFT = "select p.node, p.id as placement, p.from_ms, p.until_ms, n.folder, n.pending \
         from placement p join node n on n.id = p.node \
         where p.parent = $1 and p.kind = '' and p.year = 0 and p.name_key = $2 and p.forward is null \
            and p.until_ms >= $3 and p.until_ms < 9223372036854775806 \
         order by p.until_ms desc, p.id desc limit 1";
    SINCE = "select parent, until_ms from placement \
         where node = $1 and forward is null and id > $2 order by id";
    TOPS = "select own_root as top, 'own' as area, id as party, '' as folder from party \
            where own_root is not null \
         union all select backups_root, 'backups', id, '' from party where backups_root is not null \
         union all select overviews_root, 'overviews', id, '' from party where overviews_root is not null \
         union all select sets_root, 'sets', id, '' from party where sets_root is not null \
         union all select refused_root, 'refused', id, '' from party where refused_root is not null \
         union all select waiting_root, 'waiting', party, '' from account where waiting_root is not null \
         union all select up_root, 'by-employer', employer, '' from engagement \
         union all select down_root, 'by-office', office, folder from engagement \
         union all select overviews_root, 'payslips', person, person_folder from employment \
         union all select paper_root, 'paper', employer, employer_folder from employment \
         union all select up_root, 'by-employee', person, person_folder from employment \
         union all select down_root, 'to-employee', employer, employer_folder from employment";
    INDEX = "select v.id, v.node, n.public_id, v.number, v.size, v.sha256, v.blob, v.packed, v.from_ms, \
         v.until_ms, k.recipient from version v join age_key k on k.id = v.age_key \
         join node n on n.id = v.node where v.id > $1 and k.destroyed is null order by v.id limit 500";
    STORED = concat!("select ", version_columns!(), " from version where blob > $1 \
         order by blob, id limit 500");
    TAKEN = "select cast(coalesce(sum(stored_size), 0) as bigint) from version \
         where counts_for = $1 and until_ms < 9223372036854775807";
    ANY = "select count(*) from (select id from version limit 1) as v";
    LAST_RUN = "select at from maintenance where id = 1";
    RUNS = "update maintenance set at = $2 where id = 1 and at = $1";
}

/// The word for a history that days are kept of.
const fn code(of: History) -> &'static str {
    match of {
        History::Backups => "backups",
        History::Files | History::Overviews => "files",
    }
}

fn of_code(code: &str) -> History {
    if code == "backups" { History::Backups } else { History::Files }
}

/// The top of an area, and whose it is.
#[derive(Clone, Debug)]
pub struct Top {
    /// The top.
    pub top: NodeId,
    /// Which line of its owner's tree it is.
    pub leaf: Leaf,
    /// The owner.
    pub party: PartyId,
    /// The other party's folder in the owner's tree, where it is of one other party.
    pub folder: String,
}

/// The lines of the tree that areas are, by the word that [`TOPS`] has for each.
const AREAS: [(&str, Leaf); 12] = [
    ("own", Leaf::Own),
    ("backups", Leaf::Backups),
    ("overviews", Leaf::EmployerOverviews),
    ("sets", Leaf::Sets(SetState::ToReview)),
    ("by-employer", Leaf::ByEmployer),
    ("by-office", Leaf::ByOffice),
    ("payslips", Leaf::EmployeeOverviews),
    ("paper", Leaf::OnPaper),
    ("refused", Leaf::Refused),
    ("waiting", Leaf::Deliver),
    ("by-employee", Leaf::ByEmployee),
    ("to-employee", Leaf::ToEmployee),
];

row! {
    /// A version that is no longer the newest, or of something that is gone.
    #[derive(Clone, Debug)]
    pub struct Ended {
        /// The row.
        pub id: i64,
        /// Whose version.
        pub node: NodeId,
        /// From when it was the newest, in Unix milliseconds.
        pub from_ms: i64,
        /// Until when.
        pub until_ms: i64,
        /// The object.
        pub blob: String,
        /// Its size there.
        pub stored_size: i64,
    }
}

/// Notes that a party's own folders changed on a day.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`], also for all below.
pub async fn note_day(tx: &mut Conn, party: PartyId, of: History, day: &str) -> Result<()> {
    tx.run(CHANGED_DAY, args![party, code(of), day]).await.map(drop)
}

/// The days on which a party's own folders changed and that are kept, or only those of its backups.
///
/// # Errors
/// As [`note_day`].
pub async fn days(conn: &mut Conn, party: PartyId, backups_only: bool) -> Result<Vec<String>> {
    let args = args![party, code(History::Backups), !backups_only];
    let rows: Vec<(String,)> = conn.all(DAYS, args).await?;
    Ok(rows.into_iter().map(|(day,)| day).collect())
}

/// The parties that have days to look back to.
///
/// # Errors
/// As [`note_day`].
pub async fn parties(conn: &mut Conn) -> Result<Vec<PartyId>> {
    let rows: Vec<(PartyId,)> = conn.all(PARTIES, args![]).await?;
    Ok(rows.into_iter().map(|(party,)| party).collect())
}

/// A party's days, by area.
///
/// # Errors
/// As [`note_day`].
pub async fn days_of(conn: &mut Conn, party: PartyId) -> Result<Vec<(History, String)>> {
    let rows: Vec<(String, String)> = conn.all(DAYS_OF, args![party]).await?;
    Ok(rows.into_iter().map(|(area, day)| (of_code(&area), day)).collect())
}

/// A day shows this area no more, whatever is left of it.
///
/// # Errors
/// As [`note_day`].
pub async fn prune(tx: &mut Conn, party: PartyId, of: History, day: &str) -> Result<()> {
    tx.run(PRUNE, args![party, code(of), day]).await.map(drop)
}

/// Versions that had ended by `before`, in the order of their rows, after the row `after`: 1,000 at most.
///
/// # Errors
/// As [`note_day`].
pub async fn ended(conn: &mut Conn, after: i64, before: i64) -> Result<Vec<Ended>> {
    conn.many(ENDED, args![after, before]).await
}

/// Forgets a version that had ended by `before`. The object that nothing is a version of any more.
///
/// # Errors
/// As [`note_day`].
pub async fn forget(tx: &mut Conn, version: &Ended, before: i64) -> Result<Option<String>> {
    if tx.run(FORGET, args![version.id, before]).await? == 0 {
        return Ok(None);
    }
    Ok((!in_use(tx, &version.blob).await?).then(|| version.blob.clone()))
}

/// Whether an object is the content of any version.
///
/// # Errors
/// As [`note_day`].
pub async fn in_use(conn: &mut Conn, blob: &str) -> Result<bool> {
    Ok(conn.number(USES, args![blob]).await? > 0)
}

/// Whether there is any version at all.
///
/// # Errors
/// As [`note_day`].
pub async fn any(conn: &mut Conn) -> Result<bool> {
    Ok(conn.number(ANY, args![]).await? > 0)
}

row! {
    /// A step from a node up to the top of its area.
    #[derive(Clone, Debug)]
    pub struct Step {
        /// The folder; first the node itself, last the top.
        pub node: NodeId,
        /// What the step before is called in it, in stored form.
        pub name: String,
        /// The kind of an overview; else empty.
        pub kind: String,
        /// The year of an overview; else 0.
        pub year: i64,
        /// Since when the step before lies in it, in Unix milliseconds; of the first 0.
        pub from_ms: i64,
    }
}

/// The way from a node to the top of the area in which it lay at an instant; the node alone when it
/// lay nowhere.
///
/// # Errors
/// As [`note_day`].
pub async fn way_up(conn: &mut Conn, node: NodeId, at: i64) -> Result<Vec<Step>> {
    conn.all(WAY_UP, args![node, at]).await
}

row! {
    /// What had a name, and has it no more.
    #[derive(Clone, Debug)]
    pub struct Left {
        /// The node.
        pub node: NodeId,
        /// The row that said that it lay there.
        pub placement: i64,
        /// From when, in Unix milliseconds.
        pub from_ms: i64,
        /// Until when.
        pub until_ms: i64,
        folder: i64,
        pending: Option<AccountId>,
    }
}

impl Left {
    /// Whether it is a file, and a whole one.
    pub const fn is_whole_file(&self) -> bool {
        self.folder == 0 && self.pending.is_none()
    }
}

/// What had a name in a folder without shelves last, when that was so at `since` or later.
///
/// # Errors
/// As [`note_day`].
pub async fn left(conn: &mut Conn, folder: NodeId, key: &str, since: i64) -> Result<Option<Left>> {
    conn.one(LEFT, args![folder, key, since]).await
}

/// Where it lay from then on: each folder, and until when.
///
/// # Errors
/// As [`note_day`].
pub async fn since(conn: &mut Conn, left: &Left) -> Result<Vec<(NodeId, i64)>> {
    conn.all(SINCE, args![left.node, left.placement]).await
}

/// The top of the area in which a node lay last, whenever that was; the node itself when it never lay
/// anywhere.
///
/// # Errors
/// As [`note_day`].
pub async fn last_top(conn: &mut Conn, node: NodeId) -> Result<Option<NodeId>> {
    let row: Option<(NodeId,)> = conn.one(LAST_TOP, args![node]).await?;
    Ok(row.map(|(top,)| top))
}

/// The top of every area.
///
/// # Errors
/// As [`note_day`].
pub async fn tops(conn: &mut Conn) -> Result<Vec<Top>> {
    let rows: Vec<(NodeId, String, PartyId, String)> = conn.all(TOPS, args![]).await?;
    let top = |(top, area, party, folder): (NodeId, String, PartyId, String)| {
        let (_, leaf) = AREAS.iter().find(|(word, _)| *word == area)?;
        Some(Top { top, leaf: *leaf, party, folder })
    };
    Ok(rows.into_iter().filter_map(top).collect())
}

row! {
    /// A version as the index of an export has it.
    #[derive(Clone, Debug)]
    pub struct Indexed {
        /// The row.
        pub id: i64,
        /// Whose version.
        pub node: NodeId,
        /// The random id of that node.
        pub public_id: String,
        /// Counted per node from 1.
        pub number: i64,
        /// Bytes of content.
        pub size: i64,
        /// SHA-256 of it.
        pub sha256: Vec<u8>,
        /// The object.
        pub blob: String,
        /// Bytes of it when packed.
        pub packed: Option<i64>,
        /// From when it was the newest, in Unix milliseconds.
        pub from_ms: i64,
        /// Until when.
        pub until_ms: i64,
        /// What it is encrypted to, `age1...`.
        pub recipient: String,
    }
}

/// Versions whose key is there, in the order of their rows, after the row `after`: 500 at most.
///
/// # Errors
/// As [`note_day`].
pub async fn index(conn: &mut Conn, after: i64) -> Result<Vec<Indexed>> {
    conn.all(INDEX, args![after]).await
}

/// The versions whose object comes after the object `after`, in the order of the objects: 500 at most.
///
/// # Errors
/// As [`note_day`].
pub async fn stored(conn: &mut Conn, after: &str) -> Result<Vec<Version>> {
    conn.all(STORED, args![after]).await
}

/// How many bytes a party's versions of the past take, as stored.
///
/// # Errors
/// As [`note_day`].
pub async fn taken(conn: &mut Conn, party: PartyId) -> Result<i64> {
    conn.number(TAKEN, args![party]).await
}

/// When the history was last cleared by itself, in Unix milliseconds; 0 is never.
///
/// # Errors
/// As [`note_day`].
pub async fn last_run(conn: &mut Conn) -> Result<i64> {
    conn.number(LAST_RUN, args![]).await
}

/// Notes that it is being cleared now; false when somebody else has begun since `last`.
///
/// # Errors
/// As [`note_day`].
pub async fn runs(tx: &mut Conn, last: i64, now: i64) -> Result<bool> {
    Ok(tx.run(RUNS, args![last, now]).await? == 1)
}
