//! The days before: they still have what was overwritten, deleted or moved since, and nothing changes them.

use super::{DAY, YESTERDAY, dav};
use crate::common::Gateway;
use crate::common::ssh::{User, content, names};
use crate::common::wire::{Line, code, kind, open, string};
use loondossier::dossier::Scope;
use reqwest::StatusCode;

/// Three files of yesterday, of which one was overwritten today, one deleted and one moved away.
async fn yesterday() -> (Gateway, User) {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "petra", Scope::FULL).await;
    let mut wire = Line::new(&user).await.sftp().await;
    for name in ["overschreven", "verwijderd", "verplaatst"] {
        wire.put(&format!("/Back-ups/{name}.bin"), format!("{name} gisteren").as_bytes()).await;
    }
    gateway.clock.advance(DAY);
    wire.put("/Back-ups/overschreven.bin", b"vandaag").await;
    wire.put("/Back-ups/nieuw.bin", b"vandaag").await;
    let gone = wire.ask(kind::REMOVE, &[&string("/Back-ups/verwijderd.bin")]).await;
    assert_eq!(gone.code(), code::OK);
    let both = [string("/Back-ups/verplaatst.bin"), string("/Mijn bestanden/elders.bin")].concat();
    assert_eq!(wire.ask(kind::RENAME, &[&both]).await.code(), code::OK);
    (gateway, user)
}

#[tokio::test(flavor = "multi_thread")]
async fn yesterday_still_has_what_today_overwrote_deleted_or_moved() {
    let (gateway, user) = yesterday().await;
    let folder = format!("{YESTERDAY}/Back-ups");
    // Between quotes a star is a star.
    user.sftp(&format!("get {}/* .\n", folder.replace(' ', "\\ "))).well();
    for name in ["overschreven", "verwijderd", "verplaatst"] {
        let expected = format!("{name} gisteren");
        assert_eq!(user.read(&format!("{name}.bin")), expected.as_bytes());
        let answer = dav(&gateway, "GET", &format!("{folder}/{name}.bin"), None).await;
        assert_eq!(answer.status(), StatusCode::OK, "{name}");
        assert_eq!(answer.text().await.unwrap(), expected);
    }
    assert!(!user.folder.path().join("nieuw.bin").exists());
    assert_eq!(dav(&gateway, "GET", &format!("{folder}/nieuw.bin"), None).await.status(), 404);

    let restore = Some("/Back-ups/terug.bin");
    let from = format!("{folder}/verwijderd.bin");
    assert_eq!(dav(&gateway, "COPY", &from, restore).await.status(), StatusCode::CREATED);
    let back = content(&gateway, "petra", "/Back-ups/terug.bin").await;
    assert_eq!(back.as_deref(), Some(&b"verwijderd gisteren"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_earlier_day_can_be_written_renamed_or_deleted() {
    let (gateway, user) = yesterday().await;
    let mut wire = Line::new(&user).await.sftp().await;
    let folder = format!("{YESTERDAY}/Back-ups");
    let (file, new) = (format!("{folder}/verwijderd.bin"), format!("{folder}/x.bin"));
    let own = string("/Back-ups/x.bin");
    let (here, there, day) = (string(&file), string(&new), string(YESTERDAY));
    let flags = [open::NEW.to_be_bytes(), [0; 4]].concat();
    let nothing = [0; 4];
    let size = [&1u32.to_be_bytes()[..], &[0; 8]].concat();
    let posix = string("posix-rename@openssh.com");
    let asked: [(u8, &[&[u8]]); 13] = [
        (kind::OPEN, &[&here, &flags]),
        (kind::OPEN, &[&there, &flags]),
        (kind::SETSTAT, &[&here, &size]),
        (kind::REMOVE, &[&here]),
        (kind::MKDIR, &[&there, &nothing]),
        (kind::RMDIR, &[&string(&folder)]),
        (kind::RMDIR, &[&day]),
        (kind::RMDIR, &[&string("/Eerdere dagen")]),
        (kind::RENAME, &[&here, &there]),
        (kind::RENAME, &[&here, &own]),
        (kind::RENAME, &[&string("/Back-ups/nieuw.bin"), &there]),
        (kind::EXTENDED, &[&posix, &string("/Back-ups/nieuw.bin"), &here]),
        (kind::RENAME, &[&day, &string("/Back-ups/dag")]),
    ];
    for (i, (kind, fields)) in asked.into_iter().enumerate() {
        let answer = wire.ask(kind, fields).await;
        assert_eq!(answer.code(), code::PERMISSION_DENIED, "request {i}, of type {kind}");
    }
    for (method, path, to) in [
        ("PUT", &file, None),
        ("PUT", &new, None),
        ("DELETE", &file, None),
        ("DELETE", &folder, None),
        ("MKCOL", &new, None),
        ("MOVE", &file, Some("/Back-ups/x.bin")),
        ("COPY", &file, Some(&*new)),
    ] {
        let answer = dav(&gateway, method, path, to).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{method} {path}");
    }
    let there = names(&gateway, "petra", &folder).await;
    assert_eq!(there, ["overschreven.bin", "verplaatst.bin", "verwijderd.bin"]);
    let there = content(&gateway, "petra", &file).await;
    assert_eq!(there.as_deref(), Some(&b"verwijderd gisteren"[..]));
}
