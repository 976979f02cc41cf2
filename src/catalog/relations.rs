//! Who is what to whom: a party's roots and key, its engagements and employments. Read only; the
//! roster writes them.

use super::db::{Conn, args, statements};
use super::rows::{Both, row};
use super::{EmploymentId, EngagementId, KeyId, NodeId, PartyId};
use crate::dossier::Result;

/// The columns of an [`Engagement`], of its employer `e` and its office `o`.
macro_rules! engaged {
    () => {
        "g.id, g.office, g.employer, g.folder, g.\"release\", g.payslips, g.publish_at, \
         g.up_root, g.down_root, g.from_ms, \
         e.overviews_root, e.sets_root, e.age_key as employer_key, o.age_key as office_key"
    };
}

/// The columns of an [`Employment`], of its person `p` and its employer `e`.
macro_rules! employed {
    () => {
        "m.id, m.person, m.employer, m.lhn, m.number, m.name, m.consent, m.employer_folder, \
         m.person_folder, m.age_key, m.overviews_root, m.paper_root, m.up_root, m.down_root, \
         m.from_ms, m.until_ms, p.age_key as person_key, e.age_key as employer_key"
    };
}

pub(super) use {employed, engaged};

macro_rules! engagement {
    ($rest:literal) => {
        concat!(
            "select ",
            engaged!(),
            " from engagement g join party e on e.id = g.employer \
             join party o on o.id = g.office where ",
            $rest
        )
    };
}

macro_rules! employment {
    ($rest:literal) => {
        concat!(
            "select ",
            employed!(),
            " from employment m join party p on p.id = m.person \
             join party e on e.id = m.employer where ",
            $rest
        )
    };
}

statements! {
    PARTY = "select id, kind, key, name, language, age_key, own_root, backups_root, overviews_root, \
         sets_root, created from party where id = $1";
    ROOM = "select used, quota from party where id = $1";
    ENGAGEMENT_OF_EMPLOYER = engagement!("g.employer = $1 and g.from_ms <= $2 and g.until_ms > $2");
    ENGAGEMENTS_OF_OFFICE =
        engagement!("g.office = $1 and g.from_ms <= $2 and g.until_ms > $2 order by g.folder_key");
    EMPLOYED_BY_NUMBER = concat!(
        "select ", engaged!(), ", ", employed!(), " from administration a \
         join engagement g on g.employer = a.employer and g.office = $1 \
            and g.from_ms <= $2 and g.until_ms > $2 \
         join party e on e.id = g.employer join party o on o.id = g.office \
         left join employment m on m.lhn = a.lhn and ltrim(m.number, '0') = ltrim($4, '0') \
         left join party p on p.id = m.person where a.lhn = $3 order by m.id");
    EMPLOYMENTS_OF_PERSON = employment!("m.person = $1 order by m.person_key");
    EMPLOYMENTS_OF_EMPLOYER = employment!("m.employer = $1 order by m.employer_key");
    EMPLOYMENT_OF_ROOT = employment!("m.overviews_root = $1 or m.paper_root = $1");
    EMPLOYER_OF_ROOT = "select id from party where overviews_root = $1 or sets_root = $1";
    EMPLOYMENTS_OF_NUMBER =
        employment!("m.lhn = $1 and ltrim(m.number, '0') = ltrim($2, '0') order by m.id");
}

row! {
    /// A party.
    #[derive(Clone, Debug)]
    pub struct Party {
        /// The row.
        pub id: PartyId,
        /// `office`, `employer` or `person`.
        pub kind: String,
        /// Its id in the roster.
        pub key: String,
        /// As people know it.
        pub name: String,
        /// `nl` or `en`.
        pub language: String,
        /// What its own contents are encrypted to.
        pub age_key: KeyId,
        /// The top of its own files.
        pub own_root: Option<NodeId>,
        /// The top of its backups.
        pub backups_root: Option<NodeId>,
        /// The top of an employer's overviews.
        pub overviews_root: Option<NodeId>,
        /// The top of an employer's sets.
        pub sets_root: Option<NodeId>,
        /// When it was made, in Unix milliseconds.
        pub created: i64,
    }
}

row! {
    /// An office working for an employer.
    #[derive(Clone, Debug)]
    pub struct Engagement {
        /// The row.
        pub id: EngagementId,
        /// The office.
        pub office: PartyId,
        /// The employer.
        pub employer: PartyId,
        /// The employer's folder in the office's tree.
        pub folder: String,
        /// `manual` or `on-approval`.
        pub release: String,
        /// `hidden` or `visible`.
        pub payslips: String,
        /// `25 09:00`: from when in a month the office's deliveries are seen; `None` is at once.
        pub publish_at: Option<String>,
        /// The top of what the employer shares with the office.
        pub up_root: NodeId,
        /// The top of what the office shares with the employer.
        pub down_root: NodeId,
        /// Since when.
        pub from_ms: i64,
        /// The top of the employer's overviews.
        pub overviews_root: NodeId,
        /// The top of the employer's sets.
        pub sets_root: NodeId,
        /// The employer's own key.
        pub employer_key: KeyId,
        /// The office's own key.
        pub office_key: KeyId,
    }
}

