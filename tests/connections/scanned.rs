//! Programs of others that look for what is weak: how TLS is spoken, and how long slow clients are borne.

use crate::common::{Gateway, certificate, program};
use crate::{Client, head};
use loondossier::net::{self, Times};
use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};

/// What a program says, in time.
async fn says(name: &str, args: Vec<String>) -> String {
    let mut command = Command::new(program("timeout"));
    command.arg("300").arg(program(name)).args(args);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn sslscan_finds_tls_1_2_and_1_3_and_nothing_weak() {
    let gateway = Gateway::start().await;
    let config = net::Config { certificate: Some(certificate()), ..net::Config::default() };
    let (host, _guard) = gateway.also(config).await;
    let said = says("sslscan", vec!["--no-colour".to_owned(), host.to_string()]).await;
    for (protocol, spoken) in [
        ("SSLv2", "disabled"),
        ("SSLv3", "disabled"),
        ("TLSv1.0", "disabled"),
        ("TLSv1.1", "disabled"),
        ("TLSv1.2", "enabled"),
        ("TLSv1.3", "enabled"),
    ] {
        let line = said.lines().find(|line| line.starts_with(protocol)).unwrap();
        assert!(line.ends_with(spoken), "{line}");
    }
    let ciphers =
        said.lines().filter(|line| line.starts_with("Accepted") || line.starts_with("Preferred"));
    let ciphers: Vec<_> = ciphers.filter(|line| line.contains(" bits ")).collect();
    assert!(ciphers.len() >= 6, "{said}");
    for line in ciphers {
        let sound = line.contains("GCM") || line.contains("CHACHA20");
        assert!(sound && (line.contains("TLS_") || line.contains("ECDHE-")), "{line}");
    }
    assert!(said.contains("Session renegotiation not supported"), "{said}");
    assert_eq!(said.matches("not vulnerable to heartbleed").count(), 2, "{said}");
}

/// So many are slow at once, of which so many have a place.
const SLOW: usize = 220;
const PLACES: usize = SLOW - 20;

/// How long a connection may be slow here.
const SHORT: Duration = Duration::from_secs(3);

/// So many slow clients at once: what their program says when they have ended, and whether all places of
/// their address were free again while it still ran. Others are heard meanwhile.
async fn end_in_time(host: SocketAddr, how: &[&str]) -> (String, bool) {
    let (url, clients) = (format!("http://{host}/"), SLOW.to_string());
    let fixed = ["-c", &clients, "-r", &clients, "-p", "5", "-i", "1", "-u", &url];
    let args = [how, &fixed].concat().into_iter().map(str::to_owned).collect();
    let slow = tokio::spawn(async move { says("slowhttptest", args).await });
    let (mut asked, mut free, start) = (0, false, Instant::now());
    while !slow.is_finished() {
        let mut client = Client::from("127.0.0.9", host).await;
        assert_eq!(client.ask(&head("HEAD", "/", "")).await, Some(200));
        asked += 1;
        // Who takes a place of theirs before they have all come keeps one of them out.
        free = free || (start.elapsed() > SHORT && all_are_free(host).await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(asked > 2, "{how:?}: {asked}");
    (slow.await.unwrap(), free)
}

/// Whether everybody who may connect from their address at once is heard.
async fn all_are_free(host: SocketAddr) -> bool {
    let mut clients = Vec::new();
    for _ in 0..PLACES {
        let mut client = Client::from("127.0.0.1", host).await;
        if client.ask(&head("HEAD", "/", "")).await != Some(200) {
            return false;
        }
        clients.push(client);
    }
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn slowhttptest_holds_no_connection_longer_than_it_may_and_keeps_nobody_out() {
    let gateway = Gateway::start().await;
    let times = Times { head: SHORT, stall: SHORT, rest: SHORT, idle: SHORT, ..Times::default() };
    let config = net::Config { times, connections_per_source: PLACES, ..net::Config::default() };
    let (host, _guard) = gateway.also(config).await;
    for how in [&["-H", "-x", "24"][..], &["-B", "-t", "PUT", "-s", "8192", "-x", "10"]] {
        let (said, _) = end_in_time(host, &[how, &["-l", "60"]].concat()).await;
        assert!(said.contains("No open connections left"), "{how:?}: {said}");
    }
    // What is taken byte by byte lies with the system, and is taken long after its connection has ended here.
    let slowly = ["-X", "-w", "1", "-y", "2", "-n", "1", "-z", "1", "-k", "3", "-l", "60"];
    let (said, free) = end_in_time(host, &slowly).await;
    assert!(free, "{said}");
}
