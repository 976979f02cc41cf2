//! On either database: what a plan says is what the tables hold afterwards, and what was shared goes
//! back when an engagement ends.

use crate::cast::Files;
use crate::engagements::switched;
use crate::world::{self, PRUNE, World};
use loondossier::blobs::{Blobs, Keyring, Service};
use loondossier::catalog::parties;
use loondossier::catalog::{Db, statements};
use loondossier::clock::Clock;
use loondossier::dossier::roster::{Options, Plan, State};
use loondossier::vfs::{Quota, Vfs};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use std::sync::Arc;

#[derive(Clone, Copy)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// A catalog on either database, with a clock that stands still.
pub(crate) struct Stored {
    db: Db,
    vfs: Vfs,
    clock: Clock,
    dir: tempfile::TempDir,
    postgres: Option<String>,
}

impl Stored {
    pub(crate) async fn on(database: Database) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (db, postgres) = match database {
            Database::Sqlite => (Db::sqlite(&dir.path().join("dossier.db")).await.unwrap(), None),
            Database::Postgres => {
                let url = crate::common::new_database().await;
                (Db::postgres(&url).await.unwrap(), Some(url))
            }
        };
        let service = Service::Folder(dir.path().to_owned());
        let blobs = Blobs::open(service, &dir.path().join("staging")).await.unwrap();
        let keyring = Arc::new(Keyring::create(&dir.path().join("master.key")).unwrap());
        let clock = Clock::fixed(world::today());
        let vfs = Vfs::new(db.clone(), blobs, keyring, clock.clone(), Quota::default());
        Self { db, vfs, clock, dir, postgres }
    }

    /// Runs SQL behind the program's back; the first column of what it gives, as text.
    async fn sql(&self, sql: &str) -> Vec<String> {
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

    async fn apply_once(&self, files: &Files, options: Options) -> Result<Plan, String> {
        let roster = Arc::new(files.read().unwrap());
        self.vfs.apply_roster(roster, options).await.map_err(|e| e.to_string())
    }
}

impl World for Stored {
    async fn state(&mut self) -> State {
        parties::roster_state(&mut self.db.reader().await.unwrap()).await.unwrap()
    }

    async fn plan(&mut self, files: &Files, options: Options) -> Result<Plan, String> {
        let roster = files.read().unwrap();
        self.vfs.plan_roster(&roster, options).await.map_err(|e| e.to_string())
    }

    /// And what is stored then is what the plan says, done on paper.
    async fn apply(&mut self, files: &Files, options: Options) -> Result<Plan, String> {
        let mut paper = self.state().await;
        let plan = self.apply_once(files, options).await?;
        for (row, change) in (1_000..).zip(&plan.changes) {
            world::apply(&mut paper, change, row);
        }
        assert_eq!(told(paper), told(self.state().await));
        Ok(plan)
    }

    fn now(&self) -> i64 {
        self.clock.now()
    }

    fn advance(&mut self, ms: i64) {
        self.clock.advance(ms);
    }

    async fn activate(&mut self, login: &str) {
        let update = "update account set password = 'x' where login =";
        self.sql(&format!("{update} '{login}' returning login")).await;
    }
}

/// A state without its row numbers.
fn told(mut state: State) -> Vec<String> {
    state.parties.iter_mut().for_each(|row| row.id = 0);
    state.accounts.iter_mut().for_each(|row| row.id = 0);
    state.engagements.iter_mut().for_each(|row| row.id = 0);
    state.employments.iter_mut().for_each(|row| row.id = 0);
    let mut told: Vec<_> = state.parties.iter().map(|row| format!("{row:?}")).collect();
    told.extend(state.administrations.iter().map(|row| format!("{row:?}")));
    told.extend(state.accounts.iter().map(|row| format!("{row:?}")));
    told.extend(state.engagements.iter().map(|row| format!("{row:?}")));
    told.extend(state.employments.iter().map(|row| format!("{row:?}")));
    told.sort();
    told
}

pub(crate) async fn every_statement_is_understood(world: Stored) {
    for statement in statements() {
        world.db.prepare(statement).await.unwrap();
    }
}

pub(crate) async fn each_party_and_employment_has_a_key_and_its_roots(mut world: Stored) {
    world.with_cast().await;
    let keys = "select cast(count(*) as text) from age_key";
    assert_eq!(world.sql(keys).await, ["10"], "one per party and one per employment");
    let roots =
        "select cast(count(*) as text) from node where folder = 1 and length(public_id) = 32";
    assert_eq!(world.sql(roots).await, ["33"], "2 + 2 x 4 + 3 x 1, 2 x 2, 4 x 4");
}

