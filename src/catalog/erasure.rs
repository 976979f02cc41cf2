//! Erasing a party: what is its own goes, rows and all; what others hold stays.
//!
//! The first transaction ends everything at once, and destroys the keys; what it leaves behind cannot be
//! read by anybody and is taken away a page at a time, again and again until nothing is left.

use super::db::{Conn, args, statements};
use super::rows::row;
use super::{AccountId, EngagementId, KeyId, NodeId, PartyId};
use crate::dossier::Result;
use std::collections::BTreeSet;

/// The tops of the areas that go with the party `$1`: its own, and the overviews of an employment that
/// nobody is left to hold.
macro_rules! roots {
    () => {
        "select r.root from (select id as party, own_root as root from party \
            union all select id, backups_root from party \
            union all select id, overviews_root from party \
            union all select id, sets_root from party \
            union all select id, refused_root from party \
            union all select party, waiting_root from account \
            union all select person, up_root from employment \
            union all select employer, paper_root from employment \
            union all select employer, down_root from employment \
            union all select employer, up_root from engagement \
            union all select office, down_root from engagement \
            union all select m.person, m.overviews_root from employment m \
                join party e on e.id = m.employer where e.erased is not null \
            union all select m.employer, m.overviews_root from employment m \
                join party p on p.id = m.person where p.erased is not null) r \
         where r.party = $1 and r.root is not null"
    };
}

/// Everything that ever lay below those, links to others' documents left out.
macro_rules! below_roots {
    () => {
        concat!(
            "with recursive below (node) as (",
            roots!(),
            " union select p.node from below b join placement p on p.parent = b.node and p.forward is null) "
        )
    };
}

