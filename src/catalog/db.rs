//! One SQL text on two databases.
//!
//! Knows: connections, statements, their arguments and rows. Must not know what any statement means.

use super::rows::{Failure, Row, of_postgres};
use super::sqlite::Lent;
use crate::dossier::{Error, Result};
use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::spawn_blocking;

/// A statement of the catalog, the same text for both databases. Made by [`statements!`] only, so
/// that a test can prepare every one of them on both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement(pub(super) &'static str);

impl Statement {
    /// The SQL text.
    pub const fn sql(self) -> &'static str {
        self.0
    }
}

/// Declares the statements of a module, and `ALL` with every one of them.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* const $name: $crate::catalog::db::Statement =
            $crate::catalog::db::Statement($sql);)*
        pub(super) const ALL: &[$crate::catalog::db::Statement] = &[$($name),*];
    };
}
pub(crate) use statements;

/// An argument of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// A number, a time or a truth value.
    Int(Option<i64>),
    /// A text.
    Text(Option<String>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
}

macro_rules! value_from {
    ($($from:ty => $variant:ident ($v:ident) $to:expr;)*) => {
        $(impl From<$from> for Value {
            fn from($v: $from) -> Self {
                Self::$variant($to)
            }
        })*
    };
}
value_from! {
    i64 => Int(v) Some(v);
    Option<i64> => Int(v) v;
    bool => Int(v) Some(v.into());
    &str => Text(v) Some(v.to_owned());
    &String => Text(v) Some(v.clone());
    String => Text(v) Some(v);
    Option<String> => Text(v) v;
    Vec<u8> => Bytes(v) Some(v);
    Option<Vec<u8>> => Bytes(v) v;
    &[u8] => Bytes(v) Some(v.to_vec());
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(v: [u8; N]) -> Self {
        Self::Bytes(Some(v.to_vec()))
    }
}

impl<const N: usize> From<Option<[u8; N]>> for Value {
    fn from(v: Option<[u8; N]>) -> Self {
        Self::Bytes(v.map(Vec::from))
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(v: &[u8; N]) -> Self {
        Self::Bytes(Some(v.to_vec()))
    }
}

/// The arguments of a statement, each turned into a [`Value`].
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::catalog::db::Value::from($value)),*] };
}
pub(crate) use args;

/// A connection: one of the readers, or inside a [`Transaction`].
#[derive(Debug)]
pub struct Conn {
    link: Link,
    /// The database asked to run the transaction again.
    pub(super) again: bool,
    asked: Asked,
}

/// How many statements a database was asked, by all its connections.
pub(super) type Asked = Arc<AtomicU64>;

#[derive(Debug)]
enum Link {
    /// Shared with the thread of a statement that outlives whoever asked for it.
    Sqlite(Arc<Mutex<Lent>>),
    Postgres(PoolConnection<Postgres>),
}

/// A statement with its arguments, for PostgreSQL.
macro_rules! bound {
    ($statement:expr, $args:expr) => {
        $args.into_iter().fold(sqlx::query::<Postgres>($statement.0), |query, value| match value {
            Value::Int(v) => query.bind(v),
            Value::Text(v) => query.bind(v),
            Value::Bytes(v) => query.bind(v),
        })
    };
}

