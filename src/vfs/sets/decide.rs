//! The green light: an employer approves or rejects a set, by moving it or by name. What was decided on is
//! fixed by its hash, and a decision is final.

use super::{Known, files, hash};
use crate::catalog::nodes::{self, Row};
use crate::catalog::sets::{self, Decision, NewDecision};
use crate::catalog::{Conn, locks, relations};
use crate::dossier::tree::{self, Names};
use crate::dossier::{Deed, DossierPath, Error, Leaf, PartyKind, Result, Rights, SetState, set};
use crate::vfs::asked::Asked;
use crate::vfs::journal::{self, Subject};
use crate::vfs::moving::forward::Forwarding;
use crate::vfs::moving::relocate::Move;
use crate::vfs::resolve::{self, Found};
use crate::vfs::target::Target;
use crate::vfs::{Also, Conditions, Create, Entry, Session, Vfs};
use bytes::Bytes;
use serde::Serialize;

/// A set as one of its two parties sees it.
#[derive(Clone, Debug, Serialize)]
pub struct SetEntry {
    /// Its name, as this party sees it.
    pub name: String,
    /// The folder of its employer in the office's tree; `None` for the employer itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employer: Option<String>,
    /// `review`, `approved` or `rejected`.
    pub state: &'static str,
    /// How many files are to be decided on.
    pub files: usize,
    /// SHA-256 of what is to be decided on, in hex ([`set::contents`]).
    pub hash: String,
    /// Who decided; `None` while nobody has, or it closed by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When it was decided, in Unix milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
    /// What is in it was delivered upon the decision, or refused.
    pub released: bool,
}

/// Approves or rejects a set: it moves whole, under the name it has.
///
/// # Errors
/// [`Error::Denied`] for whatever is no decision, [`Error::Exists`] for a taken name, [`Error::Precondition`]
/// when it is not what was shown.
pub(in crate::vfs) async fn decide(
    work: &Move,
    tx: &mut Conn,
    from: &Target,
    source: &Row,
    (to, state): (&Target, SetState),
) -> Result<bool> {
    let Asked { door, session, .. } = &work.asked;
    let whole = from.place.rest.len() == 1 && to.place.rest.len() == 1 && from.key == to.key;
    let decides = state.is_decided() && from.rights(session).has(Rights::DECIDE);
    // What the office before placed closes by itself.
    let engagement = from.place.relations.engagement.as_ref();
    let engagement = engagement.filter(|g| whole && decides && source.placer == Some(g.office));
    let engagement = engagement.ok_or(Error::Denied)?;
    from.removable(&work.asked, tx).await?;
    if to.found.is_some() {
        return Err(Error::Exists);
    }
    let hash = hash(tx, source).await?;
    if work.decides_on.as_ref().is_some_and(|shown| *shown != hash) {
        return Err(Error::Precondition);
    }
    let (now, approved) = (door.clock.now(), state == SetState::Approved);
    let known = Known { root: from.place.root, node: source.id };
    let given = source.placer_name.as_ref().unwrap_or(&source.name);
    let given = known.free_of(tx, engagement.office, state.code(), given).await?;
    let slot = known.slot(state.code(), &source.name, (engagement.office, given.clone()), 0);
    locks::delete_below(tx, source.id).await?;
    nodes::end_placement(tx, source.placement, now).await?;
    nodes::place(tx, source.id, &slot, None, now).await?;
    let decision = NewDecision {
        node: source.id,
        engagement: engagement.id,
        approved,
        hash: &hash,
        account: Some(session.account),
        at: now,
        releases: approved && engagement.release == "on-approval",
        unexplained: false,
    };
    sets::decide(tx, &decision).await?;
    let deed = if approved { Deed::Approved } else { Deed::Rejected };
    let readers = [
        (session.party, Subject::of(None, &source.name).saying(&hash)),
        (engagement.office, Subject::of(None, &given).saying(&hash)),
    ];
    journal::note(door, tx, session, deed, Some(source.id), &readers).await?;
    Ok(true)
}

