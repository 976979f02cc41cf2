//! One request, one connection, one answer, with nothing made right on the way.

use crate::common::{Gateway, PASSWORD};
use data_encoding::BASE64;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Less than the minute after which the server itself gives up who does nothing.
const PATIENCE: Duration = Duration::from_secs(50);

/// Methods that are spoken here, then some that are not.
pub(crate) const METHODS: [&str; 20] = [
    "OPTIONS",
    "GET",
    "HEAD",
    "PUT",
    "DELETE",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "POST",
    "PATCH",
    "TRACE",
    "REPORT",
    "SEARCH",
    "ACL",
    "get",
    "X",
];

/// What a request line cannot have. All else stays as the test wrote it.
const UNSAFE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'#').add(b'|');

/// A path as a URI has it.
pub(crate) fn uri(path: &str) -> String {
    utf8_percent_encode(path, UNSAFE).to_string()
}

/// Somebody who signs in with every request.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) host: SocketAddr,
    authorization: String,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The head without its date, as it came.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Person {
    pub(crate) fn new(gateway: &Gateway, login: &str) -> Self {
        Self::with(gateway, login, PASSWORD)
    }

    /// With another password than everybody's.
    pub(crate) fn with(gateway: &Gateway, login: &str, password: &str) -> Self {
        Self::at(gateway.dav, login, password)
    }

    /// Of a server that runs elsewhere.
    pub(crate) fn at(host: SocketAddr, login: &str, password: &str) -> Self {
        let authorization = BASE64.encode(format!("{login}:{password}").as_bytes());
        Self { host, authorization }
    }

    /// The head of a request that ends the connection.
    pub(crate) fn head(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> String {
        let (path, host, authorization) = (uri(path), self.host, &self.authorization);
        let headers: Vec<_> = headers.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        let headers = headers.concat();
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {authorization}\r\n\
             Connection: close\r\n{headers}\r\n"
        )
    }

    /// Sends these bytes and no more, and reads to the end.
    pub(crate) async fn send_raw(&self, bytes: &[u8]) -> Answer {
        Answer::parse(&self.exchange(bytes, false).await)
    }

    /// The same for a request that is cut off: its status, if it is answered.
    pub(crate) async fn send_cut(&self, bytes: &[u8]) -> Option<u16> {
        let answer = self.exchange(bytes, true).await;
        (!answer.is_empty()).then(|| Answer::parse(&answer).status)
    }

    /// All that is answered to these bytes.
    pub(crate) async fn exchange(&self, bytes: &[u8], cut: bool) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.host).await.unwrap();
        // Who is refused may be answered, and cut off, before all was sent.
        drop(stream.write_all(bytes).await);
        if cut {
            drop(stream.shutdown().await);
        }
        let mut answer = Vec::new();
        let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
        drop(read.expect("hangs: no answer in time"));
        answer
    }

    /// Sends the beginning of a request.
    pub(crate) async fn begin(&self, bytes: &[u8]) -> Begun {
        let mut stream = TcpStream::connect(self.host).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        Begun(stream)
    }

    /// Begins a PUT of so many bytes: the server has looked at all that it looks at before the first.
    pub(crate) async fn begin_put(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        length: usize,
    ) -> Begun {
        const READY: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
        let length = length.to_string();
        let waits = [("Content-Length", length.as_str()), ("Expect", "100-continue")];
        let headers = [headers, &waits].concat();
        let mut begun = self.begin(self.head("PUT", path, &headers).as_bytes()).await;
        let mut said = [0; READY.len()];
        let read = timeout(PATIENCE, begun.0.read_exact(&mut said)).await;
        read.expect("hangs: no word that it is ready").unwrap();
        assert_eq!(said, READY, "{path} {headers:?}: {}", String::from_utf8_lossy(&said));
        begun
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let length = body.len().to_string();
        let headers = [headers, &[("Content-Length", &length)]].concat();
        self.send_raw(format!("{}{body}", self.head(method, path, &headers)).as_bytes()).await
    }

    /// The status of a request without a body.
    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> u16 {
        self.send(method, path, headers, "").await.status
    }

    pub(crate) async fn put(&self, path: &str, content: &str) {
        let answer = self.send("PUT", path, &[], content).await;
        assert!([201, 204].contains(&answer.status), "{path}: {}", answer.head);
    }

    pub(crate) async fn make(&self, path: &str) {
        assert_eq!(self.ask("MKCOL", path, &[]).await, 201, "{path}");
    }

    /// What is in a file; `None` where nothing is.
    pub(crate) async fn get(&self, path: &str) -> Option<String> {
        let answer = self.send("GET", path, &[], "").await;
        match answer.status {
            200 => Some(answer.body),
            404 => None,
            status => panic!("{path}: {status}"),
        }
    }

    /// A header with the URL of a path, for MOVE and COPY.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{}", self.host, uri(path))
    }

    /// A PROPFIND of all properties that are told unasked.
    pub(crate) async fn find(&self, path: &str, depth: &str) -> Answer {
        self.send("PROPFIND", path, &[("Depth", depth)], "").await
    }

    /// All that is below a folder, with what is in it, in order.
    pub(crate) async fn tree(&self, folder: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut folders = vec![uri(folder)];
        while let Some(folder) = folders.pop() {
            let answer = self.find(&folder, "1").await;
            assert_eq!(answer.status, 207, "{folder}");
            for link in answer.links().into_iter().skip(1) {
                match link.strip_suffix('/') {
                    Some(inner) => {
                        folders.push(inner.to_owned());
                        found.push((link, String::new()));
                    }
                    None => found.push((link.clone(), self.get(&link).await.unwrap())),
                }
            }
        }
        found.sort();
        found
    }
}

