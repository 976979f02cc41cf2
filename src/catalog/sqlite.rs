//! The connections to a database of SQLite.
//!
//! A statement runs where it is asked for: it takes microseconds, and to hand it to another thread and
//! back, as sqlx does, costs more than that. What can wait for a disk or for another process, a
//! transaction that writes, runs on the thread of the writer. sqlx makes the tables here.

use super::db::Value;
use super::memo::{Memo, Question};
use super::rows::{Failure, Row, of_sqlite};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OpenFlags};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};
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
    connections: Vec<Arc<Mutex<Line>>>,
    turns: Arc<Semaphore>,
}

/// A connection, and what it gave lately.
#[derive(Debug)]
struct Line {
    connection: Connection,
    /// Of the first that reads, which is lent whenever it is free; once is enough memory. Never of the one that
    /// writes: it does not see in the version what it changes itself.
    memo: Option<Memo>,
}

/// A connection in use; free again when dropped, and its turn after it.
#[derive(Debug)]
pub(super) struct Lent {
    line: OwnedMutexGuard<Line>,
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
        .busy_timeout(BUSY);
    let mut first = options.connect().await?;
    migrator.run(&mut first).await?;
    let writer = connect(file)?;
    // What a savepoint may put back is kept in memory, and not in a file made for each group; and a page
    // that many transactions in a row change goes to its place less often.
    writer.execute_batch("pragma temp_store = memory; pragma wal_autocheckpoint = 4000")?;
    let full: i64 = writer.query_row("pragma synchronous", [], |row| row.get(0))?;
    anyhow::ensure!(full == 2, "SQLite does not keep synchronous=FULL: it says {full}");
    let reader = |at| {
        let memo = (at == 0).then(Memo::default);
        Ok(Line { connection: connect(file)?, memo })
    };
    let readers = (0..READERS).map(reader).collect::<rusqlite::Result<_>>()?;
    first.close().await?;
    let writer = Line { connection: writer, memo: None };
    let writer = Lender::new(vec![writer]).lend().await?;
    Ok((Lender::new(readers), writer))
}

fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(PARSED);
    // What is deleted is overwritten: what was erased is not on the disk any more.
    connection.execute_batch(
        "pragma synchronous = full; pragma foreign_keys = on; pragma secure_delete = on; \
         pragma cache_size = -65536",
    )?;
    Ok(connection)
}

impl Lender {
    fn new(lines: Vec<Line>) -> Self {
        let turns = Arc::new(Semaphore::new(lines.len()));
        let connections = lines.into_iter().map(|line| Arc::new(Mutex::new(line))).collect();
        Self { connections, turns }
    }

    /// Lends a connection: the first that is free, whose cache is the warmest.
    ///
    /// # Errors
    /// When none is free in time.
    pub(super) async fn lend(&self) -> anyhow::Result<Lent> {
        let turn = timeout(BUSY, Arc::clone(&self.turns).acquire_owned()).await??;
        let mut free = self.connections.iter().map(|c| Arc::clone(c).try_lock_owned());
        let line = free.find_map(Result::ok);
        let line = line.ok_or_else(|| anyhow::anyhow!("more turns than connections"))?;
        Ok(Lent { line, _turn: turn })
    }
}

impl Lent {
    /// Parses a statement, if that was not done before.
    ///
    /// # Errors
    /// What SQLite says.
    pub(super) fn prepare(&self, sql: &str) -> rusqlite::Result<CachedStatement<'_>> {
        self.line.connection.prepare_cached(sql)
    }

    fn bound(&self, sql: &str, args: &[Value]) -> rusqlite::Result<CachedStatement<'_>> {
        let mut statement = self.prepare(sql)?;
        for at in 1..=statement.parameter_count() {
            // To SQLite `$2` is a name, and its place where it is first said.
            let number = statement.parameter_name(at).and_then(|name| name.get(1..)?.parse().ok());
            let value = number.and_then(|number: usize| args.get(number.checked_sub(1)?));
            let value = value.ok_or(rusqlite::Error::InvalidParameterCount(args.len(), at))?;
            statement.raw_bind_parameter(at, value)?;
        }
        Ok(statement)
    }

    /// Every row.
    ///
    /// # Errors
    /// What SQLite says; [`Failure::Columns`].
    pub(super) fn all<T: Row>(&self, sql: &str, args: &[Value]) -> Result<Vec<T>, Failure> {
        let mut statement = self.bound(sql, args)?;
        of_sqlite(statement.raw_query())
    }

    /// What a statement gave, if nobody changed the database since.
    ///
    /// # Errors
    /// What SQLite says.
    pub(super) fn known<T: Send + Sync + 'static>(
        &mut self,
        asked: &Question,
    ) -> Result<Option<Arc<Vec<T>>>, Failure> {
        if self.line.memo.is_none() {
            return Ok(None);
        }
        let version = self.prepare("pragma data_version")?.query_row([], |row| row.get(0))?;
        Ok(self.line.memo.as_mut().and_then(|memo| memo.of(version).get(asked)))
    }

    /// Every row, remembered for the version that was known last: what is newer is asked for again then.
    ///
    /// # Errors
    /// As [`Lent::all`].
    pub(super) fn listed<T: Row + Sync + 'static>(
        &mut self,
        asked: Question,
    ) -> Result<Arc<Vec<T>>, Failure> {
        let rows = Arc::new(self.all(asked.0, &asked.1)?);
        if let Some(memo) = &mut self.line.memo {
            memo.put(asked, &rows);
        }
        Ok(rows)
    }

    /// Runs it; how many rows it changed.
    ///
    /// # Errors
    /// What SQLite says.
    pub(super) fn run(&self, sql: &str, args: &[Value]) -> Result<u64, Failure> {
        let changed = self.bound(sql, args)?.raw_execute()?;
        Ok(changed as u64)
    }

    /// Runs statements without arguments, one after the other.
    ///
    /// # Errors
    /// What SQLite says.
    pub(super) fn words(&self, sql: &str) -> Result<(), Failure> {
        Ok(self.line.connection.execute_batch(sql)?)
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Int(v) => v.map_or(ValueRef::Null, ValueRef::Integer),
            Self::Text(v) => {
                v.as_ref().map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes()))
            }
            Self::Bytes(v) => v.as_ref().map_or(ValueRef::Null, |bytes| ValueRef::Blob(bytes)),
        }))
    }
}
