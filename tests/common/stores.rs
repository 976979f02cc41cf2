//! The real stores that the tests use, made as fast as may be: a dossier with the cast is made once by each
//! program of tests, and copied for each of its tests, as five passwords take longer to hash than most tests.

use super::{ANYTHING, PASSWORD, apply, cast, eventually, file, noon, program, server, sign_in};
use loondossier::blobs::{Blobs, Keyring, Service};
use loondossier::catalog::Db;
use loondossier::vfs::{Quota, Vfs};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::OnceCell;

/// What facts and contents are kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backing {
    /// SQLite and a folder: the embedded default.
    Embedded,
    /// PostgreSQL and an S3 bucket.
    Shared,
}

/// A dossier in which the cast is, everybody with its password, to make others by.
struct Made {
    /// Where SQLite holds it the file, where PostgreSQL does the name.
    database: Vec<u8>,
    master_key: Vec<u8>,
}

/// A copy of the dossier with the cast: its catalog, an empty place for contents, and its keys in this folder.
pub async fn with_cast(backing: Backing, folder: &Path) -> (Db, Service, Arc<Keyring>) {
    static EMBEDDED: OnceCell<Made> = OnceCell::const_new();
    static SHARED: OnceCell<Made> = OnceCell::const_new();
    let (made, db, service) = match backing {
        Backing::Embedded => {
            let made = EMBEDDED.get_or_init(sqlite_with_cast).await;
            let db = Db::sqlite(&file(folder, "dossier.sqlite", &made.database)).await.unwrap();
            (made, db, Service::Folder(folder.to_owned()))
        }
        Backing::Shared => {
            let made = SHARED.get_or_init(postgres_with_cast).await;
            let name = str::from_utf8(&made.database).unwrap();
            let db = Db::postgres(&database(&format!("template {name}")).await).await.unwrap();
            (made, db, Moto::shared().await.service())
        }
    };
    let master_key = file(folder, "master.key", &made.master_key);
    std::fs::set_permissions(&master_key, Permissions::from_mode(0o600)).unwrap();
    (db, service, Arc::new(Keyring::load(&master_key).unwrap()))
}

async fn sqlite_with_cast() -> Made {
    let folder = tempfile::tempdir().unwrap();
    let (made, copy) = (folder.path().join("made.sqlite"), folder.path().join("copy.sqlite"));
    let master_key = fill(Db::sqlite(&made).await.unwrap()).await;
    let made = rusqlite::Connection::open(made).unwrap();
    made.execute("vacuum into ?1", [copy.to_str().unwrap()]).unwrap();
    Made { database: std::fs::read(copy).unwrap(), master_key }
}

/// PostgreSQL copies only what nobody is connected to.
async fn postgres_with_cast() -> Made {
    let url = new_database().await;
    let master_key = fill(Db::postgres(&url).await.unwrap()).await;
    let (_, name) = url.rsplit_once('/').unwrap();
    let all = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
    sqlx::query(all).bind(name).execute(&admin().await).await.unwrap();
    Made { database: name.into(), master_key }
}

/// Gives the master key.
async fn fill(db: Db) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::Folder(folder.path().to_owned());
    let blobs = Blobs::open(service, &folder.path().join("staging")).await.unwrap();
    let master_key = folder.path().join("master.key");
    let keyring = Arc::new(Keyring::create(&master_key).unwrap());
    let vfs = Vfs::new(db.clone(), blobs, keyring, noon(), Quota::default());
    apply(&vfs, &cast(), ANYTHING).await.unwrap();
    let (_, admin) = sign_in(&db, &noon());
    for login in ["petra", "jansen", "bos", "devries", "yilmaz"] {
        admin.set_password(login, PASSWORD).await.unwrap();
    }
    std::fs::read(master_key).unwrap()
}

/// An S3 server with one bucket, running until it is dropped or this process ends.
pub struct Moto {
    server: Child,
    pub endpoint: String,
}

impl Moto {
    pub async fn start() -> Self {
        let address = server::free_port();
        // The pipe that is its input closes with this process, however that ends.
        let server = Command::new("sh")
            .args(["-c", r#""$0" -H "$1" -p "$2" & read _; kill $!"#])
            .arg(program("moto_server"))
            .args([address.ip().to_string(), address.port().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let moto = Self { server, endpoint: format!("http://{address}") };
        eventually("moto answers", || async { std::net::TcpStream::connect(address).is_ok() })
            .await;
        let made = reqwest::Client::new().put(moto.bucket()).send().await.unwrap();
        assert!(made.status().is_success());
        moto
    }

    /// The one that the tests of a program share: it takes seconds to start.
    pub async fn shared() -> &'static Self {
        static SHARED: OnceCell<Moto> = OnceCell::const_new();
        SHARED.get_or_init(Self::start).await
    }

    pub fn bucket(&self) -> String {
        format!("{}/dossier", self.endpoint)
    }

    /// A place of its own in the bucket.
    pub fn service(&self) -> Service {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        Service::S3 {
            bucket: "dossier".into(),
            endpoint: self.endpoint.clone(),
            region: "us-east-1".into(),
            access_key_id: "test".into(),
            secret_access_key: "test".to_owned(),
            prefix: format!("gateway-{}", COUNT.fetch_add(1, Ordering::Relaxed)),
        }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        drop(self.server.wait());
    }
}

/// The URL of a new, empty database on the PostgreSQL that `tests/run` starts.
pub async fn new_database() -> String {
    database("").await
}

/// The same, made as these words say.
async fn database(made: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("t{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let create = sqlx::AssertSqlSafe(format!("create database {name} {made}"));
    sqlx::query(create).execute(&admin().await).await.unwrap();
    let url = server_url();
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

async fn admin() -> sqlx::PgPool {
    sqlx::PgPool::connect(&server_url()).await.expect("the PostgreSQL of tests/run answers")
}

fn server_url() -> String {
    std::env::var("LOONDOSSIER_TEST_POSTGRES")
        .expect("LOONDOSSIER_TEST_POSTGRES is not set: start the tests with tests/run")
}

/// A new, empty database of PostgreSQL.
pub async fn postgres() -> Db {
    Db::postgres(&new_database().await).await.unwrap()
}
