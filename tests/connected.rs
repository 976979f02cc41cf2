//! What ends while somebody is reading it: the real program, with its real clock, and commands that
//! run beside it.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what fails here fails the test")]

mod common;

use common::PASSWORD;
use common::server::Server;
use common::ssh::noise;
use common::wire::{Line, Wire, code, kind, open};
use data_encoding::BASE64;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

/// Within which what ends has ended.
const SOON: Duration = Duration::from_secs(5);
/// Takes longer than that to read at the pace of these readers, however much lies between.
const SIZE: usize = 64 << 20;
/// What the system holds between two programs, and what one of them has at hand.
const ON_ITS_WAY: usize = 12 << 20;

const MINE: &str = "/Mijn bestanden/groot.bin";
const SHARED: &str = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/groot.bin";
const SEEN: &str = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer/groot.bin";
const TO_OFFICE: &str = "/Gedeeld met kantoor/groot.bin";
const BY_EMPLOYER: &str = "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever/groot.bin";
const DELIVERED: &str =
    "/Werkgevers/Bakkerij Jansen BV/Werknemers/0042 A. de Vries/Loonstrook 2026-11.pdf";
const PAYSLIP: &str = "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-11.pdf";
const RECEIPTS: &str = "/Aanleveren/Ontvangst";

async fn running(folder: &Path) -> Server {
    let mut server = Server::make(folder, &folder.join("data"));
    server.start().await;
    server
}

/// Applies the roster, changed, as the operator does it while the server runs.
fn apply(server: &Server, folder: &Path, old: &str, new: &str) {
    let file = folder.join("roster.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(old), "{old} is in the roster");
    std::fs::write(&file, text.replacen(old, new, 1)).unwrap();
    server.runs(&["roster", "apply", file.to_str().unwrap()]);
}

/// Someone's download over WebDAV, with as little as possible between the two ends.
struct Fetch {
    stream: TcpStream,
    got: usize,
}

impl Fetch {
    async fn begin(server: &Server, login: &str, path: &str) -> Self {
        let parts = path.split('/').map(|p| utf8_percent_encode(p, NON_ALPHANUMERIC).to_string());
        let uri = parts.collect::<Vec<_>>().join("/");
        let secret = BASE64.encode(format!("{login}:{PASSWORD}").as_bytes());
        let head =
            format!("GET {uri} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {secret}\r\n\r\n");
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(64 << 10).unwrap();
        let mut stream = socket.connect(server.dav).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut fetch = Self { stream, got: 0 };
        let start = fetch.take().await;
        assert!(start.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&start));
        fetch
    }

    /// What has come; nothing at the end.
    async fn take(&mut self) -> Vec<u8> {
        let mut piece = vec![0; 64 << 10];
        let read = timeout(2 * SOON, self.stream.read(&mut piece)).await;
        let length = read.expect("hangs: neither more nor an end").unwrap_or(0);
        piece.truncate(length);
        self.got += length;
        piece
    }

    /// Reads on at an easy pace, until nothing more comes or this long after something happened.
    async fn read_on(&mut self, happened: Instant, long: Duration) {
        while happened.elapsed() < long && !self.take().await.is_empty() {
            sleep(Duration::from_millis(8)).await;
        }
    }

    /// How much still comes when all is taken at once.
    async fn rest(&mut self) -> usize {
        let before = self.got;
        while self.got < SIZE && !self.take().await.is_empty() {}
        self.got - before
    }
}

/// Someone's file that is open over SFTP, of which much was read at once.
struct Reading {
    _line: Line,
    wire: Wire,
    handle: Vec<u8>,
    at: u64,
}

impl Reading {
    async fn begin(server: &Server, login: &str, path: &str) -> Self {
        let line = Line::by_password(server.sftp, login, PASSWORD).await;
        let mut wire = line.sftp().await;
        let handle = wire.open(path, open::READ).await;
        let mut reading = Self { _line: line, wire, handle, at: 0 };
        while reading.at < 16 << 20 {
            assert!(reading.take(256 << 10).await, "it is read while it may be");
        }
        reading
    }

    /// Whether more of it came.
    async fn take(&mut self, length: u32) -> bool {
        let fields = [&self.handle[..], &self.at.to_be_bytes(), &length.to_be_bytes()].concat();
        let Some(answer) = self.wire.try_to_ask(kind::READ, &[&fields]).await else { return false };
        if answer.kind == kind::DATA {
            self.at += answer.string().len() as u64;
            return true;
        }
        assert!(answer.code() != code::EOF, "it does not seem whole");
        false
    }

    /// Reads on in small pieces until nothing more comes; when it asked for the last that came.
    async fn read_on(&mut self) -> Instant {
        let mut last = Instant::now();
        loop {
            let asked = Instant::now();
            if !self.take(32 << 10).await {
                return last;
            }
            last = asked;
            sleep(Duration::from_millis(40)).await;
        }
    }

