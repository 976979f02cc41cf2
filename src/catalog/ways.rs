//! What the names on a path stand for, and what the catalog has of whoever looks: one statement for each kind of party.
//!
//! Each asks for the account `$1` of the party `$2` and the day `$3`; then for the employer, the employee and the instant
//! of the engagement, those of them that such a path can name, in this order.

use super::db::{Conn, args, statements};
use super::history::kept;
use super::relations::{Employment, Engagement, employed, engaged};
use super::rows::{Both, row};
use super::{AccountId, NodeId, PartyId};
use crate::dossier::retention::History;
use crate::dossier::{PartyKind, Result, SetState};

/// The columns of a [`Standing`], the party `v` with the account `a`: up to the day `$3` what is kept for it, and in
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

statements! {
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
}

row! {
    /// What the catalog has of whoever looks.
    #[derive(Clone, Debug)]
    pub struct Standing {
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

impl Standing {
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

/// What the names on a path stand for, and whose path it is.
#[derive(Debug)]
pub struct Way {
    /// Whoever looks.
    pub standing: Standing,
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
/// [`crate::dossier::Error::Unavailable`].
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
            let way = |Both(standing, employment)| Way { standing, engagement: None, employment };
            return Ok(row.map(way));
        }
        PartyKind::Employer => (WAY_OF_EMPLOYER, args![account, party, day, employee, at]),
        PartyKind::Office => (WAY_OF_OFFICE, args![account, party, day, employer, employee, at]),
    };
    let row = conn.one(statement, args).await?;
    let way =
        |Both(standing, Both(engagement, employment))| Way { standing, engagement, employment };
    Ok(row.map(way))
}
