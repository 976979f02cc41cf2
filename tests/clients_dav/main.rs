//! The programs that people use over WebDAV, each doing what it is used for in an own folder. A
//! program that does not end in time fails, and the failure says that it hangs.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

#[path = "../common/mod.rs"]
mod common;
mod davfs2;
mod desktops;
mod lftp;
mod libraries;
mod rclone;

use common::ssh::{Said, User, content, names, noise};
use common::{Backing, Gateway, PASSWORD, pdf};
use loondossier::dossier::Scope;
use loondossier::net;
use loondossier::vfs::Quota;
use tokio_util::sync::DropGuard;

const OWN: &str = "/Mijn bestanden";

async fn devries() -> (Gateway, User) {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "devries", Scope::FULL).await;
    (gateway, user)
}

/// The gateway's WebDAV once more, with TLS, on a port of its own; until it is dropped.
struct Encrypted {
    port: u16,
    /// In PEM. It is of `localhost`, and signed by nobody else.
    certificate: String,
    _stop: DropGuard,
}

impl Encrypted {
    async fn new(gateway: &Gateway) -> Self {
        let (pem, key) = net::self_signed(&["localhost".to_owned()]).unwrap();
        let certificate = net::Certificate::new(pem.as_bytes(), key.as_bytes()).unwrap();
        let config = net::Config { certificate: Some(certificate), ..net::Config::default() };
        let (address, stop) = gateway.also(config).await;
        Self { port: address.port(), certificate: pem, _stop: stop }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn litmus_passes_whole() {
    let (gateway, user) = devries().await;
    let password = gateway.app_password("devries", Scope::FULL).await;
    let said = user.run("litmus", &["-k", &gateway.url(OWN), "devries", &password]);
    for suite in ["basic", "copymove", "props", "locks", "http"] {
        let summary = format!("<- summary for `{suite}': ");
        let line = said.out.lines().find(|l| l.starts_with(&summary)).unwrap_or("it did not run");
        assert!(line.ends_with(" 0 failed. 100.0%"), "{suite}: {line}\n{}", said.out);
    }
    // The server never sees a fragment, which is no part of a request (RFC 9110 section 7.1).
    let mut warnings = said.out.lines().filter(|l| l.contains("WARNING"));
    assert!(warnings.all(|l| l.contains("Request-URI including fragment")), "{}", said.out);
    said.well();
}

/// `curl` as a person uses it; what is answered 400 or more fails.
fn curl(user: &User, args: &[&str]) -> Said {
    let login = format!("{}:{PASSWORD}", user.login);
    user.run("curl", &[&["--silent", "--show-error", "--fail", "--user", &login], args].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_creates_reads_overwrites_lists_renames_and_deletes() {
    let (gateway, user) = devries().await;
    let url = |path: &str| gateway.url(&format!("{OWN}/{path}"));
    let (brief, map) = (url("brief #1 \u{e9}+.txt"), url("map \u{e9}"));
    user.file("een.txt", b"een");
    user.file("twee.txt", b"twee");
    let said = |args: &[&str]| curl(&user, args).well();
    for (file, status) in [("een.txt", "201"), ("twee.txt", "204")] {
        assert_eq!(said(&["-T", file, "-w", "%{http_code}", &brief]), status);
        assert_eq!(said(&[&brief]).as_bytes(), user.read(file));
    }
    said(&["-X", "MKCOL", &map]);
    let renamed = format!("{map}/brief.txt");
    said(&["-X", "MOVE", "-H", &format!("Destination: {renamed}"), &brief]);
    let list = said(&["-X", "PROPFIND", "-H", "Depth: 1", &map]);
    assert!(list.contains("/map%20%C3%A9/brief.txt</D:href>"), "{list}");
    assert_eq!(said(&["-r", "1-2", &renamed]), "we");
    assert_eq!(names(&gateway, "devries", OWN).await, ["map \u{e9}"]);
    said(&["-X", "DELETE", &map]);
    curl(&user, &[&renamed]).badly();
    assert!(names(&gateway, "devries", OWN).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn cadaver_creates_reads_overwrites_locks_renames_lists_and_deletes() {
    let (gateway, user) = devries().await;
    let password = gateway.app_password("devries", Scope::FULL).await;
    let netrc = format!("machine 127.0.0.1 login devries password {password}\n");
    user.file(".netrc", netrc.as_bytes());
    user.file("een.txt", b"een");
    user.file("twee.txt", b"twee");
    let script = "mkcol map\nput een.txt map/brief.txt\nput twee.txt map/brief.txt\n\
                  get map/brief.txt terug.txt\nlock map/brief.txt\ndiscover map/brief.txt\n\
                  put een.txt map/brief.txt\nunlock map/brief.txt\n\
                  propset map/brief.txt kleur rood\npropget map/brief.txt kleur\n\
                  move map/brief.txt map/brief2.txt\ncopy map/brief2.txt map/weg.txt\n\
                  delete map/weg.txt\nmkcol leeg\nrmcol leeg\nls map\nquit\n";
    let out = user.feed("cadaver", &[&gateway.url(OWN)], script).well();
    assert!(!out.contains("failed") && !out.contains("not recognised"), "{out}");
    assert!(out.contains("brief2.txt") && out.contains("rood"), "{out}");
    assert_eq!(user.read("terug.txt"), b"twee");
    assert_eq!(names(&gateway, "devries", OWN).await, ["map"]);
    assert_eq!(names(&gateway, "devries", &format!("{OWN}/map")).await, ["brief2.txt"]);
    let there = content(&gateway, "devries", &format!("{OWN}/map/brief2.txt")).await;
    assert_eq!(there.as_deref(), Some(&b"een"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_places_a_journal_entry_with_curl_and_the_employer_sees_it_with_rclone() {
    let gateway = Gateway::start().await;
    let petra = User::new(&gateway, "petra", Scope::FULL).await;
    let jansen = User::new(&gateway, "jansen", Scope::FULL).await;
    let name = "Journaalpost 2026-11.pdf";
    petra.file(name, &pdf("journaal"));
    let folder = "/Werkgevers/Bakkerij Jansen BV/Overzichten/Journaalposten/2026";
    curl(&petra, &["-T", name, &gateway.url(&format!("{folder}/{name}"))]).well();

    jansen.rclone_over_webdav(&gateway, "other");
    let list = jansen.run("rclone", &["lsf", "-R", "gateway:Overzichten"]).well();
    assert_eq!(
        list,
        format!("Journaalposten/\nJournaalposten/2026/\nJournaalposten/2026/{name}\n")
    );
    let from = format!("gateway:Overzichten/Journaalposten/2026/{name}");
    jansen.run("rclone", &["copyto", &from, "terug.pdf"]).well();
    assert_eq!(jansen.read("terug.pdf"), pdf("journaal"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_employee_reads_its_payslip_with_curl_and_its_colleague_does_not() {
    let gateway = Gateway::start().await;
    let petra = User::new(&gateway, "petra", Scope::FULL).await;
    let name = "Loonstrook 2026-11.pdf";
    petra.file(name, &pdf("loonstrook"));
    let put = format!("/Werkgevers/Bakkerij Jansen BV/Werknemers/0042 A. de Vries/{name}");
    curl(&petra, &["-T", name, &gateway.url(&put)]).well();

    let there = gateway.url(&format!("/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/{name}"));
    let devries = User::new(&gateway, "devries", Scope::FULL).await;
    assert_eq!(curl(&devries, &[&there]).well().into_bytes(), pdf("loonstrook"));
    let yilmaz = User::new(&gateway, "yilmaz", Scope::FULL).await;
    let refused = curl(&yilmaz, &[&there]).badly();
    assert!(refused.contains("404"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_refused_while_it_still_sends_is_told_why() {
    const ROUNDS: usize = 10;
    const UNASKED: &[&str] = &["--http1.1", "-H", "Expect:"];
    let quota = Quota { default: Some(1_000), history: None };
    let gateway = Gateway::start_with(Backing::Embedded, quota).await;
    let user = User::new(&gateway, "devries", Scope::FULL).await;
    let encrypted = Encrypted::new(&gateway).await;
    user.file("tls.crt", encrypted.certificate.as_bytes());
    user.file("groot", &noise(3_000_000, 1));
    user.file("klein", &noise(17, 2));
    user.file("vol", &noise(995, 3));
    curl(&user, &["-T", "vol", &gateway.url(&format!("{OWN}/vol"))]).well();
    let good = format!("devries:{PASSWORD}");
    // With `Expect` a client waits until it is told to send.
    for (http, version) in [(&["--http2"][..], "2"), (&["--http1.1"], "1.1"), (UNASKED, "1.1")] {
        for file in ["groot", "klein"] {
            for (user_pass, path, told) in [
                ("devries:mis", "/Mijn%20bestanden/a", ["401", "429"]),
                (&good, "/Logboek/a", ["403", "403"]),
                (&good, "/Mijn%20bestanden/b", ["507", "507"]),
                (&good, "/Mijn%20bestanden/nergens/b", ["409", "409"]),
            ] {
                let url = format!("https://localhost:{}{path}", encrypted.port);
                let out = [
                    "-sS",
                    "--cacert",
                    "tls.crt",
                    "-o",
                    "antwoord",
                    "-w",
                    "%{http_code} %{http_version}",
                ];
                let args = [&out[..], http, &["-u", user_pass, "-T", file, &url]].concat();
                for round in 0..ROUNDS {
                    let said = user.run("curl", &args).well();
                    let expected = told.map(|status| format!("{status} {version}"));
                    assert!(expected.contains(&said), "{http:?} {file} {path} {round}: {said}");
                }
            }
        }
    }
}
