//! Sets: from when each is seen, what was decided on it, and what is still to be done upon that.

use super::db::{Conn, args, statements};
use super::nodes::{Row, columns, seen};
use super::rows::row;
use super::{AccountId, EngagementId, NOW, NodeId, PartyId};
use crate::dossier::Result;

statements! {
    SHOW_FROM = "update placement set shown_ms = $2 where id = $1";
    NAME_TAKEN = "select count(*) from placement where parent = $1 and name_key = $2 and node <> $3 \
         and until_ms = 9223372036854775807";
    GIVEN_TAKEN = "select count(*) from placement where parent = $1 and kind = $2 and placer = $3 \
         and placer_key = $4 and node <> $5 and until_ms = 9223372036854775807";
    HAD = "select count(*) from placement where parent = $1 and kind = 'review' and year = 0 \
         and name_key = $2 and until_ms > $3";
    // A set that is seen by now and of which its employer was not told since.
    UNTOLD = "select p.node, p.shown_ms, e.id as employer, g.office, p.name from placement p \
            join party e on e.sets_root = p.parent \
            join engagement g on g.employer = e.id and g.office = p.placer \
                and g.from_ms <= $1 and g.until_ms > $1 \
         where p.kind = 'review' and p.until_ms = 9223372036854775807 and p.shown_ms > 0 and p.shown_ms <= $1 \
            and not exists (select 1 from event v where v.node = p.node and v.verb = 'review' \
                and v.at >= p.shown_ms) \
         order by p.id limit 500";
    // What it was called when its employer was last told of it.
    TOLD_AS = "select p.name from event v join placement p on p.node = v.node \
            and p.from_ms <= v.at and p.until_ms >= v.at \
         where v.node = $1 and v.verb = 'review' order by v.id desc, p.id limit 1";
    UNDER_REVIEW = concat!("select ", columns!(), " from engagement g join party e on e.id = g.employer \
            join placement p on p.parent = e.sets_root and p.kind = 'review' \
                and p.until_ms = 9223372036854775807 and p.placer = g.office and p.shown_ms <= $3 \
            join node n on n.id = p.node ", seen!(), "\
         where g.id = $1 and not exists (select 1 from engagement a where a.office = g.office \
            and a.employer = g.employer and a.from_ms <= $3 and a.until_ms > $3) order by p.id");
    DECIDE = "insert into decision (node, engagement, approved, hash, account, at, releases, explained) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)";
    DECISION = "select d.node, d.engagement, d.approved, d.hash, d.account, d.at, d.releases, a.name as who \
         from decision d left join account a on a.id = d.account where d.node = $1";
    TO_RELEASE = "select node from decision where releases = 1 order by at, node";
    TO_EXPLAIN = "select node from decision where explained = 0 order by at, node";
    RELEASED = "update decision set releases = 2 where node = $1 and releases = 1";
    EXPLAINED = "update decision set explained = 1 where node = $1 and explained = 0";
    PLACED_BY = "select v.account from version v join account a on a.id = v.account \
         where v.node = $1 and a.party = $2 and v.until_ms = 9223372036854775807";
}

row! {
    /// What was decided on a set.
    #[derive(Clone, Debug)]
    pub struct Decision {
        /// The set.
        pub node: NodeId,
        /// In which engagement.
        pub engagement: EngagementId,
        approved: i64,
        /// Of what was decided on; empty where it closed by itself.
        pub hash: String,
        /// By whom; `None` by itself.
        pub account: Option<AccountId>,
        /// When, in Unix milliseconds.
        pub at: i64,
        /// Whether what is in it is delivered upon it: 0 no, 1 still to do, 2 done.
        pub releases: i64,
        /// The name of the account.
        pub who: Option<String>,
    }
}

impl Decision {
    /// Whether it was approved.
    pub const fn is_approval(&self) -> bool {
        self.approved != 0
    }
}

/// A decision that is made.
#[derive(Clone, Debug)]
pub struct NewDecision<'a> {
    /// The set.
    pub node: NodeId,
    /// In which engagement.
    pub engagement: EngagementId,
    /// Approved, or rejected.
    pub approved: bool,
    /// Of what was decided on.
    pub hash: &'a str,
    /// By whom.
    pub account: Option<AccountId>,
    /// When.
    pub at: i64,
    /// What is in it is to be delivered upon it.
    pub releases: bool,
    /// Its reason is still to be written.
    pub unexplained: bool,
}

row! {
    /// A set that came in sight.
    #[derive(Clone, Debug)]
    pub struct Untold {
        /// The set.
        pub node: NodeId,
        /// Since when it is seen.
        pub shown_ms: i64,
        /// Whose it is.
        pub employer: PartyId,
        /// Who placed it.
        pub office: PartyId,
        /// What its employer sees it as.
        pub name: String,
    }
}

