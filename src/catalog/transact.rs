//! The database, and how it is changed.
//!
//! A verb that changes something is a [`Transaction`]. On SQLite one thread owns the only writing
//! connection and commits what waits together (group commit, a SAVEPOINT each); on PostgreSQL each
//! runs SERIALIZABLE on its own connection and is tried again when the database asks for it. Either
//! way a transaction that began runs to its end, also when whoever asked for it has gone.

use super::db::{Asked, Conn, Statement};
use super::rekey::rekey;
use super::sqlite::{self, BUSY, Lender, PARSED};
use crate::dossier::{Error, Result};
use futures_util::FutureExt;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

/// Something that changes the catalog: all of it, or nothing.
pub trait Transaction: Send + Sync + 'static {
    /// What it gives.
    type Output: Send + 'static;

    /// Does it. May run more than once; nothing of a run that failed remains.
    fn run(&self, tx: &mut Conn) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// The database.
#[derive(Clone, Debug)]
pub struct Db {
    kind: Kind,
    /// By who only reads, and in transactions.
    asked: Asked,
    written: Asked,
}

#[derive(Clone, Debug)]
enum Kind {
    Sqlite { readers: Arc<Lender>, writer: mpsc::Sender<Box<dyn Job>> },
    Postgres(PgPool),
}

/// How many transactions one commit of SQLite takes along at most.
const GROUP: usize = 256;
const TRIES: u32 = 20;
const SCRUB: Statement = Statement("pragma wal_checkpoint(truncate)");
const CHECK: Statement = Statement("pragma quick_check(1)");

impl Db {
    /// Opens a database of SQLite, made if it is not there.
    ///
    /// # Errors
    /// What SQLite says, or that it does not keep `synchronous=FULL`.
    pub async fn sqlite(file: &Path) -> anyhow::Result<Self> {
        let migrator = sqlx::migrate!("src/catalog/migrations/sqlite");
        let (readers, writing) = sqlite::open(file, &migrator).await?;
        let (writer, jobs) = mpsc::channel(GROUP * 4);
        let (asked, written) = (Asked::default(), Asked::default());
        let (conn, here) = (Conn::sqlite(writing, &written), Handle::current());
        let work = move || here.block_on(write_in_groups(conn, jobs));
        thread::Builder::new().name("sqlite-writer".to_owned()).spawn(work)?;
        let db = Self { kind: Kind::Sqlite { readers: Arc::new(readers), writer }, asked, written };
        rekey(&db).await?;
        Ok(db)
    }

    /// Opens a database of PostgreSQL.
    ///
    /// # Errors
    /// What PostgreSQL says.
    pub async fn postgres(url: &str) -> anyhow::Result<Self> {
        let options = PgConnectOptions::from_str(url)?.statement_cache_capacity(PARSED);
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(BUSY)
            .connect_with(options)
            .await?;
        sqlx::migrate!("src/catalog/migrations/postgres").run(&pool).await?;
        let (asked, written) = (Asked::default(), Asked::default());
        let db = Self { kind: Kind::Postgres(pool), asked, written };
        rekey(&db).await?;
        Ok(db)
    }

    /// A connection to read with.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when none is free within ten seconds.
    pub async fn reader(&self) -> Result<Conn> {
        let conn = match &self.kind {
            Kind::Sqlite { readers, .. } => {
                readers.lend().await.map(|lent| Conn::sqlite(lent, &self.asked))
            }
            Kind::Postgres(pool) => match pool.acquire().await {
                Ok(link) => Ok(Conn::postgres(link, &self.asked)),
                Err(error) => Err(error.into()),
            },
        };
        conn.map_err(|error: anyhow::Error| {
            tracing::error!(cause = %error, "no connection to the database");
            Error::Unavailable
        })
    }

    /// Runs a transaction; when this answers with success, it is durable.
    ///
    /// # Errors
    /// What the transaction says, or [`Error::Unavailable`].
    pub async fn write<T: Transaction>(&self, work: T) -> Result<T::Output> {
        match &self.kind {
            Kind::Sqlite { writer, .. } => {
                let (answer, result) = oneshot::channel();
                let job = Box::new(Request { work, answer });
                writer.send(job).await.map_err(|_| Error::Unavailable)?;
                result.await.map_err(|_| Error::Unavailable)?
            }
            Kind::Postgres(pool) => {
                let task = tokio::spawn(write_alone(pool.clone(), work, Arc::clone(&self.written)));
                task.await.map_err(|_| Error::Unavailable)?
            }
        }
    }

