//! What programs of Windows send, which do not run here: WinSCP 6, FileZilla 3 and SSH.NET, frame by frame.

use super::jansen;
use crate::common::ssh::{content, names, noise};
use crate::common::wire::{Line, Wire, code, kind, open, string};
use crate::common::{Gateway, eventually};
use std::net::Shutdown;
use std::time::{Duration, Instant};

const FOLDER: &str = "/Mijn bestanden";
const FILE: &str = "/Mijn bestanden/Begroting.xlsx";
/// 1 January 2020, noon.
const NOON: u32 = 1_577_880_000;
const APPEND: u32 = 4;

/// Permissions, and both times.
fn attributes(permissions: u32) -> Vec<u8> {
    let [flags, permissions, time] = [4u32 | 8, permissions, NOON].map(u32::to_be_bytes);
    [flags, permissions, time, time].concat()
}

async fn done(wire: &mut Wire, kind: u8, fields: &[&[u8]]) {
    assert_eq!(wire.ask(kind, fields).await.code(), code::OK, "{kind}");
}

async fn there(gateway: &Gateway, path: &str) -> Option<Vec<u8>> {
    content(gateway, "jansen", path).await
}

/// Over a file that is there: a part beside it, then the old one goes, and the part has its name.
#[tokio::test(flavor = "multi_thread")]
async fn winscp_uploads_a_large_file_over_another_and_sets_its_permissions_and_time() {
    let (gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    let (whole, part) = (noise(500_000, 1), format!("{FILE}.filepart"));
    wire.put(FILE, b"oud").await;
    let (file, filepart) = (string(FILE), string(&part));
    assert_eq!(wire.ask(kind::LSTAT, &[&file]).await.size(), 3);
    assert_eq!(wire.ask(kind::LSTAT, &[&filepart]).await.code(), code::NO_SUCH_FILE);
    // It says beforehand how large the file will be.
    let size = [&1u32.to_be_bytes()[..], &500_000u64.to_be_bytes()].concat();
    let flags = open::NEW.to_be_bytes();
    let handle = string(wire.ask(kind::OPEN, &[&filepart, &flags, &size]).await.string());
    for (n, piece) in (0..).zip(whole[..200_000].chunks(32_768)) {
        wire.write(&handle, n * 32_768, piece).await;
    }
    wire.close(&handle).await;
    // Stopped by its user, and resumed where the part ends, which is neither cut nor appended to.
    let size = wire.ask(kind::STAT, &[&filepart]).await.size();
    assert_eq!(size, 200_000, "what was closed is what was sent, whatever it said beforehand");
    let handle = wire.open(&part, open::WRITE | open::CREAT).await;
    for (n, piece) in (0..).zip(whole[200_000..].chunks(32_768)) {
        wire.write(&handle, size + n * 32_768, piece).await;
    }
    wire.close(&handle).await;
    let both = [&filepart[..], &file].concat();
    assert_eq!(wire.ask(kind::RENAME, &[&both]).await.code(), code::FAILURE, "the name is taken");
    assert_eq!(there(&gateway, FILE).await.as_deref(), Some(&b"oud"[..]));
    done(&mut wire, kind::REMOVE, &[&file]).await;
    done(&mut wire, kind::RENAME, &[&both]).await;
    done(&mut wire, kind::SETSTAT, &[&file, &attributes(0o640)]).await;
    let shown = wire.ask(kind::LSTAT, &[&file]).await;
    // Flags, size, owner, permissions with the type, and both times.
    let wanted = [0o100_640, NOON, NOON].map(u32::to_be_bytes).concat();
    assert!(shown.body().ends_with(&wanted), "{shown:?}");
    assert!(there(&gateway, FILE).await == Some(whole));
    assert_eq!(names(&gateway, "jansen", FOLDER).await, ["Begroting.xlsx"]);
}

/// A small one goes by its own name, and its time is set before the CLOSE is answered.
#[tokio::test(flavor = "multi_thread")]
async fn winscp_closes_a_small_file_and_sets_its_time_in_one_go() {
    let (gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    for (n, content) in [(0u32, &b"eerst"[..]), (1, b"en daarna")] {
        let file = string(FILE);
        // The second time it asks whether it may, and overwrites.
        let flags = open::NEW | open::EXCL;
        let opened = wire.ask(kind::OPEN, &[&file, &flags.to_be_bytes(), &[0; 4]]).await;
        let handle = if n == 0 {
            string(opened.string())
        } else {
            assert_eq!(opened.code(), code::FAILURE, "it is there");
            wire.open(FILE, open::NEW).await
        };
        let (write, close, set) = (100 + n * 10, 101 + n * 10, 102 + n * 10);
        let id = u32::to_be_bytes;
        wire.send(&[&[kind::WRITE], &id(write), &handle, &[0; 8], &string(content)]).await;
        wire.send(&[&[kind::CLOSE], &id(close), &handle]).await;
        wire.send(&[&[kind::SETSTAT], &id(set), &file, &attributes(0o600)]).await;
        for id in [write, close, set] {
            let answer = wire.receive().await.unwrap();
            assert_eq!((answer.id(), answer.code()), (id, code::OK));
        }
        let shown = wire.ask(kind::STAT, &[&file]).await;
        assert_eq!(shown.size(), content.len() as u64);
        assert!(shown.body().ends_with(&NOON.to_be_bytes()), "{shown:?}");
        assert_eq!(there(&gateway, FILE).await.as_deref(), Some(content));
    }
}

/// Duplicate, on the server: never over what is there.
#[tokio::test(flavor = "multi_thread")]
async fn winscp_duplicates_a_file_on_the_server() {
    let (gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    wire.put(FILE, &noise(300_000, 2)).await;
    let copy = format!("{FOLDER}/Kopie.xlsx");
    let flags = open::WRITE | open::CREAT | open::EXCL;
    let (from, to) = (wire.open(FILE, open::READ).await, wire.open(&copy, flags).await);
    let fields = [&from[..], &[0; 16], &to, &[0; 8]];
    assert_eq!(wire.extended("copy-data", &fields).await.code(), code::OK);
    wire.close(&from).await;
    wire.close(&to).await;
    assert_eq!(there(&gateway, &copy).await, there(&gateway, FILE).await);
    let again = wire.ask(kind::OPEN, &[&string(&copy), &flags.to_be_bytes(), &[0; 4]]).await;
    assert_eq!(again.code(), code::FAILURE);
}

/// `SynchronizeDirectories`, `UploadFile` and `DownloadFile` send one request after another.
#[tokio::test(flavor = "multi_thread")]
async fn ssh_net_reads_and_writes_one_by_one_without_waiting() {
    let (_gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    let whole = noise(300 * 32_768, 3);
    let mut took = Vec::new();
    let home = wire.ask(kind::REALPATH, &[&string(".")]).await;
    assert!(home.body()[4..].starts_with(&string("/")), "{home:?}");
    let handle = wire.open(FILE, open::NEW).await;
    for (at, piece) in (0..).step_by(32_768).zip(whole.chunks(32_768)) {
        let start = Instant::now();
        wire.write(&handle, at, piece).await;
        took.push(start.elapsed());
    }
    wire.close(&handle).await;
    let handle = wire.open(FILE, open::READ).await;
    assert_eq!(wire.ask(kind::FSTAT, &[&handle]).await.size(), whole.len() as u64);
    for (at, piece) in (0..).step_by(32_768).zip(whole.chunks(32_768)) {
        let start = Instant::now();
        assert!(wire.read(&handle, at, 32_768).await == piece, "at {at}");
        took.push(start.elapsed());
    }
    let end = [&handle[..], &(whole.len() as u64).to_be_bytes(), &32_768u32.to_be_bytes()];
    assert_eq!(wire.ask(kind::READ, &end).await.code(), code::EOF);
    wire.close(&handle).await;
    // A system may put an acknowledgement off for 40 ms, and nobody is to wait for that.
    took.sort();
    let median = took[took.len() / 2];
    assert!(median < Duration::from_millis(40), "{median:?}");
    // Append opens what is there, or makes it.
    for (flags, size) in [(open::WRITE | open::CREAT | APPEND, 3), (open::WRITE | APPEND, 6)] {
        let handle = wire.open("/Mijn bestanden/log.txt", flags).await;
        wire.write(&handle, 0, b"abc").await;
        wire.close(&handle).await;
        let path = string("/Mijn bestanden/log.txt");
        assert_eq!(wire.ask(kind::STAT, &[&path]).await.size(), size);
    }
}

/// FileZilla says that it has nothing more to say, and is gone: nothing of it stays, and it comes back at
/// once.
#[tokio::test(flavor = "multi_thread")]
async fn filezilla_closes_half_a_connection_and_comes_back() {
    let (gateway, user, line) = jansen().await;
    let mut wire = line.sftp().await;
    wire.make_folder("/Mijn bestanden/map").await;
    let handle = wire.open("/Mijn bestanden/map/half.bin", open::NEW).await;
    let piece = string(noise(30_000, 4));
    wire.send(&[&[kind::WRITE], &9u32.to_be_bytes(), &handle, &[0; 8], &piece]).await;
    wire.send(&[&[kind::OPENDIR], &10u32.to_be_bytes(), &string(FOLDER)]).await;
    line.shut(Shutdown::Write);
    while wire.receive().await.is_some() {}
    // What it had half of is not there, and holds nothing.
    let line = Line::new(&user).await;
    let mut wire = line.sftp().await;
    eventually("its upload is given up", || async {
        names(&gateway, "jansen", "/Mijn bestanden/map").await.is_empty()
    })
    .await;
    wire.put("/Mijn bestanden/map/half.bin", b"heel").await;
    let both = [string("/Mijn bestanden/map"), string("/Mijn bestanden/mappen")].concat();
    done(&mut wire, kind::RENAME, &[&both]).await;
    let path = "/Mijn bestanden/mappen/half.bin";
    assert_eq!(there(&gateway, path).await.as_deref(), Some(&b"heel"[..]));
    // Resumed at an offset, with the time that the file had.
    let handle = wire.open(path, open::WRITE | open::CREAT).await;
    wire.write(&handle, 4, b" en al").await;
    done(&mut wire, kind::FSETSTAT, &[&handle, &attributes(0o644)]).await;
    wire.close(&handle).await;
    let shown = wire.ask(kind::STAT, &[&string(path)]).await;
    assert!(shown.size() == 10 && shown.body().ends_with(&NOON.to_be_bytes()), "{shown:?}");
}

/// Older paramiko and `WS_FTP` take the next answer for that to their next request.
#[tokio::test(flavor = "multi_thread")]
async fn answers_come_in_the_order_of_requests_however_slow_each_is() {
    let (_gateway, _user, line) = jansen().await;
    let mut wire = line.sftp().await;
    wire.put(FILE, &noise(20_000_000, 5)).await;
    for n in 0..20 {
        wire.put(&format!("{FOLDER}/{n}.txt"), b"x").await;
    }
    let (from, to) = (
        wire.open(FILE, open::READ).await,
        wire.open(&format!("{FOLDER}/deel.bin"), open::NEW).await,
    );
    // A part is copied byte by byte, an upload waits for the disk, a listing is read from the catalog.
    let copy =
        [&string("copy-data")[..], &from, &1u64.to_be_bytes(), &[0; 8], &to, &[0; 8]].concat();
    let new =
        [&string(format!("{FOLDER}/nieuw.txt"))[..], &open::NEW.to_be_bytes(), &[0; 4]].concat();
    let gone = string(format!("{FOLDER}/nergens"));
    let mut asked: Vec<(u8, Vec<u8>)> = vec![(kind::EXTENDED, copy), (kind::CLOSE, to)];
    for n in 0..20 {
        asked.push((kind::STAT, string(format!("{FOLDER}/{n}.txt"))));
        asked.push((kind::OPENDIR, string(FOLDER)));
        asked.push((kind::REMOVE, string(format!("{FOLDER}/{n}.txt"))));
        asked.push((
            kind::READ,
            [&from[..], &(n * 900_000u64).to_be_bytes(), &[0, 0, 128, 0]].concat(),
        ));
        asked.push((kind::OPEN, new.clone()));
        asked.push((kind::STAT, gone.clone()));
    }
    let start = Instant::now();
    for (id, (kind, fields)) in (1000u32..).zip(&asked) {
        wire.send(&[&[*kind], &id.to_be_bytes(), fields]).await;
    }
    for (id, (kind, _)) in (1000u32..).zip(&asked) {
        let answer = wire.receive().await.unwrap();
        assert_eq!(answer.id(), id, "the answer to a request of type {kind}: {answer:?}");
        let failed = answer.kind == kind::STATUS && answer.code() != code::OK;
        assert_eq!(failed, *kind == kind::STAT && answer.kind == kind::STATUS, "{answer:?}");
    }
    assert!(start.elapsed() < Duration::from_mins(2), "{:?}", start.elapsed());
}
