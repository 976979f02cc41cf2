//! How many may be there who have not signed in, for how long, and how many connections an account has.

use crate::common::ssh::{User, noise};
use crate::common::wire::{Line, Wire, kind, open, string};
use crate::common::{Gateway, PASSWORD, eventually};
use futures_util::future::join_all;
use loondossier::auth::{Auth, Denied, Origin};
use loondossier::dossier::Scope;
use loondossier::sftp;
use loondossier::vfs::Protocol;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Nothing is waited for longer.
const PATIENCE: Duration = Duration::from_mins(2);

fn config() -> sftp::Config {
    let key = sftp::load_host_key(&sftp::new_host_key().unwrap()).unwrap();
    sftp::Config { host_keys: vec![key], ..sftp::Config::default() }
}

/// A connection from 127.0.0.`host`, of which nothing is said yet.
async fn connect(host: u8, at: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 0, host), 0).into()).unwrap();
    socket.connect(at).await.unwrap()
}

/// Whether the server says who it is; else it has closed the connection.
async fn is_taken_in(stream: &mut TcpStream) -> bool {
    let mut first = [0; 8];
    let said = timeout(PATIENCE, stream.read_exact(&mut first)).await.unwrap();
    said.is_ok() && &first == b"SSH-2.0-"
}

async fn stranger(host: u8, at: SocketAddr) -> Option<TcpStream> {
    let mut stream = connect(host, at).await;
    is_taken_in(&mut stream).await.then_some(stream)
}

