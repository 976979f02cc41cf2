//! The service is restarted while it is used.

use crate::common::server::Server;
use crate::common::ssh::noise;
use std::process::Command;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Takes seconds to send, ten at once.
const LARGE: usize = 6_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_when_it_is_asked_to_stop_comes_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::make(folder.path(), &folder.path().join("data"));
    server.start().await;
    let size = 300_000;
    let (mut uploads, mut others) = (Vec::new(), Vec::new());
    for n in 0..10 {
        let mut stream = TcpStream::connect(server.dav).await.unwrap();
        let password =
            data_encoding::BASE64.encode(format!("jansen:{}", crate::common::PASSWORD).as_bytes());
        let head = format!(
            "PUT /Back-ups/dav{n} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {password}\r\n\
             Content-Length: {size}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&noise(size, n)[..size / 2]).await.unwrap();
        uploads.push(stream);
        let sftp = server.sftp("jansen").await.unwrap();
        others.push((n, sftp));
    }
    // Made before it counts: each is sent as soon as its turn comes.
    let contents: Vec<_> = (0..10).map(|n| noise(LARGE, 100 + n)).collect();
    let writing = others.into_iter().zip(contents).map(|((n, sftp), content)| {
        tokio::spawn(async move { sftp.put(&format!("/Back-ups/sftp{n}"), content).await })
    });
    let writing: Vec<_> = writing.collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let stopping = tokio::spawn(async move { (server.stop().await, server) });
    tokio::time::sleep(Duration::from_millis(200)).await;
    for (n, stream) in (0..).zip(&mut uploads) {
        stream.write_all(&noise(size, n)[size / 2..]).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "upload {n}: {answer}");
    }
    for upload in writing {
        assert!(upload.await.unwrap(), "an SFTP upload that had begun came to its end");
    }
    let (well, mut server) = stopping.await.unwrap();
    assert!(well, "it ended well");
    server.start().await;
    let reader = server.dav("jansen");
    for n in 0..10 {
        assert!(reader.get(&format!("/Back-ups/dav{n}")).await.unwrap() == noise(size, n));
        assert!(reader.get(&format!("/Back-ups/sftp{n}")).await.unwrap() == noise(LARGE, 100 + n));
    }
}

#[test]
fn a_restart_with_held_sockets_refuses_no_connection() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::make(folder.path(), &folder.path().join("data"));
    let script = format!("{}/tests/tools/held_sockets.py", env!("CARGO_MANIFEST_DIR"));
    let served = server.command(&["serve"]);
    let mut command = Command::new(crate::common::program("python3"));
    let output = command.arg(script).arg(served.get_program()).args(served.get_args()).output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