impl Vfs {
    /// The sets that an employer or an office sees, those under review first.
    ///
    /// # Errors
    /// [`Error::Denied`] for a person, who has none; [`Error::Unavailable`].
    pub async fn sets(&self, session: &Session) -> Result<Vec<SetEntry>> {
        session.check()?;
        let folders = match session.kind {
            PartyKind::Person => return Err(Error::Denied),
            PartyKind::Employer => vec![None],
            PartyKind::Office => {
                let conn = &mut self.0.db.reader().await?;
                let now = self.0.clock.now();
                let all = relations::engagements(conn, session.party, now).await?;
                all.into_iter().map(|engagement| Some(engagement.folder)).collect()
            }
        };
        let mut found = Vec::new();
        for state in SetState::ALL {
            for employer in &folders {
                found.extend(self.sets_in(session, state, employer.as_deref()).await?);
            }
        }
        Ok(found)
    }

    async fn sets_in(
        &self,
        session: &Session,
        state: SetState,
        employer: Option<&str>,
    ) -> Result<Vec<SetEntry>> {
        let path = folder(session, state, employer)?;
        let mut listing = match self.list(session, &path, Also::default()).await {
            Err(Error::NotFound) => return Ok(Vec::new()),
            listing => listing?,
        };
        let mut entries = Vec::new();
        while let Some(entry) = listing.next().await? {
            entries.extend(Some(entry).filter(|entry| entry.folder));
        }
        let mut found = Vec::with_capacity(entries.len());
        for entry in entries {
            // What went out of sight since is not told of.
            let path = path.join(&entry.name);
            match self.set_at(session, &path, (state, employer), &entry).await {
                Err(Error::NotFound) => {}
                set => found.push(set?),
            }
        }
        Ok(found)
    }

    async fn set_at(
        &self,
        session: &Session,
        path: &DossierPath,
        (state, employer): (SetState, Option<&str>),
        entry: &Entry,
    ) -> Result<SetEntry> {
        let conn = &mut self.0.db.reader().await?;
        let Found::Area(place) = resolve::resolve(&self.0, conn, session, path).await? else {
            return Err(Error::NotFound);
        };
        let rows = resolve::reach(conn, session, &place).await?;
        let top = rows.last().filter(|_| rows.len() == 1).ok_or(Error::NotFound)?;
        let decision: Option<Decision> = match state {
            SetState::ToReview => None,
            _ => sets::decision(conn, top.id).await?,
        };
        Ok(SetEntry {
            name: entry.name.clone(),
            employer: employer.map(str::to_owned),
            state: state.code(),
            files: files(conn, top).await?.len(),
            hash: hash(conn, top).await?,
            by: decision.as_ref().and_then(|decision| decision.who.clone()),
            at: decision.as_ref().map(|decision| decision.at),
            released: decision.is_some_and(|decision| decision.releases == 2),
        })
    }

    /// An employer approves or rejects the set of this name: what has the hash `shown`, when that is given, and
    /// for that reason.
    ///
    /// # Errors
    /// [`Error::NotFound`] when no such set is under review, [`Error::Precondition`] when it is not what was
    /// shown, [`Error::Denied`] for whoever is not its employer.
    pub async fn decide(
        &self,
        session: &Session,
        name: &str,
        approve: bool,
        shown: Option<&str>,
        reason: Option<&str>,
    ) -> Result<()> {
        if session.kind != PartyKind::Employer {
            return Err(Error::Denied);
        }
        let state = if approve { SetState::Approved } else { SetState::Rejected };
        let from = folder(session, SetState::ToReview, None)?.join(name);
        let to = folder(session, state, None)?.join(name);
        self.stat(session, &from).await?;
        let asked = self.asked(session, &from, &Conditions::default());
        let decides_on = shown.map(str::to_owned);
        let forwarding = Forwarding::default();
        let decided = to.clone();
        let work = Move { asked, to, overwrite: false, forwarding, decides_on };
        self.0.db.write(work).await?;
        if let Some(reason) = reason {
            let create = Create { make: true, ..Create::default() };
            let mut upload = self.create(session, &decided.join(set::REASON), create).await?;
            upload.write_at(0, Bytes::from(format!("{reason}\n"))).await?;
            upload.commit().await?;
        }
        self.release_at(session, &decided).await;
        Ok(())
    }
}

/// Where sets stand in the tree of an employer, or of an office with one employer.
fn folder(session: &Session, state: SetState, employer: Option<&str>) -> Result<DossierPath> {
    let names = Names { employer, ..Names::default() };
    let parts = tree::folder(session.kind, session.language, Leaf::Sets(state), &names);
    let parts = parts.ok_or(Error::Denied)?;
    Ok(parts.iter().fold(DossierPath::parse("/")?, |path, part| path.join(part)))
}
