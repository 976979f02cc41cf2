//! Taking back an overview that was misdelivered: gone for whoever received it, at once, and the log says
//! whether it had been opened.

use super::hold::is_held;
use crate::catalog::nodes::{self, Row};
use crate::catalog::{Conn, PartyId, Transaction, held, locks, log, relations, versions};
use crate::dossier::{Deed, Error, Language, Result, SetState, kind, overview};
use crate::vfs::csv::one_line;
use crate::vfs::door::Door;
use crate::vfs::journal::{self, Subject};
use crate::vfs::{Session, Vfs};
use std::sync::Arc;

/// An overview that was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// What whoever placed it calls it.
    pub name: String,
    /// Whether anybody but the party that placed it had opened it.
    pub opened: bool,
}

impl Vfs {
    /// The operator takes back the overview with this id, as a receipt has it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such overview, or it was taken back; [`Error::Unavailable`].
    pub async fn withdraw(&self, node: &str, reason: &str) -> Result<Withdrawn> {
        let (door, node, reason) = (Arc::clone(&self.0), node.to_owned(), one_line(reason));
        self.0.db.write(Withdraw { door, node, reason }).await
    }
}

struct Withdraw {
    door: Arc<Door>,
    node: String,
    reason: String,
}

impl Transaction for Withdraw {
    type Output = Withdrawn;

    async fn run(&self, tx: &mut Conn) -> Result<Withdrawn> {
        let row = match nodes::by_public_id(tx, &self.node).await? {
            Some(row) => Some(row),
            None => became(tx, &self.node).await?,
        };
        // A set is no overview: its office takes it back where it lies.
        let is_set = |row: &Row| SetState::of_code(&row.kind).is_some();
        let row = row.filter(|row| row.placer_name.is_some() && !is_set(row));
        let row = row.ok_or(Error::NotFound)?;
        let placer = row.placer.ok_or(Error::NotFound)?;
        let opened = take_back(&self.door, tx, &row, placer).await?;
        let mut readers = Vec::new();
        let language = self.language(tx, placer).await?;
        let receivers = receivers(tx, &row).await?;
        if hears(tx, placer, &receivers, self.door.clock.now()).await? {
            let detail = format!("{}; {}", told(language, opened), self.reason);
            readers.push((placer, language, Subject::placed(&row).saying(&detail)));
        }
        for receiver in receivers {
            if receiver != placer && !is_held(&row) {
                let subject = Subject::row(&row).saying(&self.reason);
                readers.push((receiver, self.language(tx, receiver).await?, subject));
            }
        }
        let now = self.door.clock.now();
        journal::note_by_operator(tx, now, Deed::Withdrew, Some(row.id), &readers).await?;
        let name = row.placer_name.clone().unwrap_or_default();
        let kind = kind::by_code(&row.kind);
        let name = kind.map_or(name.clone(), |kind| overview::shown(kind, &name, language));
        Ok(Withdrawn { name, opened })
    }
}

impl Withdraw {
    async fn language(&self, tx: &mut Conn, party: PartyId) -> Result<Language> {
        Ok(self.door.party(tx, party).await?.language.parse().unwrap_or_default())
    }
}

/// Whether whoever placed an overview may hear of it: an office that works for its employer no more may not.
///
/// # Errors
/// [`Error::Unavailable`].
pub(in crate::vfs) async fn hears(
    tx: &mut Conn,
    placer: PartyId,
    receivers: &[PartyId],
    now: i64,
) -> Result<bool> {
    let Some(employer) = receivers.first().copied() else { return Ok(false) };
    let engaged = relations::engagement(tx, employer, now).await?;
    Ok(placer == employer || engaged.is_some_and(|g| g.office == placer))
}

/// What was held under this id and is now a version of another document: that one.
async fn became(tx: &mut Conn, node: &str) -> Result<Option<Row>> {
    match held::became(tx, node).await? {
        Some(node) => nodes::home(tx, node).await,
        None => Ok(None),
    }
}

/// Who receives what lies in an area of overviews: its employer first.
///
/// # Errors
/// [`Error::Unavailable`].
pub(in crate::vfs) async fn receivers(tx: &mut Conn, row: &Row) -> Result<Vec<PartyId>> {
    if let Some(employment) = relations::employment_of_root(tx, row.parent).await? {
        let paper = row.parent == employment.paper_root;
        let both = [employment.employer, employment.person];
        return Ok(both.into_iter().take(if paper { 1 } else { 2 }).collect());
    }
    Ok(relations::employer_of_root(tx, row.parent).await?.into_iter().collect())
}

/// Whoever placed an overview takes it back.
///
/// # Errors
/// [`Error::Unavailable`].
pub(in crate::vfs) async fn by_placer(
    door: &Door,
    tx: &mut Conn,
    session: &Session,
    row: &Row,
    receivers: &[PartyId],
) -> Result<()> {
    let opened = take_back(door, tx, row, session.party).await?;
    let own = (session.party, Subject::placed(row).saying(told(session.language, opened)));
    // What was held they never saw.
    let receivers = if is_held(row) { &[] } else { receivers };
    let readers = [vec![own], Subject::row(row).to(receivers)].concat();
    journal::note(door, tx, session, Deed::Withdrew, Some(row.id), &readers).await
}

/// Whether it had been opened, as its placer's log says it.
const fn told(language: Language, opened: bool) -> &'static str {
    if opened {
        language.pick("was geopend", "had been opened")
    } else {
        language.pick("was niet geopend", "had not been opened")
    }
}

/// Ends an overview. True when anybody but its placer had opened it.
async fn take_back(door: &Door, tx: &mut Conn, row: &Row, placer: PartyId) -> Result<bool> {
    let now = door.clock.now();
    let opened = log::opened_by_others(tx, row.id, placer).await?;
    nodes::end_placement(tx, row.placement, now).await?;
    versions::end_below(tx, row.id, now).await?;
    locks::delete_below(tx, row.id).await?;
    held::forget(tx, row.id).await?;
    Ok(opened)
}
