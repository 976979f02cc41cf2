//! Texts that are made when they are read: a month of the log, a day of receipts, a reason.

use super::delivery::receipts;
use super::door::Door;
use super::{Entry, Session, journal};
use crate::blobs::Staging;
use crate::catalog::{Conn, intake, log};
use crate::dossier::Result;
use bytes::Bytes;

/// How many lines are fetched at once.
const PAGE: i64 = 1_000;

/// Of what there are lines in the catalog: a month of the log, or the receipts of a day.
#[derive(Clone, Copy, Debug)]
pub(super) enum Book<'a> {
    Log(&'a str),
    Receipts(&'a str),
}

impl Book<'_> {
    /// Those after an id, at most so many, each with its id.
    async fn lines(
        self,
        conn: &mut Conn,
        session: &Session,
        after: i64,
        limit: i64,
    ) -> Result<Vec<(i64, String)>> {
        match self {
            Self::Log(month) => log::lines(conn, session.party, month, after, limit).await,
            Self::Receipts(day) => intake::receipts(conn, session.party, day, after, limit).await,
        }
    }
}

/// A text of so many lines after its head.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    pub(super) head: &'static str,
    pub(super) of: Book<'a>,
    pub(super) count: i64,
}

impl Lines<'_> {
    /// Sets it down where it can be read from anywhere.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`].
    pub(super) async fn spool(&self, door: &Door, session: &Session) -> Result<Staging> {
        let mut staging = door.blobs.staging()?;
        let text = self.head.as_bytes();
        staging.write_at(0, Bytes::from_static(text)).await?;
        let (mut at, mut after, mut left) = (text.len() as u64, 0, self.count);
        while left > 0 {
            let conn = &mut door.db.reader().await?;
            let lines = self.of.lines(conn, session, after, left.min(PAGE)).await?;
            let Some((last, _)) = lines.last() else { break };
            after = *last;
            left -= i64::try_from(lines.len()).unwrap_or(left);
            let text: String = lines.into_iter().map(|(_, line)| line).collect();
            let length = text.len() as u64;
            staging.write_at(at, Bytes::from(text)).await?;
            at += length;
        }
        Ok(staging)
    }
}

/// A text that is made when it is read.
pub(super) enum Made {
    /// A month of the log.
    Log,
    /// A day of receipts.
    Receipts,
    /// Why a file was refused.
    Reason(String),
}

impl Made {
    /// Sets it down where it can be read from anywhere, as long as its entry says.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`].
    pub(super) async fn spool(
        &self,
        door: &Door,
        session: &Session,
        entry: &Entry,
    ) -> Result<Staging> {
        match self {
            Self::Log => journal::spool(door, session, entry).await,
            Self::Receipts => receipts::spool(door, session, entry).await,
            Self::Reason(text) => {
                let mut staging = door.blobs.staging()?;
                staging.write_at(0, Bytes::from(text.clone())).await?;
                Ok(staging)
            }
        }
    }
}
