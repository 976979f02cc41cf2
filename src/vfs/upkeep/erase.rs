//! Erasing a party (PRODUCT.md sections 9 and 11): its own part goes and its key is destroyed, what others
//! hold stays, and the plan says which and why.

use super::ending::{self, went_back};
use crate::blobs::BlobKey;
use crate::catalog::endings::Half;
use crate::catalog::erasure::{self, Candidate, Employment, Engagement};
use crate::catalog::{Conn, KeyId, Transaction, accounts, forwards, keys};
use crate::dossier::{Deed, Error, Language, PartyKind, Result};
use crate::vfs::door::Door;
use crate::vfs::journal::{self, Subject};
use crate::vfs::{Vfs, random_id};
use serde::Serialize;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Within what sessions end (PRODUCT.md section 8).
const SESSIONS_END: Duration = Duration::from_secs(5);

/// What erasing a party takes away and leaves, as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Erasure {
    /// Which one: `person devries`.
    pub party: String,
    /// It was erased before; what is told is what is left of it.
    pub erased: bool,
    /// Files of today that go.
    pub files: i64,
    /// Versions that go, of today and of earlier days.
    pub versions: i64,
    /// Bytes of these, as stored.
    pub bytes: i64,
    /// Keys that are destroyed.
    pub keys: usize,
    /// Accounts that nobody signs in to any more.
    pub logins: Vec<String>,
    /// Lines of its log that go.
    pub log_lines: i64,
    /// Files and folders, of today and of before, whose names go.
    pub names: i64,
    /// What stays, with whom and why.
    pub stays: Vec<String>,
}

/// Why a party is not erased.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EraseError {
    /// There is none, or more than one.
    #[error("{0}")]
    Which(String),
    /// It is still in a relation.
    #[error("{0}")]
    Tied(String),
    /// The catalog or the store failed. The cause is in the log.
    #[error("the database or the store failed: see the log, and do it again to go on")]
    Failed(#[from] Error),
}

impl Erasure {
    /// Whether anything is left to be done.
    pub const fn is_needed(&self) -> bool {
        !self.erased || self.versions + self.log_lines + self.names > 0
    }
}

impl fmt::Display for Erasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { party, files, versions, bytes, keys, log_lines, .. } = self;
        writeln!(f, "{party}{}", if self.erased { " (erased)" } else { "" })?;
        writeln!(
            f,
            "- {files} files of today, {versions} versions in all, {bytes} bytes as stored"
        )?;
        writeln!(
            f,
            "- {keys} keys: what they open cannot be read again, wherever a copy of it is"
        )?;
        if !self.logins.is_empty() {
            writeln!(f, "- accounts, their passwords and keys: {}", self.logins.join(", "))?;
        }
        writeln!(f, "- {log_lines} lines of its log, and its notes, locks and earlier days")?;
        for line in &self.stays {
            writeln!(f, "= {line}")?;
        }
        writeln!(
            f,
            "= its id, its logins and its relations, which never mean anybody else; its names in these until \
             the other side is erased too"
        )?;
        write!(
            f,
            "= backups of the database and exports of the keys from before this hold its keys: keep them no \
             longer than you must"
        )
    }
}

impl Vfs {
    /// What erasing a party would do now. `party` is its id in the roster, `devries`, or with its kind,
    /// `person/devries`, where one is not enough.
    ///
    /// # Errors
    /// [`EraseError`].
    pub async fn plan_erasure(&self, party: &str) -> std::result::Result<Erasure, EraseError> {
        let conn = &mut self.0.db.reader().await?;
        let party = which(conn, party).await?;
        let ties = Ties::read(conn, &party).await?;
        ties.are_over(&party, self.0.clock.now())?;
        Ok(plan(conn, &party, &ties).await?)
    }

