//! The program as it runs for real: a process of its own, on the ports it had before, with a dossier in
//! a folder that outlives it.

use super::{PASSWORD, cast, file, program};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use russh::client::{self, Handle};
use russh::keys::PublicKeyOrCertificate;
use russh_sftp::client::RawSftpSession;
use russh_sftp::protocol::{FileAttributes, OpenFlags, Packet, StatusCode};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_loondossier");

/// A dossier in a folder, and where it is served.
pub struct Server {
    folder: PathBuf,
    pub dav: SocketAddr,
    pub sftp: SocketAddr,
    running: Option<Child>,
}

/// A port of this process alone, given once: nobody else gets it while nothing of ours listens there.
pub fn free_port() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(20_000);
    let [_, a, b, c] = std::process::id().to_be_bytes();
    loop {
        let port = NEXT.fetch_add(1, Ordering::Relaxed);
        let address = SocketAddr::from(([127, a | 1, b, c], port));
        if std::net::TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

impl Server {
    /// With the fixed cast, and its data in a folder that may be on a disk of its own.
    pub fn make(folder: &Path, data: &Path) -> Self {
        let (dav, sftp) = (free_port(), free_port());
        let config = format!(
            "data_dir = \"{}\"\ndav.listen = \"{dav}\"\ndav.tls = \"off\"\nsftp.listen = \"{sftp}\"\n\
             ops.listen = \"127.0.0.1:0\"\nlimits.sftp_unauthenticated_per_source = 100\n\
             auth.password_wait = \"1m\"\n",
            data.display()
        );
        file(folder, "loondossier.toml", config.as_bytes());
        let server = Self { folder: folder.to_owned(), dav, sftp, running: None };
        server.runs(&["init"]);
        for (name, text) in cast() {
            file(&server.folder, &name, text.as_bytes());
        }
        let roster = server.folder.join("roster.toml");
        server.runs(&["roster", "apply", roster.to_str().unwrap()]);
        for login in ["jansen", "devries", "petra"] {
            let mut child = server.command(&["account", "set-password", login]);
            let mut child = child.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
            child.stdin.take().unwrap().write_all(format!("{PASSWORD}\n").as_bytes()).unwrap();
            assert!(child.wait().unwrap().success());
        }
        server
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(words).arg("--config").arg(self.folder.join("loondossier.toml"));
        command
    }

    /// Runs a command that must do its work, and gives what it printed.
    pub fn runs(&self, words: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.command(words).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(status.success(), "{words:?}: {}{}", text(&stdout), text(&stderr));
        text(&stdout)
    }

    /// Starts it, and waits until it answers.
    pub async fn start(&mut self) {
        let child = self.command(&["serve"]).stderr(Stdio::null()).spawn().unwrap();
        self.wait_for(child).await;
    }

    /// The same, with what it logs in a file.
    pub async fn start_told(&mut self, log: &Path) {
        let log = std::fs::File::create(log).unwrap();
        let child = self.command(&["serve"]).stderr(log).spawn().unwrap();
        self.wait_for(child).await;
    }

    /// The same in the hands of another program, which gets these words before the server's own.
    pub async fn start_under(&mut self, words: &[&str]) {
        let served = self.command(&["serve"]);
        let mut command = Command::new(program(words[0]));
        command.args(&words[1..]).arg(served.get_program()).args(served.get_args());
        let child = command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        self.wait_for(child).await;
    }

    async fn wait_for(&mut self, mut child: Child) {
        let until = Instant::now() + Duration::from_mins(1);
        while tokio::net::TcpStream::connect(self.sftp).await.is_err() {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended by itself: {ended:?}");
            assert!(Instant::now() < until, "it does not answer");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.running = Some(child);
    }

    /// Its process, while it runs.
    pub fn pid(&self) -> u32 {
        self.running.as_ref().unwrap().id()
    }

    /// Whether its process has not ended.
    pub fn runs_still(&mut self) -> bool {
        self.running.as_mut().unwrap().try_wait().unwrap().is_none()
    }

    /// A line of `/proc/<pid>/status`, in bytes.
    pub fn memory(&self, line: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|l| l.strip_prefix(line)).unwrap();
        line.trim_matches([':', '\t', ' ']).trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }

    /// SIGTERM: what runs may end. Whether it said that all went well.
    pub async fn stop(&mut self) -> bool {
        let mut child = self.running.take().unwrap();
        assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
        tokio::task::spawn_blocking(move || child.wait().unwrap().success()).await.unwrap()
    }

    pub fn dav(&self, login: &'static str) -> Dav {
        Dav { http: reqwest::Client::new(), server: self.dav, login }
    }

    pub async fn sftp(&self, login: &str) -> Option<Sftp> {
        Sftp::connect(self.sftp, login).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A WebDAV client of a server that may go away at any moment.
#[derive(Clone)]
pub struct Dav {
    http: reqwest::Client,
    server: SocketAddr,
    login: &'static str,
}

impl Dav {
    fn url(&self, path: &str) -> String {
        let parts = path.split('/').map(|part| utf8_percent_encode(part, NON_ALPHANUMERIC));
        let parts: Vec<_> = parts.map(|part| part.to_string()).collect();
        format!("http://{}{}", self.server, parts.join("/"))
    }

    /// The status and body of an answer, when one came whole.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        to: Option<&str>,
        body: Vec<u8>,
    ) -> Option<(u16, Vec<u8>)> {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, self.url(path)).body(body);
        request = request.basic_auth(self.login, Some(PASSWORD)).header("Depth", "infinity");
        if let Some(to) = to {
            request = request.header("Destination", self.url(to)).header("Overwrite", "T");
        }
        let answer = request.timeout(Duration::from_mins(1)).send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.bytes().await.ok()?.to_vec()))
    }

    /// Whether it was answered with success.
    pub async fn put(&self, path: &str, content: Vec<u8>) -> bool {
        self.ask("PUT", path, None, content).await.is_some_and(|(status, _)| status < 300)
    }

    pub async fn rename(&self, from: &str, to: &str) -> bool {
        let moved = self.ask("MOVE", from, Some(to), Vec::new()).await;
        moved.is_some_and(|(status, _)| status < 300)
    }

    /// What is there, `None` where nothing is. A server that runs must answer.
    pub async fn get(&self, path: &str) -> Option<Vec<u8>> {
        match self.ask("GET", path, None, Vec::new()).await.expect("an answer") {
            (200, content) => Some(content),
            (404, _) => None,
            (status, body) => panic!("{path}: {status} {}", String::from_utf8_lossy(&body)),
        }
    }
}

