//! A catalog on either database, with a clock that stands still.

use crate::cast::Files;
use loondossier::catalog::Db;
use loondossier::catalog::parties::NewKey;
use loondossier::clock::Clock;
use loondossier::dossier::day;
use loondossier::dossier::roster::{Leavers, Options, Plan};
use loondossier::vfs::roster::{RosterError, apply, plan};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use std::sync::Arc;

pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    dir: tempfile::TempDir,
    postgres: Option<String>,
}

pub(crate) const PRUNE: Options = Options { prune: true, most: Leavers::Percent(100) };

impl World {
    pub(crate) async fn on(database: Database) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (db, postgres) = match database {
            Database::Sqlite => (Db::sqlite(&dir.path().join("dossier.db")).await.unwrap(), None),
            Database::Postgres => {
                let url = new_database().await;
                (Db::postgres(&url).await.unwrap(), Some(url))
            }
        };
        let now = day::start("2026-11-24".parse().unwrap()) + 12 * 3_600_000;
        Self { db, clock: Clock::fixed(now), dir, postgres }
    }

    /// Runs SQL behind the program's back; the first column of what it gives, as text.
    pub(crate) async fn sql(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        if let Some(url) = &self.postgres {
            let mut conn = PgConnection::connect(url).await.unwrap();
            return sqlx::query_scalar(sql).fetch_all(&mut conn).await.unwrap();
        }
        let file = self.dir.path().join("dossier.db");
        let options = SqliteConnectOptions::new().filename(file);
        let mut conn = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query_scalar(sql).fetch_all(&mut conn).await.unwrap()
    }

    pub(crate) async fn plan(&self, files: &Files, options: Options) -> Result<Plan, RosterError> {
        plan(&self.db, &self.clock, &files.read().unwrap(), options).await
    }

    pub(crate) async fn apply(&self, files: &Files, options: Options) -> Result<Plan, RosterError> {
        let new_key =
            || Ok(NewKey { recipient: "age1".into(), sealed: vec![1], master: "m".into() });
        let roster = Arc::new(files.read().unwrap());
        apply(&self.db, &self.clock, new_key, roster, options).await
    }

    /// Applies, and says what the plan for it was.
    pub(crate) async fn does(&self, files: &Files, options: Options) -> String {
        let plan = self.plan(files, options).await.unwrap();
        assert_eq!(self.apply(files, options).await.unwrap(), plan);
        let again = self.plan(files, options).await.unwrap();
        assert_eq!(again.changes, [], "applied twice it does nothing");
        plan.to_string()
    }

    /// Applies the cast.
    pub(crate) async fn with_cast(&self) {
        self.apply(&Files::cast(), PRUNE).await.unwrap();
    }

    pub(crate) async fn refuses(&self, files: &Files, options: Options) -> String {
        let refused = self.plan(files, options).await.unwrap_err();
        assert_eq!(self.apply(files, options).await.unwrap_err(), refused);
        refused.to_string()
    }

    pub(crate) fn to_day(&self, date: &str) {
        let at = day::start(date.parse().unwrap()) + 12 * 3_600_000;
        self.clock.advance(at - self.clock.now());
    }
}

#[derive(Clone, Copy)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// A new database on the server that the tests may use; its URL.
pub(crate) async fn new_database() -> String {
    let url = std::env::var("LOONDOSSIER_TEST_POSTGRES").expect("run tests/run");
    let name = format!(
        "roster_{}",
        tempfile::Builder::new()
            .rand_bytes(12)
            .tempdir()
            .unwrap()
            .path()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .trim_start_matches(".tmp")
            .to_lowercase()
    );
    let mut server = PgConnection::connect(&url).await.unwrap();
    server.execute(AssertSqlSafe(format!("create database {name}"))).await.unwrap();
    let (server, query) = url.split_once('?').unwrap_or((&url, ""));
    let host = server.rsplit_once('/').map_or(server, |(host, _)| host);
    format!("{host}/{name}?{query}")
}

/// Runs a story on both databases.
macro_rules! stories {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test] async fn $name() {
                super::$name(crate::world::World::on(crate::world::Database::Sqlite).await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test] async fn $name() {
                super::$name(crate::world::World::on(crate::world::Database::Postgres).await).await;
            })*
        }
    };
}
pub(crate) use stories;
