//! Uploads that are cut at any point and resumed as their clients do it: nobody else sees anything of
//! them until they are whole, and then they are what was sent.
//!
//! `CUTS` says how many, 200 by default; `SEED` where. Both are printed.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what fails here fails the test"
)]

#[path = "../stories/client.rs"]
#[expect(dead_code, reason = "a story's people do more")]
mod client;
#[path = "../common/mod.rs"]
mod common;
#[path = "../stories/dav.rs"]
#[expect(dead_code, reason = "the same")]
mod dav;
#[path = "../stories/sftp.rs"]
mod sftp;

use client::{Client, Speaks, Told};
use common::proxy::Proxy;
use common::ssh::{User, content, names, noise, put};
use common::wire::{Line, Wire, code, kind, open, string};
use common::{Gateway, PASSWORD, cast, eventually};
use dav::Dav;
use loondossier::dossier::{DossierPath, Scope};
use sftp::Sftp;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::{JoinSet, block_in_place};
use tokio_util::sync::CancellationToken;

/// So many uploads at once.
const WORKERS: u32 = 6;
const RECEIVED: &str = "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026";

/// Where an upload goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Backups,
    Deliver,
    Own,
}

impl Place {
    const ALL: [Self; 3] = [Self::Backups, Self::Deliver, Self::Own];

    const fn folder(self) -> &'static str {
        match self {
            Self::Backups => "/Back-ups",
            Self::Deliver => "/Aanleveren",
            Self::Own => "/Mijn bestanden",
        }
    }

    /// Whether what came before a cut stays there, for whoever sent it.
    fn keeps(self) -> bool {
        self != Self::Own
    }
}

/// One file that is uploaded; all of it follows from its number.
#[derive(Clone, Copy, Debug)]
struct Upload(u32);

impl Upload {
    /// Of nine in turn, each client meets each place, and a file that is there already.
    fn place(self) -> Place {
        Place::ALL[self.0 as usize / 3 % 3]
    }

    /// What was there before.
    fn old(self) -> Option<Vec<u8>> {
        let there = self.place() != Place::Deliver && self.0 / 9 % 2 == 1;
        there.then(|| noise(300_000, u64::from(self.0) + 1_000_000))
    }

    fn whole(self) -> Vec<u8> {
        let length = 1_000_000 + self.0 as usize % 7 * 300_000 + self.unsure();
        let noise = noise(length, u64::from(self.0));
        [b"%PDF-1.4\n", &noise[..], b"\n%%EOF\n"].concat()
    }

    /// How much lftp may have read of its file before it knows what came of it. What it resumes after it has
    /// read the file to its end, it closes before all of it is sent (4.9.2): so it is cut before that.
    fn unsure(self) -> usize {
        if self.0 % 3 == 1 { 1_500_000 } else { 0 }
    }

    fn name(self) -> String {
        match self.place() {
            Place::Deliver => format!("123456782L01_0042_loonstrook_2026-11_{}.pdf", self.0),
            Place::Backups | Place::Own => format!("{}.pdf", self.0),
        }
    }

    fn path(self) -> String {
        format!("{}/{}", self.place().folder(), self.name())
    }

    /// The name that its employee receives it under.
    fn received(self) -> String {
        format!("Loonstrook 2026-11 {}.pdf", self.0)
    }

    /// Its name in a folder, if it goes there.
    fn name_in(self, folder: &str) -> Option<String> {
        if folder == RECEIVED {
            return (self.place() == Place::Deliver).then(|| self.received());
        }
        (self.place().folder() == folder).then(|| self.name())
    }

    /// Which one has this name, in a folder of one of the places or where deliveries are received.
    fn named(name: &str) -> Self {
        let finished = name.trim_end_matches(".filepart").trim_end_matches(".pdf");
        let number = finished.rsplit(['_', ' ']).next().unwrap();
        Self(number.parse().unwrap_or_else(|_| panic!("{name} is seen")))
    }
}

/// What all have in common.
struct Round {
    gateway: Gateway,
    seed: u64,
    petra: User,
    next: AtomicU32,
    cuts: AtomicUsize,
    /// What is being uploaded.
    live: Mutex<BTreeSet<u32>>,
    looks: AtomicUsize,
    done: CancellationToken,
}

impl Round {
    /// A number below `end` that follows from the seed.
    fn random(&self, upload: u32, turn: u64, end: u64) -> u64 {
        let seed = (self.seed << 24) ^ u64::from(upload) << 4 ^ turn;
        u64::from_le_bytes(noise(16, seed)[8..].try_into().unwrap()) % end
    }

    /// Begins uploads until there were enough cuts.
    async fn work(&self, enough: usize) {
        while self.cuts.load(Ordering::Relaxed) < enough {
            self.upload(Upload(self.next.fetch_add(1, Ordering::Relaxed))).await;
        }
    }

