//! A real mail server and a real receiver of webhooks, beside the gateway.

use crate::common::{Gateway, eventually, file, program};
use loondossier::clock::Clock;
use loondossier::ops::{self, Courier, MailServer, Mailer, Security, Webhook};
use loondossier::vfs::{Channel, Letter, Notices, Vfs};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long it must have been quiet.
pub(crate) const QUIET: Duration = Duration::from_secs(1);
pub(crate) const ADDRESS: &str = "https://dossier.example.nl";
pub(crate) const SECRET: &str = "een goed bewaard geheim";

/// A mail that arrived.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
    pub(crate) encrypted: bool,
    pub(crate) user: Option<String>,
}

impl Mail {
    pub(crate) fn subject(&self) -> &str {
        &self.headers["subject"]
    }
}

/// A request that arrived.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Request {
    pub(crate) status: u16,
    pub(crate) signed: bool,
    pub(crate) timestamp: i64,
    #[serde(rename = "type")]
    pub(crate) content: String,
    pub(crate) body: serde_json::Value,
}

/// A server of `tests/tools`, and what it took.
pub(crate) struct Server {
    running: Child,
    taken: PathBuf,
}

impl Server {
    async fn start(script: &str, at: SocketAddr, taken: &Path, args: &[&str]) -> Self {
        let script = format!("{}/tests/tools/{script}", env!("CARGO_MANIFEST_DIR"));
        let mut python = Command::new(program("python3"));
        let [host, port] = [at.ip().to_string(), at.port().to_string()];
        python.args([script, host, port]).arg(taken).args(args);
        let running = python.stdin(Stdio::piped()).spawn().unwrap();
        eventually("the server answers", || async { std::net::TcpStream::connect(at).is_ok() })
            .await;
        Self { running, taken: taken.to_owned() }
    }

    pub(crate) async fn of_mail(at: SocketAddr, folder: &Path, args: &[&str]) -> Self {
        Self::start("mail_server.py", at, &folder.join("mails"), args).await
    }

    pub(crate) async fn of_webhooks(at: SocketAddr, folder: &Path, failures: &str) -> Self {
        let args = [SECRET, failures];
        Self::start("webhook_receiver.py", at, &folder.join("webhooks"), &args).await
    }

    /// All that it took, in the order in which that came.
    pub(crate) fn took<T: DeserializeOwned>(&self) -> Vec<T> {
        let text = std::fs::read_to_string(&self.taken).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Waits until it took so many.
    pub(crate) async fn takes<T: DeserializeOwned>(&self, count: usize) -> Vec<T> {
        let what = format!("{count} arrive at {}", self.taken.display());
        eventually(&what, || async { self.took::<T>().len() >= count }).await;
        self.took()
    }

    /// The subjects of the mails that somebody got.
    pub(crate) fn subjects(&self, to: &str) -> Vec<String> {
        let all = self.took::<Mail>().into_iter().filter(|mail| mail.to == [to]);
        all.map(|mail| mail.subject().to_owned()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.running.stdin.take());
        drop(self.running.wait());
    }
}

/// Whoever mails to the server there, in the clear.
pub(crate) fn mailer(at: SocketAddr) -> Mailer {
    let server = MailServer {
        at: (at.ip().to_string(), at.port()),
        security: Security::Off,
        user: None,
        from: "Loondossier <dossier@example.nl>".into(),
        host: "dossier.example.nl".into(),
        address: ADDRESS.into(),
    };
    Mailer::new(server).unwrap()
}

pub(crate) fn webhook(at: SocketAddr) -> Webhook {
    Webhook::new(format!("http://{at}/hook"), SECRET.as_bytes()).unwrap()
}

/// A node that tells what happens after this, until it is dropped.
pub(crate) async fn node(gateway: &Gateway, courier: impl Courier) -> DropGuard {
    fn channel<C: Courier>(_: &C) -> Channel {
        C::CHANNEL
    }
    let stop = CancellationToken::new();
    begun(gateway, channel(&courier)).await;
    tokio::spawn(ops::tell(gateway.vfs.clone(), QUIET, courier, stop.clone()));
    stop.drop_guard()
}

/// The same in the hands of a test: it tells what happens after this when it is asked to.
pub(crate) async fn begun(gateway: &Gateway, channel: Channel) -> Notices {
    let notices = gateway.vfs.notices(channel, QUIET).await.unwrap();
    gateway.clock.advance(1);
    notices
}

/// Lets a second pass every now and then until something has come.
pub(crate) async fn passing<T>(gateway: &Gateway, come: impl Future<Output = T>) -> T {
    let passes = async {
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            gateway.clock.advance(1_000);
        }
    };
    let come = async {
        tokio::select! {
            come = come => come,
            never = passes => never,
        }
    };
    tokio::time::timeout(Duration::from_mins(1), come).await.unwrap()
}

/// What is due after it was quiet for long enough, by party or address.
pub(crate) async fn due(clock: &Clock, notices: &mut Notices) -> Vec<Letter> {
    // The first look sees for whom something happened, the second that it is quiet.
    notices.look().await.unwrap();
    clock.advance(2_000);
    claimed(notices).await
}

/// What is due now.
pub(crate) async fn claimed(notices: &mut Notices) -> Vec<Letter> {
    notices.look().await.unwrap();
    let mut letters = Vec::new();
    while let Some(letter) = notices.next().await.unwrap() {
        letters.push(letter);
    }
    letters.sort_by(|a, b| (&a.party, &a.email).cmp(&(&b.party, &b.email)));
    letters
}

/// Another node on the same stores.
pub(crate) async fn another(vfs: &Vfs, channel: Channel) -> Notices {
    vfs.notices(channel, QUIET).await.unwrap()
}

/// What a letter says, in Dutch.
pub(crate) fn says(letter: &Letter) -> String {
    let subject = letter.digest.subject(loondossier::dossier::Language::Nl);
    format!("{}: {subject}", letter.email)
}

pub(crate) fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = file(folder, name, text.as_bytes());
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&path, mode).unwrap();
    path
}