    /// Erases it, and says what was done. Cut off and done again, it does what is left.
    ///
    /// # Errors
    /// [`EraseError`].
    pub async fn erase(&self, party: &str) -> std::result::Result<Erasure, EraseError> {
        let planned = self.plan_erasure(party).await?;
        let door = Arc::clone(&self.0);
        let conn = &mut door.db.reader().await?;
        let party = which(conn, party).await?;
        let ties = Ties::read(conn, &party).await?;
        let ids = (0..ties.employments.len() + 2 * ties.engagements.len()).map(|_| random_id());
        let public_ids = ids.collect::<Result<_>>()?;
        let own = keys::held_alone(conn, party.id).await?;
        let end = End { door: Arc::clone(&door), party: party.clone(), public_ids };
        if let Err(tied) = door.db.write(end).await? {
            return Err(EraseError::Tied(tied));
        }
        door.identities.forget();
        // Whoever is still connected for it has five seconds; then it writes no more.
        tokio::time::sleep(SESSIONS_END).await;
        for key in own {
            loop {
                let (free, more) = door.db.write(ForgetVersions(key)).await?;
                delete(&door, free).await?;
                if !more {
                    break;
                }
            }
        }
        delete(&door, door.db.write(ForgetNodes(party)).await?).await?;
        if !door.db.scrub().await? {
            tracing::warn!(
                "the database is in use: what was erased leaves its log at the next restart"
            );
        }
        Ok(planned)
    }
}

async fn delete(door: &Door, objects: Vec<String>) -> Result<()> {
    for object in objects {
        door.blobs.delete(&object.parse::<BlobKey>()?).await?;
    }
    Ok(())
}

async fn which(conn: &mut Conn, party: &str) -> std::result::Result<Candidate, EraseError> {
    let mut found = erasure::find(conn, party).await?;
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => {
            let text = format!(
                "several parties are called {party}: write person/{party}, or employer/{party}"
            );
            Err(EraseError::Which(text))
        }
        (None, _) => {
            let text = format!(
                "there is no party {party}: a person's id is its first login, else LHN/number"
            );
            Err(EraseError::Which(text))
        }
    }
}

/// What ties a party to others.
struct Ties {
    employments: Vec<Employment>,
    engagements: Vec<Engagement>,
}

impl Ties {
    async fn read(conn: &mut Conn, party: &Candidate) -> Result<Self> {
        let employments = erasure::employments(conn, party.id).await?;
        Ok(Self { employments, engagements: erasure::engagements(conn, party.id).await? })
    }

    /// Nobody is erased whom others still work with.
    fn are_over(&self, party: &Candidate, now: i64) -> std::result::Result<(), EraseError> {
        let employed = self.employments.iter().find(|m| m.until_ms > now);
        let engaged = self.engagements.iter().find(|g| g.until_ms > now);
        let (kind, key) = (&party.kind, &party.key);
        let what = match (employed, engaged) {
            (Some(m), _) => format!("{} is employed by {}", m.name, m.employer_name),
            (_, Some(g)) => format!("{} works for {}", g.office_name, g.employer_name),
            (None, None) => return Ok(()),
        };
        let text = format!("{kind} {key} is not erased: {what}; end that in the roster first");
        Err(EraseError::Tied(text))
    }
}

async fn plan(conn: &mut Conn, party: &Candidate, ties: &Ties) -> Result<Erasure> {
    let own = keys::held_alone(conn, party.id).await?;
    let mut all = erasure::papers(conn, party.id).await?;
    for key in &own {
        let one = erasure::amount(conn, *key).await?;
        all.files += one.files;
        all.versions += one.versions;
        all.bytes += one.bytes;
    }
    let placed = erasure::placed(conn, party.id).await?;
    Ok(Erasure {
        party: format!("{} {}", party.kind, party.key),
        erased: party.erased.is_some(),
        files: all.files,
        versions: all.versions,
        bytes: all.bytes,
        keys: own.len(),
        logins: erasure::logins(conn, party.id)
            .await?
            .into_iter()
            .map(|(_, login)| login)
            .collect(),
        log_lines: erasure::lines(conn, party.id).await?,
        names: erasure::names(conn, party.id).await?,
        stays: stays(party, ties, placed),
    })
}

