//! How many connections there may be, how long heads may be, and how it stops.

use crate::common::server::Server;
use crate::common::{Gateway, certificate, program};
use crate::{Client, head};
use loondossier::net::{self, Times};
use std::net::IpAddr;
use std::process::Command;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_source_has_so_many_connections_and_no_more_and_others_have_theirs() {
    let gateway = Gateway::start().await;
    let config = net::Config {
        connections: 5,
        connections_per_source: 2,
        trusted_proxies: vec!["127.0.0.3/32".parse().unwrap()],
        ..net::Config::default()
    };
    let (host, _guard) = gateway.also(config).await;
    let mut open = Vec::new();
    for (address, room) in [("127.0.0.1", 2), ("127.0.0.2", 2), ("127.0.0.3", 1), ("127.0.0.4", 0)]
    {
        let before = open.len();
        for _ in 0..3 {
            let mut client = Client::from(address, host).await;
            if client.ask(&head("OPTIONS", "/", "")).await == Some(200) {
                open.push(client);
            }
        }
        assert_eq!(open.len() - before, room, "{address}");
    }
    drop(open.remove(0));
    crate::common::eventually("the place of one that went is free", async || {
        let mut client = Client::from("127.0.0.1", host).await;
        client.ask(&head("OPTIONS", "/", "")).await == Some(200)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_are_too_long_or_too_many_are_431() {
    let gateway = Gateway::start().await;
    let long = |bytes: usize| format!("X-Long: {}\r\n", "x".repeat(bytes));
    let many = |count| "X: x\r\n".repeat(count);
    for (headers, status) in [
        (long(15_000), 200),
        (long(17_000), 431),
        (long(100_000), 431),
        (many(90), 200),
        (many(101), 431),
    ] {
        let mut client = Client::new(gateway.dav).await;
        let answered = client.ask(&head("OPTIONS", "/", &headers)).await;
        assert_eq!(answered, Some(status), "{} bytes", headers.len());
    }
}

/// An address of this machine that is not loopback.
fn outside() -> IpAddr {
    let said = Command::new(program("hostname")).arg("-I").output().unwrap().stdout;
    let said = String::from_utf8(said).unwrap();
    said.split_whitespace().next().expect("this machine has a network").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_tls_only_this_machine_and_the_proxies_are_heard() {
    let outside = outside();
    let gateway = Gateway::start().await;
    for (proxies, heard) in [(Vec::new(), None), (vec![outside.into()], Some(200))] {
        let config = net::Config { trusted_proxies: proxies, ..net::Config::default() };
        let (host, stop, _) = gateway.also_at(outside, config).await;
        let mut client = Client::new(host).await;
        assert_eq!(client.ask(&head("OPTIONS", "/", "")).await, heard);
        stop.cancel();
    }
}

#[tokio::test]
async fn a_head_that_has_not_come_whole_does_not_hold_up_a_stop() {
    let gateway = Gateway::start().await;
    for (certificate, half) in [
        (None, &b"PUT /Mijn%20bestanden/a HTTP/1.1\r\nHost: x\r\n"[..]),
        (Some(certificate()), b"\x16"),
    ] {
        let times = Times { head: Duration::from_mins(1), ..Times::default() };
        let config = net::Config { times, certificate, ..net::Config::default() };
        let (host, stop, serving) = gateway.also_at(gateway.dav.ip(), config).await;
        let mut client = Client::new(host).await;
        client.send(half).await;
        // Connections are taken in as they come: when the next one is answered, this one was taken in.
        let mut next = Client::new(host).await;
        next.send("niets\r\n\r\n").await;
        next.end().await;
        stop.cancel();
        let ended = tokio::time::timeout(Duration::from_secs(30), serving).await;
        ended.expect("it ends at once").unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_no_descriptors_are_left_it_waits_and_goes_on_when_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::make(folder.path(), &folder.path().join("data"));
    server.start_under(&["sh", "-c", "ulimit -n 100; exec \"$@\"", "sh"]).await;
    let mut open = Vec::new();
    for _ in 0..200 {
        open.push(Client::new(server.dav).await);
    }
    // Who came first is heard, and whoever comes when they have gone.
    assert_eq!(open.first_mut().unwrap().ask(&head("OPTIONS", "/", "")).await, Some(200));
    drop(open);
    let mut client = Client::new(server.dav).await;
    assert_eq!(client.ask(&head("HEAD", "/", "")).await, Some(200));

    // Nobody has signed in on any of these, and each source has fewer than it may.
    let mut open = Vec::new();
    for one in 0..200 {
        open.push(Client::from(&format!("127.0.1.{}", one % 25), server.sftp).await);
    }
    assert_eq!(client.ask(&head("HEAD", "/", "")).await, Some(200), "who was there is heard");
    drop(open);
    crate::common::eventually("whoever comes when they have gone signs in", async || {
        let Some(sftp) = server.sftp("jansen").await else { return false };
        sftp.put("/Mijn bestanden/a.txt", b"a".to_vec()).await
    })
    .await;
    assert!(server.stop().await);
}
