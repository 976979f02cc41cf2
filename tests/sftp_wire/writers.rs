//! Files that are open to be written: which are one file, and what is done to them before they are closed.

use super::common::ssh::{User, content, names};
use super::common::wire::{Line, code, kind, open, string};
use super::common::{Gateway, pdf};
use super::jansen;
use loondossier::dossier::Scope;
use std::time::{Duration, Instant};

const SYNC: &str = "fsync@openssh.com";

#[tokio::test(flavor = "multi_thread")]
async fn backups_whose_names_differ_in_case_or_form_are_written_side_by_side() {
    let (gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    for (one, other) in [("A.txt", "a.txt"), ("caf\u{e9}", "cafe\u{301}")] {
        let (one, other) = (format!("/Back-ups/{one}"), format!("/Back-ups/{other}"));
        let first = wire.open(&one, open::NEW).await;
        wire.write(&first, 0, b"een").await;
        let second = wire.open(&other, open::NEW).await;
        wire.write(&second, 0, b"twee!").await;
        assert_eq!(wire.ask(kind::STAT, &[&string(&one)]).await.size(), 3);
        wire.close(&first).await;
        wire.close(&second).await;
        assert_eq!(content(&gateway, "jansen", &one).await.as_deref(), Some(&b"een"[..]));
        assert_eq!(content(&gateway, "jansen", &other).await.as_deref(), Some(&b"twee!"[..]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_being_written_stays_when_its_namesake_in_another_case_is_renamed() {
    let (gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    wire.put("/Back-ups/a", b"klein").await;
    let handle = wire.open("/Back-ups/A", open::NEW).await;
    wire.write(&handle, 0, b"groot").await;
    let both = [string("/Back-ups/a"), string("/Back-ups/b")].concat();
    assert_eq!(wire.ask(kind::RENAME, &[&both]).await.code(), code::OK);
    wire.close(&handle).await;
    assert_eq!(names(&gateway, "jansen", "/Back-ups").await, ["A", "b"]);
    assert_eq!(content(&gateway, "jansen", "/Back-ups/A").await.as_deref(), Some(&b"groot"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn elsewhere_names_that_differ_in_case_are_one_file_that_is_being_written() {
    let (gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    let first = wire.open("/Mijn bestanden/Brief", open::NEW).await;
    wire.write(&first, 0, b"een").await;
    let second = wire.open("/mijn bestanden/BRIEF", open::WRITE).await;
    wire.write(&second, 3, b" twee").await;
    wire.close(&first).await;
    wire.close(&second).await;
    let brief = content(&gateway, "jansen", "/Mijn bestanden/brief").await;
    assert_eq!(brief.as_deref(), Some(&b"een twee"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_in_a_folder_that_is_renamed_is_seen_when_it_is_whole_and_not_before() {
    let (gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    let mine = "/Mijn bestanden";
    let shared = "/Gedeeld met kantoor";
    let office = "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever";
    wire.make_folder(&format!("{mine}/map")).await;
    let handle = wire.open(&format!("{mine}/map/groot"), open::NEW).await;
    wire.write(&handle, 0, b"half").await;
    for (from, to) in [(mine, mine), (mine, shared)] {
        let (old, new) = if from == to { ("map", "nieuw") } else { ("nieuw", "nieuw") };
        let both = [string(format!("{from}/{old}")), string(format!("{to}/{new}"))].concat();
        assert_eq!(wire.ask(kind::RENAME, &[&both]).await.code(), code::OK);
        assert!(names(&gateway, "jansen", &format!("{to}/{new}")).await.is_empty());
        let file = string(format!("{to}/{new}/groot"));
        assert_eq!(wire.ask(kind::STAT, &[&file]).await.size(), 4, "its own session sees it");
    }
    assert!(names(&gateway, "petra", &format!("{office}/nieuw")).await.is_empty());
    wire.write(&handle, 4, b" en heel").await;
    wire.close(&handle).await;
    for (login, folder) in [("jansen", shared), ("petra", office)] {
        let there = content(&gateway, login, &format!("{folder}/nieuw/groot")).await;
        assert_eq!(there.as_deref(), Some(&b"half en heel"[..]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_break_after_a_folder_was_renamed_leaves_nothing_half_in_it() {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "petra", Scope::FULL).await;
    let (line, watcher) = (Line::new(&user).await, Line::new(&user).await);
    let mut wire = line.sftp().await;
    for top in ["/Back-ups", "/Mijn bestanden"] {
        wire.make_folder(&format!("{top}/map")).await;
        wire.put(&format!("{top}/map/af"), b"af").await;
        for name in ["af", "nieuw"] {
            let handle = wire.open(&format!("{top}/map/{name}"), open::NEW).await;
            wire.write(&handle, 0, b"half").await;
        }
        let both = [string(format!("{top}/map")), string(format!("{top}/elders"))].concat();
        assert_eq!(wire.ask(kind::RENAME, &[&both]).await.code(), code::OK);
    }
    line.cut();
    // What is left of a backup waits for the same account, and for nobody else.
    let partial = string("/Back-ups/elders/nieuw");
    let mut own = watcher.sftp().await;
    let begun = Instant::now();
    while own.ask(kind::STAT, &[&partial]).await.kind != kind::ATTRS {
        assert!(begun.elapsed() < Duration::from_secs(30), "the partial file does not come");
    }
    assert_eq!(own.ask(kind::STAT, &[&partial]).await.size(), 4);
    assert_eq!(names(&gateway, "loon-visser", "/Back-ups/elders").await, ["af"]);
    assert_eq!(names(&gateway, "petra", "/Mijn bestanden/elders").await, ["af"]);
    for top in ["/Back-ups", "/Mijn bestanden"] {
        let whole = content(&gateway, "petra", &format!("{top}/elders/af")).await;
        assert_eq!(whole.as_deref(), Some(&b"af"[..]), "{top}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_synced_is_stored_and_seen_and_written_on() {
    let (gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    for path in ["/Mijn bestanden/a", "/Back-ups/a"] {
        let handle = wire.open(path, open::NEW).await;
        wire.write(&handle, 0, b"vast").await;
        assert_eq!(wire.extended(SYNC, &[&handle]).await.code(), code::OK);
        let synced = content(&gateway, "jansen", path).await;
        assert_eq!(synced.as_deref(), Some(&b"vast"[..]));
        wire.write(&handle, 4, b" en los").await;
        assert_eq!(wire.ask(kind::STAT, &[&string(path)]).await.size(), 11);
        assert_eq!(content(&gateway, "jansen", path).await, synced);
        wire.close(&handle).await;
        let whole = content(&gateway, "jansen", path).await;
        assert_eq!(whole.as_deref(), Some(&b"vast en los"[..]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_synced_outlives_the_connection_and_what_was_not_does_not() {
    let (gateway, user, line) = jansen().await;
    let mut wire = line.sftp().await;
    let synced = wire.open("/Mijn bestanden/a", open::NEW).await;
    wire.write(&synced, 0, b"vast").await;
    assert_eq!(wire.extended(SYNC, &[&synced]).await.code(), code::OK);
    wire.write(&synced, 4, b" en los").await;
    let loose = wire.open("/Mijn bestanden/b", open::NEW).await;
    wire.write(&loose, 0, b"los").await;
    line.cut();
    let mut other = Line::new(&user).await.sftp().await;
    other.put("/Mijn bestanden/c", b"c").await;
    assert_eq!(names(&gateway, "jansen", "/Mijn bestanden").await, ["a", "c"]);
    let there = content(&gateway, "jansen", "/Mijn bestanden/a").await;
    assert_eq!(there.as_deref(), Some(&b"vast"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payslip_is_delivered_by_its_close_and_not_by_a_sync() {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "petra", Scope::FULL).await;
    let line = Line::new(&user).await;
    let mut wire = line.sftp().await;
    let employer = "/Werkgevers/Bakkerij Jansen BV";
    let whole = pdf("een loonstrook");
    for (put, login, read) in [
        (
            format!("{employer}/Werknemers/0042 A. de Vries/Loonstrook 2026-11.pdf"),
            "devries",
            format!("{employer}/Loonstroken/2026/Loonstrook 2026-11.pdf"),
        ),
        (
            format!("{employer}/Overzichten/Journaalposten/2026/Journaalpost 2026-11.pdf"),
            "jansen",
            "/Overzichten/Journaalposten/2026/Journaalpost 2026-11.pdf".to_owned(),
        ),
    ] {
        let handle = wire.open(&put, open::NEW).await;
        // It is long enough to be taken for a PDF.
        wire.write(&handle, 0, &whole).await;
        assert_eq!(wire.extended(SYNC, &[&handle]).await.code(), code::UNSUPPORTED);
        assert_eq!(content(&gateway, login, &read).await, None);
        wire.close(&handle).await;
        assert_eq!(content(&gateway, login, &read).await.as_ref(), Some(&whole));
    }
}
