//! What ties parties: engagements and employments, from when until when; and how what was shared in
//! an engagement goes back when it has ended.

use super::db::{Conn, args, statements};
use super::{KeyId, NodeId, PartyId};
use crate::dossier::name::{Policy, folder_for, free};
use crate::dossier::roster::{KnownEmployment, KnownEngagement, Span, Terms};
use crate::dossier::{Language, Result};
use sqlx::FromRow;
use std::collections::HashSet;
use std::str::FromStr;

statements! {
    ENGAGEMENTS = "select g.id, o.key as office, e.key as employer, g.folder, g.\"release\", g.payslips, \
        g.from_ms, g.until_ms, coalesce(f.forwards, 0) + \
        case when exists (select 1 from placement l where l.parent in (g.up_root, g.down_root) \
            and l.until_ms = 9223372036854775807) then 1 else 0 end as shares \
        from engagement g join party o on o.id = g.office join party e on e.id = g.employer \
        left join (select engagement, count(*) as forwards from forward \
            where until_ms = 9223372036854775807 group by engagement) f on f.engagement = g.id \
        order by g.from_ms, g.id";
    EMPLOYMENTS = "select m.id, p.key as person, e.key as employer, m.lhn, m.number, m.name, m.consent, \
        m.employer_folder, m.person_folder, m.from_ms, m.until_ms \
        from employment m join party p on p.id = m.person join party e on e.id = m.employer \
        order by m.from_ms, m.id";
    INSERT_ENGAGEMENT = "insert into engagement (office, employer, \"release\", payslips, folder, folder_key, \
        up_root, down_root, from_ms, until_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    CHANGE_ENGAGEMENT = "update engagement set \"release\" = $2, payslips = $3, from_ms = $4, until_ms = $5 \
        where id = $1";
    INSERT_EMPLOYMENT = "insert into employment (person, employer, lhn, number, name, consent, \
        employer_folder, employer_key, person_folder, person_key, age_key, overviews_root, paper_root, \
        up_root, down_root, from_ms, until_ms) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    CHANGE_EMPLOYMENT = "update employment set name = $2, consent = $3, from_ms = $4, until_ms = $5 \
        where id = $1";
    INSERT_FOLDER = "insert into node (public_id, folder, placer, mtime, created) \
        values ($1, 1, $2, $3, $3) returning id";
    SIDES = "select g.up_root, g.down_root, g.office, g.employer, o.name as office_name, \
        e.name as employer_name, o.language as office_language, e.language as employer_language, \
        o.own_root as office_own, e.own_root as employer_own \
        from engagement g join party o on o.id = g.office join party e on e.id = g.employer \
        where g.id = $1";
    END_FORWARDED = "update placement set until_ms = $2 where until_ms = 9223372036854775807 and \
        forward in (select id from forward where engagement = $1 and until_ms = 9223372036854775807)";
    END_FORWARDS = "update forward set until_ms = $2 \
        where engagement = $1 and until_ms = 9223372036854775807";
    LIVE_KEYS = "select name_key from placement where parent = $1 and until_ms = 9223372036854775807";
    PLACE_FOLDER = "insert into placement (node, parent, name, name_key, placer, from_ms, until_ms) \
        values ($1, $2, $3, $4, $5, $6, 9223372036854775807)";
    PLACE_CHILDREN = "insert into placement (node, parent, kind, year, name, name_key, placer, placer_name, \
        placer_key, from_ms, until_ms) select node, $2, kind, year, name, name_key, placer, placer_name, \
        placer_key, $3, until_ms from placement where parent = $1 and until_ms = 9223372036854775807";
    END_CHILDREN = "update placement set until_ms = $2 where parent = $1 and until_ms = 9223372036854775807";
}

#[derive(FromRow)]
struct EngagementRow {
    id: i64,
    office: String,
    employer: String,
    folder: String,
    release: String,
    payslips: String,
    from_ms: i64,
    until_ms: i64,
    shares: i64,
}

