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
/// Who writes nothing for so long is taken to be gone when its account comes back.
const GONE: Duration = Duration::from_secs(2);

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
async fn what_is_left_is_renamed_as_it_is_found() {
    const PART: &str = "/Back-ups/nacht.bin.part";
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "petra", Scope::FULL).await;
    let machine = User::new(&gateway, "loon-visser", Scope::BACKUP).await;
    let (line, other) = (Line::new(&user).await, Line::new(&user).await);
    let (mut lost, mut wire) = (line.sftp().await, other.sftp().await);
    let mut theirs = Line::new(&machine).await.sftp().await;
    let handle = lost.open(PART, open::NEW).await;
    lost.write(&handle, 0, b"all of it").await;
    found(&mut wire, PART, 9).await;
    let both = [string(PART), string(FILE)].concat();
    assert_eq!(theirs.ask(kind::RENAME, &[&both]).await.code(), code::NO_SUCH_FILE);
    assert_eq!(wire.ask(kind::RENAME, &[&both]).await.code(), code::OK);
    let there = content(&gateway, "loon-visser", FILE).await;
    assert_eq!(there.as_deref(), Some(&b"all of it"[..]));
    // Whoever comes back to it is told, and writes nowhere.
    let late = [&handle[..], &9u64.to_be_bytes(), &string("te laat")].concat();
    assert_eq!(lost.ask(kind::WRITE, &[&late]).await.code(), code::FAILURE);
    assert_eq!(lost.ask(kind::CLOSE, &[&handle]).await.code(), code::FAILURE);
    assert_eq!(names(&gateway, "petra", "/Back-ups").await, ["nacht.bin"]);
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

const PIECE: &[u8] = b"0123456789";

/// Writes on behind the first piece, which was sent at `last`, until it is told to stop or refused, and closes: how much
/// is there then, and the longest that it may have seemed silent.
async fn goes_on(
    mut wire: Wire,
    handle: Vec<u8>,
    mut last: Instant,
    stopped: watch::Receiver<bool>,
) -> (usize, Duration) {
    let (mut size, mut silent, mut taken) = (PIECE.len(), Duration::ZERO, true);
    while taken && !*stopped.borrow() {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let sent = Instant::now();
        let write = [&handle[..], &(size as u64).to_be_bytes(), &string(PIECE)].concat();
        taken = wire.ask(kind::WRITE, &[&write]).await.code() == code::OK;
        silent = silent.max(last.elapsed());
        (last, size) = (sent, size + PIECE.len());
    }
    wire.ask(kind::CLOSE, &[&handle]).await;
    (size, silent.max(last.elapsed()))
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_one_that_goes_on_none_begins_past_the_end() {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    let other = Line::new(&user).await;
    let mut wire = other.sftp().await;
    for path in (0..20).map(|n| format!("/Back-ups/{n}.bin")) {
        let line = Line::new(&user).await;
        let mut one = line.sftp().await;
        let begun = Instant::now();
        let handle = one.open(&path, open::NEW).await;
        one.write(&handle, 0, PIECE).await;
        let (stop, stopped) = watch::channel(false);
        let going_on = tokio::spawn(goes_on(one, handle, begun, stopped));
        let mut told = Vec::new();
        for at in [1_000u64, 0] {
            let second = wire.open(&path, open::WRITE | open::CREAT).await;
            let piece = [&second[..], &at.to_be_bytes(), &string("de tweede")].concat();
            let written = wire.ask(kind::WRITE, &[&piece]).await.code();
            let closed = wire.ask(kind::CLOSE, &[&second]).await.code();
            told.push((written, closed, content(&gateway, "jansen", &path).await));
        }
        stop.send(true).unwrap();
        let (size, silent) = going_on.await.unwrap();
        if silent < GONE {
            // A file with nothing at its beginning is none.
            let whole = Some(b"de tweede".to_vec());
            assert_eq!(told, [(code::FAILURE, code::FAILURE, None), (code::OK, code::OK, whole)]);
            let there = content(&gateway, "jansen", &path).await.unwrap();
            assert_eq!(there, PIECE.repeat(size / PIECE.len()));
            return;
        }
    }
    panic!("each time the one was taken to be gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_write_one_file_both_succeed_and_the_later_one_wins() {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    let (one, other) = (Line::new(&user).await, Line::new(&user).await);
    let (mut one, mut other) = (one.sftp().await, other.sftp().await);
    for own in ["/Mijn bestanden", "/Back-ups"] {
        let mut names = (0..20).map(|n| format!("{own}/{n}.txt"));
        let (path, first, seen) = loop {
            let path = names.next().expect("some time the first is not taken to be gone");
            let begun = Instant::now();
            let first = one.open(&path, open::NEW).await;
            one.write(&first, 0, b"de eerste").await;
            let seen = other.ask(kind::STAT, &[&string(&path)]).await;
            other.put(&path, b"de tweede").await;
            if begun.elapsed() < GONE {
                break (path, first, seen);
            }
        };
        assert_eq!(seen.code(), code::NO_SUCH_FILE);
        one.close(&first).await;
        assert_eq!(content(&gateway, "jansen", &path).await.as_deref(), Some(&b"de eerste"[..]));
    }
}
