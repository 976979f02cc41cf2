//! `/Aanleveren/Ontvangst`: a receipt for each file that was handed in, in a CSV per day. A line is written
//! when it happens, in the language of whoever delivered.

use crate::blobs::Staging;
use crate::catalog::{Conn, intake};
use crate::dossier::delivery::publish;
use crate::dossier::{Error, Language, Refusal, Result, Rights, day};
use crate::vfs::asked::Asked;
use crate::vfs::content::Content;
use crate::vfs::csv;
use crate::vfs::door::Door;
use crate::vfs::made::{Book, Lines};
use crate::vfs::{Entry, May, Session};
use data_encoding::HEXLOWER;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::vfs) enum State {
    /// It is a new document.
    Taken,
    /// It is a new version.
    NewVersion,
    /// It was there already.
    Unchanged,
    /// It was filed on paper.
    OnPaper,
    /// It is there, and nobody sees it before `due`.
    Held {
        /// In Unix milliseconds.
        due: i64,
        /// It will be on paper.
        paper: bool,
    },
    /// It was refused.
    Refused(Refusal),
    /// It lies in a set, and its name does not read as a delivery.
    Unread,
    /// It lies in a set of which another was refused.
    LeftOut,
}

impl State {
    fn word(self, l: Language) -> String {
        let word = match self {
            Self::Taken => l.pick("aangenomen", "taken in"),
            Self::NewVersion => l.pick("nieuwe versie", "new version"),
            Self::Unchanged => l.pick("ongewijzigd", "unchanged"),
            Self::OnPaper => l.pick("op papier", "on paper"),
            Self::Unread => l.pick("geen aanlevering", "no delivery"),
            Self::LeftOut => l.pick("niet aangeleverd", "not delivered"),
            Self::Held { due, paper } => {
                let visible = publish::words(l, &publish::shown(due));
                let paper = if paper { Self::OnPaper.word(l) + " " } else { String::new() };
                return paper + &visible;
            }
            Self::Refused(refusal) => {
                return format!("{} {}", l.pick("afgewezen", "refused"), refusal.code());
            }
        };
        word.to_owned()
    }

    /// The same of what is filed on paper.
    pub(in crate::vfs) const fn on_paper(self) -> Self {
        match self {
            Self::Taken => Self::OnPaper,
            other => other,
        }
    }
}

/// A receipt.
pub(in crate::vfs) struct Receipt<'a> {
    /// The name, with its folders in `/Aanleveren`, under which it was handed in.
    pub(in crate::vfs) name: &'a str,
    /// What was handed in; nothing of what was never taken.
    pub(in crate::vfs) content: Option<&'a Content>,
    /// Where it went.
    pub(in crate::vfs) went: &'a str,
    /// What became of it.
    pub(in crate::vfs) state: State,
    /// The document's id, by which it can be withdrawn.
    pub(in crate::vfs) node: &'a str,
}

impl<'a> Receipt<'a> {
    /// Of a file of a set that is no delivery.
    pub(in crate::vfs) const fn unread(name: &'a str) -> Self {
        Self { name, content: None, went: "", state: State::Unread, node: "" }
    }

    /// Of a file of a set of which nothing is delivered: why it was refused, or that another was.
    pub(in crate::vfs) fn of_set(
        name: &'a str,
        content: Option<&'a Content>,
        refusal: Option<Refusal>,
    ) -> Self {
        let state = refusal.map_or(State::LeftOut, State::Refused);
        Self { name, content, went: "", state, node: "" }
    }
}

/// Writes a receipt.
///
/// # Errors
/// [`Error::Unavailable`], also for all below.
pub(in crate::vfs) async fn write(
    asked: &Asked,
    tx: &mut Conn,
    receipt: &Receipt<'_>,
) -> Result<()> {
    let Asked { door, session, .. } = asked;
    let now = door.clock.now();
    let time = day::local(now).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let content = receipt.content;
    let sha256 = content.map_or_else(String::new, |c| HEXLOWER.encode(&c.digests.sha256));
    let size = content.map_or_else(String::new, |c| c.size.to_string());
    let state = receipt.state.word(session.language);
    let cells = [&time, receipt.name, &sha256, &size, receipt.went, &state, receipt.node];
    let day = day::date(now).to_string();
    intake::insert_receipt(tx, session.party, &day, &csv::row(&cells)).await
}

/// The first line of every day, with the mark by which Excel knows UTF-8.
pub(in crate::vfs) const fn head(language: Language) -> &'static str {
    language.pick(
        "\u{feff}tijd;naam;sha256;grootte;waarheen;toestand;kenmerk\n",
        "\u{feff}time;name;sha256;size;where;state;node\n",
    )
}

/// The days of a party's receipts.
///
/// # Errors
/// As [`write`].
pub(in crate::vfs) async fn entries(conn: &mut Conn, session: &Session) -> Result<Vec<Entry>> {
    let days = intake::receipt_days(conn, session.party).await?;
    let entries =
        days.into_iter().map(|(day, lines, bytes)| day_entry(session, &day, lines, bytes));
    Ok(entries.collect())
}

/// One day of them.
///
/// # Errors
/// [`Error::NotFound`] for what is no day, or has no receipt.
pub(in crate::vfs) async fn entry(conn: &mut Conn, session: &Session, file: &str) -> Result<Entry> {
    let day = file.strip_suffix(".csv").ok_or(Error::NotFound)?;
    match intake::receipt_day(conn, session.party, day).await? {
        (0, _) => Err(Error::NotFound),
        (lines, bytes) => Ok(day_entry(session, day, lines, bytes)),
    }
}

fn day_entry(session: &Session, name: &str, lines: i64, bytes: i64) -> Entry {
    let first = day::exact_date(name).map_or(0, day::start);
    Entry {
        name: format!("{name}.csv"),
        size: u64::try_from(bytes).unwrap_or(0) + head(session.language).len() as u64,
        modified: first,
        created: first,
        rights: Rights::READ,
        may: May::READ,
        public_id: Some(format!("receipts-{name}")),
        version: lines,
        ..Entry::default()
    }
}

/// The text of a day, as long as its entry says.
///
/// # Errors
/// As [`write`].
pub(in crate::vfs) async fn spool(
    door: &Door,
    session: &Session,
    entry: &Entry,
) -> Result<Staging> {
    let day = entry.name.trim_end_matches(".csv");
    let of = Book::Receipts(day);
    let text = Lines { head: head(session.language), of, count: entry.version };
    text.spool(door, session).await
}
