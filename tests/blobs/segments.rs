//! Small objects of a folder lie together in segments.

use crate::house::{House, KIB, content, eventually, program};
use loondossier::blobs::{Blobs, Service, Stored};
use loondossier::dossier::Error;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The files that objects lie in.
fn files(house: &House) -> Vec<PathBuf> {
    let shards = fs::read_dir(house.folder.path().join("blobs")).unwrap();
    let of = |shard: PathBuf| fs::read_dir(shard).unwrap().map(|file| file.unwrap().path());
    shards.flat_map(|shard| of(shard.unwrap().path())).collect()
}

/// What the disk keeps of a file, in bytes.
fn kept(file: &Path) -> u64 {
    fs::metadata(file).unwrap().blocks() * 512
}

async fn reads(house: &House, stored: &Stored, plain: &[u8]) {
    let reader = house.open(stored).await.unwrap();
    assert!(reader.read_at(0, usize::MAX).await.unwrap() == plain, "{}", stored.key);
}

/// The same contents, opened by another process.
async fn another(house: &House) -> Blobs {
    let service = Service::Folder(house.folder.path().to_owned());
    Blobs::open(service, &house.folder.path().join("staging")).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn small_objects_that_come_at_once_lie_in_one_file_and_large_ones_in_their_own() {
    let house = House::in_folder().await;
    let plain: Vec<_> = (0..200).map(|n| content(n * 300)).collect();
    let all = futures_util::future::join_all(plain.iter().map(|plain| house.store(plain))).await;
    assert_eq!(files(&house).len(), 1);
    for (stored, plain) in all.iter().zip(&plain) {
        reads(&house, stored, plain).await;
        let size = house.blobs.stored_size(&stored.key).await.unwrap();
        assert_eq!(size, Some(stored.stored_size));
    }
    let names: BTreeSet<_> = all.iter().map(|stored| stored.key.to_string()).collect();
    let listed: BTreeSet<_> = house.listed().await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(listed, names);
    house.store(&content(256 * KIB)).await;
    assert_eq!(files(&house).len(), 1, "the largest that lies among others");
    house.store(&content(256 * KIB + 1)).await;
    assert_eq!(files(&house).len(), 2);
}

#[tokio::test]
async fn a_full_segment_takes_no_more_and_a_listing_goes_through_all() {
    let house = House::in_folder().await;
    let mut names = BTreeSet::new();
    for n in 0..2_100 {
        let stored = house.store(&content(if n < 2_000 { n } else { 250 * KIB })).await;
        names.insert((stored.key.to_string(), stored.stored_size));
    }
    assert!(files(&house).len() > 1);
    assert!(files(&house).iter().all(|file| fs::metadata(file).unwrap().len() < 17 << 20));
    let mut listing = house.blobs.list().await.unwrap();
    let mut listed = BTreeSet::new();
    while let Some(page) = listing.page().await.unwrap() {
        assert!(page.len() <= 1_000);
        listed.extend(page.into_iter().map(|found| (found.key.to_string(), found.stored_size)));
    }
    assert!(listed == names);
}

#[tokio::test]
async fn what_is_deleted_gives_its_place_back_and_nothing_else_is_touched() {
    let house = House::in_folder().await;
    let plain = [content(10), content(200 * KIB), content(100 * KIB)];
    let mut all = Vec::new();
    for plain in &plain {
        all.push(house.store(plain).await);
    }
    let (file, _) = house.place(&all[0]);
    let before = kept(&file);
    house.blobs.delete(&all[1].key).await.unwrap();
    assert!(kept(&file) <= before - 200 * 1024, "{} of {before}", kept(&file));
    assert_eq!(house.blobs.stored_size(&all[1].key).await, Ok(None));
    assert_eq!(house.open(&all[1]).await.unwrap_err(), Error::Unavailable);
    for n in [0, 2] {
        reads(&house, &all[n], &plain[n]).await;
    }
    assert_eq!(house.listed().await.len(), 2);
    // The next is put behind all, never into the hole.
    let next = house.store(&content(20 * KIB)).await;
    assert!(house.place(&next).1 > house.place(&all[2]).1);
    reads(&house, &next, &content(20 * KIB)).await;
}

#[tokio::test]
async fn a_segment_goes_with_the_last_that_is_in_it_but_not_while_it_is_written_to() {
    let house = House::in_folder().await;
    let (first, last) = (house.store(b"first").await, house.store(b"last").await);
    let other = another(&house).await;
    other.delete(&first.key).await.unwrap();
    other.delete(&last.key).await.unwrap();
    assert_eq!(files(&house).len(), 1, "whoever writes to it has it");
    let late = house.store(b"late").await;
    reads(&house, &late, b"late").await;
    house.blobs.delete(&late.key).await.unwrap();
    assert_eq!(files(&house).len(), 1);

    let House { folder, blobs, identity } = house;
    drop(blobs);
    let house = House { folder, blobs: other, identity };
    eventually("the empty one is gone", || async { files(&house).is_empty() }).await;

    // One that nobody writes to any more goes at once.
    let stored = house.store(b"alone").await;
    let next = another(&house).await;
    let House { folder, blobs, identity } = house;
    drop(blobs);
    let house = House { folder, blobs: next, identity };
    reads(&house, &stored, b"alone").await;
    assert_eq!(files(&house).len(), 1);
    house.blobs.delete(&stored.key).await.unwrap();
    assert!(files(&house).is_empty());
}

#[tokio::test]
async fn what_a_process_that_was_killed_left_empty_is_cleared_and_nothing_else() {
    let house = House::in_folder().await;
    let stored = house.store(b"stays").await;
    let (used, _) = house.place(&stored);
    let blobs = house.folder.path().join("blobs");
    // Of the two that hold zeros alone one is all that is left of what was deleted; in the third a header is damaged.
    let left = |digit: &str, bytes: &[u8]| {
        let path = blobs.join(digit.repeat(2)).join(format!("{}.tar", digit.repeat(32)));
        fs::write(&path, bytes).unwrap();
        path
    };
    let empty = [left("a", b""), left("b", &[0; 9_000])];
    let damaged = left("c", b"not a header");
    let mut listing = house.blobs.list().await.unwrap();
    assert_eq!(listing.page().await.unwrap().unwrap().len(), 1);
    assert!(listing.page().await.unwrap().is_none());
    assert!(empty.iter().all(|file| file.exists()), "a listing changes nothing");
    listing.clear().await.unwrap();
    assert!(!empty.iter().any(|file| file.exists()));
    assert!(damaged.exists() && used.exists());
    reads(&house, &stored, b"stays").await;
}

#[tokio::test]
async fn nothing_is_acknowledged_in_a_segment_that_somebody_took_away() {
    let house = House::in_folder().await;
    let (used, _) = house.place(&house.store(b"first").await);
    fs::rename(&used, house.folder.path().join("copy")).unwrap();
    fs::copy(house.folder.path().join("copy"), &used).unwrap();
    fs::remove_file(house.folder.path().join("copy")).unwrap();
    let mut writer = house.blobs.writer(&house.identity.recipient()).unwrap();
    writer.write(b"lost"[..].into()).await.unwrap();
    assert_eq!(writer.finish().await.unwrap_err(), Error::Unavailable);
    let again = house.store(b"again").await;
    reads(&house, &again, b"again").await;
    assert_eq!(files(&house).len(), 2);
}

/// As who moves contents to another disk does, and forgets to stop the service.
#[tokio::test]
async fn nothing_is_acknowledged_in_a_folder_that_a_copy_took_the_place_of() {
    let house = House::in_folder().await;
    let first = house.store(b"first").await;
    let mut large = house.blobs.writer(&house.identity.recipient()).unwrap();
    large.write(content(3_000 * KIB).into()).await.unwrap();
    eventually("it has begun", || async { files(&house).len() == 2 }).await;
    let (blobs, away) = (house.folder.path().join("blobs"), house.folder.path().join("away"));
    fs::rename(&blobs, &away).unwrap();
    let copied = Command::new("cp").args([Path::new("-a"), &away, &blobs]).status().unwrap();
    assert!(copied.success());
    let mut small = house.blobs.writer(&house.identity.recipient()).unwrap();
    small.write(b"lost"[..].into()).await.unwrap();
    assert_eq!(small.finish().await.unwrap_err(), Error::Unavailable);
    assert_eq!(large.finish().await.unwrap_err(), Error::Unavailable);
    for again in [&b"again"[..], &content(3_000 * KIB)] {
        reads(&house, &house.store(again).await, again).await;
    }
    reads(&house, &first, b"first").await;
}

#[tokio::test]
async fn two_deletes_of_the_last_at_once_both_succeed() {
    for _ in 0..50 {
        let house = House::in_folder().await;
        let (one, other) = (house.store(b"one").await, house.store(b"other").await);
        let next = another(&house).await;
        let House { folder: _kept, blobs, .. } = house;
        drop(blobs);
        let deletes = tokio::join!(next.delete(&one.key), next.delete(&other.key));
        assert_eq!(deletes, (Ok(()), Ok(())));
    }
}

#[tokio::test]
async fn two_processes_write_to_two_segments() {
    let house = House::in_folder().await;
    let first = house.store(b"of the one").await;
    let blobs = another(&house).await;
    let mut writer = blobs.writer(&house.identity.recipient()).unwrap();
    writer.write(b"of the other"[..].into()).await.unwrap();
    let second = writer.finish().await.unwrap();
    assert_eq!(files(&house).len(), 2);
    reads(&house, &first, b"of the one").await;
    reads(&house, &second, b"of the other").await;
}

#[tokio::test]
async fn one_whose_end_is_missing_has_another_size_than_was_written() {
    let house = House::in_folder().await;
    let stored = house.store(&content(50 * KIB)).await;
    let object = house.object(&stored);
    house.spoil(&stored, &object[..20 * KIB]);
    assert_eq!(house.blobs.stored_size(&stored.key).await, Ok(Some(20 * 1024)));
    let (file, begins) = house.place(&stored);
    File::options().write(true).open(file).unwrap().set_len(begins - 512).unwrap();
    assert_eq!(house.blobs.stored_size(&stored.key).await, Ok(None));
}

/// ramfs makes no holes.
#[tokio::test]
async fn where_no_holes_can_be_made_what_is_deleted_is_zeros_until_all_of_the_segment_goes() {
    let mount = Mount::new();
    let folder = tempfile::tempdir_in(mount.0.path()).unwrap();
    let service = Service::Folder(folder.path().to_owned());
    let house = House::with(folder, service).await;
    let (one, other) = (house.store(&content(50 * KIB)).await, house.store(b"other").await);
    house.blobs.delete(&one.key).await.unwrap();
    assert!(house.object(&one).iter().all(|byte| *byte == 0));
    assert_eq!(house.blobs.stored_size(&one.key).await, Ok(None));
    reads(&house, &other, b"other").await;
    let next = another(&house).await;
    let House { folder, blobs, identity } = house;
    drop(blobs);
    let house = House { folder, blobs: next, identity };
    house.blobs.delete(&other.key).await.unwrap();
    assert!(files(&house).is_empty());
}

/// A filesystem of its own.
struct Mount(tempfile::TempDir);

impl Mount {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let done = Command::new("mount").args(["-t", "ramfs", "none"]).arg(folder.path()).status();
        assert!(done.unwrap().success());
        Self(folder)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.0.path()).output());
    }
}

