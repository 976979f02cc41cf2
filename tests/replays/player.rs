//! Sends a recording again, and looks at what came of it.

use crate::common::{Gateway, PASSWORD, pdf};
use crate::script::{Request, Script, Wanted};
use data_encoding::BASE64;
use loondossier::dossier::{DossierPath, Error};
use loondossier::vfs::{Also, Create, Entry};
use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Less than the minute after which the server itself gives up who does nothing.
const PATIENCE: Duration = Duration::from_secs(50);

/// Where a recording is played: by whom, and who else sees what it makes, where and under which name.
struct Place {
    login: &'static str,
    folder: &'static str,
    /// What is called `{file}`.
    file: &'static str,
    reader: Option<(&'static str, &'static str)>,
    delivers: bool,
}

fn place(name: &str) -> Place {
    let brief = "brief.docx";
    match name {
        "own" => Place {
            login: "devries",
            folder: "/Mijn bestanden",
            file: brief,
            reader: None,
            delivers: false,
        },
        "shared" => Place {
            login: "devries",
            folder: "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever",
            file: brief,
            reader: Some(("jansen", "/Werknemers/0042 A. de Vries/Gedeeld door werknemer")),
            delivers: false,
        },
        "backup" => Place {
            login: "jansen",
            folder: "/Back-ups",
            file: brief,
            reader: None,
            delivers: false,
        },
        "delivery" => Place {
            login: "petra",
            folder: "/Aanleveren",
            file: "123456782L01_0042_loonstrook_2026-11.pdf",
            reader: Some(("devries", "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026")),
            delivers: true,
        },
        other => panic!("no such place: {other}"),
    }
}

/// A recording being played in one place.
struct Player {
    gateway: Gateway,
    place: Place,
    /// What the words between braces stand for.
    words: BTreeMap<String, String>,
    authorization: String,
    stream: BufReader<TcpStream>,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

/// Plays a recording in each of its places.
pub(crate) async fn play(text: &str) {
    let script = Script::parse(text);
    assert!(!script.places.is_empty() && !script.requests.is_empty());
    for name in &script.places {
        let mut player = Player::start(place(name), &script).await;
        let mut given = BTreeMap::new();
        for (file, content) in &script.given {
            let file = player.said(file);
            player.put(&file, &player.said(content)).await;
            given.insert(file.clone(), player.entry(&file).await.unwrap());
        }
        // Long after they were put there.
        player.gateway.clock.advance(3_600_000);
        for request in &script.requests {
            player.ask(&script, request, name).await;
            // Programs take their time, but not a minute.
            player.gateway.clock.advance(500);
        }
        for then in &script.then {
            player.holds(&player.said(then), &given, name).await;
        }
    }
}

impl Player {
    async fn start(place: Place, script: &Script) -> Self {
        let gateway = Gateway::start().await;
        let stream = BufReader::new(TcpStream::connect(gateway.dav).await.unwrap());
        let domain = script.domain.as_ref().map_or(String::new(), |domain| format!("{domain}\\"));
        let login = format!("{domain}{}:{PASSWORD}", place.login);
        let authorization = format!("Basic {}", BASE64.encode(login.as_bytes()));
        let content = |text| String::from_utf8(pdf(text)).unwrap();
        let words = [
            ("there", place.folder.replace(' ', "%20")),
            ("file", place.file.to_owned()),
            ("url", format!("http://{}", gateway.dav)),
            ("one", content("the first content")),
            ("two", content("other content, and longer")),
            ("size of two", content("other content, and longer").len().to_string()),
        ];
        let words = words.map(|(word, text)| (word.to_owned(), text)).into();
        Self { gateway, place, words, authorization, stream }
    }

    /// A text with what its words stand for.
    fn said(&self, text: &str) -> String {
        let put =
            |text: String, (word, is): (&String, &String)| text.replace(&format!("{{{word}}}"), is);
        self.words.iter().fold(text.to_owned(), put)
    }

