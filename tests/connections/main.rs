//! Connections: how many, how slow, over TLS and HTTP/2, through proxies, and how they end.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what fails here fails the test")]

#[path = "../common/mod.rs"]
mod common;

mod certificate;
mod http2;
mod idle;
mod limits;
mod proxies;
mod scanned;
mod slow;

use common::{Gateway, PASSWORD};
use data_encoding::BASE64;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// Where A. de Vries puts things in these tests.
const FILE: &str = "/Mijn%20bestanden/a.txt";
/// Less than the minute after which the server itself gives up who does nothing.
const PATIENCE: Duration = Duration::from_secs(50);

/// A connection of HTTP/1.1 that stays open.
struct Client(TcpStream);

impl Client {
    async fn new(host: SocketAddr) -> Self {
        Self(TcpStream::connect(host).await.unwrap())
    }

    /// From another address of this machine.
    async fn from(address: &str, host: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(format!("{address}:0").parse().unwrap()).unwrap();
        Self(socket.connect(host).await.unwrap())
    }

    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// The status of a request, after which the connection goes on.
    async fn ask(&mut self, head: &str) -> Option<u16> {
        self.0.write_all(head.as_bytes()).await.ok()?;
        self.status().await
    }

    /// The status of the next answer, of which all is read; `None` when the connection ended instead.
    async fn status(&mut self) -> Option<u16> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let next = timeout(PATIENCE, self.0.read_u8()).await.expect("hangs: no answer in time");
            head.push(next.ok()?);
        }
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        let length = head.split_once("content-length: ").map_or("0", |(_, rest)| rest);
        let length = length.split("\r\n").next().unwrap().parse().unwrap();
        self.0.read_exact(&mut vec![0; length]).await.ok()?;
        head.split(' ').nth(1).unwrap().parse().ok()
    }

    /// All that still comes until the connection ends, and how long that takes.
    async fn end(&mut self) -> (Vec<u8>, Duration) {
        let (mut rest, begun) = (Vec::new(), Instant::now());
        let read = timeout(PATIENCE, self.0.read_to_end(&mut rest)).await;
        drop(read.expect("the connection does not end"));
        (rest, begun.elapsed())
    }
}

/// The head of a request of A. de Vries.
fn head(method: &str, path: &str, headers: &str) -> String {
    head_of(method, path, headers, PASSWORD)
}

/// The same with what may not be the password.
fn head_of(method: &str, path: &str, headers: &str, password: &str) -> String {
    let basic = BASE64.encode(format!("devries:{password}").as_bytes());
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {basic}\r\n{headers}\r\n"
    )
}

/// Puts A. de Vries' file there.
async fn put(gateway: &Gateway, content: &[u8]) {
    let mut client = Client::new(gateway.dav).await;
    client.send(head("PUT", FILE, &format!("Content-Length: {}\r\n", content.len()))).await;
    client.send(content).await;
    assert!(client.status().await.is_some_and(|status| [201, 204].contains(&status)));
}
