//! The catalog says the same on SQLite and on PostgreSQL.

mod common;

use loondossier::catalog::{self, Conn, Db, Transaction, instants};
use loondossier::dossier::{Deed, Error, Result};

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

#[test]
fn what_a_statement_says_was_done_is_a_deed_of_the_log() {
    let mut asked = 0;
    for statement in catalog::statements() {
        for text in statement.sql().split("verb ").skip(1) {
            // `= 'one'` or `in ('one', 'other')`.
            let one = text.strip_prefix("= ").and_then(|text| text.split(' ').next());
            let several = text.strip_prefix("in (").and_then(|text| text.split(')').next());
            let quoted = one.or(several).unwrap_or_default().split('\'').skip(1).step_by(2);
            for verb in quoted {
                assert!(Deed::of(verb).is_some(), "{verb} in {}", statement.sql());
                asked += 1;
            }
        }
    }
    assert!(asked >= 6, "they are found: {asked}");
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

/// What a version wrote that compared names by full folding, and that keys are stale again.
const OLDER: &str = "
    insert into age_key (id, recipient, sealed, master, created) values (1, '', '', '', 0);
    insert into party (id, key, kind, name, language, age_key, created) values
        (1, 'gross', 'employer', 'Gro\u{df} BV', 'nl', 1, 0), (2, 'weiss', 'person', 'P. Wei\u{df}', 'nl', 1, 0);
    insert into account (id, party, login, login_key, machine, scope, name, email, created) values
        (1, 1, 'gross', 'gross', 0, '', '', '', 0);
    insert into node (id, public_id, folder, mtime, created) values (1, '1', 1, 0, 0), (2, '2', 0, 0, 0);
    insert into engagement (id, office, employer, \"release\", payslips, folder, folder_key, up_root, down_root, from_ms, until_ms)
        values (1, 1, 1, '', '', 'Gro\u{df} BV', 'gross bv', 1, 1, 0, 1);
    insert into employment (id, person, employer, lhn, number, name, employer_folder, employer_key, person_folder, person_key,
            age_key, overviews_root, paper_root, up_root, down_root, from_ms, until_ms)
        values (1, 2, 1, '', '', '', '0042 P. Wei\u{df}', '0042 p. weiss', 'Gro\u{df} BV', 'gross bv', 1, 1, 1, 1, 1, 0, 1);
    insert into placement (id, node, parent, name, name_key, placer_name, placer_key, from_ms, until_ms) values
        (1, 2, 1, 'Ma\u{df}e.txt', 'masse.txt', null, null, 0, 5),
        (2, 2, 1, 'MA\u{1e9e}E.txt', 'masse.txt', null, null, 6, 9223372036854775807),
        (3, 2, 1, 'Caf\u{c9}', 'caf\u{e9}', null, null, 6, 9223372036854775807),
        (4, 2, 1, 'Backup Stra\u{df}e', 'Backup Stra\u{df}e', null, null, 6, 9223372036854775807),
        (5, 2, 1, ':2026-11 Gru\u{df} (2).pdf', ':2026-11 gruss (2).pdf', ':2026-11 Gru\u{df}.pdf', ':2026-11 gruss.pdf',
            6, 9223372036854775807),
        (6, 2, 1, 'A\u{a7ce}', 'a\u{a7ce}', null, null, 6, 9223372036854775807),
        (7, 2, 1, 'A\u{a7cf}', 'a\u{a7cf}', null, null, 6, 9223372036854775807);
    insert into placement (id, node, parent, name, name_key, from_ms, until_ms)
        with recursive n (i) as (select 10 union all select i + 1 from n where i < 2500)
        select i, 1, 1, '\u{df}' || i, 'ss' || i, 6, 9223372036854775807 from n;
    insert into delivery (id, party, account, listed_in, identity, name, name_key, size, mtime, node, at, listed_until) values
        (1, 1, 1, '/', '1/0042/loonstrook/2026-11/gruss.pdf', 'x Gru\u{df}.pdf', 'x gruss.pdf', 0, 0, 2, 0, 0),
        (2, 1, 1, '/', '1/0042/loonstrook/2026-11/anders.pdf', 'x.pdf', 'x.pdf', 0, 0, 2, 0, 0);
    insert into refusal (id, party, name, name_key, code, at) values (1, 1, 'Gru\u{df}.pdf', 'gruss.pdf', 'E01', 0);
    update name_keys set stale = 1;";

/// The keys in it; in whichever order.
const KEYS: &str = "
    select name_key from placement where id < 10 union all select name_key from placement where id in (10, 2500)
    union all select placer_key from placement where placer_key is not null
    union all select identity from delivery union all select name_key from delivery
    union all select name_key from refusal union all select folder_key from engagement
    union all select employer_key from employment union all select person_key from employment";

/// What becomes of them: what is in `/Back-ups/` stays, an identity whose overview has another name, and a key that
/// another has (one name since Unicode 17).
const KEYS_NOW: [&str; 18] = [
    "a\u{a7ce}",
    "a\u{a7cf}",
    "ma\u{df}e.txt",
    "ma\u{df}e.txt",
    "caf\u{e9}",
    "Backup Stra\u{df}e",
    ":2026-11 gru\u{df} (2).pdf",
    "\u{df}10",
    "\u{df}2500",
    ":2026-11 gru\u{df}.pdf",
    "1/0042/loonstrook/2026-11/gru\u{df}.pdf",
    "1/0042/loonstrook/2026-11/anders.pdf",
    "x gru\u{df}.pdf",
    "x.pdf",
    "gru\u{df}.pdf",
    "gro\u{df} bv",
    "gro\u{df} bv",
    "0042 p. wei\u{df}",
];

#[tokio::test]
async fn keys_that_an_older_version_made_are_made_anew_by_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dossier.db");
    drop(Db::sqlite(&file).await.unwrap());
    let older = rusqlite::Connection::open(&file).unwrap();
    older.execute_batch(OLDER).unwrap();
    for _ in 0..2 {
        let _opened = Db::sqlite(&file).await.unwrap();
        let mut keys = older.prepare(KEYS).unwrap();
        let keys = keys.raw_query().mapped(|row| row.get(0)).map(|key| key.unwrap());
        assert_are_anew(keys.collect());
        let stale = older.query_row("select stale from name_keys", [], |row| row.get::<_, i64>(0));
        assert_eq!(stale, Ok(0));
    }
}

#[tokio::test]
async fn keys_that_an_older_version_made_are_made_anew_by_postgresql() {
    use sqlx::Connection;
    let url = common::new_database().await;
    drop(Db::postgres(&url).await.unwrap());
    let mut older = sqlx::PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(OLDER).execute(&mut older).await.unwrap();
    for _ in 0..2 {
        let _opened = Db::postgres(&url).await.unwrap();
        assert_are_anew(sqlx::query_scalar(KEYS).fetch_all(&mut older).await.unwrap());
    }
}

fn assert_are_anew(mut keys: Vec<String>) {
    let mut now = KEYS_NOW;
    keys.sort();
    now.sort_unstable();
    assert_eq!(keys, now);
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
