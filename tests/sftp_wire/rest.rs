//! Who does nothing, though it answers.

use crate::common::ssh::User;
use crate::common::wire::{Line, open};
use crate::common::{Gateway, eventually, failures};
use crate::{FILE, code, kind, string};
use loondossier::dossier::Scope;
use loondossier::sftp;
use std::time::{Duration, Instant};

const SHORT: Duration = Duration::from_secs(2);

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
    let handle = wire.open(FILE, open::NEW).await;
    let opened = Instant::now();
    eventually("it is ended", async || line.ssh.is_closed()).await;
    assert!(opened.elapsed() >= SHORT * 2, "{:?}", opened.elapsed());
    assert!(wire.try_to_ask(kind::CLOSE, &[&handle]).await.is_none());
    let again = Line::new(&user).await;
    let gone = again.sftp().await.ask(kind::STAT, &[&string(FILE)]).await;
    assert_eq!(gone.code(), code::NO_SUCH_FILE);
}
