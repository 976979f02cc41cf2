//! The contents, over a folder and over S3: the same sentences hold for both.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helpers too"
)]

mod house;
#[path = "../common/place.rs"]
mod place;
mod segments;

use bytes::Bytes;
use house::{CHUNK, House, KIB, Moto, content, eventually};
use loondossier::blobs::{Blobs, Service};
use loondossier::dossier::Error;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

const SIZES: [usize; 9] =
    [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 256 * KIB + 1, 1024 * KIB, 1024 * KIB + 1, 3000 * KIB + 7];

/// What holds wherever contents lie.
async fn contents_hold(house: &House) {
    for size in SIZES {
        what_was_written_is_read(house, &content(size)).await;
    }
    random_and_concurrent_reads_agree(house).await;
    what_is_stored_is_listed_until_it_is_deleted(house).await;
}

async fn what_was_written_is_read(house: &House, content: &[u8]) {
    let stored = house.store(content).await;
    assert_eq!(stored.size, content.len() as u64);
    assert_eq!(stored.sha256[..], Sha256::digest(content)[..]);

    let reader = house.open(&stored).await.unwrap();
    assert_eq!(reader.size(), stored.size);
    assert!(reader.read_at(0, usize::MAX).await.unwrap() == content, "{} bytes", content.len());
    assert!(reader.read_at(stored.size, 1).await.unwrap().is_empty());
    assert!(reader.read_at(u64::MAX, 1).await.unwrap().is_empty());
    assert!(reader.read_at(0, 0).await.unwrap().is_empty());
    for edge in (0..=content.len()).step_by(CHUNK) {
        let from = edge.saturating_sub(3);
        let to = (from + 6).min(content.len());
        assert_eq!(reader.read_at(from as u64, 6).await.unwrap(), content[from..to]);
    }
    house.blobs.delete(&stored.key).await.unwrap();
}

async fn random_and_concurrent_reads_agree(house: &House) {
    let content = content(5000 * KIB + 3);
    let stored = house.store(&content).await;
    let reader = house.open(&stored).await.unwrap();
    // A fixed walk over the content that goes back and forth.
    let places = (0..200_usize).map(|n| (n * 7_919_777 % content.len(), n * 7919 % (300 * KIB)));
    let reads = places.map(|(at, length)| {
        let (reader, wanted) = (reader.clone(), &content[at..(at + length).min(content.len())]);
        async move { assert!(reader.read_at(at as u64, length).await.unwrap() == wanted) }
    });
    futures_util::future::join_all(reads).await;

    let again = house.open(&stored).await.unwrap();
    let mut whole = Vec::new();
    while whole.len() < content.len() {
        whole.extend_from_slice(&again.read_at(whole.len() as u64, 261_120).await.unwrap());
    }
    assert!(whole == content);
    house.blobs.delete(&stored.key).await.unwrap();
}

async fn what_is_stored_is_listed_until_it_is_deleted(house: &House) {
    let (one, other) = (house.store(b"one").await, house.store(&content(CHUNK)).await);
    let mut wanted =
        vec![(one.key.to_string(), one.stored_size), (other.key.to_string(), other.stored_size)];
    wanted.sort();
    assert_eq!(house.listed().await, wanted);
    let page = house.blobs.list().await.unwrap().page().await.unwrap().unwrap();
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
    assert!(page.iter().all(|found| now.abs_diff(found.modified.try_into().unwrap()) < 60_000));

    for _ in 0..2 {
        house.blobs.delete(&one.key).await.unwrap();
        house.blobs.delete(&other.key).await.unwrap();
    }
    assert!(house.listed().await.is_empty());
    assert_eq!(house.open(&one).await.unwrap_err(), Error::Unavailable);
}