/// What others must or may keep, and why.
fn stays(party: &Candidate, ties: &Ties, placed: i64) -> Vec<String> {
    let mut lines = Vec::new();
    for m in ties.employments.iter().filter(|m| m.papers > 0 && m.person == party.id) {
        let (number, folder, employer) = (m.papers, &m.employer_folder, &m.employer_name);
        lines.push(format!(
            "{number} overviews of {folder} on paper with {employer}: they are the employer's"
        ));
    }
    for m in ties.employments.iter().filter(|m| m.overviews > 0) {
        let (number, folder) = (m.overviews, &m.employer_folder);
        if m.person == party.id && m.employer_erased.is_none() {
            lines.push(format!(
                "{number} overviews of {folder} with {}, and its name there: an employer must keep its payroll \
                 administration for seven years; their key goes with the employer's",
                m.employer_name
            ));
        } else if m.employer == party.id && m.person_erased.is_none() {
            lines.push(format!(
                "{number} overviews of {folder} with that employee, who keeps what it was sent; their key goes \
                 with the employee's"
            ));
        }
    }
    if party.kind == PartyKind::Office.as_str() && placed > 0 {
        lines.push(format!(
            "{placed} overviews that it placed: they are of those who received them"
        ));
    }
    lines.push("what others shared with it: it goes back to their own files".to_owned());
    lines.push(
        "copies that others took of what it shared, and the lines in their logs: they are theirs"
            .to_owned(),
    );
    lines
}

/// Ends a party, at once and for good; what it left is only to be cleared away.
struct End {
    door: Arc<Door>,
    party: Candidate,
    /// For the folders in which others get back what they shared.
    public_ids: Vec<String>,
}

impl Transaction for End {
    /// Why not.
    type Output = std::result::Result<(), String>;

    async fn run(&self, tx: &mut Conn) -> Result<Self::Output> {
        let (party, now) = (&self.party, self.door.clock.now());
        let ties = Ties::read(tx, party).await?;
        if let Err(tied) = ties.are_over(party, now) {
            return Ok(Err(tied.to_string()));
        }
        let language: Language = party.language.parse().unwrap_or_default();
        let name = language.pick("gewist", "erased");
        if !erasure::end(tx, party.id, name, now).await? {
            return Ok(Ok(()));
        }
        let mut ids = self.public_ids.iter();
        let mut id = || ids.next().map(String::as_str).ok_or(Error::Unavailable);
        for engagement in &ties.engagements {
            ending::end(tx, engagement.id, [id()?, id()?], now).await?;
        }
        for employment in &ties.employments {
            self.give_back(tx, employment, id()?, now).await?;
        }
        for key in keys::held_alone(tx, party.id).await? {
            keys::destroy(tx, key, now).await?;
        }
        accounts::raise_epoch(tx).await.map(Ok)
    }
}

impl End {
    /// What the other one of an employment shared goes back to it, what was forwarded is so no more, and
    /// its log says what happened.
    async fn give_back(
        &self,
        tx: &mut Conn,
        of: &Employment,
        public_id: &str,
        now: i64,
    ) -> Result<()> {
        let person = of.person == self.party.id;
        let mut half = if person {
            let owner = (of.employer, of.employer_language.as_str());
            Half::new(owner, of.name.clone(), of.down_root, of.employer_own)
        } else {
            let owner = (of.person, of.person_language.as_str());
            Half::new(owner, of.employer_name.clone(), of.up_root, of.person_own)
        };
        if person {
            for link in forwards::end_out_of(tx, of.up_root, now).await? {
                let mut readers = Vec::new();
                for reader in [link.employer, link.office] {
                    let language = self.door.party(tx, reader).await?.language.parse();
                    let language: Language = language.unwrap_or_default();
                    readers.push((reader, language, Subject::of(None, &link.name)));
                }
                let node = Some(link.node);
                journal::note_by_itself(tx, now, Deed::EndedForward, node, &readers).await?;
            }
        }
        half.go_back(tx, public_id, now).await?;
        let subject = Subject::default().saying(&half.other);
        let readers = [(half.owner, half.language, subject)];
        journal::note_by_operator(tx, now, Deed::Erased, None, &readers).await?;
        went_back(tx, &half, now).await
    }
}

struct ForgetVersions(KeyId);

impl Transaction for ForgetVersions {
    type Output = (Vec<String>, bool);

    async fn run(&self, tx: &mut Conn) -> Result<Self::Output> {
        erasure::forget_versions(tx, self.0).await
    }
}

struct ForgetNodes(Candidate);

impl Transaction for ForgetNodes {
    type Output = Vec<String>;

    async fn run(&self, tx: &mut Conn) -> Result<Vec<String>> {
        erasure::forget_nodes(tx, self.0.id).await
    }
}
