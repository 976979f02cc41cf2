//! What has waited too long to be delivered is refused (PRODUCT.md section 5): an empty file after ten minutes,
//! anything else a day after its last change.

use super::refused;
use crate::catalog::intake::{self, Waiting};
use crate::catalog::nodes;
use crate::catalog::{AccountId, Conn, Transaction};
use crate::dossier::delivery::patience;
use crate::dossier::name::is_clutter;
use crate::dossier::{DossierPath, Refusal, Result};
use crate::vfs::asked::Asked;
use crate::vfs::{Session, Vfs};

/// Why something that waits is refused, when it has waited too long by `now`.
fn overdue(waiting: &Waiting, now: i64) -> Option<Refusal> {
    let folder = Some(waiting.top.as_str()).filter(|_| waiting.depth > 0);
    patience::overdue(folder, &waiting.name, waiting.size, now - waiting.since)
}

impl Vfs {
    /// Refuses what has waited too long. A batch that is whole has not: it is taken in.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`]; of the others as much as can be is done all the same.
    pub async fn refuse_what_waits_too_long(&self) -> Result<()> {
        let mut done = self.take_in_what_is_whole().await;
        let accounts = intake::waiting_accounts(&mut self.0.db.reader().await?).await?;
        for (account, login) in accounts {
            done = done.and(self.refuse_of(account, &login).await);
        }
        done
    }

    async fn refuse_of(&self, account: AccountId, login: &str) -> Result<()> {
        let all = intake::waiting_files(&mut self.0.db.reader().await?, account).await?;
        let (now, mut done) = (self.0.clock.set_to(), Ok(()));
        for waiting in all.into_iter().filter(|one| overdue(one, now).is_some()) {
            let session = self.operator_session(login).await?;
            done = done.and(self.refuse(session, waiting).await);
        }
        done
    }

    async fn refuse(&self, session: Session, waiting: Waiting) -> Result<()> {
        let path = DossierPath::parse("/")?.join(&waiting.name);
        let asked = Asked::of(&self.0, &session, path);
        self.0.db.write(Refuse { asked, waiting }).await
    }
}

struct Refuse {
    /// By the name of what waits.
    asked: Asked,
    waiting: Waiting,
}

impl Transaction for Refuse {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        let Asked { door, session, .. } = &self.asked;
        let now = intake::waiting_files(tx, session.account).await?;
        let Some(waiting) = now.into_iter().find(|one| *one == self.waiting) else { return Ok(()) };
        let Some(refusal) = overdue(&waiting, door.clock.set_to()) else { return Ok(()) };
        let Some(row) = nodes::home(tx, waiting.node).await? else { return Ok(()) };
        if is_clutter(&row.name) {
            // What a system left behind is nobody's document.
            nodes::end_placement(tx, row.placement, door.clock.now()).await?;
            return crate::catalog::versions::end_below(tx, row.id, door.clock.now()).await;
        }
        refused::take_over(&self.asked, tx, &row, refusal).await
    }
}
