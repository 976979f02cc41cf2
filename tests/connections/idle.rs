//! Very many connections on which nothing is done: in a soak 5,000 of HTTP and as many of SSH, signed in.

use crate::common::server::Server;
use crate::common::wire::{Line, Wire};
use crate::common::{PASSWORD, program};
use crate::{Client, head};
use futures_util::StreamExt;
use futures_util::stream;
use std::process::Command;
use std::time::{Duration, Instant};

const GIB: u64 = 1 << 30;
/// What one source may have of HTTP, and how many sign in at once.
const PER_SOURCE: usize = 250;
const AT_ONCE: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_idle_connections_take_little_memory_and_keep_nobody_waiting() {
    let each = if std::env::var_os("SOAK").is_some() { 5000 } else { 200 };
    let pid = std::process::id().to_string();
    // Of this process, and of the server that it starts.
    let mut raised = Command::new(program("prlimit"));
    assert!(raised.args(["--nofile=20000:20000", "--pid", &pid]).status().unwrap().success());
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::make(folder.path(), &folder.path().join("data"));
    let file = folder.path().join("loondossier.toml");
    let config = std::fs::read_to_string(&file).unwrap();
    let more = "limits.sftp_connections_per_account = 2000\n";
    std::fs::write(&file, config + more).unwrap();
    server.start().await;
    let before = server.memory("VmRSS");

    let (dav, sftp) = (server.dav, server.sftp);
    let http = stream::iter(0..each).map(|i| async move {
        let mut client = Client::from(&format!("127.0.0.{}", 10 + i / PER_SOURCE), dav).await;
        assert_eq!(client.ask(&head("OPTIONS", "/", "")).await, Some(200));
        client
    });
    let mut http: Vec<_> = http.buffer_unordered(AT_ONCE).collect().await;
    let with_http = server.memory("VmRSS");
    let lines = stream::iter(0..each)
        .map(|i| Line::by_password(sftp, ["jansen", "devries", "petra"][i % 3], PASSWORD));
    let lines: Vec<Line> = lines.buffer_unordered(AT_ONCE).collect().await;
    let with_ssh = server.memory("VmRSS");
    let wires: Vec<Wire> = stream::iter(&lines).then(Line::sftp).collect().await;
    let with_sftp = server.memory("VmRSS");

    let mut took = Vec::new();
    for _ in 0..100 {
        let begun = Instant::now();
        let mut client = Client::from("127.0.0.9", dav).await;
        assert_eq!(client.ask(&head("HEAD", "/", "")).await, Some(200));
        took.push(begun.elapsed());
    }
    took.sort();
    println!(
        "{each} of HTTP: {} MiB, after {}; {each} of SSH besides: {} MiB, each with SFTP: {} MiB; a request \
         took {:?}, the slowest {:?}",
        with_http >> 20,
        before >> 20,
        with_ssh >> 20,
        with_sftp >> 20,
        took[50],
        took[99]
    );
    assert!(with_ssh < GIB / 5 * 6 && with_sftp < GIB / 5 * 6);
    assert!(took[50] < Duration::from_millis(200));
    // None of them was given up meanwhile.
    assert_eq!(http[0].ask(&head("OPTIONS", "/", "")).await, Some(200));
    assert!(lines.iter().all(|line| !line.ssh.is_closed()));
    drop(wires);
}
