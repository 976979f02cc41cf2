//! The service is restarted while it is used.

use crate::common::PASSWORD;
use crate::common::server::Server;
use crate::common::ssh::noise;
use data_encoding::BASE64;
use std::process::Command;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Takes seconds to send, ten at once.
const LARGE: usize = 6_000_000;

/// An upload of so many bytes over WebDAV, for which the server is ready.
async fn begins(server: &Server, path: &str, size: usize) -> TcpStream {
    const READY: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut stream = TcpStream::connect(server.dav).await.unwrap();
    let password = BASE64.encode(format!("jansen:{PASSWORD}").as_bytes());
    let head = format!(
        "PUT {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {password}\r\n\
         Content-Length: {size}\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut said = [0; READY.len()];
    stream.read_exact(&mut said).await.unwrap();
    assert_eq!(said, READY);
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_when_it_is_asked_to_stop_comes_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::make(folder.path(), &folder.path().join("data"));
    server.start().await;
    let size = 300_000;
    let (mut uploads, mut others) = (Vec::new(), Vec::new());
    for n in 0..10 {
        let mut stream = begins(&server, &format!("/Back-ups/dav{n}"), size).await;
        stream.write_all(&noise(size, n)[..size / 2]).await.unwrap();
        uploads.push(stream);
        let sftp = server.sftp("jansen").await.unwrap();
        let handle = sftp.open(&format!("/Back-ups/sftp{n}")).await.unwrap();
        others.push((sftp, handle, noise(LARGE, 100 + n)));
    }
    let writing = others.into_iter().map(|(sftp, handle, content)| {
        tokio::spawn(async move { sftp.fill(handle, content).await })
    });
    let writing: Vec<_> = writing.collect();
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
