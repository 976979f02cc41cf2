//! The system's clock jumps by days while everybody writes, and is set right.

use crate::common::server::Server;
use crate::common::{eventually, versions_in_order};
use crate::ledger::Writers;
use crate::times;
use loondossier::catalog::Db;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A clock that is set by writing into a file what it is ahead of the real one. Timers go on as they do: on
/// Linux they run by another clock, that nobody sets.
struct Faked {
    by: PathBuf,
    words: Vec<String>,
}

impl Faked {
    fn new(folder: &Path) -> Self {
        let by = folder.join("clock");
        let words = [
            "env".to_owned(),
            format!("LD_PRELOAD={}", library().display()),
            format!("FAKETIME_TIMESTAMP_FILE={}", by.display()),
            "FAKETIME_NO_CACHE=1".to_owned(),
            "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned(),
            "NO_FAKE_STAT=1".to_owned(),
        ];
        let faked = Self { by, words: words.into() };
        faked.set("+0");
        faked
    }

    fn set(&self, ahead: &str) {
        let next = self.by.with_extension("next");
        std::fs::write(&next, format!("{ahead}\n")).unwrap();
        std::fs::rename(&next, &self.by).unwrap();
    }

    async fn start(&self, server: &mut Server) {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        server.start_under(&words).await;
    }
}

/// Where Debian's `faketime` has it.
fn library() -> PathBuf {
    let all = std::fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    all.map(|folder| folder.join("faketime/libfaketimeMT.so.1"))
        .find(|file| file.exists())
        .expect("libfaketime is missing: run tests/run, which installs it")
}

fn doctor(server: &Server) -> String {
    let said = server.command(&["doctor"]).output().unwrap().stdout;
    let said = String::from_utf8(said).unwrap();
    said.lines().find(|line| line.starts_with("clock ")).unwrap().to_owned()
}

async fn in_order(data: &Path) -> usize {
    versions_in_order(&Db::sqlite(&data.join("dossier.sqlite")).await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_clock_jumps() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Server::make(folder.path(), &data);
    let (faked, mut writers) = (Faked::new(folder.path()), Writers::new());
    faked.start(&mut server).await;
    writers.settle(&server).await;
    let rounds = times(6, 60);
    for round in 0..rounds {
        // Ahead, right, far behind, right: while it runs, and between two runs.
        let jumps = ["+10d", "+0", "-2500d", "+0", "-10d", "+11d"];
        let during = jumps.iter().cycle().skip(round as usize).take(3);
        writers
            .write_until(&mut server, async |server| {
                for ahead in during {
                    faked.set(ahead);
                    tokio::time::sleep(Duration::from_millis(400)).await;
                }
                server.kill();
            })
            .await;
        faked.start(&mut server).await;
        writers.check(&server).await;
    }
    server.kill();
    let written = in_order(&data).await;

    // The real clock is right. A server that runs takes it, and everybody goes on writing.
    let said = doctor(&server);
    assert!(said.contains("WRONG") && said.contains("maintain --clock-was-ahead"), "{said}");
    let log = folder.path().join("log");
    server.start_told(&log).await;
    let follows = || std::fs::read_to_string(&log).unwrap().contains("time follows the system");
    let mut put_back = String::new();
    writers
        .write_until(&mut server, async |server| {
            put_back = server.runs(&["maintain", "--clock-was-ahead"]);
            eventually("it follows the clock", async || follows()).await;
            server.kill();
        })
        .await;
    assert!(put_back.starts_with("the clock was ahead by: "), "{put_back}");
    let said = doctor(&server);
    assert!(said.contains("ok"), "{said}");
    assert!(in_order(&data).await > written, "nothing is gone");
    server.start().await;
    writers.check(&server).await;
    server.kill();
    let found = server.runs(&["verify", "--read-data"]);
    assert!(found.contains("0 faults"), "{found}");
    let acknowledged = writers.acknowledged();
    println!(
        "{} clock jumps, {acknowledged} acknowledged changes, none lost; {put_back}",
        3 * rounds
    );
}
