//! What becomes of what was shared in an engagement that has ended: it goes back to its owners.

use super::db::{Conn, args, statements};
use super::forwards;
use super::nodes::{self, Slot};
use super::rows::row;
use super::{EngagementId, NodeId, PartyId};
use crate::dossier::name::{Policy, folder_for, free};
use crate::dossier::{Language, Result};
use std::collections::HashSet;

/// The locks of these accounts `a`, each with where it is and every folder around that.
macro_rules! around {
    ($whose:literal) => {
        concat!(
            "with recursive around (token, node) as ( \
                select k.token, k.node from dav_lock k join account a on a.id = k.account where ", $whose, " \
                union all select i.token, l.parent from around i join placement l on l.node = i.node \
                    and l.forward is null and l.until_ms = 9223372036854775807) "
        )
    };
}

/// Whether `i.node` is a top of what an office places for the employer of the engagement `g`.
macro_rules! is_placed {
    () => {
        "(exists (select 1 from party e where e.id = g.employer and i.node in (e.overviews_root, e.sets_root)) \
         or exists (select 1 from employment m where m.employer = g.employer \
            and i.node in (m.overviews_root, m.paper_root)))"
    };
}

statements! {
    // Engagements that are over, in which something still lies, or whose office still holds a lock on
    // what it placed and is not engaged again.
    OVER = concat!("select g.id from engagement g where g.until_ms <= $1 and \
        (exists (select 1 from placement l where l.parent in (g.up_root, g.down_root) \
            and l.until_ms = 9223372036854775807) \
        or exists (select 1 from forward f where f.engagement = g.id \
            and f.until_ms = 9223372036854775807) \
        or exists (select 1 from party e join placement l on l.parent = e.sets_root and l.kind = 'review' \
                and l.until_ms = 9223372036854775807 and l.placer = g.office and l.shown_ms <= $1 \
            where e.id = g.employer and not exists (select 1 from engagement a where a.office = g.office \
                and a.employer = g.employer and a.from_ms <= $1 and a.until_ms > $1)) \
        or (not exists (select 1 from engagement n where n.office = g.office \
                and n.employer = g.employer and n.from_ms <= $1 and n.until_ms > $1) \
            and exists (", around!("a.party = g.office and k.expires > $1"), "\
                select 1 from around i where ", is_placed!(), ")))");
    SIDES = "select g.up_root, g.down_root, g.office, g.employer, o.name as office_name, \
        e.name as employer_name, o.language as office_language, e.language as employer_language, \
        o.own_root as office_own, e.own_root as employer_own \
        from engagement g join party o on o.id = g.office join party e on e.id = g.employer \
        where g.id = $1";
    FORWARDED = "select l.node, l.name, h.name as home_name, m.person, p.language \
        from forward f join placement l on l.forward = f.id and l.until_ms = 9223372036854775807 \
        join placement h on h.node = l.node and h.forward is null and h.until_ms = 9223372036854775807 \
        join employment m on m.id = f.employment join party p on p.id = m.person \
        where f.engagement = $1 and f.until_ms = 9223372036854775807 order by f.id";
    END_FORWARDED = "update placement set until_ms = $2 where until_ms = 9223372036854775807 and \
        forward in (select id from forward where engagement = $1 and until_ms = 9223372036854775807)";
    // The folders that were made for forwarding, the deepest first.
    MADE = "select f.folder, l.id from forward f join placement l on l.node = f.folder \
        and l.until_ms = 9223372036854775807 \
        where f.engagement = $1 and f.until_ms = 9223372036854775807 order by f.id desc";
    END_FORWARDS = "update forward set until_ms = $2 \
        where engagement = $1 and until_ms = 9223372036854775807";
    // What an office held on what it placed for an employer, or either on what they shared.
    END_LOCKS = concat!("delete from dav_lock where token in (",
        around!("a.party in (select g.office from engagement g where g.id = $1 \
            union all select g.employer from engagement g where g.id = $1)"), "\
        select i.token from around i, engagement g where g.id = $1 \
            and (i.node in (g.up_root, g.down_root) or ", is_placed!(), "))");
    LIVE_KEYS = "select name_key from placement where parent = $1 and until_ms = 9223372036854775807";
    PLACE_CHILDREN = "insert into placement (node, parent, kind, year, name, name_key, placer, placer_name, \
        placer_key, from_ms, until_ms) select node, $2, kind, year, name, name_key, placer, placer_name, \
        placer_key, $3, until_ms from placement where parent = $1 and until_ms = 9223372036854775807";
    END_CHILDREN = "update placement set until_ms = $2 where parent = $1 and until_ms = 9223372036854775807";
}

