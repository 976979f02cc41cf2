//! The log that each party reads: `/Logboek/<month>.csv`. What a line says is written when it
//! happens, in the reader's language, and nothing of anybody else's.

use super::csv;
use super::door::Door;
use super::made::{Book, Lines};
use super::place::Place;
use super::{Entry, May, Protocol, Session};
use crate::blobs::Staging;
use crate::catalog::log::{self, Event};
use crate::catalog::nodes::{self, Row};
use crate::catalog::{AccountId, Conn, NodeId, PartyId, Transaction};
use crate::dossier::{Deed, Error, Kind, Language, PartyKind, Result, Rights, day, overview};
use std::sync::Arc;

/// What a line is about: a name, of an overview in stored form with its kind. Each reader gets a
/// subject of its own: no name in it may be one that the reader does not see.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subject {
    kind: Option<Kind>,
    name: String,
    /// What more there is to say: the new name, the other party.
    detail: String,
    /// By whose wording a person is named, where that is not the reader's own.
    employer: Option<PartyId>,
}

impl Subject {
    pub(crate) fn of(kind: Option<Kind>, name: &str) -> Self {
        Self { kind, name: name.to_owned(), detail: String::new(), employer: None }
    }

    pub(crate) fn row(row: &Row) -> Self {
        Self::of(crate::dossier::kind::by_code(&row.kind), &row.name)
    }

    /// By the name under which a viewer sees it there.
    pub(crate) fn seen(place: &Place, row: &Row) -> Self {
        if place.is_by_placer() { Self::placed(row) } else { Self::row(row) }
    }

    /// By the name that its owner gave it, wherever a link to it was found.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn at_home(conn: &mut Conn, row: &Row) -> Result<Self> {
        let home = if row.forward.is_some() { nodes::home(conn, row.id).await? } else { None };
        Ok(Self::row(home.as_ref().unwrap_or(row)))
    }

    /// An overview by the name that its placer sees.
    pub(crate) fn placed(row: &Row) -> Self {
        let name = row.placer_name.as_ref().unwrap_or(&row.name);
        Self::of(crate::dossier::kind::by_code(&row.kind), name)
    }

    pub(crate) fn saying(mut self, detail: &str) -> Self {
        detail.clone_into(&mut self.detail);
        self
    }

    /// With the person who did it named as its employer has it, for that employer's office.
    pub(crate) const fn worded_by(mut self, employer: PartyId) -> Self {
        self.employer = Some(employer);
        self
    }

    /// The same for several readers, each once.
    pub(crate) fn to(&self, readers: &[PartyId]) -> Vec<(PartyId, Self)> {
        readers.iter().map(|reader| (*reader, self.clone())).collect()
    }
}

/// Who is told that somebody had a look at a document, or took a copy: its owner, and of what was forwarded
/// also who forwarded it. Each by the name that it knows it by.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn sharers(
    tx: &mut Conn,
    session: &Session,
    place: &Place,
    row: &Row,
) -> Result<Vec<(PartyId, Subject)>> {
    if place.is_sets() {
        let mut readers = place.concerned();
        // The reason is the employer's, all else the office's.
        let employers = row.placer.filter(|placer| *placer == place.owner);
        readers.extend(super::sets::office_of(place, row).or(employers));
        return Ok(Subject::row(row).to(&readers));
    }
    let owner = if row.forward.is_some() { row.placer } else { Some(place.owner) };
    let forwarder = row.forward.map(|_| place.owner).filter(|party| *party != session.party);
    let home = Subject::at_home(tx, row).await?;
    let owner = owner.map(|owner| (owner, home));
    Ok(owner.into_iter().chain(forwarder.map(|party| (party, Subject::row(row)))).collect())
}

/// Writes what happened, for each party that it concerns; a party twice is told the first. A person goes
/// by the name that the reader has for it: employers see nothing of each other.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn note(
    door: &Door,
    tx: &mut Conn,
    session: &Session,
    deed: Deed,
    node: Option<NodeId>,
    readers: &[(PartyId, Subject)],
) -> Result<()> {
    let at = door.clock.now();
    let event = Event {
        at,
        account: Some(session.account),
        protocol: session.protocol.to_string(),
        address: session.address.to_string(),
        deed,
        node,
    };
    let event = log::event(tx, &event).await?;
    let name = event.name.clone().unwrap_or_default();
    let party_name = event.party.clone().unwrap_or_default();
    let mut lines: Vec<(PartyId, String)> = Vec::with_capacity(readers.len());
    for (reader, subject) in readers {
        if lines.iter().any(|(party, _)| party == reader) {
            continue;
        }
        let language: Language =
            door.party(tx, *reader).await?.language.parse().unwrap_or_default();
        let (who, from) = if deed == Deed::Looked {
            (operator(language).to_owned(), session.protocol.to_string())
        } else if *reader == session.party {
            (name.clone(), session.came_by())
        } else {
            // Nobody employs an office or an employer.
            let known = match session.kind {
                PartyKind::Person => {
                    log::known_as(tx, session.party, subject.employer.unwrap_or(*reader)).await?
                }
                PartyKind::Office | PartyKind::Employer => None,
            };
            let (name, party) = known.as_ref().map_or((&name, &party_name), |known| (known, known));
            (format!("{name} ({party})"), session.protocol.to_string())
        };
        lines.push((*reader, line(at, deed, language, (&who, &from), subject)));
    }
    log::tell(tx, &event, &day::month(at), &lines).await
}

