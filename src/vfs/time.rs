//! Time never goes back for the dossier: what is written comes after what was written, also where the
//! system's clock was ahead and is set right, or begins behind. When the operator says that what was
//! written lies ahead of a clock that is right, it is put back, and time goes on from there.

use super::door::Door;
use super::{Protocol, Vfs};
use crate::catalog::instants::{self, Ahead, Back};
use crate::catalog::log::{self, Event};
use crate::catalog::{Conn, Transaction};
use crate::dossier::{Deed, Result, day};
use serde::Serialize;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// So far ahead of the system's clock time goes on without a word, in milliseconds.
const UNSAID: i64 = 60_000;
/// Within this time every node has noticed that the operator said something.
pub const NODES_NOTICE: Duration = Duration::from_secs(5);

/// What was put back, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// By how much, in milliseconds; 0 when nothing was written ahead of the clock.
    pub by_ms: i64,
    /// What was written ahead of it.
    #[serde(flatten)]
    pub ahead: Ahead,
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ahead { versions, places, events } = self.ahead;
        if self.by_ms == 0 {
            return f.write_str("nothing was written ahead of the clock");
        }
        writeln!(f, "the clock was ahead by: {}", span(self.by_ms))?;
        writeln!(f, "versions written then: {versions}")?;
        writeln!(f, "files and folders made or moved then: {places}")?;
        write!(f, "events of the log: {events}")
    }
}

/// A length of time in words, from milliseconds.
pub fn span(ms: i64) -> String {
    let minutes = ms / 60_000;
    match (minutes / 1_440, minutes / 60) {
        (0, 0) => format!("{minutes} minutes"),
        (0, hours) => format!("{hours} hours {} minutes", minutes % 60),
        (days, hours) => format!("{days} days {} hours", hours % 24),
    }
}

impl Vfs {
    /// From now on this door's clock gives nothing before what the catalog knows of.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`], also for all below.
    pub async fn keep_time(&self) -> Result<()> {
        let door = &self.0;
        let conn = &mut door.db.reader().await?;
        door.said_right.store(instants::said_right(conn).await?, Ordering::SeqCst);
        door.clock.not_before(instants::newest(conn).await?);
        self.say_when_ahead();
        Ok(())
    }

    /// When something last happened, in Unix milliseconds; 0 when nothing did.
    ///
    /// # Errors
    /// As [`Vfs::keep_time`].
    pub async fn last_instant(&self) -> Result<i64> {
        instants::newest(&mut self.0.db.reader().await?).await
    }

    /// Follows the system's clock again when the operator has said that it is right.
    pub(super) async fn follow_when_told(&self) -> Result<()> {
        let door = &self.0;
        let said = instants::said_right(&mut door.db.reader().await?).await?;
        if door.said_right.swap(said, Ordering::SeqCst) != said {
            door.clock.follow();
            tracing::warn!(
                "time follows the system's clock again: the operator says that it is right"
            );
        }
        self.say_when_ahead();
        Ok(())
    }

    /// Logs once that time goes on ahead of the system's clock.
    fn say_when_ahead(&self) {
        let (door, lead) = (&self.0, self.0.clock.lead());
        let ahead = lead > UNSAID;
        if ahead && !door.said_ahead.swap(ahead, Ordering::SeqCst) {
            tracing::warn!(
                "the clock is {} behind what was written: time goes on from there; `loondossier doctor` \
                 says what to do",
                span(lead)
            );
        }
        door.said_ahead.store(ahead, Ordering::SeqCst);
    }

    /// What was written ahead of the system's clock.
    ///
    /// # Errors
    /// As [`Vfs::keep_time`].
    pub async fn written_ahead(&self) -> Result<Moved> {
        let (conn, now) = (&mut self.0.db.reader().await?, self.0.clock.set_to());
        let Back { by, .. } = instants::lead(conn, now).await?;
        Ok(Moved { by_ms: by, ahead: instants::ahead(conn, now).await? })
    }

    /// The system's clock is right: what was written ahead of it is put back. First every node is told, and
    /// after `notice` it is done, in one transaction.
    ///
    /// # Errors
    /// As [`Vfs::keep_time`]; nothing was put back then.
    pub async fn clock_was_ahead(&self, notice: Duration) -> Result<Moved> {
        let door = &self.0;
        let back = instants::lead(&mut door.db.reader().await?, door.clock.set_to()).await?;
        if back.by == 0 {
            return Ok(Moved::default());
        }
        door.db.write(SayRight).await?;
        tokio::time::sleep(notice).await;
        door.clock.follow();
        let moved = door.db.write(PutBack { door: Arc::clone(door), back }).await?;
        tracing::warn!("what was written {} ahead of the clock was put back", span(back.by));
        Ok(moved)
    }
}

struct SayRight;

impl Transaction for SayRight {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        instants::say_right(tx).await
    }
}

struct PutBack {
    door: Arc<Door>,
    back: Back,
}

impl Transaction for PutBack {
    type Output = Moved;

    async fn run(&self, tx: &mut Conn) -> Result<Moved> {
        let (back, now) = (self.back, self.door.clock.set_to());
        let ahead = instants::ahead(tx, now).await?;
        instants::put_back(tx, back, now).await?;
        let event = Event {
            at: now,
            account: None,
            protocol: Protocol::Cli.to_string(),
            address: String::new(),
            deed: Deed::ClockWasAhead,
            node: None,
        };
        log::write(tx, &event, &day::month(now), &[]).await?;
        // Said again: a node that began meanwhile went on from what was written ahead.
        instants::say_right(tx).await?;
        Ok(Moved { by_ms: back.by, ahead })
    }
}
