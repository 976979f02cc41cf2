//! A connection that is kept, and answers read to the byte where they end.

use crate::mutants::Request;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Less than the minute after which the server itself gives up who does nothing.
const PATIENCE: Duration = Duration::from_secs(50);

pub(crate) struct Connection {
    host: SocketAddr,
    stream: BufStream<TcpStream>,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

async fn connect(host: SocketAddr) -> BufStream<TcpStream> {
    let stream = TcpStream::connect(host).await.unwrap();
    stream.set_nodelay(true).unwrap();
    BufStream::new(stream)
}

impl Connection {
    pub(crate) async fn open(host: SocketAddr) -> Self {
        Self { host, stream: connect(host).await }
    }

    pub(crate) async fn open_again(&mut self) {
        self.stream = connect(self.host).await;
    }

    /// The answer to a request, or why there is none.
    pub(crate) async fn ask(&mut self, request: &Request) -> Result<Reply, String> {
        let exchange = async {
            self.stream.write_all(&request.bytes()).await.map_err(|e| e.to_string())?;
            self.stream.flush().await.map_err(|e| e.to_string())?;
            self.read(request.method == b"HEAD").await
        };
        timeout(PATIENCE, exchange).await.unwrap_or_else(|_| Err("not answered in time".into()))
    }

    async fn read(&mut self, head: bool) -> Result<Reply, String> {
        let line = self.line().await?;
        let status = line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let status = status.ok_or_else(|| format!("no status in {line:?}"))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| format!("header {line:?}"))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let reply = Reply { status, headers };
        if head || status == 204 || status == 304 {
            return Ok(reply);
        }
        if reply.header("transfer-encoding") == Some("chunked") {
            self.chunks().await?;
        } else {
            let length = reply.header("content-length").and_then(|text| text.parse().ok());
            self.skip(length.ok_or("a body without an end")?).await?;
        }
        Ok(reply)
    }

    async fn line(&mut self) -> Result<String, String> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).await.map_err(|e| e.to_string())?;
        let line = line.strip_suffix(b"\r\n").ok_or("cut off")?;
        Ok(String::from_utf8_lossy(line).into_owned())
    }

    async fn chunks(&mut self) -> Result<(), String> {
        loop {
            let line = self.line().await?;
            let size = usize::from_str_radix(&line, 16).map_err(|_| format!("chunk {line:?}"))?;
            self.skip(size).await?;
            if !self.line().await?.is_empty() {
                return Err("a chunk that is longer than it says".into());
            }
            if size == 0 {
                return Ok(());
            }
        }
    }

    async fn skip(&mut self, size: usize) -> Result<(), String> {
        let mut body = vec![0; size];
        self.stream.read_exact(&mut body).await.map(drop).map_err(|e| e.to_string())
    }
}
