//! A fixed cast in a database of its own, and two handles to it: as many processes as matter here.

use crate::oath;
use loondossier::auth::{Admin, Auth, Config, Denied, Half, Origin, Progress, Unfit};
use loondossier::catalog::parties::{NewAccount, insert_account};
use loondossier::catalog::{Conn, Db, PartyId, Transaction};
use loondossier::clock::Clock;
use loondossier::dossier::{self, Scope};
use loondossier::vfs::{Protocol, Session};
use sqlx::{AssertSqlSafe, Connection};
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const WRONG: &str = "incorrect horse battery";
pub(crate) const ED25519: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti petra@laptop";
pub(crate) const HOME: &str = "192.0.2.7";
const PEPPER: [u8; 32] = [7; 32];
const START: i64 = 1_795_500_000_000;

/// An office with `petra` and the machine `loon`, a person `devries`; the passwords of the people are
/// [`PASSWORD`].
pub(crate) struct Room {
    place: Place,
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) auth: Auth,
    /// The command line: another process, with a handle of its own.
    pub(crate) admin: Admin,
}

enum Place {
    Sqlite(tempfile::TempDir),
    Postgres(String),
}

impl Place {
    async fn open(&self) -> Db {
        match self {
            Self::Sqlite(dir) => Db::sqlite(&dir.path().join("facts.db")).await.unwrap(),
            Self::Postgres(url) => Db::postgres(url).await.unwrap(),
        }
    }

    async fn sql(&self, text: &str) {
        let text = AssertSqlSafe(text.to_owned());
        match self {
            Self::Sqlite(dir) => {
                let url = format!("sqlite://{}", dir.path().join("facts.db").display());
                let mut conn = sqlx::SqliteConnection::connect(&url).await.unwrap();
                sqlx::raw_sql(text).execute(&mut conn).await.unwrap();
            }
            Self::Postgres(url) => {
                let mut conn = sqlx::PgConnection::connect(url).await.unwrap();
                sqlx::raw_sql(text).execute(&mut conn).await.unwrap();
            }
        }
    }
}

struct Insert {
    party: PartyId,
    login: String,
    machine: bool,
    scope: Scope,
}

impl Transaction for Insert {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> dossier::Result<()> {
        let Self { party, login, machine, scope } = self;
        let (party, machine, scope) = (*party, *machine, *scope);
        let new = NewAccount { party, login, machine, scope, name: login, email: "" };
        insert_account(tx, new, START).await
    }
}

impl Room {
    pub(crate) async fn sqlite() -> Self {
        Self::furnish(Place::Sqlite(tempfile::tempdir().unwrap())).await
    }

    pub(crate) async fn postgres() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("LOONDOSSIER_TEST_POSTGRES")
            .expect("LOONDOSSIER_TEST_POSTGRES names no server: run tests/run");
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let name = format!("auth_{}_{number}", std::process::id());
        let (base, _) = server.rsplit_once('/').unwrap();
        let url = format!("{base}/{name}");
        let create = format!("drop database if exists {name}; create database {name}");
        for statement in create.split("; ") {
            Place::Postgres(server.clone()).sql(statement).await;
        }
        Self::furnish(Place::Postgres(url)).await
    }

    async fn furnish(place: Place) -> Self {
        let clock = Clock::fixed(START);
        let db = place.open().await;
        let other = place.open().await;
        let auth = Auth::new(db.clone(), clock.clone(), PEPPER, Config::default());
        let admin = Admin::new(other, clock.clone(), PEPPER);
        let room = Self { place, db, clock, auth, admin };
        room.sql(
            "insert into age_key (id, recipient, sealed, master, created) values (1, '', '', '', 0);
             insert into party (id, key, kind, name, language, age_key, created) values
             (1, 'visser', 'office', 'Kantoor Visser', 'nl', 1, 0),
             (2, 'devries', 'person', 'A. de Vries', 'en', 1, 0)",
        )
        .await;
        room.account(1, "petra", false, Scope::FULL).await;
        room.account(1, "loon", true, Scope::DELIVER.and(Scope::BACKUP)).await;
        room.account(2, "devries", false, Scope::FULL).await;
        for login in ["petra", "devries"] {
            room.admin.set_password(login, PASSWORD).await.unwrap();
        }
        room
    }

    async fn account(&self, party: i64, login: &str, machine: bool, scope: Scope) {
        let (party, login) = (PartyId(party), login.to_owned());
        self.db.write(Insert { party, login, machine, scope }).await.unwrap();
    }

    /// Changes the facts behind everybody's back.
    pub(crate) async fn sql(&self, text: &str) {
        self.place.sql(text).await;
    }

    pub(crate) fn auth_with(&self, config: Config) -> Auth {
        Auth::new(self.db.clone(), self.clock.clone(), PEPPER, config)
    }

    pub(crate) async fn password(&self, login: &str, secret: &str) -> Result<Session, Denied> {
        in_or_denied(self.auth.password(login, secret, from(HOME)).await)
    }

    /// What a right password gives who is asked for a code as well.
    pub(crate) async fn half(&self, login: &str) -> Half {
        match self.auth.password(login, PASSWORD, from(HOME)).await {
            Ok(Progress::Half(half)) => half,
            other => panic!("{login} is not asked for a code: {other:?}"),
        }
    }

    /// The code that an app shows, so many steps of half a minute from now.
    pub(crate) fn code(&self, secret: &str, steps: i64) -> String {
        oath::code(secret, self.clock.now() + steps * 30_000)
    }

    pub(crate) async fn key(&self, login: &str, address: &str) -> Result<Session, Unfit> {
        self.auth.public_key(login, ED25519, from(address)).await
    }

    pub(crate) async fn app_password(
        &self,
        login: &str,
        name: &str,
        scope: impl Into<Option<Scope>>,
    ) -> String {
        let scope = scope.into();
        self.admin.add_app_password(login, name, scope).await.unwrap().secret.0
    }

    pub(crate) async fn add_key(&self, login: &str, from: &[&str], expires: Option<i64>) -> String {
        let from: Vec<String> = from.iter().map(|f| (*f).to_owned()).collect();
        self.admin.add_key(login, ED25519, None, &from, expires).await.unwrap()
    }
}

/// Who is in, where nobody is asked for a code.
pub(crate) fn in_or_denied(answer: Result<Progress, Denied>) -> Result<Session, Denied> {
    answer.map(|progress| match progress {
        Progress::In(session) => session,
        Progress::Half(_) => panic!("asked for a code"),
    })
}

pub(crate) fn from(address: &str) -> Origin {
    Origin { protocol: Protocol::Sftp, address: address.parse().unwrap() }
}