    async fn upload(&self, upload: Upload) {
        if let Some(old) = upload.old() {
            put(&self.gateway, "petra", &upload.path(), &old).await;
        }
        self.live.lock().unwrap().insert(upload.0);
        let (number, whole) = (upload.0, upload.whole());
        // Anywhere in it, or in what comes before it.
        let times = 1 + self.random(number, 0, 3);
        let end = (whole.len() - upload.unsure()) as u64;
        let cuts = (1..=times).map(|turn| self.random(number, turn, end / times + 4_000));
        let proxy = Proxy::new(self.gateway.sftp, cuts.collect()).await;
        let user = self.petra.by_way_of(proxy.address);
        match number % 3 {
            0 => openssh(&user, upload),
            1 => lftp(&user, upload),
            _ => winscp(&user, upload).await,
        }
        self.live.lock().unwrap().remove(&number);
        self.cuts.fetch_add(proxy.cuts(), Ordering::Relaxed);
    }

    /// Looks at everything for as long as there are uploads.
    async fn watch(&self, client: Client, folders: &[&str]) {
        while !self.done.is_cancelled() {
            for folder in folders {
                self.look(&client, folder).await;
            }
            self.looks.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn look(&self, client: &Client, folder: &str) {
        let listed = match client.list(folder).await {
            // It comes with the first delivery.
            Err(Told::Absent) if folder == RECEIVED => Vec::new(),
            listed => listed.unwrap(),
        };
        let live = self.live.lock().unwrap().clone();
        let listed =
            listed.into_iter().filter(|name| !["Afgewezen", "Ontvangst"].contains(&&**name));
        let expected = live.iter().filter_map(|number| Upload(*number).name_in(folder));
        for name in listed.chain(expected).collect::<BTreeSet<_>>() {
            let upload = Upload::named(&name);
            assert_eq!(upload.name_in(folder).as_deref(), Some(finished(folder, &name)), "is seen");
            // What is there already is read at the end.
            if !live.contains(&upload.0) {
                continue;
            }
            let path = format!("{folder}/{name}");
            match client.get(&path).await {
                Err(Told::Absent) => {}
                Ok(got) => {
                    let old = upload.old().is_some_and(|old| old == got);
                    assert!(old || got == upload.whole(), "{client} reads {} of {path}", got.len());
                }
                // Payslips are hidden from the office, which is told how large they are.
                Err(Told::Denied) if folder == Place::Deliver.folder() => {
                    let size = client.size(&path).await;
                    assert!([Ok(upload.whole().len() as u64), Err(Told::Absent)].contains(&size));
                }
                Err(told) => panic!("{client} reads {path}: {told:?}"),
            }
        }
    }

    /// Everything is there, as it was sent, and nothing else.
    async fn check(&self) {
        let Gateway { vfs, folder, .. } = &self.gateway;
        for upload in (0..self.next.load(Ordering::Relaxed)).map(Upload) {
            let (login, path) = match upload.place() {
                Place::Deliver => ("devries", format!("{RECEIVED}/{}", upload.received())),
                Place::Backups | Place::Own => ("piet", upload.path()),
            };
            let there = content(&self.gateway, login, &path).await;
            assert!(there == Some(upload.whole()), "{path}");
            let (session, path) = (self.gateway.session(login).await, DossierPath::parse(&path));
            let digests = vfs.stat(&session, &path.unwrap()).await.unwrap().digests.unwrap();
            assert_eq!(digests.sha256, *Sha256::digest(upload.whole()), "{upload:?}");
        }
        for place in Place::ALL {
            let all = names(&self.gateway, "petra", place.folder()).await;
            assert_eq!(all, names(&self.gateway, "piet", place.folder()).await, "nothing waits");
        }
        assert!(names(&self.gateway, "petra", "/Aanleveren/Afgewezen").await.is_empty());
        let staging = folder.path().join("staging");
        eventually("nothing is left in staging", || async {
            staging.read_dir().unwrap().next().is_none()
        })
        .await;
    }
}

/// What a name is when it is finished: a part under which it waits to be renamed may be seen, whole, where
/// it is a name like any other.
fn finished<'a>(folder: &str, name: &'a str) -> &'a str {
    match name.strip_suffix(".filepart") {
        Some(finished) if folder != Place::Deliver.folder() => finished,
        _ => name,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_cut_anywhere_is_resumed_by_its_client_and_seen_by_nobody_else_before() {
    let enough = number("CUTS").unwrap_or(200);
    let seed = number("SEED").unwrap_or(0);
    println!("CUTS={enough} SEED={seed}");
    let gateway = Gateway::start().await;
    let piet = r#"staff    = [ { login = "piet", name = "P. Bos", email = "p@visser.example" }, { login = "petra""#;
    let mut cast = cast();
    cast[0].1 = cast[0].1.replace(r#"staff    = [ { login = "petra""#, piet);
    gateway.apply(&cast).await;
    gateway.admin.set_password("piet", PASSWORD).await.unwrap();
    let round = Arc::new(Round {
        petra: User::new(&gateway, "petra", Scope::FULL).await,
        gateway,
        seed,
        next: AtomicU32::new(0),
        cuts: AtomicUsize::new(0),
        live: Mutex::default(),
        looks: AtomicUsize::new(0),
        done: CancellationToken::new(),
    });
    let Gateway { dav, sftp, .. } = round.gateway;
    let (mut workers, mut watchers) = (JoinSet::new(), JoinSet::new());
    for (login, folders) in [("piet", &Place::ALL.map(Place::folder)[..]), ("devries", &[RECEIVED])]
    {
        let clients =
            [Speaks::Dav(Dav::new(dav, login)), Speaks::Sftp(Sftp::connect(sftp, login).await)];
        for speaks in clients {
            let client = Client { speaks, clock: round.gateway.clock.clone() };
            let (round, folders) = (Arc::clone(&round), folders.to_vec());
            watchers.spawn(async move { round.watch(client, &folders).await });
        }
    }
    for _ in 0..WORKERS {
        let round = Arc::clone(&round);
        workers.spawn(async move { round.work(enough).await });
    }
    // Who sees what it should not ends it too.
    while !workers.is_empty() {
        tokio::select! {
            Some(worked) = workers.join_next() => worked.unwrap(),
            Some(watched) = watchers.join_next() => watched.unwrap(),
        }
    }
    round.done.cancel();
    while let Some(watched) = watchers.join_next().await {
        watched.unwrap();
    }
    round.check().await;
    let (uploads, cuts, looks) = (&round.next, &round.cuts, &round.looks);
    println!("{uploads:?} uploads, {cuts:?} cuts, {looks:?} looks");
    assert!(looks.load(Ordering::Relaxed) > 100, "somebody looked all the while");
}

/// A number out of the environment.
fn number<N: FromStr>(name: &str) -> Option<N> {
    std::env::var(name).ok()?.parse().ok()
}

/// OpenSSH's `put`, and after a cut its `reput`, or what there is to do where that finds nothing.
fn openssh(user: &User, upload: Upload) {
    user.file("whole", &upload.whole());
    let run = |verb: &str| {
        let command = format!("{verb} whole \"{}\"\n", upload.path());
        block_in_place(|| user.sftp(&command)).code == Some(0)
    };
    // Only what is its own to finish is written on.
    let resumes = upload.place().keeps() && upload.old().is_none();
    assert!(run("put") || (0..6).any(|_| resumes && run("reput") || run("put")), "{upload:?}");
}

/// What lftp does by itself; over a file that is there, under a temporary name, since it takes whatever has
/// the name for its own beginning.
fn lftp(user: &User, upload: Upload) {
    user.file("whole", &upload.whole());
    let way = if upload.old().is_none() { "put -c" } else { "set xfer:use-temp-file yes\nput" };
    let script = format!(
        "set cmd:fail-exit yes\nset net:max-retries 9\nset net:reconnect-interval-base 0\n\
         set xfer:temp-file-name *.filepart\n\
         set sftp:connect-program \"ssh -a -x -F ssh_config\"\nopen -u petra,x sftp://gateway\n\
         {way} whole -o \"{}\"\n",
        upload.path()
    );
    block_in_place(|| user.feed("lftp", &[], &script)).well();
}

/// WinSCP's way: under the name of a part, from where it stands, and then renamed.
async fn winscp(user: &User, upload: Upload) {
    for _ in 0..6 {
        if winscp_once(user, upload).await.is_some() {
            return;
        }
    }
    panic!("{upload:?}");
}

async fn winscp_once(user: &User, upload: Upload) -> Option<()> {
    let (whole, path) = (upload.whole(), upload.path());
    let part = format!("{path}.filepart");
    let line = Line::try_new(user).await?;
    let mut wire = line.try_sftp().await?;
    let there = wire.try_to_ask(kind::STAT, &[&string(&part)]).await?;
    let (at, how) = if there.kind == kind::ATTRS { (there.size(), 0) } else { (0, open::TRUNC) };
    let flags = (open::WRITE | open::CREAT | how).to_be_bytes();
    let opened = wire.try_to_ask(kind::OPEN, &[&string(&part), &flags, &[0; 4]]).await?;
    let handle = string(opened.string());
    let at = usize::try_from(at).unwrap();
    for (n, piece) in whole[at..].chunks(32_768).enumerate() {
        let offset = (at + n * 32_768) as u64;
        done(&mut wire, kind::WRITE, &[&handle, &offset.to_be_bytes(), &string(piece)]).await?;
    }
    done(&mut wire, kind::CLOSE, &[&handle]).await?;
    // What is there is deleted first.
    if wire.try_to_ask(kind::STAT, &[&string(&path)]).await?.kind == kind::ATTRS {
        done(&mut wire, kind::REMOVE, &[&string(&path)]).await?;
    }
    done(&mut wire, kind::RENAME, &[&string(&part), &string(&path)]).await
}

/// A request that is done, unless the connection is cut.
async fn done(wire: &mut Wire, kind: u8, fields: &[&[u8]]) -> Option<()> {
    let answer = wire.try_to_ask(kind, fields).await?;
    assert_eq!(answer.code(), code::OK, "{kind}: {answer:?}");
    Some(())
}
