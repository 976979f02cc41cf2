//! Who is what to whom: a party's roots and key, its engagements and employments. Read only; the
//! roster writes them.

use super::db::{Conn, args, statements};
use super::history::kept;
use super::rows::{Both, row};
use super::{AccountId, EmploymentId, EngagementId, KeyId, NodeId, PartyId};
use crate::dossier::retention::History;
use crate::dossier::{PartyKind, Result, SetState};

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

/// The columns of a [`Viewer`], the party `v` with the account `a`: up to the day `$3` what is kept for it, and in
/// what states it has sets, where that is asked.
macro_rules! viewing {
    ($sets:literal) => {
        concat!(
            "a.waiting_root, v.refused_root, v.used, v.quota, ",
            kept!("backups"),
            " as backups_kept, ",
            kept!("files"),
            " as files_kept, ",
            $sets,
            " as sets, "
        )
    };
}

/// The rest of a statement that begins at the viewer: the account `$1` of the party `$2`.
macro_rules! viewed {
    ($rest:literal) => {
        concat!(" from party v left join account a on a.id = $1 ", $rest, " where v.id = $2")
    };
}

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
    WAY_OF_PERSON = concat!("select ", viewing!("cast(null as text)"), employed!(), viewed!(
        "left join employment m on m.person = v.id and m.person_key = $4 \
         left join party p on p.id = m.person left join party e on e.id = m.employer"));
    WAY_OF_EMPLOYER = concat!("select ", viewing!(
        "case when g.id is null and cast($5 as bigint) is not null then (select string_agg(s.kind, ',') from \
            (select distinct p.kind from placement p where p.parent = v.sets_root \
                and p.until_ms = 9223372036854775807) s) end"), engaged!(), ", ", employed!(), viewed!(
        "left join party e on e.id = v.id \
         left join engagement g on g.employer = v.id and g.from_ms <= $5 and g.until_ms > $5 \
         left join party o on o.id = g.office \
         left join employment m on m.employer = v.id and m.employer_key = $4 \
         left join party p on p.id = m.person"));
    WAY_OF_OFFICE = concat!("select ", viewing!("cast(null as text)"), engaged!(), ", ", employed!(), viewed!(
        "left join engagement g on g.office = v.id and g.folder_key = $4 and g.from_ms <= $6 and g.until_ms > $6 \
         left join party o on o.id = g.office left join party e on e.id = g.employer \
         left join employment m on m.employer = g.employer and m.employer_key = $5 \
         left join party p on p.id = m.person"));
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
    /// What the catalog has of whoever looks.
    #[derive(Clone, Debug)]
    pub struct Viewer {
        /// The top of what waits for its account, once it is made.
        pub waiting_root: Option<NodeId>,
        /// The top of what was refused to its party, once it is made.
        pub refused_root: Option<NodeId>,
        /// How many bytes count for the party.
        pub used: i64,
        /// Its own quota.
        pub quota: Option<i64>,
        backups_kept: i64,
        files_kept: i64,
        sets: Option<String>,
    }
}

impl Viewer {
    /// For which of its folders the day that was asked for is kept.
    pub fn kept(&self) -> Vec<History> {
        let both = [(self.backups_kept, History::Backups), (self.files_kept, History::Files)];
        both.into_iter().filter(|(days, _)| *days > 0).map(|(_, of)| of).collect()
    }

    /// Whether it has sets in this state, of an employer for whom no office works.
    pub fn has_sets(&self, state: SetState) -> bool {
        self.sets.as_ref().is_some_and(|all| all.split(',').any(|code| code == state.code()))
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

/// What the names on a path stand for, and whose path it is.
#[derive(Debug)]
pub struct Way {
    /// Whoever looks.
    pub viewer: Viewer,
    /// An office's with the employer that is named, or an employer's own.
    pub engagement: Option<Engagement>,
    /// The one that is named.
    pub employment: Option<Employment>,
}

/// What is asked of a way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names<'a> {
    /// At which instant there is an engagement; `None` asks for none.
    pub at: Option<i64>,
    /// The day of a day view.
    pub day: Option<&'a str>,
    /// By which the folder of an employer is compared.
    pub employer: Option<&'a str>,
    /// By which the folder of an employee is compared.
    pub employee: Option<&'a str>,
}

/// What the names on a path of an account of a party stand for, in one statement; `None` when there is no such party.
///
/// # Errors
/// As [`party`].
pub async fn way(
    conn: &mut Conn,
    (account, party, kind): (AccountId, PartyId, PartyKind),
    Names { at, day, employer, employee }: Names<'_>,
) -> Result<Option<Way>> {
    let text = |name: Option<&str>| name.map(str::to_owned);
    let (day, employer, employee) = (text(day), text(employer), text(employee));
    let (statement, args) = match kind {
        PartyKind::Person => {
            let row = conn.one(WAY_OF_PERSON, args![account, party, day, employer]).await?;
            let way = |Both(viewer, employment)| Way { viewer, engagement: None, employment };
            return Ok(row.map(way));
        }
        PartyKind::Employer => (WAY_OF_EMPLOYER, args![account, party, day, employee, at]),
        PartyKind::Office => (WAY_OF_OFFICE, args![account, party, day, employer, employee, at]),
    };
    let row = conn.one(statement, args).await?;
    let way = |Both(viewer, Both(engagement, employment))| Way { viewer, engagement, employment };
    Ok(row.map(way))
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
