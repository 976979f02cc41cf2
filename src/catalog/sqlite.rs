//! The connections to a database of SQLite.
//!
//! A pool of sqlx's own asks a connection whether it is alive at either end of its use, and each
//! question goes to another thread and back, as a statement does. A connection to a file does not
//! die; so these are lent and taken back without a word.

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqliteConnection};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How long another connection, or process, is waited for.
pub(super) const BUSY: Duration = Duration::from_secs(10);

/// How many read at once.
const READERS: usize = 4;

/// More than there are statements, so that each is parsed once.
pub(super) const PARSED: usize = 512;

/// What lends connections.
#[derive(Debug)]
pub(super) struct Lender {
    connections: Vec<Arc<Mutex<SqliteConnection>>>,
    turns: Arc<Semaphore>,
}

/// A connection in use; free again when dropped, and its turn after it.
#[derive(Debug)]
pub(super) struct Lent {
    pub(super) connection: OwnedMutexGuard<SqliteConnection>,
    _turn: OwnedSemaphorePermit,
}

/// Opens a database, made if it is not there: who reads it, and the only one that writes.
///
/// # Errors
/// What SQLite says, or that it does not keep `synchronous=FULL`.
pub(super) async fn open(file: &Path, migrator: &Migrator) -> anyhow::Result<(Lender, Lent)> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .statement_cache_capacity(PARSED)
        // What is deleted is overwritten: what was erased is not on the disk any more.
        .pragma("secure_delete", "on")
        .pragma("cache_size", "-65536");
    let mut writer = options.connect().await?;
    migrator.run(&mut writer).await?;
    let (full,): (i64,) = sqlx::query_as("pragma synchronous").fetch_one(&mut writer).await?;
    anyhow::ensure!(full == 2, "SQLite does not keep synchronous=FULL: it says {full}");
    let mut readers = Vec::new();
    for _ in 0..READERS {
        readers.push(options.connect().await?);
    }
    let writer = Lender::new(vec![writer]).lend().await?;
    Ok((Lender::new(readers), writer))
}

impl Lender {
    fn new(connections: Vec<SqliteConnection>) -> Self {
        let turns = Arc::new(Semaphore::new(connections.len()));
        let connections = connections.into_iter().map(|c| Arc::new(Mutex::new(c))).collect();
        Self { connections, turns }
    }

    /// Lends a connection: the first that is free, whose cache is the warmest.
    ///
    /// # Errors
    /// When none is free in time.
    pub(super) async fn lend(&self) -> Result<Lent, sqlx::Error> {
        let turn = timeout(BUSY, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let turn = turn.map_err(|_| sqlx::Error::PoolClosed)?;
        let mut free = self.connections.iter().map(|c| Arc::clone(c).try_lock_owned());
        let connection = free.find_map(Result::ok).ok_or(sqlx::Error::PoolClosed)?;
        Ok(Lent { connection, _turn: turn })
    }
}