statements! {
    FIND = "select id, kind, key, name, language, erased from party where key = $1 or kind || '/' || key = $1";
    EMPLOYMENTS = "select m.id, m.person, m.employer, m.name, m.until_ms, m.up_root, m.down_root, \
            m.employer_folder, p.own_root as person_own, e.own_root as employer_own, \
            e.name as employer_name, p.language as person_language, e.language as employer_language, \
            p.erased as person_erased, e.erased as employer_erased, \
            (select count(*) from placement l where l.parent = m.overviews_root \
                and l.until_ms = 9223372036854775807) as overviews, \
            (select count(*) from placement l where l.parent = m.paper_root \
                and l.until_ms = 9223372036854775807) as papers \
        from employment m join party p on p.id = m.person join party e on e.id = m.employer \
        where m.person = $1 or m.employer = $1 order by m.id";
    ENGAGEMENTS = "select g.id, g.office, g.employer, g.until_ms, o.name as office_name, e.name as employer_name, \
            o.language as office_language, e.language as employer_language \
        from engagement g join party o on o.id = g.office join party e on e.id = g.employer \
        where g.office = $1 or g.employer = $1 order by g.id";
    PLACED = "select count(*) from placement p join node n on n.id = p.node \
        where n.placer = $1 and p.placer_key is not null and p.until_ms = 9223372036854775807 \
            and p.kind not in ('review', 'approved', 'rejected')";
    FILES = "select count(distinct node) from version where age_key = $1 and until_ms = 9223372036854775807";
    VERSIONS = "select count(*) from version where age_key = $1";
    BYTES = "select cast(coalesce(sum(stored_size), 0) as bigint) from version where age_key = $1";
    // On paper with it, under the key of an employee who still holds it.
    PAPERS = "with recursive below (node) as (select m.paper_root from employment m \
            join party p on p.id = m.person where m.employer = $1 and p.erased is null \
            union select p.node from below b join placement p on p.parent = b.node and p.forward is null) \
        select cast(count(case when v.until_ms = 9223372036854775807 then 1 end) as bigint) as files, \
            count(*) as versions, cast(coalesce(sum(v.stored_size), 0) as bigint) as bytes \
        from below b join version v on v.node = b.node";
    LOGINS = "select id, login from account where party = $1 order by login";
    LINES = "select count(*) from log_line where party = $1";
    ERASE = "update party set erased = $2, name = $3, used = 0 where id = $1 and erased is null";
    // What the two sides of a relation called each other, when neither is left.
    EMPLOYMENT_NAMES = "update employment set name = 'gewist', employer_folder = 'gewist ' || id, \
        employer_key = 'gewist ' || id, person_folder = 'gewist ' || id, person_key = 'gewist ' || id \
        where (person = $1 or employer = $1) \
        and person in (select id from party where erased is not null) \
        and employer in (select id from party where erased is not null)";
    ENGAGEMENT_NAMES = "update engagement set folder = 'gewist ' || id, folder_key = 'gewist ' || id \
        where (office = $1 or employer = $1) \
        and office in (select id from party where erased is not null) \
        and employer in (select id from party where erased is not null)";
    CLOSE_ACCOUNTS = "update account set password = null, totp = null, name = '', email = '', generation = generation + 1, \
        suspended = coalesce(suspended, $2) where party = $1";
    FORGET_CREDENTIALS = "delete from credential where account in (select id from account where party = $1)";
    FORGET_AUTHORITIES = "delete from authority where party = $1";
    FORGET_REVOKED = "delete from revoked_certificate where party = $1";
    FORGET_LOCKS = "delete from dav_lock where account in (select id from account where party = $1)";
    FORGET_NOTES = "delete from property where party = $1";
    FORGET_NOTICES = "delete from notices where party = $1";
    FORGET_LINES = "delete from log_line where party = $1";
    FORGET_DAYS = "delete from changed_day where party = $1";
    FORGET_DELIVERIES = "delete from delivery where party = $1";
    FORGET_RECEIPTS = "delete from receipt where party = $1";
    FORGET_REFUSALS = "delete from refusal where party = $1";
    FORGET_ADDRESSES = "update event set address = '' where account in \
        (select id from account where party = $1)";
    NOTHING_USED = "update party set used = 0 where id = $1";
    PAGE = "select id, blob, counts_for, case when until_ms = 9223372036854775807 then size else 0 end as size \
        from version where age_key = $1 order by id limit 500";
    FORGET_VERSION = "delete from version where id = $1";
    GATHER = concat!("insert into erasing (node) ", below_roots!(),
        "select b.node from below b where b.node not in (", roots!(), ") on conflict do nothing");
    NAMES = concat!(below_roots!(), "select count(*) from below b where b.node not in (", roots!(), ")");
    // What its employer's folders are called that were made when folders of its own were forwarded.
    MADE_FOLDERS = "update placement set name = 'gewist ' || id, name_key = 'gewist ' || id \
        where until_ms < 9223372036854775807 and node in (select f.folder from forward f \
            where f.folder is not null and f.node in (select node from erasing))";
    NODE_LOCKS = "delete from dav_lock where node in (select node from erasing)";
    NODE_NOTES = "delete from property where node in (select node from erasing)";
    NODE_SHOWN = "delete from shown_before where node in (select node from erasing)";
    NODE_DELIVERIES = "update delivery set node = null where node in (select node from erasing)";
    NODE_HELD = "delete from held where node in (select node from erasing) \
        or version_of in (select node from erasing)";
    NODE_REFUSALS = "update refusal set node = null where node in (select node from erasing)";
    NODE_DECISIONS = "delete from decision where node in (select node from erasing)";
    NODE_PLACEMENTS = "delete from placement where node in (select node from erasing) \
        or parent in (select node from erasing)";
    ROOT_PLACEMENTS = concat!("delete from placement where parent in (", roots!(), ")");
    NODE_FORWARDS = "delete from forward where node in (select node from erasing) \
        or folder in (select node from erasing)";
    // What lies in its areas under a key that others hold too: what is on paper.
    NODE_VERSIONS = "select id, blob, counts_for, \
            case when until_ms = 9223372036854775807 then size else 0 end as size \
        from version where node in (select node from erasing) order by id";
    NODES = "delete from node where id in (select node from erasing)";
    GATHERED = "delete from erasing";
}