    async fn put(&self, name: &str, content: &str) {
        let session = self.gateway.session(self.place.login).await;
        let create = Create { make: true, ..Create::default() };
        let path = path(self.place.folder, name);
        let mut upload = self.gateway.vfs.create(&session, &path, create).await.unwrap();
        upload.write_at(0, content.as_bytes().to_vec().into()).await.unwrap();
        upload.commit().await.unwrap();
    }

    async fn entry(&self, name: &str) -> Result<Entry, Error> {
        let session = self.gateway.session(self.place.login).await;
        self.gateway.vfs.stat(&session, &path(self.place.folder, name)).await
    }

    async fn content(&self, login: &str, path: &DossierPath) -> Result<String, Error> {
        let session = self.gateway.session(login).await;
        let file = self.gateway.vfs.open(&session, path).await?;
        Ok(String::from_utf8(file.read_at(0, 1 << 20).await?.to_vec()).unwrap())
    }

    /// Asks, and compares what is answered.
    async fn ask(&mut self, script: &Script, request: &Request, place: &str) {
        let answer = self.send(script, request).await;
        let Request { method, path, .. } = request;
        let about = format!("{place}: {method} {path}: {}\r\n{}", answer.head, answer.body);
        for wanted in &request.wanted {
            match wanted {
                Wanted::Status(any) => assert!(any.contains(&answer.status), "{any:?} {about}"),
                Wanted::Header(name, text) => {
                    let value = answer.header(name).unwrap_or_else(|| panic!("{name} {about}"));
                    assert!(value.contains(&self.said(text)), "{name} {text} {about}");
                }
                Wanted::Body(text) => {
                    assert!(answer.body.contains(&self.said(text)), "{text} {about}");
                }
                Wanted::NoBody(text) => {
                    assert!(!answer.body.contains(&self.said(text)), "{text} {about}");
                }
                Wanted::Token(name) => {
                    let token = answer.header("lock-token").unwrap_or_else(|| panic!("{about}"));
                    let token = token.trim_matches(['<', '>']).to_owned();
                    // Windows takes it from the body.
                    assert!(answer.body.contains(&token), "{about}");
                    self.words.insert(name.clone(), token);
                }
            }
        }
    }

    async fn send(&mut self, script: &Script, request: &Request) -> Answer {
        let body = self.said(&request.body.join("\n"));
        let mut headers = vec![
            ("Host".to_owned(), self.gateway.dav.to_string()),
            ("Authorization".to_owned(), self.authorization.clone()),
        ];
        headers.extend(script.always.iter().cloned());
        let own = |name: &str| request.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        headers.retain(|(name, _)| !own(name));
        headers.extend(request.headers.iter().map(|(n, v)| (n.clone(), self.said(v))));
        // What a client sends without, it leaves out.
        headers.retain(|(_, value)| !value.is_empty());
        let has = |name: &str, value: &str| {
            let is = |(n, v): &(String, String)| {
                n.eq_ignore_ascii_case(name) && v.eq_ignore_ascii_case(value)
            };
            headers.iter().any(is)
        };
        let (chunked, waits) = (has("Transfer-Encoding", "chunked"), has("Expect", "100-continue"));
        if !chunked {
            headers.push(("Content-Length".to_owned(), body.len().to_string()));
        }
        let lines: Vec<_> = headers.iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        let (method, path) = (&request.method, self.said(&request.path));
        let head = format!("{method} {path} HTTP/1.1\r\n{}\r\n", lines.concat());
        self.stream.write_all(head.as_bytes()).await.unwrap();
        if waits {
            let said = self.head().await;
            assert!(said.starts_with("HTTP/1.1 100 "), "{method} {path}: {said}");
        }
        let body = if chunked { in_chunks(&body) } else { body };
        self.stream.write_all(body.as_bytes()).await.unwrap();
        let head = self.head().await;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer { status, head, body: String::new() };
        let kept = answer.header("connection").is_none_or(|v| !v.eq_ignore_ascii_case("close"));
        assert!(kept, "the connection is kept: {}", answer.head);
        if method != "HEAD" && ![204, 304].contains(&status) {
            answer.body = self.body(&answer).await;
        }
        answer
    }

