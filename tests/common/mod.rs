//! What the tests share: the whole server in this process, on ports of its own, with the fixed cast
//! and a clock that stands still.

#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    clippy::allow_attributes,
    reason = "each test uses its part"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

pub mod desktop;
pub mod failures;
pub mod hidden;
pub mod mounts;
pub mod place;
pub mod promised;
pub mod proxy;
pub mod server;
pub mod ssh;
pub mod stores;
pub mod wire;

pub use stores::{Backing, Moto, new_database, postgres};

use loondossier::auth::{self, Admin, Auth};
use loondossier::blobs::Blobs;
use loondossier::catalog::{Db, history};
use loondossier::clock::Clock;
use loondossier::dossier::roster::{self, Options};
use loondossier::dossier::{Scope, day};
use loondossier::vfs::{Quota, Session, Vfs};
use loondossier::{dav, net, sftp};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Whoever leaves, and however many.
const ANYTHING: Options = Options { prune: true, most: roster::Leavers::Percent(100) };

/// The password of every person and member of staff of the cast.
pub const PASSWORD: &str = "een goed wachtwoord";

/// The whole server, running until it is dropped.
pub struct Gateway {
    /// Where its files lie.
    pub folder: tempfile::TempDir,
    pub db: Db,
    pub vfs: Vfs,
    pub auth: Auth,
    pub admin: Admin,
    pub clock: Clock,
    pub dav: SocketAddr,
    pub sftp: SocketAddr,
    watch: Watch,
    _stop: DropGuard,
}

/// What goes on beside the requests: who was revoked, what ends, what is due.
struct Watch {
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Gateway {
    /// On SQLite and a folder.
    pub async fn start() -> Self {
        Self::start_on(Backing::Embedded).await
    }

    /// On either pair of stores, at noon of 24 November 2026.
    pub async fn start_on(backing: Backing) -> Self {
        Self::start_with(backing, Quota::default()).await
    }

    /// The same with a quota for every party.
    pub async fn start_with(backing: Backing, quota: Quota) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = noon();
        let (db, service, keyring) = stores::with_cast(backing, folder.path()).await;
        let blobs = Blobs::open(service, &folder.path().join("staging")).await.unwrap();
        let vfs = Vfs::new(db.clone(), blobs, keyring, clock.clone(), quota);
        let (auth, admin) = sign_in(&db, &clock);
        let stop = CancellationToken::new();
        let (dav, sftp, watch) = serve(&vfs, &auth, &stop).await;
        let guard = stop.drop_guard();
        Self { folder, db, vfs, auth, admin, clock, dav, sftp, watch, _stop: guard }
    }

    /// From now on nothing goes on but what is asked for.
    pub async fn rests(&self) {
        self.watch.stop.cancel();
        let task = self.watch.task.lock().unwrap().take();
        if let Some(task) = task {
            task.await.unwrap();
        }
    }

    /// Applies a roster: `roster.toml` and the files beside it, by name.
    pub async fn apply(&self, files: &[(String, String)]) {
        self.try_to_apply(files, ANYTHING).await.unwrap();
    }

    /// The same, or why not.
    pub async fn try_to_apply(
        &self,
        files: &[(String, String)],
        options: Options,
    ) -> Result<(), String> {
        apply(&self.vfs, files, options).await
    }

    /// A session as if the login had just signed in, for what is asked of the door itself.
    pub async fn session(&self, login: &str) -> Session {
        self.vfs.operator_session(login).await.unwrap()
    }

    /// An app password, as a machine or a device has one.
    pub async fn app_password(&self, login: &str, scope: Scope) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("device {}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.admin.add_app_password(login, &name, Some(scope)).await.unwrap().secret.0
    }

    /// WebDAV once more, with other limits or TLS, on an address of its own; until the guard is dropped.
    pub async fn also(&self, config: net::Config) -> (SocketAddr, DropGuard) {
        let (address, stop, _) = self.also_at(Ipv4Addr::LOCALHOST.into(), config).await;
        (address, stop.drop_guard())
    }