pub(crate) async fn two_who_apply_at_once_do_it_once(world: Stored) {
    let files = Files::cast();
    let both =
        futures_util::join!(world.apply_once(&files, PRUNE), world.apply_once(&files, PRUNE));
    let mut did = [both.0.unwrap().changes.len(), both.1.unwrap().changes.len()];
    did.sort_unstable();
    assert_eq!(did, [0, 20]);
}

/// What lies in the folders of a party and an engagement, as `<parent>/<name>`, with forwards marked.
const LYING: &str = "select case l.parent when e.own_root then 'employer: ' when o.own_root then 'office: ' \
    when g.up_root then 'up: ' when g.down_root then 'down: ' else 'below: ' end || l.name \
    from placement l, engagement g join party e on e.id = g.employer join party o on o.id = g.office \
    where g.id = 1 and l.until_ms = 9223372036854775807 order by 1";

/// Puts a folder somewhere, as a forward or as one's own.
async fn place(world: &Stored, id: i64, root: &str, name: &str, forward: &str) {
    let node = "insert into node (id, public_id, folder, mtime, created) values";
    world.sql(&format!("{node} ({id}, 'n{id}', 1, 0, 0) returning public_id")).await;
    let placement =
        "insert into placement (node, parent, name, name_key, forward, from_ms, until_ms)";
    world
        .sql(&format!(
            "{placement} values ({id}, {root}, '{name}', lower('{name}'), {forward}, 0, \
             9223372036854775807) returning name"
        ))
        .await;
}

pub(crate) async fn what_was_shared_goes_back_after_the_last_day(mut world: Stored) {
    world.with_cast().await;
    let up = "(select up_root from engagement where id = 1)";
    place(&world, 901, up, "shared.pdf", "null").await;
    let files = switched("2026-12-01");
    let ended = "has ended: what was shared goes back to its owners";
    let before = world.does(&files, PRUNE).await;
    assert!(!before.contains(ended), "{before}");
    assert!(world.sql(LYING).await.contains(&"up: shared.pdf".to_owned()));
    world.to_day("2026-12-01");
    let after = world.does(&files, PRUNE).await;
    assert!(after.contains(ended) && after.ends_with("1 change"), "{after}");
    assert!(world.sql(LYING).await.contains(&"below: shared.pdf".to_owned()));
}

pub(crate) async fn what_was_shared_goes_back_when_an_engagement_has_ended(mut world: Stored) {
    world.with_cast().await;
    let folder = "Eerder gedeeld met Administratiekantoor Visser";
    let of = |column: &str| format!("(select {column} from engagement where id = 1)");
    place(&world, 901, &of("up_root"), "shared.pdf", "null").await;
    place(&world, 902, &of("up_root"), "map", "null").await;
    place(&world, 903, "902", "in map.pdf", "null").await;
    world
        .sql(
            "insert into forward (id, node, engagement, employment, moved, from_ms, until_ms) \
         values (77, 901, 1, 1, 1, 0, 9223372036854775807) returning 'x'",
        )
        .await;
    place(&world, 904, &of("up_root"), "forwarded.pdf", "77").await;
    place(&world, 905, "902", "forwarded too.pdf", "77").await;
    place(&world, 906, &of("down_root"), "advice.pdf", "null").await;
    let own = "(select own_root from party where key = 'bakkerij-jansen')";
    place(&world, 907, own, folder, "null").await;

    let done = world.does(&switched("2026-11-01"), PRUNE).await;
    let line = "~ engagement of office kantoor-visser with employer bakkerij-jansen has ended: what was shared goes back to its owners";
    assert!(done.contains(line), "{done}");
    assert_eq!(
        world.sql(LYING).await,
        [
            "below: advice.pdf".to_owned(),
            "below: in map.pdf".to_owned(),
            "below: map".to_owned(),
            "below: shared.pdf".to_owned(),
            format!("employer: {folder}"),
            format!("employer: {folder} (2)"),
            "office: Eerder gedeeld met Bakkerij Jansen BV".to_owned(),
        ]
    );
    let forwards = "select cast(until_ms as text) from forward";
    assert_eq!(world.sql(forwards).await, [world.now().to_string()]);
    let history =
        "select cast(count(*) as text) from placement where until_ms < 9223372036854775807";
    assert_eq!(world.sql(history).await, ["5"], "what was, stays for the day views");
}
