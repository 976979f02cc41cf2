//! The programs that people use over WebDAV, each doing what it is used for in an own folder. A
//! program that does not end in time fails, and the failure says that it hangs.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use common::mounts::Davfs;
use common::ssh::{PAST, Said, User, content, names, noise, with_a_past};
use common::{Backing, Gateway, PASSWORD, certificate, pdf};
use loondossier::dossier::Scope;
use loondossier::net;
use loondossier::vfs::Quota;
use std::fs;
use std::time::{Duration, UNIX_EPOCH};

const OWN: &str = "/Mijn bestanden";

async fn devries() -> (Gateway, User) {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "devries", Scope::FULL).await;
    (gateway, user)
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

/// How many files a sync copied and deleted.
fn sync(user: &User, to: &str) -> [usize; 2] {
    let said = user.run("rclone", &["sync", "-v", "boom", to]);
    let done = ["Copied (", ": Deleted\n"].map(|word| said.err.matches(word).count());
    said.well();
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn rclone_copies_checks_syncs_moves_and_purges() {
    rclone_works("other").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rclone_does_the_same_as_with_owncloud() {
    rclone_works("owncloud").await;
}

async fn rclone_works(vendor: &str) {
    let (gateway, user) = devries().await;
    user.rclone_over_webdav(&gateway, vendor);
    for i in 0..20 {
        let name = format!("boom/{}/a b {i} \u{e9}#.bin", i % 3);
        user.file(&name, &noise(10_000 + i, i as u64));
    }
    let to = format!("gateway:{OWN}/rclone");
    assert_eq!(sync(&user, &to), [20, 0]);
    assert_eq!(sync(&user, &to), [0, 0], "a second time there is nothing to do");
    let checked = user.run("rclone", &["check", "--download", "boom", &to]);
    assert!(checked.err.contains("20 matching files"), "{checked:?}");
    checked.well();

    user.file("boom/0/nieuw.bin", b"nieuw");
    user.file("boom/2/a b 2 \u{e9}#.bin", b"anders");
    fs::remove_file(user.folder.path().join("boom/1/a b 1 \u{e9}#.bin")).unwrap();
    assert_eq!(sync(&user, &to), [2, 1]);
    user.run("rclone", &["check", "--download", "boom", &to]).well();

    let from = format!("{to}/0/nieuw.bin");
    user.run("rclone", &["moveto", &from, &format!("{to}/oud \u{e9}.bin")]).well();
    let list = user.run("rclone", &["lsf", &to]).well();
    assert_eq!(list, "0/\n1/\n2/\noud \u{e9}.bin\n");
    user.run("rclone", &["purge", &to]).well();
    assert!(names(&gateway, "devries", OWN).await.is_empty());
}

/// With times and digests kept, as for ownCloud, rclone knows a changed file of the same length.
#[tokio::test(flavor = "multi_thread")]
async fn rclone_keeps_times_and_compares_digests() {
    let (gateway, user) = devries().await;
    user.rclone_over_webdav(&gateway, "owncloud");
    let old = UNIX_EPOCH + Duration::from_hours(438_300);
    let file = user.file("boom/a.bin", &noise(100, 1));
    fs::File::open(&file).unwrap().set_modified(old).unwrap();
    let to = format!("gateway:{OWN}");
    assert_eq!(sync(&user, &to), [1, 0]);
    let listed = user.run("rclone", &["lsjson", &to]).well();
    assert!(listed.contains("\"ModTime\":\"2020-01-01T12:00:00Z\""), "{listed}");
    user.run("rclone", &["check", "boom", &to]).well();

    user.file("boom/a.bin", &noise(100, 2));
    user.run("rclone", &["check", "boom", &to]).badly();
    assert_eq!(sync(&user, &to), [1, 0]);
    let there = content(&gateway, "devries", &format!("{OWN}/a.bin")).await;
    assert_eq!(there, Some(noise(100, 2)));
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
async fn davfs2_mounts_the_dossier_as_a_disk() {
    let (gateway, user) = devries().await;
    let password = gateway.app_password("devries", Scope::FULL).await;
    let big = noise(3_000_000, 3);
    user.file("big.bin", &big);
    let mount = Davfs::new(&gateway, user, &password);
    let script = r#"
        set -eux
        cd "schijf/Mijn bestanden"
        echo een > brief; echo twee >> brief
        test "$(cat brief)" = "$(printf 'een\ntwee')"
        cp ../../big.bin groot
        cmp groot ../../big.bin
        echo nieuw > brief.tmp; mv brief.tmp brief
        test "$(cat brief)" = nieuw
        truncate -s 3 brief
        test "$(cat brief)" = nie
        mkdir "map é#"; mv brief "map é#/brief"
        test "$(ls "map é#")" = brief
        echo weg > weg; rm weg
        mkdir vol; echo a > vol/a; rm -r vol
        ls
    "#;
    let out = mount.user.feed("sh", &["-s"], script).well();
    assert!(out.ends_with("groot\nmap \u{e9}#\n"), "{out}");
    mount.user.run("umount", &["schijf"]).well();
    assert_eq!(names(&gateway, "devries", OWN).await, ["groot", "map \u{e9}#"]);
    assert_eq!(content(&gateway, "devries", &format!("{OWN}/groot")).await, Some(big));
    let brief = content(&gateway, "devries", &format!("{OWN}/map \u{e9}#/brief")).await;
    assert_eq!(brief.as_deref(), Some(&b"nie"[..]));
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
async fn davfs2_shows_the_quota_and_yesterday() {
    let gateway = with_a_past("devries").await;
    let user = User::new(&gateway, "devries", Scope::FULL).await;
    let password = gateway.app_password("devries", Scope::FULL).await;
    let mount = Davfs::new(&gateway, user, &password);
    let out = mount.user.feed("sh", &["-s"], PAST).well();
    assert_eq!(out, "2026-11-24\n2026-11-25\n");
    mount.user.run("umount", &["schijf"]).well();
    let restored = content(&gateway, "devries", "/Mijn bestanden/terug").await;
    assert_eq!(restored.as_deref(), Some(&b"gisteren"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_refused_while_it_still_sends_is_told_why() {
    const ROUNDS: usize = 10;
    const UNASKED: &[&str] = &["--http1.1", "-H", "Expect:"];
    let quota = Quota { default: Some(1_000), history: None };
    let gateway = Gateway::start_with(Backing::Embedded, quota).await;
    let user = User::new(&gateway, "devries", Scope::FULL).await;
    let config = net::Config { certificate: Some(certificate()), ..net::Config::default() };
    let (address, _guard) = gateway.also(config).await;
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
                let url = format!("https://{address}{path}");
                let out = ["-sS", "-k", "-o", "antwoord", "-w", "%{http_code} %{http_version}"];
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
