//! What happens to sets by itself: one comes in its employer's sight, which its log tells; and those under
//! review close as rejected when the engagement is over, with a text that says so.

use super::release::placer_of;
use super::{Known, files, hash};
use crate::catalog::nodes::{self, Slot};
use crate::catalog::sets::{self, NewDecision, Untold};
use crate::catalog::{AccountId, Conn, EngagementId, NOW, NodeId, Transaction, walks};
use crate::catalog::{locks, relations, versions};
use crate::dossier::name::Policy;
use crate::dossier::{Deed, Error, Language, Result, SetState, set};
use crate::vfs::content::{self, Content};
use crate::vfs::door::Door;
use crate::vfs::journal::{self, Subject};
use crate::vfs::{Session, Vfs, random_id};
use bytes::Bytes;
use std::sync::Arc;

/// Who wrote what was written by itself.
const NOBODY: AccountId = AccountId(0);

impl Vfs {
    /// Tells each employer of the sets that came in its sight, and writes the reasons that are missing.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; of the others as much as can be is done all the same.
    pub async fn look_after_sets(&self) -> Result<()> {
        let (untold, unexplained) = {
            let conn = &mut self.0.db.reader().await?;
            (sets::untold(conn, self.0.clock.now()).await?, sets::to_explain(conn).await?)
        };
        let mut done = Ok(());
        for set in untold {
            let by = {
                let conn = &mut self.0.db.reader().await?;
                let Some(top) = nodes::home(conn, set.node).await? else { continue };
                let files = files(conn, &top).await?;
                placer_of(&self.0, conn, &files, set.office).await?
            };
            done = done.and(self.0.db.write(Tell { door: Arc::clone(&self.0), set, by }).await);
        }
        for node in unexplained {
            done = done.and(self.explain(node).await);
        }
        done
    }

    /// Puts the reason into a set that closed by itself, unless its employer had put one.
    async fn explain(&self, node: NodeId) -> Result<()> {
        let door = &self.0;
        let (party, key) = {
            let conn = &mut door.db.reader().await?;
            let top = nodes::home(conn, node).await?.ok_or(Error::NotFound)?;
            let employer = relations::employer_of_root(conn, top.parent).await?;
            let party = door.party(conn, employer.ok_or(Error::NotFound)?).await?;
            (party.id, party.age_key)
        };
        let language = self.language(party).await?;
        let recipient = door.identity(key).await?.recipient();
        let mut writer = door.blobs.writer(&recipient)?;
        writer.write(Bytes::from(format!("{}\n", ended(language)))).await?;
        let stored = writer.finish().await?;
        let content = content::content(door, key, &stored).await?;
        let public_id = random_id()?;
        let work = Explain { door: Arc::clone(door), node, content, public_id };
        match door.db.write(work).await {
            Ok(true) => Ok(()),
            Ok(false) => door.blobs.delete(&stored.key).await,
            // It may have been written, and the answer lost: then the sweep decides.
            Err(error) => Err(error),
        }
    }

    async fn language(&self, party: crate::catalog::PartyId) -> Result<Language> {
        let conn = &mut self.0.db.reader().await?;
        Ok(self.0.party(conn, party).await?.language.parse().unwrap_or_default())
    }
}

/// Why a set closed by itself.
const fn ended(language: Language) -> &'static str {
    language.pick("opdracht beëindigd", "engagement ended")
}

struct Tell {
    door: Arc<Door>,
    set: Untold,
    /// Who placed what is in it.
    by: Option<Session>,
}

impl Transaction for Tell {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        let Self { door, set, by } = self;
        let now = door.clock.now();
        let still = sets::untold(tx, now).await?;
        if !still.iter().any(|one| (one.node, one.shown_ms) == (set.node, set.shown_ms)) {
            return Ok(());
        }
        let subject = Subject::of(None, &set.name);
        let (deed, node) = (Deed::ToReview, Some(set.node));
        if let Some(session) = by {
            return journal::note(door, tx, session, deed, node, &subject.to(&[set.employer]))
                .await;
        }
        let language = door.party(tx, set.employer).await?.language.parse().unwrap_or_default();
        journal::note_by_itself(tx, now, deed, node, &[(set.employer, language, subject)]).await
    }
}

/// The text that says why a set closed by itself.
struct Explain {
    door: Arc<Door>,
    node: NodeId,
    content: Content,
    public_id: String,
}

impl Transaction for Explain {
    type Output = bool;

    /// False when there was nothing to explain, or it is explained there already.
    async fn run(&self, tx: &mut Conn) -> Result<bool> {
        let Self { door, node, content, public_id } = self;
        if !sets::explained(tx, *node).await? {
            return Ok(false);
        }
        let top = nodes::home(tx, *node).await?.ok_or(Error::NotFound)?;
        let employer = relations::employer_of_root(tx, top.parent).await?.ok_or(Error::NotFound)?;
        let key = Policy::Portable.key(set::REASON);
        if !walks::walk(tx, top.id, NOW, ("", 0), std::slice::from_ref(&key)).await?.is_empty() {
            return Ok(false);
        }
        let now = door.clock.now();
        let slot = Slot::plain(top.id, set::REASON.to_owned(), key);
        let file = nodes::make_file(tx, public_id, employer, now).await?;
        nodes::place(tx, file, &slot, None, now).await?;
        let version = content.version(file, now, employer);
        versions::add_version(tx, &version, NOBODY, now).await?;
        versions::add_used(tx, employer, content.size).await?;
        Ok(true)
    }
}

/// The sets that are under review in an engagement that is over close as rejected.
///
/// # Errors
/// [`Error::Unavailable`].
pub(in crate::vfs) async fn close(tx: &mut Conn, engagement: EngagementId, now: i64) -> Result<()> {
    for top in sets::under_review(tx, engagement, now).await? {
        let Some(placer) = top.placer else { continue };
        let known = Known { root: top.parent, node: top.id };
        let state = SetState::Rejected.code();
        let given = top.placer_name.as_ref().unwrap_or(&top.name);
        let given = known.free_of(tx, placer, state, given).await?;
        let slot = known.slot(state, &top.name, (placer, given), 0);
        locks::delete_below(tx, top.id).await?;
        nodes::end_placement(tx, top.placement, now).await?;
        nodes::place(tx, top.id, &slot, None, now).await?;
        let hash = hash(tx, &top).await?;
        let decision = NewDecision {
            node: top.id,
            engagement,
            approved: false,
            hash: &hash,
            account: None,
            at: now,
            releases: false,
            unexplained: true,
        };
        sets::decide(tx, &decision).await?;
        let Some(employer) = relations::employer_of_root(tx, top.parent).await? else { continue };
        let employer = relations::party(tx, employer).await?.ok_or(Error::NotFound)?;
        let language: Language = employer.language.parse().unwrap_or_default();
        let subject = Subject::of(None, &top.name).saying(ended(language));
        let readers = [(employer.id, language, subject)];
        journal::note_by_itself(tx, now, Deed::Rejected, Some(top.id), &readers).await?;
    }
    Ok(())
}
