//! HTTP/2: that it serves as HTTP/1.1 does, and that nobody holds more by it than by that.

use crate::common::server::Server;
use crate::common::ssh::User;
use crate::common::{Gateway, PASSWORD, certificate, eventually, program};
use crate::put;
use data_encoding::BASE64;
use loondossier::dossier::{DossierPath, Scope};
use loondossier::net::{self, Times};
use loondossier::vfs::Conditions;
use sqlx::Connection;
use std::io::{BufRead, BufReader, Lines, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Long enough for whoever is not slow, on a machine with much else to do.
const SHORT: Duration = Duration::from_secs(3);

/// `tests/tools/http2.py`, which says what to do there.
fn client(host: SocketAddr, login: &str, what: &str) -> Command {
    let mut command = Command::new(program("python3"));
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tools/http2.py"));
    let basic = BASE64.encode(format!("{login}:{PASSWORD}").as_bytes());
    command.args([host.ip().to_string(), host.port().to_string(), basic, what.to_owned()]);
    command
}

/// What it printed of A. de Vries' doing this, in lines.
async fn does(host: SocketAddr, what: &str) -> Vec<String> {
    let mut command = client(host, "devries", what);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said.lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_reads_writes_lists_and_locks_over_http_2() {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "devries", Scope::FULL).await;
    let config = net::Config { certificate: Some(certificate()), ..net::Config::default() };
    let (host, _guard) = gateway.also(config).await;
    let url = |path: &str| format!("https://{host}/Mijn%20bestanden/{path}");
    let login = format!("devries:{PASSWORD}");
    let curl = |args: &[&str]| {
        let fixed = ["-sS", "-k", "--http2", "-u", &login, "-w", "\n%{http_code} %{http_version}"];
        let said = user.run("curl", &[&fixed[..], args].concat()).well();
        let (body, told) = said.rsplit_once('\n').unwrap();
        let status = told.strip_suffix(" 2").expect("it is HTTP/2");
        (status.parse::<u16>().unwrap(), body.to_owned())
    };
    let content = crate::common::ssh::noise(3_000_000, 1);
    user.file("groot", &content);
    user.file("klein", b"klein");
    assert_eq!(curl(&["-T", "groot", &url("groot")]).0, 201);
    assert_eq!(curl(&["-o", "terug", &url("groot")]).0, 200);
    assert!(user.read("terug") == content);
    assert_eq!(curl(&["-r", "1000-1999", "-o", "deel", &url("groot")]).0, 206);
    assert_eq!(user.read("deel"), content[1000..2000]);
    let (status, listed) = curl(&["-X", "PROPFIND", "-H", "Depth: 1", &url("")]);
    assert_eq!(status, 207);
    assert!(listed.contains("/Mijn%20bestanden/groot</D:href>"), "{listed}");
    let lock = "<lockinfo xmlns='DAV:'><lockscope><exclusive/></lockscope>\
                <locktype><write/></locktype></lockinfo>";
    let (status, locked) = curl(&["-X", "LOCK", "-d", lock, &url("groot")]);
    assert_eq!(status, 200);
    let (_, token) = locked.split_once("<D:locktoken><D:href>").unwrap();
    let (token, _) = token.split_once('<').unwrap();
    assert_eq!(curl(&["-T", "klein", &url("groot")]).0, 423);
    let holds = format!("If: (<{token}>)");
    assert_eq!(curl(&["-T", "klein", "-H", &holds, &url("groot")]).0, 204);
    assert_eq!(
        curl(&["-X", "UNLOCK", "-H", &format!("Lock-Token: <{token}>"), &url("groot")]).0,
        204
    );
    assert_eq!(curl(&["-I", &url("groot")]).0, 200);
    assert_eq!(curl(&["-X", "DELETE", &url("groot")]).0, 204);
    assert_eq!(curl(&[&url("groot")]).0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_stays_shut_holds_a_download_no_longer_than_a_minute_of_nothing() {
    let gateway = Gateway::start().await;
    put(&gateway, &vec![b'x'; 3_000_000]).await;
    let times = Times { stall: SHORT, rate: 256 * 1024, ..Times::default() };
    let (host, _guard) = gateway.also(net::Config { times, ..net::Config::default() }).await;
    assert_eq!(does(host, "stall").await, ["ended", "200 3000000"]);
    assert_eq!(does(host, "pings").await, ["ended"]);
    assert_eq!(does(host, "settings").await, ["ended"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_has_no_more_requests_at_once_than_connections() {
    let gateway = Gateway::start().await;
    put(&gateway, &vec![b'x'; 3_000_000]).await;
    // Nothing is given up meanwhile for being slow.
    let times = Times { stall: Duration::from_mins(10), ..Times::default() };
    let config = net::Config { times, connections_per_source: 3, ..net::Config::default() };
    let (host, _guard) = gateway.also(config).await;
    let crowd = [&["200"; 3][..], &["503"; 7]].concat().join(" ");
    assert_eq!(does(host, "crowd").await, [&*crowd]);
    // The server notices that it is gone, if not at once.
    eventually("what was held is free again", async || does(host, "crowd").await == [&*crowd])
        .await;
}

/// `tests/tools/http2.py` while it runs: it says lines, and goes on when it is told to.
struct Talk {
    running: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Talk {
    fn begin(mut command: Command) -> Self {
        let mut running = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(running.stdout.take().unwrap()).lines();
        Self { running, said }
    }

    fn says(&mut self) -> String {
        self.said.next().unwrap().unwrap()
    }

    /// The last line that it says.
    fn goes_on(mut self) -> String {
        self.running.stdin.take().unwrap().write_all(b"\n").unwrap();
        let last = self.says();
        assert!(self.running.wait().unwrap().success());
        last
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_taken_back_keeps_its_place_as_long_as_it_runs() {
    let gateway = Gateway::start().await;
    put(&gateway, b"here").await;
    let config = net::Config { connections_per_source: 3, ..net::Config::default() };
    let (host, _guard) = gateway.also(config).await;
    // While another program writes, no change comes to its end.
    let url = format!("sqlite://{}", gateway.folder.path().join("dossier.sqlite").display());
    let mut other = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::query("begin immediate").execute(&mut other).await.unwrap();
    let mut talk = Talk::begin(client(host, "devries", "taken_back"));
    assert_eq!(talk.says(), "503", "what it took back runs still");
    sqlx::query("rollback").execute(&mut other).await.unwrap();
    assert_eq!(talk.goes_on(), "200", "and when they have ended there is room");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shared_no_more_is_told_no_more_by_a_listing_that_is_taken_slowly() {
    let gateway = Gateway::start().await;
    let devries = gateway.session("devries").await;
    let path = |path: &str| DossierPath::parse(path).unwrap();
    let shared = path("/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/map");
    let any = Conditions::default();
    gateway.vfs.make_folder(&devries, &shared, &any).await.unwrap();
    // So long that 64 KiB, which are told at once, are some 48 of them, and so many that none of the second 48 is one
    // of those before which the clock is asked anyway.
    for number in 100..268 {
        let name = format!("{}{number}", "\u{e9}".repeat(125));
        gateway.vfs.make_folder(&devries, &shared.join(&name), &any).await.unwrap();
    }
    let mut command = client(gateway.dav, "jansen", "listing");
    command.arg("/Werknemers/0042%20A.%20de%20Vries/Gedeeld%20door%20werknemer/map/");
    let mut talk = Talk::begin(command);
    assert_eq!(talk.says(), "begun");
    let own = path("/Mijn bestanden/map");
    gateway.vfs.relocate(&devries, &shared, &own, false, &any).await.unwrap();
    gateway.clock.advance(5_000);
    let told = talk.goes_on();
    let mut words = told.split(' ');
    let (bytes, entries): (usize, usize) =
        (words.next().unwrap().parse().unwrap(), words.next().unwrap().parse().unwrap());
    assert!(bytes < 70_000 && (10..64).contains(&entries), "only what was told before: {told}");
    assert_eq!(words.next(), Some("False"), "and not as if that were all: {told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_rests_too_long_is_told_so() {
    let gateway = Gateway::start().await;
    let times = Times { idle: SHORT, ..Times::default() };
    let (host, _guard) = gateway.also(net::Config { times, ..net::Config::default() }).await;
    assert_eq!(does(host, "rest").await, ["200 0"], "it is told without an error");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_back_what_it_asked_or_never_ends_a_head_is_cut_off() {
    let gateway = Gateway::start().await;
    assert_eq!(does(gateway.dav, "resets").await, ["11"], "it is told to calm down");
    assert_eq!(does(gateway.dav, "floods").await, ["ended"]);
    assert_eq!(does(gateway.dav, "many").await, ["100"]);
    assert_eq!(does(gateway.dav, "long").await, ["431", "431", "200"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_runs_when_it_is_asked_to_stop_is_taken_and_nothing_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::make(folder.path(), &folder.path().join("data"));
    server.start().await;
    let mut command = client(server.dav, "devries", "drain");
    let mut client = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(client.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "half");
    let ended = tokio::spawn(async move { server.stop().await });
    assert_eq!(said.next().unwrap().unwrap(), "201 0", "and it is told to go elsewhere");
    assert!(client.wait().unwrap().success());
    assert!(ended.await.unwrap());
}
