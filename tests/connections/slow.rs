//! Clients that are slow, or do nothing. In each test the one limit that is meant is short.

use crate::common::{Gateway, certificate};
use crate::{Client, FILE, head, put};
use loondossier::net::{self, Times};
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::time::sleep;

/// Long enough for whoever is not slow, on a machine with much else to do.
const SHORT: Duration = Duration::from_secs(5);

fn config(times: Times) -> net::Config {
    net::Config { times, ..net::Config::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_of_a_mounted_drive_rests_longer_than_a_head_may_take_and_not_for_ever() {
    let gateway = Gateway::start().await;
    let (host, _guard) = gateway.also(config(Times { head: SHORT, ..Times::default() })).await;
    let mut client = Client::new(host).await;
    for _ in 0..3 {
        assert_eq!(client.ask(&head("OPTIONS", "/", "")).await, Some(200));
        sleep(SHORT * 3 / 2).await;
    }
    assert_eq!(client.ask(&head("OPTIONS", "/", "")).await, Some(200));

    let (host, _guard) = gateway.also(config(Times { idle: SHORT, ..Times::default() })).await;
    let mut client = Client::new(host).await;
    let begun = Instant::now();
    assert_eq!(client.ask(&head("OPTIONS", "/", "")).await, Some(200));
    let (said, _) = client.end().await;
    assert!(said.is_empty() && begun.elapsed() >= SHORT, "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_comes_whole_in_time_or_the_connection_ends() {
    let gateway = Gateway::start().await;
    let times = Times { head: SHORT, ..Times::default() };
    let (plain, _guard) = gateway.also(config(times)).await;
    let tls = net::Config { certificate: Some(certificate()), ..config(times) };
    let (tls, _tls_guard) = gateway.also(tls).await;
    let whole = head("OPTIONS", "/", "");
    for (host, begin) in [
        (plain, &b""[..]),
        (plain, b"PUT /a HTTP/1.1\r\nHost: x\r\n"),
        (plain, b"PRI * HTTP/2.0\r\n\r\nSM"),
        (tls, b""),
        (tls, b"\x16\x03\x01\x02\x00"),
    ] {
        let mut client = Client::new(host).await;
        client.send(begin).await;
        let (said, _) = client.end().await;
        assert!(said.is_empty(), "{begin:?}: {}", String::from_utf8_lossy(&said));
    }
    let mut client = Client::new(plain).await;
    assert_eq!(client.ask(&whole).await, Some(200));
    let begun = Instant::now();
    for byte in whole.as_bytes() {
        if tokio::io::AsyncWriteExt::write_all(&mut client.0, &[*byte]).await.is_err() {
            break;
        }
        sleep(SHORT / 10).await;
    }
    assert!(client.status().await.is_none(), "a head that trickles, after a first request");
    assert!(begun.elapsed() >= SHORT);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_trickles_is_given_up_and_changes_nothing_and_a_steady_one_is_taken() {
    let gateway = Gateway::start().await;
    put(&gateway, b"was er al").await;
    let (host, _guard) = gateway.also(config(Times { stall: SHORT, ..Times::default() })).await;
    for (piece, pieces, status) in [(1, 100, 408), (10_000, 20, 204)] {
        let mut client = Client::new(host).await;
        let length = format!("Content-Length: {}\r\n", piece * pieces);
        client.send(head("PUT", FILE, &length)).await;
        for _ in 0..pieces {
            if tokio::io::AsyncWriteExt::write_all(&mut client.0, &vec![b'x'; piece]).await.is_err()
            {
                break;
            }
            sleep(SHORT / 10).await;
        }
        assert_eq!(client.status().await, Some(status), "{piece} bytes at once");
        let mut reader = Client::new(gateway.dav).await;
        reader.send(head("GET", FILE, "Connection: close\r\n")).await;
        let (said, _) = reader.end().await;
        assert_eq!(said.ends_with(b"was er al"), status == 408);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_nobody_takes_is_given_up() {
    let gateway = Gateway::start().await;
    // More than lies between the two in the system's buffers.
    let content = vec![b'x'; 30_000_000];
    put(&gateway, &content).await;
    let times = Times { stall: SHORT, rate: 256 * 1024, ..Times::default() };
    let (host, _guard) = gateway.also(config(times)).await;
    let mut client = Client::new(host).await;
    client.send(head("GET", FILE, "")).await;
    client.0.read_exact(&mut [0; 1000]).await.unwrap();
    sleep(SHORT * 3).await;
    let (rest, _) = client.end().await;
    assert!(rest.len() < content.len(), "all {} bytes came", rest.len());

    let mut client = Client::new(host).await;
    client.send(head("GET", FILE, "Connection: close\r\n")).await;
    let (rest, _) = client.end().await;
    assert!(rest.len() > content.len(), "who takes it gets it");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_of_a_body_that_was_refused_is_not_read_for_ever() {
    let gateway = Gateway::start().await;
    let (host, _guard) = gateway.also(config(Times { rest: SHORT, ..Times::default() })).await;
    let mut client = Client::new(host).await;
    client.send("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nhalf").await;
    assert_eq!(client.status().await, Some(401));
    let (said, _) = client.end().await;
    assert!(said.is_empty());
}
