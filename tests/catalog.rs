//! The catalog says the same on SQLite and on PostgreSQL.

mod common;

use loondossier::catalog::{self, Db};

#[tokio::test]
async fn every_statement_is_understood_by_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::sqlite(&folder.path().join("dossier.db")).await.unwrap();
    for statement in catalog::statements() {
        if let Err(error) = db.prepare(statement).await {
            panic!("{error}\n{}", statement.sql());
        }
    }
}

#[tokio::test]
async fn every_statement_is_understood_by_postgresql() {
    let db = common::postgres().await;
    for statement in catalog::statements() {
        if let Err(error) = db.prepare(statement).await {
            panic!("{error}\n{}", statement.sql());
        }
    }
}