/// Writes what an operator did on the command line, for each party that it concerns.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn note_by_operator(
    tx: &mut Conn,
    at: i64,
    deed: Deed,
    node: Option<NodeId>,
    readers: &[(PartyId, Language, Subject)],
) -> Result<()> {
    note_by_nobody(tx, (at, deed, node), readers, &Protocol::Cli.to_string(), operator).await
}

/// Writes what happened by itself, for each party that it concerns.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn note_by_itself(
    tx: &mut Conn,
    at: i64,
    deed: Deed,
    node: Option<NodeId>,
    readers: &[(PartyId, Language, Subject)],
) -> Result<()> {
    let itself = |language: Language| language.pick("vanzelf", "by itself");
    note_by_nobody(tx, (at, deed, node), readers, "", itself).await
}

async fn note_by_nobody(
    tx: &mut Conn,
    (at, deed, node): (i64, Deed, Option<NodeId>),
    readers: &[(PartyId, Language, Subject)],
    protocol: &str,
    who: impl Fn(Language) -> &'static str,
) -> Result<()> {
    let line = |(party, language, subject): &(PartyId, Language, Subject)| {
        (*party, line(at, deed, *language, (who(*language), protocol), subject))
    };
    let lines: Vec<_> = readers.iter().map(line).collect();
    let (protocol, address) = (protocol.to_owned(), String::new());
    let event = Event { at, account: None, protocol, address, deed, node };
    log::write(tx, &event, &day::month(at), &lines).await
}

/// The line of a deed: by whom, from where, with what.
fn line(
    at: i64,
    deed: Deed,
    language: Language,
    (who, from): (&str, &str),
    subject: &Subject,
) -> String {
    let time = day::local(at).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let file = match subject.kind {
        Some(kind) => overview::shown(kind, &subject.name, language),
        None => subject.name.clone(),
    };
    csv::row(&[&time, who, deed.word(language), &file, &subject.detail, from])
}

/// Who the log says did what an operator did on the command line.
const fn operator(language: Language) -> &'static str {
    language.pick("de beheerder", "the operator")
}

/// What an operator did with how one of a party's accounts signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// Set its password.
    Password,
    /// Gave it one-time codes.
    Codes,
    /// Took them away.
    NoCodes,
}

/// Writes it in that party's log.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn note_sign_in(
    tx: &mut Conn,
    (at, what): (i64, SignIn),
    account: AccountId,
    party: PartyId,
    language: Language,
) -> Result<()> {
    let (name, _) = log::who(tx, account).await?.unwrap_or_default();
    let deed = match what {
        SignIn::Password => Deed::SetPassword,
        SignIn::Codes => Deed::SetTotp,
        SignIn::NoCodes => Deed::EndedTotp,
    };
    let protocol = Protocol::Cli.to_string();
    let by = (operator(language), protocol.as_str());
    let line = line(at, deed, language, by, &Subject::default().saying(&name));
    let event = Event { at, account: None, protocol, address: String::new(), deed, node: None };
    log::write(tx, &event, &day::month(at), &[(party, line)]).await
}

/// The first line of every month, with the mark by which Excel knows UTF-8.
const fn head(language: Language) -> &'static str {
    language.pick(
        "\u{feff}tijd;wie;wat;bestand;bijzonderheden;via\n",
        "\u{feff}time;who;what;file;details;by\n",
    )
}

/// The months of a party's log.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn entries(conn: &mut Conn, session: &Session) -> Result<Vec<Entry>> {
    let months = log::months(conn, session.party).await?;
    Ok(months
        .into_iter()
        .map(|(month, lines, bytes)| month_entry(session, &month, lines, bytes))
        .collect())
}

/// One month of it.
///
/// # Errors
/// [`Error::NotFound`] for what is no month, or has no line.
pub(crate) async fn entry(conn: &mut Conn, session: &Session, file: &str) -> Result<Entry> {
    let month = file.strip_suffix(".csv").ok_or(Error::NotFound)?;
    match log::month(conn, session.party, month).await? {
        (0, _) => Err(Error::NotFound),
        (lines, bytes) => Ok(month_entry(session, month, lines, bytes)),
    }
}

fn month_entry(session: &Session, month: &str, lines: i64, bytes: i64) -> Entry {
    let first = day::exact_date(&format!("{month}-01")).map_or(0, day::start);
    Entry {
        name: format!("{month}.csv"),
        size: u64::try_from(bytes).unwrap_or(0) + head(session.language).len() as u64,
        modified: first,
        created: first,
        rights: Rights::READ,
        may: May::READ,
        public_id: Some(format!("log-{month}")),
        version: lines,
        ..Entry::default()
    }
}

/// The text of a month, as long as its entry says, set down where it can be read from anywhere.
///
/// # Errors
/// [`Error::Unavailable`].
pub(crate) async fn spool(door: &Door, session: &Session, entry: &Entry) -> Result<Staging> {
    let month = entry.name.trim_end_matches(".csv");
    let text = Lines { head: head(session.language), of: Book::Log(month), count: entry.version };
    text.spool(door, session).await
}

/// The operator looked at an account's tree.
#[derive(Debug)]
pub(super) struct Looking {
    pub(super) door: Arc<Door>,
    pub(super) session: Session,
}

impl Transaction for Looking {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        let readers = Subject::default().to(&[self.session.party]);
        note(&self.door, tx, &self.session, Deed::Looked, None, &readers).await
    }
}
