//! What backup programs need: restic, duplicity, borg, rclone and OpenSSH each make a backup, change it, check it and
//! restore it.

use super::machine;
use crate::common::mounts::Fuse;
use crate::common::ssh::{User, content, names, noise};
use std::fs::File;
use std::time::{Duration, SystemTime};

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
