//! Clients that never read, never close, or send what is no SFTP: what they cost is bounded, each is closed
//! and told of, and others go on. Against the program itself, so that its memory is its own.

use crate::common::server::Server;
use crate::common::ssh::noise;
use crate::common::wire::{Line, Wire, code, kind, open, string};
use crate::common::{PASSWORD, eventually};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const MIB: u64 = 1 << 20;

/// A server with a short rest, and what it logs.
struct Watched {
    server: Server,
    log: PathBuf,
    _folder: tempfile::TempDir,
}

impl Watched {
    async fn start(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Server::make(folder.path(), &folder.path().join("data"));
        let file = folder.path().join("loondossier.toml");
        fs::write(&file, fs::read_to_string(&file).unwrap() + config).unwrap();
        let log = folder.path().join("log");
        server.start_told(&log).await;
        Self { server, log, _folder: folder }
    }

    async fn line(&self) -> Line {
        Line::by_password(self.server.sftp, "jansen", PASSWORD).await
    }

    /// How many lines of the log have these words.
    fn told(&self, words: &str) -> usize {
        fs::read_to_string(&self.log).unwrap().lines().filter(|line| line.contains(words)).count()
    }

    /// By how many bytes the server grew at most while something was done.
    async fn grows(&self, does: impl Future<Output = ()>) -> u64 {
        fs::write(format!("/proc/{}/clear_refs", self.server.pid()), "5").unwrap();
        let before = self.server.memory("VmRSS");
        does.await;
        self.server.memory("VmHWM").saturating_sub(before)
    }

    /// Somebody else puts a file and reads it, by either protocol.
    async fn others_go_on(&self) {
        let line = Line::by_password(self.server.sftp, "devries", PASSWORD).await;
        let mut wire = line.sftp().await;
        wire.put("/Mijn bestanden/a", b"een").await;
        let handle = wire.open("/Mijn bestanden/a", open::READ).await;
        assert_eq!(wire.read(&handle, 0, 10).await, b"een");
        assert!(self.server.dav("petra").put("/Mijn bestanden/b", b"twee".to_vec()).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_is_cut_and_costs_little() {
    let watched = Watched::start("limits.sftp_idle = \"3s\"\n").await;
    let file = noise(4 << 20, 1);
    assert!(watched.server.dav("jansen").put("/Mijn bestanden/groot", file).await);
    let line = watched.line().await;
    let more = watched.grows(async {
        let mut wires = Vec::new();
        for _ in 0..8 {
            let mut wire = line.sftp().await;
            let handle = wire.open("/Mijn bestanden/groot", open::READ).await;
            wires.push((wire, handle));
        }
        let ask = |handle: &[u8], i: u32| {
            let (at, length) = (u64::from(i % 16) << 18, 261_120u32.to_be_bytes());
            string(
                [&[kind::READ][..], &i.to_be_bytes(), handle, &at.to_be_bytes(), &length].concat(),
            )
        };
        for (wire, handle) in &wires {
            let asked = (0..20_000).flat_map(|i| ask(handle, i)).collect();
            // Who takes no answers can at last send nothing either.
            drop(timeout(Duration::from_secs(1), wire.try_to_send_raw(asked)).await);
        }
        watched.others_go_on().await;
        eventually("it is cut", async || watched.told("cut: an sftp client stands still") > 0)
            .await;
        watched.others_go_on().await;
    });
    let more = more.await;
    println!("20,000 answers untaken in each of 8 sessions: {} MiB more", more / MIB);
    assert!(more < 192 * MIB, "{} MiB more", more / MIB);
    assert_eq!(watched.told("login=jansen"), 1, "one line for all its sessions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_closes_holds_no_more_than_an_account_may() {
    const OPEN: usize = 1024;
    let uploads = if std::env::var_os("SOAK").is_some() { 1000 } else { 300 };
    let watched = Watched::start("").await;
    let (line, piece) = (watched.line().await, noise(256 << 10, 2));
    let mut wire = line.sftp().await;
    let mut handles = Vec::new();
    let more = watched.grows(async {
        for i in 0..OPEN {
            let handle = wire.open(&format!("/Mijn bestanden/{i}"), open::NEW).await;
            for at in 0..if i < uploads { 12 } else { 0 } {
                wire.write(&handle, at << 18, &piece).await;
            }
            handles.push(handle);
        }
        let fields = [string("/Mijn bestanden/meer"), open::NEW.to_be_bytes().to_vec(), vec![0; 4]];
        assert_eq!(wire.ask(kind::OPEN, &[&fields.concat()]).await.code(), code::FAILURE);
        watched.others_go_on().await;
    });
    let more = more.await;
    println!("{uploads} half uploads of 3 MiB: {} MiB more", more / MIB);
    assert!(more < 256 * MIB, "{} MiB more", more / MIB);
    // Whichever way it went, it is whole.
    for i in [0, uploads / 2, uploads - 1] {
        wire.close(&handles[i]).await;
        let content = watched.server.dav("jansen").get(&format!("/Mijn bestanden/{i}")).await;
        assert!(content.unwrap() == piece.repeat(12));
    }
    // Read as often, it is kept as far as there is room.
    let more = watched.grows(async {
        for handle in handles.drain(..uploads) {
            wire.ask(kind::CLOSE, &[&handle]).await;
            let read = wire.open("/Mijn bestanden/0", open::READ).await;
            for at in 0..12 {
                assert!(wire.read(&read, at << 18, 32_768).await == piece[..32_768]);
            }
        }
    });
    let more = more.await;
    println!("{uploads} open readers: {} MiB more", more / MIB);
    assert!(more < 256 * MIB, "{} MiB more", more / MIB);
}

/// Sends this on a channel, and waits until that is closed.
async fn is_closed_for(mut wire: Wire, bytes: Vec<u8>) {
    wire.try_to_send_raw(bytes).await;
    assert_ne!(wire.end().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_sends_garbage_is_closed_and_told_of_once() {
    let watched = Watched::start("").await;
    let garbage = noise(5 << 20, 3);
    let init = string([&[kind::INIT][..], &3u32.to_be_bytes()].concat());
    let stat = string([&[kind::STAT][..], &1u32.to_be_bytes(), &string("/")].concat());
    for (n, (why, bytes)) in [
        ("impossible length", [&[0xff; 4], &garbage[..]].concat()),
        ("too short", [init.clone(), string([kind::STAT, 0, 0, 0])].concat()),
        ("began twice", [&init[..], &stat, &init].concat()),
        ("before the beginning", stat.clone()),
    ]
    .into_iter()
    .enumerate()
    {
        let line = watched.line().await;
        for _ in 0..3 {
            is_closed_for(line.sftp_unbegun().await, bytes.clone()).await;
        }
        assert_eq!(watched.told(why), 1, "{why}");
        assert_eq!(watched.told("sent what is no sftp"), n + 1);
        watched.others_go_on().await;
        line.sftp().await.put("/Mijn bestanden/a", b"a").await;
    }
    // Nobody has signed in.
    for (n, bytes) in [&garbage[..], b"GET / HTTP/1.1\r\n\r\n"].into_iter().enumerate() {
        let mut stream = TcpStream::connect(watched.server.sftp).await.unwrap();
        drop(stream.write_all(bytes).await);
        let ended = timeout(Duration::from_secs(30), stream.read_to_end(&mut Vec::new())).await;
        drop(ended.expect("it is closed"));
        eventually("it is told", async || watched.told("sent what is no ssh") == n + 1).await;
    }
    watched.others_go_on().await;
}