#[derive(FromRow)]
struct EmploymentRow {
    id: i64,
    person: String,
    employer: String,
    lhn: String,
    number: String,
    name: String,
    consent: Option<String>,
    employer_folder: String,
    person_folder: String,
    from_ms: i64,
    until_ms: i64,
}

/// Every engagement, also ended ones.
///
/// # Errors
/// `Error::Unavailable`.
pub(super) async fn engagements(conn: &mut Conn) -> Result<Vec<KnownEngagement>> {
    let rows = conn.all::<EngagementRow>(ENGAGEMENTS, args![]).await?;
    Ok(rows
        .into_iter()
        .map(|row| KnownEngagement {
            id: row.id,
            office: row.office,
            employer: row.employer,
            folder: row.folder,
            terms: Terms::of(&row.release, &row.payslips),
            span: Span { from_ms: row.from_ms, until_ms: row.until_ms },
            shares: row.shares != 0,
        })
        .collect())
}

/// Every employment, also ended ones.
///
/// # Errors
/// `Error::Unavailable`.
pub(super) async fn employments(conn: &mut Conn) -> Result<Vec<KnownEmployment>> {
    let rows = conn.all::<EmploymentRow>(EMPLOYMENTS, args![]).await?;
    Ok(rows
        .into_iter()
        .map(|row| KnownEmployment {
            id: row.id,
            person: row.person,
            employer: row.employer,
            lhn: row.lhn,
            number: row.number,
            name: row.name,
            consent: row.consent,
            employer_folder: row.employer_folder,
            person_folder: row.person_folder,
            span: Span { from_ms: row.from_ms, until_ms: row.until_ms },
        })
        .collect())
}

/// A new engagement.
#[derive(Debug)]
pub struct NewEngagement<'a> {
    /// The office.
    pub office: PartyId,
    /// The employer.
    pub employer: PartyId,
    /// What was agreed.
    pub terms: Terms,
    /// What the employer's folder is called with the office.
    pub folder: &'a str,
    /// What the employer shares with the office, and what the office shares with the employer.
    pub roots: [NodeId; 2],
    /// When.
    pub span: Span,
}

/// Adds an engagement.
///
/// # Errors
/// `Error::Unavailable`.
pub async fn insert_engagement(tx: &mut Conn, new: NewEngagement<'_>) -> Result<()> {
    let NewEngagement { office, employer, terms, folder, roots: [up, down], span } = new;
    let key = Policy::Portable.key(folder);
    let Terms { release, payslips } = terms;
    let Span { from_ms, until_ms } = span;
    let values =
        args![office, employer, release, payslips, folder, key, up, down, from_ms, until_ms];
    tx.run(INSERT_ENGAGEMENT, values).await.map(drop)
}

/// Changes what a roster may change of an engagement.
///
/// # Errors
/// `Error::Unavailable`.
pub async fn change_engagement(tx: &mut Conn, id: i64, terms: Terms, span: Span) -> Result<()> {
    let values = args![id, terms.release, terms.payslips, span.from_ms, span.until_ms];
    tx.run(CHANGE_ENGAGEMENT, values).await.map(drop)
}

/// A new employment.
#[derive(Debug)]
pub struct NewEmployment<'a> {
    /// The person.
    pub person: PartyId,
    /// The employer.
    pub employer: PartyId,
    /// The administration.
    pub lhn: &'a str,
    /// The personnel number.
    pub number: &'a str,
    /// The person's name with this employer.
    pub name: &'a str,
    /// Since when digital payslips are agreed.
    pub consent: Option<String>,
    /// What the person's folder is called with the employer.
    pub employer_folder: &'a str,
    /// What the employer's folder is called with the person.
    pub person_folder: &'a str,
    /// The key of its overviews.
    pub key: KeyId,
    /// Overviews, those on paper, shared up, shared down.
    pub roots: [NodeId; 4],
    /// When.
    pub span: Span,
}

