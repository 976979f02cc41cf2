//! What ends by itself: when an engagement is over, what was shared in it goes back to its owners,
//! with a line in the log of each whose document it is.

use crate::catalog::accounts;
use crate::catalog::endings::{self, Half};
use crate::catalog::history;
use crate::catalog::{Conn, EngagementId, PartyId, Transaction};
use crate::dossier::retention::History;
use crate::dossier::{Deed, Language, Result, day};
use crate::vfs::door::Door;
use crate::vfs::journal::{self, Subject};
use crate::vfs::{Vfs, random_id, sets};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often one looks whether an engagement is over.
const LOOK: Duration = Duration::from_secs(2);

/// How often one looks for what waits: to be taken in, or for too long.
const PATIENCE: Duration = Duration::from_secs(30);

impl Vfs {
    /// Ends what is over by now: each engagement in a transaction of its own.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`]; of the others as much as can be is done all the same.
    pub async fn end_what_is_over(&self) -> Result<()> {
        let door = &self.0;
        let over = endings::over(&mut door.db.reader().await?, door.clock.now()).await?;
        let mut done = Ok(());
        for engagement in over {
            let public_ids = [random_id()?, random_id()?];
            let end = End { door: Arc::clone(door), engagement, public_ids };
            done = done.and(door.db.write(end).await);
        }
        done
    }

    /// Forgets the keys that it remembers when something was taken away since: one may be destroyed.
    async fn forget_keys(&self, seen: &mut i64) -> Result<()> {
        let epoch = accounts::epoch(&mut self.0.db.reader().await?).await?;
        if std::mem::replace(seen, epoch) != epoch {
            self.0.identities.forget();
        }
        Ok(())
    }

    /// Goes on ending what is over, publishing what is due, and following the clock, until `stop`.
    pub async fn watch(&self, stop: CancellationToken) {
        let mut tick = tokio::time::interval(LOOK);
        let look = async {
            let mut epoch = 0;
            loop {
                tick.tick().await;
                // Without a database nothing comes or ends; the catalog has logged the cause.
                let _ = self.end_what_is_over().await;
                let _ = self.publish_what_is_due().await;
                let _ = self.look_after_sets().await;
                let _ = self.forget_keys(&mut epoch).await;
                let _ = self.follow_when_told().await;
            }
        };
        // Contents are written here, which takes its time: nothing else waits for that.
        let deliver = async {
            loop {
                tokio::time::sleep(PATIENCE).await;
                let _ = self.refuse_what_waits_too_long().await;
                self.release_sets().await;
            }
        };
        stop.run_until_cancelled(Box::pin(async { tokio::join!(look, deliver) })).await;
    }
}

struct End {
    door: Arc<Door>,
    engagement: EngagementId,
    public_ids: [String; 2],
}

impl Transaction for End {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        let now = self.door.clock.now();
        let [one, other] = &self.public_ids;
        if endings::over(tx, now).await?.contains(&self.engagement) {
            end(tx, self.engagement, [one, other], now).await?;
        }
        Ok(())
    }
}

/// Ends an engagement: what was shared goes back, what was forwarded is so no more.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub(in crate::vfs) async fn end(
    tx: &mut Conn,
    engagement: EngagementId,
    public_ids: [&str; 2],
    now: i64,
) -> Result<()> {
    sets::close(tx, engagement, now).await?;
    let ended = endings::return_shared(tx, engagement, public_ids, now).await?;
    let Some(ended) = ended else { return Ok(()) };
    let [employer, office] = &ended.halves;
    for one in &ended.forwarded {
        let line = |name: &str, other: &str| Subject::of(None, name).saying(other);
        let person: Language = one.language.parse().unwrap_or_default();
        // The office's name is what the employer shared with; the employer's what the office did.
        let readers = [
            (one.person, person, line(&one.home_name, &employer.other)),
            (employer.owner, employer.language, line(&one.name, &employer.other)),
            (office.owner, office.language, line(&one.name, &office.other)),
        ];
        journal::note_by_itself(tx, now, Deed::EndedForward, Some(one.node), &readers).await?;
    }
    for half in &ended.halves {
        went_back(tx, half, now).await?;
    }
    Ok(())
}

pub(in crate::vfs) async fn went_back(tx: &mut Conn, half: &Half, now: i64) -> Result<()> {
    let Some((folder, name)) = &half.folder else { return Ok(()) };
    let owner: PartyId = half.owner;
    let subject = Subject::of(None, name).saying(&half.other);
    let readers = [(owner, half.language, subject)];
    journal::note_by_itself(tx, now, Deed::WentBack, Some(*folder), &readers).await?;
    history::note_day(tx, owner, History::Files, &day::date(now).to_string()).await
}