row! {
    /// A party that is to be erased.
    #[derive(Clone, Debug)]
    pub struct Candidate {
        /// The row.
        pub id: PartyId,
        /// `office`, `employer` or `person`.
        pub kind: String,
        /// Its id in the roster.
        pub key: String,
        /// Its name.
        pub name: String,
        /// Its language.
        pub language: String,
        /// When it was erased, if it was.
        pub erased: Option<i64>,
    }
}

row! {
    /// One of its employments, as person or as employer.
    #[derive(Clone, Debug)]
    #[expect(missing_docs, reason = "columns")]
    pub struct Employment {
        pub id: i64,
        pub person: PartyId,
        pub employer: PartyId,
        pub name: String,
        pub until_ms: i64,
        pub up_root: NodeId,
        pub down_root: NodeId,
        pub employer_folder: String,
        pub person_own: NodeId,
        pub employer_own: NodeId,
        pub employer_name: String,
        pub person_language: String,
        pub employer_language: String,
        pub person_erased: Option<i64>,
        pub employer_erased: Option<i64>,
        pub overviews: i64,
        pub papers: i64,
    }
}

row! {
    /// One of its engagements, as office or as employer.
    #[derive(Clone, Debug)]
    #[expect(missing_docs, reason = "columns")]
    pub struct Engagement {
        pub id: EngagementId,
        pub office: PartyId,
        pub employer: PartyId,
        pub until_ms: i64,
        pub office_name: String,
        pub employer_name: String,
        pub office_language: String,
        pub employer_language: String,
    }
}

row! {
    /// What some keys open.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Amount {
        /// Files of today.
        pub files: i64,
        /// Versions, of today and before.
        pub versions: i64,
        /// Bytes of these, as stored.
        pub bytes: i64,
    }
}

/// The parties of an id: `devries`, or `person/devries` where one is not enough.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`], also for all below.
pub async fn find(conn: &mut Conn, party: &str) -> Result<Vec<Candidate>> {
    conn.all(FIND, args![party]).await
}

/// Its employments, ended ones too.
///
/// # Errors
/// As [`find`].
pub async fn employments(conn: &mut Conn, party: PartyId) -> Result<Vec<Employment>> {
    conn.all(EMPLOYMENTS, args![party]).await
}

/// Its engagements, ended ones too.
///
/// # Errors
/// As [`find`].
pub async fn engagements(conn: &mut Conn, party: PartyId) -> Result<Vec<Engagement>> {
    conn.all(ENGAGEMENTS, args![party]).await
}

/// How many overviews of others it placed that are there now.
///
/// # Errors
/// As [`find`].
pub async fn placed(conn: &mut Conn, party: PartyId) -> Result<i64> {
    conn.number(PLACED, args![party]).await
}

/// What a key opens.
///
/// # Errors
/// As [`find`].
pub async fn amount(conn: &mut Conn, key: KeyId) -> Result<Amount> {
    Ok(Amount {
        files: conn.number(FILES, args![key]).await?,
        versions: conn.number(VERSIONS, args![key]).await?,
        bytes: conn.number(BYTES, args![key]).await?,
    })
}

/// What is on paper with an employer and goes with it, though its key does not.
///
/// # Errors
/// As [`find`].
pub async fn papers(conn: &mut Conn, employer: PartyId) -> Result<Amount> {
    Ok(conn.one(PAPERS, args![employer]).await?.unwrap_or_default())
}

/// Its accounts and their logins.
///
/// # Errors
/// As [`find`].
pub async fn logins(conn: &mut Conn, party: PartyId) -> Result<Vec<(AccountId, String)>> {
    conn.all(LOGINS, args![party]).await
}

