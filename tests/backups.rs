//! `/Back-ups` and the days before: what backup programs need, what a stolen backup key cannot do,
//! and what a cut connection leaves behind.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use common::mounts::Fuse;
use common::ssh::{User, content, names, noise};
use common::wire::{Line, code, kind, open, string};
use common::{Gateway, PASSWORD, eventually};
use loondossier::dossier::Scope;
use reqwest::{Method, StatusCode};
use std::fs::File;
use std::time::{Duration, SystemTime};

const DAY: i64 = 86_400_000;
const YESTERDAY: &str = "/Eerdere dagen/2026-11-24";

/// The office's machine, with a key for backups alone.
async fn machine() -> (Gateway, User) {
    let gateway = Gateway::start().await;
    let user = User::new(&gateway, "loon-visser", Scope::BACKUP).await;
    (gateway, user)
}

fn restic(user: &User, args: &[&str]) -> String {
    let begin = [
        "-r",
        "sftp:gateway:/Back-ups/restic",
        "-o",
        "sftp.command=ssh -F ssh_config gateway -s sftp",
    ];
    user.run("restic", &[&begin, args].concat()).well()
}

#[tokio::test(flavor = "multi_thread")]
async fn restic_makes_a_repository_backs_up_checks_prunes_and_restores() {
    let (_gateway, user) = machine().await;
    for i in 0..30 {
        user.file(&format!("data/{i}.bin"), &noise(100_000, i));
    }
    restic(&user, &["init"]);
    restic(&user, &["backup", "data"]);
    user.file("data/1.bin", &noise(200_000, 99));
    restic(&user, &["backup", "data"]);
    restic(&user, &["check", "--read-data"]);
    restic(&user, &["forget", "--keep-last", "1", "--prune"]);
    restic(&user, &["check"]);
    restic(&user, &["restore", "latest", "--target", "terug"]);
    let back = user.run("find", &["terug", "-name", "data"]).well();
    user.run("diff", &["-r", "data", back.trim()]).well();
}

/// With the paramiko of Debian 12, which is 2.12.
#[tokio::test(flavor = "multi_thread")]
async fn duplicity_backs_up_in_full_and_what_changed_verifies_and_restores() {
    let (gateway, user) = machine().await;
    let (ip, port) = (user.address.ip().to_string(), user.address.port().to_string());
    let known = user.run("ssh-keyscan", &["-p", &port, &ip]).well();
    user.file(".ssh/known_hosts", known.as_bytes());
    for i in 0..10 {
        user.file(&format!("data/{i}.bin"), &noise(100_000, i));
    }
    let key = format!("--ssh-options=-oIdentityFile={}", user.key.display());
    let there = format!("paramiko+sftp://loon-visser@{ip}:{port}//Back-ups/duplicity");
    let duplicity = |args: &[&str]| {
        let end = ["--no-encryption", "--archive-dir", "archief", &key];
        user.run("duplicity", &[args, &end[..]].concat()).well()
    };
    duplicity(&["full", "data", &there]);
    // What changes within a second, it does not see.
    let changed = File::open(user.file("data/1.bin", &noise(200_000, 99))).unwrap();
    changed.set_modified(SystemTime::UNIX_EPOCH + Duration::from_hours(438_300)).unwrap();
    user.file("data/nieuw.bin", b"nieuw");
    let told = duplicity(&["incremental", "data", &there]);
    for line in ["ChangedFiles 1\n", "Errors 0\n"] {
        assert!(told.contains(line), "{line}: {told}");
    }
    let told = duplicity(&["verify", "--compare-data", &there, "data"]);
    assert!(told.contains(" 0 differences found"), "{told}");
    duplicity(&["restore", &there, "terug"]);
    user.run("diff", &["-r", "data", "terug"]).well();
    // One full backup and one of what changed: of each the list, the signatures, and one volume.
    assert_eq!(names(&gateway, "loon-visser", "/Back-ups/duplicity").await.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn borg_over_sshfs_makes_a_repository_backs_up_checks_prunes_compacts_and_extracts() {
    let (gateway, user) = machine().await;
    for i in 0..10 {
        user.file(&format!("data/{i}.bin"), &noise(300_000, i));
    }
    let mount = Fuse::sshfs(&user);
    let script = r#"
        set -eux
        export BORG_PASSPHRASE=geheim BORG_BASE_DIR="$PWD/borg" BORG_REPO="$PWD/schijf/Back-ups/borg"
        borg init -e repokey
        borg create ::een data
        echo nieuw > data/nieuw.txt; rm data/3.bin
        borg create ::twee data
        borg check --verify-data
        borg prune --keep-last 1
        borg compact
        borg check
        borg list --short
        mkdir terug; cd terug; borg extract ::twee
    "#;
    let out = user.feed("sh", &["-s"], script).well();
    assert_eq!(out, "twee\n");
    drop(mount);
    user.run("diff", &["-r", "data", "terug/data"]).well();
    let there = names(&gateway, "loon-visser", "/Back-ups/borg").await;
    assert!(!there.iter().any(|name| name.contains("lock")), "no lock is left: {there:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rclone_copies_and_syncs_into_backups() {
    let (gateway, user) = machine().await;
    for name in ["a/1: x?.bin", "a/2.bin", "b/3.bin"] {
        user.file(&format!("data/{name}"), name.as_bytes());
    }
    let to = "gateway:/Back-ups/rclone";
    user.run("rclone", &["copy", "data", to]).well();
    std::fs::remove_dir_all(user.folder.path().join("data/b")).unwrap();
    user.file("data/a/2.bin", b"anders");
    user.run("rclone", &["sync", "data", to]).well();
    user.run("rclone", &["check", "data", to]).well();
    let said = user.run("rclone", &["sync", "-v", "data", to]);
    assert!(!said.err.contains("Copied") && !said.err.contains("Deleted"), "{said:?}");
    let there = names(&gateway, "loon-visser", "/Back-ups/rclone/a").await;
    assert_eq!(there, ["1: x?.bin", "2.bin"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_puts_resumes_gets_and_copies_backups() {
    let (gateway, user) = machine().await;
    let whole = noise(2_000_000, 5);
    user.file("whole.bin", &whole);
    user.file("half.bin", &whole[..700_000]);
    user.sftp(
        "cd /Back-ups\nput half.bin dump.bin\nreput whole.bin dump.bin\nget dump.bin terug.bin\n",
    )
    .well();
    assert_eq!(user.read("terug.bin"), whole);
    user.scp(&["half.bin", "gateway:/Back-ups/dump.bin"]).well();
    let there = content(&gateway, "loon-visser", "/Back-ups/dump.bin").await;
    assert_eq!(there.as_deref(), Some(&whole[..700_000]));
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