/// One owner of what was shared in a relation that has ended, or with a party that is erased.
#[derive(Debug)]
pub struct Half {
    /// The owner.
    pub owner: PartyId,
    /// Its language.
    pub language: Language,
    /// With whom it shared.
    pub other: String,
    /// The folder of its own files in which it all is now, if anything was shared.
    pub folder: Option<(NodeId, String)>,
    root: NodeId,
    own_root: NodeId,
}

row! {
    /// A document that is forwarded no more.
    #[derive(Clone, Debug)]
    pub struct Forwarded {
        /// The document.
        pub node: NodeId,
        /// What employer and office knew it by.
        pub name: String,
        /// What its owner knows it by.
        pub home_name: String,
        /// Its owner.
        pub person: PartyId,
        /// Its owner's language.
        pub language: String,
    }
}

/// What came of the end of an engagement.
#[derive(Debug)]
pub struct Ended {
    /// The employer's part, and the office's.
    pub halves: [Half; 2],
    /// What is forwarded no more.
    pub forwarded: Vec<Forwarded>,
}

row! {
    struct Sides {
        up_root: NodeId,
        down_root: NodeId,
        office: PartyId,
        employer: PartyId,
        office_name: String,
        employer_name: String,
        office_language: String,
        employer_language: String,
        office_own: NodeId,
        employer_own: NodeId,
    }
}

/// The engagements that are over and in which something still lies.
///
/// # Errors
/// `Error::Unavailable`, also for all below.
pub async fn over(conn: &mut Conn, now: i64) -> Result<Vec<EngagementId>> {
    let rows: Vec<(EngagementId,)> = conn.all(OVER, args![now]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What was shared in an engagement that has ended goes back to its owners' own files; what was
/// forwarded in it is forwarded no more. Nothing is lost and nothing is left.
///
/// `public_ids` are for the two folders that it may need.
///
/// # Errors
/// As [`over`].
pub async fn return_shared(
    tx: &mut Conn,
    engagement: EngagementId,
    public_ids: [&str; 2],
    now: i64,
) -> Result<Option<Ended>> {
    let Some(sides) = tx.one::<Sides>(SIDES, args![engagement]).await? else { return Ok(None) };
    let forwarded = tx.all(FORWARDED, args![engagement]).await?;
    end_forwards(tx, engagement, now).await?;
    tx.run(END_LOCKS, args![engagement]).await?;
    let mut halves = sides.halves();
    for (half, public_id) in halves.iter_mut().zip(public_ids) {
        half.go_back(tx, public_id, now).await?;
    }
    Ok(Some(Ended { halves, forwarded }))
}

async fn end_forwards(tx: &mut Conn, engagement: EngagementId, now: i64) -> Result<()> {
    tx.run(END_FORWARDED, args![engagement, now]).await?;
    let made = tx.all(MADE, args![engagement]).await?;
    forwards::end_emptied(tx, made, now).await?;
    tx.run(END_FORWARDS, args![engagement, now]).await.map(drop)
}

impl Sides {
    fn halves(self) -> [Half; 2] {
        let (employer, office) = (&self.employer_language, &self.office_language);
        let (up, down) = (self.up_root, self.down_root);
        [
            Half::new((self.employer, employer), self.office_name, up, self.employer_own),
            Half::new((self.office, office), self.employer_name, down, self.office_own),
        ]
    }
}

impl Half {
    /// What an owner, in its language, shared with `other` below `root`; `own_root` is the top of its own
    /// files.
    pub fn new(
        (owner, language): (PartyId, &str),
        other: String,
        root: NodeId,
        own_root: NodeId,
    ) -> Self {
        let language = language.parse().unwrap_or_default();
        Self { owner, language, other, folder: None, root, own_root }
    }

    /// It goes back to the owner's own files, in a folder that says with whom it was shared.
    ///
    /// # Errors
    /// As [`over`].
    pub async fn go_back(&mut self, tx: &mut Conn, public_id: &str, now: i64) -> Result<()> {
        if tx.all::<(String,)>(LIVE_KEYS, args![self.root]).await?.is_empty() {
            return Ok(());
        }
        let taken: Vec<(String,)> = tx.all(LIVE_KEYS, args![self.own_root]).await?;
        let taken: HashSet<String> = taken.into_iter().map(|(key,)| key).collect();
        let title = self.language.pick("Eerder gedeeld met", "Previously shared with");
        let name = folder_for(&format!("{title} {}", self.other));
        let name = free(&name, true, |name| taken.contains(&Policy::Portable.key(name)));
        let placer = Some(self.owner);
        let folder = nodes::make_folder(tx, public_id, placer, now).await?;
        let key = Policy::Portable.key(&name);
        let slot = Slot::plain(self.own_root, name.clone(), key);
        nodes::place(tx, folder, &slot, None, now).await?;
        tx.run(PLACE_CHILDREN, args![self.root, folder, now]).await?;
        tx.run(END_CHILDREN, args![self.root, now]).await?;
        self.folder = Some((folder, name));
        Ok(())
    }
}
