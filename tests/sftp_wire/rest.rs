//! Who does nothing, though it answers.

use crate::common::ssh::User;
use crate::common::wire::{Line, open};
use crate::common::{Gateway, eventually, failures};
use crate::{FILE, code, kind, string};
use futures_util::future::join_all;
use loondossier::dossier::Scope;
use loondossier::sftp;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Long enough for whoever does something, on a machine with much else to do.
const SHORT: Duration = Duration::from_secs(5);

fn config() -> sftp::Config {
    sftp::Config { idle: SHORT, ..sftp::Config::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_nothing_is_ended_whatever_keepalives_it_sends() {
    failures::listen();
    let gateway = Gateway::start().await;
    let (host, _guard) = gateway.also_sftp(config()).await;
    let user = User::new(&gateway, "yilmaz", Scope::FULL).await.at(host);
    let begun = Instant::now();
    let alive = ["-o", "ServerAliveInterval=1", "-F", "ssh_config", "-N", "gateway"];
    let said = user.run("ssh", &[&["-o", "LogLevel=INFO"], &alive[..]].concat()).badly();
    assert!(said.contains("nothing was done for too long"), "{said}");
    assert!(begun.elapsed() >= SHORT);
    let told = "an sftp client did nothing for too long ip=127.0.0.1 login=\"yilmaz\"";
    eventually("it is told once", async || failures::after(told).len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lasts_while_something_is_asked_and_longer_with_a_file_open() {
    let gateway = Gateway::start().await;
    let (host, _guard) = gateway.also_sftp(config()).await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await.at(host);
    let line = Line::new(&user).await;
    let mut wire = line.sftp().await;
    let begun = Instant::now();
    while begun.elapsed() < SHORT * 3 {
        tokio::time::sleep(SHORT / 4).await;
        assert_eq!(wire.ask(kind::STAT, &[&string("/")]).await.kind, kind::ATTRS);
    }
    let opened = Instant::now();
    let handle = wire.open(FILE, open::NEW).await;
    eventually("it is ended", async || line.ssh.is_closed()).await;
    assert!(opened.elapsed() >= SHORT * 2, "{:?}", opened.elapsed());
    assert!(wire.try_to_ask(kind::CLOSE, &[&handle]).await.is_none());
    let again = Line::new(&user).await;
    let gone = again.sftp().await.ask(kind::STAT, &[&string(FILE)]).await;
    assert_eq!(gone.code(), code::NO_SUCH_FILE);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_sign_in_is_closed_in_time_and_keeps_nobody_else_out() {
    let gateway = Gateway::start().await;
    // Long enough for another to sign in meanwhile.
    let grace = Duration::from_secs(15);
    let config = sftp::Config { grace, ..sftp::Config::default() };
    let (host, _guard) = gateway.also_sftp(config).await;
    let user = User::new(&gateway, "devries", Scope::FULL).await.at(host);
    let (mut silent, begun) = (Vec::new(), Instant::now());
    for i in 0..30 {
        let mut stream = TcpStream::connect(host).await.unwrap();
        if i % 2 == 0 {
            drop(stream.write_all(b"SSH-2.0-silent\r\n").await);
        }
        silent.push(stream);
    }
    let elsewhere = ["-b", "127.0.0.2", "-F", "ssh_config", "gateway", "pwd"];
    assert_eq!(user.run("ssh", &elsewhere).well(), "/\n");
    assert!(begun.elapsed() < grace, "while they are there: {:?}", begun.elapsed());
    let ends = silent.into_iter().map(async |mut stream| {
        let ended = timeout(Duration::from_mins(2), stream.read_to_end(&mut Vec::new())).await;
        drop(ended.expect("it is closed"));
        begun.elapsed() >= grace
    });
    // Ten are borne that long, and those behind them were refused at once.
    let kept = join_all(ends).await.into_iter().filter(|kept| *kept).count();
    assert_eq!(kept, 10);
    user.run("ssh", &["-F", "ssh_config", "gateway", "pwd"]).well();
}
