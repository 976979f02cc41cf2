//! rclone, as it copies and as it mounts.

use super::{OWN, devries};
use crate::common::mounts::Fuse;
use crate::common::ssh::{User, content, names, noise};
use std::fs;
use std::time::{Duration, UNIX_EPOCH};

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

#[tokio::test(flavor = "multi_thread")]
async fn rclone_does_the_same_as_with_nextcloud() {
    rclone_works("nextcloud").await;
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

#[tokio::test(flavor = "multi_thread")]
async fn rclone_keeps_times_and_compares_digests() {
    for vendor in ["owncloud", "nextcloud"] {
        rclone_keeps_times(vendor).await;
    }
}

/// With times and digests kept, rclone knows a changed file of the same length.
async fn rclone_keeps_times(vendor: &str) {
    let (gateway, user) = devries().await;
    user.rclone_over_webdav(&gateway, vendor);
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
async fn rclone_mounts_the_dossier_as_a_disk() {
    let (gateway, user) = devries().await;
    user.rclone_over_webdav(&gateway, "owncloud");
    let big = noise(3_000_000, 3);
    user.file("big.bin", &big);
    let _mount = Fuse::rclone(&user);
    let script = r#"
        set -eux
        test "$(ls schijf)" = "$(printf 'Eerdere dagen\nLogboek\nMijn bestanden\nWerkgevers')"
        cd "schijf/Mijn bestanden"
        # rclone writes behind one's back: what is renamed or removed before it is there, it may put after all.
        there() { until rclone cat "gateway:Mijn bestanden/$1" | cmp -s - "$1"; do sleep 0.05; done; }
        echo een > brief; echo twee >> brief
        test "$(cat brief)" = "$(printf 'een\ntwee')"
        there brief
        cp ../../big.bin groot
        cmp groot ../../big.bin
        there groot
        echo nieuw > brief.tmp; there brief.tmp; mv brief.tmp brief
        test "$(cat brief)" = nieuw
        truncate -s 3 brief
        touch -d 2020-01-01T12:00:00Z ../../big.bin; cp --preserve=timestamps ../../big.bin oud
        there brief; there oud
        mkdir "map é#"; mv brief "map é#/brief"
        test "$(ls "map é#")" = brief
        test "$(cat "map é#/brief")" = nie
        mv oud groot
        test "$(stat -c %Y groot)" = 1577880000
        echo weg > weg; there weg; rm weg
        mkdir vol; echo a > vol/a; there vol/a; rm -r vol
        mv groot "../Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/groot"
        if mkdir ../Logboek/x; then echo "it was made"; exit 1; fi
    "#;
    user.feed("sh", &["-s"], script).well();
    user.run("fusermount3", &["-u", "schijf"]).well();
    assert_eq!(names(&gateway, "devries", OWN).await, ["map \u{e9}#"]);
    let brief = content(&gateway, "devries", &format!("{OWN}/map \u{e9}#/brief")).await;
    assert_eq!(brief.as_deref(), Some(&b"nie"[..]));
    let shared = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer/groot";
    assert_eq!(content(&gateway, "jansen", shared).await, Some(big));
}