/// Trusts the server whatever its key.
struct AnyKey;

impl client::Handler for AnyKey {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

/// An SFTP client of a server that may go away at any moment.
pub struct Sftp {
    session: RawSftpSession,
    _connection: Handle<AnyKey>,
}

impl Sftp {
    async fn connect(server: SocketAddr, login: &str) -> Option<Self> {
        let config = Arc::new(client::Config::default());
        let mut connection = client::connect(config, server, AnyKey).await.ok()?;
        let signed_in = connection.authenticate_password(login, PASSWORD).await.ok()?;
        assert!(signed_in.success(), "{login} signs in");
        let channel = connection.channel_open_session().await.ok()?;
        channel.request_subsystem(true, "sftp").await.ok()?;
        let session = RawSftpSession::new(channel.into_stream());
        session.set_timeout(60);
        session.init().await.ok()?;
        Some(Self { session, _connection: connection })
    }

    /// Whether every step, CLOSE the last of them, was answered with success.
    pub async fn put(&self, path: &str, content: Vec<u8>) -> bool {
        let Some(handle) = self.open(path).await else { return false };
        self.fill(handle, content).await
    }

    /// The handle of a file that is put there, if it was opened.
    pub async fn open(&self, path: &str) -> Option<String> {
        let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE;
        let opened = self.session.open(path, flags, FileAttributes::empty()).await;
        opened.ok().map(|opened| opened.handle)
    }

    /// Writes all there is and closes; whether each step was answered with success.
    pub async fn fill(&self, handle: String, content: Vec<u8>) -> bool {
        for (at, piece) in (0..).step_by(32_768).zip(content.chunks(32_768)) {
            if self.session.write(&handle, at, piece.to_owned()).await.is_err() {
                return false;
            }
        }
        self.session.close(handle).await.is_ok()
    }

    pub async fn rename(&self, from: &str, to: &str) -> bool {
        let string = |text: &str| {
            let length = u32::try_from(text.len()).unwrap();
            [&length.to_be_bytes(), text.as_bytes()].concat()
        };
        let body = [string(from), string(to)].concat();
        let answer = self.session.extended("posix-rename@openssh.com", body).await;
        matches!(answer, Ok(Packet::Status(status)) if status.status_code == StatusCode::Ok)
    }
}