/// A connection, for one statement. A statement that panicked was ended by that.
fn taken(lent: &Mutex<Lent>) -> MutexGuard<'_, Lent> {
    lent.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Conn {
    pub(super) fn sqlite(lent: Lent, asked: &Asked) -> Self {
        let link = Link::Sqlite(Arc::new(Mutex::new(lent)));
        Self { link, again: false, asked: Arc::clone(asked) }
    }

    pub(super) fn postgres(connection: PoolConnection<Postgres>, asked: &Asked) -> Self {
        Self { link: Link::Postgres(connection), again: false, asked: Arc::clone(asked) }
    }

    fn count(&self) {
        self.asked.fetch_add(1, Ordering::Relaxed);
    }

    /// Every row.
    ///
    /// # Errors
    /// [`Error::Exists`] when a uniqueness would be broken, else [`Error::Unavailable`].
    pub async fn all<T: Row>(&mut self, statement: Statement, args: Vec<Value>) -> Result<Vec<T>> {
        self.count();
        let rows = match &mut self.link {
            Link::Sqlite(c) => taken(c).all(statement.0, &args),
            Link::Postgres(c) => {
                let c: &mut PgConnection = c;
                let rows = bound!(statement, args).fetch_all(c).await;
                rows.map_err(Failure::from).and_then(|rows| of_postgres(&rows))
            }
        };
        rows.map_err(|e| self.fault(&e))
    }

    /// Every row, where there may be so many that an async thread would be held up by them.
    ///
    /// # Errors
    /// As [`Conn::all`].
    pub async fn many<T: Row + 'static>(
        &mut self,
        statement: Statement,
        args: Vec<Value>,
    ) -> Result<Vec<T>> {
        let Link::Sqlite(c) = &self.link else { return self.all(statement, args).await };
        self.count();
        let c = Arc::clone(c);
        let rows = spawn_blocking(move || taken(&c).all(statement.0, &args)).await;
        rows.map_err(|_| Error::Unavailable)?.map_err(|e| self.fault(&e))
    }

    /// Every row of a statement that is asked often and may give many: what it gave before, where SQLite says that
    /// nobody has changed anything since.
    ///
    /// # Errors
    /// As [`Conn::all`].
    pub async fn listed<T: Row + Sync + 'static>(
        &mut self,
        statement: Statement,
        args: Vec<Value>,
    ) -> Result<Arc<Vec<T>>> {
        let Link::Sqlite(c) = &self.link else {
            return self.all(statement, args).await.map(Arc::new);
        };
        let mut line = taken(c);
        let asked = (statement.0, args);
        let rows = match line.known(&asked) {
            Ok(Some(known)) => return Ok(known),
            Ok(None) => line.listed(asked),
            Err(failure) => Err(failure),
        };
        drop(line);
        self.count();
        rows.map_err(|e| self.fault(&e))
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`Conn::all`].
    pub async fn one<T: Row>(
        &mut self,
        statement: Statement,
        args: Vec<Value>,
    ) -> Result<Option<T>> {
        Ok(self.all(statement, args).await?.into_iter().next())
    }

    /// The one number that a statement gives: an id by `returning id`, a count, a sum.
    ///
    /// # Errors
    /// As [`Conn::all`]; [`Error::Unavailable`] when there is no row.
    pub async fn number(&mut self, statement: Statement, args: Vec<Value>) -> Result<i64> {
        let row: Option<(i64,)> = self.one(statement, args).await?;
        row.map(|(n,)| n).ok_or(Error::Unavailable)
    }

    /// Runs it; how many rows it changed.
    ///
    /// # Errors
    /// As [`Conn::all`].
    pub async fn run(&mut self, statement: Statement, args: Vec<Value>) -> Result<u64> {
        self.count();
        let done = match &mut self.link {
            Link::Sqlite(c) => taken(c).run(statement.0, &args),
            Link::Postgres(c) => {
                let c: &mut PgConnection = c;
                let done = bound!(statement, args).execute(c).await;
                done.map(|done| done.rows_affected()).map_err(Failure::from)
            }
        };
        done.map_err(|e| self.fault(&e))
    }

    /// A word to the database itself: BEGIN, SAVEPOINT, COMMIT.
    pub(super) async fn word(&mut self, sql: &'static str) -> Result<()> {
        let Link::Sqlite(c) = &self.link else {
            return self.run(Statement(sql), Vec::new()).await.map(|_| ());
        };
        let said = taken(c).words(sql);
        said.map_err(|e| self.fault(&e))
    }

    /// The cause is logged here, once.
    fn fault(&mut self, failure: &Failure) -> Error {
        let exists = match failure {
            Failure::Sqlite(error) => error.sqlite_error().is_some_and(|e| {
                [SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY].contains(&e.extended_code)
            }),
            Failure::Postgres(sqlx::Error::Database(e)) => {
                self.again |= matches!(e.code().as_deref(), Some("40001" | "40P01"));
                e.is_unique_violation()
            }
            _ => false,
        };
        if exists {
            return Error::Exists;
        }
        if !self.again {
            tracing::error!(cause = %failure, "the database failed");
        }
        Error::Unavailable
    }
}