row! {
    /// A person working for an employer.
    #[derive(Clone, Debug)]
    pub struct Employment {
        /// The row.
        pub id: EmploymentId,
        /// The person.
        pub person: PartyId,
        /// The employer.
        pub employer: PartyId,
        /// The administration.
        pub lhn: String,
        /// The personnel number.
        pub number: String,
        /// The person's name as this employer has it.
        pub name: String,
        /// Since when payslips may be digital; `None` is on paper.
        pub consent: Option<String>,
        /// `<number name>`: its folder in the employer's and the office's tree.
        pub employer_folder: String,
        /// The employer's folder in the person's tree.
        pub person_folder: String,
        /// What its overviews are encrypted to.
        pub age_key: KeyId,
        /// The top of its overviews.
        pub overviews_root: NodeId,
        /// The top of what is filed on paper.
        pub paper_root: NodeId,
        /// The top of what the person shares with the employer.
        pub up_root: NodeId,
        /// The top of what the employer shares with the person.
        pub down_root: NodeId,
        /// Since when.
        pub from_ms: i64,
        /// Until just before.
        pub until_ms: i64,
        /// The person's own key.
        pub person_key: KeyId,
        /// The employer's own key.
        pub employer_key: KeyId,
    }
}

/// A party.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`], also for all below.
pub async fn party(conn: &mut Conn, id: PartyId) -> Result<Option<Party>> {
    conn.one(PARTY, args![id]).await
}

/// How many bytes count for a party, and its quota.
///
/// # Errors
/// As [`party`].
pub async fn room(conn: &mut Conn, id: PartyId) -> Result<Option<(i64, Option<i64>)>> {
    conn.one(ROOM, args![id]).await
}

/// The engagement of an employer at an instant.
///
/// # Errors
/// As [`party`].
pub async fn engagement(conn: &mut Conn, employer: PartyId, at: i64) -> Result<Option<Engagement>> {
    conn.one(ENGAGEMENT_OF_EMPLOYER, args![employer, at]).await
}

/// The engagements of an office at an instant.
///
/// # Errors
/// As [`party`].
pub async fn engagements(conn: &mut Conn, office: PartyId, at: i64) -> Result<Vec<Engagement>> {
    conn.all(ENGAGEMENTS_OF_OFFICE, args![office, at]).await
}

/// The engagement of an office, at an instant, with the employer of an administration, and the employments in that
/// whose number is this one but for leading zeros.
///
/// # Errors
/// As [`party`].
pub async fn employed_by_number(
    conn: &mut Conn,
    office: PartyId,
    at: i64,
    lhn: &str,
    number: Option<&str>,
) -> Result<Option<(Engagement, Vec<Employment>)>> {
    let args = args![office, at, lhn, number.map(str::to_owned)];
    let both: Vec<Both<Engagement, Option<Employment>>> =
        conn.all(EMPLOYED_BY_NUMBER, args).await?;
    let engagement = both.first().map(|Both(engagement, _)| engagement.clone());
    let employments = both.into_iter().filter_map(|Both(_, employment)| employment).collect();
    Ok(engagement.map(|engagement| (engagement, employments)))
}

/// The employments of a person, ended ones too.
///
/// # Errors
/// As [`party`].
pub async fn employments_of_person(conn: &mut Conn, person: PartyId) -> Result<Vec<Employment>> {
    conn.all(EMPLOYMENTS_OF_PERSON, args![person]).await
}

/// The employments at an employer, ended ones too.
///
/// # Errors
/// As [`party`].
pub async fn employments_of_employer(
    conn: &mut Conn,
    employer: PartyId,
) -> Result<Vec<Employment>> {
    conn.all(EMPLOYMENTS_OF_EMPLOYER, args![employer]).await
}

/// The employments in an administration whose number is this one but for leading zeros.
///
/// # Errors
/// As [`party`].
pub async fn employments_of_number(
    conn: &mut Conn,
    lhn: &str,
    number: &str,
) -> Result<Vec<Employment>> {
    conn.all(EMPLOYMENTS_OF_NUMBER, args![lhn, number]).await
}

/// The employment whose overviews, digital or on paper, lie below a root.
///
/// # Errors
/// As [`party`].
pub async fn employment_of_root(conn: &mut Conn, root: NodeId) -> Result<Option<Employment>> {
    conn.one(EMPLOYMENT_OF_ROOT, args![root]).await
}

/// The employer whose overviews lie below a root.
///
/// # Errors
/// As [`party`].
pub async fn employer_of_root(conn: &mut Conn, root: NodeId) -> Result<Option<PartyId>> {
    let row: Option<(PartyId,)> = conn.one(EMPLOYER_OF_ROOT, args![root]).await?;
    Ok(row.map(|(employer,)| employer))
}
