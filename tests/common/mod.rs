//! What the tests share.

use loondossier::catalog::Db;
use std::sync::atomic::{AtomicU32, Ordering};

/// A new, empty database of PostgreSQL on the server that `tests/run` starts.
pub async fn postgres() -> Db {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let url = std::env::var("LOONDOSSIER_TEST_POSTGRES")
        .expect("LOONDOSSIER_TEST_POSTGRES is not set: start the tests with tests/run");
    let name = format!("t{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let admin = sqlx::PgPool::connect(&url).await.expect("the PostgreSQL of tests/run answers");
    let create = sqlx::AssertSqlSafe(format!("create database {name}"));
    sqlx::query(create).execute(&admin).await.unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    Db::postgres(&format!("{server}/{name}")).await.unwrap()
}