/// As config/README.md says it.
#[tokio::test]
async fn a_damaged_member_comes_back_from_a_copy_by_dd_and_what_came_since_stays() {
    let house = House::in_folder().await;
    let (first, lost) = (house.store(b"first").await, house.store(&content(50 * KIB)).await);
    let next = house.store(b"next").await;
    let (segment, begins) = house.place(&lost);
    let copy = house.folder.path().join("copy.tar");
    fs::copy(&segment, &copy).unwrap();
    let late = house.store(b"late").await;
    let damaged = File::options().write(true).open(&segment).unwrap();
    damaged.write_all_at(&vec![7; 30 * KIB], begins - 512).unwrap();
    assert_eq!(house.blobs.stored_size(&lost.key).await, Ok(None));
    let told = format!("PLACE={} SIZE={}", begins - 512, lost.stored_size);
    let words = "at=$((PLACE / 4096)) blocks=$(((SIZE + 512 + 4095) / 4096))";
    let (from, to) = (copy.display(), segment.display());
    let dd = format!("dd if={from} of={to} bs=4096 skip=$at seek=$at count=$blocks conv=notrunc");
    let done = Command::new("sh").arg("-c").arg(format!("{told}\n{words}\n{dd}")).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    reads(&house, &lost, &content(50 * KIB)).await;
    for (stored, plain) in [(first, "first"), (next, "next"), (late, "late")] {
        reads(&house, &stored, plain.as_bytes()).await;
    }
}

#[tokio::test]
async fn tar_and_rage_have_a_segment_back_also_past_a_hole() {
    let house = House::in_folder().await;
    let plain = [content(300), content(64 * KIB), content(0), content(200 * KIB)];
    let mut all = Vec::new();
    for plain in &plain {
        all.push(house.store(plain).await);
    }
    house.blobs.delete(&all[1].key).await.unwrap();
    let out = house.folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let (segment, _) = house.place(&all[0]);
    let tar = Command::new(program("tar"))
        .args(["--ignore-zeros", "--extract", "--directory"])
        .args([&out, Path::new("--file"), &segment])
        .output()
        .unwrap();
    assert!(tar.status.success(), "{}", String::from_utf8_lossy(&tar.stderr));
    assert_eq!(fs::read_dir(&out).unwrap().count(), 3);
    for n in [0, 2, 3] {
        let object = all[n].key.object();
        let member = out.join(object.rsplit('/').next().unwrap());
        assert!(house.rage(&member) == plain[n]);
    }
}
