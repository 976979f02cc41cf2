//! A connection that is gone without a word: its client is back before the server knows.

use crate::common::Gateway;
use crate::common::ssh::{User, content, names, noise};
use crate::common::wire::{Line, Wire, code, kind, open, string};
use loondossier::dossier::Scope;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const FILE: &str = "/Back-ups/nacht.bin";

/// A way to a server on which, from a moment on, nothing moves any more.
struct Way {
    address: SocketAddr,
    open: watch::Sender<bool>,
}

impl Way {
    async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (open, is_open) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (from, to) = client.into_split();
                let (back, on) = TcpStream::connect(server).await.unwrap().into_split();
                tokio::spawn(pass(from, on, is_open.clone()));
                tokio::spawn(pass(back, to, is_open.clone()));
            }
        });
        Self { address, open }
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut open: watch::Receiver<bool>) {
    let mut buffer = vec![0; 65_536];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if open.wait_for(|open| *open).await.is_err()
            || to.write_all(&buffer[..read]).await.is_err()
        {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_before_it_is_known_to_be_gone_goes_on_where_it_was() {
    let gateway = Gateway::start().await;
    let way = Way::to(gateway.sftp).await;
    let direct = User::new(&gateway, "jansen", Scope::FULL).await;
    let through = User::new(&gateway, "jansen", Scope::FULL).await.at(way.address);
    let petra = User::new(&gateway, "petra", Scope::FULL).await;
    let whole = noise(5_000_000, 1);
    direct.file("nacht.bin", &whole);

    let line = Line::new(&through).await;
    let mut lost = line.sftp().await;
    let handle = lost.open(FILE, open::NEW).await;
    for (at, piece) in (0..).step_by(100_000).zip(whole[..3_000_000].chunks(100_000)) {
        lost.write(&handle, at, piece).await;
    }
    way.open.send(false).unwrap();

    let other = Line::new(&direct).await;
    let mut wire = other.sftp().await;
    // It seems to be gone when it has written nothing for two seconds.
    let begun = Instant::now();
    while wire.ask(kind::STAT, &[&string(FILE)]).await.kind != kind::ATTRS {
        assert!(begun.elapsed() < Duration::from_secs(30), "nothing is left to go on with");
    }
    assert_eq!(wire.ask(kind::STAT, &[&string(FILE)]).await.size(), 3_000_000);
    assert_eq!(content(&gateway, "jansen", FILE).await, None, "it is no file yet");
    let mut theirs = Line::new(&petra).await.sftp().await;
    let seen = theirs.ask(kind::STAT, &[&string(FILE)]).await;
    assert_eq!(seen.code(), code::NO_SUCH_FILE, "it is nobody else's");

    let said = direct.sftp(&format!("reput nacht.bin {FILE}\n")).well();
    assert!(content(&gateway, "jansen", FILE).await.unwrap() == whole, "{said}");

    // What was lost is heard of again, and changes nothing.
    way.open.send(true).unwrap();
    let late = [&handle[..], &3_000_000u64.to_be_bytes(), &string("te laat")].concat();
    assert_eq!(lost.ask(kind::WRITE, &[&late]).await.code(), code::FAILURE);
    assert_eq!(lost.ask(kind::CLOSE, &[&handle]).await.code(), code::FAILURE);
    assert!(content(&gateway, "jansen", FILE).await.unwrap() == whole);
}

/// Waits until a session finds a file of this size.
async fn found(wire: &mut Wire, path: &str, size: u64) {
    let begun = Instant::now();
    loop {
        let seen = wire.ask(kind::STAT, &[&string(path)]).await;
        if seen.kind == kind::ATTRS && seen.size() == size {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{path}: {seen:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_to_go_on_with_is_listed_and_removed_as_it_is_found() {
    const NEW: &str = "/Back-ups/dag.bin";
    let gateway = Gateway::start().await;
    let way = Way::to(gateway.sftp).await;
    let direct = User::new(&gateway, "petra", Scope::FULL).await;
    let through = User::new(&gateway, "petra", Scope::FULL).await.at(way.address);
    let machine = User::new(&gateway, "loon-visser", Scope::BACKUP).await;
    let other = Line::new(&direct).await;
    let mut wire = other.sftp().await;
    wire.put("/Back-ups/af.bin", b"af").await;

    // A part of one was kept before, and more of it came; of the other, all.
    let line = Line::new(&through).await;
    let mut first = line.sftp().await;
    let handle = first.open(FILE, open::NEW).await;
    first.write(&handle, 0, b"half").await;
    line.cut();
    found(&mut wire, FILE, 4).await;
    let line = Line::new(&through).await;
    let mut lost = line.sftp().await;
    let handles = [lost.open(FILE, open::WRITE).await, lost.open(NEW, open::NEW).await];
    lost.write(&handles[0], 4, b"meer").await;
    lost.write(&handles[1], 0, b"nieuw").await;
    way.open.send(false).unwrap();
    found(&mut wire, FILE, 8).await;
    found(&mut wire, NEW, 5).await;
    let listed = |user: &User| {
        let said = user.sftp("ls -ln /Back-ups\n").well();
        let lines = said.lines().filter(|line| line.contains(".bin"));
        let of = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            (words[4].to_owned(), line.rsplit('/').next().unwrap().trim().to_owned())
        };
        let mut all: Vec<_> = lines.map(of).map(|(size, name)| format!("{name} {size}")).collect();
        all.sort();
        all
    };
    assert_eq!(listed(&direct), ["af.bin 2", "dag.bin 5", "nacht.bin 8"]);
    assert_eq!(listed(&machine), ["af.bin 2"], "another account of the office");
    machine.sftp(&format!("rm {NEW}\n")).badly();

    direct.sftp(&format!("rm {FILE}\nrm {NEW}\n")).well();
    assert_eq!(listed(&direct), ["af.bin 2"]);
    for path in [FILE, NEW] {
        for ask in [kind::STAT, kind::REMOVE] {
            assert_eq!(wire.ask(ask, &[&string(path)]).await.code(), code::NO_SUCH_FILE);
        }
    }
    way.open.send(true).unwrap();
    for handle in &handles {
        let late = [&handle[..], &8u64.to_be_bytes(), &string("te laat")].concat();
        assert_eq!(lost.ask(kind::WRITE, &[&late]).await.code(), code::NO_SUCH_FILE);
    }
    line.cut();
    assert_eq!(names(&gateway, "petra", "/Back-ups").await, ["af.bin"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_write_one_file_both_succeed_and_the_later_one_wins() {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    let (one, other) = (Line::new(&user).await, Line::new(&user).await);
    let (mut one, mut other) = (one.sftp().await, other.sftp().await);
    for own in ["/Mijn bestanden/a.txt", "/Back-ups/a.txt"] {
        let first = one.open(own, open::NEW).await;
        one.write(&first, 0, b"de eerste").await;
        assert_eq!(other.ask(kind::STAT, &[&string(own)]).await.code(), code::NO_SUCH_FILE);
        other.put(own, b"de tweede").await;
        one.close(&first).await;
        assert_eq!(content(&gateway, "jansen", own).await.as_deref(), Some(&b"de eerste"[..]));
    }
}
