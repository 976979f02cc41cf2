//! What backups take: packed where that pays and still read from anywhere, and the same content once.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use bytes::Bytes;
use common::place::place;
use common::ssh::{content, noise, put};
use common::{Gateway, program};
use loondossier::blobs::{Blobs, Keyring, Service};
use loondossier::dossier::DossierPath;
use loondossier::vfs::Conditions;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const MIB: usize = 1 << 20;

/// A dump of a payroll database: much of each line is in the line before.
fn dump(size: usize) -> Vec<u8> {
    let line = |n: u64| {
        let (name, gross) = (n * 7919 % 10_007, n * 104_729 % 600_000);
        format!(
            "INSERT INTO loonstrook VALUES ({n}, 'werknemer {name}', '2026-11', {gross}, NULL);\n"
        )
    };
    (0..).flat_map(|n| line(n).into_bytes()).take(size).collect()
}

/// What comes out of a program that gets this on its input.
fn through(name: &str, args: &[&str], input: Vec<u8>) -> Vec<u8> {
    let mut child = Command::new(program(name))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feeding = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap().unwrap();
    assert!(output.status.success(), "{name}");
    output.stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packed_content_is_read_from_anywhere_and_by_age_and_zstd() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::Folder(folder.path().to_owned());
    let blobs = Blobs::open(service, &folder.path().join("staging")).await.unwrap();
    let keyring = Keyring::create(&folder.path().join("master.key")).unwrap();
    let sealed = keyring.new_identity().unwrap();
    let identity = keyring.open(&sealed.sealed, &sealed.master).unwrap();
    let secret = common::file(folder.path(), "identity", identity.secret().as_bytes());
    for size in [4_096, MIB - 1, MIB, MIB + 1, 5 * MIB + 4_321] {
        let plain = dump(size);
        let mut writer = blobs.writer(&identity.recipient()).unwrap().pack();
        for piece in plain.chunks(100_003) {
            writer.write(Bytes::copy_from_slice(piece)).await.unwrap();
        }
        let stored = writer.finish().await.unwrap();
        assert!(stored.packed.unwrap() < size as u64 / 2, "{stored:?}");
        assert_eq!(stored.sha256[..], Sha256::digest(&plain)[..]);
        let reader = blobs.reader(&stored.key, &stored.file_key, stored.size, stored.packed);
        let reader = reader.await.unwrap();
        assert!(reader.read_at(0, usize::MAX).await.unwrap() == plain, "{size} bytes");
        for edge in (0..=size).step_by(MIB).chain([size, size / 3]) {
            let from = edge.saturating_sub(70_000);
            let to = (from + 140_000).min(size);
            let piece = reader.read_at(from as u64, 140_000).await.unwrap();
            assert!(piece == plain[from..to], "{size} bytes, from {from}");
        }
        let (file, begins) = place(&folder.path().join("blobs"), &stored.key.object());
        let file = File::options().read(true).write(true).open(file).unwrap();
        let mut bytes = vec![0; usize::try_from(stored.stored_size).unwrap()];
        file.read_exact_at(&mut bytes, begins).unwrap();
        let opened = through("rage", &["-d", "-i", secret.to_str().unwrap()], bytes.clone());
        assert!(through("zstd", &["-d", "-q", "-c"], opened) == plain);
        let mut broken = bytes;
        let middle = broken.len() / 2;
        broken[middle] ^= 1;
        file.write_all_at(&broken, begins).unwrap();
        let read = blobs.reader(&stored.key, &stored.file_key, stored.size, stored.packed).await;
        if let Ok(reader) = read {
            assert!(reader.read_at(0, size).await.is_err(), "what was changed does not open");
        }
    }
}

