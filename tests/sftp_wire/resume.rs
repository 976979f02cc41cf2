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
    // It is told so by whatever it does next, its close included.
    let late = [&handles[0][..], &8u64.to_be_bytes(), &string("te laat")].concat();
    assert_eq!(lost.ask(kind::WRITE, &[&late]).await.code(), code::NO_SUCH_FILE);
    assert_eq!(lost.ask(kind::CLOSE, &[&handles[1]]).await.code(), code::NO_SUCH_FILE);
    line.cut();
    assert_eq!(names(&gateway, "petra", "/Back-ups").await, ["af.bin"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_go_on_with_what_came_before_is_told_so_and_makes_no_hole() {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    let (line, other) = (Line::new(&user).await, Line::new(&user).await);
    let (mut lost, mut wire) = (line.sftp().await, other.sftp().await);
    let handle = lost.open(FILE, open::NEW).await;
    lost.write(&handle, 0, &noise(200_000, 1)).await;
    found(&mut wire, FILE, 200_000).await;

    // While what came cannot be kept, nobody goes on behind it.
    let objects = gateway.folder.path().join("blobs");
    let away = gateway.folder.path().join("weg");
    std::fs::rename(&objects, &away).unwrap();
    let fields = [string(FILE), (open::WRITE | open::CREAT).to_be_bytes().to_vec(), vec![0; 4]];
    assert_eq!(wire.ask(kind::OPEN, &[&fields.concat()]).await.code(), code::FAILURE);
    std::fs::rename(&away, &objects).unwrap();

    // Nothing is left then, and who looks before it goes on begins anew.
    let seen = wire.ask(kind::STAT, &[&string(FILE)]).await;
    assert_eq!(seen.code(), code::NO_SUCH_FILE);
    let late = [&handle[..], &200_000u64.to_be_bytes(), &string("te laat")].concat();
    assert_eq!(lost.ask(kind::WRITE, &[&late]).await.code(), code::FAILURE);
    assert_eq!(lost.ask(kind::CLOSE, &[&handle]).await.code(), code::FAILURE);
    user.file("nacht.bin", b"opnieuw");
    user.sftp(&format!("reput nacht.bin {FILE}\n")).badly();
    user.sftp(&format!("put nacht.bin {FILE}\n")).well();
    assert_eq!(content(&gateway, "jansen", FILE).await.as_deref(), Some(&b"opnieuw"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_one_that_goes_on_none_begins_past_the_end() {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    let (line, other) = (Line::new(&user).await, Line::new(&user).await);
    let (mut one, mut wire) = (line.sftp().await, other.sftp().await);
    let handle = one.open(FILE, open::NEW).await;
    one.write(&handle, 0, b"0123456789").await;
    let (stop, stopped) = watch::channel(false);
    let going_on = tokio::spawn(async move {
        let mut at = 10;
        while !*stopped.borrow() {
            one.write(&handle, at, b"0123456789").await;
            at += 10;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        one.close(&handle).await;
        at
    });
    for (at, answer) in [(1_000, code::FAILURE), (0, code::OK)] {
        let second = wire.open(FILE, open::WRITE | open::CREAT).await;
        let piece = [&second[..], &u64::to_be_bytes(at), &string("de tweede")].concat();
        assert_eq!(wire.ask(kind::WRITE, &[&piece]).await.code(), answer, "{at}");
        assert_eq!(wire.ask(kind::CLOSE, &[&second]).await.code(), answer, "{at}");
        let there = content(&gateway, "jansen", FILE).await;
        let whole = (answer == code::OK).then_some(&b"de tweede"[..]);
        assert_eq!(there.as_deref(), whole, "a file with nothing at its beginning is none");
    }
    stop.send(true).unwrap();
    let all = going_on.await.unwrap();
    let there = content(&gateway, "jansen", FILE).await.unwrap();
    assert_eq!(there, b"0123456789".repeat(usize::try_from(all / 10).unwrap()));
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