/// A request of which the beginning was sent.
pub(crate) struct Begun(TcpStream);

impl Begun {
    /// Sends the rest, and reads the answer.
    pub(crate) async fn finish(mut self, rest: &[u8]) -> Answer {
        drop(self.0.write_all(rest).await);
        let mut answer = Vec::new();
        let read = timeout(PATIENCE, self.0.read_to_end(&mut answer)).await;
        drop(read.expect("hangs: no answer in time"));
        Answer::parse(&answer)
    }
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").expect("an answer with a head");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let lines = head.split("\r\n").filter(|l| !l.to_ascii_lowercase().starts_with("date:"));
        let head = lines.collect::<Vec<_>>().join("\r\n");
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        let body = if chunked { unchunked(bytes) } else { body.to_owned() };
        Self { status, head, body }
    }

    /// All of it but the date: what two answers that tell nothing have in common.
    pub(crate) fn whole(&self) -> String {
        format!("{}\r\n\r\n{}", self.head, self.body)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.head.split("\r\n").filter_map(|line| line.split_once(": "));
        pairs.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    /// What stands between the tags of the first element of this name.
    pub(crate) fn element(&self, name: &str) -> Option<&str> {
        let rest = self.body.split(&format!("<{name}>")).nth(1)?;
        rest.split(&format!("</{name}>")).next()
    }

    /// The links of a multistatus.
    pub(crate) fn links(&self) -> Vec<String> {
        let parts = self.body.split("<D:response><D:href>").skip(1);
        parts.map(|part| part.split('<').next().unwrap().to_owned()).collect()
    }
}

/// The body of an answer in chunks, which must have come to its end.
fn unchunked(bytes: &[u8]) -> String {
    let start = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let (_, mut rest) = bytes.split_at(start + 4);
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|w| w == b"\r\n").expect("an answer that is whole");
        let (size, after) = rest.split_at(line);
        let size = usize::from_str_radix(std::str::from_utf8(size).unwrap(), 16).unwrap();
        let (_, after) = after.split_at(2);
        let (chunk, after) = after.split_at(size);
        if size == 0 {
            return String::from_utf8_lossy(&body).into_owned();
        }
        body.extend_from_slice(chunk);
        (_, rest) = after.split_at(2);
    }
}
