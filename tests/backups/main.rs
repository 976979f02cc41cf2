//! `/Back-ups` and the days before: what backup programs need, what a stolen backup key cannot do,
//! and what a cut connection leaves behind.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

#[path = "../common/mod.rs"]
mod common;
mod cut;
mod days;
mod programs;

use common::ssh::{User, content, names};
use common::wire::{Line, code, kind, open, string};
use common::{Gateway, PASSWORD};
use loondossier::dossier::Scope;
use reqwest::Method;

const DAY: i64 = 86_400_000;
const YESTERDAY: &str = "/Eerdere dagen/2026-11-24";

/// The office's machine, with a key for backups alone.
async fn machine() -> (Gateway, User) {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "loon-visser", Scope::BACKUP).await;
    (gateway, user)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_key_sees_backups_and_their_days_and_reaches_nothing_else() {
    let gateway = Gateway::start().await;
    let staff = User::new(&gateway, "petra", Scope::FULL).await;
    let user = User::new(&gateway, "petra", Scope::BACKUP).await;
    let mut wire = Line::new(&staff).await.sftp().await;
    wire.put("/Mijn bestanden/brief.txt", b"brief").await;
    wire.put("/Back-ups/dump.bin", b"dump").await;
    gateway.clock.advance(DAY);
    let listed = |folder: &str| {
        let out = user.sftp(&format!("ls -1 \"{folder}\"\n")).well();
        let lines = out.lines().filter(|line| !line.starts_with("sftp>"));
        lines.map(|line| line.rsplit('/').next().unwrap().trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed("/"), ["Back-ups", "Eerdere dagen"]);
    assert_eq!(listed("/Back-ups"), ["dump.bin"]);
    assert_eq!(listed("/Eerdere dagen"), ["2026-11-24"]);
    assert_eq!(listed(YESTERDAY), ["Back-ups"]);

    let mut wire = Line::new(&user).await.sftp().await;
    let days = format!("{YESTERDAY}/Mijn bestanden");
    for path in [
        "/Mijn bestanden",
        "/Mijn bestanden/brief.txt",
        "/Werkgevers",
        "/Aanleveren",
        "/Logboek",
        &days,
    ] {
        let answer = wire.ask(kind::STAT, &[&string(path)]).await;
        let nowhere = wire.ask(kind::STAT, &[&string("/Nergens")]).await;
        assert_eq!(answer.body(), nowhere.body(), "{path}");
        let fields = [string(format!("{path}/x")), open::NEW.to_be_bytes().to_vec(), vec![0; 4]];
        assert_eq!(
            wire.ask(kind::OPEN, &[&fields.concat()]).await.code(),
            code::NO_SUCH_FILE,
            "{path}"
        );
        let away = [string("/Back-ups/dump.bin"), string(format!("{path}/x"))].concat();
        assert_eq!(wire.ask(kind::RENAME, &[&away]).await.code(), code::NO_SUCH_FILE, "{path}");
    }
}

/// What a WebDAV client of petra's is answered.
async fn dav(gateway: &Gateway, method: &str, path: &str, to: Option<&str>) -> reqwest::Response {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = reqwest::Client::new()
        .request(method.clone(), gateway.url(path))
        .basic_auth("petra", Some(PASSWORD))
        .body(if method == Method::PUT { "x" } else { "" });
    if let Some(to) = to {
        request = request.header("Destination", gateway.url(to));
    }
    request.send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn names_in_backups_are_compared_as_bytes() {
    let (gateway, user) = machine().await;
    let mut wire = Line::new(&user).await.sftp().await;
    let all = ["A", "a", "caf\u{e9}", "cafe\u{301}", "x: y?.bin", "con", "punt."];
    for name in all {
        wire.put(&format!("/Back-ups/{name}"), name.as_bytes()).await;
    }
    for name in all {
        let there = content(&gateway, "loon-visser", &format!("/Back-ups/{name}")).await;
        assert_eq!(there.as_deref(), Some(name.as_bytes()));
    }
    assert_eq!(names(&gateway, "loon-visser", "/Back-ups").await.len(), all.len());
}