    async fn line(&mut self) -> String {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            let read = timeout(PATIENCE, self.stream.read_u8()).await;
            line.push(read.expect("hangs: no answer in time").expect("the connection is kept"));
        }
        String::from_utf8(line).unwrap().trim_end().to_owned()
    }

    async fn head(&mut self) -> String {
        let mut lines = vec![self.line().await];
        while lines.last().is_some_and(|line| !line.is_empty()) {
            lines.push(self.line().await);
        }
        lines.join("\r\n")
    }

    async fn body(&mut self, answer: &Answer) -> String {
        let mut body = Vec::new();
        if answer.header("transfer-encoding").is_some() {
            loop {
                let size = usize::from_str_radix(&self.line().await, 16).unwrap();
                let mut chunk = vec![0; size + 2];
                self.stream.read_exact(&mut chunk).await.unwrap();
                if size == 0 {
                    break;
                }
                body.extend_from_slice(&chunk[..size]);
            }
        } else {
            body.resize(answer.header("content-length").map_or(0, |n| n.parse().unwrap()), 0);
            self.stream.read_exact(&mut body).await.unwrap();
        }
        String::from_utf8_lossy(&body).into_owned()
    }

    /// Whether something holds in the end.
    async fn holds(&self, then: &str, given: &BTreeMap<String, Entry>, place: &str) {
        let about = format!("{place}: {then}");
        if then == "no locks" {
            return self.no_locks(&about).await;
        }
        if let Some(name) = then.strip_prefix("no ") {
            assert_eq!(self.entry(name).await.err(), Some(Error::NotFound), "{about}");
            return;
        }
        if let Some((name, content)) = then.split_once(" = ") {
            return self.has(name, content, &about).await;
        }
        if let Some((name, time)) = then.split_once(" time ") {
            let time = httpdate::parse_http_date(time).unwrap().duration_since(UNIX_EPOCH).unwrap();
            let modified = self.entry(name).await.unwrap().modified;
            assert_eq!(u128::try_from(modified).unwrap(), time.as_millis(), "{about}");
            return;
        }
        let (name, was) = then.split_once(" is ").unwrap_or_else(|| panic!("{about}"));
        let (is, was) = (self.entry(name).await.unwrap(), &given[was]);
        assert_eq!(is.public_id, was.public_id, "{about}");
        assert!(is.version > was.version, "{about}");
    }

    async fn has(&self, name: &str, content: &str, about: &str) {
        if !self.place.delivers {
            let path = path(self.place.folder, name);
            let is = self.content(self.place.login, &path).await;
            assert_eq!(is.as_deref(), Ok(content), "{about}");
        }
        if let Some((login, folder)) = self.place.reader {
            let name = if self.place.delivers { "Loonstrook 2026-11.pdf" } else { name };
            let is = self.content(login, &path(folder, name)).await;
            assert_eq!(is.as_deref(), Ok(content), "{about}, for {login}");
        }
    }

    async fn no_locks(&self, about: &str) {
        let session = self.gateway.session(self.place.login).await;
        let folder = DossierPath::parse(self.place.folder).unwrap();
        let mut listing = self.gateway.vfs.list(&session, &folder, Also::default()).await.unwrap();
        while let Some(entry) = listing.next().await.unwrap() {
            assert!(entry.locks.is_empty(), "{about}: {entry:?}");
        }
    }
}

fn path(folder: &str, name: &str) -> DossierPath {
    DossierPath::parse(&format!("{folder}/{name}")).unwrap()
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.head.split("\r\n").filter_map(|line| line.split_once(": "));
        pairs.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

/// A body as whoever does not know its length sends it.
fn in_chunks(body: &str) -> String {
    let (one, two) = body.split_at(body.len() / 2);
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let chunks = [one, two].into_iter().filter(|text| !text.is_empty()).map(chunk);
    format!("{}0\r\n\r\n", chunks.collect::<String>())
}
