//! Files that are open to be written: which are one file, and what is done to them before they are closed.

use super::common::ssh::{content, names};
use super::common::wire::{code, kind, open, string};
use super::jansen;

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
