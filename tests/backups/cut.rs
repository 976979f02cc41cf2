//! What a cut connection leaves behind: an upload that its account alone resumes, and no change to any file.

use super::{dav, machine};
use crate::common::ssh::{User, content, names, noise};
use crate::common::wire::{Line, open};
use crate::common::{Gateway, eventually};
use loondossier::dossier::Scope;
use reqwest::StatusCode;

/// Begins an upload and has its connection cut after so many bytes were taken.
async fn cut_off(user: &User, path: &str, flags: u32, data: &[u8]) {
    let line = Line::new(user).await;
    let mut wire = line.sftp().await;
    let handle = wire.open(path, flags).await;
    for (i, piece) in data.chunks(32_768).enumerate() {
        wire.write(&handle, i as u64 * 32_768, piece).await;
    }
    line.cut();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_upload_to_backups_waits_for_the_same_account_to_resume_it() {
    let (gateway, user) = machine().await;
    let path = "/Back-ups/dump.bin";
    let whole = noise(1_000_000, 6);
    user.file("dump.bin", &whole);
    cut_off(&user, path, open::NEW, &whole[..400_000]).await;
    eventually("what came is there to resume", || async {
        content(&gateway, "loon-visser", path).await.is_some_and(|there| there == whole[..400_000])
    })
    .await;
    assert_eq!(content(&gateway, "petra", path).await, None);
    assert!(names(&gateway, "petra", "/Back-ups").await.is_empty());
    assert_eq!(dav(&gateway, "GET", path, None).await.status(), StatusCode::NOT_FOUND);

    user.sftp("reput dump.bin /Back-ups/dump.bin\n").well();
    assert_eq!(content(&gateway, "petra", path).await, Some(whole));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_upload_changes_no_file_that_is_there() {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "petra", Scope::FULL).await;
    let mut wire = Line::new(&user).await.sftp().await;
    let files = ["/Back-ups/er is.bin", "/Mijn bestanden/er is.bin"];
    for file in files {
        wire.put(file, b"zoals het was").await;
        cut_off(&user, file, open::NEW, &noise(200_000, 7)).await;
        cut_off(&user, file, open::WRITE, &noise(200_000, 8)).await;
    }
    cut_off(&user, "/Mijn bestanden/nieuw.bin", open::NEW, &noise(200_000, 9)).await;
    cut_off(&user, "/Back-ups/nieuw.bin", open::NEW, b"het laatste").await;
    eventually("the last of the cuts is noticed", || async {
        content(&gateway, "petra", "/Back-ups/nieuw.bin").await.is_some()
    })
    .await;
    for file in files {
        assert_eq!(content(&gateway, "petra", file).await.as_deref(), Some(&b"zoals het was"[..]));
    }
    assert_eq!(names(&gateway, "petra", "/Mijn bestanden").await, ["er is.bin"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_upload_changes_no_file_that_came_meanwhile() {
    let (gateway, user) = machine().await;
    let line = Line::new(&user).await;
    let mut wire = line.sftp().await;
    let handle = wire.open("/Back-ups/dump.bin", open::NEW).await;
    wire.write(&handle, 0, b"half of it").await;
    assert_eq!(
        dav(&gateway, "PUT", "/Back-ups/dump.bin", None).await.status(),
        StatusCode::CREATED
    );
    line.cut();
    cut_off(&user, "/Back-ups/later.bin", open::NEW, b"the last cut").await;
    eventually("the last of the cuts is noticed", || async {
        content(&gateway, "loon-visser", "/Back-ups/later.bin").await.is_some()
    })
    .await;
    assert_eq!(content(&gateway, "loon-visser", "/Back-ups/dump.bin").await.unwrap(), b"x");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_an_unfinished_upload_is_free_to_every_other_account() {
    let (gateway, user) = machine().await;
    for (name, method) in [("1", "PUT"), ("2", "MKCOL"), ("3", "MOVE"), ("4", "COPY")] {
        let path = format!("/Back-ups/{name}");
        cut_off(&user, &path, open::NEW, b"unfinished").await;
        eventually("what came is there to resume", || async {
            content(&gateway, "loon-visser", &path).await.is_some()
        })
        .await;
        assert!(dav(&gateway, "PUT", "/Back-ups/whole", None).await.status().is_success());
        let (asked, to) = match method {
            "MOVE" | "COPY" => ("/Back-ups/whole", Some(path.as_str())),
            _ => (path.as_str(), None),
        };
        let answer = dav(&gateway, method, asked, to).await;
        assert_eq!(answer.status(), StatusCode::CREATED, "{method}");
        assert!(names(&gateway, "petra", "/Back-ups").await.contains(&name.to_owned()));
    }
}