    /// The same at this address, until it is told to stop, and has.
    pub async fn also_at(
        &self,
        at: IpAddr,
        config: net::Config,
    ) -> (SocketAddr, CancellationToken, JoinHandle<std::io::Result<()>>) {
        let listener = TcpListener::bind((at, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let site = dav::Site::new(self.vfs.clone(), self.auth.clone(), Vec::new());
        let serving = tokio::spawn(net::serve(listener, config, site, stop.clone()));
        (address, stop, serving)
    }

    /// SFTP once more, with other keys or limits, on an address of its own; until the guard is dropped.
    /// Without a key it has a new one.
    pub async fn also_sftp(&self, mut config: sftp::Config) -> (SocketAddr, DropGuard) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        if config.host_keys.is_empty() {
            config.host_keys = vec![sftp::load_host_key(&sftp::new_host_key().unwrap()).unwrap()];
        }
        let (vfs, auth) = (self.vfs.clone(), self.auth.clone());
        tokio::spawn(sftp::serve(listener, vfs, auth, config, stop.clone()));
        (address, stop.drop_guard())
    }

    /// The URL of a path; each part is escaped.
    pub fn url(&self, path: &str) -> String {
        let escaped: Vec<_> = path
            .split('/')
            .map(|p| {
                percent_encoding::utf8_percent_encode(p, percent_encoding::NON_ALPHANUMERIC)
                    .to_string()
            })
            .collect();
        format!("http://{}{}", self.dav, escaped.join("/"))
    }
}

/// A clock that stands at noon of 24 November 2026.
fn noon() -> Clock {
    Clock::fixed(day::start("2026-11-24".parse().unwrap()) + 12 * 3_600_000)
}

/// Applies a roster, or says why not.
async fn apply(vfs: &Vfs, files: &[(String, String)], options: Options) -> Result<(), String> {
    let text = |name: &str| files.iter().find(|(n, _)| n == name).map(|(_, t)| t.clone());
    let mut open = |name: &str| text(name).map(String::into_bytes).ok_or("not there".to_owned());
    let wanted = roster::read("roster.toml", &text("roster.toml").unwrap(), &mut open);
    let wanted = Arc::new(wanted.map_err(|problems| format!("{problems:?}"))?);
    vfs.apply_roster(wanted, options).await.map(drop).map_err(|e| e.to_string())
}

fn sign_in(db: &Db, clock: &Clock) -> (Auth, Admin) {
    let pepper = [7; 32];
    // However long a busy machine takes over those that came before.
    let config = auth::Config { wait: Duration::from_mins(1), ..auth::Config::default() };
    let auth = Auth::new(db.clone(), clock.clone(), pepper, config);
    (auth, Admin::new(db.clone(), clock.clone(), pepper))
}

async fn serve(
    vfs: &Vfs,
    auth: &Auth,
    stop: &CancellationToken,
) -> (SocketAddr, SocketAddr, Watch) {
    let dav_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sftp_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (dav, sftp) = (dav_listener.local_addr().unwrap(), sftp_listener.local_addr().unwrap());
    let key = sftp::load_host_key(&sftp::new_host_key().unwrap()).unwrap();
    let sftp_config = sftp::Config { host_keys: vec![key], ..sftp::Config::default() };
    let (v, a, watched) = (vfs.clone(), auth.clone(), stop.child_token());
    let (door, stop_watching) = (vfs.clone(), watched.clone());
    let task = tokio::spawn(async move {
        tokio::join!(a.watch(watched.clone()), door.watch(watched));
    });
    let site = dav::Site::new(v.clone(), auth.clone(), Vec::new());
    tokio::spawn(net::serve(dav_listener, net::Config::default(), site, stop.clone()));
    tokio::spawn(sftp::serve(sftp_listener, v, auth.clone(), sftp_config, stop.clone()));
    (dav, sftp, Watch { stop: stop_watching, task: Mutex::new(Some(task)) })
}

/// The fixed cast: Kantoor Visser; Bakkerij Jansen and Garage Bos; A. de Vries, and S. Yilmaz who
/// works at both; B. Zonder has no login and gets its payslips on paper.
pub fn cast() -> Vec<(String, String)> {
    let roster = r#"schema = 1
[[office]]
id = "kantoor-visser"
name = "Administratiekantoor Visser"
staff    = [ { login = "petra", name = "P. de Boer", email = "petra@visser.example" } ]
machines = [ { login = "loon-visser", scopes = ["deliver", "backup"] } ]
[[employer]]
id = "bakkerij-jansen"
name = "Bakkerij Jansen BV"
administrations = ["123456782L01"]
office = { id = "kantoor-visser", from = 2026-01-01, release = "manual", payslips = "hidden" }
staff    = [ { login = "jansen", name = "K. Jansen", email = "k@bakkerij.example" } ]
employees = { "123456782L01" = "jansen.csv" }
[[employer]]
id = "garage-bos"
name = "Garage Bos"
language = "en"
administrations = ["111222333L01"]
office = { id = "kantoor-visser", from = 2026-01-01, payslips = "visible" }
staff    = [ { login = "bos", name = "T. Bos", email = "t@bos.example" } ]
employees = { "111222333L01" = "bos.csv" }
"#;
    let header =
        "personeelsnummer;naam;email;login;taal;in_dienst;uit_dienst;instemming_digitaal;persoon\n";
    let jansen = "0042;A. de Vries;a.devries@example.nl;devries;nl;2019-03-01;;2019-02-20;\n\
                  0043;S. Yilmaz;s.yilmaz@example.nl;yilmaz;nl;2020-01-01;;2020-01-01;yilmaz\n\
                  0044;B. Zonder;;;;2021-01-01;;;\n";
    let bos = "7;S. Yilmaz;s.yilmaz@example.nl;yilmaz;nl;2024-05-01;;2024-05-01;yilmaz\n";
    vec![
        ("roster.toml".into(), roster.into()),
        ("jansen.csv".into(), format!("{header}{jansen}")),
        ("bos.csv".into(), format!("{header}{bos}")),
    ]
}

/// Each version of a file ends no sooner than it begins, and no later than the next begins; how many there
/// are in all.
pub async fn versions_in_order(db: &Db) -> usize {
    let (mut files, mut after, mut all) = (BTreeMap::<_, Vec<_>>::new(), 0, 0);
    loop {
        let page = history::index(&mut db.reader().await.unwrap(), after).await.unwrap();
        let Some(last) = page.last() else { break };
        (after, all) = (last.id, all + page.len());
        for version in page {
            files.entry(version.node.0).or_default().push(version);
        }
    }
    for versions in files.values_mut() {
        versions.sort_by_key(|version| version.number);
        assert!(versions.iter().all(|v| v.from_ms <= v.until_ms), "{versions:?}");
        for (one, next) in versions.iter().zip(&versions[1..]) {
            assert!(one.until_ms <= next.from_ms, "{one:?} {next:?}");
        }
    }
    all
}

/// A certificate for localhost.
pub fn certificate() -> net::Certificate {
    let (cert, key) = net::self_signed(&["localhost".to_owned()]).unwrap();
    net::Certificate::new(cert.as_bytes(), key.as_bytes()).unwrap()
}

/// A small PDF, whole as far as a delivery is checked.
pub fn pdf(text: &str) -> Vec<u8> {
    format!("%PDF-1.4\n% {text}\ntrailer << >>\n%%EOF\n").into_bytes()
}

/// A program that the tests run, from the folder that `tests/run` fills or from the path.
pub fn program(name: &str) -> PathBuf {
    let own = std::env::var_os("LOONDOSSIER_TEST_BIN").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    own.into_iter()
        .chain(std::env::split_paths(&path))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .unwrap_or_else(|| {
            panic!("the program {name} is missing: run tests/run, which installs it")
        })
}

/// Waits until something is so, and fails when it does not come to be.
pub async fn eventually<F: Future<Output = bool>>(what: &str, so: impl Fn() -> F) {
    let until = Instant::now() + Duration::from_mins(2);
    while !so().await {
        assert!(Instant::now() < until, "not within two minutes: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// That what is foreign takes as long as what is missing: the medians of 200 of each, asked in turn,
/// differ by less than a millisecond, or than a tenth where all takes long. What leaked would differ each
/// time, a busy machine does not six times in a row.
pub async fn takes_the_same_time(mut ask: impl AsyncFnMut(bool)) {
    let mut all = Vec::new();
    for _ in 0..6 {
        let mut times = [Vec::new(), Vec::new()];
        for turn in 0..400 {
            let start = Instant::now();
            ask(turn % 2 == 0).await;
            times[turn % 2].push(start.elapsed());
        }
        let [first, second] = times.map(|mut times| {
            times.sort();
            times[times.len() / 2]
        });
        if first.abs_diff(second) < Duration::from_millis(1).max(first.min(second) / 10) {
            return;
        }
        all.push((first, second));
    }
    panic!("{all:?}");
}

/// Writes a file into a folder and gives its path.
pub fn file(folder: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}