/// Every object, with its size.
fn objects(gateway: &Gateway) -> Vec<(PathBuf, u64)> {
    let shards = std::fs::read_dir(gateway.folder.path().join("blobs")).unwrap();
    let shards = shards.map(|shard| shard.unwrap().path());
    let of = |shard: PathBuf| std::fs::read_dir(shard).unwrap().map(|object| object.unwrap());
    shards.flat_map(of).map(|object| (object.path(), object.metadata().unwrap().len())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_are_packed_where_that_pays_and_nothing_else_is() {
    let gateway = Gateway::start().await;
    let (text, random) = (dump(3 * MIB), noise(3 * MIB, 1));
    let mut before = 0;
    let mut grew = |gateway: &Gateway| {
        let all: u64 = objects(gateway).iter().map(|(_, size)| size).sum();
        let by = all - before;
        before = all;
        by
    };
    put(&gateway, "jansen", "/Back-ups/dump.sql", &text).await;
    assert!(grew(&gateway) < MIB as u64, "packed");
    put(&gateway, "jansen", "/Back-ups/archive.7z", &random).await;
    assert!(grew(&gateway) > 3 * MIB as u64, "random bytes do not shrink");
    put(&gateway, "jansen", "/Mijn bestanden/dump.sql", &dump(3 * MIB + 1)).await;
    assert!(grew(&gateway) > 3 * MIB as u64, "only backups are packed");
    assert!(content(&gateway, "jansen", "/Back-ups/dump.sql").await.unwrap() == text);
    let (session, free) = (gateway.session("jansen").await, Conditions::default());
    let path = |text: &str| DossierPath::parse(text).unwrap();
    let (from, to) = (path("/Back-ups/dump.sql"), path("/Mijn bestanden/kopie.sql"));
    gateway.vfs.copy(&session, &from, &to, false, false, &free).await.unwrap();
    assert_eq!(grew(&gateway), 0, "a copy under the same key is the same object");
    assert!(content(&gateway, "jansen", "/Mijn bestanden/kopie.sql").await.unwrap() == text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_content_of_one_party_is_stored_once() {
    let gateway = Gateway::start().await;
    let bytes = noise(300_000, 9);
    for at in ["/Back-ups/a", "/Back-ups/b", "/Mijn bestanden/c", "/Back-ups/a"] {
        put(&gateway, "jansen", at, &bytes).await;
        assert_eq!(objects(&gateway).len(), 1, "{at}");
    }
    put(&gateway, "petra", "/Back-ups/a", &bytes).await;
    assert_eq!(objects(&gateway).len(), 2, "another party has its own, under its own key");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_content_is_healed_by_putting_it_again() {
    is_healed(noise(300_000, 9)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_content_that_is_large_is_healed_too_and_stored_once() {
    is_healed(noise(65 * MIB, 9)).await;
}

/// A copy of the database that was made before names the object that there was, and somebody may be reading it.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_content_that_is_put_again_unchanged_keeps_its_object() {
    let gateway = Gateway::start().await;
    let bytes = noise(65 * MIB, 9);
    put(&gateway, "jansen", "/Back-ups/a", &bytes).await;
    let is = objects(&gateway);
    for at in ["/Back-ups/a", "/Back-ups/a", "/Mijn bestanden/c"] {
        put(&gateway, "jansen", at, &bytes).await;
        assert_eq!(objects(&gateway), is, "{at}");
    }
}

/// What was lost, and what has a bit flipped, is whole again in today and in the past.
async fn is_healed(bytes: Vec<u8>) {
    let gateway = Gateway::start().await;
    let faults = async || {
        let mut faults = Vec::new();
        gateway.vfs.verify(true, |found| faults.push(found), |_| {}).await.unwrap();
        faults.len()
    };
    for at in ["/Back-ups/a", "/Mijn bestanden/c"] {
        put(&gateway, "jansen", at, &bytes).await;
    }
    put(&gateway, "jansen", "/Back-ups/a", b"something else").await;
    gateway.clock.advance(24 * 3_600_000);
    let broken = |change: fn(&Path)| {
        let object =
            objects(&gateway).into_iter().find(|(_, size)| *size > bytes.len() as u64).unwrap().0;
        change(&object);
    };
    let flip = |object: &Path| {
        let mut bytes = std::fs::read(object).unwrap();
        *bytes.get_mut(150_000).unwrap() ^= 1;
        std::fs::write(object, bytes).unwrap();
    };
    for change in [|object: &Path| std::fs::remove_file(object).unwrap(), flip] {
        broken(change);
        assert_eq!(faults().await, 1);
        put(&gateway, "jansen", "/Back-ups/again", &bytes).await;
        assert_eq!(faults().await, 0);
        assert_eq!(objects(&gateway).len(), 2, "it, and what it was replaced by");
        for at in
            ["/Back-ups/again", "/Mijn bestanden/c", "/Eerdere dagen/2026-11-24/Mijn bestanden/c"]
        {
            assert!(content(&gateway, "jansen", at).await.unwrap() == bytes, "{at}");
        }
    }
}
