//! What ties parties: engagements and employments, from when until when.

use super::db::{Conn, args, statements};
use super::rows::row;
use super::{KeyId, NodeId, PartyId};
use crate::dossier::Result;
use crate::dossier::name::Policy;
use crate::dossier::roster::{KnownEmployment, KnownEngagement, Span, Terms};

statements! {
    ENGAGEMENTS = "select g.id, o.key as office, e.key as employer, g.folder, g.\"release\", g.payslips, \
        g.publish_at, g.from_ms, g.until_ms, coalesce(f.forwards, 0) + \
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
        up_root, down_root, from_ms, until_ms, publish_at) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    CHANGE_ENGAGEMENT = "update engagement set \"release\" = $2, payslips = $3, from_ms = $4, until_ms = $5, \
        publish_at = $6 where id = $1";
    INSERT_EMPLOYMENT = "insert into employment (person, employer, lhn, number, name, consent, \
        employer_folder, employer_key, person_folder, person_key, age_key, overviews_root, paper_root, \
        up_root, down_root, from_ms, until_ms) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    CHANGE_EMPLOYMENT = "update employment set name = $2, consent = $3, from_ms = $4, until_ms = $5 \
        where id = $1";
}

row! {
    struct EngagementRow {
        id: i64,
        office: String,
        employer: String,
        folder: String,
        release: String,
        payslips: String,
        publish_at: Option<String>,
        from_ms: i64,
        until_ms: i64,
        shares: i64,
    }
}

row! {
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
            terms: Terms::of(&row.release, &row.payslips, row.publish_at.as_deref()),
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
    let Terms { release, payslips, publish_at } = terms;
    let Span { from_ms, until_ms } = span;
    let publish_at = publish_at.map(|at| at.to_string());
    let values = args![
        office, employer, release, payslips, folder, key, up, down, from_ms, until_ms, publish_at
    ];
    tx.run(INSERT_ENGAGEMENT, values).await.map(drop)
}

/// Changes what a roster may change of an engagement.
///
/// # Errors
/// `Error::Unavailable`.
pub async fn change_engagement(tx: &mut Conn, id: i64, terms: Terms, span: Span) -> Result<()> {
    let publish_at = terms.publish_at.map(|at| at.to_string());
    let values = args![id, terms.release, terms.payslips, span.from_ms, span.until_ms, publish_at];
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