#[tokio::test(flavor = "multi_thread")]
async fn contents_hold_in_a_folder() {
    contents_hold(&House::in_folder().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contents_hold_in_s3() {
    let moto = Moto::start().await;
    let house = House::with(tempfile::tempdir().unwrap(), moto.service()).await;
    contents_hold(&house).await;
    let large = content(21 * 1024 * KIB + 5);
    what_was_written_is_read(&house, &large).await;
    assert!(!moto.uploads_under_way().await);

    let mut writer = house.blobs.writer(&house.identity.recipient()).unwrap();
    writer.write(large.into()).await.unwrap();
    eventually("an upload is under way", || moto.uploads_under_way()).await;
    drop(writer);
    eventually("the upload is aborted", || async { !moto.uploads_under_way().await }).await;
    assert!(house.listed().await.is_empty());
}

#[tokio::test]
async fn a_bucket_that_is_away_is_unavailable_and_no_secret_shows() {
    let service = Service::S3 {
        bucket: "dossier".into(),
        endpoint: "http://127.0.0.1:1".into(),
        region: "us-east-1".into(),
        access_key_id: "test".into(),
        secret_access_key: "a secret that is not shown".into(),
        prefix: String::new(),
    };
    assert!(!format!("{service:?}").contains("not shown"));
    let house = House::with(tempfile::tempdir().unwrap(), service).await;
    assert!(!format!("{:?}", house.blobs).contains("not shown"));
    let writer = house.blobs.writer(&house.identity.recipient()).unwrap();
    assert_eq!(writer.finish().await.unwrap_err(), Error::Unavailable);
}

#[tokio::test]
async fn a_dropped_writer_leaves_nothing() {
    let house = House::in_folder().await;
    for size in [0, 10, 5000 * KIB] {
        let mut writer = house.blobs.writer(&house.identity.recipient()).unwrap();
        writer.write(content(size).into()).await.unwrap();
        drop(writer);
        eventually("nothing is left", || async { house.listed().await.is_empty() }).await;
    }
}

#[tokio::test]
async fn a_write_that_was_given_up_half_way_can_never_be_finished() {
    let house = House::in_folder().await;
    let mut writer = house.blobs.writer(&house.identity.recipient()).unwrap();
    tokio::select! {
        biased;
        _ = writer.write(content(5000 * KIB).into()) => panic!("it had nothing to wait for"),
        () = std::future::ready(()) => {}
    }
    assert_eq!(writer.write(content(5000 * KIB).into()).await, Err(Error::Unavailable));
    assert_eq!(writer.finish().await.unwrap_err(), Error::Unavailable);
    eventually("nothing is left", || async { house.listed().await.is_empty() }).await;
}

#[tokio::test]
async fn an_object_that_was_swept_while_it_was_written_is_no_success() {
    let house = House::in_folder().await;
    let mut writer = house.blobs.writer(&house.identity.recipient()).unwrap();
    writer.write(content(5000 * KIB).into()).await.unwrap();
    let [(name, _)] = &house.listed().await[..] else { panic!("it has its name already") };
    house.blobs.delete(&name.parse().unwrap()).await.unwrap();
    assert_eq!(writer.finish().await.unwrap_err(), Error::Unavailable);
    assert!(house.listed().await.is_empty());
}

#[tokio::test]
async fn a_changed_or_cut_object_gives_an_error_and_no_byte() {
    let house = House::in_folder().await;
    for size in [0, 10, CHUNK + 1] {
        let stored = house.store(&content(size)).await;
        let whole = house.object(&stored);
        for at in [0, 30, 100, 170, 190, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            house.spoil(&stored, &changed);
            assert_eq!(house.open(&stored).await.unwrap_err(), Error::Unavailable, "{at}");
        }
        for length in [0, 100, 184, whole.len() - 1] {
            house.spoil(&stored, &whole[..length]);
            assert_eq!(house.open(&stored).await.unwrap_err(), Error::Unavailable, "{length}");
        }
    }
}

#[tokio::test]
async fn damage_far_in_a_large_object_stops_the_read_that_comes_to_it() {
    let house = House::in_folder().await;
    let plain = content(3000 * KIB);
    let stored = house.store(&plain).await;
    let mut damaged = house.object(&stored);
    damaged[2000 * KIB] ^= 1;
    house.spoil(&stored, &damaged);
    let reader = house.open(&stored).await.unwrap();
    assert!(reader.read_at(0, 1000 * KIB).await.unwrap() == plain[..1000 * KIB]);
    let across = reader.read_at(1000 * KIB as u64, 1500 * KIB).await;
    assert_eq!(across, Err(Error::Unavailable));
    assert_eq!(reader.read_at(2000 * KIB as u64 - 200, 1).await, Err(Error::Unavailable));
    assert!(reader.read_at(2900 * KIB as u64, KIB).await.unwrap() == plain[2900 * KIB..2901 * KIB]);
}

#[tokio::test]
async fn opening_makes_the_shards_and_removes_only_what_died_a_day_ago() {
    let house = House::in_folder().await;
    let shards = fs::read_dir(house.folder.path().join("blobs")).unwrap().count();
    assert_eq!(shards, 256);
    let stored = house.store(b"stays").await;
    let staging = house.folder.path().join("staging");
    let age = |file: &Path, hours| {
        let then = SystemTime::UNIX_EPOCH + SystemTime::UNIX_EPOCH.elapsed().unwrap()
            - Duration::from_hours(hours);
        File::create(file).unwrap().set_modified(then).unwrap();
    };
    let (old, young) = ("a".repeat(32), "b".repeat(32) + ".age.x");
    age(&staging.join(&old), 25);
    age(&staging.join(&young), 23);
    age(&staging.join("somebody else's"), 25);
    let service = Service::Folder(house.folder.path().to_owned());
    let again = Blobs::open(service, &staging).await.unwrap();
    let entries = fs::read_dir(staging).unwrap().map(|entry| entry.unwrap().file_name());
    let left: BTreeSet<_> = entries.collect();
    assert_eq!(left, BTreeSet::from([young.into(), "somebody else's".into()]));
    assert!(again.reader(&stored.key, &stored.file_key, stored.size, None).await.is_ok());
}

#[tokio::test]
async fn the_rage_tool_opens_an_object_with_the_identity_alone() {
    let house = House::in_folder().await;
    let object = house.folder.path().join("object.age");
    for size in [0, 10, CHUNK, 3000 * KIB] {
        let stored = house.store(&content(size)).await;
        fs::write(&object, house.object(&stored)).unwrap();
        assert!(house.rage(&object) == content(size), "{size} bytes");
    }
}

#[tokio::test]
async fn staging_is_there_to_write_in_any_order() {
    let house = House::in_folder().await;
    let mut staging = house.blobs.staging().unwrap();
    staging.write_at(300_000, Bytes::from_static(b"end")).await.unwrap();
    staging.write_at(0, Bytes::from_static(b"begin")).await.unwrap();
    assert_eq!(staging.len(), 300_003);
    assert_eq!(staging.read_at(299_999, 10).await.unwrap(), b"\0end"[..]);
    assert_eq!(staging.read_at(3, 4).await.unwrap(), b"in\0\0"[..]);
}
