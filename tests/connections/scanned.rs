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
    command.arg("100").arg(program(name)).args(args);
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

/// So many are slow at once: more than one address may have.
const SLOW: usize = 220;

/// So many slow clients at once, and what their program says when they have ended; others are heard
/// meanwhile.
async fn end_in_time(host: SocketAddr, how: &[&str]) -> String {
    let (url, clients) = (format!("http://{host}/"), SLOW.to_string());
    let fixed = ["-c", &clients, "-r", &clients, "-p", "5", "-i", "1", "-u", &url];
    let args = [how, &fixed].concat().into_iter().map(str::to_owned).collect();
    let slow = tokio::spawn(async move { says("slowhttptest", args).await });
    let (mut asked, mut places) = (0, 0);
    while !slow.is_finished() {
        let begun = Instant::now();
        let mut client = Client::from("127.0.0.9", host).await;
        assert_eq!(client.ask(&head("HEAD", "/", "")).await, Some(200));
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        asked += 1;
        // Their own address has places again once they have ended here, whatever they think.
        let mut same = Client::from("127.0.0.1", host).await;
        places += usize::from(same.ask(&head("HEAD", "/", "")).await == Some(200));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let said = slow.await.unwrap();
    assert!(asked > 10 && places > asked / 2, "{how:?}: {places} of {asked}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn slowhttptest_holds_no_connection_longer_than_it_may_and_keeps_nobody_out() {
    const SHORT: Duration = Duration::from_secs(3);
    let gateway = Gateway::start().await;
    let times = Times { head: SHORT, stall: SHORT, rest: SHORT, idle: SHORT, ..Times::default() };
    let config = net::Config { times, connections_per_source: SLOW - 20, ..net::Config::default() };
    let (host, _guard) = gateway.also(config).await;
    for how in [&["-H", "-x", "24"][..], &["-B", "-t", "PUT", "-s", "8192", "-x", "10"]] {
        let said = end_in_time(host, &[how, &["-l", "60"]].concat()).await;
        assert!(said.contains("No open connections left"), "{how:?}: {said}");
    }
    // What is taken byte by byte lies with the system, and is taken long after its connection has ended here.
    let slowly = ["-X", "-w", "1", "-y", "2", "-n", "1", "-z", "1", "-k", "3", "-l", "15"];
    end_in_time(host, &slowly).await;
}