#[test]
fn the_limits_are_those_of_the_contract() {
    let usual = sftp::Config::default();
    assert_eq!(usual.grace, Duration::from_secs(30));
    assert_eq!((usual.max_unauthenticated, usual.max_unauthenticated_per_source), (100, 10));
    assert_eq!(usual.max_connections_per_account, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_sign_in_is_gone_when_the_grace_is_over() {
    let gateway = Gateway::start().await;
    // Long enough to sign in, and shorter than where nothing is said of it.
    let (grace, usual) = (Duration::from_secs(10), config().grace);
    let (at, _serving) = gateway.also_sftp(sftp::Config { grace, ..config() }).await;
    let user = User { address: at, ..User::new(&gateway, "jansen", Scope::FULL).await };
    let line = Line::new(&user).await;

    let says_no_more_than = async |said: &[u8]| {
        let begun = Instant::now();
        let mut stream = connect(1, at).await;
        stream.write_all(said).await.unwrap();
        // Cut while something is on its way, it is reset.
        let ended = timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await;
        let _ = ended.expect("it stays open");
        begun.elapsed()
    };
    let drop_by_drop = async {
        let begun = Instant::now();
        let mut slow = connect(1, at).await;
        for byte in b"SSH-2.0-somebody who is never done with the name".iter().cycle() {
            if slow.write_all(&[*byte]).await.is_err() || begun.elapsed() > PATIENCE {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        begun.elapsed()
    };
    // Who has agreed on keys and offers a wrong password has no longer.
    let tries = async {
        let begun = Instant::now();
        let mut line = Line::at(at).await.expect("a connection");
        let wrong = line.ssh.authenticate_password("jansen", "een fout wachtwoord").await;
        assert!(!wrong.unwrap().success());
        eventually("it is closed", async || line.ssh.is_closed()).await;
        begun.elapsed()
    };
    let (silent, named) = (says_no_more_than(b""), says_no_more_than(b"SSH-2.0-nobody\r\n"));
    let all = tokio::join!(silent, named, drop_by_drop, tries);
    for elapsed in [all.0, all.1, all.2, all.3] {
        assert!(elapsed >= grace, "too early: {elapsed:?}");
        assert!(elapsed < usual, "too late: {elapsed:?}");
    }
    let mut wire = line.sftp().await;
    wire.put("/Mijn bestanden/a.txt", b"who signed in stays").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_are_there_without_having_signed_in_and_from_one_source() {
    let gateway = Gateway::start().await;
    let few = sftp::Config {
        max_unauthenticated: 4,
        max_unauthenticated_per_source: 2,
        grace: Duration::from_mins(10),
        ..config()
    };
    let (at, _serving) = gateway.also_sftp(few).await;
    let user = User { address: at, ..User::new(&gateway, "jansen", Scope::FULL).await };
    let line = Line::new(&user).await;

    let first = stranger(1, at).await.unwrap();
    let _second = stranger(1, at).await.expect("who signed in is no stranger");
    assert!(stranger(1, at).await.is_none(), "two of one source");
    let _third = stranger(2, at).await.unwrap();
    let _fourth = stranger(3, at).await.unwrap();
    assert!(stranger(4, at).await.is_none(), "four in all");
    drop(first);
    let again = async || stranger(5, at).await.is_some();
    eventually("there is room when one has gone", again).await;
    let mut wire = line.sftp().await;
    wire.put("/Mijn bestanden/a.txt", b"others are not disturbed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_so_many_connections() {
    let gateway = Gateway::start().await;
    let few = sftp::Config { max_connections_per_account: 2, ..config() };
    let (at, _serving) = gateway.also_sftp(few).await;
    let user = User { address: at, ..User::new(&gateway, "jansen", Scope::FULL).await };
    let (one, two) = (Line::new(&user).await, Line::new(&user).await);
    // The third is let in and sent away; what it says then is for people to read.
    let port = format!("Port={}", at.port());
    let once_more = || user.run("ssh", &["-o", &port, "-F", "ssh_config", "gateway", "pwd"]);
    let said = once_more().badly();
    assert!(said.contains("too many connections"), "{said}");
    let other = Line::try_by_password(at, "petra", PASSWORD).await.unwrap();
    for line in [&one, &two, &other] {
        let mut wire = line.sftp().await;
        let root = wire.ask(kind::STAT, &[&string("/")]).await;
        assert_eq!(root.kind, kind::ATTRS);
    }
    drop(one);
    eventually("there is room again", async || once_more().code == Some(0)).await;
}

/// Puts a file in pieces, and reads it back.
async fn there_and_back(wire: &mut Wire, path: &str, content: &[u8]) {
    wire.put(path, content).await;
    let handle = wire.open(path, open::READ).await;
    let mut back = Vec::new();
    while back.len() < content.len() {
        back.extend(wire.read(&handle, back.len() as u64, 32_768).await);
    }
    assert!(back == content, "{path}: what came back differs");
    wire.close(&handle).await;
}

/// So many guess at once, and try again when they are told that there is no room.
const GUESSERS: u32 = 200;

/// What is answered to somebody who is not there, from an address of its own.
async fn guess(auth: &Auth, who: u32, password: &str) -> Denied {
    let address = Ipv4Addr::from(0x0a00_0000 + who).into();
    let origin = Origin { protocol: Protocol::Sftp, address };
    auth.password(&format!("niemand{who}"), password, origin).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn transfers_come_to_their_end_while_passwords_are_guessed_at_by_more_than_there_is_room_for()
{
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    let mut guessers = JoinSet::new();
    for who in 0..GUESSERS {
        let auth = gateway.auth.clone();
        guessers.spawn(async move {
            for n in 0.. {
                if let Denied::Busy(_) = guess(&auth, who, &format!("geraden {n}")).await {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
        });
    }
    let more = AtomicU32::new(GUESSERS);
    let full = async || {
        let who = more.fetch_add(1, Ordering::Relaxed);
        matches!(guess(&gateway.auth, who, "geraden").await, Denied::Busy(_))
    };
    eventually("there is no room", full).await;
    let lines = join_all((0..5).map(|_| Line::new(&user))).await;
    let content = noise(1_000_000, 1);
    let transfers = (0..50).map(async |n| {
        let mut wire = lines[n / 10].sftp().await;
        there_and_back(&mut wire, &format!("/Mijn bestanden/{n}.bin"), &content).await;
    });
    join_all(transfers).await;
    eventually("there is no room still", full).await;
}