/// Lets others than its placer see what is placed from an instant on.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`], also for all below.
pub async fn show_from(tx: &mut Conn, placement: i64, at: i64) -> Result<()> {
    tx.run(SHOW_FROM, args![placement, at]).await.map(drop)
}

/// Whether a set but this one has a name among all of an employer's, wherever they stand.
///
/// # Errors
/// As [`show_from`].
pub async fn name_taken(conn: &mut Conn, root: NodeId, key: &str, but: NodeId) -> Result<bool> {
    Ok(conn.number(NAME_TAKEN, args![root, key, but]).await? > 0)
}

/// Whether a set had a name, as a key, among those to be reviewed after an instant.
///
/// # Errors
/// As [`show_from`].
pub async fn had(conn: &mut Conn, root: NodeId, key: &str, after: i64) -> Result<bool> {
    Ok(conn.number(HAD, args![root, key, after]).await? > 0)
}

/// Whether a set but this one has a name among those of one placer in one state.
///
/// # Errors
/// As [`show_from`].
pub async fn given_taken(
    conn: &mut Conn,
    root: NodeId,
    state: &str,
    (placer, key): (PartyId, &str),
    but: NodeId,
) -> Result<bool> {
    Ok(conn.number(GIVEN_TAKEN, args![root, state, placer, key, but]).await? > 0)
}

/// Sets that came in sight and of which their employers were not told.
///
/// # Errors
/// As [`show_from`].
pub async fn untold(conn: &mut Conn, now: i64) -> Result<Vec<Untold>> {
    conn.all(UNTOLD, args![now]).await
}

/// By what name the employer of a set was last told of it; `None` when it never was.
///
/// # Errors
/// As [`show_from`].
pub async fn told_as(conn: &mut Conn, set: NodeId) -> Result<Option<String>> {
    let row: Option<(String,)> = conn.one(TOLD_AS, args![set]).await?;
    Ok(row.map(|(name,)| name))
}

/// The sets under review that an office placed which works for their employer no more, as far as they came in
/// sight.
///
/// # Errors
/// As [`show_from`].
pub async fn under_review(conn: &mut Conn, engagement: EngagementId, now: i64) -> Result<Vec<Row>> {
    conn.all(UNDER_REVIEW, args![engagement, NOW, now]).await
}

/// Keeps a decision.
///
/// # Errors
/// As [`show_from`].
pub async fn decide(tx: &mut Conn, new: &NewDecision<'_>) -> Result<()> {
    let NewDecision { node, engagement, approved, hash, account, at, releases, unexplained } = *new;
    let args = args![node, engagement, approved, hash, account, at, releases, !unexplained];
    tx.run(DECIDE, args).await.map(drop)
}

/// What was decided on a set.
///
/// # Errors
/// As [`show_from`].
pub async fn decision(conn: &mut Conn, node: NodeId) -> Result<Option<Decision>> {
    conn.one(DECISION, args![node]).await
}

/// The sets that are still to be delivered.
///
/// # Errors
/// As [`show_from`].
pub async fn to_release(conn: &mut Conn) -> Result<Vec<NodeId>> {
    let rows: Vec<(NodeId,)> = conn.all(TO_RELEASE, Vec::new()).await?;
    Ok(rows.into_iter().map(|(node,)| node).collect())
}

/// The sets whose reason is still to be written.
///
/// # Errors
/// As [`show_from`].
pub async fn to_explain(conn: &mut Conn) -> Result<Vec<NodeId>> {
    let rows: Vec<(NodeId,)> = conn.all(TO_EXPLAIN, Vec::new()).await?;
    Ok(rows.into_iter().map(|(node,)| node).collect())
}

/// A set was delivered. False when it was already.
///
/// # Errors
/// As [`show_from`].
pub async fn released(tx: &mut Conn, node: NodeId) -> Result<bool> {
    Ok(tx.run(RELEASED, args![node]).await? > 0)
}

/// The reason of a decision was written. False when it was already.
///
/// # Errors
/// As [`show_from`].
pub async fn explained(tx: &mut Conn, node: NodeId) -> Result<bool> {
    Ok(tx.run(EXPLAINED, args![node]).await? > 0)
}

/// By which account of a party a file was put as it is now.
///
/// # Errors
/// As [`show_from`].
pub async fn placed_by(conn: &mut Conn, file: NodeId, party: PartyId) -> Result<Option<AccountId>> {
    let row: Option<(AccountId,)> = conn.one(PLACED_BY, args![file, party]).await?;
    Ok(row.map(|(account,)| account))
}