    /// How many statements it was asked so far: how many a request takes is a promise (ENGINEERING.md section 3).
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed) + self.asked_to_write()
    }

    /// How many of them in transactions: SQLite runs those one after another.
    pub fn asked_to_write(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Takes what was deleted out of what SQLite has written ahead, too. False when it is still there because
    /// somebody reads; PostgreSQL does so in its own time.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn scrub(&self) -> Result<bool> {
        let Kind::Sqlite { .. } = &self.kind else { return Ok(true) };
        for _ in 0..TRIES {
            // It waits for whoever reads.
            let conn = &mut self.reader().await?;
            let rows: Vec<(i64, i64, i64)> = conn.many(SCRUB, Vec::new()).await?;
            if rows.first().is_some_and(|(busy, ..)| *busy == 0) {
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(false)
    }

    /// The first thing that is broken in SQLite's file, which is read for it from end to end; PostgreSQL looks
    /// after its own.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn broken(&self) -> Result<Option<String>> {
        let Kind::Sqlite { .. } = &self.kind else { return Ok(None) };
        let said: Option<(String,)> = self.reader().await?.one(CHECK, Vec::new()).await?;
        Ok(said.map(|(said,)| said).filter(|said| said != "ok"))
    }

    /// Asks the database to parse a statement, without running it.
    ///
    /// # Errors
    /// What the database says about it.
    pub async fn prepare(&self, statement: Statement) -> anyhow::Result<()> {
        use sqlx::{Executor, SqlSafeStr};
        match &self.kind {
            Kind::Sqlite { readers, .. } => drop(readers.lend().await?.prepare(statement.0)?),
            Kind::Postgres(pool) => drop(pool.prepare(statement.0.into_sql_str()).await?),
        }
        Ok(())
    }
}

/// What SQLite's writer is asked to do: run, then answer once the group is committed.
trait Job: Send {
    fn run<'a>(
        self: Box<Self>,
        conn: &'a mut Conn,
    ) -> Pin<Box<dyn Future<Output = Ran> + Send + 'a>>;
}

/// How a job ended, and how to say so to whoever waits.
struct Ran {
    good: bool,
    tell: Box<dyn FnOnce(bool) + Send>,
}

struct Request<T: Transaction> {
    work: T,
    answer: oneshot::Sender<Result<T::Output>>,
}

impl<T: Transaction> Job for Request<T> {
    fn run<'a>(
        self: Box<Self>,
        conn: &'a mut Conn,
    ) -> Pin<Box<dyn Future<Output = Ran> + Send + 'a>> {
        Box::pin(async move {
            let Self { work, answer } = *self;
            let result = work.run(conn).await;
            let good = result.is_ok();
            let tell = Box::new(move |committed: bool| {
                let result =
                    if committed || result.is_err() { result } else { Err(Error::Unavailable) };
                drop(answer.send(result));
            });
            Ran { good, tell }
        })
    }
}

/// The one writer of SQLite: takes what waits, commits it together, then answers. On a thread of its own:
/// it waits for the disk, and for another process that writes.
async fn write_in_groups(mut conn: Conn, mut jobs: mpsc::Receiver<Box<dyn Job>>) {
    let mut group = Vec::new();
    while jobs.recv_many(&mut group, GROUP).await > 0 {
        let mut ran = Vec::with_capacity(group.len());
        let mut open = conn.word("begin immediate; savepoint verb").await.is_ok();
        let last = group.len().saturating_sub(1);
        for (at, job) in group.drain(..).enumerate() {
            if !open {
                // The request's sender is dropped with it, which reads as unavailable.
                continue;
            }
            // One that panics answers nobody, which reads as unavailable as well; the next goes on.
            let one = AssertUnwindSafe(job.run(&mut conn)).catch_unwind().await.ok();
            open = if one.as_ref().is_some_and(|one| one.good) {
                // The commit releases the last.
                at == last || conn.word("release verb; savepoint verb").await.is_ok()
            } else {
                // The savepoint still stands, for the next.
                conn.word("rollback to verb").await.is_ok()
            };
            ran.extend(one);
        }
        let committed = open && conn.word("commit").await.is_ok();
        if !committed {
            let _ = conn.word("rollback").await;
        }
        for one in ran {
            (one.tell)(committed);
        }
    }
}

/// A transaction on a connection of its own, tried again while the database asks for it.
async fn write_alone<T: Transaction>(pool: PgPool, work: T, asked: Asked) -> Result<T::Output> {
    for attempt in 0..TRIES {
        let link = pool.acquire().await.map_err(|error| {
            tracing::error!(cause = %error, "no connection to the database");
            Error::Unavailable
        })?;
        let mut conn = Conn::postgres(link, &asked);
        conn.word("begin isolation level serializable").await?;
        let result = work.run(&mut conn).await;
        if result.is_ok() && conn.word("commit").await.is_ok() {
            return result;
        }
        let _ = conn.word("rollback").await;
        if !conn.again {
            return result.and(Err(Error::Unavailable));
        }
        tokio::time::sleep(Duration::from_millis(u64::from(attempt) * 3)).await;
    }
    Err(Error::Unavailable)
}
