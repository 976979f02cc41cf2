//! A connection that is gone without a word: its client is back before the server knows.

use crate::common::Gateway;
use crate::common::ssh::{User, content, noise};
use crate::common::wire::{Line, code, kind, open, string};
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
