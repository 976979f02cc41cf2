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

/// Counts one up, and then does what it is asked to.
#[derive(Clone, Copy)]
enum Count {
    AndSay,
    AndFail,
    AndPanic,
    /// Fails before that.
    Not,
}

impl Transaction for Count {
    type Output = i64;

    async fn run(&self, tx: &mut Conn) -> Result<i64> {
        if matches!(self, Self::Not) {
            return Err(Error::Locked);
        }
        instants::say_right(tx).await?;
        assert!(!matches!(self, Self::AndPanic), "as was asked");
        if matches!(self, Self::AndFail) {
            return Err(Error::Exists);
        }
        instants::said_right(tx).await
    }
}

#[tokio::test]
async fn after_a_panic_in_a_transaction_the_next_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::sqlite(&folder.path().join("dossier.db")).await.unwrap();
    for number in 1..=3 {
        assert_eq!(db.write(Count::AndPanic).await, Err(Error::Unavailable));
        assert_eq!(db.write(Count::AndSay).await, Ok(number), "nothing of the panic");
    }
}

#[tokio::test]
async fn of_many_transactions_at_once_each_is_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::sqlite(&folder.path().join("dossier.db")).await.unwrap();
    let mut said = 0;
    for failing in [&[][..], &[Count::Not], &[Count::AndFail], &[Count::AndPanic, Count::AndFail]] {
        let all: Vec<_> = (0..200)
            .map(|at| if at % 7 == 3 { failing.get(at % 2) } else { None })
            .map(|failing| failing.copied().unwrap_or(Count::AndSay))
            .collect();
        let answers = futures_util::future::join_all(all.iter().map(|one| db.write(*one))).await;
        let mut counted = Vec::new();
        for (one, answer) in all.iter().zip(answers) {
            let failure = match one {
                Count::AndSay => {
                    counted.push(answer.unwrap());
                    continue;
                }
                Count::AndFail => Error::Exists,
                Count::AndPanic => Error::Unavailable,
                Count::Not => Error::Locked,
            };
            assert_eq!(answer, Err(failure));
        }
        counted.sort_unstable();
        let first = said + 1;
        said += i64::try_from(counted.len()).unwrap();
        assert_eq!(
            counted,
            (first..=said).collect::<Vec<_>>(),
            "each once, and nothing of another"
        );
    }
}