/// How many lines its log has.
///
/// # Errors
/// As [`find`].
pub async fn lines(conn: &mut Conn, party: PartyId) -> Result<i64> {
    conn.number(LINES, args![party]).await
}

/// How many files and folders there ever were in its areas.
///
/// # Errors
/// As [`find`].
pub async fn names(conn: &mut Conn, party: PartyId) -> Result<i64> {
    conn.number(NAMES, args![party]).await
}

/// Ends the party: nobody signs in for it any more, and what was only about it is forgotten. Its id, its
/// logins and its relations stay, so that they never mean anybody else. False when it was ended already.
///
/// # Errors
/// As [`find`].
pub async fn end(tx: &mut Conn, party: PartyId, name: &str, now: i64) -> Result<bool> {
    if tx.run(ERASE, args![party, now, name]).await? == 0 {
        return Ok(false);
    }
    tx.run(CLOSE_ACCOUNTS, args![party, now]).await?;
    for statement in [
        FORGET_CREDENTIALS,
        FORGET_AUTHORITIES,
        FORGET_REVOKED,
        FORGET_LOCKS,
        FORGET_NOTES,
        FORGET_NOTICES,
        FORGET_LINES,
        FORGET_DAYS,
        FORGET_DELIVERIES,
        FORGET_RECEIPTS,
        FORGET_REFUSALS,
        FORGET_ADDRESSES,
        EMPLOYMENT_NAMES,
        ENGAGEMENT_NAMES,
    ] {
        tx.run(statement, args![party]).await?;
    }
    Ok(true)
}

/// Forgets versions that a key opened: 500 at most. Gives the objects that nothing is a version of any
/// more, and whether there was anything.
///
/// # Errors
/// As [`find`].
pub async fn forget_versions(tx: &mut Conn, key: KeyId) -> Result<(Vec<String>, bool)> {
    let page: Vec<Held> = tx.all(PAGE, args![key]).await?;
    Ok((forget(tx, &page).await?, !page.is_empty()))
}

/// A version, its object, for whom it counts, and how many bytes while it is the newest.
type Held = (i64, String, PartyId, i64);

/// Forgets versions; gives the objects that nothing is a version of any more.
async fn forget(tx: &mut Conn, versions: &[Held]) -> Result<Vec<String>> {
    for (id, _, counts_for, size) in versions {
        tx.run(FORGET_VERSION, args![*id]).await?;
        super::versions::add_used(tx, *counts_for, -size).await?;
    }
    let blobs: BTreeSet<&String> = versions.iter().map(|(_, blob, ..)| blob).collect();
    let mut free = Vec::new();
    for blob in blobs {
        if !super::history::in_use(tx, blob).await? {
            free.push(blob.clone());
        }
    }
    Ok(free)
}

/// Forgets every name in its areas, and what was forwarded out of them or into them. Gives the objects
/// that nothing is a version of any more.
///
/// # Errors
/// As [`find`].
pub async fn forget_nodes(tx: &mut Conn, party: PartyId) -> Result<Vec<String>> {
    tx.run(GATHERED, args![]).await?;
    tx.run(GATHER, args![party]).await?;
    let held: Vec<Held> = tx.all(NODE_VERSIONS, args![]).await?;
    let free = forget(tx, &held).await?;
    tx.run(ROOT_PLACEMENTS, args![party]).await?;
    for statement in [
        MADE_FOLDERS,
        NODE_LOCKS,
        NODE_NOTES,
        NODE_SHOWN,
        NODE_DELIVERIES,
        NODE_HELD,
        NODE_REFUSALS,
        NODE_PLACEMENTS,
        NODE_FORWARDS,
        NODE_DECISIONS,
        NODES,
        GATHERED,
    ] {
        tx.run(statement, args![]).await?;
    }
    tx.run(NOTHING_USED, args![party]).await?;
    Ok(free)
}