    async fn gives_nothing_more(&mut self) {
        for at in [self.at, 0, 1 << 20] {
            self.at = at;
            assert!(!self.take(1).await, "it was given a byte from {at}");
        }
    }
}

/// Two readers of one file, while something happens: both are cut off soon, before the end.
async fn are_cut_off(mut fetch: Fetch, mut reading: Reading, happens: impl AsyncFnOnce()) {
    fetch.take().await;
    happens().await;
    let happened = Instant::now();
    let ((), ()) = tokio::join!(
        async {
            fetch.read_on(happened, SOON).await;
            let rest = fetch.rest().await;
            assert!(rest < ON_ITS_WAY, "WebDAV: {rest} bytes more than was on its way");
        },
        async {
            let last = reading.read_on().await - happened;
            assert!(last < SOON, "SFTP: what was asked for after {last:?} came");
            reading.gives_nothing_more().await;
        },
    );
    assert!(fetch.got < SIZE, "it did not come whole");
    assert!(reading.at < SIZE as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_ends_when_the_document_is_shared_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let server = running(folder.path()).await;
    let devries = server.dav("devries");
    assert!(devries.put(SHARED, noise(SIZE, 1)).await);
    let fetch = Fetch::begin(&server, "jansen", SEEN).await;
    let mut slow = Fetch::begin(&server, "jansen", SEEN).await;
    let reading = Reading::begin(&server, "jansen", SEEN).await;
    are_cut_off(fetch, reading, async || assert!(devries.rename(SHARED, MINE).await)).await;
    // Who takes nothing for a while gets what was on its way then, and no more.
    sleep(SOON).await;
    slow.rest().await;
    assert!(slow.got < ON_ITS_WAY, "{} bytes", slow.got);
    assert!(devries.get(MINE).await.unwrap() == noise(SIZE, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_ends_when_the_payslip_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let server = running(folder.path()).await;
    let petra = server.dav("petra");
    let payslip = [b"%PDF-1.4\n", &noise(SIZE, 4)[..], b"\n%%EOF\n"].concat();
    // Two that it delivered to the wrong employee, one after another.
    for by_command in [false, true] {
        assert!(petra.put(DELIVERED, payslip.clone()).await);
        let fetch = Fetch::begin(&server, "devries", PAYSLIP).await;
        let reading = Reading::begin(&server, "devries", PAYSLIP).await;
        let take_back = async || {
            if by_command {
                let node = last_receipt(&server).await;
                let told = server.runs(&["withdraw", &node, "--reason", "verkeerde medewerker"]);
                assert!(told.contains("it had been opened"), "{told}");
            } else {
                let (deleted, _) = petra.ask("DELETE", DELIVERED, None, vec![]).await.unwrap();
                assert_eq!(deleted, 204);
            }
            assert_eq!(server.dav("devries").get(PAYSLIP).await, None, "gone at once");
        };
        are_cut_off(fetch, reading, take_back).await;
    }
}

/// The id of what was delivered last.
async fn last_receipt(server: &Server) -> String {
    let days: Vec<String> =
        serde_json::from_str(&server.runs(&["tree", "petra", RECEIPTS, "--json"])).unwrap();
    let day = days.iter().max().unwrap();
    let text = String::from_utf8(server.dav("petra").get(day).await.unwrap()).unwrap();
    text.trim_end().rsplit(';').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_ends_when_its_account_is_suspended() {
    let folder = tempfile::tempdir().unwrap();
    let server = running(folder.path()).await;
    assert!(server.dav("jansen").put(MINE, noise(SIZE, 2)).await);
    let fetch = Fetch::begin(&server, "jansen", MINE).await;
    let reading = Reading::begin(&server, "jansen", MINE).await;
    let suspend = async || drop(server.runs(&["account", "suspend", "jansen"]));
    are_cut_off(fetch, reading, suspend).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_ends_when_the_engagement_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let server = running(folder.path()).await;
    assert!(server.dav("jansen").put(TO_OFFICE, noise(SIZE, 3)).await);
    let fetch = Fetch::begin(&server, "petra", BY_EMPLOYER).await;
    let reading = Reading::begin(&server, "petra", BY_EMPLOYER).await;
    let old = "\"kantoor-visser\", from = 2026-01-01, release";
    let new = "\"kantoor-visser\", from = 2026-01-01, until = 2026-01-02, release";
    are_cut_off(fetch, reading, async || apply(&server, folder.path(), old, new)).await;
    let went_back = "/Mijn bestanden/Eerder gedeeld met Administratiekantoor Visser/groot.bin";
    assert!(server.dav("jansen").get(went_back).await.unwrap() == noise(SIZE, 3));
}
