//! The catalog says the same on SQLite and on PostgreSQL.

mod common;

use loondossier::catalog::{self, Conn, Db, Transaction, instants};
use loondossier::dossier::{Error, Result};

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

/// Whatever language the cluster was made in: what goes on from a key finds what comes after it.
#[tokio::test]
async fn keys_are_compared_as_bytes_by_postgresql_too() {
    use sqlx::Connection;
    let url = common::new_database().await;
    let _made = Db::postgres(&url).await.unwrap();
    let mut conn = sqlx::PgConnection::connect(&url).await.unwrap();
    let query = "select collation_name from information_schema.columns where table_name = 'placement' \
                 and column_name in ('name_key', 'placer_key')";
    let all: Vec<Option<String>> = sqlx::query_scalar(query).fetch_all(&mut conn).await.unwrap();
    assert_eq!(all, vec![Some("C".to_owned()); 2]);
}

#[tokio::test]
async fn what_holds_in_one_folder_is_found_without_all_that_holds() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dossier.db");
    let _made = Db::sqlite(&file).await.unwrap();
    let connection = rusqlite::Connection::open(&file).unwrap();
    for statement in catalog::statements() {
        let explain = format!("explain query plan {}", statement.sql());
        let mut plan = connection.prepare(&explain).unwrap();
        let steps = plan.raw_query().mapped(|row| row.get::<_, String>("detail"));
        for step in steps.map(|step| step.unwrap()) {
            assert!(!step.ends_with("(until_ms=?)"), "{step}\n{}", statement.sql());
        }
    }
}

#[tokio::test]
async fn after_a_panic_in_a_transaction_the_next_is_written() {
    struct Say {
        then_panic: bool,
    }

    impl Transaction for Say {
        type Output = i64;

        async fn run(&self, tx: &mut Conn) -> Result<i64> {
            instants::say_right(tx).await?;
            assert!(!self.then_panic, "as was asked");
            instants::said_right(tx).await
        }
    }

    let folder = tempfile::tempdir().unwrap();
    let db = Db::sqlite(&folder.path().join("dossier.db")).await.unwrap();
    for number in 1..=3 {
        assert_eq!(db.write(Say { then_panic: true }).await, Err(Error::Unavailable));
        assert_eq!(db.write(Say { then_panic: false }).await, Ok(number), "nothing of the panic");
    }
}