/// Adds an employment.
///
/// # Errors
/// `Error::Exists` when a folder's name is taken, `Error::Unavailable`.
pub async fn insert_employment(tx: &mut Conn, new: NewEmployment<'_>) -> Result<()> {
    let [overviews, paper, up, down] = new.roots;
    let values = args![
        new.person,
        new.employer,
        new.lhn,
        new.number,
        new.name,
        new.consent,
        new.employer_folder,
        Policy::Portable.key(new.employer_folder),
        new.person_folder,
        Policy::Portable.key(new.person_folder),
        new.key,
        overviews,
        paper,
        up,
        down,
        new.span.from_ms,
        new.span.until_ms,
    ];
    tx.run(INSERT_EMPLOYMENT, values).await.map(drop)
}

/// Changes what a roster may change of an employment.
///
/// # Errors
/// `Error::Unavailable`.
pub async fn change_employment(
    tx: &mut Conn,
    id: i64,
    name: &str,
    consent: Option<String>,
    span: Span,
) -> Result<()> {
    let values = args![id, name, consent, span.from_ms, span.until_ms];
    tx.run(CHANGE_EMPLOYMENT, values).await.map(drop)
}

#[derive(FromRow)]
struct Sides {
    up_root: i64,
    down_root: i64,
    office: i64,
    employer: i64,
    office_name: String,
    employer_name: String,
    office_language: String,
    employer_language: String,
    office_own: i64,
    employer_own: i64,
}

/// One owner's half of what was shared in an engagement.
struct Half<'a> {
    root: i64,
    owner: i64,
    own_root: i64,
    language: &'a str,
    other: &'a str,
}

/// What was shared in an engagement that has ended goes back to its owners' own files; what was
/// forwarded in it is forwarded no more. Nothing is lost and nothing is left.
///
/// `public_ids` are for the two folders that it may need.
///
/// # Errors
/// `Error::Unavailable`.
pub async fn return_shared(
    tx: &mut Conn,
    engagement: i64,
    public_ids: [&str; 2],
    now: i64,
) -> Result<()> {
    tx.run(END_FORWARDED, args![engagement, now]).await?;
    tx.run(END_FORWARDS, args![engagement, now]).await?;
    let Some(sides) = tx.one::<Sides>(SIDES, args![engagement]).await? else { return Ok(()) };
    let up = Half {
        root: sides.up_root,
        owner: sides.employer,
        own_root: sides.employer_own,
        language: &sides.employer_language,
        other: &sides.office_name,
    };
    let down = Half {
        root: sides.down_root,
        owner: sides.office,
        own_root: sides.office_own,
        language: &sides.office_language,
        other: &sides.employer_name,
    };
    for (half, public_id) in [up, down].iter().zip(public_ids) {
        half.go_back(tx, public_id, now).await?;
    }
    Ok(())
}

impl Half<'_> {
    async fn go_back(&self, tx: &mut Conn, public_id: &str, now: i64) -> Result<()> {
        if tx.all::<(String,)>(LIVE_KEYS, args![self.root]).await?.is_empty() {
            return Ok(());
        }
        let taken: Vec<(String,)> = tx.all(LIVE_KEYS, args![self.own_root]).await?;
        let taken: HashSet<String> = taken.into_iter().map(|(key,)| key).collect();
        let language = Language::from_str(self.language).unwrap_or_default();
        let title = language.pick("Eerder gedeeld met", "Previously shared with");
        let name = folder_for(&format!("{title} {}", self.other));
        let name = free(&name, true, |name| taken.contains(&Policy::Portable.key(name)));
        let folder = tx.number(INSERT_FOLDER, args![public_id, self.owner, now]).await?;
        let key = Policy::Portable.key(&name);
        let values = args![folder, self.own_root, name, key, self.owner, now];
        tx.run(PLACE_FOLDER, values).await?;
        tx.run(PLACE_CHILDREN, args![self.root, folder, now]).await?;
        tx.run(END_CHILDREN, args![self.root, now]).await?;
        Ok(())
    }
}
